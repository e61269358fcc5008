#!/bin/sh
# layers.sh - a layer includes itself and those below; the rooms of the outer ring include <ike/…> and themselves.
order="base wire crypto esp state exchange engine"
bad=0
rank() {
    i=0
    for l in $order; do
        i=$((i + 1))
        [ "$l" = "$1" ] && { echo $i; return; }
    done
    echo 0
}
for f in libike/*/*.[ch]; do
    room=$(basename "$(dirname "$f")")
    own=$(rank "$room")
    for dep in $(sed -n 's|^#include "\([a-z0-9]*\)/.*|\1|p' "$f"); do
        to=$(rank "$dep")
        if [ "$own" -gt 0 ]; then
            [ "$to" -gt 0 ] && [ "$to" -le "$own" ] || { echo "$f must not include $dep/"; bad=1; }
        else
            [ "$dep" = "$room" ] || { echo "$f is a room of its own and must not include $dep/"; bad=1; }
        fi
    done
    if [ "$own" -gt 0 ]; then
        for h in $(sed -n 's|^#include <\([^>]*\)>.*|\1|p' "$f"); do
            case $h in
            ike/*|stddef.h|stdint.h|string.h) ;;
            stdlib.h) [ "$f" = libike/base/mem.c ] || { echo "$f must not include <$h>"; bad=1; } ;;
            *) echo "$f must not include <$h>"; bad=1 ;;
            esac
        done
    fi
done
exit $bad
