/* keystore/vault.c - small secrets in files, sealed: resumption tickets. SPDX-License-Identifier: Apache-2.0
 *
 * A file is nonce (12 octets) | AES-256-GCM of the data | tag (16), with the file's name as associated data. Its key is
 * HMAC-SHA-256(store_key, "libike store 1" | name), so files cannot be swapped, and store_key itself encrypts nothing.
 * Nonces are random: under one key a few tickets a day are written, far below 2^32. Whoever can write the directory can
 * delete a file or put an old one back; an old ticket is refused by the gateway, and that is all.
 *
 * Not here: where store_key comes from: the host's key ring, a TPM. */
#include "keystore/room.h"
#include <errno.h>
#include <fcntl.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NONCE_LEN 12u
#define TAG_LEN   16u
#define AROUND    (NONCE_LEN + TAG_LEN)
#define KEY_MIN   32u
#define NAME_MAX_ 64u
#define FILE_MAX  65536u

static const char label[] = "libike store 1";

int ike__vault_open(struct ike_vault *v, const ike_keyfile *cfg, const char **why)
{
    int err;

    if (!cfg->store_dir && cfg->store_key.n == 0)
        return 0;
    if (!cfg->store_dir || cfg->store_key.n < KEY_MIN || !cfg->store_key.p) {
        *why = "store_dir needs a store_key of at least 32 random octets, and the other way round";
        return IKE_E_USAGE;
    }
    err = ike__blob_set(&v->key, cfg->store_key.p, cfg->store_key.n);
    return err < 0 ? err
                   : ike__blob_set(&v->dir, (const uint8_t *)cfg->store_dir, strlen(cfg->store_dir) + 1);
}

void ike__vault_drop(struct ike_vault *v)
{
    ike__blob_drop(&v->key);
    ike__blob_drop(&v->dir);
}

/* ---- names ---- */

static int is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return n > 0 && n <= NAME_MAX_ && name[n] == '\0';
}

static char *path_of(const struct ike_vault *v, const char *name, const char *suffix)
{
    size_t n = v->dir.n + 1 + strlen(name) + strlen(suffix);
    char *path = is_name(name) ? malloc(n) : NULL;

    if (path)
        snprintf(path, n, "%s/%s%s", (const char *)v->dir.p, name, suffix);
    return path;
}

/* ---- seal and open ---- */

static int set_key(const struct ike_vault *v, const char *name, mbedtls_gcm_context *gcm)
{
    const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    uint8_t text[sizeof(label) + NAME_MAX_], key[32];
    size_t n = strlen(name);
    int err;

    memcpy(text, label, sizeof(label));
    memcpy(text + sizeof(label), name, n);
    err = mbedtls_md_hmac(sha256, v->key.p, v->key.n, text, sizeof(label) + n, key);
    if (err == 0)
        err = mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, key, 256);
    explicit_bzero(key, sizeof(key));
    return err == 0 ? 0 : IKE_E_CRYPTO;
}

/* out: data.n + AROUND octets */
static int seal(const struct ike_vault *v, const char *name, ike_span data, uint8_t *out)
{
    const ike_crypto *c = ike_crypto_mbedtls();
    uint8_t *text = out + NONCE_LEN, *tag = text + data.n;
    mbedtls_gcm_context gcm;
    int err;

    mbedtls_gcm_init(&gcm);
    err = set_key(v, name, &gcm);
    if (err == 0)
        err = c->random(c->self, out, NONCE_LEN);
    if (err == 0 &&
        mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, data.n, out, NONCE_LEN, (const uint8_t *)name,
                                  strlen(name), data.p, text, TAG_LEN, tag) != 0)
        err = IKE_E_CRYPTO;
    mbedtls_gcm_free(&gcm);
    return err;
}

/* out: n - AROUND octets */
static int open_sealed(const struct ike_vault *v, const char *name, const uint8_t *p, size_t n, uint8_t *out)
{
    mbedtls_gcm_context gcm;
    int err;

    mbedtls_gcm_init(&gcm);
    err = set_key(v, name, &gcm);
    if (err == 0 && mbedtls_gcm_auth_decrypt(&gcm, n - AROUND, p, NONCE_LEN, (const uint8_t *)name,
                                             strlen(name), p + n - TAG_LEN, TAG_LEN, p + NONCE_LEN, out) != 0)
        err = IKE_E_DISCARD;
    mbedtls_gcm_free(&gcm);
    return err;
}

/* ---- files ---- */

static int write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t did = write(fd, p, n);

        if (did < 0 && errno == EINTR)
            continue;
        if (did <= 0)
            return IKE_E_LOCAL_IO;
        p += did;
        n -= (size_t)did;
    }
    return fsync(fd) == 0 ? 0 : IKE_E_LOCAL_IO;
}

/* A reader sees the old file or the new one, never half of one. */
static int replace_file(const char *path, const char *fresh, const uint8_t *p, size_t n)
{
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600), err;

    if (fd < 0)
        return IKE_E_LOCAL_IO;
    err = write_all(fd, p, n);
    if (close(fd) != 0 || (err == 0 && rename(fresh, path) != 0))
        err = IKE_E_LOCAL_IO;
    if (err < 0)
        (void)unlink(fresh);
    return err;
}

static int save_sealed(const struct ike_vault *v, const char *name, const char *path, ike_span data)
{
    char *fresh = path_of(v, name, ".new");
    uint8_t *sealed = malloc(data.n + AROUND);
    int err = fresh && sealed ? seal(v, name, data, sealed) : IKE_E_NOMEM;

    if (err == 0)
        err = replace_file(path, fresh, sealed, data.n + AROUND);
    free(sealed);
    free(fresh);
    return err;
}

int ike__vault_save(const struct ike_vault *v, const char *name, ike_span data)
{
    char *path = path_of(v, name, "");
    int err;

    if (!path)
        return is_name(name) ? IKE_E_NOMEM : IKE_E_USAGE;
    if (data.n > FILE_MAX - AROUND)
        err = IKE_E_LIMIT;
    else if (data.n > 0)
        err = save_sealed(v, name, path, data);
    else
        err = unlink(path) == 0 || errno == ENOENT ? 0 : IKE_E_LOCAL_IO;
    free(path);
    return err;
}

/* Octets read, at most cap; 0: no such file, or one that is longer. */
static size_t read_file(const char *path, uint8_t *p, size_t cap)
{
    FILE *f = fopen(path, "rbe");
    size_t n = f ? fread(p, 1, cap, f) : 0;

    if (f && n == cap && fgetc(f) != EOF)
        n = 0;
    if (f)
        fclose(f);
    return n;
}

int ike__vault_load(const struct ike_vault *v, const char *name, uint8_t *out, size_t cap, size_t *n)
{
    char *path = path_of(v, name, "");
    uint8_t *sealed = malloc(FILE_MAX);
    size_t got = path && sealed ? read_file(path, sealed, FILE_MAX) : 0;
    int err = 0;

    *n = 0;
    if (!path || !sealed)
        err = path || is_name(name) ? IKE_E_NOMEM : IKE_E_USAGE;
    else if (got > AROUND + cap)
        err = IKE_E_NOSPACE;
    else if (got > AROUND && open_sealed(v, name, sealed, got, out) == 0)
        *n = got - AROUND;
    free(sealed);
    free(path);
    return err;
}
