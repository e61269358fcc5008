/* wire/iana.h - every number of RFC 7296 and its extensions that we use, once. SPDX-License-Identifier: Apache-2.0
 *
 * IANA "Internet Key Exchange Version 2 (IKEv2) Parameters". These are the only ids in the library;
 * there is no second numbering. Names for logs: names.c. */
#ifndef IKE_WIRE_IANA_H
#define IKE_WIRE_IANA_H
/* clang-format off: tables */

enum { /* exchange types, RFC 7296 3.1 */
       IKE_X_IKE_SA_INIT = 34,
       IKE_X_IKE_AUTH = 35,
       IKE_X_CREATE_CHILD_SA = 36,
       IKE_X_INFORMATIONAL = 37,
       IKE_X_IKE_SESSION_RESUME = 38,
       IKE_X_IKE_INTERMEDIATE = 43,
       IKE_X_IKE_FOLLOWUP_KE = 44
};

enum { /* header flags, RFC 7296 3.1 */
       IKE_FLAG_INITIATOR = 0x08,
       IKE_FLAG_VERSION = 0x10,
       IKE_FLAG_RESPONSE = 0x20
};

enum { /* payload types, RFC 7296 3.2, RFC 7383 */
       IKE_P_NONE = 0,
       IKE_P_SA = 33,
       IKE_P_KE = 34,
       IKE_P_IDi = 35,
       IKE_P_IDr = 36,
       IKE_P_CERT = 37,
       IKE_P_CERTREQ = 38,
       IKE_P_AUTH = 39,
       IKE_P_NONCE = 40,
       IKE_P_NOTIFY = 41,
       IKE_P_DELETE = 42,
       IKE_P_VENDOR = 43,
       IKE_P_TSi = 44,
       IKE_P_TSr = 45,
       IKE_P_SK = 46,
       IKE_P_CP = 47,
       IKE_P_EAP = 48,
       IKE_P_SKF = 53
};

enum { IKE_PROTO_NONE = 0, IKE_PROTO_IKE = 1, IKE_PROTO_AH = 2, IKE_PROTO_ESP = 3 }; /* 3.3.1 */

enum { IKE_T_ENCR = 1, IKE_T_PRF = 2, IKE_T_INTEG = 3, IKE_T_KE = 4, IKE_T_ESN = 5 }; /* 3.3.2 */
enum { IKE_ATTR_KEY_LENGTH = 14 };                                                    /* 3.3.5 */

enum { /* transform type 1 */
       IKE_ENCR_3DES = 3,
       IKE_ENCR_NULL = 11,
       IKE_ENCR_AES_CBC = 12,
       IKE_ENCR_AES_CTR = 13,
       IKE_ENCR_AES_GCM_8 = 18,
       IKE_ENCR_AES_GCM_12 = 19,
       IKE_ENCR_AES_GCM_16 = 20,
       IKE_ENCR_CHACHA20_POLY1305 = 28
};
enum { /* transform type 2 */
       IKE_PRF_HMAC_SHA1 = 2,
       IKE_PRF_AES128_XCBC = 4,
       IKE_PRF_HMAC_SHA2_256 = 5,
       IKE_PRF_HMAC_SHA2_384 = 6,
       IKE_PRF_HMAC_SHA2_512 = 7
};
enum { /* transform type 3 */
       IKE_INTEG_NONE = 0,
       IKE_INTEG_HMAC_SHA1_96 = 2,
       IKE_INTEG_AES_XCBC_96 = 5,
       IKE_INTEG_HMAC_SHA2_256_128 = 12,
       IKE_INTEG_HMAC_SHA2_384_192 = 13,
       IKE_INTEG_HMAC_SHA2_512_256 = 14
};
enum { /* transform type 4 */
       IKE_KE_NONE = 0,
       IKE_KE_MODP_1024 = 2,
       IKE_KE_MODP_2048 = 14,
       IKE_KE_MODP_3072 = 15,
       IKE_KE_MODP_4096 = 16,
       IKE_KE_ECP_256 = 19,
       IKE_KE_ECP_384 = 20,
       IKE_KE_ECP_521 = 21,
       IKE_KE_CURVE25519 = 31,
       IKE_KE_CURVE448 = 32
};
enum { IKE_ESN_NO = 0, IKE_ESN_YES = 1 }; /* transform type 5 */

enum { /* ID types, 3.5 */
       IKE_ID_IPV4_ADDR = 1,
       IKE_ID_FQDN = 2,
       IKE_ID_RFC822_ADDR = 3,
       IKE_ID_IPV6_ADDR = 5,
       IKE_ID_DER_ASN1_DN = 9,
       IKE_ID_DER_ASN1_GN = 10,
       IKE_ID_KEY_ID = 11,
       IKE_ID_NULL = 13
};
enum { /* certificate encodings, 3.6 */
       IKE_CERT_X509_SIGNATURE = 4,
       IKE_CERT_HASH_URL = 12,
       IKE_CERT_OCSP = 14,
       IKE_CERT_RAW_KEY = 15
};
enum { /* authentication methods, 3.8 */
       IKE_AUTHM_RSA = 1,
       IKE_AUTHM_PSK = 2,
       IKE_AUTHM_ECDSA_256 = 9,
       IKE_AUTHM_ECDSA_384 = 10,
       IKE_AUTHM_ECDSA_521 = 11,
       IKE_AUTHM_NULL = 13,
       IKE_AUTHM_SIGNATURE = 14
};
enum { /* EAP codes and types, RFC 3748 4 and 5, IANA */
       IKE_EAP_REQUEST = 1,
       IKE_EAP_RESPONSE = 2,
       IKE_EAP_SUCCESS = 3,
       IKE_EAP_FAILURE = 4,
       IKE_EAPT_IDENTITY = 1,
       IKE_EAPT_NOTIFICATION = 2,
       IKE_EAPT_NAK = 3,
       IKE_EAPT_MD5 = 4,
       IKE_EAPT_OTP = 5,
       IKE_EAPT_GTC = 6,
       IKE_EAPT_TLS = 13,
       IKE_EAPT_SIM = 18,
       IKE_EAPT_TTLS = 21,
       IKE_EAPT_AKA = 23,
       IKE_EAPT_PEAP = 25,
       IKE_EAPT_MSCHAPV2 = 26,
       IKE_EAPT_FAST = 43,
       IKE_EAPT_PAX = 46,
       IKE_EAPT_SAKE = 48,
       IKE_EAPT_AKA_PRIME = 50,
       IKE_EAPT_GPSK = 51,
       IKE_EAPT_PWD = 52,
       IKE_EAPT_EKE = 53
};
enum { /* hash algorithms, RFC 7427 7, RFC 8420 */
       IKE_HASH_SHA1 = 1,
       IKE_HASH_SHA2_256 = 2,
       IKE_HASH_SHA2_384 = 3,
       IKE_HASH_SHA2_512 = 4,
       IKE_HASH_IDENTITY = 5
};

enum { /* notify: errors, 3.10.1 */
       IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD = 1,
       IKE_N_INVALID_IKE_SPI = 4,
       IKE_N_INVALID_MAJOR_VERSION = 5,
       IKE_N_INVALID_SYNTAX = 7,
       IKE_N_INVALID_MESSAGE_ID = 9,
       IKE_N_INVALID_SPI = 11,
       IKE_N_NO_PROPOSAL_CHOSEN = 14,
       IKE_N_INVALID_KE_PAYLOAD = 17,
       IKE_N_AUTHENTICATION_FAILED = 24,
       IKE_N_SINGLE_PAIR_REQUIRED = 34,
       IKE_N_NO_ADDITIONAL_SAS = 35,
       IKE_N_INTERNAL_ADDRESS_FAILURE = 36,
       IKE_N_FAILED_CP_REQUIRED = 37,
       IKE_N_TS_UNACCEPTABLE = 38,
       IKE_N_INVALID_SELECTORS = 39,
       IKE_N_UNACCEPTABLE_ADDRESSES = 40,
       IKE_N_UNEXPECTED_NAT_DETECTED = 41,
       IKE_N_USE_ASSIGNED_HOA = 42,
       IKE_N_TEMPORARY_FAILURE = 43,
       IKE_N_CHILD_SA_NOT_FOUND = 44,
       IKE_N_STATE_NOT_FOUND = 47
};
enum {                       /* notify: status */
       IKE_N_STATUS = 16384, /* from here on it is no error */
       IKE_N_INITIAL_CONTACT = 16384,
       IKE_N_SET_WINDOW_SIZE = 16385,
       IKE_N_ADDITIONAL_TS_POSSIBLE = 16386,
       IKE_N_IPCOMP_SUPPORTED = 16387,
       IKE_N_NAT_DETECTION_SOURCE_IP = 16388,
       IKE_N_NAT_DETECTION_DESTINATION_IP = 16389,
       IKE_N_COOKIE = 16390,
       IKE_N_USE_TRANSPORT_MODE = 16391,
       IKE_N_HTTP_CERT_LOOKUP_SUPPORTED = 16392,
       IKE_N_REKEY_SA = 16393,
       IKE_N_ESP_TFC_PADDING_NOT_SUPPORTED = 16394,
       IKE_N_NON_FIRST_FRAGMENTS_ALSO = 16395,
       IKE_N_MOBIKE_SUPPORTED = 16396,
       IKE_N_ADDITIONAL_IP4_ADDRESS = 16397,
       IKE_N_ADDITIONAL_IP6_ADDRESS = 16398,
       IKE_N_NO_ADDITIONAL_ADDRESSES = 16399,
       IKE_N_UPDATE_SA_ADDRESSES = 16400,
       IKE_N_COOKIE2 = 16401,
       IKE_N_NO_NATS_ALLOWED = 16402,
       IKE_N_AUTH_LIFETIME = 16403,
       IKE_N_MULTIPLE_AUTH_SUPPORTED = 16404,
       IKE_N_ANOTHER_AUTH_FOLLOWS = 16405,
       IKE_N_REDIRECT_SUPPORTED = 16406,
       IKE_N_REDIRECT = 16407,
       IKE_N_REDIRECTED_FROM = 16408,
       IKE_N_TICKET_LT_OPAQUE = 16409,
       IKE_N_TICKET_REQUEST = 16410,
       IKE_N_TICKET_ACK = 16411,
       IKE_N_TICKET_NACK = 16412,
       IKE_N_TICKET_OPAQUE = 16413,
       IKE_N_EAP_ONLY_AUTHENTICATION = 16417,
       IKE_N_CHILDLESS_IKEV2_SUPPORTED = 16418,
       IKE_N_QUICK_CRASH_DETECTION = 16419,
       IKE_N_IKEV2_MESSAGE_ID_SYNC_SUPPORTED = 16420,
       IKE_N_IKEV2_FRAGMENTATION_SUPPORTED = 16430,
       IKE_N_SIGNATURE_HASH_ALGORITHMS = 16431,
       IKE_N_USE_PPK = 16435,
       IKE_N_PPK_IDENTITY = 16436,
       IKE_N_NO_PPK_AUTH = 16437,
       IKE_N_INTERMEDIATE_EXCHANGE_SUPPORTED = 16438,
       IKE_N_IP4_ALLOWED = 16439,
       IKE_N_IP6_ALLOWED = 16440,
       IKE_N_ADDITIONAL_KEY_EXCHANGE = 16441,
       IKE_N_USE_AGGFRAG = 16442,
       IKE_N_SUPPORTED_AUTH_METHODS = 16443
};

enum { IKE_CP_REQUEST = 1, IKE_CP_REPLY = 2, IKE_CP_SET = 3, IKE_CP_ACK = 4 }; /* 3.15 */
enum { /* configuration attributes, 3.15.1, RFC 8598 */
       IKE_CPA_IP4_ADDRESS = 1,
       IKE_CPA_IP4_NETMASK = 2,
       IKE_CPA_IP4_DNS = 3,
       IKE_CPA_IP4_NBNS = 4,
       IKE_CPA_IP4_DHCP = 6,
       IKE_CPA_APPLICATION_VERSION = 7,
       IKE_CPA_IP6_ADDRESS = 8,
       IKE_CPA_IP6_DNS = 10,
       IKE_CPA_IP6_DHCP = 12,
       IKE_CPA_IP4_SUBNET = 13,
       IKE_CPA_SUPPORTED_ATTRIBUTES = 14,
       IKE_CPA_IP6_SUBNET = 15,
       IKE_CPA_PCSCF_IP4 = 20, /* RFC 7651 */
       IKE_CPA_PCSCF_IP6 = 21,
       IKE_CPA_DNS_DOMAIN = 25,
       IKE_CPA_DNSSEC_TA = 26,
       IKE_CPA_PRIVATE = 16384 /* from here on private use */
};

enum { IKE_TS_IPV4 = 7, IKE_TS_IPV6 = 8 }; /* 3.13.1 */

#endif
