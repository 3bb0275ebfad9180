/**
 * Reservations of consensus keys: a cluster-wide object per key that names its only holder, and holds the one-time mark
 * of a key that has signed nothing yet.
 */
import { readFileSync } from "node:fs";

import { CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { commonLabels, namespaces } from "../names.ts";
import type { Network } from "./network.ts";
import { podNames, workloadName } from "./nodes.ts";

const group = "paw.network";
const version = "v1alpha1";
const plural = "consensuskeyreservations";

interface Reservation {
  readonly chainId: string;
  readonly holder: { readonly namespace: string; readonly pod: string };
  /** Whether the key may have signed. */
  readonly used: boolean;
}

/** A reservation as it stands in the cluster. */
export interface ReservationRecord {
  /** The key's address in lower case. */
  readonly address: string;
  readonly spec: Reservation;
}

/** Tries, a second apart, while the API server says that it is about to be ready. */
const patience = 15;

/**
 * The reservations that a cluster has; none where it does not know the kind yet. Just after the kind was made the API
 * server asks for a second's patience ("storage is (re)initializing").
 *
 * @throws RunError naming the API server's own reason.
 */
export async function readReservations(
  kubeconfig: KubeConfig,
  tries = patience,
): Promise<ReservationRecord[]> {
  const api = kubeconfig.makeApiClient(CustomObjectsApi);
  try {
    const list = (await api.listClusterCustomObject({ group, version, plural })) as {
      items: { metadata: { name: string }; spec: Reservation }[];
    };
    return list.items.map(({ metadata, spec }) => ({ address: metadata.name, spec }));
  } catch (error) {
    const { code, message } = error as { code?: number; message?: string };
    if (code === 404) return [];
    if ((code === 429 || code === 503) && tries > 1) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return readReservations(kubeconfig, tries - 1);
    }
    throw new pulumi.RunError(
      `the reservations of consensus keys cannot be read, and without them nothing is safe to deploy: ${message ?? String(error)}. ` +
        `Try again; if it stays, look with: kubectl get ${plural}`,
    );
  }
}

/** What a network wants reserved. A key is unused only while both the network's facts and the cluster say so. */
export function wantedReservations(
  network: Network,
  validators: number,
  reserved: readonly ReservationRecord[],
): ReservationRecord[] {
  return podNames("validator", validators).map((pod) => {
    const entry = network.nodes[pod];
    const address = (entry?.consensusAddress ?? "").toLowerCase();
    const existing = reserved.find((record) => record.address === address);
    return {
      address,
      spec: {
        chainId: network.chainId,
        holder: { namespace: namespaces.paw, pod },
        used: existing?.spec.used ?? entry?.unused !== true,
      },
    };
  });
}

/** Keys that somebody else holds, in the words of a refusal. */
export function reservationRefusals(
  wanted: readonly ReservationRecord[],
  reserved: readonly ReservationRecord[],
): string[] {
  const name = ({ chainId, holder }: Reservation): string =>
    `${holder.namespace}/${holder.pod} of chain ${chainId}`;
  return wanted.flatMap(({ address, spec }) => {
    const existing = reserved.find((record) => record.address === address);
    if (existing === undefined || name(existing.spec) === name(spec)) return [];
    return [
      `the consensus key ${address.toUpperCase()} is reserved for ${name(existing.spec)}, and this stack would give it to ` +
        `${name(spec)}: two that sign with one key are slashed. Give this network keys of its own, or, once the ` +
        `other holder is gone for good, remove its reservation: kubectl delete ${plural} ${address}`,
    ];
  });
}

export interface KeyReservationsArgs {
  readonly network: Network;
  readonly validators: number;
  readonly reserved: readonly ReservationRecord[];
  /** Whether reservations outlive the stack: a key that has signed stays a key that has signed. */
  readonly keep: boolean;
}

/** The reservations of a network's validators, and the right of their start guard to read and to use up each one. */
export class KeyReservations extends pulumi.ComponentResource {
  constructor(name: string, args: KeyReservationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:chain:KeyReservations", name, {}, opts);
    const labels = commonLabels("paw", "validator");
    const definition = new k8s.apiextensions.v1.CustomResourceDefinition(
      `${name}-definition`,
      reservationDefinition(),
      // Its end would be the end of all reservations on the cluster, also those of others.
      { parent: this, retainOnDelete: args.keep },
    );
    const wanted = wantedReservations(args.network, args.validators, args.reserved);
    for (const { address, spec } of wanted) {
      new k8s.apiextensions.CustomResource(
        `${name}-${spec.holder.pod}`,
        {
          apiVersion: `${group}/${version}`,
          kind: "ConsensusKeyReservation",
          metadata: { name: address, labels },
          spec,
        },
        {
          parent: this,
          dependsOn: definition,
          retainOnDelete: args.keep,
          // The guard uses the mark up; nobody brings it back.
          ignoreChanges: ["spec.used"],
        },
      );
    }
    const role = new k8s.rbac.v1.ClusterRole(
      `${name}-guard`,
      {
        metadata: { name: "paw-start-guard", labels },
        rules: [
          {
            apiGroups: [group],
            resources: [plural],
            resourceNames: wanted.map(({ address }) => address),
            verbs: ["get", "patch"],
          },
        ],
      },
      { parent: this },
    );
    new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-guard-binding`,
      {
        metadata: { name: "paw-start-guard", labels },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "paw-start-guard" },
        subjects: [{ kind: "ServiceAccount", name: workloadName("validator"), namespace: namespaces.paw }],
      },
      { parent: this, dependsOn: role },
    );
    this.registerOutputs();
  }
}

/** The kind's definition; it belongs to this program and not to a chart, so every stack brings it. */
export function reservationDefinition(): k8s.types.input.apiextensions.v1.CustomResourceDefinition {
  return parse(
    readFileSync(new URL("reservations.yaml", import.meta.url), "utf8"),
  ) as k8s.types.input.apiextensions.v1.CustomResourceDefinition;
}
