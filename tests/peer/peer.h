/* tests/peer/peer.h - a scripted gateway: the other end of a session, for tests and the demo. SPDX-License-Identifier: Apache-2.0
 *
 * A responder without sockets or clock, built on the core's lower layers. One peer serves one client. What it does
 * wrong on purpose is data: see struct peer_script. Not a product: no policy, no rekeying. */
#ifndef IKE_TESTS_PEER_H
#define IKE_TESTS_PEER_H

#include "state/child_sa.h"
#include "state/ike_sa.h"
#include "state/reassembly.h"
#include "state/window.h"
#include "wire/payloads.h"
#include <ike/keystore.h>

#define PEER_QUEUE 80u

struct peer_script {
    uint32_t cookies;     /* ask for a cookie this often before answering */
    uint16_t want_group;  /* INVALID_KE_PAYLOAD until the client comes with this one */
    uint16_t init_error;  /* answer IKE_SA_INIT with this notify instead */
    uint16_t auth_error;  /* answer IKE_AUTH with this notify and nothing else */
    uint16_t child_error; /* AUTH is right, the child is refused with this */
    uint8_t wrong_auth;   /* one octet of AUTH is changed */
    uint8_t wide_ts;      /* TSr is wider than what was offered */
    uint8_t no_cp;        /* no CFG_REPLY */
    uint8_t no_natd;      /* no NAT detection */
    uint8_t no_7427;      /* no SIGNATURE_HASH_ALGORITHMS */
    uint8_t no_fragmentation;
    uint8_t zero_spi; /* child SPI 0 */
    uint8_t silent;   /* answers nothing */
    uint8_t mobike;   /* RFC 4555 */
    uint8_t wrong_cookie2;
    uint8_t tickets;       /* RFC 5723: enum peer_tickets: what TICKET_REQUEST in IKE_AUTH is answered with */
    uint8_t ticket_nack;   /* takes no ticket */
    uint8_t no_resumption; /* does not know IKE_SESSION_RESUME: silence */
    uint32_t ticket_s;     /* lifetime; 0: 3600 */
    uint8_t again;         /* takes another IKE_SA_INIT when up, and forgets the first connection for it */
    uint8_t children;      /* CREATE_CHILD_SA makes them */
    uint8_t one_ts;        /* takes the first selector of TSr only: ADDITIONAL_TS_POSSIBLE */
    uint16_t create_error; /* answers CREATE_CHILD_SA with this notify */
    uint16_t update_error; /* answer UPDATE_SA_ADDRESSES with this notify */
    uint32_t auth_lifetime; /* RFC 4478, in IKE_AUTH; 0: none */
    /* RFC 7296 2.16: the client's EAP message (empty: begin) to the next one of ours: its length. NULL: no EAP. */
    size_t (*eap)(void *user, ike_span response, uint8_t *out);
    void *eap_user;
    ike_span msk;            /* what the method made; empty: nothing */
    uint8_t eap_only;        /* RFC 5998: no AUTH before EAP */
    uint8_t eap_wrong_auth;  /* likewise of the AUTH after EAP */
    uint8_t eap_early_child; /* SA, TSi, TSr and CP in the first response */
    uint8_t eap_second;      /* RFC 4739: behind the usual proofs */
    uint8_t ppk_mandatory;   /* RFC 8784: takes no NO_PPK_AUTH */
    uint8_t zero[3];
    /* Last look at a message before it is sealed: may write more payloads, or start again. */
    void (*edit)(void *user, uint8_t exchange, struct ike_msg_out *out);
    void *user;
};

enum peer_tickets { PEER_TICKET_NONE = 0, PEER_TICKET_GIVE, PEER_TICKET_LATER, PEER_TICKET_NEVER };

struct peer_ticket {        /* by reference: the last one given; a number says which */
    uint32_t number, given; /* 0: none; how many so far */
    struct ike_suite suite;
    uint8_t sk_d[IKE_PRF_MAX];
    size_t sk_d_n;
    char client_id[160];
};

struct peer_config {
    const ike_crypto *crypto;
    const ike_crypto *bulk; /* ciphers of ESP; NULL: crypto's */
    const char *id;
    const char *ike_suites, *esp_suites; /* NULL: the defaults */
    ike_span psk;                        /* empty: certificates */
    const ike_keystore *keys;            /* signs for us and judges the client */
    const ike_span *certs;
    uint32_t certs_n;
    uint32_t fragment_size; /* 0: 1280 */
    ike_addr pool4, pool6;  /* what CP assigns; family 0: nothing of that family */
    ike_addr dns;
    ike_span ppk; /* RFC 8784; empty: knows nothing of it */
    const char *ppk_id;
    struct peer_script script;
};

struct peer {
    struct peer_config cfg;
    ike_env env;
    struct ike_ike_sa sa;
    struct ike_child_sa *child; /* all, the first one first */
    struct ike_flight response;
    struct ike_reassembly *fragments;
    struct ike_proposal *ike, *esp;
    uint32_t ike_n, esp_n;
    uint32_t next_in, next_out; /* Message IDs */
    uint8_t nr[32], ni[256];
    uint32_t ni_n;
    uint8_t *init_received, *init_sent;
    size_t init_received_n, init_sent_n;
    uint8_t client_fragments, client_7427, is_up, is_deleted;
    uint32_t answered;    /* the last request of ours the client answered, +1 */
    uint16_t heard_cp;    /* type of the last CP in an answer of the client, 0: none */
    uint16_t heard_error; /* the last error notify the client sent */
    uint16_t updates;     /* UPDATE_SA_ADDRESSES so far */
    uint16_t creates;     /* CREATE_CHILD_SA so far */
    ike_path path;        /* where the client is */
    struct ike_flight request;
    struct peer_ticket ticket;
    uint8_t is_resumed;          /* the connection at hand */
    uint16_t resumed;            /* connections that were */
    uint16_t asked;              /* TICKET_REQUEST so far */
    uint8_t heard_methods[1024]; /* data of the client's SUPPORTED_AUTH_METHODS (RFC 9593) */
    size_t heard_methods_n;
    uint8_t heard_ocsp;         /* CERTREQ of OCSP responses (RFC 4806) */
    uint8_t uses_ppk, is_mixed; /* USE_PPK went both ways; the keys have it in them */
    char client_id[160];
    uint8_t eap_state, eap_idi_n, eap_ended; /* the last: with Success or Failure */
    uint8_t eap_requests, zero[4];           /* responses with EAP that came */
    uint8_t eap_idi[255];
    uint8_t eap_first[4096]; /* the client's first request of IKE_AUTH: it holds what the child is made of */
    struct ike_msg_out eap_first_out;
};

int peer_new(struct peer **out, const struct peer_config *cfg);
void peer_free(struct peer *p);
/* One datagram from the client. *inner: the IP packet that came out, inside dgram. 0 or an error (ignored). */
int peer_recv(struct peer *p, const ike_path *from, uint8_t *dgram, size_t n, ike_span *inner);
/* Next datagram to the client: its length, or 0. */
int peer_poll_send(struct peer *p, uint8_t *out, size_t cap, ike_path *to);
/* An IP packet into the tunnel: length of the datagram written to out, or an error. */
int peer_seal(struct peer *p, const uint8_t *ip, size_t n, uint8_t *out, size_t cap, ike_path *to);
/* A request of our own. */
int peer_request(struct peer *p, uint8_t exchange, struct ike_msg_out *out);
/* Frames an arbitrary protected message, for tests that break rules. */
int peer_frame(struct peer *p, struct ike_flight *f, uint8_t exchange, int is_response, uint32_t id,
               const struct ike_msg_out *out);

/* auth.c */
struct peer_octets {
    uint8_t p[8192];
    size_t n;
};
int peer_auth(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out);
/* child.c */
int peer_first_child(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out);
int peer_create_child(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out);
struct ike_child_sa *peer_child(struct peer *p, uint32_t spi_in);
void peer_drop_children(struct peer *p);
int peer_octets(struct peer *p, int ours, ike_span id, struct peer_octets *o); /* what AUTH covers */
/* Our IDr; its body as AUTH covers it to body (260 octets): its length. */
size_t peer_own_id(struct peer *p, struct ike_msg_out *out, uint8_t *body);
int peer_own_proof(struct peer *p, struct ike_msg_out *out);                          /* IDr, CERT, AUTH */
void peer_accept(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out); /* CP, SA, TS */
void peer_offer(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out);  /* CP, SA, TS only */
/* eap.c */
int peer_eap(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out);
void peer_eap_keep(struct peer *p, const struct ike_msg *first); /* EAP comes behind this request */
/* init.c */
int peer_init(struct peer *p, const struct ike_msg *msg, ike_span raw, uint8_t *out, size_t *n);
/* Header round a first answer, after the script had its look. */
int peer_init_finish(struct peer *p, uint8_t exchange, struct ike_msg_out *o, uint64_t spi_r, uint8_t *out,
                     size_t *n);
int peer_init_read_client(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *o);
/* ppk.c: RFC 8784. Which keys, and which octets of AUTH, the client's proof is to be checked with. */
int peer_ppk_choose(struct peer *p, const struct ike_msg *msg, struct ike_auth_payload *auth);
void peer_ppk_answer(const struct peer *p, struct ike_msg_out *out);
/* resume.c: RFC 5723 */
int peer_resume(struct peer *p, const struct ike_msg *msg, ike_span raw, uint8_t *out, size_t *n);
void peer_answer_ticket(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out, uint8_t how);
int peer_keep(uint8_t **to, size_t *n, ike_span from);

#endif
