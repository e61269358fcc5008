/* ike/ike.h - an IKEv2 and ESP client without sockets, clock, threads or globals.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A session is one VPN connection. It is a value with a pump around it: everything the outside world
 * can do to it is a function that takes `now`; everything it wants comes out of three polls: a
 * datagram to send (ike_poll_send), an event to see (ike_poll_event), a deadline to wait for
 * (ike_deadline). It calls two tables of yours, crypto and allocator, and an optional log.
 * Anything slow or secret (shared key, signature, verdict on a certificate) it asks for with an
 * event, and goes on when ike_answer brings the answer, at once or a minute later.
 *
 * The pump rule: after any call that takes `now`, drain ike_poll_send and ike_poll_event until both
 * return 0, and arm a timer for ike_deadline. Nothing re-enters; there are no callbacks into you.
 *
 * One session: one thread at a time. Two sessions share nothing.
 *
 * API changelog
 *   0.1  first tunnel: connect, data, close.
 *   0.2  the life of a connection: rekeying (rekey_…, IKE_EV_REKEYED, ike_rekey), roaming (mobike, ike_roam,
 *        IKE_EV_PATH), authentication anew (reauth_s), ike_reconfigure, redirection
 *        (redirect, ike_redirect, IKE_EV_REDIRECT), initial_contact, childless; further children (children),
 *        probing of other paths (sources, gateways), no_nats; ike_assigned: others, gateway_version.
 *        Resumption (resumption, ticket, IKE_EV_TICKET, ike_up.resumed). ike_crypto_openssl. Keys elsewhere
 *        (keystore.h: ike_signer, slow key stores).
 *   0.3  EAP: IKE_AUTH_EAP, IKE_ASK_EAP (ike/eap.h answers it).
 *        Proof of identity: ike_trust_set (policy, clock, wildcards, revocation), ike_trust_pin, ike_trust_add_crl,
 *        ike_trust_wanted, ike_trust_give; ike/fetch.h.
 *   0.4  as fast as the machine allows: ike_recv_n, ike_env.bulk, ike_child.crypto, ike_crypto_ipsecmb; ike_tun ABI 2
 *        (read_n, write_n), ike_tun_linux_open, ike_uv_stats_get. Many sessions, one timer: ike/timers.h.
 *        The path's MTU: path_mtu, IKE_EV_MTU, ike_mtu_hint, ike_mtu_is_probe, ike_mtu_answer; ike_stats: path_mtu, inner_mtu,
 *        drop_too_big; IKE_E_TOO_BIG.
 *        Post-quantum preshared keys (ppk, IKE_ASK_PPK). OCSP responses in IKE (want_ocsp). Announced authentication
 *        methods (ike_ask.authority_sigs). ike_policy_judge. IKE_CRYPTO_ABI 2: eddsa, pk. IKE_VERIFIED_IN_PART,
 *        ike_trust_unchecked, ike_trust_policy_cert, ike_trust_policy_anchors.
 *        ECN (ike_packet.ecn; ike_stats, ike_esp_stats: drop_ecn; ike_recorder_recv_one).
 *        DNSSEC trust anchors from the gateway (IKE_WANT_DNSSEC, ike_assigned.anchors).
 * New function checklist: changelog above, declaration with effect / when allowed / ownership /
 * errors, libike.map, test in tests/abi. */
#ifndef IKE_IKE_H
#define IKE_IKE_H

#include <ike/crypto.h>
#include <ike/err.h>
#include <ike/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKE_VERSION "0.1.0"
IKE_API const char *ike_version(void); /* of the library linked in: "0.1.0"; static text */

/* Structs that begin with `size` only ever grow at their tail, so a program and a library of different age
 * meet: what both know is copied, what only we know becomes zero, ours->size becomes ours_n. For hosts that
 * copy a struct of the library's (ike_profile.config) or implement a table of ours (ike_tun.configure).
 * Errors: USAGE (a NULL, a size that is none, or a field is set that we do not know; *ours is untouched). */
IKE_API int ike_struct_adopt(void *ours, size_t ours_n, const void *theirs);

/* ---- signatures ----------------------------------------------------------------------------
 * Schemes an AUTH payload may use; a bit each, so that a set fits one word. ECDSA signatures cross
 * the API as DER (ECDSA-Sig-Value); the core converts for the methods of RFC 4754. */
enum ike_sig {
    IKE_SIG_RSA_SHA1 = 1, /* RSASSA-PKCS1-v1_5; only under IKE_POLICY_COMPAT */
    IKE_SIG_RSA_SHA256 = 2,
    IKE_SIG_RSA_SHA384 = 3,
    IKE_SIG_RSA_SHA512 = 4,
    IKE_SIG_PSS_SHA256 = 5, /* RSASSA-PSS, MGF1 with the same hash, salt as long as the hash */
    IKE_SIG_PSS_SHA384 = 6,
    IKE_SIG_PSS_SHA512 = 7,
    IKE_SIG_ECDSA_SHA256 = 8,  /* any curve (RFC 7427); where the peer has RFC 4754 only: P-256 */
    IKE_SIG_ECDSA_SHA384 = 9,  /* likewise P-384 */
    IKE_SIG_ECDSA_SHA512 = 10, /* likewise P-521 */
    IKE_SIG_ED25519 = 11,
    IKE_SIG_ED448 = 12
};
#define IKE_SIG_BIT(sig) (UINT64_C(1) << (sig))

/* ---- configuration --------------------------------------------------------------------------
 * Zero means default, in every field. Everything is copied by ike_session_new. Fields are only ever
 * appended. A set field that this version does not know makes ike_session_new fail (IKE_E_USAGE). */
/* EAP for auth_local: with auth_remote CERT (RFC 7296 2.16), or with EAP as well: a method that proves both sides and makes
 * a key (RFC 5998), where the gateway can. */
enum ike_auth { IKE_AUTH_DEFAULT = 0, IKE_AUTH_PSK = 1, IKE_AUTH_CERT = 2, IKE_AUTH_EAP = 3 };
enum ike_encap {
    IKE_ENCAP_AUTO = 0, /* ESP in UDP where a NAT is found */
    IKE_ENCAP_UDP = 1   /* always: pretend to be behind a NAT (hosts that own a UDP socket only) */
};
enum ike_policy {
    IKE_POLICY_DEFAULT = 0,
    IKE_POLICY_COMPAT = 1,           /* also SHA-1 as PRF, as INTEG and in signatures */
    IKE_POLICY_NCSC_RECOMMENDED = 2, /* UK NCSC: AES-128-GCM, SHA-256, ECP-256, ECDSA P-256, nothing else */
    IKE_POLICY_NCSC_LEGACY = 3,      /* UK NCSC: AES-128-CBC, SHA-256, MODP-2048, RSA */
    IKE_POLICY_CNSA = 4              /* RFC 9206: AES-256-GCM, SHA-384, ECP-384 or MODP-3072 and up */
};
/* "default", "compat", "ncsc-recommended", "ncsc-legacy", "cnsa": as profiles spell them; NULL: no such policy. */
IKE_API const char *ike_policy_name(uint32_t policy);
enum ike_ppk {
    IKE_PPK_NONE = 0,
    IKE_PPK_OPTIONAL = 1, /* without it, and with a warning, where the gateway does not have it */
    IKE_PPK_REQUIRED = 2  /* no connection without it: IKE_E_PPK */
};
#define IKE_OFF          UINT32_MAX /* for the fields below that say so: never */
#define IKE_WANT_IP4     1u         /* ask for an IPv4 address (CP) */
#define IKE_WANT_IP6     2u
#define IKE_WANT_DNS     4u  /* name servers and their domains */
#define IKE_WANT_SUBNETS 8u  /* INTERNAL_IP4/6_SUBNET */
#define IKE_WANT_VERSION 16u /* 0.2: APPLICATION_VERSION: what software the gateway is */
#define IKE_WANT_PCSCF   32u /* 0.2: P_CSCF_IP4/6_ADDRESS (RFC 7651), of the families asked for */
#define IKE_WANT_DNSSEC  64u /* 0.4: INTERNAL_DNSSEC_TA (RFC 8598): only with IKE_WANT_DNS */

/* A CHILD_SA beside the first one, on the same IKE SA: proposals and selectors of its own (RFC 7296 1.3.1). */
typedef struct ike_child_config {
    size_t size;            /* set by IKE_CHILD_CONFIG_INIT */
    const char *name;       /* 1 to 31 octets, no two the same: events and ike_reconfigure go by it */
    const char *esp_suites; /* NULL: those of the session */
    const ike_ts *ts_local, *ts_remote; /* NULL: everything; at most 16 each */
    uint32_t ts_local_n, ts_remote_n;
} ike_child_config;
#define IKE_CHILD_CONFIG_INIT            \
    {                                    \
        .size = sizeof(ike_child_config) \
    }

typedef struct ike_config {
    size_t size; /* set by IKE_CONFIG_INIT */

    /* Identities: "gw.example" (FQDN), "me@example" (e-mail), "192.0.2.1", "C=DE, CN=gw" (DN); or the
     * type said: "fqdn:", "email:", "ip:", "dn:", "dnhex:", "keyid:". NULL remote_id: any that is proven. */
    const char *local_id, *remote_id;
    uint32_t auth_local, auth_remote; /* enum ike_auth; default: PSK */

    /* Proposals as strongSwan writes them, separated by commas: "aes256gcm16-prfsha384-ecp384".
     * NULL: built-in, AES-GCM and Curve25519 first; "default" in the list stands for those. Of a proposal whose
     * ciphers the backend cannot combine with each of its integrity algorithms, what can is offered. */
    const char *ike_suites, *esp_suites;
    uint32_t policy; /* enum ike_policy: what may be offered and accepted; other proposals: CONFIG */
    uint32_t encap;  /* enum ike_encap */

    const ike_ts *ts_local, *ts_remote; /* NULL: everything; at most 16 each */
    uint32_t ts_local_n, ts_remote_n;
    uint32_t want; /* IKE_WANT_*, added up; 0: no CP request */

    /* From here on: "; 30" is what 0 stands for, "; IKE_OFF" that the field may be that. */
    uint32_t dpd_s;                /* liveness check after this much silence while we send; 30; IKE_OFF */
    uint32_t natt_keepalive_s;     /* behind a NAT, when idle; 20; IKE_OFF */
    uint32_t retry_first_ms;       /* first retransmission; 500 */
    uint32_t retry_factor_percent; /* growth of the interval; 180 */
    uint32_t retry_tries;          /* retransmissions before the peer counts as dead; 5 */
    /* largest IKE datagram sent, IP and UDP header included, octets; 1280; IKE_OFF. From 1152 on: 576 where nobody answers */
    uint32_t fragment_size;
    uint32_t replay_window; /* packets; 1024; at most 65536; IKE_OFF: no replay protection */

    /* IKE_AUTH_CERT: our chain, DER, leaf first; and what to put in CERTREQ: SHA-1 hashes of the
     * accepted CAs' SubjectPublicKeyInfo, 20 octets each, one after the other (ike_trust_certreq). */
    uint32_t local_certs_n, zero;
    const ike_span *local_certs;
    ike_span certreq;

    uint32_t init_tries;     /* different IKE_SA_INIT requests in all: COOKIE, other KE, next proposal; 8 */
    uint32_t reassembly_max; /* octets of one message put together from fragments; 65536 */

    /* 0.2: soft lifetimes. Rekeying starts up to a tenth earlier, at random; what could not be rekeyed is closed
     * a tenth later. Sequence numbers never wrap, whatever is set here. */
    uint32_t rekey_ike_s;                            /* 14400; IKE_OFF */
    uint32_t rekey_child_s;                          /* 3600; IKE_OFF */
    uint64_t rekey_child_bytes, rekey_child_packets; /* either direction; 0: no such limit */
    uint32_t mobike;                                 /* RFC 4555; 0: where the peer has it; IKE_OFF */
    uint32_t reauth_s;        /* authenticate anew, make-before-break (RFC 7296 2.8.3); 0: never */
    uint32_t redirect;        /* RFC 5685; 0: follow the gateway's advice; IKE_OFF */
    uint32_t initial_contact; /* 1: say that older SAs of this identity are dead (RFC 7296 2.4) */
    /* 1: IKE_AUTH without a child where the gateway can (RFC 6023), the first child right behind it, with a key exchange
     * of its own if esp_suites says so */
    uint32_t childless, zero2;
    ike_addr ask_ip4, ask_ip6; /* with want: what to ask for, of a connection before; family 0: any */

    /* Session resumption (RFC 5723): with a ticket that the gateway gave an earlier connection, the next one needs no
     * asks and no public-key cryptography. resumption: 0: ask for tickets; IKE_OFF: neither ask for nor use any.
     * ticket: what IKE_EV_TICKET brought, as it was; it holds keys. ticket_age_s: seconds since then, by a clock that
     * does not start anew with the system. A ticket that is too old, broken, of another gateway, identity,
     * authentication or set of authorities, of a suite that is not offered any more, or that the gateway refuses,
     * leads to a full handshake, no more. It serves ike_connect; a new authentication later is a full one. */
    uint32_t resumption, ticket_age_s;
    ike_span ticket;

    /* Further children, at most 8, made right behind the first one, which ts_local, ts_remote and esp_suites are
     * for. Pointers, so that programs and libraries of different age find each of them. */
    const ike_child_config *const *children;
    uint32_t children_n;
    /* 1: no NAT is tolerated on the way (RFC 4555 3.9), and NAT traversal is off: not with IKE_ENCAP_UDP */
    uint32_t no_nats;
    /* Where the current path is dead, others are probed, with MOBIKE: from our other addresses, which the host can send
     * from (port 0: the same port), to the gateway's, those that it names itself (RFC 4555 3.4) and these. At most 8
     * each; ike_reconfigure changes them LIVE. */
    const ike_addr *sources, *gateways;
    uint32_t sources_n, gateways_n;
    /* 0.3: another proof behind the first, of second_id (RFC 4739); IKE_AUTH_EAP, 0: none */
    uint32_t auth_second, zero3;
    const char *second_id;
    /* 0.4: search for what the path carries (RFC 8899), up to IP packets of so many octets: 1280 to 9200; 0: no search, and
     * nothing is said or done about sizes. Only for hosts that send what ike_mtu_is_probe names with DF, uncut. See
     * "the path's MTU" below. */
    uint32_t path_mtu, zero4;
    /* 0.4: a post-quantum preshared key beside the proofs (RFC 8784), which IKE_ASK_PPK asks for: it is mixed into the keys
     * of every full handshake. ppk_id: its name, 1 to 255 octets, which both sides know it by (PPK_ID_FIXED). */
    uint32_t ppk; /* enum ike_ppk */
    /* 1: ask the gateway for an OCSP response on its certificate (RFC 4806): ike_ask.ocsp */
    uint32_t want_ocsp;
    const char *ppk_id;
} ike_config;
#define IKE_CONFIG_INIT            \
    {                              \
        .size = sizeof(ike_config) \
    }

/* What a policy says to a configuration, in place of cfg->policy: 0: yes; 1: yes, but *why draws a warning; else the error
 * of ike_session_new, and *why names the field. *why: static text. crypto: what could be offered. Callable at any time. */
IKE_API int ike_policy_judge(uint32_t policy, const ike_config *cfg, const ike_crypto *crypto,
                             const char **why);

/* ---- environment: the only things the core ever calls -------------------------------------- */
typedef struct ike_alloc {
    void *(*alloc)(void *self, size_t n); /* zeroed memory aligned for any type, or NULL */
    void (*release)(void *self, void *p, size_t n);
    void *self;
} ike_alloc;

enum ike_log_level { IKE_LOG_ERROR = 1, IKE_LOG_INFO = 2, IKE_LOG_LADDER = 3, IKE_LOG_DEBUG = 4 };
typedef struct ike_log {
    size_t size;    /* sizeof(ike_log) of the library */
    uint32_t level; /* enum ike_log_level; LADDER: one line a message, "--> IKE_SA_INIT { SA KE Ni … }" */
    uint32_t zero;
    uint64_t spi;     /* initiator's SPI of the IKE SA, 0 if none */
    const char *text; /* one line without newline; never a secret; valid during the call */
} ike_log;

typedef struct ike_env {
    size_t size;              /* set by IKE_ENV_INIT */
    const ike_crypto *crypto; /* required; must outlive the session */
    const ike_alloc *alloc;   /* NULL: malloc and free; must outlive the session */
    /* NULL: nobody listens. */
    void (*log)(void *user, const ike_log *rec);
    /* Secrets of an SA, for Wireshark. file: "ikev2_decryption_table" or "esp_sa"; line: one line of it,
     * without newline. Leave it NULL in production. */
    void (*keylog)(void *user, const char *file, const char *line);
    void *user;
    /* 0.4: a backend whose ciphers seal and open ESP, where it has the one that was agreed on; all else comes from
     * crypto. NULL: crypto. ike_crypto_ipsecmb is for this. Must outlive the session. */
    const ike_crypto *bulk;
} ike_env;
#define IKE_ENV_INIT            \
    {                           \
        .size = sizeof(ike_env) \
    }

/* ---- a session ------------------------------------------------------------------------------ */
typedef struct ike_session ike_session;

/* Makes an idle session. cfg is copied, env->crypto and env->alloc are kept by pointer.
 * Errors: USAGE (a NULL, a set unknown field), CONFIG (a value is wrong: *why names the field), UNSUPPORTED
 * (no proposal is left that the backend offers), NOMEM, CRYPTO. *why, if why is not NULL, is static text and
 * never NULL: the reason, "" on success. On error *out is NULL. */
IKE_API int ike_session_new(ike_session **out, const ike_config *cfg, const ike_env *env, const char **why);
/* Wipes every key and releases all memory. Sends nothing: call ike_close first to be polite. NULL is fine. */
IKE_API void ike_session_free(ike_session *s);

/* ---- verbs: they queue work and return; results arrive as events ---------------------------- */
/* Start the IKE SA and its first child. Once per session. path is copied; remote.port 0 means 500, which
 * moves to 4500 (RFC 7296 2.23); any other port but 500 stays and carries the non-ESP marker from the
 * first datagram. Errors: USAGE (called before, or no address), CLOSED, NOMEM, CRYPTO. */
IKE_API int ike_connect(ike_session *s, const ike_path *path, ike_time now);
/* Close: an established SA is deleted at the peer (RFC 7296 1.4.1), an attempt is given up; ends in
 * IKE_EV_CLOSED, at the latest after two seconds. Repeated calls are fine. Errors: CLOSED. */
IKE_API int ike_close(ike_session *s, ike_time now);
/* Ask the peer for a sign of life now (RFC 7296 2.4). Errors: USAGE (not established), CLOSED, NOMEM. */
IKE_API int ike_check_alive(ike_session *s, ike_time now);

/* The path has changed: another address of ours, and of the gateway's if path->remote names one (family 0: as
 * before; port 0: as before). NULL: there is no network: nothing is sent, nothing times out, nothing is lost, until
 * a path comes. Requests and ESP leave on the new path from now on; the gateway is told by MOBIKE (RFC 4555 3.5), or,
 * where it has none, by a fresh authentication on the new path, before which the old SA is kept. Ends in
 * IKE_EV_PATH. Allowed at any time after ike_connect. Errors: USAGE (no address, a family without a gateway
 * address), CLOSED, NOMEM. */
IKE_API int ike_roam(ike_session *s, const ike_path *path, ike_time now);
/* To another gateway, as IKE_EV_REDIRECT asked for (a name that was resolved, an address of another family): during the
 * first handshake that begins again there; later a new authentication there comes first, then the old SA goes.
 * path->remote.port 0: as in ike_connect. Errors: USAGE (no address; before ike_connect), CLOSED, NOMEM. */
IKE_API int ike_redirect(ike_session *s, const ike_path *path, ike_time now);
/* Another configuration, checked and copied as by ike_session_new, with the least that brings it about. What a field
 * costs: times, retransmission, keepalives: nothing (LIVE); esp_suites, replay_window: rekeying of the children;
 * ike_suites, policy: of the IKE SA; selectors: another child, then the old one goes; children: those that are new
 * are made, those that are gone are deleted (IKE_EV_CHILD_DOWN without err), the others are left alone; identities,
 * authentication, want, encap, mobike: a new authentication, make-before-break (its asks come as events). Another
 * gateway is another session, or ike_roam. Returns the strongest enum ike_change that follows. Errors: as
 * ike_session_new, and then nothing has changed; USAGE (not established, or authenticating), CLOSED. */
enum ike_change {
    IKE_CHANGE_NONE = 0,
    IKE_CHANGE_LIVE = 1,
    IKE_CHANGE_REKEY_CHILD = 2,
    IKE_CHANGE_REKEY_IKE = 3,
    IKE_CHANGE_CHILD = 4,
    IKE_CHANGE_REAUTH = 5
};
IKE_API int ike_reconfigure(ike_session *s, const ike_config *cfg, ike_time now, const char **why);
/* Rekey now: child_id 0: the IKE SA (RFC 7296 1.3.2); else that child (1.3.3). Ends in IKE_EV_REKEYED, or in nothing
 * if the peer will not; lifetimes try again. Errors: USAGE (not established, no such child), CLOSED, LIMIT, NOMEM. */
IKE_API int ike_rekey(ike_session *s, uint32_t child_id, ike_time now);

/* ---- pump ------------------------------------------------------------------------------------ */
/* One UDP datagram that came in. dgram may be changed in place. IKE: worked through, *inner is empty.
 * ESP: *inner is the IP packet, inside dgram, to be written to the TUN; valid while dgram is.
 * from.remote.port 500 means no non-ESP marker. Of ECN nothing is known here: ike_recv_n. Returns 0, or: DISCARD (not authentic, replayed or
 * unknown: nothing changed), SYNTAX, TS (inner packet outside the selectors), CLOSED, NOMEM, CRYPTO. */
IKE_API int ike_recv(ike_session *s, const ike_path *from, uint8_t *dgram, size_t n, ike_span *inner,
                     ike_time now);
/* The same for n datagrams of one path, in place; ESP packets among them are opened together. It stops behind the
 * first one that is not ESP, so that you can obey the pump rule: returns how many it has worked through, at least
 * one, if n is not 0; go on with the others. Those have err as ike_recv returns it, and n and off of the inner packet,
 * n 0 if there is none. ecn is taken along (see "ECN" below). Errors: USAGE, CLOSED (none is changed). */
IKE_API int ike_recv_n(ike_session *s, const ike_path *from, ike_packet *pkts, size_t n, ike_time now);
/* One IP packet to send: writes the ESP packet for a UDP datagram, with ECN 0 in its header, to out. Returns its
 * length and fills *to; or NOSPACE (cap < n + IKE_HEADROOM + IKE_TAILROOM), TS (no child takes this packet: drop
 * it, never send it in clear), TOO_BIG (with path_mtu: drop it, ike_mtu_answer tells its sender), LIMIT (sequence
 * numbers used up), CLOSED, CRYPTO. Allocates nothing. */
IKE_API int ike_seal(ike_session *s, const uint8_t *ip, size_t n, uint8_t *out, size_t cap, ike_path *to,
                     ike_time now);
/* The same for n packets at once, in place, each with its own err (see ike_packet). They return the
 * number of packets that came through. ike_open_n takes ESP packets only (UDP payload without marker,
 * or IP protocol 50) and leaves IP packets; a dummy packet ends with n = 0 and err = 0.
 * ECN (RFC 6040, RFC 7296 2.24): a packet that was sealed has in ecn what belongs into the ECN field of its outer
 * header; before opening, ecn is what stood there, and the inner packet gets the marks of the way (IPv4 with its
 * checksum), or, where it is not of a transport that heeds them and the mark says congestion, is dropped (DISCARD,
 * drop_ecn). IKE messages and keepalives leave with 0. A host that neither reads nor sets the outer field leaves ecn
 * alone: 0 in, and 0 on the wire, is RFC 6040's compatibility mode (4.1). To set without reading loses marks: do both
 * or neither. DSCP stays inside. */
IKE_API int ike_seal_n(ike_session *s, ike_packet *pkts, size_t n, ike_path *to, ike_time now);
IKE_API int ike_open_n(ike_session *s, ike_packet *pkts, size_t n, ike_time now);
/* Next datagram to send, marker included: its length, with *to filled, or 0: none; NOSPACE if cap is
 * smaller than the datagram (65535 always suffices, fragment_size does when fragmentation is on). */
IKE_API int ike_poll_send(ike_session *s, uint8_t *out, size_t cap, ike_path *to, ike_time now);
/* When to call ike_tick at the latest; IKE_NEVER: no need. */
IKE_API ike_time ike_deadline(const ike_session *s);
/* Does what is due. Early or late calls do no harm. Returns 0, NOMEM or CRYPTO. */
IKE_API int ike_tick(ike_session *s, ike_time now);

/* ---- the path's MTU (with ike_config.path_mtu) --------------------------------------------------
 * What the path carries is found with IKE messages that are padded to a size and must arrive uncut, while packets are
 * being sent (RFC 8899). Until then 1280 octets are assumed. From it follows, exactly, how large an inner
 * packet may be: IKE_EV_MTU says so each time that it changes, and the host sets it on its TUN. TCP is told by the
 * Maximum Segment Size in passing SYN segments, both ways. What is larger all the same is refused with TOO_BIG if it may
 * not be cut; the rest is sealed and may be cut outside.
 * The host sends ESP of up to path_mtu octets (UDP and IP headers included) with DF once path_mtu is above 1280, and
 * everything else without; over IPv6 it cuts what is larger than path_mtu itself. */

/* 1: the datagram that ike_poll_send handed out last is a probe: it leaves with DF (IPv6: uncut) and whole, or not at
 * all. NULL: 0. */
IKE_API int ike_mtu_is_probe(const ike_session *s);
/* Somebody says that a datagram to path->remote was too big, and that mtu octets (an IP packet) would fit: ICMP, as the
 * system's error queue has it, or the system itself. quote: the beginning of the UDP payload that it speaks of; empty
 * only if the system itself says so (EMSGSIZE). Believed only if the address is the gateway's and the quote is ours:
 * then it can lower path_mtu, never below 1280 (RFC 8201 4, RFC 8899 4.6). Returns 1: it is news; 0: it changed nothing.
 * Errors: USAGE, CLOSED, DISCARD (not plausible). */
IKE_API int ike_mtu_hint(ike_session *s, const ike_path *path, ike_span quote, uint32_t mtu, ike_time now);
/* An inner packet was refused with TOO_BIG: the ICMP message for its sender (RFC 1191 4, RFC 4443 3.2), to be written to
 * the TUN. ip: the packet; the n octets from there on may be more than it has. out: 1280 octets. Returns its length, or
 * 0: no answer to such a packet, or too many of late (RFC 4443 2.4). Errors: USAGE, NOSPACE. */
IKE_API int ike_mtu_answer(ike_session *s, const uint8_t *ip, size_t n, uint8_t *out, size_t cap,
                           ike_time now);

/* ---- events: pointers inside live until the next call on the same session ------------------- */
enum ike_event_type {
    IKE_EV_NONE = 0,
    IKE_EV_UP = 1,         /* u.up: the IKE SA stands, both sides are authenticated */
    IKE_EV_CONFIG = 2,     /* u.config: what the gateway assigned (CP) */
    IKE_EV_CHILD_UP = 3,   /* u.child. Under an id that is up already: with other selectors or addresses */
    IKE_EV_CHILD_DOWN = 4, /* u.child (id, SPIs, name); err, notify: why, err 0: by us. The IKE SA lives */
    IKE_EV_ASK = 5,        /* u.ask: answer it with ike_answer */
    IKE_EV_WARNING = 6,    /* u.warning */
    IKE_EV_CLOSED = 7,     /* u.closed; err, notify. The last event of a session */
    IKE_EV_REKEYED = 8,    /* u.rekeyed: an SA has a successor; addresses, routes and child ids stay */
    IKE_EV_PATH = 9,       /* u.path: traffic flows on another path */
    IKE_EV_REDIRECT = 10,  /* u.redirect: the gateway names another one (RFC 5685) */
    IKE_EV_TICKET = 11,    /* u.ticket: for the next connection (RFC 5723) */
    IKE_EV_MTU = 12        /* u.mtu: what the path carries, and so how large inner packets may be */
};
enum ike_phase {
    IKE_PHASE_IDLE = 0,
    IKE_PHASE_SA_INIT = 1,
    IKE_PHASE_AUTH = 2,
    IKE_PHASE_UP = 3,
    IKE_PHASE_CLOSING = 4
};
enum ike_nat { IKE_NAT_NONE = 0, IKE_NAT_LOCAL = 1, IKE_NAT_REMOTE = 2, IKE_NAT_BOTH = 3 };
enum ike_by { IKE_BY_US = 0, IKE_BY_PEER = 1 };

typedef struct ike_up {
    uint64_t spi_i, spi_r;
    const char *suite;      /* "aes256gcm16-prfsha256-curve25519" */
    const char *peer_id;    /* as text */
    const char *auth_local; /* "psk", "ecdsa-sha256", "rsa-pss-sha256" … */
    const char *auth_remote;
    uint64_t handshake_us; /* first request to last response */
    uint32_t round_trips;
    uint8_t nat;           /* enum ike_nat */
    uint8_t fragmentation; /* 1: both sides support RFC 7383 */
    uint8_t peer_has_mobike;
    uint8_t resumed; /* 0.2: 1: with a ticket; auth_… say what the first connection was made with */
    uint8_t ppk;     /* 0.4: 1: a post-quantum preshared key is in the keys (of this handshake; RFC 8784) */
    uint8_t zero[7];
} ike_up;
typedef struct ike_child {
    uint32_t id; /* 1, 2, … within the session */
    uint32_t spi_in, spi_out;
    uint32_t esn;                 /* 1: 64-bit sequence numbers */
    const char *suite;            /* "aes256gcm16-esn" */
    const ike_ts *local, *remote; /* what was agreed (narrowed by the peer, RFC 7296 2.9) */
    uint32_t local_n, remote_n;
    const char *name;   /* 0.2: of ike_config.children; "": the first one, or no longer configured */
    const char *crypto; /* 0.4: the backend that seals and opens: "openssl 3.0.15" */
} ike_child;
typedef struct ike_attribute { /* of the Configuration payload (RFC 7296 3.15.1) */
    uint32_t type, zero;
    ike_span value;
} ike_attribute;
/* INTERNAL_DNSSEC_TA (RFC 8598 4.2): a DS record for a domain of the gateway's. Who believes it lets the gateway say what is
 * true below that domain: only for domains that the host's own configuration allows (RFC 8598 6). */
typedef struct ike_anchor {
    uint32_t domain; /* index in ike_assigned.domains */
    uint16_t key_tag;
    uint8_t algorithm, digest_type;
    ike_span digest; /* octets, 64 at most */
} ike_anchor;
typedef struct ike_assigned {
    const ike_prefix *ip; /* our addresses; bits: of the netmask or prefix */
    const ike_addr *dns;
    const ike_prefix *subnets;  /* further routes the gateway told us */
    const char *const *domains; /* INTERNAL_DNS_DOMAIN (RFC 8598): with a name server, in a split tunnel */
    uint32_t ip_n, dns_n, subnets_n, domains_n;
    const ike_attribute *others; /* 0.2: private use, P-CSCF, NBNS: untouched; 8 at most, 512 octets in all */
    const char *gateway_version; /* 0.2: "" if it was not asked for or said; what is not printable is "?" */
    uint32_t others_n;
    uint32_t anchors_n;        /* 0.4 */
    const ike_anchor *anchors; /* 0.4: with IKE_WANT_DNSSEC; 8 at most */
} ike_assigned;
typedef struct ike_warning {
    const char *text, *advice;
} ike_warning;
typedef struct ike_closed {
    const char *reason; /* one line: phase, what the peer said */
    const char *advice; /* what to do about it */
    uint32_t phase;     /* enum ike_phase in which it ended */
    uint32_t by;        /* enum ike_by */
} ike_closed;

enum ike_path_reason {
    IKE_PATH_ROAMED = 1,     /* ike_roam; the gateway has confirmed it (RFC 4555 3.5) */
    IKE_PATH_NAT = 2,        /* the NAT on our side has changed its mapping (RFC 4555 3.8) */
    IKE_PATH_PEER = 3,       /* the gateway speaks from another address (RFC 7296 2.23) */
    IKE_PATH_FRESH = 4,      /* a new authentication on the new path */
    IKE_PATH_REDIRECTED = 5, /* to another gateway (RFC 5685) */
    IKE_PATH_PROBED = 6      /* 0.2: the path was dead, another one answered (RFC 4555 3.10) */
};
typedef struct ike_path_change {
    ike_path path;
    uint64_t took_us; /* from ike_roam to the gateway's answer */
    uint32_t reason;  /* enum ike_path_reason */
    uint8_t nat;      /* enum ike_nat */
    uint8_t zero[3];
} ike_path_change;

typedef struct ike_redirected {
    const char *gateway;    /* address or name, as text */
    ike_addr addr;          /* family 0: a name: resolve it and call ike_redirect */
    uint32_t follows, zero; /* 1: the session goes there by itself; 0: only with ike_redirect */
} ike_redirected;

typedef struct ike_rekeyed {
    uint32_t child_id;        /* 0: the IKE SA */
    uint32_t by;              /* enum ike_by: who began it */
    uint64_t spi_in, spi_out; /* child: of the new pair; IKE SA: its initiator's and responder's SPI */
    const char *suite;
} ike_rekeyed;

/* Keep data in place of what you kept, for ike_config.ticket of the next session with this gateway; empty: what you kept
 * is of no use any more, delete it (used, refused, or its connection was deleted; RFC 5723 6.2). It holds keys: store it
 * encrypted, and delete it when the user logs out. A connection that is to be resumed is not closed with ike_close, which
 * deletes it at the gateway: ike_session_free is enough. */
typedef struct ike_ticket_event {
    ike_span data;
    uint32_t lifetime_s; /* from now on; 0 if empty */
    uint32_t zero;
} ike_ticket_event;

typedef struct ike_mtu_event {
    /* Octets of an IP packet, headers included: on the way; inside. An inner of less than 1280 is not for IPv6, whose links
     * carry 1280: those packets are cut outside. */
    uint32_t path, inner;
} ike_mtu_event;

enum ike_ask_kind {
    IKE_ASK_PSK = 1,    /* data: the shared key */
    IKE_ASK_SIGN = 2,   /* sign tbs; verdict: the enum ike_sig used, one of sigs; data: the signature */
    IKE_ASK_VERIFY = 3, /* are certs trusted, do they name peer_id, is proof their signature over tbs? */
    IKE_ASK_EAP = 4, /* tbs: the gateway's EAP request; data: the response. verdict: enum ike_eap_verdict */
    IKE_ASK_PPK = 5  /* data: the post-quantum preshared key of the name ppk_id: 32 octets or more, random */
};
/* The answer's data is one EAP message (RFC 3748 4), at most IKE_EAP_MAX octets, with the request's identifier; behind it,
 * with IKE_EAP_DONE, the method's MSK, of 64 octets or more, if it makes one. */
enum ike_eap_verdict {
    IKE_EAP_GO_ON = 0, /* a Success is not acceptable yet */
    IKE_EAP_DONE = 1   /* the method is satisfied with the gateway */
};
#define IKE_EAP_MAX 4096u
/* IN_PART: yes, but; data: what could not be checked, a line for a person, who sees it as IKE_EV_WARNING. */
enum ike_verify_verdict { IKE_VERIFIED = 0, IKE_VERIFIED_IN_PART = 1 };
typedef struct ike_ask {
    uint32_t id;
    uint32_t kind;         /* enum ike_ask_kind */
    const char *local_id;  /* as text */
    const char *peer_id;   /* PSK: expected or "" ; VERIFY: what the peer claims to be */
    ike_span peer_id_data; /* VERIFY: body of IDr without its type: DER of a DN, octets of an address */
    uint32_t peer_id_type; /* VERIFY: IANA ID type */
    uint32_t certs_n;      /* VERIFY: at most 10 */
    const ike_span *certs; /* VERIFY: DER, the peer's own first */
    ike_span tbs, proof;   /* SIGN, VERIFY: octets to sign; VERIFY: the signature */
    uint64_t sigs;         /* SIGN: allowed schemes, VERIFY: the one used: IKE_SIG_BIT(…) */
    ike_span authorities;  /* SIGN: the peer's CERTREQ: SHA-1 hashes, 20 octets each; may be empty */
    uint32_t round;        /* EAP: of this conversation, from 1 */
    uint32_t zero;
    const ike_span *ocsp; /* 0.4: VERIFY: OCSP responses that came with the certificates (want_ocsp), DER */
    uint32_t ocsp_n;      /* at most 4 */
    uint32_t zero2;
    const char *ppk_id; /* PPK */
    /* SIGN: for each of authorities the schemes that the peer takes under it (RFC 9593); sigs has all of them. NULL: it
     * makes no difference. */
    const uint64_t *authority_sigs;
} ike_ask;

typedef struct ike_event {
    size_t size;     /* set by IKE_EVENT_INIT */
    uint32_t type;   /* enum ike_event_type */
    int32_t err;     /* 0 or IKE_E_* */
    uint16_t notify; /* the peer's error notify, 0 if none (RFC 7296 3.10.1): ike_notify_name */
    uint16_t zero;
    uint32_t zero2;
    union {
        ike_up up;
        ike_assigned config;
        ike_child child;
        ike_ask ask;
        ike_warning warning;
        ike_closed closed;
        ike_rekeyed rekeyed;
        ike_path_change path;
        ike_redirected redirect;
        ike_ticket_event ticket;
        ike_mtu_event mtu;
        uint64_t room[32];
    } u;
} ike_event;
#define IKE_EVENT_INIT            \
    {                             \
        .size = sizeof(ike_event) \
    }

/* 1: *ev is filled; 0: none. ev->size says how much of it the caller knows. */
IKE_API int ike_poll_event(ike_session *s, ike_event *ev);
/* The answer to an ask. verdict: >= 0 yes (SIGN: the scheme used), < 0 no: an IKE_E_* that becomes the
 * reason of closing. data is copied. Answers to asks that are over are ignored (returns 0).
 * Errors: USAGE (no such ask was ever made), CLOSED, NOMEM. */
IKE_API int ike_answer(ike_session *s, uint32_t ask_id, int verdict, ike_span data, ike_time now);

/* Static IANA name of a notify type ("NO_PROPOSAL_CHOSEN"), "notify" if unknown. */
IKE_API const char *ike_notify_name(uint16_t notify);

/* ---- facts ----------------------------------------------------------------------------------- */
typedef struct ike_stats {
    size_t size;                                                              /* set by IKE_STATS_INIT */
    uint64_t in_bytes, out_bytes, in_packets, out_packets;                    /* inner packets */
    uint64_t drop_replay, drop_auth, drop_malformed, drop_selector, drop_spi; /* inbound, by cause */
    uint64_t drop_no_child, drop_exhausted;                                   /* outbound */
    uint64_t ike_in, ike_out, ike_discarded, retransmits;                     /* datagrams */
    uint64_t rtt_us;              /* of the last request answered without retransmission; 0: none yet */
    ike_time last_heard;          /* last authentic datagram; 0: never */
    uint64_t drop_too_big;        /* 0.4: outbound: TOO_BIG */
    uint32_t path_mtu, inner_mtu; /* 0.4: as in IKE_EV_MTU; 0: none yet, or not searched */
    uint64_t drop_ecn;            /* 0.4: inbound: congestion that the inner packet could not be told of */
} ike_stats;
#define IKE_STATS_INIT            \
    {                             \
        .size = sizeof(ike_stats) \
    }
/* Allowed at any time, also after IKE_EV_CLOSED. Errors: USAGE. */
IKE_API int ike_session_stats(const ike_session *s, ike_stats *st);

/* A child's keys, for hosts whose kernel does ESP or that run ike/esp.h on another thread. The spans
 * live until the next call on s; wipe your copies. From then on the session seals and opens nothing for
 * this child, and hears nothing of its packets: call ike_check_alive when they stay away. This call ends the life
 * of an event's pointers: copy the selectors of IKE_EV_CHILD_UP first. After IKE_EV_REKEYED export the successor.
 * Errors: USAGE (no such child, or exported before: two users of one key would repeat sequence numbers and IVs),
 * CLOSED. */
typedef struct ike_child_keys {
    size_t size;                          /* set by IKE_CHILD_KEYS_INIT */
    uint16_t encr, encr_bits, integ, esn; /* IANA ids */
    uint32_t spi_in, spi_out;
    ike_span in_key, out_key; /* key and salt, in KEYMAT order */
    ike_span in_integ, out_integ;
    uint64_t out_seq; /* 0.2: ike_esp_config.first_seq: the next outbound sequence number and counter IV */
    uint64_t in_seq;  /* 0.2: the highest inbound one seen */
} ike_child_keys;
#define IKE_CHILD_KEYS_INIT            \
    {                                  \
        .size = sizeof(ike_child_keys) \
    }
IKE_API int ike_child_export(ike_session *s, uint32_t child_id, ike_child_keys *keys);

#ifdef __cplusplus
}
#endif
#endif
