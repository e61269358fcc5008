/* fuzz/crl.c - a CRL: 16 bits of length, a certificate of the CA, the rest is the CRL. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__crl_usable ike__crl_status ike_trust_add_crl */
#include "trust/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ike_x509 ca;
    struct ike_subject s = {&ca, &ca, ike_trust_policy_of(IKE_POLICY_DEFAULT), NULL, INT64_C(1800000000)};
    size_t len = n < 2 ? 0 : (size_t)data[0] << 8 | data[1];
    ike_span crl;
    ike_trust *t;

    if (n < 2 || len > n - 2)
        return 0;
    crl = (ike_span){data + 2 + len, n - 2 - len};
    (void)ike__crl_usable(crl);
    if (ike_trust_new(&t) == 0) {
        (void)ike_trust_add_crl(t, crl);
        ike_trust_free(t);
    }
    if (ike__x509_parse(&ca, (ike_span){data + 2, len}, NULL) < 0)
        return 0;
    (void)ike__crl_status(crl, &s);
    ike__x509_free(&ca);
    return 0;
}
