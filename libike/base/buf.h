/* base/buf.h - a sticky writer. SPDX-License-Identifier: Apache-2.0
 *
 * Writes into a caller's array. When something does not fit, `bad` is set, nothing is written from
 * then on, and one check at the end sees it: build functions are straight lines. */
#ifndef IKE_BASE_BUF_H
#define IKE_BASE_BUF_H

#include "base/span.h"

struct ike_buf {
    uint8_t *p; /* the array */
    size_t n;   /* octets written */
    size_t cap; /* its size */
    int bad;    /* something did not fit; stays set */
};

void ike__buf_init(struct ike_buf *b, uint8_t *p, size_t cap);
void ike__buf_u8(struct ike_buf *b, uint8_t v);
void ike__buf_u16(struct ike_buf *b, uint16_t v);
void ike__buf_u32(struct ike_buf *b, uint32_t v);
void ike__buf_u64(struct ike_buf *b, uint64_t v);
void ike__buf_put(struct ike_buf *b, ike_span s);
void ike__buf_zero(struct ike_buf *b, size_t n);
/* n octets to fill in later, or NULL if they do not fit. */
uint8_t *ike__buf_room(struct ike_buf *b, size_t n);
/* Two octets for a length that is not known yet; the returned mark goes to ike__buf_len16, which
 * writes the number of octets from `from` to the end there. */
size_t ike__buf_mark16(struct ike_buf *b);
void ike__buf_len16(struct ike_buf *b, size_t mark, size_t from);
/* 0 or IKE_E_NOSPACE. */
int ike__buf_err(const struct ike_buf *b);

#endif
