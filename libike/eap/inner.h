/* eap/inner.h - a conversation inside of a tunnel. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_EAP_INNER_H
#define IKE_EAP_INNER_H

#include "eap/room.h"

struct eap_inner {
    ike_eap_client *client; /* NULL: none yet */
    uint8_t *request;       /* kept while a person is asked */
    size_t request_n;
    uint32_t round;
    uint8_t waits, is_done, has_msk, zero;
    uint8_t msk[IKE_EAP_MSK_SIZE]; /* of the method inside; zero if it makes none */
};
/* A client of its own for the methods in config.inner, whose questions go to the same person. */
int ike__inner_new(struct eap_inner *in, ike_eap_client *outer);
void ike__inner_free(struct eap_inner *in);
/* What came, whole, header included: NOMEM. */
int ike__inner_take(struct eap_inner *in, ike_span request);
/* Its response, header included, in out (IKE_EAP_MAX octets): 0; PENDING: call it again when there is an answer; or
 * what ended it. */
int ike__inner_answer(struct eap_inner *in, ike_eap_client *outer, uint8_t *out, size_t *n);

#endif
