/* esp/selector.h - does a packet belong to a child? (RFC 4301 4.4.1.1, 5.2) SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_ESP_SELECTOR_H
#define IKE_ESP_SELECTOR_H

#include "esp/ippeek.h"
#include <ike/ike.h>

/* Outbound: source in local, destination in remote; inbound the other way round. No selectors on a side:
 * everything on that side. A selector with a port range takes no packet without ports unless the range is
 * all ports; OPAQUE (RFC 7296 3.13.1) takes those alone. */
int ike__selector_match(const ike_ts *local, uint32_t local_n, const ike_ts *remote, uint32_t remote_n,
                        const struct ike_flow *f, int outbound);

#endif
