/* eap/inner.c - a conversation inside of a TLS tunnel: TTLS and PEAP. SPDX-License-Identifier: Apache-2.0
 *
 * A client of its own runs the inner methods; the person and the password are the same.
 *
 * Not here: how its messages are wrapped (ttls.c, peap.c). */
#include "eap/inner.h"
#include <stdlib.h>
#include <string.h>

static int forward(void *user, const ike_eap_prompt *p, uint8_t *out, size_t cap, size_t *n)
{
    ike_span said;
    int err = ike_eap_prompt_for(user, p, &said);

    if (err < 0)
        return err;
    if (said.n > cap)
        return IKE_E_NOSPACE;
    if (said.n > 0)
        memcpy(out, said.p, said.n);
    *n = said.n;
    return 0;
}

int ike__inner_new(struct eap_inner *in, ike_eap_client *outer)
{
    static const ike_eap_method *const usual[] = {&ike__eap_mschapv2, NULL};
    ike_eap_config cfg = *ike_eap_client_config(outer);

    cfg.methods = cfg.inner ? cfg.inner : usual;
    cfg.inner = NULL;
    cfg.anonymous = NULL;
    cfg.password = ike__eap_password_if_any(outer);
    cfg.prompt = forward;
    cfg.user = outer;
    return ike_eap_client_new(&in->client, &cfg, NULL);
}

void ike__inner_free(struct eap_inner *in)
{
    ike__eap_tls_free(in->tls);
    ike_eap_client_free(in->client);
    free(in->request);
    ike__eap_wipe(in, sizeof(*in));
}

int ike__inner_receive(struct eap_inner *in, ike_eap_client *c, ike_eap_step *st, uint32_t max_minor)
{
    int err = in->tls ? 0 : ike__eap_tls_new(&in->tls, c, 0, max_minor);

    return err < 0 ? err : ike__eap_tls_take(in->tls, st);
}

int ike__inner_send(struct eap_inner *in, ike_eap_step *st, const uint8_t *text, size_t n)
{
    int err = ike__eap_tls_write(in->tls, (ike_span){text, n});

    if (err == 0)
        ike__eap_tls_flush(in->tls, st);
    return err;
}

int ike__inner_take(struct eap_inner *in, ike_span request)
{
    free(in->request);
    in->request = malloc(request.n ? request.n : 1);
    if (!in->request)
        return IKE_E_NOMEM;
    memcpy(in->request, request.p, request.n);
    in->request_n = request.n;
    in->round++;
    return 0;
}

int ike__inner_answer(struct eap_inner *in, ike_eap_client *outer, uint8_t *out, size_t *n)
{
    uint8_t all[IKE_EAP_MAX + IKE_EAP_MSK_SIZE];
    ike_ask ask;
    int verdict;

    memset(&ask, 0, sizeof(ask));
    ask.kind = IKE_ASK_EAP;
    ask.round = in->round;
    ask.tbs = (ike_span){in->request, in->request_n};
    verdict = ike_eap_answer(in->client, &ask, all, sizeof(all), n);
    if (verdict >= 0) {
        size_t message = (size_t)all[2] << 8 | all[3];
        in->is_done = verdict == IKE_EAP_DONE;
        if (*n > message)
            memcpy(in->msk, all + message, sizeof(in->msk));
        memcpy(out, all, message);
        *n = message;
    }
    if (ike_eap_trouble(in->client)[0])
        ike_eap_say_trouble(outer, ike_eap_trouble(in->client));
    ike__eap_wipe(all, sizeof(all));
    return verdict < 0 ? verdict : 0;
}
