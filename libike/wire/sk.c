/* wire/sk.c - framing of SK (RFC 7296 3.14) and SKF (RFC 7383 2.5). SPDX-License-Identifier: Apache-2.0
 *
 *   header | [payloads] | generic header | [number, total] | IV | text … padding, pad length | ICV
 *                                                           ^ aad ends here
 *
 * Not here: the cipher (crypto/protect.c), putting fragments together (state/reassembly.c). */
#include "wire/sk.h"
#include <ike/err.h>

#define GENERIC_HEADER_LEN  4u
#define FRAGMENT_HEADER_LEN 4u

static int check_fragment(const struct ike_sk *sk, uint8_t next)
{
    /* RFC 7383 2.5, 2.6 */
    if (sk->number == 0 || sk->total == 0 || sk->number > sk->total)
        return IKE_E_DISCARD;
    return sk->number > 1 && next != 0 ? IKE_E_DISCARD : 0;
}

int ike__sk_split(struct ike_sk *sk, ike_span message, const struct ike_payload *p, uint8_t iv_len,
                  uint8_t tag_len, uint8_t block_len)
{
    struct ike_cursor c;

    memset(sk, 0, sizeof(*sk));
    ike__cursor_init(&c, p->body);
    if (p->type == IKE_P_SKF) {
        sk->number = ike__cursor_u16(&c);
        sk->total = ike__cursor_u16(&c);
        if (c.bad || check_fragment(sk, p->next) < 0)
            return IKE_E_DISCARD;
    }
    sk->first = p->next;
    sk->aad = ike__span(message.p, (size_t)(c.p - message.p));
    sk->iv = ike__cursor_take(&c, iv_len);
    if (c.bad || c.n < tag_len + 1u)
        return IKE_E_DISCARD;
    sk->text = ike__cursor_take(&c, c.n - tag_len);
    sk->tag = ike__cursor_rest(&c);
    return sk->text.n % (block_len ? block_len : 1) == 0 ? 0 : IKE_E_DISCARD;
}

int ike__sk_frame(struct ike_buf *b, struct ike_sk *sk, const struct ike_header *h, uint8_t first,
                  ike_span chain, uint16_t number, uint16_t total, uint8_t iv_len, uint8_t tag_len,
                  uint8_t block_len)
{
    size_t block = block_len ? block_len : 1, from = b->n;
    size_t pad = (block - (chain.n + 1) % block) % block;
    size_t payload =
        GENERIC_HEADER_LEN + (total ? FRAGMENT_HEADER_LEN : 0) + iv_len + chain.n + pad + 1 + tag_len;
    struct ike_header own = *h;
    uint8_t *iv, *text, *tag;

    memset(sk, 0, sizeof(*sk));
    if (payload > 0xffff)
        return IKE_E_NOSPACE;
    own.next = total ? IKE_P_SKF : IKE_P_SK;
    own.length = (uint32_t)(IKE_HEADER_LEN + payload);
    ike__header_write(b, &own);
    ike__buf_u8(b, first);
    ike__buf_u8(b, 0);
    ike__buf_u16(b, (uint16_t)payload);
    if (total) {
        ike__buf_u16(b, number);
        ike__buf_u16(b, total);
    }
    sk->aad = ike__span(b->p + from, b->n - from);
    iv = ike__buf_room(b, iv_len);
    text = ike__buf_room(b, chain.n + pad + 1);
    tag = ike__buf_room(b, tag_len);
    if (ike__buf_err(b) < 0)
        return IKE_E_NOSPACE;
    if (chain.n > 0)
        memcpy(text, chain.p, chain.n);
    memset(text + chain.n, 0, pad);
    text[chain.n + pad] = (uint8_t)pad;
    sk->iv = ike__span(iv, iv_len);
    sk->text = ike__span(text, chain.n + pad + 1);
    sk->tag = ike__span(tag, tag_len);
    sk->first = first;
    sk->number = number;
    sk->total = total;
    return 0;
}

size_t ike__sk_overhead(int fragment, uint8_t iv_len, uint8_t tag_len, uint8_t block_len)
{
    return GENERIC_HEADER_LEN + (fragment ? FRAGMENT_HEADER_LEN : 0) + iv_len + (block_len ? block_len : 1u) +
           tag_len;
}
