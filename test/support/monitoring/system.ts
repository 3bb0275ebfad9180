/**
 * Everything that is watched, alive: six nodes, the API layer and bizra's simulator as processes, out of what the API
 * server stored, and somebody who uses them.
 */
import { type Chain, addressOf, eventually, startSixNodes } from "../chain.ts";
import type { RunningPod } from "../podRunner.ts";
import type { KubernetesObject } from "../rendered.ts";
import type { Sandbox } from "../sandbox.ts";
import { startBizra } from "./bizra.ts";
import type { Target } from "./scrape.ts";
import { Sender } from "./transactions.ts";

export interface System {
  readonly sandbox: Sandbox;
  readonly chain: Chain;
  /** bizra's pods by their names in the cluster. */
  readonly bizra: ReadonlyMap<string, RunningPod>;
  readonly addressOf: (target: Target) => string | undefined;
  /** Tells the simulators: `PUT` to their control. */
  readonly simulate: (path: "load" | "faults", value: unknown) => Promise<void>;
  dispose(): Promise<void>;
}

/**
 * Takes two minutes.
 *
 * @param prepare changes the clone further before its stack is deployed.
 */
export async function startSystem(prepare: (clone: Sandbox) => void = () => undefined): Promise<System> {
  const { sandbox, chain } = await startSixNodes((clone) => {
    clone.change("Pulumi.local.yaml", (text) =>
      text.replace("poiBatchVerify: false", "poiBatchVerify: false\n    simulate: true"),
    );
    prepare(clone);
  });
  await chain.startApi();
  // The simulated pods come one after the other, as the StatefulSet's order has it.
  await eventually("the cluster has all pods of the chain", 180, async () => {
    const { items } = await sandbox.stored<{ items: KubernetesObject[] }>("statefulsets", "-n", "paw");
    return items.every(({ spec, status }) => status?.availableReplicas === spec.replicas);
  });
  const bizra = await startBizra(sandbox, chain.folder);
  const addresses = new Map([...bizra].map(([name, { plan }]) => [name, plan.address]));
  const users = await startUsers(sandbox);
  return {
    sandbox,
    chain,
    bizra,
    addressOf: ({ pod, port }) => {
      const name = pod.startsWith("paw-api-") ? "paw-api" : pod;
      const known = addresses.get(pod) ?? (chain.pods.has(name) ? addressOf(name) : undefined);
      return known === undefined ? undefined : `${known}:${port}`;
    },
    simulate: async (path, value) => {
      for (const address of addresses.values()) {
        const response = await fetch(`http://${address}:9999/${path}`, {
          method: "PUT",
          body: JSON.stringify(value),
        });
        if (!response.ok) throw new Error(`the simulator refuses ${path}: ${await response.text()}`);
      }
    },
    dispose: async () => {
      await users.stop();
      await Promise.all([...bizra.values()].map((pod) => pod.kill()));
      await chain.dispose();
    },
  };
}

/** Two who use the system until they are stopped: an account that sends transactions, and a client of the API. */
async function startUsers(sandbox: Sandbox): Promise<{ stop(): Promise<void> }> {
  const rest = `http://${addressOf("paw-full-node-0")}:1317`;
  const rpc = `http://${addressOf("paw-full-node-0")}:26657`;
  const { data } = await sandbox.stored<KubernetesObject>("secret", "paw-operator-keys", "-n", "paw");
  const [first, second] = await Promise.all(
    [0, 1].map((ordinal) => {
      const file = Buffer.from(
        (data as Record<string, string>)[`paw-validator-${ordinal}.json`] ?? "",
        "base64",
      );
      const { mnemonic } = JSON.parse(file.toString()) as { mnemonic: string };
      return Sender.of({ rest, rpc, chainId: "paw-local-1", prefix: "cosmos" }, mnemonic);
    }),
  );
  if (first === undefined || second === undefined) throw new Error("the network has no operators");
  let stopped = false;
  const until = async (seconds: number, work: () => Promise<unknown>): Promise<void> => {
    while (!stopped) {
      // The chain is halted on purpose in between: then nothing is taken, and the next round tries again.
      await work().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  };
  const account = until(1, async () => {
    await first.delegate(second.validator, 1000);
    await first.pay(second.address, 5);
    await first.undelegate(second.validator, 10);
    await first.redelegate(second.validator, first.validator, 10);
    // More than it has: executed, and failed.
    await first.pay(second.address, 10 ** 15);
  });
  const client = until(0.2, async () => {
    await fetch(`http://${addressOf("paw-api")}:1317/cosmos/base/tendermint/v1beta1/blocks/latest`, {
      headers: { "x-forwarded-for": `203.0.113.${Math.ceil(Math.random() * 200)}` },
    });
    await fetch(`http://${addressOf("paw-api")}:1317/cosmos/bank/v1beta1/params`, { method: "DELETE" });
  });
  return {
    stop: async () => {
      stopped = true;
      await Promise.all([account, client]);
    },
  };
}
