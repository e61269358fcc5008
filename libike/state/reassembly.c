/* state/reassembly.c - IKE fragments in, bounded (RFC 7383 2.6). SPDX-License-Identifier: Apache-2.0
 *
 * Every fragment was authenticated on its own before it comes here, so an attacker can neither fill the
 * table nor poison a message. Work per fragment is constant: the table is indexed by its number.
 *
 * Not here: cutting our own messages (engine/send.c), the SKF header (wire/sk.c). */
#include "state/reassembly.h"
#include "base/mem.h"

int ike__reassembly_useless(const struct ike_reassembly *r, uint32_t message_id, const struct ike_sk *sk)
{
    if (sk->total > IKE_FRAGMENTS_MAX)
        return 1;
    if (!r || r->message_id != message_id)
        return 0;
    /* RFC 7383 2.6: "… if the Total Fragments field … is less than … MUST … discard" */
    if (sk->total < r->total)
        return 1;
    return sk->total == r->total && r->fragment[sk->number - 1].p != NULL;
}

static int begin(struct ike_reassembly **r, const ike_alloc *a, const struct ike_header *h, uint16_t total,
                 ike_time now)
{
    ike__reassembly_free(r, a);
    *r = ike__mem_new(a, sizeof(**r));
    if (!*r)
        return IKE_E_NOMEM;
    (*r)->message_id = h->message_id;
    (*r)->exchange = h->exchange;
    (*r)->total = total;
    (*r)->since = now;
    return 0;
}

int ike__reassembly_add(struct ike_reassembly **rp, const ike_alloc *a, size_t max,
                        const struct ike_header *h, const struct ike_sk *sk, ike_span text, ike_time now)
{
    struct ike_reassembly *r = *rp;
    struct ike_fragment *slot;

    /* RFC 7383 2.6: a larger Total means that the peer cut the message anew: start over. */
    if (!r || r->message_id != h->message_id || sk->total > r->total) {
        int err = begin(rp, a, h, sk->total, now);
        if (err < 0)
            return err;
        r = *rp;
    }
    if (text.n > max || r->bytes > max - text.n) {
        ike__reassembly_free(rp, a);
        return IKE_E_LIMIT;
    }
    slot = &r->fragment[sk->number - 1];
    slot->p = ike__mem_new(a, text.n ? text.n : 1);
    if (!slot->p)
        return IKE_E_NOMEM;
    slot->n = text.n;
    if (text.n > 0)
        memcpy(slot->p, text.p, text.n);
    r->bytes += text.n;
    r->have++;
    if (sk->number == 1)
        r->first = sk->first;
    return r->have == r->total;
}

int ike__reassembly_join(const struct ike_reassembly *r, const ike_alloc *a, uint8_t **chain, size_t *n)
{
    uint8_t *at;

    *n = r->bytes;
    *chain = at = ike__mem_new(a, r->bytes ? r->bytes : 1);
    if (!at)
        return IKE_E_NOMEM;
    for (uint16_t i = 0; i < r->total; i++) {
        if (r->fragment[i].n > 0)
            memcpy(at, r->fragment[i].p, r->fragment[i].n);
        at += r->fragment[i].n;
    }
    return 0;
}

void ike__reassembly_free(struct ike_reassembly **rp, const ike_alloc *a)
{
    struct ike_reassembly *r = *rp;

    if (!r)
        return;
    for (uint32_t i = 0; i < IKE_FRAGMENTS_MAX; i++)
        if (r->fragment[i].p)
            ike__mem_free(a, r->fragment[i].p, r->fragment[i].n ? r->fragment[i].n : 1);
    ike__mem_free(a, r, sizeof(*r));
    *rp = NULL;
}
