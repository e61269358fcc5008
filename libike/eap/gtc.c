/* eap/gtc.c - tokens: GTC and OTP (RFC 3748 5.5, 5.6). SPDX-License-Identifier: Apache-2.0
 *
 * What the gateway shows is shown to a person, and what the person types goes back as it is. GTC is also how some
 * gateways ask for a password: the configured one answers the first question, once. */
#include "eap/room.h"
#include <string.h>

struct token {
    uint32_t asked;
};

static int ask(ike_eap_client *c, ike_eap_step *st, uint32_t tries, ike_span *said)
{
    ike_eap_prompt p = {IKE_EAP_CODE, tries, ike_eap_client_config(c)->identity, st->request};

    return ike_eap_prompt_for(c, &p, said);
}

static int reply(struct token *t, ike_eap_step *st, int err, ike_span said)
{
    if (err < 0)
        return err;
    if (said.n > st->cap)
        return IKE_E_NOSPACE;
    if (said.n > 0)
        memcpy(st->out, said.p, said.n);
    st->n = said.n;
    st->is_done = 1;
    t->asked++;
    return 0;
}

static int step_gtc(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    struct token *t = ctx;
    ike_span said = {NULL, 0};
    int err = 0;

    if (t->asked == 0)
        said = ike__eap_password_if_any(c);
    if (!said.p)
        err = ask(c, st, t->asked, &said);
    return reply(t, st, err, said);
}

static int step_otp(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    struct token *t = ctx;
    ike_span said = {NULL, 0};
    int err = ask(c, st, t->asked, &said);

    return reply(t, st, err, said);
}

const ike_eap_method ike__eap_gtc = {
    .abi = IKE_EAP_ABI, .type = EAP_GTC, .name = "gtc", .ctx_size = sizeof(struct token), .step = step_gtc};
const ike_eap_method ike__eap_otp = {
    .abi = IKE_EAP_ABI, .type = EAP_OTP, .name = "otp", .ctx_size = sizeof(struct token), .step = step_otp};
