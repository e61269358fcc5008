/* driver/uv.c - a driver on libuv: one session, one socket, one timer, one TUN. SPDX-License-Identifier: Apache-2.0
 *
 * The loop that every host writes, once: packets in, pump, timer. The only rule is the pump rule of ike.h.
 * The driver owns a UDP socket and nothing that could carry bare ESP, so it always asks for ESP in UDP
 * (IKE_ENCAP_UDP): behind a NAT or not, the tunnel works the same.
 *
 * Not here: packets (uv_packets.c), names (uv_resolve.c), asks that take long (uv_ask.c), the socket (uv_socket.c),
 * addresses and routes (uv_plan.c), changes of the network (uv_watch.c hears, uv_roam.c looks). */
#include "driver/room.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

ike_time ike_uv_now(void)
{
    struct timespec ts;

#ifdef CLOCK_BOOTTIME
    clock_gettime(CLOCK_BOOTTIME, &ts);
#else
    clock_gettime(CLOCK_MONOTONIC, &ts);
#endif
    return (ike_time)ts.tv_sec * 1000000u + (ike_time)ts.tv_nsec / 1000u;
}

static void deliver(ike_uv *v, const ike_event *ev)
{
    if (v->cfg.on_event && !v->is_closing)
        v->cfg.on_event(v, ev, v->cfg.user);
}

/* ---- events ---- */

static void answer(ike_uv *v, const ike_event *ev)
{
    uint8_t data[8192];
    const ike_keystore *keys = v->cfg.keys;
    int verdict = IKE_E_PENDING;
    size_t n = 0;

    if (keys && keys->slow >> ev->u.ask.kind & 1) {
        verdict = ike__uv_ask(v, &ev->u.ask);
        if (verdict == 0)
            return;
    } else if (keys)
        verdict = keys->answer(keys->self, &ev->u.ask, data, sizeof(data), &n);
    v->ask_kind = ev->u.ask.kind;
    if (verdict == IKE_E_PENDING)
        deliver(v, ev);
    else
        (void)ike_uv_answer(v, ev->u.ask.id, verdict, (ike_span){data, n});
    explicit_bzero(data, n);
}

static void child_up(ike_uv *v, const ike_event *ev)
{
    int err;

    ike__uv_mtu_take(v);
    err = v->cfg.tun ? ike__uv_configure(v, &ev->u.child) : 0;
    if (v->is_closing) /* the host, when it was given the plan */
        return;
    if (v->cfg.tun && (err < 0 || ike__uv_watch_tun(v) < 0)) {
        snprintf(v->text, sizeof(v->text), "connected: %s", v->plan_why);
        v->local_err = IKE_E_LOCAL_IO;
        (void)ike_uv_close_session(v);
        return;
    }
    v->watch.own_device = ike__uv_device_of(v->plan.ip, v->plan.ip_n);
    deliver(v, ev);
}

static void stop_io(ike_uv *v)
{
    if (v->has_sock)
        uv_poll_stop(&v->sock);
    if (v->has_tun)
        uv_poll_stop(&v->tun);
    uv_timer_stop(&v->timer);
    ike__uv_watch_stop(&v->watch);
}

static void session_closed(ike_uv *v, ike_event *ev)
{
    if (ev->err == IKE_E_TIMEOUT && !v->is_up && !v->is_leaving && v->local_err == 0) {
        snprintf(v->text, sizeof(v->text), "%s", ev->u.closed.reason);
        ike__uv_try_next(v);
        return;
    }
    if (ike__uv_again(v, ev->err))
        return;
    stop_io(v);
    v->is_over = 1;
    if (v->local_err) {
        ev->err = v->local_err;
        ev->u.closed.reason = v->text;
        ev->u.closed.advice = ike_advice(v->local_err);
    }
    deliver(v, ev);
}

/* The other gateway has to be reached outside the tunnel before it is spoken to. */
static void redirected(ike_uv *v, const ike_redirected *r)
{
    if (r->addr.family != 0 && v->cfg.tun)
        (void)ike__uv_keep_outside(v, &r->addr);
    if (!r->follows)
        ike__uv_redirect(v, r->gateway);
}

static void handle(ike_uv *v, ike_event *ev)
{
    switch (ev->type) {
    case IKE_EV_ASK:
        answer(v, ev);
        break;
    case IKE_EV_UP:
        ike__uv_stale(v);
        v->was_up = v->is_up = 1;
        v->lost_at = 0;
        deliver(v, ev);
        break;
    case IKE_EV_REDIRECT:
        redirected(v, &ev->u.redirect);
        deliver(v, ev);
        break;
    case IKE_EV_PATH:
        v->path.remote = ev->u.path.path.remote;
        v->remote_port = v->path.remote.port;
        if (v->cfg.tun)
            (void)ike__uv_configure_again(v, &v->path.remote);
        deliver(v, ev);
        break;
    case IKE_EV_TICKET:
        ike__uv_ticket_take(v, &ev->u.ticket);
        deliver(v, ev);
        break;
    case IKE_EV_MTU:
        ike__uv_mtu_take(v);
        if (v->cfg.tun)
            (void)ike__uv_configure_again(v, &v->path.remote);
        deliver(v, ev);
        break;
    case IKE_EV_CONFIG:
        ike__uv_remember(v, &ev->u.config);
        deliver(v, ev);
        break;
    case IKE_EV_CHILD_UP:
        child_up(v, ev);
        break;
    case IKE_EV_CHILD_DOWN:
        if (ev->err == 0) /* by us; what the gateway took or never gave stays blocked */
            ike__uv_forget(v, ev->u.child.id);
        deliver(v, ev);
        break;
    case IKE_EV_CLOSED:
        session_closed(v, ev);
        break;
    default:
        deliver(v, ev);
        break;
    }
}

void ike__uv_over(ike_uv *v, int err, const char *reason)
{
    ike_event ev = IKE_EVENT_INIT;

    if (v->is_closing || ike__uv_again(v, err))
        return;
    stop_io(v);
    v->is_over = 1;
    ev.type = IKE_EV_CLOSED;
    ev.err = err;
    ev.u.closed.reason = reason;
    ev.u.closed.advice = ike_advice(err);
    deliver(v, &ev);
}

/* ---- the pump ---- */

static void on_timer(uv_timer_t *h)
{
    ike_uv *v = h->data;
    ike_time now = ike_uv_now();

    if (v->s) {
        ike_recorder_tick(v->rec, now);
        (void)ike_tick(v->s, now);
    }
    ike__uv_pump(v);
}

static void arm(ike_uv *v)
{
    ike_time due = v->s && !v->is_over ? ike_deadline(v->s) : IKE_NEVER, now = ike_uv_now();

    if (v->is_closing || v->is_again) /* the timer is gone, or counts the pause */
        return;
    if (due == IKE_NEVER) {
        uv_timer_stop(&v->timer);
        return;
    }
    uv_update_time(v->loop);
    uv_timer_start(&v->timer, on_timer, due <= now ? 0 : (due - now + 999) / 1000, 0);
}

static int send_all(ike_uv *v)
{
    uint8_t out[IKE_UV_DATAGRAM_MAX];
    ike_time now;
    ike_path to;
    int n, any = 0;

    while (v->s && (now = ike_uv_now(), n = ike_poll_send(v->s, out, sizeof(out), &to, now)) > 0) {
        ike_recorder_sent(v->rec, &to, out, (size_t)n, now);
        if (memcmp(to.remote.ip, v->path.remote.ip, sizeof(to.remote.ip)) != 0) /* another path is probed */
            (void)ike__uv_keep_outside(v, &to.remote);
        ike__uv_mtu_send(v, ike_mtu_is_probe(v->s));
        ike__uv_socket_send(v, &to, out, (size_t)n);
        v->remote_port = to.remote.port;
        any = 1;
    }
    return any;
}

void ike__uv_pump(ike_uv *v)
{
    ike_event ev = IKE_EVENT_INIT;
    int busy = 1;

    if (v->is_pumping) /* a callback spoke: the loop below goes round once more */
        return;
    v->is_pumping = 1;
    while (busy) {
        busy = send_all(v);
        if (ike__uv_is_live(v) && ike_poll_event(v->s, &ev) == 1) {
            handle(v, &ev);
            busy = 1;
        }
    }
    v->is_pumping = 0;
    arm(v);
}

void ike_uv_kick(ike_uv *v)
{
    if (v)
        ike__uv_pump(v);
}

/* ---- verbs ---- */

int ike_uv_close_session(ike_uv *v)
{
    ike_time now = ike_uv_now();
    int err;

    if (!v || !v->s || v->is_closing)
        return IKE_E_USAGE;
    ike_recorder_close_session(v->rec, now);
    err = ike_close(v->s, now);
    v->is_leaving = 1;
    ike__uv_pump(v);
    return err;
}

int ike_uv_check_alive(ike_uv *v)
{
    ike_time now = ike_uv_now();
    int err;

    if (!v || !v->s || v->is_closing)
        return IKE_E_USAGE;
    ike_recorder_check_alive(v->rec, now);
    err = ike_check_alive(v->s, now);
    ike__uv_pump(v);
    return err;
}

int ike_uv_rekey(ike_uv *v, uint32_t child_id)
{
    ike_time now = ike_uv_now();
    int err;

    if (!v || !v->s || v->is_closing)
        return IKE_E_USAGE;
    ike_recorder_rekey(v->rec, child_id, now);
    err = ike_rekey(v->s, child_id, now);
    ike__uv_pump(v);
    return err;
}

int ike_uv_answer(ike_uv *v, uint32_t ask_id, int verdict, ike_span data)
{
    ike_time now = ike_uv_now();
    int err;

    if (!v || !v->s || v->is_closing)
        return IKE_E_USAGE;
    ike_recorder_answer(v->rec, v->ask_kind, ask_id, verdict, data, now);
    err = ike_answer(v->s, ask_id, verdict, data, now);
    ike__uv_pump(v);
    return err;
}

ike_session *ike_uv_session(ike_uv *v)
{
    return v ? v->s : NULL;
}

int ike_uv_stats_get(const ike_uv *v, ike_uv_stats *st)
{
    size_t n;

    if (!v || !st || st->size < sizeof(st->size))
        return IKE_E_USAGE;
    n = st->size < sizeof(v->count) ? st->size : sizeof(v->count);
    memcpy((uint8_t *)st + sizeof(st->size), (const uint8_t *)&v->count + sizeof(st->size),
           n - sizeof(st->size));
    return 0;
}

/* ---- another network ---- */

/* The session's verb: from now on along this path; NULL: no network. */
static int roam(ike_uv *v, const ike_path *path)
{
    ike_time now = ike_uv_now();

    ike_recorder_roam(v->rec, path, now);
    return ike_roam(v->s, path, now);
}

/* The same descriptor becomes a socket of the other family: the poll has to forget the old one first. */
static int swap_socket(ike_uv *v, int prepared)
{
    int err;

    uv_poll_stop(&v->sock);
    err = ike__uv_socket_take(v, prepared);
    return ike__uv_watch_socket(v) < 0 ? IKE_E_LOCAL_IO : err;
}

static void move_to(ike_uv *v, const ike_path *path)
{
    ike_path next = *path;
    int fd;

    if (ike__uv_socket_prepare(v, &next, &fd) < 0 || (fd >= 0 && swap_socket(v, fd) < 0))
        return;
    v->path = next;
    (void)roam(v, &v->path);
}

static void changed(void *user, const ike_path *path)
{
    ike_uv *v = user;

    if (v->cfg.on_network && !v->is_closing)
        v->cfg.on_network(v, path, v->cfg.user);
    if (!ike__uv_is_live(v)) /* the host had enough */
        return;
    v->is_offline = path == NULL;
    if (path)
        move_to(v, path);
    else
        (void)roam(v, NULL);
    ike__uv_pump(v);
}

static void look(void *user)
{
    ike_uv *v = user;

    if (ike__uv_is_live(v))
        ike__uv_look(v, changed, v);
}

/* ---- one gateway after the other ---- */

static void drop_attempt(ike_uv *v)
{
    ike_session_free(v->s);
    v->s = NULL;
    v->session++;
    if (v->fd >= 0)
        close(v->fd);
    v->fd = -1;
}

static void on_sock_closed(uv_handle_t *h)
{
    ike_uv *v = h->data;

    v->is_letting_go = 0;
    if (v->is_closing)
        ike__uv_handle_closed(v);
    else
        ike__uv_try_next(v);
}

/* The session ends here; the next one has to wait until the loop has let go of the handle. */
static void let_go(ike_uv *v)
{
    stop_io(v);
    uv_close((uv_handle_t *)&v->sock, on_sock_closed);
    v->has_sock = 0;
    v->is_letting_go = 1;
    drop_attempt(v);
}

/* After a loss: the addresses that connections inside are bound to. */
static void ask_for_the_same(ike_uv *v)
{
    for (uint32_t i = 0; i < v->ip_n; i++)
        *(v->ip[i].addr.family == 4 ? &v->session_cfg.ask_ip4 : &v->session_cfg.ask_ip6) = v->ip[i].addr;
}

static int begin(ike_uv *v, const ike_addr *remote)
{
    const char *why;
    ike_time now;
    int err = ike__uv_socket_open(v, remote);

    v->is_up = 0;
    ask_for_the_same(v);
    ike__uv_ticket_lend(v);
    if (err == 0) {
        ike_recorder_session(v->rec, &v->session_cfg, ike_uv_now());
        err = ike_session_new(&v->s, &v->session_cfg, &v->env, &why);
    }
    if (v->is_closing) /* the host, when it was asked for a ticket */
        return 0;
    if (err == 0 && uv_poll_init(v->loop, &v->sock, v->fd) != 0)
        err = IKE_E_LOCAL_IO;
    if (err < 0)
        return err;
    v->sock.data = v;
    v->has_sock = 1;
    v->is_offline = 0;
    /* Where it cannot be watched, the connection lives as long as its address. */
    if (!v->cfg.unwatched && !v->cfg.local)
        (void)ike__uv_watch_start(&v->watch, v->loop, look, v);
    if (v->cfg.on_connecting)
        v->cfg.on_connecting(v, v->cfg.hosts[v->host], &v->path, v->cfg.user);
    if (!ike__uv_is_live(v)) /* no more: there and then */
        return 0;
    now = ike_uv_now();
    ike_recorder_connect(v->rec, &v->path, now);
    err = ike_connect(v->s, &v->path, now);
    if (err == 0 && ike__uv_watch_socket(v) < 0)
        err = IKE_E_LOCAL_IO;
    if (err == 0)
        ike__uv_pump(v);
    return err;
}

void ike__uv_try_next(ike_uv *v)
{
    if (v->is_closing || v->is_letting_go) /* on_sock_closed comes back here */
        return;
    if (v->has_sock) {
        let_go(v);
        return;
    }
    drop_attempt(v);
    if (v->is_again) {
        ike__uv_again_wait(v);
        return;
    }
    if (v->address < v->addresses_n) {
        int err = begin(v, &v->addresses[v->address++]);
        if (err == 0)
            return;
        snprintf(v->text, sizeof(v->text), "start: %s", ike_strerror(err));
        if (v->address >= v->addresses_n && v->host + 1 >= v->cfg.hosts_n)
            ike__uv_over(v, err, v->text);
        else
            ike__uv_try_next(v);
        return;
    }
    if (v->host + 1 < v->cfg.hosts_n) {
        v->host++;
        if (ike__uv_resolve(v) == 0)
            return;
    }
    ike__uv_over(v, IKE_E_TIMEOUT, v->text);
}

/* ---- open and close ---- */

static int start_recording(ike_uv *v, const char **why)
{
    int err = ike_struct_adopt(&v->env, sizeof(v->env), v->cfg.env);

    if (err < 0 || !v->cfg.record)
        return err;
    err = ike_recorder_open(&v->rec, v->cfg.record, v->env.crypto, v->cfg.record_secrets);
    if (err < 0)
        *why = "the file of the recording cannot be written";
    else
        v->env.crypto = ike_recorder_crypto(v->rec);
    return err;
}

/* A UDP socket is all that we have; and it can send uncut. */
static void as_we_need_it(ike_config *c)
{
    c->encap = IKE_ENCAP_UDP;
    if (c->path_mtu == 0)
        c->path_mtu = ike__uv_mtu_most();
}

/* Programs of another age: our own copies of every struct that says its size. */
static int adopt(ike_uv *v, const ike_uv_config *cfg, const char **why)
{
    int err = ike_struct_adopt(&v->cfg, sizeof(v->cfg), cfg);

    if (err == 0 && (!v->cfg.session || !v->cfg.env || v->cfg.hosts_n == 0 || v->cfg.hosts_n > 8)) {
        *why = "needed: session, env, and one to eight hosts";
        return IKE_E_USAGE;
    }
    if (err == 0)
        err = ike_struct_adopt(&v->session_cfg, sizeof(v->session_cfg), v->cfg.session);
    if (err == 0 && v->cfg.plan) {
        err = ike_struct_adopt(&v->wish, sizeof(v->wish), v->cfg.plan);
        v->cfg.plan = &v->wish;
    }
    if (err < 0)
        *why = "a field is set that this version does not know";
    as_we_need_it(&v->session_cfg);
    if (!ike__uv_may_pause())
        v->cfg.gather_us = IKE_OFF;
    return err;
}

static int prepare(ike_uv *v, uv_loop_t *loop, const ike_uv_config *cfg, const char **why)
{
    int err = adopt(v, cfg, why);
    ike_session *check;

    /* Better now than when the name has been resolved: what is wrong with the configuration. */
    if (err == 0) {
        err = ike_session_new(&check, &v->session_cfg, v->cfg.env, why);
        ike_session_free(check);
    }
    if (err == 0 && !(v->arena = malloc(IKE_UV_ARENA)))
        err = IKE_E_NOMEM;
    if (err == 0)
        err = start_recording(v, why);
    if (err == 0 && uv_timer_init(loop, &v->timer) != 0)
        err = IKE_E_LOCAL_IO;
    return err;
}

int ike_uv_open(ike_uv **out, uv_loop_t *loop, const ike_uv_config *cfg, const char **why)
{
    int err = IKE_E_USAGE;
    const char *ignored;
    ike_uv *v = NULL;

    why = why ? why : &ignored;
    *why = "";
    if (out)
        *out = NULL;
    if (out && loop && cfg) {
        v = calloc(1, sizeof(*v));
        err = v ? prepare(v, loop, cfg, why) : IKE_E_NOMEM;
    }
    if (err < 0) {
        if (!(*why)[0])
            *why = ike_strerror(err);
        if (v) {
            (void)ike_recorder_close(v->rec);
            free(v->arena);
        }
        free(v);
        return err;
    }
    v->fd = -1;
    v->loop = loop;
    v->timer.data = v;
    *out = v;
    return 0;
}

int ike_uv_connect(ike_uv *v)
{
    int err;

    if (!v || v->is_begun || v->is_closing)
        return IKE_E_USAGE;
    v->is_begun = 1;
    v->host = 0;
    err = ike__uv_resolve(v);
    v->is_begun = err == 0;
    return err;
}

int ike_uv_reconfigure(ike_uv *v, const ike_config *session, const ike_keystore *keys,
                       const ike_tun_plan *plan, const char **why)
{
    ike_config config;
    ike_tun_plan wish;
    ike_time now;
    int err, change;

    if (!v || !session || !ike__uv_is_live(v) || !v->is_up || v->jobs > 0) /* the old keys are in use */
        return IKE_E_USAGE;
    err = ike_struct_adopt(&config, sizeof(config), session);
    if (err == 0 && plan)
        err = ike_struct_adopt(&wish, sizeof(wish), plan);
    if (err < 0)
        return err;
    as_we_need_it(&config);
    now = ike_uv_now();
    ike_recorder_reconfigure(v->rec, &config, now);
    change = ike_reconfigure(v->s, &config, now, why);
    if (change < 0)
        return change;
    v->session_cfg = config;
    if (keys)
        v->cfg.keys = keys;
    if (plan) {
        v->wish = wish;
        v->cfg.plan = &v->wish;
        ike__uv_replan(v);
    }
    ike__uv_pump(v);
    return change;
}

void ike__uv_handle_closed(ike_uv *v)
{
    void (*closed)(void *user) = v->closed;
    void *user = v->cfg.user;

    if (--v->handles > 0)
        return;
    drop_attempt(v);
    ike__uv_ticket_free(v);
    (void)ike_recorder_close(v->rec); /* a replay tells that it was cut */
    free(v->arena);
    free(v);
    if (closed)
        closed(user);
}

static void on_closed(uv_handle_t *h)
{
    ike__uv_handle_closed(h->data);
}

void ike_uv_close(ike_uv *v, void (*closed)(void *user))
{
    if (!v || v->is_closing)
        return;
    v->closed = closed;
    v->is_closing = 1;
    stop_io(v);
    v->handles = 1u + v->jobs + v->has_sock + v->is_letting_go + v->has_tun + v->is_resolving +
                 v->is_following + ike__uv_watch_close(&v->watch, v, on_closed);
    if (v->is_resolving) /* its callback comes all the same */
        (void)uv_cancel((uv_req_t *)&v->resolve);
    if (v->is_following)
        (void)uv_cancel((uv_req_t *)&v->follow);
    if (v->has_sock)
        uv_close((uv_handle_t *)&v->sock, on_closed);
    if (v->has_tun)
        uv_close((uv_handle_t *)&v->tun, on_closed);
    uv_close((uv_handle_t *)&v->timer, on_closed);
    v->has_sock = v->has_tun = 0;
}
