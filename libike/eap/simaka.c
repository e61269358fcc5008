/* eap/simaka.c - what EAP-SIM, EAP-AKA and EAP-AKA' have in common: names and proofs. SPDX-License-Identifier: Apache-2.0
 *
 *   <-- Identity or Start (who?)   --> a name: for fast re-authentication, a pseudonym, or the permanent one
 *   <-- Challenge                  --> the card's proof (aka.c, sim.c)
 *   or, with a name for it:
 *   <-- Re-authentication          --> the counter, under the keys of last time; no card
 *   and, where both want it (AT_RESULT_IND) or something is wrong:
 *   <-- Notification               --> an acknowledgement
 *
 * RFC 4187 4.1, 5, 6, 9, 10.13, 10.15; RFC 4186 likewise; RFC 9048 3. A server that sends what it must not is told so
 * (Client-Error), and nothing counts afterwards. Success is acceptable once the server's MAC has been verified under
 * keys that only the home network shares with the card.
 *
 * Not here: attributes (simaka_attr.c), keys (simaka_keys.c), challenges, the last two (simaka_again.c). */
#include "eap/simaka.h"
#include <stdio.h>
#include <string.h>

enum { ANY = 1, FULLAUTH = 2, PERMANENT = 3 };

static const char *label(const struct simaka *m)
{
    return m->type == EAP_SIM ? "EAP-SIM" : m->is_prime ? "EAP-AKA'" : "EAP-AKA";
}

static void header(uint8_t out[EAP_HEADER], uint8_t code, const struct simaka *m, const ike_eap_step *st,
                   size_t n)
{
    out[0] = code;
    out[1] = st->identifier;
    out[2] = (uint8_t)((n + EAP_HEADER) >> 8);
    out[3] = (uint8_t)(n + EAP_HEADER);
    out[4] = m->type;
}

/* ---- responses ---- */

void ike__simaka_begin_out(struct simaka_out *o, ike_eap_step *st, uint8_t subtype)
{
    *o = (struct simaka_out){st->out, 3, st->cap, st->cap < 3};
    if (o->bad)
        return;
    st->out[0] = subtype;
    st->out[1] = st->out[2] = 0;
}

int ike__simaka_end_out(struct simaka *m, struct simaka_out *o, ike_eap_step *st, int with_mac,
                        ike_span extra)
{
    static const uint8_t zeros[16];
    uint8_t head[EAP_HEADER], hash[32];
    uint8_t *mac = with_mac ? ike__simaka_put(o, OUT_MAC, 0, (ike_span){zeros, 16}) : NULL;
    int err = 0;

    if (o->bad)
        return IKE_E_NOSPACE;
    st->n = o->n;
    if (mac) {
        const ike_span pieces[] = {{head, EAP_HEADER}, {o->p, o->n}, extra};
        header(head, EAP_RESPONSE, m, st, o->n);
        err = ike__eap_hmac(m->is_prime, (ike_span){m->keys.aut, m->is_prime ? 32 : 16}, pieces, 3, hash);
        memcpy(mac, hash, 16);
    }
    return err;
}

int ike__simaka_refuse(struct simaka *m, ike_eap_client *c, ike_eap_step *st, uint16_t code, const char *text)
{
    struct simaka_out o;
    char line[120];

    (void)snprintf(line, sizeof(line), "%s: %s", label(m), text);
    ike_eap_say_trouble(c, line);
    m->state = SIMAKA_DEAD;
    ike__simaka_begin_out(&o, st, SIMAKA_CLIENT_ERROR);
    (void)ike__simaka_put(&o, OUT_CLIENT_ERROR_CODE, code, (ike_span){NULL, 0});
    return ike__simaka_end_out(m, &o, st, 0, (ike_span){NULL, 0});
}

/* ---- names ---- */

static void set_name(struct simaka_name *to, ike_span from)
{
    to->n = from.n <= sizeof(to->p) ? (uint8_t)from.n : 0;
    if (to->n > 0)
        memcpy(to->p, from.p, to->n);
}

/* RFC 4187 4.1.1.8: a pseudonym is a user name; its realm is that of the permanent name. */
static void set_pseudonym(struct simaka_name *to, ike_span user, const char *permanent)
{
    const char *realm = strchr(permanent, '@');
    size_t n = realm ? strlen(realm) : 0;

    set_name(to, user);
    if (to->n == 0 || memchr(user.p, '@', user.n))
        return;
    if (to->n + n > sizeof(to->p)) {
        to->n = 0;
        return;
    }
    memcpy(to->p + to->n, realm ? realm : "", n);
    to->n = (uint8_t)(to->n + n);
}

ike_span ike__simaka_name(ike_eap_client *c, uint8_t type, int reauth_too)
{
    struct simaka_memory *memory = ike__eap_memory(c);
    const char *permanent = ike_eap_client_config(c)->identity;

    if (memory->type == type && reauth_too && memory->reauth.n > 0) {
        memory->is_spent = 1; /* RFC 4187 4.1.1.7: "… one-time usernames, which the peer MUST NOT re-use …" */
        return (ike_span){memory->reauth.p, memory->reauth.n};
    }
    if (memory->type == type && memory->pseudonym.n > 0)
        return (ike_span){memory->pseudonym.p, memory->pseudonym.n};
    return (ike_span){(const uint8_t *)permanent, strlen(permanent)};
}

static int is_reauth_name(const struct simaka *m, const struct simaka_memory *memory)
{
    return memory->type == m->type && memory->is_spent && memory->reauth.n > 0 &&
           memory->reauth.n == m->name.n && memcmp(memory->reauth.p, m->name.p, m->name.n) == 0;
}

/* RFC 4187 4.1.6: "… MUST verify that the sequence of EAP-Request/AKA-Identity packets …": each request asks for less
 * privacy than the one before. */
int ike__simaka_choose_name(struct simaka *m, ike_eap_client *c, uint32_t has, ike_span *name)
{
    uint8_t level = has & AT(ANY_ID_REQ)         ? ANY
                    : has & AT(FULLAUTH_ID_REQ)  ? FULLAUTH
                    : has & AT(PERMANENT_ID_REQ) ? PERMANENT
                                                 : 0;
    const char *permanent = ike_eap_client_config(c)->identity;

    has &= AT(ANY_ID_REQ) | AT(FULLAUTH_ID_REQ) | AT(PERMANENT_ID_REQ);
    if ((has & (has - 1)) != 0 || m->level == PERMANENT ||
        (level > 0 && (level <= m->level || m->has_fixed_name)))
        return IKE_E_SYNTAX;
    m->level = level > 0 ? level : PERMANENT;
    *name = level == PERMANENT ? (ike_span){(const uint8_t *)permanent, strlen(permanent)}
                               : ike__simaka_name(c, m->type, level == ANY);
    if (level > 0) {
        set_name(&m->name, *name);
        m->said_reauth = level == ANY && is_reauth_name(m, ike__eap_memory(c));
    }
    return 0;
}

/* ---- proofs ---- */

static int check_mac(const struct simaka *m, const ike_eap_step *st, ike_span mac, ike_span extra)
{
    static const uint8_t zeros[16];
    size_t at = (size_t)(mac.p - st->request.p) + 2;
    uint8_t head[EAP_HEADER], hash[32];
    const ike_span pieces[] = {{head, EAP_HEADER},
                               {st->request.p, at},
                               {zeros, 16},
                               {st->request.p + at + 16, st->request.n - at - 16},
                               extra};
    int err;

    header(head, EAP_REQUEST, m, st, st->request.n);
    err = ike__eap_hmac(m->is_prime, (ike_span){m->keys.aut, m->is_prime ? 32 : 16}, pieces, 5, hash);
    if (err < 0)
        return err;
    return ike__eap_equal(hash, mac.p + 2, 16) ? 0 : IKE_E_SYNTAX;
}

/* RFC 4187 10.13: over all that was said about names, both ways; zero octets if that was nothing. */
static int check_names(struct simaka *m, const struct simaka_attrs *a)
{
    ike_span said;

    if (m->is_hashing && mbedtls_md_finish(&m->names, m->checkcode) != 0)
        return IKE_E_CRYPTO;
    if (m->is_hashing)
        m->checkcode_n = m->is_prime ? 32 : 20;
    m->is_hashing = 0;
    if (!(a->has & AT(CHECKCODE)))
        return 0;
    said = ike__simaka_tail(a->value[AT_CHECKCODE]);
    return said.n == m->checkcode_n && (said.n == 0 || memcmp(said.p, m->checkcode, said.n) == 0)
               ? 0
               : IKE_E_SYNTAX;
}

static int open_nested(const struct simaka *m, const struct simaka_attrs *a, uint32_t allowed,
                       uint8_t *secret, struct simaka_attrs *nested)
{
    ike_span data, padding;
    int err;

    memset(nested, 0, sizeof(*nested));
    /* RFC 4187 10.12: "The AT_IV attribute MUST be included if and only if the AT_ENCR_DATA is included." */
    if (!(a->has & AT(IV)) != !(a->has & AT(ENCR_DATA)))
        return IKE_E_SYNTAX;
    if (!(a->has & AT(IV)))
        return 0;
    data = ike__simaka_tail(a->value[AT_ENCR_DATA]);
    if (data.n == 0 || data.n % 16 != 0)
        return IKE_E_SYNTAX;
    err = ike__eap_aes_cbc(0, m->keys.encr, a->value[AT_IV].p + 2, data, secret);
    if (err == 0)
        err = ike__simaka_read((ike_span){secret, data.n}, allowed | AT(PADDING), nested);
    if (err < 0 || !(nested->has & AT(PADDING)))
        return err;
    padding = nested->value[AT_PADDING];
    for (size_t i = 0; i < padding.n; i++) /* "… MUST verify that the pad bytes are set to zero." */
        err = padding.p[i] != 0 || padding.n > 10 ? IKE_E_SYNTAX : err;
    return err;
}

int ike__simaka_check(struct simaka *m, const ike_eap_step *st, const struct simaka_attrs *a, ike_span extra,
                      uint32_t allowed, uint8_t *secret, struct simaka_attrs *nested)
{
    int err = check_mac(m, st, a->value[AT_MAC], extra);

    if (err == 0)
        err = check_names(m, a);
    return err == 0 ? open_nested(m, a, allowed, secret, nested) : err;
}

/* What the server calls us from now on. A pseudonym stays until there is another. */
static int remember(struct simaka *m, ike_eap_client *c, const struct simaka_attrs *nested)
{
    struct simaka_memory *memory = ike__eap_memory(c);
    ike_span name = {NULL, 0};
    int err = 0;

    if (memory->type != m->type)
        memset(memory, 0, sizeof(*memory));
    memory->type = m->type;
    memory->keys = m->keys;
    memory->counter = m->is_reauth ? m->counter : 0;
    memory->is_spent = 0;
    if (nested->has & AT(NEXT_REAUTH_ID))
        err = ike__simaka_counted(nested->value[AT_NEXT_REAUTH_ID], &name);
    set_name(&memory->reauth, name);
    if (err == 0 && (nested->has & AT(NEXT_PSEUDONYM))) {
        err = ike__simaka_counted(nested->value[AT_NEXT_PSEUDONYM], &name);
        if (err == 0)
            set_pseudonym(&memory->pseudonym, name, ike_eap_client_config(c)->identity);
    }
    return err;
}

int ike__simaka_proven(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_attrs *a,
                       const struct simaka_attrs *nested)
{
    int err = remember(m, c, nested);

    if (err < 0)
        return err;
    m->state = SIMAKA_PROVEN;
    m->has_result_ind = (a->has & AT(RESULT_IND)) != 0;
    st->is_done = st->has_msk =
        !m->has_result_ind; /* RFC 4187 6.2: else its notification has to come first */
    memcpy(st->msk, m->keys.msk, sizeof(st->msk));
    return 0;
}

/* ---- requests ---- */

static int begin(struct simaka *m, ike_eap_client *c)
{
    const mbedtls_md_info_t *info =
        mbedtls_md_info_from_type(m->is_prime ? MBEDTLS_MD_SHA256 : MBEDTLS_MD_SHA1);

    if (m->has_begun)
        return 0;
    m->has_begun = 1;
    set_name(&m->name, ike__eap_name_said(c));
    m->said_reauth = (uint8_t)is_reauth_name(m, ike__eap_memory(c));
    mbedtls_md_init(&m->names);
    return info && mbedtls_md_setup(&m->names, info, 0) == 0 && mbedtls_md_starts(&m->names) == 0
               ? 0
               : IKE_E_CRYPTO;
}

/* What was said about names, as it was sent. */
static int hash_names(struct simaka *m, const ike_eap_step *st)
{
    uint8_t head[EAP_HEADER];
    int ok;

    m->is_hashing = 1;
    header(head, EAP_REQUEST, m, st, st->request.n);
    ok = mbedtls_md_update(&m->names, head, sizeof(head)) == 0 &&
         mbedtls_md_update(&m->names, st->request.p, st->request.n) == 0;
    header(head, EAP_RESPONSE, m, st, st->n);
    return ok && mbedtls_md_update(&m->names, head, sizeof(head)) == 0 &&
                   mbedtls_md_update(&m->names, st->out, st->n) == 0
               ? 0
               : IKE_E_CRYPTO;
}

int ike__simaka_step(struct simaka *m, ike_eap_client *c, ike_eap_step *st, const struct simaka_row *rows,
                     size_t n)
{
    struct eap_cursor in = {st->request.p, st->request.n, 0};
    uint32_t subtype = ike__eap_uint(&in, 1);
    struct simaka_attrs a;
    int err = begin(m, c);

    (void)ike__eap_take(&in, 2);
    if (err < 0 || in.bad || m->state == SIMAKA_DEAD)
        return err < 0 ? err : IKE_E_SYNTAX;
    while (n > 0 && rows->subtype != subtype)
        rows++, n--;
    if (n == 0)
        return ike__simaka_refuse(m, c, st, 0, "a message that does not belong here");
    err = ike__simaka_read((ike_span){in.p, in.n}, rows->allowed, &a);
    if (err == 0 && (a.has & rows->required) != rows->required)
        err = IKE_E_SYNTAX;
    if (err == 0)
        err = rows->take(m, c, st, &a);
    if (err == 0 && subtype == SIMAKA_IDENTITY)
        err = hash_names(m, st);
    if (err == IKE_E_SYNTAX) {
        st->is_done = st->has_msk = 0;
        return ike__simaka_refuse(m, c, st, 0, "what the server says is malformed, or not its own");
    }
    return err;
}

void ike__simaka_end(void *ctx)
{
    mbedtls_md_free(&((struct simaka *)ctx)->names);
}
