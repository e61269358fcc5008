/* keystore/pkcs11.c - signatures of a key in a token. SPDX-License-Identifier: Apache-2.0
 *
 * p11-kit knows the modules and counts who uses them; there is no state of ours beside the signer. One session with
 * the token stays open, logged in: the PIN is asked for once and never kept. Where the token was pulled out, the
 * next signature looks for it anew, and asks again. A wrong PIN is never tried twice.
 *
 * We hash, the token does the bare operation (CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_ECDSA): every token has it.
 *
 * Not here: which token, key and certificates (pkcs11_find.c); what a URI may not say (uri.c). */
#include "keystore/pkcs11.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- login ---- */

static void name_token(const struct ike_p11 *p, char *out, size_t cap)
{
    size_t n = sizeof(p->token.label);

    while (n > 0 && (p->token.label[n - 1] == ' ' || p->token.label[n - 1] == '\0'))
        n--;
    snprintf(out, cap, "%.*s", (int)n, (const char *)p->token.label);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) /* it goes to a terminal */
            *c = '?';
}

static int login(struct ike_p11 *p, CK_USER_TYPE who)
{
    char what[160], token[64], pin[256];
    int n;
    CK_RV rv;

    if (p->token.flags & CKF_PROTECTED_AUTHENTICATION_PATH) { /* the token has keys of its own */
        rv = p->m->C_Login(p->session, who, NULL, 0);
        return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? 0 : ike__p11_refused(p, rv);
    }
    if (p->token.flags & CKF_USER_PIN_LOCKED)
        return ike__p11_refused(p, CKR_PIN_LOCKED);
    name_token(p, token, sizeof(token));
    snprintf(what, sizeof(what), "PIN of the token \"%s\"%s", token,
             p->token.flags & CKF_USER_PIN_FINAL_TRY ? " (the last try before it is locked)" : "");
    n = p->cfg.secret ? p->cfg.secret(p->cfg.user, what, pin, sizeof(pin)) : -1;
    if (n <= 0 || (size_t)n > sizeof(pin))
        return ike__p11_fail(p, IKE_E_DENIED, "the token wants a PIN, and none was given");
    rv = p->m->C_Login(p->session, who, (CK_UTF8CHAR *)pin, (CK_ULONG)n);
    explicit_bzero(pin, sizeof(pin));
    return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? 0 : ike__p11_refused(p, rv);
}

static int login_user(struct ike_p11 *p)
{
    CK_SESSION_INFO info;
    CK_RV rv = p->m->C_GetSessionInfo(p->session, &info);

    if (rv != CKR_OK)
        return ike__p11_refused(p, rv);
    if (!(p->token.flags & CKF_LOGIN_REQUIRED) || info.state == CKS_RO_USER_FUNCTIONS ||
        info.state == CKS_RW_USER_FUNCTIONS)
        return 0;
    return login(p, CKU_USER);
}

/* ---- the session ---- */

static void drop_session(struct ike_p11 *p)
{
    if (p->has_session)
        (void)p->m->C_CloseSession(p->session);
    p->has_session = 0;
}

/* A session that is logged in and has found the key. */
static int ensure_session(struct ike_p11 *p)
{
    CK_RV rv;
    int err;

    if (p->has_session)
        return 0;
    err = ike__p11_find_token(p);
    if (err < 0)
        return err;
    rv = p->m->C_OpenSession(p->slot, CKF_SERIAL_SESSION, NULL, NULL, &p->session);
    if (rv != CKR_OK)
        return ike__p11_refused(p, rv);
    p->has_session = 1;
    err = login_user(p);
    if (err == 0)
        err = ike__p11_find_key(p);
    if (err < 0)
        drop_session(p);
    return err;
}

/* ---- signatures ---- */

struct hash {
    CK_MECHANISM_TYPE id;
    CK_RSA_PKCS_MGF_TYPE mgf;
    uint8_t info_n, info[19]; /* RFC 8017 9.2: DigestInfo in front of the hash */
};
#define SHA2(x, n)                                                                                  \
    {                                                                                               \
        0x30, 17 + n, 0x30, 13, 0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 2, x, 0x05, 0, 0x04, n \
    }

static const struct hash *hash_of(size_t n)
{
    static const struct hash sha1 = {CKM_SHA_1,
                                     CKG_MGF1_SHA1,
                                     15,
                                     {0x30, 33, 0x30, 9, 0x06, 5, 0x2b, 0x0e, 3, 2, 0x1a, 0x05, 0, 0x04, 20}};
    static const struct hash sha256 = {CKM_SHA256, CKG_MGF1_SHA256, 19, SHA2(1, 32)};
    static const struct hash sha384 = {CKM_SHA384, CKG_MGF1_SHA384, 19, SHA2(2, 48)};
    static const struct hash sha512 = {CKM_SHA512, CKG_MGF1_SHA512, 19, SHA2(3, 64)};

    return n == 20 ? &sha1 : n == 32 ? &sha256 : n == 48 ? &sha384 : n == 64 ? &sha512 : NULL;
}

static CK_RV operate(struct ike_p11 *p, CK_MECHANISM *mechanism, const uint8_t *in, size_t n, uint8_t *out,
                     CK_ULONG *out_n, int *login_err)
{
    CK_RV rv = p->m->C_SignInit(p->session, mechanism, p->key);

    if (rv == CKR_OK && p->asks_every_time) {
        *login_err = login(p, CKU_CONTEXT_SPECIFIC);
        if (*login_err < 0) { /* the operation is still open: the session goes with it */
            drop_session(p);
            return CKR_FUNCTION_CANCELED;
        }
    }
    if (rv == CKR_OK)
        rv = p->m->C_Sign(p->session, (CK_BYTE *)(uintptr_t)in, n, out, out_n);
    return rv;
}

/* raw: modulus-sized, or r and s. */
static CK_RV sign_hash(struct ike_p11 *p, int sig, ike_span hash, uint8_t *raw, CK_ULONG *raw_n,
                       int *login_err)
{
    const struct hash *h = hash_of(hash.n);
    CK_RSA_PKCS_PSS_PARAMS pss = {h->id, h->mgf, hash.n};
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    uint8_t in[sizeof(h->info) + 64];
    size_t n = 0;

    if (p->is_rsa && sig >= IKE_SIG_PSS_SHA256) {
        mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &pss, sizeof(pss)};
    } else if (p->is_rsa) {
        mechanism.mechanism = CKM_RSA_PKCS;
        memcpy(in, h->info, n = h->info_n);
    } else if (hash.n > p->order_n) { /* FIPS 186-4 6.4: the leftmost bits; not every token cuts */
        hash.n = p->order_n;
    }
    memcpy(in + n, hash.p, hash.n);
    return operate(p, &mechanism, in, n + hash.n, raw, raw_n, login_err);
}

static int deliver(const struct ike_p11 *p, const uint8_t *raw, size_t n, uint8_t *out, size_t cap,
                   size_t *out_n)
{
    if (!p->is_rsa)
        return n == 2 * p->order_n
                   ? ike__asn1_ecdsa((ike_span){raw, n / 2}, (ike_span){raw + n / 2, n / 2}, out, cap, out_n)
                   : IKE_E_CRYPTO;
    if (n > cap)
        return IKE_E_NOSPACE;
    memcpy(out, raw, n);
    *out_n = n;
    return 0;
}

/* A session may have died since: a second one is tried, and no third. */
static int sign_locked(struct ike_p11 *p, int sig, ike_span hash, uint8_t *out, size_t cap, size_t *n)
{
    uint8_t raw[2048];
    int err = 0;

    for (int attempt = 0; attempt < 2; attempt++) {
        CK_ULONG raw_n = sizeof(raw);
        CK_RV rv;

        err = ensure_session(p);
        if (err < 0)
            return err;
        if (!(p->sigs >> sig & 1))
            return ike__p11_refused(p, CKR_MECHANISM_INVALID);
        rv = sign_hash(p, sig, hash, raw, &raw_n, &err);
        if (err < 0) /* the PIN of this one signature */
            return err;
        if (rv == CKR_OK)
            return deliver(p, raw, raw_n, out, cap, n);
        err = ike__p11_refused(p, rv);
        drop_session(p);
        if (err != IKE_E_LOCAL_IO && rv != CKR_USER_NOT_LOGGED_IN)
            break;
    }
    return err;
}

static int sign(void *self, int sig, ike_span hash, uint8_t *out, size_t cap, size_t *n)
{
    struct ike_p11 *p = self;
    int err = IKE_E_UNSUPPORTED;

    pthread_mutex_lock(&p->lock);
    p->why = ike_strerror(IKE_E_CRYPTO);
    if (hash_of(hash.n))
        err = sign_locked(p, sig, hash, out, cap, n);
    if (err < 0 && p->cfg.tell)
        p->cfg.tell(p->cfg.user, p->why);
    pthread_mutex_unlock(&p->lock);
    return err;
}

/* ---- open and close ---- */

static void close_signer(void *self)
{
    struct ike_p11 *p = self;

    if (!p)
        return;
    drop_session(p);
    if (p->modules)
        p11_kit_modules_finalize_and_release(p->modules);
    if (p->uri)
        p11_kit_uri_free(p->uri);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static int parse(struct ike_p11 *p)
{
    struct ike_key_uri which;
    int err = ike__key_uri(p->cfg.uri, &which, &p->why);

    if (err < 0)
        return err;
    if (which.kind != IKE_KEY_PKCS11)
        return ike__p11_fail(p, IKE_E_CONFIG, "expected pkcs11:…");
    p->uri = p11_kit_uri_new();
    if (!p->uri)
        return ike__p11_fail(p, IKE_E_NOMEM, "no memory");
    if (p11_kit_uri_parse(p->cfg.uri, P11_KIT_URI_FOR_ANY, p->uri) != P11_KIT_URI_OK)
        return ike__p11_fail(p, IKE_E_CONFIG, "not a PKCS#11 URI (RFC 7512)");
    if (p11_kit_uri_any_unrecognized(p->uri)) /* it narrows the choice in a way that we cannot see */
        return ike__p11_fail(p, IKE_E_CONFIG, "the URI has an attribute that is not known");
    if (p11_kit_uri_get_pin_value(p->uri) || p11_kit_uri_get_pin_source(p->uri) ||
        p11_kit_uri_get_module_path(p->uri))
        return ike__p11_fail(p, IKE_E_CONFIG, "a PIN and module-path have no place in a URI");
    return 0;
}

static int open_signer(struct ike_p11 *p)
{
    int err = parse(p);

    if (err < 0)
        return err;
    p->modules = p11_kit_modules_load_and_initialize(0);
    if (!p->modules)
        return ike__p11_fail(p, IKE_E_LOCAL_IO, "p11-kit cannot load its modules");
    err = ensure_session(p);
    if (err == 0)
        ike__p11_find_chain(p);
    p->cfg.uri = NULL; /* the caller's */
    return err;
}

int ike_signer_pkcs11(ike_signer *out, const ike_signer_config *cfg, const char **why)
{
    struct ike_p11 *p = calloc(1, sizeof(*p));
    const char *ignored;
    int err = p ? 0 : IKE_E_NOMEM;

    why = why ? why : &ignored;
    memset(out, 0, sizeof(*out));
    *why = ike_strerror(IKE_E_NOMEM);
    if (p && pthread_mutex_init(&p->lock, NULL) != 0) {
        free(p);
        return IKE_E_NOMEM;
    }
    if (p) {
        p->why = "a uri is needed, and no field that this version does not know";
        err = ike_struct_adopt(&p->cfg, sizeof(p->cfg), cfg);
        if (err == 0)
            err = p->cfg.uri ? open_signer(p) : IKE_E_USAGE;
        *why = err < 0 ? p->why : "";
    }
    if (err < 0) {
        close_signer(p);
        return err;
    }
    *out = (ike_signer){.abi = IKE_SIGNER_ABI,
                        .slow = 1,
                        .self = p,
                        .sigs = p->sigs,
                        .certs = {p->chain, p->chain_n},
                        .pub = {p->pub, p->pub_n},
                        .sign = sign,
                        .close = close_signer};
    return 0;
}
