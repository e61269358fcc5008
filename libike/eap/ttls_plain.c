/* eap/ttls_plain.c - a password inside of EAP-TTLS without EAP: PAP and MS-CHAP-V2 (RFC 5281 11.2.4, 11.2.5). SPDX-License-Identifier: Apache-2.0
 *
 *   --> TLS { User-Name, User-Password }
 *   or
 *   --> TLS { User-Name, MS-CHAP-Challenge, MS-CHAP2-Response }   <-- TLS { MS-CHAP2-Success }   --> nothing
 *
 * The challenge comes from the keys of the tunnel, so that nobody can carry the response into another one. */
#include "eap/ttls.h"
#include <string.h>

#define PASSWORD_MAX 1024u
#define RESPONSE_LEN 50u

static ike_span user_of(ike_eap_client *c)
{
    const char *name = ike_eap_client_config(c)->identity;

    return (ike_span){(const uint8_t *)name, strlen(name)};
}

/* RFC 5281 11.2.5: the password with zeros behind it, so that its length is not seen. */
int ike__ttls_pap(ike_eap_client *c, uint8_t *text, size_t *n)
{
    uint8_t padded[PASSWORD_MAX + 16] = {0};
    ike_span password;
    int err = ike_eap_password(c, &password);

    if (err == 0 && password.n > PASSWORD_MAX)
        err = IKE_E_CONFIG;
    if (err < 0)
        return err;
    memcpy(padded, password.p, password.n);
    *n = ike__ttls_put(text, 0, 0, AVP_USER_NAME, user_of(c));
    *n = ike__ttls_put(text, *n, 0, AVP_USER_PASSWORD, (ike_span){padded, (password.n + 16) / 16 * 16});
    ike__eap_wipe(padded, sizeof(padded));
    return 0;
}

int ike__ttls_chap(struct ttls_chap *m, ike_eap_client *c, const uint8_t challenge[17], uint8_t *text,
                   size_t *n)
{
    uint8_t response[RESPONSE_LEN] = {challenge[16]}, *peer = response + 2, *nt = response + 26, hash[8];
    struct ms_secret secret;
    ike_span password;
    int err = ike_eap_password(c, &password);

    if (err < 0)
        return err;
    err = ike__ms_secret(password, &secret);
    if (err == 0)
        err = ike_eap_random(c, peer, 16);
    if (err == 0)
        err = ike__ms_challenge_hash(peer, challenge, user_of(c), hash);
    if (err == 0)
        err = ike__ms_nt_response(&secret, hash, nt);
    if (err == 0)
        err = ike__ms_authenticator(&secret, nt, hash, m->expected);
    ike__eap_wipe(&secret, sizeof(secret));
    m->id = challenge[16];
    m->has_answered = err == 0;
    *n = ike__ttls_put(text, 0, 0, AVP_USER_NAME, user_of(c));
    *n = ike__ttls_put(text, *n, AVP_MICROSOFT, AVP_CHAP_CHALLENGE, (ike_span){challenge, 16});
    *n = ike__ttls_put(text, *n, AVP_MICROSOFT, AVP_CHAP2_RESPONSE, (ike_span){response, RESPONSE_LEN});
    return err;
}

int ike__ttls_chap_check(const struct ttls_chap *m, ike_eap_client *c, ike_span text)
{
    struct eap_cursor in = {text.p, text.n, 0};
    struct ttls_avp avp;
    int is_proven = 0, got, err;

    while ((got = ike__ttls_next(&in, &avp)) == 1) {
        if (avp.vendor == AVP_MICROSOFT && avp.code == AVP_CHAP_ERROR) {
            ike_eap_say_trouble(c, "MSCHAPv2: wrong user name or password");
            return IKE_E_PEER_DENIED;
        }
        if (avp.vendor == AVP_MICROSOFT && avp.code == AVP_CHAP2_SUCCESS) {
            if (avp.data.n < 1 || avp.data.p[0] != m->id)
                return IKE_E_SYNTAX;
            err = ike__ms_check_proof((ike_span){avp.data.p + 1, avp.data.n - 1}, m->expected);
            if (err == IKE_E_AUTH)
                ike_eap_say_trouble(c, "MSCHAPv2: the server does not know the password");
            if (err < 0)
                return err;
            is_proven = 1;
        } else if (avp.is_mandatory) {
            return IKE_E_SYNTAX; /* RFC 5281 10.1: "… MUST fail the negotiation …" */
        }
    }
    return got < 0 || !is_proven ? IKE_E_SYNTAX : 0;
}
