/* state/child_sa.c - one CHILD_SA: its pair of ESP SAs and what was agreed. SPDX-License-Identifier: Apache-2.0
 *
 * The only file that knows which half of KEYMAT seals and which opens (RFC 7296 2.17: keys for data from
 * the exchange's initiator come first).
 *
 * Not here: packets (esp/esp.c), which child takes one (engine/data.c). */
#include "state/child_sa.h"
#include "base/mem.h"

static int open_esp(struct ike_esp *e, const ike_env *env, const struct ike_child_terms *t,
                    const struct ike_child_keymat *k, int inbound)
{
    /* Data from the initiator of the exchange uses the first keys: ours outbound if we began it. */
    int first = (inbound != 0) != (t->is_ours != 0);
    ike_esp_config cfg = IKE_ESP_CONFIG_INIT;

    cfg.spi = inbound ? t->spi_in : t->spi_out;
    cfg.encr = t->suite.encr;
    cfg.encr_bits = t->suite.encr_bits;
    cfg.integ = t->suite.integ;
    cfg.esn = t->suite.esn;
    cfg.replay_window = t->replay_window;
    cfg.key = ike__span(first ? k->encr_i : k->encr_r, k->encr_len);
    cfg.integ_key = ike__span(first ? k->integ_i : k->integ_r, k->integ_len);
    cfg.local = t->local;
    cfg.local_n = t->local_n;
    cfg.remote = t->remote;
    cfg.remote_n = t->remote_n;
    return ike__esp_init(e, &cfg, env, inbound);
}

static size_t half(const struct ike_child_sa *c)
{
    return (size_t)c->encr_len + c->integ_len;
}

static int keep_keys(struct ike_child_sa *c, const ike_env *env, const struct ike_child_keymat *k)
{
    uint8_t *p;

    c->encr_len = k->encr_len;
    c->integ_len = k->integ_len;
    p = c->keys = ike__mem_new(env->alloc, 2 * half(c));
    if (!p)
        return IKE_E_NOMEM;
    memcpy(p, k->encr_i, k->encr_len);
    memcpy(p + k->encr_len, k->integ_i, k->integ_len);
    memcpy(p + half(c), k->encr_r, k->encr_len);
    memcpy(p + half(c) + k->encr_len, k->integ_r, k->integ_len);
    return 0;
}

static void forget_keys(struct ike_child_sa *c, const ike_env *env)
{
    ike__mem_free(env->alloc, c->keys, 2 * half(c));
    c->keys = NULL;
}

ike_span ike__child_encr_key(const struct ike_child_sa *c, int from_initiator)
{
    return c->keys ? ike__span(c->keys + (from_initiator ? 0 : half(c)), c->encr_len) : ike__span(NULL, 0);
}

ike_span ike__child_integ_key(const struct ike_child_sa *c, int from_initiator)
{
    return c->keys ? ike__span(c->keys + (from_initiator ? 0 : half(c)) + c->encr_len, c->integ_len)
                   : ike__span(NULL, 0);
}

int ike__child_new(struct ike_child_sa **out, const ike_env *env, const struct ike_child_terms *terms,
                   const struct ike_child_keymat *keymat, uint32_t id)
{
    struct ike_child_sa *c = ike__mem_new(env->alloc, sizeof(*c));
    int err;

    *out = NULL;
    if (!c)
        return IKE_E_NOMEM;
    c->id = id;
    c->spi_in = terms->spi_in;
    c->spi_out = terms->spi_out;
    c->suite = terms->suite;
    c->is_ours = terms->is_ours;
    err = keep_keys(c, env, keymat);
    if (err == 0)
        err = open_esp(&c->in, env, terms, keymat, 1);
    if (err == 0)
        err = open_esp(&c->out, env, terms, keymat, 0);
    if (err < 0) {
        ike__child_free(c, env);
        return err;
    }
    *out = c;
    return 0;
}

void ike__child_begin_life(struct ike_child_sa *c, const ike_config *cfg, ike_time now, uint8_t jitter)
{
    /* RFC 4303 3.3.3: numbers never cycle; three quarters of them leave time for a successor. */
    uint64_t numbers = c->suite.esn ? UINT64_MAX / 4 * 3 : UINT32_MAX / 4u * 3u;

    ike__lifetime_begin(&c->life, now, cfg->rekey_child_s, jitter);
    c->life.packets = numbers;
    if (cfg->rekey_child_packets && cfg->rekey_child_packets < numbers)
        c->life.packets = cfg->rekey_child_packets;
    if (cfg->rekey_child_bytes)
        c->life.bytes = cfg->rekey_child_bytes;
}

void ike__child_linger(struct ike_child_sa *c, const ike_env *env, ike_time until)
{
    c->linger_until = until;
    c->may_send = 0;
    forget_keys(c, env);
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

ike_time ike__child_rekey_due(const struct ike_child_sa *c)
{
    if (c->is_replaced || c->is_redundant || c->linger_until)
        return IKE_NEVER;
    return ike__lifetime_rekey_due(&c->life, most(c->out.next_seq, c->in.replay.top),
                                   most(c->out.stats.bytes, c->in.stats.bytes));
}

ike_time ike__child_expire_due(const struct ike_child_sa *c)
{
    return c->linger_until ? c->linger_until : c->life.expire_at;
}

void ike__child_free(struct ike_child_sa *c, const ike_env *env)
{
    if (!c)
        return;
    ike__esp_wipe(&c->in);
    ike__esp_wipe(&c->out);
    forget_keys(c, env);
    ike__mem_free(env->alloc, c, sizeof(*c));
}
