/** `paw test security` (spec A25): what is closed is closed, asked of the running cluster. */
import { flowsOf } from "../../../config/flows.ts";
import { partNamespaces } from "../../../config/platform.ts";
import { list } from "../running/api.ts";
import type { Check, Outcome } from "../running/checks.ts";
import type { Target } from "../running/target.ts";
import { lookAtRest } from "./security/atRest.ts";
import { lookAtAudit } from "./security/audit.ts";
import { judgeFlows } from "./security/flows.ts";
import { lookAtImages } from "./security/images.ts";
import { lookAtMesh } from "./security/mesh.ts";
import { podChecks } from "./security/pods.ts";
import { lookAtRights } from "./security/rights.ts";

/** Checks that the API server alone decides, which is a real one everywhere: what holds there is proven, not simulated. */
const decidedByApiServer: readonly Check<Target>[] = [
  ...podChecks,
  {
    id: "rbac",
    title: "Rights of accounts and groups",
    wanted: "of all that is dangerous, what components/security/sensitiveRights.ts allows, and nothing else",
    look: lookAtRights,
  },
  {
    id: "secrets-at-rest",
    title: "Secrets at rest",
    wanted: "every Secret in etcd is encrypted",
    look: lookAtRest,
  },
  {
    id: "audit-log",
    title: "Audit log",
    wanted: "requests are written down, and what Secrets hold is not",
    look: lookAtAudit,
  },
];

/** Checks of what others enforce: a network plugin, proxies, a verifier. */
const enforcedByOthers: readonly Check<Target>[] = [
  {
    id: "network-policies",
    title: "Network policies",
    wanted:
      "the policies in the cluster open what the flow table has, and nothing else (that the network plugin enforces them is its own promise)",
    look: lookAtFlows,
  },
  {
    id: "mesh-mtls",
    title: "Mutual TLS",
    wanted: "a proxy in every pod, callers without a certificate denied, secured connections",
    look: lookAtMesh,
  },
  {
    id: "image-signatures",
    title: "Image signatures",
    wanted: "a policy asks for the signature of each of the two systems' images, before a pod is made",
    look: lookAtImages,
  },
];

export const securityChecks = { decidedByApiServer, enforcedByOthers };

/** Kinds whose pods, or templates of pods, are judged. */
const podKinds = [
  ["v1", "Pod", "pods"],
  ["apps/v1", "Deployment", "deployments"],
  ["apps/v1", "StatefulSet", "statefulsets"],
  ["apps/v1", "DaemonSet", "daemonsets"],
  ["batch/v1", "CronJob", "cronjobs"],
] as const;

async function lookAtFlows(target: Target): Promise<Outcome> {
  const parts = partNamespaces(target.config);
  const namespaces = await list(target, { apiVersion: "v1", kind: "Namespace", resource: "namespaces" });
  const inParts = await Promise.all(
    Object.values(parts).map(async (namespace) => ({
      policies: await list(target, {
        ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", resource: "networkpolicies" },
        namespace,
      }),
      pods: await Promise.all(
        podKinds.map(([apiVersion, kind, resource]) =>
          list(target, { apiVersion, kind, resource, namespace }),
        ),
      ),
    })),
  );
  return judgeFlows(
    {
      namespaces,
      policies: inParts.flatMap(({ policies }) => policies),
      pods: inParts.flatMap(({ pods }) => pods.flat()),
    },
    { flows: flowsOf(target.config), parts },
  );
}
