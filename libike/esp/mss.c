/* esp/mss.c - TCP is told how much fits through the tunnel. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 9293 3.1, 3.7.1: a SYN says how large the segments may be that its sender takes. Lowered on the way to what the
 * tunnel carries, in both directions, neither side ever sends a segment that would have to be cut. The checksum
 * is corrected by the difference alone (checksum.c).
 *
 * Not here: packets that are too large all the same (toobig.c). */
#include "esp/mss.h"
#include "esp/checksum.h"

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2 };
#define TCP_LEN     20u
#define CHECKSUM_AT 16u

/* A value at an odd offset lies across two words: the sum turns with it. */
static uint16_t as_words(uint16_t value, size_t at)
{
    return at % 2 ? (uint16_t)(value >> 8 | value << 8) : value;
}

/* Where the value of the option is, from the TCP header on; 0: there is none, or the options are broken. */
static size_t find_mss(const uint8_t *tcp, size_t end)
{
    for (size_t at = TCP_LEN, len; at < end; at += len) {
        if (tcp[at] == OPTION_END)
            return 0;
        if (tcp[at] == OPTION_NOP) {
            len = 1;
            continue;
        }
        if (end - at < 2 || tcp[at + 1] < 2 || tcp[at + 1] > end - at)
            return 0;
        len = tcp[at + 1];
        if (tcp[at] == OPTION_MSS)
            return len == 4 ? at + 2 : 0;
    }
    return 0;
}

int ike__mss_clamp(uint8_t *ip, size_t n, uint32_t mtu)
{
    int is_ip4 = n > 0 && ip[0] >> 4 == 4;
    uint32_t headers = (is_ip4 ? 20u : 40u) + TCP_LEN, most;
    size_t end, at;
    uint8_t *tcp;
    uint16_t old;

    if (!ike__mss_is_syn(ip, n) || mtu <= headers)
        return 0;
    if (is_ip4 && (ip[0] & 15) < 5)
        return 0;
    if (is_ip4 && (ike__be16(ip + 6) & 0x1fff) != 0) /* the middle of something */
        return 0;
    tcp = ip + (is_ip4 ? (size_t)(ip[0] & 15) * 4 : 40);
    end = (size_t)(tcp[12] >> 4) * 4;
    if (end > n - (size_t)(tcp - ip))
        return 0;
    at = find_mss(tcp, end);
    if (at == 0)
        return 0;
    /* RFC 6691 2: of the headers without options */
    most = mtu - headers < 0xffff ? mtu - headers : 0xffff;
    old = ike__be16(tcp + at);
    if (old <= most)
        return 0;
    ike__put_be16(tcp + at, (uint16_t)most);
    ike__checksum_correct(tcp + CHECKSUM_AT, as_words(old, at), as_words((uint16_t)most, at));
    return 1;
}
