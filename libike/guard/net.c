/* guard/net.c - arithmetic of networks. SPDX-License-Identifier: Apache-2.0
 *
 * A network here is masked: the bits behind its length are 0, and so are port and scope. */
#include "guard/room.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

uint32_t ike__guard_width(uint32_t family)
{
    return family == 4 ? 32 : family == 6 ? 128 : 0;
}

int ike__guard_mask(const ike_prefix *from, ike_prefix *to)
{
    uint32_t width = ike__guard_width(from->addr.family);
    ike_prefix net;

    if (width == 0 || from->bits > width)
        return IKE_E_CONFIG;
    memset(&net, 0, sizeof(net));
    net.addr.family = from->addr.family;
    net.bits = from->bits;
    memcpy(net.addr.ip, from->addr.ip, (net.bits + 7) / 8);
    if (net.bits % 8)
        net.addr.ip[net.bits / 8] &= (uint8_t)(0xff00 >> net.bits % 8);
    *to = net;
    return 0;
}

ike_prefix ike__guard_masked(const ike_prefix *net)
{
    ike_prefix out = ike__guard_everything(0);

    (void)ike__guard_mask(net, &out);
    return out;
}

ike_prefix ike__guard_host(const ike_addr *a)
{
    ike_prefix net;

    memset(&net, 0, sizeof(net));
    net.addr.family = a->family;
    memcpy(net.addr.ip, a->ip, ike__guard_width(a->family) / 8);
    net.bits = ike__guard_width(a->family);
    return net;
}

ike_prefix ike__guard_everything(uint32_t family)
{
    ike_prefix net;

    memset(&net, 0, sizeof(net));
    net.addr.family = (uint8_t)family;
    return net;
}

static int is_same_until(const uint8_t *a, const uint8_t *b, uint32_t bits)
{
    if (memcmp(a, b, bits / 8) != 0)
        return 0;
    return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & (0xff00 >> bits % 8) & 0xff) == 0;
}

int ike__guard_is_in(const ike_prefix *net, const ike_addr *a)
{
    return net->addr.family == a->family && is_same_until(net->addr.ip, a->ip, net->bits);
}

int ike__guard_holds(const ike_prefix *outer, const ike_prefix *inner)
{
    return outer->bits <= inner->bits && ike__guard_is_in(outer, &inner->addr);
}

int ike__guard_overlaps(const ike_prefix *a, const ike_prefix *b)
{
    return ike__guard_holds(a, b) || ike__guard_holds(b, a);
}

/* Held by one of them; or some are inside, and both halves are covered. */
int ike__guard_is_covered(const ike_prefix *list, uint32_t n, const ike_prefix *net)
{
    ike_prefix half = *net;
    int some = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (ike__guard_holds(&list[i], net))
            return 1;
        some |= ike__guard_holds(net, &list[i]);
    }
    if (!some)
        return 0;
    half.bits++;
    if (!ike__guard_is_covered(list, n, &half))
        return 0;
    half.addr.ip[net->bits / 8] |= (uint8_t)(0x80 >> net->bits % 8);
    return ike__guard_is_covered(list, n, &half);
}

static const ike_prefix private_nets[] = {
    {{{10}, 0, 4, 0, 0}, 8, 0},        {{{172, 16}, 0, 4, 0, 0}, 12, 0}, {{{192, 168}, 0, 4, 0, 0}, 16, 0},
    {{{169, 254}, 0, 4, 0, 0}, 16, 0}, {{{0xfc}, 0, 6, 0, 0}, 7, 0},     {{{0xfe, 0x80}, 0, 6, 0, 0}, 10, 0}};

int ike__guard_is_private(const ike_prefix *net)
{
    for (size_t i = 0; i < sizeof(private_nets) / sizeof(private_nets[0]); i++)
        if (ike__guard_holds(&private_nets[i], net))
            return 1;
    return 0;
}

int ike__guard_is_loopback(const ike_addr *a)
{
    static const uint8_t one[16] = {[15] = 1};

    return (a->family == 4 && a->ip[0] == 127) || (a->family == 6 && memcmp(a->ip, one, 16) == 0);
}

void ike__guard_net_text(const ike_prefix *net, char out[IKE_GUARD_NET_TEXT])
{
    char text[INET6_ADDRSTRLEN] = "?";

    inet_ntop(net->addr.family == 4 ? AF_INET : AF_INET6, net->addr.ip, text, sizeof(text));
    if (net->bits == ike__guard_width(net->addr.family))
        snprintf(out, IKE_GUARD_NET_TEXT, "%s", text);
    else
        snprintf(out, IKE_GUARD_NET_TEXT, "%s/%u", text, net->bits);
}
