/* tests/unit/driver/ticket_test.c - the newest ticket, in memory and in a key store: RFC 5723 4.2, 6.2. SPDX-License-Identifier: Apache-2.0 */
#include "driver/room.h"
#include "fake/crypto_fake.h"
#include "fake/test.h"
#include <stdlib.h>

struct shelf { /* a key store with one place */
    char name[48];
    uint8_t data[8192];
    size_t n;
    unsigned saves;
};

static int save(void *self, const char *name, ike_span data)
{
    struct shelf *s = self;

    s->saves++;
    strcpy(s->name, name);
    s->n = data.n;
    if (data.n > 0)
        memcpy(s->data, data.p, data.n);
    return 0;
}

static int load(void *self, const char *name, uint8_t *out, size_t cap, size_t *n)
{
    struct shelf *s = self;

    *n = strcmp(s->name, name) == 0 && s->n <= cap ? s->n : 0;
    memcpy(out, s->data, *n);
    return 0;
}

static struct shelf shelf;
static ike_keystore keys;
static struct crypto_fake fake;
static ike_env env = IKE_ENV_INIT;

static ike_uv *driver(void)
{
    ike_uv *v = calloc(1, sizeof(*v));

    assert_non_null(v);
    crypto_fake_init(&fake, 1);
    env.crypto = &fake.table;
    keys = (ike_keystore){.abi = IKE_KEYSTORE_ABI, .self = &shelf, .save = save, .load = load};
    v->cfg.env = &env;
    v->cfg.keys = &keys;
    v->cfg.hosts[0] = "gw.test";
    v->session_cfg = (ike_config)IKE_CONFIG_INIT;
    v->session_cfg.local_id = "client.test";
    return v;
}

static void drop(ike_uv *v)
{
    ike__uv_ticket_free(v);
    free(v);
}

static void give(ike_uv *v, const char *text)
{
    ike_ticket_event t = {.data = {(const uint8_t *)text, strlen(text)}, .lifetime_s = 3600};

    ike__uv_ticket_take(v, &t);
}

static void expect(ike_uv *v, const char *text)
{
    ike__uv_ticket_lend(v);
    assert_int_equal(v->session_cfg.ticket.n, strlen(text));
    if (text[0])
        assert_memory_equal(v->session_cfg.ticket.p, text, strlen(text));
}

/* Moves the time of arrival on the shelf. */
static void shift(int64_t seconds)
{
    uint64_t then = 0;

    for (unsigned i = 0; i < 8; i++)
        then = then << 8 | shelf.data[i];
    then += (uint64_t)seconds;
    for (unsigned i = 0; i < 8; i++)
        shelf.data[i] = (uint8_t)(then >> (56 - 8 * i));
}

static void the_newest_is_lent_until_it_is_over(void **state)
{
    ike_uv *v = driver();

    (void)state;
    v->cfg.keys = NULL;
    expect(v, "");
    give(v, "one");
    give(v, "two");
    expect(v, "two");
    expect(v, "two"); /* an attempt that was not answered */
    v->ticket_since -= 100000000u;
    expect(v, "two");
    assert_int_equal(v->session_cfg.ticket_age_s, 100);
    give(v, "");
    expect(v, "");
    drop(v);
}

static void it_outlives_the_process(void **state)
{
    ike_uv *v = driver();

    (void)state;
    memset(&shelf, 0, sizeof(shelf));
    expect(v, "");
    give(v, "one");
    assert_memory_equal(shelf.name, "ticket-", 7);
    assert_int_equal(strlen(shelf.name), 47);
    drop(v);
    v = driver();
    expect(v, "one");
    assert_true(v->session_cfg.ticket_age_s < 10);
    drop(v);
    v = driver();
    v->session_cfg.local_id = "somebody.test"; /* another name */
    expect(v, "");
    drop(v);
    v = driver();
    expect(v, "one");
    v->session_cfg.local_id = "somebody.test"; /* reconfigured: what was saved is deleted all the same */
    give(v, "");
    assert_int_equal(shelf.n, 0);
    drop(v);
}

/* RFC 5723 4.3.1: how old it is, is told by the time of day; from the future: nobody knows */
static void age_by_the_time_of_day(void **state)
{
    ike_uv *v = driver();

    (void)state;
    memset(&shelf, 0, sizeof(shelf));
    give(v, "one");
    drop(v);
    shift(-256);
    v = driver();
    expect(v, "one");
    assert_true(v->session_cfg.ticket_age_s >= 256 && v->session_cfg.ticket_age_s < 270);
    drop(v);
    shift(1000);
    v = driver();
    expect(v, "");
    drop(v);
}

static void what_the_host_says_counts(void **state)
{
    ike_uv *v = driver();

    (void)state;
    memset(&shelf, 0, sizeof(shelf));
    give(v, "one");
    drop(v);
    v = driver();
    v->session_cfg.ticket = (ike_span){(const uint8_t *)"mine", 4};
    v->session_cfg.ticket_age_s = 7;
    expect(v, "mine");
    assert_true(v->session_cfg.ticket_age_s >= 7);
    drop(v);
    v = driver();
    v->session_cfg.resumption = IKE_OFF;
    expect(v, "");
    drop(v);
    v = driver();
    keys.abi = 1; /* a table without save and load */
    expect(v, "");
    drop(v);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_is_lent_until_it_is_over),
        cmocka_unit_test(it_outlives_the_process),
        cmocka_unit_test(age_by_the_time_of_day),
        cmocka_unit_test(what_the_host_says_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
