#!/bin/bash
# run.sh BUILD on|off - a client through every phase of a connection while all probes of `ike leak-test` go on; the wire
# outside is watched (outside.c). Gateway: strongSwan. on: forced mode, nothing may be seen in the clear, in any phase.
# off: no guard; every probe has to be seen, or it would prove nothing. Needs root.
build=$1 guard=$2
wanted='  '
. tests/interop/lab.sh

# ---- the lab: a second network to move to; the client's network is dual-stack, its tunnel has no IPv6 ----
link $c out2 10.77.3.2/24 $g out2 10.77.3.1/24 fd77:3::2/64 fd77:3::1/64
ip netns exec $c sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0
ip -n $c route flush default
plug() { # out0|out2: the only way out from now on
    local other=out2 n=1
    [ "$1" = out2 ] && other=out0 n=3
    ip -n $c link set "$1" up
    ip -n $c -6 addr replace fd77:$n::2/64 dev "$1" nodad
    ip -n $c route replace default via 10.77.$n.1 dev "$1" metric 100
    ip -n $c -6 route replace default via fd77:$n::1 dev "$1" metric 200
    # who is asked for need not be there
    for a in 10.77.$n.254 203.0.113.65 fd77:$n::ffff:ffff:ffff:fffe 2001:db8:1eaf:a::1; do
        ip -n $c neigh replace $a lladdr 02:00:00:00:00:01 dev "$1" nud permanent
    done
    ip -n $c link set $other down
}
plug out0
silence() { # on|off: whether the gateway hears nothing
    ip netns exec $g nft delete table inet silence 2>/dev/null
    [ "$1" = on ] && ip netns exec $g nft -f - <<'N'
table inet silence {
 chain in {
 type filter hook input priority 0;
 udp dport { 500, 4500 } drop
}
}
N
}
strongswan_conf ''
start_charon
gateway pools=vip4 ts=0.0.0.0/0

profile=$dir/leaks.json
cat >"$profile" <<E
{ "name": "leaks", "type": "ikev2-psk", "remote": { "addr": "10.77.1.1", "id": "gw.test" },
  "local": { "id": "client.test", "psk": "correct horse battery staple" },
  "dpd": 2, "retransmit": { "first-ms": 200, "factor": 1.3, "tries": 8 }, "reconnect": 600 }
E

# ---- the wire, the probes, the client ----
mkfifo "$dir/say"
ip netns exec $g "$build/tests/leaks/outside" out0 out2 <"$dir/say" >"$dir/outside" &
pids="$pids $!"
exec 7>"$dir/say"
say() { echo "$*" >&7; }
for d in out0 out2; do
    for a in $(ip -n $g -br addr show dev $d | cut -d' ' -f3-); do say gateway "${a%/*}"; done
done
ip netns exec $c "$build/ike" leak-test "$profile" --for 600 --events "$dir/probes" >"$dir/found" 2>&1 &
probes=$!
pids="$pids $probes"

rounds() { # COUNT: whole rounds of all probes from now on
    local all
    all=$(($(grep -c '"event":"round"' "$dir/probes") + $1 + 1))
    for _ in $(seq 300); do
        [ "$(grep -c '"event":"round"' "$dir/probes")" -ge $all ] && return
        sleep 0.1
    done
    echo "FAIL the probes stand still"
    failed=$((failed + 1))
}
phase() {
    say phase "$1"
    echo "     $1"
}
client='' started=0
start() {
    started=$((started + 1))
    ip netns exec $c "$build/ike" connect "$profile" --events "$dir/events$started" >"$dir/out$started" 2>&1 &
    client=$!
    pids="$pids $client"
}
until_said() { # COUNT TEXT: so often by this client since it was started
    for _ in $(seq 200); do
        [ "$(grep -cs "$2" "$dir/events$started")" -ge "$1" ] 2>/dev/null && return
        sleep 0.1
    done
    echo "FAIL the client does not say $2"
    failed=$((failed + 1))
    tail -3 "$dir/out$started" "$dir/events$started"
}
connected() { until_said "$1" '"event":"child_up"'; }
virtual() { sed -n 's/.*"ip":\["\([^/"]*\).*/\1/p' "$dir/events$started" | tail -1; }

# ---- the phases ----
for _ in $(seq 50); do
    grep -qs '"event":"round"' "$dir/probes" && break
    sleep 0.1
done
phase before
rounds 1
phase connecting
silence on
start
rounds 2
phase connected
silence off
connected 1
rounds 1
phase up
say attack "$(virtual)" 10.77.1.1
rounds 2
phase rekey
for _ in 1 2 3 4 5 6; do
    kill -USR2 $client
    sleep 0.3
done
rounds 1
phase roam
for d in out2 out0 out2 out0; do
    plug $d
    rounds 1
done
phase dead
silence on
until_said 2 '"event":"connecting"'
rounds 1
say attack none
phase reconnecting
silence off
connected 2
rounds 1
phase killed
kill -9 $client
wait $client 2>/dev/null
rounds 2
phase again
start
connected 1
rounds 1
phase shutdown
kill -TERM $client
wait $client
rounds 2
say phase end
kill -INT $probes
wait $probes
found=$?
exec 7>&-
sleep 0.3
cat "$dir/outside"
cat "$dir/found"
