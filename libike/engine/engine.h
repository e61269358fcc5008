/* engine/engine.h - what the files of the pump call of each other. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_ENGINE_ENGINE_H
#define IKE_ENGINE_ENGINE_H

#include "exchange/exchange.h"

/* dispatch.c: messages -> exchanges -> messages */
int ike__dispatch(struct ike_session *s, const struct ike_msg *msg);
void ike__follow(struct ike_session *s, struct ike_ike_sa *sa,
                 ike_step step);            /* what a step of the task that runs on sa means */
void ike__run_tasks(struct ike_session *s); /* starts what waits while the window is free */
int ike__want(struct ike_session *s, enum ike_intent_kind kind); /* queue and run */
void ike__end(struct ike_session *s); /* closed, for the reason ike__session_fault noted */
void ike__sa_over(struct ike_session *s,
                  struct ike_ike_sa *sa); /* one IKE SA is; the session with the current one */
void ike__drop_running(struct ike_session *s, struct ike_ike_sa *sa);

/* send.c: framing into flights */
int ike__send_request(struct ike_session *s, struct ike_ike_sa *sa, uint8_t exchange,
                      const struct ike_msg_out *out);
int ike__send_response(struct ike_session *s, struct ike_ike_sa *sa, const struct ike_header *request,
                       const struct ike_msg_out *out);

/* In place of the request that is out, under its Message ID: only what means the same (pmtu.c). */
int ike__send_instead(struct ike_session *s, struct ike_ike_sa *sa, uint8_t exchange,
                      const struct ike_msg_out *out);

/* The request that is out, if it is in fragments that may be too large, in smaller ones; its tries begin anew (RFC 7383
 * 2.5.2). */
void ike__send_narrower(struct ike_session *s, struct ike_ike_sa *sa);

/* pmtu.c */
ike_time ike__mtu_due(const struct ike_session *s); /* when there is a reason to probe */
int ike__mtu_probe(struct ike_session *s);
/* 1: what was due again is a probe, not a message. */
int ike__mtu_again(struct ike_session *s, struct ike_ike_sa *sa);
/* The probe that is out, if there is one, goes on without its padding, and there is no verdict. */
void ike__mtu_yield(struct ike_session *s);
void ike__mtu_look(struct ike_session *s); /* another path, child or verdict? */

/* roam.c */
int ike__is_handshaking(const struct ike_session *s);
int ike__reauth_start(struct ike_session *s); /* begins the handshake that s->wants_reauth asks for */
void ike__wake(struct ike_session *s);        /* time has leapt: send again, ask for a sign of life */
/* The current SA is not answered: 1 if a fresh connection is tried first. */
int ike__fresh_instead(struct ike_session *s, struct ike_ike_sa *sa);
/* Resuming leads nowhere: 1 if a full handshake has taken its place. */
int ike__full_instead(struct ike_session *s, struct ike_ike_sa *sa);

void ike__send_again(struct ike_session *s, struct ike_ike_sa *sa); /* what is out, at once */

/* probe.c */
int ike__probe_next(struct ike_session *s,
                    struct ike_ike_sa *sa); /* 1: what is out goes out along another path; 0: none is left */
void ike__probe_answered(struct ike_session *s); /* an authentic answer came in */

/* reconfigure_children.c: s->settings are the new ones already */
uint32_t ike__children_changes(struct ike_session *s,
                               const struct ike_settings *old); /* set of 1 << enum ike_change */
void ike__children_change(struct ike_session *s, const struct ike_settings *old); /* makes and rekeys */
void ike__children_forget(struct ike_session *s); /* deletes what is no longer configured */

/* recv.c */
int ike__recv_message(struct ike_session *s, uint8_t *p, size_t n);

/* data.c */
int ike__recv_esp(struct ike_session *s, uint8_t *p, size_t n, ike_span *inner);

#endif
