#!/bin/sh
# Takes over the genesis, if it is the right one.
#
# usage: verify-genesis.sh SOURCE TARGET SHA256
#   SOURCE  a file, or an https address
#   TARGET  where the node looks for it
#   SHA256  the hash that network.json states
# Exits 1, and leaves no TARGET, when the source cannot be read or is another genesis.
set -eu
source=$1 target=$2 wanted=$3
draft=$target.new

rm -f "$target" "$draft"
case $source in
https://*) curl --fail --silent --show-error --location --retry 5 --max-time 600 --output "$draft" "$source" ;;
*) cp "$source" "$draft" ;;
esac || {
  rm -f "$draft"
  echo "genesis: cannot read $source: no genesis was taken over. See whether it is there, and readable from this pod." >&2
  exit 1
}
# The copy is what is checked, so that nothing can change in between.
found=$(sha256sum "$draft" | cut -d ' ' -f 1)
if [ "$found" != "$wanted" ]; then
  rm -f "$draft"
  echo "genesis: $source has the SHA-256 $found, and the network's is $wanted: this node would be on another chain." >&2
  echo "genesis: put the right genesis there, or correct genesisSha256 in network.json." >&2
  exit 1
fi
mv "$draft" "$target"
echo "genesis: $source has the SHA-256 $wanted, as it should"
