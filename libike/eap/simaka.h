/* eap/simaka.h - what EAP-SIM, EAP-AKA and EAP-AKA' share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_EAP_SIMAKA_H
#define IKE_EAP_SIMAKA_H

#include "eap/room.h"
#include <mbedtls/md.h>

enum simaka_subtype { /* RFC 4187 11 */
                      SIMAKA_AKA_CHALLENGE = 1,
                      SIMAKA_AUTH_REJECT = 2,
                      SIMAKA_SYNC_FAILURE = 4,
                      SIMAKA_IDENTITY = 5,
                      SIMAKA_START = 10,
                      SIMAKA_SIM_CHALLENGE = 11,
                      SIMAKA_NOTIFICATION = 12,
                      SIMAKA_REAUTH = 13,
                      SIMAKA_CLIENT_ERROR = 14
};

/* ---- simaka_attr.c: attributes (RFC 4187 8.1, 10) ---- */
enum simaka_attr { /* a bit each */
                   AT_RAND,
                   AT_AUTN,
                   AT_PADDING,
                   AT_PERMANENT_ID_REQ,
                   AT_MAC,
                   AT_NOTIFICATION,
                   AT_ANY_ID_REQ,
                   AT_VERSION_LIST,
                   AT_FULLAUTH_ID_REQ,
                   AT_COUNTER,
                   AT_NONCE_S,
                   AT_KDF_INPUT,
                   AT_KDF,
                   AT_IV,
                   AT_ENCR_DATA,
                   AT_NEXT_PSEUDONYM,
                   AT_NEXT_REAUTH_ID,
                   AT_CHECKCODE,
                   AT_RESULT_IND,
                   AT_BIDDING,
                   SIMAKA_ATTRS
};
#define AT(name) (1u << (AT_##name))
enum { /* those that only we send, by number */
       OUT_RES = 3,
       OUT_AUTS = 4,
       OUT_PADDING = 6,
       OUT_NONCE_MT = 7,
       OUT_MAC = 11,
       OUT_IDENTITY = 14,
       OUT_SELECTED_VERSION = 16,
       OUT_COUNTER = 19,
       OUT_COUNTER_TOO_SMALL = 20,
       OUT_CLIENT_ERROR_CODE = 22,
       OUT_KDF = 24,
       OUT_IV = 129,
       OUT_ENCR_DATA = 130,
       OUT_CHECKCODE = 134,
       OUT_RESULT_IND = 135
};
#define SIMAKA_KDF_MAX    8u
#define SIMAKA_SECRET_MAX 1020u /* what one attribute may hold */

struct simaka_attrs {
    uint32_t has;                 /* AT(…) */
    ike_span value[SIMAKA_ATTRS]; /* behind type and length */
    uint16_t kdf[SIMAKA_KDF_MAX]; /* AT_KDF alone may stand there more than once */
    uint32_t kdf_n;
};
/* SYNTAX: malformed, twice, not among those allowed, unknown and not skippable (RFC 4187 6.3.1). */
int ike__simaka_read(ike_span text, uint32_t allowed, struct simaka_attrs *a);
/* A value that begins with its own length in octets; SYNTAX: it does not fit. */
int ike__simaka_counted(ike_span value, ike_span *out);
/* A value of two octets; behind two reserved octets. */
uint16_t ike__simaka_u16(ike_span value);
ike_span ike__simaka_tail(ike_span value);

/* A response; what does not fit sets bad. */
struct simaka_out {
    uint8_t *p;
    size_t n, cap;
    int bad;
};
/* The attribute with its first two octets (reserved, or a number) and data, filled up with zeros; where the data is. */
uint8_t *ike__simaka_put(struct simaka_out *o, uint8_t type, uint16_t first, ike_span data);

/* ---- simaka_keys.c (RFC 4186 7, RFC 4187 7, RFC 9048 3.3) ---- */
struct simaka_keys {
    uint8_t mk[20]; /* SIM, AKA */
    uint8_t encr[16], aut[32], re[32], msk[64], emsk[64];
};
int ike__simaka_keys_sim(struct simaka_keys *k, ike_span identity, const uint8_t kc[][8], size_t n,
                         const uint8_t nonce_mt[16], ike_span versions);
int ike__simaka_keys_aka(struct simaka_keys *k, ike_span identity, const uint8_t ik[16],
                         const uint8_t ck[16]);
int ike__simaka_keys_aka_prime(struct simaka_keys *k, ike_span identity, const uint8_t ik[16],
                               const uint8_t ck[16], const uint8_t autn[16], ike_span network);
/* CK' and IK' (3GPP TS 33.402 A.2). */
int ike__simaka_bind(const uint8_t ck[16], const uint8_t ik[16], const uint8_t autn[16], ike_span network,
                     uint8_t ck_ik[32]);
/* msk and emsk anew. */
int ike__simaka_keys_again(struct simaka_keys *k, int is_prime, ike_span identity, uint16_t counter,
                           const uint8_t nonce_s[16]);
/* fips186.c: the generator of FIPS 186-2, change notice 1, as RFC 4186 appendix B has it; n: a multiple of 20 */
void ike__fips186(const uint8_t seed[20], uint8_t *out, size_t n);

/* ---- one conversation ---- */
#define SIMAKA_NAME_MAX 253u
struct simaka_name {
    uint8_t p[SIMAKA_NAME_MAX];
    uint8_t n; /* 0: none */
};
/* Between conversations, in the client: what the server gave us to be called by. */
struct simaka_memory {
    struct simaka_name pseudonym, reauth;
    struct simaka_keys keys; /* for reauth */
    uint16_t counter;        /* of the last fast re-authentication */
    uint8_t type;            /* whose this is */
    uint8_t is_spent;        /* reauth was said once already */
};
/* Which name a conversation begins with; reauth_too: a fast re-authentication is welcome. */
ike_span ike__simaka_name(ike_eap_client *c, uint8_t type, int reauth_too);

enum simaka_state { SIMAKA_IDENTIFYING, SIMAKA_PROVEN, SIMAKA_DEAD };
struct simaka;
struct simaka_row { /* a kind of message from the server */
    uint8_t subtype;
    uint32_t allowed, required;
    int (*take)(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a);
};
struct simaka {
    uint8_t type, is_prime;
    uint8_t state, level; /* enum simaka_state; the last request for a name */
    uint8_t is_reauth, has_result_ind, has_begun, is_hashing;
    uint8_t said_reauth, has_fixed_name, syncs, kdf_asked, checkcode_n;
    struct simaka_name name;    /* the last one said: it goes into the keys */
    mbedtls_md_context_t names; /* AT_CHECKCODE */
    uint8_t checkcode[32];
    struct simaka_keys keys;
    uint16_t counter;
    uint8_t nonce_mt[16], has_nonce;
    uint16_t kdf[SIMAKA_KDF_MAX]; /* of the first challenge */
    uint32_t kdf_n;
    uint8_t versions[32], versions_n; /* SIM */
};

/* simaka.c: 0 with a response in st, or IKE_E_*; SYNTAX: the server is told. */
int ike__simaka_step(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_row *rows,
                     size_t n);
void ike__simaka_end(void *ctx);
void ike__simaka_begin_out(struct simaka_out *o, ike_eap_step *st, uint8_t subtype);
int ike__simaka_end_out(struct simaka *m, struct simaka_out *o, ike_eap_step *st, int with_mac,
                        ike_span extra); /* NOSPACE, CRYPTO */
/* The end of it, and why. */
int ike__simaka_refuse(struct simaka *m, ike_eap_client *c, ike_eap_step *st, uint16_t code,
                       const char *text);
int ike__simaka_choose_name(struct simaka *m, ike_eap_client *c, uint32_t has, ike_span *name); /* SYNTAX */
/* AT_MAC, AT_CHECKCODE, and what is encrypted, under the keys of m: SYNTAX. secret, as long as the request, is where a
 * points to then. */
int ike__simaka_check(struct simaka *m, const ike_eap_step *st, const struct simaka_attrs *a, ike_span extra,
                      uint32_t allowed, uint8_t *secret, struct simaka_attrs *nested);
/* The server is the one: remembers its names, and is done if nothing more will come. */
int ike__simaka_proven(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a,
                       const struct simaka_attrs *nested);
/* simaka_again.c */
extern const struct simaka_row ike__simaka_notification, ike__simaka_reauth;

#endif
