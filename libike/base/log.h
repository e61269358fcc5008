/* base/log.h - one road for log lines. SPDX-License-Identifier: Apache-2.0
 *
 * Text only: no function here takes a key. */
#ifndef IKE_BASE_LOG_H
#define IKE_BASE_LOG_H

#include <ike/ike.h>

void ike__log(const ike_env *env, uint32_t level, uint64_t spi, const char *text);
/* text, then ": ", then detail. */
void ike__log2(const ike_env *env, uint32_t level, uint64_t spi, const char *text, const char *detail);

#endif
