#!/bin/sh
# Snapshots the volume of a node that has stopped, so that new nodes can begin from it.
#
# The hash of every file is written beside the data first: a node that begins from the snapshot compares them before it
# starts (configure.sh), and so does this very volume's next run.
#
# environment:
#   CLAIM, SNAPSHOT_CLASS, NAMESPACE, CHAIN_ID
#   HOME_DIR     =/chain
#   KEEP         =3, snapshots that stay
#   PATIENCE     =600, seconds until the snapshot must be ready
#   CREDENTIALS  =/var/run/secrets/kubernetes.io/serviceaccount, with token and ca.crt
#   API          =https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT
# Exits 1 with a reason when no usable snapshot came out; older snapshots stay then.
set -eu
: "${CLAIM:?}" "${SNAPSHOT_CLASS:?}" "${NAMESPACE:?}" "${CHAIN_ID:?}" "${HOME_DIR:=/chain}" "${KEEP:=3}" "${PATIENCE:=600}"
: "${CREDENTIALS:=/var/run/secrets/kubernetes.io/serviceaccount}"
: "${API:=https://${KUBERNETES_SERVICE_HOST:-kubernetes.default.svc}:${KUBERNETES_SERVICE_PORT:-443}}"
label=app.kubernetes.io/component=snapshot
folder=$API/apis/snapshot.storage.k8s.io/v1/namespaces/$NAMESPACE/volumesnapshots

fail() {
  echo "snapshot: $*" >&2
  exit 1
}
# A request to the API server: method, path below the folder, and curl's further arguments. Prints the answer's body.
# The token goes by a pipe: an argument could be read in the list of processes.
request() {
  method=$1 path=$2
  shift 2
  printf 'header = "Authorization: Bearer %s"\n' "$(cat "$CREDENTIALS/token")" |
    curl --config - --silent --show-error --fail --cacert "$CREDENTIALS/ca.crt" --max-time 30 \
      --request "$method" "$@" "$folder$path"
}

[ -d "$HOME_DIR/data" ] || fail "there is no data at $HOME_DIR/data"
(
  cd "$HOME_DIR"
  # What identifies a node, or changes without the chain, is not compared.
  find data -type f ! -name 'priv_validator*' ! -name 'node_key.json*' ! -name 'addrbook.json*' ! -name LOCK |
    sort | while IFS= read -r file; do sha256sum "$file"; done >data.sha256.new
  [ -s data.sha256.new ] || fail "there are no files to snapshot in $HOME_DIR/data"
  mv data.sha256.new data.sha256
)
sync

name=paw-chain-$(date -u +%Y%m%d-%H%M%S)
object=$(printf '{"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshot","metadata":{"name":"%s","labels":{"app.kubernetes.io/part-of":"paw","app.kubernetes.io/component":"snapshot"},"annotations":{"paw.network/chain-id":"%s"}},"spec":{"volumeSnapshotClassName":"%s","source":{"persistentVolumeClaimName":"%s"}}}' \
  "$name" "$CHAIN_ID" "$SNAPSHOT_CLASS" "$CLAIM")
request POST '' --header 'Content-Type: application/json' --data "$object" >/dev/null ||
  fail "the API server at $API did not take the snapshot $name: does the cluster have VolumeSnapshots, and the class $SNAPSHOT_CLASS?"

waited=0
until request GET "/$name" | tr -d '\n' | grep -Eq '"readyToUse"[[:space:]]*:[[:space:]]*true'; do
  [ "$waited" -lt "$PATIENCE" ] || fail "$name was not ready after $PATIENCE s: kubectl -n $NAMESPACE describe volumesnapshot $name"
  sleep 2
  waited=$((waited + 2))
done

# Names hold the time, so their order is that of age. Of the list only "name" of each object's metadata has this form.
request GET "?labelSelector=$label" | tr ',{}' '\n\n\n' |
  sed -n 's/.*"name"[[:space:]]*:[[:space:]]*"\(paw-chain-[0-9-]*\)".*/\1/p' | sort -ur | tail -n +$((KEEP + 1)) |
  while IFS= read -r old; do
    request DELETE "/$old" >/dev/null || echo "snapshot: $old could not be removed" >&2
  done
echo "snapshot: $name is ready"
