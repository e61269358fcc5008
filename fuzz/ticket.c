/* fuzz/ticket.c - what a host hands back as a ticket: read strictly, and a session that begins with it. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__ticket_read ike__ticket_write ike__ticket_fits; IKE_SESSION_RESUME through the public API */
#include "peer/ladder.h"
#include "state/ticket.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What can be read is written the same. */
static void there_and_back(ike_span block)
{
    struct ike_ticket t;
    struct ike_buf b;
    uint8_t *again;

    if (ike__ticket_read(&t, block) < 0)
        return;
    again = malloc(block.n);
    if (!again || ike__ticket_size(&t) != block.n)
        abort();
    ike__buf_init(&b, again, block.n);
    if (ike__ticket_write(&t, &b) < 0 || b.n != block.n || memcmp(again, block.p, block.n) != 0)
        abort();
    free(again);
}

/* The digest of the configuration is filled in, or hardly any input would get further. */
static void bind(struct ladder *l, uint8_t *block, size_t n)
{
    struct ike_settings settings;
    struct ike_ticket t;
    const ike_prf_alg *prf;
    const char *why;

    if (ike__ticket_read(&t, ike__span(block, n)) < 0)
        return;
    prf = ike__find_prf(&l->fake_client.table, t.suite.prf);
    if (prf && ike__settings_init(&settings, &l->cfg, &l->env, &why) == 0) {
        (void)ike__ticket_bind(&settings, NULL, prf, block + IKE_TICKET_BOUND_AT);
        ike__settings_free(&settings, &l->env);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct ladder l;

    there_and_back(ike__span(data, n));
    ladder_init(&l);
    if (n > sizeof(l.ticket))
        return 0;
    l.ticket_n = n;
    if (n > 0)
        memcpy(l.ticket, data, n);
    bind(&l, l.ticket, n);
    l.cfg.ticket = ike__span(l.ticket, n);
    if (ladder_connect(&l) < 0)
        abort();
    ladder_run(&l);
    if (l.ups != 1 || l.up.resumed) /* this gateway has given no ticket */
        abort();
    ladder_free(&l);
    return 0;
}
