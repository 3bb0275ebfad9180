#!/bin/sh
# What a node's state means for Kubernetes, in one line and an exit code.
#
# usage: probe.sh startup|readiness|liveness
#   startup    0 once the node answers, after it has replayed its blocks
#   readiness  0 while it follows a chain that makes blocks
#   liveness   0 while it answers at all: syncing or halted is no reason for a restart
# environment:
#   RPC=http://127.0.0.1:26657  MAX_BLOCK_AGE=60 (seconds)  ROLE  POD_NAME
#   SERVICE   DNS name below which the pods of this role are found
#   SETTINGS  =/settings, whose file `replicas` says how many pods there will be
#   RESOLVE   =nslookup, the command that finds a pod's address
set -eu
: "${RPC:=http://127.0.0.1:26657}" "${MAX_BLOCK_AGE:=60}" "${ROLE:=}" "${POD_NAME:=}" "${SERVICE:=}"
: "${SETTINGS:=/settings}" "${RESOLVE:=nslookup}"

pass() {
  echo "$*"
  exit 0
}
fail() {
  echo "$*"
  exit 1
}
ask() {
  timeout 4 wget -q -O - "$RPC/$1" 2>/dev/null
}
# The value of a key in the status; the keys asked for stand once.
field() {
  echo "$status" | tr -d '\n' | sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\{0,1\}\([^\",}[:space:]]*\)\"\{0,1\}.*/\1/p"
}

case ${1:-} in
liveness)
  ask health >/dev/null || fail "the node does not answer at $RPC"
  pass "the node answers"
  ;;
startup)
  ask status | grep -q '"node_info"' || fail "the node does not answer yet at $RPC: it may be replaying blocks"
  pass "the node answers"
  ;;
readiness) ;;
*) fail "usage: probe.sh startup|readiness|liveness" ;;
esac

status=$(ask status) || fail "the node does not answer at $RPC"
height=$(field latest_block_height)
catching_up=$(field catching_up)
seconds=$(field latest_block_time | awk -F '[-T:.Z]' '{
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

# Pods of an ordered set are made one after the other, and too few validators make no blocks: this one is ready as long
# as the next one has no address, which means that it has not been made (docs/adr/0009-ordered-and-alive.md).
if [ "$ROLE" = validator ] && { [ "$catching_up" = false ] || [ "$height" = 0 ]; }; then
  next=$((${POD_NAME##*-} + 1))
  if [ "$next" -lt "$(cat "$SETTINGS/replicas")" ] && ! $RESOLVE "${POD_NAME%-*}-$next.$SERVICE" >/dev/null 2>&1; then
    pass "height $height: waiting for ${POD_NAME%-*}-$next to be made"
  fi
fi
[ "$catching_up" = false ] || fail "height $height: catching up"
fail "height $height: the last block is $age s old, more than $MAX_BLOCK_AGE"
