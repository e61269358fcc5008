/* eap/prompt.c - what only a person knows; passwords and where they are kept. SPDX-License-Identifier: Apache-2.0 */
#include "eap/client.h"
#include <stdlib.h>
#include <string.h>

#define SAID_MAX 1024u

static void drop(struct secret *s)
{
    if (s->p)
        ike__eap_wipe(s->p, s->n);
    free(s->p);
    s->p = NULL;
    s->n = 0;
}

static int set(struct secret *s, ike_span from)
{
    uint8_t *copy = malloc(from.n + 1);

    if (!copy)
        return IKE_E_NOMEM;
    if (from.n > 0)
        memcpy(copy, from.p, from.n);
    drop(s);
    s->p = copy;
    s->n = from.n;
    return 0;
}

int ike__eap_set_password(ike_eap_client *c, ike_span password)
{
    return set(&c->password, password);
}

int ike__eap_said(ike_eap_client *c, ike_span said)
{
    c->has_said = 1;
    c->has_refused = !said.p;
    return set(&c->said, said);
}

void ike__eap_forget_said(ike_eap_client *c)
{
    drop(&c->said);
    c->has_said = c->has_refused = 0;
}

void ike__eap_drop_secrets(ike_eap_client *c)
{
    drop(&c->password);
    drop(&c->said);
}

int ike_eap_prompt_for(ike_eap_client *c, const ike_eap_prompt *p, ike_span *said)
{
    uint8_t text[SAID_MAX];
    size_t n = 0;
    int err = c->has_refused ? IKE_E_DENIED : 0;

    if (!c->has_said) {
        err = c->cfg.prompt ? c->cfg.prompt(c->cfg.user, p, text, sizeof(text), &n) : IKE_E_DENIED;
        if (err == 0)
            err = ike__eap_said(c, (ike_span){text, n});
        ike__eap_wipe(text, sizeof(text));
    }
    if (err == 0 && p->kind != IKE_EAP_CODE && p->kind != IKE_EAP_NEW_PASSWORD)
        err = ike__eap_set_password(c, (ike_span){c->said.p, c->said.n});
    *said = (ike_span){c->said.p, c->said.n};
    return err;
}

int ike_eap_password(ike_eap_client *c, ike_span *password)
{
    ike_eap_prompt p = {IKE_EAP_PASSWORD, 0, c->cfg.identity, {NULL, 0}};

    *password = (ike_span){c->password.p, c->password.n};
    return c->password.p ? 0 : ike_eap_prompt_for(c, &p, password);
}

ike_span ike__eap_password_if_any(const ike_eap_client *c)
{
    return (ike_span){c->password.p, c->password.n};
}

int ike_eap_random(ike_eap_client *c, uint8_t *out, size_t n)
{
    return c->cfg.crypto->random(c->cfg.crypto->self, out, n) < 0 ? IKE_E_CRYPTO : 0;
}

/* Printable ASCII: part of it comes from the gateway and goes to logs. */
void ike_eap_say_trouble(ike_eap_client *c, const char *text)
{
    size_t n = 0;

    for (; text[n] && n < sizeof(c->trouble) - 1; n++)
        c->trouble[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '.';
    c->trouble[n] = '\0';
}

const char *ike_eap_trouble(const ike_eap_client *c)
{
    return c->trouble;
}
