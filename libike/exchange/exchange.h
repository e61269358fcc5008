/* exchange/exchange.h - the five slots of an exchange. SPDX-License-Identifier: Apache-2.0
 *
 * Every exchange is one file and ends in one const table of these. An exchange never sends, never
 * arms a timer, never calls the host: it writes into the message it is given, edits the session,
 * pushes events, and returns a step. A NULL slot is a statement: ike_sa_init.serve == NULL says "we are a
 * client". */
#ifndef IKE_EXCHANGE_EXCHANGE_H
#define IKE_EXCHANGE_EXCHANGE_H

#include "exchange/offer.h"
#include "state/session.h"
#include "state/collision.h"
#include "wire/rules.h"

typedef enum ike_step {
    IKE_STEP_DONE = 1, /* build, serve: the message is ready. finish, answer: the exchange is over */
    IKE_STEP_AGAIN,    /* build the (next) request of this intent: COOKIE, IKE_AUTH after IKE_SA_INIT */
    IKE_STEP_WAIT,     /* an ask is out: ike_answer resumes us */
    IKE_STEP_KEEP,     /* finish: this answer was no use; the request stays in flight */
    IKE_STEP_GIVE_UP,  /* this exchange failed, the IKE SA lives */
    IKE_STEP_FATAL     /* the IKE SA dies; ike__session_fault said why */
} ike_step;

struct ike_exchange {
    const char *name; /* "IKE_AUTH" */
    uint8_t type;     /* RFC 7296 3.1 */
    uint8_t zero[7];
    const struct ike_rule *request, *response; /* inside SK, except IKE_SA_INIT */
    ike_step (*build)(struct ike_session *, struct ike_task *, struct ike_msg_out *);
    ike_step (*finish)(struct ike_session *, struct ike_task *, const struct ike_msg *);
    ike_step (*answer)(struct ike_session *, struct ike_task *, int verdict, ike_span data);
    ike_step (*serve)(struct ike_session *, const struct ike_msg *, struct ike_msg_out *);
    void (*drop)(struct ike_session *, struct ike_task *); /* releases the scratch */
};

extern const struct ike_exchange ike__ike_sa_init, ike__ike_session_resume, ike__ticket_ask, ike__ike_auth,
    ike__create_child, ike__delete_ike, ike__rekey_child, ike__rekey_ike, ike__delete_child, ike__liveness,
    ike__path_mtu, ike__mobike, ike__informational;

/* Which exchange brings about what is wanted; which one a peer's request is, NULL: none we know. */
const struct ike_exchange *ike__exchange_of(uint8_t kind);
const struct ike_exchange *ike__classify(const struct ike_msg *msg);

/* Where a conversation of EAP is (ike_auth_eap.c). */
enum ike_eap_state {
    IKE_EAP_OFF = 0,
    IKE_EAP_ASKED,  /* IDi is out, without AUTH; the gateway has to prove itself and to begin */
    IKE_EAP_SECOND, /* RFC 4739: both have proved themselves; our second IDi comes next, then EAP */
    IKE_EAP_ROUNDS,
    IKE_EAP_PROVING /* Success: AUTH both ways */
};
struct ike_auth_eap {
    uint8_t state; /* enum ike_eap_state */
    uint8_t identifier, type;
    uint8_t is_done;     /* Success is acceptable */
    uint8_t is_unproven; /* RFC 5998: the gateway has not signed */
    uint8_t zero[3];
    uint32_t rounds, zero2;
    uint8_t *response; /* to be sent next */
    size_t response_n;
    uint8_t *msk; /* empty: the method makes none */
    size_t msk_n;
    uint8_t *idr; /* body of the gateway's first and only IDr */
    size_t idr_n;
};

/* A post-quantum preshared key (ppk.c). The IKE SA has one set of keys at a time, other is the other one. */
struct ike_ppk_use {
    uint8_t is_agreed; /* both sides have said USE_PPK */
    uint8_t is_open;   /* there are two sets, and which one counts is not known yet */
    uint8_t is_mixed;  /* the IKE SA has the keys with the PPK in them */
    uint8_t is_sent;   /* PPK_IDENTITY is out: the answer decides */
    uint32_t zero;
    struct ike_keys other;
    uint8_t *plain_auth; /* for NO_PPK_AUTH: our proof by the keys without */
    size_t plain_auth_n;
};

#define IKE_AUTHORITIES_MAX 64u

/* What IKE_SA_INIT hands on to IKE_AUTH; one wipe clears it (handshake.c). */
struct ike_handshake {
    struct ike_ike_sa *sa;    /* what it makes */
    struct ike_proposal *ike; /* our offer; IKE_PROPOSALS_MAX */
    uint32_t ike_n, zero;
    struct ike_offer child;   /* the first; its nonces and key exchange are those of IKE_SA_INIT */
    struct ike_ticket ticket; /* RFC 5723; its spans lead into the settings */

    /* IKE_SA_INIT */
    uint8_t cookie[64];
    uint32_t cookie_n;
    uint32_t requests;  /* different requests sent so far */
    uint64_t peer_sigs; /* signature schemes it can verify */
    uint8_t peer_has_7427;
    uint8_t signs_as_before;   /* by methods 1, 9, 10, 11, although it has RFC 7427: it said so (RFC 9593) */
    uint8_t is_childless;      /* RFC 6023: IKE_AUTH without a child */
    uint8_t is_resumed;        /* the keys come from a ticket, and so does the proof */
    uint8_t peer_has_multiple; /* RFC 4739 */
    uint8_t zero2[3];
    uint8_t *init_sent, *init_received; /* both messages of IKE_SA_INIT, octet by octet */
    size_t init_sent_n, init_received_n;
    uint8_t *authorities; /* CERTREQ of the gateway: 20-octet hashes */
    size_t authorities_n;
    uint8_t *announced; /* SUPPORTED_AUTH_METHODS of the gateway */
    size_t announced_n;
    uint64_t authority_sigs[IKE_AUTHORITIES_MAX];

    /* IKE_AUTH */
    ike_ask ask; /* the last one; s->ask leads here while it is out */
    uint8_t proof_ready, response_first, zero3[2];
    uint8_t *psk;
    size_t psk_n;
    struct ike_auth_payload proof; /* our AUTH */
    uint8_t proof_buf[1100];
    uint8_t *octets; /* what we or the peer signed */
    size_t octets_n;
    uint8_t *response; /* payload chain of the IKE_AUTH response, while the verdict is out */
    size_t response_n;
    ike_span certs[IKE_CERTS_MAX];
    ike_span ocsp[IKE_OCSP_MAX];
    uint32_t certs_n, ocsp_n;
    uint8_t sig_buf[160];
    struct ike_auth_eap eap;
    struct ike_ppk_use ppk;
};
int ike__handshake_new(struct ike_session *s, struct ike_task *task);
void ike__handshake_drop(struct ike_session *s, struct ike_task *task);
/* Copies octets to a newly allocated block, in place of an earlier one. Errors: NOMEM. */
int ike__keep(struct ike_session *s, uint8_t **to, size_t *n, ike_span from);

/* delete_child.c: queues the Delete of a child, named by our inbound SPI. Errors are left to its lifetime. */
void ike__delete_child_want(struct ike_session *s, uint32_t spi_in);
/* redirect.c: does a message send us elsewhere? ni: our nonce, which it must repeat in IKE_SA_INIT, NULL: later. Tells
 * the host. */
enum { IKE_REDIRECT_NONE = 0, IKE_REDIRECT_FOLLOW, IKE_REDIRECT_ASK, IKE_REDIRECT_LOOP };
int ike__redirect_find(struct ike_session *s, const struct ike_msg *msg, const ike_span *ni);
void ike__redirect_write(const struct ike_session *s,
                         struct ike_msg_out *out); /* what we say of it in IKE_SA_INIT */
void ike__redirect_established(struct ike_session *s, const struct ike_msg *msg);
/* Of the first IKE_AUTH response where more are to come, its AUTH being right: begins again there (AGAIN), waits for
 * ike_redirect (WAIT), ends it (FATAL); KEEP: there is none. */
ike_step ike__redirect_first(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);
/* s->redirect, made if there is none yet: NULL without memory. */
struct ike_redirect *ike__redirect_room(struct ike_session *s);
void ike__redirect_to(struct ike_session *s,
                      const ike_path *path); /* a new authentication there; needs s->redirect */
/* ike_sa_init.c: what every first exchange does */
int ike__init_begin(struct ike_session *s, struct ike_task *task); /* scratch, nonce, SPI. NOMEM, CRYPTO, … */
/* start: scratch of the first request; write: all but the cookie. One request too many, or an error: FATAL. */
ike_step ike__init_build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out,
                         int (*start)(struct ike_session *s, struct ike_task *task),
                         int (*write)(struct ike_session *s, struct ike_handshake *h,
                                      struct ike_msg_out *out));
int ike__init_write_abilities(struct ike_session *s, struct ike_handshake *h, struct ike_msg_out *out);
ike_step ike__init_hint(struct ike_session *s, struct ike_handshake *h, int err, uint16_t notify);
ike_step ike__init_take_cookie(struct ike_session *s, struct ike_handshake *h, ike_span cookie);
ike_step ike__init_take_redirect(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg);
/* The IKE SA's keys, from SPIs, nonces and secret; old_sk_d empty: the first ones. */
int ike__init_make_keys(struct ike_session *s, struct ike_handshake *h, ike_span secret, ike_span old_sk_d);
int ike__init_take_facts(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);
ike_step ike__init_useless(struct ike_session *s, struct ike_handshake *h,
                           int err); /* after keys were made */
ike_step ike__init_done(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg);
/* ike_session_resume.c: which exchange the handshake begins with: this one if there is a ticket for it. */
const struct ike_exchange *ike__first_exchange(struct ike_session *s);
int ike__is_resuming(const struct ike_ike_sa *sa);
void ike__resume_fall_back(struct ike_session *s, struct ike_task *task); /* to IKE_SA_INIT */
/* Our proof, and theirs, of knowing SK_d (RFC 5723 4.3.3); h->octets holds what is signed. Errors: AUTH, AUTH_METHOD,
 * PEER_ID, NOMEM, CRYPTO. */
int ike__resume_prove(struct ike_session *s, struct ike_handshake *h);
int ike__resume_check(struct ike_session *s, struct ike_handshake *h, const struct ike_id *idr,
                      const struct ike_auth_payload *auth);
void ike__resume_established(struct ike_session *s, struct ike_handshake *h);
/* ticket.c: asking for tickets. With IKE_AUTH; later, by itself; after the keys have changed. */
void ike__ticket_request(const struct ike_session *s, struct ike_msg_out *out);
void ike__ticket_want(struct ike_session *s);
void ike__ticket_rekeyed(struct ike_session *s);
/* A handshake has ended well: tickets from before are over, what the gateway says of one is taken. */
void ike__ticket_established(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);
/* ike_sa_init.c: begins again, from scratch, with the same gateway; with another one, which needs s->redirect. */
void ike__init_again(struct ike_session *s, struct ike_task *task);
void ike__ike_sa_init_restart(struct ike_session *s, struct ike_task *task, const ike_path *path);
/* liveness.c: what an answer with NAT detection says, after so much silence on our side. */
void ike__natd_answered(struct ike_session *s, struct ike_ike_sa *sa, const struct ike_msg *msg,
                        ike_time silence);
/* path_mtu.c: what was sent, for how long nothing answered, since the last verdict. The probe that is out is lost: so much
 * does not pass. */
struct ike_pmtu_traffic ike__path_mtu_traffic(const struct ike_session *s);
void ike__path_mtu_lost(struct ike_session *s);
/* mobike.c: queues an update of addresses, in place of one that waits. */
void ike__mobike_want(struct ike_session *s);
/* N(NO_NATS_ALLOWED), if it is configured (RFC 4555 3.9). */
void ike__mobike_write_no_nats(const struct ike_session *s, const struct ike_ike_sa *sa,
                               struct ike_msg_out *out);
/* create_child.c: queues a child as configured under that number; id: in place of a lost one, 0: a further one. */
void ike__create_child_want(struct ike_session *s, uint32_t id, uint32_t which);
void ike__create_child_inherit(
    struct ike_session *s, const struct ike_ike_sa *old); /* a lost child that was asked for on that one */
/* Not now, for reasons that pass: again in some seconds. */
void ike__create_child_later(struct ike_session *s, const struct ike_intent *wanted);
void ike__first_child_want(struct ike_session *s);
void ike__further_children_want(struct ike_session *s); /* all that are configured beside the first one */
/* A child for the selectors that the gateway left out and would take as well (RFC 7296 2.9). */
void ike__rest_want(struct ike_session *s, uint32_t which);
void ike__child_advise(struct ike_session *s, uint16_t notify); /* what to do about a refusal */
/* rekey_child.c: what our running task is to a request of the peer about child c (NULL: none in particular). */
enum ike_ours ike__ours(const struct ike_session *s, const struct ike_ike_sa *sa,
                        const struct ike_child_sa *c);
/* Answers N(TEMPORARY_FAILURE). */
ike_step ike__answer_later(struct ike_msg_out *out);
/* rekey_ike.c: a rekeying of the peer that came while ours was out is the one that counts, if there was one. */
void ike__rekey_ike_yield(struct ike_session *s, struct ike_ike_sa *old);
/* Is sa what came of it? Then the peer may have moved its children from old to sa already. */
int ike__rekey_ike_is_rival(const struct ike_session *s, const struct ike_ike_sa *old,
                            const struct ike_ike_sa *sa);
/* ike_auth.c: AUTH_LIFETIME, here or in an INFORMATIONAL (RFC 4478). */
void ike__auth_lifetime(struct ike_session *s, struct ike_ike_sa *sa, const struct ike_msg *msg);
/* ike_auth.c, for the others: ends the attempt; ends it and says AUTHENTICATION_FAILED (RFC 7296 2.21.2). */
ike_step ike__auth_fail(struct ike_session *s, int err, uint16_t notify);
ike_step ike__auth_refuse(struct ike_session *s, int err, const char *text);
/* own_proof.c: what we or the peer signs goes to h->octets. id: body of the peer's IDr, for ours: ignored. */
int ike__auth_own_octets(struct ike_session *s, struct ike_handshake *h);
int ike__auth_peer_octets(struct ike_session *s, struct ike_handshake *h, ike_span id);
/* Who we are in this round; our identity and the expected one as text, for asks and logs: NOMEM. */
struct ike_id ike__auth_own_id(const struct ike_session *s, const struct ike_handshake *h);
int ike__auth_name_ends(struct ike_session *s, const struct ike_handshake *h);
/* Asks for what our proof or the check of the peer's needs. 1: an ask is out; 0: h->proof is ready, or EAP's to make. */
int ike__auth_ask_own(struct ike_session *s, struct ike_handshake *h);
int ike__auth_take_own(struct ike_session *s, struct ike_handshake *h, int verdict, ike_span data);
/* Both sides are who they say. */
ike_step ike__auth_establish(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);

/* ike_auth_eap.c: the gateway has proved itself, or need not yet (RFC 5998): EAP begins with msg. */
ike_step ike__eap_begin(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);
/* RFC 4739: the first proofs are given, EAP comes second. */
ike_step ike__eap_second(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);
ike_step ike__eap_build(struct ike_session *s, struct ike_handshake *h, struct ike_msg_out *out);
ike_step ike__eap_finish(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);
ike_step ike__eap_answer(struct ike_session *s, struct ike_handshake *h, int verdict, ike_span data);

/* announced.c: SUPPORTED_AUTH_METHODS. Narrows h->peer_sigs. NOMEM. */
int ike__announced_heed(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);
/* For ike_ask.authority_sigs. */
const uint64_t *ike__announced_by_authority(struct ike_handshake *h);
void ike__announced_write_own(const struct ike_session *s, const struct ike_handshake *h,
                              struct ike_msg_out *out);
/* ppk.c: USE_PPK in IKE_SA_INIT, what it was answered with (PPK: not at all, and it is required). */
void ike__ppk_offer(const struct ike_session *s, struct ike_msg_out *out);
int ike__ppk_agree(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);
/* Is the host to be asked for the key? What it says. Errors: DENIED, NOMEM, CRYPTO. */
int ike__ppk_is_missing(const struct ike_handshake *h);
int ike__ppk_take(struct ike_session *s, struct ike_handshake *h, ike_span key);
/* Around each making of h->proof: chooses the keys; 1: that was for NO_PPK_AUTH, make another one; 0: it is AUTH; NOMEM. */
void ike__ppk_begin_proof(const struct ike_session *s, struct ike_handshake *h);
int ike__ppk_end_proof(struct ike_session *s, struct ike_handshake *h);
void ike__ppk_write(struct ike_session *s, struct ike_handshake *h,
                    struct ike_msg_out *out); /* beside AUTH */
/* The answer to that, before its AUTH is looked at: which keys count from now on. PPK: not the mixed ones. */
int ike__ppk_settle(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);

/* first_child.c: the child that IKE_AUTH brings (RFC 7296 1.2) */
/* Takes or refuses what the response says of it; the IKE SA stands either way. */
void ike__first_child_accept(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);

/* Make before break: a new IKE SA that brings no child is no successor of one that has some: 1, and it goes again. */
int ike__first_child_lacks(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg);
/* RFC 6023: addresses without a child, which is asked for next. */
void ike__childless_accept(struct ike_session *s, const struct ike_msg *msg);

/* config_payload.c: CP request and reply (RFC 7296 2.19, 3.15) */
void ike__config_request(struct ike_session *s, struct ike_msg_out *out);
/* Fills s->assigned; if that changes anything pushes IKE_EV_CONFIG and returns 1, else 0. Errors: ADDRESS if an address was asked for and none came;
 * NOMEM. */
int ike__config_reply(struct ike_session *s, const struct ike_msg *msg);
/* What the peer sends without having been asked. */
void ike__config_serve(const struct ike_msg *msg, struct ike_msg_out *out);

#endif
