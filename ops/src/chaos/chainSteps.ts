/** The hypothesis about the chain: it makes blocks before, all the while, and with everybody afterwards. */
import { setTimeout as sleep } from "node:timers/promises";

import type { CometRpc } from "../chain/rpc.ts";
import { isReady, nameOf, podsOf } from "../running/forward.ts";
import { readClusterNetwork } from "../validators/cluster.ts";
import { lastSigned, observe, watchBlocks } from "./chainHealth.ts";
import {
  type Experiment,
  type ExperimentPlan,
  type Step,
  bad,
  fine,
  needed,
  observed,
  unknown,
} from "./experiment.ts";
import { within } from "./inject.ts";
import { powerWithout } from "./power.ts";

/** Blocks after which all is as before: the commits that are looked at are then of the time after the fault. */
const blocksAfter = 4;

/** Does some work with the RPC of a node that the fault is not for. */
async function watching<T>(experiment: Experiment, work: (rpc: CometRpc) => Promise<T>): Promise<T> {
  const observer = await observe(experiment.target, experiment.victims.map(nameOf));
  try {
    return await work(observer.rpc);
  } finally {
    observer.close();
  }
}

export const chainSteady = ({ gap }: ExperimentPlan): Step =>
  needed({
    id: "steady",
    title: "steady state before",
    wanted: `a block within the last ${gap} s, signed by all validators`,
    look: (experiment) =>
      watching(experiment, async (rpc) => {
        const { height, time, voters, signed } = await lastSigned(rpc);
        const age = (Date.now() - time) / 1000;
        const away = voters.filter(({ address }) => !signed.has(address));
        const found = `height ${height}, ${age.toFixed(0)} s old, signed by ${voters.length - away.length} of ${voters.length}`;
        const next = "nothing is injected into a chain that is not well: docs/runbooks/consensus-stalled.md";
        return age <= gap && away.length === 0 ? fine(found) : bad(found, next);
      }),
  });

/** Only for validators: what goes must not be what the chain cannot do without. */
export const chainSurvives: Step = needed({
  id: "survivable",
  title: "voting power that is left",
  wanted: "more than two thirds",
  look: (experiment) =>
    watching(experiment, async (rpc) => {
      const { config, kubeconfig } = experiment.target;
      const network = config.network ?? (await readClusterNetwork(kubeconfig));
      const going = experiment.victims.map(nameOf).map((pod) => network?.nodes[pod]?.consensusAddress);
      const next = "fewer at once: --pods 1";
      if (going.includes(undefined))
        return bad("whose key a pod has is not known", "npx paw validators add writes it down");
      const { voters, signed } = await lastSigned(rpc);
      const known = going.filter((address) => address !== undefined);
      const { survives, total, awayThen } = powerWithout({ voters, signed, going: known });
      const found = `${total - awayThen} of ${total}`;
      return survives ? fine(found) : bad(found, next);
    }),
});

export const chainDuring = ({ seconds, gap }: ExperimentPlan): Step =>
  observed({
    id: "during",
    title: "blocks while the fault acts",
    wanted: `a new one every ${gap} s at least`,
    look: (experiment) =>
      watching(experiment, async (rpc) => {
        const { signal } = experiment;
        const watched = await watchBlocks(async () => (await rpc.status()).height, {
          ...{ seconds, longestGap: gap, signal, now: () => performance.now() },
          pause: () => sleep(500),
        });
        const found = `${watched.blocks} in ${watched.seconds.toFixed(0)} s, the longest pause ${watched.longestGap.toFixed(1)} s`;
        if (watched.longestGap > gap) {
          return bad(`${found}; the fault is taken away at once`, "docs/runbooks/consensus-stalled.md");
        }
        return watched.cutShort ? unknown(`cut short: ${found}`) : fine(found);
      }),
  });

export const chainRecovered: Step = observed({
  id: "recovered",
  title: "steady state afterwards",
  wanted: "signed by all validators, and the pods ready",
  look: (experiment) =>
    watching(experiment, async (rpc) => {
      const { plan, signal } = experiment;
      const begun = Date.now();
      const { height: from } = await rpc.status();
      let found = "";
      const back = await within(plan.recovery, async () => {
        const { height, voters, signed } = await lastSigned(rpc);
        const away = voters.filter(({ address }) => !signed.has(address)).length;
        const ready = await victimsReady(experiment);
        found = `height ${height}, signed by ${voters.length - away} of ${voters.length}, pods ${ready ? "ready" : "not ready"}`;
        return (height >= from + blocksAfter && away === 0 && ready) || signal.aborted;
      });
      if (signal.aborted) return unknown(`interrupted: ${found}`);
      const seconds = ((Date.now() - begun) / 1000).toFixed(0);
      return back
        ? fine(`${found}, after ${seconds} s`)
        : bad(`${found}, after ${seconds} s`, "docs/runbooks/validator-not-signing.md");
    }),
});

/** Whether the pods, or those that took their names, are ready. */
async function victimsReady({ target, where, victims }: Experiment): Promise<boolean> {
  const ready = (await podsOf(target, where)).filter(isReady).map(nameOf);
  return victims.map(nameOf).every((name) => ready.includes(name));
}
