/* base/log.c - one road for log lines. SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/text.h"

void ike__log(const ike_env *env, uint32_t level, uint64_t spi, const char *text)
{
    ike_log rec;

    if (!env || !env->log)
        return;
    memset(&rec, 0, sizeof(rec));
    rec.size = sizeof(rec);
    rec.level = level;
    rec.spi = spi;
    rec.text = text;
    env->log(env->user, &rec);
}

void ike__log2(const ike_env *env, uint32_t level, uint64_t spi, const char *text, const char *detail)
{
    char line[512];
    struct ike_text t;

    if (!env || !env->log)
        return;
    ike__text_init(&t, line, sizeof(line));
    ike__text_put(&t, text);
    ike__text_put(&t, ": ");
    ike__text_put(&t, detail);
    ike__log(env, level, spi, line);
}
