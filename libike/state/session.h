/* state/session.h - the whole truth about a session, in one struct. SPDX-License-Identifier: Apache-2.0
 *
 * Scratch of a handshake is not here: it lives in the running task and dies with it.
 * Who may change what: exchanges edit sa, children, paths, assigned, events; the engine owns window,
 * reassembly, tasks, stats and the clock. */
#ifndef IKE_STATE_SESSION_H
#define IKE_STATE_SESSION_H

#include "esp/toobig.h"
#include "state/child_sa.h"
#include "state/events.h"
#include "state/ike_sa.h"
#include "state/places.h"
#include "state/pmtu.h"
#include "state/settings.h"
#include "state/ticket.h"

#define IKE_CERTS_MAX     10u /* certificates of a peer that are looked at */
#define IKE_OCSP_MAX      4u  /* OCSP responses */
#define IKE_CP_MAX        8u
#define IKE_CP_OTHERS     512u /* octets of attributes that the host asked for */
#define IKE_CHILDREN_MAX  32u  /* rivals and predecessors included */
#define IKE_SAS_MAX       6u
#define IKE_UNCHECKED_MAX 300u
#define IKE_EVENT_TEXT    200u

struct ike_elsewhere { /* another gateway */
    ike_addr addr;     /* family 0: a name */
    char gateway[256];
};
struct ike_redirect {          /* RFC 5685 */
    struct ike_elsewhere told; /* what the gateway asked for last */
    ike_addr from;             /* who sent us where we are; family 0: nobody yet */
    ike_path next;             /* where the next authentication goes; family 0: where we are */
    ike_time since;
    uint32_t n, zero; /* so many since then */
};

struct ike_mtu { /* what the path carries; all zero without ike_config.path_mtu */
    struct ike_pmtu search;
    ike_path path;           /* the one that it is about */
    uint32_t asked, sent;    /* by the probe that is out: the size wanted, and its own; 0: none */
    uint32_t inner, zero;    /* how large an inner packet may be; 0: no child */
    uint64_t octets;         /* of inner packets sent until the last verdict */
    uint32_t told, is_probe; /* told: path of the last event; is_probe: of the last datagram handed out */
    struct ike_toobig_rate rate;
};

struct ike_session {
    ike_env env;
    struct ike_settings settings;

    /* where it stands */
    uint8_t phase; /* enum ike_phase */
    uint8_t is_closed, is_closing;
    uint8_t keepalive_due;
    uint8_t is_offline;     /* ike_roam(NULL): time stands still for everything but lifetimes */
    uint8_t wants_reauth;   /* another handshake on the current path, as soon as the engine can */
    uint8_t path_reason;    /* of the change under way: enum ike_path_reason */
    uint8_t is_fresh_tried; /* of the change under way: nothing is left after that */
    uint32_t moves, zero8;  /* changes of path so far */
    ike_time moved_at;      /* the last one; 0: settled */
    uint64_t move_us;       /* how long the last settled one took */
    ike_time close_by;      /* 0, or when closing ends whatever the peer does */

    struct ike_ike_sa *sas; /* all, newest first */
    struct ike_ike_sa *sa;  /* the current one: carries our requests and its children our packets */
    struct ike_tasks tasks; /* what waits for the current one */
    struct ike_events events;
    struct ike_child_sa *children;
    ike_assigned
        *assigned; /* what CP brought, in one block of assigned_len octets (exchange/config_payload.c) */
    size_t assigned_len;
    uint32_t next_child_id, next_ask_id;
    uint32_t address_tries;   /* how often the gateway had no address for us */
    uint32_t next_which;      /* numbers of settings.child so far, beyond those of the first settings */
    struct ike_places places; /* where else the gateway is */
    struct ike_probe probe;
    struct ike_mtu mtu;
    uint32_t nat_refusals, zero11; /* UNEXPECTED_NAT_DETECTED in a row */

    /* the ask that is out, in the scratch of what runs on ask_sa; NULL: none */
    const ike_ask *ask;
    struct ike_ike_sa *ask_sa;

    /* the datagram being worked on */
    struct ike_ike_sa *in_sa;
    ike_span in_raw;   /* as received, without marker */
    ike_span in_chain; /* its payloads, opened */
    uint8_t in_chain_first, zero7[7];
    const ike_path *in_path;

    struct ike_redirect *redirect; /* NULL: none so far */
    struct ike_kept_ticket ticket; /* for a resumption */

    /* time */
    ike_time now;
    ike_time last_sent;        /* any datagram: for NAT keepalives */
    ike_time unanswered_since; /* first ESP packet sent since we last heard the peer, 0: none */

    /* the handshake, told in IKE_EV_UP */
    ike_time handshake_began;
    uint64_t handshake_us;
    uint32_t round_trips;
    uint8_t auth_local_sig, auth_remote_sig; /* enum ike_sig; 0: shared key */
    uint8_t auth_local_eap, auth_remote_eap; /* EAP type, 0: none */
    uint8_t is_resumed, has_ppk, zero4[2];

    /* how it ended */
    int32_t close_err;
    uint16_t close_notify;
    uint8_t close_phase, close_by_peer;
    uint16_t farewell;        /* notify to tell the peer while we close, 0: none */
    uint16_t farewell_delete; /* 1: no notify, but a Delete */
    uint16_t zero6[2];
    const char *close_text; /* static */
    char *unchecked; /* of the last verdict, for IKE_EV_WARNING; IKE_UNCHECKED_MAX; NULL: all was checked */

    char *peer_id, *local_id; /* as text; NULL: not known yet */
    char *text;          /* of the event that was polled last, IKE_EVENT_TEXT; NULL: all events are polled */
    char short_text[16]; /* in its place without memory */
    ike_stats stats;
};

/* Pushes an event that needs no more than its type. */
void ike__session_event(struct ike_session *s, uint32_t type, int err, uint16_t notify);
void ike__session_warn(struct ike_session *s, const char *text, const char *advice);
/* Remembers why the session ends; the first reason wins. text: static; NULL: that of err. */
void ike__session_fault(struct ike_session *s, int err, uint16_t notify, const char *text);
/* An identity as text, in place of an earlier one: peer_id or local_id. Errors: NOMEM. */
int ike__session_name(struct ike_session *s, char **name, const struct ike_id *id);
void ike__session_forget_name(struct ike_session *s, char **name);
/* Room for the text of an event, until all are polled; then it goes. Without memory text is cut short. */
void ike__session_text(struct ike_session *s, struct ike_text *t);
void ike__session_forget_text(struct ike_session *s);
/* Why it is closed, as a line of text of an event. */
const char *ike__session_reason(struct ike_session *s);
/* The phase that reasons and events name: that of the current IKE SA. */
void ike__session_phase(struct ike_session *s, const struct ike_ike_sa *sa, enum ike_phase phase);
/* A new authentication stands: its SA is the current one, the old one is ours to delete. */
void ike__session_succeed(struct ike_session *s, struct ike_ike_sa *old, struct ike_ike_sa *sa);
/* Who we are on this SA; its data may lie in there. */
struct ike_id ike__session_own_id(const struct ike_session *s, const struct ike_ike_sa *sa);
/* When an IKE SA has to be authenticated anew: as configured from now on; at the latest after so many seconds, or then,
 * whatever becomes of the configuration. */
void ike__reauth_begin(struct ike_session *s, struct ike_ike_sa *sa);
void ike__reauth_within(struct ike_session *s, struct ike_ike_sa *sa, uint32_t seconds);
void ike__reauth_not_after(struct ike_ike_sa *sa, ike_time t);
ike_time ike__reauth_due(const struct ike_ike_sa *sa); /* the earlier of the two; IKE_NEVER */
/* The peer has confirmed our path: IKE_EV_PATH. */
void ike__session_path_settled(struct ike_session *s);
/* What the peer said to a CREATE_CHILD_SA request of ours: TEMPORARY_FAILURE or anything else. Minutes of it end the SA. */
void ike__session_busy(struct ike_session *s, struct ike_ike_sa *sa, uint16_t error);
/* The IKE_E_* that a peer's error notify amounts to. */
int ike__session_notify_err(uint16_t notify);
/* The child by inbound SPI, by the peer's, or by id. */
struct ike_child_sa *ike__session_child(const struct ike_session *s, uint32_t spi_in);
struct ike_child_sa *ike__session_child_by_peer(const struct ike_session *s, uint32_t spi_out);
struct ike_child_sa *ike__session_child_by_id(const struct ike_session *s, uint32_t id);
void ike__session_remove_child(struct ike_session *s, struct ike_child_sa *c); /* without a word */
/* Deleted: with IKE_EV_CHILD_DOWN, unless it was replaced or redundant; then what is on its way is still opened. */
void ike__session_drop_child(struct ike_session *s, struct ike_child_sa *c, int err, uint16_t notify);
/* All children of an IKE SA, each with its event; all of all, without one. */
void ike__session_drop_children(struct ike_session *s, const struct ike_ike_sa *sa, int err);
void ike__session_free_children(struct ike_session *s);
/* A new, empty IKE SA in the list; out of the list and gone. Errors: NOMEM. */
int ike__session_add_sa(struct ike_session *s, struct ike_ike_sa **out);
void ike__session_remove_sa(struct ike_session *s, struct ike_ike_sa *sa);
/* Adds what a child counted to *st. */
void ike__session_count_child(const struct ike_child_sa *c, ike_stats *st);
/* A child that the host can use from now on: IKE_EV_CHILD_UP. */
void ike__session_child_up(struct ike_session *s, struct ike_child_sa *c);
/* A child takes over from the one it replaces: IKE_EV_REKEYED, once. */
void ike__session_child_takes_over(struct ike_session *s, struct ike_child_sa *c);
int ike__session_child_is(const struct ike_child_sa *c, const struct ike_child_terms *t); /* its selectors? */
/* A child of a new authentication: the one of its kind on the old IKE SA, of the same selectors if there is one. */
struct ike_child_sa *ike__session_predecessor(const struct ike_session *s, const struct ike_ike_sa *sa,
                                              uint32_t which, const struct ike_child_terms *t);
/* … and what becomes of both; is_same: to the host it is the same child with other keys. old may be NULL. */
void ike__session_child_follows(struct ike_session *s, struct ike_child_sa *c, struct ike_child_sa *old,
                                int is_same);
/* The child that replaces the one with this inbound SPI, or NULL. */
struct ike_child_sa *ike__session_successor(const struct ike_session *s, uint32_t spi_in);
uint32_t ike__session_children_n(const struct ike_session *s);
uint32_t ike__session_sas_n(const struct ike_session *s);
/* Schemes that may sign here: the policy's, as far as the backend has them (crypto/authoctets.h). */
uint64_t ike__session_sigs(const struct ike_session *s);
/* 0..255, for timers. */
uint8_t ike__session_jitter(const struct ike_session *s);
/* A random SPI for a child, unique and above the reserved ones (RFC 4303 2.1). Errors: CRYPTO. */
int ike__session_new_spi(struct ike_session *s, uint32_t *spi);
/* Likewise for an IKE SA: not zero, and not one of those there are (RFC 7296 2.6, 3.1). Errors: CRYPTO. */
int ike__session_new_ike_spi(struct ike_session *s, uint64_t *spi);
void ike__session_log(const struct ike_session *s, uint32_t level, const char *text, const char *detail);
/* Begins an ask, which lies in the scratch of what runs on that SA; the caller fills the rest of it before it returns
 * IKE_STEP_WAIT. */
ike_ask *ike__session_ask(struct ike_session *s, struct ike_ike_sa *sa, ike_ask *ask, uint32_t kind);
/* Queues an intent, unless the same one waits or runs on the current IKE SA already. Errors: LIMIT. */
int ike__session_want(struct ike_session *s, const struct ike_intent *wanted);
/* Counts a datagram or packet of the peer as authentic. */
void ike__session_heard(struct ike_session *s);

#endif
