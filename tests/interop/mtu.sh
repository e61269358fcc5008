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
# both-ways.sh [GATEWAY [COMMAND]] - up, then down; COMMAND in the middle of going up
to=\${1:-10.78.0.1}
case \$to in *:*) at="[\$to]" ;; *) at=\$to ;; esac
ping -c 2 -i 0.2 -W 2 "\$to" >/dev/null || exit 11
began=\$(date +%s)
got=\$({
    head -c $((upload / 2)) /dev/zero
    [ -z "\${2:-}" ] || { sleep 1; sh -c "\$2" >/dev/null; }
    head -c $((upload / 2)) /dev/zero
} | timeout 50 socat -t 40 - "TCP:\$at:7008")
[ "\$got" = $upload ] || exit 12
[ "\$(timeout 20 bash -c "cat </dev/tcp/\$to/7007" | wc -c)" = 300000 ] || exit 13
echo \$((\$(date +%s) - began)) >$dir/took
cat /sys/class/net/ike*/mtu >$dir/tun
S
chmod +x "$dir/both-ways.sh"

path() { grep '"mtu"' "$dir/events" | grep -o '"path":[0-9]*' | tail -1 | cut -d: -f2; } # the last one found
fast() { [ "$(cat "$dir/took")" -le "$1" ]; }
none() { [ "$(fragments $c)$(fragments $g)" = 00 ]; }
fresh() { # OCTETS
    rm -f "$dir/took" "$dir/tun"
    narrow $g out0 "$1"
    count $c out0
    count $g out0
}

strongswan_conf ""
start_charon
gateway
run="--run $dir/both-ways.sh"

# shellcheck disable=SC2086
{
fresh 65535
check='none && fast 8 && [ "$(path)" = 1500 ] && [ "$(cat $dir/tun)" = 1438 ]'
try ethernet 0 psk.json $run
try ethernet-ipv6-inside 0 psk.json $run fd78::1
check='none && fast 8 && [ "$(path)" = 1500 ] && [ "$(cat $dir/tun)" = 1418 ]'
try ethernet-ipv6-outside 0 psk.json --set remote.addr=fd77:1::1 $run

# ICMP hidden
for mtu in 1280 1300 1399 1492; do
    fresh $mtu
    check='none && fast 15 && [ "$(path)" -le $mtu ] && [ "$(path)" -ge $((mtu - 20)) ]'
    try hidden-$mtu 0 psk.json $run
done
fresh 1280
try hidden-1280-ipv6-inside 0 psk.json $run fd78::1
try hidden-1280-ipv6-outside 0 psk.json --set remote.addr=fd77:1::1 $run
try hidden-1280-ipv6-both 0 psk.json --set remote.addr=fd77:1::1 $run fd78::1
}
echo "interop: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
