/* eap/sim.c - EAP-SIM (RFC 4186): the GSM algorithms of a SIM, two or three times, and a nonce of ours. SPDX-License-Identifier: Apache-2.0
 *
 *   <-- SIM-Start { versions [who?] }   --> AT_NONCE_MT AT_SELECTED_VERSION [AT_IDENTITY]
 *   <-- SIM-Challenge { RAND… }         --> a MAC over what the card made of them
 *
 * Not here: everything else (simaka.c). */
#include "eap/simaka.h"
#include <string.h>

#define VERSION 1u
enum { UNSUPPORTED_VERSION = 1, TOO_FEW_CHALLENGES = 2 };

static int has_version(ike_span versions)
{
    for (size_t i = 0; i + 1 < versions.n; i += 2)
        if (versions.p[i] == 0 && versions.p[i + 1] == VERSION)
            return 1;
    return 0;
}

/* The list goes into the keys, so that nobody can shorten it. */
static int take_versions(struct simaka *m, ike_span versions)
{
    if (versions.n == 0 || versions.n % 2 != 0 || versions.n > sizeof(m->versions))
        return IKE_E_SYNTAX;
    memcpy(m->versions, versions.p, versions.n);
    m->versions_n = (uint8_t)versions.n;
    return 0;
}

static int take_start(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a)
{
    const uint32_t who = AT(ANY_ID_REQ) | AT(FULLAUTH_ID_REQ) | AT(PERMANENT_ID_REQ);
    ike_span versions, name;
    struct simaka_out o;
    int err = 0;

    if (m->state != SIMAKA_IDENTIFYING || ike__simaka_counted(a->value[AT_VERSION_LIST], &versions) < 0 ||
        take_versions(m, versions) < 0 || ike__simaka_choose_name(m, c, a->has, &name) < 0)
        return IKE_E_SYNTAX;
    if (!has_version(versions))
        return ike__simaka_refuse(m, c, st, UNSUPPORTED_VERSION, "the server speaks other versions");
    if (!m->has_nonce) /* RFC 4186 10.4: one for all rounds */
        err = ike_eap_random(c, m->nonce_mt, sizeof(m->nonce_mt));
    if (err < 0)
        return err;
    m->has_nonce = 1;
    ike__simaka_begin_out(&o, st, SIMAKA_START);
    if (!m->said_reauth) { /* RFC 4186 9.2: both "MUST NOT be included if the AT_IDENTITY" is for re-authentication */
        (void)ike__simaka_put(&o, OUT_NONCE_MT, 0, (ike_span){m->nonce_mt, sizeof(m->nonce_mt)});
        (void)ike__simaka_put(&o, OUT_SELECTED_VERSION, VERSION, (ike_span){NULL, 0});
    }
    if (a->has & who)
        (void)ike__simaka_put(&o, OUT_IDENTITY, (uint16_t)name.n, name);
    return ike__simaka_end_out(m, &o, st, 0, (ike_span){NULL, 0});
}

/* RFC 4186 10.9: "… the peer MUST check that the RANDs are different." */
static int are_different(const ike_eap_card_ask *ask)
{
    for (size_t i = 1; i < ask->n; i++)
        for (size_t j = 0; j < i; j++)
            if (memcmp(ask->rand[i], ask->rand[j], 16) == 0)
                return 0;
    return 1;
}

static int prove(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a,
                 uint32_t n, const ike_eap_card_answer *card)
{
    uint8_t secret[SIMAKA_SECRET_MAX];
    struct simaka_attrs nested;
    struct simaka_out o;
    int err = ike__simaka_keys_sim(&m->keys, (ike_span){m->name.p, m->name.n}, card->kc, n, m->nonce_mt,
                                   (ike_span){m->versions, m->versions_n});

    if (err == 0)
        err = ike__simaka_check(m, st, a, (ike_span){m->nonce_mt, 16},
                                AT(NEXT_PSEUDONYM) | AT(NEXT_REAUTH_ID), secret, &nested);
    if (err < 0)
        return err;
    ike__simaka_begin_out(&o, st, SIMAKA_SIM_CHALLENGE);
    if (a->has & AT(RESULT_IND))
        (void)ike__simaka_put(&o, OUT_RESULT_IND, 0, (ike_span){NULL, 0});
    err = ike__simaka_end_out(m, &o, st, 1, (ike_span){card->sres[0], 4 * (size_t)n});
    if (err == 0)
        err = ike__simaka_proven(m, c, st, a, &nested);
    ike__eap_wipe(secret, sizeof(secret));
    return err;
}

static int take_challenge(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a)
{
    ike_span rands = ike__simaka_tail(a->value[AT_RAND]);
    ike_eap_card_ask ask = {.type = EAP_SIM, .n = (uint32_t)(rands.n / 16)};
    ike_eap_card_answer card;
    int err;

    /* a nonce that was never sent is no challenge to the server */
    if (m->state != SIMAKA_IDENTIFYING || !m->has_nonce || rands.n % 16 != 0 || ask.n > 3)
        return IKE_E_SYNTAX;
    if (ask.n < 2)
        return ike__simaka_refuse(m, c, st, TOO_FEW_CHALLENGES, "too few challenges");
    memcpy(ask.rand, rands.p, rands.n);
    if (!are_different(&ask))
        return IKE_E_SYNTAX;
    err = ike__eap_ask_card(c, &ask, &card);
    if (err == 0)
        err = prove(m, c, st, a, ask.n, &card);
    ike__eap_wipe(&card, sizeof(card));
    return err;
}

static int step(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    const struct simaka_row rows[] = {
        {SIMAKA_START, AT(VERSION_LIST) | AT(ANY_ID_REQ) | AT(FULLAUTH_ID_REQ) | AT(PERMANENT_ID_REQ),
         AT(VERSION_LIST), take_start},
        {SIMAKA_SIM_CHALLENGE, AT(RAND) | AT(MAC) | AT(IV) | AT(ENCR_DATA) | AT(RESULT_IND),
         AT(RAND) | AT(MAC), take_challenge},
        ike__simaka_notification,
        ike__simaka_reauth};
    struct simaka *m = ctx;

    m->type = EAP_SIM;
    return ike__simaka_step(m, c, st, rows, sizeof(rows) / sizeof(rows[0]));
}

const ike_eap_method ike__eap_sim = {.abi = IKE_EAP_ABI,
                                     .type = EAP_SIM,
                                     .name = "sim",
                                     .ctx_size = sizeof(struct simaka),
                                     .step = step,
                                     .end = ike__simaka_end};
