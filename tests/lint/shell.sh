#!/bin/sh
# shell.sh - the scripts parse, and shellcheck has no errors, where it is installed.
for f in tests/lib/*.sh tests/lint/*.sh pkgconfig/*.sh examples/*.sh; do
    [ -e "$f" ] || continue
    sh -n "$f" || exit 1
done
command -v shellcheck >/dev/null 2>&1 || exit 0
shellcheck -S error tests/lib/*.sh tests/lint/*.sh
