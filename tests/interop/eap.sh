#!/bin/bash
# eap.sh BUILD [CASE...] - EAP against strongSwan's own EAP server, in network namespaces of its own. Needs root.
build=$1
shift
wanted=" $* "
. tests/interop/lab.sh

run="--run $dir/use.sh"
cat >"$dir/eap.json" <<E
{ "name": "eap", "type": "ikev2-eap", "remote": { "addr": "10.77.1.1", "id": "gw.test", "ca": "file:$pki/ca.pem" },
  "local": { "eap_id": "alice", "shared_secret": "open sesame" } }
E
cat >"$dir/tls.json" <<E
{ "name": "tls", "type": "ikev2-eap-tls", "remote": { "addr": "10.77.1.1", "id": "gw.test", "ca": "file:$pki/ca.pem" },
  "local": { "eap_id": "client.test", "cert": "file:$pki/client.pem", "key": "file:$pki/client.key" } }
E
# hostapd with its EAP server behind RADIUS, the home network of the SIM card, and the card
aaa="--set remote.aaa_id=gw.test"
radius_begin() {
    cat >"$dir/hostapd.conf" <<E
interface=lo
driver=none
radius_server_clients=$dir/radius_clients
radius_server_auth_port=1812
eap_server=1
eap_user_file=$dir/eap_users
ca_cert=$pki/ca.pem
server_cert=$pki/gw.pem
private_key=$pki/gw.key
eap_sim_db=unix:$dir/auc
eap_sim_aka_result_ind=1
tls_flags=[ENABLE-TLSv1.3]
E
    echo "0.0.0.0/0 radius" >"$dir/radius_clients"
    cat >"$dir/eap_users" <<'E'
"0"* AKA
"1"* SIM
"2"* AKA
"3"* SIM
"4"* AKA
"5"* SIM
"6"* AKA'
"7"* AKA'
"8"* AKA'
"bob" GTC "open sesame"
"client.test" TLS
* PEAP,TTLS
"carol" GTC "open sesame" [2]
"alice" MSCHAPV2,TTLS-MSCHAPV2,TTLS-PAP "open sesame" [2]
E
    printf '#!/bin/sh\necho >>%s/runs\nexec python3 %s card %s "$1"\n' "$dir" "$PWD/tests/interop/simcard.py" "$dir" >"$dir/card"
    chmod +x "$dir/card"
    python3 tests/interop/simcard.py auc "$dir/auc" &
    pids="$pids $!"
    sleep 0.3
    ip netns exec "$g" hostapd -dd "$dir/hostapd.conf" >>"$dir/hostapd.log" 2>&1 &
    pids="$pids $!"
    for _ in $(seq 50); do
        grep -q "AP-ENABLED" "$dir/hostapd.log" && return 0
        sleep 0.1
    done
    echo "interop: hostapd does not start"
    tail -5 "$dir/hostapd.log"
    exit 1
}
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && { [ "$passed" -gt 0 ] || [ -n "${wanted// /}" ]; }
    exit
}
# charon's log of the next case alone
fresh_log() { : >"$dir/charon.log"; }

# charon's TLS takes any certificate that names the gateway: let there be two
rm -f "$dir"/swanctl/{x509,private}/{p384,p521,expired,other-gw,wildcard,deep,mid}.*
strongswan_conf ""
start_charon
# shellcheck disable=SC2086,SC2046
{
gateway auth=pubkey remote=eap-mschapv2
check='"$build/ike" replay $dir/rec >$dir/replay && grep -q "eap-mschapv2" $dir/events'
try eap-mschapv2 0 eap.json --record $dir/rec --record-secrets $run
check='! grep -qa "open sesame" $dir/rec'
try eap-secrets-stay-out-of-recordings 0 eap.json --record $dir/rec $run
check=''
gateway auth=pubkey remote=eap-mschapv2 cert=rsa-gw.pem
try eap-mschapv2-rsa-gateway 0 eap.json $run
gateway auth=pubkey remote=eap-mschapv2
# a password that is nowhere but in a person's head: a line of standard input, where there is no terminal
grep -v shared_secret "$dir/eap.json" >"$dir/asked.json"
echo '  "local": { "eap_id": "alice" } }' >>"$dir/asked.json"
check='! grep -rqa "open sesame" $dir/out $dir/err $dir/events $dir/rec'
exec 9<&0 < <(echo "open sesame")
try eap-password-asked 0 asked.json --record $dir/rec $run
exec 0<&9 < <(printf 'wrong\nopen sesame\n')
try eap-password-asked-twice 0 asked.json $run
check='grep -q "refused an ask" $dir/err'
exec 0<&9 </dev/null
try eap-password-nobody 77 asked.json $run
exec 0<&9 9<&-
check='grep -q "EAP Failure.*wrong user name or password" $dir/err'
try eap-wrong-password 77 eap.json --set local.shared_secret=wrong $run
try eap-unknown-user 77 eap.json --set local.eap_id=mallory $run
# nothing is said to a gateway that is somebody else, not even a name
check='grep -q "parsed IKE_AUTH request 1" $dir/charon.log && ! grep -q "EAP/RES" $dir/charon.log'
fresh_log
try eap-wrong-gateway 77 eap.json --set remote.id=somebody.else $run
fresh_log
try eap-untrusted-gateway 77 eap.json --set "remote.ca=file:$pki/other.pem" $run
check=''

gateway auth=pubkey remote=eap-md5
try eap-md5 0 eap.json --set 'local.eap_methods=["md5"]' $run
fresh_log
check='grep -q "EAP/RES/NAK" $dir/charon.log'
try eap-method-not-allowed 77 eap.json $run
check=''

gateway auth=pubkey remote=eap-tls
check='grep -q "eap-tls" $dir/events'
try eap-tls 0 tls.json $run
"$build/ike" version | grep -q openssl && try eap-tls-openssl 0 tls.json --crypto openssl $run
try eap-tls-rsa 0 tls.json --set "local.cert=file:$pki/rsa-client.pem" --set "local.key=file:$pki/rsa-client.key" $run
gateway auth=pubkey remote=eap-tls cert=rsa-gw.pem
try eap-tls-rsa-gateway 0 tls.json $run
gateway auth=pubkey remote=eap-tls
check='grep -q "authentication server" $dir/err'
try eap-tls-wrong-server 77 tls.json --set remote.aaa_id=radius.test $run
try eap-tls-foreign-certificate 77 tls.json --set "local.cert=file:$pki/other.pem" --set "local.key=file:$pki/other.key" $run
# a method inside of TLS
gateway auth=pubkey remote=eap-ttls
check='grep -q "eap-ttls" $dir/events'
try eap-ttls-md5 0 eap.json --set 'local.eap_methods=["ttls"]' --set local.eap_inner=md5 $run
check=''
try eap-ttls-nak 77 eap.json --set 'local.eap_methods=["ttls"]' --set local.eap_inner=gtc $run
check='grep -q "authentication server" $dir/err'
try eap-ttls-wrong-server 77 eap.json --set 'local.eap_methods=["ttls"]' --set remote.aaa_id=radius.test $run
check='! grep -q "alice" $dir/charon.log'
# RFC 4739: a certificate, then EAP
gateway auth=pubkey remote=pubkey more='remote-2 { auth = eap-mschapv2
    round = 2
    eap_id = %any
  }'
check='grep -q "alice" $dir/charon.log'
cert_eap="--set type=ikev2-cert-eap --set local.eap_id=alice --set local.eap_methods=mschapv2"
try eap-second 0 tls.json $cert_eap --set "local.shared_secret=open sesame" $run
check=''
try eap-second-wrong-password 77 tls.json $cert_eap --set local.shared_secret=wrong $run
gateway auth=pubkey remote=pubkey
# RFC 5998
gateway auth=eap-tls remote=eap-tls
check='grep -q "\"auth\":\"eap-tls\"" $dir/events'
try eap-only 0 tls.json --set remote.auth=eap $run
gateway auth=eap-mschapv2 remote=eap-mschapv2
fresh_log
check='! grep -q "EAP/RES/MSCHAPV2" $dir/charon.log'
try eap-only-unsafe-method 77 eap.json --set remote.auth=eap --set 'local.eap_methods=["mschapv2"]' $run

# ---- behind RADIUS: hostapd's EAP server has what charon's has not ----
command -v hostapd >/dev/null || { echo "skipped: EAP behind RADIUS: hostapd is not installed"; finish; }
stop_charon
radius_begin
strongswan_conf "load = random nonce x509 constraints pubkey pkcs1 pkcs8 pem openssl kdf hmac aes sha1 sha2 gcm md5 eap-identity eap-radius socket-default kernel-libipsec kernel-netlink vici
  plugins {
    eap-radius { servers { a { address = 127.0.0.1
      secret = radius } } }
  }"
start_charon
gateway auth=pubkey remote=eap-radius
check='grep -q "eap-peap" $dir/events && grep -q "PEAP: CSK" $dir/hostapd.log' # keys of the crypto binding
try eap-peap-mschapv2 0 eap.json $aaa --set local.eap_methods=peap $run
check=''
try eap-peap-gtc 0 eap.json $aaa --set local.eap_id=carol --set local.eap_methods=peap --set local.eap_inner=gtc $run
check='grep -q "wrong user name or password" $dir/err'
try eap-peap-wrong-password 77 eap.json $aaa --set local.eap_methods=peap --set local.shared_secret=wrong $run
check='grep -q "authentication server" $dir/err'
try eap-peap-wrong-server 77 eap.json --set local.eap_methods=peap --set remote.aaa_id=radius.test $run
check=''
try eap-ttls-mschapv2 0 eap.json $aaa --set local.eap_methods=ttls $run
try eap-ttls-gtc 0 eap.json $aaa --set local.eap_id=carol --set local.eap_methods=ttls --set local.eap_inner=gtc $run
try eap-ttls-pap 0 eap.json $aaa --set local.eap_methods=ttls --set local.eap_inner=pap $run
plain="--set local.eap_methods=ttls --set local.eap_inner=plain-mschapv2"
try eap-ttls-plain-mschapv2 0 eap.json $aaa $plain $run
try eap-ttls-plain-mschapv2-wrong-password 77 eap.json $aaa $plain --set local.shared_secret=wrong $run
try eap-gtc 0 eap.json --set local.eap_id=bob --set local.eap_methods=gtc $run
exec 9<&0 < <(echo "open sesame")
try eap-gtc-code-asked 0 asked.json --set local.eap_id=bob --set local.eap_methods=gtc $run
exec 0<&9 9<&-
try eap-radius-tls 0 tls.json $aaa $run

# TLS 1.3 inside of EAP: OpenSSL's
if "$build/ike" version | grep -q openssl; then
    check='grep -q "Using TLS version TLSv1.3" $dir/hostapd.log'
    : >"$dir/hostapd.log"
    try eap-tls13 0 tls.json $aaa --crypto openssl $run
    try eap-tls13-rsa 0 tls.json $aaa --crypto openssl --set "local.cert=file:$pki/rsa-client.pem" --set "local.key=file:$pki/rsa-client.key" $run
    : >"$dir/hostapd.log"
    try eap-tls13-ttls 0 eap.json $aaa --crypto openssl --set local.eap_methods=ttls $run
    try eap-tls13-ttls-plain-mschapv2 0 eap.json $aaa --crypto openssl $plain $run
    check=''
    try eap-tls12-peap 0 eap.json $aaa --crypto openssl --set local.eap_methods=peap $run
    check='grep -q "authentication server" $dir/err'
    try eap-tls13-wrong-server 77 tls.json --crypto openssl --set remote.aaa_id=radius.test $run
    check='grep -q "refused" $dir/err'
    try eap-tls13-foreign-certificate 77 tls.json $aaa --crypto openssl --set "local.cert=file:$pki/other-gw.pem" --set "local.key=file:$pki/other-gw.key" $run
    check=''
fi

# a SIM card behind a program
for kind in sim:1 aka:0 aka-prime:6; do
    name=${kind%:*}
    sim="--card $dir/card --set local.eap_methods=$name --set local.eap_id=${kind#*:}232010000000000@home.test"
    check="grep -q '\"eap-$name\"' \$dir/events"
    try "eap-$name" 0 eap.json $sim $run
    # authenticating anew: the name and the keys of the first time, no card
    check="grep -q 'REAUTH -> NOTIFICATION' \$dir/hostapd.log && [ \$(wc -l <\$dir/runs) = 1 ]"
    : >"$dir/runs" >"$dir/hostapd.log"
    try "eap-$name-again" 0 eap.json $sim --set reauth=5 --run sh -c 'ping -c 75 -i 0.1 -W 1 10.78.0.1 >/dev/null'
done
sim="--card $dir/card --set local.eap_methods=aka --set local.eap_id=0232010000000000@home.test"
check='grep -q -i "synchronization" $dir/hostapd.log'
echo 1000 >"$dir/sqn"
try eap-aka-out-of-step 0 eap.json $sim $run
# RFC 5998: the home network's proof to the card, and its key, are the gateway's proof to us
gateway auth=eap-radius remote=eap-radius
check='grep -q "\"auth\":\"eap-aka\"" $dir/events'
try eap-only-aka 0 eap.json $sim --set remote.auth=eap $run
check=''
try eap-only-mschapv2 77 eap.json --set local.eap_id=alice --set local.eap_methods=mschapv2 --set remote.auth=eap $run
gateway auth=pubkey remote=eap-radius
check='grep -q "did not prove itself to the card" $dir/err'
printf '#!/bin/sh\necho reject\n' >"$dir/card"
try eap-aka-false-network 77 eap.json $sim $run
check=''
}
finish
