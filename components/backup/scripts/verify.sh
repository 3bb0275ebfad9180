#!/bin/sh
# Reads a repository back: its structure whole, and of the stored data as much as is asked for. Looks into the newest
# snapshot for what must never be in one.
#
# environment: RESTIC_REPOSITORY, RESTIC_PASSWORD_FILE
#   SOURCE_HOST  whose snapshots: the name that backups are stored under
#   READ         =5%, part of the stored data that is read: a share, a size such as 10G, or "all"
#   SCRIPTS      =/backup
# Says what it found in lines that begin with "@paw"; `paw backup verify` reads them. Exits 1 when the repository cannot be
# opened or is damaged, or when the newest snapshot holds a key.
set -eu
: "${SOURCE_HOST:?}" "${READ:=5%}" "${SCRIPTS:=/backup}"
name=verify
. "$SCRIPTS/repository.sh"

open_existing
snapshots=$(snapshots_of "$SOURCE_HOST") || fail "the list of snapshots cannot be read"
echo "@paw snapshots $snapshots"

case $READ in
all) part=--read-data ;;
*) part=--read-data-subset=$READ ;;
esac
code=0
restic check "$part" || code=$?
if [ "$code" -eq 0 ]; then
  echo "@paw read $READ"
else
  echo "@paw damaged restic check ended with $code"
fi

newest=$(ids_in "$snapshots" | tail -n 1)
if [ -n "$newest" ]; then
  # Only names: what is in the files is nobody's business here.
  keys=$(restic ls "$newest" | grep -E '/(priv_validator_|node_key\.json|addrbook\.json)' | tr '\n' ' ') || true
  echo "@paw keys $keys"
  [ -z "$keys" ] || code=1
fi
echo "@paw end"
exit "$code"
