/* exchange/redirect.c - the gateway sends us to another one (RFC 5685). SPDX-License-Identifier: Apache-2.0
 *
 *   <--  HDR, N(REDIRECT, gateway, Ni)                      instead of an answer to IKE_SA_INIT
 *   <--  HDR, SK { IDr, AUTH, N(REDIRECT, gateway) }        with IKE_AUTH, after which there is no child; before EAP,
 *                                                           or after it, and never in between (6)
 *   <--  HDR, SK { N(REDIRECT, gateway) }                   in an INFORMATIONAL, at any time
 *
 * Before the handshake is done it begins again elsewhere; later a new authentication there comes first, then the old
 * SA goes. Who the gateway has to be does not change (9.3): its certificate or key must prove the same identity.
 * A name, or an address of another family, needs the host: IKE_EV_REDIRECT, answered by ike_redirect.
 *
 * Not here: the new handshake (ike_sa_init.c, engine/roam.c). */
#include "exchange/exchange.h"
#include "base/mem.h"

#define REDIRECTS_MAX    5u         /* RFC 5685 7: "… MAX_REDIRECTS … default … 5", … */
#define REDIRECTS_WITHIN 300000000u /* … "REDIRECT_LOOP_DETECT_PERIOD … 300 seconds" */

enum { GW_IPV4 = 1, GW_IPV6 = 2, GW_FQDN = 3 };

static int read_gateway(ike_span data, struct ike_elsewhere *r, ike_span *nonce)
{
    ike_span id;

    if (data.n < 2 || data.p[1] == 0 || data.p[1] > data.n - 2)
        return IKE_E_SYNTAX;
    id = ike__span(data.p + 2, data.p[1]);
    *nonce = ike__span(id.p + id.n, data.n - 2 - id.n);
    memset(r, 0, sizeof(*r));
    if ((data.p[0] == GW_IPV4 && id.n == 4) || (data.p[0] == GW_IPV6 && id.n == 16)) {
        struct ike_text t;

        r->addr.family = id.n == 4 ? 4 : 6;
        memcpy(r->addr.ip, id.p, id.n);
        ike__text_init(&t, r->gateway, sizeof(r->gateway));
        ike__text_addr(&t, &r->addr);
        return 0;
    }
    if (data.p[0] != GW_FQDN || id.n >= sizeof(r->gateway))
        return IKE_E_SYNTAX;
    for (size_t i = 0; i < id.n; i++) /* goes to resolvers and logs */
        if (id.p[i] <= ' ' || id.p[i] > '~')
            return IKE_E_SYNTAX;
    memcpy(r->gateway, id.p, id.n);
    return 0;
}

struct ike_redirect *ike__redirect_room(struct ike_session *s)
{
    if (!s->redirect)
        s->redirect = ike__mem_new(s->env.alloc, sizeof(*s->redirect));
    return s->redirect;
}

static int is_loop(struct ike_redirect *r, ike_time now)
{
    if (r->n == 0 || now - r->since > REDIRECTS_WITHIN) {
        r->n = 0;
        r->since = now;
    }
    return ++r->n > REDIRECTS_MAX;
}

int ike__redirect_find(struct ike_session *s, const struct ike_msg *msg, const ike_span *ni)
{
    struct ike_elsewhere told;
    struct ike_redirect *r;
    struct ike_notify n;
    ike_span nonce;

    if (s->settings.cfg.redirect == IKE_OFF || !ike__notify_find(msg, IKE_N_REDIRECT, 0, &n) ||
        read_gateway(n.data, &told, &nonce) < 0)
        return IKE_REDIRECT_NONE; /* RFC 5685 3: not announced, so not followed */
    /* RFC 5685 3: "… MUST verify that the nonce data matches the value sent …"; 9.2: and nowhere else is one */
    if (ni ? !ike__span_equal(nonce, *ni) : nonce.n != 0)
        return IKE_REDIRECT_NONE;
    r = ike__redirect_room(s);
    if (!r)
        return IKE_REDIRECT_NONE;
    if (is_loop(r, s->now))
        return IKE_REDIRECT_LOOP;
    r->told = told;
    ike__session_event(s, IKE_EV_REDIRECT, 0, 0);
    return told.addr.family == s->sa->paths.now.local.family ? IKE_REDIRECT_FOLLOW : IKE_REDIRECT_ASK;
}

void ike__redirect_write(const struct ike_session *s, struct ike_msg_out *out)
{
    const ike_addr *from = s->redirect ? &s->redirect->from : NULL;
    uint8_t data[2 + 16];
    size_t n;

    if (s->settings.cfg.redirect == IKE_OFF)
        return;
    if (!from || from->family == 0) {
        ike__notify_write(out, IKE_N_REDIRECT_SUPPORTED, ike__span(NULL, 0));
        return;
    }
    n = from->family == 4 ? 4 : 16;
    data[0] = from->family == 4 ? GW_IPV4 : GW_IPV6;
    data[1] = (uint8_t)n;
    memcpy(data + 2, from->ip, n);
    ike__notify_write(out, IKE_N_REDIRECTED_FROM, ike__span(data, 2 + n));
}

void ike__redirect_established(struct ike_session *s, const struct ike_msg *msg)
{
    ike_path path = s->sa->paths.now;

    switch (ike__redirect_find(s, msg, NULL)) {
    case IKE_REDIRECT_FOLLOW:
        path.remote = s->redirect->told.addr;
        ike__redirect_to(s, &path);
        break;
    case IKE_REDIRECT_LOOP:
        ike__session_warn(s, "the gateways send us round in circles", "have their redirection looked at");
        break;
    default:
        break;
    }
}

ike_step ike__redirect_first(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    struct ike_task *task = &h->sa->running;
    ike_path path = h->sa->paths.now;
    int how = ike__redirect_find(s, msg, NULL);

    if (how == IKE_REDIRECT_NONE)
        return IKE_STEP_KEEP;
    if (how == IKE_REDIRECT_LOOP)
        return ike__auth_fail(s, IKE_E_REDIRECT, 0);
    if (how == IKE_REDIRECT_FOLLOW)
        path.remote = s->redirect->told.addr;
    ike__ike_sa_restart(h->sa, &s->env);
    ike__ike_sa_init_restart(s, task, &path); /* h is gone */
    return how == IKE_REDIRECT_FOLLOW ? IKE_STEP_AGAIN : IKE_STEP_WAIT;
}

void ike__redirect_to(struct ike_session *s, const ike_path *path)
{
    struct ike_redirect *r = s->redirect;

    r->from = s->sa->paths.now.remote;
    r->next = *path;
    if (r->next.remote.port == 0)
        r->next.remote.port = s->sa->paths.first_port;
    s->wants_reauth = 1;
}
