#!/bin/sh
# deps.sh PURPOSE PACKAGE... - installs Debian packages that are missing; elsewhere says what to install.
purpose=$1
shift
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "note: not a Debian system; $purpose needs what Debian calls: $*" >&2
    exit 0
fi
missing=
for p in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) in
    installed) ;;
    *) missing="$missing $p" ;;
    esac
done
[ -z "$missing" ] && exit 0
echo "installing for $purpose:$missing"
if [ "$(id -u)" = 0 ]; then
    sudo=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo=sudo
else
    echo "error: please install (as root): apt-get install$missing" >&2
    exit 1
fi
$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null 2>&1
# shellcheck disable=SC2086
if ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/tmp/ike-deps.$$ 2>&1; then
    tail -20 /tmp/ike-deps.$$ >&2
    rm -f /tmp/ike-deps.$$
    exit 1
fi
rm -f /tmp/ike-deps.$$
