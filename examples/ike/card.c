/* examples/ike/card.c - a SIM card behind a program: --card PROGRAM. SPDX-License-Identifier: Apache-2.0
 *
 * The program knows how to speak to a card reader. It is started for each challenge, as `PROGRAM sim` or `PROGRAM aka`,
 * reads lines of hexadecimal digits and writes lines:
 *
 *   sim:  RAND, two or three lines     SRES Kc, a line each
 *   aka:  RAND AUTN                    RES CK IK, or `auts AUTS`, or `reject` if AUTN is not the network's
 *
 * It may take its time: the loop goes on meanwhile. */
#include "cli.h"
#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX 1024u

struct card_run {
    uv_process_t process;
    uv_pipe_t to, from;
    uv_write_t write;
    ike_eap_card_ask ask;
    card_done *done;
    void *user;
    char request[400], output[OUTPUT_MAX + 1];
    size_t output_n;
    unsigned open; /* handles */
    int64_t status;
};

static void put_hex(char *out, const uint8_t *p, size_t n)
{
    size_t at = strlen(out);

    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, 3, "%02x", p[i]);
}

static int digit(char c)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

    return c && at ? (int)(at - digits) : -1;
}

/* One word of min..max octets: how many, or -1. */
static int take_hex(const char **text, uint8_t *out, size_t min, size_t max)
{
    const char *p = *text + strspn(*text, " \r\n\t");
    size_t n = 0;

    for (; digit(p[0]) >= 0 && digit(p[1]) >= 0 && n < max; p += 2)
        out[n++] = (uint8_t)(digit(p[0]) << 4 | digit(p[1]));
    *text = p;
    return n >= min && strchr(" \r\n\t", *p) ? (int)n : -1; /* finds the end as well */
}

static int read_answer(const ike_eap_card_ask *ask, const char *text, ike_eap_card_answer *a)
{
    int n;

    memset(a, 0, sizeof(*a));
    for (uint32_t i = 0; ask->type == 18 && i < ask->n; i++)
        if (take_hex(&text, a->sres[i], 4, 4) < 0 || take_hex(&text, a->kc[i], 8, 8) < 0)
            return IKE_E_LOCAL_IO;
    if (ask->type == 18)
        return 0;
    if (strncmp(text, "reject", 6) == 0)
        return IKE_E_AUTH;
    if (strncmp(text, "auts ", 5) == 0) {
        text += 5;
        a->has_auts = 1;
        return take_hex(&text, a->auts, 14, 14) < 0 ? IKE_E_LOCAL_IO : 0;
    }
    n = take_hex(&text, a->res, 4, 16);
    a->res_n = n < 0 ? 0 : (uint32_t)n;
    return n < 0 || take_hex(&text, a->ck, 16, 16) < 0 || take_hex(&text, a->ik, 16, 16) < 0 ? IKE_E_LOCAL_IO
                                                                                             : 0;
}

static void closed(uv_handle_t *h)
{
    struct card_run *r = h->data;
    ike_eap_card_answer answer;
    int verdict;

    if (--r->open > 0)
        return;
    r->output[r->output_n] = '\0';
    verdict = r->status == 0 ? read_answer(&r->ask, r->output, &answer) : IKE_E_LOCAL_IO;
    if (verdict == IKE_E_LOCAL_IO)
        fprintf(stderr, "ike: warning: --card: %s\n",
                r->status ? "the program failed" : "the program's answer cannot be read");
    r->done(r->user, verdict, &answer);
    memset(&answer, 0, sizeof(answer));
    memset(r, 0, sizeof(*r));
    free(r);
}

static void shut(struct card_run *r)
{
    uv_handle_t *all[] = {(uv_handle_t *)&r->to, (uv_handle_t *)&r->from, (uv_handle_t *)&r->process};

    for (size_t i = 0; i < 3; i++)
        if (!uv_is_closing(all[i]))
            uv_close(all[i], closed);
}

static void exited(uv_process_t *p, int64_t status, int signal)
{
    struct card_run *r = p->data;

    r->status = status ? status : signal;
    uv_close((uv_handle_t *)p, closed);
}

static void room(uv_handle_t *h, size_t wanted, uv_buf_t *buf)
{
    struct card_run *r = h->data;

    (void)wanted;
    *buf = uv_buf_init(r->output + r->output_n, (unsigned)(OUTPUT_MAX - r->output_n));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct card_run *r = s->data;

    (void)buf;
    if (n > 0)
        r->output_n += (size_t)n;
    else if (n < 0 && !uv_is_closing((uv_handle_t *)s))
        uv_close((uv_handle_t *)s, closed);
}

static void on_written(uv_write_t *w, int status)
{
    (void)status;
    if (!uv_is_closing((uv_handle_t *)w->handle))
        uv_close((uv_handle_t *)w->handle, closed); /* the end of its input */
}

static void make_request(struct card_run *r)
{
    for (uint32_t i = 0; i < r->ask.n; i++) {
        put_hex(r->request, r->ask.rand[i], 16);
        if (r->ask.type != 18) {
            strcat(r->request, " ");
            put_hex(r->request, r->ask.autn, 16);
        }
        strcat(r->request, "\n");
    }
}

int card_start(uv_loop_t *loop, const char *program, const ike_eap_card_ask *ask, card_done *done, void *user)
{
    struct card_run *r = calloc(1, sizeof(*r));
    char *args[3] = {NULL, NULL, NULL}, sim[] = "sim", aka[] = "aka";
    uv_stdio_container_t io[3];
    uv_process_options_t options;
    uv_buf_t text;

    if (!r)
        return IKE_E_NOMEM;
    r->ask = *ask;
    r->done = done;
    r->user = user;
    make_request(r);
    (void)uv_pipe_init(loop, &r->to, 0);
    (void)uv_pipe_init(loop, &r->from, 0);
    r->to.data = r->from.data = r->process.data = r;
    r->open = 3;
    memset(&options, 0, sizeof(options));
    args[0] = (char *)(uintptr_t)program; /* libuv only reads it */
    args[1] = ask->type == 18 ? sim : aka;
    io[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
    io[0].data.stream = (uv_stream_t *)&r->to;
    io[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
    io[1].data.stream = (uv_stream_t *)&r->from;
    io[2].flags = UV_INHERIT_FD;
    io[2].data.fd = 2;
    options.file = program;
    options.args = args;
    options.stdio = io;
    options.stdio_count = 3;
    options.exit_cb = exited;
    r->status = uv_spawn(loop, &r->process, &options);
    if (r->status < 0) { /* closed() reports it, from the loop */
        shut(r);
        return 0;
    }
    text = uv_buf_init(r->request, (unsigned)strlen(r->request));
    (void)uv_read_start((uv_stream_t *)&r->from, room, on_read);
    (void)uv_write(&r->write, (uv_stream_t *)&r->to, &text, 1, on_written);
    return 0;
}
