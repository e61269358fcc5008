#!/bin/bash
# guard.sh BUILD - a guard made true on Linux: in force, taken over, lifted without a trace. Needs root.
#
#   client --- veth --- gateway (charon), and a neighbour behind the client, whose packets it forwards
#
# What counts is the outside wire: a rule in the gateway's namespace counts whatever is neither IKE nor ESP in UDP.
build=$1
wanted="  "
. tests/interop/lab.sh

mkdir -p "/etc/netns/$c"
echo "nameserver 10.77.1.1" >"/etc/netns/$c/resolv.conf"
resolv=$(cat "/etc/netns/$c/resolv.conf")
client=''
end_of_guard() {
    [ -n "$client" ] && kill -9 "$client" 2>/dev/null
    ip netns exec $c "$build/ike" guard off >/dev/null 2>&1
    cleanup
    rm -rf "/etc/netns/$c"
}
trap end_of_guard EXIT

inside() { ip netns exec $c "$@"; }
everything() {
    inside nft list ruleset
    for v in -4 -6; do
        ip -n $c $v rule
        ip -n $c $v route show table all | grep -v ' dev lo proto kernel\|^multicast'
    done
    inside cat /etc/resolv.conf
    inside cat /proc/sys/net/ipv4/conf/all/src_valid_mark
}
patience=3
ok() { # NAME COMMAND... - within patience seconds
    local name=$1
    shift
    for _ in $(seq $((10 * patience))); do
        if "$@" >/dev/null 2>&1; then
            echo "ok   $name"
            passed=$((passed + 1))
            return
        fi
        sleep 0.1
    done
    echo "FAIL $name"
    failed=$((failed + 1))
    tail -n 3 "$dir/events" "$dir/err" "$dir/left" 2>/dev/null
    : >"$dir/left"
}
not() { ! "$@"; }

# ---- the outside wire ----
ip netns exec $g nft -f - <<N
table inet wire {
 chain i {
 type filter hook prerouting priority -400;
 iifname != "out0" accept
 udp dport { 500, 4500 } accept
 meta l4proto icmpv6 icmpv6 type { 131-136, 143 } accept
 counter comment "cleartext"
}
}
N
cleartext() { ip netns exec $g nft list table inet wire | sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'; }
# Everything an application may try; all of it at once, a second in all.
speak() {
    inside ping -c 1 -W 1 10.77.1.1 &
    inside ping -c 1 -W 1 -I out0 10.99.0.1 &
    inside ping -6 -c 1 -W 1 fd77:1::1 &
    inside ping -6 -c 1 -W 1 fd99::1 &
    inside bash -c 'echo x >/dev/udp/10.77.1.1/53; echo x >/dev/udp/10.77.1.1/4501; echo x >/dev/udp/224.0.0.251/5353' &
    inside timeout 1 bash -c 'echo x >/dev/tcp/10.77.1.1/80' &
    inside timeout 1 socat - TCP6:[fd77:1::1]:80,bind=[fd77:1::2] </dev/null &
    local p
    for p in $(jobs -p); do
        case " $pids $charon_pid $client " in *" $p "*) ;; *) wait "$p" ;; esac
    done 2>/dev/null
}
silent() { # nothing of all that gets out
    local before
    before=$(cleartext)
    speak >/dev/null 2>&1
    [ "$(cleartext)" = "$before" ]
}
quiet() { # NAME - as ok, once
    if silent; then
        echo "ok   $1"
        passed=$((passed + 1))
    else
        echo "FAIL $1: $(cleartext) packets in the clear"
        failed=$((failed + 1))
    fi
}

connect() { # ARGUMENTS...
    rm -f "$dir/events"
    ip netns exec $c "$build/ike" connect "$dir/psk.json" --set mode=forced --events "$dir/events" "$@" >"$dir/out" 2>"$dir/err" &
    client=$!
}
end_client() { # SIGNAL
    kill "-$1" "$client"
    wait "$client" 2>/dev/null
    code=$?
    client=''
}
up() { grep -q '"event":"child_up"' "$dir/events"; }
owner() { inside "$build/ike" guard status | grep -q "$1"; }
ping_inside() { inside ping -c 1 -W 1 "$1"; }
untouched() {
    everything >"$dir/now"
    echo "$before" | diff - "$dir/now" >"$dir/left"
}

strongswan_conf ""
start_charon
gateway ts=0.0.0.0/0,::/0
for _ in $(seq 40); do # addresses of the links' own, which come by themselves
    ip -n $c -6 addr | grep -q tentative || break
    sleep 0.1
done
before=$(everything)

ok "without a guard all of it gets out" not silent

# ---- on and off ----
inside "$build/ike" guard on "$dir/psk.json" --set mode=forced >"$dir/out" 2>"$dir/err"
ok "on says so" owner "of psk"
quiet "nothing leaves before there is a connection"
first=$(everything | sed 's/counter packets [0-9]* bytes [0-9]*//')
inside "$build/ike" guard on "$dir/psk.json" --set mode=forced
ok "on twice is on once" test "$first" = "$(everything | sed 's/counter packets [0-9]* bytes [0-9]*//')"
ok "another profile is told whose guard it is" sh -c "ip netns exec $c $build/ike guard on $dir/cert.json --set mode=forced 2>&1 | grep -q 'guard of \"psk\"'"
ok "so is a connection without a guard" sh -c "ip netns exec $c $build/ike connect $dir/cert.json 2>&1 | grep -q 'guard of \"psk\"'"
inside "$build/ike" guard off
ok "off leaves no trace" untouched
ok "off says so" owner "off"
ok "and no file" sh -c "! ls /run/ike/*-\$(ip netns exec $c stat -Lc %i /proc/self/ns/net)* 2>/dev/null"

# ---- connected ----
connect
ok "connects through its own guard" up
ok "the tunnel carries IPv4" ping_inside 10.78.0.1
ok "and IPv6" ping_inside fd78::1
ok "and everything else" ping_inside 10.77.1.1
quiet "nothing goes beside it"
ok "name servers are those of the tunnel" sh -c "ip netns exec $c grep -q 'nameserver 10.78.0.1' /etc/resolv.conf"
rules=$(everything | sed 's/counter packets [0-9]* bytes [0-9]*//')
ip -n $c addr add 10.98.0.1/32 dev out0
ip -n $c addr del 10.98.0.1/32 dev out0
sleep 1.5
ok "a change that changes nothing changes nothing" test "$rules" = "$(everything | sed 's/counter packets [0-9]* bytes [0-9]*//')"
ip -n $c route add 10.78.0.0/24 via 10.77.1.1
ip -n $c route add 0.0.0.0/1 via 10.77.1.1
quiet "more specific routes from outside do not matter"
ip -n $c route del 10.78.0.0/24
ip -n $c route del 0.0.0.0/1
inside nft flush ruleset
sleep 0.5
quiet "a firewall that is loaded anew does not open it"
ok "because its own is there again" sh -c "ip netns exec $c nft list tables | grep -q libike"
ip -n $c rule del priority 18688
ok "so is a routing rule" sh -c "ip -n $c rule | grep -q ^18688"
ok "a second client is told who is there" sh -c "ip netns exec $c $build/ike connect $dir/psk.json --set mode=forced 2>&1 | grep -q 'another client (process $client)'"
end_client TERM
ok "ended by hand it ends with 0" test "$code" = 0
ok "and nothing is left" untouched

# ---- killed ----
connect
ok "connects" up
end_client KILL
quiet "killed, nothing leaves"
ok "status knows that nobody is there" owner "none; what stands was left"
connect
ok "the next one takes over" up
ok "and works" ping_inside 10.78.0.1
end_client KILL
inside "$build/ike" guard off
ok "off removes what a killed one left" untouched

# ---- a failure is nobody's wish ----
connect --set local.psk=wrong
wait "$client"
client=''
quiet "refused, nothing leaves"
inside "$build/ike" guard off
ok "until it is lifted" untouched
connect --set start=automatic
ok "an automatic one connects" up
end_client TERM
quiet "and stays when it ends"
inside "$build/ike" guard off
ok "until it is lifted, too" untouched

# ---- strict reverse path filter ----
inside sysctl -qw net.ipv4.conf.all.rp_filter=1
before=$(everything)
connect
ok "connects where rp_filter is strict" up
ok "and the tunnel works" ping_inside 10.78.0.1
end_client TERM
ok "and the setting is what it was" untouched
inside sysctl -qw net.ipv4.conf.all.rp_filter=0
before=$(everything)

# ---- a family that the gateway does not serve ----
gateway ts=0.0.0.0/0 pools=vip4
connect
ok "connects for IPv4 alone" up
ok "IPv4 works" ping_inside 10.78.0.1
quiet "IPv6 is blocked"
end_client TERM
gateway ts=0.0.0.0/0,::/0

# ---- the local network ----
connect --set lan=true
ok "connects with the LAN let in" up
ok "the LAN answers" sh -c "ip netns exec $c ping -c 1 -W 1 -I out0 10.77.1.1"
ok "the tunnel works beside it" ping_inside 10.78.0.1
end_client TERM

# ---- forwarded ----
ip link add name down0 netns $c type veth peer name up0 netns $b
ip -n $c addr add 10.55.0.1/24 dev down0
ip -n $b addr add 10.55.0.2/24 dev up0
inside sysctl -qw net.ipv6.conf.down0.disable_ipv6=1
ip -n $c link set down0 up
ip -n $b link set up0 up
ip -n $b route add 10.77.1.0/24 via 10.55.0.1
ip -n $b route add 10.78.0.0/24 via 10.55.0.1
ip -n $g route add 10.55.0.0/24 via 10.77.1.2
inside sysctl -qw net.ipv4.ip_forward=1
neighbour() { ip netns exec $b ping -c 1 -W 1 "$1"; }
ok "without a guard the neighbour's packets are forwarded" neighbour 10.77.1.1
before=$(everything)
connect
ok "connects" up
n=$(cleartext)
ok "forwarded packets are blocked" not neighbour 10.77.1.1
ok "and are not beside the tunnel" test "$n" = "$(cleartext)"
end_client TERM
connect --set forwarded=tunnel
ok "connects" up
ok "where the profile wants it, they go through the tunnel" neighbour 10.78.0.1
ok "and are not beside it" test "$n" = "$(cleartext)"
end_client KILL
ok "killed, they are blocked" not neighbour 10.77.1.1
ok "and are not beside it" test "$n" = "$(cleartext)"
inside "$build/ike" guard off
ok "nothing is left" untouched

# ---- applications ----
as_nobody() { inside setpriv --reuid 65534 --clear-groups "$@"; }
tcp() { timeout 1 bash -c 'head -c 10 </dev/tcp/10.78.0.1/7007 | wc -c | grep -q 10'; }
ip -n $g addr add 10.76.0.1/32 dev lo
nobody_outside() { as_nobody timeout 2 bash -c 'head -c 10 </dev/tcp/10.77.1.1/7007 >/dev/null'; }
connect --set 'excluded-apps=["uid:65534"]'
ok "connects with an application beside the tunnel" up
n=$(cleartext)
ok "it speaks" nobody_outside
ok "outside" test "$n" != "$(cleartext)"
quiet "nobody else does"
end_client TERM

# The same by control group, which ip-netns(8) hides: mounted again for the client and for the application.
group=/libike-test-$$
cat >"$dir/cgroups" <<'E'
#!/bin/sh
# cgroups GROUP COMMAND... - with the hierarchy where systems have it, in that group
mount -t cgroup2 none /sys/fs/cgroup || exit 1
echo $$ >"/sys/fs/cgroup$1/cgroup.procs" || exit 1
shift
exec "$@"
E
chmod +x "$dir/cgroups"
if inside "$dir/cgroups" / true 2>/dev/null; then
    rm -f "$dir/events"
    ip netns exec $c "$dir/cgroups" / "$build/ike" connect "$dir/psk.json" --set mode=forced --events "$dir/events" \
        --set "excluded-apps=[\"cgroup:$group\"]" >"$dir/out" 2>"$dir/err" &
    client=$!
    ok "connects with a control group beside the tunnel" up
    n=$(cleartext)
    ok "it speaks, from the outer address" inside "$dir/cgroups" "$group" timeout 2 bash -c 'head -c 10 </dev/tcp/10.77.1.1/7007 >/dev/null'
    ok "outside" test "$n" != "$(cleartext)"
    ok "the tunnel works for the others" ping_inside 10.78.0.1
    quiet "who are nowhere else"
    end_client TERM
    inside "$dir/cgroups" / rmdir "/sys/fs/cgroup$group"
    ok "nothing is left" untouched
else
    echo "skip applications by control group: no cgroup v2 here"
fi

# ---- systemd-resolved, on a bus of its own ----
resolved=${RESOLVED:-/lib/systemd/systemd-resolved}
if [ -x "$resolved" ] && command -v dbus-daemon >/dev/null; then
    cat >"$dir/bus.conf" <<E
<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy></busconfig>
E
    for f in passwd group; do
        { cat /etc/$f; grep -q '^systemd-resolve:' /etc/$f || echo "systemd-resolve:x:997:997::/:/bin/false"; } >"$dir/$f"
    done
    sed -i 's/^\(systemd-resolve:x:997:\)997.*/\1/' "$dir/group"
    cat >"$dir/with_resolved" <<E
#!/bin/bash
mount -t tmpfs none /run && mkdir -p /run/dbus /run/systemd/resolve && chown 997:997 /run/systemd/resolve
for f in passwd group; do mount --bind $dir/\$f /etc/\$f; done
echo "nameserver 127.0.0.53" >$dir/stub && mount --bind $dir/stub /etc/resolv.conf
dbus-daemon --config-file=$dir/bus.conf --nofork --nopidfile 2>/dev/null &
sleep 0.5
$resolved >$dir/resolved.log 2>&1 &
sleep 1
$build/ike connect $dir/psk.json --set mode=forced --run sh -c '$build/ike guard status; sleep 0.5' >$dir/out 2>$dir/err
echo "after: \$(cat /etc/resolv.conf)" >>$dir/out
kill %2 %1
E
    timeout 20 ip netns exec $c unshare -m bash "$dir/with_resolved"
    ok "systemd-resolved is told" grep -q "DNS        by resolved" "$dir/out"
    ok "who to ask" grep -q "ike0: Bus client set DNS server list to: 10.78.0.1" "$dir/resolved.log"
    ok "about everything" grep -q "ike0: Bus client set search domain list to: ~\." "$dir/resolved.log"
    ok "and the file stays as it is" grep -q "after: nameserver 127.0.0.53" "$dir/out"
    ok "nothing is left" untouched
else
    echo "skip systemd-resolved: it is not here"
fi

# ---- the gateway's name, and a portal in the way ----
ip netns exec $g python3 tests/interop/portal.py 10.77.1.1 >/dev/null 2>&1 &
portal=$!
pids="$pids $portal"
for _ in $(seq 50); do
    ip netns exec $g bash -c 'echo >/dev/tcp/10.77.1.1/80' 2>/dev/null && break
    sleep 0.1
done
connect --set remote.addr=gw.example
ok "finds its gateway's name beside the tunnel" up
ok "and the tunnel works" ping_inside 10.78.0.1
quiet "nobody else asks there"
end_client TERM

# ---- triggers ----
poke() { ip -n $c addr add 10.98.0.1/32 dev lo; ip -n $c addr del 10.98.0.1/32 dev lo; }
trigger() { grep -q "\"event\":\"trigger\",\"action\":\"$1\"" "$dir/events"; }
triggers='[{"action": "disconnect", "dns-domains": ["corp.example.org"]}, {"action": "connect", "probe": "http://check.example/login"}]'
echo "search corp.example.org" >>"/etc/netns/$c/resolv.conf"
connect --set start=triggered --set "triggers=$triggers"
ok "in the company's network nothing is connected" trigger disconnect
ok "and there is no tunnel" not up
quiet "nor anything else"
echo "$resolv" >"/etc/netns/$c/resolv.conf"
poke
ok "elsewhere it connects by itself" up
ok "because the page answers" trigger connect
end_client TERM
inside "$build/ike" guard off
ok "nothing is left" untouched

ip netns exec $g nft add chain inet wire ike '{ type filter hook input priority 0; }'
ip netns exec $g nft add rule inet wire ike udp dport '{ 500, 4500 }' drop
over() { # CODE: it has ended by itself
    kill -0 "$client" 2>/dev/null && return 1
    wait "$client" 2>/dev/null
    [ $? = "$1" ]
}
triggers='[{"action": "disconnect", "dns-domains": ["corp.example.org"]}, {"action": "connect"}]'
connect --set start=triggered --set "triggers=$triggers"
ok "it tries to connect" grep -q '"event":"connecting"' "$dir/events"
echo "search corp.example.org" >>"/etc/netns/$c/resolv.conf"
poke
ok "in the company's network it stops trying" trigger disconnect
ok "and ends" over 0
client=''
echo "$resolv" >"/etc/netns/$c/resolv.conf"
connect --set reconnect=60 --set retransmit.first-ms=100 --set retransmit.tries=1
ok "who is told twice to end" grep -q '"event":"connecting"' "$dir/events"
kill -TERM "$client"
kill -TERM "$client"
ok "ends as if told once" over 130
client=''
ok "and leaves nothing" untouched
if inside "$dir/cgroups" / true 2>/dev/null; then
    rm -f "$dir/events"
    ip netns exec $c "$dir/cgroups" / "$build/ike" connect "$dir/psk.json" --set mode=forced --set start=automatic \
        --set reconnect=60 --set remote.addr=gw.example --set retransmit.first-ms=500 --events "$dir/events" \
        --portal-probe http://check.example/204 >"$dir/out" 2>"$dir/err" &
    client=$!
    sleep 3
    ok "a portal is found, and where it leads" grep -q '"event":"portal","url":"http://portal.example/login","hole":true' "$dir/events"
    ok "status shows the hole" owner "hole for its helper"
    ok "which closes by itself" sh -c "ip netns exec $c nft list set inet libike portal4 | grep -q 'expires [0-9]*m'"
    quiet "it is nobody's but the helper's"
    page="exec 3<>/dev/tcp/10.77.1.1/80; printf 'GET /login HTTP/1.0\r\nHost: portal.example\r\n\r\n' >&3; grep -q welcome <&3"
    ok "who opens the portal" inside "$dir/cgroups" / "$build/ike" guard portal timeout 2 bash -c "$page"
    ok "and nothing else" sh -c "! ip netns exec $c $dir/cgroups / $build/ike guard portal timeout 1 bash -c 'echo >/dev/tcp/10.77.1.1/7007'"
    kill -USR1 "$portal" # somebody has logged in
    patience=10
    ok "the portal is gone" grep -q '"event":"portal","url":null' "$dir/events"
    patience=3
    ok "and its hole is closed" sh -c "! ip netns exec $c $build/ike guard status | grep -q hole"
    ip netns exec $g nft delete chain inet wire ike
    patience=20
    ok "the tunnel comes up by itself" up
    patience=3
    end_client TERM
    inside "$build/ike" guard off
    rmdir /sys/fs/cgroup/libike-portal /sys/fs/cgroup/*/libike-portal 2>/dev/null
else
    echo "skip a captive portal's helper: no cgroup v2 here"
fi
ok "nothing is left" untouched

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
