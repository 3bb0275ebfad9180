#!/bin/sh
# Runs the chain's binary, and knows an ordered halt from an end.
#
# A Cosmos SDK node that has reached its halt-height or halt-time ends itself by a signal. Started again, it would make
# one block more and end again, so a restarted container would creep on: this script stays instead, until it is given
# another height.
#
# environment:
#   BINARY, HOME_DIR
#   HALT_HEIGHT  height that configure.sh set, 0 for none
#   AFTER_HALT   wait (nodes) or exit (the backup's node, which halts at a time)
# Runs in the chain's image: nothing but sh and sleep is needed. Exits with the binary's own code.
set -eu
: "${BINARY:?}" "${HOME_DIR:?}" "${HALT_HEIGHT:=0}" "${AFTER_HALT:=wait}"
mark=$HOME_DIR/data/halted-at

told=
node=
trap 'told=yes; [ -z "$node" ] || kill -TERM "$node"' TERM INT

stay() {
  echo "run-node: halted at height $HALT_HEIGHT, as configured; waiting for another configuration"
  while [ -z "$told" ]; do
    sleep 3600 &
    node=$!
    wait "$node" || true
  done
  exit 0
}

if [ "$AFTER_HALT" = wait ] && [ -f "$mark" ]; then
  read -r height <"$mark" || height=
  [ "$height" != "$HALT_HEIGHT" ] || stay
  rm -f "$mark"
fi

"$BINARY" start --home "$HOME_DIR" &
node=$!
code=0
wait "$node" || code=$?
# A signal to this script ends the wait before the node has ended.
while kill -0 "$node" 2>/dev/null; do
  code=0
  wait "$node" || code=$?
done
if [ -n "$told" ]; then
  # A node that was told to stop has not caught up, whatever it says.
  [ "$AFTER_HALT" != exit ] || [ "$code" -ne 0 ] || code=143
  exit "$code"
fi

# A node that nobody told to stop has stopped itself: with 0, or with 128 and the number of SIGINT or SIGTERM, as the
# SDK's versions have it.
case $code in
0 | 130 | 143)
  if [ "$AFTER_HALT" = exit ]; then
    echo "run-node: the node has caught up and stopped"
    exit 0
  fi
  if [ "$HALT_HEIGHT" != 0 ]; then
    echo "$HALT_HEIGHT" >"$mark"
    stay
  fi
  ;;
esac
echo "run-node: the node ended with $code" >&2
[ "$code" -ne 0 ] || code=1
exit "$code"
