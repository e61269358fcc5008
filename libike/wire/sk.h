/* wire/sk.h - framing of SK (RFC 7296 3.14) and SKF (RFC 7383 2.5); no crypto. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_WIRE_SK_H
#define IKE_WIRE_SK_H

#include "wire/message.h"

struct ike_sk {
    ike_span aad; /* message from its first octet to the end of the SK(F) headers, IV excluded */
    ike_span iv, text, tag;
    uint16_t number, total; /* SKF only; 0 for SK */
    uint8_t first;          /* type of the first payload inside; SKF: only in fragment 1, else 0 */
    uint8_t zero[3];
};

/* Cuts the body of the SK or SKF payload that ends `message` into its parts. Errors: IKE_E_DISCARD (not
 * authenticated yet, so never more than that): too short, number 0, total 0, number > total, first not
 * as RFC 7383 2.5 wants it, text no multiple of block_len. */
int ike__sk_split(struct ike_sk *sk, ike_span message, const struct ike_payload *p, uint8_t iv_len,
                  uint8_t tag_len, uint8_t block_len);

/* Writes IKE header (with the right length), SK or SKF header (total 0: SK), leaves room for the IV,
 * appends text_n octets of chain, padding to block_len, Pad Length, room for the tag.
 * On return sk names the parts inside b. Errors: IKE_E_NOSPACE. */
int ike__sk_frame(struct ike_buf *b, struct ike_sk *sk, const struct ike_header *h, uint8_t first,
                  ike_span chain, uint16_t number, uint16_t total, uint8_t iv_len, uint8_t tag_len,
                  uint8_t block_len);
/* Octets a frame adds around its text, padding at its largest: for cutting fragments. */
size_t ike__sk_overhead(int fragment, uint8_t iv_len, uint8_t tag_len, uint8_t block_len);

#endif
