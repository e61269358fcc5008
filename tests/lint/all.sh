#!/bin/sh
# all.sh BUILD - every lint; the walls fail, the questions are only asked.
build=$1
bad=0
for l in layers symbols words rfc format shell; do
    sh "tests/lint/$l.sh" "$build" || { echo "lint $l failed"; bad=1; }
done
sh tests/lint/lengths.sh
[ "$bad" = 0 ] && echo "lint: ok"
exit $bad
