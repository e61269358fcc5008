#!/bin/sh
# examples.sh BUILD - runs every example against the in-tree gateway on loopback.
build=$1
log=$build/results/examples.log
mkdir -p "$build/results"
passed=0 failed=0
# In a root without /proc the program does not know where it is, and so not where its libraries are.
LD_LIBRARY_PATH=$build${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
secret="an example secret of some length"
pid=

cleanup() { [ -n "$pid" ] && kill "$pid" 2>/dev/null; }
trap cleanup EXIT INT TERM

start() { # starts a gateway, leaves its port in $port
    : >"$build/results/gateway.out"
    "$build/tests/peer/gateway" --listen 127.0.0.1:0 --id gw.test --quiet "$@" >"$build/results/gateway.out" 2>&1 &
    pid=$!
    port=
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        port=$(sed -n 's/^ready //p' "$build/results/gateway.out")
        [ -n "$port" ] && return 0
        sleep 0.1
    done
    return 1
}

try() { # name, command...
    name=$1
    shift
    if timeout 20 "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "--- example $name (exit $?)"
        tail -20 "$log"
        tail -5 "$build/results/gateway.out"
    fi
}

if start --psk "$secret"; then
    for e in select_client uv_client async_keys kernel_esp bare_metal; do
        [ -e "examples/$e.c" ] || continue
        try "$e" "$build/examples/$e" 127.0.0.1 "$port" client.test gw.test "$secret" 10.9.0.1
    done
    try "uv_client, recorded" "$build/examples/uv_client" 127.0.0.1 "$port" client.test gw.test "$secret" 10.9.0.1 "$build/results/recording"
    try "replay" "$build/ike" replay "$build/results/recording"
    kill "$pid"
    wait "$pid" 2>/dev/null
    pid=
else
    failed=$((failed + 1))
    cat "$build/results/gateway.out"
fi
try eap_method "$build/examples/eap_method"
try version "$build/ike" version
for p in examples/profiles/*.json; do
    for c in $("$build/ike" version | tr , '\n' | awk 'NR > 1 { print $1 }'); do
        try "check $p with $c" "$build/ike" check "$p" --crypto "$c"
    done
done
# the verdict of each policy on an RSA certificate of 2048 bits and a CA on P-256, and on a shared key with SHA-1
verdicts() { # PATTERN... -- ike check …
    patterns=''
    while [ "$1" != -- ]; do
        patterns="$patterns$1
"
        shift
    done
    shift
    "$@" >"$build/results/verdicts" || return 1
    printf '%s' "$patterns" | while read -r p; do grep -q "$p" "$build/results/verdicts" || exit 1; done
}
try_verdicts() { if verdicts "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "--- verdicts" && cat "$build/results/verdicts"; fi; }
pki=$(pwd)/tests/pki
try_verdicts ' default  *allows it' ' compat  *warns: .*SHA-1' ' ncsc-recommended  *refuses: local.cert' \
    ' ncsc-legacy  *allows it' ' cnsa  *refuses: local.cert' -- "$build/ike" check examples/profiles/psk.json --set type=ikev2-cert \
    --set "local.cert=file:$pki/rsa-client.pem" --set "local.key=file:$pki/rsa-client.key" --set "remote.ca=file:$pki/ca.pem"
try_verdicts ' default  *refuses: ike_suites' ' compat  *warns: .*SHA-1' ' ncsc-recommended  *refuses' ' cnsa  *refuses' -- \
    "$build/ike" check examples/profiles/psk.json --set crypto-policy=compat --set ike-proposal=aes256-sha1-modp2048
try demo sh examples/demo.sh "$build"
echo "examples: $passed passed, $failed failed"
echo "$passed $failed" >"$build/results/examples.count"
[ "$failed" = 0 ]
