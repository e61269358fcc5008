/* fuzz/ocsp.c - a response: 16 bits of length, the CA's certificate, likewise the one asked about, the rest is the
 * response. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__ocsp_status ike__ocsp_request */
#include "trust/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int take(struct ike_x509 *x, const uint8_t **data, size_t *n)
{
    size_t len = *n < 2 ? 0 : (size_t)(*data)[0] << 8 | (*data)[1];

    if (*n < 2 || len > *n - 2 || ike__x509_parse(x, (ike_span){*data + 2, len}, NULL) < 0)
        return 0;
    *data += 2 + len;
    *n -= 2 + len;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ike_x509 ca, x;
    ike_span what, nonce;
    struct ike_subject s = {&x, &ca, ike_trust_policy_of(IKE_POLICY_DEFAULT), NULL, INT64_C(1800000000)};

    if (!take(&ca, &data, &n))
        return 0;
    if (take(&x, &data, &n)) {
        (void)ike__ocsp_status((ike_span){data, n}, &s, (ike_span){(const uint8_t *)"nonce", 5});
        (void)ike__ocsp_request_read((ike_span){data, n}, &what, &nonce);
        ike__x509_free(&x);
    }
    ike__x509_free(&ca);
    return 0;
}
