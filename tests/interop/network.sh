#!/bin/bash
# network.sh BUILD - the client's host loses addresses and gets others: what the driver makes of it. Needs root.
#
#   client === two wires === router and gateway (in-tree gateway on 10.80.0.1, which is fd80::1, too)
#
# Everything goes through the tunnel, so the way to the gateway has to be found past our own routes.
set -u
[ "$(id -u)" = 0 ] || { echo "network: needs root (network namespaces)"; exit 1; }
build=$(cd "$1" && pwd)
dir=$(mktemp -d)
c=ikenc$$ g=ikeng$$
pids='' client=''
passed=0 failed=0

cleanup() {
    for p in $client $pids; do kill "$p" 2>/dev/null; done
    ip netns del $c 2>/dev/null
    ip netns del $g 2>/dev/null
    rm -rf "$dir" "/etc/netns/$c"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

for n in $c $g; do
    ip netns add $n || exit 1
    ip -n $n link set lo up
    ip netns exec $n sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
done
for i in 1 2; do
    ip link add name w$i netns $c type veth peer name w$i netns $g || exit 1
    ip -n $g addr add 10.81.$i.1/24 dev w$i
    ip -n $g -6 addr add fd81:$i::1/64 dev w$i nodad
    ip -n $g link set w$i up
done
ip -n $g addr add 10.80.0.1/32 dev lo
ip -n $g -6 addr add fd80::1/128 dev lo nodad
plug() { # WIRE METRIC
    ip -n $c link set "w$1" up
    ip -n $c addr replace "10.81.$1.2/24" dev "w$1"
    ip -n $c route replace default via "10.81.$1.1" metric "$2"
}
mkdir -p "/etc/netns/$c" && printf '10.80.0.1 gw.test\nfd80::1 gw.test\n' >"/etc/netns/$c/hosts"
printf '{ "name": "n", "type": "ikev2-psk", "remote": { "addr": "gw.test", "id": "gw.test", "port": 4711 }, "dpd": 0,
 "local": { "id": "client.test", "psk": "a secret of this test" } }\n' >"$dir/p.json"
ip netns exec $g "$build/tests/peer/gateway" --listen 10.80.0.1:4711 --id gw.test --psk "a secret of this test" --quiet >"$dir/gateway" 2>&1 &
pids=$!

ok() { # NAME COMMAND... - within three seconds
    local name=$1
    shift
    for _ in $(seq 30); do
        if "$@" >/dev/null 2>&1; then
            echo "ok   $name"
            passed=$((passed + 1))
            return
        fi
        sleep 0.1
    done
    echo "FAIL $name"
    failed=$((failed + 1))
    tail -n 3 "$dir/events" "$dir/err"
    ip -n $c route; ip -n $c -6 route
}
events() { grep -c '"event":"network"' "$dir/events"; }
last() { grep '"event":"network"' "$dir/events" | tail -1 | grep -q "$1"; }
way() { ip -n $c route get 10.80.0.1 | grep -q "dev $1 "; }
count_is() { [ "$(events)" = "$1" ]; }

plug 1 100
plug 2 200
ip netns exec $c "$build/ike" connect "$dir/p.json" --record "$dir/rec" --record-secrets --events "$dir/events" >"$dir/out" 2>"$dir/err" &
client=$!
ok "connected" grep -q child_up "$dir/events"
ok "the gateway stays outside" way w1
ok "the tunnel takes the rest" sh -c "ip -n $c route get 1.2.3.4 | grep -q 'dev ike'"
sleep 1.5
ok "our own work is no change" count_is 0
ip -n $c link add x0 type veth peer name x1
ip -n $c link set x0 up && ip -n $c link set x1 up && ip -n $c addr add 10.99.0.1/24 dev x0
ip -n $c route add 10.98.0.0/16 dev x0
ip -n $c link del x0
sleep 1.2
ok "nor is what leads elsewhere" count_is 0

before=$(date +%s%N)
ip -n $c link set w1 down
ok "one wire is pulled: the other address" last '"local":"10.81.2.2:'
took=$((($(date +%s%N) - before) / 1000000))
ok "known within 600 ms ($took)" test $took -lt 600
ok "and the way to the gateway follows" way w2
sleep 1.2
ok "told once" count_is 1
ip -n $c link set w2 down
ok "both: no network" last '"local":null'
ok "nothing gets round the tunnel" sh -c "ip -n $c route get 1.2.3.4 | grep -q 'dev ike'"
plug 1 100
ok "one is back" last '"local":"10.81.1.2:'
ok "with its way" way w1
ip -n $c link set w2 up
plug 2 50
ok "a better default route is followed" last '"local":"10.81.2.2:'
ok "with its way" way w2
sleep 1.2
ok "four changes told in all" count_is 4
ip -n $c addr del 10.81.2.2/24 dev w2
ip -n $c addr add 10.81.2.3/24 dev w2
ip -n $c route replace default via 10.81.2.1 metric 50
ok "another address on the same wire" last '"local":"10.81.2.3:'

# IPv4 goes, IPv6 comes: another address of the gateway, another kind of socket
ip -n $c link set w1 down
ip -n $c -4 addr flush dev w2
ip -n $c -6 addr add fd81:2::2/64 dev w2 nodad
ip -n $c -6 route add default via fd81:2::1
ok "the other family" last '"local":"\[fd81:2::2\]:[0-9]*","remote":"\[fd80::1\]:4711"'
ok "has its socket" sh -c "ip netns exec $c ss -Huanp6 | grep -q 'pid=$client,'"
ok "and its way" sh -c "ip -n $c -6 route get fd80::1 | grep -q 'dev w2'"

kill -INT $client
wait $client
client=''
ok "nothing is left" sh -c "! ip -n $c route | grep -q '10.80.0.1' && ! ip -n $c -6 route | grep -q fd80 && ! ip -n $c link | grep -q ike0"
ok "the whole journey replays" sh -c "'$build/ike' replay '$dir/rec' >'$dir/replay' && grep -q 'no network' '$dir/replay'"
echo "network: $passed passed, $failed failed"
[ "$failed" = 0 ]
