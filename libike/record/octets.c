/* record/octets.c - numbers, paths and hashes of a recording. SPDX-License-Identifier: Apache-2.0 */
#include "record/room.h"
#include <string.h>

void ike__rec_put(struct ike_rec_out *o, const void *p, size_t n)
{
    if (n > 0 && o->n <= o->cap && n <= o->cap - o->n)
        memcpy(o->p + o->n, p, n);
    o->n += n;
}

void ike__rec_put_uint(struct ike_rec_out *o, uint64_t v, unsigned octets)
{
    while (octets-- > 0) {
        uint8_t octet = (uint8_t)(v >> (8 * octets));
        ike__rec_put(o, &octet, 1);
    }
}

static void put_addr(struct ike_rec_out *o, const ike_addr *a)
{
    ike__rec_put_uint(o, a->family, 1);
    ike__rec_put_uint(o, a->port, 2);
    ike__rec_put_uint(o, a->scope, 4);
    ike__rec_put(o, a->ip, sizeof(a->ip));
}

void ike__rec_put_path(struct ike_rec_out *o, const ike_path *path)
{
    put_addr(o, &path->local);
    put_addr(o, &path->remote);
    ike__rec_put_uint(o, path->net, 8);
}

ike_span ike__rec_take(struct ike_rec_in *in, size_t n)
{
    ike_span s = {in->p, n};

    if (in->is_short || n > in->n) {
        in->is_short = 1;
        return (ike_span){NULL, 0};
    }
    in->p += n;
    in->n -= n;
    return s;
}

uint64_t ike__rec_uint(struct ike_rec_in *in, unsigned octets)
{
    ike_span s = ike__rec_take(in, octets);
    uint64_t v = 0;

    for (size_t i = 0; i < s.n; i++)
        v = v << 8 | s.p[i];
    return v;
}

static void get_addr(struct ike_rec_in *in, ike_addr *a)
{
    ike_span ip;

    memset(a, 0, sizeof(*a));
    a->family = (uint8_t)ike__rec_uint(in, 1);
    a->port = (uint16_t)ike__rec_uint(in, 2);
    a->scope = (uint32_t)ike__rec_uint(in, 4);
    ip = ike__rec_take(in, sizeof(a->ip));
    if (ip.n > 0)
        memcpy(a->ip, ip.p, ip.n);
}

void ike__rec_path(struct ike_rec_in *in, ike_path *path)
{
    get_addr(in, &path->local);
    get_addr(in, &path->remote);
    path->net = ike__rec_uint(in, 8);
}

void ike__rec_put_sent(struct ike_rec_out *o, const ike_crypto *crypto, const ike_path *to,
                       const uint8_t *dgram, size_t n)
{
    uint8_t where[32], hash[20] = {0};
    struct ike_rec_out w = {where, sizeof(where), 0};

    put_addr(&w, &to->remote);
    (void)crypto->sha1((ike_span){where, w.n}, (ike_span){dgram, n}, hash);
    ike__rec_put_uint(o, n, 4);
    ike__rec_put(o, hash, sizeof(hash));
}
