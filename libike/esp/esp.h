/* esp/esp.h - ESP tunnel mode, one direction (RFC 4303, 3948, 4106, 7634). SPDX-License-Identifier: Apache-2.0
 *
 * The struct behind the public ike_esp; sessions embed two in a child. */
#ifndef IKE_ESP_ESP_H
#define IKE_ESP_ESP_H

#include "crypto/protect.h"
#include "esp/replay.h"
#include <ike/esp.h>

struct ike_esp {
    struct ike_protect protect;
    struct ike_replay replay; /* inbound */
    uint64_t next_seq;        /* outbound */
    uint32_t spi;
    uint8_t esn, inbound, zero[2];
    uint32_t mtu;           /* of inner packets: larger ones are refused, TCP is told; 0: nothing is known */
    ike_ts *local, *remote; /* owned; none on a side: everything of that side */
    uint32_t local_n, remote_n;
    ike_esp_stats stats;
    uint64_t drop_too_big;
    const ike_alloc *alloc;
    const char *backend; /* whose cipher it is */
};

/* As ike_esp_new_*, into memory the caller owns. */
int ike__esp_init(struct ike_esp *e, const ike_esp_config *cfg, const ike_env *env, int inbound);
void ike__esp_wipe(struct ike_esp *e);
/* The seal and open of the public API; ike__esp_takes says whether a packet is inside the selectors. */
int ike__esp_takes(const struct ike_esp *e, ike_span ip);

#endif
