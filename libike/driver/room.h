/* driver/room.h - what the files of the libuv driver share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_DRIVER_ROOM_H
#define IKE_DRIVER_ROOM_H

#include <ike/uv.h>

#define IKE_UV_ADDRESSES_MAX 16u
#define IKE_UV_ROUTES_MAX    256u

struct ike_uv {
    uv_loop_t *loop;
    ike_uv_config cfg;
    ike_config session_cfg;
    ike_tun_plan plan; /* what cfg.plan leads to, if anything */
    ike_session *s;
    ike_path path;
    int fd; /* the UDP socket, -1: none */

    uv_poll_t sock, tun;
    uv_timer_t timer;
    uv_getaddrinfo_t resolve;
    uint8_t has_sock, has_tun, is_resolving, is_pumping, was_up, is_over, is_closing, zero;
    uint32_t handles; /* still to be closed */
    void (*closed)(void *user);

    uint32_t host; /* the one being tried */
    ike_addr addresses[IKE_UV_ADDRESSES_MAX];
    uint32_t addresses_n, address;

    /* what CP assigned, for the plan */
    ike_prefix ip[8], subnets[16];
    ike_addr dns[8];
    uint32_t ip_n, subnets_n, dns_n;
    ike_prefix routes[IKE_UV_ROUTES_MAX];
    int local_err;
    char text[256];
    uint8_t *batch; /* buffers for packets from the TUN */
};

/* uv.c */
void ike__uv_pump(ike_uv *v);
void ike__uv_over(ike_uv *v, int err, const char *reason); /* an end that the session does not know of */

/* uv_socket.c */
int ike__uv_socket_open(ike_uv *v, const ike_addr *remote); /* fd and path; LOCAL_IO, TIMEOUT (no route) */
void ike__uv_socket_send(ike_uv *v, const ike_path *to, const uint8_t *p, size_t n);
int ike__uv_socket_recv(ike_uv *v, uint8_t *p, size_t cap, ike_path *from); /* octets, 0: nothing there */

/* uv_resolve.c */
int ike__uv_resolve(ike_uv *v);   /* the host that is its turn */
void ike__uv_try_next(ike_uv *v); /* next address, next host, or the end */

/* uv_plan.c */
int ike__uv_configure(ike_uv *v, const ike_child *child); /* puts addresses and routes on the TUN; LOCAL_IO */
void ike__uv_remember(ike_uv *v, const ike_assigned *a);

#endif
