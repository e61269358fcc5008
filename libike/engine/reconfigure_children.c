/* engine/reconfigure_children.c - another configuration, child by child. SPDX-License-Identifier: Apache-2.0
 *
 * Children are told apart by their names. One that is new is made, one that is gone is deleted, one with other
 * selectors is made anew before the old one goes, one with other proposals is rekeyed; the others are left alone.
 *
 * Not here: the rest of the configuration (reconfigure.c). */
#include "engine/engine.h"
#include "state/narrow.h"

static int same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What a change costs: of the child w, which was `before` until now, NULL: nothing. */
static uint32_t cost(const struct ike_settings *old, const struct ike_settings *fresh,
                     const struct ike_wanted *before, const struct ike_wanted *w)
{
    const ike_child_config *a, *b = &w->cfg;

    if (!before)
        return IKE_CHANGE_CHILD;
    a = &before->cfg;
    if (!ike__ts_same(a->ts_local, a->ts_local_n, b->ts_local, b->ts_local_n) ||
        !ike__ts_same(a->ts_remote, a->ts_remote_n, b->ts_remote, b->ts_remote_n))
        return IKE_CHANGE_CHILD;
    if (!same_text(a->esp_suites, b->esp_suites) || old->cfg.replay_window != fresh->cfg.replay_window)
        return IKE_CHANGE_REKEY_CHILD;
    return IKE_CHANGE_NONE;
}

uint32_t ike__children_changes(struct ike_session *s, const struct ike_settings *old)
{
    struct ike_settings *fresh = &s->settings;
    uint32_t changes = 0;

    for (uint32_t i = 0; i < fresh->children_n; i++) {
        struct ike_wanted *w = &fresh->child[i];
        const struct ike_wanted *before =
            i == 0 ? &old->child[0] : ike__settings_child_named(old, w->cfg.name);

        if (i > 0)
            w->which = before ? before->which : ++s->next_which + IKE_CHILD_CONFIGS_MAX;
        changes |= 1u << cost(old, fresh, before, w);
    }
    for (uint32_t i = 1; i < old->children_n; i++)
        if (!ike__settings_child(fresh, old->child[i].which))
            changes |= 1u << IKE_CHANGE_CHILD;
    return changes;
}

static int is_live(const struct ike_session *s, const struct ike_child_sa *c, uint32_t which)
{
    return c->which == which && c->sa == s->sa && c->may_send && !c->linger_until;
}

/* A child of the new selectors first, then the old one goes (make before break). */
static void replace(struct ike_session *s, uint32_t which)
{
    struct ike_intent create = {.kind = IKE_INTENT_CREATE_CHILD, .which = which};

    for (struct ike_child_sa *c = s->children; c; c = c->next) {
        if (!is_live(s, c, which))
            continue;
        if (create.spi != 0) /* it had the rest of the selectors */
            ike__delete_child_want(s, create.spi);
        create.spi = c->spi_in;
    }
    (void)ike__session_want(s, &create);
}

static void rekey(struct ike_session *s, uint32_t which)
{
    for (struct ike_child_sa *c = s->children; c; c = c->next) {
        struct ike_intent wanted = {.kind = IKE_INTENT_REKEY_CHILD, .spi = c->spi_in};

        if (is_live(s, c, which))
            (void)ike__session_want(s, &wanted);
    }
}

void ike__children_change(struct ike_session *s, const struct ike_settings *old)
{
    for (uint32_t i = 0; i < s->settings.children_n; i++) {
        const struct ike_wanted *w = &s->settings.child[i];

        switch (cost(old, &s->settings, ike__settings_child(old, w->which), w)) {
        case IKE_CHANGE_CHILD:
            replace(s, w->which);
            break;
        case IKE_CHANGE_REKEY_CHILD:
            rekey(s, w->which);
            break;
        default:
            break;
        }
    }
}

void ike__children_forget(struct ike_session *s)
{
    for (struct ike_child_sa *c = s->children; c; c = c->next)
        if (!ike__settings_child(&s->settings, c->which) && !c->is_redundant && !c->linger_until)
            ike__delete_child_want(s, c->spi_in);
}
