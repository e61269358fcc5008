/* backend/ipsecmb_room.h - what the files of the ipsec-mb backend share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_BACKEND_IPSECMB_ROOM_H
#define IKE_BACKEND_IPSECMB_ROOM_H

#include <ike/ike.h>
#include <intel-ipsec-mb.h>

/* The library's functions for this processor, with room for jobs; NULL: no memory, or a processor without AES
 * instructions. */
IMB_MGR *ike__ipsecmb_new(void);
void ike__ipsecmb_free(IMB_MGR *m);
void ike__ipsecmb_wipe(void *p, size_t n); /* memory that held keys */

extern const ike_cipher_alg ike__ipsecmb_gcm256, ike__ipsecmb_gcm128, ike__ipsecmb_gcm192,
    ike__ipsecmb_chacha;
extern const ike_cipher_alg ike__ipsecmb_cbc256, ike__ipsecmb_cbc128, ike__ipsecmb_cbc192; /* HMAC-SHA2-256 */

#endif
