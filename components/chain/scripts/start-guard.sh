#!/bin/sh
# May this consensus key sign from here? A key whose signing state is missing may have signed elsewhere; it begins only
# when its reservation in the cluster says that it never has, and says so once (docs/adr/0008-signing-keys.md).
#
# environment:
#   HOLDER       namespace/pod of this pod
#   KEY_FILE     =/keys/priv_validator_key.json
#   STATE_FILE   =/chain/data/priv_validator_state.json
#   CREDENTIALS  =/var/run/secrets/kubernetes.io/serviceaccount, with token and ca.crt
#   RETRIES      =5, two seconds apart, when nobody answers
#   API          =https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT
# Exits 0 when the node may start, else 1 with the reason and what to do.
set -eu
: "${HOLDER:?}" "${KEY_FILE:=/keys/priv_validator_key.json}" "${STATE_FILE:=/chain/data/priv_validator_state.json}"
: "${RETRIES:=5}" "${CREDENTIALS:=/var/run/secrets/kubernetes.io/serviceaccount}"
: "${API:=https://${KUBERNETES_SERVICE_HOST:-kubernetes.default.svc}:${KUBERNETES_SERVICE_PORT:-443}}"

refuse() {
  echo "start-guard: refused. $*" >&2
  echo "start-guard: see docs/runbooks/validator-not-signing.md" >&2
  exit 1
}

# The value of a key in a JSON text on standard input; the keys asked for stand once, and hold no objects.
value_of() {
  tr -d '\n' | sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\{0,1\}\([^\",}[:space:]]*\)\"\{0,1\}.*/\1/p"
}

# A request to the API server. The token goes by a pipe: an argument could be read in the list of processes.
request() {
  method=$1
  shift
  printf 'header = "Authorization: Bearer %s"\n' "$(cat "$CREDENTIALS/token")" |
    curl --config - --silent --show-error --cacert "$CREDENTIALS/ca.crt" --max-time 10 \
      --retry "$RETRIES" --retry-delay 2 --retry-connrefused \
      --request "$method" --write-out '\n%{http_code}' "$@" "$API/apis/paw.network/v1alpha1/consensuskeyreservations/$name"
}

[ -r "$KEY_FILE" ] || refuse "There is no key at $KEY_FILE."
address=$(value_of address <"$KEY_FILE")
echo "$address" | grep -Eq '^[0-9A-F]{40}$' || refuse "$KEY_FILE is not a key of CometBFT: it has no address."
name=$(echo "$address" | tr 'A-F' 'a-f')

if [ -e "$STATE_FILE" ]; then
  height=$(value_of height <"$STATE_FILE")
  # A file that was cut off may end within the number.
  { echo "$height" | grep -Eq '^[0-9]+$' && tr -d '[:space:]' <"$STATE_FILE" | grep -q '}$'; } ||
    refuse "$STATE_FILE is there and cannot be read: restore it from this very volume, never from another or older copy."
  echo "start-guard: key $address goes on at height $height"
  exit 0
fi

answer=$(request GET) || refuse "$STATE_FILE is missing, and the API server at $API does not say whether key $address may begin."
code=$(printf '%s\n' "$answer" | tail -n 1)
body=$(printf '%s\n' "$answer" | sed '$d')
case $code in
200) ;;
404) refuse "$STATE_FILE is missing, and nobody has reserved key $address: run pulumi up first." ;;
*) refuse "$STATE_FILE is missing, and the API server answers $code when asked about key $address." ;;
esac
# What stands in "spec", without the server's own notes on who wrote which field.
spec=$(printf '%s' "$body" | tr -d '\n' | sed -n 's/.*"spec"[[:space:]]*:[[:space:]]*\({[^{}]*{[^{}]*}[^{}]*}\).*/\1/p')
holder=$(echo "$spec" | value_of namespace)/$(echo "$spec" | value_of pod)
[ "$holder" = "$HOLDER" ] || refuse "Key $address is reserved for $holder, and this is $HOLDER: two that sign with one key are slashed."
case $(echo "$spec" | value_of used) in
false) ;;
*)
  refuse "Key $address may have signed before, and its signing state $STATE_FILE is missing: it could sign a height twice." \
    "Bring that file back from this validator's own volume, or retire the key."
  ;;
esac

# A volume that takes nothing must not cost the mark.
folder=$(dirname "$STATE_FILE")
mkdir -p "$folder" && [ -w "$folder" ] || refuse "Key $address is unused, and nothing can be written to $folder."
# First the mark, then the state: a kill in between leaves a key that is refused.
answer=$(request PATCH --header 'Content-Type: application/json-patch+json' --data \
  '[{"op":"test","path":"/spec/used","value":false},{"op":"replace","path":"/spec/used","value":true}]') ||
  refuse "The API server at $API did not take the mark of key $address."
code=$(printf '%s\n' "$answer" | tail -n 1)
[ "$code" = 200 ] || refuse "The API server did not take the mark of key $address (it answered $code): somebody else may have used it up."
(umask 077 && printf '{\n  "height": "0",\n  "round": 0,\n  "step": 0\n}\n' >"$STATE_FILE.new" &&
  sync && mv "$STATE_FILE.new" "$STATE_FILE") ||
  refuse "The mark of key $address is used up, and $STATE_FILE could not be written: look at the volume before anything else."
echo "start-guard: key $address begins, for the first and only time"
