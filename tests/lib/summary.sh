#!/bin/sh
# summary.sh BUILD - adds up what the parts of `make check` counted; its last line is the verdict.
passed=0 failed=0
for f in "$1"/results/*.count; do
    read -r p q <"$f" || continue
    passed=$((passed + p))
    failed=$((failed + q))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
