#!/bin/sh
# Runs the backup's node (run-node.sh), and notes the height at which it stopped for whoever stores its data.
#
# The height stands in what the node prints, which passes through here; a node that prints it otherwise, or not at all,
# leaves no note.
#
# environment: those of run-node.sh, and
#   SCRIPTS=/scripts, NOTES=/tmp
# Runs in the chain's image: nothing but sh and sleep is needed. Exits with run-node.sh's own code.
set -eu
: "${HOME_DIR:?}" "${SCRIPTS:=/scripts}" "${NOTES:=/tmp}"
escape=$(printf '\033')
told=

: >"$HOME_DIR/height"
: >"$NOTES/node.pid"
rm -f "$NOTES/stop"
# The node goes with this script. What is only about to start sees the mark.
tell() {
  told=yes
  : >"$NOTES/stop"
  node=
  read -r node <"$NOTES/node.pid" || true
  [ -z "$node" ] || kill -TERM "$node" 2>/dev/null || true
}
trap tell TERM INT

# Prints what comes in, and leaves the height of the last block that it tells of.
pass_on() {
  height=
  while IFS= read -r line; do
    printf '%s\n' "$line"
    case $line in
    # CometBFT's words; the SDK's, when it halts, name the height that it was told to halt at.
    *"committed state"* | *"executed block"* | *"finalized block"*) ;;
    *) continue ;;
    esac
    case $line in
    *'"height":'*) rest=${line##*'"height":'} ;;
    *height=*) rest=${line##*height=} ;;
    *) continue ;;
    esac
    # Colours and quotes.
    rest=${rest#"$escape[0m"}
    rest=${rest#'"'}
    rest=${rest%%[!0-9]*}
    [ -z "$rest" ] || height=$rest
  done
  [ -z "$height" ] || echo "$height" >"$HOME_DIR/height"
}

{
  code=0
  sh -c 'echo $$ >"$1/node.pid"; [ ! -e "$1/stop" ] || exit 143; exec sh "$2/run-node.sh"' sh "$NOTES" "$SCRIPTS" || code=$?
  echo "$code" >"$NOTES/node.code"
} 2>&1 | pass_on &
whole=$!
while kill -0 "$whole" 2>/dev/null; do
  wait "$whole" || true
  [ -z "$told" ] || tell
done
read -r code <"$NOTES/node.code"
exit "$code"
