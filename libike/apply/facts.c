/* apply/facts.c - what the network is like, for the plan. SPDX-License-Identifier: Apache-2.0
 *
 * From the kernel: links that are up, the networks of their addresses, where default routes lead. From files: the name
 * servers that the network named, wherever the system writes those of the network itself, and not a stub's address.
 *
 * Not here: what follows from it (the plan). */
#include "apply/room.h"
#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static ike_guard_link *link_of(struct ike_apply_facts *f, uint32_t index)
{
    for (uint32_t i = 0; i < f->links_n; i++)
        if (f->links[i].index == index)
            return &f->links[i];
    return NULL;
}

/* "DEVTYPE=wlan" in what the kernel tells of the device; nothing for cables. */
static uint32_t kind_of(const struct ike_apply_link *l)
{
    char path[80], *text;
    uint32_t kind = l->kind[0] ? IKE_GUARD_LINK_OTHER : IKE_GUARD_LINK_ETHERNET;

    snprintf(path, sizeof(path), "/sys/class/net/%s/uevent", l->name);
    text = ike__apply_read(path);
    if (text && strstr(text, "DEVTYPE=wlan"))
        kind = IKE_GUARD_LINK_WIFI;
    else if (text && strstr(text, "DEVTYPE=wwan"))
        kind = IKE_GUARD_LINK_CELLULAR;
    free(text);
    return kind;
}

static void on_link(void *user, const struct ike_apply_link *l)
{
    struct ike_apply_facts *f = user;
    ike_guard_link *out;

    if (!(l->flags & IFF_UP) || (l->flags & IFF_LOOPBACK) || l->index == f->tun || link_of(f, l->index) ||
        f->links_n == IKE_APPLY_LINKS)
        return;
    out = &f->links[f->links_n];
    memset(out, 0, sizeof(*out));
    out->index = l->index;
    out->kind = kind_of(l);
    out->on_link = f->on_link[f->links_n];
    f->links_n++;
}

static void on_address(void *user, uint32_t device, const ike_prefix *ip)
{
    struct ike_apply_facts *f = user;
    ike_guard_link *link = link_of(f, device);
    uint32_t width = ip->addr.family == 4 ? 32 : 128;
    ike_prefix net = *ip;

    if (!link || link->on_link_n == IKE_APPLY_ON_LINK)
        return;
    for (uint32_t i = net.bits; i < width; i++)
        net.addr.ip[i / 8] = (uint8_t)(net.addr.ip[i / 8] & ~(0x80u >> i % 8));
    for (uint32_t i = 0; i < link->on_link_n; i++)
        if (memcmp(&link->on_link[i], &net, sizeof(net)) == 0)
            return;
    f->on_link[link - f->links][link->on_link_n++] = net;
}

static void on_route(void *user, const struct ike_apply_route *r, uint32_t proto, const ike_addr *via)
{
    struct ike_apply_facts *f = user;
    ike_guard_link *link = r->to.bits == 0 && r->kind == RTN_UNICAST ? link_of(f, r->device) : NULL;

    (void)via;
    if (link && r->table == RT_TABLE_MAIN && proto != IKE_APPLY_PROTO)
        link->is_default = 1;
}

/* ---- name servers ---- */

static void find_name_servers(struct ike_apply_facts *f, const char *kept)
{
    const char *const places[] = {"/run/systemd/resolve/resolv.conf",
                                  "/run/NetworkManager/no-stub-resolv.conf", kept, IKE_APPLY_RESOLV};
    size_t from = ike__apply_is_first_namespace() ? 0 : 2; /* the first two are of the system outside */

    for (size_t i = from; i < sizeof(places) / sizeof(places[0]) && f->names.dns_n == 0; i++) {
        char *text = ike__apply_read(places[i]);
        if (text)
            ike__apply_names(text, &f->names);
        free(text);
    }
}

/* RFC 8910, as systemd-networkd writes down what DHCP said on a link. */
static void find_portal_api(struct ike_apply_facts *f)
{
    for (uint32_t i = 0; i < f->links_n && !f->portal_api[0]; i++) {
        char path[64], *text;

        if (!f->links[i].is_default)
            continue;
        snprintf(path, sizeof(path), "/run/systemd/netif/leases/%u", f->links[i].index);
        text = ike__apply_is_first_namespace() ? ike__apply_read(path) : NULL;
        if (text)
            (void)ike__apply_value(text, "CAPTIVE_PORTAL", f->portal_api, sizeof(f->portal_api));
        free(text);
    }
}

int ike__apply_facts(struct mnl_socket *nl, struct ike_apply_facts *f, uint32_t tun, const char *kept)
{
    int err;

    memset(f, 0, sizeof(*f));
    f->tun = tun;
    err = ike__apply_rtnl_links(nl, on_link, f);
    if (err == 0)
        err = ike__apply_rtnl_addresses(nl, on_address, f);
    if (err == 0)
        err = ike__apply_rtnl_routes(nl, on_route, f);
    ike__apply_wifi(f);
    find_name_servers(f, kept);
    find_portal_api(f);
    f->search[0] = f->names.domain;
    for (uint32_t i = 0; i < f->links_n; i++) {
        if (!f->links[i].is_default)
            continue;
        f->links[i].dns = f->names.dns;
        f->links[i].dns_n = f->names.dns_n;
        f->links[i].search = f->search;
        f->links[i].search_n = f->names.domain[0] != '\0';
    }
    return err;
}
