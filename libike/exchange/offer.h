/* exchange/offer.h - a child in the making: what is offered or allowed for it. SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the exchanges that make children: IKE_AUTH (first_child.c), create_child.c, rekey_child.c; the nonces and
 * the key exchange by rekey_ike.c too. RFC 7296 1.3, 2.9, 2.12, 2.17. */
#ifndef IKE_EXCHANGE_OFFER_H
#define IKE_EXCHANGE_OFFER_H

#include "crypto/keyex.h"
#include "state/session.h"

#define IKE_NONCE_LEN 32u

struct ike_nonces { /* and the key exchange that goes with them */
    struct ike_keyex keyex;
    uint8_t own[IKE_NONCE_LEN];
    uint8_t peer[256];
    uint32_t peer_n;
    uint8_t is_ours, zero[3]; /* we sent the request: own is Ni */
};
ike_span ike__nonces_i(const struct ike_nonces *n);
ike_span ike__nonces_r(const struct ike_nonces *n);
/* A fresh nonce of ours. Errors: CRYPTO. */
int ike__nonces_begin(struct ike_session *s, struct ike_nonces *n, int is_ours);
/* Ni or Nr of a message. Errors: SYNTAX (missing, too short for the PRF, ours reflected). */
int ike__nonces_take(struct ike_nonces *n, const struct ike_ike_sa *sa, const struct ike_msg *msg);

struct ike_offer {
    struct ike_ike_sa *sa;    /* the IKE SA it is made on */
    struct ike_proposal *esp; /* IKE_PROPOSALS_MAX */
    uint32_t esp_n;
    uint32_t spi_in;
    uint32_t which, zero; /* of the settings */
    struct ike_nonces nonces;
    ike_ts local[IKE_TS_MAX], remote[IKE_TS_MAX];
    uint32_t local_n, remote_n;
};
/* Proposals and selectors of the child of that number. Errors: NOMEM, CONFIG (it is configured no longer), UNSUPPORTED. */
int ike__offer_begin(struct ike_session *s, struct ike_offer *o, struct ike_ike_sa *sa, uint32_t which);
/* The selectors of an existing child instead (RFC 7296 2.9.2). */
void ike__offer_as(struct ike_offer *o, const struct ike_child_sa *c);
void ike__offer_free(struct ike_session *s, struct ike_offer *o);

/* ---- we ask ---- */
/* The group the first proposal begins with, IKE_KE_NONE: no key exchange of its own. */
uint16_t ike__first_group(const struct ike_proposal *p, uint32_t n);
int ike__offers_group(const struct ike_proposal *p, uint32_t n, uint16_t group);
/* A new SPI, nonce and key pair for the next request; group: as above. Errors: NOMEM, CRYPTO, UNSUPPORTED. */
int ike__offer_renew(struct ike_session *s, struct ike_offer *o, uint16_t group);
void ike__offer_write(struct ike_offer *o, struct ike_msg_out *out); /* SA Ni [KEi] TSi TSr */
void ike__offer_write_sa(struct ike_offer *o, struct ike_msg_out *out);
void ike__offer_write_ts(struct ike_offer *o, struct ike_msg_out *out);
/* Is the answer one to what we offered? Fills *a. Errors: SYNTAX, BAD_CHOICE, TS, DISCARD (a KE value
 * outside its group), NOMEM, CRYPTO. */
int ike__offer_read(struct ike_session *s, struct ike_offer *o, const struct ike_msg *msg,
                    struct ike_child_agreed *a);
int ike__offer_read_terms(struct ike_session *s, struct ike_offer *o, const struct ike_msg *msg,
                          struct ike_child_agreed *a); /* without nonce and KE, as in IKE_AUTH */
/* INVALID_KE_PAYLOAD: another group of our list that was not tried yet: 1 and *group; 0: no. */
int ike__offer_other_group(const struct ike_proposal *p, uint32_t n, const struct ike_keyex *k, ike_span data,
                           uint16_t *group);

/* ---- they ask ---- */
/* Chooses from a request within o and writes SA Nr [KEr] TSi TSr, or the error notify. Returns 1: chosen, *a is filled;
 * 0: refused, the notify is written. Errors: NOMEM, CRYPTO. */
int ike__offer_serve(struct ike_session *s, struct ike_offer *o, const struct ike_msg *msg,
                     struct ike_msg_out *out, struct ike_child_agreed *a);
/* KE of a request against the group that was chosen: 0; 1: refused, the notify is written; NOMEM, CRYPTO. */
int ike__keyex_serve(struct ike_session *s, struct ike_keyex *k, uint16_t group, const struct ike_msg *msg,
                     struct ike_msg_out *out);

/* ---- both ---- */
/* Keys and the child itself, into the session; no event. Errors: UNSUPPORTED, NOMEM, CRYPTO. */
int ike__offer_install(struct ike_session *s, struct ike_offer *o, const struct ike_child_agreed *a,
                       uint32_t id, struct ike_child_sa **out);

#endif
