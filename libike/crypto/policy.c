/* crypto/policy.c - named sets of algorithms. SPDX-License-Identifier: Apache-2.0
 *
 * default: the MUSTs and SHOULDs of RFC 8221 and 8247. compat: what older gateways and phones speak, SHA-1 in PRF, INTEG
 * and method 1 included. ncsc-recommended, ncsc-legacy: the two profiles of the UK's National Cyber Security Centre
 * ("Using IPsec to protect data"). cnsa: RFC 9206. Which keyword belongs to which policy is a column of the table in
 * suites.c; everything else about a policy is a row here.
 *
 * Not here: keywords (suites.c), what a doubt is about (state/doubts.c), certificates (trust/policy.c). */
#include "crypto/policy.h"
#include <stddef.h>

#define SIG(name) IKE_SIG_BIT(IKE_SIG_##name)
#define SIGS_SHA2                                                                                 \
    (SIG(RSA_SHA256) | SIG(RSA_SHA384) | SIG(RSA_SHA512) | SIG(PSS_SHA256) | SIG(PSS_SHA384) |    \
     SIG(PSS_SHA512) | SIG(ECDSA_SHA256) | SIG(ECDSA_SHA384) | SIG(ECDSA_SHA512) | SIG(ED25519) | \
     SIG(ED448))

#define IKE_AEAD "aes256gcm16-aes128gcm16-chacha20poly1305-prfsha256-prfsha384-prfsha512-"
#define IKE_KE   "curve25519-ecp256-ecp384-ecp521-curve448-modp3072-modp4096-modp2048"
#define ESP_AEAD "aes256gcm16-aes128gcm16-chacha20poly1305-"
#define ESP_CBC  "aes256-aes128-sha256-sha384-sha512-"

/* ESP twice: later children with a key exchange of their own where the gateway wants one (RFC 7296 2.12). */
static const struct ike_policy_row rows[] = {
    [IKE_POLICY_DEFAULT] = {.name = "default",
                            .ike = IKE_AEAD IKE_KE ",aes256-aes128-sha256-sha384-sha512-"
                                                   "prfsha256-prfsha384-prfsha512-" IKE_KE,
                            .esp = ESP_AEAD "esn-noesn," ESP_CBC "esn-noesn," ESP_AEAD IKE_KE
                                            "-esn-noesn," ESP_CBC IKE_KE "-esn-noesn",
                            .sigs = SIGS_SHA2},
    [IKE_POLICY_COMPAT] = {.name = "compat",
                           .ike = IKE_AEAD IKE_KE ",aes256-aes128-sha256-sha384-sha512-sha1-"
                                                  "prfsha256-prfsha384-prfsha512-prfsha1-" IKE_KE,
                           .esp = ESP_AEAD "esn-noesn," ESP_CBC "sha1-esn-noesn," ESP_AEAD IKE_KE
                                           "-esn-noesn," ESP_CBC "sha1-" IKE_KE "-esn-noesn",
                           .sigs = SIGS_SHA2 | SIG(RSA_SHA1),
                           .doubts = IKE_DOUBT_SHA1},
    [IKE_POLICY_NCSC_RECOMMENDED] = {.name = "ncsc-recommended",
                                     .ike = "aes128gcm16-prfsha256-ecp256",
                                     .esp = "aes128gcm16-ecp256-esn-noesn,aes128gcm16-esn-noesn",
                                     .sigs = SIG(ECDSA_SHA256),
                                     .doubts = IKE_DOUBT_PSK | IKE_DOUBT_EAP},
    [IKE_POLICY_NCSC_LEGACY] = {.name = "ncsc-legacy",
                                .ike = "aes128-sha256-prfsha256-modp2048",
                                .esp = "aes128-sha256-modp2048-esn-noesn,aes128-sha256-esn-noesn",
                                .sigs = SIG(RSA_SHA256) | SIG(PSS_SHA256) | SIG(ECDSA_SHA256),
                                .doubts = IKE_DOUBT_PSK | IKE_DOUBT_EAP},
    [IKE_POLICY_CNSA] = {.name = "cnsa", /* RFC 9206 5, 6.1 */
                         .ike = "aes256gcm16-prfsha512-prfsha384-ecp384-modp3072-modp4096",
                         .esp = "aes256gcm16-ecp384-modp3072-modp4096-esn-noesn,aes256gcm16-esn-noesn",
                         .sigs = SIG(ECDSA_SHA384) | SIG(RSA_SHA384) | SIG(PSS_SHA384),
                         .doubts = IKE_DOUBT_PSK | IKE_DOUBT_EAP},
};

const struct ike_policy_row *ike__policy(uint32_t policy)
{
    return policy < sizeof(rows) / sizeof(rows[0]) ? &rows[policy] : NULL;
}

const char *ike_policy_name(uint32_t policy)
{
    const struct ike_policy_row *row = ike__policy(policy);

    return row ? row->name : NULL;
}
