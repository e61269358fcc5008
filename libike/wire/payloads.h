/* wire/payloads.h - the other payloads: body bytes <-> structs. SPDX-License-Identifier: Apache-2.0
 *
 * Readers take a payload's body; spans they return point into it. Errors are IKE_E_SYNTAX, always for
 * the same three reasons: too short, a length past the end, octets left over. Writers append a whole
 * payload to a chain. One file each: ke.c id.c cert.c auth.c notify.c delete.c ts.c cp.c eap.c. */
#ifndef IKE_WIRE_PAYLOADS_H
#define IKE_WIRE_PAYLOADS_H

#include "base/text.h"
#include "wire/message.h"

/* ---- ke.c: KE (3.4) and Nonce (3.9: 16..256 octets) ---- */
struct ike_ke {
    uint16_t group;
    ike_span data; /* not empty */
};
int ike__ke_read(ike_span body, struct ike_ke *ke);
void ike__ke_write(struct ike_msg_out *o, uint16_t group, ike_span data);
int ike__nonce_read(ike_span body, ike_span *nonce);
void ike__nonce_write(struct ike_msg_out *o, ike_span nonce);

/* ---- id.c: IDi, IDr (3.5) ---- */
struct ike_id {
    uint8_t type;
    uint8_t zero[7];
    ike_span data;
};
/* data may be empty only for ID_NULL. The RESERVED octets are ignored here; AUTH covers them as received. */
int ike__id_read(ike_span body, struct ike_id *id);
void ike__id_write(struct ike_msg_out *o, uint8_t payload, const struct ike_id *id);
/* From configuration text (see ike_config.local_id) into buf; id->data points into buf. A DN
 * ("C=DE, O=x, CN=y") is encoded: countryName as PrintableString, e-mail as IA5String, the rest UTF8String.
 * Errors: IKE_E_CONFIG, IKE_E_NOSPACE. */
int ike__id_parse(struct ike_id *id, const char *text, uint8_t *buf, size_t cap);
void ike__id_print(struct ike_text *t,
                   const struct ike_id *id); /* "gw.example", "192.0.2.1", "C=DE, CN=gw", … */
/* 1 if the same identity: FQDN and the domain part of e-mail without regard to case and one trailing dot;
 * a DN attribute by attribute, string types and case folded, bounded; others octet by octet.
 * Identities with NUL, CR or LF never match (RFC 4945 3.1.2). */
int ike__id_match(const struct ike_id *a, const struct ike_id *b);

/* ---- cert.c: CERT (3.6) and CERTREQ (3.7) ---- */
struct ike_cert {
    uint8_t encoding;
    uint8_t zero[7];
    ike_span data;
};
int ike__cert_read(ike_span body, struct ike_cert *c); /* both payloads; data may be empty in CERTREQ */
void ike__cert_write(struct ike_msg_out *o, uint8_t payload, const struct ike_cert *c);

/* ---- auth.c (3.8) ---- */
struct ike_auth_payload {
    uint8_t method;
    uint8_t zero[7];
    ike_span data;
};
int ike__auth_read(ike_span body, struct ike_auth_payload *a);
void ike__auth_write(struct ike_msg_out *o, const struct ike_auth_payload *a);

/* ---- notify.c (3.10) ---- */
struct ike_notify {
    uint8_t protocol, spi_len;
    uint16_t type;
    uint32_t zero;
    ike_span spi, data;
};
int ike__notify_read(ike_span body, struct ike_notify *n);
void ike__notify_write(struct ike_msg_out *o, uint16_t type, ike_span data); /* protocol 0, no SPI */
void ike__notify_write_spi(struct ike_msg_out *o, uint8_t protocol, ike_span spi, uint16_t type,
                           ike_span data);
/* The nth notify of a type: 1 and *n filled, or 0. Notifies that do not parse are passed over. */
int ike__notify_find(const struct ike_msg *msg, uint16_t type, uint32_t nth, struct ike_notify *n);
/* The first notify whose type is an error (below IKE_N_STATUS): its type and *n, or 0. */
uint16_t ike__notify_error(const struct ike_msg *msg, struct ike_notify *n);

/* ---- delete.c (3.11) ---- */
struct ike_delete {
    uint8_t protocol, spi_len;
    uint16_t n; /* SPIs */
    uint32_t zero;
    ike_span spis; /* n * spi_len octets */
};
int ike__delete_read(ike_span body, struct ike_delete *d); /* IKE: no SPI; ESP, AH: 4 octets each */
void ike__delete_write_ike(struct ike_msg_out *o);
void ike__delete_write_esp(struct ike_msg_out *o, const uint32_t *spis, uint16_t n);

/* ---- ts.c: TSi, TSr (3.13) ---- */
#define IKE_TS_MAX 16u
/* Reads selectors into out: returns how many (at most cap); unknown types are skipped. Errors also for
 * start > end, and for more than cap known ones. OPAQUE ports (65535..0) are kept as they are. */
int ike__ts_read(ike_span body, ike_ts *out, uint32_t cap);
void ike__ts_write(struct ike_msg_out *o, uint8_t payload, const ike_ts *ts, uint32_t n);

/* ---- cp.c (3.15) ---- */
struct ike_cp_attr {
    uint16_t type;
    uint8_t zero[6];
    ike_span value;
};
struct ike_cp_reader {
    struct ike_cursor in;
    uint8_t type; /* IKE_CP_* */
    uint8_t zero[7];
};
int ike__cp_reader_init(struct ike_cp_reader *r, ike_span body);
int ike__cp_next(struct ike_cp_reader *r, struct ike_cp_attr *a); /* 1, 0 at the end, IKE_E_SYNTAX */
void ike__cp_begin(struct ike_msg_out *o, uint8_t type);
void ike__cp_attr(struct ike_msg_out *o, uint16_t type, ike_span value);
void ike__cp_end(struct ike_msg_out *o);

/* ---- eap.c (3.16) ---- */
struct ike_eap {
    uint8_t code, identifier, type; /* type 0 for Success and Failure */
    uint8_t zero[5];
    ike_span data; /* after the type */
};
int ike__eap_read(ike_span body,
                  struct ike_eap *e); /* length equal to the body; Success and Failure: 4 octets */

#endif
