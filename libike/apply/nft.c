/* apply/nft.c - libnftables: one script, one transaction. SPDX-License-Identifier: Apache-2.0
 *
 * The owner of the guard stands in the comment of the table itself, where no restart and no crash can part the two.
 *
 * Not here: the script (ruleset.c). */
#include "apply/room.h"
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#define ITS_OWN 16 /* descriptors that libnftables may open at once, amply */

/* It waits with select(2), and that ends a process whose descriptor does not fit into an fd_set. */
static int has_room(void)
{
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (next >= 0)
        close(next);
    return next >= 0 && next < FD_SETSIZE - ITS_OWN;
}

static struct nft_ctx *open_context(void)
{
    struct nft_ctx *nft = has_room() ? nft_ctx_new(NFT_CTX_DEFAULT) : NULL;

    if (nft && nft_ctx_buffer_output(nft) == 0 && nft_ctx_buffer_error(nft) == 0)
        return nft;
    if (nft)
        nft_ctx_free(nft);
    return NULL;
}

/* Its first line, without where in the script it is. */
static void take_error(struct nft_ctx *nft, char *why, size_t cap)
{
    const char *text = nft_ctx_get_error_buffer(nft), *error = text ? strstr(text, "Error: ") : NULL;

    if (error)
        text = error + strlen("Error: ");
    snprintf(why, cap, "the firewall: %.*s", text ? (int)strcspn(text, "\n") : 0, text ? text : "");
}

int ike__apply_nft_run(const char *script, char *why, size_t cap)
{
    struct nft_ctx *nft = open_context();
    int err = 0;

    if (!nft) {
        snprintf(why, cap, "the firewall: %s",
                 has_room() ? "libnftables cannot be opened"
                            : "libnftables takes no descriptors from 1024 on, and all below are in use");
        return IKE_E_LOCAL_IO;
    }
    if (nft_run_cmd_from_buffer(nft, script) != 0) {
        take_error(nft, why, cap);
        err = IKE_E_LOCAL_IO;
    }
    nft_ctx_free(nft);
    return err;
}

static void take_owner(const char *listing, char *owner, size_t cap)
{
    static const char mark[] = "comment \"" IKE_APPLY_OWNED_BY;
    const char *at = listing ? strstr(listing, mark) : NULL;

    if (at)
        at += strlen(mark);
    snprintf(owner, cap, "%.*s", at ? (int)strcspn(at, "\"\n") : 1, at ? at : "?");
}

int ike__apply_nft_owner(char *owner, size_t cap)
{
    static const char ours[] = "table inet " IKE_APPLY_TABLE;
    struct nft_ctx *nft = open_context();
    const char *at;
    int err = IKE_E_LOCAL_IO;

    owner[0] = '\0';
    if (!nft)
        return err;
    if (nft_run_cmd_from_buffer(nft, "list tables inet") == 0) {
        at = nft_ctx_get_output_buffer(nft);
        while (at && (at = strstr(at, ours)) != NULL && at[strlen(ours)] > ' ')
            at++;
        err = 0;
        if (at && nft_run_cmd_from_buffer(nft, "list table inet " IKE_APPLY_TABLE) == 0)
            take_owner(nft_ctx_get_output_buffer(nft), owner, cap);
    }
    nft_ctx_free(nft);
    return err;
}
