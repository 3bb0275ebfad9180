/** Revisions of workloads: what Kubernetes itself keeps of former pod templates. */
import {
  AppsV1Api,
  type V1Deployment,
  type V1ReplicaSet,
  type V1StatefulSet,
  setHeaderOptions,
} from "@kubernetes/client-node";

import { namespaces } from "../../../components/names.ts";
import type { Target } from "../running/target.ts";

export interface Revision {
  readonly kind: "Deployment" | "StatefulSet";
  readonly namespace: string;
  readonly name: string;
  /** Name of the ReplicaSet or ControllerRevision whose template the workload has. */
  readonly of: string;
}

/** Namespaces whose workloads are the stack's own. */
function ownNamespaces({ config }: Target): string[] {
  return [namespaces.paw, config.bizra.namespace];
}

/** The revision that each workload of both systems has now. */
export async function currentRevisions(target: Target): Promise<Revision[]> {
  const api = target.kubeconfig.makeApiClient(AppsV1Api);
  const found = await Promise.all(
    ownNamespaces(target).map(async (namespace) => {
      const [deployments, sets, replicaSets] = await Promise.all([
        api.listNamespacedDeployment({ namespace }),
        api.listNamespacedStatefulSet({ namespace }),
        api.listNamespacedReplicaSet({ namespace }),
      ]);
      return [
        ...deployments.items.flatMap((deployment) => revisionOf(deployment, replicaSets.items)),
        ...sets.items.flatMap(revisionOfSet),
      ];
    }),
  );
  return found.flat();
}

const revisionAnnotation = "deployment.kubernetes.io/revision";

function revisionOf({ metadata }: V1Deployment, replicaSets: readonly V1ReplicaSet[]): Revision[] {
  const revision = metadata?.annotations?.[revisionAnnotation];
  const own = replicaSets.find(
    ({ metadata: set }) =>
      set?.ownerReferences?.some(({ uid }) => uid === metadata?.uid) === true &&
      set.annotations?.[revisionAnnotation] === revision,
  );
  const name = own?.metadata?.name;
  return name === undefined ? [] : [{ kind: "Deployment", ...placeOf(metadata), of: name }];
}

function revisionOfSet({ metadata, status }: V1StatefulSet): Revision[] {
  const of = status?.updateRevision;
  return of === undefined ? [] : [{ kind: "StatefulSet", ...placeOf(metadata), of }];
}

function placeOf(metadata: V1Deployment["metadata"]): { namespace: string; name: string } {
  return { namespace: metadata?.namespace ?? "", name: metadata?.name ?? "" };
}

/**
 * Gives workloads the pod templates of former revisions, where they have others now: the quickest way back, which leaves
 * the stack's state behind until the program is applied again.
 *
 * @returns those that were changed.
 */
export async function undoTo(target: Target, former: readonly Revision[]): Promise<Revision[]> {
  const now = await currentRevisions(target);
  const moved = former.filter((then) =>
    now.some(
      (is) =>
        is.kind === then.kind &&
        is.namespace === then.namespace &&
        is.name === then.name &&
        is.of !== then.of,
    ),
  );
  for (const revision of moved) await undo(target, revision);
  return moved;
}

/** What a revision keeps, as far as it is looked into. */
interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

async function undo({ kubeconfig }: Target, { kind, namespace, name, of }: Revision): Promise<void> {
  const api = kubeconfig.makeApiClient(AppsV1Api);
  const place = { namespace, name };
  const body = (template: object): object => [{ op: "replace", path: "/spec/template", value: template }];
  const patch = setHeaderOptions("Content-Type", "application/json-patch+json");
  const merge = setHeaderOptions("Content-Type", "application/merge-patch+json");
  if (kind === "Deployment") {
    const { spec } = await api.readNamespacedReplicaSet({ namespace, name: of });
    const template = withoutHash(spec?.template as Template);
    await api.patchNamespacedDeployment({ ...place, fieldManager, body: body(template) }, patch);
    const owned = managedBy(await api.readNamespacedDeployment(place));
    await api.patchNamespacedDeployment({ ...place, body: owned }, merge);
    return;
  }
  const revision = await api.readNamespacedControllerRevision({ namespace, name: of });
  const { spec } = revision.data as { spec: { template: Template } };
  // It is kept as a patch that replaces the template.
  const template = Object.fromEntries(Object.entries(spec.template).filter(([key]) => key !== "$patch"));
  await api.patchNamespacedStatefulSet({ ...place, fieldManager, body: body(template) }, patch);
  const owned = managedBy(await api.readNamespacedStatefulSet(place));
  await api.patchNamespacedStatefulSet({ ...place, body: owned }, merge);
}

/** Under this name the API server knows the change. */
const fieldManager = "paw-rollback";

/** The owners of an object's fields without this command: owned by it, they would be refused to Pulumi from now on. */
function managedBy({ metadata }: V1Deployment | V1StatefulSet): object {
  const managedFields = metadata?.managedFields?.filter(({ manager }) => manager !== fieldManager);
  return { metadata: { managedFields } };
}

/** The label by which a Deployment tells its ReplicaSets apart is no part of the template. */
function withoutHash(template: Template): Template {
  const labels = Object.fromEntries(
    Object.entries(template.metadata?.labels ?? {}).filter(([name]) => name !== "pod-template-hash"),
  );
  return { ...template, metadata: { ...template.metadata, labels } };
}
