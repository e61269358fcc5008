/* keystore/pkcs11.h - what the two files of libike-pkcs11 share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_KEYSTORE_PKCS11_H
#define IKE_KEYSTORE_PKCS11_H

#include "keystore/hard.h"
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <pthread.h>

#define IKE_P11_CHAIN_MAX 32768u /* octets of certificates */

/* A key in a token. Everything below lock is written under it. */
struct ike_p11 {
    ike_signer_config cfg;
    P11KitUri *uri;
    CK_FUNCTION_LIST **modules;
    pthread_mutex_t lock;

    CK_FUNCTION_LIST *m; /* one of modules: where the token was found */
    CK_SLOT_ID slot;
    CK_TOKEN_INFO token;
    CK_SESSION_HANDLE session; /* with the key's handle, void when the token goes */
    CK_OBJECT_HANDLE key;
    int has_session, is_rsa, asks_every_time; /* the last: CKA_ALWAYS_AUTHENTICATE */
    size_t order_n;                           /* octets of the curve's order */
    uint64_t sigs;
    uint8_t id[256];
    size_t id_n;
    uint8_t pub[1024], chain[IKE_P11_CHAIN_MAX];
    size_t pub_n, chain_n;
    const char *why; /* static text: the last thing that went wrong */
};

/* pkcs11_find.c: all need the lock. They return 0 or an IKE_E_*, with why set. */
int ike__p11_fail(struct ike_p11 *p, int err, const char *why);
int ike__p11_refused(struct ike_p11 *p, CK_RV rv); /* what a token's error amounts to */
int ike__p11_find_token(struct ike_p11 *p);        /* m, slot, token */
int ike__p11_find_key(struct ike_p11 *p);          /* key, and what is known about it; logged in */
void ike__p11_find_chain(struct ike_p11 *p);       /* may be empty */

#endif
