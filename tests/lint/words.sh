#!/bin/sh
# words.sh - words that must not appear.
bad=0
if grep -nE '\b(TODO|FIXME|XXX|HACK)\b' -r libike include examples tests/peer 2>/dev/null; then
    echo "promises for later belong into an issue"
    bad=1
fi
core="libike/base libike/wire libike/crypto libike/esp libike/state libike/exchange libike/engine"
# shellcheck disable=SC2086
if grep -nE '\b(snprintf|sprintf|printf|malloc|calloc|free|time|gettimeofday|clock_gettime)\(' -r $core | grep -v '^libike/base/mem.c' | grep -vE ':[0-9]+: \*|/\*'; then
    echo "the core has no stdio, no heap of its own and no clock"
    bad=1
fi
exit $bad
