/* eap/aka.c - EAP-AKA (RFC 4187) and EAP-AKA' (RFC 9048): a USIM and its home network prove that they share a key. SPDX-License-Identifier: Apache-2.0
 *
 *   <-- AKA-Identity   --> AT_IDENTITY
 *   <-- AKA-Challenge  --> AT_RES, or Synchronization-Failure (AUTS), or Authentication-Reject
 *
 * The card is the host's (ike_eap_config.card). AKA' binds the keys to the network's name and negotiates how they are
 * derived: there is one way, number 1. AKA is refused where the server says, under its MAC, that it would have done
 * AKA' and we would have liked that better (AT_BIDDING).
 *
 * Not here: everything else (simaka.c). */
#include "eap/simaka.h"
#include <string.h>

#define SYNCS_MAX   2u
#define KDF_DEFAULT 1u

static int take_identity(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a)
{
    struct simaka_out o;
    ike_span name;

    if (m->state != SIMAKA_IDENTIFYING || a->has == 0 || m->syncs > 0 || m->kdf_n > 0 ||
        ike__simaka_choose_name(m, c, a->has, &name) < 0)
        return IKE_E_SYNTAX;
    ike__simaka_begin_out(&o, st, SIMAKA_IDENTITY);
    (void)ike__simaka_put(&o, OUT_IDENTITY, (uint16_t)name.n, name);
    return ike__simaka_end_out(m, &o, st, 0, (ike_span){NULL, 0});
}

/* RFC 4187 9.5: no attributes at all. */
static int reject(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const char *text)
{
    struct simaka_out o;

    (void)ike__simaka_refuse(m, c, st, 0, text);
    ike__simaka_begin_out(&o, st, SIMAKA_AUTH_REJECT);
    return ike__simaka_end_out(m, &o, st, 0, (ike_span){NULL, 0});
}

static int synchronize(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a,
                       const uint8_t auts[14])
{
    struct simaka_out o;

    if (++m->syncs > SYNCS_MAX)
        return ike__simaka_refuse(m, c, st, 0, "the sequence number stays wrong");
    ike__simaka_begin_out(&o, st, SIMAKA_SYNC_FAILURE);
    (void)ike__simaka_put(&o, OUT_AUTS, (uint16_t)(auts[0] << 8 | auts[1]), (ike_span){auts + 2, 12});
    for (uint32_t i = 0; i < a->kdf_n; i++) /* RFC 9048 3.2: "… a copy the AT_KDF attributes …" */
        (void)ike__simaka_put(&o, OUT_KDF, a->kdf[i], (ike_span){NULL, 0});
    return ike__simaka_end_out(m, &o, st, 0, (ike_span){NULL, 0});
}

/* ---- AKA': RFC 9048 3.1, 3.2 ---- */

static int has_kdf(const uint16_t *list, uint32_t n, uint16_t kdf)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == kdf)
            return 1;
    return 0;
}

/* 1: the list is what it has to be after our request for another function, or after none. */
static int is_expected(const struct simaka *m, const struct simaka_attrs *a)
{
    uint32_t skip = m->kdf_asked ? 1 : 0;

    return a->kdf_n == m->kdf_n + skip && (!skip || a->kdf[0] == KDF_DEFAULT) &&
           memcmp(a->kdf + skip, m->kdf, m->kdf_n * sizeof(m->kdf[0])) == 0;
}

/* 1: go on; else a response is in st, or SYNTAX. */
static int agree_on_kdf(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a)
{
    struct simaka_out o;

    if (m->kdf_n > 0)
        return is_expected(m, a) ? 1 : IKE_E_SYNTAX;
    for (uint32_t i = 1; i < a->kdf_n; i++)
        if (has_kdf(a->kdf, i, a->kdf[i]))
            return reject(m, c, st, "a key derivation function is offered twice");
    if (!has_kdf(a->kdf, a->kdf_n, KDF_DEFAULT))
        return reject(m, c, st, "the server offers no key derivation function that is known here");
    memcpy(m->kdf, a->kdf, sizeof(m->kdf));
    m->kdf_n = a->kdf_n;
    if (a->kdf[0] == KDF_DEFAULT)
        return 1;
    m->kdf_asked = 1;
    ike__simaka_begin_out(&o, st, SIMAKA_AKA_CHALLENGE);
    (void)ike__simaka_put(&o, OUT_KDF, KDF_DEFAULT, (ike_span){NULL, 0});
    return ike__simaka_end_out(m, &o, st, 0, (ike_span){NULL, 0});
}

/* RFC 9048 3.1: fields between colons, as many as both have. */
static int is_network(ike_span name, const char *expected)
{
    size_t n = expected ? strlen(expected) : 0, both = n < name.n ? n : name.n;

    if (n == 0)
        return 1;
    if (memcmp(name.p, expected, both) != 0)
        return 0;
    return n == name.n || (n > both ? expected[both] : name.p[both]) == ':';
}

static int check_prime(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a,
                       ike_span *network)
{
    int go_on = agree_on_kdf(m, c, st, a);

    if (go_on != 1)
        return go_on;
    if (!(a->has & AT(KDF_INPUT)) || ike__simaka_counted(a->value[AT_KDF_INPUT], network) < 0 ||
        network->n == 0)
        return reject(m, c, st, "the network has no name");
    if (!is_network(*network, ike_eap_client_config(c)->network))
        return reject(m, c, st, "this is another network than the configured one");
    /* RFC 9048 3.3: "… the peer MUST check that the AMF separation bit is set to 1." */
    if (!(a->value[AT_AUTN].p[2 + 6] & 0x80))
        return reject(m, c, st, "the challenge was made for another use (AMF separation bit)");
    return 1;
}

/* ---- the challenge ---- */

static int derive(struct simaka *m, const struct simaka_attrs *a, const ike_eap_card_answer *card,
                  ike_span network)
{
    ike_span name = {m->name.p, m->name.n};

    if (m->is_prime)
        return ike__simaka_keys_aka_prime(&m->keys, name, card->ik, card->ck, a->value[AT_AUTN].p + 2,
                                          network);
    return ike__simaka_keys_aka(&m->keys, name, card->ik, card->ck);
}

static int respond(struct simaka *m, ike_eap_step *st, const struct simaka_attrs *a,
                   const ike_eap_card_answer *card)
{
    struct simaka_out o;

    ike__simaka_begin_out(&o, st, SIMAKA_AKA_CHALLENGE);
    (void)ike__simaka_put(&o, OUT_RES, (uint16_t)(8 * card->res_n), (ike_span){card->res, card->res_n});
    if (a->has & AT(CHECKCODE))
        (void)ike__simaka_put(&o, OUT_CHECKCODE, 0, (ike_span){m->checkcode, m->checkcode_n});
    if (a->has & AT(RESULT_IND))
        (void)ike__simaka_put(&o, OUT_RESULT_IND, 0, (ike_span){NULL, 0});
    return ike__simaka_end_out(m, &o, st, 1, (ike_span){NULL, 0});
}

static int prove(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a,
                 const ike_eap_card_answer *card, ike_span network)
{
    uint8_t secret[SIMAKA_SECRET_MAX];
    struct simaka_attrs nested;
    int err = derive(m, a, card, network);

    if (err == 0)
        err = ike__simaka_check(m, st, a, (ike_span){NULL, 0}, AT(NEXT_PSEUDONYM) | AT(NEXT_REAUTH_ID),
                                secret, &nested);
    if (err < 0)
        return err;
    if ((a->has & AT(BIDDING)) && (a->value[AT_BIDDING].p[0] & 0x80) &&
        ike__eap_prefers(c, EAP_AKA_PRIME, EAP_AKA))
        return reject(m, c, st, "somebody hides that the server does EAP-AKA'");
    err = respond(m, st, a, card);
    if (err == 0)
        err = ike__simaka_proven(m, c, st, a, &nested);
    ike__eap_wipe(secret, sizeof(secret));
    return err;
}

static int take_challenge(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a)
{
    ike_eap_card_ask ask = {.type = m->type, .n = 1};
    ike_eap_card_answer card;
    ike_span network = {NULL, 0};
    int err = 1;

    if (m->state != SIMAKA_IDENTIFYING || a->value[AT_RAND].n != 18)
        return IKE_E_SYNTAX;
    if (m->is_prime)
        err = check_prime(m, c, st, a, &network);
    if (err != 1)
        return err;
    memcpy(ask.rand[0], a->value[AT_RAND].p + 2, 16);
    memcpy(ask.autn, a->value[AT_AUTN].p + 2, 16);
    err = ike__eap_ask_card(c, &ask, &card);
    if (err == IKE_E_AUTH)
        err = reject(m, c, st, "the network did not prove itself to the card");
    else if (err == 0 && card.has_auts)
        err = synchronize(m, c, st, a, card.auts);
    else if (err == 0)
        err = card.res_n < 4 || card.res_n > 16 ? IKE_E_CONFIG : prove(m, c, st, a, &card, network);
    ike__eap_wipe(&card, sizeof(card));
    return err;
}

#define NAMES  (AT(ANY_ID_REQ) | AT(FULLAUTH_ID_REQ) | AT(PERMANENT_ID_REQ))
#define NEEDED (AT(RAND) | AT(AUTN) | AT(MAC))
#define MAY    (AT(IV) | AT(ENCR_DATA) | AT(CHECKCODE) | AT(RESULT_IND))

static int step_aka(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    const struct simaka_row rows[] = {
        {SIMAKA_IDENTITY, NAMES, 0, take_identity},
        {SIMAKA_AKA_CHALLENGE, NEEDED | MAY | AT(BIDDING), NEEDED, take_challenge},
        ike__simaka_notification,
        ike__simaka_reauth};
    struct simaka *m = ctx;

    m->type = EAP_AKA;
    return ike__simaka_step(m, c, st, rows, sizeof(rows) / sizeof(rows[0]));
}

static int step_aka_prime(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    const struct simaka_row rows[] = {
        {SIMAKA_IDENTITY, NAMES, 0, take_identity},
        {SIMAKA_AKA_CHALLENGE, NEEDED | MAY | AT(KDF) | AT(KDF_INPUT), NEEDED, take_challenge},
        ike__simaka_notification,
        ike__simaka_reauth};
    struct simaka *m = ctx;

    m->type = EAP_AKA_PRIME;
    m->is_prime = 1;
    return ike__simaka_step(m, c, st, rows, sizeof(rows) / sizeof(rows[0]));
}

const ike_eap_method ike__eap_aka = {.abi = IKE_EAP_ABI,
                                     .type = EAP_AKA,
                                     .name = "aka",
                                     .ctx_size = sizeof(struct simaka),
                                     .step = step_aka,
                                     .end = ike__simaka_end};
const ike_eap_method ike__eap_aka_prime = {.abi = IKE_EAP_ABI,
                                           .type = EAP_AKA_PRIME,
                                           .name = "aka-prime",
                                           .ctx_size = sizeof(struct simaka),
                                           .step = step_aka_prime,
                                           .end = ike__simaka_end};
