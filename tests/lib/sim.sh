#!/bin/sh
# sim.sh BUILD FIRST SEEDS [SEED|FIRST:SEEDS...] - the simulator in `make check`: a failing seed is one failed test.
sim=$1/tests/sim/sim
log=$1/results/sim.log
mkdir -p "$1/results"
timeout 300 "$sim" "$2" "$3" >"$log" 2>&1
rc=$?
shift 3
for seed; do
    case $seed in *:*) n=${seed#*:} ;; *) n=1 ;; esac
    timeout 60 "$sim" "${seed%:*}" "$n" >>"$log" 2>&1 || rc=1
done
grep -v "^simulator: 1 passed" "$log"
counts=$(sed -n 's/^simulator: \([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2/p' "$log" |
    awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }')
[ "$rc" = 0 ] || [ "${counts#* }" != 0 ] || counts="0 1" # it did not come to its last line
echo "$counts" >"${log%.log}.count"
[ "$rc" = 0 ] && [ "${counts#* }" = 0 ]
