#!/usr/bin/env bash
# The first process of a node's namespaces: mounts, network, then the parts of the cluster, each started again if it ends.
#
# usage: node.sh FOLDER GROUP
#   GROUP  by which "down" finds this process
#   FOLDER/node/tools        paths of the programs, as shell variables
#   FOLDER/node/controllers  the hierarchies of cgroup v1 that the node has a group in
# File 3 is the socket on the host's loopback that the agent answers.
# Nothing written here reaches the host but what lies in FOLDER.
set -euo pipefail
folder=$1
here=$(dirname "$0")
set -a
# shellcheck disable=SC1091
. "$folder/node/tools"
set +a
exec >>"$folder/node/logs/node.log" 2>&1

# --- what the host would share

# Whoever writes to these, writes to the whole machine's memory and panic settings; a kubelet does.
mask_tunables() {
  local name copy
  mkdir -p /run/tunables
  for name in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys \
    kernel/keys/root_maxbytes; do
    [ -e "/proc/sys/$name" ] || continue
    copy=/run/tunables/${name//\//-}
    cat "/proc/sys/$name" >"$copy"
    mount --bind "$copy" "/proc/sys/$name"
  done
}

# /var/lib as it is, but for what a kubelet and a container runtime of the host would keep there.
private_var_lib() {
  local entry
  mkdir /run/host-var-lib
  mount --bind /var/lib /run/host-var-lib
  mount -t tmpfs -o mode=0755 var-lib /var/lib
  for entry in /run/host-var-lib/*; do
    case ${entry##*/} in
    kubelet | containerd | cni | calico | kube-proxy) ;;
    *) ln -s "$entry" /var/lib/ ;;
    esac
  done
  mkdir /var/lib/cni
}

own_folder() {
  mkdir -p "$folder/node/disk/$2" "$1"
  mount --bind "$folder/node/disk/$2" "$1"
}

mount_cgroups() {
  local controllers at
  mount -t sysfs sysfs /sys
  mount -t tmpfs -o mode=0755 cgroup /sys/fs/cgroup
  while read -r controllers; do
    at=/sys/fs/cgroup/${controllers#name=}
    mkdir -p "$at"
    if [[ $controllers == name=* ]]; then controllers=none,$controllers; fi
    mount -t cgroup -o "$controllers" cgroup "$at"
  done <"$folder/node/controllers"
}

# A network that leads nowhere, with an address for the node and a route, without which an API server does not start.
make_network() {
  ip link set lo up
  ip link add node0 type veth peer name nowhere
  ip link set nowhere up
  ip address add "$NODE_ADDRESS/24" dev node0
  ip link set node0 up
  ip route add default dev node0
  echo 1 >/proc/sys/net/ipv4/ip_forward
}

mount -t tmpfs -o mode=0755 run /run
mkdir -p /run/lock /run/paw
mount --bind "$folder" /run/paw
mask_tunables
private_var_lib
own_folder /var/lib/kubelet kubelet
own_folder /var/lib/containerd containerd
own_folder /var/log log
mkdir -p "$folder/node/disk/volumes"
mount_cgroups
hostname "$NODE_NAME"
make_network
umask 022

# --- the parts

# Runs a part, and runs it again whenever it ends.
keep() {
  local name=$1
  shift
  (
    exec >>"$folder/node/logs/$name.log" 2>&1
    while :; do
      "$@" || echo "paw: $name ended with $?, and is started again"
      sleep 1
    done
  ) &
}

instance=$KWOK_WORKDIR/clusters/$CLUSTER
keep agent "$NODE" "$here/agent.ts" "$instance/kubeconfig.yaml" "$folder/node/disk/volumes"
exec 3<&-
keep containerd "$CONTAINERD" --config "$here/containerd.toml"

# As kwokctl does it on any machine: made once, started again after that.
if [ -e "$folder/node/control-plane" ]; then
  rm -rf "$instance/pids"
  mkdir "$instance/pids"
  "$KWOKCTL" start cluster --name "$CLUSTER"
else
  rm -rf "$KWOK_WORKDIR"
  bash "$here/control-plane.sh" "$folder"
  touch "$folder/node/control-plane"
fi
ln -sfn "$instance/pki" /run/pki
touch "$folder/node/answers"

keep kubelet "$KUBELET" --config "$here/kubelet.yaml" --kubeconfig "$folder/node/kubelet.kubeconfig" \
  --root-dir /var/lib/kubelet --hostname-override "$NODE_NAME" --node-ip "$NODE_ADDRESS" \
  --node-labels "topology.kubernetes.io/region=live,topology.kubernetes.io/zone=live"
keep kube-proxy "$KUBE_PROXY" --config "$here/kube-proxy.yaml" --hostname-override "$NODE_NAME"

# Whoever loses their parent in here becomes a child of this process: it takes in what they leave when they end.
while :; do
  wait -n || true
done
