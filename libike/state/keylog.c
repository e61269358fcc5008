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

struct name {
    uint16_t encr, bits;
    const char *ike, *esp;
};
static const struct name ciphers[] = {
    {IKE_ENCR_AES_CBC, 128, "AES-CBC-128 [RFC3602]", "AES-CBC [RFC3602]"},
    {IKE_ENCR_AES_CBC, 192, "AES-CBC-192 [RFC3602]", "AES-CBC [RFC3602]"},
    {IKE_ENCR_AES_CBC, 256, "AES-CBC-256 [RFC3602]", "AES-CBC [RFC3602]"},
    {IKE_ENCR_AES_CTR, 128, "AES-CTR-128 [RFC5930]", "AES-CTR [RFC3686]"},
    {IKE_ENCR_AES_CTR, 192, "AES-CTR-192 [RFC5930]", "AES-CTR [RFC3686]"},
    {IKE_ENCR_AES_CTR, 256, "AES-CTR-256 [RFC5930]", "AES-CTR [RFC3686]"},
    {IKE_ENCR_AES_GCM_8, 128, "AES-GCM-128 with 8 octet ICV [RFC5282]", "AES-GCM with 8 octet ICV [RFC4106]"},
    {IKE_ENCR_AES_GCM_8, 192, "AES-GCM-192 with 8 octet ICV [RFC5282]", "AES-GCM with 8 octet ICV [RFC4106]"},
    {IKE_ENCR_AES_GCM_8, 256, "AES-GCM-256 with 8 octet ICV [RFC5282]", "AES-GCM with 8 octet ICV [RFC4106]"},
    {IKE_ENCR_AES_GCM_12, 128, "AES-GCM-128 with 12 octet ICV [RFC5282]",
     "AES-GCM with 12 octet ICV [RFC4106]"},
    {IKE_ENCR_AES_GCM_12, 192, "AES-GCM-192 with 12 octet ICV [RFC5282]",
     "AES-GCM with 12 octet ICV [RFC4106]"},
    {IKE_ENCR_AES_GCM_12, 256, "AES-GCM-256 with 12 octet ICV [RFC5282]",
     "AES-GCM with 12 octet ICV [RFC4106]"},
    {IKE_ENCR_AES_GCM_16, 128, "AES-GCM-128 with 16 octet ICV [RFC5282]",
     "AES-GCM with 16 octet ICV [RFC4106]"},
    {IKE_ENCR_AES_GCM_16, 192, "AES-GCM-192 with 16 octet ICV [RFC5282]",
     "AES-GCM with 16 octet ICV [RFC4106]"},
    {IKE_ENCR_AES_GCM_16, 256, "AES-GCM-256 with 16 octet ICV [RFC5282]",
     "AES-GCM with 16 octet ICV [RFC4106]"},
};
static const struct name macs[] = {
    {IKE_INTEG_NONE, 0, "NONE [RFC4306]", "NULL"},
    {IKE_INTEG_HMAC_SHA1_96, 0, "HMAC_SHA1_96 [RFC2404]", "HMAC-SHA-1-96 [RFC2404]"},
    {IKE_INTEG_HMAC_SHA2_256_128, 0, "HMAC_SHA2_256_128 [RFC4868]", "HMAC-SHA-256-128 [RFC4868]"},
    {IKE_INTEG_HMAC_SHA2_384_192, 0, "HMAC_SHA2_384_192 [RFC4868]", "HMAC-SHA-384-192 [RFC4868]"},
    {IKE_INTEG_HMAC_SHA2_512_256, 0, "HMAC_SHA2_512_256 [RFC4868]", "HMAC-SHA-512-256 [RFC4868]"},
};

static const struct name *find(const struct name *table, size_t n, uint16_t id, uint16_t bits)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].encr == id && table[i].bits == bits)
            return &table[i];
    return NULL;
}
#define FIND(table, id, bits) find(table, sizeof(table) / sizeof((table)[0]), id, bits)

static void put_hex(struct ike_text *t, const uint8_t *p, size_t n)
{
    ike__text_hex(t, ike__span(p, n));
}

static void put_spi(struct ike_text *t, uint64_t spi)
{
    uint8_t octets[8];

    ike__put_be64(octets, spi);
    put_hex(t, octets, sizeof(octets));
}

void ike__keylog_ike(const struct ike_session *s, const struct ike_ike_sa *sa)
{
    const struct ike_keys *k = sa->keys;
    const struct name *cipher = FIND(ciphers, sa->suite.encr, sa->suite.encr_bits);
    const struct name *mac = FIND(macs, sa->suite.integ, 0);
    char line[LINE_MAX_LEN];
    struct ike_text t;

    if (!s->env.keylog || !k || !cipher || !mac)
        return;
    ike__text_init(&t, line, sizeof(line));
    put_spi(&t, sa->spi_i);
    ike__text_put(&t, ",");
    put_spi(&t, sa->spi_r);
    ike__text_put(&t, ",");
    put_hex(&t, k->ei, k->encr_len);
    ike__text_put(&t, ",");
    put_hex(&t, k->er, k->encr_len);
    ike__text_put(&t, ",\"");
    ike__text_put(&t, cipher->ike);
    ike__text_put(&t, "\",");
    put_hex(&t, k->ai, k->integ_len);
    ike__text_put(&t, ",");
    put_hex(&t, k->ar, k->integ_len);
    ike__text_put(&t, ",\"");
    ike__text_put(&t, mac->ike);
    ike__text_put(&t, "\"");
    s->env.keylog(s->env.user, "ikev2_decryption_table", line);
    ike__wipe(line, sizeof(line));
}

static void child_line(const struct ike_session *s, const struct ike_child_sa *c, int inbound)
{
    int first = inbound != c->is_ours;
    const struct name *cipher = FIND(ciphers, c->suite.encr, c->suite.encr_bits);
    const struct name *mac = FIND(macs, c->suite.integ, 0);
    const ike_addr *from = inbound ? &c->sa->paths.now.remote : &c->sa->paths.now.local;
    const ike_addr *to = inbound ? &c->sa->paths.now.local : &c->sa->paths.now.remote;
    char line[LINE_MAX_LEN];
    uint8_t spi[4];
    struct ike_text t;

    if (!cipher || !mac)
        return;
    ike__put_be32(spi, inbound ? c->spi_in : c->spi_out);
    ike__text_init(&t, line, sizeof(line));
    ike__text_put(&t, from->family == 4 ? "\"IPv4\",\"" : "\"IPv6\",\"");
    ike__text_addr(&t, from);
    ike__text_put(&t, "\",\"");
    ike__text_addr(&t, to);
    ike__text_put(&t, "\",\"0x");
    put_hex(&t, spi, sizeof(spi));
    ike__text_put(&t, "\",\"");
    ike__text_put(&t, cipher->esp);
    ike__text_put(&t, "\",\"0x");
    ike__text_hex(&t, ike__child_encr_key(c, first));
    ike__text_put(&t, "\",\"");
    ike__text_put(&t, mac->esp);
    ike__text_put(&t, c->suite.integ ? "\",\"0x" : "\",\"");
    ike__text_hex(&t, ike__child_integ_key(c, first));
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
