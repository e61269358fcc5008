/* examples/ike/secret.c - PINs and passwords: from the profile, the terminal, or a line of standard input. SPDX-License-Identifier: Apache-2.0
 *
 * Never from the arguments or the environment, where others can read them. May run on another thread than the loop's
 * (a token that was pulled out wants its PIN again), so it looks up now and then whether it is still wanted. */
#include "cli.h"
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_C '\003'
#define CTRL_D '\004'

/* A line without its end; backspace works. -1: given up. The end of a file ends a line, too. */
static int read_line(int fd, char *out, size_t cap, const atomic_int *is_over)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    size_t n = 0;
    char c;

    for (;;) {
        if (*is_over)
            return -1;
        if (poll(&p, 1, 200) <= 0)
            continue;
        if (read(fd, &c, 1) != 1 || c == '\n' || c == '\r' || c == CTRL_D)
            return (int)n;
        if (c == CTRL_C)
            return -1;
        if (c == '\b' || c == 0x7f)
            n -= n > 0;
        else if (n < cap)
            out[n++] = c;
        else
            return -1;
    }
}

static int ask_terminal(int fd, const char *what, char *out, size_t cap, const atomic_int *is_over)
{
    struct termios before, quiet;
    int n;

    if (tcgetattr(fd, &before) != 0)
        return -1;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG); /* ^C is ours, so that the echo comes back */
    dprintf(fd, "%s: ", what);
    tcsetattr(fd, TCSAFLUSH, &quiet);
    n = read_line(fd, out, cap, is_over);
    tcsetattr(fd, TCSAFLUSH, &before);
    dprintf(fd, "\n");
    return n;
}

int secret_has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

int secret_read(const char *what, char *out, size_t cap, const atomic_int *is_over)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), n;

    if (fd < 0)
        return read_line(STDIN_FILENO, out, cap, is_over);
    n = ask_terminal(fd, what, out, cap, is_over);
    close(fd);
    return n;
}

int secret_ask(void *user, const char *what, char *out, size_t cap)
{
    struct setup *s = user;
    const char *known = s->profile->keys->password;

    if (known) {
        if (strlen(known) > cap)
            return -1;
        memcpy(out, known, strlen(known));
        return (int)strlen(known);
    }
    return secret_read(what, out, cap, &s->is_over);
}

void secret_tell(void *user, const char *text)
{
    (void)user;
    fprintf(stderr, "ike: warning: the key: %s\n", text);
}
