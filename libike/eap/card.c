/* eap/card.c - what only a SIM card knows: the host's callback, its answer now or later, what stays between conversations. SPDX-License-Identifier: Apache-2.0 */
#include "eap/client.h"
#include <string.h>

void ike__eap_forget_card(ike_eap_client *c)
{
    ike__eap_wipe(&c->card, sizeof(c->card));
    c->has_card = 0;
    c->card_verdict = 0;
}

int ike__eap_ask_card(ike_eap_client *c, const ike_eap_card_ask *ask, ike_eap_card_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    if (c->has_card) {
        *answer = c->card;
        return c->card_verdict;
    }
    if (!c->cfg.card) {
        ike_eap_say_trouble(c, "it wants a SIM card, and there is none");
        return IKE_E_DENIED;
    }
    return c->cfg.card(c->cfg.user, ask, answer);
}

struct simaka_memory *ike__eap_memory(ike_eap_client *c)
{
    return &c->memory;
}

int ike__eap_prefers(const ike_eap_client *c, uint8_t type, uint8_t other)
{
    for (const ike_eap_method *const *m = c->cfg.methods; *m && (*m)->type != other; m++)
        if ((*m)->type == type)
            return 1;
    return 0;
}
