/* profile/eap.c - what a profile says about EAP, and what follows from what it does not say. SPDX-License-Identifier: Apache-2.0
 *
 * Methods that show the password to the gateway, or prove nothing but us, are used only where they are named. */
#include "profile/room.h"
#include <string.h>

struct list {
    const char **names;
    uint32_t *n;
};

static int add(struct ike_loader *l, const char *path, struct list to, const char *name)
{
    if (*to.n == IKE_EAP_METHODS_MAX)
        return ike__profile_fail(l, IKE_E_CONFIG, path, "at most 10 methods");
    for (uint32_t i = 0; i < *to.n; i++)
        if (strcmp(to.names[i], name) == 0)
            return ike__profile_fail(l, IKE_E_CONFIG, path, "a method stands there twice");
    to.names[(*to.n)++] = name;
    return 0;
}

/* Static text, or NULL. */
static const char *known(const char *name, int is_inner)
{
    static const char *const names[] = {"mschapv2", "gtc",  "md5", "otp", "tls",
                                        "ttls",     "peap", "sim", "aka", "aka-prime"};

    for (size_t i = 0; i < (is_inner ? 4u : sizeof(names) / sizeof(names[0])); i++)
        if (strcmp(names[i], name) == 0)
            return names[i];
    return NULL;
}

/* In the order of enum ike_eap_plain. */
static int is_plain(const char *name, uint32_t *which)
{
    static const char *const names[] = {"pap", "plain-mschapv2"};

    for (*which = 0; *which < 2; ++*which)
        if (strcmp(names[*which], name) == 0)
            return 1;
    return 0;
}

int ike__profile_eap_method(struct ike_loader *l, const char *path, const char *name, int is_inner)
{
    struct list outer = {l->eap_methods, &l->eap_methods_n}, inner = {l->eap_inner, &l->eap_inner_n};
    const char *method = known(name, is_inner);
    uint32_t plain;

    if (method)
        return add(l, path, is_inner ? inner : outer, method);
    if (is_inner && is_plain(name, &plain)) {
        if (l->wants_plain)
            return ike__profile_fail(l, IKE_E_CONFIG, path, "pap and plain-mschapv2 stand alone");
        l->wants_plain = 1;
        l->pub.eap_plain = plain;
        return 0;
    }
    return ike__profile_fail(l, IKE_E_CONFIG, path,
                             is_inner
                                 ? "expected pap, plain-mschapv2, or mschapv2, gtc, md5, otp"
                                 : "expected mschapv2, tls, ttls, peap, gtc, md5, otp, sim, aka, aka-prime");
}

int ike__profile_eap_has(const struct ike_loader *l, const char *method)
{
    for (uint32_t i = 0; i < l->eap_methods_n; i++)
        if (strcmp(l->eap_methods[i], method) == 0)
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

int ike__profile_has_eap(const struct ike_loader *l)
{
    return l->config.auth_local == IKE_AUTH_EAP || l->config.auth_remote == IKE_AUTH_EAP ||
           l->config.auth_second == IKE_AUTH_EAP;
}

int ike__profile_eap_needs(struct ike_loader *l)
{
    ike_profile *p = &l->pub;

    if (l->config.auth_remote == IKE_AUTH_EAP && l->config.auth_local != IKE_AUTH_EAP)
        return ike__profile_fail(l, IKE_E_CONFIG, "remote.auth", "eap for the gateway needs local.auth eap");
    if (l->config.auth_second && l->config.auth_local == IKE_AUTH_EAP)
        return ike__profile_fail(l, IKE_E_CONFIG, "local.auth", "type ikev2-cert-eap has EAP second");
    if (l->config.auth_local == IKE_AUTH_EAP && l->config.auth_remote == IKE_AUTH_PSK)
        return ike__profile_fail(l, IKE_E_CONFIG, "remote.auth",
                                 "with EAP the gateway needs a certificate, or eap as well");
    default_methods(l);
    if (l->wants_plain && l->eap_inner_n > 0)
        return ike__profile_fail(l, IKE_E_CONFIG, "local.eap_inner", "pap and plain-mschapv2 stand alone");
    if (l->wants_plain && !ike__profile_eap_has(l, "ttls"))
        return ike__profile_fail(l, IKE_E_CONFIG, "local.eap_inner", "pap and plain-mschapv2 are for ttls");
    if (l->wants_plain && ike__profile_eap_has(l, "peap"))
        return ike__profile_fail(l, IKE_E_CONFIG, "local.eap_inner", "peap needs EAP inside");
    if (!l->wants_plain && l->eap_inner_n == 0)
        l->eap_inner[l->eap_inner_n++] = "mschapv2";
    if (!p->eap_id)
        p->eap_id = l->config.local_id;
    if (!p->eap_id)
        return ike__profile_fail(l, IKE_E_CONFIG, "local.eap_id", "missing, expected the user name");
    if (l->config.auth_second)
        l->config.second_id = p->eap_id;
    else if (!l->config.local_id)
        l->config.local_id = p->eap_anonymous ? p->eap_anonymous : p->eap_id;
    if (!p->eap_server && is_name(l->config.remote_id))
        p->eap_server = l->config.remote_id;
    if (!p->eap_server && p->hosts_n == 1 && is_name(p->hosts[0]))
        p->eap_server = p->hosts[0];
    if ((ike__profile_eap_has(l, "tls") || ike__profile_eap_has(l, "ttls") ||
         ike__profile_eap_has(l, "peap")) &&
        !p->eap_server)
        return ike__profile_fail(
            l, IKE_E_CONFIG, "remote.aaa_id",
            "missing, expected the name in the certificate of the authentication server");
    return 0;
}
