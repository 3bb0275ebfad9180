/** Whether Secrets lie encrypted where the cluster stores them: one is written, and read past the API server, out of etcd. */
import type { Outcome } from "../../running/checks.ts";
import type { Target } from "../../running/target.ts";
import { apiServerFlags } from "./apiServer.ts";
import { embeddedCluster } from "./embedded.ts";
import { withProbeSecret } from "./probeSecret.ts";

/** What the API server writes before what it encrypted; the provider's name follows. */
const encrypted = /^k8s:enc:([^:]+):v\d+:/;
const root = "/registry/secrets/";

export async function lookAtRest(target: Target): Promise<Outcome> {
  const own = embeddedCluster(target);
  if (own === undefined) return judgeFlags(await apiServerFlags(target));
  return withProbeSecret(target, async ({ namespace, name, value, encoded }) => {
    const stored = await read(own.etcd, root);
    return judgeAtRest(stored, { key: `${root}${namespace}/${name}`, contents: [value, encoded] });
  });
}

/** What etcd holds, by key. */
export type Stored = ReadonlyMap<string, Buffer>;

export interface Probe {
  readonly key: string;
  /** Texts that must not be found in what is stored under it. */
  readonly contents: readonly string[];
}

export function judgeAtRest(stored: Stored, { key, contents }: Probe): Outcome {
  const next =
    "give the API server --encryption-provider-config, then write all Secrets again: kubectl get secrets -A -o json | kubectl replace -f -";
  const value = stored.get(key);
  if (value === undefined) return { found: `${key} is not in etcd`, faults: [{ found: "not found", next }] };
  const open = contents.some((content) => value.includes(content));
  const plain = [...stored].filter(([, each]) => !encrypted.test(head(each))).map(([each]) => each);
  const [, provider = "nothing"] = encrypted.exec(head(value)) ?? [];
  const names = plain.map((each) => each.slice(root.length));
  return {
    found: `${stored.size - plain.length} of ${stored.size} Secrets in etcd are encrypted, a new one by ${provider}`,
    faults: [
      ...(open ? [{ found: `a new Secret lies open in etcd, under ${key}`, next }] : []),
      ...(names.length > 0
        ? [
            {
              found: `not encrypted: ${names.slice(0, 5).join(", ")}${names.length > 5 ? " and others" : ""}`,
              next,
            },
          ]
        : []),
    ],
  };
}

const head = (value: Buffer): string => value.subarray(0, 64).toString("latin1");

/** Where etcd cannot be reached, as far as the API server's own flags say it. */
export function judgeFlags(flags: readonly string[] | undefined): Outcome {
  const look =
    "on a control-plane node: etcdctl get /registry/secrets/NAMESPACE/NAME | head -c 40, which has to begin with k8s:enc:";
  if (flags === undefined) {
    const notEvaluated = `neither etcd nor the API server's flags can be seen from here; ask your provider, or look ${look}`;
    return { found: "not seen", faults: [], notEvaluated };
  }
  if (!flags.some((flag) => flag.startsWith("--encryption-provider-config="))) {
    return {
      found: "the API server stores Secrets as they are",
      faults: [
        {
          found: "it has no --encryption-provider-config",
          next: "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/",
        },
      ],
    };
  }
  const notEvaluated = `the API server has --encryption-provider-config; whether it encrypts Secrets shows in etcd alone, ${look}`;
  return { found: "configured", faults: [], notEvaluated };
}

/** Everything below a prefix, through etcd's HTTP gateway. */
async function read(etcd: string, prefix: string): Promise<Stored> {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  const response = await fetch(`${etcd}/v3/kv/range`, {
    method: "POST",
    body: JSON.stringify({
      key: Buffer.from(prefix).toString("base64"),
      range_end: end.toString("base64"),
    }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`etcd at ${etcd} answers ${response.status}`);
  const { kvs = [] } = (await response.json()) as { kvs?: { key: string; value: string }[] };
  return new Map(
    kvs.map(({ key, value }) => [Buffer.from(key, "base64").toString(), Buffer.from(value, "base64")]),
  );
}
