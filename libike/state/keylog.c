/* state/keylog.c - key log lines in Wireshark's format. SPDX-License-Identifier: Apache-2.0
 *
 * The one place where a key becomes text, and only for a host that asked for it with env->keylog.
 * "ikev2_decryption_table": SPIi,SPIr,SK_ei,SK_er,"encryption",SK_ai,SK_ar,"integrity"
 * "esp_sa": "IPv4","source","destination","SPI","encryption","key","authentication","key"
 * Algorithms that Wireshark has no name for give no line: one bad line spoils its whole file.
 *
 * Not here: writing files (the host). */
#include "state/keylog.h"
#include "base/text.h"
#include "base/wipe.h"

#define LINE_MAX_LEN 1024u

/* Wireshark's names: AES-GCM-128 with 16 octet ICV [RFC5282] in IKE, AES-GCM with 16 octet ICV [RFC4106] in ESP. */
struct cipher {
    uint16_t encr;
    uint16_t icv; /* octets; 0: the name says nothing of it */
    const char *name;
    uint16_t ike_rfc, esp_rfc;
};
static const struct cipher ciphers[] = {{IKE_ENCR_AES_CBC, 0, "AES-CBC", 3602, 3602},
                                        {IKE_ENCR_AES_CTR, 0, "AES-CTR", 5930, 3686},
                                        {IKE_ENCR_AES_GCM_8, 8, "AES-GCM", 5282, 4106},
                                        {IKE_ENCR_AES_GCM_12, 12, "AES-GCM", 5282, 4106},
                                        {IKE_ENCR_AES_GCM_16, 16, "AES-GCM", 5282, 4106}};
struct mac {
    uint16_t integ;
    const char *ike, *esp;
};
static const struct mac macs[] = {
    {IKE_INTEG_NONE, "NONE [RFC4306]", "NULL"},
    {IKE_INTEG_HMAC_SHA1_96, "HMAC_SHA1_96 [RFC2404]", "HMAC-SHA-1-96 [RFC2404]"},
    {IKE_INTEG_HMAC_SHA2_256_128, "HMAC_SHA2_256_128 [RFC4868]", "HMAC-SHA-256-128 [RFC4868]"},
    {IKE_INTEG_HMAC_SHA2_384_192, "HMAC_SHA2_384_192 [RFC4868]", "HMAC-SHA-384-192 [RFC4868]"},
    {IKE_INTEG_HMAC_SHA2_512_256, "HMAC_SHA2_512_256 [RFC4868]", "HMAC-SHA-512-256 [RFC4868]"},
};

struct names {
    const struct cipher *cipher;
    const struct mac *mac;
};

static int find(const struct ike_suite *suite, struct names *names)
{
    memset(names, 0, sizeof(*names));
    for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
        if (ciphers[i].encr == suite->encr)
            names->cipher = &ciphers[i];
    for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++)
        if (macs[i].integ == suite->integ)
            names->mac = &macs[i];
    return names->cipher && names->mac;
}

/* bits 0: without the key's length */
static void put_cipher(struct ike_text *t, const struct cipher *c, uint16_t bits, uint16_t rfc)
{
    ike__text_put(t, c->name);
    if (bits) {
        ike__text_put(t, "-");
        ike__text_u64(t, bits);
    }
    if (c->icv) {
        ike__text_put(t, " with ");
        ike__text_u64(t, c->icv);
        ike__text_put(t, " octet ICV");
    }
    ike__text_put(t, " [RFC");
    ike__text_u64(t, rfc);
    ike__text_put(t, "]");
}

static void put_hex(struct ike_text *t, const char *before, const uint8_t *p, size_t n)
{
    ike__text_put(t, before);
    ike__text_hex(t, ike__span(p, n));
}

void ike__keylog_ike(const struct ike_session *s, const struct ike_ike_sa *sa)
{
    const struct ike_keys *k = sa->keys;
    char line[LINE_MAX_LEN];
    struct names names;
    uint8_t spis[16];
    struct ike_text t;

    if (!s->env.keylog || !k || !find(&sa->suite, &names))
        return;
    ike__put_be64(spis, sa->spi_i);
    ike__put_be64(spis + 8, sa->spi_r);
    ike__text_init(&t, line, sizeof(line));
    put_hex(&t, "", spis, 8);
    put_hex(&t, ",", spis + 8, 8);
    put_hex(&t, ",", k->ei, k->encr_len);
    put_hex(&t, ",", k->er, k->encr_len);
    ike__text_put(&t, ",\"");
    put_cipher(&t, names.cipher, sa->suite.encr_bits, names.cipher->ike_rfc);
    put_hex(&t, "\",", k->ai, k->integ_len);
    put_hex(&t, ",", k->ar, k->integ_len);
    ike__text_put(&t, ",\"");
    ike__text_put(&t, names.mac->ike);
    ike__text_put(&t, "\"");
    s->env.keylog(s->env.user, "ikev2_decryption_table", line);
    ike__wipe(line, sizeof(line));
}

static void child_line(const struct ike_session *s, const struct ike_child_sa *c, int inbound)
{
    const ike_path *path = &c->sa->paths.now;
    const ike_addr *from = inbound ? &path->remote : &path->local;
    const ike_addr *to = inbound ? &path->local : &path->remote;
    int first = inbound != c->is_ours;
    ike_span encr = ike__child_encr_key(c, first), integ = ike__child_integ_key(c, first);
    char line[LINE_MAX_LEN];
    struct names names;
    uint8_t spi[4];
    struct ike_text t;

    if (!find(&c->suite, &names))
        return;
    ike__put_be32(spi, inbound ? c->spi_in : c->spi_out);
    ike__text_init(&t, line, sizeof(line));
    ike__text_put(&t, from->family == 4 ? "\"IPv4\",\"" : "\"IPv6\",\"");
    ike__text_addr(&t, from);
    ike__text_put(&t, "\",\"");
    ike__text_addr(&t, to);
    put_hex(&t, "\",\"0x", spi, sizeof(spi));
    ike__text_put(&t, "\",\"");
    put_cipher(&t, names.cipher, 0, names.cipher->esp_rfc);
    put_hex(&t, "\",\"0x", encr.p, encr.n);
    ike__text_put(&t, "\",\"");
    ike__text_put(&t, names.mac->esp);
    put_hex(&t, c->suite.integ ? "\",\"0x" : "\",\"", integ.p, integ.n);
    ike__text_put(&t, "\"");
    s->env.keylog(s->env.user, "esp_sa", line);
    ike__wipe(line, sizeof(line));
}

void ike__keylog_child(const struct ike_session *s, const struct ike_child_sa *c)
{
    if (!s->env.keylog)
        return;
    child_line(s, c, 1);
    child_line(s, c, 0);
}
