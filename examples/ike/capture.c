/* examples/ike/capture.c - datagrams as a pcap file, keys as Wireshark's tables. SPDX-License-Identifier: Apache-2.0
 *
 * Link type 101 (raw IP): each datagram gets the IP and UDP header it had. */
#include "cli.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

FILE *capture_open(const char *path)
{
    const uint32_t header[] = {0xa1b2c3d4, 4u << 16 | 2u, 0, 0, 262144, 101};
    FILE *f = fopen(path, "wb");

    if (f) {
        uint32_t own[6];
        uint16_t version[2] = {2, 4};
        memcpy(own, header, sizeof(own));
        memcpy(&own[1], version, sizeof(version));
        fwrite(own, sizeof(own), 1, f);
    }
    return f;
}

static void put16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static size_t headers(uint8_t *h, const ike_addr *from, const ike_addr *to, size_t n)
{
    size_t ip = from->family == 4 ? 20 : 40;

    memset(h, 0, ip + 8);
    if (from->family == 4) {
        uint32_t sum = 0;
        h[0] = 0x45;
        put16(h + 2, 28 + n);
        h[8] = 64;
        h[9] = 17;
        memcpy(h + 12, from->ip, 4);
        memcpy(h + 16, to->ip, 4);
        for (int i = 0; i < 20; i += 2)
            sum += (uint32_t)(h[i] << 8 | h[i + 1]);
        sum = (sum & 0xffff) + (sum >> 16);
        put16(h + 10, ~(sum + (sum >> 16)) & 0xffff);
    } else {
        h[0] = 0x60;
        put16(h + 4, 8 + n);
        h[6] = 17;
        h[7] = 64;
        memcpy(h + 8, from->ip, 16);
        memcpy(h + 24, to->ip, 16);
    }
    put16(h + ip, from->port);
    put16(h + ip + 2, to->port);
    put16(h + ip + 4, 8 + n);
    return ip + 8;
}

void capture_datagram(FILE *f, int dir, const ike_path *path, const uint8_t *p, size_t n)
{
    const ike_addr *from = dir ? &path->remote : &path->local, *to = dir ? &path->local : &path->remote;
    struct timeval tv;
    uint8_t h[48];
    size_t hn = headers(h, from, to, n);
    uint32_t record[4];

    gettimeofday(&tv, NULL);
    record[0] = (uint32_t)tv.tv_sec;
    record[1] = (uint32_t)tv.tv_usec;
    record[2] = record[3] = (uint32_t)(hn + n);
    fwrite(record, sizeof(record), 1, f);
    fwrite(h, hn, 1, f);
    fwrite(p, n, 1, f);
    fflush(f);
}

void keylog_line(const char *dir, const char *file, const char *line)
{
    char path[1024];
    int fd;

    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return;
    if (snprintf(path, sizeof(path), "%s/%s", dir, file) >= (int)sizeof(path))
        return;
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    (void)!write(fd, line, strlen(line));
    (void)!write(fd, "\n", 1);
    close(fd);
}
