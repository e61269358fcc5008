/* exchange/path_mtu.c - does a datagram of this size arrive? SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { V }  -->   <--  HDR, SK { }
 *
 * ESP acknowledges nothing, so a padded ESP packet would be a question without an answer. An INFORMATIONAL request is
 * answered (RFC 7296 1.4) and takes the same way as ESP in UDP, between the same ports. The padding is a Vendor ID:
 * 3.12: "… Unfamiliar Vendor IDs MUST be ignored." It leaves as one datagram that must not be cut. Where that is
 * lost, the request goes on without its padding, and the answer says: alive, but not that large.
 *
 * Not here: which sizes (state/pmtu.c), when, and what counts as lost (engine/pmtu.c). */
#include "exchange/exchange.h"

#define GENERIC_HEADER_LEN 4u

static const struct ike_rule any_rules[] = {{IKE_P_DELETE, 0, IKE_MANY}, {IKE_P_CP, 0, IKE_MANY}, {0, 0, 0}};

static uint64_t octets_sent(const struct ike_session *s)
{
    uint64_t n = s->stats.out_bytes;

    for (const struct ike_child_sa *c = s->children; c; c = c->next)
        n += c->out.stats.bytes;
    return n;
}

struct ike_pmtu_traffic ike__path_mtu_traffic(const struct ike_session *s)
{
    struct ike_pmtu_traffic t;

    t.octets = octets_sent(s) - s->mtu.octets;
    /* Who wants no checks for life does not want to learn of a death this way. */
    t.silence = s->settings.cfg.dpd_s == IKE_OFF ? 0 : s->unanswered_since;
    return t;
}

/* How many octets of payloads fill a message, so that it is a datagram of at most so many; *sent: what it is then. */
static uint32_t chain_for(const struct ike_ike_sa *sa, uint32_t octets, uint32_t *sent)
{
    const ike_cipher_alg *alg = sa->seal.alg;
    uint32_t block = alg->block_len ? alg->block_len : 1, text;
    uint32_t around = ike__paths_around(&sa->paths.now) +
                      (ike__paths_marked(&sa->paths.now) ? IKE_MARKER_LEN : 0u) + IKE_HEADER_LEN +
                      GENERIC_HEADER_LEN + alg->iv_len + alg->tag_len;

    text = (octets - around) / block * block;
    *sent = around + text;
    return text - 1; /* Pad Length */
}

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    struct ike_mtu *m = &s->mtu;

    m->asked = ike__pmtu_ask(&m->search, s->now);
    if (m->asked == 0)
        return IKE_STEP_GIVE_UP;
    ike__out_begin(out, IKE_P_VENDOR);
    ike__buf_zero(&out->buf, chain_for(task->sa, m->asked, &m->sent) - GENERIC_HEADER_LEN);
    ike__out_end(out);
    out->is_whole = 1;
    return IKE_STEP_DONE;
}

static void verdict(struct ike_session *s)
{
    s->mtu.octets = octets_sent(s);
    s->mtu.asked = 0;
}

void ike__path_mtu_lost(struct ike_session *s)
{
    if (s->mtu.asked == 0)
        return;
    ike__pmtu_failed(&s->mtu.search, s->mtu.sent, s->now);
    verdict(s);
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_mtu *m = &s->mtu;

    (void)task;
    (void)msg;
    if (m->asked == 0) /* counted as lost, or of another path: alive is all it says */
        return IKE_STEP_DONE;
    ike__pmtu_passed(&m->search, m->asked, m->sent, s->now);
    verdict(s);
    return IKE_STEP_DONE;
}

const struct ike_exchange ike__path_mtu = {
    .name = "INFORMATIONAL (path MTU)",
    .type = IKE_X_INFORMATIONAL,
    .request = any_rules,
    .response = any_rules,
    .build = build,
    .finish = finish,
};
