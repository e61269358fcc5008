#!/bin/sh
# fuzz.sh SECONDS RUNS TARGET... - libFuzzer with ASan and UBSan on a copy of each corpus; stops at the first finding.
seconds=$1 runs=$2
shift 2
command -v clang >/dev/null 2>&1 || sh tests/lib/deps.sh fuzzing clang || exit 1
build=${BUILD:-build}/fuzzer
flags="-std=c11 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -Iinclude -Ilibike -Itests"
flags="$flags $(pkg-config --cflags libcjson)"
mkdir -p "$build"
sources=$(make -s --no-print-directory fuzz-sources)
objects=
for s in $sources; do
    o=$build/$(echo "$s" | tr / _).o
    objects="$objects $o"
    if [ ! -e "$o" ] || [ "$s" -nt "$o" ] || [ -n "$(find include libike tests -name '*.h' -newer "$o" -print -quit)" ]; then
        # shellcheck disable=SC2086
        clang $flags -fsanitize=fuzzer-no-link -c "$s" -o "$o" || exit 1
    fi
done
passed=0
for t in "$@"; do
    # shellcheck disable=SC2086,SC2046
    clang $flags "fuzz/$t.c" $objects -o "$build/$t" $(pkg-config --libs libcjson) -lmbedtls -lmbedx509 -lmbedcrypto || exit 1
    mkdir -p "$build/corpus/$t"
    limit="-max_total_time=$seconds"
    [ -n "$runs" ] && limit="-runs=$runs"
    if "$build/$t" "$limit" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$build/" -print_final_stats=1 \
        "$build/corpus/$t" "fuzz/corpus/$t" >"$build/$t.log" 2>&1; then
        echo "ok   $t: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$t.log") executions"
        passed=$((passed + 1))
    else
        echo "FAIL $t"
        tail -40 "$build/$t.log"
        exit 1
    fi
done
echo "$passed 0" >"${BUILD:-build}/fuzzer.count"
