#!/bin/sh
# run.sh BUILD PROGRAM... - runs CMocka programs, shows the failing ones whole, counts tests for summary.sh.
# A test may be skipped for want of a tool or a right; IKE_NO_SKIPS=1: that is a failure, too.
build=$1
shift
mkdir -p "$build/results"
passed=0 failed=0 skipped=0
for t in "$@"; do
    log=$build/results/$(basename "$t").log
    timeout 300 "$t" >"$log" 2>&1
    rc=$?
    grep '^skipped: ' "$log"
    ok=$(grep -c '^\[       OK \]' "$log")
    bad=$(grep -cE '^\[  FAILED  \] [a-zA-Z_0-9]+$' "$log")
    if [ "$rc" -ne 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    if [ "$ok" = 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    left_out=$(grep -oE '^\[  SKIPPED \] [a-zA-Z_0-9]+$' "$log" | sort -u)
    [ -n "$left_out" ] && echo "$left_out" && skipped=$((skipped + $(echo "$left_out" | wc -l)))
    passed=$((passed + ok))
    failed=$((failed + bad))
    if [ "$bad" -gt 0 ]; then
        echo "--- $t (exit $rc)"
        grep -v '^\[ RUN\|^\[       OK' "$log" | head -60
    fi
done
[ "${IKE_NO_SKIPS:-0}" = 0 ] || failed=$((failed + skipped))
echo "unit tests: $passed passed, $failed failed, $skipped skipped"
echo "$passed $failed" >"$build/results/unit.count"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
