/* exchange/ike_sa_init.c - the first exchange: proposals, keys, NAT (RFC 7296 1.2, 2.6, 2.7, 2.23). SPDX-License-Identifier: Apache-2.0
 *
 *   us                                          gateway
 *   HDR, [N(COOKIE)], SAi1, KEi, Ni,
 *     N(NATD…), N(FRAG), N(SIG_HASH)  -->
 *                                     <--  HDR, N(COOKIE)                  once more with the cookie
 *                                     <--  HDR, N(INVALID_KE_PAYLOAD)      once more with another KEi
 *                                     <--  HDR, SAr1, KEr, Nr, [CERTREQ,] N(NATD…) …
 *
 * Nothing here is authenticated, so every answer is only a hint: an error, an answer we cannot use, a wrong KE
 * leave the request in flight, and a better answer still wins (2.21.1). What the hints said is told when
 * the hold or the retransmissions run out. Message ID stays 0 (2.2), the SPI, nonce and full proposal
 * list never change between retries (2.6, 2.7).
 *
 * Not here: AUTH, which authenticates all of this afterwards (ike_auth.c). */
#include "exchange/exchange.h"
#include "base/mem.h"
#include "crypto/authoctets.h"
#include "state/keylog.h"

#define HOLD_US         3000000u /* how long a refusal waits for a better answer */
#define AUTHORITIES_MAX (20u * IKE_AUTHORITIES_MAX)

static const struct ike_rule response_rules[] = {
    {IKE_P_SA, 0, 1}, {IKE_P_KE, 0, 1}, {IKE_P_NONCE, 0, 1}, {IKE_P_CERTREQ, 0, IKE_MANY}, {0, 0, 0}};

/* ---- build ---- */

/* What a policy has its doubts about, without forbidding it. */
static void warn_of_weakness(struct ike_session *s)
{
    const char *text, *advice;

    for (uint32_t i = 0; (text = ike__settings_doubt(&s->settings, &s->env, i, &advice)) != NULL; i++)
        ike__session_warn(s, text, advice);
}

int ike__init_begin(struct ike_session *s, struct ike_task *task)
{
    struct ike_handshake *h;
    uint64_t spi;
    int err = ike__handshake_new(s, task);

    if (err == 0)
        err = ike__session_new_ike_spi(s, &spi);
    if (err < 0)
        return err;
    h = task->scratch;
    h->sa->spi_i = spi;
    h->sa->is_initiator = 1;
    ike__session_phase(s, h->sa, IKE_PHASE_SA_INIT);
    if (s->sa == h->sa)
        warn_of_weakness(s);
    s->handshake_began = s->now;
    return 0;
}

static int begin(struct ike_session *s, struct ike_task *task)
{
    struct ike_handshake *h;
    int err = ike__init_begin(s, task);

    if (err < 0)
        return err;
    h = task->scratch;
    return ike__keyex_begin(&h->child.nonces.keyex, s->env.alloc, s->env.crypto,
                            ike__first_group(h->ike, h->ike_n));
}

static void write_hashes(const struct ike_session *s, struct ike_msg_out *out)
{
    uint8_t octets[32];
    struct ike_buf b;

    ike__buf_init(&b, octets, sizeof(octets));
    ike__hashes_write(&b, ike__session_sigs(s));
    ike__notify_write(out, IKE_N_SIGNATURE_HASH_ALGORITHMS, ike__span(b.p, b.n));
}

int ike__init_write_abilities(struct ike_session *s, struct ike_handshake *h, struct ike_msg_out *out)
{
    if (ike__paths_write_natd(&h->sa->paths, s->env.crypto, h->sa->spi_i, 0,
                              s->settings.cfg.encap == IKE_ENCAP_UDP, out) < 0)
        return IKE_E_CRYPTO;
    if (s->settings.cfg.fragment_size != IKE_OFF)
        ike__notify_write(out, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED, ike__span(NULL, 0));
    ike__redirect_write(s, out);
    return 0;
}

ike_step ike__init_build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out,
                         int (*start)(struct ike_session *s, struct ike_task *task),
                         int (*write)(struct ike_session *s, struct ike_handshake *h,
                                      struct ike_msg_out *out))
{
    int err = task->scratch ? 0 : start(s, task);
    struct ike_handshake *h = task->scratch;
    uint16_t notify = 0;

    if (err == 0 && ++h->requests > s->settings.cfg.init_tries) {
        err = h->sa->hint_err ? h->sa->hint_err : IKE_E_LIMIT;
        notify = h->sa->hint_notify;
    }
    if (err == 0) {
        /* RFC 7296 2.6: the cookie comes first, and the rest stays as it was. */
        if (h->cookie_n > 0)
            ike__notify_write(out, IKE_N_COOKIE, ike__span(h->cookie, h->cookie_n));
        err = write(s, h, out);
    }
    if (err < 0) {
        ike__session_fault(s, err, notify, NULL);
        return IKE_STEP_FATAL;
    }
    return IKE_STEP_DONE;
}

static int write_request(struct ike_session *s, struct ike_handshake *h, struct ike_msg_out *out)
{
    int err;

    ike__sa_write(out, h->ike, h->ike_n);
    ike__ke_write(out, h->child.nonces.keyex.alg->id, ike__keyex_public(&h->child.nonces.keyex));
    ike__nonce_write(out, ike__nonces_i(&h->child.nonces));
    err = ike__init_write_abilities(s, h, out);
    write_hashes(s, out);
    ike__ppk_offer(s, out);
    return err;
}

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    return ike__init_build(s, task, out, begin, write_request);
}

/* ---- finish ---- */

/* Remembers what an answer said, keeps waiting for a better one, but not for ever. */
ike_step ike__init_hint(struct ike_session *s, struct ike_handshake *h, int err, uint16_t notify)
{
    h->sa->hint_err = err;
    h->sa->hint_notify = notify;
    if (h->sa->hold_until == 0)
        h->sa->hold_until = s->now + HOLD_US;
    return IKE_STEP_KEEP;
}

ike_step ike__init_take_cookie(struct ike_session *s, struct ike_handshake *h, ike_span cookie)
{
    /* RFC 7296 2.6: "… between 1 and 64 octets …" */
    if (cookie.n < 1 || cookie.n > sizeof(h->cookie))
        return IKE_STEP_KEEP;
    if (ike__span_equal(cookie, ike__span(h->cookie, h->cookie_n)))
        return IKE_STEP_KEEP; /* a repeated answer to the request before */
    memcpy(h->cookie, cookie.p, cookie.n);
    h->cookie_n = (uint32_t)cookie.n;
    ike__session_log(s, IKE_LOG_DEBUG, "the gateway wants its cookie back", NULL);
    return IKE_STEP_AGAIN;
}

static ike_step take_group(struct ike_session *s, struct ike_handshake *h, ike_span data)
{
    uint16_t group;
    int err;

    if (data.n != 2)
        return IKE_STEP_KEEP;
    group = ike__be16(data.p);
    /* Only a group of our own list, and each once: a forged answer can neither weaken the exchange nor keep it going. */
    if (!ike__offers_group(h->ike, h->ike_n, group) || group > 63 ||
        (h->child.nonces.keyex.tried >> group & 1))
        return group == h->child.nonces.keyex.alg->id
                   ? IKE_STEP_KEEP
                   : ike__init_hint(s, h, IKE_E_NO_PROPOSAL, IKE_N_INVALID_KE_PAYLOAD);
    err = ike__keyex_begin(&h->child.nonces.keyex, s->env.alloc, s->env.crypto, group);
    if (err < 0) {
        ike__session_fault(s, err, 0, NULL);
        return IKE_STEP_FATAL;
    }
    return IKE_STEP_AGAIN;
}

void ike__init_again(struct ike_session *s, struct ike_task *task)
{
    struct ike_ike_sa *sa = task->sa;
    ike_path path = sa->paths.now;

    path.remote.port = sa->paths.first_port;
    ike__handshake_drop(s, task);
    ike__ike_sa_restart(sa, &s->env);
    (void)ike__paths_init(&sa->paths, &path);
    task->exchange = &ike__ike_sa_init;
    task->is_waiting = 0;
}

void ike__ike_sa_init_restart(struct ike_session *s, struct ike_task *task, const ike_path *path)
{
    uint16_t port = task->sa->paths.first_port;
    ike_path to = *path;

    s->redirect->from = task->sa->paths.now.remote;
    if (to.remote.port == 0)
        to.remote.port = port;
    ike__handshake_drop(s, task);
    task->exchange = &ike__ike_sa_init; /* a ticket is for the gateway that gave it */
    (void)ike__paths_init(&task->sa->paths, &to);
}

/* RFC 5685 3: another gateway, with our nonce as the only proof that the answer is to us. */
ike_step ike__init_take_redirect(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_handshake *h = task->scratch;
    ike_span ni = ike__nonces_i(&h->child.nonces);
    ike_path path = task->sa->paths.now;

    switch (ike__redirect_find(s, msg, &ni)) {
    case IKE_REDIRECT_FOLLOW:
        path.remote = s->redirect->told.addr;
        ike__ike_sa_init_restart(s, task, &path);
        return IKE_STEP_AGAIN;
    case IKE_REDIRECT_ASK:
        return IKE_STEP_WAIT; /* for ike_redirect */
    case IKE_REDIRECT_LOOP:
        ike__session_fault(s, IKE_E_REDIRECT, 0, NULL);
        return IKE_STEP_FATAL;
    default:
        return IKE_STEP_KEEP;
    }
}

static ike_step take_notify(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    struct ike_notify n;
    uint16_t error;

    if (ike__notify_find(msg, IKE_N_COOKIE, 0, &n))
        return ike__init_take_cookie(s, h, n.data);
    error = ike__notify_error(msg, &n);
    if (error == IKE_N_INVALID_KE_PAYLOAD)
        return take_group(s, h, n.data);
    if (error)
        return ike__init_hint(s, h, ike__session_notify_err(error), error);
    return IKE_STEP_KEEP;
}

/* SA, KE and Nr as one: what was chosen must be what we offered, and fit together. */
static int read_choice(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg,
                       struct ike_ke *ke)
{
    const struct ike_payload *sa = ike__msg_find(msg, IKE_P_SA, 0);
    const struct ike_payload *kep = ike__msg_find(msg, IKE_P_KE, 0);
    struct ike_proposal chosen;
    int err;

    if (!sa || !kep || msg->header.spi_r == 0 || ike__ke_read(kep->body, ke) < 0)
        return IKE_E_SYNTAX;
    err = ike__suites_accept(h->ike, h->ike_n, sa->body, &h->sa->suite, &chosen);
    if (err < 0)
        return err;
    /* RFC 7296 3.4: "… MUST match" the group of the SA payload; and it must be the one we sent. */
    if (chosen.spi_len != 0 || ke->group != h->sa->suite.ke || ke->group != h->child.nonces.keyex.alg->id)
        return IKE_E_BAD_CHOICE;
    h->sa->prf = ike__find_prf(s->env.crypto, h->sa->suite.prf);
    if (!h->sa->prf)
        return IKE_E_BAD_CHOICE;
    if (ike__span_equal(ke->data, ike__keyex_public(&h->child.nonces.keyex)) ||
        msg->header.spi_r == msg->header.spi_i)
        return IKE_E_DISCARD; /* reflected */
    return ike__nonces_take(&h->child.nonces, h->sa, msg);
}

int ike__init_make_keys(struct ike_session *s, struct ike_handshake *h, ike_span secret, ike_span old_sk_d)
{
    struct ike_ike_sa *sa = h->sa;
    struct ike_keymat_in in;
    int err;

    memset(&in, 0, sizeof(in));
    in.prf = sa->prf;
    in.cipher = ike__find_cipher(s->env.crypto, sa->suite.encr, sa->suite.encr_bits, sa->suite.integ);
    if (!in.cipher)
        return IKE_E_BAD_CHOICE;
    in.ni = ike__nonces_i(&h->child.nonces);
    in.nr = ike__nonces_r(&h->child.nonces);
    in.secret = secret;
    in.spi_i = sa->spi_i;
    in.spi_r = sa->spi_r;
    err = ike__ike_sa_new_keys(sa, &s->env);
    if (err == 0)
        err = old_sk_d.n > 0 ? ike__keymat_rekey(s->env.alloc, &in, sa->prf, old_sk_d, sa->keys)
                             : ike__keymat_ike(s->env.alloc, &in, sa->keys);
    return err == 0 ? ike__ike_sa_arm(sa, &s->env) : err;
}

static int derive_keys(struct ike_session *s, struct ike_handshake *h, const struct ike_ke *ke)
{
    /* RFC 6989 2: the backend refuses values outside the group. */
    int err = ike__keyex_finish(&h->child.nonces.keyex, s->env.alloc, ke->data);

    return err < 0 ? err
                   : ike__init_make_keys(s, h, ike__keyex_secret(&h->child.nonces.keyex), ike__span(NULL, 0));
}

/* CERTREQ is a hint which certificate to use (RFC 7296 3.7): kept for IKE_ASK_SIGN. */
static int keep_authorities(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    uint8_t octets[AUTHORITIES_MAX];
    const struct ike_payload *p;
    struct ike_cert c;
    size_t n = 0;

    for (uint32_t i = 0; (p = ike__msg_find(msg, IKE_P_CERTREQ, i)) != NULL; i++) {
        if (ike__cert_read(p->body, &c) < 0 || c.encoding != IKE_CERT_X509_SIGNATURE || c.data.n % 20 != 0 ||
            c.data.n > sizeof(octets) - n)
            continue;
        if (c.data.n > 0)
            memcpy(octets + n, c.data.p, c.data.n);
        n += c.data.n;
    }
    return ike__keep(s, &h->authorities, &h->authorities_n, ike__span(octets, n));
}

static void read_abilities(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    uint64_t allowed = ike__session_sigs(s);
    struct ike_notify n;

    h->sa->peer_fragments = s->settings.cfg.fragment_size != IKE_OFF &&
                            ike__notify_find(msg, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED, 0, &n);
    h->peer_has_7427 = ike__notify_find(msg, IKE_N_SIGNATURE_HASH_ALGORITHMS, 0, &n) && n.data.n % 2 == 0;
    h->signs_as_before = 0;
    h->peer_sigs = h->peer_has_7427 ? ike__sigs_of_hashes(n.data, allowed) : ike__sigs_legacy(allowed);
    h->peer_has_multiple = ike__notify_find(msg, IKE_N_MULTIPLE_AUTH_SUPPORTED, 0, &n) != 0;
    h->is_childless =
        s->settings.cfg.childless && ike__notify_find(msg, IKE_N_CHILDLESS_IKEV2_SUPPORTED, 0, &n);
}

/* RFC 7296 2.23: from IKE_AUTH on everything goes to port 4500 where a NAT was found, or is pretended. */
static void choose_port(struct ike_session *s, struct ike_handshake *h)
{
    struct ike_paths *p = &h->sa->paths;

    /* RFC 4555 3.3: with MOBIKE on port 4500 even without a NAT, so that one can be met later. */
    if (p->peer_has_natt && (p->nat_local || p->nat_remote || s->settings.cfg.encap == IKE_ENCAP_UDP ||
                             s->settings.cfg.mobike != IKE_OFF))
        ike__paths_float(&h->sa->paths);
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_handshake *h = task->scratch;
    struct ike_notify n;
    struct ike_ke ke;
    int err;

    if (!ike__msg_find(msg, IKE_P_SA, 0))
        return ike__notify_find(msg, IKE_N_REDIRECT, 0, &n) ? ike__init_take_redirect(s, task, msg)
                                                            : take_notify(s, h, msg);
    err = read_choice(s, h, msg, &ke);
    if (err == IKE_E_DISCARD)
        return IKE_STEP_KEEP;
    if (err < 0)
        return ike__init_hint(s, h, err, 0);
    h->sa->spi_r = msg->header.spi_r;
    err = derive_keys(s, h, &ke);
    if (err == 0)
        err = ike__init_take_facts(s, h, msg);
    if (err == 0)
        err = ike__ppk_agree(s, h, msg);
    return err < 0 ? ike__init_useless(s, h, err) : ike__init_done(s, task, msg);
}

int ike__init_take_facts(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    int err = ike__paths_read_natd(&h->sa->paths, s->env.crypto, msg);

    if (err == 0 && s->settings.cfg.encap == IKE_ENCAP_UDP && !h->sa->paths.peer_has_natt)
        err = IKE_E_NO_NATT;
    if (err == 0)
        err = keep_authorities(s, h, msg);
    /* RFC 7296 2.15: AUTH covers both messages octet by octet, so they are kept as they were. */
    if (err == 0)
        err = ike__keep(s, &h->init_sent, &h->init_sent_n, ike__flight_first(&h->sa->window.request));
    if (err == 0)
        err = ike__keep(s, &h->init_received, &h->init_received_n, s->in_raw);
    return err;
}

ike_step ike__init_useless(struct ike_session *s, struct ike_handshake *h, int err)
{
    h->sa->spi_r = 0;
    ike__protect_free(&h->sa->seal, s->env.alloc);
    ike__protect_free(&h->sa->open, s->env.alloc);
    return err == IKE_E_DISCARD ? IKE_STEP_KEEP : ike__init_hint(s, h, err, 0);
}

ike_step ike__init_done(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_handshake *h = task->scratch;

    read_abilities(s, h, msg);
    if (!h->is_resumed && ike__announced_heed(s, h, msg) < 0) {
        ike__session_fault(s, IKE_E_NOMEM, 0, NULL);
        return IKE_STEP_FATAL;
    }
    choose_port(s, h);
    ike__keylog_ike(s, h->sa);
    h->sa->hint_err = 0;
    h->sa->hint_notify = 0;
    /* RFC 7296 2.17: the first child's keys come from SK_d and the nonces alone. */
    ike__keyex_free(&h->child.nonces.keyex, s->env.alloc);
    ike__session_phase(s, h->sa, IKE_PHASE_AUTH);
    task->exchange = &ike__ike_auth;
    return IKE_STEP_AGAIN;
}

const struct ike_exchange ike__ike_sa_init = {
    .name = "IKE_SA_INIT",
    .type = IKE_X_IKE_SA_INIT,
    .response = response_rules,
    .build = build,
    .finish = finish,
    .drop = ike__handshake_drop,
};
