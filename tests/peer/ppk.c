/* tests/peer/ppk.c - the gateway's half of RFC 8784. SPDX-License-Identifier: Apache-2.0 */
#include "peer/peer.h"
#include "crypto/keymat.h"

/* RFC 8784 3, table 1: the PPK, or the client's proof without it, or nothing. */
int peer_ppk_choose(struct peer *p, const struct ike_msg *msg, struct ike_auth_payload *auth)
{
    const char *id = p->cfg.ppk_id;
    struct ike_notify n;

    if (!p->uses_ppk || p->is_mixed)
        return 0;
    if (!ike__notify_find(msg, IKE_N_PPK_IDENTITY, 0, &n))
        return IKE_E_AUTH;
    if (n.data.n == 1 + strlen(id) && n.data.p[0] == 2 && memcmp(n.data.p + 1, id, strlen(id)) == 0) {
        p->is_mixed = 1;
        if (ike__keymat_ppk(NULL, p->sa.prf, p->cfg.ppk, p->sa.keys) < 0)
            return IKE_E_CRYPTO;
        memcpy(p->sa.sk_d, p->sa.keys->d, sizeof(p->sa.sk_d));
        return 0;
    }
    p->uses_ppk = 0;
    if (p->cfg.script.ppk_mandatory || !ike__notify_find(msg, IKE_N_NO_PPK_AUTH, 0, &n))
        return IKE_E_AUTH;
    auth->data = n.data;
    return 0;
}

void peer_ppk_answer(const struct peer *p, struct ike_msg_out *out)
{
    if (p->is_mixed)
        ike__notify_write(out, IKE_N_PPK_IDENTITY, ike__span(NULL, 0));
}
