#!/bin/sh
# uacme's hook for http-01: METHOD TYPE IDENTIFIER TOKEN KEY-AUTHORIZATION. Other challenges are
# declined, so that uacme goes on to the next one. WEBROOT is the folder that is served.
set -eu
[ "$2" = http-01 ] || exit 1
answers=$WEBROOT/.well-known/acme-challenge
case $1 in
    begin) mkdir -p "$answers" && printf %s "$5" >"$answers/$4" ;;
    *) rm -f "$answers/$4" ;;
esac
