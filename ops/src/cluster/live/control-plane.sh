#!/usr/bin/env bash
# Makes the control plane of a live cluster: kwokctl's, with what a real node needs of it.
#
# usage: control-plane.sh FOLDER
# environment: what node.sh reads from FOLDER/node/tools
set -euo pipefail
folder=$1
here=$(dirname "$0")
mkdir -p "$KWOK_WORKDIR"
chmod 0700 "$KWOK_WORKDIR"
pki=$KWOK_WORKDIR/clusters/$CLUSTER/pki

extra=()
for option in \
  "advertise-address=$NODE_ADDRESS" \
  "token-auth-file=$folder/node/tokens.csv" \
  "encryption-provider-config=$folder/node/encryption.yaml" \
  "kubelet-client-certificate=$pki/admin.crt" \
  "kubelet-client-key=$pki/admin.key" \
  "requestheader-client-ca-file=$pki/ca.crt"; do
  extra+=(--extra-args "kube-apiserver=$option")
done

exec "$KWOKCTL" create cluster --name "$CLUSTER" --runtime binary --config "$here/kwokctl.yaml" \
  --kube-apiserver-port 6443 --kube-audit-policy "$AUDIT_POLICY" "${extra[@]}" \
  --etcd-binary "$ETCD" \
  --kube-apiserver-binary "$KUBE_APISERVER" \
  --kube-controller-manager-binary "$KUBE_CONTROLLER_MANAGER" \
  --kube-scheduler-binary "$KUBE_SCHEDULER" \
  --kwok-controller-binary "$KWOK"
