#!/bin/sh
# Takes a snapshot of what Vault holds, as its raft storage gives it: what Vault encrypted stays encrypted by its own keys.
#
# environment:
#   VAULT_ADDR  address of the active server
#   ROLE        role of Vault's login for pods
#   CA          =/tls/ca.crt, what Vault's certificate is signed with
#   TOKEN_FILE  =/login/token, this pod's token for Vault
#   SNAPSHOT    =/snapshot/vault.snap, where it goes
# Exits 1 with a reason when Vault does not let it in or gives no whole snapshot; nothing is left then.
set -eu
: "${VAULT_ADDR:?}" "${ROLE:?}" "${CA:=/tls/ca.crt}" "${TOKEN_FILE:=/login/token}" "${SNAPSHOT:=/snapshot/vault.snap}"

fail() {
  rm -f "$SNAPSHOT" "$SNAPSHOT.new"
  echo "vault-snapshot: $*" >&2
  exit 1
}
# Tokens go by pipes: an argument could be read in the list of processes.
ask() {
  curl --silent --show-error --cacert "$CA" --connect-timeout 10 "$@"
}

answer=$(printf '{"role":"%s","jwt":"%s"}' "$ROLE" "$(cat "$TOKEN_FILE")" |
  ask --max-time 30 --header 'Content-Type: application/json' --data @- --write-out '\n%{http_code}' "$VAULT_ADDR/v1/auth/kubernetes/login") ||
  fail "Vault at $VAULT_ADDR does not answer"
code=$(printf '%s\n' "$answer" | tail -n 1)
[ "$code" = 200 ] ||
  fail "Vault at $VAULT_ADDR answers $code to the login as $ROLE: is it unsealed, and paw:vault.configure on?"
token=$(printf '%s' "$answer" | tr -d '\n' | sed -n 's/.*"client_token"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p')
[ -n "$token" ] || fail "Vault's answer to the login holds no token"

code=$(printf 'header = "X-Vault-Token: %s"\n' "$token" |
  ask --config - --max-time 900 --output "$SNAPSHOT.new" --write-out '%{http_code}' "$VAULT_ADDR/v1/sys/storage/raft/snapshot") ||
  fail "the snapshot broke off"
[ "$code" = 200 ] || fail "Vault answers $code when asked for a snapshot: $(head -c 300 "$SNAPSHOT.new" | tr '\n' ' ')"

# An archive that bears the hashes of its own parts: one that was cut off, or is something else, is no snapshot.
sums=$(tar -xzOf "$SNAPSHOT.new" SHA256SUMS 2>/dev/null) || fail "what Vault gave is no snapshot"
for part in meta.json state.bin; do
  wanted=$(printf '%s\n' "$sums" | sed -n "s/^\([0-9a-f]\{64\}\)  $part\$/\1/p")
  found=$(tar -xzOf "$SNAPSHOT.new" "$part" | sha256sum | cut -d ' ' -f 1)
  [ -n "$wanted" ] && [ "$wanted" = "$found" ] || fail "the snapshot is damaged: $part is not what its hash says"
done
mv "$SNAPSHOT.new" "$SNAPSHOT"
echo "vault-snapshot: taken, $(wc -c <"$SNAPSHOT") bytes, whole"
