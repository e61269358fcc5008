/* apply/cgroup.c - a control group, as the firewall names it. SPDX-License-Identifier: Apache-2.0
 *
 * nft looks a group's path up below /sys/fs/cgroup, once, when the rule is made, and keeps its number. So the group has
 * to exist by then: where there is none yet, we make it, and whoever starts the application finds it there.
 *
 * Not here: who is put into it. */
#include "apply/room.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"

static int find_mount(char *out, size_t cap)
{
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char *text = NULL;
    size_t room = 0;
    ssize_t n = f ? getdelim(&text, &room, '\0', f) : -1; /* all of it: it has no zero octet */
    int err = n > 0 ? ike__apply_cgroup_mount(text, out, cap) : IKE_E_UNSUPPORTED;

    free(text);
    if (f)
        fclose(f);
    return err;
}

/* mkdir -p below the mount point. */
static int make(const char *mount, const char *path)
{
    char full[2 * IKE_APPLY_PATH_MAX];
    size_t from = strlen(mount);

    snprintf(full, sizeof(full), "%s%s", mount, path);
    for (char *at = full + from; (at = strchr(at + 1, '/')) != NULL;) {
        *at = '\0';
        if (mkdir(full, 0755) != 0 && errno != EEXIST)
            return IKE_E_LOCAL_IO;
        *at = '/';
    }
    return mkdir(full, 0755) == 0 || errno == EEXIST ? 0 : IKE_E_LOCAL_IO;
}

int ike_guard_linux_join(const char *cgroup)
{
    char mount[IKE_APPLY_PATH_MAX], file[2 * IKE_APPLY_PATH_MAX + 16];
    int fd, err;

    if (!cgroup || cgroup[0] != '/' || find_mount(mount, sizeof(mount)) < 0)
        return IKE_E_UNSUPPORTED;
    if (make(mount, cgroup) < 0)
        return IKE_E_LOCAL_IO;
    snprintf(file, sizeof(file), "%s%s/cgroup.procs", mount, cgroup);
    fd = open(file, O_WRONLY | O_CLOEXEC);
    err = fd >= 0 && write(fd, "0", 1) == 1 ? 0 : IKE_E_LOCAL_IO; /* 0: the one that writes */
    if (fd >= 0)
        close(fd);
    return err;
}

int ike__apply_cgroup(const char *path, struct ike_apply_cgroup *out)
{
    char mount[IKE_APPLY_PATH_MAX];
    const char *below;
    int n;

    if (find_mount(mount, sizeof(mount)) < 0)
        return IKE_E_UNSUPPORTED;
    if (path[0] != '/' || path[1] == '\0' || strpbrk(path, "\"\n\\") || strstr(path, "/../") ||
        strlen(path) + strlen(mount) >= sizeof(out->path))
        return IKE_E_LOCAL_IO;
    if (make(mount, path) < 0)
        return IKE_E_LOCAL_IO;
    /* Mounted elsewhere: nft puts its own root in front of everything. */
    below = strncmp(mount, ROOT, strlen(ROOT)) == 0 ? mount + strlen(ROOT) : NULL;
    n = snprintf(out->path, sizeof(out->path), "%s%s%s", below ? below : "../../..", below ? "" : mount,
                 path);
    if (n < 0 || (size_t)n >= sizeof(out->path))
        return IKE_E_LOCAL_IO;
    if (out->path[0] == '/')
        memmove(out->path, out->path + 1, strlen(out->path));
    out->level = 0;
    for (const char *at = path; *at; at++)
        out->level += at[0] == '/' && at[1] != '/' && at[1] != '\0';
    return 0;
}
