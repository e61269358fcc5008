/* tests/peer/init.c - the gateway's half of IKE_SA_INIT. SPDX-License-Identifier: Apache-2.0 */
#include "peer/peer.h"
#include "crypto/authoctets.h"
#include "state/paths.h"
#include "wire/payloads.h"
#include <stdlib.h>

int peer_keep(uint8_t **to, size_t *n, ike_span from)
{
    free(*to);
    *to = malloc(from.n ? from.n : 1);
    *n = from.n;
    if (*to && from.n > 0)
        memcpy(*to, from.p, from.n);
    return *to ? 0 : IKE_E_NOMEM;
}

int peer_init_finish(struct peer *p, uint8_t exchange, struct ike_msg_out *o, uint64_t spi_r, uint8_t *out,
                     size_t *n)
{
    struct ike_header h;
    struct ike_buf b;

    if (p->cfg.script.edit)
        p->cfg.script.edit(p->cfg.script.user, exchange, o);
    memset(&h, 0, sizeof(h));
    h.spi_i = p->sa.spi_i;
    h.spi_r = spi_r;
    h.next = o->first;
    h.version = 0x20;
    h.exchange = exchange;
    h.flags = IKE_FLAG_RESPONSE;
    h.length = (uint32_t)(IKE_HEADER_LEN + o->buf.n);
    ike__buf_init(&b, out, *n);
    ike__header_write(&b, &h);
    ike__buf_put(&b, ike__span(o->buf.p, o->buf.n));
    *n = b.n;
    return ike__buf_err(&b);
}

/* Notifies in place of the real answer. 1: one was written. */
static int hinder(struct peer *p, const struct ike_msg *msg, const struct ike_ke *ke, struct ike_msg_out *o)
{
    struct peer_script *s = &p->cfg.script;
    uint8_t octets[16];

    if (s->cookies > 0) {
        s->cookies--;
        ike__put_be64(octets, p->sa.spi_i ^ s->cookies);
        ike__notify_write(o, IKE_N_COOKIE, ike__span(octets, 8));
        return 1;
    }
    if (s->init_error) {
        ike__notify_write(o, s->init_error, ike__span(NULL, 0));
        return 1;
    }
    (void)msg;
    if (s->want_group && ke->group != s->want_group) {
        ike__put_be16(octets, s->want_group);
        ike__notify_write(o, IKE_N_INVALID_KE_PAYLOAD, ike__span(octets, 2));
        return 1;
    }
    return 0;
}

static int agree(struct peer *p, const struct ike_ke *ke, uint8_t *public_out, size_t *public_n)
{
    const ike_kex_alg *kex = ike__find_kex(p->cfg.crypto, p->sa.suite.ke);
    uint8_t secret[512];
    struct ike_keymat_in in;
    void *ctx;
    int err;

    if (!kex || ke->group != p->sa.suite.ke || kex->public_len > *public_n)
        return IKE_E_BAD_CHOICE;
    ctx = calloc(1, kex->ctx_size);
    *public_n = kex->public_len;
    err = ctx ? kex->begin(ctx, p->cfg.crypto, public_out) : IKE_E_NOMEM;
    if (err == 0)
        err = kex->finish(ctx, ke->data, secret);
    if (ctx)
        kex->wipe(ctx);
    free(ctx);
    if (err < 0)
        return err;
    memset(&in, 0, sizeof(in));
    in.prf = ike__find_prf(p->cfg.crypto, p->sa.suite.prf);
    in.cipher = ike__find_cipher(p->cfg.crypto, p->sa.suite.encr, p->sa.suite.encr_bits, p->sa.suite.integ);
    in.ni = ike__span(p->ni, p->ni_n);
    in.nr = ike__span(p->nr, sizeof(p->nr));
    in.secret = ike__span(secret, kex->secret_len);
    in.spi_i = p->sa.spi_i;
    in.spi_r = p->sa.spi_r;
    err = ike__ike_sa_new_keys(&p->sa, &p->env);
    if (err == 0)
        err = ike__keymat_ike(NULL, &in, p->sa.keys);
    return err == 0 ? ike__ike_sa_arm(&p->sa, &p->env) : err;
}

/* What the client can do, and what we say of ourselves then: both sides must agree on it. */
int peer_init_read_client(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *o)
{
    struct ike_paths paths;
    struct ike_notify n;

    p->client_fragments =
        !p->cfg.script.no_fragmentation && ike__notify_find(msg, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED, 0, &n);
    p->client_7427 = !p->cfg.script.no_7427 && ike__notify_find(msg, IKE_N_SIGNATURE_HASH_ALGORITHMS, 0, &n);
    memset(&paths, 0, sizeof(paths));
    paths.now = p->path;
    if (!p->cfg.script.no_natd &&
        ike__paths_write_natd(&paths, p->cfg.crypto, p->sa.spi_i, p->sa.spi_r, 0, o) < 0)
        return IKE_E_CRYPTO;
    if (p->client_fragments)
        ike__notify_write(o, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED, ike__span(NULL, 0));
    p->is_mixed = 0;
    p->uses_ppk = p->cfg.ppk.n > 0 && ike__notify_find(msg, IKE_N_USE_PPK, 0, &n);
    if (p->uses_ppk)
        ike__notify_write(o, IKE_N_USE_PPK, ike__span(NULL, 0));
    if (p->cfg.script.eap_second == 1)
        ike__notify_write(o, IKE_N_MULTIPLE_AUTH_SUPPORTED, ike__span(NULL, 0));
    return ike__out_err(o);
}

static int write_answer(struct peer *p, const struct ike_msg *msg, const struct ike_proposal *chosen,
                        ike_span public, struct ike_msg_out *o)
{
    uint8_t hashes[16];
    struct ike_buf b;

    ike__sa_write(o, chosen, 1);
    ike__ke_write(o, p->sa.suite.ke, public);
    ike__nonce_write(o, ike__span(p->nr, sizeof(p->nr)));
    if (peer_init_read_client(p, msg, o) < 0)
        return IKE_E_CRYPTO;
    ike__buf_init(&b, hashes, sizeof(hashes));
    ike__hashes_write(&b, ike__sigs_allowed(IKE_POLICY_DEFAULT, p->cfg.crypto));
    if (p->client_7427)
        ike__notify_write(o, IKE_N_SIGNATURE_HASH_ALGORITHMS, ike__span(b.p, b.n));
    if (p->cfg.script.childless)
        ike__notify_write(o, IKE_N_CHILDLESS_IKEV2_SUPPORTED, ike__span(NULL, 0));
    return ike__out_err(o);
}

int peer_init(struct peer *p, const struct ike_msg *msg, ike_span raw, uint8_t *out, size_t *n)
{
    const struct ike_payload *sa = ike__msg_find(msg, IKE_P_SA, 0), *kep = ike__msg_find(msg, IKE_P_KE, 0);
    const struct ike_payload *np = ike__msg_find(msg, IKE_P_NONCE, 0);
    uint8_t body[4096], public[512];
    size_t public_n = sizeof(public);
    struct ike_proposal chosen;
    struct ike_msg_out o;
    struct ike_ke ke;
    ike_span nonce;
    int err;

    ike__out_init(&o, body, sizeof(body));
    p->sa.spi_i = msg->header.spi_i;
    if (!sa || !kep || !np || ike__ke_read(kep->body, &ke) < 0 || ike__nonce_read(np->body, &nonce) < 0)
        return IKE_E_SYNTAX;
    if (hinder(p, msg, &ke, &o))
        return peer_init_finish(p, IKE_X_IKE_SA_INIT, &o, 0, out, n);
    err = ike__suites_choose(p->ike, p->ike_n, sa->body, &p->sa.suite, &chosen);
    if (err == IKE_E_NO_PROPOSAL) {
        ike__notify_write(&o, IKE_N_NO_PROPOSAL_CHOSEN, ike__span(NULL, 0));
        return peer_init_finish(p, IKE_X_IKE_SA_INIT, &o, 0, out, n);
    }
    if (err < 0)
        return err;
    if (ke.group != p->sa.suite.ke) { /* RFC 7296 1.2 */
        uint8_t group[2];
        ike__put_be16(group, p->sa.suite.ke);
        ike__notify_write(&o, IKE_N_INVALID_KE_PAYLOAD, ike__span(group, 2));
        return peer_init_finish(p, IKE_X_IKE_SA_INIT, &o, 0, out, n);
    }
    memcpy(p->ni, nonce.p, nonce.n);
    p->ni_n = (uint32_t)nonce.n;
    (void)p->cfg.crypto->random(p->cfg.crypto->self, p->nr, sizeof(p->nr));
    (void)p->cfg.crypto->random(p->cfg.crypto->self, (uint8_t *)&p->sa.spi_r, sizeof(p->sa.spi_r));
    err = agree(p, &ke, public, &public_n);
    if (err == 0)
        err = write_answer(p, msg, &chosen, ike__span(public, public_n), &o);
    if (err == 0)
        err = peer_init_finish(p, IKE_X_IKE_SA_INIT, &o, p->sa.spi_r, out, n);
    if (err == 0)
        err = peer_keep(&p->init_received, &p->init_received_n, raw);
    if (err == 0)
        err = peer_keep(&p->init_sent, &p->init_sent_n, ike__span(out, *n));
    p->next_in = 1;
    p->is_resumed = 0;
    return err;
}
