/* apply/resolv.c - DNS by a plain resolv.conf, and the way back. SPDX-License-Identifier: Apache-2.0
 *
 * The file of before is kept beside our state, as the same kind of thing it was (a file, a link, nothing). It comes back
 * only over our own: what somebody has written meanwhile is newer and stays.
 *
 * A network namespace of its own has a resolv.conf of its own only if somebody mounted one there (ip-netns(8) does with
 * /etc/netns/NAME/resolv.conf). Else the file is also that of everybody outside, and not ours to change. */
#include "apply/room.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_N 65536u
static const char header[] =
    "# Written by the guard of libike, which keeps the file of before and puts it back.\n";

/* ---- is it ours to change? ---- */

char *ike__apply_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd >= 0 ? malloc(FILE_MAX_N + 1) : NULL;
    size_t n = 0;
    ssize_t got;

    while (text && n < FILE_MAX_N && (got = read(fd, text + n, FILE_MAX_N - n)) > 0)
        n += (size_t)got;
    if (text)
        text[n] = '\0';
    if (fd >= 0)
        close(fd);
    return text;
}

int ike__apply_is_first_namespace(void)
{
    struct stat ours, first;

    return stat("/proc/self/ns/net", &ours) == 0 && stat("/proc/1/ns/net", &first) == 0 &&
           ours.st_ino == first.st_ino;
}

static int is_ours_to_change(void)
{
    char *mounts;
    int is_mounted;

    if (ike__apply_is_first_namespace())
        return 1;
    mounts = ike__apply_read("/proc/self/mountinfo");
    is_mounted = mounts && ike__apply_is_mounted(mounts, IKE_APPLY_RESOLV);
    free(mounts);
    return is_mounted;
}

/* ---- writing ---- */

static int write_text(const char *path, int flags, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644), err = 0;
    size_t n = strlen(text);

    if (fd < 0)
        return IKE_E_LOCAL_IO;
    if (write(fd, text, n) != (ssize_t)n)
        err = IKE_E_LOCAL_IO;
    return close(fd) == 0 ? err : IKE_E_LOCAL_IO;
}

/* In place of what has that name, link or file; where it is mounted, into it. */
static int replace(const char *path, const char *text)
{
    char fresh[IKE_APPLY_PATH_MAX];

    snprintf(fresh, sizeof(fresh), "%s.libike", path);
    (void)unlink(fresh);
    if (write_text(fresh, O_EXCL, text) == 0 && rename(fresh, path) == 0)
        return 0;
    (void)unlink(fresh);
    return write_text(path, O_TRUNC, text);
}

static int keep(const char *path, const char *kept)
{
    char target[IKE_APPLY_PATH_MAX];
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    char *text;
    int err;

    if (n >= 0) {
        target[n] = '\0';
        return symlink(target, kept) == 0 ? 0 : IKE_E_LOCAL_IO;
    }
    text = ike__apply_read(path);
    if (!text)
        return errno == ENOENT ? 0 : IKE_E_LOCAL_IO;
    err = write_text(kept, O_EXCL, text);
    free(text);
    return err;
}

static int is_written_by_us(const char *path)
{
    char *text = ike__apply_read(path);
    int is = text && strncmp(text, header, strlen(header)) == 0;

    free(text);
    return is;
}

/* ---- the two verbs ---- */

static int print(const ike_guard_dns *dns, char *out, size_t cap)
{
    int n = snprintf(out, cap, "%s", header);

    for (uint32_t i = 0; i < dns->servers_n; i++) {
        char text[INET6_ADDRSTRLEN];
        const ike_addr *a = &dns->servers[i];
        if (inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, text, sizeof(text)))
            n += snprintf(out + n, cap - (size_t)n, "nameserver %s\n", text);
    }
    return n;
}

int ike__apply_resolv_set(const char *kept, const ike_guard_dns *dns, char *why, size_t cap)
{
    char text[1024 + sizeof(header)];
    char *now;
    int is_right;

    if (!is_ours_to_change()) {
        snprintf(why, cap,
                 "the resolv.conf of this network namespace is that of other ones too, and is left as it is");
        return IKE_E_UNSUPPORTED;
    }
    (void)print(dns, text, sizeof(text));
    now = ike__apply_read(IKE_APPLY_RESOLV);
    is_right = now && strcmp(now, text) == 0;
    free(now);
    if (is_right)
        return 0;
    if (!is_written_by_us(IKE_APPLY_RESOLV)) {
        (void)unlink(kept); /* of a file that is no longer there */
        if (keep(IKE_APPLY_RESOLV, kept) < 0) {
            snprintf(why, cap, "resolv.conf cannot be kept: %s", strerror(errno));
            return IKE_E_LOCAL_IO;
        }
    }
    if (replace(IKE_APPLY_RESOLV, text) == 0)
        return 0;
    snprintf(why, cap, "resolv.conf cannot be written: %s", strerror(errno));
    return IKE_E_LOCAL_IO;
}

void ike__apply_resolv_undo(const char *kept)
{
    char target[IKE_APPLY_PATH_MAX];
    ssize_t n = readlink(kept, target, sizeof(target) - 1);
    char *text = n < 0 ? ike__apply_read(kept) : NULL;

    if (!is_written_by_us(IKE_APPLY_RESOLV))
        ; /* somebody else's by now */
    else if (text)
        (void)replace(IKE_APPLY_RESOLV, text);
    else if (unlink(IKE_APPLY_RESOLV) == 0 && n >= 0) {
        target[n] = '\0';
        (void)!symlink(target, IKE_APPLY_RESOLV);
    }
    free(text);
    (void)unlink(kept);
}
