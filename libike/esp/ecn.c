/* esp/ecn.c - congestion marks that a packet got on its way come out of the tunnel with it. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 6040 4.2 (which RFC 7296 2.24 leads to by way of RFC 3168 and RFC 4301). The outer header is not authentic: whoever
 * changes it can make a flow slower, as whoever drops its packets can, and no more.
 *
 * Not here: the way out, where the outer field is a copy of the inner one (ecn.h), DSCP, which stays inside. */
#include "esp/ecn.h"
#include "esp/checksum.h"
#include <ike/err.h>

enum { NOT = 0, ECT1 = 1, ECT0 = 2, CE = 3, DROP = 4 };
#define IP4_CHECKSUM_AT 10u

/* RFC 6040 4.2, figure 4 */
static const uint8_t arrives[4][4] = {
    /* outer:  NOT   ECT1  ECT0  CE */
    [NOT] = {NOT, NOT, NOT, DROP},
    [ECT1] = {ECT1, ECT1, ECT1, CE},
    [ECT0] = {ECT0, ECT1, ECT0, CE},
    [CE] = {CE, CE, CE, CE},
};

int ike__ecn_arrives(uint8_t *ip, uint8_t outer)
{
    uint8_t inner = ike__ecn_of(ip), ecn = arrives[inner][outer & 3];

    if (ecn == DROP)
        return IKE_E_DISCARD;
    if (ip[0] >> 4 == 4) {
        ip[1] ^= inner ^ ecn;
        ike__checksum_correct(ip + IP4_CHECKSUM_AT, inner, ecn); /* of a word, what else is in it stays */
    } else {
        ip[1] ^= (uint8_t)((inner ^ ecn) << 4);
    }
    return 0;
}
