/* fuzz/cert.c - certificates of a peer: each with its length, 16 bits, before it. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike_trust_add ike_trust_verify ike_trust_wanted ike__x509_parse ike__constraints_check
 * ike__path_find ike__trust_names_id ike__trust_names_host */
#include "trust/trust.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define NOW INT64_C(1800000000)

static uint32_t cut(const uint8_t *data, size_t n, ike_span *certs)
{
    uint32_t count = 0;

    while (n >= 2 && count < 10) {
        size_t len = (size_t)data[0] << 8 | data[1];
        len = len < n - 2 ? len : n - 2;
        certs[count++] = (ike_span){data + 2, len};
        data += 2 + len;
        n -= 2 + len;
    }
    return count;
}

static void verify(const ike_span *certs, uint32_t n, ike_span anchor)
{
    static const uint8_t name[] = "gw.test", sig[] = {0x30, 0x06, 2, 1, 1, 2, 1, 1};
    ike_trust_options options = IKE_TRUST_OPTIONS_INIT;
    ike_ask ask = {.kind = IKE_ASK_VERIFY, .certs = certs, .certs_n = n, .sigs = ~UINT64_C(0)};
    ike_trust *t;

    if (ike_trust_new(&t) < 0)
        return;
    options.now_s = NOW;
    options.crl = options.ocsp = options.fetch = options.wildcards = 1;
    (void)ike_trust_set(t, &options);
    (void)ike_trust_expect(t, "a.gw.test");
    (void)ike_trust_add(t, anchor);
    ask.peer_id_type = 2;
    ask.peer_id_data = (ike_span){name, sizeof(name) - 1};
    ask.tbs = ask.peer_id_data;
    ask.proof = (ike_span){sig, sizeof(sig)};
    if (ike_trust_verify(t, &ask) == 0)
        abort(); /* nobody has signed this */
    ike_trust_free(t);
}

/* The parts, without regard to whether somebody trusts them. */
static void look(const struct ike_x509 *x, const struct ike_x509 *ca)
{
    struct ike_subject s = {x, ca, ike_trust_policy_of(IKE_POLICY_DEFAULT), NULL, NOW};
    ike_span dn = ca->issuer;
    uint8_t request[192];
    char url[300];

    (void)ike__constraints_check(ca, x);
    (void)ike__x509_ocsp_url(x, url, sizeof(url));
    (void)ike__x509_crl_url(x, url, sizeof(url));
    (void)ike__ocsp_request(&s, request, request, sizeof(request));
    (void)ike__trust_names_id(x, 9, dn);
    (void)ike__trust_names_id(x, 11, ike__x509_ski(ca));
    (void)ike__trust_names_host(x, "a.b.gw.test", 1);
    (void)ike__alg_key_allowed(ike_trust_policy_of(IKE_POLICY_DEFAULT), x);
    (void)ike__alg_hash_allowed(ike_trust_policy_of(IKE_POLICY_DEFAULT), x->alg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ike_x509 first, last;
    ike_span certs[10];
    uint32_t count = cut(data, n, certs);

    if (count == 0)
        return 0;
    verify(certs, count, certs[count - 1]);
    if (ike__x509_parse(&first, certs[0], NULL) < 0)
        return 0;
    if (ike__x509_parse(&last, certs[count - 1], NULL) == 0) {
        look(&first, &last);
        look(&last, &first);
        ike__x509_free(&last);
    }
    ike__x509_free(&first);
    return 0;
}
