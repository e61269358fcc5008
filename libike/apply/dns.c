/* apply/dns.c - who is told which name servers the tunnel brings. SPDX-License-Identifier: Apache-2.0
 *
 * The first of these that is there: systemd-resolved (it alone can ask some domains inside and others outside),
 * resolvconf, the file itself. What was done is noted in the state before it is done; undoing follows the note, whoever
 * wrote it. That no query goes beside the tunnel is the firewall's work: DNS that cannot be set is a warning.
 *
 * Not here: systemd-resolved's bus (resolved.c), the file (resolv.c). */
#include "apply/room.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- resolvconf ---- */

/* Runs it with this text as its input, as both of its kinds understand it; -1: it is not there, or it failed. */
static int run_resolvconf(const char *action, const char *input)
{
    char action_text[4], name[] = "tun.libike", program[] = "resolvconf", m[] = "-m", zero[] = "0",
                         x[] = "-x";
    char *args[] = {program, action_text, name, action[1] == 'a' ? m : NULL, zero, x, NULL};
    posix_spawn_file_actions_t files;
    int status = -1;
    pid_t pid;

    snprintf(action_text, sizeof(action_text), "%s", action);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, input ? input : "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, program, &files, NULL, args, environ) == 0)
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    posix_spawn_file_actions_destroy(&files);
    return status == 0 ? 0 : -1;
}

static int has_resolvconf(void)
{
    return access("/usr/sbin/resolvconf", X_OK) == 0 || access("/sbin/resolvconf", X_OK) == 0 ||
           access("/usr/bin/resolvconf", X_OK) == 0;
}

static int set_resolvconf(const char *kept, const ike_guard_dns *dns)
{
    FILE *f = fopen(kept, "we");
    int err;

    if (!f)
        return IKE_E_LOCAL_IO;
    for (uint32_t i = 0; i < dns->servers_n; i++) {
        char text[INET6_ADDRSTRLEN];
        const ike_addr *a = &dns->servers[i];
        if (inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, text, sizeof(text)))
            fprintf(f, "nameserver %s\n", text);
    }
    err = fclose(f) == 0 && run_resolvconf("-a", kept) == 0 ? 0 : IKE_E_LOCAL_IO;
    (void)unlink(kept);
    return err;
}

/* ---- which one ---- */

static void undo(struct ike_apply_state *s, const char *kept)
{
    if (strncmp(s->dns, "resolved:", 9) == 0)
        ike__apply_resolved_undo((uint32_t)strtoul(s->dns + 9, NULL, 10));
    else if (strcmp(s->dns, "resolvconf") == 0)
        (void)run_resolvconf("-d", NULL);
    else if (strcmp(s->dns, "file") == 0)
        ike__apply_resolv_undo(kept);
    s->dns[0] = '\0';
}

/* Does who reads resolv.conf come to systemd-resolved? Its stub is at 127.0.0.53 or .54. */
static int resolved_is_asked(void)
{
    char *text = ike__apply_read(IKE_APPLY_RESOLV);
    int is = text && strstr(text, "nameserver 127.0.0.5");

    free(text);
    return is && ike__apply_resolved_runs();
}

static void choose(const ike_guard_plan *plan, char *out, size_t cap)
{
    if (plan->tun && resolved_is_asked())
        snprintf(out, cap, "resolved:%u", plan->tun);
    else if (has_resolvconf() && ike__apply_is_first_namespace())
        snprintf(out, cap, "resolvconf");
    else
        snprintf(out, cap, "file");
}

static int set(const ike_guard_plan *plan, const char *note, const char *kept, char *why, size_t cap)
{
    if (note[0] != 'f')
        snprintf(why, cap, "%.*s does not take the tunnel's name servers", (int)strcspn(note, ":"), note);
    if (strncmp(note, "resolved:", 9) == 0)
        return ike__apply_resolved_set(plan->tun, &plan->dns);
    if (plan->dns.mode == IKE_GUARD_DNS_SPLIT) {
        snprintf(why, cap,
                 "name servers for some domains only: that takes systemd-resolved, and it does not run here");
        return IKE_E_UNSUPPORTED;
    }
    return note[0] == 'r' ? set_resolvconf(kept, &plan->dns)
                          : ike__apply_resolv_set(kept, &plan->dns, why, cap);
}

int ike__apply_dns(struct ike_apply_state *s, int fd, const char *kept, const ike_guard_plan *plan, char *why,
                   size_t cap)
{
    int is_wanted = plan->dns.mode == IKE_GUARD_DNS_FULL || plan->dns.mode == IKE_GUARD_DNS_SPLIT, err;
    char note[64] = "";

    why[0] = '\0';
    if (is_wanted)
        choose(plan, note, sizeof(note));
    if (s->dns[0] && strcmp(s->dns, note) != 0)
        undo(s, kept);
    if (!is_wanted)
        return 0;
    snprintf(s->dns, sizeof(s->dns), "%s", note);
    err = ike__apply_state_write(fd, s); /* before it is done */
    if (err == 0)
        err = set(plan, note, kept, why, cap);
    if (err < 0)
        undo(s, kept);
    else
        why[0] = '\0';
    return err;
}
