/* crypto/announce.h - which ways of proof a peer takes, as it announces them (RFC 9593). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CRYPTO_ANNOUNCE_H
#define IKE_CRYPTO_ANNOUNCE_H

#include "base/buf.h"

#define IKE_ANNOUNCED_MAX 2048u /* octets that are kept of a peer's list */

struct ike_announced {
    uint64_t modern, legacy; /* schemes (IKE_SIG_BIT) by method 14; by methods 1, 9, 10, 11 */
    uint8_t psk;             /* method 2 */
    uint8_t is_any;          /* something that we understand was announced */
    uint8_t zero[6];
};

/* What data of SUPPORTED_AUTH_METHODS says about the link-th authority (from 1) of the CERTREQs that came with it; link 0:
 * about all of them together. Announcements that are not understood are passed over. Errors: SYNTAX (lengths that do not
 * add up). */
int ike__announced_read(ike_span data, uint32_t link, struct ike_announced *out);
/* What we take: signatures by these schemes under any authority; a shared key. modern: by method 14. */
void ike__announced_write(struct ike_buf *b, uint64_t sigs, int modern, int psk);

#endif
