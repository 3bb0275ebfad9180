/** What a live cluster starts with: simulated nodes beside the real one, a StorageClass, DNS, and the mark of what it is. */
import { readFileSync } from "node:fs";

import { parseAllDocuments } from "yaml";

import { liveMarker, simulatedNodeLabel } from "../../../../components/names.ts";
import { nodeImages } from "./images.ts";
import { simulatedNodeName } from "./names.ts";
import { provisioner } from "./volumes.ts";

const dnsFile = new URL("dns.yaml", import.meta.url);
/** For pods whose image cannot be made here. Enough of everything; nothing of it is really there. */
const simulatedNodes = 2;
const capacity = { cpu: "64", memory: "256Gi", "ephemeral-storage": "1Ti", pods: "500" };

/** @param images names of the images that the real node has. */
export function startingObjects(images: readonly string[]): object {
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      ...Array.from({ length: simulatedNodes }, (_, index) => simulatedNode(simulatedNodeName(index))),
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: {
          name: "live",
          annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
        },
        provisioner,
        volumeBindingMode: "WaitForFirstConsumer",
      },
      ...dns(),
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: liveMarker, namespace: "kube-system" },
        data: { images: [...images].sort().join("\n") },
      },
    ],
  };
}

/** Takes the pods that ask for it, and no other. */
function simulatedNode(name: string): object {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0" },
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/region": "simulated",
        "topology.kubernetes.io/zone": "simulated",
        [simulatedNodeLabel]: "true",
      },
    },
    spec: { taints: [{ key: simulatedNodeLabel, value: "true", effect: "NoSchedule" }] },
    status: { capacity, allocatable: capacity },
  };
}

function dns(): object[] {
  const text = readFileSync(dnsFile, "utf8").replaceAll("COREDNS_IMAGE", nodeImages.dns);
  return parseAllDocuments(text).map((document) => document.toJS() as object);
}
