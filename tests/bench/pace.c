/* tests/bench/pace.c - UDP at an even pace, and how it arrives (B5). SPDX-License-Identifier: Apache-2.0
 *
 *   pace send ADDRESS PORT RATE SIZE SECONDS [AFTER_SECONDS]
 *   pace recv ADDRESS PORT
 *
 * send: RATE datagrams a second, each at its own time; a sender that is late sends what is due and never hurries ahead.
 * With AFTER_SECONDS a thousand a second follow, by which the receiver sees when latency is back. It prints how many it
 * sent. recv: until 0.4 seconds are silent after the first datagram; prints
 *   received SENT RECEIVED p50_us p99_us max_us after_us
 * after_us: from the end of the rate until ten datagrams in a row have arrived within 5 ms each; -1: none did; 0: nothing was
 * sent after.
 * Both ends are one machine, whose monotonic clock tells the latency. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PROBE_RATE 1000u
#define CALM_NS    5000000u
#define CALM_N     10u
#define SAMPLES    4000000u

struct stamp {
    uint64_t number, sent_ns;
    uint64_t is_after;
};

static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void wait_until(uint64_t at)
{
    struct timespec ts = {.tv_sec = (time_t)(at / 1000000000u), .tv_nsec = (long)(at % 1000000000u)};

    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* How many were sent. */
static uint64_t pace(int fd, uint64_t number, uint64_t rate, size_t size, double seconds, int is_after)
{
    static uint8_t payload[65536];
    uint64_t begin = now_ns(), n = (uint64_t)((double)rate * seconds);

    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = begin + i * 1000000000u / rate, now = now_ns();
        struct stamp s = {.number = number + i, .is_after = (uint64_t)is_after};
        if (at > now + 50000u)
            wait_until(at);
        if (now > begin + (uint64_t)(seconds * 1.2e9)) /* too slow by far: the rate is what it is */
            return i;
        s.sent_ns = now_ns();
        memcpy(payload, &s, sizeof(s));
        (void)send(fd, payload, size, 0);
    }
    return n;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

struct recovery {
    uint64_t began, calm_since, back_ns; /* 0: not yet */
    unsigned calm;
};

static void look(struct recovery *r, uint64_t sent_ns, uint64_t late)
{
    if (r->began == 0)
        r->began = sent_ns;
    if (late > CALM_NS)
        r->calm = 0;
    else if (r->calm++ == 0)
        r->calm_since = sent_ns + late;
    if (r->calm == CALM_N && r->back_ns == 0)
        r->back_ns = r->calm_since - r->began;
}

static int take(int fd)
{
    uint32_t *us = malloc(SAMPLES * sizeof(*us)), n = 0;
    struct recovery after = {.began = 0};
    uint64_t highest = 0, received = 0;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    struct stamp s;

    if (!us)
        return 1;
    while (poll(&ready, 1, received ? 400 : 20000) > 0) {
        uint64_t late;
        if (recv(fd, &s, sizeof(s), 0) != (ssize_t)sizeof(s))
            continue;
        late = now_ns() - s.sent_ns;
        if (s.is_after) {
            look(&after, s.sent_ns, late);
            continue;
        }
        received++;
        highest = s.number + 1 > highest ? s.number + 1 : highest;
        if (n < SAMPLES)
            us[n++] = (uint32_t)(late / 1000u);
    }
    qsort(us, n, sizeof(*us), by_value);
    if (n > 0)
        printf("received %llu %llu %u %u %u %lld\n", (unsigned long long)highest,
               (unsigned long long)received, us[n / 2], us[n / 100 * 99], us[n - 1],
               after.began == 0     ? 0LL
               : after.back_ns == 0 ? -1LL
                                    : (long long)after.back_ns / 1000);
    free(us);
    return n == 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 8 << 20;
    uint64_t sent;

    if (argc < 4 || fd < 0 || inet_pton(AF_INET, argv[2], &sa.sin_addr) != 1)
        return 64;
    sa.sin_port = htons((uint16_t)atoi(argv[3]));
    if (strcmp(argv[1], "recv") == 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
        if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
            return 1;
        return take(fd);
    }
    if (argc < 7 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
        return 64;
    sent = pace(fd, 0, (uint64_t)atoll(argv[4]), (size_t)atoi(argv[5]), atof(argv[6]), 0);
    if (argc > 7)
        (void)pace(fd, sent, PROBE_RATE, 64, atof(argv[7]), 1);
    printf("sent %llu\n", (unsigned long long)sent);
    return 0;
}
