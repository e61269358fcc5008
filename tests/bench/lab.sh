# shellcheck shell=bash disable=SC2034
# lab.sh - what the benchmarks with peers share: namespaces, charon at both ends, CPU time, quiet pairs, results.
# Sourced with build set. Needs root.
#
#   client on core 0 --- veth --- gateway on core 1
#
# A peer gets a pair of namespaces of its own: c$1$$ and g$1$$, addresses 10.77.NUMBER.2 and 10.77.NUMBER.1; inside the
# gateway 10.78.0.1 waits for what comes through the tunnel.

pki=$PWD/tests/pki
dir=$(mktemp -d)
pairs=${BENCH_PAIRS:-5}
[ "$pairs" -ge 5 ] || pairs=5
seconds=${BENCH_SECONDS:-1} # of one measurement
FOREIGN_MAX=350             # thousandths of a core that others may use during a pair
ours='' spaces='' devices=0
client_core=0 gateway_core=$(($(nproc) > 1 ? 1 : 0))
psk="correct horse battery staple"

lab_down() {
    local p n
    for p in $ours; do kill "$p" 2>/dev/null; done
    sleep 0.3
    for p in $ours; do kill -9 "$p" 2>/dev/null; wait "$p" 2>/dev/null; done
    # what a shell of ours had started outlives the shell
    for n in $spaces; do for p in $(ip netns pids "$n" 2>/dev/null); do kill -9 "$p" 2>/dev/null; done; done
    for n in $spaces; do ip netns del "$n" 2>/dev/null; done
    rm -rf "$dir"
}
trap lab_down EXIT
trap 'exit 1' INT TERM

# ---- namespaces and processes ----
space_pair() { # NAME NUMBER - a namespace for a client and one for its gateway
    local c=c$1$$ g=g$1$$ n
    for n in $c $g; do
        ip netns add "$n" || exit 1
        spaces="$spaces $n"
        ip -n "$n" link set lo up
    done
    wire "$c" "$g" out0 "$2"
    ip -n "$g" addr add 10.78.0.1/32 dev lo
}
wire() { # CLIENT GATEWAY DEVICE-AT-THE-GATEWAY NUMBER
    ip link add name out0 netns "$1" type veth peer name "$3" netns "$2" || exit 1
    ip -n "$1" addr add "10.77.$4.2/24" dev out0
    ip -n "$2" addr add "10.77.$4.1/24" dev "$3"
    ip -n "$1" link set out0 up
    ip -n "$2" link set "$3" up
}
extra_client() { # NAME NUMBER GATEWAY-NAME - another client of the same gateway
    ip netns add "c$1$$" || exit 1
    spaces="$spaces c$1$$"
    ip -n "c$1$$" link set lo up
    devices=$((devices + 1))
    wire "c$1$$" "g$3$$" "out$devices" "$2"
}
client() { local n=$1; shift; ip netns exec "c$n$$" taskset -c "$client_core" "$@"; }
gateway() { local n=$1; shift; ip netns exec "g$n$$" taskset -c "$gateway_core" "$@"; }
# start client|gateway NAME COMMAND... - in the background; sets pid, which is the command's own: what is in front of it
# becomes it. Counted as ours, and ended with us.
start() {
    local where
    if [ "$1" = client ]; then where=(ip netns exec "c$2$$" taskset -c "$client_core"); else where=(ip netns exec "g$2$$" taskset -c "$gateway_core"); fi
    shift 2
    "${where[@]}" "$@" >"${log:-/dev/null}" 2>&1 &
    pid=$!
    ours="$ours $pid"
}
stop() { # PID
    local p left=''
    kill "$1" 2>/dev/null
    wait "$1" 2>/dev/null
    for p in $ours; do [ "$p" = "$1" ] || left="$left $p"; done
    ours=$left
}
wait_for() { # SECONDS COMMAND... - 0 once the command succeeds
    local until=$(($(date +%s) + $1))
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$until" ] || return 1
        sleep 0.01
    done
}

# ---- CPU time ----
# cpu_us PID... - of all their threads, microseconds
cpu_us() {
    local p
    for p in "$@"; do cat /proc/"$p"/task/*/schedstat; done 2>/dev/null | awk '{ s += $1 } END { printf "%.0f\n", s / 1000 }'
}
# What a process had used when it became the program that is measured: what brings it into its namespace is not that
# program's. $0 of this shell is the file for it, the program and its arguments follow.
becomes='cat /proc/$$/schedstat >"$0"; exec "$@"'
since_exec_us() { # PID FILE
    echo $(($(cpu_us "$1") - $(awk '{ printf "%d", $1 / 1000 }' "$2")))
}
# Ticks that the machine was busy, without interrupts; and those of them that were ours: what we keep, this shell, and
# whatever it has waited for.
busy() { awk '/^cpu / { print $2 + $3 + $4 }' /proc/stat; }
own() {
    local p
    { for p in $ours; do cat "/proc/$p/stat"; done; cat "/proc/$$/stat"; } 2>/dev/null |
        sed 's/^.*) //' | awk '{ s += $12 + $13 + $14 + $15 } END { print s }'
}
quiet_begin() { busy0=$(busy) own0=$(own) wall0=$(date +%s%N); }
# Sets foreign: thousandths of a core that were not ours since quiet_begin.
quiet_end() {
    local b o w
    b=$(busy) o=$(own) w=$(date +%s%N)
    foreign=$(awk -v b=$((b - busy0)) -v o=$((o - own0)) -v w=$((w - wall0)) -v hz="$(getconf CLK_TCK)" \
        'BEGIN { f = (b - o) / hz / (w / 1e9) * 1000; printf "%d", (f > 0 ? f : 0) }')
}

# ---- pairs ----
# interleave MEASURE-A MEASURE-B - runs both in turns; each sets the array "got" of numbers, or fails. What they got is
# appended to $dir/a.N and $dir/b.N (N: place in got). Pairs with foreign CPU are done again, three at most;
# if then too few are left, those with most of it count as well, and disturbed says how many.
interleave() {
    local kept=0 tries=0 i f
    discarded=0 disturbed=0
    rm -f "$dir"/[ab].[0-9]* "$dir"/noisy.*
    while [ "$kept" -lt "$pairs" ] && [ "$tries" -lt $((pairs + 3)) ]; do
        tries=$((tries + 1))
        quiet_begin
        "$1" || return 1
        local a=("${got[@]}")
        "$2" || return 1
        local b=("${got[@]}")
        quiet_end
        if [ "$foreign" -gt "$FOREIGN_MAX" ]; then
            discarded=$((discarded + 1))
            printf '%s\n' "$foreign ${a[*]} / ${b[*]}" >>"$dir/noisy.all"
            continue
        fi
        kept=$((kept + 1))
        pair_keep "${a[*]}" "${b[*]}"
    done
    [ "$kept" -lt "$pairs" ] || return 0
    disturbed=$((pairs - kept))
    while read -r f; do
        f=${f#* }
        pair_keep "${f% / *}" "${f#* / }"
    done < <(sort -n "$dir/noisy.all" | head -n "$disturbed")
}
pair_keep() { # "A's numbers" "B's numbers"
    local i v
    i=0; for v in $1; do echo "$v" >>"$dir/a.$i"; i=$((i + 1)); done
    i=0; for v in $2; do echo "$v" >>"$dir/b.$i"; i=$((i + 1)); done
}

# ---- results ----
# spread FILE - "median low high n"
spread() {
    sort -g "$1" | awk '{ v[NR] = $1 } END { m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
        printf "%.6g %.6g %.6g %d\n", m, v[1], v[NR], NR }'
}
# compare BENCH WHAT UNIT OURS-FILE PEER PEER-FILE TARGET [inverse] - a figure beside its peer's, for people and as JSON.
# The ratio says how many times less ours is; inverse: how many times more.
compare() {
    local v lo hi n pv plo phi pn ratio
    read -r v lo hi n < <(spread "$4")
    read -r pv plo phi pn < <(spread "$6")
    ratio=$(awk -v a="$v" -v b="$pv" -v i="${8:-}" 'BEGIN { printf "%.3g", i ? (b > 0 ? a / b : 0) : (a > 0 ? b / a : 0) }')
    printf '%-4s %-44s %10s %s (%s..%s); %s %s (%s..%s): %s times%s%s\n' "$1" "$2" "$v" "$3" "$lo" "$hi" "$5" "$pv" "$plo" "$phi" "$ratio" \
        "${7:+; wanted: $7}" "$([ "$discarded" = 0 ] || echo "; $discarded pairs discarded")$([ "$disturbed" = 0 ] || echo ", $disturbed of $n pairs disturbed")"
    json "\"bench\":\"$1\",\"what\":\"$2\",\"unit\":\"$3\",\"value\":$v,\"low\":$lo,\"high\":$hi,\"n\":$n,\"peer\":\"$5\",\"peer_value\":$pv,\"peer_low\":$plo,\"peer_high\":$phi,\"ratio\":$ratio,\"discarded\":$discarded,\"disturbed\":$disturbed${7:+,\"target\":\"$7\"}"
}
# alone BENCH WHAT UNIT FILE TARGET
alone() {
    local v lo hi n
    read -r v lo hi n < <(spread "$4")
    printf '%-4s %-44s %10s %s (%s..%s)%s\n' "$1" "$2" "$v" "$3" "$lo" "$hi" "${5:+; wanted: $5}"
    json "\"bench\":\"$1\",\"what\":\"$2\",\"unit\":\"$3\",\"value\":$v,\"low\":$lo,\"high\":$hi,\"n\":$n${5:+,\"target\":\"$5\"}"
}
left_out() { # BENCH WHY
    printf '%-4s left out: %s\n' "$1" "$2"
    json "\"bench\":\"$1\",\"left_out\":\"$2\""
}
json() { echo "{$1}" >>"$BENCH_OUT"; }

# ---- charon ----
charon=/usr/lib/ipsec/charon
charon_conf() { # SIDE-DIRECTORY
    mkdir -p "$1/run" "$1"/swanctl/{x509,x509ca,private}
    cat >"$1/strongswan.conf" <<C
charon {
  load = random nonce x509 constraints pubkey pkcs1 pkcs8 pem openssl kdf hmac socket-default kernel-libipsec kernel-netlink vici
  reuse_ikesa = no
  dos_protection = no
  plugins {
    vici { socket = unix://$1/run/vici.sock }
    kernel-libipsec { load = yes }
  }
  filelog { a { path = $1/charon.log
    default = 0
    flush_line = no } }
}
swanctl { load = pem pkcs1 x509 openssl random pkcs8 pubkey }
C
}
charon_start() { # client|gateway NAME SIDE-DIRECTORY - sets charon_pid
    rm -f "$3/run"/*
    start "$1" "$2" unshare -m sh -c "mount --bind $3/run /run && cat /proc/\$\$/schedstat >$3/exec && STRONGSWAN_CONF=$3/strongswan.conf exec $charon"
    charon_pid=$pid
    wait_for 10 test -S "$3/run/vici.sock" || { echo "bench: charon does not start"; return 1; }
    SWANCTL_DIR=$3/swanctl STRONGSWAN_CONF=$3/strongswan.conf swanctl --load-all --uri "unix://$3/run/vici.sock" >"$3/load.log" 2>&1 ||
        { cat "$3/load.log"; return 1; }
}
swan() { # SIDE-DIRECTORY ARGUMENTS...
    local d=$1
    shift
    STRONGSWAN_CONF=$d/strongswan.conf swanctl "$@" --uri "unix://$d/run/vici.sock" >/dev/null 2>&1
}

ike=aes128gcm16-prfsha256-x25519
connection() { # NAME LOCAL-LINES REMOTE-LINES MORE CHILD-LINES
    echo "$1 { version = 2"
    echo "  proposals = $ike"
    echo "  unique = never"
    echo "  $4"
    echo "  local { $2 }"
    echo "  remote { $3 }"
    echo "  children { $1 { esp_proposals = aes128gcm16"
    echo "    rekey_time = 0"
    echo "    $5 } } }"
}
lines() { printf '%s\n' "$@"; }
# A gateway for clients with a shared key and with ECDSA certificates; each gets an address.
charon_gateway() { # NAME - sets gateway_pid
    local d=$dir/gw
    charon_conf "$d"
    cp "$pki/gw.pem" "$d/swanctl/x509/"
    cp "$pki/gw.key" "$d/swanctl/private/"
    cp "$pki/ca.pem" "$d/swanctl/x509ca/"
    {
        echo "connections {"
        connection psk "$(lines 'auth = psk' 'id = gw.test')" "$(lines 'auth = psk' 'id = client.test')" "pools = vip" "local_ts = 10.78.0.1/32"
        connection ecdsa "$(lines 'auth = pubkey' 'certs = gw.pem' 'id = gw.test')" "$(lines 'auth = pubkey' 'cacerts = ca.pem' 'id = client.test')" "pools = vip" "local_ts = 10.78.0.1/32"
        echo "}"
        echo "pools { vip { addrs = 10.79.0.0/16"
        echo "} }"
        echo "secrets { ike-1 { secret = \"$psk\""
        echo "} }"
    } >"$d/swanctl/swanctl.conf"
    charon_start gateway "$1" "$d" || return 1
    gateway_pid=$charon_pid
}
client_connection() { # NAME psk|ecdsa GATEWAY-ADDRESS CHILD-LINES
    if [ "$2" = psk ]; then
        connection "$1" "$(lines 'auth = psk' 'id = client.test')" "$(lines 'auth = psk' 'id = gw.test')" "$(lines "remote_addrs = $3" 'vips = 0.0.0.0')" "$(lines "remote_ts = 10.78.0.1/32" "$4")"
    else
        connection "$1" "$(lines 'auth = pubkey' 'certs = client.pem' 'id = client.test')" "$(lines 'auth = pubkey' 'id = gw.test')" "$(lines "remote_addrs = $3" 'vips = 0.0.0.0')" "$(lines "remote_ts = 10.78.0.1/32" "$4")"
    fi
}
# Many connections that begin by themselves once they are loaded: all at once, one right behind the other.
hot_connections() { # psk|ecdsa GATEWAY-ADDRESS HOW-MANY start|none
    local i
    echo "connections {"
    for ((i = 0; i < $3; i++)); do client_connection "hot$i" "$1" "$2" "start_action = $4"; done
    echo "}"
    echo "secrets { ike-1 { secret = \"$psk\""
    echo "} }"
}
charon_client() { # NAME GATEWAY-ADDRESS - sets swan_pid; connections psk and ecdsa
    local d=$dir/cl
    charon_conf "$d"
    cp "$pki/client.pem" "$d/swanctl/x509/"
    cp "$pki/client.key" "$d/swanctl/private/"
    cp "$pki/ca.pem" "$d/swanctl/x509ca/"
    {
        echo "connections {"
        client_connection psk psk "$2" ""
        client_connection ecdsa ecdsa "$2" ""
        echo "}"
        echo "secrets { ike-1 { secret = \"$psk\""
        echo "} }"
    } >"$d/swanctl/swanctl.conf"
    charon_start client "$1" "$d" || return 1
    swan_pid=$charon_pid
}

# ---- our client ----
profile() { # GATEWAY-ADDRESS - writes psk.json, ecdsa.json
    cat >"$dir/psk.json" <<E
{ "name": "psk", "type": "ikev2-psk", "remote": { "addr": "$1", "id": "gw.test" },
  "local": { "id": "client.test", "psk": "$psk" }, "ike-proposal": "$ike", "esp-proposal": "aes128gcm16" }
E
    cat >"$dir/ecdsa.json" <<E
{ "name": "ecdsa", "type": "ikev2-cert", "remote": { "addr": "$1", "id": "gw.test", "ca": "file:$pki/ca.pem" },
  "local": { "id": "client.test", "cert": "file:$pki/client.pem", "key": "file:$pki/client.key" },
  "ike-proposal": "$ike", "esp-proposal": "aes128gcm16" }
E
}
our_client() { # NAME PROFILE ARGUMENTS... - sets our_pid
    local n=$1 p=$2
    shift 2
    log=$dir/ike.log start client "$n" "$build/ike" connect "$dir/$p" "$@"
    our_pid=$pid
    wait_for 10 client "$n" ping -c 1 -W 1 10.78.0.1 || { cat "$dir/ike.log"; return 1; }
}

lean_client() { # NAME BACKEND GATEWAY-ADDRESS - the least client (lean.c); sets our_pid
    log=$dir/lean.log start client "$1" sh -c "$becomes" "$dir/exec" "$build/tests/bench/lean-$2" "$3" 0 "$psk"
    our_pid=$pid
    wait_for 10 client "$1" ping -c 1 -W 1 10.78.0.1 || { cat "$dir/lean.log"; return 1; }
}

# ---- traffic ----
iperf_server() { # NAME ADDRESS
    # an address that comes later is waited for by starting again
    start gateway "$1" sh -c "while :; do iperf3 -s -B $2; sleep 0.1; done"
    sleep 0.3
}
# tcp NAME PID up|down ADDRESS - got: CPU seconds of PID a gigabyte, Mbit/s. The congestion control is Debian's default,
# whatever this machine's is: BBR, which heeds no loss, overruns a gateway's queue, and what is sent twice is paid for twice.
tcp() {
    local before after out back='' tries=0
    [ "$3" = down ] && back=-R
    # a server that has just heard of its address may not be back yet, and iperf3 says so with 0
    while [ "$tries" -lt 20 ]; do
        before=$(cpu_us "$2")
        # shellcheck disable=SC2086
        out=$(client "$1" iperf3 -c "$4" -C cubic -t "$seconds" -J $back) && ! echo "$out" | jq -e .error >/dev/null && break
        tries=$((tries + 1))
        sleep 0.1
    done
    after=$(cpu_us "$2")
    read -r -a got < <(echo "$out" | jq -r '"\(.end.sum_received.bytes // 0) \(.end.sum_received.bits_per_second // 0)"' |
        awk -v us=$((after - before)) '$1 > 0 { printf "%.4f %.0f\n", us / 1e6 / ($1 / 1e9), $2 / 1e6 }')
    [ "${#got[@]}" = 2 ]
}

# ---- UDP at an even pace ----
resident_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
size=1300
# udp NAME PID ADDRESS RATE [AFTER] - got: CPU seconds a gigabyte, permille lost, p50 µs, p99 µs, µs until latency is back
udp() {
    local before after sent word highest received p50 p99 max back
    gateway "${gateway_space:-$1}" "$build/tests/bench/pace" recv "$3" 7009 >"$dir/recv" &
    local receiver=$!
    sleep 0.1
    before=$(cpu_us "$2")
    # shellcheck disable=SC2086
    read -r word sent < <(client "$1" "$build/tests/bench/pace" send "$3" 7009 "$4" $size "$seconds" ${5:-})
    wait "$receiver"
    after=$(cpu_us "$2")
    read -r word highest received p50 p99 max back <"$dir/recv" || return 1
    read -r -a got < <(awk -v us=$((after - before)) -v s="$sent" -v r="$received" -v p50="$p50" -v p99="$p99" -v b="$back" -v z=$size \
        'BEGIN { printf "%.4f %.2f %d %d %d\n", us / 1e6 / (r * z / 1e9), (s - r) * 1000 / s, p50, p99, b }')
}
# overload NAME PID ADDRESS RATE - got: KiB that resident memory grew, µs until latency is back, permille lost. So much more
# than a client on one core gets through that most of it has to be dropped somewhere.
overload_rate=${BENCH_OVERLOAD:-300000}
overload() {
    local before
    before=$(resident_kb "$2")
    udp "$1" "$2" "$3" "$4" 1 || return 1
    got=("$(($(resident_kb "$2") - before))" "${got[4]}" "${got[1]}")
}
