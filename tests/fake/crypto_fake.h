/* tests/fake/crypto_fake.h - a crypto backend without security, for tests and fuzzers. SPDX-License-Identifier: Apache-2.0
 *
 * Same ids and lengths as the real one, deterministic, fast, and without an authentication wall: a fuzzer that
 * changes an octet can also compute the tag. Both ends of a key exchange get the same secret. */
#ifndef IKE_TESTS_CRYPTO_FAKE_H
#define IKE_TESTS_CRYPTO_FAKE_H

#include <ike/ike.h>

struct crypto_fake {
    ike_crypto table;
    uint64_t state;      /* of the random numbers: set it for another sequence */
    uint32_t calls;      /* of random so far */
    uint32_t fail_after; /* the nth call of random fails; 0: never */
    uint8_t has_nonce_first,
        nonce_first; /* the next 32 octets begin with this one: who has the lowest nonce */
};

/* Sets up f; hand out &f->table. */
void crypto_fake_init(struct crypto_fake *f, uint64_t seed);
/* The tag that seal would write, for whoever forges. */
uint64_t crypto_fake_mix(uint64_t h, const uint8_t *p, size_t n);

#endif
