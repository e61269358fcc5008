/* exchange/create_child.c - CREATE_CHILD_SA that the peer begins (RFC 7296 1.3, 4). SPDX-License-Identifier: Apache-2.0
 *
 *   <--  HDR, SK { [N(REKEY_SA),] SA, Ni, [KEi,] [TSi, TSr] }      HDR, SK { N(NO_ADDITIONAL_SAS) }  -->
 *
 * One child per IKE SA, no rekeying: RFC 7296 4 allows such an implementation as long as it refuses with
 * NO_ADDITIONAL_SAS; the peer then sets up a new IKE SA when lifetimes end. A rekey of a child that does
 * not exist is told apart (1.3.3).
 *
 * Not here: the first child (first_child.c). */
#include "exchange/exchange.h"

static const struct ike_rule request_rules[] = {{IKE_P_SA, 1, 1},  {IKE_P_NONCE, 1, 1}, {IKE_P_KE, 0, 1},
                                                {IKE_P_TSi, 0, 1}, {IKE_P_TSr, 0, 1},   {IKE_P_CP, 0, 1},
                                                {0, 0, 0}};

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    struct ike_notify n;

    if (ike__notify_find(msg, IKE_N_REKEY_SA, 0, &n) &&
        (n.spi.n != 4 || !ike__session_child_by_peer(s, ike__be32(n.spi.p)))) {
        ike__notify_write_spi(out, IKE_PROTO_ESP, n.spi, IKE_N_CHILD_SA_NOT_FOUND, ike__span(NULL, 0));
        return IKE_STEP_DONE;
    }
    ike__notify_write(out, IKE_N_NO_ADDITIONAL_SAS, ike__span(NULL, 0));
    return IKE_STEP_DONE;
}

const struct ike_exchange ike__create_child = {
    .name = "CREATE_CHILD_SA",
    .type = IKE_X_CREATE_CHILD_SA,
    .request = request_rules,
    .serve = serve,
};
