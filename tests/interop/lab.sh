# shellcheck shell=bash disable=SC2034,SC2154
# lab.sh - network namespaces with strongSwan in one of them; sourced with build and wanted set. Needs root.
#
#   client --- veth --- gateway (charon, kernel-libipsec)        behind --- router (NAT) --- gateway
#
# One charon serves all cases; each case loads its connection and looks that nothing is left behind.
set -u
[ "$(id -u)" = 0 ] || { echo "interop: needs root (network namespaces)"; exit 1; }
build=$(cd "$build" && pwd)
pki=$(pwd)/tests/pki
dir=$(mktemp -d)
c=ikec$$ g=ikeg$$ b=ikeb$$ r=iker$$
charon_pid='' pids=''
passed=0 failed=0

cleanup() {
    for p in $charon_pid $pids; do kill "$p" 2>/dev/null; done
    sleep 0.2
    for p in $charon_pid $pids; do kill -9 "$p" 2>/dev/null; done
    for n in $c $g $b $r; do ip netns del "$n" 2>/dev/null; done
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# ---- the lab ----
link() { # ns1 dev1 addr1 ns2 dev2 addr2 [v6-1 v6-2]
    ip link add name "$2" netns "$1" type veth peer name "$5" netns "$4" || exit 1
    ip -n "$1" addr add "$3" dev "$2"
    ip -n "$4" addr add "$6" dev "$5"
    if [ -n "${7:-}" ]; then
        ip -n "$1" -6 addr add "$7" dev "$2" nodad
        ip -n "$4" -6 addr add "$8" dev "$5" nodad
    fi
    ip -n "$1" link set "$2" up
    ip -n "$4" link set "$5" up
}
for n in $c $g $b $r; do
    ip netns add "$n" || exit 1
    ip -n "$n" link set lo up
done
link $c out0 10.77.1.2/24 $g out0 10.77.1.1/24 fd77:1::2/64 fd77:1::1/64
link $b out0 10.66.0.2/24 $r in0 10.66.0.1/24
link $r out0 10.77.2.2/24 $g out1 10.77.2.1/24
ip -n $g addr add 10.78.0.1/32 dev lo
ip -n $g -6 addr add fd78::1/128 dev lo nodad
ip -n $c route add default via 10.77.1.1
ip -n $b route add default via 10.66.0.1
ip netns exec $r sysctl -qw net.ipv4.ip_forward=1
ip netns exec $r nft -f - <<N || exit 1
table ip nat {
 chain post {
 type nat hook postrouting priority 100;
 oifname "out0" masquerade random
}
}
N
ip netns exec $g socat TCP6-LISTEN:7007,fork,reuseaddr,ipv6only=0 SYSTEM:'head -c 300000 /dev/zero' >/dev/null 2>&1 &
pids="$pids $!"

# IPv6 needs a second or two until both ends know each other; the cases are not about that
for _ in $(seq 40); do
    ip netns exec $c ping -6 -c 1 -W 1 fd77:1::1 >/dev/null 2>&1 && break
    sleep 0.1
done

mkdir -p "$dir/run" "$dir/swanctl"/{x509,x509ca,private}
strongswan_conf() { # further charon options
    cat >"$dir/strongswan.conf" <<E
charon {
  load = random nonce x509 constraints pubkey pkcs1 pkcs8 pem openssl kdf hmac aes sha1 sha2 gcm ctr chapoly curve25519 gmp eap-identity eap-mschapv2 eap-md5 eap-tls eap-ttls socket-default kernel-libipsec kernel-netlink vici
  cookie_threshold = 1
  retransmit_tries = 2
  $1
  plugins {
    vici { socket = unix:///run/vici.sock }
    kernel-libipsec { load = yes }
  }
  filelog { a { path = $dir/charon.log
    default = 1
    ike = 2
    net = 1
    flush_line = yes } }
}
E
}
start_charon() {
    rm -f "$dir/run/vici.sock" "$dir/run/charon.pid"
    ip netns exec $g unshare -m sh -c "mount --bind $dir/run /run && STRONGSWAN_CONF=$dir/strongswan.conf exec /usr/lib/ipsec/charon" >/dev/null 2>&1 &
    charon_pid=$!
    for _ in $(seq 50); do
        [ -S "$dir/run/vici.sock" ] && return 0
        sleep 0.1
    done
    echo "interop: charon does not start"
    tail -5 "$dir/charon.log"
    exit 1
}
stop_charon() {
    kill "$charon_pid"
    wait "$charon_pid" 2>/dev/null
    charon_pid=''
}

cp "$pki"/{gw,rsa-gw,p384,p521,expired,other-gw,wildcard,deep,mid}.pem "$dir/swanctl/x509/"
cp "$pki"/{gw,rsa-gw,p384,p521,expired,other-gw,wildcard,deep}.key "$dir/swanctl/private/"
cp "$pki"/{ca,cnsa-ca,ed25519-ca}.pem "$dir/swanctl/x509ca/"

# own_gateway OPTIONS... - one of our own, whose data plane carries bursts, in place of charon; sets own, its process
own_gateway() {
    : >"$dir/gw"
    ip netns exec $g "$build/tests/bench/gateway" --listen 10.77.1.1:4500 --psk "correct horse battery staple" "$@" >"$dir/gw" 2>&1 &
    own=$!
    pids="$pids $own"
    for _ in $(seq 50); do
        grep -q ready "$dir/gw" && break
        sleep 0.1
    done
}
# gateway KEY=VALUE... - writes and loads the connection. Keys: auth cert remote ike esp id pools ts
gateway() {
    local auth=psk cert=gw.pem remote=psk ike=aes128gcm16-prfsha256-x25519 esp=aes128gcm16 id=gw.test pools=vip4,vip6 ts=10.78.0.0/24,fd78::/64 more='' secrets=''
    [ $# -gt 0 ] && local "$@"
    {
        echo "connections { t { version = 2"
        echo "  local_addrs = %any"
        [ -n "$pools" ] && echo "  pools = $pools"
        echo "  proposals = $ike"
        echo "  $more"
        echo "  local { auth = $auth"
        echo "    id = $id"
        case $auth in pubkey | eap-tls) echo "    certs = $cert" ;; esac
        echo "  }"
        echo "  remote { auth = $remote"
        case $remote in pubkey | eap-tls) echo "    cacerts = ca.pem, cnsa-ca.pem, ed25519-ca.pem" ;; esac
        case $remote in eap-*) echo "    eap_id = %any" ;; esac
        echo "  }"
        echo "  children { net { local_ts = $ts"
        echo "    esp_proposals = $esp"
        echo "  } } } }"
        echo "pools { vip4 { addrs = 10.79.0.0/16"
        echo "  dns = 10.78.0.1"
        echo "} vip6 { addrs = fd79::/112"
        echo "} }"
        echo "secrets { eap-1 { id = alice"
        echo "  secret = \"open sesame\""
        echo "} ike-1 { secret = \"correct horse battery staple\""
        echo "} $secrets }"
    } >"$dir/swanctl/swanctl.conf"
    if ! SWANCTL_DIR=$dir/swanctl STRONGSWAN_CONF=$dir/strongswan.conf swanctl --load-all --clear --uri "unix://$dir/run/vici.sock" >"$dir/load.log" 2>&1; then
        cat "$dir/load.log"
    fi
}

cat >"$dir/psk.json" <<E
{ "name": "psk", "type": "ikev2-psk", "remote": { "addr": "10.77.1.1", "id": "gw.test" },
  "local": { "id": "client.test", "psk": "correct horse battery staple" } }
E
cat >"$dir/cert.json" <<E
{ "name": "cert", "type": "ikev2-cert", "remote": { "addr": "10.77.1.1", "id": "gw.test", "ca": "file:$pki/ca.pem" },
  "local": { "id": "client.test", "cert": "file:$pki/client.pem", "key": "file:$pki/client.key" } }
E
cat >"$dir/use.sh" <<'E'
#!/bin/bash
# what a user does with a tunnel: ping and a TCP transfer
ping -c 2 -i 0.2 -W 2 "${1:-10.78.0.1}" >/dev/null || exit 11
[ "$(timeout 20 bash -c "cat </dev/tcp/${1:-10.78.0.1}/7007" | wc -c)" = 300000 ] || exit 12
E
chmod +x "$dir/use.sh"

# ---- cases ----
ns=$c
state() { ip -n "$ns" -br link; ip -n "$ns" route; ip -n "$ns" -6 route; ip -n "$ns" rule; }

# verdict NAME - it is well if $why is empty and $check, if there is one, holds.
verdict() {
    [ -n "${check:-}" ] && { eval "$check" || why="$why; not: $check"; }
    if [ -z "$why" ]; then
        echo "ok   $1"
        passed=$((passed + 1))
    else
        echo "FAIL $1: $why"
        failed=$((failed + 1))
        sed 's/^/     /' "$dir/err" "$dir/events" | tail -12
        tail -5 "$dir/charon.log" | sed 's/^/     charon: /'
    fi
}

# try NAME STATUS PROFILE ARGUMENTS... - the exit status must be STATUS, one line on stderr if it is not 0, nothing left.
try() {
    local name=$1 status=$2 profile=$3 before after rc why=''
    shift 3
    case $wanted in "  " | *" ${name%% *} "*) ;; *) return ;; esac
    before=$(state)
    timeout -k 5 60 ip netns exec "$ns" "$build/ike" connect "$dir/$profile" --events "$dir/events" --timeout 40 "$@" \
        >"$dir/out" 2>"$dir/err"
    rc=$?
    after=$(state)
    [ "$rc" = "$status" ] || why="exit $rc instead of $status"
    [ "$before" = "$after" ] || why="$why; something is left behind"
    if [ "$status" != 0 ] && [ "$(grep -c '^ike: [^w]' "$dir/err")" != 1 ]; then why="$why; not one line on stderr"; fi
    verdict "$name"
}
