/* tests/unit/state/collision_test.c - every cell against the RFC's sentences; every order of nonces. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "state/collision.h"

#define OURS(x)    (1u << IKE_OURS_##x)
#define OUR_CHILD  (OURS(CREATE_CHILD) | OUR_REKEY | OUR_DELETE)
#define OUR_REKEY  (OURS(REKEY_THIS_CHILD) | OURS(REKEY_OTHER_CHILD))
#define OUR_DELETE (OURS(DELETE_THIS_CHILD) | OURS(DELETE_OTHER_CHILD))

struct sentence {
    enum ike_theirs theirs;
    uint32_t ours; /* set of OURS() */
    enum ike_verdict verdict;
    const char *says;
};

/* RFC 7296, in its order; rows 199, 202 to 204, 206 to 213. What it does not say follows from these, marked (so). */
static const struct sentence rfc[] = {
    /* 1.3, 1.4: whatever is asked while nothing else goes on is done */
    {IKE_THEIRS_CREATE_CHILD, OURS(NOTHING), IKE_SERVE, "1.3.1"},
    {IKE_THEIRS_REKEY_CHILD, OURS(NOTHING), IKE_SERVE, "1.3.3"},
    {IKE_THEIRS_DELETE_CHILD, OURS(NOTHING), IKE_SERVE, "1.4.1"},
    {IKE_THEIRS_REKEY_IKE, OURS(NOTHING), IKE_SERVE, "1.3.2"},
    {IKE_THEIRS_DELETE_IKE, OURS(NOTHING), IKE_SERVE, "1.4.1"},
    /* 2.8: "deliberately allows parallel SAs": children do not collide with other children (so) */
    {IKE_THEIRS_CREATE_CHILD, OUR_CHILD, IKE_SERVE, "2.8 (so): a new child is no other child's affair"},
    {IKE_THEIRS_REKEY_CHILD, OURS(CREATE_CHILD) | OURS(REKEY_OTHER_CHILD) | OURS(DELETE_OTHER_CHILD),
     IKE_SERVE, "2.8 (so): another child"},
    {IKE_THEIRS_DELETE_CHILD, OURS(CREATE_CHILD) | OURS(REKEY_OTHER_CHILD) | OURS(DELETE_OTHER_CHILD),
     IKE_SERVE, "2.8 (so): another child"},
    /* 2.8.2 */
    {IKE_THEIRS_REKEY_IKE, OURS(REKEYED_IKE), IKE_LATER,
     "2.8.2: gets the request to rekey the IKE SA that it has already successfully rekeyed: "
     "TEMPORARY_FAILURE"},
    {IKE_THEIRS_DELETE_IKE, OURS(REKEYED_IKE), IKE_SERVE,
     "2.8.2: not much more to do than to reply as usual"},
    /* 2.25.1 */
    {IKE_THEIRS_REKEY_CHILD, OURS(DELETE_THIS_CHILD), IKE_LATER,
     "2.25.1: rekey a Child SA that it is currently trying to close: TEMPORARY_FAILURE"},
    {IKE_THEIRS_REKEY_CHILD, OURS(REKEY_THIS_CHILD), IKE_SERVE_RIVAL,
     "2.25.1: rekey a Child SA that it is currently rekeying: as usual, prepare to close redundant SAs "
     "later"},
    {IKE_THEIRS_DELETE_CHILD, OURS(DELETE_THIS_CHILD), IKE_SERVE_EMPTY,
     "2.25.1: close a Child SA that it is currently trying to close: without a Delete payload"},
    {IKE_THEIRS_DELETE_CHILD, OURS(REKEY_THIS_CHILD), IKE_SERVE,
     "2.25.1: close a Child SA that it is currently rekeying: as usual, with a Delete payload"},
    {IKE_THEIRS_REKEY_IKE, OUR_CHILD, IKE_LATER,
     "2.25.1: rekey the IKE SA, currently creating, rekeying, or closing a Child SA: TEMPORARY_FAILURE"},
    /* 2.25.2 */
    {IKE_THEIRS_REKEY_IKE, OURS(REKEY_IKE), IKE_SERVE_RIVAL,
     "2.25.2: rekey an IKE SA that it is currently rekeying: as usual, prepare to close redundant SAs"},
    {IKE_THEIRS_REKEY_IKE, OURS(DELETE_IKE), IKE_LATER,
     "2.25.2: rekey an IKE SA that it is currently trying to close: TEMPORARY_FAILURE"},
    {IKE_THEIRS_DELETE_IKE, OURS(REKEY_IKE), IKE_SERVE_FORGET,
     "2.25.2: close an IKE SA that it is currently rekeying: as usual, forget its own rekeying request"},
    {IKE_THEIRS_DELETE_IKE, OURS(DELETE_IKE), IKE_SERVE_FORGET,
     "2.25.2: close an IKE SA that it is currently trying to close: as usual, forget its own close request"},
    {IKE_THEIRS_CREATE_CHILD, OURS(REKEY_IKE), IKE_LATER,
     "2.25.2: create a Child SA when it is currently rekeying the IKE SA: TEMPORARY_FAILURE"},
    {IKE_THEIRS_REKEY_CHILD, OURS(REKEY_IKE), IKE_LATER,
     "2.25.2: rekey a Child SA when it is currently rekeying the IKE SA: TEMPORARY_FAILURE"},
    {IKE_THEIRS_DELETE_CHILD, OURS(REKEY_IKE), IKE_SERVE,
     "2.25.2: delete a Child SA when it is currently rekeying the IKE SA: as usual, with a Delete payload"},
    /* what is about to vanish gets nothing new, and lets everything go */
    {IKE_THEIRS_CREATE_CHILD, OURS(DELETE_IKE) | OURS(REKEYED_IKE), IKE_LATER, "2.25 (so): on what vanishes"},
    {IKE_THEIRS_REKEY_CHILD, OURS(DELETE_IKE) | OURS(REKEYED_IKE), IKE_LATER, "2.25 (so): on what vanishes"},
    {IKE_THEIRS_DELETE_CHILD, OURS(DELETE_IKE) | OURS(REKEYED_IKE), IKE_SERVE, "1.4.1 (so): MUST close"},
    {IKE_THEIRS_DELETE_IKE, OUR_CHILD, IKE_SERVE_FORGET, "1.4.1: deleting an IKE SA closes its Child SAs"},
};

/* RFC 7296 2.8.2, 2.25.1, 2.25.2: each cell has one sentence, and does what it says */
static void every_cell_has_its_sentence(void **state)
{
    (void)state;
    for (unsigned theirs = 0; theirs < IKE_THEIRS_N; theirs++)
        for (unsigned ours = 0; ours < IKE_OURS_N; ours++) {
            const struct sentence *found = NULL;
            enum ike_verdict verdict = ike__collision((enum ike_theirs)theirs, (enum ike_ours)ours);

            for (size_t i = 0; i < sizeof(rfc) / sizeof(rfc[0]); i++)
                if (rfc[i].theirs == (enum ike_theirs)theirs && rfc[i].ours >> ours & 1u) {
                    assert_null(found);
                    found = &rfc[i];
                }
            if (!found)
                fail_msg("theirs %u, ours %u: nobody says what to do", theirs, ours);
            else if (verdict != found->verdict)
                fail_msg("theirs %u, ours %u: verdict %d, but %s", theirs, ours, (int)verdict, found->says);
        }
}

/* RFC 7296 2.8.1, 2.8.2: two ends that do the same both let it happen: no end waits for the other one */
static void no_deadlock(void **state)
{
    (void)state;
    assert_int_not_equal(ike__collision(IKE_THEIRS_REKEY_CHILD, IKE_OURS_REKEY_THIS_CHILD), IKE_LATER);
    assert_int_not_equal(ike__collision(IKE_THEIRS_REKEY_IKE, IKE_OURS_REKEY_IKE), IKE_LATER);
    for (unsigned ours = 0; ours < IKE_OURS_N; ours++) { /* a Delete is never put off */
        assert_int_not_equal(ike__collision(IKE_THEIRS_DELETE_CHILD, (enum ike_ours)ours), IKE_LATER);
        assert_int_not_equal(ike__collision(IKE_THEIRS_DELETE_IKE, (enum ike_ours)ours), IKE_LATER);
    }
}

/* ---- nonces ---- */

#define NONCES 40u /* 1 + 3 + 9 + 27 */

static uint8_t octets[NONCES][3];
static ike_span nonce[NONCES];

/* All of 0 to 3 octets over an alphabet in which a sign would show. */
static void all_nonces(void)
{
    static const uint8_t letter[3] = {0x00, 0x7f, 0x80};
    unsigned n = 0;

    for (unsigned len = 0, count = 1; len <= 3; len++, count *= 3)
        for (unsigned i = 0; i < count; i++, n++) {
            for (unsigned k = 0, rest = i; k < len; k++, rest /= 3)
                octets[n][k] = letter[rest % 3];
            nonce[n] = ike__span(octets[n], len);
        }
    assert_int_equal(n, NONCES);
}

/* The same in other words: what is not there is less than any octet. */
static long rank(ike_span a)
{
    long r = 0;

    for (size_t i = 0; i < 3; i++)
        r = r * 257 + (i < a.n ? a.p[i] + 1 : 0);
    return r;
}

/* RFC 7296 2.8.1, row 200: "If you reach the end of one nonce, that nonce is the lower one." */
static void the_lower_of_two(void **state)
{
    (void)state;
    all_nonces();
    for (unsigned a = 0; a < NONCES; a++)
        for (unsigned b = 0; b < NONCES; b++) {
            ike_span low = ike__nonce_lower(nonce[a], nonce[b]), same = ike__nonce_lower(nonce[b], nonce[a]);

            assert_ptr_equal(low.p, nonce[rank(nonce[b]) < rank(nonce[a]) ? b : a].p);
            assert_true(ike__span_equal(low, same)); /* whoever asks */
            assert_int_equal(a == b, rank(nonce[a]) == rank(nonce[b]));
        }
    assert_true(
        ike__span_equal(ike__nonce_lower(ike__span("abc", 3), ike__span("ab", 2)), ike__span("ab", 2)));
    assert_true(
        ike__span_equal(ike__nonce_lower(ike__span("b", 1), ike__span("aaa", 3)), ike__span("aaa", 3)));
}

/* RFC 7296 2.8.1, rows 199, 200, 209: both ends name the same loser. If the lowest nonce is in both exchanges, nobody
 * loses and both successors stay until their lifetimes end: nonces are random, of 16 octets at least, and one
 * end alone cannot bring it about by accident. */
static void exactly_one_loses(void **state)
{
    (void)state;
    all_nonces();
    for (unsigned a = 0; a < NONCES; a++)
        for (unsigned b = 0; b < NONCES; b++)
            for (unsigned c = 0; c < NONCES; c++)
                for (unsigned d = 0; d < NONCES; d++) {
                    int here = ike__collision_ours_loses(nonce[a], nonce[b], nonce[c], nonce[d]);
                    int there = ike__collision_ours_loses(nonce[c], nonce[d], nonce[a], nonce[b]);
                    long ours = rank(nonce[a]) < rank(nonce[b]) ? rank(nonce[a]) : rank(nonce[b]);
                    long theirs = rank(nonce[c]) < rank(nonce[d]) ? rank(nonce[c]) : rank(nonce[d]);

                    if (here != (ours < theirs) || there != (theirs < ours))
                        fail_msg("nonces %u %u against %u %u: %d, %d", a, b, c, d, here, there);
                }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_has_its_sentence),
        cmocka_unit_test(no_deadlock),
        cmocka_unit_test(the_lower_of_two),
        cmocka_unit_test(exactly_one_loses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
