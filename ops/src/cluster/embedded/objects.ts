/** What an embedded cluster starts with: simulated nodes, a default StorageClass, and the mark that tells what it is. */
import { embeddedMarker } from "../../../../components/names.ts";

const nodeCount = 5;
const zones = ["zone-a", "zone-b", "zone-c"] as const;
/** Enough for a hundred validators of production size; nothing of it is really there. */
const nodeCapacity = {
  cpu: "512",
  memory: "2Ti",
  "ephemeral-storage": "2Ti",
  pods: "1000",
};

/** Five nodes over three zones. */
export function nodes(): object[] {
  return Array.from({ length: nodeCount }, (_, index) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: `simulated-${index}`,
      annotations: { "kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0" },
      labels: {
        "kubernetes.io/hostname": `simulated-${index}`,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/region": "simulated",
        "topology.kubernetes.io/zone": zones[index % zones.length],
      },
    },
    status: { capacity: nodeCapacity, allocatable: nodeCapacity },
  }));
}

/** All objects, in the order they are applied; the mark comes last, so that its presence means the rest is there. */
export function startingObjects(): object {
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      ...nodes(),
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: {
          name: "simulated",
          annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
        },
        provisioner: "kwok.x-k8s.io/volume",
        allowVolumeExpansion: true,
        volumeBindingMode: "Immediate",
      },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: embeddedMarker, namespace: "kube-system" },
        data: { simulated: "nodes, pods, volumes" },
      },
    ],
  };
}
