#!/bin/bash
# trust.sh BUILD [CASE...] - certificates of a strongSwan gateway: good ones, and each kind that has to be refused. Needs root.
#
# A responder (openssl ocsp) and an HTTP server for the CRL stand in the gateway's namespace.
build=$1
shift
wanted=" $* "
. tests/interop/lab.sh

t=$pki/trust
run="--run $dir/use.sh"
mkdir -p "$dir/pk"
cp "$t"/{leaf3,sub,mid,mid-x,leaf}.pem "$pki"/{wrong-eku,not-yet,pss,rsa-ca}.pem "$dir/swanctl/x509/"
cp "$t/leaf.key" "$pki"/{wrong-eku,not-yet,pss}.key "$dir/swanctl/private/"

# ---- what has to know where we are: addresses of CRL and responder; and keys of all sizes ----
where='authorityInfoAccess=OCSP;URI:http://10.77.1.1:2560/\ncrlDistributionPoints=URI:http://10.77.1.1:8080/mid.crl\n'
make_cert() { # NAME KEY SERIAL EXTENSIONS
    openssl req -new -key "$2" -subj /CN=gw.test -out "$dir/pk/csr" 2>/dev/null
    printf '%b' "subjectAltName=DNS:gw.test\n$4" >"$dir/pk/ext"
    openssl x509 -req -in "$dir/pk/csr" -CA "$t/mid.pem" -CAkey "$t/mid.key" -set_serial "$3" -days 30 -sha256 \
        -extfile "$dir/pk/ext" -out "$dir/swanctl/x509/$1.pem" 2>/dev/null
}
make_cert good "$t/leaf.key" 0x71 "$where"
make_cert bad "$t/leaf.key" 0x72 "$where"
make_cert nowhere "$t/leaf.key" 0x73 'crlDistributionPoints=URI:http://10.77.1.1:9/mid.crl\n'
for bits in 2048 3072 4096; do
    case $wanted in "  " | *" rsa-$bits "*) ;; *) continue ;; esac
    openssl genrsa -out "$dir/swanctl/private/rsa-$bits.key" $bits 2>/dev/null
    make_cert rsa-$bits "$dir/swanctl/private/rsa-$bits.key" 0x$bits ''
done
(
    cd "$dir/pk" || exit 1
    printf 'V\t350101000000Z\t\t71\tunknown\t/CN=gw.test\nR\t350101000000Z\t250101000000Z,keyCompromise\t72\tunknown\t/CN=gw.test\n' >index.txt
    echo unique_subject=no >index.txt.attr
    echo 01 >crlnumber
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\n' >cnf
    openssl ca -gencrl -config cnf -cert "$t/mid.pem" -keyfile "$t/mid.key" -crldays 7 -out crl.pem 2>/dev/null
    mkdir -p www
    openssl crl -in crl.pem -outform der -out www/mid.crl
)
ip netns exec $g python3 -m http.server --directory "$dir/pk/www" 8080 >"$dir/http.log" 2>&1 &
http_pid=$!
pids="$pids $http_pid"
( cd "$dir/pk" && exec ip netns exec $g stdbuf -oL openssl ocsp -port 2560 -index index.txt -CA "$t/mid.pem" -rsigner "$t/ocsp.pem" \
    -rkey "$t/ocsp.key" -ndays 1 -ignore_err -text ) >"$dir/ocsp.log" 2>&1 &
ocsp_pid=$!
pids="$pids $ocsp_pid"

cat >"$dir/trust.json" <<J
{ "name": "trust", "type": "ikev2-cert", "remote": { "addr": "10.77.1.1", "id": "gw.test", "ca": ["file:$t/root.pem"],
  "revocation": { "crl": false, "ocsp": false } },
  "local": { "id": "client.test", "auth": "psk", "psk": "correct horse battery staple" } }
J
said() { grep -q "$1" "$dir/err"; }
strongswan_conf ""
start_charon
# shellcheck disable=SC2086
{
gateway auth=pubkey remote=psk cert=leaf3.pem,sub.pem,mid.pem
try chain-of-three 0 trust.json $run
check='said "does not lead to a trusted CA"'
try other-root 77 trust.json --set "remote.ca=file:$t/limited.pem"
check=''
pin=$(openssl x509 -in "$t/sub.pem" -noout -pubkey | openssl pkey -pubin -outform der | sha256sum | cut -c1-64)
try pinned-ca 0 trust.json --set "remote.pin=[\"sha256:$pin\"]" $run
check='said "pinned key"'
try pinned-other 77 trust.json --set "remote.pin=[\"sha256:${pin%????????}00000000\"]"
check='said "does not name the expected peer"'
try name-mismatch 77 trust.json --set remote.id=null
check=''
gateway auth=pubkey remote=psk cert=leaf3.pem,sub.pem,mid-x.pem
try cross-signed 0 trust.json --set "remote.ca=file:$t/other.pem" $run
gateway auth=pubkey remote=psk cert=wrong-eku.pem
check='said "may not be used for this purpose"'
try wrong-eku 77 trust.json --set "remote.ca=file:$pki/ca.pem"
check=''
gateway auth=pubkey remote=psk cert=not-yet.pem
check='said "not valid yet"'
try not-yet 77 trust.json --set "remote.ca=file:$pki/ca.pem"
gateway auth=pubkey remote=psk cert=expired.pem
check='said "past its validity"'
try expired 77 trust.json --set "remote.ca=file:$pki/ca.pem"
check=''
gateway auth=pubkey remote=psk cert=pss.pem,rsa-ca.pem
try pss-signed 0 trust.json --set "remote.ca=file:$pki/ca.pem" $run
for bits in 2048 3072 4096; do
    [ -e "$dir/swanctl/x509/rsa-$bits.pem" ] || continue
    gateway auth=pubkey remote=psk cert=rsa-$bits.pem
    try rsa-$bits 0 trust.json --set "remote.ca=file:$t/mid.pem" $run
done

# revocation; mid is the anchor, so that the gateway's certificate is the one in question
strict="--set remote.ca=file:$t/mid.pem --set remote.revocation.strict=true"
crl="--set remote.revocation.crl=true" ocsp="--set remote.revocation.ocsp=true"
gateway auth=pubkey remote=psk cert=good.pem
check='grep -q "GET /mid.crl" "$dir/http.log"'
try crl-good 0 trust.json $strict $crl $run
# a verdict that came later is in the recording, too; the request had a nonce
check='"$build/ike" replay $dir/rec >$dir/replay && grep -q "OCSP Nonce" $dir/ocsp.log'
try ocsp-good 0 trust.json $strict $ocsp --record $dir/rec --record-secrets $run
check=''
gateway auth=pubkey remote=psk cert=bad.pem
check='said "revoked by its CA"'
try crl-revoked 77 trust.json $strict $crl
try ocsp-revoked 77 trust.json --set "remote.ca=file:$t/mid.pem" $ocsp
try crl-file-revoked 77 trust.json --set "remote.ca=file:$t/mid.pem" $crl --set "remote.crl=file:$dir/pk/crl.pem"
check=''
gateway auth=pubkey remote=psk cert=nowhere.pem
check='grep -q "not checked: whether this is revoked: gw.test" $dir/events'
try unknown-soft 0 trust.json --set "remote.ca=file:$t/mid.pem" $crl $ocsp $run
check='said "could not be found out"'
try unknown-strict 77 trust.json $strict $crl $ocsp
check=''
kill $ocsp_pid
gateway auth=pubkey remote=psk cert=bad.pem
check='said "revoked by its CA"'
try ocsp-gone-crl-revoked 77 trust.json --set "remote.ca=file:$t/mid.pem" $crl $ocsp
check=''
}
stop_charon
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && { [ "$passed" -gt 0 ] || [ -n "${wanted// /}" ]; }
