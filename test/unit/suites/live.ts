/** What a cluster would have of a stack: its rendered objects, as the checks get them. */
import { parseConfig } from "../../../config.ts";
import { flowsOf } from "../../../config/flows.ts";
import { partNamespaces } from "../../../config/platform.ts";
import type { StoredObject } from "../../../ops/src/running/api.ts";
import type { LiveNetwork, WrittenFlows } from "../../../ops/src/suites/security/flows.ts";
import { render, stackConfig } from "../../support/rendered.ts";

const podKinds = ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Pod"];

/** The namespaces, policies and pods of a stack, and the rows that it is written from. */
export async function networkOf(
  stack: "local" | "production",
): Promise<{ readonly live: LiveNetwork; readonly written: WrittenFlows }> {
  const objects = (await render({ stack })) as StoredObject[];
  const config = parseConfig(stack, stackConfig(stack));
  const parts = partNamespaces(config);
  const inParts = objects.filter(({ metadata }) => Object.values(parts).includes(metadata.namespace ?? ""));
  const rest = ["default", "kube-system", "ingress", "monitoring"].map((name) => ({
    ...{ apiVersion: "v1", kind: "Namespace" },
    metadata: { name, labels: {} },
  }));
  return {
    live: {
      namespaces: [...objects.filter(({ kind }) => kind === "Namespace"), ...rest],
      policies: inParts.filter(({ kind }) => kind === "NetworkPolicy"),
      pods: inParts.filter(({ kind }) => podKinds.includes(kind)),
    },
    written: { flows: flowsOf(config), parts },
  };
}
