/* wire/sa.h - proposals and transforms (RFC 7296 3.3). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_WIRE_SA_H
#define IKE_WIRE_SA_H

#include "wire/message.h"

#define IKE_TRANSFORMS_MAX 48u
#define IKE_PROPOSALS_MAX  16u

struct ike_transform {
    uint8_t type;    /* IKE_T_* */
    uint8_t unknown; /* read: carries an attribute we do not know: MUST NOT be chosen (3.3.6) */
    uint16_t id;
    uint16_t key_bits; /* Key Length attribute, 0: absent */
};

struct ike_proposal {
    uint8_t number, protocol, spi_len; /* spi_len 0, 4 or 8 */
    uint8_t n;                         /* transforms */
    uint8_t spi[8];
    struct ike_transform transform[IKE_TRANSFORMS_MAX];
};

/* Reads the proposals of an SA payload's body one by one: 1 with *p filled, 0 at the end, or
 * IKE_E_SYNTAX (lengths that do not add up, wrong "last" marks, SPI size other than 0, 4, 8, too many
 * transforms, a numbering that does not rise by one from 1 in a request; one proposal in a response
 * may have any number). */
struct ike_sa_reader {
    struct ike_cursor in;
    uint8_t last, count, zero[6];
};
void ike__sa_reader_init(struct ike_sa_reader *r, ike_span body);
int ike__sa_next(struct ike_sa_reader *r, struct ike_proposal *p);

int ike__proposal_has(const struct ike_proposal *p, uint8_t type); /* any transform of that type */
int ike__proposal_holds(const struct ike_proposal *p, const struct ike_transform *t);

/* Writes a whole SA payload. */
void ike__sa_write(struct ike_msg_out *o, const struct ike_proposal *p, size_t n);

#endif
