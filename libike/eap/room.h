/* eap/room.h - what the files of this room share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_EAP_ROOM_H
#define IKE_EAP_ROOM_H

#include <ike/eap.h>

enum { /* RFC 3748 4, 5 */
       EAP_REQUEST = 1,
       EAP_RESPONSE = 2,
       EAP_IDENTITY = 1,
       EAP_NOTIFICATION = 2,
       EAP_NAK = 3,
       EAP_MD5 = 4,
       EAP_OTP = 5,
       EAP_GTC = 6,
       EAP_TLS = 13,
       EAP_SIM = 18,
       EAP_TTLS = 21,
       EAP_AKA = 23,
       EAP_PEAP = 25,
       EAP_MSCHAPV2 = 26,
       EAP_TLV = 33,
       EAP_AKA_PRIME = 50
};
#define EAP_HEADER 5u /* with type */

extern const ike_eap_method ike__eap_md5, ike__eap_gtc, ike__eap_otp, ike__eap_mschapv2, ike__eap_tls,
    ike__eap_ttls, ike__eap_peap, ike__eap_sim, ike__eap_aka, ike__eap_aka_prime;

/* ---- octets: cursor that cannot run over; what is missing reads as zero and sets bad ---- */
struct eap_cursor {
    const uint8_t *p;
    size_t n;
    int bad;
};
uint32_t ike__eap_uint(struct eap_cursor *c, size_t octets); /* big-endian, at most 4 */
ike_span ike__eap_take(struct eap_cursor *c, size_t n);

ike_span ike__eap_password_if_any(const ike_eap_client *c); /* without asking; p NULL: none */

int ike__eap_set_password(ike_eap_client *c, ike_span password); /* NOMEM */

/* ---- client.c, card.c: what the methods of cards need to know ---- */
ike_span ike__eap_name_said(const ike_eap_client *c); /* in EAP-Response/Identity, or what would be said */
/* The card's answer to this ask: 0, or what the host's function returns; PENDING: step comes again. */
int ike__eap_ask_card(ike_eap_client *c, const ike_eap_card_ask *ask, ike_eap_card_answer *answer);
struct simaka_memory;
struct simaka_memory *ike__eap_memory(ike_eap_client *c); /* what cards' methods keep between conversations */
int ike__eap_prefers(const ike_eap_client *c, uint8_t type, uint8_t other); /* 1: type stands before other */

/* ---- hash.c: 0 or CRYPTO ---- */
void ike__eap_wipe(void *p, size_t n);
int ike__eap_equal(const uint8_t *a, const uint8_t *b, size_t n); /* in constant time */
void ike__eap_md4(ike_span text, uint8_t out[16]);
/* of the pieces, one behind the other */
int ike__eap_md5_of(const ike_span *pieces, size_t n, uint8_t out[16]);
int ike__eap_sha1_of(const ike_span *pieces, size_t n, uint8_t out[20]);
int ike__eap_sha256_of(const ike_span *pieces, size_t n, uint8_t out[32]);
int ike__eap_hmac(int is_sha256, ike_span key, const ike_span *pieces, size_t n, uint8_t *out); /* 20 or 32 */
int ike__eap_aes_cbc(int encrypt, const uint8_t key[16], const uint8_t iv[16], ike_span in, uint8_t *out);
int ike__eap_des(const uint8_t key[7], const uint8_t in[8], uint8_t out[8]);
void ike__eap_rc4(const uint8_t key[16], uint8_t *text, size_t n);

/* ---- ms.c: the computations of RFC 2759 8 and RFC 3079 3 ---- */
#define MS_PASSWORD_MAX 256u /* UTF-16 units */
struct ms_secret {
    uint8_t hash[16], hash_hash[16];
};
int ike__ms_utf16(ike_span utf8, uint8_t *out, size_t *n); /* 2 * MS_PASSWORD_MAX octets; SYNTAX */
int ike__ms_secret(ike_span password, struct ms_secret *s);
int ike__ms_challenge_hash(const uint8_t peer[16], const uint8_t server[16], ike_span user, uint8_t out[8]);
int ike__ms_nt_response(const struct ms_secret *s, const uint8_t challenge[8], uint8_t out[24]);
int ike__ms_authenticator(const struct ms_secret *s, const uint8_t nt[24], const uint8_t challenge[8],
                          uint8_t out[20]);
/* "S=…": AUTH: it is another proof; SYNTAX. */
int ike__ms_check_proof(ike_span text, const uint8_t expected[20]);
int ike__ms_hex(struct eap_cursor *in, uint8_t *out, size_t n); /* n octets in hexadecimal digits: SYNTAX */
int ike__ms_msk(const struct ms_secret *s, const uint8_t nt[24], uint8_t msk[IKE_EAP_MSK_SIZE]);
/* Change-Password: block: 516 octets, of which the first 512 have been filled at random. */
int ike__ms_new_password(ike_span fresh, const struct ms_secret *old, uint8_t *block, uint8_t hash[16]);

/* ---- tls.c: what EAP-TLS, TTLS and PEAP share: flights of TLS in fragments (RFC 5216 2.1.5, 3) ---- */
#define EAP_TLS_MAX      65536u /* of one flight, either way */
#define EAP_TLS_FRAGMENT 1200u
struct eap_tls;
enum { TLS_1_2 = 3, TLS_1_3 = 4 }; /* minor versions */
/* with_cert: ours is shown to a server that asks for one. max_minor: the newest version that is welcome. CONFIG, CERT_*,
 * UNSUPPORTED, NOMEM, CRYPTO. */
int ike__eap_tls_new(struct eap_tls **out, ike_eap_client *c, int with_cert, uint32_t max_minor);
void ike__eap_tls_free(struct eap_tls *t);
/* Takes the fragment in st. 1: the flight is whole, 0: the response (an acknowledgement, or our next fragment) is in
 * st; or SYNTAX, NOMEM. */
int ike__eap_tls_take(struct eap_tls *t, ike_eap_step *st);
/* Goes on with the handshake. 1: it is over; 0: not yet; or CERT_*, PEER_DENIED, CRYPTO. */
int ike__eap_tls_handshake(struct eap_tls *t, ike_eap_client *c);
int ike__eap_tls_is_over(const struct eap_tls *t);
int ike__eap_tls_is_13(const struct eap_tls *t);
/* What came in and what goes out under the keys of the handshake: octets read, 0: none. */
int ike__eap_tls_read(struct eap_tls *t, uint8_t *out, size_t cap);
int ike__eap_tls_write(struct eap_tls *t, ike_span text);
/* The first fragment of what has to be sent, or an acknowledgement; version: low bits of the flags. */
void ike__eap_tls_flush(struct eap_tls *t, ike_eap_step *st);
int ike__eap_tls_msk(struct eap_tls *t, uint8_t type, uint8_t msk[IKE_EAP_MSK_SIZE]); /* CRYPTO */
/* RFC 5705, without a context */
int ike__eap_tls_export(struct eap_tls *t, const char *label, uint8_t *out, size_t n); /* CRYPTO */

#endif
