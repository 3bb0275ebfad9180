/** Chaos Mesh's objects in a cluster: made, watched, and taken away until nothing is left of them. */
import { setTimeout as sleep } from "node:timers/promises";

import { ApiException, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";

import { UserError } from "../errors.ts";
import { type ChaosKind, type ChaosObject, apiGroup, apiVersion, ownLabel, plurals } from "./objects.ts";

/** What Chaos Mesh's controller puts on every object that it has seen, and takes off when the fault is undone. */
const recordFinalizer = "chaos-mesh/records";
/** Its annotation for an object whose fault cannot be undone any more, such as that of a pod that is gone. */
const forcedRemoval = "chaos-mesh.chaos-mesh.org/cleanFinalizer=forced";

export interface Found {
  readonly kind: ChaosKind;
  readonly name: string;
  readonly namespace: string;
}

/** How far Chaos Mesh is with an object. */
export interface Progress {
  /** Whether its controller has seen it at all. */
  readonly noticed: boolean;
  /** Whether the fault acts on all pods that were named. */
  readonly injected: boolean;
  /** What went wrong, in the controller's words. */
  readonly problems: readonly string[];
}

interface Stored {
  readonly metadata?: { readonly name?: string; readonly finalizers?: readonly string[] };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly experiment?: {
      readonly containerRecords?: readonly {
        readonly events?: readonly { readonly type: string; readonly message?: string }[];
      }[];
    };
  };
}

export class ChaosMesh {
  private readonly api: CustomObjectsApi;

  constructor(kubeconfig: KubeConfig) {
    this.api = kubeconfig.makeApiClient(CustomObjectsApi);
  }

  /** Whether the cluster knows a kind of object. */
  async knows(kind: ChaosKind, namespace: string): Promise<boolean> {
    const listed: unknown = await this.api
      .listNamespacedCustomObject({ ...path(kind), namespace, limit: 1 })
      .catch(nothingWhereMissing);
    return listed !== undefined;
  }

  /**
   * Makes a fault.
   *
   * @throws UserError with the API server's words when it refuses.
   */
  async create(object: ChaosObject): Promise<Found> {
    const { kind, metadata } = object;
    const { name, namespace } = metadata;
    await this.api
      .createNamespacedCustomObject({ ...path(kind), namespace, body: object, fieldValidation: "Strict" })
      .catch((error: unknown) => {
        throw new UserError(`the API server refuses ${kind} ${namespace}/${name}: ${saidBy(error)}`, [
          "is the version of Chaos Mesh one of 2.6 to 2.8?",
        ]);
      });
    return { kind, name, namespace };
  }

  /** How far the fault is; nothing where the object is gone. */
  async progress({ kind, name, namespace }: Found): Promise<Progress | undefined> {
    const stored = (await this.api
      .getNamespacedCustomObject({ ...path(kind), namespace, name })
      .catch(nothingWhereMissing)) as Stored | undefined;
    if (stored === undefined) return undefined;
    const { conditions = [], experiment } = stored.status ?? {};
    const records = experiment?.containerRecords ?? [];
    const failed = records.flatMap(({ events = [] }) => events.filter(({ type }) => type === "Failed"));
    return {
      noticed: stored.metadata?.finalizers?.includes(recordFinalizer) === true || conditions.length > 0,
      injected: conditions.some(({ type, status }) => type === "AllInjected" && status === "True"),
      problems: [...new Set(failed.flatMap(({ message }) => (message === undefined ? [] : [message])))],
    };
  }

  /**
   * Takes a fault away, and waits until it is undone: until then the controller holds the object.
   *
   * @param seconds that this may take.
   * @throws UserError when the object is still there then.
   */
  async remove({ kind, name, namespace }: Found, seconds = 60): Promise<void> {
    await this.api
      .deleteNamespacedCustomObject({ ...path(kind), namespace, name })
      .catch(nothingWhereMissing);
    for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
      if ((await this.progress({ kind, name, namespace })) === undefined) return;
      await sleep(300);
    }
    throw new UserError(
      `${kind} ${namespace}/${name} is not gone after ${seconds} s: its fault may still act`,
      [
        "look at Chaos Mesh: kubectl get pods -n chaos-mesh; kubectl logs -n chaos-mesh deploy/chaos-controller-manager",
        `if its pods are gone for good: kubectl annotate -n ${namespace} ${plurals[kind]} ${name} ${forcedRemoval}`,
        "then: npx paw chaos abort",
      ],
    );
  }

  /** All faults that this command has made in a namespace. */
  async own(namespace: string): Promise<Found[]> {
    const labelSelector = Object.entries(ownLabel)
      .map(([label, value]) => `${label}=${value}`)
      .join(",");
    const found: Found[] = [];
    for (const kind of Object.keys(plurals) as ChaosKind[]) {
      const listed = (await this.api
        .listNamespacedCustomObject({ ...path(kind), namespace, labelSelector })
        .catch(nothingWhereMissing)) as { readonly items?: readonly Stored[] } | undefined;
      found.push(
        ...(listed?.items ?? []).map(({ metadata }) => ({ kind, namespace, name: metadata?.name ?? "" })),
      );
    }
    return found;
  }
}

function path(kind: ChaosKind): {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
} {
  return { group: apiGroup, version: apiVersion, plural: plurals[kind] };
}

function nothingWhereMissing(error: unknown): undefined {
  if (error instanceof ApiException && error.code === 404) return undefined;
  throw error;
}

/** The message of the API server's own status. */
function saidBy(error: unknown): string {
  if (!(error instanceof ApiException)) return error instanceof Error ? error.message : String(error);
  const body: unknown = error.body;
  const status = typeof body === "string" ? (parsed(body) ?? {}) : (body as object | undefined);
  const message = (status as { message?: unknown } | undefined)?.message;
  return typeof message === "string" ? message : error.message;
}

function parsed(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
