#!/bin/sh
# demo.sh BUILD - the in-tree gateway on loopback, the demo client against it, and everything cleaned up.
build=${1:-build}
out=$(mktemp) || exit 1
"$build/tests/peer/gateway" --listen 127.0.0.1:0 --id gw.test --cert tests/pki/gw.pem --key tests/pki/gw.key \
    --ca tests/pki/ca.pem >"$out" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null; rm -f "$out"' EXIT INT TERM
port=
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    port=$(sed -n 's/^ready //p' "$out")
    [ -n "$port" ] && break
    sleep 0.1
done
[ -n "$port" ] || { cat "$out"; exit 1; }
"$build/examples/demo" "$port" tests/pki
