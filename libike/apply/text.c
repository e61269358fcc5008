/* apply/text.c - texts of the system, and ours, that are read. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: files (state.c, resolv.c, facts.c). */
#include "apply/text.h"
#include <arpa/inet.h>
#include <ike/err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- our state: lines of key=value, "end" at the end ---- */

/* The last one counts, and nothing of one before it is left behind its end. */
static void take_word(char *out, size_t cap, const char *word)
{
    memset(out, 0, cap);
    memcpy(out, word, strlen(word));
}

void ike__apply_state_parse(const char *text, struct ike_apply_state *out)
{
    const char *end = strstr(text, "\nend\n");

    memset(out, 0, sizeof(*out));
    out->src_valid_mark = -1;
    if (!end)
        return;
    for (const char *line = text; line <= end; line = strchr(line, '\n') + 1) {
        char word[64];

        (void)sscanf(line, "pid=%d", &out->pid);
        if (sscanf(line, "phase=%15[^\n]", word) == 1)
            take_word(out->phase, sizeof(out->phase), word);
        if (sscanf(line, "dns=%63[^\n]", word) == 1)
            take_word(out->dns, sizeof(out->dns), word);
        (void)sscanf(line, "src_valid_mark=%d", &out->src_valid_mark);
        (void)sscanf(line, "hole_until=%" SCNu64, &out->hole_until);
    }
}

int ike__apply_state_print(const struct ike_apply_state *s, char *out, size_t cap)
{
    int n = snprintf(out, cap, "pid=%d\nphase=%s\ndns=%s\nsrc_valid_mark=%d\nhole_until=%" PRIu64 "\nend\n",
                     s->pid, s->phase, s->dns, s->src_valid_mark, s->hole_until);

    return n < (int)cap ? n : IKE_E_NOSPACE;
}

/* ---- what is mounted ---- */

/* "36 32 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw": the fifth word, where the type is cgroup2. */
int ike__apply_cgroup_mount(const char *mountinfo, char *out, size_t cap)
{
    for (const char *line = mountinfo; line && *line; line = strchr(line, '\n')) {
        char where[IKE_APPLY_WORD];
        size_t n;

        line += *line == '\n';
        n = strcspn(line, "\n");
        if (!memmem(line, n, " - cgroup2 ", 11) || sscanf(line, "%*s %*s %*s %*s %511s", where) != 1)
            continue;
        if (strlen(where) >= cap)
            continue;
        strcpy(out, where);
        return 0;
    }
    return IKE_E_UNSUPPORTED;
}

int ike__apply_is_mounted(const char *mountinfo, const char *path)
{
    char where[IKE_APPLY_WORD];
    size_t dir = (size_t)(strrchr(path, '/') - path);

    for (const char *line = mountinfo; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (sscanf(line, "%*s %*s %*s %*s %511s", where) != 1)
            continue;
        if (strcmp(where, path) == 0 || (dir > 0 && strlen(where) == dir && strncmp(where, path, dir) == 0))
            return 1;
    }
    return 0;
}

int ike__apply_value(const char *text, const char *key, char *out, size_t cap)
{
    size_t n = strlen(key), length;

    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, n) != 0 || line[n] != '=')
            continue;
        length = strcspn(line + n + 1, "\n");
        if (length == 0 || length >= cap)
            return 0;
        memcpy(out, line + n + 1, length);
        out[length] = '\0';
        return 1;
    }
    return 0;
}

/* ---- name servers ---- */

static int is_loopback(const ike_addr *a)
{
    static const uint8_t one[16] = {[15] = 1};

    return a->family == 4 ? a->ip[0] == 127 : memcmp(a->ip, one, sizeof(one)) == 0;
}

static void take_server(const char *word, struct ike_apply_names *out)
{
    ike_addr a;

    memset(&a, 0, sizeof(a));
    if (inet_pton(AF_INET, word, a.ip) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, word, a.ip) == 1)
        a.family = 6;
    if (a.family && !is_loopback(&a) && out->dns_n < IKE_APPLY_SERVERS)
        out->dns[out->dns_n++] = a;
}

void ike__apply_names(const char *text, struct ike_apply_names *out)
{
    memset(out, 0, sizeof(*out));
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        char word[IKE_APPLY_DOMAIN];

        line += *line == '\n';
        if (sscanf(line, "nameserver%*[ \t]%255[^ \t\r\n%%]", word) == 1)
            take_server(word, out);
        /* The first of them is what a network names: the others are somebody's convenience. */
        if (!out->domain[0] && sscanf(line, "search%*[ \t]%255[^ \t\r\n]", word) == 1)
            strcpy(out->domain, word);
    }
}
