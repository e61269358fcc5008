/* apply/setting.c - the one setting of the kernel that marked routes depend on. SPDX-License-Identifier: Apache-2.0
 *
 * With a strict rp_filter the kernel drops what comes from where it would not answer to (RFC 3704 2.2). Whether it looks
 * at the packet's mark for that, is src_valid_mark; without it, what the gateway sends us would seem to belong into the
 * tunnel. IPv6 has no such filter. */
#include "apply/room.h"
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CONF "/proc/sys/net/ipv4/conf"
#define MARK CONF "/all/src_valid_mark"

static int read_digit(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char c = 0;
    ssize_t n = fd >= 0 ? read(fd, &c, 1) : -1;

    if (fd >= 0)
        close(fd);
    return n == 1 && c >= '0' && c <= '9' ? c - '0' : IKE_E_LOCAL_IO;
}

/* Any device: those that come later are like `default`. */
int ike__apply_setting_is_needed(void)
{
    DIR *d = opendir(CONF);
    int is_strict = 0;

    for (const struct dirent *e; d && !is_strict && (e = readdir(d)) != NULL;) {
        char path[sizeof(CONF) + sizeof(e->d_name) + 16];
        snprintf(path, sizeof(path), "%s/%s/rp_filter", CONF, e->d_name);
        is_strict = e->d_name[0] != '.' && read_digit(path) == 1;
    }
    if (d)
        closedir(d);
    return is_strict;
}

int ike__apply_setting_get(void)
{
    return read_digit(MARK);
}

int ike__apply_setting_put(int value)
{
    int fd = open(MARK, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? write(fd, value ? "1\n" : "0\n", 2) : -1;

    if (fd >= 0)
        close(fd);
    return n == 2 ? 0 : IKE_E_LOCAL_IO;
}
