/* exchange/announced.c - the gateway says how it wants things proven, and we say it too (RFC 9593). SPDX-License-Identifier: Apache-2.0
 *
 *                                  <--  HDR, SAr1, KEr, Nr, [CERTREQ,] N(SUPPORTED_AUTH_METHODS)
 *   HDR, SK { IDi, AUTH, …, N(SUPPORTED_AUTH_METHODS) }  -->
 *
 * The gateway's list comes unauthenticated, so it only ever narrows what we would have done anyway (RFC 9593 6), and one
 * that leaves nothing is not heeded: the host is warned. Ours goes to gateways that have sent one. An empty one, which
 * promises the list for IKE_INTERMEDIATE, is not heeded (3.1: "MAY").
 *
 * Not here: the list itself (crypto/announce.c). */
#include "exchange/exchange.h"
#include "crypto/announce.h"
#include "crypto/authoctets.h"

/* RFC 9593 3.1: "If multiple … are included in a message, all their announcements form a single ordered list" */
static int keep(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    uint8_t octets[IKE_ANNOUNCED_MAX];
    struct ike_announced a;
    struct ike_notify n;
    size_t all = 0;

    for (uint32_t i = 0; ike__notify_find(msg, IKE_N_SUPPORTED_AUTH_METHODS, i, &n); i++) {
        if (n.data.n == 0 || n.data.n > sizeof(octets) - all || ike__announced_read(n.data, 0, &a) < 0)
            continue;
        memcpy(octets + all, n.data.p, n.data.n);
        all += n.data.n;
    }
    return ike__keep(s, &h->announced, &h->announced_n, ike__span(octets, all));
}

static void narrow(struct ike_session *s, struct ike_handshake *h, const struct ike_announced *a)
{
    uint64_t legacy = a->legacy & ike__sigs_legacy(ike__session_sigs(s));

    if (h->peer_has_7427 && (a->modern & h->peer_sigs))
        h->peer_sigs &= a->modern;
    else if (legacy) {
        h->signs_as_before = 1;
        h->peer_sigs = legacy;
    } else
        ike__session_warn(s, "the gateway announces that it takes none of our kinds of signature",
                          "ask for a certificate with another kind of key");
}

int ike__announced_heed(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    struct ike_announced a;
    int err = keep(s, h, msg);

    if (err < 0 || ike__announced_read(ike__span(h->announced, h->announced_n), 0, &a) < 0 || !a.is_any)
        return err;
    if (s->settings.cfg.auth_local == IKE_AUTH_CERT)
        narrow(s, h, &a);
    else if (s->settings.cfg.auth_local == IKE_AUTH_PSK && !a.psk)
        ike__session_warn(s, "the gateway announces that it takes no shared key",
                          "ask how it wants this client to prove itself");
    return 0;
}

/* RFC 9593 3.2.2: an announcement may be for one authority alone, by its place among those of CERTREQ. */
const uint64_t *ike__announced_by_authority(struct ike_handshake *h)
{
    struct ike_announced a;
    int differs = 0;

    for (uint32_t i = 0; i < IKE_AUTHORITIES_MAX && (i + 1) * 20 <= h->authorities_n; i++) {
        if (ike__announced_read(ike__span(h->announced, h->announced_n), i + 1, &a) < 0)
            return NULL;
        h->authority_sigs[i] = h->peer_sigs & (h->peer_has_7427 && !h->signs_as_before ? a.modern : a.legacy);
        differs |= h->authority_sigs[i] != h->peer_sigs;
    }
    return h->announced_n > 0 && differs ? h->authority_sigs : NULL;
}

void ike__announced_write_own(const struct ike_session *s, const struct ike_handshake *h,
                              struct ike_msg_out *out)
{
    uint32_t remote = s->settings.cfg.auth_remote;
    uint8_t octets[IKE_ANNOUNCED_MAX];
    struct ike_buf b;

    if (h->announced_n == 0 || h->is_resumed || remote == IKE_AUTH_EAP)
        return;
    ike__buf_init(&b, octets, sizeof(octets));
    ike__announced_write(&b, remote == IKE_AUTH_CERT ? ike__session_sigs(s) : 0, h->peer_has_7427,
                         remote == IKE_AUTH_PSK);
    if (ike__buf_err(&b) == 0 && b.n > 0)
        ike__notify_write(out, IKE_N_SUPPORTED_AUTH_METHODS, ike__span(b.p, b.n));
}
