#!/bin/sh
# install_test.sh BUILD - installs to a temporary place and compiles five lines against it with pkg-config.
build=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
make -s --no-print-directory BUILD="$build" install DESTDIR="$dir" PREFIX=/usr >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
cat >"$dir/t.c" <<'C'
#include <ike/ike.h>
int main(void)
{
    return ike_version()[0] == '0' && ike_crypto_mbedtls()->abi == IKE_CRYPTO_ABI ? 0 : 1;
}
C
flags=$(PKG_CONFIG_PATH="$dir/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$dir" pkg-config --cflags --libs libike-mbedtls)
# shellcheck disable=SC2086
cc "$dir/t.c" $flags -o "$dir/t" -lmbedx509 -lmbedcrypto && LD_LIBRARY_PATH="$dir/usr/lib" "$dir/t"
rc=$?
if [ $rc = 0 ] && [ -e "$build/libike-openssl.a" ]; then
    sed -i s/ike_crypto_mbedtls/ike_crypto_openssl/ "$dir/t.c"
    flags=$(PKG_CONFIG_PATH="$dir/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$dir" pkg-config --cflags --libs libike-openssl)
    # shellcheck disable=SC2086
    cc "$dir/t.c" $flags -o "$dir/t" && LD_LIBRARY_PATH="$dir/usr/lib" "$dir/t"
    rc=$?
fi
mkdir -p "$build/results"
[ $rc = 0 ] && echo "1 0" >"$build/results/install.count" || echo "0 1" >"$build/results/install.count"
echo "install: $([ $rc = 0 ] && echo ok || echo failed)"
exit $rc
