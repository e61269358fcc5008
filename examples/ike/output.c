/* examples/ike/output.c - events as JSON, one object a line. SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <arpa/inet.h>
#include <cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void print_addr(char *out, size_t cap, const ike_addr *a)
{
    if (a->family == 0 || !inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, out, (socklen_t)cap))
        snprintf(out, cap, "-");
}

static void print_prefix(char *out, size_t cap, const ike_prefix *p)
{
    char addr[64];

    print_addr(addr, sizeof(addr), &p->addr);
    snprintf(out, cap, "%s/%u", addr, p->bits);
}

void print_ts(char *out, size_t cap, const ike_ts *ts)
{
    char first[64], last[64];

    print_addr(first, sizeof(first), &ts->first);
    print_addr(last, sizeof(last), &ts->last);
    if (ts->proto || ts->first.port != 0 || ts->last.port != 65535)
        snprintf(out, cap, "%s..%s[%u/%u-%u]", first, last, ts->proto, ts->first.port, ts->last.port);
    else
        snprintf(out, cap, "%s..%s", first, last);
}

void output_open(struct output *o, const char *path)
{
    o->began = ike_uv_now();
    o->file = NULL;
    if (path)
        o->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
}

static cJSON *begin(struct output *o, const char *event)
{
    cJSON *j = cJSON_CreateObject();

    cJSON_AddNumberToObject(j, "t", (double)(ike_uv_now() - o->began));
    cJSON_AddStringToObject(j, "event", event);
    return j;
}

static void end(struct output *o, cJSON *j)
{
    char *text = cJSON_PrintUnformatted(j);

    if (text && o->file) {
        fprintf(o->file, "%s\n", text);
        fflush(o->file);
    }
    free(text);
    cJSON_Delete(j);
}

static void add_hex(cJSON *j, const char *name, uint64_t v, int digits)
{
    char text[20];

    snprintf(text, sizeof(text), "%0*" PRIx64, digits, v);
    cJSON_AddStringToObject(j, name, text);
}

static void add_path(cJSON *j, const char *name, const ike_addr *a)
{
    char addr[64], text[80];

    print_addr(addr, sizeof(addr), a);
    snprintf(text, sizeof(text), a->family == 6 ? "[%s]:%u" : "%s:%u", addr, a->port);
    cJSON_AddStringToObject(j, name, text);
}

void output_connecting(struct output *o, const char *host, const ike_path *path)
{
    cJSON *j;

    o->mtu = o->wanted_mtu ? o->wanted_mtu : path->remote.family == 4 ? 1400 : 1360;
    if (!o->file)
        return;
    j = begin(o, "connecting");
    cJSON_AddStringToObject(j, "gateway", host);
    add_path(j, "local", &path->local);
    add_path(j, "remote", &path->remote);
    end(o, j);
}

static void add_up(cJSON *j, const ike_up *up)
{
    static const char *const nat[] = {"none", "local", "remote", "both"};

    add_hex(j, "spi_i", up->spi_i, 16);
    add_hex(j, "spi_r", up->spi_r, 16);
    cJSON_AddStringToObject(j, "suite", up->suite);
    cJSON_AddStringToObject(j, "auth", up->auth_remote);
    cJSON_AddStringToObject(j, "auth_local", up->auth_local);
    cJSON_AddStringToObject(j, "peer_id", up->peer_id);
    cJSON_AddStringToObject(j, "nat", nat[up->nat & 3]);
    cJSON_AddBoolToObject(j, "mobike", up->peer_has_mobike);
    cJSON_AddBoolToObject(j, "fragmentation", up->fragmentation);
    cJSON_AddBoolToObject(j, "resumed", up->resumed);
    cJSON_AddBoolToObject(j, "ppk", up->ppk);
    cJSON_AddNumberToObject(j, "handshake_us", (double)up->handshake_us);
    cJSON_AddNumberToObject(j, "round_trips", up->round_trips);
}

static void add_selectors(cJSON *j, const char *name, const ike_ts *ts, uint32_t n)
{
    cJSON *list = cJSON_AddArrayToObject(j, name);
    char text[200];

    for (uint32_t i = 0; i < n; i++) {
        print_ts(text, sizeof(text), &ts[i]);
        cJSON_AddItemToArray(list, cJSON_CreateString(text));
    }
}

static void add_child(cJSON *j, const ike_child *c)
{
    cJSON_AddNumberToObject(j, "id", c->id);
    add_hex(j, "spi_in", c->spi_in, 8);
    add_hex(j, "spi_out", c->spi_out, 8);
    if (c->name[0])
        cJSON_AddStringToObject(j, "name", c->name);
    if (!c->local_n)
        return;
    cJSON_AddStringToObject(j, "suite", c->suite);
    cJSON_AddStringToObject(j, "crypto", c->crypto ? c->crypto : "");
    add_selectors(j, "ts_local", c->local, c->local_n);
    add_selectors(j, "ts_remote", c->remote, c->remote_n);
    cJSON_AddBoolToObject(j, "esn", c->esn != 0);
}

static void add_config(cJSON *j, const ike_assigned *c, uint32_t mtu)
{
    cJSON *ip = cJSON_AddArrayToObject(j, "ip"), *dns = cJSON_AddArrayToObject(j, "dns");
    cJSON *domains = cJSON_AddArrayToObject(j, "domains"), *subnets = cJSON_AddArrayToObject(j, "subnets");
    char text[100];

    for (uint32_t i = 0; i < c->ip_n; i++) {
        print_prefix(text, sizeof(text), &c->ip[i]);
        cJSON_AddItemToArray(ip, cJSON_CreateString(text));
    }
    for (uint32_t i = 0; i < c->dns_n; i++) {
        print_addr(text, sizeof(text), &c->dns[i]);
        cJSON_AddItemToArray(dns, cJSON_CreateString(text));
    }
    for (uint32_t i = 0; i < c->domains_n; i++)
        cJSON_AddItemToArray(domains, cJSON_CreateString(c->domains[i]));
    if (c->gateway_version[0])
        cJSON_AddStringToObject(j, "gateway_version", c->gateway_version);
    for (uint32_t i = 0; i < c->subnets_n; i++) {
        print_prefix(text, sizeof(text), &c->subnets[i]);
        cJSON_AddItemToArray(subnets, cJSON_CreateString(text));
    }
    cJSON_AddNumberToObject(j, "mtu", mtu);
}

static void add_rekeyed(cJSON *j, const ike_rekeyed *r)
{
    int digits = r->child_id ? 8 : 16;

    cJSON_AddStringToObject(j, "sa", r->child_id ? "child" : "ike");
    if (r->child_id)
        cJSON_AddNumberToObject(j, "id", r->child_id);
    cJSON_AddStringToObject(j, "by", r->by == IKE_BY_PEER ? "peer" : "us");
    add_hex(j, "spi_in", r->spi_in, digits);
    add_hex(j, "spi_out", r->spi_out, digits);
    cJSON_AddStringToObject(j, "suite", r->suite);
}

static void add_path_change(cJSON *j, const ike_path_change *p)
{
    static const char *const reason[] = {"none", "roamed", "nat", "peer", "fresh", "redirected"};

    add_path(j, "local", &p->path.local);
    add_path(j, "remote", &p->path.remote);
    cJSON_AddStringToObject(j, "reason", reason[p->reason <= IKE_PATH_REDIRECTED ? p->reason : 0]);
    cJSON_AddNumberToObject(j, "took_us", (double)p->took_us);
}

static void add_mtu(cJSON *j, const ike_mtu_event *m)
{
    cJSON_AddNumberToObject(j, "path", m->path);
    cJSON_AddNumberToObject(j, "inner", m->inner);
}

static const char *name_of(uint32_t type)
{
    static const char *const name[] = {"none",     "ike_up",  "config", "child_up", "child_down",
                                       "ask",      "warning", "closed", "rekeyed",  "path",
                                       "redirect", "ticket",  "mtu"};

    return name[type < sizeof(name) / sizeof(name[0]) ? type : 0];
}

void output_event(struct output *o, const ike_event *ev)
{
    cJSON *j;

    if (!o->file || ev->type == IKE_EV_TICKET) /* a secret, and the driver's affair */
        return;
    j = begin(o, name_of(ev->type));
    if (ev->err)
        cJSON_AddStringToObject(j, "err", ike_errname(ev->err));
    if (ev->notify)
        cJSON_AddStringToObject(j, "notify", ike_notify_name(ev->notify));
    if (ev->type == IKE_EV_UP)
        add_up(j, &ev->u.up);
    else if (ev->type == IKE_EV_CONFIG)
        add_config(j, &ev->u.config, o->mtu);
    else if (ev->type == IKE_EV_CHILD_UP || ev->type == IKE_EV_CHILD_DOWN)
        add_child(j, &ev->u.child);
    else if (ev->type == IKE_EV_REKEYED)
        add_rekeyed(j, &ev->u.rekeyed);
    else if (ev->type == IKE_EV_PATH)
        add_path_change(j, &ev->u.path);
    else if (ev->type == IKE_EV_MTU)
        add_mtu(j, &ev->u.mtu);
    else if (ev->type == IKE_EV_REDIRECT)
        cJSON_AddStringToObject(j, "gateway", ev->u.redirect.gateway);
    if (ev->type == IKE_EV_CHILD_DOWN)
        cJSON_AddStringToObject(j, "reason", ike_strerror(ev->err));
    if (ev->type == IKE_EV_WARNING) {
        cJSON_AddStringToObject(j, "text", ev->u.warning.text);
        cJSON_AddStringToObject(j, "advice", ev->u.warning.advice);
    }
    if (ev->type == IKE_EV_CLOSED) {
        cJSON_AddStringToObject(j, "reason", ev->u.closed.reason);
        cJSON_AddStringToObject(j, "by", ev->u.closed.by == IKE_BY_PEER ? "peer" : "us");
        cJSON_AddStringToObject(j, "advice", ev->u.closed.advice);
    }
    end(o, j);
}

void output_network(struct output *o, const ike_path *path)
{
    cJSON *j;

    if (!o->file)
        return;
    j = begin(o, "network");
    if (path) {
        add_path(j, "local", &path->local);
        add_path(j, "remote", &path->remote);
    } else {
        cJSON_AddNullToObject(j, "local");
    }
    end(o, j);
}

void output_warning(struct output *o, const char *text, const char *advice)
{
    cJSON *j;

    if (!o->file)
        return;
    j = begin(o, "warning");
    cJSON_AddStringToObject(j, "text", text);
    cJSON_AddStringToObject(j, "advice", advice);
    end(o, j);
}

void output_guard(struct output *o, const char *phase, const char *mode)
{
    cJSON *j;

    if (!o->file)
        return;
    j = begin(o, "guard");
    cJSON_AddStringToObject(j, "phase", phase);
    cJSON_AddStringToObject(j, "mode", mode);
    end(o, j);
}

void output_trigger(struct output *o, const char *action)
{
    cJSON *j;

    if (!o->file)
        return;
    j = begin(o, "trigger");
    cJSON_AddStringToObject(j, "action", action);
    end(o, j);
}

void output_portal(struct output *o, const char *url, int is_open)
{
    cJSON *j;

    if (!o->file)
        return;
    j = begin(o, "portal");
    if (url) {
        cJSON_AddStringToObject(j, "url", url);
        cJSON_AddBoolToObject(j, "hole", is_open);
    } else {
        cJSON_AddNullToObject(j, "url");
    }
    end(o, j);
}

void output_stats(struct output *o, const ike_uv *v, ike_session *s)
{
    ike_stats st = IKE_STATS_INIT;
    ike_uv_stats path = IKE_UV_STATS_INIT;
    cJSON *j, *drops;

    if (!o->file || ike_session_stats(s, &st) < 0 || ike_uv_stats_get(v, &path) < 0)
        return;
    j = begin(o, "stats");
    cJSON_AddNumberToObject(j, "in_bytes", (double)st.in_bytes);
    cJSON_AddNumberToObject(j, "out_bytes", (double)st.out_bytes);
    cJSON_AddNumberToObject(j, "in_packets", (double)st.in_packets);
    cJSON_AddNumberToObject(j, "out_packets", (double)st.out_packets);
    drops = cJSON_AddObjectToObject(j, "drops");
    cJSON_AddNumberToObject(drops, "replay", (double)st.drop_replay);
    cJSON_AddNumberToObject(drops, "auth", (double)st.drop_auth);
    cJSON_AddNumberToObject(drops, "malformed", (double)st.drop_malformed);
    cJSON_AddNumberToObject(drops, "selector", (double)st.drop_selector);
    cJSON_AddNumberToObject(drops, "ecn", (double)st.drop_ecn);
    cJSON_AddNumberToObject(drops, "spi", (double)st.drop_spi);
    cJSON_AddNumberToObject(drops, "no_child", (double)st.drop_no_child);
    cJSON_AddNumberToObject(drops, "socket", (double)path.drop_socket);
    cJSON_AddNumberToObject(drops, "tun", (double)path.drop_tun);
    cJSON_AddNumberToObject(drops, "receive", (double)path.drop_receive);
    cJSON_AddNumberToObject(j, "sent", (double)path.sent);
    cJSON_AddNumberToObject(j, "sends", (double)path.sends);
    cJSON_AddNumberToObject(j, "received", (double)path.received);
    cJSON_AddNumberToObject(j, "receives", (double)path.receives);
    cJSON_AddNumberToObject(j, "retransmits", (double)st.retransmits);
    cJSON_AddNumberToObject(j, "rtt_us", (double)st.rtt_us);
    end(o, j);
}

void output_leak(struct output *o, const char *probe, const char *family, const char *result, const char *why,
                 const char *rule)
{
    cJSON *j;

    if (!o->file)
        return;
    j = begin(o, "probe");
    cJSON_AddStringToObject(j, "probe", probe);
    cJSON_AddStringToObject(j, "family", family);
    cJSON_AddStringToObject(j, "result", result);
    cJSON_AddStringToObject(j, "text", why);
    if (rule)
        cJSON_AddStringToObject(j, "rule", rule);
    end(o, j);
}

void output_leak_round(struct output *o, const char *device, const char *tun)
{
    cJSON *j;

    if (!o->file)
        return;
    j = begin(o, "round");
    cJSON_AddStringToObject(j, "outside", device);
    cJSON_AddStringToObject(j, "tunnel", tun);
    end(o, j);
}

void output_leak_test(struct output *o, unsigned leaks, unsigned stopped, unsigned untried)
{
    cJSON *j;

    if (!o->file)
        return;
    j = begin(o, "leak_test");
    cJSON_AddNumberToObject(j, "leaks", leaks);
    cJSON_AddNumberToObject(j, "stopped", stopped);
    cJSON_AddNumberToObject(j, "untried", untried);
    end(o, j);
}
