/* eap/inner.h - a conversation inside of a TLS tunnel. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_EAP_INNER_H
#define IKE_EAP_INNER_H

#include "eap/tls.h"

struct eap_inner {
    struct eap_tls *tls;    /* the tunnel; NULL: none yet */
    ike_eap_client *client; /* NULL: none yet */
    uint8_t *request;       /* kept while a person is asked */
    size_t request_n;
    uint32_t round;
    uint8_t waits;   /* for a person: the same request comes again */
    uint8_t is_done; /* whoever is inside is satisfied */
    uint8_t zero[2];
    uint8_t msk[IKE_EAP_MSK_SIZE]; /* of the method inside; zero if it makes none */
};
/* Both of them; it is zeroed then. */
void ike__inner_free(struct eap_inner *in);

/* Of the tunnel, made at first: what ike__eap_tls_take says. The server needs no certificate of ours. */
int ike__inner_receive(struct eap_inner *in, ike_eap_client *c, ike_eap_step *st, uint32_t max_minor);
int ike__inner_send(struct eap_inner *in, ike_eap_step *st, const uint8_t *text, size_t n);

/* A client of its own for the methods in config.inner, whose questions go to the same person. */
int ike__inner_new(struct eap_inner *in, ike_eap_client *outer);
/* What came, whole, header included: NOMEM. */
int ike__inner_take(struct eap_inner *in, ike_span request);
/* Its response, header included, in out (IKE_EAP_MAX octets): 0; PENDING: call it again when there is an answer; or
 * what ended it. */
int ike__inner_answer(struct eap_inner *in, ike_eap_client *outer, uint8_t *out, size_t *n);

#endif
