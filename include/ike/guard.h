/* ike/guard.h - nothing gets round the tunnel: what the system has to do, as data. SPDX-License-Identifier: Apache-2.0
 *
 * ike_guard_make turns what the profile wants, where the session stands and what the network is like into a plan:
 * routes, rules, verdicts, DNS. It is a pure function: no clock, no socket, the same plan for the same input, in the
 * same order, every octet of it. An applier (on Linux ike/guard_linux.h) brings the system there; hosts on other
 * systems do the same with their means (docs/GUARD.md). IPv4 and IPv6 are alike throughout. */
#ifndef IKE_GUARD_H
#define IKE_GUARD_H

#include <ike/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what the profile wants ------------------------------------------------------------------ */
/* What the tunnel is to take goes nowhere else: OPTIONAL: while there is a tunnel; without one the system is left alone.
 * FORCED: tunnel or not. */
enum ike_guard_mode { IKE_GUARD_OPTIONAL = 0, IKE_GUARD_FORCED = 1 };
/* Who has a connection made: a person; the client as soon as it runs; the triggers below. */
enum ike_guard_start { IKE_GUARD_MANUAL = 0, IKE_GUARD_AUTOMATIC = 1, IKE_GUARD_TRIGGERED = 2 };
enum ike_guard_choice { IKE_GUARD_DEFAULT = 0, IKE_GUARD_YES = 1, IKE_GUARD_NO = 2 };

/* Whose packets: one application, or whatever stands in one place of the system. */
enum ike_guard_app_kind {
    IKE_GUARD_APP_NONE = 0,
    IKE_GUARD_APP_UID = 1,    /* uid_first..uid_last, both included */
    IKE_GUARD_APP_CGROUP = 2, /* cgroup v2: text is the path below the root, "/user.slice/x": and all below */
    IKE_GUARD_APP_MARK = 3,   /* sockets with this mark: packet.mark & mask == mark */
    IKE_GUARD_APP_NAME = 4    /* text is the system's name for it (an Android package): no entry matches it */
};
#define IKE_GUARD_APP_TEXT 256u
typedef struct ike_guard_app {
    uint32_t kind; /* enum ike_guard_app_kind */
    uint32_t uid_first, uid_last;
    uint32_t mark, mask, zero;
    char text[IKE_GUARD_APP_TEXT]; /* "" but for CGROUP and NAME; no trailing slash */
} ike_guard_app;

/* Triggers: what Apple's OnDemandRules say (ike_guard_decide). Lists that are empty always match. */
enum ike_guard_link_kind {
    IKE_GUARD_LINK_OTHER = 0,
    IKE_GUARD_LINK_ETHERNET = 1,
    IKE_GUARD_LINK_WIFI = 2,
    IKE_GUARD_LINK_CELLULAR = 3
};
enum ike_guard_action {
    IKE_GUARD_IGNORE = 0, /* leave everything as it is */
    IKE_GUARD_CONNECT = 1,
    IKE_GUARD_DISCONNECT = 2,
    IKE_GUARD_EVALUATE = 3 /* it depends on the name that somebody wants to reach */
};
/* Names below one of domains: connect if they cannot be reached without, or never. */
typedef struct ike_guard_evaluation {
    const char *const *domains;      /* "example.org": itself and all below it */
    const char *const *required_dns; /* addresses as text; connect if none of them answers */
    const char *required_url;        /* connect unless it answers 200; NULL: none */
    uint32_t domains_n, required_dns_n;
    uint32_t never; /* 1: NeverConnect; 0: ConnectIfNeeded */
    uint32_t zero;
} ike_guard_evaluation;
typedef struct ike_guard_trigger {
    uint32_t action; /* enum ike_guard_action */
    uint32_t link;   /* enum ike_guard_link_kind; OTHER: any */
    const char *const *ssids;
    const char *const *dns_domains; /* one of the search domains; "*.example.org": below it */
    const char *const *dns_servers; /* one of the name servers; "10.*": begins so */
    const char *url;                /* answers with 200, without a redirect; NULL: not asked */
    const ike_guard_evaluation *evaluate;
    uint32_t ssids_n, dns_domains_n, dns_servers_n, evaluate_n;
} ike_guard_trigger;

typedef struct ike_guard_config {
    size_t size;    /* set by IKE_GUARD_CONFIG_INIT */
    uint32_t mode;  /* enum ike_guard_mode */
    uint32_t start; /* enum ike_guard_start */
    /* Networks for the tunnel; none: all. What the profile names here bounds what is guarded, before and after a tunnel
     * stands; a gateway that serves less does not let the rest out. */
    const ike_prefix *subnets;
    const ike_prefix *excluded; /* round the tunnel; FORCED: only small ones (IKE_GUARD_EXCLUDED_BITS) */
    uint32_t subnets_n, excluded_n;
    uint32_t block_ip4, block_ip6; /* 1: what the tunnel does not take of this family is dropped */
    /* Both enum ike_guard_choice; DEFAULT: NO if FORCED, else YES. lan: private on-link networks may be reached beside the
     * tunnel. forwarded: what other devices send through us may use the tunnel; it never gets past it. */
    uint32_t lan, forwarded;
    /* only_apps 1: only these use the tunnel, and only they are guarded; 0: all but these */
    const ike_guard_app *apps;
    uint32_t apps_n, only_apps;
    /* DNS: addresses in place of the gateway's; domains that are always asked inside; those that a gateway may claim, with
     * all below them, "*" for any of two labels or more that is no public suffix; for which of them it may bring a DNSSEC
     * trust anchor. A single label ("internal") has to be named itself. */
    const ike_addr *dns;
    const char *const *dns_always;
    const char *const *dns_allowed;
    const char *const *dns_anchors;
    uint32_t dns_n, dns_always_n, dns_allowed_n, dns_anchors_n;
    const ike_guard_trigger *triggers; /* TRIGGERED */
    uint32_t triggers_n;
    uint32_t portal;   /* enum ike_guard_choice: a hole for a captive portal's helper; DEFAULT: YES */
    uint32_t portal_s; /* for so long at most; 0: 600 */
    uint32_t zero;
} ike_guard_config;
#define IKE_GUARD_CONFIG_INIT            \
    {                                    \
        .size = sizeof(ike_guard_config) \
    }
/* The widest network that FORCED lets past the tunnel by name: an address or a few, not a provider's. */
#define IKE_GUARD_EXCLUDED_BITS4 24u
#define IKE_GUARD_EXCLUDED_BITS6 48u

/* ---- where the session stands ------------------------------------------------------------------ */
enum ike_guard_phase {
    IKE_GUARD_OFF = 0,        /* no guard at all: the empty plan */
    IKE_GUARD_DOWN = 1,       /* armed, no connection wanted yet or any more */
    IKE_GUARD_CONNECTING = 2, /* up to the first child */
    IKE_GUARD_UP = 3,         /* rekeying and reauthentication too */
    IKE_GUARD_ROAMING = 4,    /* the network has changed, the gateway has not yet confirmed */
    IKE_GUARD_LOST = 5,       /* the gateway is silent or the connection is being made again */
    IKE_GUARD_CLOSING = 6     /* the tunnel is being taken down */
};
#define IKE_GUARD_DIGEST 64u
typedef struct ike_guard_anchor { /* INTERNAL_DNSSEC_TA: a DS record (RFC 8598 4.2) for one of domains */
    uint32_t domain;              /* index */
    uint16_t key_tag;
    uint8_t algorithm, digest_type;
    uint32_t digest_n, zero;
    uint8_t digest[IKE_GUARD_DIGEST];
} ike_guard_anchor;

/* Of the last connection that stood, kept in ROAMING and LOST. Everything is borrowed for the call. */
typedef struct ike_guard_state {
    size_t size;                /* set by IKE_GUARD_STATE_INIT */
    uint32_t phase;             /* enum ike_guard_phase */
    uint32_t tun;               /* interface index of the TUN; 0: there is none */
    const ike_prefix *ip;       /* our inner addresses */
    const ike_prefix *routes;   /* what the children's selectors and the gateway's subnets say */
    const ike_addr *gateways;   /* outer addresses in use, with port (0: any) */
    const ike_addr *dns;        /* the gateway's name servers */
    const char *const *domains; /* INTERNAL_DNS_DOMAIN */
    const ike_guard_anchor *anchors;
    uint32_t ip_n, routes_n, gateways_n, dns_n, domains_n, anchors_n;
} ike_guard_state;
#define IKE_GUARD_STATE_INIT            \
    {                                   \
        .size = sizeof(ike_guard_state) \
    }

/* ---- what the network is like -------------------------------------------------------------------- */
typedef struct ike_guard_link {
    uint32_t index;      /* of the interface */
    uint32_t kind;       /* enum ike_guard_link_kind */
    uint32_t is_default; /* 1: the system's traffic would go this way without us */
    uint32_t on_link_n, dns_n, search_n;
    const ike_prefix *on_link; /* networks of its addresses */
    const ike_addr *dns;       /* that the network named */
    const char *const *search; /* search domains */
    const char *ssid;          /* NULL: none, or not known */
} ike_guard_link;

enum ike_guard_answer { IKE_GUARD_UNKNOWN = 0, IKE_GUARD_ANSWERS = 1, IKE_GUARD_SILENT = 2 };
typedef struct ike_guard_probe { /* somebody has tried url, or an address of required_dns */
    const char *what;
    uint32_t answer, zero; /* enum ike_guard_answer */
} ike_guard_probe;

typedef struct ike_guard_facts {
    size_t size;       /* set by IKE_GUARD_FACTS_INIT */
    ike_time now;      /* for portal_since alone */
    uint32_t instance; /* 0..63: which of several clients on this system; decides mark, table and priority */
    uint32_t links_n, probes_n, portal_n, portal_dns_n;
    /* 1: the gateway's name has to be asked for without a tunnel: a hole for self to the default link's name servers */
    uint32_t resolving;
    const ike_guard_link *links;
    const ike_guard_probe *probes;
    /* A captive portal stands in the way: the hole for its helper, from portal_since for ike_guard_config.portal_s. portal_n 0,
     * or no helper: no hole. */
    const ike_prefix *portal;   /* where the portal is */
    const ike_addr *portal_dns; /* who resolves its names */
    ike_time portal_since;      /* when it was found */
    ike_guard_app portal_app;   /* the helper: UID, CGROUP or MARK */
    ike_guard_app self;         /* who resolves for us: UID, CGROUP or MARK; NONE: nobody */
} ike_guard_facts;
#define IKE_GUARD_FACTS_INIT            \
    {                                   \
        .size = sizeof(ike_guard_facts) \
    }

/* ---- the plan --------------------------------------------------------------------------------------- */

/* Why an entry is there: names for findings (ike_guard_reason_name). */
enum ike_guard_reason {
    IKE_GUARD_WHY_NONE = 0,
    IKE_GUARD_WHY_LOOPBACK = 1,
    IKE_GUARD_WHY_OWN_SOCKETS = 2, /* IKE and ESP of ours, by mark */
    IKE_GUARD_WHY_GATEWAY = 3,     /* what the gateway sends us */
    IKE_GUARD_WHY_VIRTUAL = 4,     /* our inner address on an outer device (CVE-2019-14899) */
    IKE_GUARD_WHY_TUNNEL = 5,
    IKE_GUARD_WHY_DHCP = 6,
    IKE_GUARD_WHY_NEIGHBOURS = 7, /* ND, RA, MLD (RFC 4861, RFC 3810) */
    IKE_GUARD_WHY_REPLY = 8,      /* answers to what was let out */
    IKE_GUARD_WHY_EXCLUDED = 9,   /* networks that the profile names */
    IKE_GUARD_WHY_APP = 10,       /* applications that the profile names */
    IKE_GUARD_WHY_LAN = 11,
    IKE_GUARD_WHY_DNS = 12,       /* no queries beside the tunnel */
    IKE_GUARD_WHY_RESOLVING = 13, /* the gateway's own name */
    IKE_GUARD_WHY_PORTAL = 14,
    IKE_GUARD_WHY_FORWARDED = 15,
    IKE_GUARD_WHY_GUARDED = 16, /* what the tunnel is to take */
    IKE_GUARD_WHY_FAMILY = 17   /* a family that the tunnel does not take, or block-ipv4, block-ipv6 */
};

/* Address sets that entries refer to. */
enum ike_guard_set {
    IKE_GUARD_ANY = 0,
    IKE_GUARD_SET_VIRTUAL = 1, /* our inner addresses, host by host */
    IKE_GUARD_SET_GUARDED = 2, /* what the tunnel is to take, where that is not everything */
    IKE_GUARD_SET_EXCLUDED = 3,
    IKE_GUARD_SET_LAN = 4,
    IKE_GUARD_SET_GATEWAY = 5,
    IKE_GUARD_SET_RESOLVER = 6, /* for the gateway's own name */
    IKE_GUARD_SET_PORTAL = 7,
    IKE_GUARD_SET_PORTAL_DNS = 8
};
typedef struct ike_guard_net {
    ike_prefix net; /* masked, port and scope 0 */
    uint32_t set;   /* enum ike_guard_set */
    uint32_t zero;
} ike_guard_net;

/* Routes of the plan's own table. The longest prefix decides. */
enum ike_guard_route_kind {
    IKE_GUARD_ROUTE_TUN = 1,     /* into the device plan.tun, from src */
    IKE_GUARD_ROUTE_OUTSIDE = 2, /* as the system would without us (Linux: throw, the next rule decides) */
    IKE_GUARD_ROUTE_BLOCK = 3    /* unreachable at once, so that applications do not wait */
};
typedef struct ike_guard_route {
    ike_prefix to; /* masked, port and scope 0 */
    ike_addr src;  /* TUN: address to speak from; family 0: the device's own */
    uint32_t kind; /* enum ike_guard_route_kind */
    uint32_t why;  /* enum ike_guard_reason */
} ike_guard_route;

/* Which packets look into which table; the first rule that fits decides. Rule i has the priority plan.priority + i, in
 * IPv4 and IPv6. A field that is 0 (mask, has_uid, family, proto, ports) does not matter. Linux: what comes in as a reply
 * gets plan.mark from its flow before it is routed (src_valid_mark), or rp_filter would miss the way back. */
enum ike_guard_lookup {
    IKE_GUARD_LOOKUP_SYSTEM = 1, /* the system's own tables, past ours (Linux: main) */
    IKE_GUARD_LOOKUP_PLAN = 2    /* plan.table; no route there, or OUTSIDE: the rules behind it decide */
};
typedef struct ike_guard_rule {
    uint32_t lookup; /* enum ike_guard_lookup */
    uint32_t why;    /* enum ike_guard_reason */
    uint32_t mark, mask;
    uint32_t uid_first, uid_last, has_uid;
    uint32_t family;       /* 0: both */
    uint32_t proto;        /* 17: UDP */
    uint32_t sport, dport; /* of proto; 0: any */
    uint32_t from_device;  /* enum ike_guard_device: ANY; TUN: what came out of it for somebody else */
} ike_guard_rule;

/* Verdicts on packets, in order: the first entry that fits decides; none fits: what the system does without us. Every
 * field that is 0 fits all. */
enum ike_guard_chain {
    IKE_GUARD_OUT = 1,    /* made here, leaving by device */
    IKE_GUARD_IN = 2,     /* for us, arriving on device */
    IKE_GUARD_FORWARD = 3 /* other devices' packets, leaving by device, arrived on from_device */
};
enum ike_guard_device {
    IKE_GUARD_DEVICE_ANY = 0,
    IKE_GUARD_DEVICE_LOOPBACK = 1,
    IKE_GUARD_DEVICE_TUN = 2,    /* plan.tun */
    IKE_GUARD_DEVICE_OUTSIDE = 3 /* neither of these two */
};
enum ike_guard_verdict { IKE_GUARD_ACCEPT = 1, IKE_GUARD_DROP = 2 };
typedef struct ike_guard_entry {
    uint32_t chain;               /* enum ike_guard_chain */
    uint32_t family;              /* 4, 6; 0: both */
    uint32_t device, from_device; /* enum ike_guard_device; from_device: FORWARD only */
    uint32_t from, to;            /* enum ike_guard_set, by source and destination address */
    uint32_t proto;               /* IP protocol (6, 17, 50, 58) */
    /* UDP, TCP: ports, both ends included; last 0: any. ICMPv6: the type is in dport_first..dport_last. */
    uint16_t sport_first, sport_last, dport_first, dport_last;
    uint32_t mark, mask; /* mask 0: any */
    uint32_t app;        /* 0: any; else plan.apps[app - 1], UID, CGROUP or MARK */
    /* IN: 1: belongs to a flow that an OUT entry with begins let out, or is an ICMP error about one. It must not be a
     * flow of the tunnel: being established is not enough (Linux: ct mark & mask == plan.mark). */
    uint32_t reply;
    uint32_t begins; /* OUT: 1: the flow of an accepted packet is remembered for reply (Linux: ct mark set) */
    uint32_t verdict; /* enum ike_guard_verdict */
    uint32_t why;     /* enum ike_guard_reason */
} ike_guard_entry;

/* NONE: there is no tunnel, or it has no server: the system's DNS is left as it is, but entries drop its queries. */
enum ike_guard_dns_mode {
    IKE_GUARD_DNS_SYSTEM = 0, /* leave the system's DNS as it is */
    IKE_GUARD_DNS_FULL = 1,   /* every query goes to servers */
    IKE_GUARD_DNS_SPLIT = 2,  /* those for domains and all below them, to servers alone (RFC 8598 5) */
    IKE_GUARD_DNS_NONE = 3    /* nothing may be asked */
};
#define IKE_GUARD_DOMAIN 256u
typedef struct ike_guard_dns {
    uint32_t mode; /* enum ike_guard_dns_mode */
    uint32_t servers_n, domains_n, anchors_n;
    ike_addr servers[16];
    char domains[32][IKE_GUARD_DOMAIN]; /* lower case, no dot at either end */
    ike_guard_anchor anchors[16];       /* domain: index in domains above */
} ike_guard_dns;

/* An application that entries or rules speak of. set_mark: what the applier gives to its packets under plan.mask before
 * they are routed, because no rule can match a cgroup; its sender had chosen an address by then, so on the way out such
 * packets get the address of the device they leave by (Linux: masquerade). 0: none. */
typedef struct ike_guard_member {
    ike_guard_app app;
    uint32_t set_mark;
    uint32_t why; /* enum ike_guard_reason: APP, PORTAL, RESOLVING */
} ike_guard_member;

/* The hole for a captive portal's helper, for status; its entries are among the others. */
typedef struct ike_guard_hole {
    uint32_t is_open;
    uint32_t app;   /* as in ike_guard_entry */
    ike_time until; /* make the plan again then; 0 if closed */
} ike_guard_hole;

enum ike_guard_warning_code {
    IKE_GUARD_WARN_EXCLUDED = 1, /* net: what goes there is visible */
    IKE_GUARD_WARN_WIDE = 2,     /* net: too wide to be let past a forced tunnel: it is not */
    IKE_GUARD_WARN_LAN = 3,      /* net: on-link, but public, wide or the tunnel's: not taken for a LAN */
    IKE_GUARD_WARN_FAMILY = 4,   /* net: a family that the gateway does not serve: dropped */
    IKE_GUARD_WARN_DNS = 5,      /* net: a name server that the tunnel does not reach: not used */
    IKE_GUARD_WARN_DOMAIN = 6,   /* a domain that the gateway may not claim, or an anchor: not used */
    IKE_GUARD_WARN_APP = 7,      /* applications beside the tunnel, or such as have no match */
    IKE_GUARD_WARN_SPLIT = 8,    /* forced, but for some networks only */
    IKE_GUARD_WARN_UNSERVED = 9, /* net: is to go into the tunnel, the gateway does not take it: dropped */
    IKE_GUARD_WARN_PORTAL = 10,  /* a hole is open */
    IKE_GUARD_WARN_NO_DNS = 11   /* nothing may be asked: no server that the tunnel reaches was named */
};
typedef struct ike_guard_warning {
    uint32_t code; /* enum ike_guard_warning_code */
    uint32_t zero;
    ike_prefix net; /* family 0: none */
    char text[200]; /* one line for people */
} ike_guard_warning;

#define IKE_GUARD_NETS     1024u
#define IKE_GUARD_ROUTES   1024u
#define IKE_GUARD_RULES    64u
#define IKE_GUARD_ENTRIES  192u
#define IKE_GUARD_APPS     32u
#define IKE_GUARD_WARNINGS 64u

/* Some 150 KiB: keep it on the heap. Unused elements are all zero, so that equal plans are equal octets. */
typedef struct ike_guard_plan {
    size_t size;          /* set by ike_guard_make */
    uint32_t mode, phase; /* what it was made for */
    uint32_t is_empty;    /* 1: nothing is to be there (all counts are 0, DNS is the system's) */
    uint32_t instance;
    uint32_t mark, mask; /* every socket of ours that speaks to a gateway has it (Linux: SO_MARK) */
    uint32_t table;      /* number of our own routing table */
    uint32_t priority;   /* of rules[0]; ours up to priority + IKE_GUARD_RULES - 1 */
    uint32_t tun;        /* interface index; 0: none, and then no TUN entry or route */
    uint32_t rewrite;    /* 1: what is forwarded into the tunnel gets our inner address (Linux: masquerade) */
    uint32_t forced_all; /* 1: forced, every destination of both families, every application */
    uint32_t only_apps;  /* 1: apps with the reason APP are those of the tunnel; 0: those beside it */
    uint32_t ip_n, nets_n, routes_n, rules_n, entries_n, apps_n, warnings_n;
    uint32_t zero;
    ike_prefix ip[16];                  /* our inner addresses */
    ike_guard_net nets[IKE_GUARD_NETS]; /* by set; within it as it was given */
    ike_guard_route routes[IKE_GUARD_ROUTES];
    ike_guard_rule rules[IKE_GUARD_RULES];
    ike_guard_entry entries[IKE_GUARD_ENTRIES];
    ike_guard_member apps[IKE_GUARD_APPS];
    ike_guard_dns dns;
    ike_guard_hole hole;
    ike_guard_warning warnings[IKE_GUARD_WARNINGS];
} ike_guard_plan;

/* ---- functions ---------------------------------------------------------------------------------------- */

/* Makes the plan: 0, or an error, after which *out is not to be used and the plan before it stays in force. Everything
 * given is borrowed for the call; all octets of *out are written. Errors: USAGE (a NULL, a set unknown field, a phase or
 * an instance that is none), CONFIG (an application or a network that cannot be), LIMIT (more than a plan holds: nothing
 * is ever left out silently). */
IKE_API int ike_guard_make(const ike_guard_config *cfg, const ike_guard_state *state,
                           const ike_guard_facts *facts, ike_guard_plan *out);
/* The empty plan of an instance: what IKE_GUARD_OFF means. Errors: USAGE. */
IKE_API int ike_guard_make_off(uint32_t instance, ike_guard_plan *out);

/* What leads from one plan to another: first all REMOVE of a section, from its end to its start (at: index in from),
 * then its ADD in order (at: index in to, and where it stands then). HEAD: the fields that are no list, DNS and hole
 * included: one ADD, at 0, for all of them. */
enum ike_guard_section {
    IKE_GUARD_HEAD = 0,
    IKE_GUARD_IPS = 1,
    IKE_GUARD_NETS_OF = 2,
    IKE_GUARD_ROUTES_OF = 3,
    IKE_GUARD_RULES_OF = 4,
    IKE_GUARD_ENTRIES_OF = 5,
    IKE_GUARD_APPS_OF = 6,
    IKE_GUARD_WARNINGS_OF = 7
};
enum ike_guard_op { IKE_GUARD_REMOVE = 1, IKE_GUARD_ADD = 2 };
typedef struct ike_guard_change {
    uint32_t section, op; /* enum ike_guard_section, enum ike_guard_op */
    uint32_t at, zero;
} ike_guard_change;
/* Returns how many changes; 0: the plans are the same. Errors: USAGE, NOSPACE (more than cap; room for all elements of
 * both plans and one more always suffices). */
IKE_API int ike_guard_diff(const ike_guard_plan *from, const ike_guard_plan *to, ike_guard_change *out,
                           uint32_t cap);

/* A packet, to try a plan on. */
typedef struct ike_guard_packet {
    uint32_t chain;               /* enum ike_guard_chain */
    uint32_t device, from_device; /* enum ike_guard_device, not ANY */
    uint32_t proto;
    ike_addr src, dst; /* with ports; ICMPv6: the type is dst.port */
    uint32_t mark, uid;
    uint32_t reply; /* IN: of a flow that an entry with begins let out */
    uint32_t zero;
    const char *cgroup; /* of the sender, "/…"; NULL: "/" */
} ike_guard_packet;
/* The verdict on it (enum ike_guard_verdict); 0: no entry fits, the system decides. *entry, if not NULL: which one
 * decided, or plan->entries_n. Neither this nor ike_guard_way takes a NULL for plan or packet. */
IKE_API int ike_guard_judge(const ike_guard_plan *plan, const ike_guard_packet *packet, uint32_t *entry);
/* Which kind of route takes it (device does not matter): enum ike_guard_route_kind. */
IKE_API int ike_guard_way(const ike_guard_plan *plan, const ike_guard_packet *packet);

/* Triggers: what is to be done on this network, as Apple's OnDemandRules say it: the first trigger that fits decides,
 * none: IGNORE. name: what somebody wants to reach, and whether that can be resolved (enum ike_guard_answer) – NULL: only
 * the network has changed. */
typedef struct ike_guard_decision {
    uint32_t action; /* enum ike_guard_action; EVALUATE: it depends on the name, and name was NULL */
    uint32_t which;  /* index of the trigger; triggers_n: none */
    /* Not NULL: nothing can be said (action IGNORE) until this URL, or this name server, was tried: then call again with
     * it among facts->probes. Borrowed from the triggers. */
    const char *probe;
} ike_guard_decision;
/* Errors: USAGE. */
IKE_API int ike_guard_decide(const ike_guard_trigger *triggers, uint32_t triggers_n,
                             const ike_guard_facts *facts, const char *name, uint32_t name_answer,
                             ike_guard_decision *out);

/* 1: is name the domain itself or below it, whole labels, upper or lower case alike, a dot at the end or not. */
IKE_API int ike_guard_is_below(const char *name, const char *domain);
/* 1: of one label, or of those that anybody registers below ("co.uk"): too wide to be claimed by a gateway. */
IKE_API int ike_guard_is_public_suffix(const char *domain);

/* Names for people and JSON, static; "?" for what is none. */
IKE_API const char *ike_guard_mode_name(uint32_t mode);
IKE_API const char *ike_guard_start_name(uint32_t start);
IKE_API const char *ike_guard_phase_name(uint32_t phase);
IKE_API const char *ike_guard_reason_name(uint32_t why);
IKE_API const char *ike_guard_set_name(uint32_t set);
IKE_API const char *ike_guard_action_name(uint32_t action);

/* The plan as JSON, indented, ending in a newline; NULL: no memory. To be given to ike_guard_text_free. */
IKE_API char *ike_guard_print(const ike_guard_plan *plan);
IKE_API void ike_guard_text_free(char *text); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
