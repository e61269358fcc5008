/* crypto/choose.c - what was chosen of proposals, and what we choose. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.7 and 3.3.6 say what an answer may look like.
 *
 * Not here: where our proposals come from (suites.c), bytes on the wire (wire/sa.c). */
#include "crypto/suites.h"

static const struct ike_proposal *numbered(const struct ike_proposal *ours, uint32_t n, uint8_t number)
{
    for (uint32_t i = 0; i < n; i++)
        if (ours[i].number == number)
            return &ours[i];
    return NULL;
}

static uint16_t *slot_of(struct ike_suite *s, uint8_t type)
{
    switch (type) {
    case IKE_T_ENCR:
        return &s->encr;
    case IKE_T_PRF:
        return &s->prf;
    case IKE_T_INTEG:
        return &s->integ;
    case IKE_T_KE:
        return &s->ke;
    case IKE_T_ESN:
        return &s->esn;
    default:
        return NULL;
    }
}

static int take_transform(const struct ike_proposal *ours, const struct ike_transform *t,
                          struct ike_suite *suite, uint32_t *seen)
{
    uint16_t *slot = slot_of(suite, t->type);

    if (!slot || t->unknown || (*seen >> t->type & 1))
        return IKE_E_BAD_CHOICE;
    *seen |= 1u << t->type;
    /* RFC 7296 3.3: integrity NONE beside an AEAD says the same as no transform at all; so does KE NONE for a child. */
    if (t->id == 0 && (t->type == IKE_T_INTEG || t->type == IKE_T_KE) && !ike__proposal_has(ours, t->type))
        return 0;
    if (!ike__proposal_holds(ours, t))
        return IKE_E_BAD_CHOICE;
    *slot = t->id;
    if (t->type == IKE_T_ENCR)
        suite->encr_bits = t->key_bits;
    return 0;
}

int ike__suites_accept(const struct ike_proposal *ours, uint32_t n, ike_span sa_body, struct ike_suite *suite,
                       struct ike_proposal *chosen)
{
    const struct ike_proposal *mine;
    struct ike_proposal second;
    struct ike_sa_reader r;
    uint32_t seen = 0;
    int got;

    memset(suite, 0, sizeof(*suite));
    ike__sa_reader_init(&r, sa_body);
    got = ike__sa_next(&r, chosen);
    if (got < 1)
        return got < 0 ? got : IKE_E_SYNTAX;
    got = ike__sa_next(&r, &second);
    if (got != 0) /* RFC 7296 2.7: "… MUST choose a single suite …" */
        return got < 0 ? got : IKE_E_BAD_CHOICE;
    mine = numbered(ours, n, chosen->number);
    if (!mine || mine->protocol != chosen->protocol)
        return IKE_E_BAD_CHOICE;
    for (uint8_t i = 0; i < chosen->n; i++)
        if (take_transform(mine, &chosen->transform[i], suite, &seen) < 0)
            return IKE_E_BAD_CHOICE;
    for (uint8_t type = IKE_T_ENCR; type <= IKE_T_KE; type++)
        if (ike__proposal_has(mine, type) && !(seen >> type & 1))
            return IKE_E_BAD_CHOICE;
    /* A missing ESN transform means 32-bit numbers, if we offered those. */
    if (ike__proposal_has(mine, IKE_T_ESN) && !(seen >> IKE_T_ESN & 1)) {
        const struct ike_transform no_esn = {.type = IKE_T_ESN, .id = IKE_ESN_NO};
        if (!ike__proposal_holds(mine, &no_esn))
            return IKE_E_BAD_CHOICE;
    }
    return 0;
}

int ike__suites_hold(const struct ike_proposal *ours, uint32_t n, const struct ike_suite *suite)
{
    const struct ike_transform parts[] = {
        {.type = IKE_T_ENCR, .id = suite->encr, .key_bits = suite->encr_bits},
        {.type = IKE_T_PRF, .id = suite->prf},
        {.type = IKE_T_KE, .id = suite->ke},
        {.type = IKE_T_INTEG, .id = suite->integ}};
    size_t parts_n = suite->integ ? 4 : 3;

    for (uint32_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < parts_n && ike__proposal_holds(&ours[i], &parts[k]))
            k++;
        if (k == parts_n && ike__proposal_has(&ours[i], IKE_T_INTEG) == (suite->integ != 0))
            return 1;
    }
    return 0;
}

/* The first of our transforms of a type that the peer offers too; 0 if none. */
static int common(const struct ike_proposal *ours, const struct ike_proposal *theirs, uint8_t type,
                  struct ike_transform *out)
{
    for (uint8_t i = 0; i < ours->n; i++)
        if (ours->transform[i].type == type && ike__proposal_holds(theirs, &ours->transform[i])) {
            *out = ours->transform[i];
            return 1;
        }
    return 0;
}

int ike__suites_choose(const struct ike_proposal *ours, uint32_t n, ike_span sa_body, struct ike_suite *suite,
                       struct ike_proposal *chosen)
{
    static const struct ike_transform no_ke = {.type = IKE_T_KE, .id = IKE_KE_NONE};
    struct ike_proposal theirs;
    struct ike_transform t;
    struct ike_sa_reader r;
    int got;

    for (uint32_t i = 0; i < n; i++) {
        ike__sa_reader_init(&r, sa_body);
        while ((got = ike__sa_next(&r, &theirs)) == 1) {
            uint32_t seen = 0;
            uint8_t type = IKE_T_ENCR;

            if (theirs.protocol != ours[i].protocol)
                continue;
            memset(suite, 0, sizeof(*suite));
            *chosen = theirs;
            chosen->n = 0;
            for (; type <= IKE_T_ESN; type++) {
                if (!ike__proposal_has(&ours[i], type)) {
                    if (type == IKE_T_KE && ike__proposal_has(&theirs, type) &&
                        !ike__proposal_holds(&theirs, &no_ke))
                        break; /* they insist on a key exchange */
                    continue;
                }
                if (!common(&ours[i], &theirs, type, &t))
                    break;
                chosen->transform[chosen->n++] = t;
                (void)take_transform(&ours[i], &t, suite, &seen);
            }
            if (type > IKE_T_ESN)
                return 0;
        }
        if (got < 0)
            return got;
    }
    return IKE_E_NO_PROPOSAL;
}
