/* base/span.h - small helpers on borrowed bytes. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: comparing secrets (wipe.h, ike__ct_equal). */
#ifndef IKE_BASE_SPAN_H
#define IKE_BASE_SPAN_H

#include <ike/types.h>
#include <string.h>

static inline ike_span ike__span(const void *p, size_t n)
{
    ike_span s = {(const uint8_t *)p, n};
    return s;
}

static inline ike_span ike__span_text(const char *text)
{
    return ike__span(text, strlen(text));
}

/* Public data only: it returns early. */
static inline int ike__span_equal(ike_span a, ike_span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline uint16_t ike__be16(const uint8_t *p)
{
    return (uint16_t)((uint32_t)p[0] << 8 | p[1]);
}
static inline uint32_t ike__be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint64_t ike__be64(const uint8_t *p)
{
    return (uint64_t)ike__be32(p) << 32 | ike__be32(p + 4);
}
static inline void ike__put_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void ike__put_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}
static inline void ike__put_be64(uint8_t *p, uint64_t v)
{
    p[0] = (uint8_t)(v >> 56); /* which compilers make one store of */
    p[1] = (uint8_t)(v >> 48);
    p[2] = (uint8_t)(v >> 40);
    p[3] = (uint8_t)(v >> 32);
    p[4] = (uint8_t)(v >> 24);
    p[5] = (uint8_t)(v >> 16);
    p[6] = (uint8_t)(v >> 8);
    p[7] = (uint8_t)v;
}

#endif
