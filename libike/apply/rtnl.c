/* apply/rtnl.c - routes, rules, links and addresses of the system, by rtnetlink. SPDX-License-Identifier: Apache-2.0
 *
 * Each request waits for its acknowledgement, so that a failure is known and named at once. A list that changed while
 * it was read is read again. libmnl frames and checks the messages.
 *
 * Not here: which routes and rules (routes.c), what is made of links (facts.c). */
#include "apply/rtnl.h"
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <time.h>

#define REQUEST_MAX 512u
#define DUMP_TRIES  5

static uint8_t af(uint32_t family)
{
    return family == 4 ? AF_INET : AF_INET6;
}

static uint16_t octets(uint32_t family)
{
    return family == 4 ? 4 : 16;
}

int ike__apply_rtnl_open(struct mnl_socket **nl)
{
    *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (!*nl)
        return -errno;
    if (mnl_socket_bind(*nl, 0, MNL_SOCKET_AUTOPID) == 0)
        return 0;
    mnl_socket_close(*nl);
    *nl = NULL;
    return -EIO;
}

/* ---- asking ---- */

/* Sends it and hands every answer to cb until the last one. */
static int ask(struct mnl_socket *nl, struct nlmsghdr *h, mnl_cb_t cb, void *user)
{
    char answer[32768] __attribute__((aligned(8)));
    uint32_t seq = h->nlmsg_seq;
    ssize_t n;
    int more = 1;

    if (mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
        return -errno;
    while (more > 0) {
        n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
        if (n < 0)
            return -errno;
        more = mnl_cb_run(answer, (size_t)n, seq, mnl_socket_get_portid(nl), cb, user);
        if (more < 0)
            return -errno;
    }
    return 0;
}

static struct nlmsghdr *begin(char *buf, uint16_t type, uint16_t flags)
{
    struct nlmsghdr *h;

    memset(buf, 0, REQUEST_MAX);
    h = mnl_nlmsg_put_header(buf);
    h->nlmsg_type = type;
    h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    h->nlmsg_seq = 1;
    return h;
}

/* Everything of one type and family, again if it changed meanwhile. */
static int dump(struct mnl_socket *nl, uint16_t type, size_t body, uint8_t family, mnl_cb_t cb, void *user)
{
    char buf[REQUEST_MAX] __attribute__((aligned(8)));
    int err = -EINTR;

    for (int i = 0; i < DUMP_TRIES && err == -EINTR; i++) {
        struct nlmsghdr *h = begin(buf, type, NLM_F_DUMP);
        uint8_t *b = mnl_nlmsg_put_extra_header(h, body);

        b[0] = family; /* of every such body the first octet */
        err = ask(nl, h, cb, user);
    }
    return err;
}

static void put_addr(struct nlmsghdr *h, uint16_t type, const ike_addr *a)
{
    mnl_attr_put(h, type, octets(a->family), a->ip);
}

/* ---- attributes of an answer ---- */

#define ATTRIBUTES_MAX 64u

struct attributes {
    const struct nlattr *at[ATTRIBUTES_MAX]; /* by type; NULL: not there */
};

static int collect(const struct nlattr *a, void *user)
{
    struct attributes *all = user;

    if (mnl_attr_get_type(a) < ATTRIBUTES_MAX)
        all->at[mnl_attr_get_type(a)] = a;
    return MNL_CB_OK;
}

static void attributes_of(const struct nlmsghdr *h, size_t body, struct attributes *all)
{
    memset(all, 0, sizeof(*all));
    (void)mnl_attr_parse(h, (unsigned)body, collect, all);
}

static void take_addr(const struct nlattr *a, uint8_t family, ike_addr *out)
{
    uint32_t f = family == AF_INET ? 4 : 6;

    if (!a || mnl_attr_get_payload_len(a) != octets(f))
        return;
    memset(out, 0, sizeof(*out));
    out->family = (uint8_t)f;
    memcpy(out->ip, mnl_attr_get_payload(a), octets(f));
}

static uint32_t number(const struct nlattr *a, uint32_t otherwise)
{
    return a && mnl_attr_validate(a, MNL_TYPE_U32) >= 0 ? mnl_attr_get_u32(a) : otherwise;
}

static void take_text(const struct nlattr *a, char *out, size_t cap)
{
    if (a && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0)
        strncpy(out, mnl_attr_get_str(a), cap - 1);
}

/* ---- routes ---- */

int ike__apply_rtnl_route(struct mnl_socket *nl, const struct ike_apply_route *r, int is_new)
{
    char buf[REQUEST_MAX] __attribute__((aligned(8)));
    struct nlmsghdr *h = is_new ? begin(buf, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE)
                                : begin(buf, RTM_DELROUTE, NLM_F_ACK);
    struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

    m->rtm_family = af(r->to.addr.family);
    m->rtm_dst_len = (uint8_t)r->to.bits;
    m->rtm_table = RT_TABLE_UNSPEC;
    m->rtm_protocol = IKE_APPLY_PROTO;
    m->rtm_type = (uint8_t)r->kind;
    m->rtm_scope = r->kind == RTN_UNICAST && r->to.addr.family == 4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    if (!is_new)
        m->rtm_scope = RT_SCOPE_NOWHERE; /* whichever */
    mnl_attr_put_u32(h, RTA_TABLE, r->table);
    put_addr(h, RTA_DST, &r->to.addr);
    if (r->source.family)
        put_addr(h, RTA_PREFSRC, &r->source);
    if (r->device)
        mnl_attr_put_u32(h, RTA_OIF, r->device);
    if (r->metric)
        mnl_attr_put_u32(h, RTA_PRIORITY, r->metric);
    return ask(nl, h, NULL, NULL);
}

struct route_reader {
    ike__apply_on_route each;
    void *user;
};

static int on_route(const struct nlmsghdr *h, void *user)
{
    const struct route_reader *reader = user;
    const struct rtmsg *m = mnl_nlmsg_get_payload(h);
    struct attributes all;
    struct ike_apply_route r;
    ike_addr via;

    if (h->nlmsg_type != RTM_NEWROUTE || (m->rtm_family != AF_INET && m->rtm_family != AF_INET6) ||
        (m->rtm_flags & RTM_F_CLONED))
        return MNL_CB_OK;
    attributes_of(h, sizeof(*m), &all);
    memset(&r, 0, sizeof(r));
    memset(&via, 0, sizeof(via));
    r.to.addr.family = m->rtm_family == AF_INET ? 4 : 6;
    r.to.bits = m->rtm_dst_len;
    r.kind = m->rtm_type;
    r.table = number(all.at[RTA_TABLE], m->rtm_table);
    r.device = number(all.at[RTA_OIF], 0);
    r.metric = number(all.at[RTA_PRIORITY], 0);
    take_addr(all.at[RTA_DST], m->rtm_family, &r.to.addr);
    take_addr(all.at[RTA_PREFSRC], m->rtm_family, &r.source);
    take_addr(all.at[RTA_GATEWAY], m->rtm_family, &via);
    reader->each(reader->user, &r, m->rtm_protocol, &via);
    return MNL_CB_OK;
}

int ike__apply_rtnl_routes(struct mnl_socket *nl, ike__apply_on_route each, void *user)
{
    struct route_reader reader = {each, user};
    int err = dump(nl, RTM_GETROUTE, sizeof(struct rtmsg), AF_INET, on_route, &reader);

    return err == 0 ? dump(nl, RTM_GETROUTE, sizeof(struct rtmsg), AF_INET6, on_route, &reader) : err;
}

/* ---- rules ---- */

static void put_port(struct nlmsghdr *h, uint16_t type, uint32_t port)
{
    struct fib_rule_port_range range = {(uint16_t)port, (uint16_t)port};

    if (port)
        mnl_attr_put(h, type, sizeof(range), &range);
}

static uint32_t port_of(const struct nlattr *a)
{
    struct fib_rule_port_range range;

    if (!a || mnl_attr_get_payload_len(a) != sizeof(range))
        return 0;
    memcpy(&range, mnl_attr_get_payload(a), sizeof(range));
    return range.start;
}

static uint32_t octet_of(const struct nlattr *a)
{
    return a && mnl_attr_validate(a, MNL_TYPE_U8) >= 0 ? mnl_attr_get_u8(a) : 0;
}

int ike__apply_rtnl_rule(struct mnl_socket *nl, const struct ike_apply_rule *r, int is_new)
{
    char buf[REQUEST_MAX] __attribute__((aligned(8)));
    struct nlmsghdr *h = is_new ? begin(buf, RTM_NEWRULE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
                                : begin(buf, RTM_DELRULE, NLM_F_ACK);
    struct fib_rule_hdr *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

    m->family = af(r->family);
    m->action = (uint8_t)r->action;
    if (r->table)
        mnl_attr_put_u32(h, FRA_TABLE, r->table);
    if (r->target)
        mnl_attr_put_u32(h, FRA_GOTO, r->target);
    mnl_attr_put_u32(h, FRA_PRIORITY, r->priority);
    mnl_attr_put_u8(h, FRA_PROTOCOL, IKE_APPLY_PROTO);
    if (r->mask) {
        mnl_attr_put_u32(h, FRA_FWMARK, r->mark);
        mnl_attr_put_u32(h, FRA_FWMASK, r->mask);
    }
    if (r->has_uids) {
        struct fib_rule_uid_range uids = {r->uid_first, r->uid_last};
        mnl_attr_put(h, FRA_UID_RANGE, sizeof(uids), &uids);
    }
    if (r->from[0])
        mnl_attr_put_strz(h, FRA_IIFNAME, r->from);
    if (r->proto)
        mnl_attr_put_u8(h, FRA_IP_PROTO, (uint8_t)r->proto);
    put_port(h, FRA_SPORT_RANGE, r->sport);
    put_port(h, FRA_DPORT_RANGE, r->dport);
    return ask(nl, h, NULL, NULL);
}

struct rule_reader {
    ike__apply_on_rule each;
    void *user;
};

static int on_rule(const struct nlmsghdr *h, void *user)
{
    const struct rule_reader *reader = user;
    const struct fib_rule_hdr *m = mnl_nlmsg_get_payload(h);
    const struct nlattr *a;
    struct fib_rule_uid_range uids;
    struct attributes all;
    struct ike_apply_rule r;

    if (h->nlmsg_type != RTM_NEWRULE)
        return MNL_CB_OK;
    attributes_of(h, sizeof(*m), &all);
    memset(&r, 0, sizeof(r));
    r.family = m->family == AF_INET ? 4 : 6;
    r.action = m->action;
    r.table = m->action == FR_ACT_TO_TBL ? number(all.at[FRA_TABLE], m->table) : 0;
    r.target = number(all.at[FRA_GOTO], 0);
    r.priority = number(all.at[FRA_PRIORITY], 0);
    r.mark = number(all.at[FRA_FWMARK], 0);
    r.mask = number(all.at[FRA_FWMASK], 0);
    take_text(all.at[FRA_IIFNAME], r.from, sizeof(r.from));
    r.proto = octet_of(all.at[FRA_IP_PROTO]);
    r.sport = port_of(all.at[FRA_SPORT_RANGE]);
    r.dport = port_of(all.at[FRA_DPORT_RANGE]);
    a = all.at[FRA_UID_RANGE];
    if (a && mnl_attr_get_payload_len(a) == sizeof(uids)) {
        memcpy(&uids, mnl_attr_get_payload(a), sizeof(uids));
        r.uid_first = uids.start;
        r.uid_last = uids.end;
        r.has_uids = 1;
    }
    reader->each(reader->user, &r, octet_of(all.at[FRA_PROTOCOL]));
    return MNL_CB_OK;
}

int ike__apply_rtnl_rules(struct mnl_socket *nl, ike__apply_on_rule each, void *user)
{
    struct rule_reader reader = {each, user};
    int err = dump(nl, RTM_GETRULE, sizeof(struct fib_rule_hdr), AF_INET, on_rule, &reader);

    return err == 0 ? dump(nl, RTM_GETRULE, sizeof(struct fib_rule_hdr), AF_INET6, on_rule, &reader) : err;
}

/* ---- links and addresses ---- */

struct link_reader {
    ike__apply_on_link each;
    void *user;
};

static int on_link(const struct nlmsghdr *h, void *user)
{
    const struct link_reader *reader = user;
    const struct ifinfomsg *m = mnl_nlmsg_get_payload(h);
    struct attributes all, info;
    struct ike_apply_link l;

    if (h->nlmsg_type != RTM_NEWLINK)
        return MNL_CB_OK;
    attributes_of(h, sizeof(*m), &all);
    memset(&info, 0, sizeof(info));
    if (all.at[IFLA_LINKINFO])
        (void)mnl_attr_parse_nested(all.at[IFLA_LINKINFO], collect, &info);
    memset(&l, 0, sizeof(l));
    l.index = (uint32_t)m->ifi_index;
    l.flags = m->ifi_flags;
    l.type = m->ifi_type;
    take_text(all.at[IFLA_IFNAME], l.name, sizeof(l.name));
    take_text(info.at[IFLA_INFO_KIND], l.kind, sizeof(l.kind));
    reader->each(reader->user, &l);
    return MNL_CB_OK;
}

int ike__apply_rtnl_links(struct mnl_socket *nl, ike__apply_on_link each, void *user)
{
    struct link_reader reader = {each, user};

    return dump(nl, RTM_GETLINK, sizeof(struct ifinfomsg), AF_UNSPEC, on_link, &reader);
}

struct address_reader {
    ike__apply_on_address each;
    void *user;
};

static int on_address(const struct nlmsghdr *h, void *user)
{
    const struct address_reader *reader = user;
    const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
    struct attributes all;
    ike_prefix ip;

    if (h->nlmsg_type != RTM_NEWADDR || (m->ifa_family != AF_INET && m->ifa_family != AF_INET6))
        return MNL_CB_OK;
    attributes_of(h, sizeof(*m), &all);
    memset(&ip, 0, sizeof(ip));
    ip.bits = m->ifa_prefixlen;
    /* The address is LOCAL, ADDRESS the other end of the line; many links have ADDRESS alone. */
    take_addr(all.at[IFA_ADDRESS], m->ifa_family, &ip.addr);
    take_addr(all.at[IFA_LOCAL], m->ifa_family, &ip.addr);
    if (ip.addr.family)
        reader->each(reader->user, m->ifa_index, &ip);
    return MNL_CB_OK;
}

int ike__apply_rtnl_addresses(struct mnl_socket *nl, ike__apply_on_address each, void *user)
{
    struct address_reader reader = {each, user};
    int err = dump(nl, RTM_GETADDR, sizeof(struct ifaddrmsg), AF_INET, on_address, &reader);

    return err == 0 ? dump(nl, RTM_GETADDR, sizeof(struct ifaddrmsg), AF_INET6, on_address, &reader) : err;
}
