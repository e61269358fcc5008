/* tests/unit/backend/cross_test.c - every backend against every other: the same octets, the same verdicts. SPDX-License-Identifier: Apache-2.0
 *
 * With one backend it is held against itself, which still leaves the refusals. */
#include "fake/backends.h"
#include "fake/test.h"
#include <stdlib.h>
#ifdef IKE_HAS_OPENSSL
#include <openssl/crypto.h>
#include <openssl/err.h>
#endif

#define TEXT_MAX 65536u
#define ESP_MAX  65472u /* more is in no IP packet, and ciphers of ESP only need not do it */

static uint64_t seed = 1;

static uint8_t octet(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint8_t)(seed >> 56);
}

static void fill(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = octet();
}

/* test(a, b) for every ordered pair, a backend with itself included */
static void each_pair(void (*test)(const ike_crypto *a, const ike_crypto *b))
{
    for (size_t i = 0; test_backend(i); i++)
        for (size_t j = 0; test_backend(j); j++)
            test(test_backend(i), test_backend(j));
}

/* The same for ciphers: with those backends too that have nothing else. */
static void each_cipher_pair(void (*test)(const ike_crypto *a, const ike_crypto *b))
{
    for (size_t i = 0; test_bulk(i); i++)
        for (size_t j = 0; test_bulk(j); j++)
            test(test_bulk(i), test_bulk(j));
}

/* ---- the same lists ---- */

/* NULL: it has ciphers of ESP only, and this is not one of them. */
static const ike_cipher_alg *cipher_like(const ike_crypto *c, const ike_cipher_alg *as)
{
    for (const ike_cipher_alg *const *p = c->cipher; *p; p++)
        if ((*p)->encr == as->encr && (*p)->key_bits == as->key_bits && (*p)->integ == as->integ)
            return *p;
    if (c->prf[0])
        fail_msg("%s has no cipher %u-%u-%u", c->name, as->encr, as->key_bits, as->integ);
    return NULL;
}

static const ike_prf_alg *prf_like(const ike_crypto *c, const ike_prf_alg *as)
{
    for (const ike_prf_alg *const *p = c->prf; *p; p++)
        if ((*p)->id == as->id && (*p)->out_len == as->out_len)
            return *p;
    fail_msg("%s has no PRF %u", c->name, as->id);
    return NULL;
}

static const ike_kex_alg *kex_like(const ike_crypto *c, const ike_kex_alg *as)
{
    for (const ike_kex_alg *const *p = c->kex; *p; p++)
        if ((*p)->id == as->id && (*p)->public_len == as->public_len && (*p)->reply_len == as->reply_len &&
            (*p)->secret_len == as->secret_len)
            return *p;
    fail_msg("%s has no key exchange %u", c->name, as->id);
    return NULL;
}

/* ---- ciphers ---- */

struct sides {
    const ike_cipher_alg *seal, *open;
    void *sealer, *opener;
    uint8_t *text;
    uint8_t plain[TEXT_MAX], tag[64], iv[16], aad[64];
    ike_cipher_op op;
};

static int set_up(struct sides *s, const ike_crypto *a, const ike_crypto *b, const ike_cipher_alg *alg)
{
    uint8_t key[64], integ[64];

    memset(s, 0, sizeof(*s));
    s->seal = cipher_like(a, alg);
    s->open = cipher_like(b, alg);
    if (!s->open)
        return 0;
    assert_int_equal(s->seal->key_len, s->open->key_len);
    assert_int_equal(s->seal->salt_len, s->open->salt_len);
    assert_int_equal(s->seal->integ_key_len, s->open->integ_key_len);
    assert_int_equal(s->seal->iv_len, s->open->iv_len);
    assert_int_equal(s->seal->tag_len, s->open->tag_len);
    assert_int_equal(s->seal->block_len, s->open->block_len);
    assert_int_equal(s->seal->iv_random, s->open->iv_random);
    fill(key, sizeof(key));
    fill(integ, sizeof(integ));
    s->sealer = test_calloc(1, s->seal->ctx_size);
    s->opener = test_calloc(1, s->open->ctx_size);
    assert_int_equal(s->seal->init(s->sealer, key, integ), 0);
    assert_int_equal(s->open->init(s->opener, key, integ), 0);
    return 1;
}

static void tear_down(struct sides *s)
{
    s->seal->wipe(s->sealer);
    s->open->wipe(s->opener);
    test_free(s->sealer);
    test_free(s->opener);
}

/* A sealed text of n octets, exactly as long as it says, so that a sanitizer sees every octet too many. */
static void seal(struct sides *s, size_t n, size_t aad_n)
{
    memset(&s->op, 0, sizeof(s->op));
    s->text = malloc(n ? n : 1);
    assert_non_null(s->text);
    fill(s->iv, sizeof(s->iv));
    fill(s->aad, sizeof(s->aad));
    fill(s->plain, n);
    memcpy(s->text, s->plain, n);
    s->op.iv = s->iv;
    s->op.aad = s->aad;
    s->op.aad_n = aad_n;
    s->op.text = s->text;
    s->op.n = n;
    s->op.tag = s->tag;
    if (s->seal->integ != 0 && octet() & 1) {
        s->op.tail_n = 4;
        fill(s->op.tail, 4);
    }
    assert_int_equal(s->seal->seal(s->sealer, &s->op, 1), 0);
    assert_int_equal(s->op.err, 0);
}

static int opens(struct sides *s)
{
    assert_int_equal(s->open->open(s->opener, &s->op, 1), 0);
    return s->op.err == 0;
}

static void cross_ciphers(const ike_crypto *a, const ike_crypto *b)
{
    static const size_t sizes[] = {0, 1, 2, 15, 16, 17, 31, 32, 33, 64, 255, 256, 1400, 1401, TEXT_MAX};
    static const size_t aads[] = {0, 8, 12, 32, 64};
    struct sides *s = test_malloc(sizeof(*s));

    for (const ike_cipher_alg *const *alg = a->cipher; *alg; alg++) {
        if (!set_up(s, a, b, *alg))
            continue;
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
            for (size_t j = 0; j < sizeof(aads) / sizeof(aads[0]); j++) {
                uint8_t again[64];
                size_t most = a->prf[0] && b->prf[0] ? TEXT_MAX : ESP_MAX - aads[j];
                size_t n = (sizes[i] < most ? sizes[i] : most) / s->seal->block_len * s->seal->block_len;
                seal(s, n, aads[j]);
                if (n >= 16)
                    assert_memory_not_equal(s->text, s->plain, n);
                assert_true(opens(s));
                assert_memory_equal(s->text, s->plain, n);
                /* sealed again by the other: the same octets */
                memcpy(again, s->tag, sizeof(again));
                assert_int_equal(s->open->seal(s->opener, &s->op, 1), 0);
                assert_memory_equal(again, s->tag, s->seal->tag_len);
                free(s->text);
            }
        tear_down(s);
    }
    test_free(s);
}

static void sealed_by_one_opened_by_the_other(void **state)
{
    (void)state;
    each_cipher_pair(cross_ciphers);
}

/* One octet of anything that is authenticated, and every octet of the tag. */
static void cross_forgeries(const ike_crypto *a, const ike_crypto *b)
{
    struct sides *s = test_malloc(sizeof(*s));

    for (const ike_cipher_alg *const *alg = a->cipher; *alg; alg++) {
        uint8_t *const from[] = {s->tag, s->iv, s->aad};
        const size_t lens[] = {(*alg)->tag_len, (*alg)->iv_len, 12};
        if (!set_up(s, a, b, *alg))
            continue;
        for (size_t w = 0; w < 3; w++)
            for (size_t i = 0; i < lens[w]; i++) {
                seal(s, 64, 12);
                from[w][i] ^= (uint8_t)(1u << (octet() & 7));
                assert_false(opens(s));
                free(s->text);
            }
        for (int i = 0; i < 16; i++) {
            seal(s, 64, 12);
            s->text[octet() & 63] ^= 0x10;
            assert_false(opens(s));
            free(s->text);
        }
        seal(s, 64, 12);
        s->op.tail_n ^= (*alg)->integ ? 4 : 0;
        s->op.aad_n -= (*alg)->integ ? 0 : 1;
        assert_false(opens(s));
        free(s->text);
        /* RFC 4106 6: a tag cut short is no tag; what is missing is not taken for right */
        seal(s, 64, 12);
        memset(s->tag + s->seal->tag_len / 2, 0, s->seal->tag_len / 2u);
        assert_false(opens(s));
        free(s->text);
        seal(s, 0, 8); /* and the context goes on */
        assert_true(opens(s));
        free(s->text);
        tear_down(s);
    }
    test_free(s);
}

static void forgeries_are_refused(void **state)
{
    (void)state;
    each_cipher_pair(cross_forgeries);
}

#define BATCH 40

/* An array of packets; some of them are broken on the way, the others come through. */
static void cross_batches(const ike_crypto *a, const ike_crypto *b)
{
    struct sides *s = test_malloc(sizeof(*s));

    for (const ike_cipher_alg *const *alg = a->cipher; *alg; alg++) {
        static uint8_t texts[BATCH][160], plain[BATCH][160], tags[BATCH][64], ivs[BATCH][16], aad[8];
        ike_cipher_op ops[BATCH];
        if (!set_up(s, a, b, *alg))
            continue;
        memset(ops, 0, sizeof(ops));
        fill(plain[0], sizeof(plain));
        memcpy(texts, plain, sizeof(texts));
        fill(ivs[0], sizeof(ivs));
        for (size_t i = 0; i < BATCH; i++) {
            ops[i].iv = ivs[i];
            ops[i].aad = aad;
            ops[i].aad_n = sizeof(aad);
            ops[i].text = texts[i];
            ops[i].n = (size_t)(octet() % 11) * 16;
            ops[i].tag = tags[i];
        }
        assert_int_equal(s->seal->seal(s->sealer, ops, BATCH), 0);
        for (size_t i = 0; i < BATCH; i += 3)
            tags[i][0] ^= 1;
        assert_int_equal(s->open->open(s->opener, ops, BATCH), 0);
        for (size_t i = 0; i < BATCH; i++) {
            assert_int_equal(ops[i].err, i % 3 ? 0 : IKE_E_DISCARD);
            if (i % 3)
                assert_memory_equal(texts[i], plain[i], ops[i].n);
        }
        assert_int_equal(s->seal->seal(s->sealer, ops, 0), 0);
        assert_int_equal(s->open->open(s->opener, ops, 0), 0);
        tear_down(s);
    }
    test_free(s);
}

static void batches_come_through_but_for_the_broken(void **state)
{
    (void)state;
    each_cipher_pair(cross_batches);
}

/* ---- PRF, SHA-1, random ---- */

static void mac(const ike_prf_alg *alg, void *ctx, const uint8_t *key, size_t key_n, const uint8_t *p,
                size_t n, uint8_t *out)
{
    size_t cut = n ? octet() % n : 0;

    assert_int_equal(alg->init(ctx, key, key_n), 0);
    assert_int_equal(alg->update(ctx, p, cut), 0);
    assert_int_equal(alg->update(ctx, p + cut, n - cut), 0);
    assert_int_equal(alg->final(ctx, out), 0);
}

static void cross_prfs(const ike_crypto *a, const ike_crypto *b)
{
    for (const ike_prf_alg *const *alg = a->prf; *alg; alg++) {
        const ike_prf_alg *other = prf_like(b, *alg);
        void *mine = test_calloc(1, (*alg)->ctx_size), *theirs = test_calloc(1, other->ctx_size);
        for (size_t key_n = 0; key_n < 300; key_n++) { /* shorter than a block, and longer */
            uint8_t key[300], data[500], x[64] = {0}, y[64] = {0};
            size_t n = (size_t)octet() * 2 % sizeof(data);
            fill(key, sizeof(key));
            fill(data, sizeof(data));
            mac(*alg, mine, key, key_n, data, n, x);
            mac(other, theirs, key, key_n, data, n, y);
            assert_memory_equal(x, y, (*alg)->out_len);
        }
        (*alg)->wipe(mine);
        other->wipe(theirs);
        test_free(mine);
        test_free(theirs);
    }
}

static void prfs_are_the_same(void **state)
{
    (void)state;
    each_pair(cross_prfs);
}

static void cross_sha1(const ike_crypto *a, const ike_crypto *b)
{
    uint8_t data[200], x[20], y[20];

    for (size_t n = 0; n <= sizeof(data); n++) {
        size_t cut = n ? octet() % n : 0;
        fill(data, sizeof(data));
        assert_int_equal(a->sha1((ike_span){data, n}, (ike_span){NULL, 0}, x), 0);
        assert_int_equal(b->sha1((ike_span){data, cut}, (ike_span){data + cut, n - cut}, y), 0);
        assert_memory_equal(x, y, 20);
    }
}

static void hashes_are_the_same(void **state)
{
    (void)state;
    each_pair(cross_sha1);
}

static void random_octets_fill_and_differ(void **state)
{
    (void)state;
    for (size_t b = 0; test_backend(b); b++) {
        const ike_crypto *c = test_backend(b);
        uint8_t x[1000] = {0}, y[1000] = {0}, any = 0;
        assert_int_equal(c->random(c->self, x, 0), 0);
        assert_int_equal(x[0], 0);
        assert_int_equal(c->random(c->self, x, sizeof(x)), 0);
        assert_int_equal(c->random(c->self, y, sizeof(y)), 0);
        assert_memory_not_equal(x, y, sizeof(x));
        for (size_t i = sizeof(x) - 16; i < sizeof(x); i++)
            any |= x[i];
        assert_true(any != 0);
    }
}

/* ---- key exchange ---- */

static void cross_kexes(const ike_crypto *a, const ike_crypto *b)
{
    for (const ike_kex_alg *const *alg = a->kex; *alg; alg++) {
        const ike_kex_alg *other = kex_like(b, *alg);
        void *mine = test_calloc(1, (*alg)->ctx_size), *theirs = test_calloc(1, other->ctx_size);
        for (int round = 0; round < 3; round++) { /* begun again: another pair in the same context */
            uint8_t mine_pub[512], their_pub[512], x[512] = {0}, y[512] = {1};
            size_t n = (*alg)->public_len;
            assert_int_equal((*alg)->begin(mine, a, mine_pub), 0);
            assert_int_equal(other->begin(theirs, b, their_pub), 0);
            assert_int_equal((*alg)->finish(mine, (ike_span){their_pub, n}, x), 0);
            assert_int_equal(other->finish(theirs, (ike_span){mine_pub, n}, y), 0);
            assert_memory_equal(x, y, (*alg)->secret_len);
        }
        (*alg)->wipe(mine);
        (*alg)->wipe(mine); /* once too often does no harm */
        other->wipe(theirs);
        test_free(mine);
        test_free(theirs);
    }
}

static void key_exchanges_agree(void **state)
{
    (void)state;
    each_pair(cross_kexes);
}

/* RFC 3526 3: the prime of group 14 */
static const char p2048[] =
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd"
    "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
    "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f"
    "83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"
    "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510"
    "15728e5a8aacaa68ffffffffffffffff";
/* RFC 7748: points of small order, and what stands for them beyond the prime */
static const char *const small_25519[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};
static const char *const small_448[] = {
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000",
    "fefffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffff",
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffff",
};

static void from_hex(uint8_t *out, const char *text)
{
    for (size_t i = 0; text[i]; i++) {
        uint8_t digit = (uint8_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | digit);
    }
}

static const ike_kex_alg *kex_of(const ike_crypto *c, uint16_t id)
{
    for (const ike_kex_alg *const *p = c->kex; *p; p++)
        if ((*p)->id == id)
            return *p;
    return NULL;
}

static int verdict(const ike_crypto *c, uint16_t id, const uint8_t *value)
{
    const ike_kex_alg *alg = kex_of(c, id);
    void *ctx = test_calloc(1, alg->ctx_size);
    uint8_t pub[512], secret[512];
    int err;

    assert_int_equal(alg->begin(ctx, c, pub), 0);
    err = alg->finish(ctx, (ike_span){value, alg->reply_len}, secret);
    alg->wipe(ctx);
    test_free(ctx);
    return err;
}

/* RFC 6989 2.1, 2.3, RFC 8031 3.2 */
static void values_outside_the_group_are_refused(void **state)
{
    (void)state;
    for (size_t b = 0; test_backend(b); b++) {
        const ike_crypto *c = test_backend(b);
        uint8_t v[512];
        from_hex(v, p2048);
        assert_int_equal(verdict(c, 14, v), IKE_E_DISCARD); /* p */
        v[255]--;
        assert_int_equal(verdict(c, 14, v), IKE_E_DISCARD); /* p - 1 */
        v[255]--;
        assert_int_equal(verdict(c, 14, v), 0); /* p - 2: not in the subgroup of 2, and let in */
        memset(v, 0, sizeof(v));
        v[255] = 2;
        assert_int_equal(verdict(c, 14, v), 0);
        for (size_t i = 0; i < sizeof(small_25519) / sizeof(small_25519[0]); i++) {
            from_hex(v, small_25519[i]);
            assert_int_equal(verdict(c, 31, v), IKE_E_DISCARD);
        }
        for (size_t i = 0; i < sizeof(small_448) / sizeof(small_448[0]); i++) {
            from_hex(v, small_448[i]);
            assert_int_equal(verdict(c, 32, v), IKE_E_DISCARD);
        }
    }
}

/* Random octets are hardly ever a point of an ECP group, always one of a Montgomery curve or its twist. */
static void random_values_get_the_same_verdict(void **state)
{
    (void)state;
    for (const ike_kex_alg *const *alg = test_backend(0)->kex; *alg; alg++)
        for (int round = 0; round < 8; round++) {
            uint8_t v[512];
            int first;
            fill(v, sizeof(v));
            first = verdict(test_backend(0), (*alg)->id, v);
            for (size_t b = 1; test_backend(b); b++)
                assert_int_equal(verdict(test_backend(b), (*alg)->id, v), first);
        }
}

/* ---- what OpenSSL is asked to do ---- */

#ifdef IKE_HAS_OPENSSL
static unsigned long allocations;

static void *counted_malloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    allocations++;
    return malloc(n);
}

static void *counted_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file, (void)line;
    allocations++;
    return realloc(p, n);
}

static void counted_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

static void packets_allocate_nothing(void **state)
{
    const ike_crypto *c = ike_crypto_openssl();
    struct sides *s = test_malloc(sizeof(*s));

    (void)state;
    for (const ike_cipher_alg *const *alg = c->cipher; *alg; alg++) {
        unsigned long before;
        set_up(s, c, c, *alg);
        before = allocations;
        assert_true(before > 0);
        for (int i = 0; i < 3; i++) {
            seal(s, 64, 8);
            s->tag[0] ^= (uint8_t)(i & 1);
            assert_int_equal(opens(s), !(i & 1));
            free(s->text);
        }
        assert_true(allocations == before);
        tear_down(s);
    }
    test_free(s);
}

static void no_error_of_a_peer_is_left_to_the_host(void **state)
{
    (void)state;
    assert_true(ERR_peek_error() == 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_by_one_opened_by_the_other),
        cmocka_unit_test(forgeries_are_refused),
        cmocka_unit_test(batches_come_through_but_for_the_broken),
        cmocka_unit_test(prfs_are_the_same),
        cmocka_unit_test(hashes_are_the_same),
        cmocka_unit_test(random_octets_fill_and_differ),
        cmocka_unit_test(key_exchanges_agree),
        cmocka_unit_test(values_outside_the_group_are_refused),
        cmocka_unit_test(random_values_get_the_same_verdict),
#ifdef IKE_HAS_OPENSSL
        cmocka_unit_test(packets_allocate_nothing),
        cmocka_unit_test(no_error_of_a_peer_is_left_to_the_host), /* of all those above */
#endif
    };

#ifdef IKE_HAS_OPENSSL
    if (!CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free))
        return 1;
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
