#!/bin/bash
# run.sh BUILD [CASE...] - the client against strongSwan, in network namespaces of its own. Needs root.
#
#   client --- veth --- gateway (charon, kernel-libipsec)        behind --- router (NAT) --- gateway
#
# One charon serves all cases; each case loads its connection, runs `ike connect … --run` with a ping and a TCP transfer
# through the tunnel, and looks that nothing is left behind.
set -u
build=$1
shift
wanted=" $* "
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
  load = random nonce x509 constraints pubkey pkcs1 pkcs8 pem openssl kdf hmac aes sha1 sha2 gcm ctr chapoly curve25519 gmp socket-default kernel-libipsec kernel-netlink vici
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
cp "$pki/ca.pem" "$dir/swanctl/x509ca/"

# gateway KEY=VALUE... - writes and loads the connection. Keys: auth cert remote ike esp id pools ts
gateway() {
    local auth=psk cert=gw.pem remote=psk ike=aes128gcm16-prfsha256-x25519 esp=aes128gcm16 id=gw.test pools=vip4,vip6 ts=10.78.0.0/24,fd78::/64 more=''
    [ $# -gt 0 ] && local "$@"
    {
        echo "connections { t { version = 2"
        echo "  local_addrs = %any"
        [ -n "$pools" ] && echo "  pools = $pools"
        echo "  proposals = $ike"
        echo "  $more"
        echo "  local { auth = $auth"
        echo "    id = $id"
        [ "$auth" = pubkey ] && echo "    certs = $cert"
        echo "  }"
        echo "  remote { auth = $remote"
        [ "$remote" = pubkey ] && echo "    cacerts = ca.pem"
        echo "  }"
        echo "  children { net { local_ts = $ts"
        echo "    esp_proposals = $esp"
        echo "  } } } }"
        echo "pools { vip4 { addrs = 10.79.0.0/16"
        echo "  dns = 10.78.0.1"
        echo "} vip6 { addrs = fd79::/112"
        echo "} }"
        echo "secrets { ike-1 { secret = \"correct horse battery staple\""
        echo "} }"
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
    [ -n "${check:-}" ] && { eval "$check" || why="$why; not: $check"; }
    if [ -z "$why" ]; then
        echo "ok   $name"
        passed=$((passed + 1))
    else
        echo "FAIL $name: $why"
        failed=$((failed + 1))
        sed 's/^/     /' "$dir/err" "$dir/events" | tail -8
        tail -5 "$dir/charon.log" | sed 's/^/     charon: /'
    fi
}
run="--run $dir/use.sh"

strongswan_conf ""
start_charon
# shellcheck disable=SC2086
{
gateway
try psk 0 psk.json --pcap "$dir/a.pcap" --keylog "$dir/keys" $run
try psk-ipv6-inside 0 psk.json --run "$dir/use.sh" fd78::1
try ipv6-outside 0 psk.json --set 'remote.addr=fd77:1::1' $run
check='ip netns exec $c true; grep -q "\"nat\":\"local\"\|\"nat\":\"both\"" $dir/events'
ns=$b
try behind-nat 0 psk.json --set remote.addr=10.77.2.1 $run
ns=$c check=''

# the captured conversation opens with the written keys
case $wanted in "  " | *" tshark "*)
    mkdir -p "$dir/ws" && cp "$dir/keys/"* "$dir/ws/" 2>/dev/null
    if WIRESHARK_CONFIG_DIR=$dir/ws tshark -r "$dir/a.pcap" -o esp.enable_encryption_decode:TRUE -V 2>/dev/null >"$dir/dec" &&
        grep -q 'Identification - Responder' "$dir/dec" && grep -q 'Echo (ping) reply' "$dir/dec"; then
        echo "ok   tshark reads IKE and ESP with the key log"
        passed=$((passed + 1))
    else
        echo "FAIL tshark reads IKE and ESP with the key log"
        failed=$((failed + 1))
    fi ;;
esac

gateway auth=pubkey remote=pubkey
try ecdsa 0 cert.json $run
gateway auth=pubkey cert=rsa-gw.pem remote=pubkey
try rsa 0 cert.json --set "local.cert=file:$pki/rsa-client.pem" --set "local.key=file:$pki/rsa-client.key" $run
try rsa-pss 0 cert.json --set "local.cert=file:$pki/rsa-client.pem" --set "local.key=file:$pki/rsa-client.key" --set local.rsa-pss=true $run
for curve in p384 p521; do
    gateway auth=pubkey cert=$curve.pem remote=pubkey
    try $curve 0 cert.json $run
done
try p12 0 cert.json --set local.cert=null --set local.key=null --set "local.p12=file:$pki/client.p12" --set local.p12_password=test $run
gateway auth=pubkey cert=deep.pem,mid.pem remote=pubkey
try intermediate 0 cert.json $run
gateway auth=pubkey remote=psk
try cert-gateway-psk-client 0 cert.json --set local.auth=psk --set "local.psk=correct horse battery staple" $run
gateway auth=pubkey remote=pubkey
try by-address 0 cert.json --set remote.id=null --set remote.addr=10.77.1.1 --set remote.any_id=true $run

# every algorithm
for e in aes128gcm16 aes256gcm16 chacha20poly1305; do
    gateway ike=$e-prfsha256-x25519 esp=$e
    try "cipher-$e" 0 psk.json --set ike-proposal=$e-prfsha256-x25519 --set esp-proposal=$e $run
done
for e in aes128 aes256 aes128ctr aes256ctr; do
    gateway ike=$e-sha256-x25519 esp=$e-sha256
    try "cipher-$e" 0 psk.json --set ike-proposal=$e-sha256-x25519 --set esp-proposal=$e-sha256 $run
done
for e in aes128gcm8 aes256gcm12; do
    gateway esp=$e
    try "cipher-$e" 0 psk.json --set esp-proposal=$e $run
done
for h in sha384 sha512; do
    gateway ike=aes256-$h-x25519 esp=aes256-$h
    try "hash-$h" 0 psk.json --set ike-proposal=aes256-$h-x25519 --set esp-proposal=aes256-$h $run
    gateway ike=aes256gcm16-prf$h-x25519
    try "prf-$h" 0 psk.json --set ike-proposal=aes256gcm16-prf$h-x25519 $run
done
gateway ike=aes128-sha1-modp2048 esp=aes128-sha1
try hash-sha1-compat 0 psk.json --set crypto-policy=compat --set ike-proposal=aes128-sha1-modp2048 --set esp-proposal=aes128-sha1 $run
try hash-sha1-refused 64 psk.json --set ike-proposal=aes128-sha1-modp2048
for k in modp2048 modp3072 modp4096 ecp256 ecp384 ecp521 curve25519 curve448; do
    gateway ike=aes128gcm16-prfsha256-$k
    try "group-$k" 0 psk.json --set ike-proposal=aes128gcm16-prfsha256-$k $run
done
# the other backend, where it is built: each kind of cipher and of group
if "$build/ike" version | grep -q openssl; then
    gateway ike=aes256gcm16-prfsha384-ecp384 esp=aes256gcm16
    try openssl-gcm-ecp 0 psk.json --crypto openssl --set ike-proposal=aes256gcm16-prfsha384-ecp384 --set esp-proposal=aes256gcm16 $run
    gateway ike=aes256-sha256-modp3072 esp=aes128-sha512
    try openssl-cbc-modp 0 psk.json --crypto openssl --set ike-proposal=aes256-sha256-modp3072 --set esp-proposal=aes128-sha512 $run
    gateway ike=chacha20poly1305-prfsha512-curve25519 esp=chacha20poly1305
    try openssl-chacha-curve25519 0 psk.json --crypto openssl --set ike-proposal=chacha20poly1305-prfsha512-curve25519 --set esp-proposal=chacha20poly1305 $run
fi
gateway ike=aes128gcm16-prfsha256-ecp384
check='grep -q INVAL_KE $dir/charon.log'
try wrong-group-first 0 psk.json $run
check=''
# kernel-libipsec has no ESN: both are offered, and the answer is understood
gateway esp=aes128gcm16
try esn-offered 0 psk.json --set esp-proposal=aes128gcm16-esn-noesn $run

# new keys under traffic; every packet arrives, nothing on the TUN moves
gateway
check='[ "$(grep -c "\"event\":\"rekeyed\",\"sa\":\"child\",\"id\":1,\"by\":\"us\"" $dir/events)" -ge 2 ] && [ "$(grep -c child_up $dir/events)" = 1 ]'
try rekey-by-us 0 psk.json --set rekey.child-packets=50 --run sh -c "ping -c 150 -i 0.02 -W 1 10.78.0.1 | grep -q ' 0% packet loss' && $dir/use.sh"
check=''

# routes
gateway ts=0.0.0.0/0,::/0
try full-tunnel 0 psk.json --run sh -c "$dir/use.sh && ip route get 10.78.0.9 | grep -q 'dev ike' && ip route get 10.77.1.1 | grep -vq 'dev ike'"
try split-tunnel 0 psk.json --set split-tunneling.subnets=10.78.0.0/24 --run sh -c "$dir/use.sh && ip route get 10.99.0.1 | grep -vq 'dev ike'"

# a path that loses, cuts and stops
gateway
ip netns exec $c nft -f - <<N
table inet loss {
 chain i {
 type filter hook input priority 0;
 udp sport { 500, 4500 } numgen random mod 100 < 20 drop
}
 chain o {
 type filter hook output priority 0;
 udp dport { 500, 4500 } numgen random mod 100 < 20 drop
}
}
N
try loss-20-percent 0 psk.json --set retransmit.first-ms=200 --set retransmit.tries=10 --run sh -c 'ping -c 20 -i 0.05 10.78.0.1 | grep -q " [5-9] received\| 1[0-9] received\| 20 received" && timeout 30 bash -c "head -c 20000 </dev/tcp/10.78.0.1/7007" | wc -c | grep -q 20000'
ip netns exec $c nft delete table inet loss
ip netns exec $c nft -f - <<N
table inet half {
 chain o {
 type filter hook output priority 0;
 udp dport 4500 drop
}
}
N
timeout -s INT 2 ip netns exec $c "$build/ike" connect "$dir/psk.json" >/dev/null 2>&1
ip netns exec $c nft delete table inet half
check='grep -q "N(COOKIE)" $dir/charon.log'
try cookie 0 psk.json $run
check=''
stop_charon
ip -n $c link set out0 mtu 1280
ip -n $g link set out0 mtu 1280
start_charon
mkdir -p "$dir/long"
( cd "$dir/long" && openssl req -x509 -newkey rsa:4096 -nodes -keyout ca.key -subj "/O=$(printf 'long%.0s' {1..12})/CN=long CA" -days 30 -out ca.pem -addext basicConstraints=critical,CA:TRUE &&
  openssl req -newkey rsa:4096 -nodes -keyout gw.key -subj "/CN=gw.test" -out gw.csr &&
  printf 'subjectAltName=DNS:gw.test\n' >ext && openssl x509 -req -in gw.csr -CA ca.pem -CAkey ca.key -set_serial 7 -days 30 -extfile ext -out gw.pem ) >/dev/null 2>&1
cp "$dir/long/gw.pem" "$dir/swanctl/x509/long.pem"
cp "$dir/long/gw.key" "$dir/swanctl/private/long.key"
gateway auth=pubkey cert=long.pem remote=pubkey
check='grep -q "EF(" $dir/charon.log'
try fragments-1280 0 cert.json --set "remote.ca=file:$dir/long/ca.pem" --set "local.cert=file:$pki/rsa-client.pem" --set "local.key=file:$pki/rsa-client.key" $run
check=''
ip -n $c link set out0 mtu 1500
ip -n $g link set out0 mtu 1500
stop_charon

# gateways without RFC 7427
strongswan_conf "signature_authentication = no"
start_charon
gateway auth=pubkey remote=pubkey
try rfc4754-ecdsa 0 cert.json $run
gateway auth=pubkey cert=rsa-gw.pem remote=pubkey
try rsa-method-1-compat 0 cert.json --set crypto-policy=compat --set "local.cert=file:$pki/rsa-client.pem" --set "local.key=file:$pki/rsa-client.key" $run
stop_charon
strongswan_conf ""
start_charon

# refusals: the right status, one line, nothing left
gateway
try wrong-psk 77 psk.json --set local.psk=something-else $run
try no-common-proposal 76 psk.json --set ike-proposal=aes256gcm16-prfsha512-modp3072 $run
try no-common-esp-proposal 76 psk.json --set esp-proposal=aes256-sha512 $run
try wrong-remote-id 77 psk.json --set remote.id=somebody.else $run
try no-gateway 69 psk.json --set remote.addr=10.77.1.99 --set retransmit.first-ms=100 --set retransmit.tries=2 $run
try no-such-name 69 psk.json --set remote.addr=no-such-name.invalid $run
try bad-profile 64 psk.json --set mtu=7 $run
try command-status 7 psk.json --run sh -c 'echo "ike: x" >&2; exit 7'
gateway auth=pubkey remote=pubkey
try wrong-ca 77 cert.json --set "remote.ca=file:$pki/other.pem" $run
try wrong-name 77 cert.json --set remote.id=null --set remote.addr=10.77.1.1 $run
gateway auth=pubkey cert=expired.pem remote=pubkey
try expired 77 cert.json $run
gateway
( sleep 3; kill -9 "$charon_pid" ) &
pids="$pids $!"
try gateway-dies 69 psk.json --set dpd=1 --set retransmit.first-ms=200 --set retransmit.tries=3 --run sh -c 'ping -i 0.2 10.78.0.1 >/dev/null'
}
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
