#!/usr/bin/env bash
# Begins a node: a cgroup of its own below the caller's, in each hierarchy, then namespaces of its own.
#
# usage: boot.sh FOLDER GROUP
#   FOLDER  the cluster's
#   GROUP   name of the cgroups, by which "down" finds them whatever happened to this script
# File 3 is the socket on the host's loopback behind which the API server is to be.
# Becomes an unshare that stays: with it everything inside ends.
set -euo pipefail
folder=$1 group=$2

# Mounted hierarchies of cgroup v1, one a line: what of it is mounted, where, its options.
hierarchies() {
  awk '{ for (i = 7; i <= NF; i++) if ($i == "-" && $(i + 1) == "cgroup") print $4, $5, $(i + 3) }' /proc/self/mountinfo
}
# Whether a hierarchy's options name every one of some controllers.
holds() {
  local controller
  for controller in ${2//,/ }; do
    [[ ,$1, == *,$controller,* ]] || return 1
  done
}

hierarchies >"$folder/node/hierarchies.new"
# Read whole first, since it changes with every move below.
own_groups=$(cat /proc/self/cgroup)
: >"$folder/node/controllers.new"
while IFS=: read -r _ controllers path <&4; do
  [ -n "$controllers" ] || continue
  while read -r root at options; do
    holds "$options" "$controllers" || continue
    [ "$root" != / ] || root=
    own=$at${path#"$root"}/$group
    mkdir -p "$own"
    # A new cpuset is empty, and takes nobody in before it has CPUs and memory.
    if [ -e "$own/cpuset.cpus" ]; then
      cat "$own/../cpuset.cpus" >"$own/cpuset.cpus"
      cat "$own/../cpuset.mems" >"$own/cpuset.mems"
    fi
    echo $$ >"$own/cgroup.procs"
    echo "$controllers" >>"$folder/node/controllers.new"
    break
  done <"$folder/node/hierarchies.new"
done 4<<<"$own_groups"
mv "$folder/node/controllers.new" "$folder/node/controllers"
rm "$folder/node/hierarchies.new"

exec unshare --cgroup --net --mount --pid --uts --ipc --fork --kill-child --mount-proc -- \
  bash "$(dirname "$0")/node.sh" "$folder" "$group"
