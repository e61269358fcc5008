#!/bin/bash
# bench.sh BUILD [BENCHMARK...] - B1 to B13 (docs/PERFORMANCE.md), or some: "B6 B7". Ratios against peers that run in turns
# with us in the same invocation; nothing passes or fails. Writes BUILD/bench.json and BUILD/bench-*.svg.
# BENCH_PAIRS (5), BENCH_SECONDS (1): how many pairs, how long each measurement. Peers are Debian packages, installed here.
set -u
build=$(cd "$1" && pwd)
shift
wanted=" $* "
[ $# -gt 0 ] || wanted=" B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 B11 B12 B13 "
export BENCH_OUT=$build/bench.lines
: >"$BENCH_OUT"
wants() { case $wanted in *" $1 "*) ;; *) return 1 ;; esac; }
wants_any() { local b; for b in "$@"; do wants "$b" && return 0; done; return 1; }

sh tests/lib/deps.sh benchmarks iperf3 gnuplot-nox jq openssl procps || echo "bench: some tools could not be installed"

# ---- in memory ----
if wants B1; then
    "$build/tests/bench/esp_bench" | tee "$build/esp.out"
    # library version suite octets seal|open N % (low..high) of library
    awk 'match($0, /\([0-9]+\.\.[0-9]+\)/) {
        split(substr($0, RSTART + 1, RLENGTH - 2), s, /\.\./)
        what = ""; for (i = 1; i <= NF && $i != "%"; i++) if ($(i + 1) != "%") what = what (i > 1 ? " " : "") $i; else v = $i
        of = substr($0, RSTART + RLENGTH); sub(/^ *of */, "", of)
        printf "{\"bench\":\"B1\",\"what\":\"%s, of %s\",\"unit\":\"percent of the raw rate\",\"value\":%s,\"low\":%s,\"high\":%s,\"n\":9,\"target\":\"%s\"}\n",
            what, of, v, s[1], s[2], (what ~ /cbc|aes128-sha/ ? "" : what ~ / 64 / ? "at least 60" : of ~ /ipsec/ ? "at least 80" : "at least 85") }' \
        "$build/esp.out" >>"$BENCH_OUT"
fi
if wants B6; then "$build/tests/bench/handshake_bench"; fi
if wants B9; then "$build/tests/bench/many_bench"; fi
if wants B11; then bash tests/bench/footprint.sh "$build"; fi
if wants B13; then "$build/tests/bench/codec_bench"; fi

# ---- with peers ----
if [ "$(id -u)" != 0 ]; then
    wants_any B2 B3 B4 B5 B6 B7 B8 B10 B12 && echo "bench: B2 to B8, B10 and B12 need root (network namespaces): left out"
else
    # Each in a shell of its own, which ends what it has started.
    wants_any B6 B7 B8 B12 && bash tests/bench/handshake.sh "$build" "$wanted"
    wants_any B2 B5 B10 && bash tests/bench/charon.sh "$build" "$wanted"
    wants_any B3 B4 B5 && bash tests/bench/tunnel.sh "$build" "$wanted"
fi
bash tests/bench/render.sh "$build"
