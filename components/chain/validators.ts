import * as pulumi from "@pulumi/pulumi";

import { KeyReservations, type ReservationRecord } from "./reservations.ts";
import { type ChainArgs, NodeSet, type NodeSetArgs } from "./nodeSet.ts";
import { validatorsThatMayBeAway } from "./peers.ts";

export interface ValidatorsArgs {
  readonly chain: ChainArgs;
  readonly size: NodeSetArgs["size"];
  /** Reservations of consensus keys that the cluster has already. */
  readonly reserved: readonly ReservationRecord[];
}

/** The validators (spec A11): one signing key each, reserved for it alone in the whole cluster. */
export class Validators extends pulumi.ComponentResource {
  constructor(name: string, args: ValidatorsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:chain:Validators", name, {}, opts);
    const { chain, size, reserved } = args;
    const reservations = new KeyReservations(
      `${name}-keys`,
      { network: chain.network, validators: chain.counts.validator, reserved, keep: chain.keepVolumes },
      { parent: this },
    );
    new NodeSet(
      `${name}-nodes`,
      { role: "validator", chain, size, maxUnavailable: validatorsThatMayBeAway(chain.counts.validator) },
      { parent: this, dependsOn: reservations },
    );
    this.registerOutputs();
  }
}
