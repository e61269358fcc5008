/* fuzz/eap_mschapv2.c - requests of any octets to the methods of passwords. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike_eap_answer, ike_eap_resume with MSCHAPv2, MD5, GTC and OTP, at every state of theirs. */
#include "eap_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint8_t types[] = {26, 26, 26, 4, 6, 5, 1, 2};
    const ike_eap_method *methods[] = {ike_eap_method_find("mschapv2"), ike_eap_method_find("md5"),
                                       ike_eap_method_find("gtc"), ike_eap_method_find("otp"), NULL};

    fuzz_talk(data, n, methods, types, sizeof(types));
    return 0;
}
