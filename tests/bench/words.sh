#!/bin/bash
# words.sh BUILD - puts the table and the graphs of the last `make bench` into docs/PERFORMANCE.md, between its two marks.
set -eu
build=$1
page=docs/PERFORMANCE.md
[ -s "$build/bench.md" ] || { echo "bench-words: make bench first"; exit 1; }
for g in cpu rate handshake; do
    [ ! -s "$build/bench-$g.svg" ] || cp "$build/bench-$g.svg" "docs/performance-$g.svg"
done
{
    sed '/<!-- figures -->/q' "$page"
    cat "$build/bench.md"
    for g in cpu rate handshake; do
        [ ! -s "docs/performance-$g.svg" ] || printf '\n![%s](performance-%s.svg)\n' "$g" "$g"
    done
    sed -n '/<!-- end of figures -->/,$p' "$page"
} >"$page.new"
mv "$page.new" "$page"
echo "bench-words: $page"
