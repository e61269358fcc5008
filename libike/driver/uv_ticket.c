/* driver/uv_ticket.c - the newest ticket: in memory, and where the key store can, beyond this process (RFC 5723). SPDX-License-Identifier: Apache-2.0
 *
 * It is lent to each session until one of them says that it is used up or worth nothing; the session itself decides
 * whether it fits. What the key store gets is the time of day of its arrival, 64 bits of seconds, and the ticket, under a
 * name made of the first gateway and our identity.
 *
 * Not here: what is in it (the core), how it is sealed (the key store). */
#include "driver/room.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAVED_MAX 8192u
#define STAMP_LEN 8u

static int can_save(const ike_uv *v)
{
    const ike_keystore *k = v->cfg.keys;

    return k && k->abi >= 2 && k->save && k->load;
}

static void drop(ike_uv *v)
{
    if (v->ticket)
        explicit_bzero(v->ticket, v->ticket_n);
    free(v->ticket);
    v->ticket = NULL;
    v->ticket_n = 0;
}

static void keep(ike_uv *v, ike_span data, uint32_t age_s)
{
    drop(v);
    v->ticket = data.n > 0 ? malloc(data.n) : NULL;
    if (!v->ticket)
        return;
    memcpy(v->ticket, data.p, data.n);
    v->ticket_n = data.n;
    v->ticket_age_s = age_s;
    v->ticket_since = ike_uv_now();
}

/* "ticket-", then in hexadecimal the hash of gateway and identity: fit for a file's name, and says nothing. */
static int name_it(ike_uv *v)
{
    static const char digits[] = "0123456789abcdef";
    const char *id = v->session_cfg.local_id ? v->session_cfg.local_id : "", *host = v->cfg.hosts[0];
    ike_span a = {(const uint8_t *)host, strlen(host) + 1}, b = {(const uint8_t *)id, strlen(id)};
    uint8_t hash[20];
    char *at = v->ticket_name;

    if (v->cfg.env->crypto->sha1(a, b, hash) < 0)
        return IKE_E_CRYPTO;
    at = stpcpy(at, "ticket-");
    for (size_t i = 0; i < sizeof(hash); i++) {
        *at++ = digits[hash[i] >> 4];
        *at++ = digits[hash[i] & 15];
    }
    *at = '\0';
    return 0;
}

/* ---- beyond this process ---- */

static void save(ike_uv *v)
{
    uint8_t block[SAVED_MAX];
    uint64_t now = (uint64_t)time(NULL);
    ike_span none = {NULL, 0};

    if (!can_save(v))
        return;
    if (v->ticket_name[0])
        (void)v->cfg.keys->save(v->cfg.keys->self, v->ticket_name, none);
    v->ticket_name[0] = '\0';
    if (v->is_closing || !v->ticket || v->ticket_n > sizeof(block) - STAMP_LEN || name_it(v) < 0)
        return;
    for (unsigned i = 0; i < STAMP_LEN; i++)
        block[i] = (uint8_t)(now >> (56 - 8 * i));
    memcpy(block + STAMP_LEN, v->ticket, v->ticket_n);
    (void)v->cfg.keys->save(v->cfg.keys->self, v->ticket_name, (ike_span){block, STAMP_LEN + v->ticket_n});
    explicit_bzero(block, sizeof(block));
}

static void load(ike_uv *v)
{
    uint8_t block[SAVED_MAX];
    uint64_t then = 0, now = (uint64_t)time(NULL);
    size_t n = 0;

    if (!can_save(v) || name_it(v) < 0)
        return;
    if (v->cfg.keys->load(v->cfg.keys->self, v->ticket_name, block, sizeof(block), &n) == 0 &&
        n > STAMP_LEN && n <= sizeof(block)) {
        for (unsigned i = 0; i < STAMP_LEN; i++)
            then = then << 8 | block[i];
        /* from the future: the clock was put back, and nobody knows how old it is */
        if (then <= now && now - then < IKE_OFF)
            keep(v, (ike_span){block + STAMP_LEN, n - STAMP_LEN}, (uint32_t)(now - then));
    }
    explicit_bzero(block, sizeof(block));
}

/* ---- for the session ---- */

void ike__uv_ticket_lend(ike_uv *v)
{
    ike_config *c = &v->session_cfg;
    uint64_t age;

    if (!v->has_looked && c->ticket.n > 0)
        keep(v, c->ticket, c->ticket_age_s); /* the host has one */
    else if (!v->has_looked && c->resumption != IKE_OFF)
        load(v);
    v->has_looked = 1;
    age = v->ticket ? v->ticket_age_s + (ike_uv_now() - v->ticket_since) / 1000000u : 0;
    c->ticket = (ike_span){v->ticket, v->ticket_n};
    c->ticket_age_s = age < IKE_OFF ? (uint32_t)age : IKE_OFF;
}

void ike__uv_ticket_take(ike_uv *v, const ike_ticket_event *t)
{
    keep(v, t->data, 0);
    save(v);
}

void ike__uv_ticket_free(ike_uv *v)
{
    drop(v);
}
