/* ike/record.h - a session's inputs in a file, and the session once more from it. SPDX-License-Identifier: Apache-2.0
 *
 * A session is a function of its inputs: time, datagrams, random octets, answers and verbs. A recorder writes them down
 * as they come; a replay feeds them to a new session, without any network, and compares each datagram that it sends
 * with what was sent then. docs/RECORD.md has the format.
 *
 * A recording holds the session's random octets, and so its keys: whoever has it, and the traffic, can read the traffic.
 * Treat it like a key log. Shared keys and passwords are left out unless asked for. */
#ifndef IKE_RECORD_H
#define IKE_RECORD_H

#include <ike/ike.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- recording ------------------------------------------------------------------------------- */
typedef struct ike_recorder ike_recorder;

/* Writes to path, which only its owner may read; what was there is lost. Ends by itself at 64 MiB. crypto: what the
 * session would use; must outlive the recorder. with_secrets: 1: answers that are secrets too. Errors: LOCAL_IO, NOMEM. */
IKE_API int ike_recorder_open(ike_recorder **out, const char *path, const ike_crypto *crypto,
                              uint32_t with_secrets);
/* LOCAL_IO if something could not be written. NULL is fine. */
IKE_API int ike_recorder_close(ike_recorder *r);
/* For ike_env.crypto of the sessions that are recorded, one at a time; lives as long as r. */
IKE_API const ike_crypto *ike_recorder_crypto(const ike_recorder *r);

/* Each of these right before the call of the same name; a NULL recorder does nothing. What is not said to the recorder
 * cannot be replayed. A failed write ends the recording: ike_recorder_close tells. */
IKE_API void ike_recorder_session(ike_recorder *r, const ike_config *cfg, ike_time now); /* ike_session_new */
IKE_API void ike_recorder_connect(ike_recorder *r, const ike_path *path, ike_time now);
IKE_API void ike_recorder_recv(ike_recorder *r, const ike_path *from, const uint8_t *dgram, size_t n,
                               ike_time now);
/* ike_recv_n, of one datagram: a recording has one after the other. Its ECN field is kept as well. */
IKE_API void ike_recorder_recv_one(ike_recorder *r, const ike_path *from, const ike_packet *pkt,
                                   ike_time now);
/* Of a packet that is sealed only its length and its first 96 octets are kept: what selectors look at. */
IKE_API void ike_recorder_seal(ike_recorder *r, const ike_packet *pkts, size_t n, ike_time now);
IKE_API void ike_recorder_tick(ike_recorder *r, ike_time now);
/* kind: enum ike_ask_kind of the ask. */
IKE_API void ike_recorder_answer(ike_recorder *r, uint32_t kind, uint32_t ask_id, int verdict, ike_span data,
                                 ike_time now);
IKE_API void ike_recorder_close_session(ike_recorder *r, ike_time now); /* ike_close */
IKE_API void ike_recorder_check_alive(ike_recorder *r, ike_time now);
IKE_API void ike_recorder_rekey(ike_recorder *r, uint32_t child_id, ike_time now);
IKE_API void ike_recorder_redirect(ike_recorder *r, const ike_path *path, ike_time now);
IKE_API void ike_recorder_reconfigure(ike_recorder *r, const ike_config *cfg, ike_time now);
IKE_API void ike_recorder_roam(ike_recorder *r, const ike_path *path, ike_time now); /* path NULL: none */
IKE_API void ike_recorder_mtu_hint(ike_recorder *r, const ike_path *path, ike_span quote, uint32_t mtu,
                                   ike_time now);
/* And this one right after ike_poll_send, with what it gave. */
IKE_API void ike_recorder_sent(ike_recorder *r, const ike_path *to, const uint8_t *dgram, size_t n,
                               ike_time now);

/* ---- replaying ------------------------------------------------------------------------------- */
enum ike_replay_outcome {
    IKE_REPLAY_EXACT = 0,     /* every datagram is as it was */
    IKE_REPLAY_DIFFERS = 1,   /* the session does something else */
    IKE_REPLAY_SECRET = 2,    /* so far as it was; an answer was left out of the recording */
    IKE_REPLAY_CUT = 3,       /* so far as it was; the recording ends in the middle or at its limit */
    IKE_REPLAY_MALFORMED = 4, /* no recording, or none that this version can read */
    IKE_REPLAY_FAILED = 5     /* no memory */
};

typedef struct ike_replay_report {
    size_t size;       /* set by IKE_REPLAY_REPORT_INIT */
    uint32_t outcome;  /* enum ike_replay_outcome */
    uint32_t sessions; /* gateways that were tried */
    uint64_t compared; /* datagrams that are as they were */
    uint64_t offset;   /* in the file, of the record that the outcome speaks of */
    char text[256];    /* one line about it */
} ike_replay_report;
#define IKE_REPLAY_REPORT_INIT            \
    {                                     \
        .size = sizeof(ike_replay_report) \
    }

/* Runs the recording. line, if not NULL, gets the ladder: since, in microseconds from the first record on; text, valid
 * during the call. report: more about it; NULL: nobody asks. Returns the outcome. */
IKE_API uint32_t ike_replay(ike_span recording, const ike_crypto *crypto,
                            void (*line)(void *user, ike_time since, const char *text), void *user,
                            ike_replay_report *report);

#ifdef __cplusplus
}
#endif
#endif
