/* ike/eap.h - who answers IKE_ASK_EAP: EAP methods (libike-eap). SPDX-License-Identifier: Apache-2.0
 *
 * The core never calls this; a driver or a host does. A client answers one conversation at a time, so it belongs to
 * one session. Methods are tables: those of the library, and a host's own beside them.
 * Nothing here blocks: what only a person knows is asked for by `prompt`, which may answer later. */
#ifndef IKE_EAP_H
#define IKE_EAP_H

#include <ike/ike.h>
#include <ike/keystore.h>
#include <ike/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ike_eap_client ike_eap_client;

/* ---- methods --------------------------------------------------------------------------------- */
#define IKE_EAP_ABI      1u
#define IKE_EAP_MSK_SIZE 64u

/* One request and its response, without the EAP header and type. */
typedef struct ike_eap_step {
    ike_span request;   /* borrowed */
    uint8_t *out;       /* the response */
    size_t cap, n;      /* its room; its length */
    uint8_t identifier; /* of both */
    uint8_t is_done;    /* set: a Success is acceptable from now on */
    uint8_t has_msk;    /* set: msk is filled; with is_done */
    uint8_t zero[5];
    uint8_t msk[IKE_EAP_MSK_SIZE];
} ike_eap_step;

typedef struct ike_eap_method {
    uint32_t abi; /* IKE_EAP_ABI */
    uint8_t type; /* EAP type (IANA) */
    uint8_t zero[3];
    const char *name; /* "mschapv2" */
    size_t ctx_size;  /* zeroed before the first step, wiped behind end */
    /* Answers a request: 0, or an IKE_E_* that ends the conversation, or IKE_E_PENDING from ike_eap_prompt, and is
     * called again with the same request. */
    int (*step)(void *ctx, ike_eap_client *c, ike_eap_step *st);
    void (*end)(void *ctx); /* may be NULL */
} ike_eap_method;

/* By name: md5 gtc otp mschapv2 tls ttls peap sim aka aka-prime; NULL: there is none. */
IKE_API const ike_eap_method *ike_eap_method_find(const char *name);

/* ---- what only a person knows ---------------------------------------------------------------- */
enum ike_eap_question {
    IKE_EAP_PASSWORD = 1,     /* none is configured, or the gateway refused it and lets us try again */
    IKE_EAP_NEW_PASSWORD = 2, /* the old one has expired */
    IKE_EAP_CODE = 3          /* GTC, OTP: text is what the gateway wants to be shown */
};
typedef struct ike_eap_prompt {
    uint32_t kind;        /* enum ike_eap_question */
    uint32_t tries;       /* refused so far */
    const char *identity; /* who is asked */
    ike_span text;        /* the gateway's words: any octets; may be empty */
} ike_eap_prompt;

/* ---- what only a SIM card knows: SIM (RFC 4186), AKA (RFC 4187), AKA' (RFC 9048) -------------- */
typedef struct ike_eap_card_ask {
    uint32_t type; /* EAP type: 18: the GSM algorithms run on each rand; 23, 50: AKA on rand[0] and autn */
    uint32_t n;    /* of rand: 2 or 3; 1 with AKA */
    uint8_t rand[3][16];
    uint8_t autn[16];
} ike_eap_card_ask;
typedef struct ike_eap_card_answer {
    uint32_t res_n;    /* AKA: octets of res, 4..16 */
    uint32_t has_auts; /* AKA: 1: the sequence number in autn is not acceptable, auts says which is */
    uint8_t res[16], ck[16], ik[16], auts[14], zero[2];
    uint8_t sres[3][4], kc[3][8]; /* SIM: of each rand */
} ike_eap_card_answer;

enum ike_eap_plain {
    IKE_EAP_PLAIN_PAP = 0,     /* the password as it is */
    IKE_EAP_PLAIN_MSCHAPV2 = 1 /* both sides prove that they know it */
};

typedef struct ike_eap_config {
    size_t size;           /* set by IKE_EAP_CONFIG_INIT */
    const char *identity;  /* answer to EAP-Identity, user name of the methods; required; copied */
    const char *anonymous; /* answer to EAP-Identity where a tunnel hides the true one; copied; may be NULL */
    ike_span password;     /* copied; empty: prompt */
    const ike_eap_method *const *methods; /* those allowed, best first, NULL at the end; kept by pointer */
    /* 0: the answer is in out; IKE_E_PENDING: ike_eap_resume follows; else an IKE_E_* that ends it. NULL: DENIED. */
    int (*prompt)(void *user, const ike_eap_prompt *p, uint8_t *out, size_t cap, size_t *n);
    void *user;
    const ike_crypto *crypto; /* for random numbers; NULL: mbedTLS's */

    /* TLS, TTLS: the server must show a certificate for the DNS name `server` that leads to an anchor, whoever the
     * gateway is; ours is for those that ask for one. All kept by pointer. */
    const char *server;
    const ike_span *anchors; /* PEM or DER */
    uint32_t anchors_n;
    uint32_t system_cas;   /* 1: the system's CAs as well */
    const ike_span *certs; /* ours, DER, leaf first */
    uint32_t certs_n, zero;
    void *key; /* ike_keystore_file_pk */
    /* TTLS, PEAP: methods inside of the tunnel, likewise; NULL: MSCHAPv2 in PEAP, inner_plain in TTLS. */
    const ike_eap_method *const *inner;

    /* 0.3. SIM, AKA, AKA': 0: the answer, wiped after use; IKE_E_PENDING: ike_eap_resume_card follows; IKE_E_AUTH: AUTN
     * is not the home network's; any other IKE_E_* ends it. With these methods identity is the permanent one, prefix
     * and realm included ("0232010000000000@nai.epc.mnc001.mcc232.3gppnetwork.org"). NULL: DENIED. */
    int (*card)(void *user, const ike_eap_card_ask *ask, ike_eap_card_answer *answer);
    /* AKA': what the network's name must be, compared by fields as RFC 9048 3.1 says; by pointer; NULL: any. */
    const char *network;
    /* TTLS without EAP inside (RFC 5281 11.2). */
    uint32_t inner_plain; /* enum ike_eap_plain */
    uint32_t zero2;
    /* Who does TLS: NULL: ike_tls_mbedtls (TLS 1.2). With ike_tls_openssl TLS and TTLS do TLS 1.3 as well (RFC 9190,
     * RFC 9427), PEAP does not. */
    const ike_tls *tls;
    /* TLS: our key is elsewhere; in place of key; by pointer. RSA (PKCS#1 signatures, then TLS 1.2 alone) with either,
     * ECDSA with OpenSSL only. sign is called in ike_eap_answer, and takes as long as it takes; if it says that it is
     * slow and `tls` is the only method, ike_keystore_eap lets a driver call that on another thread. */
    const ike_signer *signer;
} ike_eap_config;
#define IKE_EAP_CONFIG_INIT            \
    {                                  \
        .size = sizeof(ike_eap_config) \
    }

/* ---- a client -------------------------------------------------------------------------------- */
/* Errors: USAGE (a NULL, a set unknown field), CONFIG (*why names the field), UNSUPPORTED (a method of another ABI),
 * NOMEM; *why, if why is not NULL, is static text, "" on success. */
IKE_API int ike_eap_client_new(ike_eap_client **out, const ike_eap_config *cfg, const char **why);
IKE_API void ike_eap_client_free(ike_eap_client *c); /* wipes; NULL is fine */
/* Answers an IKE_ASK_EAP: the verdict for ike_answer, with at most cap octets in out (IKE_EAP_MAX + 64 suffice); or
 * IKE_E_PENDING. The first round of a conversation forgets the one before. */
IKE_API int ike_eap_answer(ike_eap_client *c, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n);
/* A person has answered the prompt that was pending: goes on with the request that waited for it, as ike_eap_answer.
 * said.p NULL: there will be no answer (as DENIED of prompt: some methods tell the gateway so). Errors: USAGE (nothing
 * waits). */
IKE_API int ike_eap_resume(ike_eap_client *c, ike_span said, uint8_t *out, size_t cap, size_t *n);
/* The card has answered, later: verdict and answer as config.card's. Errors: USAGE (nothing waits). */
IKE_API int ike_eap_resume_card(ike_eap_client *c, int verdict, const ike_eap_card_answer *answer,
                                uint8_t *out, size_t cap, size_t *n);
/* What went wrong in the last conversation, in the methods' words ("MSCHAPv2 error 691"); "" if nothing did. */
IKE_API const char *ike_eap_trouble(const ike_eap_client *c);

/* A key store that answers EAP through a client and everything else through inner. Both are taken over and closed with
 * it. Errors: NOMEM (and then neither is). */
IKE_API int ike_keystore_eap(ike_keystore *out, const ike_keystore *inner, ike_eap_client *c);

/* ---- for methods ------------------------------------------------------------------------------ */
IKE_API const ike_eap_config *ike_eap_client_config(const ike_eap_client *c);
/* The password of now: the configured one, or what a person gave. Errors: those of prompt, PENDING. */
IKE_API int ike_eap_password(ike_eap_client *c, ike_span *password);
/* Asks a person; the answer, kept until the next question, becomes the password if the question was for one. */
IKE_API int ike_eap_prompt_for(ike_eap_client *c, const ike_eap_prompt *p, ike_span *said);
IKE_API int ike_eap_random(ike_eap_client *c, uint8_t *out, size_t n); /* CRYPTO */
IKE_API void ike_eap_say_trouble(ike_eap_client *c, const char *text); /* copied, cut at 120 octets */

#ifdef __cplusplus
}
#endif
#endif
