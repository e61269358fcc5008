#!/bin/bash
# bursts.sh BUILD [CASE...] - megabytes both ways, octet for octet, with and without each of the kernel's helps. Needs root.
#
# Against strongSwan, which sends one packet at a time, and against the gateway of the benchmarks, which sends bursts.
build=$1
shift
wanted=" $* "
. tests/interop/lab.sh

size=6000000
cat >"$dir/octets.sh" <<E
#!/bin/sh
openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 00000000000000000000000000000000 -in /dev/zero 2>/dev/null | head -c $size
E
chmod +x "$dir/octets.sh"
sum=$("$dir/octets.sh" | sha256sum | cut -c1-64)
# 7010 sends, 7011 says what it got
ip netns exec $g socat TCP6-LISTEN:7010,fork,reuseaddr,ipv6only=0 SYSTEM:"$dir/octets.sh" >/dev/null 2>&1 &
pids="$pids $!"
ip netns exec $g socat TCP6-LISTEN:7011,fork,reuseaddr,ipv6only=0 SYSTEM:"head -c $size | sha256sum" >/dev/null 2>&1 &
pids="$pids $!"
cat >"$dir/carry.sh" <<E
#!/bin/bash
# carry.sh ADDRESS - the same octets come and go
[ "\$(timeout 30 bash -c "cat </dev/tcp/\$1/7010" | sha256sum | cut -c1-64)" = $sum ] || exit 11
exec 3<>"/dev/tcp/\$1/7011"
$dir/octets.sh >&3
[ "\$(timeout 30 head -c 64 <&3)" = $sum ] || exit 12
ping -c 3 -i 0.2 -s 1300 -W 2 "\$1" >/dev/null || exit 13
E
chmod +x "$dir/carry.sh"

strongswan_conf ""
start_charon
tag_of() { echo "$*" | tr -d ' ' | sed 's/--/-/g'; }
# shellcheck disable=SC2086
{
gateway esp=aes128gcm16
for how in '' '--plain tun' '--plain udp' '--plain tun --plain udp'; do
    try "strongswan4$(tag_of $how)" 0 psk.json --set esp-proposal=aes128gcm16 $how --run "$dir/carry.sh" 10.78.0.1
    try "strongswan6$(tag_of $how)" 0 psk.json --set esp-proposal=aes128gcm16 $how --run "$dir/carry.sh" fd78::1
done
for e in chacha20poly1305 aes256-sha256; do
    gateway esp=$e
    try "strongswan-$e" 0 psk.json --set esp-proposal=$e --run "$dir/carry.sh" 10.78.0.1
done
for by in mbedtls openssl ipsecmb; do
    "$build/ike" version | grep -q "$by" || continue
    gateway esp=aes128gcm16
    check='grep -q "\"crypto\":\"$by " $dir/events'
    try "by-$by" 0 psk.json --crypto $by --set esp-proposal=aes128gcm16 --run "$dir/carry.sh" 10.78.0.1
    check=''
done
stop_charon

# bursts from both ends
ours() { # NAME ADDRESS MTU SUITE OPTIONS-OF-BOTH-ENDS
    local name=$1 to=$2 mtu=$3 esp=$4 how=$5 own
    case $wanted in "  " | *" $name "*) ;; *) return ;; esac
    # shellcheck disable=SC2086 # several options
    own_gateway --esp "$esp" $how
    ip -n $c link set out0 mtu "$mtu"
    ip -n $g link set out0 mtu "$mtu"
    try "$name" 0 psk.json --set remote.port=4500 --set esp-proposal=$esp $how --run "$dir/carry.sh" "$to"
    ip -n $c link set out0 mtu 1500
    ip -n $g link set out0 mtu 1500
    kill $own
    wait $own 2>/dev/null
}
stat_of() { sed -n "s/.*\"event\":\"stats\".*\"$1\":\([0-9]*\).*/\1/p" "$dir/events" | tail -1; }
for how in '' '--plain tun' '--plain udp' '--plain tun --plain udp'; do
    ours "ours4$(tag_of $how)" 10.9.0.1 1500 aes128gcm16 "$how"
    ours "ours6$(tag_of $how)" fd09::1 1500 aes128gcm16 "$how"
done
check='[ $(stat_of sends) -lt $(($(stat_of sent) / 2)) ] && [ $(stat_of receives) -lt $(($(stat_of received) / 4)) ]'
ours ours-cbc 10.9.0.1 1500 aes256-sha256-esn ''
ours ours-chacha 10.9.0.1 1500 chacha20poly1305-esn ''
# a link that is narrower than the packets: the kernel refuses bursts, and fragments what comes alone
check='[ $(stat_of sends) -gt $(($(stat_of sent) / 2)) ]'
ours ours-narrow-link 10.9.0.1 1000 aes128gcm16 ''
check=''
}
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && { [ "$passed" -gt 0 ] || [ -n "${wanted// /}" ]; }
