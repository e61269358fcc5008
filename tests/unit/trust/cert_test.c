/* tests/unit/trust/cert_test.c - the frame of a certificate, read strictly (RFC 5280 4.1). SPDX-License-Identifier: Apache-2.0 */
#include "room.h"

static size_t find(const struct material *m, const uint8_t *what, size_t n)
{
    for (size_t i = 0; i + n <= m->n; i++)
        if (memcmp(m->p + i, what, n) == 0)
            return i;
    fail_msg("it is not in there");
    return 0;
}

static int parses(const struct material *m)
{
    struct ike_x509 x;
    int err = ike__x509_parse(&x, (ike_span){m->p, m->n}, NULL);

    if (err == 0)
        ike__x509_free(&x);
    return err;
}

/* RFC 5280 4.1.1.2: "MUST contain the same algorithm identifier"; RFC 5280 4.1.2.9: extensions "MUST only appear if the version is
 * 3"; 4.1.2.1: there is no version 4; KNOWN-HOLES 10: what is outside of the signature cannot make a second copy */
static void the_frame_holds_together(void **state)
{
    static const uint8_t version[] = {0xa0, 3, 2, 1, 2}, alg[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2};
    struct material good, m;
    size_t at;

    (void)state;
    (void)load_der(&good, "leaf.pem", "CERTIFICATE");
    assert_int_equal(parses(&good), 0);
    m = good;
    at = find(&m, version, sizeof(version));
    for (uint8_t v = 0; v < 0x80; v++) {
        m.p[at + 4] = v;
        assert_int_equal(parses(&m), v == 2 ? 0 : IKE_E_CERT_INVALID);
    }
    m = good;
    m.p[find(&m, alg, sizeof(alg)) + 7] = 3; /* inside says SHA-384, outside SHA-256 */
    assert_int_equal(parses(&m), IKE_E_CERT_INVALID);
    m = good;
    m.p[m.n++] = 0;
    assert_int_equal(parses(&m), IKE_E_CERT_INVALID);
    for (m = good; m.n > 0;) {
        m.n--;
        assert_int_equal(parses(&m), IKE_E_CERT_INVALID);
    }
}

/* Lengths and tags of the frame, one after the other: none of them may be another. */
static void every_header_counts(void **state)
{
    static const uint8_t version[] = {0xa0, 3, 2, 1, 2};
    struct material good, m;
    size_t end;

    (void)state;
    (void)load_der(&good, "leaf.pem", "CERTIFICATE");
    end = find(&good, version, sizeof(version)) + 4;
    for (size_t i = 0; i < end; i++)
        for (int bit = 0; bit < 8; bit++) {
            m = good;
            m.p[i] ^= (uint8_t)(1u << bit);
            assert_int_equal(parses(&m), IKE_E_CERT_INVALID);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frame_holds_together),
        cmocka_unit_test(every_header_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
