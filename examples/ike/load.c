/* examples/ike/load.c - from a profile to a session's configuration, keys and trust. SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <stdlib.h>
#include <string.h>

char *read_text(const char *path, size_t *n)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    char *text = f ? malloc(1024 * 1024 + 1) : NULL;

    *n = text ? fread(text, 1, 1024 * 1024 + 1, f) : 0;
    if (f && f != stdin)
        fclose(f);
    if (text && *n <= 1024 * 1024)
        return text;
    free(text);
    return NULL;
}

int exit_code(int err)
{
    switch (err) {
    case 0:
    case IKE_E_CLOSED:
        return 0;
    case IKE_E_TIMEOUT:
    case IKE_E_DELETED:
        return EXIT_SILENT;
    case IKE_E_LOCAL_IO:
    case IKE_E_NOMEM:
    case IKE_E_CRYPTO:
        return EXIT_LOCAL;
    case IKE_E_USAGE:
    case IKE_E_CONFIG:
    case IKE_E_UNSUPPORTED:
        return EXIT_USE;
    default:
        return IKE_ERR_DECADE(err) == 4 ? EXIT_AUTH : EXIT_REFUSED;
    }
}

static int complain(const char *phase, const char *text, const char *advice, int code)
{
    fprintf(stderr, "ike: %s: %s%s%s\n", phase, text, advice ? "; " : "", advice ? advice : "");
    return code;
}

/* The library may be newer than this program, and have read what this program cannot pass on. */
static int too_old(void)
{
    return complain("profile", "it says something that this program does not know yet",
                    "build it against the library that is installed", EXIT_USE);
}

static char *dir_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 1;
    char *dir = malloc(n + 2);

    if (dir) {
        memcpy(dir, slash ? path : ".", n);
        if (slash == path)
            dir[n++] = '/';
        dir[n] = '\0';
    }
    return dir;
}

static int load_profile(struct setup *s, const struct options *o)
{
    char *why = NULL, *dir = dir_of(o->profile), *text;
    size_t n;
    int err;

    text = read_text(o->profile, &n);
    if (!text) {
        free(dir);
        return complain("profile", "the file cannot be read", o->profile, EXIT_USE);
    }
    err = ike_profile_parse(&s->profile, text, n, dir, o->overrides, o->overrides_n, &why);
    memset(text, 0, n);
    free(text);
    free(dir);
    if (err < 0)
        complain("profile", why, NULL, EXIT_USE);
    ike_profile_why_free(why);
    return err < 0 ? EXIT_USE : 0;
}

/* Pins, revocation, wildcards: what a way to a CA has to be like. */
static int load_rules(const ike_profile *p, const ike_crypto *crypto, ike_trust *t)
{
    ike_trust_options options;
    int err = 0;

    if (ike_struct_adopt(&options, sizeof(options), p->trust) < 0)
        return too_old();
    options.fetch = revocation_can_fetch() != 0;
    options.policy = ike_trust_policy_of(p->config->policy);
    options.crypto = crypto;
    if (ike_trust_set(t, &options) < 0)
        return too_old();
    for (uint32_t i = 0; err == 0 && i < p->pins_n; i++)
        err = ike_trust_pin(t, p->pins + 32 * i);
    for (uint32_t i = 0; err == 0 && i < p->crls_n; i++)
        err = ike_trust_add_crl(t, p->crls[i]);
    if (err == IKE_E_UNSUPPORTED)
        return complain("profile", "remote.crl is a delta CRL, or one for some certificates or reasons only",
                        "give the CA's full CRL", EXIT_USE);
    if (err < 0)
        return complain("profile", "remote.crl is no CRL, or too large", "expected PEM or DER", EXIT_USE);
    return 0;
}

static int load_trust(const ike_profile *p, const ike_crypto *crypto, ike_trust **out)
{
    int err = ike_trust_new(out), code = err == 0 ? load_rules(p, crypto, *out) : 0;

    if (code != 0)
        return code;
    for (unsigned i = 0; err == 0 && i < p->anchors_n; i++)
        err = ike_trust_add(*out, p->anchors[i]);
    if (err < 0)
        return complain("profile", "remote.cert or remote.ca is no certificate", "expected PEM or DER",
                        EXIT_USE);
    if (p->use_system_cas && ike_trust_add_system(*out) < 0)
        return complain("profile", "this system has no CA certificates", "set remote.ca", EXIT_USE);
    return 0;
}

/* Whom must the certificate name? remote.id if there is one, else the gateway as it was written. */
static int expect_host(const ike_profile *p, ike_trust *t)
{
    if (p->config->remote_id || p->any_id || p->hosts_n != 1)
        return 0;
    return ike_trust_expect(t, p->hosts[0]);
}

static int open_signer(struct setup *s, ike_signer *out, const char **why)
{
    ike_signer_config cfg = IKE_SIGNER_CONFIG_INIT;

    cfg.uri = s->profile->key_uri;
    cfg.secret = secret_ask;
    cfg.tell = secret_tell;
    cfg.user = s;
    cfg.tcti = getenv("TPM2TOOLS_TCTI");
    memset(out, 0, sizeof(*out));
    if (strncmp(cfg.uri, "pkcs11:", 7) == 0) {
#ifdef IKE_HAVE_PKCS11
        return ike_signer_pkcs11(out, &cfg, why);
#else
        *why = "this build has no PKCS#11 (libike-pkcs11)";
        return IKE_E_UNSUPPORTED;
#endif
    }
#ifdef IKE_HAVE_TPM2
    setenv("TSS2_LOG", "all+NONE", 0); /* we say it ourselves, in one line */
    return ike_signer_tpm2(out, &cfg, why);
#else
    *why = "this build has no TPM 2.0 (libike-tpm2)";
    return IKE_E_UNSUPPORTED;
#endif
}

/* A key in a token or a TPM. */
static int load_signer(struct setup *s, ike_signer *out)
{
    const char *why = "", *advice;
    char text[300];
    int err = open_signer(s, out, &why);

    if (err == 0)
        return 0;
    advice = err == IKE_E_LOCAL_IO      ? "look whether the token or the TPM is there and may be used"
             : err == IKE_E_DENIED      ? "check the PIN; it was tried once, if at all"
             : err == IKE_E_UNSUPPORTED ? "use another key or build, or local.key"
                                        : "correct the URI";
    snprintf(text, sizeof(text), "local.key_uri: %s", why);
    return complain("profile", text, advice,
                    err == IKE_E_DENIED     ? EXIT_AUTH
                    : err == IKE_E_LOCAL_IO ? EXIT_LOCAL
                                            : EXIT_USE);
}

static int load_keys(struct setup *s)
{
    const ike_profile *p = s->profile;
    ike_trust *trust = NULL;
    ike_signer signer = {.close = NULL};
    ike_keyfile files;
    const char *why;
    int code = 0, err;

    if (ike_struct_adopt(&files, sizeof(files), p->keys) < 0)
        return too_old();
    if (p->config->auth_remote != IKE_AUTH_PSK) {
        if (!p->config->remote_id && !p->any_id && p->hosts_n > 1)
            return complain("profile", "remote.id: missing",
                            "with several gateways say whom their certificates name", EXIT_USE);
        code = load_trust(p, s->crypto, &trust);
        if (code == 0)
            (void)expect_host(p, trust);
    }
    if (code == 0 && p->key_uri) {
        code = load_signer(s, &signer);
        files.signer = &signer;
    }
    if (code == 0) {
        files.trust = trust;
        files.crypto = s->crypto;
        err = ike_keystore_file(&s->keys, &files, &why);
        if (err < 0)
            code = complain("profile", why, ike_advice(err), err == IKE_E_DENIED ? EXIT_AUTH : EXIT_USE);
    }
    if (code != 0) {
        ike_trust_free(trust);
        if (signer.close)
            signer.close(signer.self);
        return code;
    }
    s->trust = trust;
    s->signer = signer;
    if (trust && p->send_certreq) {
        int n = ike_trust_certreq(trust, s->certreq, sizeof(s->certreq));
        s->config.certreq = (ike_span){s->certreq, n > 0 ? (size_t)n : 0};
    }
    return 0;
}

/* RFC 5216 5.3: whom the authentication server's certificate must name has nothing to do with who the gateway is. */
static int load_eap(struct setup *s, const struct options *o)
{
    const ike_profile *p = s->profile;
    ike_eap_config cfg = IKE_EAP_CONFIG_INIT;
    ike_eap_client *client;
    ike_keystore files = s->keys;
    const char *why;
    unsigned n = 0;

    for (; p->eap_methods[n] && n < 10; n++)
        s->eap_methods[n] = ike_eap_method_find(p->eap_methods[n]);
    for (n = 0; p->eap_inner[n] && n < 10; n++)
        s->eap_inner[n] = ike_eap_method_find(p->eap_inner[n]);
    cfg.methods = s->eap_methods;
    cfg.inner = n > 0 ? s->eap_inner : NULL;
    cfg.identity = p->eap_id;
    cfg.anonymous = p->eap_anonymous;
    cfg.password = p->eap_password;
    cfg.server = p->eap_server;
    cfg.anchors = p->anchors;
    cfg.anchors_n = p->anchors_n;
    cfg.system_cas = p->use_system_cas;
    cfg.certs_n = (uint32_t)ike_keystore_file_certs(&files, s->certs, 10);
    cfg.certs = s->certs;
    cfg.key = s->signer.sign ? NULL : ike_keystore_file_pk(&files);
    cfg.signer = s->signer.sign ? &s->signer : NULL;
    cfg.tls = crypto_tls(o->crypto);
    cfg.inner_plain = p->eap_plain;
    cfg.network = p->eap_network;
    cfg.prompt = eap_prompt;
    cfg.card = eap_card;
    cfg.user = s;
    if (ike_eap_client_new(&client, &cfg, &why) < 0)
        return complain("profile", why, "see docs/PROFILE.md", EXIT_USE);
    if (ike_keystore_eap(&s->keys, &files, client) < 0) {
        ike_eap_client_free(client);
        return complain("profile", "no memory", NULL, EXIT_LOCAL);
    }
    s->eap = client;
    return 0;
}

int setup_load(struct setup *s, const struct options *o)
{
    int code;

    memset(s, 0, sizeof(*s));
    s->crypto = o->crypto;
    code = load_profile(s, o);
    if (code != 0)
        return code;
    code = ike_struct_adopt(&s->config, sizeof(s->config), s->profile->config) < 0 ? too_old() : load_keys(s);
    if (code != 0) {
        setup_drop(s);
        return code;
    }
    if (s->config.auth_local == IKE_AUTH_CERT) {
        s->config.local_certs_n = (uint32_t)ike_keystore_file_certs(&s->keys, s->certs, 10);
        s->config.local_certs = s->certs;
        if (!s->config.local_id && ike_keystore_file_id(&s->keys, s->id, sizeof(s->id)) > 0)
            s->config.local_id = s->id;
    }
    if (s->config.auth_local == IKE_AUTH_EAP || s->config.auth_second == IKE_AUTH_EAP)
        code = load_eap(s, o);
    if (code != 0)
        setup_drop(s);
    return code;
}

void setup_drop(struct setup *s)
{
    if (s->keys.close)
        s->keys.close(s->keys.self);
    ike_profile_free(s->profile);
    memset(s, 0, sizeof(*s));
}
