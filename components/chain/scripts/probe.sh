#!/bin/sh
# What a node's state means for Kubernetes, in one line and an exit code.
#
# usage: probe.sh startup|readiness|liveness
#   startup    0 once the node answers, after it has replayed its blocks
#   readiness  0 while it follows a chain that makes blocks
#   liveness   0 while it answers at all: syncing or halted is no reason for a restart
# environment:
#   RPC=http://127.0.0.1:26657  MAX_BLOCK_AGE=60  PATIENCE=4 (seconds; for one answer)  ROLE  POD_NAME
#   SERVICE   DNS name below which the pods of this role are found
#   HOME_DIR  =/chain, where run-node.sh notes that the node has halted for an upgrade
#   SETTINGS  =/settings, whose file `replicas` says how many pods there will be
#   RESOLVE   the command that says whether a name has an address
set -eu
: "${RPC:=http://127.0.0.1:26657}" "${MAX_BLOCK_AGE:=60}" "${ROLE:=}" "${POD_NAME:=}" "${SERVICE:=}" "${PATIENCE:=4}"
: "${HOME_DIR:=/chain}" "${SETTINGS:=/settings}" "${RESOLVE:=has_address}"

pass() {
  echo "$*"
  exit 0
}
fail() {
  echo "$*"
  exit 1
}
ask() {
  timeout "$PATIENCE" wget -q -O - "$RPC/$1" 2>/dev/null
}
# Whether a name has an address. Not nslookup: busybox's goes past /etc/hosts and the search domains of a pod.
has_address() {
  ! timeout 1 wget -q -O /dev/null "http://$1:9/" 2>&1 | grep -q 'bad address'
}
# The value of a key in the status; the keys asked for stand once.
field() {
  printf '%s' "$status" | tr -d '\n' | sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\{0,1\}\([^\",}[:space:]]*\)\"\{0,1\}.*/\1/p"
}

halted=
if [ -f "$HOME_DIR/data/halted-at" ]; then halted=$(cat "$HOME_DIR/data/halted-at"); fi

case ${1:-} in
liveness)
  [ -z "$halted" ] || pass "halted at height $halted, as configured"
  ask health >/dev/null || fail "the node does not answer at $RPC"
  pass "the node answers"
  ;;
startup)
  [ -z "$halted" ] || pass "halted at height $halted, as configured"
  ask status | grep -q '"node_info"' || fail "the node does not answer yet at $RPC: it may be replaying blocks"
  pass "the node answers"
  ;;
readiness) ;;
*) fail "usage: probe.sh startup|readiness|liveness" ;;
esac

[ -z "$halted" ] || fail "halted at height $halted, as configured"
status=$(ask status) || fail "the node does not answer at $RPC"
height=$(field latest_block_height)
catching_up=$(field catching_up)
block_time=$(field latest_block_time)
case $height:$catching_up:$block_time in
[0-9]*:true:[0-9]*T*Z | [0-9]*:false:[0-9]*T*Z) ;;
*) fail "$RPC/status answers, and does not say height, time of the last block, or whether the node catches up" ;;
esac
seconds=$(echo "$block_time" | awk -F '[-T:.Z]' '{
  # Days since 1970 of a date of the Gregorian calendar.
  y = $1; m = $2
  if (m <= 2) { y--; m += 12 }
  days = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + $3 - 719469
  printf "%.0f", days * 86400 + $4 * 3600 + $5 * 60 + $6
}')
age=$(($(date -u +%s) - seconds))

if [ "$catching_up" = false ] && [ "$age" -le "$MAX_BLOCK_AGE" ]; then
  pass "height $height, $age s old"
fi

# Pods of an ordered set are made one after the other, each when all before it are ready, and too few validators make no
# blocks. So this one is ready as long as one after it has no address, which means that it has not been made
# (docs/adr/0009-ordered-and-alive.md). Not only the next one: this pod has to stay ready until the last is made. And
# also while it catches up: a node that has a history and no peers says so for ever, because nobody tells it the height.
if [ "$ROLE" = validator ] && [ -n "$SERVICE" ]; then
  last=$(($(cat "$SETTINGS/replicas") - 1))
  # The last one first: in an ordered start one question is enough.
  ordinal=$last next=$((${POD_NAME##*-} + 1))
  while [ "$next" -le "$last" ]; do
    $RESOLVE "${POD_NAME%-*}-$ordinal.$SERVICE" >/dev/null 2>&1 ||
      pass "height $height: waiting for ${POD_NAME%-*}-$ordinal to be made"
    ordinal=$next next=$((next + 1))
  done
fi
[ "$catching_up" = false ] || fail "height $height: catching up"
fail "height $height: the last block is $age s old, more than $MAX_BLOCK_AGE"
