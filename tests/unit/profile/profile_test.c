/* tests/unit/profile/profile_test.c - profiles: what they mean, and how they are refused. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include <ike/profile.h>
#include <stdlib.h>

#define PSK                                                                                        \
    "{\"name\":\"n\",\"type\":\"ikev2-psk\",\"remote\":{\"addr\":\"gw.test\"},\"local\":{\"psk\":" \
    "\"a secret of twenty octets\"}}"

static int parse(const char *json, const char *set, ike_profile **p, char *why, size_t cap)
{
    char *text = NULL;
    int err = ike_profile_parse(p, json, strlen(json), NULL, &set, set ? 1 : 0, &text);

    assert_non_null(text);
    assert_int_equal(text[0] == '\0', err == 0);
    snprintf(why, cap, "%s", text);
    ike_profile_why_free(text);
    return err;
}

static void a_small_profile_has_its_defaults(void **state)
{
    ike_profile *p;
    char why[300];

    (void)state;
    assert_int_equal(parse(PSK, NULL, &p, why, sizeof(why)), 0);
    assert_string_equal(p->hosts[0], "gw.test");
    assert_int_equal(p->config->auth_local, IKE_AUTH_PSK);
    assert_int_equal(p->config->auth_remote, IKE_AUTH_PSK);
    assert_int_equal(p->keys->psk.n, 25);
    assert_int_equal(p->config->want, IKE_WANT_IP4 | IKE_WANT_IP6 | IKE_WANT_DNS | IKE_WANT_SUBNETS);
    assert_int_equal(p->port, 0);
    assert_int_equal(p->warnings_n, 0);
    ike_profile_free(p);
}

/* and RFC 7296 2.15, row 126: a shared key in hex is these octets, a NUL among them too */
static void values_go_where_they_belong(void **state)
{
    static const char json[] =
        "{\"name\":\"n\",\"local\":{\"auth\":\"psk\",\"psk\":\"hex:00ff10\",\"id\":\"me\"},\"type\":\"ikev2-"
        "cert\","
        "\"remote\":{\"addr\":[\"a\",\"b\"],\"port\":4711,\"id\":\"gw\",\"ca\":[\"AAEC\"]},"
        "\"ike-proposal\":[\"aes128gcm16-prfsha256-ecp256\",\"aes256-sha256-modp2048\"],\"mtu\":1300,\"dpd\":"
        "0,"
        "\"split-tunneling\":{\"subnets\":\"10.0.0.0/8 "
        "192.168.0.1-192.168.0.6\",\"excluded\":[\"10.1.0.0/16\"],"
        "\"block-ipv6\":true},\"traffic-selectors\":{\"remote\":[\"10.0.0.0/8[tcp/80-90]\",\"fd00::/8\"]},"
        "\"virtual-ip\":{\"ipv6\":false},\"retransmit\":{\"first-ms\":100,\"factor\":1.5,\"tries\":3},"
        "\"fragmentation\":false,\"dns-servers\":\"1.1.1.1 ::1\",\"nat-keepalive\":45}";
    ike_profile *p;
    char why[300];

    (void)state;
    assert_int_equal(parse(json, NULL, &p, why, sizeof(why)), 0);
    assert_int_equal(p->hosts_n, 2);
    assert_int_equal(p->port, 4711);
    assert_int_equal(p->config->auth_local, IKE_AUTH_PSK);
    assert_int_equal(p->config->auth_remote, IKE_AUTH_CERT);
    assert_int_equal(p->keys->psk.n, 3);
    assert_int_equal(p->keys->psk.p[1], 0xff);
    assert_int_equal(p->anchors_n, 1);
    assert_int_equal(p->anchors[0].n, 3);
    assert_string_equal(p->config->ike_suites, "aes128gcm16-prfsha256-ecp256,aes256-sha256-modp2048");
    assert_int_equal(p->config->dpd_s, IKE_OFF);
    assert_int_equal(p->config->fragment_size, IKE_OFF);
    assert_int_equal(p->config->retry_factor_percent, 150);
    assert_int_equal(p->config->want & IKE_WANT_IP6, 0);
    assert_int_equal(p->plan->routes_n, 1 + 4); /* .1/32 .2/31 .4/31 .6/32 */
    assert_int_equal(p->plan->routes[2].bits, 31);
    assert_int_equal(p->plan->excluded_n, 1);
    assert_int_equal(p->plan->block_ip6, 1);
    assert_int_equal(p->plan->dns_n, 2);
    assert_int_equal(p->config->ts_remote_n, 2);
    assert_int_equal(p->config->ts_remote[0].proto, 6);
    assert_int_equal(p->config->ts_remote[0].first.port, 80);
    assert_int_equal(p->config->ts_remote[0].last.port, 90);
    assert_int_equal(p->config->ts_remote[1].first.family, 6);
    assert_int_equal(p->config->natt_keepalive_s, 45);
    ike_profile_free(p);
}

#define EAP(type, more)                                                                   \
    "{\"name\":\"n\",\"type\":\"" type "\",\"remote\":{\"addr\":\"gw.test\"},\"local\":{" \
    "\"eap_id\":\"alice\",\"shared_secret\":\"hex:is a password\"" more "}}"

/* the gateway proves itself by a certificate; only methods that are named show a password or prove nothing back */
static void eap_profiles(void **state)
{
    static const struct {
        const char *json, *set, *method, *why;
        uint32_t remote;
    } cases[] = {
        {EAP("ikev2-eap", ""), NULL, "mschapv2", "", IKE_AUTH_CERT},
        {EAP("ikev2-eap", ",\"eap_methods\":[\"gtc\",\"md5\"]"), NULL, "gtc", "", IKE_AUTH_CERT},
        {EAP("ikev2-eap", ",\"cert\":\"AAEC\",\"key\":\"AAEC\""), "remote.auth=eap", "tls", "", IKE_AUTH_EAP},
        {EAP("ikev2-eap-tls", ",\"cert\":\"AAEC\",\"key\":\"AAEC\""), NULL, "tls", "", IKE_AUTH_CERT},
        {EAP("ikev2-eap", ",\"eap_methods\":[\"ttls\"],\"eap_inner\":\"pap\""), NULL, "ttls", "",
         IKE_AUTH_CERT},
        {EAP("ikev2-eap", ",\"eap_methods\":[\"ttls\"],\"eap_inner\":\"plain-mschapv2\""), NULL, "ttls", "",
         IKE_AUTH_CERT},
        {EAP("ikev2-eap", ",\"eap_methods\":\"peap\",\"eap_inner\":\"gtc\""), NULL, "peap", "",
         IKE_AUTH_CERT},
        {EAP("ikev2-eap", ",\"eap_methods\":\"aka-prime aka sim\""), NULL, "aka-prime", "", IKE_AUTH_CERT},
        {EAP("ikev2-eap", ",\"eap_inner\":\"pap md5\""), NULL, NULL, "local.eap_inner: pap", 0},
        {EAP("ikev2-eap", ",\"eap_inner\":\"pap plain-mschapv2\""), NULL, NULL, "local.eap_inner: pap", 0},
        {EAP("ikev2-eap", ",\"eap_inner\":\"plain-mschapv2\""), NULL, NULL, "local.eap_inner: pap", 0},
        {EAP("ikev2-eap", ",\"eap_methods\":\"peap\",\"eap_inner\":\"pap\""), NULL, NULL,
         "local.eap_inner: pap", 0},
        {EAP("ikev2-byod-eap", ""), NULL, "mschapv2", "", IKE_AUTH_CERT},
        {EAP("ikev2-eap-tls", ""), NULL, NULL, "local.cert: missing", 0},
        {EAP("ikev2-eap", ""), "remote.auth=psk", NULL, "remote.auth: ", 0},
        {EAP("ikev2-eap-tls", ",\"cert\":\"AAEC\",\"key\":\"AAEC\""), "remote.addr=192.0.2.1", NULL,
         "remote.aaa_id: missing", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike_profile *p;
        char why[300];
        int err = parse(cases[i].json, cases[i].set, &p, why, sizeof(why));

        if (strncmp(why, cases[i].why, strlen(cases[i].why)) != 0 || (err == 0) != !cases[i].why[0])
            fail_msg("%s: %s", cases[i].json, why);
        if (err < 0)
            continue;
        assert_int_equal(p->config->auth_local, IKE_AUTH_EAP);
        assert_int_equal(p->config->auth_remote, cases[i].remote);
        assert_string_equal(p->config->local_id, "alice");
        assert_string_equal(p->eap_id, "alice");
        assert_string_equal(p->eap_server, "gw.test");
        assert_int_equal(p->eap_password.n, 17); /* a password has no prefixes */
        assert_string_equal(p->eap_methods[0], cases[i].method);
        ike_profile_free(p);
    }
}

static void wrong_values_name_the_key(void **state)
{
    static const struct {
        const char *set, *says;
        int err;
    } cases[] = {
        {"remote.port=0", "remote.port: found 0 (a number), expected an integer 1..65535", IKE_E_CONFIG},
        {"remote.port=\"abc\"", "remote.port: found \"abc\" (a string), expected an integer 1..65535",
         IKE_E_CONFIG},
        {"mtu=1279", "mtu: ", IKE_E_CONFIG},
        {"mtu=1400.5", "mtu: ", IKE_E_CONFIG},
        {"type=ikev1", "type: ", IKE_E_CONFIG},
        {"type=ikev2-eap", "local.eap_id: missing", IKE_E_CONFIG},
        {"type=ikev2-cert-eap", "local.eap_id: missing", IKE_E_CONFIG},
        {"type=ikev2-byod-eap", "local.eap_id: missing", IKE_E_CONFIG},
        {"local.auth=eap", "remote.auth: with EAP", IKE_E_CONFIG},
        {"remote.auth=eap", "remote.auth: eap for the gateway", IKE_E_CONFIG},
        {"local.eap_methods=[\"leap\"]", "local.eap_methods: expected", IKE_E_CONFIG},
        {"local.eap_methods=[\"md5\",\"md5\"]", "local.eap_methods: a method", IKE_E_CONFIG},
        {"local.eap_inner=tls", "local.eap_inner: expected pap", IKE_E_CONFIG},
        {"local.shared_secret=7", "local.shared_secret: found 7", IKE_E_CONFIG},
        {"remote.revocation.strict=1", "remote.revocation.strict: ", IKE_E_CONFIG},
        {"remote.pin=[\"sha256:12\"]", "remote.pin: ", IKE_E_CONFIG},
        {"remote.pin=[\"sha1:0000000000000000000000000000000000000000000000000000000000000000\"]",
         "remote.pin: ", IKE_E_CONFIG},
        {"apps=[\"uid:x\"]", "apps: expected uid:1000", IKE_E_CONFIG},
        {"mode=always", "mode: found \"always\" (a string), expected optional or forced", IKE_E_CONFIG},
        {"crypto-policy=cnsa2", "crypto-policy: ", IKE_E_CONFIG},
        {"crypto-policy=nothing", "crypto-policy: ", IKE_E_CONFIG},
        {"local.key_uri=x", "local.key_uri: found a string, expected pkcs11:", IKE_E_CONFIG},
        {"local.key_uri=7", "local.key_uri: found 7", IKE_E_CONFIG},
        {"ppk.id=x", "ppk.secret: missing", IKE_E_CONFIG},
        {"ppk.required=true", "ppk.id: missing", IKE_E_CONFIG},
        {"ppk.secret=x", "ppk.id: missing", IKE_E_CONFIG},
        {"ppk={\"id\":\"x\",\"secret\":\"hex:0\"}", "ppk.secret: ", IKE_E_CONFIG},
        {"ppk={\"id\":\"x\",\"secret\":\"y\",\"required\":1}", "ppk.required: ", IKE_E_CONFIG},
        {"dpd=-1", "dpd: found -1 (a number), expected 0 (off) or an integer 1..86400", IKE_E_CONFIG},
        {"rekey.ike=4", "rekey.ike: found 4 (a number), expected 0 (off) or an integer 5..31536000",
         IKE_E_CONFIG},
        {"rekey.child=4", "rekey.child: found 4", IKE_E_CONFIG},
        {"mobike=1", "mobike: found 1", IKE_E_CONFIG},
        {"resumption=1", "resumption: found 1", IKE_E_CONFIG},
        {"reauth=4", "reauth: found 4 (a number), expected 0 (off) or an integer 5..31536000", IKE_E_CONFIG},
        {"reconnect=-1", "reconnect: found -1", IKE_E_CONFIG},
        {"rekey.child=1e9", "rekey.child: found 1e+09", IKE_E_CONFIG},
        {"rekey.child=true", "rekey.child: found true", IKE_E_CONFIG},
        {"rekey.child-bytes=-1", "rekey.child-bytes: found -1", IKE_E_CONFIG},
        {"rekey.child-bytes=1e16", "rekey.child-bytes: found 1e+16", IKE_E_CONFIG},
        {"rekey.child-packets=0.5", "rekey.child-packets: found 0.5", IKE_E_CONFIG},
        {"rekey.child-packets=\"7\"", "rekey.child-packets: found \"7\"", IKE_E_CONFIG},
        {"rekey=3600", "rekey: found 3600 (a number), expected an object", IKE_E_CONFIG},
        {"split-tunneling=7", "split-tunneling: found 7", IKE_E_CONFIG},
        {"split-tunneling.subnets=10.0.0.0/33", "split-tunneling.subnets: ", IKE_E_CONFIG},
        {"traffic-selectors.local=[\"10.0.0.9-10.0.0.1\"]", "traffic-selectors.local: ", IKE_E_CONFIG},
        {"dns-servers=x", "dns-servers: ", IKE_E_CONFIG},
        {"local.cert=!!!", "local.cert: ", IKE_E_CONFIG},
        {"local.cert=file:/nonexistent", "local.cert: ", IKE_E_LOCAL_IO},
        {"local.psk=hex:0", "local.psk: ", IKE_E_CONFIG},
        {"local.psk=null", "local.psk: missing", IKE_E_CONFIG},
        {"remote.addr=null", "remote.addr: missing", IKE_E_CONFIG},
        {"remote.auth=cert", "", 0},
        {"local.auth=cert", "local.cert: missing", IKE_E_CONFIG},
        {"nonsense", "nonsense: expected KEY=VALUE", IKE_E_CONFIG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike_profile *p;
        char why[300];
        int err = parse(PSK, cases[i].set, &p, why, sizeof(why));
        if (err != cases[i].err || strncmp(why, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("%s: %s, \"%s\"", cases[i].set, ike_errname(err), why);
        ike_profile_free(p);
    }
}

static void unknown_and_optional_keys_warn(void **state)
{
    static const char *const sets[] = {"remote.foo=1", "foo=1"};

    (void)state;
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        ike_profile *p;
        char why[300];
        assert_int_equal(parse(PSK, sets[i], &p, why, sizeof(why)), 0);
        assert_int_equal(p->warnings_n, 1);
        assert_memory_equal(p->warnings[0], sets[i], strcspn(sets[i], "="));
        ike_profile_free(p);
    }
}

/* What is not said is the core's default, 0 is off, and an override wins. */
static void lifetimes_of_keys(void **state)
{
    static const char json[] =
        "{\"name\":\"n\",\"type\":\"ikev2-psk\",\"remote\":{\"addr\":\"gw.test\"},\"local\":{\"psk\":"
        "\"a secret of twenty octets\"},"
        "\"rekey\":{\"ike\":7200,\"child\":0,\"child-bytes\":6000000000,\"child-packets\":9007199254740992}}";
    ike_profile *p;
    char why[300];

    (void)state;
    assert_int_equal(parse(PSK, NULL, &p, why, sizeof(why)), 0);
    assert_int_equal(p->config->rekey_ike_s, 0);
    assert_int_equal(p->config->rekey_child_s, 0);
    ike_profile_free(p);
    assert_int_equal(parse(json, NULL, &p, why, sizeof(why)), 0);
    assert_int_equal(p->warnings_n, 0);
    assert_int_equal(p->config->rekey_ike_s, 7200);
    assert_int_equal(p->config->rekey_child_s, IKE_OFF);
    assert_true(p->config->rekey_child_bytes == UINT64_C(6000000000));
    assert_true(p->config->rekey_child_packets == UINT64_C(9007199254740992));
    ike_profile_free(p);
    assert_int_equal(parse(json, "rekey.child=30", &p, why, sizeof(why)), 0);
    assert_int_equal(p->config->rekey_child_s, 30);
    assert_int_equal(p->config->rekey_ike_s, 7200);
    ike_profile_free(p);
    assert_int_equal(parse(PSK, "rekey.child-packets=1000", &p, why, sizeof(why)), 0);
    assert_true(p->config->rekey_child_packets == 1000);
    ike_profile_free(p);
}

static void overrides_are_whole_values(void **state)
{
    ike_profile *p;
    char why[300];

    (void)state;
    assert_int_equal(parse(PSK, "remote.addr=10.77.2.1", &p, why, sizeof(why)), 0);
    assert_string_equal(p->hosts[0], "10.77.2.1");
    ike_profile_free(p);
}

static void what_is_no_profile(void **state)
{
    static const char *const texts[] = {
        "", "[]", "{", "7", "{} {}", "<?xml version=\"1.0\"?>", "{\"a\":1,\"a\":2}"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ike_profile *p;
        char why[300];
        assert_true(parse(texts[i], NULL, &p, why, sizeof(why)) < 0);
        assert_null(p);
        assert_true(why[0]);
    }
}

/* what is printed is a profile again; what is none comes back as a reason */
static void profiles_are_printed(void **state)
{
    char *why = NULL, *text = ike_profile_print(PSK, strlen(PSK), &why), why2[300];
    ike_profile *p;

    (void)state;
    assert_non_null(text);
    assert_string_equal(why, "");
    assert_int_equal(parse(text, NULL, &p, why2, sizeof(why2)), 0);
    ike_profile_free(p);
    ike_profile_why_free(why);
    ike_profile_why_free(text);
    why = NULL;
    assert_null(ike_profile_print("{\"type\":\"ikev1\"}", 16, &why));
    assert_memory_equal(why, "type: ", 6);
    ike_profile_why_free(why);
    why = NULL;
    assert_null(ike_profile_print("[", 1, &why));
    assert_string_not_equal(why, "");
    ike_profile_why_free(why);
    ike_profile_why_free(NULL);
}

/* Secrets do not come back in messages. */
static void secrets_are_not_repeated(void **state)
{
    ike_profile *p;
    char why[300];

    (void)state;
    assert_true(parse(PSK, "local.key_password=[\"hunter2\"]", &p, why, sizeof(why)) < 0);
    assert_null(strstr(why, "hunter2"));
}

/* docs/PROFILE.md names every key of the table: those that can be set here. */
static void every_key_is_documented(void **state)
{
    char *doc = calloc(1, 65536), line[512];
    FILE *f = fopen("docs/PROFILE.md", "rb"), *table = fopen("libike/profile/keys.c", "rb");
    int keys = 0;

    (void)state;
    assert_non_null(f);
    assert_non_null(table);
    assert_true(fread(doc, 1, 65535, f) > 1000);
    while (fgets(line, sizeof(line), table)) {
        char key[100];
        if (sscanf(line, "    {\"%99[a-z0-9_.-]\", ", key) != 1)
            continue;
        if (!strstr(doc, key))
            fail_msg("docs/PROFILE.md does not name %s", key);
        keys++;
    }
    assert_true(keys > 50);
    fclose(f);
    fclose(table);
    free(doc);
}

static void a_key_may_be_elsewhere(void **state)
{
    static const char json[] =
        "{\"name\":\"n\",\"type\":\"ikev2-cert\",\"remote\":{\"addr\":\"gw.test\"},\"local\":{}}";
    static const struct {
        const char *overrides[2], *uri;
        int err;
    } rows[] = {
        {{"local.key_uri=pkcs11:token=a;object=b"}, "pkcs11:token=a;object=b", 0},
        {{"local.key_uri=tpm2:0x81000001"}, "tpm2:0x81000001", 0},
        {{"local.key_uri=tpm2:file:/k"}, "tpm2:file:/k", 0},
        {{"local.key_uri=tpm2:file:k"}, "tpm2:file:/etc/ike/k", 0},
        {{"local.key_uri=pkcs11:a=b", "local.key=MAA="}, NULL, IKE_E_CONFIG},
        {{"local.key_uri=pkcs11:a=b", "local.p12=MAA="}, NULL, IKE_E_CONFIG},
    };
    ike_profile *p;
    char *why;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(ike_profile_parse(&p, json, sizeof(json) - 1, "/etc/ike", rows[i].overrides,
                                           rows[i].overrides[1] ? 2 : 1, &why),
                         rows[i].err);
        if (rows[i].err == 0)
            assert_string_equal(p->key_uri, rows[i].uri);
        else
            assert_non_null(strstr(why, "local.key_uri: "));
        ike_profile_why_free(why);
        ike_profile_free(p);
    }
}

#define WITH_CHILDREN(list)                                                                        \
    "{\"name\":\"n\",\"type\":\"ikev2-psk\",\"remote\":{\"addr\":\"gw.test\"},\"local\":{\"psk\":" \
    "\"a secret of twenty octets\"},\"children\":" list "}"

static void further_children(void **state)
{
    static const char json[] = WITH_CHILDREN(
        "[{\"name\":\"lab\",\"traffic-selectors\":{\"remote\":[\"10.1.0.0/16\",\"10.2.0.0/16[tcp/80]\"]}},"
        "{\"name\":\"mail\",\"esp-proposal\":[\"aes128gcm16\",\"aes256gcm16\"],\"traffic-selectors\":"
        "{\"local\":\"10.9.0.2\"},\"speed\":1}]");
    const ike_child_config *lab, *mail;
    ike_profile *p;
    char why[300];

    (void)state;
    assert_int_equal(parse(json, NULL, &p, why, sizeof(why)), 0);
    assert_int_equal(p->config->children_n, 2);
    lab = p->config->children[0];
    mail = p->config->children[1];
    assert_string_equal(lab->name, "lab");
    assert_null(lab->esp_suites);
    assert_int_equal(lab->ts_remote_n, 2);
    assert_int_equal(lab->ts_remote[1].proto, 6);
    assert_int_equal(lab->ts_local_n, 0);
    assert_string_equal(mail->esp_suites, "aes128gcm16,aes256gcm16");
    assert_int_equal(mail->ts_local[0].first.ip[3], 2);
    assert_int_equal(p->warnings_n, 1);
    assert_string_equal(p->warnings[0], "children[1].speed: unknown key");
    ike_profile_free(p);
    assert_int_equal(parse(WITH_CHILDREN("[{\"name\":\"a\"},{}]"), NULL, &p, why, sizeof(why)), IKE_E_CONFIG);
    assert_string_equal(why, "children[1].name: missing");
    assert_int_equal(parse(WITH_CHILDREN("[{\"name\":7}]"), NULL, &p, why, sizeof(why)), IKE_E_CONFIG);
    assert_string_equal(why, "children[0].name: found 7 (a number), expected a string");
    assert_int_equal(parse(WITH_CHILDREN("{}"), NULL, &p, why, sizeof(why)), IKE_E_CONFIG);
    assert_int_equal(parse(WITH_CHILDREN("[{},{},{},{},{},{},{},{},{}]"), NULL, &p, why, sizeof(why)),
                     IKE_E_CONFIG);
}

/* RFC 7469 2.4 hashes, and how hard we look for revocation: soft unless told otherwise, as .sswan says */
static void trust_keys(void **state)
{
    static const char json[] =
        "{\"name\":\"t\",\"type\":\"ikev2-cert\",\"remote\":{\"addr\":\"gw.test\",\"pin\":[\"sha256:"
        "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F\"],\"crl\":[\"AQID\",\"BAUG\"]},"
        "\"local\":{\"cert\":\"AQID\",\"key\":\"AQID\"}}";
    static const char *const overrides[] = {"remote.revocation.crl=false", "remote.revocation.strict=true",
                                            "remote.wildcards=true"};
    static const char *const unasked[] = {"remote.revocation.ocsp=false", "remote.certreq=false"};
    ike_profile *p;

    (void)state;
    assert_int_equal(ike_profile_parse(&p, json, sizeof(json) - 1, NULL, NULL, 0, NULL), 0);
    assert_true(p->trust->crl && p->trust->ocsp && !p->trust->strict && !p->trust->wildcards);
    assert_int_equal(p->pins_n, 1);
    for (uint8_t i = 0; i < 32; i++)
        assert_int_equal(p->pins[i], i);
    assert_int_equal(p->crls_n, 2);
    assert_memory_equal(p->crls[1].p, "\4\5\6", 3);
    ike_profile_free(p);
    assert_int_equal(ike_profile_parse(&p, json, sizeof(json) - 1, NULL, overrides, 3, NULL), 0);
    assert_true(!p->trust->crl && p->trust->ocsp && p->trust->strict && p->trust->wildcards);
    assert_int_equal(p->config->want_ocsp, 1); /* RFC 4806, unless nobody is to be asked for anything */
    ike_profile_free(p);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ike_profile_parse(&p, json, sizeof(json) - 1, NULL, unasked + i, 1, NULL), 0);
        assert_int_equal(p->config->want_ocsp, 0);
        ike_profile_free(p);
    }
}

/* RFC 8784 6: "at least 256 bits of entropy": fewer octets cannot have them */
static void a_post_quantum_key(void **state)
{
    static const struct {
        const char *set;
        uint32_t ppk, warnings;
        size_t n;
    } cases[] = {
        {"ppk={\"id\":\"office\",\"secret\":\"base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}",
         IKE_PPK_OPTIONAL, 0, 32},
        {"ppk={\"id\":\"office\",\"secret\":\"0123456789abcdef0123456789abcdef\",\"required\":true}",
         IKE_PPK_REQUIRED, 0, 32},
        {"ppk={\"id\":\"office\",\"secret\":\"short\",\"required\":false}", IKE_PPK_OPTIONAL, 1, 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike_profile *p;
        char why[300];
        assert_int_equal(parse(PSK, cases[i].set, &p, why, sizeof(why)), 0);
        assert_int_equal(p->config->ppk, cases[i].ppk);
        assert_string_equal(p->config->ppk_id, "office");
        assert_int_equal(p->keys->ppk.n, cases[i].n);
        assert_int_equal(p->warnings_n, cases[i].warnings);
        ike_profile_free(p);
    }
}

/* RFC 7296 2.15: "… a shared secret derived solely from a password … is not secure …"; KNOWN-HOLES 52 */
static void a_short_shared_key_is_warned_about(void **state)
{
    static const char *const sets[] = {"local.psk=abcdefghijklmnopqrstuv",
                                       "local.psk=abcdefghijklmnopqrstuv"};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        char set[64], why[300];
        ike_profile *p;
        snprintf(set, sizeof(set), "local.psk=%.*s", 19 + (int)i, sets[i] + 10);
        assert_int_equal(parse(PSK, set, &p, why, sizeof(why)), 0);
        assert_int_equal(p->warnings_n, i == 0);
        ike_profile_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_quantum_key),
        cmocka_unit_test(a_short_shared_key_is_warned_about),
        cmocka_unit_test(a_small_profile_has_its_defaults),
        cmocka_unit_test(a_key_may_be_elsewhere),
        cmocka_unit_test(further_children),
        cmocka_unit_test(values_go_where_they_belong),
        cmocka_unit_test(eap_profiles),
        cmocka_unit_test(wrong_values_name_the_key),
        cmocka_unit_test(unknown_and_optional_keys_warn),
        cmocka_unit_test(overrides_are_whole_values),
        cmocka_unit_test(what_is_no_profile),
        cmocka_unit_test(profiles_are_printed),
        cmocka_unit_test(lifetimes_of_keys),
        cmocka_unit_test(secrets_are_not_repeated),
        cmocka_unit_test(every_key_is_documented),
        cmocka_unit_test(trust_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
