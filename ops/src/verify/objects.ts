/** What the cluster itself says of both systems' objects. */
import {
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  PolicyV1Api,
  StorageV1Api,
  type V1PersistentVolumeClaim,
  type V1Pod,
  type V1ResourceQuota,
} from "@kubernetes/client-node";

import { objectNames } from "../../../components/chain/objects.ts";
import { readReservations } from "../../../components/chain/reservations.ts";
import { podNames } from "../../../components/chain/nodes.ts";
import { namespaces } from "../../../components/names.ts";
import { toMilli } from "../../../components/quantity.ts";
import type { Check, Fault } from "../running/checks.ts";
import type { Target } from "../running/target.ts";

/** Namespaces of both systems. */
export function ownNamespaces({ config }: Target): string[] {
  return [namespaces.paw, config.bizra.namespace];
}

/** One list of objects for each of the two namespaces, as one. */
async function inBoth<T>(
  target: Target,
  list: (namespace: string) => Promise<{ readonly items: T[] }>,
): Promise<T[]> {
  const lists = await Promise.all(ownNamespaces(target).map(list));
  return lists.flatMap(({ items }) => items);
}

/** Every claim has its volume; one of a class that binds where its pod runs has none before its first pod. */
export const claims: Check<Target> = {
  id: "claims",
  title: "claims",
  wanted: "every PersistentVolumeClaim bound",
  async look(target) {
    const core = target.kubeconfig.makeApiClient(CoreV1Api);
    const [items, pods, classes] = await Promise.all([
      inBoth(target, (namespace) => core.listNamespacedPersistentVolumeClaim({ namespace })),
      inBoth(target, (namespace) => core.listNamespacedPod({ namespace })),
      target.kubeconfig.makeApiClient(StorageV1Api).listStorageClass(),
    ]);
    const waits = (claim: V1PersistentVolumeClaim): boolean =>
      claim.status?.phase === "Pending" &&
      classes.items.some(
        ({ metadata, volumeBindingMode }) =>
          metadata?.name === claim.spec?.storageClassName && volumeBindingMode === "WaitForFirstConsumer",
      ) &&
      !pods.some((pod) => uses(pod, claim));
    const waiting = items.filter(waits);
    const faults = items
      .filter((claim) => claim.status?.phase !== "Bound" && !waiting.includes(claim))
      .map(({ metadata, status }) => ({
        found: `${metadata?.namespace ?? ""}/${metadata?.name ?? ""} is ${status?.phase ?? "without a state"}`,
        next: `kubectl describe pvc -n ${metadata?.namespace ?? ""} ${metadata?.name ?? ""}; docs/runbooks/storage.md`,
      }));
    const rest = waiting.length === 0 ? "" : `, ${waiting.length} of them for a pod that has not run yet`;
    return { found: `${items.length} claims${rest}`, faults };
  },
};

function uses({ metadata, spec }: V1Pod, claim: V1PersistentVolumeClaim): boolean {
  return (
    metadata?.namespace === claim.metadata?.namespace &&
    (spec?.volumes ?? []).some(
      ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim.metadata?.name,
    )
  );
}

/** No quota is used up: the next pod, or the next rolling update, would not fit. */
export const quotas: Check<Target> = {
  id: "quotas",
  title: "quotas",
  wanted: "no ResourceQuota used up",
  async look(target) {
    const core = target.kubeconfig.makeApiClient(CoreV1Api);
    const items = await inBoth(target, (namespace) => core.listNamespacedResourceQuota({ namespace }));
    return { found: `${items.length} quotas`, faults: items.flatMap(usedUp) };
  },
};

function usedUp({ metadata, status }: V1ResourceQuota): Fault[] {
  const hard = status?.hard ?? {};
  const used = status?.used ?? {};
  return Object.entries(hard)
    .filter(([resource, limit]) => toMilli(limit) > 0n && toMilli(used[resource] ?? "0") >= toMilli(limit))
    .map(([resource, limit]) => ({
      found: `${metadata?.namespace ?? ""}: ${resource} is used up (${used[resource] ?? ""} of ${limit})`,
      next: "docs/runbooks/pods-pending.md; the quota is derived from the stack file's sizes",
    }));
}

/** As many pods as a disruption budget wants are healthy. */
export const budgets: Check<Target> = {
  id: "disruption-budgets",
  title: "disruption budgets",
  wanted: "as many healthy pods as each PodDisruptionBudget wants",
  async look(target) {
    const policy = target.kubeconfig.makeApiClient(PolicyV1Api);
    const items = await inBoth(target, (namespace) =>
      policy.listNamespacedPodDisruptionBudget({ namespace }),
    );
    const faults = items
      .filter(({ status }) => (status?.currentHealthy ?? 0) < (status?.desiredHealthy ?? 0))
      .map(({ metadata, status }) => ({
        found: `${metadata?.name ?? ""}: ${status?.currentHealthy ?? 0} healthy pods of ${status?.desiredHealthy ?? 0}`,
        next: `kubectl get pods -n ${metadata?.namespace ?? ""}; docs/runbooks/containers-restarting.md`,
      }));
    return { found: `${items.length} budgets`, faults };
  },
};

/** Secrets that pods of the stack mount, whoever fills them. */
function wantedSecrets({ config }: Target): string[] {
  const { backup, consensusKeys, genesis, jwt, nodeKeys, tls } = objectNames;
  // Filled from Vault in all cases; in a cluster without one, by "paw validators init", which makes no store and no certificate.
  return config.secrets.source === "vault"
    ? [...(config.chain.remoteSigner ? [] : [consensusKeys]), nodeKeys, jwt, genesis, tls, backup]
    : [consensusKeys, nodeKeys, ...(config.api.jwt === "none" ? [] : [jwt])];
}

/** The Secrets are there, and what fills them from Vault says that they are fresh. */
export const secrets: Check<Target> = {
  id: "secrets",
  title: "secrets",
  wanted: "every Secret there, and in step with Vault",
  async look(target) {
    const core = target.kubeconfig.makeApiClient(CoreV1Api);
    const { items } = await core.listNamespacedSecret({ namespace: namespaces.paw });
    const there = items.map(({ metadata }) => metadata?.name ?? "");
    const missing = wantedSecrets(target).filter((name) => !there.includes(name));
    const stale = target.config.secrets.source === "vault" ? await staleSecrets(target) : [];
    const next = "docs/runbooks/secrets-not-syncing.md; npx paw vault status";
    return {
      found: `${there.length} Secrets`,
      faults: [
        ...missing.map((name) => ({ found: `the Secret paw/${name} is missing`, next })),
        ...stale.map((found) => ({ found, next })),
      ],
    };
  },
};

async function staleSecrets({ kubeconfig }: Target): Promise<string[]> {
  interface ExternalSecret {
    readonly metadata: { readonly name: string };
    readonly status?: { readonly conditions?: readonly { type: string; status: string; message?: string }[] };
  }
  const { items } = (await kubeconfig.makeApiClient(CustomObjectsApi).listNamespacedCustomObject({
    group: "external-secrets.io",
    version: "v1",
    namespace: namespaces.paw,
    plural: "externalsecrets",
  })) as { items: ExternalSecret[] };
  return items.flatMap(({ metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    return ready?.status === "True"
      ? []
      : [`ExternalSecret ${metadata.name}: ${ready?.message ?? "nobody has looked at it"}`];
  });
}

/** Each validator's key is reserved for its pod, so that no other may sign with it. */
export const reservations: Check<Target> = {
  id: "key-reservations",
  title: "key reservations",
  wanted: "one ConsensusKeyReservation for each validator",
  async look({ kubeconfig, config }) {
    const records = await readReservations(kubeconfig);
    const holders = records.map(({ spec }) => `${spec.holder.namespace}/${spec.holder.pod}`);
    const faults = podNames("validator", config.chain.validators).flatMap((pod) => {
      const count = holders.filter((holder) => holder === `${namespaces.paw}/${pod}`).length;
      const next = "kubectl get consensuskeyreservations; docs/adr/0008-signing-keys.md";
      return count === 1 ? [] : [{ found: `${pod} holds ${count} reservations`, next }];
    });
    return { found: `${records.length} reservations`, faults };
  },
};

/** Hours without a backup that succeeded, above which one is missed: a day and a bit. */
const backupHours = 26;

/** Backups are scheduled, and the last one that was due succeeded. */
export const backups: Check<Target> = {
  id: "backups",
  title: "backups",
  wanted: `scheduled, and one that succeeded within ${backupHours} hours`,
  async look({ kubeconfig }) {
    const { items } = await kubeconfig
      .makeApiClient(BatchV1Api)
      .listNamespacedCronJob({ namespace: namespaces.paw });
    const next = "npx paw backup run chain; docs/runbooks/backups.md";
    if (items.length === 0)
      return { found: "no CronJob", faults: [{ found: "no backup is scheduled", next }] };
    return {
      found: items
        .map(({ status }) => `last success: ${status?.lastSuccessfulTime?.toISOString() ?? "none yet"}`)
        .join(", "),
      faults: items.flatMap((job) => backupFaults(job, Date.now())).map((found) => ({ found, next })),
    };
  },
};

/** What is looked at of a CronJob. */
export interface Scheduled {
  readonly metadata?: { readonly name?: string; readonly creationTimestamp?: Date };
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: { readonly lastSuccessfulTime?: Date };
}

/** What is wrong with a schedule of backups at a time (milliseconds). */
export function backupFaults({ metadata, spec, status }: Scheduled, now: number): string[] {
  const name = metadata?.name ?? "";
  const since = status?.lastSuccessfulTime ?? metadata?.creationTimestamp;
  const hours = since === undefined ? Infinity : (now - since.getTime()) / 3_600_000;
  return [
    ...(spec?.suspend === true ? [`${name} is suspended`] : []),
    ...(hours > backupHours ? [`${name} has not succeeded for ${hours.toFixed(0)} hours`] : []),
  ];
}
