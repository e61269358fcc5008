/* tests/peer/forge.h - messages that a decent end would never send, well sealed. SPDX-License-Identifier: Apache-2.0
 *
 * What the scripted gateway cannot be told to do with struct peer_script: other headers, payloads around SK, single
 * fragments, and the messages of two real sessions changed on the way by somebody who has the keys. */
#ifndef IKE_TESTS_FORGE_H
#define IKE_TESTS_FORGE_H

#include "peer/twins.h"

struct forged {
    struct ike_header h; /* length and next are filled in */
    uint8_t first;       /* of the chain inside SK */
    uint8_t front_type;  /* of the chain in front of SK */
    uint16_t number, total;
    ike_span chain, front, behind; /* inside SK, unprotected in front of it, unprotected behind it */
};

/* An empty message of the gateway to the client of a ladder. */
struct forged forge(const struct ladder *l, uint8_t exchange, int is_response, uint32_t id);
void forge_chain(struct forged *f, const struct ike_msg_out *out);
/* Sealed with the gateway's keys, and handed to the client: result of ike_recv. What the client says waits. */
struct datagram forge_seal(struct ladder *l, const struct forged *f);
int forge_deliver(struct ladder *l, const struct forged *f);
/* A request of the gateway, its next, with one notify: handed to the client. */
int forge_notify(struct ladder *l, uint16_t type, ike_span data);

/* For peer_script.edit: another body in place of payloads of this type, and payloads behind or in front. */
struct forge_change {
    uint8_t exchange; /* 0: all */
    uint8_t type;     /* to be replaced or left out; 0: nothing */
    uint8_t is_left_out;
    uint8_t is_in_front; /* what is added */
    uint8_t add;         /* type of what is added; 0: nothing */
    ike_span body, add_body;
    unsigned add_n;
};
void forge_edit(void *user, uint8_t exchange, struct ike_msg_out *out);
/* The body of a Notify, for them. */
ike_span forge_notify_body(uint8_t *buf, size_t cap, uint16_t type, ike_span data);

/* Datagram i of that end is opened, changed and sealed again. */
void forge_twin(struct twins *t, int from, unsigned i, void (*edit)(void *, uint8_t, struct ike_msg_out *),
                void *user);

#endif
