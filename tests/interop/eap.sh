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
}
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && { [ "$passed" -gt 0 ] || [ -n "${wanted// /}" ]; }
