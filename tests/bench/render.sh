#!/bin/bash
# render.sh BUILD - what the benchmarks have written, BUILD/bench.lines, as BUILD/bench.json, a table (BUILD/bench.md) and
# graphs (BUILD/bench-*.svg). `make bench-words` puts the table into docs/PERFORMANCE.md.
set -u
build=$1
lines=$build/bench.lines
[ -s "$lines" ] || { echo "bench: nothing was measured"; exit 0; }
command -v jq >/dev/null 2>&1 || { echo "bench: no jq, so no bench.json"; exit 0; }

cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
openssl=$(pkg-config --modversion libcrypto 2>/dev/null)
mbedtls=$(dpkg-query -W -f '${Version}' libmbedtls-dev 2>/dev/null)
charon=$(dpkg-query -W -f '${Version}' strongswan-charon 2>/dev/null)
openvpn=$(dpkg-query -W -f '${Version}' openvpn 2>/dev/null)
jq -s --arg cpu "$cpu" --arg cores "$(nproc)" --arg kernel "$(uname -r)" --arg openssl "$openssl" --arg mbedtls "$mbedtls" \
    --arg charon "$charon" --arg openvpn "$openvpn" --arg date "$(date -u +%F)" --arg commit "$(git rev-parse --short HEAD 2>/dev/null)" \
    '{machine: {cpu: $cpu, cores: ($cores | tonumber), kernel: $kernel}, date: $date, commit: $commit,
      versions: {openssl: $openssl, mbedtls: $mbedtls, charon: $charon, openvpn: $openvpn}, figures: .}' "$lines" >"$build/bench.json"

# ---- table ----
jq -r '
  def short: if . == null then "" elif type != "number" then . elif . >= 100 or . == floor then (. * 10 | round / 10 | if . >= 100 then round else . end | tostring)
      else (. * 1000 | round / 1000 | tostring) end;
  "Measured \(.date) at \(.commit), \(.machine.cpu), \(.machine.cores) cores, Linux \(.machine.kernel); OpenSSL \(.versions.openssl), mbedTLS \(.versions.mbedtls), charon \(.versions.charon), OpenVPN \(.versions.openvpn).",
  "",
  "| | what | libike | spread | peer | its figure | times | wanted |", "|---|---|---|---|---|---|---|---|",
  (.figures[] | select(.bench != "B6p") |
   if .left_out then "| \(.bench) | left out: \(.left_out) | | | | | | |"
   else "| \(.bench) | \(.what)\(if (.disturbed // 0) > 0 then " (disturbed)" else "" end) | \(.value | short) \(.unit) | \(if .n > 0 then "\(.low | short)..\(.high | short)" else "" end) | \(.peer // "") | \(.peer_value | short) | \(.ratio | short) | \(.target // "") |"
   end)' "$build/bench.json" >"$build/bench.md"

# ---- graphs ----
command -v gnuplot >/dev/null 2>&1 || { echo "bench: no gnuplot, so no graphs"; exit 0; }
head_of_plot() { # FILE TITLE YLABEL
    cat <<P
set terminal svg size 900,420 font "sans,12" background "white"
set output "$1"
set title "$2"
set ylabel "$3"
set style data histograms
set style histogram errorbars gap 1 lw 1
set style fill solid 0.7 border -1
set boxwidth 0.8
set yrange [0:*]
set grid ytics
set key off
set xtics rotate by -20 scale 0
set bmargin 7
P
}
# bars UNIT FILE TITLE YLABEL - B2 to B4: each of our data planes and each peer once, with its spread
bars() {
    jq -r --arg unit "$1" '[.figures[] | select(.left_out == null and (.bench | test("^B[234]$")) and .unit == $unit and (.what | startswith("TCP up")))] |
        [.[] | {name: "\(.bench) \(.what | sub("TCP up, "; "") | sub(", rate"; ""))", v: .value, l: .low, h: .high},
               {name: "\(.bench) \(.peer)", v: .peer_value, l: .peer_low, h: .peer_high}] | unique_by(.name) | .[] |
        "\"\(.name)\" \(.v) \(.l) \(.h)"' "$build/bench.json" >"$build/plot.data"
    [ -s "$build/plot.data" ] || return 0
    { head_of_plot "$build/$2" "$3" "$4"; echo "plot '$build/plot.data' using 2:3:4:xtic(1) lc rgb '#4477aa'"; } | gnuplot && echo "bench: $build/$2"
}
bars "s of CPU a GB" bench-cpu.svg "CPU of the client's process, one TCP stream up" "seconds a gigabyte"
bars "Mbit/s" bench-rate.svg "Throughput, one TCP stream up" "Mbit/s"

jq -r '.figures[] | select(.bench == "B6p") | "\(.what | sub(": .*"; ""))\t\(.what | sub(".*: "; ""))\t\(.value)"' "$build/bench.json" |
    awk -F '\t' '{ if (!($1 in seen)) { seen[$1] = 1; rows[++r] = $1 } if (!($2 in col)) { col[$2] = ++c; names[c] = $2 } v[$1, $2] = $3 }
        END { printf "what"; for (i = 1; i <= c; i++) printf " \"%s\"", names[i]; print ""
              for (k = 1; k <= r; k++) { printf "\"%s\"", rows[k]; for (i = 1; i <= c; i++) printf " %s", v[rows[k], names[i]]; print "" } }' >"$build/plot.data"
if [ "$(wc -l <"$build/plot.data")" -gt 1 ]; then
    columns=$(awk 'NR == 2 { sub(/^"[^"]*" /, ""); print NF }' "$build/plot.data")
    {
        head_of_plot "$build/bench-handshake.svg" "A connection, in memory: CPU of the client by phase" "microseconds"
        echo "set style histogram rowstacked"
        echo "set key outside right top"
        echo "plot for [i=2:$((columns + 1))] '$build/plot.data' using i:xtic(1) title columnheader(i)"
    } | gnuplot && echo "bench: $build/bench-handshake.svg"
fi
rm -f "$build/plot.data"
echo "bench: $build/bench.json, $build/bench.md"
