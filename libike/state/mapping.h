/* state/mapping.h - how long does the NAT on our side remember us? SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3948 4 sends a keepalive every 20 s because nobody knows. With a peer that answers NAT detection in any exchange
 * (RFC 4555 3.8) we can know: its hash of the address it sees us at changes when the mapping has died. So silence
 * is stretched step by step, and each stretch ends with a question instead of a keepalive. Pure. */
#ifndef IKE_STATE_MAPPING_H
#define IKE_STATE_MAPPING_H

#include "base/span.h"
#include <ike/ike.h>

struct ike_mapping {
    ike_time lived; /* silence that the mapping outlived */
    ike_time died;  /* silence after which it was gone; 0: never seen */
    uint8_t hash[20];
    uint8_t is_known, zero[3]; /* hash is set */
};

/* A new path: nothing is known but the configured interval. */
void ike__mapping_reset(struct ike_mapping *m, uint32_t keepalive_s);
/* How long to stay silent now. */
ike_time ike__mapping_silence(const struct ike_mapping *m);
/* Does that stretch what is known, so that it has to end with a question? */
int ike__mapping_is_probe(const struct ike_mapping *m);
/* The peer's NAT_DETECTION_DESTINATION_IP, after so much silence. 1: the mapping has changed. */
int ike__mapping_seen(struct ike_mapping *m, ike_span hash, ike_time silence, uint32_t keepalive_s);

#endif
