/* profile/material.c - certificates, keys and secrets: base64, inline PEM, file:PATH. SPDX-License-Identifier: Apache-2.0 */
#include "profile/room.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (1024u * 1024u)

static void wipe(void *p, size_t n)
{
    volatile unsigned char *v = p;

    while (n-- > 0)
        *v++ = 0;
}

/* 0, or CONFIG: too long. */
static int find_file(struct ike_loader *l, const char *path, const char *name, char *full, size_t cap)
{
    int is_relative = name[0] != '/' && l->base_dir;
    size_t n =
        (size_t)snprintf(full, cap, "%s%s%s", is_relative ? l->base_dir : "", is_relative ? "/" : "", name);

    return n < cap ? 0 : ike__profile_fail(l, IKE_E_CONFIG, path, "the file's path is too long");
}

int ike__profile_path(struct ike_loader *l, const char *path, const char *prefix, const char *name,
                      const char **out)
{
    char full[1024];
    size_t n = strlen(prefix);
    int err = find_file(l, path, name, full, sizeof(full) - n);

    if (err < 0)
        return err;
    memmove(full + n, full, strlen(full) + 1);
    memcpy(full, prefix, n);
    *out = ike__profile_keep(l, full, strlen(full) + 1);
    return *out ? 0 : IKE_E_NOMEM;
}

static int read_file(struct ike_loader *l, const char *path, const char *name, ike_span *out)
{
    char full[1024];
    struct stat st;
    uint8_t *buf;
    size_t n;
    FILE *f;

    if (find_file(l, path, name, full, sizeof(full)) < 0)
        return IKE_E_CONFIG;
    f = fopen(full, "rb");
    if (!f || fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode)) {
        if (f)
            fclose(f);
        return ike__profile_fail(l, IKE_E_LOCAL_IO, path, "the file it names cannot be read");
    }
    buf = malloc(FILE_MAX);
    n = buf ? fread(buf, 1, FILE_MAX, f) : 0;
    fclose(f);
    if (n == 0 || n == FILE_MAX) {
        free(buf);
        return ike__profile_fail(l, IKE_E_LOCAL_IO, path, "the file it names is empty or larger than 1 MiB");
    }
    out->p = ike__profile_keep(l, buf, n);
    out->n = n;
    wipe(buf, n);
    free(buf);
    return out->p ? 0 : IKE_E_NOMEM;
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Octets, or -1: something else than base64, white space and final padding. */
static long decode(const char *s, uint8_t *out)
{
    unsigned acc = 0, bits = 0;
    long n = 0;
    int ended = 0;

    for (; *s; s++) {
        int v = value_of(*s);
        if (*s == ' ' || *s == '\n' || *s == '\r' || *s == '\t')
            continue;
        if (*s == '=') {
            ended = 1;
            continue;
        }
        if (v < 0 || ended)
            return -1;
        acc = acc << 6 | (unsigned)v;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (uint8_t)(acc >> bits);
        }
    }
    return n > 0 ? n : -1;
}

static int from_base64(struct ike_loader *l, const char *path, const char *text, ike_span *out)
{
    uint8_t *buf = malloc(strlen(text) + 1);
    long n = buf ? decode(text, buf) : -1;

    if (n > 0) {
        out->p = ike__profile_keep(l, buf, (size_t)n);
        out->n = (size_t)n;
        wipe(buf, (size_t)n);
    }
    free(buf);
    if (n <= 0)
        return ike__profile_fail(l, IKE_E_CONFIG, path, "expected base64, a PEM block, or file:PATH");
    return out->p ? 0 : IKE_E_NOMEM;
}

int ike__profile_material(struct ike_loader *l, const char *path, const char *text, ike_span *out)
{
    if (strncmp(text, "file:", 5) == 0)
        return read_file(l, path, text + 5, out);
    if (strstr(text, "-----BEGIN ")) {
        out->n = strlen(text);
        out->p = ike__profile_keep(l, text, out->n);
        return out->p ? 0 : IKE_E_NOMEM;
    }
    return from_base64(l, path, text, out);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int from_hex(struct ike_loader *l, const char *path, const char *text, ike_span *out)
{
    size_t n = strlen(text) / 2;
    uint8_t *buf = ike__profile_keep(l, NULL, n ? n : 1);

    if (!buf)
        return IKE_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        if (hex(text[2 * i]) < 0 || hex(text[2 * i + 1]) < 0)
            n = 0;
        else
            buf[i] = (uint8_t)(hex(text[2 * i]) << 4 | hex(text[2 * i + 1]));
    }
    if (n == 0 || text[2 * n] != '\0')
        return ike__profile_fail(l, IKE_E_CONFIG, path,
                                 "expected an even number of hexadecimal digits after hex:");
    *out = (ike_span){buf, n};
    return 0;
}

int ike__profile_hash(struct ike_loader *l, const char *path, const char *text, uint8_t out[32])
{
    int ok = strncmp(text, "sha256:", 7) == 0 && strlen(text) == 7 + 64;

    for (size_t i = 0; ok && i < 32; i++) {
        int high = hex(text[7 + 2 * i]), low = hex(text[8 + 2 * i]);
        ok = high >= 0 && low >= 0;
        out[i] = (uint8_t)(ok ? high << 4 | low : 0);
    }
    return ok ? 0
              : ike__profile_fail(l, IKE_E_CONFIG, path,
                                  "expected sha256: and 64 hexadecimal digits, of a SubjectPublicKeyInfo");
}

int ike__profile_secret(struct ike_loader *l, const char *path, const char *text, ike_span *out)
{
    if (strncmp(text, "hex:", 4) == 0)
        return from_hex(l, path, text + 4, out);
    if (strncmp(text, "base64:", 7) == 0)
        return from_base64(l, path, text + 7, out);
    if (text[0] == '\0')
        return ike__profile_fail(l, IKE_E_CONFIG, path, "is empty");
    out->n = strlen(text);
    out->p = ike__profile_keep(l, text, out->n);
    return out->p ? 0 : IKE_E_NOMEM;
}
