/* record/room.h - the format of a recording. SPDX-License-Identifier: Apache-2.0
 *
 * docs/RECORD.md says the same in prose. Everything is big-endian. */
#ifndef IKE_RECORD_ROOM_H
#define IKE_RECORD_ROOM_H

#include <ike/record.h>

#define IKE_RECORD_MAGIC       "IKEREC\0\1" /* six letters and the version */
#define IKE_RECORD_MAGIC_LEN   8u
#define IKE_RECORD_HEAD_LEN    16u                   /* type, three zeros, length, time */
#define IKE_RECORD_BODY_MAX    (1024u * 1024u)       /* of one record */
#define IKE_RECORD_FILE_MAX    (64u * 1024u * 1024u) /* then the recording ends */
#define IKE_RECORD_PATH_LEN    54u
#define IKE_RECORD_PACKET_KEPT 96u
#define IKE_RECORD_PACKETS_MAX 256u
#define IKE_RECORD_SENT_LEN    24u

enum {
    IKE_REC_SESSION = 1,
    IKE_REC_CONNECT = 2,
    IKE_REC_RECV = 3,
    IKE_REC_SEAL = 4,
    IKE_REC_TICK = 5,
    IKE_REC_ANSWER = 6,
    IKE_REC_CLOSE = 7,
    IKE_REC_CHECK_ALIVE = 8,
    IKE_REC_REKEY = 9,
    IKE_REC_ROAM = 10,
    IKE_REC_SENT = 11,
    IKE_REC_RANDOM = 12,
    IKE_REC_END = 13,
    IKE_REC_REDIRECT = 14,
    IKE_REC_RECONFIGURE = 15,
    IKE_REC_MTU_HINT = 16,
    IKE_REC_RECV_ECN = 17
};
enum { IKE_REC_END_CLOSED = 0, IKE_REC_END_LIMIT = 1 };

/* ---- octets (octets.c) ---- */

/* A writer that counts on when it is full: n > cap says so. */
struct ike_rec_out {
    uint8_t *p;
    size_t cap, n;
};
/* A sticky reader. */
struct ike_rec_in {
    const uint8_t *p;
    size_t n;
    int is_short;
};

void ike__rec_put(struct ike_rec_out *o, const void *p, size_t n);
void ike__rec_put_uint(struct ike_rec_out *o, uint64_t v, unsigned octets);
void ike__rec_put_path(struct ike_rec_out *o, const ike_path *path);
ike_span ike__rec_take(struct ike_rec_in *in, size_t n);
uint64_t ike__rec_uint(struct ike_rec_in *in, unsigned octets);
void ike__rec_path(struct ike_rec_in *in, ike_path *path);
/* What is compared: where to, and the datagram. */
void ike__rec_put_sent(struct ike_rec_out *o, const ike_crypto *crypto, const ike_path *to,
                       const uint8_t *dgram, size_t n);

/* ---- the configuration (config.c) ---- */

/* What the pointers of a configuration that was read lead to, beside the recording itself. */
#define IKE_REC_CHILDREN_MAX  8u
#define IKE_REC_ADDRESSES_MAX 8u
struct ike_rec_config {
    ike_config cfg;
    ike_ts ts[2][16];
    ike_span certs[10];
    ike_addr addresses[2][IKE_REC_ADDRESSES_MAX];
    ike_child_config child[IKE_REC_CHILDREN_MAX];
    const ike_child_config *children[IKE_REC_CHILDREN_MAX];
    ike_ts child_ts[IKE_REC_CHILDREN_MAX][2][16];
};
/* config.c, children.c: pieces of it */
void ike__rec_put_selector(struct ike_rec_out *o, const ike_ts *ts);
int ike__rec_selector(struct ike_rec_in *v, ike_ts *ts); /* SYNTAX */
size_t ike__rec_children_len(const ike_child_config *const *list, uint32_t n);
void ike__rec_put_children(struct ike_rec_out *o, const ike_child_config *const *list, uint32_t n);
int ike__rec_children(struct ike_rec_config *c, struct ike_rec_in *v);
#define IKE_RECORD_LEFT_OUT_LEN 1u /* a ticket is longer */
void ike__rec_put_config(struct ike_rec_out *o, const ike_config *cfg, int with_secrets);
/* 0, or SYNTAX with *why static text and what is left of in where it is wrong. */
int ike__rec_config(struct ike_rec_in *in, struct ike_rec_config *c, const char **why);
size_t ike__rec_config_covered(void); /* octets of ike_config that the table knows, for the test */

#endif
