/* state/ike_sa.c - one IKE SA: SPIs, role, keys, cipher contexts. SPDX-License-Identifier: Apache-2.0
 *
 * The only file that knows which half of the keys is ours: after an IKE rekey by the peer the roles
 * of the new SA are swapped (RFC 7296 2.18), and everything follows is_initiator.
 *
 * Not here: how keys are derived (crypto/keymat.c), who decides to use them (exchange/). */
#include "state/ike_sa.h"
#include "base/mem.h"
#include "base/wipe.h"

#define SUPERSEDED_US 30000000u /* longer than the peer repeats its Delete */

int ike__ike_sa_new(struct ike_ike_sa **out, const ike_env *env)
{
    *out = ike__mem_new(env->alloc, sizeof(**out));
    if (!*out)
        return IKE_E_NOMEM;
    (*out)->reauth_at = (*out)->reauth_by = IKE_NEVER;
    return 0;
}

int ike__ike_sa_new_keys(struct ike_ike_sa *sa, const ike_env *env)
{
    ike__ike_sa_settle(sa, env);
    sa->keys = ike__mem_new(env->alloc, sizeof(*sa->keys));
    return sa->keys ? 0 : IKE_E_NOMEM;
}

int ike__ike_sa_arm(struct ike_ike_sa *sa, const ike_env *env)
{
    const struct ike_suite *u = &sa->suite;
    const ike_cipher_alg *alg = ike__find_cipher(env->crypto, u->encr, u->encr_bits, u->integ);
    int err;

    sa->prf = ike__find_prf(env->crypto, u->prf);
    if (!alg || !sa->prf)
        return IKE_E_UNSUPPORTED;
    memcpy(sa->sk_d, sa->keys->d, sizeof(sa->sk_d));
    /* A second IKE_SA_INIT answer may replace the keys of a first one. */
    ike__protect_free(&sa->seal, env->alloc);
    ike__protect_free(&sa->open, env->alloc);
    err = ike__protect_init(&sa->seal, env->alloc, env->crypto, alg,
                            sa->is_initiator ? sa->keys->ei : sa->keys->er,
                            sa->is_initiator ? sa->keys->ai : sa->keys->ar);
    if (err == 0)
        err = ike__protect_init(&sa->open, env->alloc, env->crypto, alg,
                                sa->is_initiator ? sa->keys->er : sa->keys->ei,
                                sa->is_initiator ? sa->keys->ar : sa->keys->ai);
    return err;
}

void ike__ike_sa_settle(struct ike_ike_sa *sa, const ike_env *env)
{
    ike__mem_free(env->alloc, sa->keys, sizeof(*sa->keys));
    sa->keys = NULL;
}

void ike__ike_sa_supersede(struct ike_ike_sa *sa, ike_time now)
{
    sa->is_rekeyed = 1;
    ike__lifetime_busy(&sa->life);
    sa->life.expire_at = now + SUPERSEDED_US;
}

void ike__ike_sa_restart(struct ike_ike_sa *sa, const ike_env *env)
{
    ike__protect_free(&sa->seal, env->alloc);
    ike__protect_free(&sa->open, env->alloc);
    ike__reassembly_free(&sa->fragments[0], env->alloc);
    ike__reassembly_free(&sa->fragments[1], env->alloc);
    ike__ike_sa_settle(sa, env);
    ike__wipe(sa->sk_d, sizeof(sa->sk_d));
    sa->spi_r = 0;
    sa->hold_until = 0;
    sa->hint_err = 0;
    sa->hint_notify = 0;
}

void ike__ike_sa_condemn(struct ike_ike_sa *sa, ike_time now)
{
    sa->is_redundant = 1;
    if (sa->window.in_flight && sa->window.due == IKE_NEVER)
        sa->window.due = now; /* a request given up long ago: nobody hears a Delete either */
}

void ike__ike_sa_wipe(struct ike_ike_sa *sa, const ike_env *env)
{
    ike__protect_free(&sa->seal, env->alloc);
    ike__protect_free(&sa->open, env->alloc);
    ike__reassembly_free(&sa->fragments[0], env->alloc);
    ike__reassembly_free(&sa->fragments[1], env->alloc);
    ike__ike_sa_settle(sa, env);
    ike__window_free(&sa->window, env->alloc);
    ike__wipe(sa, sizeof(*sa));
}

void ike__ike_sa_free(struct ike_ike_sa *sa, const ike_env *env)
{
    if (!sa)
        return;
    ike__ike_sa_wipe(sa, env);
    ike__mem_free(env->alloc, sa, sizeof(*sa));
}

struct ike_header ike__ike_sa_header(const struct ike_ike_sa *sa, uint8_t exchange, int is_response,
                                     uint32_t message_id)
{
    struct ike_header h;

    memset(&h, 0, sizeof(h));
    h.spi_i = sa->spi_i;
    h.spi_r = sa->spi_r;
    h.version = 0x20;
    h.exchange = exchange;
    h.flags = (uint8_t)((sa->is_initiator ? IKE_FLAG_INITIATOR : 0) | (is_response ? IKE_FLAG_RESPONSE : 0));
    h.message_id = message_id;
    return h;
}

int ike__ike_sa_owns(const struct ike_ike_sa *sa, const struct ike_header *h)
{
    int from_initiator = (h->flags & IKE_FLAG_INITIATOR) != 0;

    return h->spi_i == sa->spi_i && h->spi_r == sa->spi_r && from_initiator == !sa->is_initiator;
}
