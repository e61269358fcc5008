/* guard/names.c - numbers of a plan as words, for people and for JSON. SPDX-License-Identifier: Apache-2.0 */
#include "guard/room.h"

#define NAME_OF(list, i) ((i) < sizeof(list) / sizeof((list)[0]) ? (list)[i] : "?")

const char *ike_guard_mode_name(uint32_t mode)
{
    static const char *const names[] = {"optional", "forced"};

    return NAME_OF(names, mode);
}

const char *ike_guard_start_name(uint32_t start)
{
    static const char *const names[] = {"manual", "automatic", "triggered"};

    return NAME_OF(names, start);
}

const char *ike_guard_phase_name(uint32_t phase)
{
    static const char *const names[] = {"off", "down", "connecting", "up", "roaming", "lost", "closing"};

    return NAME_OF(names, phase);
}

const char *ike_guard_reason_name(uint32_t why)
{
    static const char *const names[] = {
        "none",      "loopback", "own-sockets", "gateway",   "virtual-address",
        "tunnel",    "dhcp",     "neighbours",  "reply",     "excluded",
        "app",       "lan",      "dns",         "resolving", "portal",
        "forwarded", "guarded",  "family"};

    return NAME_OF(names, why);
}

const char *ike_guard_set_name(uint32_t set)
{
    static const char *const names[] = {"any",     "virtual",  "guarded", "excluded",  "lan",
                                        "gateway", "resolver", "portal",  "portal-dns"};

    return NAME_OF(names, set);
}

const char *ike_guard_action_name(uint32_t action)
{
    static const char *const names[] = {"ignore", "connect", "disconnect", "evaluate"};

    return NAME_OF(names, action);
}
