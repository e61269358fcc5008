#!/bin/bash
# life.sh BUILD [CASE...] - what happens to a tunnel that stands: rekeying, roaming, restarts, against strongSwan. Needs root.
#
# Each case keeps a ping going through the tunnel, does something to one side, and counts what came back.
build=$1
shift
wanted=" $* "
. tests/interop/lab.sh

# a second network of the client, and one behind the NAT
link $c out2 10.77.3.2/24 $g out2 10.77.3.1/24 fd77:3::2/64 fd77:3::1/64
link $c nat2 10.66.1.2/24 $r in2 10.66.1.1/24
ip -n $c link set out2 down
ip -n $c link set nat2 down
ip -n $g addr add 10.77.1.9/24 dev out0
ip -n $g addr add 10.77.9.1/32 dev lo
ip -n $g -6 addr add fd77:9::1/128 dev lo nodad
ip -n $r route add 10.77.9.1 via 10.77.2.1
ip -n $c -6 route add default via fd77:1::1
mkdir -p /etc/netns/$c && printf '10.77.9.1 gw.test\nfd77:9::1 gw.test\n' >/etc/netns/$c/hosts

plug() { # DEVICE GATEWAY: the only way out from now on
    for d in out0 out2 nat2; do [ $d = "$1" ] || ip -n $c link set $d down; done
    ip -n $c link set "$1" up
    ip -n $c route replace default via "$2"
    [ "$1" = out0 ] || return 0
    ip -n $c -6 addr replace fd77:1::2/64 dev out0 nodad # gone with the link
    ip -n $c -6 route replace default via fd77:1::1
}
swan() { SWANCTL_DIR=$dir/swanctl STRONGSWAN_CONF=$dir/strongswan.conf timeout 20 swanctl "$@" --uri "unix://$dir/run/vici.sock" >>"$dir/swan.log" 2>&1; }
count() { grep -c "$1" "$dir/events"; }

# live NAME PINGS LOST SCRIPT PROFILE ARGUMENTS... - PINGS every 20 ms while SCRIPT is run; at most LOST are missing.
live() {
    local name=$1 pings=$2 lost=$3 script=$4 profile=$5 why='' got rc
    shift 5
    case $wanted in "  " | *" $name "*) ;; *) return ;; esac
    plug out0 10.77.1.1
    : >"$dir/events"
    : >"$dir/pings"
    timeout -k 5 90 ip netns exec $c "$build/ike" connect "$dir/$profile" --events "$dir/events" "$@" \
        --run sh -c "ping -q -i 0.02 -c $pings -W 2 10.78.0.1 >$dir/pings; true" >"$dir/out" 2>"$dir/err" &
    local job=$!
    for _ in $(seq 100); do
        grep -q child_up "$dir/events" && break
        sleep 0.1
    done
    client=$(pgrep -P $job -x ike || echo $job)
    sleep 0.3
    eval "$script"
    wait $job
    rc=$?
    got=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$dir/pings")
    [ "$rc" = 0 ] || why="exit $rc"
    [ $((pings - ${got:-0})) -le "$lost" ] || why="$why; $((pings - ${got:-0})) of $pings pings lost"
    verdict "$name ($((pings - ${got:-0})) of $pings lost)"
}

strongswan_conf ""
start_charon
gateway

# ---- rekeying, under traffic, nothing lost ----
check='[ $(count "\"rekeyed\",\"sa\":\"child\",\"by\":\"us\"\|\"sa\":\"child\"") -ge 3 ]'
live rekey-child-by-us 300 0 true psk.json --set rekey.child-packets=60
check='[ $(count "\"sa\":\"child\"") -ge 3 ] && grep -q "\"by\":\"peer\"" $dir/events'
live rekey-child-by-gateway 200 0 'for i in 1 2 3; do swan --rekey --child net; sleep 0.7; done' psk.json
check='[ $(count "\"sa\":\"ike\"") -ge 3 ]'
live rekey-both-by-us 200 0 'for i in 1 2 3; do kill -USR2 $client; sleep 0.7; done' psk.json
live rekey-ike-by-gateway 200 0 'for i in 1 2 3; do swan --rekey --ike t; sleep 0.7; done' psk.json
check='[ $(count "\"sa\":\"ike\"") -ge 2 ]'
live rekey-at-the-same-time 400 0 'for i in 1 2 3 4 5 6; do kill -USR2 $client; swan --rekey --ike t & swan --rekey --child net; sleep 0.5; done' psk.json
gateway esp=aes128gcm16-x25519
check='grep -q "\"sa\":\"child\".*curve25519" $dir/events'
live rekey-with-pfs 200 0 'kill -USR2 $client; sleep 1; swan --rekey --child net' psk.json --set esp-proposal=aes128gcm16-curve25519
live rekey-gateway-wants-pfs 200 0 'kill -USR2 $client' psk.json
gateway

# ---- another authentication ----
check='[ $(count "\"sa\":\"ike\"") -ge 2 ] && [ $(count "\"config\"") = 1 ]'
live reauth 700 0 true psk.json --set reauth=5
gateway more='reauth_time = 8s'
check='[ $(count "\"sa\":\"ike\"") -ge 1 ]'
live auth-lifetime 500 5 true psk.json
gateway

# ---- another profile ----
gateway ike=aes128gcm16-prfsha256-x25519-ecp384
check='grep -q "\"sa\":\"ike\".*ecp384" $dir/events'
live sighup 200 0 'cp $dir/psk.json $dir/before.json; sed -i "s/\"name\"/\"ike-proposal\": \"aes128gcm16-prfsha256-ecp384\", \"name\"/" $dir/psk.json; kill -HUP $client; sleep 1; cp $dir/before.json $dir/psk.json' psk.json
gateway

# ---- another network ----
check='grep -q "\"event\":\"path\".*10.77.3.2" $dir/events'
live mobike 300 60 'sleep 0.5; plug out2 10.77.3.1; sleep 1.5; plug out0 10.77.1.1' psk.json --set remote.addr=10.77.9.1
check='grep -q "\"event\":\"path\".*10.66.1.2" $dir/events'
live mobike-behind-nat 300 60 'sleep 0.5; plug nat2 10.66.1.1; sleep 1.5; plug out0 10.77.1.1' psk.json --set remote.addr=10.77.9.1
check='grep -q "\"event\":\"path\".*10.77.1.2:" $dir/events && grep -q "\"event\":\"path\".*fd77:1::2" $dir/events'
live mobike-between-ipv6-and-ipv4 400 160 'sleep 0.5; ip -n $c -6 addr del fd77:1::2/64 dev out0; sleep 1.5; ip -n $c -6 addr add fd77:1::2/64 dev out0 nodad; ip -n $c -6 route replace default via fd77:1::1; ip -n $c addr del 10.77.1.2/24 dev out0; sleep 1.5; ip -n $c addr add 10.77.1.2/24 dev out0' psk.json --set remote.addr=gw.test
gateway more='mobike = no'
check='grep -q "\"event\":\"path\".*10.77.3.2" $dir/events'
# the gateway gives another address while it believes in the old connection
live roam-without-mobike 400 200 'sleep 0.5; plug out2 10.77.3.1; sleep 2; plug out0 10.77.1.1' psk.json --set remote.addr=10.77.9.1
gateway
check='[ $(count "ike_up") = 1 ]'
live no-network-for-a-while 400 160 'sleep 0.5; ip -n $c link set out0 down; sleep 2; plug out0 10.77.1.1' psk.json --set remote.addr=10.77.9.1

# ---- the gateway freezes, restarts, sends us away ----
check='[ $(count "ike_up") = 1 ]'
live gateway-freezes 400 220 'sleep 0.5; kill -STOP $charon_pid; sleep 3; kill -CONT $charon_pid' psk.json --set dpd=1
stop_charon
start_charon # its pool begins anew, so that the same address comes again
gateway
check='[ $(count "ike_up") = 2 ]'
live gateway-restarts 700 500 'kill -9 $charon_pid; sleep 1; start_charon; gateway' psk.json --set dpd=1 --set retransmit.first-ms=200 --set retransmit.tries=3
live gateway-stops-politely 700 500 'stop_charon; sleep 1; start_charon; gateway' psk.json
check='grep -q "\"event\":\"path\".*10.77.1.9" $dir/events'
live redirect 300 5 'swan --redirect --ike t --gateway 10.77.1.9; sleep 0.5' psk.json
check=''

rm -rf /etc/netns/$c
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && { [ "$passed" -gt 0 ] || [ -n "${wanted// /}" ]; }
