#!/bin/sh
# symbols.sh BUILD - no writable global anywhere in the libraries, and every external name is ours.
bad=0
libs="ike ike-mbedtls ike-uv ike-profile ike-eap ike-guard"
for lib in ike-openssl ike-ipsecmb ike-pkcs11 ike-tpm2 ike-fetch; do
    [ -e "$1/lib$lib.a" ] && libs="$libs $lib"
done
for lib in $libs; do
    a=$1/lib$lib.a
    [ -e "$a" ] || { echo "$a is not built"; exit 1; }
    # .data.rel.ro is constant after relocation; .data and .bss are state.
    state=$(objdump -t "$a" 2>/dev/null | awk '$NF !~ /^\./ && ($0 ~ / \.(data|bss|tdata|tbss)\t/ || $0 ~ /\*COM\*/) && $5 != "0000000000000000" { print $NF }')
    [ -z "$state" ] || { echo "writable state in $a: $state"; bad=1; }
    names=$(nm -g --defined-only "$a" 2>/dev/null | awk 'NF == 3 { print $3 }' | grep -vE '^ike_' || true)
    [ -z "$names" ] || { echo "names in $a that are not ours: $names"; bad=1; }
done
so=$1/libike.so
if [ -e "$so" ]; then
    leaked=$(nm -D --defined-only "$so" | awk '$2 == "T" { print $3 }' | grep '^ike__' || true)
    [ -z "$leaked" ] || { echo "private names exported by libike.so: $leaked"; bad=1; }
fi
exit $bad
