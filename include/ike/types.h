/* ike/types.h - values that cross the API. SPDX-License-Identifier: Apache-2.0
 *
 * Every struct here is plain data without padding: no pointer to us, no handle, nothing to free. */
#ifndef IKE_TYPES_H
#define IKE_TYPES_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define IKE_API __attribute__((visibility("default")))
#else
#define IKE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Microseconds of a clock that never steps back and keeps counting while the device sleeps
 * (CLOCK_BOOTTIME on Linux). Its zero means nothing; only differences are used. */
typedef uint64_t ike_time;
#define IKE_NEVER UINT64_MAX

/* Borrowed bytes: valid for the call, or as long as the function that returns them says. */
typedef struct ike_span {
    const uint8_t *p;
    size_t n;
} ike_span;

/* An address and a port, both families. An IPv4 address sits in ip[0..3], the rest is zero.
 * family: 0 (unset), 4 or 6. port: host byte order. scope: IPv6 zone index, 0 if none. */
typedef struct ike_addr {
    uint8_t ip[16];
    uint16_t port;
    uint8_t family;
    uint8_t zero;
    uint32_t scope;
} ike_addr;

/* An address with the number of bits that name its network: 10.1.2.3/24. */
typedef struct ike_prefix {
    ike_addr addr;
    uint32_t bits;
    uint32_t zero;
} ike_prefix;

/* Where datagrams go. net is the host's own tag (a network handle, an interface index); the
 * library copies it and never looks at it. */
typedef struct ike_path {
    ike_addr local, remote;
    uint64_t net;
} ike_path;

/* A traffic selector (RFC 7296 3.13.1): addresses first..last, ports first.port..last.port,
 * proto 0 = any. All ports = 0..65535. Both ends have the same family. */
typedef struct ike_ts {
    ike_addr first, last;
    uint8_t proto;
    uint8_t zero[7];
} ike_ts;

/* One IP or ESP packet inside a caller's buffer, changed in place by the batch calls.
 * The packet is buf[off .. off+n); cap is the size of buf.
 * Sealing needs IKE_HEADROOM octets before it and IKE_TAILROOM after it.
 * err is written by the call: 0, or the reason why this packet was dropped (then n is 0).
 * ecn: the ECN field of the outer IP header: 0 not capable, 1 ECT(1), 2 ECT(0), 3 congestion experienced. Sealing
 * writes it, opening reads it (ike_seal_n, ike_open_n). */
#define IKE_HEADROOM 32u
#define IKE_TAILROOM 64u
typedef struct ike_packet {
    uint8_t *buf;
    size_t cap;
    uint32_t off, n;
    int32_t err;
    uint8_t ecn, zero[3];
} ike_packet;

#ifdef __cplusplus
}
#endif
#endif
