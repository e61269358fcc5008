/* examples/ike/leak_round.c - `ike leak-test`: every probe once, and what they need meanwhile. SPDX-License-Identifier: Apache-2.0
 *
 * Look where we are; routes and device; every probe, one after the other without waiting; what is then still on its
 * way; everything back as it was. Takes less than two seconds. What a probe has found is kept over the rounds. */
#include "leak.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SETTLE_MS 250 /* for questions to neighbours, and answers of the firewall */
#define STEP_MS   10

/* A network for documentation; of a split tunnel's, no more than one address. */
static struct leak_route route(const struct leak_run *run, const char *to, uint32_t bits, uint8_t last,
                               const ike_addr *router)
{
    struct leak_route r;

    memset(&r, 0, sizeof(r));
    memcpy(r.device, run->net.device, sizeof(r.device));
    r.to.addr = leak_addr(to);
    r.to.bits = bits;
    if (run->is_split) {
        int is_ip6 = r.to.addr.family == 6;
        r.to.addr = leak_inside(run, is_ip6, last);
        r.to.bits = is_ip6 ? 128 : 32;
    }
    if (router)
        r.router = *router;
    return r;
}

static void begin(struct leak_run *r)
{
    leak_net_look(&r->net, r->tun);
    memset(r->aim, 0, sizeof(r->aim));
    r->catcher[0] = r->catcher[1] = -1;
    r->device = leak_device(r->device_name);
    r->routes[0] = route(r, "203.0.113.64", 26, 201, NULL);
    r->routes[1] = route(r, "2001:db8:1eaf:a::", 64, 201, NULL);
    r->routes[2] = route(r, "192.0.2.64", 26, 202, &r->net.side[0].router);
    r->routes[3] = route(r, "2001:db8:1eaf:b::", 64, 202, &r->net.side[1].router);
    (void)leak_hold(&r->hold, r->routes, 4);
}

static const char *try(struct leak_run *r, unsigned number, int is_ip6)
{
    if (r->is_split && (leak_probes[number].scope & LEAK_FULL))
        return "a split tunnel lets it out";
    if (r->is_split && !r->inside[is_ip6].addr.family)
        return "the profile names no network of this family";
    return leak_probes[number].fire(r, number, is_ip6);
}

static void fire(struct leak_run *r, unsigned number, int is_ip6)
{
    struct leak_result *result = &r->result[number][is_ip6];
    const char *why;

    if (!(leak_probes[number].scope & (is_ip6 ? LEAK_IP6 : LEAK_IP4)))
        return;
    why = try(r, number, is_ip6);
    if (result->state != LEAK_UNTRIED)
        return;
    if (!why)
        result->state = LEAK_STOPPED;
    snprintf(result->text, sizeof(result->text), "%s", why ? why : "nothing left");
}

static void fire_all(struct leak_run *r, unsigned scope)
{
    for (unsigned i = 0; i < leak_probes_n; i++)
        for (int is_ip6 = 0; is_ip6 < 2 && (leak_probes[i].scope & scope); is_ip6++)
            fire(r, i, is_ip6);
}

/* What an application would have got is not for anybody outside to send. */
static void look_into_catchers(struct leak_run *r)
{
    for (int is_ip6 = 0; is_ip6 < 2; is_ip6++) {
        struct leak_result *result;
        uint8_t octets[LEAK_PACKET_MAX];
        struct leak_seen seen;
        ssize_t n = r->catcher[is_ip6] < 0 ? -1 : recv(r->catcher[is_ip6], octets, sizeof(octets), 0);

        if (n < 0)
            continue;
        leak_look(&seen, 0, octets, (size_t)n);
        if (seen.run != r->id || seen.probe < 0 || seen.probe >= (int)leak_probes_n)
            continue;
        result = &r->result[seen.probe][is_ip6];
        result->times++;
        result->state = LEAK_LEFT;
        snprintf(result->text, sizeof(result->text), "what came in through %s was taken", r->device_name);
    }
}

void leak_round_drop(struct leak_run *r)
{
    leak_hold_drop(&r->hold);
    for (int i = 0; i < 2; i++)
        if (r->catcher[i] >= 0)
            close(r->catcher[i]);
    if (r->device >= 0)
        close(r->device);
    r->catcher[0] = r->catcher[1] = r->device = -1;
}

void leak_round(struct leak_run *r)
{
    begin(r);
    fire_all(r, ~0u);
    for (int ms = 0; ms < SETTLE_MS; ms += STEP_MS) {
        leak_wire_watch(r, STEP_MS);
        fire_all(r, LEAK_LONG);
    }
    leak_wire_watch(r, STEP_MS);
    look_into_catchers(r);
    leak_round_drop(r);
}
