#!/bin/sh
# make.sh - makes the certificates in this folder anew (openssl 3). They are valid for a hundred years.
cd "$(dirname "$0")" || exit 1
days=36500
ca() { # file, name, [curve, hash]
    openssl ecparam -name "${3:-prime256v1}" -genkey -noout -out "$1.key" 2>/dev/null
    openssl req -x509 -new -key "$1.key" "-${4:-sha256}" -days $days -subj "/O=libike test/CN=$2" -out "$1.pem" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
}
leaf() { # file, key arguments, subject, extensions, ca, [openssl x509 arguments...]
    file=$1 keyargs=$2 subject=$3 ext=$4 by=$5
    shift 5
    # shellcheck disable=SC2086
    openssl genpkey $keyargs -out "$file.key" 2>/dev/null
    openssl req -new -key "$file.key" -subj "$subject" -out "$file.csr"
    printf '%b' "$ext" >"$file.ext"
    openssl x509 -req -in "$file.csr" -CA "$by.pem" -CAkey "$by.key" -set_serial "0x$(openssl rand -hex 8)" -sha256 \
        -extfile "$file.ext" -out "$file.pem" "$@" 2>/dev/null
    rm -f "$file.csr" "$file.ext"
}
p256="-algorithm EC -pkeyopt ec_paramgen_curve:P-256"
p384="-algorithm EC -pkeyopt ec_paramgen_curve:P-384"
p521="-algorithm EC -pkeyopt ec_paramgen_curve:P-521"
rsa2048="-algorithm RSA -pkeyopt rsa_keygen_bits:2048"
rsa1024="-algorithm RSA -pkeyopt rsa_keygen_bits:1024"
server="extendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\n"
gwsan="subjectAltName=DNS:gw.test,IP:127.0.0.1\n"
ca ca "libike test CA"
ca other "another CA"
leaf gw "$p256" "/O=libike test/CN=gw.test" "$gwsan$server" ca -days $days
leaf client "$p256" "/O=libike test/CN=client.test" "subjectAltName=DNS:client.test,email:client@test\nkeyUsage=digitalSignature\n" ca -days $days
leaf rsa-gw "$rsa2048" "/O=libike test/CN=gw.test" "$gwsan$server" ca -days $days
leaf rsa-client "$rsa2048" "/O=libike test/CN=client.test" "subjectAltName=DNS:client.test\n" ca -days $days
leaf p384 "$p384" "/CN=gw.test" "$gwsan$server" ca -days $days
ca cnsa-ca "CNSA test CA" secp384r1 sha384 # RFC 8603
leaf cnsa "$p384" "/CN=gw.test" "$gwsan$server" cnsa-ca -days $days -sha384
leaf p521 "$p521" "/CN=gw.test" "$gwsan$server" ca -days $days
leaf weak "$rsa1024" "/CN=gw.test" "$gwsan$server" ca -days $days
leaf wrong-eku "$p256" "/CN=gw.test" "${gwsan}extendedKeyUsage=clientAuth\n" ca -days $days
leaf wrong-ku "$p256" "/CN=gw.test" "${gwsan}keyUsage=critical,keyEncipherment\n" ca -days $days
leaf ike-eku "$p256" "/CN=gw.test" "${gwsan}extendedKeyUsage=1.3.6.1.5.5.8.2.2\n" ca -days $days
leaf only-cn "$p256" "/CN=gw.test" "keyUsage=digitalSignature\n" ca -days $days
leaf wildcard "$p256" "/CN=wild" "subjectAltName=DNS:*.wild.test,DNS:gw.test\n" ca -days $days
leaf other-gw "$p256" "/CN=gw.test" "$gwsan$server" other -days $days
leaf expired "$p256" "/CN=gw.test" "$gwsan$server" ca -days 0
leaf mid "$p256" "/CN=intermediate" "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n" ca -days $days
leaf deep "$p256" "/CN=gw.test" "$gwsan$server" mid -days $days
# what chains can be wrong about: time, depth, extensions, circles
not_yet() { # file: valid from the year 2099 on; only "openssl ca" takes a date
    d=$(mktemp -d)
    # shellcheck disable=SC2086
    openssl genpkey $p256 -out "$1.key" 2>/dev/null
    openssl req -new -key "$1.key" -subj "/CN=gw.test" -out "$d/csr"
    printf '%b' "$gwsan$server" >"$d/ext"
    : >"$d/index"
    echo 2099 >"$d/serial"
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nserial=%s/serial\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' \
        "$d" "$d" "$d" >"$d/conf"
    openssl ca -batch -notext -config "$d/conf" -cert ca.pem -keyfile ca.key -in "$d/csr" -extfile "$d/ext" \
        -startdate 20990101000000Z -enddate 21250101000000Z -out "$1.pem" 2>/dev/null
    rm -rf "$d"
}
not_yet not-yet
leaf odd-ext "$p256" "/CN=gw.test" "${gwsan}1.2.3.4.5=critical,ASN1:UTF8String:x\n" ca -days $days
leaf policy "$p256" "/CN=gw.test" "${gwsan}certificatePolicies=critical,1.2.3.4\n" ca -days $days
caext="basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
leaf only-other "$p256" "/CN=for others" "${caext}nameConstraints=critical,permitted;DNS:other.test\n" ca -days $days
leaf outside "$p256" "/CN=gw.test" "$gwsan$server" only-other -days $days
leaf below-mid "$p256" "/CN=below" "$caext" mid -days $days
leaf deeper "$p256" "/CN=gw.test" "$gwsan$server" below-mid -days $days
leaf no-ca "$p256" "/CN=not a CA" "keyUsage=critical,digitalSignature\n" ca -days $days
leaf by-no-ca "$p256" "/CN=gw.test" "$gwsan$server" no-ca -days $days
leaf mid-twin "$p256" "/CN=intermediate" "$caext" other -days $days
ca loop-a "round"
leaf loop-b "$p256" "/CN=and round" "$caext" loop-a -days $days
openssl req -new -key loop-a.key -subj "/O=libike test/CN=round" -out loop-a.csr
printf '%b' "$caext" >loop-a.ext
openssl x509 -req -in loop-a.csr -CA loop-b.pem -CAkey loop-b.key -set_serial 7 -sha256 -days $days -extfile loop-a.ext -out loop-a.pem 2>/dev/null
rm -f loop-a.csr loop-a.ext
leaf loop "$p256" "/CN=gw.test" "$gwsan$server" loop-a -days $days
openssl pkcs12 -export -in client.pem -inkey client.key -certfile ca.pem -passout pass:test -out client.p12
openssl pkcs12 -export -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1 -in client.pem -inkey client.key -passout pass:test -out client-legacy.p12
openssl pkcs8 -topk8 -in client.key -passout pass:test -out client-enc.key
openssl ec -in client.key -out client-sec1.key 2>/dev/null
openssl rsa -in rsa-client.key -traditional -out rsa-client-pkcs1.key 2>/dev/null
# Ed25519 and Ed448 (RFC 8410): a chain of Ed25519 alone, leaves of each under the usual CA, keys in all forms
openssl genpkey -algorithm ED25519 -out ed25519-ca.key
openssl req -x509 -new -key ed25519-ca.key -days $days -subj "/O=libike test/CN=Ed25519 CA" -out ed25519-ca.pem \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
eddsa() { # file, algorithm, subject, extensions, ca
    openssl genpkey -algorithm "$2" -out "$1.key"
    openssl req -new -key "$1.key" -subj "$3" -out "$1.csr"
    printf '%b' "$4" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$5.pem" -CAkey "$5.key" -set_serial "0x$(openssl rand -hex 8)" -days $days -extfile "$1.ext" -out "$1.pem" 2>/dev/null
    rm -f "$1.csr" "$1.ext"
}
eddsa ed25519 ED25519 "/CN=gw.test" "$gwsan$server" ed25519-ca
eddsa ed25519-mixed ED25519 "/CN=gw.test" "$gwsan$server" ca
eddsa ed448 ED448 "/CN=gw.test" "$gwsan$server" ca
eddsa ed25519-client ED25519 "/O=libike test/CN=client.test" "subjectAltName=DNS:client.test\n" ed25519-ca
openssl pkcs8 -topk8 -in ed25519-client.key -passout pass:test -out ed25519-client-enc.key
openssl pkcs12 -export -in ed25519-client.pem -inkey ed25519-client.key -certfile ed25519-ca.pem -passout pass:test -out ed25519-client.p12
# a certificate that is signed by RSASSA-PSS, as of RFC 4055, and one whose salt is another than the hash's length
leaf rsa-ca "$rsa2048" "/O=libike test/CN=RSA CA" "$caext" ca -days $days
leaf pss "$p256" "/CN=gw.test" "$gwsan$server" rsa-ca -days $days -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256
leaf pss-salt "$p256" "/CN=gw.test" "$gwsan$server" rsa-ca -days $days -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20
leaf pss-mgf "$p256" "/CN=gw.test" "$gwsan$server" rsa-ca -days $days -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha512
(cd trust && sh make.sh)
