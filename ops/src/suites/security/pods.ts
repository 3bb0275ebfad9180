/** Pods that must not be: each is put before the API server, which says what it would do and does nothing (server-side dry-run). */
import { commonLabels } from "../../../../components/names.ts";
import {
  restrictedContainerContext,
  restrictedPodContext,
} from "../../../../components/security/podSecurity.ts";
import type { PawConfig } from "../../../../config.ts";
import { type Answer, ask, words } from "../../running/api.ts";
import type { Check, Fault, Outcome } from "../../running/checks.ts";
import type { Target } from "../../running/target.ts";
import { partNamespaces } from "../../../../config/platform.ts";

/** A pod that can be spoilt. */
interface TestPod {
  readonly spec: {
    hostNetwork?: boolean;
    hostPID?: boolean;
    volumes?: object[];
    readonly securityContext: Record<string, unknown>;
    readonly containers: readonly [TestContainer];
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

interface TestContainer {
  resources?: object;
  readonly securityContext: Record<string, unknown>;
  readonly [field: string]: unknown;
}

interface Forbidden {
  readonly id: string;
  readonly title: string;
  /** Changes a pod that would be accepted. */
  readonly spoil: (pod: TestPod) => void;
  /** What the refusal has to speak of. */
  readonly about: RegExp;
}

const containerOf = (pod: TestPod): TestContainer => pod.spec.containers[0];

export const forbiddenPods: readonly Forbidden[] = [
  {
    id: "pod-privileged",
    title: "Privileged pods",
    spoil: (pod) => {
      containerOf(pod).securityContext.privileged = true;
      // The API server itself refuses one that may not gain rights and has them all.
      containerOf(pod).securityContext.allowPrivilegeEscalation = true;
    },
    about: /privileged\b/i,
  },
  {
    id: "pod-host-path",
    title: "Pods with a path of the node",
    spoil: (pod) => {
      pod.spec.volumes = [{ name: "node", hostPath: { path: "/" } }];
    },
    about: /hostPath/i,
  },
  {
    id: "pod-host-network",
    title: "Pods in the node's network",
    spoil: (pod) => {
      pod.spec.hostNetwork = true;
    },
    about: /host ?(network|namespaces)/i,
  },
  {
    id: "pod-host-pid",
    title: "Pods among the node's processes",
    spoil: (pod) => {
      pod.spec.hostPID = true;
    },
    about: /host ?(pid|namespaces)/i,
  },
  {
    id: "pod-root",
    title: "Pods that run as root",
    spoil: (pod) => {
      pod.spec.securityContext.runAsUser = 0;
      pod.spec.securityContext.runAsNonRoot = false;
      delete containerOf(pod).securityContext.runAsNonRoot;
    },
    about: /runAsNonRoot|runAsUser|root/i,
  },
  {
    id: "pod-escalation",
    title: "Pods that may gain rights",
    spoil: (pod) => {
      containerOf(pod).securityContext.allowPrivilegeEscalation = true;
    },
    about: /escalation/i,
  },
  {
    id: "pod-capabilities",
    title: "Pods with capabilities",
    spoil: (pod) => {
      containerOf(pod).securityContext.capabilities = { drop: ["ALL"], add: ["NET_ADMIN"] };
    },
    about: /capabilit/i,
  },
  {
    id: "pod-seccomp",
    title: "Pods without seccomp",
    spoil: (pod) => {
      pod.spec.securityContext.seccompProfile = { type: "Unconfined" };
      containerOf(pod).securityContext.seccompProfile = { type: "Unconfined" };
    },
    about: /seccomp/i,
  },
];

/** One check for each forbidden pod, in every workload namespace. */
export const podChecks: readonly Check<Target>[] = [
  ...forbiddenPods.map((forbidden): Check<Target> => ({
    id: forbidden.id,
    title: forbidden.title,
    wanted: "refused in every workload namespace, for that reason, where the same pod without it is not",
    look: (target) => lookAtForbidden(target, forbidden),
  })),
  {
    id: "pod-limits",
    title: "Pods without limits",
    wanted: "refused, or given limits for CPU and memory, in every workload namespace",
    look: lookAtLimits,
  },
];

async function lookAtForbidden(target: Target, forbidden: Forbidden): Promise<Outcome> {
  const answers = await Promise.all(
    Object.values(partNamespaces(target.config)).map(async (namespace) => {
      const bad = harmlessPod(target.config, namespace);
      forbidden.spoil(bad);
      const control = await dryRun(target, namespace, harmlessPod(target.config, namespace));
      return { namespace, control, refused: await dryRun(target, namespace, bad) };
    }),
  );
  return judgeRefusals(answers, forbidden.about);
}

export interface Refusal {
  readonly namespace: string;
  /** What became of the pod that nothing is wrong with. */
  readonly control: Answer;
  readonly refused: Answer;
}

export function judgeRefusals(answers: readonly Refusal[], about: RegExp): Outcome {
  const faults = answers.flatMap(({ namespace, control, refused }): Fault[] => {
    const next = `kubectl get namespace ${namespace} --show-labels; pulumi up --refresh puts its Pod Security labels back`;
    if (!isAccepted(control)) {
      const why = `a harmless pod is refused in ${namespace} as well, so a refusal says nothing: ${reasonOf(control)}`;
      return [{ found: why, next: "mend what refuses it, then run the same command again" }];
    }
    if (isAccepted(refused)) return [{ found: `accepted in ${namespace}`, next }];
    if (!about.test(reasonOf(refused)))
      return [{ found: `refused in ${namespace} for another reason: ${reasonOf(refused)}`, next }];
    return [];
  });
  const reasons = [...new Set(answers.map(({ refused }) => reasonOf(refused)))];
  return { found: `${answers.map(({ namespace }) => namespace).join(", ")}: ${reasons.join("; ")}`, faults };
}

/** A quota is looked at last: who is refused by it passed everything else. */
function isAccepted({ status, body }: Answer): boolean {
  return status < 300 || words(body).includes("exceeded quota");
}

/** The reason of a refusal, without the name of the pod. */
function reasonOf({ status, body }: Answer): string {
  if (status < 300) return "accepted";
  return words(body)
    .replace(/^pods? "[^"]*" is forbidden: /, "")
    .slice(0, 160);
}

async function lookAtLimits(target: Target): Promise<Outcome> {
  const answers = await Promise.all(
    Object.values(partNamespaces(target.config)).map(async (namespace) => {
      const pod = harmlessPod(target.config, namespace);
      delete containerOf(pod).resources;
      return { namespace, answer: await dryRun(target, namespace, pod) };
    }),
  );
  return judgeLimits(answers);
}

interface Accepted {
  readonly spec: {
    readonly containers: readonly {
      readonly resources?: { readonly limits?: { readonly cpu?: string; readonly memory?: string } };
    }[];
  };
}

export function judgeLimits(
  answers: readonly { readonly namespace: string; readonly answer: Answer }[],
): Outcome {
  const told = answers.map(({ namespace, answer }) => {
    if (answer.status >= 300) return { namespace, text: `refused: ${reasonOf(answer)}`, bounded: true };
    const { spec } = answer.body as Accepted;
    const limits = spec.containers.map(({ resources }) => resources?.limits ?? {});
    const bounded = limits.every(({ cpu, memory }) => cpu !== undefined && memory !== undefined);
    const [{ cpu = "none", memory = "none" } = {}] = limits;
    return { namespace, text: `given cpu ${cpu}, memory ${memory}`, bounded };
  });
  return {
    found: told.map(({ namespace, text }) => `${namespace}: ${text}`).join("; "),
    faults: told
      .filter(({ bounded }) => !bounded)
      .map(({ namespace, text }) => ({
        found: `${namespace}: a pod without limits is accepted, and ${text}`,
        next: `kubectl -n ${namespace} get limitrange; pulumi up --refresh puts it back`,
      })),
  };
}

/** A pod that nothing is wrong with. */
export function harmlessPod({ images }: Pick<PawConfig, "images">, namespace: string): TestPod {
  const amounts = { cpu: "10m", memory: "16Mi", "ephemeral-storage": "16Mi" };
  const probe = { exec: { command: ["true"] } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "paw-test-security", namespace, labels: commonLabels("paw", "test") },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { ...restrictedPodContext(65_532) },
      containers: [
        {
          name: "test",
          image: images.tools,
          command: ["true"],
          resources: { requests: { ...amounts }, limits: { ...amounts } },
          securityContext: { ...restrictedContainerContext() },
          readinessProbe: probe,
          livenessProbe: probe,
        },
      ],
    },
  };
}

function dryRun(target: Target, namespace: string, pod: object): Promise<Answer> {
  return ask(target, { method: "POST", path: `/api/v1/namespaces/${namespace}/pods?dryRun=All`, body: pod });
}
