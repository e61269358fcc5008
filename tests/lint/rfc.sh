#!/bin/sh
# rfc.sh - no empty doc comment; lists quoted MUSTs whose RFC section no test names.
bad=0
if grep -nE '/\*\*+ *\*/' -r include libike; then
    echo "empty comments"
    bad=1
fi
grep -rhoE '/\* RFC [0-9]+ [0-9A-Z.]*[0-9A-Z]: "[^"]*MUST' libike 2>/dev/null | sed 's|/\* RFC \([0-9]* [0-9A-Z.]*\):.*|\1|' | sort -u |
    while read -r quote; do
        grep -rqF "$quote" tests || echo "  no test names RFC $quote"
    done
exit $bad
