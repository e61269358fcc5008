#!/bin/sh
# sim.sh BUILD FIRST SEEDS - the simulator in `make check`: a failing seed is one failed test.
mkdir -p "$1/results"
log=$1/results/sim.log
timeout 300 "$1/tests/sim/sim" "$2" "$3" >"$log" 2>&1
rc=$?
cat "$log"
passed=$(sed -n 's/^simulator: \([0-9]*\) passed.*/\1/p' "$log")
failed=$(sed -n 's/^simulator: [0-9]* passed, \([0-9]*\) failed.*/\1/p' "$log")
[ -n "$failed" ] || { passed=0 failed=1; }
echo "$passed $failed" >"$1/results/sim.count"
[ "$rc" = 0 ] && [ "$failed" = 0 ]
