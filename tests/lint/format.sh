#!/bin/sh
# format.sh - clang-format holds, where it is installed.
command -v clang-format >/dev/null 2>&1 || { echo "format: clang-format is not installed, not checked"; exit 0; }
case $(clang-format --version) in
*"version 14"*) ;;
*) echo "format: checked with clang-format 14 only"; exit 0 ;;
esac
find include libike examples tests fuzz -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
