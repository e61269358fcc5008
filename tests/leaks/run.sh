#!/bin/bash
# run.sh BUILD on|off 4|6|split - a client through every phase of a connection while all probes of `ike leak-test` go on; the
# wire outside is watched (outside.c). Gateway: strongSwan. Needs root.
#
#   on   forced mode: nothing may be seen in the clear, in any phase
#   off  no guard: every probe has to be seen, or it would prove nothing
#   4    IKE and ESP over IPv4, a tunnel without IPv6 on a network that has it
#   6    IKE and ESP over IPv6, a tunnel for both
#   split  a tunnel for two networks: the rest may go its own way
build=$1 guard=$2 kind=$3
wanted='  '
. tests/interop/lab.sh

# ---- the lab: a second network to move to, both with both families ----
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
    for a in 10.77.$n.254 203.0.113.65 fd77:$n::ffff:ffff:ffff:fffe 2001:db8:1eaf:a::1 10.78.0.201 fd78::c9; do
        ip -n $c neigh replace "$a" lladdr 02:00:00:00:00:01 dev "$1" nud permanent
    done
    ip -n $c link set $other down
}
plug out0
# a tunnel of the kernel's own, bound to the outside: what it says when it comes up is no application's
vxlan=''
ip -n $c link add name vx0 type vxlan id 5 remote 10.77.1.254 dstport 4789 dev out0 2>/dev/null && vxlan=vx0
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
system() { # what a client changes; its routes go with the TUN or are in here
    ip -n $c -br link | cut -d' ' -f1
    ip -n $c rule; ip -n $c -6 rule
    ip -n $c route show table all | grep -v 'table local'
    ip netns exec $c nft list ruleset
    ip netns exec $c cat /etc/resolv.conf
}
mkdir -p /etc/netns/$c && echo 'nameserver 10.77.1.80' >/etc/netns/$c/resolv.conf
trap 'cleanup; rm -rf /etc/netns/$c; rmdir /sys/fs/cgroup/libike-portal /sys/fs/cgroup/*/libike-portal 2>/dev/null' EXIT
before=$(system)
strongswan_conf ''
start_charon
split=''
case $kind in
4)
    addr=10.77.1.1
    gateway pools=vip4 ts=0.0.0.0/0
    untried='server-ip IPv6|virtual-address IPv6' # nothing there to try them on
    ;;
6)
    addr=fd77:1::1
    gateway pools=vip4,vip6 ts=0.0.0.0/0,::/0
    untried='server-ip IPv4'
    ;;
split)
    addr=10.77.1.1
    gateway pools=vip4,vip6 ts=0.0.0.0/0,::/0
    untried='(dns|lan|server-ip|mdns|multicast|broadcast|dhcp-ports) IPv[46]' # out by design
    split='"split-tunneling": { "subnets": [ "10.78.0.0/24", "fd78::/64" ] },'
    ;;
esac
mode=''
[ "$guard" = on ] && mode='"mode": "forced", "start": "automatic",'
profile=$dir/leaks.json
cat >"$profile" <<E
{ "name": "leaks", "type": "ikev2-psk", "remote": { "addr": "$addr", "id": "gw.test" }, $mode $split
  "local": { "id": "client.test", "psk": "correct horse battery staple" },
  "dpd": 2, "retransmit": { "first-ms": 200, "factor": 1.3, "tries": 8 }, "reconnect": 600 }
E

# a captive portal with a name server; its helper is known by its control group, which ip-netns(8) hides: mounted again
ip -n $g addr add 10.77.1.80/24 dev out0
ip netns exec $g python3 tests/interop/portal.py 10.77.1.80 >/dev/null 2>&1 &
portal=$!
pids="$pids $portal"
cat >"$dir/cgroups" <<'E'
#!/bin/sh
mount -t cgroup2 none /sys/fs/cgroup && echo $$ >/sys/fs/cgroup/cgroup.procs && exec "$@"
E
chmod +x "$dir/cgroups"
cgroups=''
[ "$guard$split" = on ] && ip netns exec $c "$dir/cgroups" true 2>/dev/null && cgroups=$dir/cgroups

# ---- the wire, the probes, the client ----
mkfifo "$dir/say"
ip netns exec $g "$build/tests/leaks/outside" out0 out2 <"$dir/say" >"$dir/outside" &
pids="$pids $!"
exec 7>"$dir/say"
say() { echo "$*" >&7; }
for d in out0 out1 out2 lo; do # it names all its addresses to the client, which may try them
    for a in $(ip -n $g -br addr show dev $d | cut -d' ' -f3-); do say gateway "${a%/*}"; done
done
[ "$guard" = off ] || ip netns exec $c "$build/ike" guard on "$profile"
ip netns exec $c "$build/ike" leak-test "$profile" --for 600 --events "$dir/probes" >"$dir/found" 2>&1 &
probes=$!
pids="$pids $probes"

for a in 10.77.1.2 fd77:1::2; do # somebody asks who is there
    ip netns exec $g ping -q -i 0.3 $a >/dev/null 2>&1 &
    pids="$pids $!"
done

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
    [ -z "$vxlan" ] || { ip -n $c link set $vxlan down; ip -n $c link set $vxlan up; }
    echo "     $1"
}
client='' started=0
start() { # ARGUMENTS...
    started=$((started + 1))
    ip netns exec $c ${cgroups:+"$cgroups"} "$build/ike" connect "$profile" --events "$dir/events$started" "$@" >"$dir/out$started" 2>&1 &
    client=$!
    pids="$pids $client"
}
said() { grep -cs "\"event\":\"$1\"" "$dir/events$started"; } # how often by this client
until_said() { # EVENT COUNT
    for _ in $(seq 300); do
        [ "$(said "$1")" -ge "$2" ] 2>/dev/null && return
        sleep 0.1
    done
    echo "FAIL the client does not say $1"
    failed=$((failed + 1))
    tail -n 3 "$dir/out$started" "$dir/events$started"
}
attack() { # each of our inner addresses, from the router's
    local inner from
    inner=$(grep -o '"ip":\[[^]]*' "$dir/events$started" | tail -1 | grep -o '[0-9a-f.:]*/' | tr -d /)
    for a in $inner; do
        case $a in *:*) from=fd77:1::1 ;; *) from=10.77.1.1 ;; esac
        say attack "$a" $from
    done
}

page() { # COMMAND...: to see the portal's page
    ip netns exec $c "$@" timeout 2 bash -c \
        "exec 3<>/dev/tcp/10.77.1.80/80; printf 'GET /login HTTP/1.0\r\n\r\n' >&3; grep -q welcome <&3" 2>/dev/null
}
through_the_portal() {
    until_said portal 1
    helper=1 others=0
    page "$cgroups" "$build/ike" guard portal && helper=0
    page env && others=1
    kill -USR1 $portal # somebody has logged in
    until_said portal 2
    late=0
    page "$cgroups" "$build/ike" guard portal && late=1
}

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
until_said child_up 1
rounds 1
phase up
attack
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
ups=$(said child_up)
silence on
until_said connecting 2
rounds 1
say attack none
phase reconnecting
silence off
until_said child_up $((ups + 1))
rounds 1
phase killed
kill -9 $client
wait $client 2>/dev/null
rounds 2
phase portal
silence on
say allow 10.77.1.80
start --portal-probe http://10.77.1.80/204
[ -z "$cgroups" ] || through_the_portal
rounds 1
say allow none
phase again
silence off
until_said child_up 1
rounds 1
phase shutdown
kill -TERM $client
wait $client
rounds 2
say phase end
kill -INT $probes
wait $probes
exec 7>&-
sleep 0.3

# ---- the verdict ----
ok() { # NAME COMMAND...
    local name=$1
    shift
    if "$@" >"$dir/why" 2>&1; then
        echo "ok   $name"
        passed=$((passed + 1))
    else
        echo "FAIL $name"
        failed=$((failed + 1))
        head -20 "$dir/why"
    fi
}
none() { ! grep -E "$@"; } # such line
lines() { sed -n "s/^$1  *\([a-z0-9-]*\)  *\(IPv[46]\)  .*/\1 \2/p" "$dir/found"; } # of leak-test: probe and family
all_tried() { grep ' probes leaked' "$dir/found" && ! lines 'not tried' | grep -vE "^($untried)$"; }
all_seen() { # what leak-test saw leave arrived
    local missing=0
    while read -r probe; do
        grep -q "^leak [a-z]* $probe " "$dir/outside" || { echo "not seen outside: $probe"; missing=1; }
    done < <(lines LEAK)
    return $missing
}
nothing_left() {
    [ -z "$vxlan" ] || ip -n $c link set $vxlan down
    ip netns exec $c "$build/ike" guard off
    diff <(echo "$before") <(system)
}
own_route='^(192.0.2.64/26|10.78.0.202) '
killed_leaves_nothing() { # leak-test's own routes and device
    local own before
    before=$(system)
    ip netns exec $c "$build/ike" leak-test "$profile" --for 60 >/dev/null &
    own=$!
    for _ in $(seq 50); do ip -n $c route | grep -qE "$own_route" && break; sleep 0.02; done
    ip -n $c route | grep -E "$own_route" || return 1
    kill -9 $own
    wait $own 2>/dev/null
    for _ in $(seq 50); do diff <(echo "$before") <(system) && return; sleep 0.02; done
    return 1
}
busy() { # the wire is not blind, and what could go through the tunnel did
    for p in connecting=1 connected=10 up=10 rekey=10 roam=10 dead=10 reconnecting=10 portal=1 again=10; do
        [ "$(sed -n "s/^phase ${p%=*} sealed \([0-9]*\).*/\1/p" "$dir/outside")" -ge ${p#*=} ] ||
            { echo "too little sealed in phase ${p%=*}"; return 1; }
    done
}
sed -n 's/^phase /     /p' "$dir/outside"
ok "IKE and ESP in every phase" busy
ok "every probe was tried" all_tried
if [ "$guard" = on ]; then
    ok "nothing in the clear outside" none "^leak [a-z]* ${split:+[^o]}" "$dir/outside" # split: others may
    if [ -n "$cgroups" ]; then
        ok "the portal's helper gets through to it" test "$helper" = 0
        ok "and nobody else" test "$others" = 0
        ok "nor anybody once it is gone" test "$late" = 0
    elif [ -z "$split" ]; then
        echo "skip a captive portal's helper: no cgroup v2 here"
    fi
    ok "and leak-test says so" none '^LEAK' "$dir/found"
    ok "guard off leaves nothing" nothing_left
else
    ok "without the guard every probe leaks" none '^ok ' "$dir/found"
    ok "and every one is seen outside" all_seen
    nobody=''
    [ -z "$split" ] && nobody=igmp:IPv4 # the one probe that joins a group is not for split tunnels
    for o in icmp:IPv4 icmp:IPv6 ${vxlan:+udp:IPv4} $nobody; do
        ok "and nobody's ${o%:*}, ${o#*:}" grep "^leak [a-z]* others-${o%:*} ${o#*:}" "$dir/outside"
    done
fi
ok "a leak-test that is killed leaves nothing" killed_leaves_nothing
echo "leaks ($guard, $kind): $passed passed, $failed failed"
[ "$failed" = 0 ]
