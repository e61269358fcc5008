/* tests/unit/driver/follow_test.c - a resolver that is slow while a gateway sends us elsewhere: RFC 5685. SPDX-License-Identifier: Apache-2.0 */
#include "loopback.h"

#include "driver/room.h"
#include <stdlib.h>

#define THREADS 4 /* of libuv's pool */

static struct lab {
    struct loopback gw;
    uv_loop_t loop;
    uv_work_t busy[THREADS];
    uv_sem_t go;
    uv_prepare_t prepare;
    uv_timer_t guard;
    ike_uv *v;
    int close_it;
    unsigned ups, lost, gone, freed;
} lab;

static void hang(uv_work_t *w)
{
    (void)w;
    uv_sem_wait(&lab.go);
}

static void on_gone(void *user)
{
    (void)user;
    lab.gone++;
    loopback_stop(&lab.gw);
    uv_close((uv_handle_t *)&lab.prepare, NULL);
    uv_close((uv_handle_t *)&lab.guard, NULL);
}

static void let_pool_go(void)
{
    lab.freed = 1;
    for (unsigned i = 0; i < THREADS; i++)
        uv_sem_post(&lab.go);
}

/* Both names wait for a thread of the pool: the one we were sent to, and then our own. */
static void on_prepare(uv_prepare_t *h)
{
    (void)h;
    if (lab.freed || !lab.lost || !lab.v->is_following || !lab.v->is_resolving)
        return;
    if (lab.close_it)
        ike_uv_close(lab.v, on_gone);
    let_pool_go();
}

static void on_event(ike_uv *v, const ike_event *ev, void *user)
{
    (void)user;
    switch (ev->type) {
    case IKE_EV_ASK:
        assert_int_equal(ike_uv_answer(v, ev->u.ask.id, 0, ike__span_text(lab.gw.l.psk)), 0);
        break;
    case IKE_EV_CHILD_UP:
        if (lab.ups++ > 0) {
            assert_int_equal(ike_uv_close_session(v), 0);
            break;
        }
        for (unsigned i = 0; i < THREADS; i++)
            assert_int_equal(uv_queue_work(&lab.loop, &lab.busy[i], hang, NULL), 0);
        ike__uv_redirect(v, "localhost");
        loopback_delete(&lab.gw);
        break;
    case IKE_EV_WARNING:
        lab.lost++;
        break;
    case IKE_EV_CLOSED:
        assert_int_equal(ev->err, IKE_E_CLOSED);
        ike_uv_close(v, on_gone);
        break;
    default:
        break;
    }
}

static void on_guard(uv_timer_t *h)
{
    (void)h;
    fail_msg("nothing happens any more");
}

static void live(int close_it)
{
    ike_uv_config cfg = IKE_UV_CONFIG_INIT;

    memset(&lab, 0, sizeof(lab));
    lab.close_it = close_it;
    uv_loop_init(&lab.loop);
    loopback_open(&lab.gw, &lab.loop);
    lab.gw.l.peer->cfg.script.again = 1;
    assert_int_equal(uv_sem_init(&lab.go, 0), 0);
    uv_prepare_init(&lab.loop, &lab.prepare);
    uv_prepare_start(&lab.prepare, on_prepare);
    uv_timer_init(&lab.loop, &lab.guard);
    uv_timer_start(&lab.guard, on_guard, 10000, 0);
    cfg.session = &lab.gw.l.cfg;
    cfg.env = &lab.gw.l.env;
    cfg.hosts[0] = "127.0.0.1";
    cfg.hosts_n = 1;
    cfg.port = lab.gw.self.port;
    cfg.reconnect_s = 10;
    cfg.on_event = on_event;
    assert_int_equal(ike_uv_open(&lab.v, &lab.loop, &cfg, NULL), 0);
    assert_int_equal(ike_uv_connect(lab.v), 0);
    uv_run(&lab.loop, UV_RUN_DEFAULT);
    assert_int_equal(lab.gone, 1);
    assert_int_equal(uv_loop_close(&lab.loop), 0);
    loopback_close(&lab.gw);
    uv_sem_destroy(&lab.go);
}

/* What it was sent to is of no use to the next session, and does not get in its way. */
static void a_session_that_is_gone_follows_nobody(void **state)
{
    (void)state;
    live(0);
    assert_int_equal(lab.ups, 2);
}

static void closing_gives_up_both_names(void **state)
{
    (void)state;
    live(1);
    assert_int_equal(lab.ups, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_that_is_gone_follows_nobody),
        cmocka_unit_test(closing_gives_up_both_names),
    };

    (void)setenv("UV_THREADPOOL_SIZE", "4", 1); /* THREADS */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
