/* eap/mschapv2.c - EAP-MSCHAPv2: both sides prove that they know the password, and a key comes of it. SPDX-License-Identifier: Apache-2.0
 *
 *   <-- Challenge   --> Response   <-- Success (the server's proof)   --> Success
 *                                  <-- Failure "E=691 R=1 C=…"        --> Response again, or Change-Password, or Failure
 *
 * draft-kamath-pppext-eap-mschapv2-02 in RFC 2759's terms; keys by RFC 3079. The packet's own length field is
 * never used: EAP knows how long the packet is.
 *
 * Not here: the computations (ms.c). */
#include "eap/room.h"
#include <stdlib.h>
#include <string.h>

enum { CHALLENGE = 1, RESPONSE = 2, SUCCESS = 3, FAILURE = 4, CHANGE_PASSWORD = 7 };
enum { ERROR_PASSWORD_EXPIRED = 648, ERROR_AUTHENTICATION = 691 };
#define TRIES_MAX    3u
#define CHANGE_LEN   586u /* RFC 2759 7 */
#define RESPONSE_LEN 49u  /* its value */

struct mschap {
    uint8_t challenge[16]; /* the server's */
    uint8_t nt[24], expected[20];
    struct ms_secret secret;
    uint8_t id;
    uint8_t has_challenge, has_answered, is_done;
    uint32_t tries;
};

static size_t header(ike_eap_step *st, uint8_t op, uint8_t id, size_t n)
{
    st->out[0] = op;
    st->out[1] = id;
    st->out[2] = (uint8_t)(n >> 8);
    st->out[3] = (uint8_t)n;
    st->n = n;
    return 4;
}

static ike_span user_of(ike_eap_client *c)
{
    const char *name = ike_eap_client_config(c)->identity;

    return (ike_span){(const uint8_t *)name, strlen(name)};
}

/* Our proof to nt, the one we wait for to expected. */
static int compute(struct mschap *m, ike_eap_client *c, ike_span password, const uint8_t peer[16])
{
    uint8_t hash[8];
    int err = ike__ms_secret(password, &m->secret);

    if (err == 0)
        err = ike__ms_challenge_hash(peer, m->challenge, user_of(c), hash);
    if (err == 0)
        err = ike__ms_nt_response(&m->secret, hash, m->nt);
    if (err == 0)
        err = ike__ms_authenticator(&m->secret, m->nt, hash, m->expected);
    return err;
}

static int respond(struct mschap *m, ike_eap_client *c, ike_eap_step *st, ike_span password)
{
    ike_span user = user_of(c);
    size_t at, n = 5 + RESPONSE_LEN + user.n;
    int err;

    if (n > st->cap)
        return IKE_E_NOSPACE;
    at = header(st, RESPONSE, m->id, n);
    st->out[at++] = RESPONSE_LEN;
    memset(st->out + at, 0, RESPONSE_LEN); /* reserved octets and flags stay so */
    err = ike_eap_random(c, st->out + at, 16);
    if (err == 0)
        err = compute(m, c, password, st->out + at);
    memcpy(st->out + at + 24, m->nt, sizeof(m->nt));
    memcpy(st->out + at + RESPONSE_LEN, user.p, user.n);
    m->has_answered = 1;
    return err;
}

static int on_challenge(struct mschap *m, ike_eap_client *c, ike_eap_step *st, struct eap_cursor *in)
{
    ike_span challenge, password;
    int err;

    if (ike__eap_uint(in, 1) != 16 || m->has_answered)
        return IKE_E_SYNTAX;
    challenge = ike__eap_take(in, 16); /* behind it the server's name, which nobody has proven */
    if (in->bad)
        return IKE_E_SYNTAX;
    memcpy(m->challenge, challenge.p, 16);
    m->has_challenge = 1;
    err = ike_eap_password(c, &password);
    return err < 0 ? err : respond(m, c, st, password);
}

/* RFC 2759 5: "S=" and the proof of a server that knows the password as well; without it there is no Success. */
static int on_success(struct mschap *m, ike_eap_client *c, ike_eap_step *st, struct eap_cursor *in)
{
    int err = m->has_answered ? ike__ms_check_proof((ike_span){in->p, in->n}, m->expected) : IKE_E_SYNTAX;

    if (err == IKE_E_AUTH)
        ike_eap_say_trouble(c, "MSCHAPv2: the server does not know the password");
    if (err < 0)
        return err;
    m->is_done = 1;
    st->out[0] = SUCCESS;
    st->n = 1;
    st->is_done = st->has_msk = 1;
    return ike__ms_msk(&m->secret, m->nt, st->msk);
}

/* ---- Failure: RFC 2759 6 ---- */

struct failure {
    uint32_t error;
    uint8_t may_retry, has_challenge;
    uint8_t challenge[16];
};

static void read_field(uint8_t key, ike_span value, struct failure *f)
{
    struct eap_cursor hex = {value.p, value.n, 0};

    if (key == 'C')
        f->has_challenge = value.n == 32 && ike__ms_hex(&hex, f->challenge, sizeof(f->challenge)) == 0;
    if (key == 'R')
        f->may_retry = value.n == 1 && value.p[0] == '1';
    for (size_t i = 0; key == 'E' && i < value.n && i < 6; i++)
        if (value.p[i] >= '0' && value.p[i] <= '9')
            f->error = f->error * 10 + (uint32_t)(value.p[i] - '0');
}

/* "E=691 R=1 C=… V=3 M=text": fields in any order, what is unknown is passed over. M is last and holds anything. */
static void read_failure(const struct eap_cursor *in, struct failure *f)
{
    const uint8_t *p = in->p, *end = in->p + in->n, *stop;

    memset(f, 0, sizeof(*f));
    for (; end - p >= 2 && p[0] != 'M'; p = stop < end ? stop + 1 : end) {
        stop = memchr(p, ' ', (size_t)(end - p));
        stop = stop ? stop : end;
        if (stop - p >= 2 && p[1] == '=')
            read_field(p[0], (ike_span){p + 2, (size_t)(stop - p) - 2}, f);
    }
}

static int give_up(ike_eap_client *c, ike_eap_step *st, const struct failure *f)
{
    char text[] = "MSCHAPv2 error 0000000", *digit = text + sizeof(text) - 2;
    uint32_t error = f->error;

    for (int i = 0; i < 7; i++, error /= 10)
        *digit-- = (char)('0' + error % 10);
    ike_eap_say_trouble(c, f->error == ERROR_AUTHENTICATION ? "MSCHAPv2: wrong user name or password" : text);
    st->out[0] = FAILURE;
    st->n = 1;
    return 0;
}

static int change_password(struct mschap *m, ike_eap_client *c, ike_eap_step *st, ike_span fresh)
{
    struct ms_secret old = m->secret;
    uint8_t peer[16], *at;
    int err;

    if (st->cap < CHANGE_LEN)
        return IKE_E_NOSPACE;
    (void)header(st, CHANGE_PASSWORD, m->id, CHANGE_LEN);
    at = st->out + 4;
    err = ike_eap_random(c, at, 512);
    if (err == 0)
        err = ike__ms_new_password(fresh, &old, at, at + 516);
    if (err == 0)
        err = ike_eap_random(c, peer, sizeof(peer));
    if (err == 0)
        err = compute(m, c, fresh, peer);
    memcpy(at + 532, peer, sizeof(peer));
    memset(at + 548, 0, 8);
    memcpy(at + 556, m->nt, sizeof(m->nt));
    memset(at + 580, 0, 2);
    ike__eap_wipe(&old, sizeof(old));
    return err;
}

static int on_failure(struct mschap *m, ike_eap_client *c, ike_eap_step *st, struct eap_cursor *in)
{
    ike_eap_prompt p = {IKE_EAP_PASSWORD, 0, ike_eap_client_config(c)->identity, {NULL, 0}};
    struct failure f;
    ike_span said;
    int err = IKE_E_DENIED;

    if (!m->has_answered || m->is_done)
        return IKE_E_SYNTAX;
    read_failure(in, &f);
    p.tries = m->tries + 1;
    p.kind = f.error == ERROR_PASSWORD_EXPIRED ? IKE_EAP_NEW_PASSWORD : IKE_EAP_PASSWORD;
    if (f.has_challenge && p.tries <= TRIES_MAX && (f.may_retry || f.error == ERROR_PASSWORD_EXPIRED))
        err = ike_eap_prompt_for(c, &p, &said);
    if (err == IKE_E_DENIED) /* nobody to ask: the server is told, and will say so itself */
        return give_up(c, st, &f);
    if (err < 0)
        return err;
    m->tries++;
    m->id++; /* RFC 2759 7: that of the Failure plus 1 */
    memcpy(m->challenge, f.challenge, sizeof(m->challenge));
    if (p.kind == IKE_EAP_PASSWORD)
        return respond(m, c, st, said);
    err = change_password(m, c, st, said);
    return err < 0 ? err : ike__eap_set_password(c, said);
}

static int step(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    struct mschap *m = ctx;
    struct eap_cursor in = {st->request.p, st->request.n, 0};
    uint32_t op = ike__eap_uint(&in, 1);

    if (st->cap < 16)
        return IKE_E_NOSPACE;
    m->id = (uint8_t)ike__eap_uint(&in, 1);
    (void)ike__eap_take(&in, 2);
    if (in.bad)
        return IKE_E_SYNTAX;
    switch (op) {
    case CHALLENGE:
        return on_challenge(m, c, st, &in);
    case SUCCESS:
        return on_success(m, c, st, &in);
    case FAILURE:
        return on_failure(m, c, st, &in);
    default:
        return IKE_E_SYNTAX;
    }
}

const ike_eap_method ike__eap_mschapv2 = {.abi = IKE_EAP_ABI,
                                          .type = EAP_MSCHAPV2,
                                          .name = "mschapv2",
                                          .ctx_size = sizeof(struct mschap),
                                          .step = step};
