/* engine/reconfigure.c - another configuration for a session that stands: the least that brings it about. SPDX-License-Identifier: Apache-2.0
 *
 * A table says what a change of each field costs. The new configuration is checked and copied whole before anything
 * happens; what is wrong with it changes nothing.
 *
 * Not here: what each child is made of (reconfigure_children.c), the exchanges that this leads to. */
#include "engine/engine.h"
#include <stddef.h>

enum kind { NUMBER, LONG_NUMBER, TEXT, ADDRESSES, SPAN, SPANS };

struct field {
    size_t at, count_at;  /* of the field; of the number of its elements */
    uint8_t kind, change; /* enum kind, enum ike_change */
};
#define AT(name) offsetof(ike_config, name)
static const struct field fields[] = {
    {AT(dpd_s), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(natt_keepalive_s), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(retry_first_ms), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(retry_factor_percent), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(retry_tries), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(fragment_size), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(path_mtu), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(init_tries), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(reassembly_max), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(rekey_ike_s), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(rekey_child_s), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(rekey_child_bytes), 0, LONG_NUMBER, IKE_CHANGE_LIVE},
    {AT(rekey_child_packets), 0, LONG_NUMBER, IKE_CHANGE_LIVE},
    {AT(reauth_s), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(redirect), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(initial_contact), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(childless), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(resumption), 0, NUMBER, IKE_CHANGE_LIVE},
    {AT(sources), AT(sources_n), ADDRESSES, IKE_CHANGE_LIVE},
    {AT(gateways), AT(gateways_n), ADDRESSES, IKE_CHANGE_LIVE},
    {AT(replay_window), 0, NUMBER, IKE_CHANGE_REKEY_CHILD},
    {AT(ike_suites), 0, TEXT, IKE_CHANGE_REKEY_IKE},
    {AT(policy), 0, NUMBER, IKE_CHANGE_REKEY_IKE},
    {AT(local_id), 0, TEXT, IKE_CHANGE_REAUTH},
    {AT(remote_id), 0, TEXT, IKE_CHANGE_REAUTH},
    {AT(auth_local), 0, NUMBER, IKE_CHANGE_REAUTH},
    {AT(auth_remote), 0, NUMBER, IKE_CHANGE_REAUTH},
    {AT(auth_second), 0, NUMBER, IKE_CHANGE_REAUTH},
    {AT(second_id), 0, TEXT, IKE_CHANGE_REAUTH},
    {AT(ppk), 0, NUMBER, IKE_CHANGE_REAUTH},
    {AT(ppk_id), 0, TEXT, IKE_CHANGE_REAUTH},
    {AT(want_ocsp), 0, NUMBER, IKE_CHANGE_REAUTH},
    {AT(encap), 0, NUMBER, IKE_CHANGE_REAUTH},
    {AT(want), 0, NUMBER, IKE_CHANGE_REAUTH},
    {AT(local_certs), AT(local_certs_n), SPANS, IKE_CHANGE_REAUTH},
    {AT(certreq), 0, SPAN, IKE_CHANGE_REAUTH},
    {AT(mobike), 0, NUMBER, IKE_CHANGE_REAUTH},
    {AT(no_nats), 0, NUMBER, IKE_CHANGE_REAUTH},
};

/* ---- is a field the same? ---- */

static const void *at(const ike_config *c, size_t offset)
{
    return (const uint8_t *)c + offset;
}

static int same_octets(const void *a, const void *b, size_t n)
{
    return n == 0 || memcmp(a, b, n) == 0;
}

static int same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static int same_spans(const ike_span *a, const ike_span *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!ike__span_equal(a[i], b[i]))
            return 0;
    return 1;
}

static int is_same(const struct field *f, const ike_config *a, const ike_config *b)
{
    const void *x = at(a, f->at), *y = at(b, f->at);
    uint32_t n = f->count_at ? *(const uint32_t *)at(a, f->count_at) : 0;
    uint32_t m = f->count_at ? *(const uint32_t *)at(b, f->count_at) : 0;

    switch ((enum kind)f->kind) {
    case NUMBER:
        return same_octets(x, y, sizeof(uint32_t));
    case LONG_NUMBER:
        return same_octets(x, y, sizeof(uint64_t));
    case TEXT:
        return same_text(*(const char *const *)x, *(const char *const *)y);
    case ADDRESSES:
        return n == m &&
               same_octets(*(const ike_addr *const *)x, *(const ike_addr *const *)y, n * sizeof(ike_addr));
    case SPAN:
        return ike__span_equal(*(const ike_span *)x, *(const ike_span *)y);
    case SPANS:
    default:
        return n == m && same_spans(*(const ike_span *const *)x, *(const ike_span *const *)y, n);
    }
}

/* ---- what follows ---- */

/* Times count from now: what was due under the old configuration is due under the new one. */
static void renew_times(struct ike_session *s)
{
    const ike_config *c = &s->settings.cfg;

    ike__lifetime_begin(&s->sa->life, s->now, c->rekey_ike_s, ike__session_jitter(s));
    ike__reauth_begin(s, s->sa);
    ike__mapping_reset(&s->sa->mapping, c->natt_keepalive_s);
    for (struct ike_child_sa *k = s->children; k; k = k->next)
        if (k->may_send && !k->linger_until)
            ike__child_begin_life(k, c, s->now, ike__session_jitter(s));
}

static uint32_t bring_about(struct ike_session *s, const struct ike_settings *old, uint32_t changes)
{
    uint32_t strongest = 0;

    if (changes & 1u << IKE_CHANGE_LIVE)
        renew_times(s);
    if (changes & 1u << IKE_CHANGE_REAUTH) {
        s->wants_reauth = 1;      /* which brings everything else along */
        s->sa->takes_tickets = 0; /* what is left of it was made under another configuration */
        ike__ticket_forget(s);
    } else {
        ike__children_change(s, old);
        if (changes & 1u << IKE_CHANGE_REKEY_IKE) {
            struct ike_intent rekey = {.kind = IKE_INTENT_REKEY_IKE};
            (void)ike__session_want(s, &rekey);
        }
    }
    ike__children_forget(s);
    for (uint32_t i = IKE_CHANGE_LIVE; i <= IKE_CHANGE_REAUTH; i++)
        if (changes & 1u << i)
            strongest = i;
    return strongest;
}

int ike_reconfigure(ike_session *s, const ike_config *cfg, ike_time now, const char **why)
{
    const char *ignored;
    struct ike_settings fresh, old;
    uint32_t changes = 0, strongest;
    int err;

    why = why ? why : &ignored;
    *why = "";
    if (!s || !cfg)
        return IKE_E_USAGE;
    if (s->is_closed || s->is_closing)
        return IKE_E_CLOSED;
    if (!s->sa->is_established || ike__is_handshaking(s)) {
        *why = "not while an authentication is under way";
        return IKE_E_USAGE;
    }
    s->now = now;
    err = ike__settings_init(&fresh, cfg, &s->env, why);
    if (err < 0) {
        ike__settings_free(&fresh, &s->env);
        return err;
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (!is_same(&fields[i], &s->settings.cfg, &fresh.cfg))
            changes |= 1u << fields[i].change;
    old = s->settings;
    s->settings = fresh;
    if (s->settings.cfg.resumption == IKE_OFF)
        ike__ticket_forget(s);
    changes |= ike__children_changes(s, &old);
    strongest = bring_about(s, &old, changes);
    ike__settings_free(&old, &s->env);
    ike__run_tasks(s);
    return (int)strongest;
}
