/* apply/wifi.c - which wireless networks links are on, by nl80211. SPDX-License-Identifier: Apache-2.0
 *
 * The kernel knows it whoever manages the link (wpa_supplicant, iwd, NetworkManager), so none of them is asked. An SSID is
 * octets; those that are no text, or not known, are none: no trigger can name them. */
#include "apply/room.h"
#include <linux/genetlink.h>
#include <linux/nl80211.h>
#include <string.h>

struct search {
    struct ike_apply_facts *facts;
    uint16_t family;
};

struct attributes {
    const struct nlattr *index, *ssid, *family;
};

static int collect(const struct nlattr *a, void *user)
{
    struct attributes *all = user;

    if (mnl_attr_get_type(a) == NL80211_ATTR_IFINDEX && mnl_attr_validate(a, MNL_TYPE_U32) >= 0)
        all->index = a;
    if (mnl_attr_get_type(a) == NL80211_ATTR_SSID)
        all->ssid = a;
    return MNL_CB_OK;
}

void ike__apply_wifi_take(struct ike_apply_facts *f, uint32_t index, const uint8_t *ssid, size_t n)
{
    for (uint32_t i = 0; i < f->links_n; i++) {
        if (f->links[i].index != index || n == 0 || n >= sizeof(f->ssid[i]) || memchr(ssid, 0, n))
            continue;
        memcpy(f->ssid[i], ssid, n);
        f->ssid[i][n] = '\0';
        f->links[i].ssid = f->ssid[i];
        f->links[i].kind = IKE_GUARD_LINK_WIFI;
    }
}

static int on_interface(const struct nlmsghdr *h, void *user)
{
    struct search *s = user;
    struct attributes all = {NULL, NULL, NULL};

    (void)mnl_attr_parse(h, sizeof(struct genlmsghdr), collect, &all);
    if (all.index && all.ssid)
        ike__apply_wifi_take(s->facts, mnl_attr_get_u32(all.index), mnl_attr_get_payload(all.ssid),
                             mnl_attr_get_payload_len(all.ssid));
    return MNL_CB_OK;
}

static int collect_family(const struct nlattr *a, void *user)
{
    struct attributes *all = user;

    if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID && mnl_attr_validate(a, MNL_TYPE_U16) >= 0)
        all->family = a;
    return MNL_CB_OK;
}

static int on_family(const struct nlmsghdr *h, void *user)
{
    struct search *s = user;
    struct attributes all = {NULL, NULL, NULL};

    (void)mnl_attr_parse(h, sizeof(struct genlmsghdr), collect_family, &all);
    if (all.family)
        s->family = mnl_attr_get_u16(all.family);
    return MNL_CB_OK;
}

static int ask(struct mnl_socket *nl, uint16_t type, uint8_t command, uint16_t flags, const char *name,
               mnl_cb_t cb, struct search *s)
{
    char buf[16384] __attribute__((aligned(8)));
    struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
    struct genlmsghdr *g;
    ssize_t n;
    int more = 1;

    h->nlmsg_type = type;
    h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    h->nlmsg_seq = 1;
    g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
    g->cmd = command;
    g->version = 1;
    if (name)
        mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, name);
    if (mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
        return -1;
    while (more > 0 && (n = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0)
        more = mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(nl), cb, s);
    return more;
}

void ike__apply_wifi(struct ike_apply_facts *f)
{
    struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
    struct search s = {f, 0};

    if (!nl)
        return;
    if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0 &&
        ask(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK, "nl80211", on_family, &s) >= 0 && s.family)
        (void)ask(nl, s.family, NL80211_CMD_GET_INTERFACE, NLM_F_DUMP, NULL, on_interface, &s);
    mnl_socket_close(nl);
}
