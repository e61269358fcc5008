/* apply/state.c - one file for each network namespace: the lock, and what has to outlive us. SPDX-License-Identifier: Apache-2.0
 *
 * Whoever holds the lock on it is the one client whose guard this is; it goes with the process, however that ends. What
 * it says is what nobody could find out again after a crash: what DNS and settings were before us. It is written before
 * they are changed. The kernel's own objects say the rest.
 *
 * Lines of key=value, "end" at the end: written by one call, so that a file without it was cut and says nothing. */
#include "apply/room.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX 2048u

int ike__apply_state_path(const char *run_dir, const char *suffix, char *out, size_t cap)
{
    struct stat ns;

    if (stat("/proc/self/ns/net", &ns) != 0)
        return IKE_E_LOCAL_IO;
    return snprintf(out, cap, "%s/guard-%ju%s", run_dir, (uintmax_t)ns.st_ino, suffix) < (int)cap
               ? 0
               : IKE_E_LOCAL_IO;
}

static void read_from(int fd, struct ike_apply_state *out)
{
    char text[TEXT_MAX];
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    ike__apply_state_parse(text, out);
}

int ike__apply_state_write(int fd, const struct ike_apply_state *s)
{
    char text[TEXT_MAX];
    int n = ike__apply_state_print(s, text, sizeof(text));

    /* First what counts; a longer text of before ends behind our "end". */
    if (n < 0 || pwrite(fd, text, (size_t)n, 0) != n || ftruncate(fd, n) != 0)
        return IKE_E_LOCAL_IO;
    return 0;
}

/* ---- the lock ---- */

/* Of the open file, not of the process: every client has its own, and asking for it takes nothing. */
static int lock(int fd, int command, short type)
{
    struct flock l = {.l_type = type, .l_whence = SEEK_SET};

    return fcntl(fd, command, &l) != 0 ? -1 : l.l_type != F_UNLCK;
}

/* Locked, and still the file of that name: who removed it may have been quicker. */
static int is_same_file(int fd, const char *path)
{
    struct stat a, b;

    return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

int ike__apply_state_open(const char *run_dir, struct ike_apply_state *found)
{
    char path[IKE_APPLY_PATH_MAX];
    int fd;

    if (ike__apply_state_path(run_dir, "", path, sizeof(path)) < 0 ||
        (mkdir(run_dir, 0700) != 0 && errno != EEXIST))
        return IKE_E_LOCAL_IO;
    for (;;) {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return IKE_E_LOCAL_IO;
        if (lock(fd, F_OFD_SETLK, F_WRLCK) < 0) {
            read_from(fd, found);
            close(fd);
            return IKE_E_DENIED;
        }
        if (is_same_file(fd, path))
            break;
        close(fd);
    }
    read_from(fd, found);
    return fd;
}

int ike__apply_state_look(const char *run_dir, struct ike_apply_state *found)
{
    char path[IKE_APPLY_PATH_MAX];
    int fd, is_held;

    ike__apply_state_parse("", found);
    if (ike__apply_state_path(run_dir, "", path, sizeof(path)) < 0)
        return IKE_E_LOCAL_IO;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return 0;
    read_from(fd, found);
    is_held = lock(fd, F_OFD_GETLK, F_WRLCK) > 0;
    close(fd);
    return is_held;
}

void ike__apply_state_close(int fd, const char *run_dir, int is_over)
{
    char path[IKE_APPLY_PATH_MAX];

    if (is_over && ike__apply_state_path(run_dir, "", path, sizeof(path)) == 0) {
        (void)unlink(path);
        (void)rmdir(run_dir); /* the last one */
    }
    close(fd);
}
