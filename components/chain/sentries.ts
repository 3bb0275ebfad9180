import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, namespaces, selectorLabels } from "../names.ts";
import { pawPorts } from "../ports.ts";
import { type ChainArgs, NodeSet, type NodeSetArgs, withoutWaiting } from "./nodeSet.ts";
import { podNames } from "./nodes.ts";

export interface SentriesArgs {
  readonly chain: ChainArgs;
  readonly size: NodeSetArgs["size"];
  readonly externalAddresses?: NodeSetArgs["externalAddresses"];
  /** How the outside reaches sentries: a NodePort of all together (`local` only), or a load balancer each. */
  readonly exposure: "nodePort" | "loadBalancer";
}

/** The sentries (spec A12): the only nodes that meet the network outside, so that validators need not. */
export class Sentries extends pulumi.ComponentResource {
  constructor(name: string, args: SentriesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:chain:Sentries", name, {}, opts);
    const { chain, size, externalAddresses, exposure } = args;
    new NodeSet(
      `${name}-nodes`,
      { role: "sentry", chain, size, maxUnavailable: 1, externalAddresses },
      { parent: this },
    );
    const { port, nodePort } = pawPorts.p2p;
    // Other labels than the headless Service's, by which Prometheus finds each node once.
    const labels = commonLabels("paw", "sentry-p2p");
    const service = (serviceName: string, spec: k8s.types.input.core.v1.ServiceSpec): void => {
      new k8s.core.v1.Service(
        `${name}-${serviceName}`,
        { metadata: withoutWaiting({ name: serviceName, namespace: namespaces.paw, labels }), spec },
        { parent: this },
      );
    };
    const p2p = { name: "p2p", port, targetPort: "p2p", protocol: "TCP" };
    if (exposure === "nodePort") {
      const selector = selectorLabels("paw", "sentry");
      service("paw-sentry-p2p", { type: "NodePort", selector, ports: [{ ...p2p, nodePort }] });
    } else {
      // One each: a peer dials an id, and only one node has it. No node ports, which quota counts out, and the
      // peers' own addresses are kept.
      for (const pod of podNames("sentry", chain.counts.sentry)) {
        service(`${pod}-p2p`, {
          type: "LoadBalancer",
          allocateLoadBalancerNodePorts: false,
          externalTrafficPolicy: "Local",
          selector: { ...selectorLabels("paw", "sentry"), "statefulset.kubernetes.io/pod-name": pod },
          ports: [p2p],
        });
      }
    }
    this.registerOutputs();
  }
}
