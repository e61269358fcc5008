/* fuzz/eap_auth.c - EAP in IKE_AUTH: a gateway that says anything, at any time, with and without a proof of its own.
 * SPDX-License-Identifier: Apache-2.0
 * Target functions: the states of exchange/ike_auth_eap.c. Without the key of the method nothing may come up. */
#include "input.h"
#include "peer/ladder.h"
#include <stdlib.h>

/* One message: kind, then what is free in it. */
static size_t gateway_says(void *user, ike_span response, uint8_t *out)
{
    struct input *in = user;
    uint8_t kind = next(in);
    size_t n = kind < 200 ? 5u + kind % 40 : 4;

    (void)response;
    out[0] = kind < 200 ? 1 : (uint8_t)(kind % 6);
    out[1] = next(in);
    ike__put_be16(out + 2, (uint16_t)(kind == 255 ? next(in) : n));
    for (size_t i = 4; i < n; i++)
        out[i] = next(in);
    return n;
}

static int host_answers(void *user, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    struct input *in = user;
    uint8_t mood = next(in);

    (void)cap;
    if (ask->tbs.n < 5)
        abort(); /* the host relies on a header and a type */
    *n = 5;
    memcpy(out, ask->tbs.p, 5);
    out[0] = 2;
    ike__put_be16(out + 2, 5);
    if (mood % 4 == 3) {
        memset(out + 5, mood, 64);
        *n = 69;
        return IKE_EAP_DONE;
    }
    return mood == 2 ? IKE_E_DENIED : IKE_EAP_GO_ON;
}

static int gateway_signs(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    (void)self;
    (void)cap;
    if (ask->kind != IKE_ASK_SIGN)
        return IKE_E_AUTH;
    memcpy(out, "a signature", 11);
    *n = 11;
    return IKE_SIG_PSS_SHA256;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const ike_keystore keys = {.answer = gateway_signs};
    struct input in = {data, n};
    ike_span cert = ike__span_text("not looked at by the core");
    static struct ladder l;
    uint8_t how = next(&in);

    ladder_init(&l);
    l.cfg.auth_local = IKE_AUTH_EAP;
    l.cfg.auth_remote = how & 1 ? IKE_AUTH_EAP : IKE_AUTH_CERT;
    l.pcfg.keys = &keys;
    l.pcfg.certs = &cert;
    l.pcfg.certs_n = how & 2 ? 0 : 1;
    l.pcfg.script.eap_only = (how & 4) != 0;
    l.pcfg.script.eap_early_child = (how & 8) != 0;
    l.pcfg.script.eap = gateway_says;
    l.pcfg.script.eap_user = &in;
    l.eap = host_answers;
    l.eap_user = &in;
    if (ladder_connect(&l) < 0)
        abort();
    ladder_run(&l);
    if (l.ups || l.child_ups || l.configs)
        abort(); /* the gateway's key is not the method's */
    ladder_free(&l);
    return 0;
}
