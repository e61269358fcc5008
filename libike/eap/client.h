/* eap/client.h - the whole of a client. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_EAP_CLIENT_H
#define IKE_EAP_CLIENT_H

#include "eap/simaka.h"

struct secret {
    uint8_t *p;
    size_t n;
};

/* One conversation; another begins with the first round. */
struct conversation {
    uint8_t *request; /* the one to be answered */
    size_t request_n;
    const ike_eap_method *method; /* agreed on, NULL: not yet */
    void *ctx;
    uint32_t identities, naks;
    uint8_t identifier;
    uint8_t waits; /* for a person, or for the card */
    ike_span name; /* said in EAP-Response/Identity; p NULL: none */
};

struct ike_eap_client {
    ike_eap_config cfg; /* without the password */
    char *identity, *anonymous;
    struct secret password, said;  /* said: what a person answered to the question of the request in hand */
    uint8_t has_said, has_refused; /* the person, to that question */
    struct conversation now;
    ike_eap_card_answer card; /* to the request in hand */
    int card_verdict;
    uint8_t has_card;
    struct simaka_memory memory; /* outlives conversations */
    char trouble[121];
};

/* prompt.c */
int ike__eap_said(ike_eap_client *c, ike_span said); /* NOMEM */
void ike__eap_forget_said(ike_eap_client *c);
void ike__eap_drop_secrets(ike_eap_client *c);

/* card.c */
void ike__eap_forget_card(ike_eap_client *c);

#endif
