/* state/doubts.c - what a policy says to a configuration: yes, yes but, no. SPDX-License-Identifier: Apache-2.0
 *
 * A policy refuses by what it has no keyword for (crypto/suites.c); what it lets through with a warning is the column
 * `doubts` of its row (crypto/policy.c), and what each of them means stands here.
 *
 * Not here: what certificates have to be like (trust/policy.c). */
#include "base/mem.h"
#include "crypto/policy.h"
#include "crypto/suites.h"
#include "state/settings.h"

static int has_psk(const struct ike_settings *t, const ike_env *env)
{
    (void)env;
    return t->cfg.auth_local == IKE_AUTH_PSK || t->cfg.auth_remote == IKE_AUTH_PSK;
}

static int has_eap(const struct ike_settings *t, const ike_env *env)
{
    (void)env;
    return t->cfg.auth_local == IKE_AUTH_EAP;
}

static int is_sha1(const struct ike_transform *f)
{
    return (f->type == IKE_T_PRF && f->id == IKE_PRF_HMAC_SHA1) ||
           (f->type == IKE_T_INTEG && f->id == IKE_INTEG_HMAC_SHA1_96);
}

static int offers_sha1(const struct ike_settings *t, const ike_env *env)
{
    size_t room = sizeof(struct ike_proposal) * IKE_PROPOSALS_MAX;
    struct ike_proposal *p = ike__mem_new(env->alloc, room);
    const char *why;
    int found = 0;

    for (uint32_t i = 0; p && i <= t->children_n && !found; i++) { /* the IKE SA's, then each child's */
        int n = ike__suites_parse(p, IKE_PROPOSALS_MAX, i == 0 ? IKE_PROTO_IKE : IKE_PROTO_ESP,
                                  i == 0 ? t->cfg.ike_suites : t->child[i - 1].cfg.esp_suites, t->cfg.policy,
                                  env->crypto, &why);
        for (int k = 0; k < n; k++)
            for (uint32_t f = 0; f < p[k].n; f++)
                found |= is_sha1(&p[k].transform[f]);
    }
    ike__mem_free(env->alloc, p, room);
    return found;
}

static const struct {
    uint32_t doubt;
    int (*has)(const struct ike_settings *t, const ike_env *env);
    const char *text, *advice;
} doubts[] = {
    {IKE_DOUBT_PSK, has_psk, "the policy wants certificates, not a shared key",
     "authenticate with certificates on both sides"},
    {IKE_DOUBT_EAP, has_eap, "the policy wants certificates, not EAP",
     "authenticate with certificates on both sides"},
    {IKE_DOUBT_SHA1, offers_sha1, "the policy lets SHA-1 be offered",
     "set crypto-policy to default, or name proposals without it"},
};

const char *ike__settings_doubt(const struct ike_settings *t, const ike_env *env, uint32_t nth,
                                const char **advice)
{
    uint32_t row = ike__policy(t->cfg.policy)->doubts;

    for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++)
        if ((row & doubts[i].doubt) && doubts[i].has(t, env) && nth-- == 0) {
            *advice = doubts[i].advice;
            return doubts[i].text;
        }
    return NULL;
}

int ike_policy_judge(uint32_t policy, const ike_config *cfg, const ike_crypto *crypto, const char **why)
{
    struct ike_settings t;
    ike_env env = IKE_ENV_INIT;
    ike_config own;
    const char *text, *advice;
    int err = cfg && crypto && why ? ike_struct_adopt(&own, sizeof(own), cfg) : IKE_E_USAGE;

    if (err < 0)
        return err;
    *why = "";
    env.crypto = crypto;
    own.policy = policy;
    err = ike__settings_init(&t, &own, &env, why);
    text = err == 0 ? ike__settings_doubt(&t, &env, 0, &advice) : NULL;
    ike__settings_free(&t, &env);
    if (text)
        *why = text;
    return text ? 1 : err;
}
