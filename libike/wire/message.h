/* wire/message.h - a payload chain as an index of spans, and the writer of one. SPDX-License-Identifier: Apache-2.0
 *
 * Indexing checks the generic headers (RFC 7296 3.2) and nothing else: what may appear in which
 * exchange is rules.h; what is inside a payload is the payload's own file. */
#ifndef IKE_WIRE_MESSAGE_H
#define IKE_WIRE_MESSAGE_H

#include "wire/header.h"

#define IKE_PAYLOADS_MAX 64u

struct ike_payload {
    ike_span body; /* without the generic header */
    uint8_t type;
    uint8_t critical;
    uint8_t next; /* type written in this payload's header: for SK and SKF, the first inside */
    uint8_t zero[5];
};

struct ike_msg {
    struct ike_header header;
    uint32_t n;
    uint8_t unknown_critical; /* type of an unknown payload with the critical bit, 0 if none (2.5) */
    uint8_t protected;        /* the chain was inside SK or SKF and authentic */
    uint8_t malformed;        /* set by whoever indexed it: authentic, but no payload chain; then n is 0 */
    uint8_t zero;
    struct ike_payload payload[IKE_PAYLOADS_MAX];
};

/* Indexes a chain that begins with a payload of type first. SK and SKF end the chain (3.14); octets
 * left after the last payload are an error. Unknown payloads are kept. msg->header is not touched.
 * Errors: IKE_E_SYNTAX (length < 4 or past the end, trailing octets, more than IKE_PAYLOADS_MAX). */
int ike__msg_index(struct ike_msg *msg, uint8_t first, ike_span chain);
/* The nth (from 0) payload of a type, or NULL. */
const struct ike_payload *ike__msg_find(const struct ike_msg *msg, uint8_t type, uint32_t nth);
uint32_t ike__msg_count(const struct ike_msg *msg, uint8_t type);

/* ---- writing: a chain without the IKE header ---- */
struct ike_msg_out {
    struct ike_buf buf;
    size_t next_at;   /* where the type of the next payload goes; SIZE_MAX: it is the first */
    size_t body_at;   /* start of the payload being written, its generic header included */
    uint8_t first;    /* type of the first payload, 0: empty chain */
    uint8_t is_whole; /* goes out as one datagram, however large */
    uint8_t zero[6];
};

void ike__out_init(struct ike_msg_out *o, uint8_t *p, size_t cap);
void ike__out_begin(struct ike_msg_out *o, uint8_t type); /* generic header; then write the body to o->buf */
void ike__out_end(struct ike_msg_out *o);                 /* fills in the length */
void ike__out_payload(struct ike_msg_out *o, uint8_t type, ike_span body); /* both, around a ready body */
int ike__out_err(const struct ike_msg_out *o);

#endif
