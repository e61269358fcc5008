#!/bin/sh
# lengths.sh - files over 700 lines, functions over 90: not a failure, a question: which noun is missing?
for f in libike/*/*.[ch] include/ike/*.h examples/*.c examples/ike/*.c tests/peer/*.c; do
    [ -e "$f" ] || continue
    awk -v f="$f" '
        /^[a-z].*\)$/ { name = $0; from = NR }
        /^}/ { if (from && NR - from > 90) printf "  %s: %d lines: %s\n", f, NR - from, name; from = 0 }
        END { if (NR > 700) printf "  %s: %d lines\n", f, NR }' "$f"
done
