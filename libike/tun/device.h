/* tun/device.h - packets of a TUN descriptor, one by one or in bursts. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TUN_DEVICE_H
#define IKE_TUN_DEVICE_H

#include "tun/offload.h"

struct ike_device {
    int fd;
    uint8_t has_headers;    /* IFF_VNET_HDR: a struct virtio_net_hdr is in front of each packet */
    uint8_t is_held;        /* a packet is being cut */
    uint8_t no_tcp, no_udp; /* the kernel would not take what we put together */
    struct ike_split split;
    uint8_t whole[65536 + 64]; /* what is being cut, behind its struct virtio_net_hdr */
    struct ike_groups groups;
};

/* As the functions of struct ike_tun say. */
int ike__device_read(struct ike_device *d, uint8_t *out, size_t cap);
int ike__device_write(struct ike_device *d, const uint8_t *ip, size_t n);
int ike__device_read_n(struct ike_device *d, uint8_t *buf, size_t cap, ike_packet *pkts, size_t n, int *rest);
int ike__device_write_n(struct ike_device *d, const ike_packet *pkts, size_t n);

#endif
