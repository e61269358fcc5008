/* tests/peer/child.c - the gateway's half of children: with IKE_AUTH and by CREATE_CHILD_SA. SPDX-License-Identifier: Apache-2.0 */
#include "peer/peer.h"
#include "state/narrow.h"
#include "wire/payloads.h"

struct making { /* what one exchange brings along */
    ike_span ni, nr;
    ike_ts local[IKE_TS_MAX], remote[IKE_TS_MAX];
    struct ike_child_terms terms;
    struct ike_proposal chosen;
};

/* TSi narrowed to the pool's addresses, as gateways do (RFC 7296 2.9). */
static uint32_t narrow_client(struct peer *p, const ike_ts *offered, uint32_t n, ike_ts *out)
{
    ike_ts hosts[2];
    uint32_t k = 0;

    if (p->cfg.pool4.family)
        hosts[k++] = ike__ts_host(&p->cfg.pool4);
    if (p->cfg.pool6.family)
        hosts[k++] = ike__ts_host(&p->cfg.pool6);
    if (k == 0) {
        memcpy(out, offered, n * sizeof(*out));
        return n;
    }
    return ike__ts_intersect(offered, n, hosts, k, out, IKE_TS_MAX);
}

static int agree(struct peer *p, const struct ike_msg *msg, struct making *m)
{
    const struct ike_payload *sa = ike__msg_find(msg, IKE_P_SA, 0), *ti = ike__msg_find(msg, IKE_P_TSi, 0),
                             *tr = ike__msg_find(msg, IKE_P_TSr, 0);
    struct ike_child_terms *t = &m->terms;
    ike_ts offered[IKE_TS_MAX];
    int n, err;

    if (!sa || !ti || !tr)
        return IKE_E_SYNTAX;
    err = ike__suites_choose(p->esp, p->esp_n, sa->body, &t->suite, &m->chosen);
    if (err < 0)
        return err;
    t->spi_out = ike__be32(m->chosen.spi);
    (void)p->cfg.crypto->random(p->cfg.crypto->self, (uint8_t *)&t->spi_in, sizeof(t->spi_in));
    t->spi_in |= 0x100;
    ike__put_be32(m->chosen.spi, p->cfg.script.zero_spi ? 0 : t->spi_in);
    n = ike__ts_read(ti->body, offered, IKE_TS_MAX);
    t->remote_n = n > 0 ? narrow_client(p, offered, (uint32_t)n, m->remote) : 0;
    n = ike__ts_read(tr->body, m->local, IKE_TS_MAX);
    if (n <= 0 || t->remote_n == 0)
        return IKE_E_TS;
    t->local_n = (uint32_t)n;
    t->local = m->local;
    t->remote = m->remote;
    return 0;
}

static void write_selectors(struct peer *p, struct making *m, struct ike_msg_out *out)
{
    struct ike_child_terms *t = &m->terms;

    ike__ts_write(out, IKE_P_TSi, m->remote, t->remote_n);
    if (p->cfg.script.wide_ts) {
        ike_ts all = ike__ts_all(m->local[0].first.family);
        ike__ts_write(out, IKE_P_TSr, &all, 1);
        return;
    }
    if (p->cfg.script.one_ts && t->local_n > 1) { /* RFC 7296 2.9 */
        t->local_n = 1;
        ike__notify_write(out, IKE_N_ADDITIONAL_TS_POSSIBLE, ike__span(NULL, 0));
    }
    ike__ts_write(out, IKE_P_TSr, m->local, t->local_n);
}

static int install(struct peer *p, const struct making *m, struct ike_child_sa **child)
{
    const struct ike_suite *u = &m->terms.suite;
    struct ike_child_keymat keymat;
    struct ike_keymat_in in;
    int err;

    memset(&in, 0, sizeof(in));
    in.prf = p->sa.prf;
    in.cipher = ike__find_cipher(p->cfg.crypto, u->encr, u->encr_bits, u->integ);
    in.ni = m->ni;
    in.nr = m->nr;
    if (!in.cipher)
        return IKE_E_UNSUPPORTED;
    err = ike__keymat_child(NULL, &in, ike__span(p->sa.sk_d, p->sa.prf->out_len), &keymat);
    return err == 0 ? ike__child_new(child, &p->env, &m->terms, &keymat, 1) : err;
}

void peer_drop_children(struct peer *p)
{
    while (p->child) {
        struct ike_child_sa *c = p->child;
        p->child = c->next;
        ike__child_free(c, &p->env);
    }
}

struct ike_child_sa *peer_child(struct peer *p, uint32_t spi_in)
{
    struct ike_child_sa *c = p->child;

    while (c && c->spi_in != spi_in)
        c = c->next;
    return c;
}

static int refuse(int err, struct ike_msg_out *out)
{
    ike__notify_write(out, err == IKE_E_TS ? IKE_N_TS_UNACCEPTABLE : IKE_N_NO_PROPOSAL_CHOSEN,
                      ike__span(NULL, 0));
    return 0;
}

int peer_first_child(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    struct making m;
    int err;

    if (!ike__msg_find(msg, IKE_P_SA, 0))
        return 0; /* RFC 6023: none is asked for */
    memset(&m, 0, sizeof(m));
    err = agree(p, msg, &m);
    if (err < 0)
        return refuse(err, out);
    m.ni = ike__span(p->ni, p->ni_n);
    m.nr = ike__span(p->nr, sizeof(p->nr));
    ike__sa_write(out, &m.chosen, 1);
    write_selectors(p, &m, out);
    peer_drop_children(p); /* of a connection before this one */
    return install(p, &m, &p->child);
}

int peer_create_child(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    const struct ike_payload *np = ike__msg_find(msg, IKE_P_NONCE, 0);
    struct ike_child_sa *child, **at = &p->child;
    struct making m;
    uint8_t nr[32];
    int err;

    p->creates++;
    if (p->cfg.script.create_error) {
        ike__notify_write(out, p->cfg.script.create_error, ike__span(NULL, 0));
        return 0;
    }
    memset(&m, 0, sizeof(m));
    err = np ? ike__nonce_read(np->body, &m.ni) : IKE_E_SYNTAX;
    if (err == 0)
        err = agree(p, msg, &m);
    if (err < 0)
        return refuse(err, out);
    (void)p->cfg.crypto->random(p->cfg.crypto->self, nr, sizeof(nr));
    m.nr = ike__span(nr, sizeof(nr));
    ike__sa_write(out, &m.chosen, 1);
    ike__nonce_write(out, m.nr);
    write_selectors(p, &m, out);
    err = install(p, &m, &child);
    while (err == 0 && *at)
        at = &(*at)->next;
    if (err == 0)
        *at = child;
    return err;
}
