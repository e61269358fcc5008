/* tests/unit/trust/room.h - certificates of tests/pki/trust, judged at a fixed time. SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_TRUST_ROOM_H
#define TEST_TRUST_ROOM_H

#include "fake/octets.h"
#include "trust/trust.h"
#include <stdlib.h>

#define NOW INT64_C(1800000000) /* January 2027 */

static const uint8_t signed_octets[] = "octets that are signed";

struct material {
    uint8_t p[8192];
    size_t n;
};

static inline int take_der(void *user, ike_span der)
{
    struct material *m = user;

    assert_true(der.n <= sizeof(m->p));
    memcpy(m->p, der.p, der.n);
    m->n = der.n;
    return 0;
}

/* A file of tests/pki as it is. */
static inline ike_span load_pki(struct material *m, const char *name)
{
    m->n = read_pki(name, m->p, sizeof(m->p)).n;
    return (ike_span){m->p, m->n};
}

/* A certificate of tests/pki as a peer would send it, also one that mbedTLS will not take. */
static inline ike_span load_cert(struct material *m, const char *name)
{
    struct material raw;

    assert_int_equal(ike__pem_each(load_pki(&raw, name), "CERTIFICATE", take_der, m), 0);
    return (ike_span){m->p, m->n};
}

/* The same of tests/pki/trust. */
static inline ike_span load_raw(struct material *m, const char *name)
{
    char path[100];

    snprintf(path, sizeof(path), "trust/%s", name);
    return load_pki(m, path);
}

static inline ike_span load_der(struct material *m, const char *name, const char *label)
{
    struct material raw;

    assert_int_equal(ike__pem_each(load_raw(&raw, name), label, take_der, m), 0);
    return (ike_span){m->p, m->n};
}

/* "a b c": certificates, the first is the peer's own. */
struct peer {
    struct material certs[10];
    ike_span spans[10];
    uint8_t sig[128];
    size_t sig_n;
    ike_ask ask;
};

static inline uint32_t load_list(const char *names, struct material *out, ike_span *spans, uint32_t cap)
{
    uint32_t n = 0;

    while (*names && n < cap) {
        char name[64];
        size_t len = strcspn(names, " ");
        snprintf(name, sizeof(name), "%.*s.pem", (int)len, names);
        spans[n] = load_der(&out[n], name, "CERTIFICATE");
        n++;
        names += len + (names[len] == ' ');
    }
    return n;
}

/* All leaves have one key. */
static inline void make_peer(struct peer *p, const char *certs, const char *fqdn)
{
    struct material cert, key;
    ike_keyfile files = IKE_KEYFILE_INIT;
    ike_keystore store;
    ike_ask sign;

    memset(p, 0, sizeof(*p));
    memset(&sign, 0, sizeof(sign));
    files.certs = load_raw(&cert, "leaf.pem");
    files.key = load_raw(&key, "leaf.key");
    assert_int_equal(ike_keystore_file(&store, &files, NULL), 0);
    sign.kind = IKE_ASK_SIGN;
    sign.tbs = (ike_span){signed_octets, sizeof(signed_octets)};
    sign.sigs = IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256);
    assert_true(store.answer(store.self, &sign, p->sig, sizeof(p->sig), &p->sig_n) > 0);
    store.close(store.self);
    p->ask.kind = IKE_ASK_VERIFY;
    p->ask.tbs = sign.tbs;
    p->ask.sigs = sign.sigs;
    p->ask.proof = (ike_span){p->sig, p->sig_n};
    p->ask.certs_n = load_list(certs, p->certs, p->spans, 10);
    p->ask.certs = p->spans;
    p->ask.peer_id_type = 2;
    p->ask.peer_id_data = (ike_span){(const uint8_t *)fqdn, strlen(fqdn)};
}

static inline ike_trust *make_trust(const char *anchors, const ike_trust_options *options)
{
    ike_trust_options own = IKE_TRUST_OPTIONS_INIT;
    struct material m[10];
    ike_span spans[10];
    ike_trust *t;
    uint32_t n = load_list(anchors, m, spans, 10);

    assert_int_equal(ike_trust_new(&t), 0);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(ike_trust_add(t, spans[i]), 0);
    own.now_s = NOW;
    assert_int_equal(ike_trust_set(t, options ? options : &own), 0);
    return t;
}

static inline void expect(const char *what, int got, int wanted)
{
    if (got != wanted)
        fail_msg("%s: %s instead of %s", what, ike_errname(got), ike_errname(wanted));
}

#endif
