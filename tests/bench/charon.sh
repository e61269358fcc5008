#!/bin/bash
# charon.sh BUILD WANTED - one charon gateway, two clients of it: ours and charon, in turns (B2, B5, B10).
#
# Both are connected all the time, each in a namespace of its own; CPU is that of the client's process alone. The gateway
# (kernel-libipsec, a packet a system call) is slower than either client and bounds the rate: CPU is what is compared.
set -u
build=$1 wanted=$2
. tests/bench/lab.sh
wants() { case $wanted in *" $1 "*) ;; *) return 1 ;; esac; }

sh tests/lib/deps.sh "B2, B5, B10" strongswan-swanctl strongswan-charon libstrongswan-standard-plugins libstrongswan-extra-plugins libcharon-extra-plugins ||
    { for b in B2 B5 B10; do wants $b && left_out $b "strongSwan could not be installed"; done; exit 0; }

space_pair o 1
extra_client s 2 o
charon_gateway o || exit 1
charon_client s 10.77.2.1 || exit 1
swan "$dir/cl" --initiate --child psk || { left_out B2 "charon does not connect"; exit 0; }
profile 10.77.1.1
iperf_server o 10.78.0.1

# ---- B2 ----
ours() { tcp o "$our_pid" "$way" 10.78.0.1; }
theirs() { tcp s "$swan_pid" "$way" 10.78.0.1; }
b2() { # BACKEND
    our_client o psk.json --crypto "$1" || { left_out B2 "our client does not connect with $1"; return; }
    for way in up down; do
        interleave ours theirs || { left_out B2 "no traffic with $1"; break; }
        compare B2 "TCP $way, charon gateway, $1" "s of CPU a GB" "$dir/a.0" "charon, openssl" "$dir/b.0" "at most a third"
        compare B2 "TCP $way, charon gateway, $1, rate" "Mbit/s" "$dir/a.1" "charon, openssl" "$dir/b.1" "" inverse
    done
    stop "$our_pid"
}

# ---- B10: what is resident once traffic has been ----
rss() { # WHAT TARGET
    tcp o "$our_pid" up 10.78.0.1
    tcp o "$our_pid" down 10.78.0.1
    tcp s "$swan_pid" up 10.78.0.1
    resident_kb "$our_pid" >"$dir/a.0"
    resident_kb "$swan_pid" >"$dir/b.0"
    discarded=0 disturbed=0
    compare B10 "resident after traffic, $1" "KiB" "$dir/a.0" "charon" "$dir/b.0" "$2"
    stop "$our_pid"
}
if wants B2; then
    b2 openssl
    [ -e "$build/libike-ipsecmb.a" ] && b2 ipsecmb
fi
if wants B10; then
    lean_client o mbedtls 10.77.1.1 && rss "least client, mbedTLS, static" "at most 2560"
    lean_client o openssl 10.77.1.1 && rss "least client, OpenSSL" "at most 7168"
    our_client o psk.json --crypto openssl && rss "the ike program with OpenSSL" ""
fi

# ---- B5: UDP at an even pace ----
gateway_space=o
paced_ours() { udp o "$our_pid" 10.78.0.1 "$rate"; }
paced_theirs() { udp s "$swan_pid" 10.78.0.1 "$rate"; }
# The gateway is overloaded as well, and its queue is part of the latency; both ends ours: tunnel.sh.
overload_ours() { overload o "$our_pid" 10.78.0.1 "$rate"; }
overload_theirs() { overload s "$swan_pid" 10.78.0.1 "$rate"; }
if wants B5; then
    if lean_client o openssl 10.77.1.1; then
        for rate in 20000 40000; do
            interleave paced_ours paced_theirs || { left_out B5 "nothing arrives at $rate a second"; continue; }
            compare B5 "UDP, $rate packets a second" "s of CPU a GB" "$dir/a.0" "charon, openssl" "$dir/b.0" "at most half"
            compare B5 "UDP, $rate packets a second, lost" "permille" "$dir/a.1" "charon, openssl" "$dir/b.1" ""
            compare B5 "UDP, $rate packets a second, latency p99" "us" "$dir/a.3" "charon, openssl" "$dir/b.3" ""
        done
        rate=$overload_rate
        if interleave overload_ours overload_theirs; then
            compare B5 "overload: resident memory grows" "KiB" "$dir/a.0" "charon, openssl" "$dir/b.0" "less than 1024"
            compare B5 "overload: latency back after" "us" "$dir/a.1" "charon, openssl" "$dir/b.1" "at most 100000"
            compare B5 "overload: lost" "permille" "$dir/a.2" "charon, openssl" "$dir/b.2" ""
        fi
        queue=$(ip netns exec "co$$" sh -c 'cat /sys/class/net/ike*/statistics/tx_dropped')
        stop "$our_pid"
        # by cause: what the kernel's queue in front of the TUN did not take, and what the client counts
        grep "^{" "$dir/lean.log" | tail -1 | jq -r --arg q "${queue:-0}" '. + {queue: ($q | tonumber)} | to_entries[] | "\(.key) \(.value)"' 2>/dev/null |
            while read -r cause n; do
                echo "$n" >"$dir/c.0"
                alone B5 "all of B5: dropped by cause: $cause" "packets" "$dir/c.0" ""
            done
    else
        left_out B5 "our client does not connect"
    fi
fi
