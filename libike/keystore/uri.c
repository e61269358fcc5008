/* keystore/uri.c - the names of keys in tokens and TPMs. SPDX-License-Identifier: Apache-2.0
 *
 * A URI ends up in profiles, logs and screens, so a PIN has no place in it, and it does not choose the code that is
 * loaded.
 *
 * Not here: the attributes of a PKCS#11 URI; p11-kit reads those. */
#include "keystore/hard.h"
#include <string.h>

static int starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Is this attribute's name the given one, in whatever case? */
static int is_name(const char *at, size_t n, const char *name)
{
    if (n != strlen(name))
        return 0;
    for (size_t i = 0; i < n; i++)
        if ((at[i] >= 'A' && at[i] <= 'Z' ? at[i] + ('a' - 'A') : at[i]) != name[i])
            return 0;
    return 1;
}

static const char *objection(const char *attributes)
{
    for (const char *at = attributes; *at; at += *at != '\0') {
        size_t n = strcspn(at, "=;?&");

        if (is_name(at, n, "pin-value"))
            return "a PIN has no place in a URI: leave pin-value out, it is asked for";
        if (is_name(at, n, "pin-source") || is_name(at, n, "pinfile"))
            return "pin-source is not followed: leave it out, the PIN is asked for";
        if (is_name(at, n, "module-path"))
            return "module-path is not followed: register the module with p11-kit";
        at += strcspn(at, ";?&");
    }
    return NULL;
}

static int handle_of(const char *text, uint32_t *handle)
{
    size_t n = strlen(text);

    *handle = 0;
    if (n < 3 || n > 10 || text[0] != '0' || text[1] != 'x')
        return IKE_E_CONFIG;
    for (const char *c = text + 2; *c; c++) {
        int digit = *c >= '0' && *c <= '9'   ? *c - '0'
                    : *c >= 'a' && *c <= 'f' ? *c - 'a' + 10
                    : *c >= 'A' && *c <= 'F' ? *c - 'A' + 10
                                             : -1;
        if (digit < 0)
            return IKE_E_CONFIG;
        *handle = *handle << 4 | (uint32_t)digit;
    }
    return *handle >> 24 == 0x81 ? 0 : IKE_E_CONFIG; /* TPM 2.0 Part 2, 7.4: persistent */
}

static int pkcs11(const char *attributes, const char **why)
{
    const char *no = objection(attributes);

    for (const char *c = attributes; !no && *c; c++)
        if (*c < '!' || *c > '~')
            no = "a character that has to be percent-encoded";
    if (no)
        *why = no;
    return no ? IKE_E_CONFIG : 0;
}

int ike__key_uri(const char *text, struct ike_key_uri *out, const char **why)
{
    memset(out, 0, sizeof(*out));
    *why = "expected pkcs11:…, tpm2:0x81…, or tpm2:file:PATH";
    if (strlen(text) > IKE_KEY_URI_MAX)
        return IKE_E_CONFIG;
    if (starts(text, "pkcs11:")) {
        out->kind = IKE_KEY_PKCS11;
        return pkcs11(text + 7, why);
    }
    if (starts(text, "tpm2:file:") && text[10]) {
        out->kind = IKE_KEY_TPM2_FILE;
        out->path = text + 10;
        return 0;
    }
    if (!starts(text, "tpm2:") || starts(text, "tpm2:file:"))
        return IKE_E_CONFIG;
    out->kind = IKE_KEY_TPM2_HANDLE;
    *why = "expected a persistent handle, 0x81000000 to 0x81ffffff";
    return handle_of(text + 5, &out->handle);
}
