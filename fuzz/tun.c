/* fuzz/tun.c - what a TUN hands out, cut up, put together, and cut up again. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__split_begin ike__split_next ike__merge ike__merge_headers
 *
 * Input: struct virtio_net_hdr, the packet. Whatever comes out of merging gives the same packets again. */
#include "tun/offload.h"
#include "unit/tun/reference.h"
#include <ike/err.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t join(const struct ike_groups *all, const struct ike_group *g, const ike_packet *pkts,
                   struct virtio_net_hdr *h, uint8_t *out)
{
    size_t n = g->header_n;
    uint16_t i = g->first;

    ike__merge_headers(g, pkts, h, out);
    for (unsigned k = 0; k < g->n; k++, i = all->next[i]) {
        memcpy(out + n, pkts[i].buf + pkts[i].off + g->header_n, pkts[i].n - g->header_n);
        n += pkts[i].n - g->header_n;
    }
    return n;
}

static void check_group(const struct ike_groups *all, const struct ike_group *g, const ike_packet *pkts)
{
    static uint8_t joined[65536 + IKE_HEADERS_MAX], again[65536];
    struct virtio_net_hdr h;
    struct ike_split s;
    size_t n = join(all, g, pkts, &h, joined);
    uint16_t i = g->first;

    if (n != g->length || n > 65535 || ike__split_begin(&s, &h, joined, n) != 0)
        abort();
    for (unsigned k = 0; k < g->n; k++, i = all->next[i]) {
        const uint8_t *ip = pkts[i].buf + pkts[i].off;

        if (ike__split_next(&s, again, sizeof(again)) != (int)pkts[i].n)
            abort();
        if (ip[0] >> 4 == 4) { /* identification, and the checksum with it */
            memcpy(again + 4, ip + 4, 2);
            memcpy(again + 10, ip + 10, 2);
        }
        if (memcmp(again, ip, pkts[i].n) != 0)
            abort();
    }
    if (ike__split_next(&s, again, sizeof(again)) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint8_t arena[IKE_MERGE_MAX][2048];
    static struct ike_groups groups;
    ike_packet pkts[IKE_MERGE_MAX];
    struct virtio_net_hdr h;
    struct ike_split s;
    size_t count = 0, octets = 0;
    int got;

    if (n < sizeof(h) || n > 8192)
        return 0;
    memcpy(&h, data, sizeof(h));
    if (ike__split_begin(&s, &h, data + sizeof(h), n - sizeof(h)) != 0)
        return 0;
    while (count < IKE_MERGE_MAX && (got = ike__split_next(&s, arena[count], sizeof(arena[0]))) > 0) {
        octets += (size_t)got;
        if (s.size > 0 && (size_t)got > s.header_n + s.size)
            abort();
        pkts[count] = (ike_packet){.buf = arena[count], .cap = sizeof(arena[0]), .n = (uint32_t)got};
        count++;
    }
    if (s.size == 0 && octets > n)
        abort();
    ike__merge(&groups, pkts, count, (int)(n & 1));
    for (unsigned i = 0; i < groups.n; i++)
        if (groups.group[i].n > 1)
            check_group(&groups, &groups.group[i], pkts);
    return 0;
}
