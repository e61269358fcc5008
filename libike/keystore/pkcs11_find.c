/* keystore/pkcs11_find.c - the token, the key and the certificates that a PKCS#11 URI means. SPDX-License-Identifier: Apache-2.0
 *
 * One token and one private key: where several fit, the user says which, for a PIN that goes to the wrong token is a
 * try less there.
 *
 * Not here: sessions, PINs, signatures (pkcs11.c). */
#include "keystore/pkcs11.h"
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX 64

int ike__p11_fail(struct ike_p11 *p, int err, const char *why)
{
    p->why = why;
    return err;
}

int ike__p11_refused(struct ike_p11 *p, CK_RV rv)
{
    switch (rv) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
        return ike__p11_fail(p, IKE_E_DENIED, "the token's PIN is wrong");
    case CKR_PIN_LOCKED:
        return ike__p11_fail(p, IKE_E_DENIED,
                             "the token's PIN is locked: unblock it with the token's own tools");
    case CKR_PIN_EXPIRED:
        return ike__p11_fail(p, IKE_E_DENIED,
                             "the token's PIN has expired: set a new one with the token's own tools");
    case CKR_USER_PIN_NOT_INITIALIZED:
        return ike__p11_fail(p, IKE_E_DENIED, "the token has no user PIN yet");
    case CKR_USER_NOT_LOGGED_IN:
        return ike__p11_fail(p, IKE_E_DENIED, "the token wants a login for this key");
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_DEVICE_REMOVED:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SLOT_ID_INVALID:
    case CKR_KEY_HANDLE_INVALID:
    case CKR_OBJECT_HANDLE_INVALID:
        return ike__p11_fail(p, IKE_E_LOCAL_IO, "the token is gone");
    case CKR_DEVICE_ERROR:
        return ike__p11_fail(p, IKE_E_LOCAL_IO, "the token reports a fault");
    case CKR_HOST_MEMORY:
    case CKR_DEVICE_MEMORY:
        return ike__p11_fail(p, IKE_E_NOMEM, "no memory");
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
    case CKR_KEY_TYPE_INCONSISTENT:
    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
        return ike__p11_fail(p, IKE_E_UNSUPPORTED, "the token cannot sign so with this key");
    default:
        return ike__p11_fail(p, IKE_E_CRYPTO, "the token refuses");
    }
}

/* ---- the token ---- */

static int can(struct ike_p11 *p, CK_MECHANISM_TYPE mechanism)
{
    CK_MECHANISM_INFO info;

    return p->m->C_GetMechanismInfo(p->slot, mechanism, &info) == CKR_OK && (info.flags & CKF_SIGN);
}

/* Sets m, slot and token to those of a slot that fits and can sign; those that hold certificates only cannot. */
static int fits(struct ike_p11 *p, CK_FUNCTION_LIST *m, CK_SLOT_ID slot)
{
    CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(p->uri);
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token;

    if (wanted != (CK_SLOT_ID)-1 && wanted != slot)
        return 0;
    if (m->C_GetSlotInfo(slot, &slot_info) != CKR_OK || !p11_kit_uri_match_slot_info(p->uri, &slot_info) ||
        m->C_GetTokenInfo(slot, &token) != CKR_OK || !p11_kit_uri_match_token_info(p->uri, &token))
        return 0;
    p->m = m;
    p->slot = slot;
    if (!(token.flags & CKF_TOKEN_INITIALIZED) || !(can(p, CKM_RSA_PKCS) || can(p, CKM_ECDSA)))
        return 0;
    p->token = token;
    return 1;
}

static int fits_module(struct ike_p11 *p, CK_FUNCTION_LIST *m)
{
    const char *wanted = p11_kit_uri_get_module_name(p->uri);
    char *name = p11_kit_module_get_name(m);
    int named = !wanted || (name && strcmp(name, wanted) == 0);
    CK_INFO info;

    free(name);
    return named && m->C_GetInfo(&info) == CKR_OK && p11_kit_uri_match_module_info(p->uri, &info);
}

int ike__p11_find_token(struct ike_p11 *p)
{
    CK_FUNCTION_LIST *m = NULL;
    CK_SLOT_ID slots[SLOTS_MAX], slot = 0;
    CK_TOKEN_INFO token;
    unsigned found = 0;

    for (CK_FUNCTION_LIST **at = p->modules; *at; at++) {
        CK_ULONG n = SLOTS_MAX;

        if (!fits_module(p, *at) || (*at)->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
            continue;
        for (CK_ULONG i = 0; i < n; i++)
            if (fits(p, *at, slots[i])) {
                m = p->m;
                slot = p->slot;
                token = p->token;
                found++;
            }
    }
    if (found == 0)
        return ike__p11_fail(p, IKE_E_LOCAL_IO,
                             "no token that can sign fits the URI, or p11-kit does not know its module");
    if (found > 1)
        return ike__p11_fail(p, IKE_E_CONFIG,
                             "several tokens fit the URI: say which, with token= or serial=");
    p->m = m;
    p->slot = slot;
    p->token = token;
    return 0;
}

/* ---- objects ---- */

/* How many there are: 0, 1, or 2 for several. */
static CK_ULONG find(struct ike_p11 *p, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_HANDLE found[2];
    CK_ULONG k = 0;

    if (p->m->C_FindObjectsInit(p->session, t, n) != CKR_OK)
        return 0;
    if (p->m->C_FindObjects(p->session, found, 2, &k) != CKR_OK)
        k = 0;
    (void)p->m->C_FindObjectsFinal(p->session);
    if (k > 0)
        *out = found[0];
    return k;
}

/* Octets of an attribute, 0: not there, or too long. */
static size_t get(struct ike_p11 *p, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *out, size_t cap)
{
    CK_ATTRIBUTE a = {type, out, cap};

    if (p->m->C_GetAttributeValue(p->session, object, &a, 1) != CKR_OK || a.ulValueLen == (CK_ULONG)-1 ||
        a.ulValueLen > cap)
        return 0;
    return a.ulValueLen;
}

/* Objects of this class that lie beside the key: same id, or where there is none, the URI's label. */
static CK_ULONG find_beside(struct ike_p11 *p, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE t[2] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_ID, p->id, p->id_n}};
    CK_ATTRIBUTE *label = p11_kit_uri_get_attribute(p->uri, CKA_LABEL);

    if (p->id_n == 0 && !label)
        return 0;
    if (p->id_n == 0)
        t[1] = *label;
    return find(p, t, 2, out);
}

/* ---- the key ---- */

/* namedCurve, DER: secp256r1, secp384r1, secp521r1 */
static size_t order_of(const uint8_t *params, size_t n)
{
    static const uint8_t p256[] = {0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
    static const uint8_t p384[] = {0x06, 5, 0x2b, 0x81, 4, 0, 34}, p521[] = {0x06, 5, 0x2b, 0x81, 4, 0, 35};

    if (n == sizeof(p256) && memcmp(params, p256, n) == 0)
        return 32;
    if (n == sizeof(p384) && memcmp(params, p384, n) == 0)
        return 48;
    return n == sizeof(p521) && memcmp(params, p521, n) == 0 ? 66 : 0;
}

/* Sessions of other programs decide about CKM_…_SHA256; we hash ourselves, and need the bare operation only. */
static int read_rsa(struct ike_p11 *p)
{
    if (can(p, CKM_RSA_PKCS))
        p->sigs |= IKE_SIG_BIT(IKE_SIG_RSA_SHA256) | IKE_SIG_BIT(IKE_SIG_RSA_SHA384) |
                   IKE_SIG_BIT(IKE_SIG_RSA_SHA512) | IKE_SIG_BIT(IKE_SIG_RSA_SHA1);
    if (can(p, CKM_RSA_PKCS_PSS))
        p->sigs |= IKE_SIG_BIT(IKE_SIG_PSS_SHA256) | IKE_SIG_BIT(IKE_SIG_PSS_SHA384) |
                   IKE_SIG_BIT(IKE_SIG_PSS_SHA512);
    p->is_rsa = 1;
    p->pub_n = get(p, p->key, CKA_MODULUS, p->pub, sizeof(p->pub));
    return 0;
}

static int read_ec(struct ike_p11 *p)
{
    uint8_t params[64];
    CK_OBJECT_HANDLE pub;
    size_t n, point;

    p->order_n = order_of(params, get(p, p->key, CKA_EC_PARAMS, params, sizeof(params)));
    if (p->order_n == 0)
        return ike__p11_fail(p, IKE_E_UNSUPPORTED, "the key's curve is none of P-256, P-384 and P-521");
    if (can(p, CKM_ECDSA))
        p->sigs |= IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256) | IKE_SIG_BIT(IKE_SIG_ECDSA_SHA384) |
                   IKE_SIG_BIT(IKE_SIG_ECDSA_SHA512);
    if (find_beside(p, CKO_PUBLIC_KEY, &pub) != 1)
        return 0;
    n = get(p, pub, CKA_EC_POINT, p->pub,
            sizeof(p->pub)); /* in an OCTET STRING, or, against the standard, bare */
    point = 2 * p->order_n + 1;
    if (n >= point && p->pub[n - point] == 0x04) {
        memmove(p->pub, p->pub + n - point, point);
        p->pub_n = point;
    }
    return 0;
}

static int read_key(struct ike_p11 *p)
{
    CK_KEY_TYPE type = (CK_KEY_TYPE)-1;
    CK_BBOOL always = CK_FALSE;

    (void)get(p, p->key, CKA_ALWAYS_AUTHENTICATE, &always, sizeof(always));
    p->asks_every_time = always == CK_TRUE;
    p->id_n = get(p, p->key, CKA_ID, p->id, sizeof(p->id));
    p->sigs = 0;
    p->pub_n = p->order_n = 0;
    (void)get(p, p->key, CKA_KEY_TYPE, &type, sizeof(type));
    if (type == CKK_RSA)
        return read_rsa(p);
    if (type == CKK_EC)
        return read_ec(p);
    return ike__p11_fail(p, IKE_E_UNSUPPORTED, "the key is neither RSA nor elliptic curve");
}

int ike__p11_find_key(struct ike_p11 *p)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE t[3] = {{CKA_CLASS, &class, sizeof(class)}};
    CK_ATTRIBUTE *id = p11_kit_uri_get_attribute(p->uri, CKA_ID);
    CK_ATTRIBUTE *label = p11_kit_uri_get_attribute(p->uri, CKA_LABEL);
    CK_ULONG n = 1, found;

    if (id)
        t[n++] = *id;
    if (label)
        t[n++] = *label;
    found = find(p, t, n, &p->key);
    if (found == 0)
        return ike__p11_fail(p, IKE_E_LOCAL_IO, "the token has no private key that fits the URI");
    if (found > 1)
        return ike__p11_fail(p, IKE_E_CONFIG,
                             "several private keys fit the URI: say which, with id= or object=");
    return read_key(p);
}

/* ---- its certificates ---- */

static size_t add_cert(struct ike_p11 *p, CK_OBJECT_HANDLE object)
{
    size_t n = get(p, object, CKA_VALUE, p->chain + p->chain_n, sizeof(p->chain) - p->chain_n);

    p->chain_n += n;
    return n;
}

static int is_same(ike_span a, ike_span b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* The leaf, then issuer after issuer; a root stays at home (RFC 7296 3.6: the peer has it, or does not trust it). */
void ike__p11_find_chain(struct ike_p11 *p)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_OBJECT_HANDLE object;
    ike_span issuer, subject;
    size_t n;

    p->chain_n = 0;
    n = find_beside(p, CKO_CERTIFICATE, &object) > 0 ? add_cert(p, object) : 0;
    for (unsigned i = 0; n > 0 && i < 10; i++) {
        CK_ATTRIBUTE t[2] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_SUBJECT, NULL, 0}};

        if (ike__asn1_names((ike_span){p->chain + p->chain_n - n, n}, &issuer, &subject) < 0)
            return;
        if (is_same(issuer, subject)) {
            p->chain_n -= i > 0 ? n : 0;
            return;
        }
        t[1].pValue = (void *)(uintptr_t)issuer.p;
        t[1].ulValueLen = issuer.n;
        n = find(p, t, 2, &object) > 0 ? add_cert(p, object) : 0;
    }
}
