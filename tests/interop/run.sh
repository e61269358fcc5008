#!/bin/bash
# run.sh BUILD [CASE...] - the client against strongSwan, in network namespaces of its own. Needs root.
#
# Each case runs `ike connect … --run` with a ping and a TCP transfer through the tunnel.
build=$1
shift
wanted=" $* "
. tests/interop/lab.sh

run="--run $dir/use.sh"

cat >"$dir/eap.json" <<E
{ "name": "eap", "type": "ikev2-eap", "remote": { "addr": "10.77.1.1", "id": "gw.test", "ca": "file:$pki/ca.pem" },
  "local": { "id": "client.test", "eap_id": "alice", "shared_secret": "open sesame" } }
E
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
check='"$build/ike" replay $dir/rec >$dir/replay'
try ecdsa 0 cert.json --record $dir/rec $run
check=''
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

# post-quantum preshared keys: with every way of proof, required and optional, on either side
key=0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
ppk="--set ppk.id=office --set ppk.secret=hex:${key#0x}" required="--set ppk.required=true"
has="secrets=ppk-1 { secret = $key
 id = office
}"
gateway auth=pubkey remote=pubkey "$has" more='ppk_required = yes'
check='grep -q "\"ppk\":true" $dir/events'
try ppk-cert 0 cert.json $ppk $required $run
try ppk-cert-optional 0 cert.json $ppk $run
gateway auth=pubkey remote=eap-mschapv2 "$has" more='ppk_required = yes'
try ppk-eap 0 eap.json $ppk $required $run
try ppk-eap-optional 0 eap.json $ppk $run
gateway "$has" more='ppk_required = yes'
try ppk-psk 0 psk.json $ppk $required $run
check='grep -q "\"sa\":\"ike\"" $dir/events && "$build/ike" replay $dir/rec >$dir/replay'
try ppk-rekey 0 psk.json $ppk $required --set rekey.ike=5 --record $dir/rec --record-secrets --run sh -c "ping -c 140 -i 0.05 -W 1 10.78.0.1 | grep -q ' 0% packet loss' && $dir/use.sh"
check='grep -q "\"sa\":\"ike\"" $dir/events'
try ppk-reauth 0 psk.json $ppk $required --set reauth=5 --run sh -c "ping -c 140 -i 0.05 -W 1 10.78.0.1 | grep -q ' 0% packet loss'"
check='grep -q "refused our identity" $dir/err'
try ppk-wrong 77 psk.json --set ppk.id=office --set ppk.secret=hex:ff${key#0x} $required
try ppk-not-given 77 psk.json
gateway "$has"
check='grep -q "without the post-quantum" $dir/events && grep -q "\"ppk\":false" $dir/events'
try ppk-other-name 0 psk.json $ppk --set ppk.id=home $run
gateway auth=pubkey remote=pubkey "$has"
try ppk-other-name-cert 0 cert.json $ppk --set ppk.id=home $run
gateway
try ppk-gateway-without 0 psk.json $ppk $run
check='grep -q "post-quantum" $dir/err'
try ppk-required-gateway-without 77 psk.json $ppk $required
check=''

# named policies
gateway auth=pubkey remote=pubkey ike=aes128gcm16-prfsha256-ecp256-modp2048 esp=aes128gcm16
try policy-ncsc 0 cert.json --set crypto-policy=ncsc-recommended $run
cp "$pki/cnsa.pem" "$dir/swanctl/x509/" # not before: it has the gateway's name, and charon picks what it likes
cp "$pki/cnsa.key" "$dir/swanctl/private/"
gateway auth=pubkey cert=cnsa.pem remote=pubkey ike=aes256gcm16-prfsha384-ecp384 esp=aes256gcm16
cnsa="--set crypto-policy=cnsa --set local.cert=file:$pki/cnsa.pem --set local.key=file:$pki/cnsa.key --set local.id=gw.test"
try policy-cnsa 0 cert.json $cnsa --set "remote.cert=file:$pki/cnsa-ca.pem" $run
gateway auth=pubkey cert=p384.pem remote=pubkey ike=aes256gcm16-prfsha384-ecp384 esp=aes256gcm16
try policy-cnsa-weak-ca 77 cert.json $cnsa $run
gateway auth=pubkey cert=p384.pem remote=pubkey ike=aes256gcm16-prfsha384-x25519 esp=aes256gcm16
try policy-cnsa-refuses 76 cert.json --set crypto-policy=cnsa $run

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
    check='"$build/ike" replay $dir/rec >$dir/replay'
    try "group-$k" 0 psk.json --record $dir/rec --record-secrets --set ike-proposal=aes128gcm16-prfsha256-$k $run
done
check=''
# the other backend, where it is built: each kind of cipher and of group
if "$build/ike" version | grep -q openssl; then
    gateway ike=aes256gcm16-prfsha384-ecp384 esp=aes256gcm16
    try openssl-gcm-ecp 0 psk.json --crypto openssl --set ike-proposal=aes256gcm16-prfsha384-ecp384 --set esp-proposal=aes256gcm16 $run
    gateway ike=aes256-sha256-modp3072 esp=aes128-sha512
    try openssl-cbc-modp 0 psk.json --crypto openssl --set ike-proposal=aes256-sha256-modp3072 --set esp-proposal=aes128-sha512 $run
    # Ed25519 (RFC 8420), which mbedTLS has not: a gateway of the usual CA, and both sides without anything else
    cp "$pki"/ed25519{,-mixed}.pem "$dir/swanctl/x509/"
    cp "$pki"/ed25519{,-mixed}.key "$dir/swanctl/private/"
    ed="--crypto openssl --set local.cert=file:$pki/ed25519-client.pem --set local.key=file:$pki/ed25519-client.key"
    gateway auth=pubkey remote=pubkey cert=ed25519-mixed.pem
    check='grep -q "\"auth\":\"ed25519\"" $dir/events'
    try ed25519-gateway 0 cert.json --crypto openssl $run
    gateway auth=pubkey remote=pubkey cert=ed25519.pem
    try ed25519-both 0 cert.json $ed --set "remote.ca=file:$pki/ed25519-ca.pem" $run
    try ed25519-p12 0 cert.json --crypto openssl --set local.cert=null --set local.key=null --set "local.p12=file:$pki/ed25519-client.p12" --set local.p12_password=test --set "remote.ca=file:$pki/ed25519-ca.pem" $run
    check=''
    gateway auth=pubkey remote=pubkey cert=ed25519.pem ike=aes256gcm16-prfsha384-ecp384 esp=aes256gcm16
    try ed25519-not-by-policy 77 cert.json $ed --set "remote.ca=file:$pki/ed25519-ca.pem" --set crypto-policy=cnsa
    rm -f "$dir"/swanctl/{x509,private}/ed25519*
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
check='[ "$(grep -c "\"event\":\"rekeyed\",\"sa\":\"child\",\"id\":1,\"by\":\"us\"" $dir/events)" -ge 2 ] && [ "$(grep -c child_up $dir/events)" = 1 ] && "$build/ike" replay $dir/rec >$dir/replay && grep -q rekeyed $dir/replay'
try rekey-by-us 0 psk.json --record $dir/rec --record-secrets --set rekey.child-packets=50 --run sh -c "ping -c 150 -i 0.02 -W 1 10.78.0.1 | grep -q ' 0% packet loss' && $dir/use.sh"
check=''

# routes
gateway ts=0.0.0.0/0,::/0
try full-tunnel 0 psk.json --run sh -c "$dir/use.sh && ip route get 10.78.0.9 | grep -q 'dev ike' && ip route get 10.77.1.1 | grep -vq 'dev ike'"
try split-tunnel 0 psk.json --set split-tunneling.subnets=10.78.0.0/24 --run sh -c "$dir/use.sh && ip route get 10.99.0.1 | grep -vq 'dev ike'"

# a path that loses, cuts and stops. Each fifth packet, either way, and never by chance: TCP under random
# loss of that size has no bound.
gateway
ip netns exec $c nft -f - <<N
table inet loss {
 chain i {
 type filter hook input priority 0;
 udp sport { 500, 4500 } numgen inc mod 5 == 0 drop
}
 chain o {
 type filter hook output priority 0;
 udp dport { 500, 4500 } numgen inc mod 5 == 0 drop
}
}
N
try loss-20-percent 0 psk.json --set retransmit.first-ms=200 --set retransmit.tries=10 --run sh -c 'ping -c 20 -i 0.05 10.78.0.1 | grep -q " [5-9] received\| 1[0-9] received\| 20 received" && timeout 60 bash -c "head -c 20000 </dev/tcp/10.78.0.1/7007" | wc -c | grep -q 20000'
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
try gateway-dies 69 psk.json --set dpd=1 --set reconnect=2 --set retransmit.first-ms=200 --set retransmit.tries=3 --run sh -c 'ping -i 0.2 10.78.0.1 >/dev/null'
}
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && { [ "$passed" -gt 0 ] || [ -n "${wanted// /}" ]; }
