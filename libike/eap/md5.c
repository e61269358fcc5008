/* eap/md5.c - EAP-MD5 (RFC 3748 5.4, RFC 1994): proves us, not the gateway, and makes no key. SPDX-License-Identifier: Apache-2.0 */
#include "eap/room.h"
#include <string.h>

static int step(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    struct eap_cursor in = {st->request.p, st->request.n, 0};
    ike_span challenge = ike__eap_take(&in, ike__eap_uint(&in, 1)), password;
    int err;

    (void)ctx;
    if (in.bad || challenge.n == 0 || st->cap < 17)
        return IKE_E_SYNTAX;
    err = ike_eap_password(c, &password);
    if (err < 0)
        return err;
    st->out[0] = 16;
    st->n = 17;
    st->is_done = 1;
    return ike__eap_md5_of((const ike_span[]){{&st->identifier, 1}, password, challenge}, 3, st->out + 1);
}

const ike_eap_method ike__eap_md5 = {
    .abi = IKE_EAP_ABI, .type = EAP_MD5, .name = "md5", .ctx_size = 1, .step = step};
