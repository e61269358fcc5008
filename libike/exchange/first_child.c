/* exchange/first_child.c - the child that comes with IKE_AUTH. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 1.2, 2.9 (selectors), 2.17 (keys), 2.21.2: AUTH may be right and the child refused; then the IKE SA
 * stands, and the host is told with IKE_EV_CHILD_DOWN. A child that the gateway set up but that we cannot
 * accept is deleted at once.
 *
 * Not here: further children (create_child.c), the addresses (config_payload.c). */
#include "base/wipe.h"
#include "exchange/exchange.h"
#include "state/keylog.h"
#include "state/narrow.h"

/* ---- offer ---- */

/* What we ask for when the configuration says nothing: everything of the families we have addresses for. */
static uint32_t default_selectors(const struct ike_session *s, const struct ike_handshake *h, ike_ts *ts,
                                  int local)
{
    uint32_t want = s->settings.cfg.want, n = 0;

    if (!(want & (IKE_WANT_IP4 | IKE_WANT_IP6))) {
        if (local) {
            ts[0] = ike__ts_host(&h->sa->paths.now.local); /* no virtual address: we are the host */
            return 1;
        }
        ts[0] = ike__ts_all(h->sa->paths.now.local.family);
        return 1;
    }
    if (want & IKE_WANT_IP4)
        ts[n++] = ike__ts_all(4);
    if (want & IKE_WANT_IP6)
        ts[n++] = ike__ts_all(6);
    return n;
}

static uint32_t selectors(const struct ike_session *s, const struct ike_handshake *h,
                          const ike_ts *configured, uint32_t configured_n, ike_ts *ts, int local)
{
    if (configured_n == 0)
        return default_selectors(s, h, ts, local);
    memcpy(ts, configured, configured_n * sizeof(*ts));
    return configured_n;
}

void ike__first_child_offer(struct ike_session *s, struct ike_handshake *h, struct ike_msg_out *out)
{
    const ike_config *c = &s->settings.cfg;

    for (uint32_t i = 0; i < h->esp_n; i++) {
        h->esp[i].spi_len = 4;
        ike__put_be32(h->esp[i].spi, h->spi_in);
    }
    h->ts_local_n = selectors(s, h, c->ts_local, c->ts_local_n, h->ts_local, 1);
    h->ts_remote_n = selectors(s, h, c->ts_remote, c->ts_remote_n, h->ts_remote, 0);
    ike__sa_write(out, h->esp, h->esp_n);
    ike__ts_write(out, IKE_P_TSi, h->ts_local, h->ts_local_n);
    ike__ts_write(out, IKE_P_TSr, h->ts_remote, h->ts_remote_n);
}

/* ---- accept ---- */

struct answer {
    struct ike_child_terms terms;
    ike_ts local[IKE_TS_MAX], remote[IKE_TS_MAX];
};

static int read_selectors(const struct ike_msg *msg, uint8_t type, const ike_ts *offered, uint32_t offered_n,
                          ike_ts *ts, uint32_t *n)
{
    const struct ike_payload *p = ike__msg_find(msg, type, 0);
    int got = p ? ike__ts_read(p->body, ts, IKE_TS_MAX) : IKE_E_SYNTAX;

    if (got < 0)
        return got;
    *n = (uint32_t)got;
    /* RFC 7296 2.9: a subset of what we offered, never more. */
    return ike__ts_narrowed(ts, *n, offered, offered_n) ? 0 : IKE_E_TS;
}

static int read_child(const struct ike_session *s, const struct ike_handshake *h, const struct ike_msg *msg,
                      struct answer *a)
{
    struct ike_proposal chosen;
    struct ike_notify n;
    int err;

    err =
        ike__suites_accept(h->esp, h->esp_n, ike__msg_find(msg, IKE_P_SA, 0)->body, &a->terms.suite, &chosen);
    if (err < 0)
        return err;
    a->terms.spi_in = h->spi_in;
    a->terms.spi_out = ike__be32(chosen.spi);
    /* RFC 4303 2.1: SPIs 0..255 are reserved. */
    if (chosen.spi_len != 4 || a->terms.spi_out < 256)
        return IKE_E_SYNTAX;
    /* RFC 7296 1.3.1, 2.22: neither was asked for. */
    if (ike__notify_find(msg, IKE_N_USE_TRANSPORT_MODE, 0, &n) ||
        ike__notify_find(msg, IKE_N_IPCOMP_SUPPORTED, 0, &n))
        return IKE_E_BAD_CHOICE;
    err = read_selectors(msg, IKE_P_TSi, h->ts_local, h->ts_local_n, a->local, &a->terms.local_n);
    if (err == 0)
        err = read_selectors(msg, IKE_P_TSr, h->ts_remote, h->ts_remote_n, a->remote, &a->terms.remote_n);
    a->terms.local = a->local;
    a->terms.remote = a->remote;
    a->terms.is_ours = 1;
    a->terms.replay_window = s->settings.cfg.replay_window;
    return err;
}

/* A virtual address that the selectors do not hold would be ours in name only. */
static int check_addresses(const struct ike_session *s, const struct ike_child_terms *t)
{
    uint32_t inside = 0;

    if (!s->assigned || s->assigned->ip_n == 0)
        return 0;
    for (uint32_t i = 0; i < s->assigned->ip_n; i++)
        inside += (uint32_t)ike__ts_holds(t->local, t->local_n, &s->assigned->ip[i].addr);
    return inside > 0 ? 0 : IKE_E_TS;
}

static int install(struct ike_session *s, const struct ike_handshake *h, const struct ike_child_terms *t)
{
    struct ike_child_keymat keymat;
    struct ike_keymat_in in;
    struct ike_child_sa *c = NULL;
    struct ike_record r;
    int err;

    memset(&in, 0, sizeof(in));
    memset(&keymat, 0, sizeof(keymat));
    in.prf = h->sa->prf;
    in.cipher = ike__find_cipher(s->env.crypto, t->suite.encr, t->suite.encr_bits, t->suite.integ);
    in.ni = ike__span(h->ni, sizeof(h->ni));
    in.nr = ike__span(h->nr, h->nr_n);
    if (!in.cipher)
        return IKE_E_UNSUPPORTED;
    err = ike__keymat_child(s->env.alloc, &in, ike__span(h->sa->keys.d, h->sa->keys.prf_len), &keymat);
    if (err == 0)
        err = ike__child_new(&c, &s->env, t, &keymat, s->next_child_id + 1);
    ike__wipe(&keymat, sizeof(keymat));
    if (err < 0)
        return err;
    s->next_child_id++;
    c->sa = h->sa;
    c->next = s->children;
    s->children = c;
    ike__keylog_child(s, c);
    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_CHILD_UP;
    r.id = c->id;
    ike__events_push(&s->events, &r);
    return 0;
}

static void child_failed(struct ike_session *s, const struct ike_handshake *h, int err, uint16_t notify)
{
    struct ike_record r;

    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_CHILD_DOWN;
    r.err = err;
    r.notify = notify;
    r.spi_in = h->spi_in;
    ike__events_push(&s->events, &r);
}

void ike__first_child_accept(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    struct answer a;
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n);
    int err;

    memset(&a, 0, sizeof(a));
    if (!ike__msg_find(msg, IKE_P_SA, 0)) {
        child_failed(s, h, error ? ike__session_notify_err(error) : IKE_E_SYNTAX, error);
        return;
    }
    err = ike__config_reply(s, msg);
    if (err == 0)
        err = read_child(s, h, msg, &a);
    if (err == 0)
        err = check_addresses(s, &a.terms);
    if (err == 0)
        err = install(s, h, &a.terms);
    if (err < 0) {
        /* The gateway believes that the child exists: take it down there too (RFC 7296 1.4.1). */
        struct ike_task task = {
            .exchange = &ike__delete_child, .priority = IKE_PRIO_DELETE_CHILD, .spi = h->spi_in};
        child_failed(s, h, err, 0);
        (void)ike__session_want(s, &task);
    }
}
