#!/bin/sh
# Writes the node's configuration: our settings over the defaults that the chain's own binary wrote.
#
# environment:
#   POD_NAME   name of this pod, which is the node's name
#   ROLE       validator, sentry or full-node
#   HALT_TIME  optional: seconds since 1970, or "now": the node stops at the first block after it
#   DEFAULTS=/defaults SETTINGS=/settings HOME_DIR=/chain SCRIPTS=/scripts
# Exits 1 with a reason when something is missing. Run twice, it writes the same.
set -eu
: "${POD_NAME:?}" "${ROLE:?}"
: "${DEFAULTS:=/defaults}" "${SETTINGS:=/settings}" "${HOME_DIR:=/chain}" "${SCRIPTS:=/scripts}" "${HALT_TIME:=}"
config=$HOME_DIR/config
state=$HOME_DIR/data/priv_validator_state.json

fail() {
  echo "configure: $*" >&2
  exit 1
}

# Everybody's peers but this pod itself, with commas between.
peers() {
  grep -v -e '^#' -e "@$POD_NAME\." "$SETTINGS/peers" | paste -s -d , -
}

# A key without any history of its own looks for its signatures in the chain; one with a history would find those, and
# a network that has halted could never start again (docs/adr/0008-signing-keys.md).
has_history() {
  [ -f "$state" ] && ! grep -q '"height": *"0"' "$state"
}

for file in config.toml app.toml peers; do
  [ -r "$SETTINGS/$file" ] || fail "$SETTINGS/$file is missing: the ConfigMap with the settings of this role has to hold it"
done
# To awk a file without any line is no file, and it would take the defaults for the settings.
[ -s "$SETTINGS/app.toml" ] || fail "$SETTINGS/app.toml is empty"
# Without this section the peers would have no place, and the node would run alone.
grep -q '^\[p2p\]$' "$SETTINGS/config.toml" || fail "$SETTINGS/config.toml has no section [p2p]"
case $HALT_TIME in
now) HALT_TIME=$(date +%s) ;;
*[!0-9]*) fail "HALT_TIME is '$HALT_TIME': give seconds since 1970, or now" ;;
esac
[ ! -e "$HOME_DIR/restore" ] || fail "a restore of this volume has not ended: run it again, or take it back with --undo (docs/runbooks/backups.md)"
mkdir -p "$HOME_DIR/data"
# A volume that comes from a snapshot, or was snapshotted: each file is compared before the node changes any, once.
if [ -f "$HOME_DIR/data.sha256" ]; then
  (cd "$HOME_DIR" && sha256sum -c data.sha256 >"$config/comparison" 2>&1) ||
    fail "the data is not what was snapshotted: $(grep -v ': OK$' "$config/comparison" | head -n 3 | tr '\n' ' ')Give this node another volume."
  rm -f "$HOME_DIR/data.sha256" "$config/comparison"
  echo "configure: the data is what was snapshotted, file by file"
fi
if [ "$ROLE" != full-node ]; then
  grep -q "@$POD_NAME\." "$SETTINGS/peers" || fail "$SETTINGS/peers has no line of $POD_NAME: the network's facts do not know it"
fi

# The root file system is read-only: notes go where the configuration goes.
extra=$config/settings.tmp
trap 'rm -f "$extra"' EXIT
{
  # Settings of this very pod stand after their section's name, as the merge reads them.
  sed -e "s/^\[p2p\]$/[p2p]\npersistent_peers = \"$(peers)\"/" "$SETTINGS/config.toml"
} >"$extra"
external=$(sed -n "s/^$POD_NAME //p" "$SETTINGS/external_addresses" 2>/dev/null || true)
if [ -n "$external" ]; then
  sed -i "s/^\[p2p\]$/[p2p]\nexternal_address = \"$external\"/" "$extra"
fi
if [ "$ROLE" = validator ] && has_history; then
  sed -i 's/^double_sign_check_height = .*/double_sign_check_height = 0/' "$extra"
fi
awk -f "$SCRIPTS/merge-toml.awk" "$extra" "$DEFAULTS/config/config.toml" >"$config/config.toml.new" ||
  fail "cannot merge config.toml"

if [ -n "$HALT_TIME" ]; then
  { echo "halt-time = $HALT_TIME" && cat "$SETTINGS/app.toml"; } >"$extra"
else
  cat "$SETTINGS/app.toml" >"$extra"
fi
awk -f "$SCRIPTS/merge-toml.awk" "$extra" "$DEFAULTS/config/app.toml" >"$config/app.toml.new" ||
  fail "cannot merge app.toml"

mv "$config/config.toml.new" "$config/config.toml"
mv "$config/app.toml.new" "$config/app.toml"
[ ! -f "$DEFAULTS/config/client.toml" ] || cp "$DEFAULTS/config/client.toml" "$config/client.toml"
echo "configure: $POD_NAME is a $ROLE with $(peers | tr , '\n' | grep -c @ || true) peers"
