/* fuzz/key_uri.c - names of keys in tokens and TPMs, and keys that a TPM has wrapped. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__key_uri ike__tss2_parse ike__asn1_names ike__asn1_ecdsa */
#include "keystore/hard.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void inside(ike_span part, const uint8_t *whole, size_t n)
{
    if (part.p < whole || part.n > n || part.p + part.n > whole + n)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1);
    uint8_t der[IKE_TSS2_DER_MAX], out[200];
    struct ike_tss2_key key;
    struct ike_key_uri uri;
    ike_span issuer, subject;
    const char *why = NULL;
    size_t len;

    if (!text)
        return 0;
    memcpy(text, data, n);
    text[n] = '\0';
    if (ike__key_uri(text, &uri, &why) == 0 && uri.kind == IKE_KEY_PKCS11 && strstr(text, "pin-value="))
        if (strstr(text, ";pin-value=") || strstr(text, "?pin-value="))
            abort(); /* no PIN gets through */
    if (ike__tss2_parse(&key, (ike_span){data, n}, der, &why) == 0) {
        inside(key.pub, der, sizeof(der));
        inside(key.priv, der, sizeof(der));
    }
    if (ike__asn1_names((ike_span){data, n}, &issuer, &subject) == 0) {
        inside(issuer, data, n);
        inside(subject, data, n);
    }
    if (ike__asn1_ecdsa((ike_span){data, n / 2}, (ike_span){data + n / 2, n - n / 2}, out, sizeof(out),
                        &len) == 0) {
        ike_span in = {out, len}, value;

        if (ike__asn1_take(&in, 0x30, &in) < 0 || ike__asn1_take(&in, 2, &value) < 0 ||
            ike__asn1_take(&in, 2, &value) < 0 || in.n != 0)
            abort();
    }
    free(text);
    return 0;
}
