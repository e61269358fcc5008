/* exchange/ppk.c - a post-quantum preshared key in the keys of an IKE SA (RFC 8784). SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SAi1, KEi, Ni, N(USE_PPK)  -->
 *                                  <--  HDR, SAr1, KEr, Nr, N(USE_PPK)
 *   HDR, SK { IDi, AUTH, …, N(PPK_IDENTITY) [, N(NO_PPK_AUTH)] }  -->
 *                                  <--  HDR, SK { IDr, AUTH, … [, N(PPK_IDENTITY)] }
 *
 * With EAP both notifies stand beside the AUTH that comes at its end. Until the gateway's answer there are two sets of
 * keys, with and without the PPK in SK_d, SK_pi and SK_pr: the IKE SA has one of them, the handshake the other. AUTH is
 * made with the mixed ones; where the PPK is optional, NO_PPK_AUTH is the same proof by the plain ones, made first. The
 * answer says which set counts. Rekeying and resumption take SK_d as it then is (3: "It MUST NOT be used …" there).
 *
 * Not here: the arithmetic (crypto/keymat.c), the proofs (ike_auth.c, ike_auth_eap.c). */
#include "exchange/exchange.h"
#include "base/wipe.h"

#define PPK_ID_FIXED 2u /* RFC 8784 5.1 */

static int is_required(const struct ike_session *s)
{
    return s->settings.cfg.ppk == IKE_PPK_REQUIRED;
}

static void warn_without(struct ike_session *s)
{
    ike__session_warn(s, "the connection is made without the post-quantum preshared key",
                      "configure ppk.id and its secret on the gateway; then set ppk.required");
}

/* ---- IKE_SA_INIT ---- */

void ike__ppk_offer(const struct ike_session *s, struct ike_msg_out *out)
{
    /* RFC 8784 3: "(whether or not the use of the PPK is mandatory) … it MUST include a notification USE_PPK" */
    if (s->settings.cfg.ppk != IKE_PPK_NONE)
        ike__notify_write(out, IKE_N_USE_PPK, ike__span(NULL, 0));
}

int ike__ppk_agree(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    struct ike_notify n;

    memset(&h->ppk, 0, sizeof(h->ppk));
    if (h->sa == s->sa)
        s->has_ppk = 0;
    if (s->settings.cfg.ppk == IKE_PPK_NONE)
        return 0;
    h->ppk.is_agreed = ike__notify_find(msg, IKE_N_USE_PPK, 0, &n) != 0;
    /* RFC 8784 3: "… mandatory …, then the initiator MUST abort the exchange": once no better answer has come */
    if (!h->ppk.is_agreed && is_required(s))
        return IKE_E_PPK;
    if (!h->ppk.is_agreed)
        warn_without(s);
    return 0;
}

/* ---- keys ---- */

static void use_mixed(struct ike_handshake *h, int mixed)
{
    struct ike_keys keys = *h->sa->keys;

    if (h->ppk.is_mixed == mixed)
        return;
    *h->sa->keys = h->ppk.other;
    memcpy(h->sa->sk_d, h->sa->keys->d, sizeof(h->sa->sk_d));
    h->ppk.other = keys;
    h->ppk.is_mixed = (uint8_t)mixed;
    ike__wipe(&keys, sizeof(keys));
}

int ike__ppk_is_missing(const struct ike_handshake *h)
{
    return h->ppk.is_agreed && !h->ppk.is_open;
}

int ike__ppk_take(struct ike_session *s, struct ike_handshake *h, ike_span key)
{
    int err;

    if (key.n == 0)
        return IKE_E_DENIED;
    h->ppk.other = *h->sa->keys;
    err = ike__keymat_ppk(s->env.alloc, h->sa->prf, key, &h->ppk.other);
    h->ppk.is_open = err == 0;
    return err;
}

/* ---- IKE_AUTH ---- */

void ike__ppk_begin_proof(const struct ike_session *s, struct ike_handshake *h)
{
    if (h->ppk.is_open)
        use_mixed(h, is_required(s) || h->ppk.plain_auth);
}

int ike__ppk_end_proof(struct ike_session *s, struct ike_handshake *h)
{
    int err;

    if (!h->ppk.is_open || h->ppk.is_mixed)
        return 0;
    err = ike__keep(s, &h->ppk.plain_auth, &h->ppk.plain_auth_n, h->proof.data);
    return err < 0 ? err : 1;
}

void ike__ppk_write(struct ike_session *s, struct ike_handshake *h, struct ike_msg_out *out)
{
    const char *name = s->settings.cfg.ppk_id;
    uint8_t id[1 + IKE_PPK_ID_MAX];
    size_t n = name ? strlen(name) : 0;

    if (!h->ppk.is_open)
        return;
    id[0] = PPK_ID_FIXED;
    memcpy(id + 1, name, n);
    ike__notify_write(out, IKE_N_PPK_IDENTITY, ike__span(id, 1 + n));
    if (h->ppk.plain_auth)
        ike__notify_write(out, IKE_N_NO_PPK_AUTH, ike__span(h->ppk.plain_auth, h->ppk.plain_auth_n));
    h->ppk.is_sent = 1;
}

int ike__ppk_settle(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    struct ike_notify n;
    int is_used;

    if (!h->ppk.is_sent)
        return 0;
    /* RFC 8784 3: "… the content of the received PPK_IDENTITY (if any) MUST be ignored" */
    is_used = ike__notify_find(msg, IKE_N_PPK_IDENTITY, 0, &n);
    if (!is_used && is_required(s))
        return IKE_E_PPK;
    use_mixed(h, is_used);
    ike__wipe(&h->ppk.other, sizeof(h->ppk.other));
    h->ppk.is_open = h->ppk.is_sent = h->ppk.is_agreed = 0;
    s->has_ppk = (uint8_t)is_used;
    if (!is_used)
        warn_without(s);
    return 0;
}
