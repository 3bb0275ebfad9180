#!/bin/sh
# Lets a node follow the chain until it stops by itself at the time that configure.sh set.
#
# environment: BINARY, HOME_DIR
# Exits 0 after an orderly halt. The SDK ends itself by a signal then, so its exit code alone does not tell a halt from a
# kill: its own words do. Any other end keeps its code.
set -eu
: "${BINARY:?}" "${HOME_DIR:?}"
log=$(mktemp)
pipe=$log.pipe
mkfifo "$pipe"
trap 'rm -f "$log" "$pipe"' EXIT

tee "$log" <"$pipe" &
"$BINARY" start --home "$HOME_DIR" >"$pipe" 2>&1 &
node=$!
trap 'kill -TERM "$node"' TERM INT
code=0
wait "$node" || code=$?
# A signal to this script ends the wait before the node has ended.
while kill -0 "$node" 2>/dev/null; do
  code=0
  wait "$node" || code=$?
done
wait
if grep -q 'halting node per configuration' "$log"; then
  case $code in
  0 | 130 | 143)
    echo "sync-and-stop: the node has caught up and stopped"
    exit 0
    ;;
  esac
fi
echo "sync-and-stop: the node ended with $code before it had caught up" >&2
[ "$code" -ne 0 ] || code=1
exit "$code"
