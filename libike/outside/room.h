/* outside/room.h - what the files of this room share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_OUTSIDE_ROOM_H
#define IKE_OUTSIDE_ROOM_H

#include <ike/outside.h>
#include <stdatomic.h>

#define IKE_OUTSIDE_BODY 65536u /* octets of a page that are looked at */

/* A question on its thread: everything that it needs, and nothing of anybody else's. */
struct ike_outside_job {
    char name[256], url[1024]; /* "": not this kind */
    uint32_t family, mark, timeout_ms;
    uint32_t is_api; /* url is a portal's own word (RFC 8908) */
    ike_addr servers[IKE_OUTSIDE_ADDRESSES];
    uint32_t servers_n;
    atomic_int is_given_up;

    /* the answer */
    int err;
    ike_addr addresses[IKE_OUTSIDE_ADDRESSES];
    uint32_t addresses_n, zero;
    ike_outside_portal portal;
};

int ike__outside_mark(int fd, uint32_t mark); /* 0, or LOCAL_IO */

/* names.c: addresses_n of a name; blocks. Errors: TIMEOUT, LOCAL_IO. */
int ike__outside_names(struct ike_outside_job *j, const char *name);
/* probe.c: portal; blocks */
void ike__outside_probe(struct ike_outside_job *j);
/* api.c; pure: what it says, if it is understood: 1 */
int ike__outside_api(const char *text, size_t n, ike_outside_portal *out);
/* Pure: is this a URL that we ask? */
int ike__outside_is_http(const char *url);

#endif
