#!/bin/sh
# Says what is stored of a source, in lines that begin with "@paw": restic's own JSON, the size of each snapshot when it
# is restored, and what all of them take in the store. `paw backup list` reads them.
#
# environment: RESTIC_REPOSITORY, RESTIC_PASSWORD_FILE
#   SOURCE_HOST  whose snapshots: the name that backups are stored under
#   SCRIPTS      =/backup
# Changes nothing but the locks of runs that were killed. Exits 1 with a reason when the repository cannot be opened.
set -eu
: "${SOURCE_HOST:?}" "${SCRIPTS:=/backup}"
name=list
. "$SCRIPTS/repository.sh"

open_existing
snapshots=$(snapshots_of "$SOURCE_HOST") || fail "the list of snapshots cannot be read"
echo "@paw snapshots $snapshots"
for id in $(ids_in "$snapshots"); do
  size=$(in_one_line restic stats --json --mode restore-size "$id") || fail "the size of $id cannot be read"
  echo "@paw size $id $size"
done
if [ -n "$(ids_in "$snapshots")" ]; then
  stored=$(in_one_line restic stats --json --mode raw-data --host "$SOURCE_HOST") || fail "the size of all cannot be read"
  echo "@paw stored $stored"
fi
echo "@paw end"
