/* eap/simaka_again.c - fast re-authentication and notifications of EAP-SIM, EAP-AKA and EAP-AKA'. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4187 5, 6, 9.7 to 9.11; RFC 4186 likewise. Both are under the keys of a full authentication, and fresh by its counter:
 * each number counts once.
 *
 * Not here: names and proofs (simaka.c). */
#include "eap/simaka.h"
#include <string.h>

/* AT_IV and AT_ENCR_DATA with the counter in it, and that it is too small. */
static int put_counter(struct simaka *m, ike_eap_client *c, struct simaka_out *o, int too_small)
{
    uint8_t plain[16] = {OUT_COUNTER, 1, (uint8_t)(m->counter >> 8), (uint8_t)m->counter}, iv[16], secret[16];
    size_t at = 4;
    int err;

    if (too_small) {
        plain[at] = OUT_COUNTER_TOO_SMALL;
        plain[at + 1] = 1;
        at += 4;
    }
    plain[at] = OUT_PADDING;
    plain[at + 1] = (uint8_t)((sizeof(plain) - at) / 4);
    err = ike_eap_random(c, iv, sizeof(iv));
    if (err == 0)
        err = ike__eap_aes_cbc(1, m->keys.encr, iv, (ike_span){plain, sizeof(plain)}, secret);
    (void)ike__simaka_put(o, OUT_IV, 0, (ike_span){iv, sizeof(iv)});
    (void)ike__simaka_put(o, OUT_ENCR_DATA, 0, (ike_span){secret, sizeof(secret)});
    return err;
}

/* ---- fast re-authentication: RFC 4187 5 ---- */

static int take_reauth(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a)
{
    struct simaka_memory *memory = ike__eap_memory(c);
    const uint32_t inside = AT(COUNTER) | AT(NONCE_S);
    uint8_t secret[SIMAKA_SECRET_MAX];
    struct simaka_attrs nested;
    struct simaka_out o;
    ike_span nonce;
    int err, too_small;

    if (m->state != SIMAKA_IDENTIFYING || !m->said_reauth)
        return IKE_E_SYNTAX;
    m->keys = memory->keys;
    err = ike__simaka_check(m, st, a, (ike_span){NULL, 0}, inside | AT(NEXT_REAUTH_ID), secret, &nested);
    if (err < 0 || (nested.has & inside) != inside)
        return err < 0 ? err : IKE_E_SYNTAX;
    m->counter = ike__simaka_u16(nested.value[AT_COUNTER]);
    nonce = ike__simaka_tail(nested.value[AT_NONCE_S]);
    too_small = m->counter <= memory->counter;
    ike__simaka_begin_out(&o, st, SIMAKA_REAUTH);
    if ((a->has & AT(RESULT_IND)) && !too_small)
        (void)ike__simaka_put(&o, OUT_RESULT_IND, 0, (ike_span){NULL, 0});
    if (a->has & AT(CHECKCODE))
        (void)ike__simaka_put(&o, OUT_CHECKCODE, 0, (ike_span){m->checkcode, m->checkcode_n});
    err = put_counter(m, c, &o, too_small);
    if (err == 0)
        err = ike__simaka_end_out(m, &o, st, 1, nonce);
    m->said_reauth = 0;
    if (err == 0 && too_small) { /* RFC 4187 5.5: a full authentication has to follow, without another name */
        m->has_fixed_name = 1;
        m->level = 0; /* EAP-SIM begins with a Start again, for our nonce */
        memory->reauth.n = 0;
        return 0;
    }
    if (err == 0)
        err = ike__simaka_keys_again(&m->keys, m->is_prime, (ike_span){m->name.p, m->name.n}, m->counter,
                                     nonce.p);
    m->is_reauth = 1;
    if (err == 0)
        err = ike__simaka_proven(m, c, st, a, &nested);
    ike__eap_wipe(secret, sizeof(secret));
    return err;
}

const struct simaka_row ike__simaka_reauth = {
    SIMAKA_REAUTH, AT(IV) | AT(ENCR_DATA) | AT(MAC) | AT(CHECKCODE) | AT(RESULT_IND),
    AT(IV) | AT(ENCR_DATA) | AT(MAC), take_reauth};

/* ---- notifications: RFC 4187 6, 9.10 ---- */

enum { SUCCESS_BIT = 0x8000, BEFORE_BIT = 0x4000 };

static const char *meaning(uint16_t code)
{
    static const struct {
        uint16_t code;
        const char *text;
    } codes[] = {{1026, "temporarily denied access"},
                 {1031, "not subscribed to this service"},
                 {0, "refused after authentication"}};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].code == code)
            return codes[i].text;
    return "refused by the authentication server";
}

/* One that comes behind the proof is proven itself, and on fast re-authentication fresh by its counter. */
static int check_notification(struct simaka *m, const ike_eap_step *st, const struct simaka_attrs *a)
{
    uint8_t secret[SIMAKA_SECRET_MAX];
    struct simaka_attrs nested;
    int err;

    if (m->state != SIMAKA_PROVEN || !(a->has & AT(MAC)))
        return IKE_E_SYNTAX;
    err = ike__simaka_check(m, st, a, (ike_span){NULL, 0}, AT(COUNTER), secret, &nested);
    if (err < 0 || !m->is_reauth)
        return err;
    return (nested.has & AT(COUNTER)) && ike__simaka_u16(nested.value[AT_COUNTER]) == m->counter
               ? 0
               : IKE_E_SYNTAX;
}

static int take_notification(struct simaka *m, ike_eap_client *c, ike_eap_step *st,
                             const struct simaka_attrs *a)
{
    uint16_t code = ike__simaka_u16(a->value[AT_NOTIFICATION]);
    int before = (code & BEFORE_BIT) != 0, good = (code & SUCCESS_BIT) != 0;
    struct simaka_out o;
    int err = 0;

    /* RFC 4187 6.1: "… if the P bit is set to one, then the S bit MUST be set to zero." */
    if (before && (good || a->has != AT(NOTIFICATION) || m->state != SIMAKA_IDENTIFYING))
        return IKE_E_SYNTAX;
    if (!before)
        err = check_notification(m, st, a);
    if (err == 0 && good && !m->has_result_ind)
        err = IKE_E_SYNTAX;
    if (err < 0)
        return err;
    if (!good)
        (void)ike__simaka_refuse(m, c, st, 0, meaning(code));
    ike__simaka_begin_out(&o, st, SIMAKA_NOTIFICATION);
    if (!before && m->is_reauth)
        err = put_counter(m, c, &o, 0);
    if (err == 0)
        err = ike__simaka_end_out(m, &o, st, !before, (ike_span){NULL, 0});
    m->state = SIMAKA_DEAD; /* there is one at most, and it is the last */
    if (good) {
        st->is_done = st->has_msk = 1;
        memcpy(st->msk, m->keys.msk, sizeof(st->msk));
    }
    return err;
}

const struct simaka_row ike__simaka_notification = {SIMAKA_NOTIFICATION,
                                                    AT(NOTIFICATION) | AT(MAC) | AT(IV) | AT(ENCR_DATA),
                                                    AT(NOTIFICATION), take_notification};
