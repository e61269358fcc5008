/* examples/eap_method.c - an EAP method of the host's own, beside those of the library. SPDX-License-Identifier: Apache-2.0
 *
 * The method: the server sends a number, we answer with its square, twice. (It proves nothing, so behind an EAP-only
 * gateway nobody would let it through.) What a gateway would send as IKE_ASK_EAP is written down here; a real host gives
 * the client to ike_keystore_eap, and that to its driver. */
#include <ike/eap.h>
#include <stdio.h>
#include <string.h>

struct squares {
    uint32_t answered;
};

static int step(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    struct squares *s = ctx;

    if (st->request.n != 1 || st->cap < 2) {
        ike_eap_say_trouble(c, "squares: that is no number");
        return IKE_E_SYNTAX;
    }
    st->out[0] = (uint8_t)(st->request.p[0] * st->request.p[0] >> 8);
    st->out[1] = (uint8_t)(st->request.p[0] * st->request.p[0]);
    st->n = 2;
    st->is_done = ++s->answered == 2; /* from now on a Success of the gateway is acceptable */
    return 0;
}

/* 254 would be an expanded type (RFC 3748 5.7), which this table cannot say: 255 is for experiments. */
static const ike_eap_method squares = {
    .abi = IKE_EAP_ABI, .type = 255, .name = "squares", .ctx_size = sizeof(struct squares), .step = step};

static int ask(ike_eap_client *c, uint32_t round, const uint8_t *request, size_t n)
{
    uint8_t out[IKE_EAP_MAX + 64];
    ike_ask a;
    size_t out_n;
    int verdict;

    memset(&a, 0, sizeof(a));
    a.kind = IKE_ASK_EAP;
    a.round = round;
    a.tbs = (ike_span){request, n};
    verdict = ike_eap_answer(c, &a, out, sizeof(out), &out_n);
    printf("round %u: verdict %d, response", (unsigned)round, verdict);
    for (size_t i = 0; i < out_n; i++)
        printf(" %02x", out[i]);
    printf("%s%s\n", ike_eap_trouble(c)[0] ? ": " : "", ike_eap_trouble(c));
    return verdict;
}

int main(void)
{
    static const uint8_t who[] = {1, 1, 0, 5, 1}, md5[] = {1, 2, 0, 10, 4, 4, 'a', 'b', 'c', 'd'};
    static const uint8_t seven[] = {1, 3, 0, 6, 255, 7}, twenty[] = {1, 4, 0, 6, 255, 20};
    const ike_eap_method *const methods[] = {&squares, ike_eap_method_find("mschapv2"), NULL};
    ike_eap_config cfg = IKE_EAP_CONFIG_INIT;
    ike_eap_client *c;
    const char *why;
    int ok;

    cfg.identity = "alice";
    cfg.methods = methods; /* ours is liked best; the library's is allowed */
    if (ike_eap_client_new(&c, &cfg, &why) < 0) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    ok = ask(c, 1, who, sizeof(who)) == IKE_EAP_GO_ON;            /* Identity: "alice" */
    ok = ask(c, 2, md5, sizeof(md5)) == IKE_EAP_GO_ON && ok;      /* Nak: 255, 26 */
    ok = ask(c, 3, seven, sizeof(seven)) == IKE_EAP_GO_ON && ok;  /* 49 */
    ok = ask(c, 4, twenty, sizeof(twenty)) == IKE_EAP_DONE && ok; /* 400 */
    ike_eap_client_free(c);
    return !ok;
}
