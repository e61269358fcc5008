#!/bin/sh
# valgrind.sh PROGRAM... - each under valgrind: nothing leaks, nothing uninitialised decides anything.
sh tests/lib/deps.sh valgrind valgrind || exit 1
passed=0 failed=0
for t in "$@"; do
    if valgrind -q --error-exitcode=9 --leak-check=full "$t" >"$t.valgrind" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "--- $t"
        grep -A12 "==" "$t.valgrind" | head -40
    fi
done
echo "valgrind: $passed passed, $failed failed"
[ "$failed" = 0 ]
