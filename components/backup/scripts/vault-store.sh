#!/bin/sh
# Stores a snapshot of Vault, encrypted, and reads what is stored back.
#
# environment: RESTIC_REPOSITORY, RESTIC_PASSWORD_FILE
#   SNAPSHOT  =/snapshot/vault.snap
#   KEEP_HOURLY=24 KEEP_DAILY=7 KEEP_WEEKLY=4   snapshots that stay
#   SCRIPTS   =/backup
# Exits 1, and stores nothing, when the repository cannot be opened. Makes the repository when, and only when, there is none.
set -eu
: "${SNAPSHOT:=/snapshot/vault.snap}" "${SCRIPTS:=/backup}"
: "${KEEP_HOURLY:=24}" "${KEEP_DAILY:=7}" "${KEEP_WEEKLY:=4}"
name=vault-store
. "$SCRIPTS/repository.sh"

[ -s "$SNAPSHOT" ] || fail "there is no snapshot at $SNAPSHOT"
open_or_make
(
  cd "$(dirname "$SNAPSHOT")"
  restic backup --host vault --tag vault "$(basename "$SNAPSHOT")"
)
restic forget --host vault --group-by host --keep-hourly "$KEEP_HOURLY" --keep-daily "$KEEP_DAILY" \
  --keep-weekly "$KEEP_WEEKLY" --prune
# It is small: all of it is read.
restic check --read-data
echo "vault-store: stored, and read back"
