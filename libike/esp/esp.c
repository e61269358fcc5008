/* esp/esp.c - ESP tunnel mode, one direction. SPDX-License-Identifier: Apache-2.0
 *
 *   SPI | sequence | IV | inner packet, TFC padding, padding 1 2 3 …, pad length, next header | ICV
 *
 * RFC 4303 (2, 3.3, 3.4), 4106, 3602, 3686, 7634. In place, no allocation, batches of up to BATCH packets in
 * one call of the cipher. Inbound order: length, replay look, ICV, replay mark, padding, inner header, selectors;
 * nothing is believed before the ICV is right.
 *
 * Not here: which child (engine/data.c), UDP encapsulation (the datagram is the ESP packet itself, RFC 3948). */
#include "esp/esp.h"
#include "base/adopt.h"
#include "base/mem.h"
#include "esp/ecn.h"
#include "esp/mss.h"
#include "esp/selector.h"
#include "esp/toobig.h"

#define BATCH          32u
#define ESP_HEADER_LEN 8u
#define NEXT_IP4       4u
#define NEXT_IP6       41u
#define NEXT_DUMMY     59u

/* ---- making one ---- */

static int copy_side(const ike_alloc *a, ike_ts **to, uint32_t *to_n, const ike_ts *from, uint32_t n)
{
    if (n == 0)
        return 0;
    *to = ike__mem_new(a, n * sizeof(ike_ts));
    if (!*to)
        return IKE_E_NOMEM;
    memcpy(*to, from, n * sizeof(ike_ts));
    *to_n = n;
    return 0;
}

static int check_config(const ike_esp_config *c, const ike_cipher_alg *alg)
{
    if ((c->local_n > 0 && !c->local) || (c->remote_n > 0 && !c->remote))
        return IKE_E_USAGE;
    if (!alg)
        return IKE_E_UNSUPPORTED;
    if (c->key.n != (size_t)alg->key_len + alg->salt_len || c->integ_key.n != alg->integ_key_len)
        return IKE_E_CONFIG;
    if (c->local_n > 16 || c->remote_n > 16 || (c->replay_window > 65536 && c->replay_window != IKE_OFF))
        return IKE_E_CONFIG;
    return 0;
}

/* The cipher of a backend, NULL: it has none such. */
static const ike_cipher_alg *find(const ike_crypto *crypto, const ike_esp_config *c)
{
    for (const ike_cipher_alg *const *p = crypto->cipher; *p; p++)
        if ((*p)->encr == c->encr && (*p)->key_bits == c->encr_bits && (*p)->integ == c->integ)
            return *p;
    return NULL;
}

int ike__esp_init(struct ike_esp *e, const ike_esp_config *c, const ike_env *env, int inbound)
{
    const ike_cipher_alg *alg = env->bulk ? find(env->bulk, c) : NULL;
    const ike_crypto *from = alg ? env->bulk : env->crypto;
    uint32_t window = c->replay_window == 0 ? 1024 : c->replay_window == IKE_OFF ? 0 : c->replay_window;
    int err;

    if (!alg)
        alg = find(env->crypto, c);
    memset(e, 0, sizeof(*e));
    e->backend = from->name;
    e->alloc = env->alloc;
    e->spi = c->spi;
    e->esn = c->esn != 0;
    e->inbound = inbound != 0;
    e->next_seq = c->first_seq ? c->first_seq : 1;
    e->stats.size = sizeof(e->stats);
    err = check_config(c, alg);
    if (err == 0)
        err = copy_side(env->alloc, &e->local, &e->local_n, c->local, c->local_n);
    if (err == 0)
        err = copy_side(env->alloc, &e->remote, &e->remote_n, c->remote, c->remote_n);
    if (err == 0 && inbound)
        err = ike__replay_init(&e->replay, env->alloc, window);
    if (err == 0)
        err = ike__protect_init(&e->protect, env->alloc, env->crypto, alg, c->key.p, c->integ_key.p);
    if (err < 0)
        ike__esp_wipe(e);
    else if (!inbound)
        e->protect.iv = e->next_seq; /* counted along: whoever goes on where another stopped repeats no IV */
    return err;
}

void ike__esp_wipe(struct ike_esp *e)
{
    const ike_alloc *a = e->alloc;

    ike__protect_free(&e->protect, a);
    ike__replay_free(&e->replay, a);
    ike__mem_free(a, e->local, e->local_n * sizeof(ike_ts));
    ike__mem_free(a, e->remote, e->remote_n * sizeof(ike_ts));
    e->local = e->remote = NULL;
    e->local_n = e->remote_n = 0;
}

static int make(ike_esp **out, const ike_esp_config *cfg, const ike_env *env, int inbound)
{
    ike_esp_config own;
    ike_env env_own;
    int err;

    if (!out)
        return IKE_E_USAGE;
    *out = NULL;
    err = ike_struct_adopt(&own, sizeof(own), cfg);
    if (err == 0)
        err = ike__env_adopt(&env_own, env);
    if (err < 0)
        return err;
    *out = ike__mem_new(env_own.alloc, sizeof(**out));
    if (!*out)
        return IKE_E_NOMEM;
    err = ike__esp_init(*out, &own, &env_own, inbound);
    if (err < 0) {
        ike__mem_free(env_own.alloc, *out, sizeof(**out));
        *out = NULL;
    }
    return err;
}

int ike_esp_new_out(ike_esp **out, const ike_esp_config *cfg, const ike_env *env)
{
    return make(out, cfg, env, 0);
}

int ike_esp_new_in(ike_esp **out, const ike_esp_config *cfg, const ike_env *env)
{
    return make(out, cfg, env, 1);
}

void ike_esp_free(ike_esp *e)
{
    const ike_alloc *a;

    if (!e)
        return;
    a = e->alloc;
    ike__esp_wipe(e);
    ike__mem_free(a, e, sizeof(*e));
}

int ike__esp_takes(const struct ike_esp *e, ike_span ip)
{
    struct ike_flow f;

    if (ike__ip_peek(ip, &f) < 0 || f.length != ip.n)
        return 0;
    return ike__selector_match(e->local, e->local_n, e->remote, e->remote_n, &f, !e->inbound);
}

/* One packet on its way through the cipher. */
struct work {
    ike_packet *pkt;
    uint64_t seq;
    uint8_t aad[12];
};

/* RFC 4303 2.2.1, 4106 5: an AEAD authenticates SPI and the whole sequence number in front; a MAC has the high half
 * of an extended one behind the text. Otherwise it is the header, where it stands: in one piece with what follows. */
static void set_aad(const struct ike_esp *e, ike_cipher_op *op, struct work *w, const uint8_t *header)
{
    op->aad = header;
    op->aad_n = ESP_HEADER_LEN;
    if (!e->esn)
        return;
    if (e->protect.alg->integ == 0) {
        ike__put_be32(w->aad, e->spi);
        ike__put_be64(w->aad + 4, w->seq);
        op->aad = w->aad;
        op->aad_n = sizeof(w->aad);
    } else {
        ike__put_be32(op->tail, (uint32_t)(w->seq >> 32));
        op->tail_n = 4;
    }
}

static void refuse(ike_packet *pkt, int err)
{
    pkt->err = err;
    pkt->n = 0;
}

/* ---- out ---- */

static int prepare_seal(struct ike_esp *e, ike_packet *pkt, ike_cipher_op *op, struct work *w)
{
    const ike_cipher_alg *alg = e->protect.alg;
    size_t head = ESP_HEADER_LEN + alg->iv_len, align = alg->block_len > 4 ? alg->block_len : 4;
    size_t pad = (align - (pkt->n + 2u) % align) % align;
    uint8_t *text, *start;
    int err;

    if (pkt->off > pkt->cap || pkt->cap - pkt->off < pkt->n || pkt->off < head ||
        pkt->cap - pkt->off - pkt->n < pad + 2 + alg->tag_len)
        return IKE_E_NOSPACE;
    if (!ike__esp_takes(e, ike__span(pkt->buf + pkt->off, pkt->n))) {
        e->stats.drop_selector++;
        return IKE_E_TS;
    }
    text = pkt->buf + pkt->off;
    if (e->mtu) {
        if (pkt->n > e->mtu && ike__toobig_matters(text, pkt->n, e->mtu)) {
            e->drop_too_big++;
            return IKE_E_TOO_BIG;
        }
        if (ike__mss_is_syn(text, pkt->n))
            (void)ike__mss_clamp(text, pkt->n, e->mtu);
    }
    /* RFC 4303 3.3.3: "… MUST NOT … cycle": the SA is used up before. */
    if (e->next_seq >= (e->esn ? UINT64_MAX : (uint64_t)UINT32_MAX + 1)) {
        e->stats.drop_exhausted++;
        return IKE_E_LIMIT;
    }
    start = text - head;
    err = ike__protect_next_iv(&e->protect, start + ESP_HEADER_LEN);
    if (err < 0)
        return err;
    w->pkt = pkt;
    w->seq = e->next_seq++;
    pkt->ecn = ike__ecn_of(text);
    ike__put_be32(start, e->spi);
    ike__put_be32(start + 4, (uint32_t)w->seq);
    for (size_t i = 0; i < pad; i++) /* RFC 4303 2.4: 1, 2, 3, … */
        text[pkt->n + i] = (uint8_t)(i + 1);
    text[pkt->n + pad] = (uint8_t)pad;
    text[pkt->n + pad + 1] = text[0] >> 4 == 4 ? NEXT_IP4 : NEXT_IP6;
    memset(op, 0, sizeof(*op));
    op->iv = start + ESP_HEADER_LEN;
    op->text = text;
    op->n = pkt->n + pad + 2;
    op->tag = text + op->n;
    set_aad(e, op, w, start);
    return 0;
}

static int seal_batch(struct ike_esp *e, ike_packet *pkts, size_t n)
{
    const ike_cipher_alg *alg = e->protect.alg;
    ike_cipher_op ops[BATCH];
    struct work work[BATCH];
    uint64_t octets = 0;
    size_t ready = 0;
    int failed;

    for (size_t i = 0; i < n; i++) {
        int err = prepare_seal(e, &pkts[i], &ops[ready], &work[ready]);
        if (err < 0)
            refuse(&pkts[i], err);
        else
            ready++;
    }
    failed = ready > 0 && alg->seal(e->protect.ctx, ops, ready) < 0;
    for (size_t i = 0; i < ready; i++) {
        ike_packet *pkt = work[i].pkt;
        if (failed) {
            refuse(pkt, IKE_E_CRYPTO);
            continue;
        }
        octets += pkt->n;
        pkt->off -= ESP_HEADER_LEN + alg->iv_len;
        pkt->n = (uint32_t)(ESP_HEADER_LEN + alg->iv_len + ops[i].n + alg->tag_len);
        pkt->err = 0;
    }
    e->stats.packets += failed ? 0 : ready;
    e->stats.bytes += octets;
    return failed ? 0 : (int)ready;
}

int ike_esp_seal(ike_esp *e, ike_packet *pkts, size_t n)
{
    int through = 0;

    if (!e || !pkts || e->inbound)
        return IKE_E_USAGE;
    for (size_t at = 0; at < n; at += BATCH)
        through += seal_batch(e, pkts + at, n - at < BATCH ? n - at : BATCH);
    return through;
}

/* ---- in ---- */

static int prepare_open(struct ike_esp *e, ike_packet *pkt, ike_cipher_op *op, struct work *w)
{
    const ike_cipher_alg *alg = e->protect.alg;
    size_t head = ESP_HEADER_LEN + alg->iv_len, block = alg->block_len ? alg->block_len : 1;
    uint8_t *start = pkt->buf + pkt->off;

    if (pkt->off > pkt->cap || pkt->cap - pkt->off < pkt->n || pkt->n < head + alg->tag_len + 2u ||
        (pkt->n - head - alg->tag_len) % block != 0) {
        e->stats.drop_malformed++;
        return IKE_E_DISCARD;
    }
    if (ike__be32(start) != e->spi) {
        e->stats.drop_malformed++;
        return IKE_E_DISCARD;
    }
    w->pkt = pkt;
    w->seq = ike__replay_infer(&e->replay, ike__be32(start + 4), e->esn);
    if (!ike__replay_look(&e->replay, w->seq)) {
        e->stats.drop_replay++;
        return IKE_E_DISCARD;
    }
    memset(op, 0, sizeof(*op));
    op->iv = start + ESP_HEADER_LEN;
    op->text = start + head;
    op->n = pkt->n - head - alg->tag_len;
    op->tag = op->text + op->n;
    set_aad(e, op, w, start);
    return 0;
}

/* Authentic text -> inner packet. 0; a dummy leaves n 0. */
static int unwrap(struct ike_esp *e, ike_packet *pkt, const ike_cipher_op *op)
{
    size_t pad = op->text[op->n - 2];
    uint8_t next = op->text[op->n - 1];
    struct ike_flow f;
    size_t n;

    if (pad + 2 > op->n) {
        e->stats.drop_malformed++;
        return IKE_E_DISCARD;
    }
    n = op->n - 2 - pad;
    for (size_t i = 0; i < pad; i++)
        if (op->text[n + i] != (uint8_t)(i + 1)) { /* RFC 4303 2.4: "… SHOULD inspect the Padding field" */
            e->stats.drop_malformed++;
            return IKE_E_DISCARD;
        }
    if (next == NEXT_DUMMY) { /* RFC 4303 2.6: "… MUST be prepared to discard …" */
        pkt->n = 0;
        return 0;
    }
    if ((next != NEXT_IP4 && next != NEXT_IP6) || ike__ip_peek(ike__span(op->text, n), &f) < 0 ||
        f.family != (next == NEXT_IP4 ? 4 : 6)) {
        e->stats.drop_malformed++;
        return IKE_E_DISCARD;
    }
    /* RFC 4301 5.2: what the SA was not agreed for does not come out of it. */
    if (!ike__selector_match(e->local, e->local_n, e->remote, e->remote_n, &f, 0)) {
        e->stats.drop_selector++;
        return IKE_E_TS;
    }
    /* RFC 7296 2.24: "… MUST support the ECN full-functionality option …"; 0 outside changes nothing */
    if (pkt->ecn && ike__ecn_arrives(op->text, pkt->ecn) < 0) {
        e->stats.drop_ecn++;
        return IKE_E_DISCARD;
    }
    if (e->mtu && ike__mss_is_syn(op->text, f.length))
        (void)ike__mss_clamp(op->text, f.length, e->mtu);
    pkt->off = (uint32_t)(op->text - pkt->buf);
    pkt->n = f.length; /* RFC 4303 2.7: what is behind the inner packet is TFC padding */
    return 0;
}

static int finish_open(struct ike_esp *e, const ike_cipher_op *op, const struct work *w)
{
    if (op->err < 0) {
        e->stats.drop_auth++;
        return IKE_E_DISCARD;
    }
    /* The same number may stand twice in one batch: look again now that both are authentic. */
    if (!ike__replay_look(&e->replay, w->seq)) {
        e->stats.drop_replay++;
        return IKE_E_DISCARD;
    }
    ike__replay_mark(&e->replay, w->seq);
    return unwrap(e, w->pkt, op);
}

static int open_batch(struct ike_esp *e, ike_packet *pkts, size_t n)
{
    ike_cipher_op ops[BATCH];
    struct work work[BATCH];
    uint64_t octets = 0, packets = 0;
    size_t ready = 0;
    int failed, through = 0;

    for (size_t i = 0; i < n; i++) {
        int err = prepare_open(e, &pkts[i], &ops[ready], &work[ready]);
        if (err < 0)
            refuse(&pkts[i], err);
        else
            ready++;
    }
    failed = ready > 0 && e->protect.alg->open(e->protect.ctx, ops, ready) < 0;
    for (size_t i = 0; i < ready; i++) {
        int err = failed ? IKE_E_CRYPTO : finish_open(e, &ops[i], &work[i]);
        if (err < 0)
            refuse(work[i].pkt, err);
        else
            work[i].pkt->err = 0;
        through += err == 0;
        packets += work[i].pkt->n > 0;
        octets += work[i].pkt->n;
    }
    e->stats.packets += packets;
    e->stats.bytes += octets;
    return through;
}

int ike_esp_open(ike_esp *e, ike_packet *pkts, size_t n)
{
    int through = 0;

    if (!e || !pkts || !e->inbound)
        return IKE_E_USAGE;
    for (size_t at = 0; at < n; at += BATCH)
        through += open_batch(e, pkts + at, n - at < BATCH ? n - at : BATCH);
    return through;
}

int ike_esp_stats_get(const ike_esp *e, ike_esp_stats *st)
{
    ike_esp_stats full;
    size_t n;

    if (!e || !st || st->size < sizeof(st->size))
        return IKE_E_USAGE;
    full = e->stats;
    full.next_seq = e->inbound ? e->replay.top + 1 : e->next_seq;
    n = st->size < sizeof(full) ? st->size : sizeof(full);
    full.size = st->size;
    memcpy(st, &full, n);
    return 0;
}
