/* keystore/eddsa.c - private keys for Ed25519 and Ed448 (RFC 8410), used by a backend that has them. SPDX-License-Identifier: Apache-2.0
 *
 * mbedTLS does not know them; what a file holds is a few octets in a PKCS#8 frame. */
#include "keystore/room.h"
#include <mbedtls/asn1.h>
#include <string.h>

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

/* id-Ed25519 is 1.3.101.112, id-Ed448 the next one. */
static const unsigned char arc[] = {0x2b, 0x65};
static uint32_t sig_of(const unsigned char *oid, size_t n)
{
    if (n != 3 || memcmp(oid, arc, sizeof(arc)) != 0)
        return 0;
    return oid[2] == 0x70 ? IKE_SIG_ED25519 : oid[2] == 0x71 ? IKE_SIG_ED448 : 0;
}

/* OneAsymmetricKey ::= SEQUENCE { INTEGER, SEQUENCE { OID }, OCTET STRING { OCTET STRING key }, … } (RFC 8410 7) */
static uint32_t read_frame(ike_span der, ike_span *key)
{
    unsigned char *p = (unsigned char *)(uintptr_t)der.p; /* the readers do not write */
    const unsigned char *end = der.p + der.n;
    uint32_t sig;
    size_t n;
    int version;

    if (mbedtls_asn1_get_tag(&p, end, &n, SEQUENCE) != 0 || mbedtls_asn1_get_int(&p, end, &version) != 0 ||
        mbedtls_asn1_get_tag(&p, end, &n, SEQUENCE) != 0 || n != 5 ||
        mbedtls_asn1_get_tag(&p, end, &n, MBEDTLS_ASN1_OID) != 0)
        return 0;
    sig = sig_of(p, n);
    p += n;
    if (!sig || mbedtls_asn1_get_tag(&p, end, &n, MBEDTLS_ASN1_OCTET_STRING) != 0 ||
        mbedtls_asn1_get_tag(&p, p + n, &n, MBEDTLS_ASN1_OCTET_STRING) != 0)
        return 0;
    *key = (ike_span){p, n};
    return sig;
}

int ike__eddsa_parse(struct ike_own_key *k, ike_span der)
{
    const ike_eddsa_alg *const *e = k->crypto && k->crypto->abi >= 2 ? k->crypto->eddsa : NULL;
    ike_span key = {NULL, 0};
    uint32_t sig = read_frame(der, &key);

    for (; sig && e && *e; e++)
        if ((*e)->sig == sig && (*e)->key_len == key.n && key.n <= sizeof(k->secret) &&
            (*e)->derive(key.p, k->pub) == 0) {
            memcpy(k->secret, key.p, key.n);
            k->eddsa = *e;
            return 1;
        }
    return 0;
}

int ike__eddsa_fits(const struct ike_own_key *k, ike_span spki)
{
    size_t n = k->eddsa->key_len;
    uint8_t head[] = {0x30, (uint8_t)(n + 10), 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70,
                      0x03, (uint8_t)(n + 1),  0};

    head[8] = k->eddsa->sig == IKE_SIG_ED25519 ? 0x70 : 0x71;
    return spki.n == sizeof(head) + n && memcmp(spki.p, head, sizeof(head)) == 0 &&
           memcmp(spki.p + sizeof(head), k->pub, n) == 0;
}

int ike__eddsa_sign(const struct ike_own_key *k, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    int err;

    if (!(ask->sigs >> k->eddsa->sig &
          1)) /* RFC 8420 2: "MUST NOT be sent to a receiver that has not indicated support" */
        return IKE_E_DENIED;
    if (cap < k->eddsa->sig_len)
        return IKE_E_NOSPACE;
    err = k->eddsa->sign(k->secret, ask->tbs, out);
    *n = k->eddsa->sig_len;
    return err < 0 ? err : (int)k->eddsa->sig;
}
