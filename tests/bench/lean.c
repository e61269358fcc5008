/* tests/bench/lean.c - the least that a client with a TUN is: what it holds is the library's (B5, B8, B10). SPDX-License-Identifier: Apache-2.0
 *
 *   lean-BACKEND HOST PORT SECRET [plain]
 *
 * Connects as client.test to gw.test; SIGTERM closes, and prints what was dropped and why. The ike program does the same
 * and much more: most of what is resident there are the libraries of key stores, HTTP and ESP in bulk that it links.
 *
 * With -DLEAN_OPENSSL libcrypto does the cryptography, else mbedTLS. */
#include <ike/uv.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say_drops(ike_uv *v)
{
    ike_uv_stats u = IKE_UV_STATS_INIT;
    ike_stats s = IKE_STATS_INIT;

    if (ike_uv_stats_get(v, &u) < 0 || !ike_uv_session(v) || ike_session_stats(ike_uv_session(v), &s) < 0)
        return;
    printf("{\"socket\":%llu,\"tun\":%llu,\"replay\":%llu,\"auth\":%llu,\"malformed\":%llu,\"selector\":%llu,"
           "\"spi\":%llu,"
           "\"no_child\":%llu}\n",
           (unsigned long long)u.drop_socket, (unsigned long long)u.drop_tun,
           (unsigned long long)s.drop_replay, (unsigned long long)s.drop_auth,
           (unsigned long long)s.drop_malformed, (unsigned long long)s.drop_selector,
           (unsigned long long)s.drop_spi, (unsigned long long)s.drop_no_child);
    fflush(stdout);
}

static void on_event(ike_uv *v, const ike_event *ev, void *user)
{
    (void)user;
    if (ev->type != IKE_EV_CLOSED)
        return;
    fprintf(stderr, "%s\n", ev->u.closed.reason);
    ike_uv_close(v, NULL);
    uv_stop(uv_default_loop());
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    say_drops(handle->data);
    (void)ike_uv_close_session(handle->data);
}

int main(int argc, char **argv)
{
    ike_tun_linux_config device = IKE_TUN_LINUX_CONFIG_INIT;
    ike_keyfile files = IKE_KEYFILE_INIT;
    ike_config cfg = IKE_CONFIG_INIT;
    ike_uv_config uv = IKE_UV_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    const char *why = "HOST PORT SECRET [plain]";
    ike_keystore keys;
    uv_signal_t end;
    ike_tun tun;
    ike_uv *v;

    if (argc < 4) {
        fprintf(stderr, "%s\n", why);
        return 64;
    }
    files.psk = (ike_span){(const uint8_t *)argv[3], strlen(argv[3])};
    cfg.local_id = "client.test";
    cfg.remote_id = "gw.test";
    cfg.ike_suites = "aes128gcm16-prfsha256-x25519";
    cfg.esp_suites = "aes128gcm16";
    cfg.want = IKE_WANT_IP4;
#ifdef LEAN_OPENSSL
    env.crypto = ike_crypto_openssl();
#else
    env.crypto = ike_crypto_mbedtls();
#endif
    device.plain = argc > 4;
    uv.session = &cfg;
    uv.env = &env;
    uv.keys = &keys;
    uv.tun = &tun;
    uv.hosts[0] = argv[1];
    uv.hosts_n = 1;
    uv.port = (uint16_t)atoi(argv[2]);
    uv.on_event = on_event;
    if (ike_keystore_file(&keys, &files, &why) < 0 || ike_tun_linux_open(&tun, &device, &why) < 0 ||
        ike_uv_open(&v, uv_default_loop(), &uv, &why) < 0 || ike_uv_connect(v) < 0) {
        fprintf(stderr, "%s\n", why);
        return 64;
    }
    uv_signal_init(uv_default_loop(), &end);
    end.data = v;
    uv_signal_start(&end, on_signal, SIGTERM);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    tun.close(tun.self);
    keys.close(keys.self);
    return 0;
}
