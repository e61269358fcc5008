/* exchange/mobike.c - our address has changed: tell the gateway (RFC 4555). SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { N(UPDATE_SA_ADDRESSES), N(NATD_S_IP), N(NATD_D_IP), N(COOKIE2) }  -->
 *                                          <--  HDR, SK { N(NATD_S_IP), N(NATD_D_IP), N(COOKIE2) }
 *
 * Our side has moved already (state/paths.c): requests and ESP leave on the new path from the call of ike_roam on.
 * The answer says that the gateway has moved too, and what NAT there is now. Changes that come meanwhile are told
 * in one more update, of which only the newest counts (3.5). COOKIE2 proves that the answer is to this very request
 * (3.7).
 *
 * Not here: a gateway without MOBIKE (engine/roam.c), its own lists of addresses (state/places.c). */
#include "base/mem.h"
#include "base/wipe.h"
#include "exchange/exchange.h"

#define COOKIE2_LEN 16u

struct update {
    uint8_t cookie[COOKIE2_LEN];
    uint32_t move; /* which change of path this update tells of */
    uint32_t zero;
};

static const struct ike_rule any_rules[] = {{IKE_P_DELETE, 0, IKE_MANY}, {IKE_P_CP, 0, IKE_MANY}, {0, 0, 0}};

void ike__mobike_want(struct ike_session *s)
{
    struct ike_intent wanted = {.kind = IKE_INTENT_MOBIKE, .spi = s->moves};

    ike__tasks_forget(&s->tasks, IKE_INTENT_MOBIKE);
    (void)ike__session_want(s, &wanted);
}

void ike__mobike_write_no_nats(const struct ike_session *s, const struct ike_ike_sa *sa,
                               struct ike_msg_out *out)
{
    const ike_path *path = &sa->paths.now;
    size_t len = path->local.family == 4 ? 4 : 16;
    uint8_t data[36];

    if (!s->settings.cfg.no_nats)
        return;
    memcpy(data, path->local.ip, len); /* RFC 4555 4.2.6: addresses, then ports, from and to */
    memcpy(data + len, path->remote.ip, len);
    ike__put_be16(data + 2 * len, path->local.port);
    ike__put_be16(data + 2 * len + 2, path->remote.port);
    ike__notify_write(out, IKE_N_NO_NATS_ALLOWED, ike__span(data, 2 * len + 4));
}

/* Where the gateway should see us: it may check it, or find a NAT by it. */
static int write_addresses(struct ike_session *s, struct ike_ike_sa *sa, struct ike_msg_out *out)
{
    const ike_config *c = &s->settings.cfg;

    ike__mobike_write_no_nats(s, sa, out);
    return c->no_nats ? 0
                      : ike__paths_write_natd(&sa->paths, s->env.crypto, sa->spi_i, sa->spi_r,
                                              c->encap == IKE_ENCAP_UDP, out);
}

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    const ike_crypto *c = s->env.crypto;
    struct update *u = task->scratch ? task->scratch : ike__mem_new(s->env.alloc, sizeof(*u));
    struct ike_ike_sa *sa = task->sa;

    if (!u || c->random(c->self, u->cookie, sizeof(u->cookie)) < 0) {
        ike__mem_free(s->env.alloc, task->scratch ? NULL : u, sizeof(*u));
        ike__session_fault(s, u ? IKE_E_CRYPTO : IKE_E_NOMEM, 0, NULL);
        return IKE_STEP_FATAL;
    }
    task->scratch = u;
    u->move = s->moves;
    ike__notify_write(out, IKE_N_UPDATE_SA_ADDRESSES, ike__span(NULL, 0));
    if (write_addresses(s, sa, out) < 0) {
        ike__session_fault(s, IKE_E_CRYPTO, 0, NULL);
        return IKE_STEP_FATAL;
    }
    ike__notify_write(out, IKE_N_COOKIE2, ike__span(u->cookie, sizeof(u->cookie)));
    return IKE_STEP_DONE;
}

/* RFC 4555 3.7: "… if the COOKIE2 … does not match … MUST close the IKE_SA" */
static int is_our_cookie(const struct update *u, const struct ike_msg *msg)
{
    struct ike_notify n;

    return ike__notify_find(msg, IKE_N_COOKIE2, 0, &n) && n.data.n == sizeof(u->cookie) &&
           ike__ct_equal(n.data.p, u->cookie, sizeof(u->cookie));
}

/* RFC 4555 3.5, 3.9: the gateway will not have us here; a fresh connection may do better. */
static ike_step refused(struct ike_session *s, uint16_t error)
{
    /* RFC 4555 3.9: "… SHOULD retry the operation several times using new INFORMATIONAL requests" */
    if (error == IKE_N_UNEXPECTED_NAT_DETECTED && s->nat_refusals++ < s->settings.cfg.retry_tries) {
        s->moves++;
        ike__mobike_want(s);
        return IKE_STEP_GIVE_UP;
    }
    s->nat_refusals = 0;
    ike__session_warn(s,
                      error == IKE_N_UNEXPECTED_NAT_DETECTED ? "the gateway allows no NAT on the way"
                                                             : "the gateway refuses our new address",
                      "nothing to do: a new connection is made from there");
    s->wants_reauth = 1;
    return IKE_STEP_GIVE_UP;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct update *u = task->scratch;
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n);

    if (!is_our_cookie(u, msg)) {
        ike__session_fault(s, IKE_E_AUTH, 0, "the gateway did not return COOKIE2");
        return IKE_STEP_FATAL;
    }
    if (u->move != s->moves)
        return IKE_STEP_DONE; /* RFC 4555 3.5: a newer update waits, and says all there is to say */
    if (error)
        return refused(s, error);
    s->nat_refusals = 0;
    ike__natd_answered(s, task->sa, msg, 0);
    ike__session_path_settled(s);
    return IKE_STEP_DONE;
}

static void drop(struct ike_session *s, struct ike_task *task)
{
    ike__mem_free(s->env.alloc, task->scratch, sizeof(struct update));
    task->scratch = NULL;
}

const struct ike_exchange ike__mobike = {
    .name = "INFORMATIONAL (update addresses)",
    .type = IKE_X_INFORMATIONAL,
    .request = any_rules,
    .response = any_rules,
    .build = build,
    .finish = finish,
    .drop = drop,
};
