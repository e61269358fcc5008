/* fuzz/eap_talk.h - octets to a conversation of EAP. SPDX-License-Identifier: Apache-2.0
 *
 * Each request: which type, the length of its data in two octets, the data; or, with the high bit, what a person says.
 * Nobody who speaks here knows a secret, so a key that comes of it is a finding. */
#ifndef IKE_FUZZ_EAP_TALK_H
#define IKE_FUZZ_EAP_TALK_H

#include "fake/crypto_fake.h"
#include <ike/eap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t fuzz_file(const char *name, uint8_t *out, size_t cap)
{
    FILE *f = fopen(name, "rb");
    size_t n = f ? fread(out, 1, cap, f) : 0;

    if (f)
        fclose(f);
    return n;
}

static int fuzz_prompt(void *user, const ike_eap_prompt *p, uint8_t *out, size_t cap, size_t *n)
{
    if (*(const uint8_t *)user & 1)
        return IKE_E_PENDING;
    *n = p->text.n < cap ? p->text.n : cap;
    if (*n > 0)
        memcpy(out, p->text.p, *n);
    return *(const uint8_t *)user & 2 ? IKE_E_DENIED : 0;
}

static void fuzz_check(int verdict, const uint8_t *out, size_t n, uint8_t identifier)
{
    size_t length = n >= 4 ? (size_t)(out[2] << 8 | out[3]) : 0;

    if (verdict < 0)
        return;
    if (length < 5 || length > n || out[0] != 2 || out[1] != identifier || length != n)
        abort(); /* no response, or a key behind it */
}

/* Certificates and keys of the tests for TLS; read once. 0: they are not there. */
static int fuzz_tls(ike_eap_config *cfg)
{
    static uint8_t ca[8192], crt[8192], key[8192];
    static ike_span anchor, certs[4];
    static ike_keystore ks;
    ike_keyfile files = IKE_KEYFILE_INIT;

    if (!ks.self) {
        anchor = (ike_span){ca, fuzz_file("tests/pki/ca.pem", ca, sizeof(ca))};
        files.certs = (ike_span){crt, fuzz_file("tests/pki/client.pem", crt, sizeof(crt))};
        files.key = (ike_span){key, fuzz_file("tests/pki/client.key", key, sizeof(key))};
        if (anchor.n == 0 || ike_keystore_file(&ks, &files, NULL) < 0)
            return 0;
    }
    cfg->server = "gw.test";
    cfg->anchors = &anchor;
    cfg->anchors_n = 1;
    cfg->certs_n = (uint32_t)ike_keystore_file_certs(&ks, certs, 4);
    cfg->certs = certs;
    cfg->key = ike_keystore_file_pk(&ks);
    return 1;
}

static void fuzz_talk(const uint8_t *data, size_t n, const ike_eap_method *const *methods,
                      const uint8_t *types, size_t types_n)
{
    static uint8_t m[5 + 65535], out[IKE_EAP_MAX + 64];
    struct crypto_fake fake;
    ike_eap_config cfg = IKE_EAP_CONFIG_INIT;
    ike_eap_client *c;
    uint8_t mood = n > 0 ? data[0] : 0, identifier = 0;
    ike_ask ask;

    crypto_fake_init(&fake, 3);
    memset(&ask, 0, sizeof(ask));
    ask.kind = IKE_ASK_EAP;
    cfg.identity = "User";
    cfg.password = (ike_span){(const uint8_t *)"clientPass", mood & 4 ? 0 : 10};
    cfg.methods = methods;
    cfg.prompt = fuzz_prompt;
    cfg.user = &mood;
    cfg.crypto = &fake.table;
    if (!fuzz_tls(&cfg) || ike_eap_client_new(&c, &cfg, NULL) < 0)
        abort();
    for (size_t at = 1; at + 3 <= n;) {
        size_t length = (size_t)(data[at + 1] << 8 | data[at + 2]), said;
        uint8_t op = data[at];
        int verdict;

        at += 3;
        length = length < n - at ? length : n - at;
        if (op & 0x80) {
            verdict = ike_eap_resume(c, (ike_span){data + at, length}, out, sizeof(out), &said);
        } else {
            m[0] = 1;
            m[1] = ++identifier;
            m[2] = (uint8_t)((length + 5) >> 8);
            m[3] = (uint8_t)(length + 5);
            m[4] = types[op % types_n];
            memcpy(m + 5, data + at, length);
            ask.tbs = (ike_span){m, length + 5};
            ask.round++;
            verdict = ike_eap_answer(c, &ask, out, sizeof(out), &said);
        }
        fuzz_check(verdict, out, said, identifier);
        at += length;
    }
    ike_eap_client_free(c);
}

#endif
