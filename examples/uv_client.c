/* examples/uv_client.c - a client on libuv: shared key, no TUN: the host handles inner packets itself. SPDX-License-Identifier: Apache-2.0
 *
 *   uv_client HOST PORT LOCAL_ID REMOTE_ID SECRET TARGET [RECORDING]
 *
 * With a TUN (ike_tun_linux) it is even shorter, see the README; this one needs no rights: it sends one echo request to
 * TARGET through the tunnel by hand and closes when the reply comes. RECORDING: a file for `ike replay`, secret and
 * all. */
#include <arpa/inet.h>
#include <ike/uv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct client {
    uint8_t own[4], target[4];
    int code;
};

static void put_checksum(uint8_t *p, size_t n, uint8_t *at)
{
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)(p[i] << 8 | p[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~(sum + (sum >> 16));
    at[0] = (uint8_t)(sum >> 8);
    at[1] = (uint8_t)sum;
}

static void send_echo(ike_uv *v, const struct client *c)
{
    uint8_t ip[60] = {0x45, 0, 0, 60, 0, 0, 0, 0, 64, 1};

    memcpy(ip + 12, c->own, 4);
    memcpy(ip + 16, c->target, 4);
    put_checksum(ip, 20, ip + 10);
    ip[20] = 8;
    put_checksum(ip + 20, 40, ip + 22);
    (void)ike_uv_send_inner(v, ip, sizeof(ip));
}

static void on_event(ike_uv *v, const ike_event *ev, void *user)
{
    struct client *c = user;

    if (ev->type == IKE_EV_CONFIG && ev->u.config.ip_n > 0)
        memcpy(c->own, ev->u.config.ip[0].addr.ip, 4);
    if (ev->type == IKE_EV_CHILD_UP) {
        printf("connected: %s\n", ev->u.child.suite);
        send_echo(v, c);
    }
    if (ev->type == IKE_EV_CLOSED) {
        printf("%s; %s\n", ev->u.closed.reason, ev->u.closed.advice);
        ike_uv_close(v, NULL);
    }
}

static void on_inner(ike_uv *v, const uint8_t *ip, size_t n, void *user)
{
    if (n < 28 || ip[9] != 1 || ip[20] != 0)
        return;
    printf("echo reply through the tunnel\n");
    ((struct client *)user)->code = 0;
    (void)ike_uv_close_session(v);
}

int main(int argc, char **argv)
{
    struct client c = {.code = 1};
    ike_keyfile files = IKE_KEYFILE_INIT;
    ike_config cfg = IKE_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    ike_uv_config uv = IKE_UV_CONFIG_INIT;
    ike_keystore keys;
    const char *why = "usage: uv_client HOST PORT LOCAL_ID REMOTE_ID SECRET TARGET [RECORDING]";
    ike_uv *v;

    if (argc < 7 || argc > 8 || inet_pton(AF_INET, argv[6], c.target) != 1) {
        fprintf(stderr, "%s\n", why);
        return 64;
    }
    files.psk = (ike_span){(const uint8_t *)argv[5], strlen(argv[5])};
    cfg.local_id = argv[3];
    cfg.remote_id = argv[4];
    cfg.want = IKE_WANT_IP4;
    env.crypto = ike_crypto_mbedtls();
    uv.session = &cfg;
    uv.env = &env;
    uv.keys = &keys;
    uv.hosts[0] = argv[1];
    uv.hosts_n = 1;
    uv.port = (uint16_t)atoi(argv[2]);
    uv.record = argv[7]; /* NULL: none */
    uv.record_secrets = 1;
    uv.on_event = on_event;
    uv.on_inner = on_inner;
    uv.user = &c;
    if (ike_keystore_file(&keys, &files, &why) < 0 || ike_uv_open(&v, uv_default_loop(), &uv, &why) < 0 ||
        ike_uv_connect(v) < 0) {
        fprintf(stderr, "%s\n", why);
        return 64;
    }
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    uv_loop_close(uv_default_loop());
    keys.close(keys.self);
    return c.code;
}
