/* tests/unit/keystore/vault_test.c - secrets in files: sealed, or not there (RFC 5723 9.7). SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include <ike/keystore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char key_a[] = "0123456789abcdef0123456789abcdef", key_b[] = "0123456789abcdef0123456789abcdeF";
static char dir[] = "/tmp/ike-vault-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    strcpy(dir + sizeof(dir) - 7, "XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
    char path[100];

    (void)state;
    for (char c = 'a'; c < 'd'; c++) {
        snprintf(path, sizeof(path), "%s/%c", dir, c);
        unlink(path);
    }
    return rmdir(dir); /* nothing else was left in there */
}

static ike_keystore store(const char *key)
{
    ike_keyfile cfg = IKE_KEYFILE_INIT;
    ike_keystore ks;

    cfg.psk = (ike_span){(const uint8_t *)"secret", 6};
    cfg.store_dir = dir;
    cfg.store_key = (ike_span){(const uint8_t *)key, strlen(key)};
    assert_int_equal(ike_keystore_file(&ks, &cfg, NULL), 0);
    return ks;
}

static void put(const ike_keystore *ks, const char *name, const char *text)
{
    assert_int_equal(ks->save(ks->self, name, (ike_span){(const uint8_t *)text, strlen(text)}), 0);
}

static void expect(const ike_keystore *ks, const char *name, const char *text)
{
    uint8_t out[100];
    size_t n = 99;

    assert_int_equal(ks->load(ks->self, name, out, sizeof(out), &n), 0);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(out, text, n);
}

static void what_is_saved_is_loaded(void **state)
{
    ike_keystore a = store(key_a), later;

    (void)state;
    expect(&a, "a", "");
    put(&a, "a", "a ticket");
    put(&a, "b", "another");
    put(&a, "a", "a newer one");
    a.close(a.self);
    later = store(key_a);
    expect(&later, "a", "a newer one");
    expect(&later, "b", "another");
    put(&later, "a", ""); /* gone */
    put(&later, "a", "");
    expect(&later, "a", "");
    later.close(later.self);
}

/* One octet changed, cut, another key, another name: as if it were not there. */
static void what_is_not_ours_is_not_there(void **state)
{
    ike_keystore a = store(key_a), b = store(key_b);
    char path[100], other[100];
    struct stat st;
    FILE *f;

    (void)state;
    put(&a, "a", "a ticket");
    expect(&b, "a", "");
    snprintf(path, sizeof(path), "%s/a", dir);
    snprintf(other, sizeof(other), "%s/b", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
    assert_int_equal(rename(path, other), 0);
    expect(&a, "b", "");
    for (long at = 0; at < (long)st.st_size; at++) {
        put(&a, "a", "a ticket");
        f = fopen(path, "r+b");
        assert_non_null(f);
        fseek(f, at, SEEK_SET);
        int was = fgetc(f);
        fseek(f, at, SEEK_SET);
        fputc(was ^ 1, f);
        fclose(f);
        expect(&a, "a", "");
        assert_int_equal(truncate(path, at), 0);
        expect(&a, "a", "");
    }
    a.close(a.self);
    b.close(b.self);
}

static void names_and_sizes(void **state)
{
    static const char *const bad[] = {"", "../a", "a/b", "A", "a.b", "a\n"};
    static uint8_t large[70000];
    ike_keystore a = store(key_a);
    uint8_t out[4];
    size_t n = 1;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(a.save(a.self, bad[i], (ike_span){large, 4}), IKE_E_USAGE);
        assert_int_equal(a.load(a.self, bad[i], out, sizeof(out), &n), IKE_E_USAGE);
    }
    assert_int_equal(a.save(a.self, "a", (ike_span){large, sizeof(large)}), IKE_E_LIMIT);
    put(&a, "a", "longer than four");
    assert_int_equal(a.load(a.self, "a", out, sizeof(out), &n), IKE_E_NOSPACE);
    assert_int_equal(n, 0);
    a.close(a.self);
}

/* No key, no store: nothing is ever written in the clear. */
static void without_a_key_nothing_is_kept(void **state)
{
    ike_keyfile cfg = IKE_KEYFILE_INIT;
    const char *why = NULL;
    ike_keystore ks;

    (void)state;
    cfg.psk = (ike_span){(const uint8_t *)"secret", 6};
    assert_int_equal(ike_keystore_file(&ks, &cfg, NULL), 0);
    assert_true(ks.save == NULL && ks.load == NULL);
    ks.close(ks.self);
    cfg.store_dir = dir;
    assert_int_equal(ike_keystore_file(&ks, &cfg, &why), IKE_E_USAGE);
    assert_memory_equal(why, "store_dir", 9);
    cfg.store_key = (ike_span){(const uint8_t *)key_a, 31};
    assert_int_equal(ike_keystore_file(&ks, &cfg, &why), IKE_E_USAGE);
    cfg.store_dir = NULL;
    cfg.store_key.n = 32;
    assert_int_equal(ike_keystore_file(&ks, &cfg, &why), IKE_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_saved_is_loaded, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(what_is_not_ours_is_not_there, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(names_and_sizes, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(without_a_key_nothing_is_kept, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
