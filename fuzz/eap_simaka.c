/* fuzz/eap_simaka.c - messages of any octets to the methods of SIM cards, some with a MAC that is right. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike_eap_answer, ike_eap_resume_card with SIM, AKA and AKA': attributes, nested ones, and what they
 * lead to. Each message: how, subtype, the length of its attributes and of nested ones, both. Without a right MAC a key
 * that comes of it is a finding. */
#include "eap/simaka.h"
#include "fake/crypto_fake.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { NAME = 1, RESUME = 2, NESTED = 4, MAC = 8, AGAIN = 16 };

static const ike_eap_card_answer card = {.res_n = 8, .res = {1}, .ck = {2}, .ik = {3}, .auts = {4}};

static int answer(void *user, const ike_eap_card_ask *ask, ike_eap_card_answer *out)
{
    uint8_t mood = *(const uint8_t *)user;

    (void)ask;
    *out = card;
    out->has_auts = (mood & 8) != 0;
    return mood & 16 ? IKE_E_PENDING : mood & 32 ? IKE_E_AUTH : 0;
}

/* The keys of a challenge, so that some get through; others find theirs, if ever, by luck. */
static void derive(struct simaka_keys *k, uint8_t type)
{
    static const uint8_t autn[16] = {0, 0, 0, 0, 0, 0, 0x80};
    static const ike_span name = {(const uint8_t *)"0user@h", 7};

    if (type == EAP_AKA_PRIME)
        (void)ike__simaka_keys_aka_prime(k, name, card.ik, card.ck, autn,
                                         (ike_span){(const uint8_t *)"W", 1});
    else
        (void)ike__simaka_keys_aka(k, name, card.ik, card.ck);
}

/* One message in m: its length. */
static size_t make(uint8_t *m, const struct simaka_keys *k, uint8_t type, uint8_t how, uint8_t subtype,
                   ike_span outer, ike_span inner)
{
    static const uint8_t iv[16];
    uint8_t mac[32], secret[256], *at;
    struct simaka_out o = {m + 5, 3, 2000, 0};

    m[0] = EAP_REQUEST;
    m[4] = type;
    m[5] = subtype;
    m[6] = m[7] = 0;
    if (outer.n > 0)
        memcpy(o.p + o.n, outer.p, outer.n);
    o.n += outer.n;
    if (how & NESTED) {
        (void)ike__simaka_put(&o, OUT_IV, 0, (ike_span){iv, 16});
        if (ike__eap_aes_cbc(1, k->encr, iv, (ike_span){inner.p, inner.n / 16 * 16}, secret) == 0)
            (void)ike__simaka_put(&o, OUT_ENCR_DATA, 0, (ike_span){secret, inner.n / 16 * 16});
    }
    at = how & MAC ? ike__simaka_put(&o, OUT_MAC, 0, (ike_span){iv, 16}) : NULL;
    m[2] = (uint8_t)((o.n + 5) >> 8);
    m[3] = (uint8_t)(o.n + 5);
    if (at && ike__eap_hmac(type == EAP_AKA_PRIME, (ike_span){k->aut, type == EAP_AKA_PRIME ? 32 : 16},
                            (const ike_span[]){{m, o.n + 5}}, 1, mac) == 0)
        memcpy(at, mac, 16);
    return o.n + 5;
}

static size_t cut(size_t want, size_t left)
{
    return want < left ? want : left;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint8_t types[] = {EAP_SIM, EAP_AKA, EAP_AKA_PRIME};
    static const char *const names[] = {"sim", "aka", "aka-prime"};
    static uint8_t m[2100], out[IKE_EAP_MAX + 64];
    const ike_eap_method *methods[2] = {NULL, NULL};
    uint8_t mood = n > 0 ? data[0] : 0, type = types[mood % 3];
    ike_eap_config cfg = IKE_EAP_CONFIG_INIT;
    struct crypto_fake fake;
    struct simaka_keys k;
    ike_eap_client *c;
    int has_mac = 0;
    ike_ask ask;

    crypto_fake_init(&fake, 3);
    memset(&ask, 0, sizeof(ask));
    ask.kind = IKE_ASK_EAP;
    methods[0] = ike_eap_method_find(names[mood % 3]);
    cfg.identity = "0user@h";
    cfg.methods = methods;
    cfg.card = answer;
    cfg.user = &mood;
    cfg.crypto = &fake.table;
    if (ike_eap_client_new(&c, &cfg, NULL) < 0)
        abort();
    derive(&k, type);
    for (size_t at = 1; at + 4 <= n;) {
        uint8_t how = data[at], subtype = data[at + 1];
        ike_span outer = {data + at + 4, cut(data[at + 2], n - at - 4)}, inner = {outer.p + outer.n, 0};
        size_t said = 0;
        int verdict;

        inner.n = how & NESTED ? cut(data[at + 3], n - at - 4 - outer.n) : 0;
        at += 4 + outer.n + inner.n;
        ask.round = how & AGAIN ? 1 : ask.round + 1;
        has_mac |= how & MAC;
        ask.tbs = (ike_span){m, make(m, &k, type, how, subtype, outer, inner)};
        if (how & NAME) {
            static const uint8_t who[] = {1, 0, 0, 5, 1};
            ask.tbs = (ike_span){who, 5};
        }
        verdict = how & RESUME
                      ? ike_eap_resume_card(c, subtype & 1 ? IKE_E_AUTH : 0, &card, out, sizeof(out), &said)
                      : ike_eap_answer(c, &ask, out, sizeof(out), &said);
        if (verdict >= 0 && (said < 5 || out[0] != EAP_RESPONSE))
            abort();
        if (verdict == IKE_EAP_DONE && !has_mac)
            abort(); /* a success that nobody has proven */
    }
    ike_eap_client_free(c);
    return 0;
}
