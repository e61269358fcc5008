# libike. `make demo` and `make check` do everything, installs included; see README.md.
# GNU make, no configure step. Useful variables: CC, BUILD, SAN (address,undefined), PREFIX, DESTDIR,
# WITH_OPENSSL, WITH_IPSECMB (no: without that backend; otherwise it is built where the library is found).

CC      ?= cc
BUILD   ?= build
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
SAN     ?=
VERSION := 0.1.0
SOVER   := 0
MBEDTLS_LIBS ?= -lmbedx509 -lmbedcrypto
MBEDTLS_SSL_LIBS ?= -lmbedtls
PKG     := pkg-config

# V=1 shows the commands.
ifneq ($(V),1)
.SILENT:
endif

include libike/sources.mk

WARN   := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wimplicit-fallthrough -Werror
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c11 $(WARN) -Iinclude -Ilibike -fPIC -fvisibility=hidden -MMD -MP $(CFLAGS) \
             $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_LDFLAGS = $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))
OUTER  := -D_GNU_SOURCE
UV_LIBS      = $(shell $(PKG) --libs libuv 2>/dev/null || echo -luv)
CJSON_CFLAGS = $(shell $(PKG) --cflags libcjson 2>/dev/null)
CJSON_LIBS   = $(shell $(PKG) --libs libcjson 2>/dev/null || echo -lcjson)
# OpenSSL 3, if it is there and wanted: a second backend, linked only into what lets one choose.
WITH_OPENSSL ?= $(shell $(PKG) --atleast-version=3.0 libssl 2>/dev/null && echo yes || echo no)
ifeq ($(WITH_OPENSSL),yes)
OPENSSL_CFLAGS := -DIKE_HAS_OPENSSL $(shell $(PKG) --cflags libssl)
OPENSSL_LIBS   := $(shell $(PKG) --libs libssl libcrypto)
OPENSSL_A      := $(BUILD)/libike-openssl.a
endif
# ipsec-mb has no pkg-config file everywhere; its header says that it is there.
WITH_IPSECMB ?= $(shell echo '\#include <intel-ipsec-mb.h>' | $(CC) -E -x c - >/dev/null 2>&1 && echo yes || echo no)
ifeq ($(WITH_IPSECMB),yes)
IPSECMB_CFLAGS := -DIKE_HAS_IPSECMB
IPSECMB_LIBS   := -lIPSec_MB
IPSECMB_A      := $(BUILD)/libike-ipsecmb.a
endif
CMOCKA_LIBS  = $(shell $(PKG) --libs cmocka 2>/dev/null || echo -lcmocka)

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))

# Built where pkg-config finds what they need; `make PKCS11= TPM2=` leaves them out.
PKCS11 ?= $(shell $(PKG) --exists p11-kit-1 2>/dev/null && echo p11-kit-1)
TPM2   ?= $(shell $(PKG) --exists tss2-esys tss2-mu tss2-tctildr 2>/dev/null && echo tss2-esys tss2-mu tss2-tctildr)
HARD_LIBS  := $(if $(PKCS11),ike-pkcs11) $(if $(TPM2),ike-tpm2)
HARD_FLAGS := $(if $(PKCS11),-DIKE_HAVE_PKCS11) $(if $(TPM2),-DIKE_HAVE_TPM2)
PKCS11_LIBS = $(if $(PKCS11),$(shell $(PKG) --libs $(PKCS11)) -lpthread)
TPM2_LIBS   = $(if $(TPM2),$(shell $(PKG) --libs $(TPM2)))


# Optional: built where its dependency is found.
HAS_CURL := $(shell $(PKG) --exists libcurl 2>/dev/null && echo 1)
CURL_CFLAGS = $(if $(HAS_CURL),-DIKE_HAVE_FETCH $(shell $(PKG) --cflags libcurl))
CURL_LIBS   = $(if $(HAS_CURL),$(shell $(PKG) --libs libcurl))

# What is asked beside the tunnel.
OUTSIDE ?= $(shell $(PKG) --exists libcares libcurl 2>/dev/null && echo libcares libcurl)
OUTSIDE_CFLAGS = $(if $(OUTSIDE),$(shell $(PKG) --cflags $(OUTSIDE)))
OUTSIDE_LIBS   = $(if $(OUTSIDE),$(shell $(PKG) --libs $(OUTSIDE)))
# The Linux applier of guards; with libsystemd it speaks to systemd-resolved.
APPLY ?= $(shell $(PKG) --exists libmnl libnftables 2>/dev/null && echo libmnl libnftables $$($(PKG) --exists libsystemd && echo libsystemd))
APPLY_CFLAGS = $(if $(APPLY),$(if $(filter libsystemd,$(APPLY)),-DIKE_HAVE_SYSTEMD) $(shell $(PKG) --cflags $(APPLY)))
APPLY_LIBS   = $(if $(APPLY),$(shell $(PKG) --libs $(APPLY)))

LIBS   := ike ike-mbedtls ike-uv ike-profile ike-eap ike-guard $(if $(OPENSSL_A),ike-openssl) $(if $(IPSECMB_A),ike-ipsecmb) $(HARD_LIBS) $(if $(HAS_CURL),ike-fetch) $(if $(APPLY),ike-apply) $(if $(OUTSIDE),ike-outside)
STATIC := $(patsubst %,$(BUILD)/lib%.a,$(LIBS))
SHARED := $(patsubst %,$(BUILD)/lib%.so.$(VERSION),$(LIBS))

.PHONY: check-valgrind fuzz-sources all libs check check-unit check-fuzz check-examples check-interop check-leaks check-sim sim demo fuzz lint install clean deps deps-openssl deps-interop bench bench-programs bench-words footprint core-sources
all: libs examples

# ---- installs what is missing, where it can -------------------------------------------------------
DEPS := libmbedtls-dev libcjson-dev libuv1-dev libcmocka-dev pkg-config $(if $(HAS_CURL),,libcurl4-openssl-dev) $(if $(APPLY),,libmnl-dev libnftables-dev libsystemd-dev) $(if $(OUTSIDE),,libc-ares-dev)
DEPS_OPENSSL := libssl-dev $(if $(filter x86_64,$(shell uname -m)),libipsec-mb-dev)
DEPS_INTEROP := strongswan-swanctl strongswan-charon charon-systemd libcharon-extra-plugins libstrongswan-extra-plugins \
                libstrongswan-standard-plugins strongswan-pki iproute2 nftables tshark tcpdump openssl socat \
                iputils-ping ethtool python3 hostapd
deps:
	@sh tests/lib/deps.sh build $(DEPS)
# The other backends are built only if this is there.
deps-openssl:
	@sh tests/lib/deps.sh openssl $(DEPS_OPENSSL)
# Tokens and TPMs in software; libike-pkcs11 and libike-tpm2 are built once this is there.
DEPS_KEYS := libp11-kit-dev softhsm2 opensc libtss2-dev swtpm tpm2-tools
deps-interop: deps
	@sh tests/lib/deps.sh interop $(DEPS_INTEROP) $(DEPS_KEYS)

# ---- libraries -------------------------------------------------------------------------------------
libs: $(STATIC) $(SHARED)
CORE_O    := $(call obj,$(IKE_CORE) $(IKE_TIMERS))
MBEDTLS_O := $(call obj,$(IKE_MBEDTLS))
OPENSSL_O := $(call obj,$(IKE_OPENSSL))
IPSECMB_O := $(call obj,$(IKE_IPSECMB))
UV_O      := $(call obj,$(IKE_UV))
PROFILE_O := $(call obj,$(IKE_PROFILE))
EAP_O     := $(call obj,$(IKE_EAP))
GUARD_O   := $(call obj,$(IKE_GUARD))
APPLY_O   := $(call obj,$(IKE_APPLY))
OUTSIDE_O := $(call obj,$(IKE_OUTSIDE))
PKCS11_O  := $(call obj,$(IKE_PKCS11))
TPM2_O    := $(call obj,$(IKE_TPM2))
FETCH_O   := $(call obj,$(IKE_FETCH))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -c $< -o $@
$(MBEDTLS_O) $(UV_O) $(PROFILE_O) $(EAP_O) $(GUARD_O) $(FETCH_O): EXTRA_CFLAGS = $(OUTER) $(CJSON_CFLAGS) $(CURL_CFLAGS)
$(call obj,$(wildcard libike/keystore/pkcs11*.c)): EXTRA_CFLAGS = $(OUTER) $(shell $(PKG) --cflags $(PKCS11))
$(call obj,$(wildcard libike/keystore/tpm2*.c)): EXTRA_CFLAGS = $(OUTER) $(shell $(PKG) --cflags $(TPM2))
# The loop over packets; whoever builds for size sets CFLAGS, and then this does not count.
$(call obj,$(IKE_ESP)): EXTRA_CFLAGS = $(if $(filter -O2,$(CFLAGS)),-O3)
$(OPENSSL_O): EXTRA_CFLAGS = $(OPENSSL_CFLAGS)
$(APPLY_O): EXTRA_CFLAGS = $(OUTER) $(APPLY_CFLAGS)
$(OUTSIDE_O): EXTRA_CFLAGS = $(OUTER) $(OUTSIDE_CFLAGS) $(CJSON_CFLAGS)

$(BUILD)/libike.a: $(CORE_O)
$(BUILD)/libike-mbedtls.a: $(MBEDTLS_O)
$(BUILD)/libike-openssl.a: $(OPENSSL_O)
$(BUILD)/libike-ipsecmb.a: $(IPSECMB_O)
$(BUILD)/libike-uv.a: $(UV_O)
$(BUILD)/libike-profile.a: $(PROFILE_O)
$(BUILD)/libike-eap.a: $(EAP_O)
$(BUILD)/libike-guard.a: $(GUARD_O)
$(BUILD)/libike-apply.a: $(APPLY_O)
$(BUILD)/libike-outside.a: $(OUTSIDE_O)
$(BUILD)/libike-pkcs11.a: $(PKCS11_O)
$(BUILD)/libike-tpm2.a: $(TPM2_O)
$(BUILD)/libike-fetch.a: $(FETCH_O)
$(STATIC):
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/libike.so.$(VERSION): $(CORE_O) libike/libike.map
$(BUILD)/libike-mbedtls.so.$(VERSION): $(MBEDTLS_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-openssl.so.$(VERSION): $(OPENSSL_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-ipsecmb.so.$(VERSION): $(IPSECMB_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-uv.so.$(VERSION): $(UV_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-profile.so.$(VERSION): $(PROFILE_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-eap.so.$(VERSION): $(EAP_O) $(BUILD)/libike-mbedtls.so.$(VERSION) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-eap.so.$(VERSION): SO_LIBS = $(MBEDTLS_SSL_LIBS) $(MBEDTLS_LIBS)
$(BUILD)/libike-guard.so.$(VERSION): $(GUARD_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-guard.so.$(VERSION): SO_LIBS = $(CJSON_LIBS)
$(BUILD)/libike-apply.so.$(VERSION): $(APPLY_O) $(BUILD)/libike-guard.so.$(VERSION) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-apply.so.$(VERSION): SO_LIBS = $(APPLY_LIBS)
$(BUILD)/libike-outside.so.$(VERSION): $(OUTSIDE_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-outside.so.$(VERSION): SO_LIBS = $(UV_LIBS) $(OUTSIDE_LIBS) $(CJSON_LIBS)
$(BUILD)/libike-pkcs11.so.$(VERSION): $(PKCS11_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-tpm2.so.$(VERSION): $(TPM2_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-fetch.so.$(VERSION): $(FETCH_O) $(BUILD)/libike-mbedtls.so.$(VERSION) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-fetch.so.$(VERSION): SO_LIBS = $(UV_LIBS) $(CURL_LIBS)
$(BUILD)/libike-mbedtls.so.$(VERSION): SO_LIBS = $(MBEDTLS_LIBS)
$(BUILD)/libike-openssl.so.$(VERSION): SO_LIBS = $(OPENSSL_LIBS)
$(BUILD)/libike-ipsecmb.so.$(VERSION): SO_LIBS = $(IPSECMB_LIBS)
$(BUILD)/libike-uv.so.$(VERSION): SO_LIBS = $(UV_LIBS)
$(BUILD)/libike-profile.so.$(VERSION): SO_LIBS = $(CJSON_LIBS)
$(BUILD)/libike-pkcs11.so.$(VERSION): SO_LIBS = $(PKCS11_LIBS)
$(BUILD)/libike-tpm2.so.$(VERSION): SO_LIBS = $(TPM2_LIBS)
$(SHARED):
	$(CC) -shared $(ALL_LDFLAGS) -Wl,-soname,$(patsubst %.so.$(VERSION),%.so.$(SOVER),$(@F)) \
	  $(if $(filter %/libike.so.$(VERSION),$@),-Wl$(,)--version-script=libike/libike.map) \
	  -o $@ $(filter %.o,$^) $(filter %.so.$(VERSION),$^) $(SO_LIBS)
	@ln -sf $(@F) $(BUILD)/$(patsubst %.so.$(VERSION),%.so.$(SOVER),$(@F))
	@ln -sf $(@F) $(BUILD)/$(patsubst %.so.$(VERSION),%.so,$(@F))
, := ,

# What is compiled with or without an optional library is compiled anew when that changes.
STAMP := $(BUILD)/.with$(if $(OPENSSL_A),-openssl)$(if $(IPSECMB_A),-ipsecmb)$(if $(PKCS11),-pkcs11)$(if $(TPM2),-tpm2)$(if $(APPLY),-apply)$(if $(OUTSIDE),-outside)$(if $(HAS_CURL),-fetch)
$(STAMP):
	@mkdir -p $(@D)
	@rm -f $(BUILD)/.with*
	@touch $@
$(call obj,$(wildcard examples/ike/*.c tests/*/*.c tests/unit/*/*.c)): $(STAMP)

# ---- everything that links all of it ---------------------------------------------------------------
ALL_LIBS = $(if $(OUTSIDE),$(BUILD)/libike-outside.a) $(if $(APPLY),$(BUILD)/libike-apply.a) $(if $(HAS_CURL),$(BUILD)/libike-fetch.a) $(BUILD)/libike-eap.a $(BUILD)/libike-uv.a $(BUILD)/libike-guard.a $(BUILD)/libike-profile.a $(patsubst %,$(BUILD)/lib%.a,$(HARD_LIBS)) \
           $(BUILD)/libike-mbedtls.a $(BUILD)/libike.a
SYS_LIBS = $(UV_LIBS) $(CJSON_LIBS) $(PKCS11_LIBS) $(TPM2_LIBS) $(MBEDTLS_SSL_LIBS) $(MBEDTLS_LIBS) $(CURL_LIBS) $(APPLY_LIBS) $(OUTSIDE_LIBS) -lpthread

# ---- examples ----------------------------------------------------------------------------------------
EXAMPLES := $(patsubst examples/%.c,$(BUILD)/examples/%,$(wildcard examples/*.c)) $(BUILD)/ike
examples: $(EXAMPLES)
$(call obj,$(wildcard examples/*.c examples/ike/*.c)): EXTRA_CFLAGS = $(OUTER) $(CJSON_CFLAGS) $(OPENSSL_CFLAGS) $(IPSECMB_CFLAGS) $(CURL_CFLAGS) $(HARD_FLAGS) $(if $(APPLY),$(if $(OUTSIDE),-DIKE_HAVE_GUARD))
# The program takes the shared ones, from beside it or from ../lib; what few profiles need when one does (lazy.c).
LAZY     := $(patsubst %,$(BUILD)/libike-%.so.$(VERSION),openssl fetch outside pkcs11 tpm2)
$(call obj,examples/ike/lazy.c): EXTRA_CFLAGS += -DIKE_SOVER='"$(SOVER)"'
$(BUILD)/ike: $(call obj,$(wildcard examples/ike/*.c)) $(SHARED)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter-out $(LAZY),$^) -Wl,-rpath,'$$ORIGIN:$$ORIGIN/../lib' $(UV_LIBS) $(CJSON_LIBS) -ldl
$(BUILD)/examples/%: $(BUILD)/examples/%.o $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(SYS_LIBS)

# ---- tests ---------------------------------------------------------------------------------------------
TEST_SRC  := $(filter-out $(if $(APPLY),,tests/unit/apply/%) $(if $(OUTSIDE),,tests/unit/outside/%) $(if $(OPENSSL_A),,%/tls13_test.c) $(if $(PKCS11),,%/pkcs11_test.c) $(if $(TPM2),,%/tpm2_test.c),$(wildcard tests/unit/*/*_test.c)) \
             $(wildcard tests/exchange/*_test.c tests/vectors/*_test.c tests/abi/*_test.c tests/peer/*_test.c)
TEST_BIN  := $(patsubst %.c,$(BUILD)/%,$(TEST_SRC))
TEST_LIB  := $(BUILD)/libtest.a
TEST_LIB_O := $(call obj,$(wildcard tests/fake/*.c) $(filter-out %_test.c %_main.c,$(wildcard tests/peer/*.c)) $(IKE_HARD) libike/apply/text.c examples/ike/leak_packet.c)
$(TEST_LIB): $(TEST_LIB_O)
	@rm -f $@
	ar rcs $@ $^
$(filter-out $(call obj,$(IKE_HARD) libike/apply/text.c),$(TEST_LIB_O)) $(call obj,$(TEST_SRC) $(wildcard tests/peer/*_main.c)): EXTRA_CFLAGS = $(OUTER) -Itests $(CJSON_CFLAGS) $(OPENSSL_CFLAGS) $(IPSECMB_CFLAGS) $(CURL_CFLAGS) $(APPLY_CFLAGS) $(OUTSIDE_CFLAGS)
$(BUILD)/tests/unit/keystore/pkcs11_test.o: EXTRA_CFLAGS = $(OUTER) -Itests $(shell $(PKG) --cflags $(PKCS11))
$(BUILD)/tests/unit/keystore/tpm2_test.o: EXTRA_CFLAGS = $(OUTER) -Itests $(shell $(PKG) --cflags $(TPM2))
$(TEST_BIN): %: %.o $(TEST_LIB) $(OPENSSL_A) $(IPSECMB_A) $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(TEST_LIB) $(OPENSSL_A) $(IPSECMB_A) $(ALL_LIBS) $(CMOCKA_LIBS) $(SYS_LIBS) $(OPENSSL_LIBS) $(IPSECMB_LIBS)
$(BUILD)/tests/peer/gateway: $(BUILD)/tests/peer/gateway_main.o $(TEST_LIB) $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(TEST_LIB) $(ALL_LIBS) $(SYS_LIBS)

LEAK_O := $(call obj,$(filter-out %/leak_test.c,$(wildcard examples/ike/leak_*.c)))
$(BUILD)/tests/leaks/outside.o: EXTRA_CFLAGS = $(OUTER)
$(BUILD)/tests/leaks/outside: $(BUILD)/tests/leaks/outside.o $(LEAK_O)
	$(CC) $(ALL_LDFLAGS) -o $@ $^

# ---- simulator: SEEDS worlds from SEED on; VERBOSE=1 prints the ladder of each -------------------------
SIM_O   := $(call obj,$(wildcard tests/sim/*.c))
SEED    ?= 1
SEEDS   ?= 1000
# Seeds beyond those that once found something.
SEEDS_ONCE := 2907 8959 9224 11392 12575 54327 57158 61064 62739 64355 64440 54460 54696 6262 64408 29230 36790 40931 90846
VERBOSE ?= 0
$(SIM_O): EXTRA_CFLAGS = $(OUTER) -Itests
$(BUILD)/tests/sim/sim: $(SIM_O) $(TEST_LIB) $(BUILD)/libike.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^
sim: $(BUILD)/tests/sim/sim
	@$< $(SEED) $(SEEDS) $(VERBOSE)
check-sim: $(BUILD)/tests/sim/sim
	@sh tests/lib/sim.sh $(BUILD) 1 1000 10000000:300 $(SEEDS_ONCE)

check: deps
	@$(MAKE) --no-print-directory libs lint
	@rm -rf $(BUILD)/results
	@$(MAKE) --no-print-directory check-unit check-sim check-fuzz check-examples
	@sh tests/lib/install_test.sh $(BUILD)
	@sh tests/lib/summary.sh $(BUILD)
check-unit: $(TEST_BIN)
	@sh tests/lib/run.sh $(BUILD) $(TEST_BIN)

# The deep ones take minutes under valgrind; the sanitizers see them (.ci/run). A token's test
# loads every module of the system, whose threads valgrind takes for leaks.
check-valgrind: $(TEST_BIN)
	@sh tests/lib/valgrind.sh $(filter-out %/pkcs11_test %/collision_child_test %/collision_ike_test %/collision_test %/trust_test %/replay_test %/narrow_test %/rfc_test %/cross_test %/sim_test %/property_test,$(TEST_BIN))

# ---- fuzzing -------------------------------------------------------------------------------------------
FUZZ_NAMES := $(filter-out standalone,$(patsubst fuzz/%.c,%,$(wildcard fuzz/*.c)))
FUZZ_BIN   := $(patsubst %,$(BUILD)/fuzz/%,$(FUZZ_NAMES))
FUZZ_TIME  ?= 10
FUZZ_RUNS  ?=
$(call obj,$(wildcard fuzz/*.c)): EXTRA_CFLAGS = $(OUTER) -Itests
$(FUZZ_BIN): %: %.o $(BUILD)/fuzz/standalone.o $(TEST_LIB) $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(TEST_LIB) $(ALL_LIBS) $(SYS_LIBS)
check-fuzz: $(FUZZ_BIN)
	@sh tests/lib/replay.sh $(BUILD) $(FUZZ_BIN)
# libFuzzer, with clang: FUZZ_TIME seconds (or FUZZ_RUNS executions) a target, FUZZ=name for one.
fuzz: deps
	@sh tests/lib/fuzz.sh "$(FUZZ_TIME)" "$(FUZZ_RUNS)" $(if $(FUZZ),$(FUZZ),$(FUZZ_NAMES))

check-examples: $(EXAMPLES) $(BUILD)/tests/peer/gateway
	@sh tests/lib/examples.sh $(BUILD)

fuzz-sources:
	@echo $(IKE_CORE) $(IKE_MBEDTLS) $(IKE_EAP) $(IKE_PROFILE) $(IKE_GUARD) libike/apply/text.c examples/ike/leak_packet.c $(IKE_RECORD) $(IKE_OFFLOAD) $(IKE_HARD) $(wildcard tests/fake/*.c) $(filter-out %_main.c %_test.c,$(wildcard tests/peer/*.c))

# ---- benchmarks: ratios within one run, no verdict -------------------------------------------------------
# BENCH="B6 B7": only those; BENCH_PAIRS=5: fewer pairs. docs/PERFORMANCE.md says what each is.
BENCH_ESP_O  := $(call obj,$(wildcard tests/bench/esp_bench.c tests/bench/raw_*.c))
BENCH_LIB_O  := $(call obj,$(wildcard tests/bench/lib.c tests/bench/pair.c tests/bench/floor_*.c))
BENCH_BIN    := $(patsubst %,$(BUILD)/tests/bench/%_bench,handshake many codec memory) $(BUILD)/tests/bench/connect
$(call obj,$(wildcard tests/bench/*.c)): EXTRA_CFLAGS = $(OUTER) -Itests $(OPENSSL_CFLAGS) $(IPSECMB_CFLAGS)
$(BUILD)/tests/bench/esp_bench: $(BENCH_ESP_O) $(OPENSSL_A) $(IPSECMB_A) $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(SYS_LIBS) $(OPENSSL_LIBS) $(IPSECMB_LIBS)
# The other end for measurements of the whole client: its data plane is the client's own.
$(BUILD)/tests/bench/gateway: $(BUILD)/tests/bench/gateway.o $(TEST_LIB) $(OPENSSL_A) $(IPSECMB_A) $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(TEST_LIB) $(OPENSSL_A) $(IPSECMB_A) $(ALL_LIBS) $(SYS_LIBS) $(OPENSSL_LIBS) $(IPSECMB_LIBS)
$(BUILD)/tests/bench/pace: $(BUILD)/tests/bench/pace.o
	$(CC) $(ALL_LDFLAGS) -o $@ $^
# The least client, once with mbedTLS and all of it static, as on a small device, once with OpenSSL.
LEAN := $(BUILD)/tests/bench/lean-mbedtls $(if $(OPENSSL_A),$(BUILD)/tests/bench/lean-openssl)
$(BUILD)/tests/bench/lean-openssl.o: tests/bench/lean.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(OUTER) -DLEAN_OPENSSL -c $< -o $@
$(BUILD)/tests/bench/lean-openssl: $(BUILD)/tests/bench/lean-openssl.o $(OPENSSL_A) $(BUILD)/libike-uv.a $(BUILD)/libike-mbedtls.a $(BUILD)/libike.a
	$(CC) $(ALL_LDFLAGS) -Wl,--gc-sections -o $@ $^ $(UV_LIBS) $(MBEDTLS_LIBS) $(OPENSSL_LIBS) -lpthread
$(BUILD)/tests/bench/lean-mbedtls: $(BUILD)/tests/bench/lean.o $(BUILD)/libike-uv.a $(BUILD)/libike-mbedtls.a $(BUILD)/libike.a
	$(CC) $(ALL_LDFLAGS) -Wl,--gc-sections -static -o $@ $^ -luv_a $(MBEDTLS_LIBS) -lpthread -ldl 2>/dev/null || \
	  $(CC) $(ALL_LDFLAGS) -Wl,--gc-sections -o $@ $^ $(UV_LIBS) $(MBEDTLS_LIBS) -lpthread
$(BENCH_BIN): %: %.o $(BENCH_LIB_O) $(TEST_LIB) $(OPENSSL_A) $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(TEST_LIB) $(OPENSSL_A) $(ALL_LIBS) $(SYS_LIBS) $(OPENSSL_LIBS)
bench-programs: $(LEAN) $(patsubst %,$(BUILD)/tests/bench/%,esp_bench gateway pace) $(BENCH_BIN) $(BUILD)/ike
bench: deps deps-openssl
	@$(MAKE) --no-print-directory bench-programs
	@bash tests/bench/bench.sh $(BUILD) $(BENCH)
# The last run's table and graphs into docs/PERFORMANCE.md.
bench-words:
	@bash tests/bench/words.sh $(BUILD)
# How large the code is, for this machine and for a Cortex-M33; heap and stack of a connection.
DEPS_FOOTPRINT := gcc-arm-none-eabi libnewlib-arm-none-eabi
footprint: deps
	@sh tests/lib/deps.sh footprint $(DEPS_FOOTPRINT) || true
	@$(MAKE) --no-print-directory $(BUILD)/tests/bench/memory_bench
	@bash tests/bench/footprint.sh $(BUILD)
core-sources:
	@echo $(IKE_CORE)

lint: libs
	@sh tests/lint/all.sh $(BUILD)

check-interop: deps-interop
	@$(MAKE) --no-print-directory $(BUILD)/ike $(BUILD)/tests/peer/gateway $(BUILD)/tests/bench/gateway
	@bash tests/interop/run.sh $(BUILD) $(CASES)
	@$(if $(CASES),:,bash tests/interop/network.sh $(BUILD))
	@bash tests/interop/bursts.sh $(BUILD) $(CASES)
	@bash tests/interop/life.sh $(BUILD) $(CASES)
	@bash tests/interop/eap.sh $(BUILD) $(CASES)
	@bash tests/interop/keys.sh $(BUILD) $(CASES)
	@bash tests/interop/trust.sh $(BUILD) $(CASES)
	@$(if $(CASES),:,bash tests/interop/guard.sh $(BUILD))
	@bash tests/interop/mtu.sh $(BUILD) $(CASES)
	@bash tests/interop/ecn.sh $(BUILD) $(CASES)

# Forced mode against strongSwan and every probe, through every phase of a connection; and once more without the guard.
check-leaks: deps-interop
	@$(MAKE) --no-print-directory $(BUILD)/ike $(BUILD)/tests/leaks/outside
	@for k in 4 6 split; do for g in off on; do bash tests/leaks/run.sh $(BUILD) $$g $$k || exit 1; done; done

demo: deps
	@$(MAKE) --no-print-directory -s $(BUILD)/ike $(BUILD)/tests/peer/gateway $(BUILD)/examples/demo
	@sh examples/demo.sh $(BUILD)

# ---- install -------------------------------------------------------------------------------------------
install: libs $(BUILD)/ike
	@sh pkgconfig/install.sh "$(DESTDIR)" "$(PREFIX)" "$(LIBDIR)" "$(BUILD)" "$(VERSION)" "$(SOVER)" "$(LIBS)"

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
