/* outside/probe.c - one page by HTTP: does it come as it should? SPDX-License-Identifier: Apache-2.0
 *
 * A captive portal takes the place of whatever page is asked for. Nothing that it says is believed but where it is, and
 * that only opens a hole for a helper that has to get there. Bounds: time, octets, no redirect is followed. */
#include "outside/room.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ike__outside_is_http(const char *url)
{
    size_t n = strncmp(url, "http://", 7) == 0 ? 7 : strncmp(url, "https://", 8) == 0 ? 8 : 0;

    return n > 0 && url[n] != '\0' && strlen(url) < 1024 && !strpbrk(url, " \r\n\t");
}

/* ---- URLs ---- */

struct place {
    char host[256];
    char port[8];
};

static int place_of(const char *url, struct place *out)
{
    CURLU *u = curl_url();
    char *host = NULL, *port = NULL;
    int err = IKE_E_USAGE;

    if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        strlen(host) < sizeof(out->host) && strlen(port) < sizeof(out->port)) {
        /* an IPv6 address stands in brackets */
        snprintf(out->host, sizeof(out->host), "%s", host[0] == '[' ? host + 1 : host);
        if (host[0] == '[')
            out->host[strcspn(out->host, "]%")] = '\0';
        strcpy(out->port, port);
        err = 0;
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
    return err;
}

static int is_address(const char *text, ike_addr *out)
{
    memset(out, 0, sizeof(*out));
    out->family = inet_pton(AF_INET, text, out->ip) == 1    ? 4
                  : inet_pton(AF_INET6, text, out->ip) == 1 ? 6
                                                            : 0;
    return out->family != 0;
}

static int find(struct ike_outside_job *j, const char *host)
{
    j->addresses_n = 0;
    if (!is_address(host, &j->addresses[0]))
        return ike__outside_names(j, host);
    j->addresses_n = 1;
    return 0;
}

/* "host:80:10.0.0.1,10.0.0.2": what curl is told in place of asking for it. */
static struct curl_slist *known(const struct ike_outside_job *j, const struct place *at)
{
    char text[256 + 16 + IKE_OUTSIDE_ADDRESSES * (INET6_ADDRSTRLEN + 3)];
    size_t n = (size_t)snprintf(text, sizeof(text), "%s:%s:", at->host, at->port);

    for (uint32_t i = 0; i < j->addresses_n; i++) {
        char ip[INET6_ADDRSTRLEN];
        if (inet_ntop(j->addresses[i].family == 4 ? AF_INET : AF_INET6, j->addresses[i].ip, ip, sizeof(ip)))
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? "," : "", ip);
    }
    return curl_slist_append(NULL, text);
}

/* ---- one request ---- */

static int on_socket(void *user, curl_socket_t fd, curlsocktype purpose)
{
    const struct ike_outside_job *j = user;

    (void)purpose;
    return ike__outside_mark(fd, j->mark) < 0 ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

static int on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct ike_outside_job *j = user;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return atomic_load(&j->is_given_up);
}

struct body {
    char text[IKE_OUTSIDE_BODY];
    size_t n;
};

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
    struct body *b = user;

    if (size * n > sizeof(b->text) - b->n)
        return 0;
    memcpy(b->text + b->n, data, size * n);
    b->n += size * n;
    return size * n;
}

static void add_address(ike_outside_portal *p, const ike_addr *a)
{
    for (uint32_t i = 0; i < p->addresses_n; i++)
        if (memcmp(&p->addresses[i], a, sizeof(*a)) == 0)
            return;
    if (p->addresses_n < IKE_OUTSIDE_ADDRESSES)
        p->addresses[p->addresses_n++] = *a;
}

/* Who answered, and who is where it leads. */
static void add_places(struct ike_outside_job *j, CURL *c)
{
    ike_outside_portal *p = &j->portal;
    const char *ip = NULL;
    struct place at;
    ike_addr a;

    if (curl_easy_getinfo(c, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip && is_address(ip, &a))
        add_address(p, &a);
    if (place_of(p->url, &at) == 0 && find(j, at.host) == 0)
        for (uint32_t i = 0; i < j->addresses_n; i++)
            add_address(p, &j->addresses[i]);
}

/* In place of a page that is nothing but a 204. */
static void judge_page(struct ike_outside_job *j, CURL *c, long code)
{
    ike_outside_portal *p = &j->portal;
    const char *to = NULL;

    if (code == 204)
        p->verdict = IKE_OUTSIDE_OPEN;
    if (code < 200 || code == 204)
        return;
    p->verdict = IKE_OUTSIDE_PORTAL;
    (void)curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &to);
    snprintf(p->url, sizeof(p->url), "%s", to && strlen(to) < sizeof(p->url) ? to : j->url);
    add_places(j, c);
}

static void judge_api(struct ike_outside_job *j, CURL *c, long code, const struct body *b)
{
    if (code == 200 && ike__outside_api(b->text, b->n, &j->portal) && j->portal.verdict == IKE_OUTSIDE_PORTAL)
        add_places(j, c);
}

static void set_up(CURL *c, struct ike_outside_job *j, struct curl_slist *known_as, struct body *b)
{
    curl_easy_setopt(c, CURLOPT_URL, j->url);
    curl_easy_setopt(c, CURLOPT_RESOLVE, known_as);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)j->timeout_ms);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_socket);
    curl_easy_setopt(c, CURLOPT_SOCKOPTDATA, j);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, j);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, b);
}

void ike__outside_probe(struct ike_outside_job *j)
{
    struct curl_slist *known_as = NULL;
    struct place at;
    struct body *b;
    long code = 0;
    CURL *c;

    memset(&j->portal, 0, sizeof(j->portal));
    j->portal.verdict = IKE_OUTSIDE_SILENT;
    if (place_of(j->url, &at) < 0 || find(j, at.host) < 0)
        return;
    c = curl_easy_init();
    b = calloc(1, sizeof(*b));
    known_as = known(j, &at);
    if (c && b && known_as) {
        set_up(c, j, known_as, b);
        (void)curl_easy_perform(c); /* a page that breaks off is an answer, too */
        (void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
        j->portal.status = (uint32_t)code;
        if (j->is_api)
            judge_api(j, c, code, b);
        else
            judge_page(j, c, code);
    }
    free(b);
    curl_easy_cleanup(c);
    curl_slist_free_all(known_as);
}
