# libike. `make demo` and `make check` do everything, installs included; see README.md.
# GNU make, no configure step. Useful variables: CC, BUILD, SAN (address,undefined), PREFIX, DESTDIR.

CC      ?= cc
BUILD   ?= build
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
SAN     ?=
VERSION := 0.1.0
SOVER   := 0
MBEDTLS_LIBS ?= -lmbedx509 -lmbedcrypto
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
CMOCKA_LIBS  = $(shell $(PKG) --libs cmocka 2>/dev/null || echo -lcmocka)

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
# Optional: built where its dependency is found.
HAS_CURL := $(shell $(PKG) --exists libcurl 2>/dev/null && echo 1)
LIBS   := ike ike-mbedtls ike-uv ike-profile $(if $(HAS_CURL),ike-fetch)
CURL_CFLAGS = $(if $(HAS_CURL),-DIKE_HAVE_FETCH $(shell $(PKG) --cflags libcurl))
CURL_LIBS   = $(if $(HAS_CURL),$(shell $(PKG) --libs libcurl))
STATIC := $(patsubst %,$(BUILD)/lib%.a,$(LIBS))
SHARED := $(patsubst %,$(BUILD)/lib%.so.$(VERSION),$(LIBS))

.PHONY: check-valgrind fuzz-sources all libs check check-unit check-fuzz check-examples check-interop demo fuzz lint install clean deps deps-interop bench
all: libs examples

# ---- installs what is missing, where it can -------------------------------------------------------
DEPS := libmbedtls-dev libcjson-dev libuv1-dev libcmocka-dev pkg-config $(if $(HAS_CURL),,libcurl4-openssl-dev)
DEPS_INTEROP := strongswan-swanctl strongswan-charon charon-systemd libcharon-extra-plugins libstrongswan-extra-plugins \
                libstrongswan-standard-plugins strongswan-pki iproute2 nftables tshark tcpdump openssl socat \
                iputils-ping ethtool python3
deps:
	@sh tests/lib/deps.sh build $(DEPS)
deps-interop: deps
	@sh tests/lib/deps.sh interop $(DEPS_INTEROP)

# ---- libraries -------------------------------------------------------------------------------------
libs: $(STATIC) $(SHARED)
CORE_O    := $(call obj,$(IKE_CORE))
MBEDTLS_O := $(call obj,$(IKE_MBEDTLS))
UV_O      := $(call obj,$(IKE_UV))
PROFILE_O := $(call obj,$(IKE_PROFILE))
FETCH_O   := $(call obj,$(IKE_FETCH))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -c $< -o $@
$(MBEDTLS_O) $(UV_O) $(PROFILE_O) $(FETCH_O): EXTRA_CFLAGS = $(OUTER) $(CJSON_CFLAGS) $(CURL_CFLAGS)

$(BUILD)/libike.a: $(CORE_O)
$(BUILD)/libike-mbedtls.a: $(MBEDTLS_O)
$(BUILD)/libike-uv.a: $(UV_O)
$(BUILD)/libike-profile.a: $(PROFILE_O)
$(BUILD)/libike-fetch.a: $(FETCH_O)
$(STATIC):
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/libike.so.$(VERSION): $(CORE_O) libike/libike.map
$(BUILD)/libike-mbedtls.so.$(VERSION): $(MBEDTLS_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-uv.so.$(VERSION): $(UV_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-profile.so.$(VERSION): $(PROFILE_O) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-fetch.so.$(VERSION): $(FETCH_O) $(BUILD)/libike-mbedtls.so.$(VERSION) $(BUILD)/libike.so.$(VERSION)
$(BUILD)/libike-fetch.so.$(VERSION): SO_LIBS = $(UV_LIBS) $(CURL_LIBS)
$(BUILD)/libike-mbedtls.so.$(VERSION): SO_LIBS = $(MBEDTLS_LIBS)
$(BUILD)/libike-uv.so.$(VERSION): SO_LIBS = $(UV_LIBS)
$(BUILD)/libike-profile.so.$(VERSION): SO_LIBS = $(CJSON_LIBS)
$(SHARED):
	$(CC) -shared $(ALL_LDFLAGS) -Wl,-soname,$(patsubst %.so.$(VERSION),%.so.$(SOVER),$(@F)) \
	  $(if $(filter %/libike.so.$(VERSION),$@),-Wl$(,)--version-script=libike/libike.map) \
	  -o $@ $(filter %.o,$^) $(filter %.so.$(VERSION),$^) $(SO_LIBS)
	@ln -sf $(@F) $(BUILD)/$(patsubst %.so.$(VERSION),%.so.$(SOVER),$(@F))
	@ln -sf $(@F) $(BUILD)/$(patsubst %.so.$(VERSION),%.so,$(@F))
, := ,

# ---- everything that links all of it ---------------------------------------------------------------
ALL_LIBS = $(if $(HAS_CURL),$(BUILD)/libike-fetch.a) $(BUILD)/libike-uv.a $(BUILD)/libike-profile.a $(BUILD)/libike-mbedtls.a $(BUILD)/libike.a
SYS_LIBS = $(UV_LIBS) $(CJSON_LIBS) $(MBEDTLS_LIBS) $(CURL_LIBS) -lpthread

# ---- examples ----------------------------------------------------------------------------------------
EXAMPLES := $(patsubst examples/%.c,$(BUILD)/examples/%,$(wildcard examples/*.c)) $(BUILD)/ike
examples: $(EXAMPLES)
$(call obj,$(wildcard examples/*.c examples/ike/*.c)): EXTRA_CFLAGS = $(OUTER) $(CJSON_CFLAGS) $(CURL_CFLAGS)
$(BUILD)/ike: $(call obj,$(wildcard examples/ike/*.c)) $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(SYS_LIBS)
$(BUILD)/examples/%: $(BUILD)/examples/%.o $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(SYS_LIBS)

# ---- tests ---------------------------------------------------------------------------------------------
TEST_SRC  := $(wildcard tests/unit/*/*_test.c tests/exchange/*_test.c tests/vectors/*_test.c tests/abi/*_test.c tests/peer/*_test.c)
TEST_BIN  := $(patsubst %.c,$(BUILD)/%,$(TEST_SRC))
TEST_LIB  := $(BUILD)/libtest.a
TEST_LIB_O := $(call obj,$(wildcard tests/fake/*.c) $(filter-out %_test.c %_main.c,$(wildcard tests/peer/*.c)))
$(TEST_LIB): $(TEST_LIB_O)
	@rm -f $@
	ar rcs $@ $^
$(TEST_LIB_O) $(call obj,$(TEST_SRC) $(wildcard tests/peer/*_main.c)): EXTRA_CFLAGS = $(OUTER) -Itests $(CJSON_CFLAGS) $(CURL_CFLAGS)
$(TEST_BIN): %: %.o $(TEST_LIB) $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(TEST_LIB) $(ALL_LIBS) $(CMOCKA_LIBS) $(SYS_LIBS)
$(BUILD)/tests/peer/gateway: $(BUILD)/tests/peer/gateway_main.o $(TEST_LIB) $(ALL_LIBS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(TEST_LIB) $(ALL_LIBS) $(SYS_LIBS)

check: deps
	@$(MAKE) --no-print-directory libs lint
	@rm -rf $(BUILD)/results
	@$(MAKE) --no-print-directory check-unit check-fuzz check-examples
	@sh tests/lib/install_test.sh $(BUILD)
	@sh tests/lib/summary.sh $(BUILD)
check-unit: $(TEST_BIN)
	@sh tests/lib/run.sh $(BUILD) $(TEST_BIN)

# The deep ones take minutes under valgrind; the sanitizers see them (.ci/run).
check-valgrind: $(TEST_BIN)
	@sh tests/lib/valgrind.sh $(filter-out %/collision_child_test %/collision_ike_test %/collision_test %/trust_test %/replay_test %/narrow_test %/rfc_test %/cross_test %/sim_test,$(TEST_BIN))

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
	@echo $(IKE_CORE) $(IKE_MBEDTLS) $(IKE_PROFILE) $(IKE_RECORD) $(wildcard tests/fake/*.c) $(filter-out %_main.c %_test.c,$(wildcard tests/peer/*.c))

lint: libs
	@sh tests/lint/all.sh $(BUILD)

check-interop: deps-interop
	@$(MAKE) --no-print-directory $(BUILD)/ike $(BUILD)/tests/peer/gateway
	@bash tests/interop/run.sh $(BUILD) $(CASES)
	@$(if $(CASES),:,bash tests/interop/network.sh $(BUILD))
	@bash tests/interop/life.sh $(BUILD) $(CASES)
	@bash tests/interop/trust.sh $(BUILD) $(CASES)

demo: deps
	@$(MAKE) --no-print-directory -s $(BUILD)/ike $(BUILD)/tests/peer/gateway $(BUILD)/examples/demo
	@sh examples/demo.sh $(BUILD)

# ---- install -------------------------------------------------------------------------------------------
install: libs $(BUILD)/ike
	@sh pkgconfig/install.sh "$(DESTDIR)" "$(PREFIX)" "$(LIBDIR)" "$(BUILD)" "$(VERSION)" "$(SOVER)" "$(LIBS)"

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
