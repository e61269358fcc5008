/* outside/api.c - what a captive portal says of itself. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8908 5: a JSON object that says whether we are captive, and where a person has to go. It comes over TLS from a
 * server that DHCP or a router named (RFC 8910): the name is proven, its word is still only a hint.
 *
 * Not here: the request (probe.c). */
#include "outside/room.h"
#include <cJSON.h>
#include <string.h>

int ike__outside_api(const char *text, size_t n, ike_outside_portal *out)
{
    cJSON *root = cJSON_ParseWithLength(text, n);
    const cJSON *captive = cJSON_GetObjectItemCaseSensitive(root, "captive");
    const char *url = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "user-portal-url"));
    int is_understood = cJSON_IsObject(root) && cJSON_IsBool(captive);

    if (is_understood) {
        out->verdict = cJSON_IsTrue(captive) ? IKE_OUTSIDE_PORTAL : IKE_OUTSIDE_OPEN;
        out->url[0] = '\0';
        if (url && ike__outside_is_http(url))
            strcpy(out->url, url);
    }
    cJSON_Delete(root);
    return is_understood;
}
