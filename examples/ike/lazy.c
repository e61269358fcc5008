/* examples/ike/lazy.c - libraries that few profiles need, loaded when one does. SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL, libcurl and its thirty libraries, tokens and TPMs: linked, they would be two thirds of this program's memory
 * and most of its start. Each function here stands for the one of its name in a library of ours, which is found where
 * the program's others are (RUNPATH). A library that is not there is one that this program was built without.
 *
 * A program of yours just links what it needs. */
#include "cli.h"
#include <dlfcn.h>
#include <ike/fetch.h>
#include <ike/outside.h>
#include <string.h>

__attribute__((unused)) /* where nothing optional was found */
static void *
find(const char *library, const char *name)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL); /* counted: once more costs a look */
    void *f = handle ? dlsym(handle, name) : NULL;

    if (!f)
        fprintf(stderr, "ike: warning: %s\n", dlerror());
    return f;
}

/* The function that name stands for, or what is said in its place. */
#define IN(library, type, name, params, args, otherwise)                                  \
    type name params                                                                      \
    {                                                                                     \
        static void *found;                                                               \
        type(*call) params;                                                               \
        if (!found && !(found = find("libike-" library ".so." IKE_SOVER, #name)))         \
            return otherwise;                                                             \
        memcpy(&call, &found, sizeof(call)); /* POSIX lets both be one, ISO C does not */ \
        return call args;                                                                 \
    }

#ifdef IKE_HAS_OPENSSL
IN("openssl", const ike_crypto *, ike_crypto_openssl, (void), (), NULL)
IN("openssl", const ike_tls *, ike_tls_openssl, (void), (), NULL)
#endif

#ifdef IKE_HAVE_PKCS11
IN("pkcs11", int, ike_signer_pkcs11, (ike_signer * out, const ike_signer_config *cfg, const char **why),
   (out, cfg, why), (*why = "libike-pkcs11 is not installed", IKE_E_UNSUPPORTED))
#endif
#ifdef IKE_HAVE_TPM2
IN("tpm2", int, ike_signer_tpm2, (ike_signer * out, const ike_signer_config *cfg, const char **why),
   (out, cfg, why), (*why = "libike-tpm2 is not installed", IKE_E_UNSUPPORTED))
#endif

#define NOTHING ((void)0)
#ifdef IKE_HAVE_FETCH
IN("fetch", int, ike_fetch_open, (ike_fetch * *out, uv_loop_t *loop, uint32_t timeout_ms),
   (out, loop, timeout_ms), IKE_E_UNSUPPORTED)
IN("fetch", int, ike_fetch_verify,
   (ike_fetch * f, ike_trust *t, const ike_ask *ask, void (*done)(void *, uint32_t, int), void *user),
   (f, t, ask, done, user), IKE_E_UNSUPPORTED)
IN("fetch", void, ike_fetch_cancel, (ike_fetch * f, const ike_trust *t), (f, t), NOTHING)
IN("fetch", void, ike_fetch_close, (ike_fetch * f, void (*closed)(void *), void *user), (f, closed, user),
   NOTHING)
#endif

#ifdef IKE_HAVE_GUARD
typedef void (*on_addresses)(void *user, int err, const ike_addr *list, uint32_t n);
typedef void (*on_portal)(void *user, const ike_outside_portal *p);
IN("outside", int, ike_outside_open, (ike_outside * *out, uv_loop_t *loop, const ike_outside_config *cfg),
   (out, loop, cfg), IKE_E_UNSUPPORTED)
IN("outside", int, ike_outside_resolve,
   (ike_outside * o, const char *name, uint32_t family, on_addresses done, void *user),
   (o, name, family, done, user), IKE_E_UNSUPPORTED)
IN("outside", int, ike_outside_probe, (ike_outside * o, const char *url, on_portal done, void *user),
   (o, url, done, user), IKE_E_UNSUPPORTED)
IN("outside", int, ike_outside_ask, (ike_outside * o, const char *url, on_portal done, void *user),
   (o, url, done, user), IKE_E_UNSUPPORTED)
IN("outside", void, ike_outside_close, (ike_outside * o), (o), NOTHING)
#endif
