#!/bin/bash
# tunnel.sh BUILD WANTED - both ends ours, beside both ends wireguard-go and both ends OpenVPN (B3, B4).
#
# Each peer has a pair of namespaces of its own and stays up. wireguard-go is Debian 13's, whose data plane moves whole
# bursts, from a Debian root: $BENCH_ROOT, or made by debootstrap in /var/tmp/libike-bench-trixie; where that cannot be had Debian 12's, and
# said so. B4: our client and gateway without TUN offloads beside OpenVPN, which knows none.
set -u
build=$1 wanted=$2
. tests/bench/lab.sh
wants() { case $wanted in *" $1 "*) ;; *) return 1 ;; esac; }

# ---- ours ----
ours_gateway_up() { # NAME NUMBER GATEWAY-ARGUMENTS... - sets gateway_pid
    local n=$1 number=$2
    shift 2
    start gateway "$n" "$build/tests/bench/gateway" --listen "10.77.$number.1:4500" --psk "$psk" --esp aes128gcm16 --tun "bg$number" "$@"
    gateway_pid=$pid
}
ours_up() { # NAME NUMBER BACKEND PLAIN - sets our_pid
    cat >"$dir/ours$2.json" <<E
{ "name": "ours", "type": "ikev2-psk", "remote": { "addr": "10.77.$2.1", "port": 4500, "id": "gw.test" },
  "local": { "id": "client.test", "psk": "$psk" }, "esp-proposal": "aes128gcm16" }
E
    # shellcheck disable=SC2086
    log=$dir/ike.log start client "$1" "$build/ike" connect "$dir/ours$2.json" --crypto "$3" $4
    our_pid=$pid
    wait_for 10 client "$1" ping -c 1 -W 1 10.9.0.1 || { cat "$dir/ike.log"; return 1; }
}

# ---- wireguard-go ----
wireguard_find() { # sets wireguard (array) and wireguard_name
    local root=${BENCH_ROOT:-/var/tmp/libike-bench-trixie} ld=/lib64/ld-linux-x86-64.so.2
    sh tests/lib/deps.sh "B3 (wireguard-go)" wireguard-tools || return 1
    if [ ! -x "$root/usr/bin/wireguard-go" ] && sh tests/lib/deps.sh "B3 (Debian 13's wireguard-go)" debootstrap; then
        [ -d "$root/usr" ] || debootstrap --variant=minbase --include=wireguard-go trixie "$root" >"$build/debootstrap.log" 2>&1 || rm -rf "$root"
    fi
    if [ -x "$root/usr/bin/wireguard-go" ] && [ -e "$root$ld" ]; then
        wireguard=("$root$ld" --library-path "$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/wireguard-go")
        wireguard_name="wireguard-go, Debian 13"
        return 0
    fi
    sh tests/lib/deps.sh "B3 (wireguard-go)" wireguard-go || return 1
    wireguard=(wireguard-go)
    wireguard_name="wireguard-go, Debian 12 (without offloads)"
}
wireguard_end() { # client|gateway NAME NUMBER - sets pid
    local dev=bw${1:0:1}$$
    start "$1" "$2" env WG_PROCESS_FOREGROUND=1 "${wireguard[@]}" -f "$dev"
    local own=$pid ns=${1:0:1}$2$$ me other
    me=$([ "$1" = client ] && echo 2 || echo 1) other=$((3 - me))
    wait_for 5 test -S "/var/run/wireguard/$dev.sock" || return 1
    wg pubkey <"$dir/wg.$other" >"$dir/wg.pub"
    ip netns exec "$ns" wg set "$dev" private-key "$dir/wg.$me" listen-port 51820 peer "$(cat "$dir/wg.pub")" \
        allowed-ips 0.0.0.0/0 endpoint "10.77.$3.$other:51820" || return 1
    ip -n "$ns" addr add "10.9.0.$me/24" dev "$dev"
    ip -n "$ns" link set "$dev" mtu 1400 up
    pid=$own
}
wireguard_up() { # NAME NUMBER - sets peer_pid
    (umask 077; wg genkey >"$dir/wg.1"; wg genkey >"$dir/wg.2")
    wireguard_end gateway "$1" "$2" || return 1
    wireguard_end client "$1" "$2" || return 1
    peer_pid=$pid
    wait_for 10 client "$1" ping -c 1 -W 1 10.9.0.1
}

# ---- OpenVPN ----
openvpn_up() { # NAME NUMBER - sets peer_pid
    local common=(openvpn --dev tun --proto udp --port 1194 --ca "$pki/ca.pem" --data-ciphers AES-128-GCM --disable-dco --tun-mtu 1400 --verb 1)
    start gateway "$1" "${common[@]}" --tls-server --dh none --cert "$pki/gw.pem" --key "$pki/gw.key" --ifconfig 10.9.0.1 10.9.0.2
    start client "$1" "${common[@]}" --remote "10.77.$2.1" --tls-client --cert "$pki/client.pem" --key "$pki/client.key" --ifconfig 10.9.0.2 10.9.0.1
    peer_pid=$pid
    wait_for 15 client "$1" ping -c 1 -W 1 10.9.0.1
}

ours() { tcp "$our_space" "$our_pid" "$way" 10.9.0.1; }
theirs() { tcp "$peer_space" "$peer_pid" "$way" 10.9.0.1; }
measure() { # BENCH WHAT PEER TARGET
    for way in up down; do
        interleave ours theirs || { left_out "$1" "no traffic: $2, $3"; return; }
        compare "$1" "TCP $way, $2" "s of CPU a GB" "$dir/a.0" "$3" "$dir/b.0" "$4"
        compare "$1" "TCP $way, $2, rate" "Mbit/s" "$dir/a.1" "$3" "$dir/b.1" "" inverse
    done
}

peers=''
space_pair u 1
iperf_server u 10.9.0.1 # waits for its address
if wants B3; then
    if wireguard_find; then
        space_pair w 2
        if wireguard_up w 2; then
            wireguard_pid=$peer_pid
            peers="$peers w"
        else
            left_out B3 "wireguard-go does not connect"
        fi
    else
        left_out B3 "wireguard-go could not be installed"
    fi
fi
if ! wants B3 && ! wants B4; then
    :
elif sh tests/lib/deps.sh "B3, B4 (OpenVPN)" openvpn; then
    space_pair v 3
    if openvpn_up v 3; then
        openvpn_pid=$peer_pid
        peers="$peers v"
    else
        left_out B4 "OpenVPN does not connect"
    fi
else
    left_out B4 "OpenVPN could not be installed"
fi
for n in $peers; do iperf_server "$n" 10.9.0.1; done
our_space=u

against() { # BENCH WHAT
    case $peers in
    *w*) [ "$1" = B3 ] && peer_space=w peer_pid=$wireguard_pid && measure "$1" "$2" "$wireguard_name" "at most half" ;;
    esac
    case $peers in
    *v*) peer_space=v peer_pid=$openvpn_pid && measure "$1" "$2" "OpenVPN" "$([ "$1" = B3 ] && echo 'at most 1/4.5' || echo 'at most 1/2.3')" ;;
    esac
}
run() { # BENCH BACKEND WHAT PLAIN - one of our data planes
    ours_gateway_up u 1 --crypto "$2"
    if ours_up u 1 "$2" "$4"; then against "$1" "$3"; else left_out "$1" "our client does not connect: $3"; fi
    stop "$our_pid"
    stop "$gateway_pid"
}
if wants B3; then
    run B3 openssl "ours, OpenSSL" ""
    [ -e "$build/libike-ipsecmb.a" ] && run B3 ipsecmb "ours, ipsec-mb" ""
fi
# ---- B5: overload, both ends ours: no other's queue is in the latency ----
alone_overload() {
    local i
    ours_gateway_up u 1 --crypto openssl
    ours_up u 1 openssl "" || { left_out B5 "our client does not connect"; return; }
    rm -f "$dir"/[ab].[0-9]*
    for ((i = 0; i < pairs; i++)); do
        overload u "$our_pid" 10.9.0.1 "$overload_rate" || { left_out B5 "nothing arrives"; return; }
        pair_keep "${got[*]}" ""
    done
    alone B5 "overload, both ends ours: resident memory grows" "KiB" "$dir/a.0" "less than 1024"
    alone B5 "overload, both ends ours: latency back after" "us" "$dir/a.1" "at most 100000"
    alone B5 "overload, both ends ours: lost" "permille" "$dir/a.2" ""
    stop "$our_pid"
    stop "$gateway_pid"
}
if wants B5; then alone_overload; fi
if wants B4; then run B4 openssl "ours, plain TUN, OpenSSL" "--plain tun"; fi
