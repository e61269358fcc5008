#!/bin/sh
# tpm.sh DIR - starts a swtpm in DIR (which stops it: kill $(cat DIR/pid)) and puts the keys of tests/pki into it:
#   0x81000001 a parent · 0x81000002 client · 0x81000003 rsa-client, authorization value "sesame"
#   DIR/client.tss2, DIR/locked.tss2 (client, "sesame"): files under the parent · DIR/owner.{pub,priv}: under the owner's
#   primary key. Exit status 3: a program is not installed.
dir=$1
pki=$(cd "$(dirname "$0")/../pki" && pwd)
for p in swtpm tpm2_createprimary; do
    command -v $p >/dev/null 2>&1 || { echo "$p is not installed"; exit 3; }
done
cd "$dir" || exit 1
mkdir -p state
swtpm socket --tpm2 --tpmstate dir="$dir/state" --server type=unixio,path="$dir/tpm" --ctrl type=unixio,path="$dir/tpm.ctrl" \
    --flags not-need-init,startup-clear --pid file="$dir/pid" --daemon >swtpm.log 2>&1 || exit 1
export TPM2TOOLS_TCTI="swtpm:path=$dir/tpm"
set -e
tpm2_dictionarylockout -Q -s -n 100 -t 1 -l 1 # wrong values are part of the tests
flush() { tpm2_flushcontext -t; }
# the template that files with a hierarchy as their parent mean
tpm2_createprimary -Q -C o -G ecc256:aes128cfb -c parent.ctx \
    -a "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|decrypt|noda"
tpm2_evictcontrol -Q -C o -c parent.ctx 0x81000001
flush
import() { # NAME KIND KEY [-p VALUE]
    name=$1 kind=$2 key=$3
    shift 3
    tpm2_import -Q -C 0x81000001 -G "$kind" -i "$pki/$key.key" -u "$name.pub" -r "$name.priv" "$@"
    flush
}
import owner ecc client
import client ecc client
import locked ecc client -p sesame
import rsa rsa rsa-client -p sesame
tpm2_encodeobject -Q -C 0x81000001 -u client.pub -r client.priv -o client.tss2
tpm2_encodeobject -Q -C 0x81000001 -u locked.pub -r locked.priv -p -o locked.tss2
flush
keep() { # NAME HANDLE
    tpm2_load -Q -C 0x81000001 -u "$1.pub" -r "$1.priv" -c "$1.ctx"
    tpm2_evictcontrol -Q -C o -c "$1.ctx" "$2"
    flush
}
keep client 0x81000002
keep rsa 0x81000003
