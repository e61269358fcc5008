/* examples/ike/leak_test.c - `ike leak-test`: does anything get round the tunnel? SPDX-License-Identifier: Apache-2.0
 *
 * Runs beside a connected client, ours or another, on the same host: tries what leak_probes lists, watches the physical
 * side, and says line by line what left and which rule is missing. Leaves nothing behind, however it ends.
 * One round takes two seconds at most; --for SECONDS goes on with rounds for so long, while somebody moves to another
 * network or restarts the client. See docs/LEAKS.md. */
#include "cli.h"
#include "leak.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t is_stopped;

static void on_stop(int number)
{
    (void)number;
    is_stopped = 1;
}

/* What the tunnel is for, and where it ends. A name would have to be asked for; the gateway in use is seen on the wire
 * anyway. */
static int take_profile(struct leak_run *r, const struct options *o)
{
    struct setup s;
    int code = setup_load(&s, o);

    if (code != 0)
        return code;
    for (uint32_t i = 0; i < s.profile->hosts_n; i++) {
        ike_addr a = leak_addr(s.profile->hosts[i]);
        if (a.family)
            r->net.side[a.family == 6].gateway = a;
    }
    r->is_split = s.profile->plan->routes_n > 0;
    for (uint32_t i = s.profile->plan->routes_n; i-- > 0;)
        r->inside[s.profile->plan->routes[i].addr.family == 6] = s.profile->plan->routes[i];
    setup_drop(&s);
    return 0;
}

static int open_run(struct leak_run *r, const struct options *o)
{
    memset(r, 0, sizeof(*r));
    r->tun = o->tun;
    r->hold.line = r->device = r->catcher[0] = r->catcher[1] = -1;
    if (o->profile && take_profile(r, o) != 0)
        return EXIT_USE;
    r->wire = leak_wire_open();
    if (r->wire < 0) {
        fprintf(stderr,
                "ike: leak-test: the wire cannot be watched: %s; run it as root, or with CAP_NET_RAW and "
                "CAP_NET_ADMIN\n",
                strerror(-r->wire));
        return EXIT_LOCAL;
    }
    return o->crypto->random(o->crypto->self, (uint8_t *)&r->id, sizeof(r->id)) < 0 ? EXIT_LOCAL : 0;
}

static void rounds(struct leak_run *r, const struct options *o, struct output *out)
{
    struct sigaction stop = {.sa_handler = on_stop};
    ike_time end = ike_uv_now() + (ike_time)o->during_s * 1000000;

    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    do {
        leak_round(r);
        output_leak_round(out, r->net.device, r->net.tun);
    } while (!is_stopped && ike_uv_now() < end);
}

static const char *const state_name[] = {"not tried", "ok", "LEAK"};

static void say(struct output *out, const struct leak_probe *p, const struct leak_result *result, int is_ip6)
{
    const char *family = is_ip6 ? "IPv6" : "IPv4", *rule = ike_guard_reason_name(p->why);

    output_leak(out, p->name, family, result->state == LEAK_LEFT ? "leak" : state_name[result->state],
                result->text, result->state == LEAK_LEFT ? rule : NULL);
    if (out->file == stdout)
        return;
    printf("%-9s  %-16s %s  %s: %s\n", state_name[result->state], p->name, family, p->what, result->text);
    if (result->state == LEAK_LEFT)
        printf("%-9s  missing rule: %s: %s\n", "", rule, p->rule);
}

static int report(const struct leak_run *r, struct output *out)
{
    unsigned count[3] = {0, 0, 0};

    for (unsigned i = 0; i < leak_probes_n; i++)
        for (int is_ip6 = 0; is_ip6 < 2; is_ip6++) {
            if (!(leak_probes[i].scope & (is_ip6 ? LEAK_IP6 : LEAK_IP4)))
                continue;
            say(out, &leak_probes[i], &r->result[i][is_ip6], is_ip6);
            count[r->result[i][is_ip6].state]++;
        }
    output_leak_test(out, count[LEAK_LEFT], count[LEAK_STOPPED], count[LEAK_UNTRIED]);
    if (out->file != stdout)
        printf("%u of %u probes leaked, %u were not tried; tunnel %s, outside %s\n", count[LEAK_LEFT],
               count[LEAK_LEFT] + count[LEAK_STOPPED], count[LEAK_UNTRIED],
               r->net.tun[0] ? r->net.tun : "none", r->net.device[0] ? r->net.device : "none");
    if (count[LEAK_LEFT])
        return EXIT_DIFFERS;
    return count[LEAK_STOPPED] ? 0 : EXIT_MISSING; /* nothing tried says nothing */
}

int command_leak_test(const struct options *o)
{
    struct leak_run *r = malloc(sizeof(*r));
    struct output out = {0};
    int code = r ? open_run(r, o) : EXIT_LOCAL;

    if (code == 0) {
        output_open(&out, o->events);
        if (o->events && !out.file) {
            fprintf(stderr, "ike: leak-test: the file of --events cannot be written; check its path\n");
            code = EXIT_LOCAL;
        } else {
            rounds(r, o, &out);
            code = report(r, &out);
        }
        close(r->wire);
    }
    if (out.file && out.file != stdout)
        fclose(out.file);
    free(r);
    return code;
}
