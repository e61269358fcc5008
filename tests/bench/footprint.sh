#!/bin/bash
# footprint.sh BUILD - how large the code is at -Os, for this machine and for a Cortex-M33, and what a connection holds.
# Sizes are of sections: .text is code, .rodata constants. Writes JSON lines to $BENCH_OUT as the benchmarks do.
set -u
build=$1
small=$build/small
os="-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-pic -Wno-maybe-uninitialized"
MAKEFLAGS= make --no-print-directory -s BUILD="$small" CFLAGS="$os" LDFLAGS="-Wl,--gc-sections -no-pie" "$small"/lib{ike,ike-mbedtls,ike-uv,ike-profile,ike-eap}.a \
    "$small/examples/uv_client" || exit 1

# sections FILE... - "code constants data"
sections() {
    "${SIZE:-size}" -A "$@" | awk '$1 ~ /^\.text/ { t += $2 } $1 ~ /^\.rodata/ { r += $2 } $1 ~ /^\.(data|bss)/ { d += $2 }
        END { printf "%d %d %d\n", t, r, d }'
}
# say WHAT TARGET-OR-"" CODE CONSTANTS DATA - one line for people, one of JSON
say() {
    printf 'B11  %-44s %7d octets of code, %6d of constants, %6d of data%s\n' "$1" "$3" "$4" "$5" "${2:+; wanted: $2}"
    [ -z "${BENCH_OUT:-}" ] ||
        printf '{"bench":"B11","what":"%s","unit":"octets","value":%d,"constants":%d,"data":%d,"n":0%s}\n' \
            "$1" "$3" "$4" "$5" "${2:+,\"target\":\"$2\"}" >>"$BENCH_OUT"
}
add() { # LIBRARY... - their sum
    local t=0 r=0 d=0 a b c l
    for l in "$@"; do
        read -r a b c <<<"$(sections "$small/lib$l.a")"
        t=$((t + a)) r=$((r + b)) d=$((d + c))
    done
    echo "$t $r $d"
}
# What a program that uses all of a session's API links of the core: the rest is gone with --gc-sections.
roots=$(sed -n 's/^ *\(ike_[a-z0-9_; ]*\)$/\1/p' libike/libike.map | tr ';' '\n' | awk 'NF && !/ike_timers/ { print "-u", $1 }')
reached() { # LD SIZE FILE...
    local ld=$1 size=$2
    shift 2
    # shellcheck disable=SC2086
    $ld -r --gc-sections $roots --whole-archive "$@" -o "$small/core.o" && SIZE=$size sections "$small/core.o"
}
# shellcheck disable=SC2046 # three numbers each
{
    say "core (libike.a)" "at most 102400 of code" $(reached ld size "$small/libike.a")
    say "core, mbedTLS glue, libuv driver, TUN" "at most 204800 of code" $(add ike ike-mbedtls ike-uv)
    say "profiles (libike-profile.a)" "" $(add ike-profile)
    say "EAP (libike-eap.a)" "" $(add ike-eap)
    say "uv_client, linked" "" $(sections "$small/examples/uv_client")
}

if command -v arm-none-eabi-gcc >/dev/null 2>&1; then
    m33=$build/m33
    mkdir -p "$m33"
    core=$(MAKEFLAGS= make --no-print-directory -s core-sources)
    for f in $core; do
        o=$m33/${f//\//_}.o
        [ "$o" -nt "$f" ] ||
            arm-none-eabi-gcc -std=c11 -mcpu=cortex-m33 -mthumb -Os -ffunction-sections -fdata-sections -Iinclude -Ilibike -c "$f" -o "$o" || exit 1
    done
    # shellcheck disable=SC2046
    say "core, Cortex-M33" "at most 98304 in all" $(reached arm-none-eabi-ld arm-none-eabi-size $(for f in $core; do echo "$m33/${f//\//_}.o"; done))
else
    echo "B11  core, Cortex-M33: left out, arm-none-eabi-gcc is not here"
fi
"$build/tests/bench/memory_bench"
