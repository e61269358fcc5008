/* outside/names.c - a name's addresses, asked by c-ares on marked sockets. SPDX-License-Identifier: Apache-2.0
 *
 * The system's own resolver may be another process, whose questions the guard drops with everybody's. So we ask the
 * network's servers ourselves. Answers are not proven: whoever forges one leads us to a gateway that cannot prove itself.
 *
 * Not here: threads (outside.c). */
#define CARES_NO_DEPRECATED /* newer ones would rather have a thread of their own */
#include "outside/room.h"
#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define SLICE_MS 100 /* so often we look whether it was given up */
#define TRY_MS   1500
#define TRIES    2

int ike__outside_mark(int fd, uint32_t mark)
{
#ifdef SO_MARK
    if (mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) != 0)
        return IKE_E_LOCAL_IO;
#else
    (void)fd;
    (void)mark;
#endif
    return 0;
}

static int on_socket(ares_socket_t fd, int type, void *user)
{
    const struct ike_outside_job *j = user;

    (void)type;
    return ike__outside_mark(fd, j->mark) < 0 ? -1 : 0;
}

static void take(struct ike_outside_job *j, const struct ares_addrinfo_node *n)
{
    ike_addr *a = &j->addresses[j->addresses_n];

    memset(a, 0, sizeof(*a));
    if (n->ai_family == AF_INET) {
        a->family = 4;
        memcpy(a->ip, &((const struct sockaddr_in *)(const void *)n->ai_addr)->sin_addr, 4);
    } else if (n->ai_family == AF_INET6) {
        a->family = 6;
        memcpy(a->ip, &((const struct sockaddr_in6 *)(const void *)n->ai_addr)->sin6_addr, 16);
    } else {
        return;
    }
    j->addresses_n++;
}

static void on_answer(void *user, int status, int timeouts, struct ares_addrinfo *found)
{
    struct ike_outside_job *j = user;

    (void)timeouts;
    if (status == ARES_SUCCESS && found) {
        for (const struct ares_addrinfo_node *n = found->nodes; n && j->addresses_n < IKE_OUTSIDE_ADDRESSES;
             n = n->ai_next)
            take(j, n);
        ares_freeaddrinfo(found);
    }
}

/* "10.0.0.1,fd00::1": as c-ares wants it. */
static int set_servers(ares_channel channel, const struct ike_outside_job *j)
{
    char list[IKE_OUTSIDE_ADDRESSES * (INET6_ADDRSTRLEN + 1)] = "";
    size_t n = 0;

    for (uint32_t i = 0; i < j->servers_n; i++) {
        char text[INET6_ADDRSTRLEN];
        if (inet_ntop(j->servers[i].family == 4 ? AF_INET : AF_INET6, j->servers[i].ip, text, sizeof(text)))
            n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? "," : "", text);
    }
    return n == 0 || ares_set_servers_csv(channel, list) == ARES_SUCCESS ? 0 : IKE_E_LOCAL_IO;
}

static uint64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* What c-ares waits for. Not as fd_set: a host may have more descriptors than fit into one. */
static nfds_t sockets(ares_channel channel, struct pollfd *p)
{
    ares_socket_t fd[ARES_GETSOCK_MAXNUM];
    unsigned what = (unsigned)ares_getsock(channel, fd, ARES_GETSOCK_MAXNUM);
    nfds_t n = 0;

    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) { /* its own macros shift into the sign */
        unsigned in = what >> i & 1, out = what >> (i + ARES_GETSOCK_MAXNUM) & 1;

        if (in || out)
            p[n++] = (struct pollfd){.fd = fd[i], .events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0))};
    }
    return n;
}

/* Until it is answered, given up, or late; then c-ares lets go of it, and says so. */
static void wait_for(ares_channel channel, struct ike_outside_job *j)
{
    uint64_t end = now_ms() + j->timeout_ms;

    while (now_ms() < end && !atomic_load(&j->is_given_up)) {
        struct timeval slice = {.tv_usec = SLICE_MS * 1000}, *wait;
        struct pollfd p[ARES_GETSOCK_MAXNUM];
        nfds_t n = sockets(channel, p);

        if (n == 0)
            return;
        wait = ares_timeout(channel, &slice, &slice);
        if (poll(p, n, (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000)) < 0)
            break;
        for (nfds_t i = 0; i < n; i++)
            ares_process_fd(channel, p[i].revents & ~POLLOUT ? p[i].fd : ARES_SOCKET_BAD,
                            p[i].revents & POLLOUT ? p[i].fd : ARES_SOCKET_BAD);
    }
    ares_cancel(channel);
}

int ike__outside_names(struct ike_outside_job *j, const char *name)
{
    struct ares_options options = {.timeout = TRY_MS, .tries = TRIES};
    struct ares_addrinfo_hints hints = {.ai_socktype = SOCK_DGRAM};
    ares_channel channel;

    j->addresses_n = 0;
    if (ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS)
        return IKE_E_LOCAL_IO;
    ares_set_socket_configure_callback(channel, on_socket, j);
    hints.ai_family = j->family == 4 ? AF_INET : j->family == 6 ? AF_INET6 : AF_UNSPEC;
    if (set_servers(channel, j) == 0) {
        ares_getaddrinfo(channel, name, NULL, &hints, on_answer, j);
        wait_for(channel, j);
    }
    ares_destroy(channel);
    return j->addresses_n > 0 ? 0 : IKE_E_TIMEOUT;
}
