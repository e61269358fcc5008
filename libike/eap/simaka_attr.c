/* eap/simaka_attr.c - the attributes of EAP-SIM and EAP-AKA, in and out. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4187 8.1, 10 (RFC 4186 8.1, 10 is the same, RFC 9048 3 adds two): type, length in words of four octets that
 * counts both, value. A length of zero is none: each step takes a word at least (CVE-2026-35330).
 *
 * Not here: which attributes a message may hold (tables of simaka.c, aka.c, sim.c). */
#include "eap/simaka.h"
#include <string.h>

#define SKIPPABLE 128u /* from here on: RFC 4187 8.1 */

static const struct {
    uint8_t type, words; /* 0 words: any number from 1 on */
} known[SIMAKA_ATTRS] = {[AT_RAND] = {1, 0},
                         [AT_AUTN] = {2, 5},
                         [AT_PADDING] = {6, 0},
                         [AT_PERMANENT_ID_REQ] = {10, 1},
                         [AT_MAC] = {11, 5},
                         [AT_NOTIFICATION] = {12, 1},
                         [AT_ANY_ID_REQ] = {13, 1},
                         [AT_VERSION_LIST] = {15, 0},
                         [AT_FULLAUTH_ID_REQ] = {17, 1},
                         [AT_COUNTER] = {19, 1},
                         [AT_NONCE_S] = {21, 5},
                         [AT_KDF_INPUT] = {23, 0},
                         [AT_KDF] = {24, 1},
                         [AT_IV] = {129, 5},
                         [AT_ENCR_DATA] = {130, 0},
                         [AT_NEXT_PSEUDONYM] = {132, 0},
                         [AT_NEXT_REAUTH_ID] = {133, 0},
                         [AT_CHECKCODE] = {134, 0},
                         [AT_RESULT_IND] = {135, 1},
                         [AT_BIDDING] = {136, 1}};

uint16_t ike__simaka_u16(ike_span value)
{
    return (uint16_t)(value.p[0] << 8 | value.p[1]);
}

ike_span ike__simaka_tail(ike_span value)
{
    return (ike_span){value.p + 2, value.n - 2};
}

static int keep(struct simaka_attrs *a, size_t which, uint32_t words, ike_span value)
{
    if (known[which].words && words != known[which].words)
        return IKE_E_SYNTAX;
    if (which == AT_KDF) {
        if (a->kdf_n == SIMAKA_KDF_MAX)
            return IKE_E_SYNTAX;
        a->kdf[a->kdf_n++] = ike__simaka_u16(value);
    } else if (a->has & 1u << which) {
        return IKE_E_SYNTAX;
    }
    a->has |= 1u << which;
    a->value[which] = value;
    return 0;
}

int ike__simaka_read(ike_span text, uint32_t allowed, struct simaka_attrs *a)
{
    struct eap_cursor in = {text.p, text.n, 0};

    memset(a, 0, sizeof(*a));
    while (in.n > 0) {
        uint32_t type = ike__eap_uint(&in, 1), words = ike__eap_uint(&in, 1);
        ike_span value;
        size_t which = 0;

        if (in.bad || words == 0)
            return IKE_E_SYNTAX;
        value = ike__eap_take(&in, 4 * (size_t)words - 2);
        if (in.bad)
            return IKE_E_SYNTAX;
        while (which < SIMAKA_ATTRS && known[which].type != type)
            which++;
        if (which == SIMAKA_ATTRS && type >= SKIPPABLE)
            continue;
        /* RFC 4187 8.1: "… the peer MUST send the EAP-Response/AKA-Client-Error packet …" */
        if (which == SIMAKA_ATTRS || !(allowed & 1u << which) || keep(a, which, words, value) < 0)
            return IKE_E_SYNTAX;
    }
    return 0;
}

int ike__simaka_counted(ike_span value, ike_span *out)
{
    size_t n = ike__simaka_u16(value);

    if (n > value.n - 2 || value.n - 2 - n > 3)
        return IKE_E_SYNTAX;
    *out = (ike_span){value.p + 2, n};
    return 0;
}

uint8_t *ike__simaka_put(struct simaka_out *o, uint8_t type, uint16_t first, ike_span data)
{
    size_t words = (4 + data.n + 3) / 4;
    uint8_t *p = o->p + o->n;

    if (o->bad || words > 255 || o->cap - o->n < 4 * words) {
        o->bad = 1;
        return NULL;
    }
    memset(p, 0, 4 * words);
    p[0] = type;
    p[1] = (uint8_t)words;
    p[2] = (uint8_t)(first >> 8);
    p[3] = (uint8_t)first;
    if (data.n > 0)
        memcpy(p + 4, data.p, data.n);
    o->n += 4 * words;
    return p + 4;
}
