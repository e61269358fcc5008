/* examples/ike/connect.c - `ike connect`: a profile to a tunnel, until told otherwise. SPDX-License-Identifier: Apache-2.0
 *
 * Every way out leads through finish(): Delete sent, TUN and routes gone, then exit. */
#include "cli.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIGNALS_N   5
#define PATIENCE_MS 2000

struct client {
    uv_loop_t loop;
    struct setup setups[2],
        *setup; /* the profile in force, and the one before: an ask may still point into it */
    const struct options *o;
    struct output out;
    ike_uv *v;
    revocation *rev;
    struct eap_asker *asker;
    ike_tun tun;
    guard *guard; /* NULL: the profile asks for none */
    FILE *pcap;
    uv_signal_t signals[SIGNALS_N];
    uv_timer_t timeout;
    uv_process_t child;
    ike_addr ip4, ip6, dns;
    char *hosts[8]; /* copies: the driver wants them longer than their profile may live */
    int code, is_begun, is_up, is_over, has_child, child_over, is_stopping, is_stuck;
    int is_wished;         /* the end is what somebody wanted: a signal, or the command is done */
    uint32_t children[16]; /* ids of those that are up */
    unsigned children_n;
};

/* ---- ending ---- */

static void fail_line(const char *reason, const char *advice)
{
    fprintf(stderr, "ike: %s; %s\n", reason, advice);
}

/* A token or a TPM that hangs cannot be broken off: we go without it. */
static void on_patience(uv_timer_t *h)
{
    struct client *c = h->data;

    c->is_stuck = 1;
    uv_stop(&c->loop);
}

/* Nobody waits for these any more; but a second signal must not kill us before the guard is gone. */
static void release(struct client *c)
{
    c->is_over = 1;
    for (size_t i = 0; i < SIGNALS_N; i++)
        uv_unref((uv_handle_t *)&c->signals[i]);
    uv_timer_start(&c->timeout, on_patience, PATIENCE_MS, 0);
    uv_unref((uv_handle_t *)&c->timeout);
}

static void unwatch(struct client *c)
{
    for (size_t i = 0; i < SIGNALS_N; i++)
        uv_close((uv_handle_t *)&c->signals[i], NULL);
    uv_close((uv_handle_t *)&c->timeout, NULL);
    uv_run(&c->loop, UV_RUN_DEFAULT);
}

static void finish(struct client *c)
{
    if (c->is_over)
        return;
    c->is_over = 1;
    c->setups[0].is_over = c->setups[1].is_over = 1;
    if (ike_uv_session(c->v))
        output_stats(&c->out, c->v, ike_uv_session(c->v));
    guard_detach(c->guard);
    ike_uv_close(c->v, NULL);
    revocation_close(c->rev);
    c->setups[0].asker = c->setups[1].asker = NULL;
    eap_close(c->asker);
    release(c);
}

/* The polite way: the gateway hears of it; IKE_EV_CLOSED leads to finish. */
static void stop(struct client *c, int code)
{
    if (c->is_stopping)
        return;
    c->is_stopping = 1;
    c->code = code;
    if (ike_uv_close_session(c->v) < 0)
        finish(c);
}

/* ---- --run ---- */

static void on_command_over(uv_process_t *p, int64_t status, int signal_number)
{
    struct client *c = p->data;

    c->child_over = 1;
    c->is_wished |= !c->is_stopping;
    uv_close((uv_handle_t *)p, NULL);
    stop(c, signal_number ? 128 + signal_number : (int)status);
}

static void set_env_addr(const char *name, const ike_addr *a)
{
    char text[64];

    if (a->family == 0)
        return;
    print_addr(text, sizeof(text), a);
    setenv(name, text, 1);
}

static void run_command(struct client *c)
{
    uv_stdio_container_t stdio[3] = {{.flags = UV_INHERIT_FD, .data.fd = 0},
                                     {.flags = UV_INHERIT_FD, .data.fd = 1},
                                     {.flags = UV_INHERIT_FD, .data.fd = 2}};
    uv_process_options_t opt = {.file = c->o->run[0],
                                .args = c->o->run,
                                .exit_cb = on_command_over,
                                .stdio = stdio,
                                .stdio_count = 3};
    int err;

    setenv("IKE_TUN", ike_tun_linux_name(&c->tun), 1);
    set_env_addr("IKE_LOCAL_IP", &c->ip4);
    set_env_addr("IKE_LOCAL_IP6", &c->ip6);
    set_env_addr("IKE_DNS", &c->dns);
    c->child.data = c;
    err = uv_spawn(&c->loop, &c->child, &opt);
    c->has_child = err == 0;
    if (err == 0)
        return;
    uv_close((uv_handle_t *)&c->child, NULL);
    fail_line(uv_strerror(err), "the command behind --run could not be started");
    stop(c, 127);
}

/* ---- events ---- */

static void show_up(const ike_up *up)
{
    printf("gateway    %s (%s)\nIKE        %s\nround trips %u in %.1f ms%s\n", up->peer_id, up->auth_remote,
           up->suite, up->round_trips, (double)up->handshake_us / 1000.0, up->resumed ? ", resumed" : "");
}

static void remember_config(struct client *c, const ike_assigned *a)
{
    char text[64];

    for (uint32_t i = 0; i < a->ip_n; i++) {
        ike_addr *at = a->ip[i].addr.family == 4 ? &c->ip4 : &c->ip6;
        if (at->family == 0)
            *at = a->ip[i].addr;
        print_addr(text, sizeof(text), &a->ip[i].addr);
        if (!c->o->run)
            printf("address    %s\n", text);
    }
    for (uint32_t i = 0; i < a->dns_n; i++) {
        if (c->dns.family == 0)
            c->dns = a->dns[i];
        print_addr(text, sizeof(text), &a->dns[i]);
        if (!c->o->run)
            printf("DNS        %s\n", text);
    }
}

static void forget_child(struct client *c, uint32_t id)
{
    for (unsigned i = 0; i < c->children_n; i++)
        if (c->children[i] == id)
            c->children[i--] = c->children[--c->children_n];
}

static void child_is_up(struct client *c, const ike_child *child)
{
    char text[200];

    forget_child(c, child->id);
    if (c->children_n < 16)
        c->children[c->children_n++] = child->id;
    if (c->is_up || c->is_stopping)
        return;
    c->is_up = 1;
    uv_timer_stop(&c->timeout);
    if (c->o->run) {
        run_command(c);
        return;
    }
    printf("ESP        %s (%s)\ndevice     %s\n", child->suite, child->crypto, ike_tun_linux_name(&c->tun));
    for (uint32_t i = 0; i < child->remote_n; i++) {
        print_ts(text, sizeof(text), &child->remote[i]);
        printf("behind     %s\n", text);
    }
    printf("connected; interrupt to close\n");
    fflush(stdout);
}

static void child_is_down(struct client *c, const ike_event *ev)
{
    char reason[200];

    forget_child(c, ev->u.child.id);
    if (c->is_stopping || c->children_n > 0)
        return;
    snprintf(reason, sizeof(reason), "%s: %s%s%s%s", c->is_up ? "connected" : "IKE_AUTH",
             ike_strerror(ev->err), ev->notify ? " (the gateway said " : "",
             ev->notify ? ike_notify_name(ev->notify) : "", ev->notify ? ")" : "");
    fail_line(reason, ike_advice(ev->err));
    stop(c, exit_code(ev->err));
}

/* EAP methods know more than the exchange that carries them. */
static void fail_closed(const struct client *c, const ike_closed *closed)
{
    const char *trouble = c->setup->eap ? ike_eap_trouble(c->setup->eap) : "";
    char reason[400];

    snprintf(reason, sizeof(reason), "%s%s%s", closed->reason, trouble[0] ? ": " : "", trouble);
    fail_line(reason, closed->advice);
}

static void session_is_closed(struct client *c, const ike_event *ev)
{
    if (!c->is_stopping) {
        c->is_stopping = 1; /* whatever the command says on its way out, this is the reason */
        c->code = exit_code(ev->err);
        fail_closed(c, &ev->u.closed);
        if (c->has_child && !c->child_over)
            uv_process_kill(&c->child, SIGTERM);
    } else if (ev->err == IKE_E_LOCAL_IO) {
        c->code = EXIT_LOCAL;
        fail_line(ev->u.closed.reason, ev->u.closed.advice);
    }
    finish(c);
}

static void on_event(ike_uv *v, const ike_event *ev, void *user)
{
    struct client *c = user;
    ike_stats st = IKE_STATS_INIT;

    if (ike_session_stats(ike_uv_session(v), &st) == 0 && st.inner_mtu != 0)
        c->out.mtu = c->out.wanted_mtu && c->out.wanted_mtu < st.inner_mtu ? c->out.wanted_mtu : st.inner_mtu;
    output_event(&c->out, ev);
    guard_event(c->guard, ev);
    switch (ev->type) {
    case IKE_EV_UP:
        if (!c->o->run)
            show_up(&ev->u.up);
        break;
    case IKE_EV_CONFIG:
        remember_config(c, &ev->u.config);
        break;
    case IKE_EV_CHILD_UP:
        child_is_up(c, &ev->u.child);
        break;
    case IKE_EV_CHILD_DOWN:
        child_is_down(c, ev);
        break;
    case IKE_EV_ASK: /* the key store says: later */
        if (ev->u.ask.kind == IKE_ASK_EAP)
            eap_ask(c->asker, c->setup, &ev->u.ask);
        if (ev->u.ask.kind == IKE_ASK_VERIFY && !revocation_ask(c->rev, c->setup->trust, &ev->u.ask))
            (void)ike_uv_answer(v, ev->u.ask.id, IKE_E_CERT_STATUS, (ike_span){NULL, 0});
        break;
    case IKE_EV_WARNING:
        fprintf(stderr, "ike: warning: %s; %s\n", ev->u.warning.text, ev->u.warning.advice);
        break;
    case IKE_EV_CLOSED:
        session_is_closed(c, ev);
        break;
    default:
        break;
    }
}

static void on_connecting(ike_uv *v, const char *host, const ike_path *path, void *user)
{
    struct client *c = user;

    (void)v;
    revocation_forget(c->rev, NULL); /* another session: what the last one asked is over */
    eap_forget(c->asker, NULL);
    output_connecting(&c->out, host, path);
    guard_connecting(c->guard, path);
}

static int on_plan(ike_uv *v, const ike_tun_plan *plan, const char **why, void *user)
{
    struct client *c = user;

    (void)v;
    return guard_plan(c->guard, plan, why);
}

static int on_resolve(ike_uv *v, const char *host, uint32_t family, void *user)
{
    struct client *c = user;

    (void)v;
    return guard_resolve(c->guard, host, family);
}

static void on_network(ike_uv *v, const ike_path *path, void *user)
{
    struct client *c = user;

    (void)v;
    output_network(&c->out, path);
    guard_network(c->guard);
}

static void on_datagram(ike_uv *v, int dir, const ike_path *path, const uint8_t *p, size_t n, void *user)
{
    struct client *c = user;

    (void)v;
    if (c->pcap)
        capture_datagram(c->pcap, dir, path, p, n);
}

static void on_keylog(void *user, const char *file, const char *line)
{
    keylog_line(((struct client *)user)->o->keylog, file, line);
}

/* ---- signals and time ---- */

/* SIGHUP: the profile as it is now, with the least disruption that brings it about. */
static void read_again(struct client *c)
{
    static const char *const changes[] = {"nothing has changed",
                                          "times are changed",
                                          "children are rekeyed",
                                          "the IKE SA is rekeyed",
                                          "a child for other traffic is made",
                                          "authenticating anew"};
    struct setup *fresh = c->setup == &c->setups[0] ? &c->setups[1] : &c->setups[0];
    const char *why = "";
    int change;

    if (fresh->trust)
        revocation_forget(c->rev, fresh->trust);
    eap_forget(c->asker, fresh);
    setup_drop(fresh);
    if (setup_load(fresh, c->o) != 0)
        return; /* it has said why */
    fresh->asker = c->asker;
    change = ike_uv_reconfigure(c->v, &fresh->config, &fresh->keys, fresh->profile->plan, &why);
    if (change < 0) {
        fail_line(why[0] ? why : ike_strerror(change), "the connection goes on as it was");
        setup_drop(fresh);
        return;
    }
    c->setup = fresh;
    guard_rearm(c->guard, fresh->profile);
    printf("profile    %s\n", changes[change]);
    fflush(stdout);
}

static void rekey_all(struct client *c)
{
    (void)ike_uv_rekey(c->v, 0);
    for (unsigned i = 0; i < c->children_n; i++)
        (void)ike_uv_rekey(c->v, c->children[i]);
}

static void on_signal(uv_signal_t *h, int number)
{
    struct client *c = h->data;

    if (c->is_over)
        return;
    if (number == SIGUSR1) {
        if (ike_uv_session(c->v))
            output_stats(&c->out, c->v, ike_uv_session(c->v));
        return;
    }
    if (number == SIGHUP) {
        read_again(c);
        return;
    }
    if (number == SIGUSR2) {
        rekey_all(c);
        return;
    }
    c->is_wished |= !c->is_stopping;
    if (c->has_child && !c->child_over)
        uv_process_kill(&c->child, number);
    stop(c, c->is_up ? (c->has_child ? 128 + number : 0) : EXIT_STOPPED);
}

static void on_timeout(uv_timer_t *h)
{
    struct client *c = h->data;

    fail_line("start: not connected within --timeout", ike_advice(IKE_E_TIMEOUT));
    stop(c, EXIT_SILENT);
}

static void watch(struct client *c)
{
    static const int numbers[SIGNALS_N] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

    for (size_t i = 0; i < SIGNALS_N; i++) {
        uv_signal_init(&c->loop, &c->signals[i]);
        c->signals[i].data = c;
        uv_signal_start(&c->signals[i], on_signal, numbers[i]);
    }
    uv_timer_init(&c->loop, &c->timeout);
    c->timeout.data = c;
}

/* ---- start ---- */

static int open_driver(struct client *c)
{
    const ike_profile *p = c->setup->profile;
    ike_uv_config cfg = IKE_UV_CONFIG_INIT;
    static ike_env env; /* lives as long as the program */
    const char *why;
    int err;

    env = (ike_env)IKE_ENV_INIT;
    env.crypto = c->o->crypto;
    env.bulk = c->o->bulk;
    env.user = c;
    env.keylog = c->o->keylog ? on_keylog : NULL;
    cfg.session = &c->setup->config;
    cfg.env = &env;
    cfg.keys = &c->setup->keys;
    cfg.tun = &c->tun;
    cfg.plan = p->plan;
    for (uint32_t i = 0; i < p->hosts_n; i++) {
        cfg.hosts[i] = c->hosts[i] = strdup(p->hosts[i]);
        if (!c->hosts[i])
            return IKE_E_NOMEM;
    }
    cfg.hosts_n = p->hosts_n;
    cfg.family = p->family;
    cfg.port = (uint16_t)p->port;
    cfg.reconnect_s = p->reconnect_s;
    cfg.on_connecting = on_connecting;
    cfg.record = c->o->record;
    cfg.plain = (uint32_t)c->o->plain_udp;
    cfg.record_secrets = (uint32_t)c->o->record_secrets;
    cfg.on_event = on_event;
    cfg.on_network = on_network;
    cfg.on_datagram = c->pcap ? on_datagram : NULL;
    cfg.user = c;
    if (c->guard) {
        if (guard_attach(c->guard, &c->loop, &cfg, &c->tun) < 0) {
            fail_line("start: the guard cannot be joined to the connection", "check this machine");
            return IKE_E_LOCAL_IO;
        }
        cfg.on_plan = on_plan;
        cfg.on_resolve = on_resolve;
    }
    err = ike_uv_open(&c->v, &c->loop, &cfg, &why);
    if (err < 0)
        fprintf(stderr, "ike: %s: %s; %s\n", err == IKE_E_LOCAL_IO ? "start" : "profile", why,
                ike_advice(err));
    return err;
}

static int open_files(struct client *c)
{
    output_open(&c->out, c->o->events);
    c->out.wanted_mtu = c->setup->profile->plan->mtu;
    if (c->o->events && !c->out.file) {
        fail_line("start: the file of --events cannot be written", "check its path");
        return EXIT_LOCAL;
    }
    c->pcap = c->o->pcap ? capture_open(c->o->pcap) : NULL;
    if (c->o->pcap && !c->pcap) {
        fail_line("start: the file of --pcap cannot be written", "check its path");
        return EXIT_LOCAL;
    }
    for (uint32_t i = 0; i < c->setup->profile->warnings_n; i++) {
        fprintf(stderr, "ike: warning: %s\n", c->setup->profile->warnings[i]);
        output_warning(&c->out, c->setup->profile->warnings[i], "see docs/PROFILE.md");
    }
    return 0;
}

static void connect_now(struct client *c)
{
    c->is_begun = 1;
    if (ike_uv_connect(c->v) < 0) {
        fail_line("start: the resolver cannot be started", "check this machine");
        stop(c, EXIT_LOCAL);
    }
}

/* A trigger of the profile has fired. */
static void on_decided(void *user, int connect)
{
    struct client *c = user;

    if (connect && !c->is_begun)
        connect_now(c);
    else if (!connect && c->is_begun)
        stop(c, 0);
}

static int start(struct client *c)
{
    ike_tun_linux_config tun = IKE_TUN_LINUX_CONFIG_INIT;
    const char *why = "";
    int err = open_driver(c);

    if (err < 0) {
        guard_detach(c->guard);
        release(c);
        uv_run(&c->loop, UV_RUN_DEFAULT);
        return exit_code(err);
    }
    tun.name = c->o->tun;
    tun.plain = (uint32_t)c->o->plain_tun;
    err = ike_tun_linux_open(&c->tun, &tun, &why);
    if (err < 0) {
        char reason[200];
        snprintf(reason, sizeof(reason), "start: %s", why);
        fail_line(reason, ike_advice(err));
        guard_detach(c->guard);
        ike_uv_close(c->v, NULL);
        release(c);
        uv_run(&c->loop, UV_RUN_DEFAULT);
        return EXIT_LOCAL;
    }
    if (c->o->timeout_s > 0)
        uv_timer_start(&c->timeout, on_timeout, (uint64_t)c->o->timeout_s * 1000, 0);
    revocation_open(&c->rev, &c->loop, c->v);
    if (eap_open(&c->asker, &c->loop, c->v, c->o->card) == 0)
        c->setup->asker = c->asker;
    guard_start(c->guard, c->v, c->o->probe);
    if (!guard_triggers(c->guard, on_decided, c))
        connect_now(c);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    c->tun.close(c->tun.self);
    if (c->is_stuck) { /* its thread still has what we would free */
        fprintf(stderr, "ike: warning: the %s; left it behind\n",
                c->has_child && !c->child_over ? "command does not end"
                                               : "key, or a name server, does not answer");
        fflush(NULL);
        guard_end(c->guard, c->is_wished);
        _exit(c->code);
    }
    return c->code;
}

int command_connect(const struct options *o)
{
    struct client *c = calloc(1, sizeof(*c));
    int code;

    if (!c)
        return EXIT_LOCAL;
    c->o = o;
    signal(SIGPIPE, SIG_IGN); /* a card's program need not read what it is told */
    uv_loop_init(&c->loop);
    c->setup = &c->setups[0];
    code = setup_load(c->setup, o);
    if (code == 0) {
        code = open_files(c);
        watch(c); /* before there is anything that we would leave behind */
        if (code == 0)
            code = guard_arm(&c->guard, c->setup->profile, &c->out);
        if (code == 0)
            code = start(c);
        guard_end(c->guard, c->is_wished);
        unwatch(c);
        setup_drop(&c->setups[0]);
        setup_drop(&c->setups[1]);
    }
    if (c->pcap)
        fclose(c->pcap);
    if (c->out.file && c->out.file != stdout)
        fclose(c->out.file);
    uv_loop_close(&c->loop);
    for (size_t i = 0; i < 8; i++)
        free(c->hosts[i]);
    free(c);
    return code;
}
