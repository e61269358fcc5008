/* tests/exchange/classify_test.c - what a peer's request is called, and who brings about what is wanted. SPDX-License-Identifier: Apache-2.0 */
#include "exchange/exchange.h"
#include "fake/test.h"

static void nothing(struct ike_msg_out *o)
{
    (void)o;
}

static void put_sa(struct ike_msg_out *o, uint8_t first, uint8_t second)
{
    struct ike_proposal p[2];

    memset(p, 0, sizeof(p));
    for (uint8_t i = 0; i < 2; i++) {
        p[i].number = (uint8_t)(i + 1);
        p[i].protocol = i == 0 ? first : second;
        p[i].spi_len = p[i].protocol == IKE_PROTO_IKE ? 8 : 4;
        p[i].n = 1;
        p[i].transform[0].type = IKE_T_ENCR;
        p[i].transform[0].id = 20;
        p[i].transform[0].key_bits = 256;
    }
    ike__sa_write(o, p, second ? 2 : 1);
}

static void esp_sa(struct ike_msg_out *o)
{
    put_sa(o, IKE_PROTO_ESP, 0);
}

static void ike_sa(struct ike_msg_out *o)
{
    put_sa(o, IKE_PROTO_IKE, 0);
}

static void ike_then_esp(struct ike_msg_out *o)
{
    put_sa(o, IKE_PROTO_IKE, IKE_PROTO_ESP);
}

static void esp_then_ike(struct ike_msg_out *o)
{
    put_sa(o, IKE_PROTO_ESP, IKE_PROTO_IKE);
}

static void broken_sa(struct ike_msg_out *o)
{
    ike__out_payload(o, IKE_P_SA, ike__span("\0\0", 2));
}

static void rekey_esp(struct ike_msg_out *o)
{
    ike__notify_write_spi(o, IKE_PROTO_ESP, ike__span("\1\2\3\4", 4), IKE_N_REKEY_SA, ike__span(NULL, 0));
    esp_sa(o);
}

static void rekey_behind(struct ike_msg_out *o)
{
    esp_sa(o);
    ike__notify_write(o, IKE_N_USE_TRANSPORT_MODE, ike__span(NULL, 0));
    ike__notify_write_spi(o, IKE_PROTO_ESP, ike__span("\1\2\3\4", 4), IKE_N_REKEY_SA, ike__span(NULL, 0));
}

static void rekey_and_ike_sa(struct ike_msg_out *o)
{
    ike__notify_write_spi(o, IKE_PROTO_ESP, ike__span("\1\2\3\4", 4), IKE_N_REKEY_SA, ike__span(NULL, 0));
    ike_sa(o);
}

static void delete_ike(struct ike_msg_out *o)
{
    ike__delete_write_ike(o);
}

static void delete_esp(struct ike_msg_out *o)
{
    uint32_t spi = 0x01020304;

    ike__delete_write_esp(o, &spi, 1);
}

static void delete_esp_then_ike(struct ike_msg_out *o)
{
    delete_esp(o);
    delete_ike(o);
}

static void delete_ah(struct ike_msg_out *o)
{
    ike__out_payload(o, IKE_P_DELETE, ike__span("\2\4\0\1\1\2\3\4", 8));
}

static void delete_ike_with_spi(struct ike_msg_out *o)
{
    ike__out_payload(o, IKE_P_DELETE, ike__span("\1\4\0\1\1\2\3\4", 8));
}

static void delete_broken(struct ike_msg_out *o)
{
    ike__out_payload(o, IKE_P_DELETE, ike__span("\1", 1));
}

static void notify_then_delete(struct ike_msg_out *o)
{
    ike__notify_write(o, IKE_N_INITIAL_CONTACT, ike__span(NULL, 0));
    delete_ike(o);
}

static void notify(struct ike_msg_out *o)
{
    ike__notify_write(o, IKE_N_COOKIE2, ike__span("12345678", 8));
}

static void unknown_payload(struct ike_msg_out *o)
{
    ike__out_payload(o, 200, ike__span("x", 1));
}

static const struct {
    uint8_t exchange, zero[7];
    void (*payloads)(struct ike_msg_out *);
    const struct ike_exchange *is;
} table[] = {
    /* RFC 7296 3.1: the exchange type says it */
    {IKE_X_IKE_SA_INIT, {0}, nothing, &ike__ike_sa_init},
    {IKE_X_IKE_SA_INIT, {0}, ike_sa, &ike__ike_sa_init},
    {IKE_X_IKE_SESSION_RESUME, {0}, nothing, &ike__ike_session_resume},
    {IKE_X_IKE_AUTH, {0}, nothing, &ike__ike_auth},
    {IKE_X_IKE_AUTH, {0}, delete_ike, &ike__ike_auth},
    /* 1.3.1, 1.3.2, 1.3.3: REKEY_SA wherever it is; then the protocol of the first proposal */
    {IKE_X_CREATE_CHILD_SA, {0}, nothing, &ike__create_child},
    {IKE_X_CREATE_CHILD_SA, {0}, esp_sa, &ike__create_child},
    {IKE_X_CREATE_CHILD_SA, {0}, esp_then_ike, &ike__create_child},
    {IKE_X_CREATE_CHILD_SA, {0}, broken_sa, &ike__create_child},
    {IKE_X_CREATE_CHILD_SA, {0}, notify, &ike__create_child},
    {IKE_X_CREATE_CHILD_SA, {0}, unknown_payload, &ike__create_child},
    {IKE_X_CREATE_CHILD_SA, {0}, ike_sa, &ike__rekey_ike},
    {IKE_X_CREATE_CHILD_SA, {0}, ike_then_esp, &ike__rekey_ike},
    {IKE_X_CREATE_CHILD_SA, {0}, rekey_esp, &ike__rekey_child},
    {IKE_X_CREATE_CHILD_SA, {0}, rekey_behind, &ike__rekey_child},
    {IKE_X_CREATE_CHILD_SA, {0}, rekey_and_ike_sa, &ike__rekey_child},
    /* 1.4: nothing at all is a question for liveness; 1.4.1: a Delete says what goes */
    {IKE_X_INFORMATIONAL, {0}, nothing, &ike__liveness},
    {IKE_X_INFORMATIONAL, {0}, notify, &ike__informational},
    {IKE_X_INFORMATIONAL, {0}, unknown_payload, &ike__informational},
    {IKE_X_INFORMATIONAL, {0}, delete_ike, &ike__delete_ike},
    {IKE_X_INFORMATIONAL, {0}, notify_then_delete, &ike__delete_ike},
    {IKE_X_INFORMATIONAL, {0}, delete_esp, &ike__delete_child},
    {IKE_X_INFORMATIONAL, {0}, delete_ah, &ike__delete_child},
    /* 3.11, row 230: an IKE SA has no SPI here: it does not go */
    {IKE_X_INFORMATIONAL, {0}, delete_ike_with_spi, &ike__delete_child},
    {IKE_X_INFORMATIONAL, {0}, delete_broken, &ike__delete_child},
    /* 1.4.1: "Deleting an IKE SA implicitly closes any remaining Child SAs" */
    {IKE_X_INFORMATIONAL, {0}, delete_esp_then_ike, &ike__delete_ike},
    /* 3.1: none of ours */
    {33, {0}, ike_sa, NULL},
    {43, {0}, nothing, NULL},
    {240, {0}, nothing, NULL},
};

/* RFC 7296 1.3, 1.4, 3.1, 3.11, rows 193, 195, 228, 230, 231 */
static void every_request_has_a_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct ike_exchange *is;
        struct ike_msg_out out;
        struct ike_msg msg;
        uint8_t octets[400];

        ike__out_init(&out, octets, sizeof(octets));
        table[i].payloads(&out);
        assert_int_equal(ike__out_err(&out), 0);
        memset(&msg, 0, sizeof(msg));
        assert_int_equal(ike__msg_index(&msg, out.first, ike__span(out.buf.p, out.buf.n)), 0);
        msg.header.exchange = table[i].exchange;
        is = ike__classify(&msg);
        if (is != table[i].is)
            fail_msg("row %zu: %s instead of %s", i, is ? is->name : "nothing",
                     table[i].is ? table[i].is->name : "nothing");
    }
}

/* RFC 7296 2.3: whatever waits for the window can be asked for */
static void every_intent_has_an_exchange(void **state)
{
    (void)state;
    for (uint8_t kind = IKE_INTENT_NONE + 1; kind <= IKE_INTENT_PATH_MTU; kind++) {
        const struct ike_exchange *x = ike__exchange_of(kind);

        assert_non_null(x);
        assert_non_null(x->build);
        assert_non_null(x->finish);
        for (uint8_t other = IKE_INTENT_NONE + 1; other < kind; other++)
            assert_ptr_not_equal(x, ike__exchange_of(other));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_has_a_name),
        cmocka_unit_test(every_intent_has_an_exchange),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
