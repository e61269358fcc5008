#!/bin/bash
# keys.sh BUILD [CASE...] - private keys that stay in a token (SoftHSM) or a TPM (swtpm), against strongSwan. Needs root.
build=$1
shift
wanted=" $* "
. tests/interop/lab.sh

run="--run $dir/use.sh"
pin=471199

for p in softhsm2-util pkcs11-tool swtpm tpm2_createprimary; do
    command -v $p >/dev/null || { echo "skipped: keys in tokens and TPMs: $p is not installed"; exit 0; }
done

# ---- a token with three keys and their certificates ----
mkdir -p "$dir/token" "$dir/tpm"
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$dir/token" >"$dir/softhsm.conf"
export SOFTHSM2_CONF=$dir/softhsm.conf
softhsm2-util --init-token --free --label office --pin $pin --so-pin 12345678 >/dev/null || exit 1
module=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | head -1)
put() { # NAME ID
    openssl x509 -in "$pki/$1.pem" -outform der -out "$dir/$1.der"
    softhsm2-util --import "$pki/$1.key" --token office --label "$1" --id "$2" --pin $pin >/dev/null &&
        pkcs11-tool --module "$module" --token-label office --login --pin $pin --type cert --id "$2" --label "$1" \
            --write-object "$dir/$1.der" >/dev/null 2>&1 || exit 1
}
put client 01
put rsa-client 02
put p384 03
sh tests/lib/tpm.sh "$dir/tpm" || exit 1
pids="$pids $(cat "$dir/tpm/pid")"
export TPM2TOOLS_TCTI="swtpm:path=$dir/tpm/tpm"

profile() { # NAME URI SECRET [CERTIFICATE]
    local cert=''
    [ -n "${4:-}" ] && cert="\"cert\": \"file:$pki/$4.pem\","
    cat >"$dir/$1.json" <<P
{ "name": "$1", "type": "ikev2-cert", "remote": { "addr": "10.77.1.1", "id": "gw.test", "ca": "file:$pki/ca.pem" },
  "local": { "id": "client.test", $cert "key_uri": "$2", "key_password": "$3" } }
P
}
profile token 'pkcs11:token=office;object=client' $pin
profile token-rsa 'pkcs11:token=office;id=%02' $pin
profile token-p384 'pkcs11:token=office;object=p384' $pin
profile token-wrong 'pkcs11:token=office;object=client' 000000
profile token-misfit 'pkcs11:token=office;object=client' $pin rsa-client
profile tpm 'tpm2:0x81000002' '' client
profile tpm-rsa 'tpm2:0x81000003' sesame rsa-client
profile tpm-file "tpm2:file:tpm/locked.tss2" sesame client
profile tpm-wrong 'tpm2:0x81000003' open rsa-client
sed -i 's/, "key_password": ""//' "$dir/tpm.json"

strongswan_conf ""
start_charon
gateway auth=pubkey remote=pubkey
# shellcheck disable=SC2086
{
check='"$build/ike" replay $dir/rec >$dir/replay'
try token-ecdsa 0 token.json --record $dir/rec $run
check=''
try token-rsa 0 token-rsa.json $run
check='grep -q "RSA_EMSA_PSS" $dir/charon.log'
try token-rsa-pss 0 token-rsa.json --set local.rsa-pss=true $run
check=''
try token-p384 0 token-p384.json --set local.id=gw.test $run
# the PIN from standard input, as a person without a terminal would have it
profile token-asked 'pkcs11:token=office;object=client' x
sed -i 's/, "key_password": "x"//' "$dir/token-asked.json"
exec 9<&0 < <(printf '%s\n' $pin)
try token-pin-asked 0 token-asked.json $run
exec 0<&9 9<&-
check='grep -q "PIN is wrong" $dir/err'
try token-wrong-pin 77 token-wrong.json
check='grep -q "a PIN has no place" $dir/err && ! grep -rq "$pin" $dir/err $dir/events'
try token-pin-in-uri 64 token.json --set "local.key_uri=pkcs11:token=office;object=client?pin-value=$pin"
check='grep -q "does not belong to the certificate" $dir/err'
try token-other-certificate 64 token-misfit.json
check=''
try tpm-ecdsa 0 tpm.json $run </dev/null
try tpm-rsa 0 tpm-rsa.json $run
check='grep -q "RSA_EMSA_PSS" $dir/charon.log && grep -q "\"auth_local\":\"rsa-pss-sha256\"" $dir/events'
try tpm-rsa-pss 0 tpm-rsa.json --set local.rsa-pss=true $run
check=''
try tpm-file 0 tpm-file.json $run
check='grep -q "authorization value" $dir/err'
try tpm-wrong-value 77 tpm-wrong.json
check='grep -q "no key at this handle" $dir/err'
try tpm-no-key 74 tpm.json --set local.key_uri=tpm2:0x81000077 </dev/null
check=''
# the same key again, for a new authentication beside the old one
check='grep -q "\"sa\":\"ike\"" $dir/events'
try tpm-reauth 0 tpm.json --set reauth=5 --run sh -c "ping -c 140 -i 0.05 -W 1 10.78.0.1 | grep -q ' 0% packet loss'" </dev/null
# one that hangs in the middle of that: traffic flows, and the end is an end
check='grep -q "does not answer" $dir/err'
try tpm-hangs 0 tpm.json --set reauth=5 --run sh -c "kill -STOP $(cat "$dir/tpm/pid"); ping -c 140 -i 0.05 -W 1 10.78.0.1 | grep -q ' 0% packet loss'" </dev/null
kill -CONT "$(cat "$dir/tpm/pid")"
check=''
# the same keys for TLS inside of EAP: RSA with either TLS library, ECDSA with OpenSSL's
gateway auth=pubkey remote=eap-tls
tls="--set type=ikev2-eap-tls --set local.eap_id=client.test"
check='grep -q "\"auth_local\":\"eap-tls\"" $dir/events'
try token-eap-tls-rsa 0 token-rsa.json $tls $run
try tpm-eap-tls-rsa 0 tpm-rsa.json $tls $run
if "$build/ike" version | grep -q openssl; then
    try token-eap-tls-rsa-openssl 0 token-rsa.json $tls --crypto openssl $run
    try token-eap-tls-ecdsa 0 token.json $tls --crypto openssl $run
    try tpm-eap-tls-ecdsa 0 tpm.json $tls --crypto openssl $run </dev/null
fi
# one that hangs in the middle of TLS: traffic flows, and the end is an end
check='grep -q "does not answer" $dir/err'
try tpm-eap-tls-hangs 0 tpm-rsa.json $tls --set reauth=5 --run sh -c "kill -STOP $(cat "$dir/tpm/pid"); ping -c 140 -i 0.05 -W 1 10.78.0.1 | grep -q ' 0% packet loss'"
kill -CONT "$(cat "$dir/tpm/pid")"
check='grep -q "more than this TLS library can use" $dir/err'
try token-eap-tls-ecdsa-mbedtls 64 token.json $tls
check=''
}
stop_charon
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && { [ "$passed" -gt 0 ] || [ -n "${wanted// /}" ]; }
