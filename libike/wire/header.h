/* wire/header.h - what kind of datagram this is, and the IKE header (RFC 7296 3.1, RFC 3948 2). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_WIRE_HEADER_H
#define IKE_WIRE_HEADER_H

#include "base/buf.h"
#include "base/cursor.h"
#include "wire/iana.h"

#define IKE_HEADER_LEN 28u
#define IKE_MARKER_LEN 4u

enum ike_kind { IKE_KIND_JUNK = 0, IKE_KIND_KEEPALIVE, IKE_KIND_ESP, IKE_KIND_IKE };

/* marked: the datagram came on a port where IKE carries the non-ESP marker. *body: what follows the
 * marker (IKE), or the whole ESP packet. ESP needs at least 8 octets and a non-zero SPI. */
enum ike_kind ike__datagram_kind(ike_span dgram, int marked, ike_span *body);

struct ike_header {
    uint64_t spi_i, spi_r;
    uint8_t next, version, exchange, flags;
    uint32_t message_id;
    uint32_t length;
};

/* Checks, in this order: 28 octets there, major version 2, Length equal to the octets there (RFC 7296
 * 3.1; longer datagrams are dropped), SPIi not 0. Errors: IKE_E_DISCARD. The minor version and reserved flags are ignored (2.5). */
int ike__header_read(ike_span msg, struct ike_header *h);
/* IKE_SA_INIT and IKE_SESSION_RESUME: message 0, in the clear (RFC 7296 2.2, RFC 5723 4.3.2). */
int ike__header_opens(uint8_t exchange);
void ike__header_write(struct ike_buf *b, const struct ike_header *h); /* length as given in h */

#endif
