# File lists per library, for builds of your own: paths are relative to the repository's root,
# include paths are -Iinclude -Ilibike. libike itself needs nothing but a C11 compiler.

IKE_BASE := libike/base/buf.c libike/base/cursor.c libike/base/mem.c libike/base/wipe.c \
            libike/base/text.c libike/base/err.c libike/base/log.c libike/base/adopt.c
IKE_WIRE := libike/wire/names.c libike/wire/header.c libike/wire/message.c libike/wire/rules.c \
            libike/wire/sa.c libike/wire/ke.c libike/wire/id.c libike/wire/dn.c libike/wire/cert.c libike/wire/auth.c \
            libike/wire/notify.c libike/wire/delete.c libike/wire/ts.c libike/wire/cp.c \
            libike/wire/eap.c libike/wire/sk.c libike/wire/print.c
IKE_CRYPTO := libike/crypto/policy.c libike/crypto/keywords.c libike/crypto/suites.c libike/crypto/choose.c libike/crypto/prf.c libike/crypto/keymat.c \
              libike/crypto/protect.c libike/crypto/authoctets.c libike/crypto/natd.c libike/crypto/keyex.c libike/crypto/announce.c
IKE_ESP := libike/esp/esp.c libike/esp/replay.c libike/esp/ippeek.c libike/esp/fit.c libike/esp/checksum.c libike/esp/ecn.c libike/esp/mss.c libike/esp/toobig.c
IKE_STATE := $(patsubst %,libike/state/%.c,session settings ike_sa window reassembly child_sa collision doubts lifetime mapping pmtu narrow succession task paths places \
               events keylog ticket)
IKE_EXCHANGE := $(patsubst %,libike/exchange/%.c,classify handshake ike_sa_init ike_session_resume ticket ike_auth own_proof ike_auth_eap announced ppk first_child config_payload \
                  offer create_child rekey_child rekey_ike delete_ike delete_child liveness path_mtu mobike redirect informational)
IKE_ENGINE := $(patsubst %,libike/engine/%.c,api recv dispatch send tick data ask info roam probe pmtu reconfigure reconfigure_children)

# Beside the core, for hosts with many sessions.
IKE_TIMERS := libike/engine/timers.c

# The core: no dependency at all.
IKE_CORE := $(IKE_BASE) $(IKE_WIRE) $(IKE_CRYPTO) $(IKE_ESP) $(IKE_STATE) $(IKE_EXCHANGE) $(IKE_ENGINE)
# mbedTLS 2.28 or 3.6: crypto, X.509, key files.
IKE_MBEDTLS := $(wildcard libike/backend/mbedtls*.c libike/trust/*.c) \
               $(patsubst %,libike/keystore/%.c,cert eddsa elsewhere file key p12 pbes scheme vault)
# Keys in tokens (p11-kit) and in TPMs (tpm2-tss), each with its copy of what both need.
IKE_HARD   := $(patsubst %,libike/keystore/%.c,asn1 tss2_pem uri)
IKE_PKCS11 := $(wildcard libike/keystore/pkcs11*.c) $(IKE_HARD)
IKE_TPM2   := $(wildcard libike/keystore/tpm2*.c) $(IKE_HARD)
# OpenSSL 3: crypto, TLS for EAP.
IKE_OPENSSL := $(wildcard libike/backend/openssl*.c)
# ipsec-mb: ciphers of ESP.
IKE_IPSECMB := $(wildcard libike/backend/ipsecmb*.c)
# Recording and replaying: no dependency but stdio.
IKE_RECORD := $(wildcard libike/record/*.c)
# Bursts of the TUN, cut up and put together: pure.
IKE_OFFLOAD := $(patsubst %,libike/tun/%.c,checksum split merge)
# libuv: driver; Linux: TUN.
IKE_UV := $(wildcard libike/driver/*.c libike/tun/*.c) $(IKE_RECORD)
# mbedTLS with TLS: EAP methods.
IKE_EAP := $(wildcard libike/eap/*.c)
# cJSON: profiles.
IKE_PROFILE := $(wildcard libike/profile/*.c)
# Guard: plans; cJSON for their text.
IKE_GUARD := $(wildcard libike/guard/*.c)
# Guard on Linux: libmnl, libnftables, and libsystemd if it is there.
IKE_APPLY := $(wildcard libike/apply/*.c)
# What is asked beside the tunnel: c-ares, libcurl, libuv, cJSON.
IKE_OUTSIDE := $(wildcard libike/outside/*.c)
# libcurl on libuv: CRLs and OCSP responses.
IKE_FETCH := $(wildcard libike/fetch/*.c)
