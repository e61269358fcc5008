/* examples/ike/cli.h - what the files of the command-line client share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CLI_H
#define IKE_CLI_H

#include <ike/eap.h>
#include <ike/profile.h>
#include <ike/uv.h>
#include <stdatomic.h>
#include <stdio.h>

enum {
    EXIT_DIFFERS = 1,
    EXIT_USE = 64,
    EXIT_DATA = 65,
    EXIT_MISSING = 66,
    EXIT_SILENT = 69,
    EXIT_LOCAL = 74,
    EXIT_REFUSED = 76,
    EXIT_AUTH = 77,
    EXIT_STOPPED = 130
};

struct options {
    const ike_crypto *crypto, *bulk; /* of the handshake, of ESP */
    const char *profile, *events, *keylog, *pcap, *tun, *record, *card;
    const char *overrides[64];
    char **run; /* NULL-terminated */
    unsigned overrides_n;
    int timeout_s, record_secrets, plan;
    int plain_tun, plain_udp; /* --plain: one packet a system call */
};

/* A profile with its keys and trust, ready for a session. */
struct setup {
    ike_profile *profile;
    const ike_crypto *crypto;
    ike_keystore keys;
    ike_trust *trust; /* of keys; NULL: none */
    ike_config config;
    ike_span certs[10];
    uint8_t certreq[400];
    char id[2200];
    const ike_eap_method *eap_methods[11], *eap_inner[11];
    ike_signer signer;       /* of keys, for TLS inside of EAP; sign NULL: none */
    ike_eap_client *eap;     /* belongs to keys; NULL: no EAP */
    struct eap_asker *asker; /* whom the EAP client asks; NULL: nobody */
    atomic_int is_over;      /* nobody is to be asked for a PIN or a password any more */
};

/* load.c: 0 or an exit code, with one line on stderr */
int setup_load(struct setup *s, const struct options *o);
void setup_drop(struct setup *s); /* an empty one is fine */
char *read_text(const char *path, size_t *n);
int exit_code(int err); /* of an IKE_E_* */

/* secret.c: PINs, for ike_signer_config; user is the setup. From the profile, the terminal, or standard input. */
int secret_ask(void *user, const char *what, char *out, size_t cap);
void secret_tell(void *user, const char *text);
/* A line from the terminal, without echo, or of standard input where there is no terminal; < 0: given up. May wait. */
int secret_read(const char *what, char *out, size_t cap, const atomic_int *is_over);
int secret_has_terminal(void);

/* eap.c: what EAP asks of a person or a card: callbacks of ike_eap_config, whose user is the setup */
int eap_prompt(void *user, const ike_eap_prompt *p, uint8_t *out, size_t cap, size_t *n);
int eap_card(void *user, const ike_eap_card_ask *ask, ike_eap_card_answer *out);
int eap_open(struct eap_asker **a, uv_loop_t *loop, ike_uv *v, const char *card); /* NOMEM */
void eap_ask(struct eap_asker *a, struct setup *setup, const ike_ask *ask); /* IKE_ASK_EAP that was put off */
void eap_forget(struct eap_asker *a, const struct setup *setup);            /* NULL: whosever it is */
void eap_close(struct eap_asker *a);

/* card.c: runs PROGRAM for a challenge; done is called from the loop, once, if this returns 0 */
typedef void card_done(void *user, int verdict, const ike_eap_card_answer *answer);
int card_start(uv_loop_t *loop, const char *program, const ike_eap_card_ask *ask, card_done *done,
               void *user);

/* revocation.c: verdicts that wait for a CRL or an OCSP response; in a build without libcurl none does */
typedef struct revocation revocation;
int revocation_can_fetch(void);
void revocation_open(revocation **r, uv_loop_t *loop, ike_uv *v);
int revocation_ask(revocation *r, ike_trust *t, const ike_ask *ask); /* 1: it will be answered */
void revocation_forget(revocation *r, const ike_trust *t);           /* NULL: all asks that were made */
void revocation_close(revocation *r);

/* output.c: one JSON object a line */
struct output {
    FILE *file; /* NULL: nowhere */
    ike_time began;
    uint32_t wanted_mtu, mtu; /* of the profile, 0: none; of the device */
};
void output_open(struct output *o, const char *path);
void output_connecting(struct output *o, const char *host, const ike_path *path);
void output_event(struct output *o, const ike_event *ev);
void output_network(struct output *o, const ike_path *path); /* NULL: none */
void output_warning(struct output *o, const char *text, const char *advice);
void output_stats(struct output *o, const ike_uv *v, ike_session *s);
void print_addr(char *out, size_t cap, const ike_addr *a);
void print_ts(char *out, size_t cap, const ike_ts *ts);

/* crypto.c: the default is first, NULL is behind the last */
const ike_crypto *crypto_at(size_t i);
const ike_crypto *crypto_bulk(void); /* the fastest for ESP; NULL: the default */
/* --crypto: "openssl", or "mbedtls,ipsecmb": for the handshake, for ESP. -1: this program has no such backend. */
int crypto_choose(struct options *o, const char *text);
const ike_tls *crypto_tls(const ike_crypto *c); /* of the same library */

/* capture.c: pcap and key log files */
FILE *capture_open(const char *path);
void capture_datagram(FILE *f, int dir, const ike_path *path, const uint8_t *p, size_t n);
void keylog_line(const char *dir, const char *file, const char *line);

/* plan.c: what the guard would do: in words, when the tunnel is up; as JSON, an array with a plan for each phase. 0 or an
 * exit code */
int plan_describe(const struct setup *s);
int plan_print(const struct setup *s);

int command_connect(const struct options *o);
int command_check(const struct options *o);
int command_import(const struct options *o);
int command_replay(const struct options *o);

#endif
