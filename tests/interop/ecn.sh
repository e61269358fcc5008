#!/bin/bash
# ecn.sh BUILD [CASE...] - congestion marks on the way through the tunnel (RFC 6040, RFC 7296 2.24). Needs root.
#
# A rule beside the wire marks what arrives at the client as a congested router would. What the TUN gives out, and what the
# client's datagrams look like from outside, is counted. Of strongSwan's end nothing is asked.
# shellcheck disable=SC2034,SC2154
build=$1
shift
wanted=" $* "
. tests/interop/lab.sh

# marking EVERY - of what the gateway sends, one datagram in so many is marked on its way, 0: none; all counters are zero
marking() {
    for n in $c $g; do ip netns exec "$n" nft delete table inet marks 2>/dev/null; done
    ip netns exec $c nft -f - <<N || exit 1
table inet marks {
 counter in_ect { }
 counter in_ce { }
 chain congested {
 ip ecn set ce
 ip6 ecn set ce
 }
 chain inside {
 ip ecn ect0 counter name in_ect
 ip6 ecn ect0 counter name in_ect
 ip ecn ce counter name in_ce
 ip6 ecn ce counter name in_ce
 }
 chain arriving {
 type filter hook prerouting priority -500;
 $([ "$1" = 0 ] || echo "iifname out0 udp sport { 500, 4500 } numgen inc mod $1 0 jump congested")
 iifname "ike*" jump inside
 }
}
N
    # IKE has the marker (RFC 3948 2.2), or comes to port 500
    ip netns exec $g nft -f - <<N || exit 1
table inet marks {
 counter out_all { }
 counter out_ect { }
 counter out_ike { }
 chain messages {
 ip ecn != not-ect counter name out_ike
 ip6 ecn != not-ect counter name out_ike
 }
 chain packets {
 counter name out_all
 ip ecn ect0 counter name out_ect
 ip6 ecn ect0 counter name out_ect
 }
 chain arriving {
 type filter hook prerouting priority -500;
 iifname out0 udp dport 500 jump messages
 iifname out0 udp dport 4500 @th,64,32 0 jump messages
 iifname out0 udp dport 4500 @th,64,32 != 0 jump packets
 }
}
N
}
counted() { ip netns exec "$1" nft list counter inet marks "$2" | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
stat_of() { sed -n "s/.*\"event\":\"stats\".*\"$1\":\([0-9]*\).*/\1/p" "$dir/events" | tail -1; }

cat >"$dir/pings.sh" <<'S'
#!/bin/bash
# pings.sh ADDRESS TOS ANSWERS - five, and so many are answered
ping -c 5 -i 0.1 -W 1 -Q "$2" "$1" | grep -q " $3 received"
S
chmod +x "$dir/pings.sh"

strongswan_conf ""
start_charon
gateway
# shellcheck disable=SC2086
for outer in 4 6; do
    over=''
    [ $outer = 6 ] && over="--set remote.addr=fd77:1::1"
    for how in '' '--plain udp'; do
        for inner in 10.78.0.1 fd78::1; do
            name="$outer${how:+-plain}-$inner"
            marking 1
            check='[ "$(counted $g out_ect)" = 5 ] && [ "$(counted $c in_ce)" = 5 ] && [ "$(counted $c in_ect)" = 0 ] && [ "$(stat_of ecn)" = 0 ]'
            try "marked-$name" 0 psk.json $over $how --run "$dir/pings.sh" $inner 2 5
            # of a sender that does not heed marks nothing says that it does, and nothing marked gets through
            marking 1
            check='[ "$(counted $g out_ect)" = 0 ] && [ "$(counted $g out_all)" -ge 5 ] && [ "$(counted $c in_ce)" = 0 ] && [ "$(stat_of ecn)" -ge 5 ]'
            try "deaf-$name" 0 psk.json $over $how --run "$dir/pings.sh" $inner 0 0
            marking 0
            check='[ "$(counted $g out_ect)" = 5 ] && [ "$(counted $g out_ike)" = 0 ] && [ "$(counted $c in_ect)" = 5 ] && [ "$(counted $c in_ce)" = 0 ]'
            try "unmarked-$name" 0 psk.json $over $how --run "$dir/pings.sh" $inner 2 5
        done
    done
done
marking 1
check='[ "$(stat_of ecn)" -ge 5 ] && "$build/ike" replay $dir/rec >$dir/replay'
try replayed 0 psk.json --record $dir/rec --record-secrets --run "$dir/pings.sh" 10.78.0.1 0 0
stop_charon

# Bursts of a TCP that heeds marks, both ways, with both ends ours.
for n in $c $g; do ip netns exec "$n" sysctl -qw net.ipv4.tcp_ecn=1; done
ip netns exec $g socat TCP6-LISTEN:7009,fork,reuseaddr,ipv6only=0 SYSTEM:'wc -c' >/dev/null 2>&1 &
pids="$pids $!"
cat >"$dir/tcp.sh" <<'S'
#!/bin/bash
# tcp.sh ADDRESS - megabytes up, and down
case $1 in *:*) at="[$1]" ;; *) at=$1 ;; esac
[ "$(head -c 6000000 /dev/zero | timeout 30 socat -t 30 - "TCP:$at:7009")" = 6000000 ] || exit 11
for _ in 1 2 3 4 5 6 7 8; do
    [ "$(timeout 20 bash -c "cat </dev/tcp/$1/7007" | wc -c)" = 300000 ] || exit 12
done
S
chmod +x "$dir/tcp.sh"
for inner in 10.9.0.1 fd09::1; do
    own_gateway
    marking 10
    # acknowledgements by themselves do not heed marks (RFC 3168 6.1.4): some are lost, and TCP does without
    check='[ "$(counted $g out_ect)" -gt 20 ] && [ "$(counted $c in_ce)" -gt 2 ] && [ "$(stat_of sends)" -lt $(($(stat_of sent) / 2)) ]'
    try "tcp-$inner" 0 psk.json --set remote.port=4500 --run "$dir/tcp.sh" $inner
    kill $own
    wait $own 2>/dev/null
done
echo "ecn: $passed passed, $failed failed"
[ "$failed" = 0 ] && { [ "$passed" -gt 0 ] || [ -n "${wanted// /}" ]; }
