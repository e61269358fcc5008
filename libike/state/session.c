/* state/session.c - what every layer above does to a session. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: making and freeing one (engine/api.c), the pump (engine/). */
#include "state/session.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/authoctets.h"

#define NAME_MAX_LEN    160u       /* of an identity as text; longer ones are cut */
#define CHILD_LINGER_US 5000000u   /* how long packets may still be on their way */
#define BUSY_MAX_US     300000000u /* the "several minutes" of RFC 7296 2.25 */
#define BUSY_GAP_US     120000000u /* retries come every minute: what lies further apart is another story */

void ike__session_event(struct ike_session *s, uint32_t type, int err, uint16_t notify)
{
    struct ike_record r;

    memset(&r, 0, sizeof(r));
    r.type = (uint8_t)type;
    r.err = err;
    r.notify = notify;
    ike__events_push(&s->events, &r);
}

void ike__session_warn(struct ike_session *s, const char *text, const char *advice)
{
    struct ike_record r;

    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_WARNING;
    r.text = text;
    r.advice = advice;
    ike__events_push(&s->events, &r);
    ike__session_log(s, IKE_LOG_INFO, text, NULL);
}

void ike__session_phase(struct ike_session *s, const struct ike_ike_sa *sa, enum ike_phase phase)
{
    if (sa == s->sa)
        s->phase = (uint8_t)phase;
}

#define LAST_PACKETS_US 1000000u /* until the old IKE SA goes: packets of its children are on their way */

void ike__session_succeed(struct ike_session *s, struct ike_ike_sa *old, struct ike_ike_sa *sa)
{
    s->sa = sa;
    ike__ike_sa_supersede(old, s->now);
    old->is_redundant = 0; /* also one that had lost a rekeying: like any other, it goes */
    old->life.expire_at = s->now + LAST_PACKETS_US;
    ike__session_event(s, IKE_EV_REKEYED, 0, 0);
    if (s->moved_at == 0 && memcmp(old->paths.now.remote.ip, sa->paths.now.remote.ip, 16) != 0) {
        s->moved_at = s->handshake_began; /* to another gateway */
        s->path_reason = IKE_PATH_REDIRECTED;
    }
    ike__session_path_settled(s);
}

struct ike_id ike__session_own_id(const struct ike_session *s, const struct ike_ike_sa *sa)
{
    struct ike_id id = s->settings.local_id;

    if (id.type == 0) { /* none configured: the address we speak from */
        int is4 = sa->paths.now.local.family == 4;
        id.type = is4 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV6_ADDR;
        id.data = ike__span(sa->paths.now.local.ip, is4 ? 4 : 16);
    }
    return id;
}

void ike__reauth_begin(struct ike_session *s, struct ike_ike_sa *sa)
{
    struct ike_lifetime l;

    sa->reauth_at = IKE_NEVER;
    if (s->settings.cfg.reauth_s == 0)
        return;
    ike__lifetime_begin(&l, s->now, s->settings.cfg.reauth_s, ike__session_jitter(s));
    sa->reauth_at = l.rekey_at;
}

void ike__reauth_not_after(struct ike_ike_sa *sa, ike_time t)
{
    if (t < sa->reauth_by)
        sa->reauth_by = t;
}

ike_time ike__reauth_due(const struct ike_ike_sa *sa)
{
    return sa->reauth_at < sa->reauth_by ? sa->reauth_at : sa->reauth_by;
}

void ike__reauth_within(struct ike_session *s, struct ike_ike_sa *sa, uint32_t seconds)
{
    struct ike_lifetime l;

    ike__lifetime_begin(&l, s->now, seconds, ike__session_jitter(s));
    ike__reauth_not_after(sa, l.rekey_at);
}

void ike__session_path_settled(struct ike_session *s)
{
    if (s->moved_at == 0)
        return;
    s->move_us = s->now - s->moved_at;
    s->moved_at = 0;
    s->is_fresh_tried = 0;
    ike__session_event(s, IKE_EV_PATH, 0, 0);
}

static const char *phase_name(uint8_t phase)
{
    static const char *const name[] = {"start", "IKE_SA_INIT", "IKE_AUTH", "connected", "closing"};

    return name[phase <= IKE_PHASE_CLOSING ? phase : 0];
}

void ike__session_fault(struct ike_session *s, int err, uint16_t notify, const char *text)
{
    if (s->close_err != 0)
        return;
    s->close_err = err;
    s->close_notify = notify;
    s->close_phase = s->phase;
    s->close_text = text ? text : ike_strerror(err);
}

void ike__session_text(struct ike_session *s, struct ike_text *t)
{
    if (!s->text)
        s->text = ike__mem_new(s->env.alloc, IKE_EVENT_TEXT);
    if (s->text)
        ike__text_init(t, s->text, IKE_EVENT_TEXT);
    else
        ike__text_init(t, s->short_text, sizeof(s->short_text));
}

void ike__session_forget_text(struct ike_session *s)
{
    ike__mem_free(s->env.alloc, s->text, IKE_EVENT_TEXT);
    s->text = NULL;
}

const char *ike__session_reason(struct ike_session *s)
{
    struct ike_text t;

    ike__session_text(s, &t);
    ike__text_put(&t, phase_name(s->close_phase));
    ike__text_put(&t, ": ");
    ike__text_put(&t, s->close_text);
    if (s->close_notify) {
        ike__text_put(&t, " (the gateway said ");
        ike__text_put(&t, ike_notify_name(s->close_notify));
        ike__text_put(&t, ")");
    }
    return t.p;
}

int ike__session_name(struct ike_session *s, char **name, const struct ike_id *id)
{
    char text[NAME_MAX_LEN];
    struct ike_text t;
    size_t n;

    ike__text_init(&t, text, sizeof(text));
    ike__id_print(&t, id);
    n = strlen(text) + 1;
    ike__session_forget_name(s, name);
    *name = ike__mem_new(s->env.alloc, n);
    if (!*name)
        return IKE_E_NOMEM;
    memcpy(*name, text, n);
    return 0;
}

void ike__session_forget_name(struct ike_session *s, char **name)
{
    ike__mem_free(s->env.alloc, *name, *name ? strlen(*name) + 1 : 0);
    *name = NULL;
}

void ike__session_busy(struct ike_session *s, struct ike_ike_sa *sa, uint16_t error)
{
    if (error != IKE_N_TEMPORARY_FAILURE) {
        sa->busy_since = 0;
        return;
    }
    if (sa->busy_since == 0 || s->now - sa->busy_at > BUSY_GAP_US)
        sa->busy_since = s->now ? s->now : 1;
    sa->busy_at = s->now;
    if (s->now - sa->busy_since < BUSY_MAX_US || sa != s->sa)
        return;
    /* RFC 7296 2.25: "… after several minutes, it SHOULD conclude that the state information is out of sync …" */
    ike__session_fault(s, IKE_E_EXPIRED, error, "the gateway has been too busy for minutes");
    sa->life.expire_at = s->now;
}

int ike__session_notify_err(uint16_t notify)
{
    switch (notify) {
    case IKE_N_AUTHENTICATION_FAILED:
        return IKE_E_PEER_DENIED;
    case IKE_N_NO_PROPOSAL_CHOSEN:
    case IKE_N_INVALID_KE_PAYLOAD:
        return IKE_E_NO_PROPOSAL;
    case IKE_N_TS_UNACCEPTABLE:
    case IKE_N_SINGLE_PAIR_REQUIRED:
        return IKE_E_TS;
    case IKE_N_INTERNAL_ADDRESS_FAILURE:
    case IKE_N_FAILED_CP_REQUIRED:
        return IKE_E_ADDRESS;
    default:
        return IKE_E_REFUSED;
    }
}

struct ike_child_sa *ike__session_child(const struct ike_session *s, uint32_t spi_in)
{
    struct ike_child_sa *c = s->children;

    while (c && c->spi_in != spi_in)
        c = c->next;
    return c;
}

struct ike_child_sa *ike__session_child_by_peer(const struct ike_session *s, uint32_t spi_out)
{
    struct ike_child_sa *c = s->children;

    while (c && (c->spi_out != spi_out || c->linger_until))
        c = c->next;
    return c;
}

struct ike_child_sa *ike__session_child_by_id(const struct ike_session *s, uint32_t id)
{
    struct ike_child_sa *found = NULL;

    /* Of a child and its successor, the one that sends. */
    for (struct ike_child_sa *c = s->children; c; c = c->next)
        if (c->id == id && !c->linger_until && (!found || (c->may_send && !found->may_send)))
            found = c;
    return found;
}

void ike__session_count_child(const struct ike_child_sa *c, ike_stats *st)
{
    st->in_packets += c->in.stats.packets;
    st->in_bytes += c->in.stats.bytes;
    st->drop_replay += c->in.stats.drop_replay;
    st->drop_auth += c->in.stats.drop_auth;
    st->drop_malformed += c->in.stats.drop_malformed;
    st->drop_selector += c->in.stats.drop_selector;
    st->drop_ecn += c->in.stats.drop_ecn;
    st->out_packets += c->out.stats.packets;
    st->out_bytes += c->out.stats.bytes;
    st->drop_no_child += c->out.stats.drop_selector;
    st->drop_exhausted += c->out.stats.drop_exhausted;
    st->drop_too_big += c->out.drop_too_big;
}

static void unlink_child(struct ike_session *s, struct ike_child_sa *c)
{
    struct ike_child_sa **at = &s->children;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    ike__session_count_child(c, &s->stats);
    ike__child_free(c, &s->env);
}

/* To the host there is one child of an id: another one carries its packets. */
static int is_also_up(const struct ike_session *s, const struct ike_child_sa *c)
{
    const struct ike_child_sa *other = s->children;

    while (other && !(other != c && other->id == c->id && other->may_send))
        other = other->next;
    return other != NULL;
}

void ike__session_drop_child(struct ike_session *s, struct ike_child_sa *c, int err, uint16_t notify)
{
    struct ike_child_sa *successor = ike__session_successor(s, c->spi_in);
    struct ike_record r;

    if (c->linger_until)
        return;
    if (successor && !c->is_redundant)
        ike__session_child_takes_over(s, successor);
    /* Replaced, redundant, or a successor that never took over: the host has another one. */
    if (c->is_replaced || c->is_redundant || c->replaces || is_also_up(s, c)) {
        ike__child_linger(c, &s->env, s->now + CHILD_LINGER_US);
        return;
    }
    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_CHILD_DOWN;
    r.err = err;
    r.notify = notify;
    r.id = c->id;
    r.spi_in = c->spi_in;
    r.spi_out = c->spi_out;
    r.which = c->which;
    ike__events_push(&s->events, &r);
    unlink_child(s, c);
}

void ike__session_remove_child(struct ike_session *s, struct ike_child_sa *c)
{
    unlink_child(s, c);
}

void ike__session_child_up(struct ike_session *s, struct ike_child_sa *c)
{
    struct ike_record r;

    c->may_send = 1;
    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_CHILD_UP;
    r.id = c->id;
    r.which = c->which;
    ike__events_push(&s->events, &r);
}

struct ike_child_sa *ike__session_successor(const struct ike_session *s, uint32_t spi_in)
{
    struct ike_child_sa *c = s->children;

    while (c && (c->replaces != spi_in || c->is_redundant || c->linger_until))
        c = c->next;
    return c;
}

void ike__session_child_takes_over(struct ike_session *s, struct ike_child_sa *c)
{
    struct ike_child_sa *old = ike__session_child(s, c->replaces);
    struct ike_record r;

    if (c->may_send)
        return;
    c->may_send = 1;
    c->replaces = 0;
    if (old) {
        old->may_send = 0;
        old->is_replaced = 1;
    }
    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_REKEYED;
    r.id = c->id;
    r.by_peer = !c->is_ours;
    ike__events_push(&s->events, &r);
}

uint32_t ike__session_children_n(const struct ike_session *s)
{
    uint32_t n = 0;

    for (const struct ike_child_sa *c = s->children; c; c = c->next)
        n++;
    return n;
}

uint32_t ike__session_sas_n(const struct ike_session *s)
{
    uint32_t n = 0;

    for (const struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
        n++;
    return n;
}

uint8_t ike__session_jitter(const struct ike_session *s)
{
    uint8_t octet = 0;

    (void)s->env.crypto->random(s->env.crypto->self, &octet, 1);
    return octet;
}

void ike__session_drop_children(struct ike_session *s, const struct ike_ike_sa *sa, int err)
{
    for (struct ike_child_sa *c = s->children, *next; c; c = next) {
        next = c->next;
        if (c->sa == sa)
            ike__session_drop_child(s, c, err, 0);
    }
}

void ike__session_free_children(struct ike_session *s)
{
    while (s->children) {
        struct ike_child_sa *c = s->children;
        s->children = c->next;
        ike__session_count_child(c, &s->stats);
        ike__child_free(c, &s->env);
    }
}

/* Of SAs that only repeat their last answer not many are kept: the oldest goes with the next tick. Not now: somebody
 * may be walking the list. */
static void make_room(struct ike_session *s)
{
    struct ike_ike_sa *oldest = NULL;

    for (struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
        if (sa->linger_until > s->now && (!oldest || sa->linger_until <= oldest->linger_until))
            oldest = sa;
    if (oldest)
        oldest->linger_until = s->now ? s->now : 1;
}

int ike__session_add_sa(struct ike_session *s, struct ike_ike_sa **out)
{
    int err = ike__ike_sa_new(out, &s->env);

    if (err < 0)
        return err;
    if (ike__session_sas_n(s) >= IKE_SAS_MAX)
        make_room(s);
    (*out)->next = s->sas;
    s->sas = *out;
    return 0;
}

void ike__session_remove_sa(struct ike_session *s, struct ike_ike_sa *sa)
{
    struct ike_ike_sa **at = &s->sas;

    while (*at != sa)
        at = &(*at)->next;
    *at = sa->next;
    ike__ike_sa_free(sa, &s->env);
}

int ike__session_new_spi(struct ike_session *s, uint32_t *spi)
{
    uint8_t octets[4];

    for (int tries = 0; tries < 16; tries++) {
        if (s->env.crypto->random(s->env.crypto->self, octets, sizeof(octets)) < 0)
            return IKE_E_CRYPTO;
        *spi = ike__be32(octets) | 0x100u; /* RFC 4303 2.1: 1..255 are reserved */
        if (!ike__session_child(s, *spi))
            return 0;
    }
    return IKE_E_CRYPTO; /* a random source that repeats itself this often is broken */
}

static int is_spi_of_ike_sa(const struct ike_session *s, uint64_t spi)
{
    const struct ike_ike_sa *sa = s->sas;

    while (sa && sa->spi_i != spi && sa->spi_r != spi)
        sa = sa->next;
    return sa != NULL;
}

int ike__session_new_ike_spi(struct ike_session *s, uint64_t *spi)
{
    uint8_t octets[8];

    for (int tries = 0; tries < 16; tries++) {
        if (s->env.crypto->random(s->env.crypto->self, octets, sizeof(octets)) < 0)
            return IKE_E_CRYPTO;
        *spi = ike__be64(octets);
        if (*spi != 0 && !is_spi_of_ike_sa(s, *spi)) /* RFC 7296 3.1: "… MUST NOT be zero" */
            return 0;
    }
    return IKE_E_CRYPTO;
}

void ike__session_log(const struct ike_session *s, uint32_t level, const char *text, const char *detail)
{
    if (detail)
        ike__log2(&s->env, level, s->sa->spi_i, text, detail);
    else
        ike__log(&s->env, level, s->sa->spi_i, text);
}

uint64_t ike__session_sigs(const struct ike_session *s)
{
    return ike__sigs_allowed(s->settings.cfg.policy, s->env.crypto);
}

ike_ask *ike__session_ask(struct ike_session *s, struct ike_ike_sa *sa, ike_ask *ask, uint32_t kind)
{
    memset(ask, 0, sizeof(*ask));
    ask->id = ++s->next_ask_id;
    ask->kind = kind;
    s->ask = ask;
    s->ask_sa = sa;
    ike__session_event(s, IKE_EV_ASK, 0, 0);
    return ask;
}

int ike__session_want(struct ike_session *s, const struct ike_intent *wanted)
{
    if (ike__intent_same(&s->sa->running.intent, wanted))
        return 0;
    return ike__tasks_add(&s->tasks, wanted);
}

void ike__session_heard(struct ike_session *s)
{
    s->stats.last_heard = s->now;
    s->unanswered_since = 0;
}
