#!/bin/sh
# Puts a snapshot of the chain's data onto a full node's volume.
#
# Nothing of the node is touched before all of the snapshot lies beside its data, read back and compared. Then the old data
# is moved aside, the new data into its place, and the old data removed. Killed at any moment and run again, it ends as if
# it had run once; until then the node does not start (configure.sh).
#
# What identifies a node stays as it is on the volume: its key, its signing state, its address book. None ever comes out
# of an archive, and an archive with any of them is refused.
#
# environment: RESTIC_REPOSITORY, RESTIC_PASSWORD_FILE, CHAIN_ID
#   CLAIM       name of the claim that is mounted at TARGET_DIR
#   TARGET_DIR  =/target, the node's home
#   SNAPSHOT    =latest, or an id
#   UNDO        =no; "yes" takes back a restore that did not end, and opens no repository
#   SCRIPTS     =/backup
# Exits 1 with a reason when it refuses or fails; the node's own files are as they were then.
set -eu
: "${CHAIN_ID:?}" "${CLAIM:?}" "${TARGET_DIR:=/target}" "${SNAPSHOT:=latest}" "${UNDO:=no}" "${SCRIPTS:=/backup}"
name=restore
. "$SCRIPTS/repository.sh"
data=$TARGET_DIR/data
work=$TARGET_DIR/restore
new=$work/new
old=$work/old
# Holds the snapshot's id once all of it is beside the data; without it "data" was not touched.
ready=$work/ready

refuse() {
  fail "refused, and nothing was touched. $*"
}

# A restore that began before lies there in one of four states.
is_ready() { [ -f "$ready" ]; }
is_swapped() { is_ready && [ ! -e "$new/data" ]; }

# The volume alone, not the whole machine's, where sync can.
to_disk() {
  sync -f "$TARGET_DIR" 2>/dev/null || sync
}

# Back to how it was before: the old data in its place. Does nothing where it never left.
put_back() {
  if [ ! -e "$data" ] && [ -e "$old" ]; then
    mv "$old" "$data"
    echo "restore: the old data is back in its place"
  fi
}

swap() {
  { [ ! -e "$data" ] || [ ! -e "$old" ]; } || fail "there is data at $data and at $old: somebody changed this volume. Nothing was moved."
  [ ! -e "$data" ] || mv "$data" "$old"
  mv "$new/data" "$data" || {
    put_back
    rm -rf "$work"
    fail "the new data could not be moved into its place, and the node's data is as it was"
  }
  to_disk
}

# The lock that a running node holds on its data; nothing where none runs.
held_lock() {
  for lock in "$data"/*/LOCK "$old"/*/LOCK; do
    [ -e "$lock" ] || continue
    flock -n "$lock" true || {
      echo "$lock"
      return 0
    }
  done
}

check_target() {
  case $CLAIM in
  data-paw-validator-*) refuse "$CLAIM is a validator's: whoever puts an old state beside its key signs twice." ;;
  esac
  { [ -d "$TARGET_DIR" ] && [ -w "$TARGET_DIR" ]; } || refuse "$TARGET_DIR cannot be written to."
  for place in "$data" "$old"; do
    [ -d "$place" ] || continue
    keys=$(find "$place" -name 'priv_validator_key*')
    [ -z "$keys" ] || refuse "A consensus key lies on this volume: $keys."
    state=$place/priv_validator_state.json
    # Of a node that never signs, CometBFT writes height 0.
    [ ! -e "$state" ] || tr -d ' \n' <"$state" | grep -q '"height":"0"' ||
      refuse "$state is that of a key that has signed: this is a validator's volume."
  done
  lock=$(held_lock)
  [ -z "$lock" ] || refuse "The node is running: it holds $lock. Stop it first."
}

# The one snapshot that is asked for, of this chain and no other.
find_snapshot() {
  case $SNAPSHOT in
  latest) ;;
  *[!0-9a-f]*) refuse "'$SNAPSHOT' is no snapshot: give an id, or latest." ;;
  esac
  if [ "$SNAPSHOT" = latest ]; then
    found=$(in_one_line restic snapshots --json --host "$CHAIN_ID" --tag "chain=$CHAIN_ID") || refuse "The list of snapshots cannot be read."
  else
    found=$(in_one_line restic snapshots --json "$SNAPSHOT") || refuse "There is no snapshot $SNAPSHOT."
    printf '%s' "$found" | grep -Fq "\"chain=$CHAIN_ID\"" || refuse "The snapshot $SNAPSHOT is not one of the chain $CHAIN_ID, or not there."
  fi
  id=$(ids_in "$found" | tail -n 1)
  [ -n "$id" ] || refuse "There is no snapshot of the chain $CHAIN_ID."
}

# What an archive may hold: folders and files of a node's data, and nothing that identifies a node. A link, a device, or a
# name that needs quoting, is not what a node writes.
check_contents() {
  restic ls --json "$id" >"$1" || refuse "The list of files of $id cannot be read."
  strange=$(grep '"struct_type":"node"' "$1" |
    grep -Ev '^[{]"name":"[^"\\]*","type":"(file|dir)","path":"/data(/[^"\\]*)?",' | head -n 3 | cut -c 1-200) || true
  [ -z "$strange" ] || refuse "The snapshot holds what is no file of a node's data: $strange"
  keys=$(grep -Eo '"path":"[^"]*/(priv_validator_|node_key\.json|addrbook\.json)[^"]*"' "$1" | head -n 3) || true
  [ -z "$keys" ] || refuse "The snapshot holds what identifies a node, which never goes to another: $keys"
  for store in application.db blockstore.db; do
    grep -q "\"path\":\"/data/$store/" "$1" || refuse "The snapshot holds no $store: it is no chain data."
  done
}

check_space() {
  needed=$(restic stats --json --mode restore-size "$id" | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p')
  free=$(df -Pk "$TARGET_DIR" | awk 'NR == 2 { print $4 }')
  [ -n "$needed" ] || refuse "The size of $id cannot be read."
  needed=$((needed / 1024 + 1024))
  [ "$free" -gt "$needed" ] || refuse "The snapshot needs $needed KiB beside the old data, and $free are free on $CLAIM. Make the claim larger."
}

# Nobody may end with half of it: whatever fails before the swap leaves the node as it was.
tidy() {
  code=$?
  trap - EXIT
  is_swapped || {
    put_back
    rm -rf "$work"
  }
  exit "$code"
}

check_target
if [ "$UNDO" = yes ]; then
  [ -e "$work" ] || fail "there is nothing to take back on $CLAIM"
  if is_swapped; then echo "restore: it had ended; what it left is removed"; else put_back; fi
  rm -rf "$work"
  echo "restore: taken back; the node may start"
  exit 0
fi

open_existing
find_snapshot
echo "restore: snapshot $id of the chain $CHAIN_ID"
# What a killed restore left: of the same snapshot it goes on, everything else is taken back.
if [ -e "$work" ]; then
  if is_ready && [ "$(cat "$ready")" = "$id" ]; then
    echo "restore: going on where it was"
  else
    is_swapped || put_back
    rm -rf "$work"
  fi
fi
if ! is_ready; then
  list=$(mktemp)
  check_contents "$list"
  rm -f "$list"
  check_space
  restic check >&2 || refuse "The repository is damaged, or somebody else works on it: restic says which."
  trap tidy EXIT
  trap 'exit 143' TERM INT
  mkdir -p "$new"
  echo "restore: reading it back beside the old data"
  restic restore "$id" --target "$new" --verify ||
    fail "the snapshot cannot be read back whole, and the node's data is as it was"
  for file in "$data"/priv_validator_state.json* "$data"/node_key.json* "$data"/addrbook.json*; do
    [ ! -e "$file" ] || cp -p "$file" "$new/data/"
  done
  to_disk
  echo "$id" >"$ready.new"
  mv "$ready.new" "$ready"
fi
trap - EXIT
if ! is_swapped; then
  lock=$(held_lock)
  [ -z "$lock" ] || fail "the node was started meanwhile: it holds $lock. Nothing was moved. Stop it, and run this again."
  swap
fi
# Hashes of a snapshot of the volume: they were of the old data.
rm -f "$TARGET_DIR/data.sha256"
rm -rf "$work"
echo "restore: done. $CLAIM holds snapshot $id; the node may start"
