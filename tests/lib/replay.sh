#!/bin/sh
# replay.sh BUILD PROGRAM... - runs each fuzz target over its corpus in fuzz/corpus/NAME.
build=$1
shift
mkdir -p "$build/results"
passed=0 failed=0
for t in "$@"; do
    name=$(basename "$t")
    log=$build/results/fuzz-$name.log
    if [ -d "fuzz/corpus/$name" ] && timeout 120 "$t" "fuzz/corpus/$name" >"$log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "--- $t"
        tail -20 "$log" 2>/dev/null
    fi
done
echo "fuzz corpora: $passed replayed, $failed failed"
echo "$passed $failed" >"$build/results/fuzz.count"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
