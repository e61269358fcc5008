#!/bin/sh
# install.sh DESTDIR PREFIX LIBDIR BUILD VERSION SOVER "LIBS" - what `make install` does.
set -e
dest=$1 prefix=$2 libdir=$3 build=$4 version=$5 sover=$6 libs=$7
mkdir -p "$dest$prefix/include/ike" "$dest$libdir/pkgconfig" "$dest$prefix/bin"
install -m 644 include/ike/*.h "$dest$prefix/include/ike/"
for l in $libs; do
    install -m 644 "$build/lib$l.a" "$dest$libdir/"
    install -m 755 "$build/lib$l.so.$version" "$dest$libdir/"
    ln -sf "lib$l.so.$version" "$dest$libdir/lib$l.so.$sover"
    ln -sf "lib$l.so.$version" "$dest$libdir/lib$l.so"
    sed -e "s|@PREFIX@|$prefix|; s|@LIBDIR@|$libdir|; s|@VERSION@|$version|" "pkgconfig/lib$l.pc.in" \
        >"$dest$libdir/pkgconfig/lib$l.pc"
done
install -m 755 "$build/ike" "$dest$prefix/bin/ike"
