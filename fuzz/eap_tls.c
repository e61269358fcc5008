/* fuzz/eap_tls.c - fragments of any octets to EAP-TLS, TTLS and PEAP. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike_eap_answer with TLS: reassembly, lengths, acknowledgements, and the handshake behind them. */
#include "eap_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint8_t types[] = {13, 21, 25};
    const ike_eap_method *methods[] = {ike_eap_method_find("tls"), ike_eap_method_find("ttls"),
                                       ike_eap_method_find("peap"), NULL};

    fuzz_talk(data, n, methods, types, sizeof(types));
    return 0;
}
