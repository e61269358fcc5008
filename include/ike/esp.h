/* ike/esp.h - ESP on its own (RFC 4303): one object a direction. SPDX-License-Identifier: Apache-2.0
 *
 * The same code that a session uses, for hosts that run the data plane on another thread, core or
 * process with the keys of ike_child_export. One object: one thread at a time. */
#ifndef IKE_ESP_H
#define IKE_ESP_H

#include <ike/ike.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ike_esp ike_esp;

typedef struct ike_esp_config {
    size_t size; /* set by IKE_ESP_CONFIG_INIT */
    uint32_t spi;
    uint16_t encr, encr_bits, integ, esn; /* IANA ids; esn 1: 64-bit sequence numbers */
    uint32_t replay_window;               /* inbound; 0: 1024; IKE_OFF: none */
    ike_span key, integ_key;              /* copied into the backend's context */
    const ike_ts *local, *remote;         /* selectors, copied; none on a side: all of that side */
    uint32_t local_n, remote_n;           /* at most 16 each */
    uint64_t first_seq;                   /* outbound: first sequence number; 0: 1 */
} ike_esp_config;
#define IKE_ESP_CONFIG_INIT            \
    {                                  \
        .size = sizeof(ike_esp_config) \
    }

/* Errors: USAGE (a NULL, a set unknown field), UNSUPPORTED (the backend has no such cipher), CONFIG (key length,
 * window, number of selectors), NOMEM, CRYPTO. */
IKE_API int ike_esp_new_out(ike_esp **out, const ike_esp_config *cfg, const ike_env *env);
IKE_API int ike_esp_new_in(ike_esp **out, const ike_esp_config *cfg, const ike_env *env);
/* Wipes the keys. NULL is fine. */
IKE_API void ike_esp_free(ike_esp *e);

/* In place, each packet with its own err: TS (outside the selectors), NOSPACE (no head or tail room),
 * LIMIT (sequence numbers used up), DISCARD (bad ICV, replay, malformed, ECN), CRYPTO. ecn as in ike_seal_n, ike_open_n.
 * Return the number of packets that came through. No allocation, no system call. */
IKE_API int ike_esp_seal(ike_esp *e, ike_packet *pkts, size_t n);
IKE_API int ike_esp_open(ike_esp *e, ike_packet *pkts, size_t n);

typedef struct ike_esp_stats {
    size_t size;                       /* set by IKE_ESP_STATS_INIT */
    uint64_t packets, bytes, next_seq; /* next_seq: outbound: the next one; inbound: highest seen + 1 */
    uint64_t drop_replay, drop_auth, drop_malformed, drop_selector, drop_exhausted;
    uint64_t drop_ecn; /* 0.4: inbound, as in ike_stats */
} ike_esp_stats;
#define IKE_ESP_STATS_INIT            \
    {                                 \
        .size = sizeof(ike_esp_stats) \
    }
/* Fills as much of *st as its size says. Errors: USAGE. */
IKE_API int ike_esp_stats_get(const ike_esp *e, ike_esp_stats *st);

#ifdef __cplusplus
}
#endif
#endif
