/* trust/trust.h - what the files of this room share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TRUST_TRUST_H
#define IKE_TRUST_TRUST_H

#include <ike/keystore.h>
#include <mbedtls/x509_crt.h>

/* name.c: does the certificate name this identity (IDr), this host? */
int ike__trust_names_id(const mbedtls_x509_crt *crt, uint32_t id_type, ike_span id);
int ike__trust_names_host(const mbedtls_x509_crt *crt, const char *host);
/* signature.c: 0, AUTH or CERT_WEAK */
int ike__trust_signature(mbedtls_x509_crt *crt, uint64_t sigs, ike_span tbs, ike_span proof);

#endif
