/** What has to be known of the chain before anything is registered: its network, and the keys that are taken. */
import { ApiException, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";

import { namespaces, networkConfigMap } from "../names.ts";
import { type Network, placeholderNetwork } from "./network.ts";
import type { NodeCounts } from "./nodes.ts";
import {
  type ReservationRecord,
  readReservations,
  reservationRefusals,
  wantedReservations,
} from "./reservations.ts";

export interface ChainFacts {
  readonly network: Network;
  /** Reservations of consensus keys that the cluster has. */
  readonly reserved: readonly ReservationRecord[];
  /** True where there is no network yet, and `network` is made of placeholders: fit for a preview alone. */
  readonly missing: boolean;
  /** Reasons to stop before anything is sent, also at preview. */
  readonly refusals: readonly string[];
}

export interface ChainQuestion {
  readonly kubeconfig: KubeConfig;
  /** Facts that the configuration names; otherwise they are looked for in the cluster, if `inCluster`. */
  readonly network: Network | undefined;
  readonly inCluster: boolean;
  readonly counts: NodeCounts;
  /** Marks values of a network that is not there. */
  readonly marker: string;
  /** Checks facts from the cluster; throws with every fault. */
  readonly check: (raw: unknown) => Network;
}

/** Reads the facts; asks the cluster for reservations, and for the network where the configuration says so. */
export async function inspectChain(question: ChainQuestion): Promise<ChainFacts> {
  const { kubeconfig, counts } = question;
  const [reserved, raw] = await Promise.all([
    readReservations(kubeconfig),
    question.inCluster ? readNetwork(kubeconfig) : undefined,
  ]);
  const known = question.network ?? (raw === undefined ? undefined : question.check(raw));
  if (known === undefined) {
    return { network: placeholderNetwork(question.marker, counts), reserved, missing: true, refusals: [] };
  }
  const wanted = wantedReservations(known, counts.validator, reserved);
  return { network: known, reserved, missing: false, refusals: reservationRefusals(wanted, reserved) };
}

/** Content of the ConfigMap that `paw validators init` leaves, as JSON; nothing where there is none. */
async function readNetwork(kubeconfig: KubeConfig): Promise<unknown> {
  const api = kubeconfig.makeApiClient(CoreV1Api);
  try {
    const map = await api.readNamespacedConfigMap({ name: networkConfigMap, namespace: namespaces.paw });
    return JSON.parse(map.data?.["network.json"] ?? "null") as unknown;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}
