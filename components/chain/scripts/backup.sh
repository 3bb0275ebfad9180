#!/bin/sh
# Stores the data of a node that has stopped, encrypted, and looks whether what is stored can be read.
#
# environment: RESTIC_REPOSITORY, RESTIC_PASSWORD_FILE, CHAIN_ID, HOME_DIR=/chain
#   KEEP_DAILY=7 KEEP_WEEKLY=4   snapshots that stay
#   CHECK_SUBSET=5%              part of the stored data that is read back
# Exits 1, and stores nothing, when a key lies where only data should, or when the repository cannot be opened. Makes the
# repository when, and only when, there is none.
set -eu
: "${RESTIC_REPOSITORY:?}" "${RESTIC_PASSWORD_FILE:?}" "${CHAIN_ID:?}" "${HOME_DIR:=/chain}"
: "${KEEP_DAILY:=7}" "${KEEP_WEEKLY:=4}" "${CHECK_SUBSET:=5%}"
data=$HOME_DIR/data

fail() {
  echo "backup: $*" >&2
  exit 1
}

[ -d "$data" ] || fail "there is no data at $data: the node has not run on this volume"
keys=$(find "$data" -name 'priv_validator_key*')
[ -z "$keys" ] || fail "refused. A consensus key lies among the data, and nothing was stored: $keys. Remove it from there."

# Opens the repository, and takes away the locks of runs that were killed (restic's idea of that: its process has gone, or
# the lock is half an hour old). With such a lock no snapshot could be removed any more.
code=0
answer=$(restic unlock 2>&1) || code=$?
if [ "$code" -ne 0 ]; then
  # restic 0.17 and newer have a code of their own for "there is none"; older ones have words for it. Their question "Is
  # there a repository?" comes with every error, so it tells nothing.
  case $code:$answer in
  10:* | *"no such file or directory"* | *"does not exist"*)
    echo "backup: making the repository"
    restic init
    ;;
  *) fail "the repository cannot be opened, and nothing was stored: $answer" ;;
  esac
fi
# What identifies a node is no part of a backup: two nodes with one identity refuse each other, and a validator with an
# old signing state signs twice.
(
  cd "$HOME_DIR"
  restic backup --host "$CHAIN_ID" --tag "chain=$CHAIN_ID" --exclude 'priv_validator_state.json*' \
    --exclude 'node_key.json*' --exclude 'addrbook.json*' --exclude '*.lock' --exclude LOCK data
)
restic forget --host "$CHAIN_ID" --group-by host --keep-daily "$KEEP_DAILY" --keep-weekly "$KEEP_WEEKLY" --prune
restic check --read-data-subset="$CHECK_SUBSET"
echo "backup: stored, and read back in part"
