/* profile/eap.c - what a profile says about EAP, and what follows from what it does not say. SPDX-License-Identifier: Apache-2.0
 *
 * Methods that show the password to the gateway, or prove nothing but us, are used only where they are named. */
#include "profile/room.h"
#include <string.h>

int ike__profile_eap_method(struct ike_loader *l, const char *path, const char *name)
{
    static const char *const known[] = {"mschapv2", "tls", "gtc", "md5", "otp"};
    static const char *const wanted[] = {"peap", "ttls", "aka", "aka-prime", "sim"};

    for (uint32_t i = 0; i < l->eap_methods_n; i++)
        if (strcmp(l->eap_methods[i], name) == 0)
            return ike__profile_fail(l, IKE_E_CONFIG, path, "a method stands there twice");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i], name) == 0) {
            if (l->eap_methods_n == IKE_EAP_METHODS_MAX)
                return ike__profile_fail(l, IKE_E_CONFIG, path, "at most 8 methods");
            l->eap_methods[l->eap_methods_n++] = known[i];
            return 0;
        }
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (strcmp(wanted[i], name) == 0)
            return ike__profile_fail(l, IKE_E_UNSUPPORTED, path,
                                     "peap, ttls, aka, aka-prime and sim are not available in this version");
    return ike__profile_fail(l, IKE_E_CONFIG, path, "expected mschapv2, tls, gtc, md5, otp");
}

int ike__profile_eap_tls(const struct ike_loader *l)
{
    for (uint32_t i = 0; i < l->eap_methods_n; i++)
        if (strcmp(l->eap_methods[i], "tls") == 0)
            return 1;
    return 0;
}

/* A DNS name, as far as it matters here: letters in it and no address. */
static int is_name(const char *text)
{
    ike_addr a;

    return text && !strchr(text, '=') && !strchr(text, ':') && ike__profile_ip(&a, text) < 0;
}

static void default_methods(struct ike_loader *l)
{
    if (l->eap_methods_n > 0)
        return;
    l->eap_methods[l->eap_methods_n++] =
        l->wants_tls || l->config.auth_remote == IKE_AUTH_EAP ? "tls" : "mschapv2";
}

int ike__profile_eap_needs(struct ike_loader *l)
{
    ike_profile *p = &l->pub;

    if (l->config.auth_local != IKE_AUTH_EAP)
        return ike__profile_fail(l, IKE_E_CONFIG, "remote.auth", "eap for the gateway needs local.auth eap");
    if (l->config.auth_remote == IKE_AUTH_PSK)
        return ike__profile_fail(l, IKE_E_CONFIG, "remote.auth",
                                 "with EAP the gateway needs a certificate, or eap as well");
    default_methods(l);
    if (!p->eap_id)
        p->eap_id = l->config.local_id;
    if (!p->eap_id)
        return ike__profile_fail(l, IKE_E_CONFIG, "local.eap_id", "missing, expected the user name");
    if (!l->config.local_id)
        l->config.local_id = p->eap_anonymous ? p->eap_anonymous : p->eap_id;
    if (!p->eap_server && is_name(l->config.remote_id))
        p->eap_server = l->config.remote_id;
    if (!p->eap_server && p->hosts_n == 1 && is_name(p->hosts[0]))
        p->eap_server = p->hosts[0];
    if (ike__profile_eap_tls(l) && !p->eap_server)
        return ike__profile_fail(
            l, IKE_E_CONFIG, "remote.aaa_id",
            "missing, expected the name in the certificate of the authentication server");
    return 0;
}
