/* wire/names.c - IANA names for logs and events. SPDX-License-Identifier: Apache-2.0 */
#include "wire/names.h"
#include <ike/ike.h>

struct name {
    uint16_t id;
    const char *text;
};

static const struct name exchanges[] = {{IKE_X_IKE_SA_INIT, "IKE_SA_INIT"},
                                        {IKE_X_IKE_AUTH, "IKE_AUTH"},
                                        {IKE_X_CREATE_CHILD_SA, "CREATE_CHILD_SA"},
                                        {IKE_X_INFORMATIONAL, "INFORMATIONAL"},
                                        {IKE_X_IKE_SESSION_RESUME, "IKE_SESSION_RESUME"},
                                        {IKE_X_IKE_INTERMEDIATE, "IKE_INTERMEDIATE"},
                                        {IKE_X_IKE_FOLLOWUP_KE, "IKE_FOLLOWUP_KE"}};

static const struct name payloads[] = {
    {IKE_P_SA, "SA"},          {IKE_P_KE, "KE"},     {IKE_P_IDi, "IDi"},     {IKE_P_IDr, "IDr"},
    {IKE_P_CERT, "CERT"},      {IKE_P_AUTH, "AUTH"}, {IKE_P_NONCE, "Nonce"}, {IKE_P_NOTIFY, "N"},
    {IKE_P_DELETE, "D"},       {IKE_P_VENDOR, "V"},  {IKE_P_TSi, "TSi"},     {IKE_P_TSr, "TSr"},
    {IKE_P_SK, "SK"},          {IKE_P_CP, "CP"},     {IKE_P_EAP, "EAP"},     {IKE_P_SKF, "SKF"},
    {IKE_P_CERTREQ, "CERTREQ"}};

static const struct name ids[] = {{IKE_ID_IPV4_ADDR, "IPV4_ADDR"},     {IKE_ID_FQDN, "FQDN"},
                                  {IKE_ID_RFC822_ADDR, "RFC822_ADDR"}, {IKE_ID_IPV6_ADDR, "IPV6_ADDR"},
                                  {IKE_ID_DER_ASN1_DN, "DER_ASN1_DN"}, {IKE_ID_DER_ASN1_GN, "DER_ASN1_GN"},
                                  {IKE_ID_KEY_ID, "KEY_ID"},           {IKE_ID_NULL, "NULL"}};

#define N(x)          \
    {                 \
        IKE_N_##x, #x \
    }
static const struct name notifies[] = {N(UNSUPPORTED_CRITICAL_PAYLOAD),
                                       N(INVALID_IKE_SPI),
                                       N(INVALID_MAJOR_VERSION),
                                       N(INVALID_SYNTAX),
                                       N(INVALID_MESSAGE_ID),
                                       N(INVALID_SPI),
                                       N(NO_PROPOSAL_CHOSEN),
                                       N(INVALID_KE_PAYLOAD),
                                       N(AUTHENTICATION_FAILED),
                                       N(SINGLE_PAIR_REQUIRED),
                                       N(NO_ADDITIONAL_SAS),
                                       N(INTERNAL_ADDRESS_FAILURE),
                                       N(FAILED_CP_REQUIRED),
                                       N(TS_UNACCEPTABLE),
                                       N(INVALID_SELECTORS),
                                       N(UNACCEPTABLE_ADDRESSES),
                                       N(UNEXPECTED_NAT_DETECTED),
                                       N(USE_ASSIGNED_HOA),
                                       N(TEMPORARY_FAILURE),
                                       N(CHILD_SA_NOT_FOUND),
                                       N(STATE_NOT_FOUND),
                                       N(INITIAL_CONTACT),
                                       N(SET_WINDOW_SIZE),
                                       N(ADDITIONAL_TS_POSSIBLE),
                                       N(IPCOMP_SUPPORTED),
                                       N(NAT_DETECTION_SOURCE_IP),
                                       N(NAT_DETECTION_DESTINATION_IP),
                                       N(COOKIE),
                                       N(USE_TRANSPORT_MODE),
                                       N(HTTP_CERT_LOOKUP_SUPPORTED),
                                       N(REKEY_SA),
                                       N(ESP_TFC_PADDING_NOT_SUPPORTED),
                                       N(NON_FIRST_FRAGMENTS_ALSO),
                                       N(MOBIKE_SUPPORTED),
                                       N(ADDITIONAL_IP4_ADDRESS),
                                       N(ADDITIONAL_IP6_ADDRESS),
                                       N(NO_ADDITIONAL_ADDRESSES),
                                       N(UPDATE_SA_ADDRESSES),
                                       N(COOKIE2),
                                       N(NO_NATS_ALLOWED),
                                       N(AUTH_LIFETIME),
                                       N(MULTIPLE_AUTH_SUPPORTED),
                                       N(ANOTHER_AUTH_FOLLOWS),
                                       N(REDIRECT_SUPPORTED),
                                       N(REDIRECT),
                                       N(REDIRECTED_FROM),
                                       N(TICKET_LT_OPAQUE),
                                       N(TICKET_REQUEST),
                                       N(TICKET_ACK),
                                       N(TICKET_NACK),
                                       N(TICKET_OPAQUE),
                                       N(EAP_ONLY_AUTHENTICATION),
                                       N(CHILDLESS_IKEV2_SUPPORTED),
                                       N(QUICK_CRASH_DETECTION),
                                       N(IKEV2_MESSAGE_ID_SYNC_SUPPORTED),
                                       N(IKEV2_FRAGMENTATION_SUPPORTED),
                                       N(SIGNATURE_HASH_ALGORITHMS),
                                       N(USE_PPK),
                                       N(PPK_IDENTITY),
                                       N(NO_PPK_AUTH),
                                       N(INTERMEDIATE_EXCHANGE_SUPPORTED),
                                       N(IP4_ALLOWED),
                                       N(IP6_ALLOWED),
                                       N(ADDITIONAL_KEY_EXCHANGE),
                                       N(USE_AGGFRAG),
                                       N(SUPPORTED_AUTH_METHODS)};
#undef N

static const char *find(const struct name *table, size_t n, uint16_t id, const char *otherwise)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].id == id)
            return table[i].text;
    return otherwise;
}
#define FIND(table, id, otherwise) find(table, sizeof(table) / sizeof((table)[0]), id, otherwise)

const char *ike__name_exchange(uint8_t type)
{
    return FIND(exchanges, type, "exchange");
}

const char *ike__name_payload(uint8_t type)
{
    return FIND(payloads, type, "payload");
}

const char *ike__name_notify(uint16_t type)
{
    return FIND(notifies, type, "notify");
}

const char *ike__name_id(uint8_t type)
{
    return FIND(ids, type, "id");
}

const char *ike__name_eap(uint8_t type)
{
    static const struct name types[] = {{IKE_EAPT_MD5, "eap-md5"},
                                        {IKE_EAPT_OTP, "eap-otp"},
                                        {IKE_EAPT_GTC, "eap-gtc"},
                                        {IKE_EAPT_TLS, "eap-tls"},
                                        {IKE_EAPT_SIM, "eap-sim"},
                                        {IKE_EAPT_TTLS, "eap-ttls"},
                                        {IKE_EAPT_AKA, "eap-aka"},
                                        {IKE_EAPT_PEAP, "eap-peap"},
                                        {IKE_EAPT_MSCHAPV2, "eap-mschapv2"},
                                        {IKE_EAPT_PWD, "eap-pwd"},
                                        {IKE_EAPT_AKA_PRIME, "eap-aka-prime"}};

    return FIND(types, type, "eap");
}

const char *ike_notify_name(uint16_t notify)
{
    return ike__name_notify(notify);
}
