import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, namespaces, selectorLabels } from "../names.ts";
import { pawPorts } from "../ports.ts";
import { type ChainArgs, NodeSet, type NodeSetArgs, withoutWaiting } from "./nodeSet.ts";
import { workloadName } from "./nodes.ts";

export interface FullNodesArgs {
  readonly chain: ChainArgs;
  readonly size: NodeSetArgs["size"];
  /** The most nodes that the autoscaler makes; `chain.counts` holds the fewest. */
  readonly maxReplicas: number;
  /** Opens the node ports of spec A15; in `local` only. */
  readonly nodePorts: boolean;
}

/** Name of the Service in front of the full nodes: RPC, gRPC, gRPC-Web, REST. */
export const fullNodeService = "paw-rpc";
/** CPU use, as per cent of requests, above which nodes are added (our own choice). */
const targetCpuPercent = 70;

/** The full nodes (spec A13): they answer questions, so that sentries and validators need not. */
export class FullNodes extends pulumi.ComponentResource {
  /** What others find the full nodes by. */
  public readonly service: k8s.core.v1.Service;

  constructor(name: string, args: FullNodesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:chain:FullNodes", name, {}, opts);
    const { chain, size } = args;
    const inside = { parent: this };
    const nodes = new NodeSet(
      `${name}-nodes`,
      { role: "full-node", chain, size, maxUnavailable: 1, autoscaled: true },
      inside,
    );
    const labels = commonLabels("paw", "full-node");
    // Other labels than the headless Service's, by which Prometheus finds each node once.
    const serviceLabels = commonLabels("paw", "full-node-service");
    const service = (serviceName: string, spec: k8s.types.input.core.v1.ServiceSpec): k8s.core.v1.Service =>
      new k8s.core.v1.Service(
        `${name}-${serviceName}`,
        {
          metadata: withoutWaiting({ name: serviceName, namespace: namespaces.paw, labels: serviceLabels }),
          spec: { ...spec, selector: selectorLabels("paw", "full-node") },
        },
        { ...inside, dependsOn: nodes },
      );
    this.service = service(fullNodeService, { type: "ClusterIP", ports: servicePorts(chain) });
    if (args.nodePorts) service(`${fullNodeService}-local`, { type: "NodePort", ports: nodePorts(chain) });
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      `${name}-autoscaler`,
      {
        metadata: { name: workloadName("full-node"), namespace: namespaces.paw, labels },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "StatefulSet", name: workloadName("full-node") },
          minReplicas: chain.counts["full-node"],
          maxReplicas: args.maxReplicas,
          metrics: [
            {
              type: "Resource",
              resource: {
                name: "cpu",
                target: { type: "Utilization", averageUtilization: targetCpuPercent },
              },
            },
          ],
          // A new node follows the chain for hours before it helps: it is not taken away at once.
          behavior: { scaleDown: { stabilizationWindowSeconds: 3600 } },
        },
      },
      { ...inside, dependsOn: nodes },
    );
    this.registerOutputs();
  }
}

function servicePorts({ settings }: ChainArgs): k8s.types.input.core.v1.ServicePort[] {
  const { rpc, rest, grpc, grpcWeb } = pawPorts;
  const port = (name: string, number: number, targetPort = name): k8s.types.input.core.v1.ServicePort => ({
    name,
    port: number,
    targetPort,
    protocol: "TCP",
  });
  return [
    port("rpc", rpc.port),
    port("rest", rest.port),
    port("grpc", grpc.port),
    port("grpc-web", grpcWeb.port, settings.grpcWeb === "own" ? "grpc-web" : "rest"),
  ];
}

/** The same with the node ports of spec A15; REST's belongs to the API layer. */
function nodePorts(chain: ChainArgs): k8s.types.input.core.v1.ServicePort[] {
  const { rpc, grpc, grpcWeb } = pawPorts;
  const opened: Record<string, number> = {
    rpc: rpc.nodePort,
    grpc: grpc.nodePort,
    "grpc-web": grpcWeb.nodePort,
  };
  return servicePorts(chain).flatMap((port) => {
    const nodePort = opened[port.name as string];
    return nodePort === undefined ? [] : [{ ...port, nodePort }];
  });
}
