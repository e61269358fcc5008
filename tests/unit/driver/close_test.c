/* tests/unit/driver/close_test.c - a connection may be ended at every point of its life, and twice. SPDX-License-Identifier: Apache-2.0
 *
 * One life leads through all points: two names, a tunnel, a packet each way, a Delete of the gateway, a pause, a second
 * tunnel. Each run ends it at one of them. What libuv does with handles that are used once they are closing is abort(). */
#include "loopback.h"
#include <dirent.h>
#include <ike/uv.h>
#include <stdatomic.h>

enum point {
    BEFORE, /* ike_uv_connect */
    RESOLVING,
    ON_RESOLVE,
    ASKED, /* on_resolve has returned, and nobody has answered */
    LOAD,
    CONNECTING,
    SENT,
    RECEIVED,
    KEYS,
    ASK,
    SLOW_KEYS, /* the thread is at work */
    UP,
    CONFIG,
    PLAN,
    CHILD_UP,
    TICKET,
    SAVE,
    READ,
    WRITE,
    CROSSING, /* the gateway's Delete is on its way */
    LOST,
    LETTING_GO, /* the loop still has the old socket */
    PAUSE,
    RESOLVING_AGAIN,
    ASKED_AGAIN,
    CONNECTING_AGAIN,
    UP_AGAIN,
    POINTS
};

static const char *const names[POINTS] = {"before connect",
                                          "resolving",
                                          "in on_resolve",
                                          "asked for a name",
                                          "ticket is loaded",
                                          "on_connecting",
                                          "a datagram out",
                                          "a datagram in",
                                          "key store",
                                          "ask",
                                          "slow key store",
                                          "up",
                                          "config",
                                          "on_plan",
                                          "child up",
                                          "ticket",
                                          "ticket is kept",
                                          "read of the TUN",
                                          "write of the TUN",
                                          "crossing",
                                          "lost",
                                          "letting go",
                                          "pause",
                                          "resolving again",
                                          "asked again",
                                          "connecting again",
                                          "up again"};

enum way {
    CLOSE,           /* ike_uv_close, twice */
    LEAVE,           /* ike_uv_close_session, twice, then as CLOSED says */
    LEAVE_AND_CLOSE, /* both, there and then */
    WAYS
};

static struct lab {
    struct loopback gw;
    uv_loop_t loop;
    uv_timer_t later, guard;
    uv_check_t check;
    uv_prepare_t prepare;
    ike_keystore keys;
    ike_tun memory, tun;
    ike_uv_config cfg;
    ike_uv *v;
    uv_sem_t go;
    atomic_uint slow_calls;
    enum point at;
    enum way way;
    unsigned reached, ended, gone, ups, closes, resolves, attempts, is_lost;
} lab;

/* ---- the end ---- */

static void on_gone(void *user)
{
    assert_ptr_equal(user, &lab);
    lab.gone++;
    loopback_stop(&lab.gw);
    uv_close((uv_handle_t *)&lab.later, NULL);
    uv_close((uv_handle_t *)&lab.guard, NULL);
    uv_close((uv_handle_t *)&lab.check, NULL);
    uv_close((uv_handle_t *)&lab.prepare, NULL);
}

static void on_never(void *user)
{
    (void)user;
    fail_msg("the second ike_uv_close has a say");
}

static void verbs_are_refused(void)
{
    const uint8_t ip[20] = {0x45};
    ike_addr none;

    memset(&none, 0, sizeof(none));
    assert_int_equal(ike_uv_connect(lab.v), IKE_E_USAGE);
    assert_int_equal(ike_uv_close_session(lab.v), IKE_E_USAGE);
    assert_int_equal(ike_uv_check_alive(lab.v), IKE_E_USAGE);
    assert_int_equal(ike_uv_rekey(lab.v, 0), IKE_E_USAGE);
    assert_int_equal(ike_uv_answer(lab.v, 1, 0, (ike_span){NULL, 0}), IKE_E_USAGE);
    assert_int_equal(ike_uv_send_inner(lab.v, ip, sizeof(ip)), IKE_E_USAGE);
    assert_int_equal(ike_uv_reconfigure(lab.v, &lab.gw.l.cfg, NULL, NULL, NULL), IKE_E_USAGE);
    ike_uv_resolved(lab.v, 0, &none, 1);
    ike_uv_kick(lab.v);
}

static void end(void)
{
    lab.ended = 1; /* from now on nobody calls us */
    ike_uv_close(lab.v, on_gone);
    ike_uv_close(lab.v, on_never);
    verbs_are_refused();
    assert_int_equal(lab.gone, 0); /* that comes from the loop */
}

static void reach(enum point p)
{
    int err;

    assert_false(lab.ended);
    if (p != lab.at || lab.reached++ > 0)
        return;
    err = lab.way == CLOSE ? 0 : ike_uv_close_session(lab.v);
    if (lab.way == LEAVE)
        (void)ike_uv_close_session(lab.v);
    if (lab.way != LEAVE || (err < 0 && !lab.ended))
        end();
}

/* ---- what the driver calls ---- */

static void later(uv_timer_cb done, uint64_t ms)
{
    uv_timer_start(&lab.later, done, ms, 0);
}

static void on_name(uv_timer_t *h)
{
    (void)h;
    if (lab.ended)
        return;
    reach(lab.is_lost ? ASKED_AGAIN : ASKED);
    if (!lab.ended)
        ike_uv_resolved(lab.v, 0, &lab.gw.self, 1);
}

static int on_resolve(ike_uv *v, const char *host, uint32_t family, void *user)
{
    (void)v;
    (void)host;
    (void)family;
    (void)user;
    lab.resolves++;
    reach(ON_RESOLVE);
    later(on_name, 1);
    return 0;
}

static void on_connecting(ike_uv *v, const char *host, const ike_path *path, void *user)
{
    (void)v;
    (void)host;
    (void)path;
    (void)user;
    assert_true(lab.reached == 0); /* once the end has begun, nothing else does */
    lab.attempts++;
    reach(lab.is_lost ? CONNECTING_AGAIN : CONNECTING);
}

static void on_pause(uv_timer_t *h)
{
    (void)h;
    if (lab.ended)
        return;
    ike_uv_kick(lab.v); /* does not make it longer */
    assert_int_equal(ike_uv_connect(lab.v), IKE_E_USAGE);
    reach(PAUSE);
}

static void on_event(ike_uv *v, const ike_event *ev, void *user)
{
    uint8_t ip[100];

    (void)user;
    assert_false(lab.ended);
    switch (ev->type) {
    case IKE_EV_ASK:
        reach(ASK);
        if (!lab.ended)
            (void)ike_uv_answer(v, ev->u.ask.id, 0, ike__span_text(lab.gw.l.psk));
        break;
    case IKE_EV_UP:
        reach(lab.ups++ ? UP_AGAIN : UP);
        break;
    case IKE_EV_CONFIG:
        reach(CONFIG);
        break;
    case IKE_EV_TICKET:
        reach(TICKET);
        break;
    case IKE_EV_CHILD_UP:
        reach(CHILD_UP);
        assert_int_equal(ike_tun_memory_put(&lab.memory, ip, ladder_packet(&lab.gw.l, ip, sizeof(ip))), 0);
        break;
    case IKE_EV_WARNING: /* the connection is lost */
        lab.is_lost = 1;
        later(on_pause, 20);
        reach(LOST);
        break;
    case IKE_EV_CLOSED:
        lab.closes++;
        end();
        break;
    default:
        break;
    }
}

static void on_datagram(ike_uv *v, int dir, const ike_path *path, const uint8_t *p, size_t n, void *user)
{
    (void)v;
    (void)path;
    (void)p;
    (void)n;
    (void)user;
    reach(dir ? RECEIVED : SENT);
}

static int on_plan(ike_uv *v, const ike_tun_plan *plan, const char **why, void *user)
{
    (void)v;
    (void)plan;
    (void)why;
    (void)user;
    reach(PLAN);
    return 0;
}

static int answer(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    (void)self;
    assert_int_equal(ask->kind, IKE_ASK_PSK);
    if (lab.keys.slow) { /* on another thread */
        lab.slow_calls++;
        uv_sem_wait(&lab.go);
        *n = strlen(lab.gw.l.psk);
        assert_true(*n <= cap);
        memcpy(out, lab.gw.l.psk, *n);
        return 0;
    }
    reach(KEYS);
    return IKE_E_PENDING;
}

static int save(void *self, const char *name, ike_span data)
{
    (void)self;
    (void)name;
    (void)data;
    reach(SAVE);
    return 0;
}

static int load(void *self, const char *name, uint8_t *out, size_t cap, size_t *n)
{
    (void)self;
    (void)name;
    (void)out;
    (void)cap;
    *n = 0;
    reach(LOAD);
    return 0;
}

static int tun_read(void *self, uint8_t *out, size_t cap)
{
    int n = lab.memory.read(self, out, cap);

    if (n > 0)
        reach(READ);
    return n;
}

static int tun_write(void *self, const uint8_t *ip, size_t n)
{
    (void)self;
    (void)ip;
    (void)n;
    reach(WRITE);
    if (lab.reached > 0)
        return 0;
    loopback_delete(&lab.gw); /* and all once more */
    reach(CROSSING);
    return 0;
}

/* After each wake-up, before libuv tells that handles are closed: where a signal would be heard. */
static void on_check(uv_check_t *h)
{
    (void)h;
    if (lab.ended)
        return;
    if (lab.slow_calls && !lab.reached)
        reach(SLOW_KEYS);
    if (lab.is_lost && lab.at == LETTING_GO)
        reach(LETTING_GO); /* of the wake-up in which it was lost */
}

static void on_prepare(uv_prepare_t *h)
{
    if (!lab.ended && lab.is_lost && h->loop->active_reqs.count > 0)
        reach(RESOLVING_AGAIN);
}

/* ---- one life ---- */

static void on_guard(uv_timer_t *h)
{
    (void)h;
    fail_msg("%s, way %d: nothing happens any more", names[lab.at], (int)lab.way);
}

static unsigned descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void set_up(void)
{
    uv_loop_init(&lab.loop);
    loopback_open(&lab.gw, &lab.loop);
    lab.gw.l.peer->cfg.script.again = 1;
    lab.gw.l.peer->cfg.script.tickets = PEER_TICKET_GIVE;
    uv_timer_init(&lab.loop, &lab.later);
    uv_timer_init(&lab.loop, &lab.guard);
    uv_check_init(&lab.loop, &lab.check);
    uv_timer_start(&lab.guard, on_guard, 10000, 0);
    uv_check_start(&lab.check, on_check);
    uv_prepare_init(&lab.loop, &lab.prepare);
    uv_prepare_start(&lab.prepare, on_prepare);
    assert_int_equal(uv_sem_init(&lab.go, 0), 0);
    assert_int_equal(ike_tun_memory(&lab.memory, 4), 0);
    lab.tun = lab.memory;
    lab.tun.abi = 1; /* a packet at a time */
    lab.tun.read = tun_read;
    lab.tun.write = tun_write;
    lab.keys = (ike_keystore){.abi = IKE_KEYSTORE_ABI, .answer = answer, .save = save, .load = load};
    if (lab.at == SLOW_KEYS)
        lab.keys.slow = 1u << IKE_ASK_PSK;
    lab.cfg = (ike_uv_config)IKE_UV_CONFIG_INIT;
    lab.cfg.session = &lab.gw.l.cfg;
    lab.cfg.env = &lab.gw.l.env;
    lab.cfg.keys = &lab.keys;
    lab.cfg.tun = &lab.tun;
    lab.cfg.hosts[0] = lab.at == RESOLVING || lab.at == RESOLVING_AGAIN ? "127.0.0.1" : "gw.test";
    lab.cfg.hosts_n = 1;
    lab.cfg.port = lab.gw.self.port;
    lab.cfg.reconnect_s = 10;
    lab.cfg.on_resolve = on_resolve;
    lab.cfg.on_connecting = on_connecting;
    lab.cfg.on_event = on_event;
    lab.cfg.on_datagram = on_datagram;
    lab.cfg.on_plan = on_plan;
    lab.cfg.user = &lab;
}

static void live(enum point at, enum way way)
{
    static unsigned before; /* libuv keeps a few of its own */

    memset(&lab, 0, sizeof(lab));
    lab.at = at;
    lab.way = way;
    set_up();
    assert_int_equal(ike_uv_open(&lab.v, &lab.loop, &lab.cfg, NULL), 0);
    reach(BEFORE);
    if (!lab.ended) {
        assert_int_equal(ike_uv_connect(lab.v), 0);
        if (!lab.ended)
            assert_int_equal(ike_uv_connect(lab.v), IKE_E_USAGE); /* one is on its way */
    }
    if (!lab.ended)
        reach(RESOLVING);
    while (lab.slow_calls == 0 && at == SLOW_KEYS)
        (void)uv_run(&lab.loop, UV_RUN_NOWAIT);
    if (at == SLOW_KEYS)
        while (lab.reached == 0)
            (void)uv_run(&lab.loop, UV_RUN_NOWAIT);
    uv_sem_post(&lab.go);
    uv_run(&lab.loop, UV_RUN_DEFAULT);
    assert_true(lab.reached > 0);
    assert_true(lab.closes <= (way == CLOSE ? 0u : 1u));
    assert_int_equal(lab.gone, 1);
    assert_int_equal(uv_loop_close(&lab.loop), 0); /* no handle is left */
    loopback_close(&lab.gw);
    lab.memory.close(lab.memory.self);
    uv_sem_destroy(&lab.go);
    if (before == 0)
        before = descriptors();
    assert_int_equal(descriptors(), before);
}

static void live_all(enum way way)
{
    for (unsigned at = 0; at < POINTS; at++) {
        print_message("%s\n", names[at]); /* for whoever sees it abort */
        live((enum point)at, way);
    }
}

static void closing_is_fine_at_every_point(void **state)
{
    (void)state;
    live_all(CLOSE);
}

/* RFC 7296 1.4.1: the gateway hears of it; and nothing is begun any more */
static void leaving_is_fine_at_every_point(void **state)
{
    (void)state;
    live_all(LEAVE);
}

static void leaving_in_haste_is_fine_at_every_point(void **state)
{
    (void)state;
    live_all(LEAVE_AND_CLOSE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_is_fine_at_every_point),
        cmocka_unit_test(leaving_is_fine_at_every_point),
        cmocka_unit_test(leaving_in_haste_is_fine_at_every_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
