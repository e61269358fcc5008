/* state/ticket.h - a ticket and what belongs to it, as one block of octets (RFC 5723 4.2, 5). SPDX-License-Identifier: Apache-2.0
 *
 * The ticket itself is the gateway's and opaque. What the gateway seals in it we have to keep beside it: SK_d, suite,
 * identities, how both sides authenticated. Host and key store see one block; only this room knows its format:
 *
 *   "ikt" 1 | encr, encr_bits, integ, prf, ke: 16 bits each | auth_local_sig, auth_remote_sig: 8 | lifetime_s, reauth_s: 32
 *   | gateway: family 8, address 128 | bound: 32 octets | SK_d | IDi | IDr | ticket: each behind 16 bits of length; an
 *   identity is its type and its data. */
#ifndef IKE_STATE_TICKET_H
#define IKE_STATE_TICKET_H

#include "base/buf.h"
#include "crypto/prf.h"
#include "crypto/suites.h"
#include "state/settings.h"

#define IKE_TICKET_OCTETS_MAX 4096u /* of the gateway's part: it goes out in one datagram, in the clear */
#define IKE_TICKET_BOUND_LEN  32u
#define IKE_TICKET_BOUND_AT   41u /* where it stands in the block */

struct ike_ike_sa;  /* state/ike_sa.h */
struct ike_session; /* state/session.h */

struct ike_ticket {
    struct ike_suite suite;                  /* of the IKE SA, without ESN */
    uint8_t auth_local_sig, auth_remote_sig; /* enum ike_sig; 0: shared key */
    uint8_t zero[2];
    uint32_t lifetime_s;
    uint32_t reauth_s; /* after so long both sides have to authenticate in earnest; IKE_OFF: never */
    ike_addr gateway;  /* without port */
    uint8_t bound[IKE_TICKET_BOUND_LEN]; /* to the configuration it was got under */
    ike_span sk_d;
    struct ike_id idi, idr;
    ike_span octets; /* the ticket */
};

struct ike_kept_ticket { /* of the connection that stands */
    uint8_t *block;      /* as the host gets it; NULL: none */
    size_t block_n;
    uint8_t *idi, *idr; /* as authenticated: type and data */
    size_t idi_n, idr_n;
    uint32_t lifetime_s, zero;
};

/* Spans of *t lead into the block. Errors: SYNTAX (another version, a length that does not add up, a value that cannot
 * be, octets left over). */
int ike__ticket_read(struct ike_ticket *t, ike_span block);
size_t ike__ticket_size(const struct ike_ticket *t);
int ike__ticket_write(const struct ike_ticket *t, struct ike_buf *b);
/* A digest of what the configuration says of who is who and how that is proved. Errors: NOMEM, CRYPTO. */
int ike__ticket_bind(const struct ike_settings *t, const ike_alloc *a, const ike_prf_alg *prf,
                     uint8_t bound[IKE_TICKET_BOUND_LEN]);

/* The configured ticket if it may be used now for this IKE SA to be, without a word to anyone: 1 and *t filled, or 0. */
int ike__ticket_fits(const struct ike_session *s, const struct ike_ike_sa *sa, struct ike_ticket *t);
/* No ticket is left, neither the configured one nor one that the gateway gave: the host hears it if there was one. */
void ike__ticket_forget(struct ike_session *s);
/* Everything of it goes, without a word. */
void ike__ticket_free(struct ike_session *s);

#endif
