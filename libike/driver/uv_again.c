/* driver/uv_again.c - a connection that stood was lost: again, with growing pauses. SPDX-License-Identifier: Apache-2.0
 *
 * Silence, a Delete of the gateway and the end of a lifetime are losses; a refusal is an answer and ends it. All
 * gateways are tried each time, and names are resolved again: the network may be another one. The TUN stays as it is
 * and swallows what comes, so that nothing leaves beside the tunnel.
 *
 * Not here: changes of path while the session lives (uv_roam.c). */
#include "driver/room.h"
#include <string.h>

#define PAUSE_FIRST_MS 200u
#define PAUSE_LAST_MS  30000u

uint64_t ike__uv_again_pause(uint32_t attempt, uint8_t octet)
{
    uint64_t ms = PAUSE_FIRST_MS;

    while (attempt-- > 0 && ms < PAUSE_LAST_MS)
        ms *= 2;
    if (ms > PAUSE_LAST_MS)
        ms = PAUSE_LAST_MS;
    return ms - ms / 4 * octet / 255;
}

static int is_loss(int err)
{
    return err == IKE_E_TIMEOUT || err == IKE_E_DELETED || err == IKE_E_EXPIRED || err == IKE_E_LOCAL_IO;
}

static void tell(ike_uv *v)
{
    ike_event ev = IKE_EVENT_INIT;

    ev.type = IKE_EV_WARNING;
    ev.u.warning.text = "the connection is lost; connecting again";
    ev.u.warning.advice = "nothing to do: nothing leaves beside the tunnel meanwhile";
    if (v->cfg.on_event)
        v->cfg.on_event(v, &ev, v->cfg.user);
}

int ike__uv_again(ike_uv *v, int err)
{
    ike_time now = ike_uv_now();

    if ((!v->was_up && !v->cfg.patient) || v->is_leaving || v->local_err || v->cfg.reconnect_s == 0 ||
        !is_loss(err))
        return 0;
    if (v->lost_at == 0) {
        v->lost_at = now;
        v->attempts = 0;
        if (v->was_up)
            tell(v);
    }
    if (now - v->lost_at > (ike_time)v->cfg.reconnect_s * 1000000u)
        return 0;
    v->is_again = 1;
    ike__uv_try_next(v); /* lets go of the socket first, and comes to ike__uv_again_wait */
    return 1;
}

static void on_pause_over(uv_timer_t *h)
{
    ike_uv *v = h->data;

    v->is_again = 0;
    v->host = 0;
    if (ike__uv_resolve(v) < 0)
        ike__uv_over(v, IKE_E_LOCAL_IO, "start: the resolver cannot be started");
}

void ike__uv_again_wait(ike_uv *v)
{
    uint8_t octet = 0;

    (void)v->cfg.env->crypto->random(v->cfg.env->crypto->self, &octet, 1);
    uv_update_time(v->loop);
    uv_timer_start(&v->timer, on_pause_over, ike__uv_again_pause(v->attempts++, octet), 0);
}
