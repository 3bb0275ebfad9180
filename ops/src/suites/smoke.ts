/** `paw test smoke` (spec A22): what an operator looks at first, all of it through ways that need no open port. */
import { firstLine } from "../errors.ts";
import { bizraPorts, pawPorts } from "../../../components/ports.ts";
import { namespaces, networkConfigMap, selectorLabels } from "../../../components/names.ts";
import { list } from "../running/api.ts";
import type { Check, Outcome } from "../running/checks.ts";
import { isReady, nameOf, podsOf, through } from "../running/forward.ts";
import { hollowPods, isHollow } from "../running/hollow.ts";
import type { Target } from "../running/target.ts";
import type { Status } from "../chain/rpc.ts";
import { secondsOf } from "../duration.ts";
import { answered, eachRpc, inTurns, nodesOf } from "./nodes.ts";
import {
  type HealthAnswer,
  type SeenService,
  type SeenSlice,
  judgeBlocks,
  judgeEndpoints,
  judgeHealth,
  judgeNodes,
  judgeWorkloads,
  wantedWorkloads,
} from "./smoke/judge.ts";

/** Milliseconds for one answer of a health endpoint. */
const patience = 10_000;
/** Milliseconds of silence after which an answer counts as whole. */
const quiet = 500;

export const smokeChecks: readonly Check<Target>[] = [
  {
    id: "pods-ready",
    title: "Pods",
    wanted: "as many ready pods of each workload as the stack file says",
    look: lookAtPods,
  },
  {
    id: "service-endpoints",
    title: "Services",
    wanted: "a ready address behind every Service that selects pods",
    look: lookAtServices,
  },
  {
    id: "node-rpc",
    title: "RPC of every node",
    wanted: "an answer of the network's own chain, not catching up, with a peer",
    look: inside(lookAtNodes),
  },
  {
    id: "blocks",
    title: "Blocks",
    wanted: "two more blocks on every node that answers",
    look: inside(lookAtBlocks),
  },
  {
    id: "health",
    title: "Health endpoints",
    wanted: "200 from each node's health server, each API proxy, and /health and /ready of each bizra pod",
    look: inside(lookAtHealth),
  },
];

/** A look into the chain's pods, where something is inside. */
function inside(look: (target: Target) => Promise<Outcome>): (target: Target) => Promise<Outcome> {
  return async (target) => ((await isHollow(target, namespaces.paw)) ? hollowPods : look(target));
}

async function lookAtPods(target: Target): Promise<Outcome> {
  const wanted = wantedWorkloads(target.config);
  const seen = await Promise.all(
    wanted.map(async (workload) => {
      const pods = await podsOf(target, workload);
      return pods.map((pod) => ({ name: nameOf(pod), ready: isReady(pod) }));
    }),
  );
  return judgeWorkloads(wanted.map((workload, index) => ({ ...workload, pods: seen[index] ?? [] })));
}

async function lookAtServices(target: Target): Promise<Outcome> {
  const places = [namespaces.paw, target.config.bizra.namespace];
  const found = await Promise.all(
    places.map(async (namespace) => {
      const services = await list<SeenService>(target, {
        ...{ apiVersion: "v1", kind: "Service", resource: "services" },
        namespace,
      });
      const slices = await list<SeenSlice>(target, {
        ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", resource: "endpointslices" },
        namespace,
      });
      return { services, slices };
    }),
  );
  return judgeEndpoints(
    found.flatMap(({ services }) => services),
    found.flatMap(({ slices }) => slices),
  );
}

async function lookAtNodes(target: Target): Promise<Outcome> {
  const nodes = await nodesOf(target);
  const asked = await eachRpc(target, nodes, async (rpc) => ({
    ...(await rpc.status()),
    peers: await rpc.peers(),
  }));
  return judgeNodes(asked, await chainIdOf(target, answered(asked)));
}

/** The network's chain id as the stack knows it: from its file, or from what `paw validators init` left in the cluster. */
async function chainIdOf(
  target: Target,
  seen: readonly { readonly value: Pick<Status, "chainId"> }[],
): Promise<string> {
  if (target.config.network) return target.config.network.chainId;
  const maps = await list<{ data?: Readonly<Record<string, string>> }>(target, {
    ...{ apiVersion: "v1", kind: "ConfigMap", resource: "configmaps" },
    namespace: namespaces.paw,
  });
  const facts = maps.find(({ metadata }) => metadata.name === networkConfigMap)?.data?.["network.json"];
  return facts === undefined
    ? (seen[0]?.value.chainId ?? "")
    : (JSON.parse(facts) as { chainId: string }).chainId;
}

async function lookAtBlocks(target: Target): Promise<Outcome> {
  const first = answered(
    await eachRpc(target, await nodesOf(target), async (rpc) => (await rpc.status()).height),
  );
  const seconds = blockPatience(target);
  const last = new Map(first.map(({ pod, value }) => [pod, value]));
  let waiting = first;
  for (const end = Date.now() + seconds * 1000; Date.now() < end && waiting.length > 0;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const now = answered(await eachRpc(target, waiting, async (rpc) => (await rpc.status()).height));
    for (const { pod, value } of now) last.set(pod, value);
    waiting = waiting.filter(({ pod, value }) => (last.get(pod) ?? 0) < value + 2);
  }
  return judgeBlocks(
    first.map(({ pod, value }) => ({ pod, from: value, to: last.get(pod) ?? value })),
    seconds,
  );
}

/** Seconds in which two blocks have to be there: ten of the pauses between blocks, and some for a slow machine. */
function blockPatience({ config }: Target): number {
  return 20 + 10 * secondsOf(config.chain.timeoutCommit);
}

async function lookAtHealth(target: Target): Promise<Outcome> {
  const { bizra } = target.config;
  const nodes = (await nodesOf(target)).map(({ pod }) => ({
    ...{ namespace: namespaces.paw, pod, port: pawPorts.health.port, path: "/cgi-bin/health" },
  }));
  const of = async (namespace: string, part: "paw" | "bizra", component: string): Promise<string[]> =>
    (await podsOf(target, { namespace, labels: selectorLabels(part, component) })).map(nameOf);
  const proxies = (await of(namespaces.paw, "paw", "api")).map((pod) => ({
    ...{ namespace: namespaces.paw, pod, port: pawPorts.rest.port, path: "/healthz" },
  }));
  const apps = (await of(bizra.namespace, "bizra", "apex")).flatMap((pod) =>
    ["/health", "/ready"].map((path) => ({
      ...{ namespace: bizra.namespace, pod, port: bizraPorts.http, path },
    })),
  );
  const answers = await inTurns([...nodes, ...proxies, ...apps], async (where): Promise<HealthAnswer> => {
    const asked = through(target, where, async (url) => {
      const response = await fetch(`${url}${where.path}`, { signal: AbortSignal.timeout(patience) });
      return { ...where, status: response.status, text: await textOf(response) };
    });
    return asked.catch((error: unknown) => ({ ...where, status: 0, text: firstLine(error) }));
  });
  return judgeHealth(answers);
}

/**
 * What an answer holds, as far as it has come when nothing more does. A server may tell its end by ending the connection,
 * which not every way into a pod passes on: kwok's does not.
 */
export async function textOf({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (reader !== undefined) {
    const nothing = AbortSignal.timeout(quiet);
    const next = await Promise.race([
      reader.read(),
      new Promise<undefined>((resolve) => {
        nothing.addEventListener("abort", () => {
          resolve(undefined);
        });
      }),
    ]);
    if (next?.value === undefined) break;
    text += decoder.decode(next.value, { stream: true });
  }
  await reader?.cancel();
  return text;
}
