#!/bin/sh
# make.sh - certificates, CRLs and OCSP responses for the tests of trust (openssl 3), valid for a hundred years. All leaves
# share one key (leaf.key): the tests sign with it whatever the certificate says.
#
#   root -- mid -- sub -- leaf3       other -- mid (cross-signed: mid-x)     root -- mid -- old (mid-old: mid, expired)
#   root -- short -- below -- leaf-deep (short: path length 0)               root -- limited -- nc-* (name constraints)
cd "$(dirname "$0")" || exit 1
days=36500
serial=100
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }
# cert FILE KEY SUBJECT BY EXTENSIONS [openssl x509 arguments…]
cert() {
    file=$1 keyfile=$2 subject=$3 by=$4 ext=$5
    shift 5
    serial=$((serial + 1))
    openssl req -new -key "$keyfile.key" -subj "$subject" -out tmp.csr
    printf '%b' "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n$ext" >tmp.ext
    if [ "$by" = self ]; then
        set -- -signkey "$keyfile.key" "$@"
    else
        set -- -CA "$by.pem" -CAkey "${cakey:-$by}.key" "$@"
    fi
    openssl x509 -req -in tmp.csr -set_serial $serial -extfile tmp.ext -days $days -out "$file.pem" "$@" 2>/dev/null
    rm -f tmp.csr tmp.ext
}
ca='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n'
use='keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n'
gw='subjectAltName=DNS:gw.test\n'
for k in root other mid sub short below limited leaf ocsp; do key $k; done
cert root root '/O=Trust/CN=root' self "$ca" -sha256
cert other other '/O=Trust/CN=other root' self "$ca" -sha256
cert mid mid '/O=Trust/CN=mid' root "$ca" -sha256
cert mid-x mid '/O=Trust/CN=mid' other "$ca" -sha256
cert mid-old mid '/O=Trust/CN=mid' root "$ca" -sha256 -days 0
cert sub sub '/O=Trust/CN=sub' mid "$ca" -sha256
cert leaf3 leaf '/CN=gw.test' sub "$gw$use" -sha256
cert leaf leaf '/CN=gw.test' mid "$gw$use" -sha256
cert short short '/O=Trust/CN=short' root 'basicConstraints=critical,CA:TRUE,pathlen:0\n' -sha256
cert below below '/O=Trust/CN=below' short "$ca" -sha256
cert leaf-short leaf '/CN=gw.test' short "$gw$use" -sha256
cert leaf-deep leaf '/CN=gw.test' below "$gw$use" -sha256
cakey=leaf
cert leaf-by-leaf leaf '/CN=gw.test' leaf "$gw$use" -sha256
cakey=
cert no-sign below '/O=Trust/CN=below' root 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\n' -sha256
cert leaf-no-sign leaf '/CN=gw.test' no-sign "$gw$use" -sha256 -CAkey below.key
cert critical leaf '/CN=gw.test' mid "$gw${use}1.2.3.4=critical,ASN1:NULL\n" -sha256
cert not-critical leaf '/CN=gw.test' mid "$gw${use}1.2.3.4=ASN1:NULL\n" -sha256
cert policy leaf '/CN=gw.test' mid "$gw${use}policyConstraints=critical,requireExplicitPolicy:0\n" -sha256
cert sha1 leaf '/CN=gw.test' mid "$gw$use" -sha1
cert pss leaf '/CN=gw.test' mid "$gw$use" -sha384
cert any-eku leaf '/CN=gw.test' mid "${gw}extendedKeyUsage=anyExtendedKeyUsage\n" -sha256
cert ipsec-eku leaf '/CN=gw.test' mid "${gw}extendedKeyUsage=1.3.6.1.5.5.7.3.17\n" -sha256
cert names leaf '/C=DE/O=Names/CN=The  Gateway' mid "subjectAltName=DNS:gw.test,DNS:*.wild.test,DNS:*.test,email:Gate@GW.test,IP:192.0.2.1,IP:2001:db8::1\n$use" -sha256

# name constraints
cert limited limited '/O=Trust/CN=limited' root "${ca}nameConstraints=critical,@nc\n[nc]\npermitted;DNS.0=corp.test\npermitted;email.0=corp.test\npermitted;IP.0=192.0.2.0/255.255.255.0\npermitted;dirName.0=dn\nexcluded;DNS.0=Secret.Corp.test\n[dn]\nO=Corp\n" -sha256
nc() { cert "nc-$1" leaf "$2" limited "subjectAltName=DNS:gw.corp.test$3\n$use" -sha256; }
nc ok '/O=corp/CN=gw' ''
nc case '/O=corp/CN=gw' ',DNS:A.CORP.TEST,email:me@Corp.test,IP:192.0.2.9'
nc dns '/O=corp/CN=gw' ',DNS:gw.evil.test'
nc tail '/O=corp/CN=gw' ',DNS:evilcorp.test'
nc excluded '/O=corp/CN=gw' ',DNS:a.SECRET.corp.test'
nc wild '/O=corp/CN=gw' ',DNS:*.corp.test'
nc email '/O=corp/CN=gw' ',email:me@evil.test'
nc subject-email '/O=corp/CN=gw/emailAddress=me@evil.test' ''
nc ip '/O=corp/CN=gw' ',IP:198.51.100.1'
nc dn '/O=evil/CN=gw' ''
cert uri-limited limited '/O=Trust/CN=limited' root "${ca}nameConstraints=critical,permitted;URI:corp.test\n" -sha256
cert nc-uri leaf '/O=corp/CN=gw' uri-limited "subjectAltName=DNS:gw.corp.test,URI:http://gw.corp.test/\n$use" -sha256 -CAkey limited.key

# revocation: leaf-good and leaf-bad say where to ask; mid's own status is at root
where='authorityInfoAccess=OCSP;URI:http://ocsp.test:2560/\ncrlDistributionPoints=URI:http://crl.test/mid.crl\n'
cert leaf-good leaf '/CN=gw.test' mid "$gw$use$where" -sha256
cert leaf-bad leaf '/CN=gw.test' mid "$gw$use$where" -sha256
cert leaf-crl leaf '/CN=gw.test' mid "$gw${use}crlDistributionPoints=URI:http://crl.test/mid.crl\n" -sha256
cert ocsp ocsp '/O=Trust/CN=responder' mid 'extendedKeyUsage=critical,OCSPSigning\nkeyUsage=digitalSignature\n' -sha256
cert ocsp-no-eku ocsp '/O=Trust/CN=responder' mid 'keyUsage=digitalSignature\n' -sha256
cert ocsp-other ocsp '/O=Trust/CN=responder' root 'extendedKeyUsage=critical,OCSPSigning\n' -sha256
# a long way, each step of which says where to ask
cakey=below
cert u1 below '/O=Trust/CN=u1' root "$ca$where" -sha256 -CAkey root.key
for i in 2 3 4; do cert u$i below "/O=Trust/CN=u$i" u$((i - 1)) "$ca$where" -sha256; done
cert leaf-u leaf '/CN=gw.test' u4 "$gw$use$where" -sha256
cakey=
number() { openssl x509 -in "$1.pem" -noout -serial | sed 's/serial=//'; }
: >index.txt
for c in leaf-good leaf-crl leaf; do printf 'V\t21250101000000Z\t\t%s\tunknown\t/CN=gw.test\n' "$(number $c)" >>index.txt; done
printf 'R\t21250101000000Z\t250101000000Z,keyCompromise\t%s\tunknown\t/CN=gw.test\n' "$(number leaf-bad)" >>index.txt
printf 'unique_subject=no\n' >index.txt.attr
# crl NAME EXTENSIONS DAYS [CA]
crl() {
    echo 01 >crlnumber
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n%b' "$2" >tmp.cnf
    openssl ca -gencrl -config tmp.cnf -cert "${4:-mid}.pem" -keyfile "${4:-mid}.key" -crldays "$3" -out "$1.crl" 2>/dev/null
    rm -f tmp.cnf crlnumber crlnumber.old
}
idp='issuingDistributionPoint=critical,@i\n[i]\n'
crl mid '' $days
crl delta '2.5.29.27=critical,DER:020101\n' $days
crl idp "${idp}fullname=URI:http://crl.test/mid.crl\nonlyuser=TRUE\n" $days
crl idp-elsewhere "${idp}fullname=URI:http://crl.test/elsewhere.crl\n" $days
crl idp-ca "${idp}onlyCA=TRUE\n" $days
crl reasons "${idp}onlysomereasons=keyCompromise\n" $days
crl indirect "${idp}indirectCRL=TRUE\n" $days
crl unknown '1.2.3.4=critical,ASN1:NULL\n' $days
crl forged '' $days other
mv index.txt index.all
printf 'unique_subject=no\n' >index.txt.attr
: >index.txt
crl root '' $days root
mv index.all index.txt
# answer NAME CERT SIGNER SIGNER-KEY DAYS
answer() {
    openssl ocsp -index index.txt -CA mid.pem -rsigner "$3.pem" -rkey "$4.key" -issuer mid.pem -cert "$2.pem" -no_nonce \
        -ndays "$5" -respout "$1.ocsp" -noverify >/dev/null 2>&1
}
answer good leaf-good mid mid $days
answer bad leaf-bad mid mid $days
answer delegated leaf-good ocsp ocsp $days
answer no-eku leaf-good ocsp-no-eku ocsp $days
answer other-ca leaf-good ocsp-other ocsp $days
answer unlisted leaf3 mid mid $days
# one with a nonce, and the request that had it
openssl ocsp -issuer mid.pem -cert leaf-good.pem -nonce -reqout nonce.req -respout /dev/null >/dev/null 2>&1
openssl ocsp -index index.txt -CA mid.pem -rsigner mid.pem -rkey mid.key -reqin nonce.req -ndays $days -respout nonce.ocsp -noverify >/dev/null 2>&1
rm -f index.txt index.txt.attr index.txt.old
