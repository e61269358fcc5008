/* examples/ike/leak_packet.h - packets of `ike leak-test`: made, and known again. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_LEAK_PACKET_H
#define IKE_LEAK_PACKET_H

#include <ike/types.h>

/* What a packet on a wire outside the tunnel is. What cannot be read is in the clear. */
enum {
    LEAK_CLEAR,
    LEAK_IKE,  /* also NAT keepalives */
    LEAK_ESP,  /* in UDP or not */
    LEAK_ARP,  /* to: the address asked for */
    LEAK_ND,   /* and MLD; to: the address asked for, if it is a solicitation */
    LEAK_DHCP, /* a client's, both families */
    LEAK_KINDS
};
extern const char *const leak_kind_name[LEAK_KINDS];

struct leak_seen {
    int kind, probe; /* probe: number in the mark, -1: none */
    uint64_t run;    /* of the mark */
    ike_addr from, to;
    uint8_t proto; /* of IP */
};

/* type: of the link layer; p: what is behind its header. Total: whatever the octets are, *out is set.
 * A packet with a mark is in the clear, whatever else it pretends to be. */
void leak_look(struct leak_seen *out, uint16_t type, const uint8_t *p, size_t n);

/* Text that no other packet has, and that fits a label of a domain name. */
#define LEAK_MARK_SIZE 28u /* with the NUL */
void leak_mark(char out[LEAK_MARK_SIZE], uint64_t run, unsigned probe);

/* Each returns the octets written; LEAK_PACKET_MAX is enough for all. from and to are of one family. */
#define LEAK_PACKET_MAX 160u
size_t leak_dns(uint8_t *out, const char *mark, const char *top); /* a query for mark.top */
size_t leak_echo(uint8_t *out, uint8_t family, const char *mark); /* ICMPv6's checksum is the kernel's */
size_t leak_syn(uint8_t *out, const ike_addr *from, const ike_addr *to, const char *mark);
size_t leak_datagram(uint8_t *out, const ike_addr *from, const ike_addr *to,
                     const char *mark); /* IP, UDP, mark */

#endif
