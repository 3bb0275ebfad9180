#!/bin/sh
# Stores the data of a node that has stopped, encrypted, and looks whether what is stored can be read.
#
# environment: RESTIC_REPOSITORY, RESTIC_PASSWORD_FILE, CHAIN_ID, HOME_DIR=/chain
#   KEEP_DAILY=7 KEEP_WEEKLY=4   snapshots that stay
#   CHECK_SUBSET=5%              part of the stored data that is read back
#   SCRIPTS=/backup
# The snapshot bears the height that follow.sh noted, where it did. Exits 1, and stores nothing, when a key lies where only
# data should, or when the repository cannot be opened. Makes the repository when, and only when, there is none.
set -eu
: "${CHAIN_ID:?}" "${HOME_DIR:=/chain}" "${SCRIPTS:=/backup}"
: "${KEEP_DAILY:=7}" "${KEEP_WEEKLY:=4}" "${CHECK_SUBSET:=5%}"
name=backup
. "$SCRIPTS/repository.sh"
data=$HOME_DIR/data

[ -d "$data" ] || fail "there is no data at $data: the node has not run on this volume"
keys=$(find "$data" -name 'priv_validator_key*')
[ -z "$keys" ] || fail "refused. A consensus key lies among the data, and nothing was stored: $keys. Remove it from there."

open_or_make
height=
[ ! -f "$HOME_DIR/height" ] || read -r height <"$HOME_DIR/height" || true
case $height in
'' | *[!0-9]*) height= ;;
esac
# What identifies a node is no part of a backup: two nodes with one identity refuse each other, and a validator with an
# old signing state signs twice.
(
  cd "$HOME_DIR"
  restic backup --host "$CHAIN_ID" --tag "chain=$CHAIN_ID" ${height:+--tag "height=$height"} \
    --exclude 'priv_validator_state.json*' --exclude 'node_key.json*' --exclude 'addrbook.json*' \
    --exclude '*.lock' --exclude LOCK data
)
restic forget --host "$CHAIN_ID" --group-by host --keep-daily "$KEEP_DAILY" --keep-weekly "$KEEP_WEEKLY" --prune
restic check --read-data-subset="$CHECK_SUBSET"
echo "backup: stored, and read back in part"
