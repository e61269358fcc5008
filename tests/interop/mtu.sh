#!/bin/bash
# mtu.sh BUILD [CASE...] - paths of every width, with and without ICMP, against strongSwan. Needs root.
#
# What is too large is dropped where the gateway receives and sends, and nobody says so, unless the case is about that. Each
# case transfers data both ways, within a bounded time, and counts the fragments that arrive at either end.
# shellcheck disable=SC2034,SC2154
build=$1
shift
wanted=" $* "
. tests/interop/lab.sh

upload=3000000
ip netns exec $g socat TCP6-LISTEN:7008,fork,reuseaddr,ipv6only=0 SYSTEM:'wc -c' >/dev/null 2>&1 &
pids="$pids $!"

# on the wire datagrams are by themselves: rules that look at lengths must not see a burst of them
for n in $c $g $b $r; do
    for d in out0 out1 in0; do
        ip netns exec "$n" ethtool -K $d tx-udp-segmentation off gso off tso off gro off >/dev/null 2>&1
    done
done

# narrow NAMESPACE DEVICE OCTETS - larger IP packets vanish there, both ways; 65535: none do
narrow() {
    ip netns exec "$1" nft delete table inet narrow 2>/dev/null
    ip netns exec "$1" nft -f - <<N || exit 1
table inet narrow {
 chain in {
 type filter hook prerouting priority -500;
 iifname "$2" meta length > $3 drop
 }
 chain out {
 type filter hook postrouting priority 500;
 oifname "$2" meta length > $3 drop
 }
}
N
}
# count NAMESPACE DEVICE - from now on, fragments that arrive there; fragments NAMESPACE says how many
count() {
    ip netns exec "$1" nft delete table inet count 2>/dev/null
    ip netns exec "$1" nft -f - <<N || exit 1
table inet count {
 chain in {
 type filter hook prerouting priority -510;
 iifname "$2" ip frag-off & 0x3fff != 0 counter
 iifname "$2" exthdr frag exists counter
 }
}
N
}
fragments() { ip netns exec "$1" nft list table inet count | grep -o 'packets [0-9]*' | awk '{ n += $2 } END { print n }'; }

cat >"$dir/both-ways.sh" <<S
#!/bin/bash
# rest=SECONDS both-ways.sh GATEWAY [COMMAND] - up, then down, and once more when the search is over; COMMAND in the middle of going up
to=\$1
case \$to in *:*) at="[\$to]" ;; *) at=\$to ;; esac
both() {
    local got
    got=\$({
        head -c $((upload / 2)) /dev/zero
        [ -z "\$1" ] || { sleep 1; sh -c "\$1" >/dev/null; }
        head -c $((upload / 2)) /dev/zero
    } | timeout 50 socat -t 40 - "TCP:\$at:7008")
    [ "\$got" = $upload ] && [ "\$(timeout 20 bash -c "cat </dev/tcp/\$to/7007" | wc -c)" = 300000 ]
}
ping -c 2 -i 0.2 -W 2 "\$to" >/dev/null || exit 11
began=\$(date +%s%N)
both "\${2:-}" || exit 12
echo \$(((\$(date +%s%N) - began) / 1000000)) >$dir/took
for _ in \$(seq \${rest:-0}); do ping -c 5 -i 0.2 -W 2 "\$to" >/dev/null; done # seconds: the search goes on
both "" || exit 13
cat /sys/class/net/ike*/mtu >$dir/tun
S
chmod +x "$dir/both-ways.sh"

path() { grep '"mtu"' "$dir/events" | grep -o '"path":[0-9]*' | tail -1 | cut -d: -f2; }
found() { [ "$(path)" -ge "$1" ] && [ "$(path)" -le "$2" ]; } # the last one
stat_of() { sed -n "s/.*\"event\":\"stats\".*\"$1\":\([0-9]*\).*/\1/p" "$dir/events" | tail -1; }
within() { [ "$(cat "$dir/took")" -le "$1" ]; }               # milliseconds, for the first time both ways
inside() { [ "$(cat "$dir/tun")" = "$1" ]; }
uncut() { [ "$(fragments $c)$(fragments $g)" = 00 ]; }
fresh() { # OCTETS that the path carries
    rm -f "$dir/took" "$dir/tun"
    narrow $g out0 "$1"
    count $c out0
    count $g out0
}

strongswan_conf ""
start_charon
gateway
run="--run $dir/both-ways.sh"
four="$run 10.78.0.1" six="$run fd78::1" over6="--set remote.addr=fd77:1::1"

# shellcheck disable=SC2086
{
fresh 65535
check='uncut && within 8000 && found 1500 1500 && inside 1438'
try ethernet 0 psk.json $four
try ethernet-ipv6-inside 0 psk.json $six
check='uncut && within 8000 && found 1500 1500 && inside 1418'
try ethernet-ipv6-outside 0 psk.json $over6 $four

# ICMP hidden: three probes of a second each, where they are too large
export rest=13
for mtu in 1280 1300 1399 1492; do
    fresh $mtu
    check='uncut && within 8000 && found $((mtu - 20)) $mtu'
    try hidden-$mtu 0 psk.json $four
done
fresh 1280
rest=1
check='uncut && within 8000 && found 1280 1280'
try hidden-1280-ipv6-inside 0 psk.json $six
try hidden-1280-ipv6-outside 0 psk.json $over6 $four
try hidden-1280-ipv6-both 0 psk.json $over6 $six

# RFC 7383 2.5.2: somewhere on the way IKE is lost that is larger than 576 octets, and pieces of it too: IKE_AUTH goes
# in fragments, and then in smaller ones; of the larger ones strongSwan had the last already
fresh 65535
ip netns exec $g nft -f - <<N || exit 1
table inet narrow {
 chain ike {
 type filter hook prerouting priority -520;
 iifname out0 udp dport 4500 @th,64,32 0 meta length > 576 drop
 }
}
N
gateway remote=pubkey auth=pubkey
check='grep -q "EF(2/2)" $dir/charon.log && grep -q "EF(3/3)" $dir/charon.log && [ "$(stat_of retransmits)" = 3 ]'
try refragmented 0 cert.json --set fragment-size=1152 --set "local.cert=file:$pki/rsa-client.pem" --set "local.key=file:$pki/rsa-client.key" --run ping -c 1 10.78.0.1
gateway

# the path narrows in the middle of a transfer, and nobody says so
fresh 65535
rest=6
narrower=$(declare -f narrow)
cat >"$dir/narrower.sh" <<S
#!/bin/bash
$narrower
narrow $g out0 1300
S
check='uncut && within 12000 && found 1280 1300'
try narrower-on-the-way 0 psk.json $four "bash $dir/narrower.sh"
rest=1

# a router with a narrow link says so, through the NAT; and one that does not say it, but cuts what may be cut
ns=$b
fresh 65535
count $b out0
for m in 1400 1327; do
    ip -n $r link set out0 mtu $m
    check='[ "$(fragments $b)" = 0 ] && within 8000 && found $m $m && "$build/ike" replay $dir/rec >$dir/replay && grep -q "too big" $dir/replay'
    try router-says-$m 0 psk.json --set remote.addr=10.77.2.1 --record $dir/rec --record-secrets $four
done
ip -n $r link set out0 mtu 1280
ip -n $g link set out1 mtu 1280
ip netns exec $r nft -f - <<N
table inet hide {
 chain out {
 type filter hook output priority 0;
 ip protocol icmp icmp type destination-unreachable drop
 }
}
N
cat >"$dir/large.sh" <<S
#!/bin/bash
# large.sh INNER [6] - IPv4 that may not be cut is refused by name; 6: what an IPv6 link has to carry is carried
sleep 2
ping -c 1 -W 2 -M "do" -s \$((\$1 - 20)) 10.78.0.1 | grep -q "mtu = \$1" || exit 11
ping -c 3 -i 0.2 -W 2 -M "do" -s \$((\$1 - 28)) 10.78.0.1 >/dev/null || exit 12
ping -c 3 -i 0.2 -W 2 -s 4000 10.78.0.1 >/dev/null || exit 13
[ -z "\${2:-}" ] || ping -c 3 -i 0.2 -W 2 -s 1232 fd78::1 >/dev/null || exit 14
S
chmod +x "$dir/large.sh"
check='found 1280 1280'
try large-over-ipv4 0 psk.json --set remote.addr=10.77.2.1 --run $dir/large.sh 1218 6
ns=$c
ip -n $g link set out0 mtu 1280
try large-over-ipv6 0 psk.json $over6 --run $dir/large.sh 1198
}
echo "interop: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
