#!/bin/bash
# handshake.sh BUILD WANTED - connecting to one charon gateway: our client and charon as client, in turns (B6, B7, B8, B12).
#
# B6 hot: fifty at once behind a first one that does not count, ours and charon alike. B7 cold: 50 ms of idleness before
# each. CPU is that of the client's process; ours keeps no TUN here, charon's part of that is some tenths of a millisecond.
# Wire time is taken from the packets as they pass the client's interface, for both alike. B8: from the start of the
# program to a tunnel that carries a ping, without what it takes to come into the namespace; ours is the least client with
# a TUN (lean.c).
set -u
build=$1 wanted=$2
. tests/bench/lab.sh
wants() { case $wanted in *" $1 "*) ;; *) return 1 ;; esac; }

sh tests/lib/deps.sh "B6, B7, B8, B12" strongswan-swanctl strongswan-charon libstrongswan-standard-plugins libstrongswan-extra-plugins libcharon-extra-plugins tcpdump ||
    { for b in B6 B7 B8 B12; do wants $b && left_out $b "strongSwan could not be installed"; done; exit 0; }
turns=${BENCH_TURNS:-4} # connections in one measurement

space_pair h 1
extra_client s 2 h
charon_gateway h || exit 1
charon_client s 10.77.2.1 || exit 1
profile 10.77.1.1

# Packets and octets (IP) of charon's IKE at the gateway, both ways; ours are counted by our program.
ip netns exec "gh$$" nft -f - <<'N' || exit 1
table inet bench {
 counter peers { }
 chain in { type filter hook input priority 0;
  udp dport { 500, 4500 } ip saddr 10.77.2.2 counter name peers
 }
 chain out { type filter hook output priority 0;
  udp sport { 500, 4500 } ip daddr 10.77.2.2 counter name peers
 }
}
N

# wire_us FILE - median time from an IKE_SA_INIT request to the second response, of a tcpdump -tt
wire_us() {
    awk '/parent_sa ikev2_init\[I\]/ { t = $1; n = 0 } / ikev2_auth\[R\]/ && t { printf "%.0f\n", ($1 - t) * 1e6; t = 0 }' "$1" |
        sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'
}
watch_wire() { # CLIENT-NAME - into $dir/wire until watched
    ip netns exec "c$1$$" tcpdump -i out0 -n -tt --immediate-mode -l udp port 500 or udp port 4500 >"$dir/wire" 2>"$dir/wire.err" &
    wire_pid=$!
    wait_for 5 grep -q listening "$dir/wire.err"
}
watched() { sleep 0.15; kill "$wire_pid"; wait "$wire_pid" 2>/dev/null; }

# got: wire µs, CPU µs a connection
connect_ours() {
    watch_wire h
    client h "$build/tests/bench/connect" 10.77.1.1 "$auth" openssl "$turns" "$idle" >"$dir/ours" || return 1
    watched
    got=("$(wire_us "$dir/wire")" "$(sort -g -k2 "$dir/ours" | awk '{ v[NR] = $2 } END { print v[int((NR + 1) / 2)] }')")
    [ -n "${got[0]}" ]
}
connect_charon() {
    local i before cpu=''
    watch_wire s
    for ((i = 0; i < turns; i++)); do
        sleep "$(awk -v ms="$idle" 'BEGIN { print ms / 1000 }')"
        before=$(cpu_us "$swan_pid")
        swan "$dir/cl" --initiate --child "$auth" || { echo "bench: charon does not connect"; return 1; }
        cpu="$cpu $(($(cpu_us "$swan_pid") - before))"
        swan "$dir/cl" --terminate --ike "$auth"
        sleep 0.02
    done
    watched
    got=("$(wire_us "$dir/wire")" "$(printf '%s\n' $cpu | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')")
    [ -n "${got[0]}" ]
}

# Hot: charon begins as many as it is told to by loading connections; what loading alone costs is taken off.
hot=${BENCH_HOT:-50}
hot_load() { # start|none - sets us: charon's CPU until all stand; stand: how many do, if one had to be sent again
    local before base
    base=$(hot_settled)
    hot_connections "$auth" 10.77.2.1 "$hot" "$1" >"$dir/cl/swanctl/hot.conf"
    before=$(cpu_us "$swan_pid")
    STRONGSWAN_CONF=$dir/cl/strongswan.conf SWANCTL_DIR=$dir/cl/swanctl swanctl --load-conns --file "$dir/cl/swanctl/hot.conf" --uri "unix://$dir/cl/run/vici.sock" >/dev/null 2>&1
    [ "$1" = none ] || wait_for 3 hot_stand $((base + hot))
    us=$(($(cpu_us "$swan_pid") - before))
    stand=$(($(hot_standing) - base))
}
hot_standing() { # at the gateway, whose CPU time is not in the figure; half-open ones do not count
    STRONGSWAN_CONF=$dir/gw/strongswan.conf swanctl --stats --uri "unix://$dir/gw/run/vici.sock" |
        awk '/IKE_SAs:/ { n = $2 - $4 } END { print n + 0 }'
}
hot_settled() { # those of the charon before are being deleted
    local n before=-1
    n=$(hot_standing)
    while [ "$n" != "$before" ]; do
        before=$n
        sleep 0.2
        n=$(hot_standing)
    done
    echo "$n"
}
hot_stand() { [ "$(hot_standing)" -ge "$1" ]; }
charon_restart() {
    stop "$swan_pid"
    charon_start client s "$dir/cl" || return 1
    swan_pid=$charon_pid
}
hot_ours() {
    client h "$build/tests/bench/connect" 10.77.1.1 "$auth" openssl "$hot" all >"$dir/ours" || return 1
    got=("$(awk '{ s += $2 } END { print s / NR }' "$dir/ours")")
}
hot_charon() {
    local loaded
    charon_restart && swan "$dir/cl" --initiate --child "$auth" && hot_load none || return 1
    loaded=$us
    charon_restart && swan "$dir/cl" --initiate --child "$auth" && hot_load start && [ "$stand" -gt 0 ] || return 1
    got=("$(((us - loaded) / stand))")
}

for auth in psk ecdsa; do
    name=$([ $auth = psk ] && echo PSK || echo ECDSA)
    if wants B6; then
        if interleave hot_ours hot_charon; then
            compare B6 "$name, X25519, OpenSSL, hot, system calls included" "us of CPU" "$dir/a.0" "charon" "$dir/b.0" \
                "$([ $auth = psk ] && echo 'at most 250' || echo 'at least 2.5 times cheaper')"
        else
            left_out B6 "$name: no connection"
        fi
    fi
    if wants B6; then charon_restart || exit 1; fi # the hot connections have taken the place of the others
    if wants B7; then
        idle=50
        if interleave connect_ours connect_charon; then
            compare B7 "$name, cold, wire" "us" "$dir/a.0" "charon" "$dir/b.0" "at least 1.4 times shorter"
            compare B7 "$name, cold" "us of CPU" "$dir/a.1" "charon" "$dir/b.1" "at least 3 times cheaper"
        else
            left_out B7 "$name: no connection"
        fi
    fi
    if wants B12; then
        idle=0
        ip netns exec "gh$$" nft reset counters >/dev/null
        client h "$build/tests/bench/connect" 10.77.1.1 "$auth" openssl 5 0 >"$dir/ours"
        swan "$dir/cl" --initiate --child "$auth" || { left_out B12 "$name: charon does not connect"; continue; }
        ip netns exec "gh$$" nft -j list counters | jq '.nftables[] | .counter? // empty' >"$dir/peers"
        swan "$dir/cl" --terminate --ike "$auth"
        awk '{ print $3 }' "$dir/ours" >"$dir/a.0"
        awk '{ print $4 }' "$dir/ours" >"$dir/a.1"
        jq .packets "$dir/peers" >"$dir/b.0"
        jq .bytes "$dir/peers" >"$dir/b.1"
        discarded=0 disturbed=0
        compare B12 "$name, packets" "packets" "$dir/a.0" "charon" "$dir/b.0" "no more than charon"
        compare B12 "$name, octets" "octets" "$dir/a.1" "charon" "$dir/b.1" "no more than charon"
    fi
done

# ---- B8: from nothing to a tunnel ----
start_ours() { # got: wall ms, CPU ms
    local t0 t1 cpu
    t0=$(date +%s%N)
    lean_client h "$backend" 10.77.1.1 || return 1
    t1=$(date +%s%N)
    cpu=$(since_exec_us "$our_pid" "$dir/exec")
    stop "$our_pid"
    got=("$(awk -v n=$((t1 - t0)) 'BEGIN { print n / 1e6 }')" "$(awk -v us="$cpu" 'BEGIN { print us / 1e3 }')")
}
start_charon() {
    local t0 t1 cpu
    t0=$(date +%s%N)
    charon_start client s "$dir/cl" || return 1
    swan "$dir/cl" --initiate --child psk
    wait_for 5 client s ping -c 1 -W 1 10.78.0.1 || return 1
    t1=$(date +%s%N)
    cpu=$(since_exec_us "$charon_pid" "$dir/cl/exec")
    stop "$charon_pid"
    got=("$(awk -v n=$((t1 - t0)) 'BEGIN { print n / 1e6 }')" "$(awk -v us="$cpu" 'BEGIN { print us / 1e3 }')")
}
if wants B8; then
    stop "$swan_pid"
    for backend in mbedtls openssl; do
        name="start to first ping, PSK, $backend"
        if interleave start_ours start_charon; then
            compare B8 "$name" "ms of CPU" "$dir/a.1" "charon, without swanctl" "$dir/b.1" "at least 3 times cheaper"
            compare B8 "$name, wall" "ms" "$dir/a.0" "charon and swanctl" "$dir/b.0" ""
        else
            left_out B8 "no connection"
        fi
    done
fi
