/* ike/profile.h - JSON profiles, a superset of strongSwan's .sswan. SPDX-License-Identifier: Apache-2.0
 *
 * docs/PROFILE.md lists the keys. Reading a profile touches the files it names (file:PATH) and
 * nothing else. */
#ifndef IKE_PROFILE_H
#define IKE_PROFILE_H

#include <ike/guard.h>
#include <ike/ike.h>
#include <ike/keystore.h>
#include <ike/tun.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Everything a profile says, in the terms of the API. All pointers belong to the profile. Structs that grow are
 * pointed to, so that everything here stays where it is; read them in place, or copy them with ike_struct_adopt,
 * never by assignment: the library may be newer than the program and theirs be longer. */
typedef struct ike_profile {
    size_t size; /* set by ike_profile_parse */
    const char *uuid, *name, *type;
    const char *hosts[8]; /* remote.addr */
    uint32_t hosts_n;
    uint32_t port;   /* remote.port; 0: 500 then 4500 */
    uint32_t family; /* ipv6-transport: 6; else 0 */
    uint32_t any_id; /* remote.any_id */
    uint32_t send_certreq, use_system_cas;
    const ike_config *config; /* local_certs and certreq are left to the key store and trust */
    const ike_keyfile *keys;  /* without trust */
    const ike_span *anchors;  /* remote.cert, remote.ca: PEM or DER */
    uint32_t anchors_n, zero;
    const ike_tun_plan *plan; /* split-tunneling, mtu, dns-servers, blocks */
    const char *proxy_host;   /* proxy hint for the host */
    const char *const *proxy_exclusions;
    uint32_t proxy_port, proxy_exclusions_n;
    const char *const *warnings;      /* "remote.foo: unknown key" */
    uint32_t warnings_n, reconnect_s; /* reconnect */
    /* type ikev2-eap and its kin, local.auth "eap" */
    const char *eap_id, *eap_anonymous; /* local.eap_id, local.eap_anonymous; NULL: none */
    const char *eap_server;             /* remote.aaa_id, or what it follows from; NULL: none */
    ike_span eap_password;              /* local.shared_secret; empty: none */
    const char *const *eap_methods; /* local.eap_methods, NULL at the end: names for ike_eap_method_find */
    const char *const *eap_inner;   /* local.eap_inner, likewise; empty: eap_plain */
    /* local.key_uri, a file's path made good: the key behind ike_keyfile.signer, which is the host's to open. NULL:
     * keys has it. Then keys->password is the key's PIN or authorization value; NULL: ask a person. */
    const char *key_uri;
    /* 0.3 */
    const ike_trust_options *trust; /* remote.revocation, remote.wildcards; policy and fetch are the host's */
    const uint8_t *pins;            /* remote.pin: for ike_trust_pin, 32 octets each */
    const ike_span *crls;           /* remote.crl: for ike_trust_add_crl */
    uint32_t pins_n, crls_n;
    /* mode, start, triggers, lan, apps, dns, captive-portal …; subnets, excluded, blocks and dns-servers as in plan */
    const ike_guard_config *guard;
    const char *eap_network; /* local.eap_network; NULL: any */
    uint32_t eap_plain;      /* local.eap_inner pap or plain-mschapv2: enum ike_eap_plain (eap.h) */
    uint32_t zero2;
} ike_profile;

/* Reads a profile. base_dir: what file:PATH is relative to; NULL: the working directory. overrides:
 * "key.path=value" strings laid over it (value: JSON, or a bare string); may be NULL.
 * Errors: CONFIG (not JSON, a wrong type or value, a missing key), UNSUPPORTED (a key whose feature this
 * version does not have), LOCAL_IO (a file), NOMEM. *why, if why is not NULL, names the path, what was found and
 * what is expected, "" on success; never NULL; give it to ike_profile_why_free. On error *out is NULL. */
IKE_API int ike_profile_parse(ike_profile **out, const char *json, size_t n, const char *base_dir,
                              const char *const *overrides, uint32_t overrides_n, char **why);
IKE_API void ike_profile_why_free(char *why);
IKE_API void ike_profile_free(ike_profile *p); /* wipes secrets; NULL is fine */
/* The profile as native JSON (what `ike import` prints), or NULL; *why as above. Both go to ike_profile_why_free. */
IKE_API char *ike_profile_print(const char *json, size_t n, char **why);

#ifdef __cplusplus
}
#endif
#endif
