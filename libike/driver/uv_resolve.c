/* driver/uv_resolve.c - from gateways' names to addresses, tried in order. SPDX-License-Identifier: Apache-2.0
 *
 * All addresses of a host, then the next host. A refusal ends the search, silence does not. */
#include "driver/room.h"
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static void take_addresses(ike_uv *v, const struct addrinfo *res)
{
    v->addresses_n = v->address = 0;
    for (; res && v->addresses_n < IKE_UV_ADDRESSES_MAX; res = res->ai_next) {
        ike_addr *a = &v->addresses[v->addresses_n];

        memset(a, 0, sizeof(*a));
        if (res->ai_family == AF_INET && v->cfg.family != 6) {
            a->family = 4;
            memcpy(a->ip, &((const struct sockaddr_in *)(const void *)res->ai_addr)->sin_addr, 4);
        } else if (res->ai_family == AF_INET6 && v->cfg.family != 4) {
            const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)res->ai_addr;
            a->family = 6;
            a->scope = in6->sin6_scope_id;
            memcpy(a->ip, &in6->sin6_addr, 16);
        } else {
            continue;
        }
        v->addresses_n++;
    }
}

/* RFC 5685: a gateway by name. What cannot be resolved, or not reached from here, is left: the session waits, and ends. */
static void follow(ike_uv *v)
{
    ike_time now = ike_uv_now();
    ike_path path;

    memset(&path, 0, sizeof(path));
    for (uint32_t i = 0; v->s && i < v->addresses_n; i++) {
        path.remote = v->addresses[i];
        if (path.remote.family != v->path.local.family)
            continue; /* one socket, one family */
        if (v->cfg.tun)
            (void)ike__uv_keep_outside(v, &path.remote);
        path.local = v->path.local;
        ike_recorder_redirect(v->rec, &path, now);
        (void)ike_redirect(v->s, &path, now);
        break;
    }
    ike__uv_pump(v);
}

static void on_redirect_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *res)
{
    ike_uv *v = req->data;
    int is_late = v->followed != v->session; /* that one is gone */

    v->is_following = 0;
    if (status == 0 && !v->is_closing && !is_late) {
        take_addresses(v, res);
        follow(v);
    }
    uv_freeaddrinfo(res);
    if (v->is_closing)
        ike__uv_handle_closed(v);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *res)
{
    ike_uv *v = req->data;

    v->is_resolving = 0;
    if (v->is_closing) {
        uv_freeaddrinfo(res);
        ike__uv_handle_closed(v);
        return;
    }
    if (status == 0)
        take_addresses(v, res);
    else
        snprintf(v->text, sizeof(v->text), "start: cannot resolve %.150s: %s", v->cfg.hosts[v->host],
                 uv_strerror(status));
    uv_freeaddrinfo(res);
    ike__uv_try_next(v);
}

/* ---- somebody else's resolver ---- */

static int is_literal(const char *host)
{
    uint8_t ip[16];

    return uv_inet_pton(AF_INET, host, ip) == 0 || uv_inet_pton(AF_INET6, host, ip) == 0;
}

static int ask_host(ike_uv *v, const char *name, uint8_t what)
{
    v->host_asked = what;
    if (v->cfg.on_resolve(v, name, v->cfg.family, v->cfg.user) == 0)
        return 0;
    v->host_asked = IKE_UV_ASKED_NOT;
    return IKE_E_LOCAL_IO;
}

void ike_uv_resolved(ike_uv *v, int err, const ike_addr *list, uint32_t n)
{
    uint8_t what = v ? v->host_asked : IKE_UV_ASKED_NOT;

    if (what == IKE_UV_ASKED_NOT || v->is_closing)
        return;
    v->host_asked = IKE_UV_ASKED_NOT;
    if (what == IKE_UV_ASKED_TO_FOLLOW && (n == 0 || v->followed != v->session))
        return;
    v->addresses_n = v->address = 0;
    for (uint32_t i = 0; i < n && v->addresses_n < IKE_UV_ADDRESSES_MAX; i++)
        if (v->cfg.family == 0 || v->cfg.family == list[i].family)
            v->addresses[v->addresses_n++] = list[i];
    if (what == IKE_UV_ASKED_TO_FOLLOW) {
        follow(v);
        return;
    }
    if (v->addresses_n == 0)
        snprintf(v->text, sizeof(v->text), "start: cannot resolve %.150s: %s", v->cfg.hosts[v->host],
                 ike_strerror(err));
    ike__uv_try_next(v);
}

/* ---- the two questions ---- */

void ike__uv_redirect(ike_uv *v, const char *gateway)
{
    struct addrinfo hints;

    if (v->is_following || v->host_asked)
        return;
    v->followed = v->session;
    if (v->cfg.on_resolve && !is_literal(gateway)) {
        (void)ask_host(v, gateway, IKE_UV_ASKED_TO_FOLLOW);
        return;
    }
    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_DGRAM;
    v->follow.data = v;
    v->is_following = uv_getaddrinfo(v->loop, &v->follow, on_redirect_resolved, gateway, NULL, &hints) == 0;
}

int ike__uv_resolve(ike_uv *v)
{
    const char *host = v->cfg.hosts[v->host];
    struct addrinfo hints;

    v->addresses_n = v->address = 0;
    if (v->cfg.on_resolve && !is_literal(host))
        return ask_host(v, host, IKE_UV_ASKED_TO_CONNECT);
    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_family = v->cfg.family == 4 ? AF_INET : v->cfg.family == 6 ? AF_INET6 : AF_UNSPEC;
    v->resolve.data = v;
    v->is_resolving = 1;
    if (uv_getaddrinfo(v->loop, &v->resolve, on_resolved, host, NULL, &hints) == 0)
        return 0;
    v->is_resolving = 0;
    return IKE_E_LOCAL_IO;
}
