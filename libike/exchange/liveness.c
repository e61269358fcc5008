/* exchange/liveness.c - is the other side still there? (RFC 7296 1.4, 2.4) SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { }  -->   <--  HDR, SK { }
 *
 * With MOBIKE and a NAT on our side it also asks where the gateway sees us (RFC 4555 3.8).
 * Any authentic answer is proof of life. No answer to all retransmissions means that the peer is gone, and
 * all SAs with it.
 *
 * Not here: when to ask (engine/tick.c). */
#include "base/mem.h"
#include "exchange/exchange.h"

static const struct ike_rule any_rules[] = {{IKE_P_DELETE, 0, IKE_MANY}, {IKE_P_CP, 0, IKE_MANY}, {0, 0, 0}};

struct question {
    ike_time silence; /* before it was asked */
};

void ike__natd_answered(struct ike_session *s, struct ike_ike_sa *sa, const struct ike_msg *msg,
                        ike_time silence)
{
    struct ike_notify n;

    if (!ike__notify_find(msg, IKE_N_NAT_DETECTION_DESTINATION_IP, 0, &n))
        return;
    (void)ike__paths_read_natd(&sa->paths, s->env.crypto, msg);
    if (!ike__mapping_seen(&sa->mapping, n.data, silence, s->settings.cfg.natt_keepalive_s) ||
        !sa->peer_has_mobike)
        return;
    /* RFC 4555 3.8: the mapping has changed: the gateway's packets may go to where nobody is. */
    s->moves++;
    s->moved_at = s->now;
    s->path_reason = IKE_PATH_NAT;
    ike__mobike_want(s);
}

/* RFC 4555 3.8: NAT detection in any exchange, once both have MOBIKE. */
static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    struct ike_ike_sa *sa = task->sa;
    struct question *q;

    if (!sa->peer_has_mobike || !sa->paths.nat_local)
        return IKE_STEP_DONE; /* an empty message is the whole question */
    q = ike__mem_new(s->env.alloc, sizeof(*q));
    if (!q)
        return IKE_STEP_DONE;
    task->scratch = q;
    q->silence = s->now - s->last_sent;
    if (ike__paths_write_natd(&sa->paths, s->env.crypto, sa->spi_i, sa->spi_r,
                              s->settings.cfg.encap == IKE_ENCAP_UDP, out) < 0) {
        ike__session_fault(s, IKE_E_CRYPTO, 0, NULL);
        return IKE_STEP_FATAL;
    }
    return IKE_STEP_DONE;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    const struct question *q = task->scratch;

    if (q)
        ike__natd_answered(s, task->sa, msg, q->silence);
    return IKE_STEP_DONE;
}

static void drop(struct ike_session *s, struct ike_task *task)
{
    ike__mem_free(s->env.alloc, task->scratch, sizeof(struct question));
    task->scratch = NULL;
}

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    (void)s;
    (void)msg;
    (void)out;
    return IKE_STEP_DONE;
}

const struct ike_exchange ike__liveness = {
    .name = "INFORMATIONAL (liveness)",
    .type = IKE_X_INFORMATIONAL,
    .request = any_rules,
    .response = any_rules,
    .build = build,
    .finish = finish,
    .serve = serve,
    .drop = drop,
};
