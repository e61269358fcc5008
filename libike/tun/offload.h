/* tun/offload.h - packets that stand for many: cutting them up, putting them together. SPDX-License-Identifier: Apache-2.0
 *
 * A TUN with IFF_VNET_HDR has a struct virtio_net_hdr in front of each packet (linux/virtio_net.h), in the machine's byte
 * order. What comes from it may be a TCP packet of up to 64 KiB whose segments we have to make, with checksums that are
 * not finished; what goes to it may be one, too. All functions here are pure. */
#ifndef IKE_TUN_OFFLOAD_H
#define IKE_TUN_OFFLOAD_H

#include <ike/tun.h>
#include <linux/virtio_net.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4 /* older headers than kernels */
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

/* ---- checksum.c: the Internet checksum (RFC 1071) ---- */
/* Sums of 16-bit words, in memory order; to be added up, and folded at the end. Only the last part may be of odd length. */
uint64_t ike__tun_sum(const uint8_t *p, size_t n);
uint64_t ike__tun_sum_copy(uint8_t *to, const uint8_t *from, size_t n); /* and copies them */
/* Of the pseudo-header of an IP packet (RFC 9293 3.1, RFC 8200 8.1) whose upper part has so many octets. */
uint64_t ike__tun_sum_pseudo(const uint8_t *ip, uint8_t proto, size_t upper_n);
uint16_t ike__tun_fold(uint64_t sum); /* 16 bits, not inverted, to be stored as they are */
void ike__tun_ip4_checksum(uint8_t *ip, size_t header_n);

/* ---- split.c: one packet of the device into those that go through the tunnel ---- */
struct ike_split {
    const uint8_t *p; /* borrowed */
    size_t n, at;     /* at: of the payload that is still to come */
    uint32_t index;   /* of the next segment */
    uint32_t size;    /* of a segment's payload; 0: the packet is not to be cut */
    uint16_t ip_n, header_n;
    uint8_t proto, is_over, has_partial_sum, sum_at; /* sum_at: where in the upper header the checksum is */
};
/* 0; DISCARD: header and packet do not fit together. */
int ike__split_begin(struct ike_split *s, const struct virtio_net_hdr *h, const uint8_t *p, size_t n);
/* The next packet: its octets; 0: that was all; NOSPACE (nothing has changed). */
int ike__split_next(struct ike_split *s, uint8_t *out, size_t cap);

/* ---- merge.c: packets of the tunnel into as few as can be for the device ---- */
#define IKE_MERGE_MAX   128u
#define IKE_MERGE_FLOWS 8u   /* that are put together at the same time */
#define IKE_HEADERS_MAX 100u /* IPv6 and TCP with all its options */
struct
    ike_group { /* segments of one flow, each going on where the one before ends; datagrams of one length */
    uint16_t first, last; /* packets, chained by next */
    uint16_t n;
    uint16_t ip_n, header_n; /* octets of headers */
    uint16_t size;           /* payload of the first and of all others but the last */
    uint32_t next_seq;
    uint32_t length; /* of all together, as one packet */
};
struct ike_groups {
    struct ike_group group[IKE_MERGE_MAX];
    uint16_t next[IKE_MERGE_MAX];
    uint16_t n;                     /* groups, in the order in which they are to be written */
    uint16_t open[IKE_MERGE_FLOWS]; /* those that may still grow, as number + 1; 0: none */
    uint16_t next_open;
};
/* n at most IKE_MERGE_MAX; udp 0: TCP only. A segment whose checksum is wrong stays alone, as do packets of any other kind. */
void ike__merge(struct ike_groups *g, const ike_packet *pkts, size_t n, int udp);
/* Headers of a group of more than one, its payloads to follow. header: IKE_HEADERS_MAX octets. */
void ike__merge_headers(const struct ike_group *group, const ike_packet *pkts, struct virtio_net_hdr *h,
                        uint8_t *header);

#endif
