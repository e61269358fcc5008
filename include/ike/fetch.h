/* ike/fetch.h - CRLs and OCSP responses over HTTP, on a libuv loop, by libcurl. SPDX-License-Identifier: Apache-2.0
 *
 * Written on ike_trust_wanted and ike_trust_give alone. A host with an HTTP client of its own needs none of this. */
#ifndef IKE_FETCH_H
#define IKE_FETCH_H

#include <ike/ike.h>
#include <ike/keystore.h>
#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ike_fetch ike_fetch;

/* timeout_ms: for one document; 0: 5000. Errors: NOMEM, LOCAL_IO. */
IKE_API int ike_fetch_open(ike_fetch **out, uv_loop_t *loop, uint32_t timeout_ms);
/* For an IKE_ASK_VERIFY to which ike_trust_verify said PENDING: fetches what it wants, one document after the other, at
 * most ten, the last begun within three timeouts, never blocking the loop; then done is called once, with the verdict for
 * ike_answer, IKE_VERIFIED_IN_PART among them: its data is what ike_trust_unchecked(t) says at that time. The ask is
 * copied; t is borrowed until done or ike_fetch_cancel. http only, no redirections, the bounds of keystore.h. Errors:
 * NOMEM, LOCAL_IO: done will not be called. */
IKE_API int ike_fetch_verify(ike_fetch *f, ike_trust *t, const ike_ask *ask,
                             void (*done)(void *user, uint32_t ask_id, int verdict), void *user);
/* Forgets what is under way for t, NULL: for everyone: its asks are over, because their session is. done is not called. */
IKE_API void ike_fetch_cancel(ike_fetch *f, const ike_trust *t);
/* Stops and frees; closed, if not NULL, is called from the loop when f is gone. NULL f is fine. */
IKE_API void ike_fetch_close(ike_fetch *f, void (*closed)(void *user), void *user);

#ifdef __cplusplus
}
#endif
#endif
