/* tests/unit/driver/uv_test.c - the libuv driver on loopback, against the scripted gateway on the same loop. SPDX-License-Identifier: Apache-2.0 */
#include "loopback.h"
#include <ike/record.h>
#include <ike/uv.h>
#include <stdatomic.h>
#include <stdlib.h>

struct lab {
    struct loopback gw;
    uv_loop_t loop;
    uv_timer_t later, guard;
    ike_uv_config cfg;
    ike_uv *v;
    char path[64];
    unsigned asks, ups, childs, inner, closes, gone;
    uint32_t ask_id;
    int close_err, close_when_connecting, lose_it; /* lose_it: the gateway falls silent, once */
    unsigned resumed, tickets, attempts;
};

/* ---- the host ---- */

static void close_all(struct lab *lab)
{
    loopback_stop(&lab->gw);
    uv_close((uv_handle_t *)&lab->later, NULL);
    uv_close((uv_handle_t *)&lab->guard, NULL);
}

static void on_gone(void *user)
{
    struct lab *lab = user;

    lab->gone++;
    close_all(lab);
}

static void on_guard(uv_timer_t *h)
{
    (void)h;
    fail_msg("nothing happens");
}

static void on_later(uv_timer_t *h)
{
    struct lab *lab = h->data;

    assert_int_equal(ike_uv_answer(lab->v, lab->ask_id, 0, ike__span_text(lab->gw.l.psk)), 0);
}

static void on_event(ike_uv *v, const ike_event *ev, void *user)
{
    struct lab *lab = user;
    uint8_t ip[100];

    switch (ev->type) {
    case IKE_EV_ASK: /* a person is asked: the answer comes later */
        lab->asks++;
        lab->ask_id = ev->u.ask.id;
        uv_timer_start(&lab->later, on_later, 5, 0);
        break;
    case IKE_EV_UP:
        lab->ups++;
        lab->resumed += ev->u.up.resumed;
        break;
    case IKE_EV_CHILD_UP:
        lab->childs++;
        assert_int_equal(ike_uv_check_alive(v), 0);
        assert_int_equal(ike_uv_send_inner(v, ip, ladder_packet(&lab->gw.l, ip, sizeof(ip))), 0);
        break;
    case IKE_EV_TICKET:
        lab->tickets += ev->u.ticket.data.n > 0;
        break;
    case IKE_EV_CLOSED:
        lab->closes++;
        lab->close_err = ev->err;
        ike_uv_close(v, on_gone);
        break;
    default:
        break;
    }
}

static void on_inner(ike_uv *v, const uint8_t *ip, size_t n, void *user)
{
    struct lab *lab = user;

    assert_int_equal(n, 100);
    assert_memory_equal(ip + 16, lab->gw.l.pcfg.pool4.ip, 4);
    lab->inner++;
    if (lab->lose_it) {
        lab->lose_it = 0;
        lab->gw.l.peer->cfg.script.silent = 1;
        assert_int_equal(ike_uv_rekey(v, 0), 0); /* a question that waits its turn */
        return;
    }
    assert_int_equal(ike_uv_rekey(v, 99), IKE_E_USAGE); /* no such child */
    assert_int_equal(ike_uv_close_session(v), 0);
}

static void on_connecting(ike_uv *v, const char *host, const ike_path *path, void *user)
{
    struct lab *lab = user;

    assert_string_equal(host, lab->cfg.hosts[lab->attempts++ % lab->cfg.hosts_n]);
    assert_int_equal(path->local.ip[0], 127);
    lab->gw.l.peer->cfg.script.silent = 0;
    if (lab->close_when_connecting)
        ike_uv_close(v, on_gone);
}

static void lab_init(struct lab *lab)
{
    memset(lab, 0, sizeof(*lab));
    uv_loop_init(&lab->loop);
    loopback_open(&lab->gw, &lab->loop);
    uv_timer_init(&lab->loop, &lab->later);
    uv_timer_init(&lab->loop, &lab->guard);
    lab->later.data = lab;
    uv_timer_start(&lab->guard, on_guard, 120000, 0);
    lab->cfg = (ike_uv_config)IKE_UV_CONFIG_INIT;
    lab->cfg.session = &lab->gw.l.cfg;
    lab->cfg.env = &lab->gw.l.env;
    lab->cfg.hosts[0] = "127.0.0.1";
    lab->cfg.hosts_n = 1;
    lab->cfg.port = lab->gw.self.port;
    lab->cfg.on_connecting = on_connecting;
    lab->cfg.on_event = on_event;
    lab->cfg.on_inner = on_inner;
    lab->cfg.user = lab;
}

static void lab_run(struct lab *lab)
{
    assert_int_equal(ike_uv_open(&lab->v, &lab->loop, &lab->cfg, NULL), 0);
    assert_int_equal(ike_uv_close_session(lab->v), IKE_E_USAGE); /* there is none yet */
    assert_int_equal(ike_uv_connect(lab->v), 0);
    uv_run(&lab->loop, UV_RUN_DEFAULT);
    assert_int_equal(lab->gone, 1);
    assert_int_equal(uv_loop_close(&lab->loop), 0); /* no handle is left */
    loopback_close(&lab->gw);
}

/* ---- tests ---- */

static void a_life_with_a_late_answer(void **state)
{
    static struct lab lab;

    (void)state;
    lab_init(&lab);
    lab_run(&lab);
    assert_int_equal(lab.ups, 1);
    assert_int_equal(lab.childs, 1);
    assert_int_equal(lab.inner, 1);
    assert_int_equal(lab.closes, 1);
    assert_int_equal(lab.close_err, IKE_E_CLOSED);
}

static void replay(struct lab *lab, uint32_t outcome, uint64_t compared)
{
    ike_replay_report rep = IKE_REPLAY_REPORT_INIT;
    static uint8_t file[65536];
    FILE *f = fopen(lab->path, "rb");
    size_t n = f ? fread(file, 1, sizeof(file), f) : 0;

    if (f)
        fclose(f);
    if (ike_replay((ike_span){file, n}, &lab->gw.l.fake_client.table, NULL, NULL, &rep) != outcome)
        fail_msg("at %u: %s", (unsigned)rep.offset, rep.text);
    assert_true(rep.compared == compared);
}

/* RFC 5723 3: lost, and made again with the ticket: nobody is asked twice */
static void what_is_lost_is_resumed(void **state)
{
    static struct lab lab;

    (void)state;
    lab_init(&lab);
    lab.lose_it = 1;
    lab.cfg.reconnect_s = 10;
    lab.gw.l.cfg.retry_first_ms = 300;
    lab.gw.l.cfg.retry_tries = 1;
    lab.gw.l.peer->cfg.script.again = 1;
    lab.gw.l.peer->cfg.script.tickets = PEER_TICKET_GIVE;
    lab_run(&lab);
    assert_int_equal(lab.ups, 2);
    assert_int_equal(lab.asks, 1);
    assert_int_equal(lab.resumed, 1);
    assert_int_equal(lab.tickets, 2);
    assert_int_equal(lab.inner, 2);
    assert_int_equal(lab.close_err, IKE_E_CLOSED);
}

/* every time anew: the first gateway may be back, the second one is there if it is not */
static void all_gateways_are_tried_after_a_loss(void **state)
{
    static struct lab lab;

    (void)state;
    lab_init(&lab);
    lab.lose_it = 1;
    lab.cfg.hosts[0] = "127.0.0.2"; /* nobody is there */
    lab.cfg.hosts[1] = "127.0.0.1";
    lab.cfg.hosts_n = 2;
    lab.cfg.reconnect_s = 10;
    lab.gw.l.cfg.retry_first_ms = 300;
    lab.gw.l.cfg.retry_tries = 1;
    lab.gw.l.peer->cfg.script.again = 1;
    lab_run(&lab);
    assert_int_equal(lab.ups, 2);
    assert_int_equal(lab.attempts, 4);
    assert_int_equal(lab.close_err, IKE_E_CLOSED);
}

static void what_is_recorded_can_be_replayed(void **state)
{
    (void)state;
    for (uint32_t with_secrets = 0; with_secrets < 2; with_secrets++) {
        static struct lab lab;
        int fd;

        lab_init(&lab);
        strcpy(lab.path, "/tmp/ike-uv-XXXXXX");
        fd = mkstemp(lab.path);
        assert_true(fd >= 0);
        close(fd);
        lab.cfg.record = lab.path;
        lab.cfg.record_secrets = with_secrets;
        lab_run(&lab);
        assert_int_equal(lab.closes, 1);
        if (with_secrets)
            replay(&lab, IKE_REPLAY_EXACT, 4); /* IKE_SA_INIT, IKE_AUTH, liveness, Delete */
        else
            replay(&lab, IKE_REPLAY_SECRET, 1);
        (void)unlink(lab.path);
    }
}

static void a_recording_needs_its_file(void **state)
{
    static struct lab lab;
    const char *why = "";

    (void)state;
    lab_init(&lab);
    lab.cfg.record = "/nonexistent/file";
    assert_int_equal(ike_uv_open(&lab.v, &lab.loop, &lab.cfg, &why), IKE_E_LOCAL_IO);
    assert_null(lab.v);
    assert_string_equal(why, "the file of the recording cannot be written");
    close_all(&lab);
    uv_run(&lab.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&lab.loop), 0);
    loopback_close(&lab.gw);
}

static void closing_in_a_callback_is_fine(void **state)
{
    static struct lab lab;

    (void)state;
    lab_init(&lab);
    lab.close_when_connecting = 1;
    lab_run(&lab);
    assert_int_equal(lab.closes, 0);
}

static void open_late(uv_timer_t *h)
{
    struct lab *lab = h->data;

    loopback_listen(&lab->gw, &lab->loop, lab->gw.self.port);
}

/* RFC 7296 2.4, RFC 4555 3.5, row 18: "port unreachable" is nobody's word: the next retransmission gets through */
static void an_unreachable_port_is_no_answer(void **state)
{
    static struct lab lab;
    uint64_t began;

    (void)state;
    lab_init(&lab);
    loopback_stop(&lab.gw);
    uv_run(&lab.loop, UV_RUN_NOWAIT);
    close(lab.gw.fd); /* the kernel refuses the first datagram now */
    began = uv_now(&lab.loop);
    uv_timer_start(&lab.later, open_late, 200, 0);
    lab_run(&lab);
    assert_true(uv_now(&lab.loop) - began >= 400); /* it was the second one */
    assert_int_equal(lab.ups, 1);
    assert_int_equal(lab.inner, 1);
    assert_int_equal(lab.close_err, IKE_E_CLOSED);
}

static void an_unwatched_driver_works_the_same(void **state)
{
    static struct lab lab;

    (void)state;
    lab_init(&lab);
    lab.cfg.unwatched = 1;
    lab_run(&lab);
    assert_int_equal(lab.inner, 1);
}

/* ---- key stores that take long ---- */

struct token {
    struct lab *lab;
    uv_thread_t loop;
    uv_sem_t go;
    atomic_uint calls; /* seen from the loop's thread */
    unsigned ms, hangs;
};

static int slow_answer(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    struct token *t = self;
    uv_thread_t me = uv_thread_self();

    assert_int_equal(ask->kind, IKE_ASK_PSK);
    assert_string_equal(ask->local_id, "client.test"); /* a copy: the event is gone */
    assert_false(uv_thread_equal(&me, &t->loop));
    t->calls++;
    if (t->hangs)
        uv_sem_wait(&t->go);
    (void)usleep(t->ms * 1000);
    *n = strlen(t->lab->gw.l.psk);
    assert_true(*n <= cap);
    memcpy(out, t->lab->gw.l.psk, *n);
    return 0;
}

static void token_init(struct token *t, struct lab *lab, ike_keystore *keys)
{
    memset(t, 0, sizeof(*t));
    t->lab = lab;
    t->loop = uv_thread_self();
    assert_int_equal(uv_sem_init(&t->go, 0), 0);
    *keys =
        (ike_keystore){.abi = IKE_KEYSTORE_ABI, .slow = 1u << IKE_ASK_PSK, .self = t, .answer = slow_answer};
    lab->cfg.keys = keys;
}

static void slow_keys_answer_on_a_thread_of_their_own(void **state)
{
    static struct lab lab;
    struct token token;
    ike_keystore keys;

    (void)state;
    lab_init(&lab);
    token_init(&token, &lab, &keys);
    token.ms = 20;
    lab_run(&lab);
    assert_int_equal(lab.asks, 0); /* the host was not bothered */
    assert_true(token.calls > 0);
    assert_int_equal(lab.inner, 1);
    uv_sem_destroy(&token.go);
}

/* RFC 8784: another secret of the same store, asked for by its name, of which the thread has a copy */
static int slow_ppk(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    struct token *t = self;

    if (ask->kind == IKE_ASK_PSK)
        return slow_answer(self, ask, out, cap, n);
    assert_int_equal(ask->kind, IKE_ASK_PPK);
    assert_string_equal(ask->ppk_id, "office");
    t->calls++;
    *n = 32;
    memset(out, 'p', *n);
    return 0;
}

static void slow_stores_know_post_quantum_keys(void **state)
{
    static struct lab lab;
    static uint8_t ppk[32];
    struct token token;
    ike_keystore keys;

    (void)state;
    memset(ppk, 'p', sizeof(ppk));
    lab_init(&lab);
    lab.gw.l.peer->cfg.ppk = (ike_span){ppk, sizeof(ppk)};
    lab.gw.l.peer->cfg.ppk_id = "office";
    lab.gw.l.cfg.ppk = IKE_PPK_REQUIRED;
    lab.gw.l.cfg.ppk_id = "office";
    token_init(&token, &lab, &keys);
    keys.slow |= 1u << IKE_ASK_PPK;
    keys.answer = slow_ppk;
    lab_run(&lab);
    assert_int_equal(token.calls, 2);
    assert_int_equal(lab.inner, 1);
    uv_sem_destroy(&token.go);
}

/* while one session's token hangs, another session lives its life; then the first is closed in spite of it */
static void on_hanging(uv_timer_t *h)
{
    struct lab *lab = h->data;
    struct token *token = lab->cfg.keys->self;
    static struct lab other;

    if (token->calls == 0) { /* its thread has not begun */
        uv_timer_start(h, on_hanging, 5, 0);
        return;
    }
    lab_init(&other);
    lab_run(&other);
    assert_int_equal(other.inner, 1);
    assert_int_equal(lab->ups, 0);
    ike_uv_close(lab->v, on_gone);
    assert_int_equal(lab->gone, 0);
    uv_sem_post(&token->go);
}

static void a_token_that_hangs_holds_up_nobody(void **state)
{
    static struct lab lab;
    struct token token;
    ike_keystore keys;

    (void)state;
    lab_init(&lab);
    token_init(&token, &lab, &keys);
    token.hangs = 1;
    uv_timer_start(&lab.later, on_hanging, 5, 0);
    lab_run(&lab);
    assert_int_equal(token.calls, 1);
    assert_int_equal(lab.ups, 0); /* the late answer went nowhere */
    uv_sem_destroy(&token.go);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_keys_answer_on_a_thread_of_their_own),
        cmocka_unit_test(slow_stores_know_post_quantum_keys),
        cmocka_unit_test(a_token_that_hangs_holds_up_nobody),
        cmocka_unit_test(a_life_with_a_late_answer),
        cmocka_unit_test(what_is_lost_is_resumed),
        cmocka_unit_test(all_gateways_are_tried_after_a_loss),
        cmocka_unit_test(what_is_recorded_can_be_replayed),
        cmocka_unit_test(a_recording_needs_its_file),
        cmocka_unit_test(closing_in_a_callback_is_fine),
        cmocka_unit_test(an_unreachable_port_is_no_answer),
        cmocka_unit_test(an_unwatched_driver_works_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
