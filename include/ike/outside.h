/* ike/outside.h - the few things that have to be asked beside the tunnel. SPDX-License-Identifier: Apache-2.0
 *
 * Behind a forced guard nothing gets out without the guard's mark: not the question where the gateway is, and not
 * whether a captive portal stands in the way. These two are asked here, on a libuv loop, with sockets that have the
 * mark (Linux: SO_MARK, which takes CAP_NET_ADMIN), and of name servers that the network itself named. */
#ifndef IKE_OUTSIDE_H
#define IKE_OUTSIDE_H

#include <ike/ike.h>
#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ike_outside ike_outside;

#define IKE_OUTSIDE_ADDRESSES 16u

typedef struct ike_outside_config {
    size_t size;         /* set by IKE_OUTSIDE_CONFIG_INIT */
    uint32_t mark;       /* 0: none */
    uint32_t timeout_ms; /* for one question as a whole; 0: 5000 */
    /* Asked for every name, in this order; called on the loop for each question, as networks change. Fills
     * at most cap, returns how many; 0, or NULL: those of the system. */
    uint32_t (*servers)(void *user, ike_addr *out, uint32_t cap);
    void *user;
} ike_outside_config;
#define IKE_OUTSIDE_CONFIG_INIT            \
    {                                      \
        .size = sizeof(ike_outside_config) \
    }

/* Errors: USAGE, NOMEM, LOCAL_IO. */
IKE_API int ike_outside_open(ike_outside **out, uv_loop_t *loop, const ike_outside_config *cfg);
/* Addresses of a name: of the hosts file, else of the name servers; of both families (family 0) or of one. done is called
 * from the loop, once: err 0 and 1..16 addresses without port, or TIMEOUT (nobody answers, or there is no such name).
 * One question of o at a time. Errors: USAGE (one is under way), LOCAL_IO. */
IKE_API int ike_outside_resolve(ike_outside *o, const char *name, uint32_t family,
                                void (*done)(void *user, int err, const ike_addr *list, uint32_t n),
                                void *user);

enum ike_outside_verdict {
    IKE_OUTSIDE_OPEN = 0,   /* the page came as it should: nobody stands in the way */
    IKE_OUTSIDE_PORTAL = 1, /* somebody else answered */
    IKE_OUTSIDE_SILENT = 2  /* nobody did */
};
typedef struct ike_outside_portal {
    uint32_t verdict; /* enum ike_outside_verdict */
    uint32_t status;  /* of HTTP; 0: nobody answered */
    uint32_t addresses_n, zero;
    ike_addr addresses[IKE_OUTSIDE_ADDRESSES]; /* PORTAL: where it is: the helper has to speak with them */
    char url[1024]; /* PORTAL: what a person has to see; "": not known, any page will do */
} ike_outside_portal;
/* Is there a captive portal? url: http, or https, answers with 204 where nobody stands in the way. Any other
 * answer is a portal's; a redirect says where it is, and is not followed. done as above. Errors: USAGE (a question is
 * under way; a url of neither kind), NOMEM, LOCAL_IO. */
IKE_API int ike_outside_probe(ike_outside *o, const char *url,
                              void (*done)(void *user, const ike_outside_portal *p), void *user);
/* The same by the network's own word: url, https, is what DHCP or a router advertisement named (RFC 8910); it answers
 * with JSON (RFC 8908). SILENT if it is not understood. done and errors as above. */
IKE_API int ike_outside_ask(ike_outside *o, const char *url,
                            void (*done)(void *user, const ike_outside_portal *p), void *user);
/* Whatever is under way is given up; done is not called any more. o is freed from the loop, within a second or so. NULL
 * is fine. */
IKE_API void ike_outside_close(ike_outside *o);

#ifdef __cplusplus
}
#endif
#endif
