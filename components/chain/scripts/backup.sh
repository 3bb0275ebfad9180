#!/bin/sh
# Stores the data of a node that has stopped, encrypted, and looks whether what is stored can be read.
#
# environment: RESTIC_REPOSITORY, RESTIC_PASSWORD_FILE, CHAIN_ID, HOME_DIR=/chain
#   KEEP_DAILY=7 KEEP_WEEKLY=4   snapshots that stay
#   CHECK_SUBSET=5%              part of the stored data that is read back
# Exits 1, and stores nothing, when a key lies where only data should.
set -eu
: "${RESTIC_REPOSITORY:?}" "${RESTIC_PASSWORD_FILE:?}" "${CHAIN_ID:?}" "${HOME_DIR:=/chain}"
: "${KEEP_DAILY:=7}" "${KEEP_WEEKLY:=4}" "${CHECK_SUBSET:=5%}"
data=$HOME_DIR/data

[ -d "$data" ] || {
  echo "backup: there is no data at $data" >&2
  exit 1
}
keys=$(find "$data" -name 'priv_validator_key*.json')
[ -z "$keys" ] || {
  echo "backup: refused. A consensus key lies among the data: $keys" >&2
  exit 1
}
if ! known=$(restic cat config 2>&1); then
  case $known in
  *"Is there a repository"* | *"unable to open config file"* | *"repository does not exist"*)
    echo "backup: making the repository"
    restic init
    ;;
  *)
    echo "backup: the repository cannot be opened: $known" >&2
    exit 1
    ;;
  esac
fi
# What identifies a node is no part of a backup: two nodes with one identity refuse each other, and a validator with an
# old signing state signs twice.
(
  cd "$HOME_DIR"
  restic backup --host "$CHAIN_ID" --tag "chain=$CHAIN_ID" --exclude 'priv_validator_state.json*' \
    --exclude node_key.json --exclude addrbook.json --exclude '*.lock' --exclude LOCK data
)
restic forget --host "$CHAIN_ID" --group-by host --keep-daily "$KEEP_DAILY" --keep-weekly "$KEEP_WEEKLY" --prune
restic check --read-data-subset="$CHECK_SUBSET"
echo "backup: stored, and read back in part"
