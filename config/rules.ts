/** Rules that a schema of single keys cannot hold: what belongs together, and what an environment demands. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

import type { z } from "zod";

import { secondsOf } from "../components/bizra/canaryPlan.ts";
import { type Network, networkSchema, topologyFaults } from "../components/chain/network.ts";
import { isLocation } from "../components/platform/charts/source.ts";
import { placeholder, type schema } from "./schema.ts";

export type Values = z.infer<typeof schema>;

/** One fault of a stack file. `found` is missing for an unknown key: its value may be anything, even a secret. */
export interface Fault {
  readonly key: string;
  readonly found?: unknown;
  readonly wanted: string;
}

/** Keys that name an image, with where it stands. */
const imageKeys = [
  ["bizra", "image"],
  ["chain", "image"],
  ["images", "tools"],
  ["images", "curl"],
  ["images", "proxy"],
  ["images", "restic"],
  ["images", "gatewayPlugin"],
] as const;

/** Outside `local` an image must be pinned by digest; a marked placeholder is told apart from a forgotten one. */
export function digestFaults(environment: string, values: unknown): Fault[] {
  if (environment === "local") return [];
  return imageKeys.flatMap(([key, field]) => {
    const found = lookUp(values, [key, field]);
    if (typeof found !== "string" || found.includes("@sha256:")) return [];
    return [
      {
        key: `paw:${key}.${field}`,
        found,
        wanted: `must be pinned by a digest in ${environment}: name:tag@sha256:<64 hex digits>`,
      },
    ];
  });
}

/** Keys whose value is still a marked placeholder. */
export function placeholdersIn(values: Values): string[] {
  const images = imageKeys.filter(([key, field]) =>
    (values[key] as Readonly<Partial<Record<string, string>>>)[field]?.includes(placeholder),
  );
  return [
    ...images.map(([key, field]) => `paw:${key}.${field}`),
    ...(values.chain.network === placeholder ? ["paw:chain.network"] : []),
  ];
}

/** Faults that only two values together show. */
export function relationFaults(values: Values, environment: string): Fault[] {
  const { api, bizra, chain, resources, secrets } = values;
  const least = (key: string, field: string, [found, lower, of]: [number, number, string]): Fault[] =>
    found >= lower
      ? []
      : [
          {
            key: `paw:${key}.${field}`,
            found,
            wanted: `must be at least paw:${key}.${of}, which is ${lower}`,
          },
        ];
  const faults: Fault[] = [
    ...mirrorFaults(values),
    ...meshFaults(values),
    ...canaryFaults(values),
    ...least("bizra", "maxReplicas", [bizra.maxReplicas, bizra.replicas, "replicas"]),
    ...least("api", "maxReplicas", [api.maxReplicas, api.replicas, "replicas"]),
    ...least("chain", "maxFullNodes", [chain.maxFullNodes, chain.fullNodes, "fullNodes"]),
  ];
  if (environment !== "local" && (secrets.source === "cluster" || chain.network === "cluster")) {
    faults.push({
      key: secrets.source === "cluster" ? "paw:secrets.source" : "paw:chain.network",
      found: "cluster",
      wanted: `is for local alone: keys of ${environment} live in Vault, and its network's facts in a file under review`,
    });
  }
  if (environment !== "local" && bizra.simulate) {
    faults.push({
      key: "paw:bizra.simulate",
      found: true,
      wanted: `is for local alone: ${environment} runs paw:bizra.image`,
    });
  }
  if (environment !== "local" && resources.requestScale !== 1) {
    faults.push({
      key: "paw:resources.requestScale",
      found: resources.requestScale,
      wanted: `is for local alone: ${environment} asks for what it uses`,
    });
  }
  if (chain.stateSync !== undefined && chain.validators < 2) {
    faults.push({
      key: "paw:chain.stateSync",
      wanted: "needs two validators, whose answers its light client compares",
    });
  }
  return faults;
}

/** A mirror belongs to its source. What is written there is not shown: it may be an address with a password. */
function mirrorFaults({ charts: { source, mirror } }: Values): Fault[] {
  const key = "paw:charts.mirror";
  if (source !== "mirror") {
    return mirror === undefined
      ? []
      : [{ key, wanted: `is for paw:charts.source mirror alone, which is ${source}: remove it` }];
  }
  if (mirror === undefined) return [{ key, wanted: "is required with paw:charts.source mirror" }];
  if (isLocation(mirror)) return [];
  return [{ key, wanted: "must be a directory, or oci://host/prefix without user and password" }];
}

/** An anchor in Vault has to outlive Vault's restarts, and proxies have to trust it. */
function meshFaults({ mesh, platform }: Values): Fault[] {
  if (mesh.issuer !== "vault") return [];
  const needs: [unknown, string, string][] = [
    [mesh.anchors, "paw:mesh.anchors", "is required with paw:mesh.issuer vault: the anchor that Vault holds"],
    [
      platform.vaultSeal,
      "paw:platform.vaultSeal",
      "is required with paw:mesh.issuer vault: a throw-away Vault would lose the anchor",
    ],
  ];
  return needs.filter(([value]) => value === undefined).map(([, key, wanted]) => ({ key, wanted }));
}

/** A canary takes rising shares, is measured at each, and needs what weighs its routes. */
function canaryFaults({ bizra: { canary }, charts, images }: Values): Fault[] {
  if (canary === undefined) return [];
  const { steps, route } = canary;
  const { window, interval } = canary.analysis;
  const least = secondsOf(window) + secondsOf(interval);
  const rising = steps.flatMap(({ weight }, index): Fault[] =>
    index === 0 || weight > (steps[index - 1]?.weight ?? 0)
      ? []
      : [
          {
            key: `paw:bizra.canary.steps.${index}.weight`,
            found: weight,
            wanted: "must be above the one before",
          },
        ],
  );
  const measured = steps.flatMap(({ dwell }, index): Fault[] =>
    secondsOf(dwell) >= least
      ? []
      : [
          {
            key: `paw:bizra.canary.steps.${index}.dwell`,
            found: dwell,
            wanted: `must be at least window and interval of its analysis, ${window} and ${interval}: else nothing is measured`,
          },
        ],
  );
  const plugin =
    route === "gateway" && charts.source !== "crds" && images.gatewayPlugin === undefined
      ? [
          {
            key: "paw:images.gatewayPlugin",
            wanted: "is required with paw:bizra.canary.route gateway: it weighs the routes",
          },
        ]
      : [];
  return [...rising, ...measured, ...plugin];
}

/** What works, and a person should know. */
export function warningsOf({ chain, alerting, charts }: Values, environment: string): string[] {
  const one = chain.validators === 1;
  const few =
    `paw:chain.validators is ${chain.validators}: the chain stops as soon as ${one ? "its only validator" : "one of them"} ` +
    "is away, and no eviction is allowed. Four survive the loss of one";
  const nobodyIsTold = !alerting.slack && !alerting.email && !alerting.pagerduty;
  return [
    ...(chain.validators > 3 ? [] : [few]),
    ...(environment !== "local" && charts.source !== "crds" && nobodyIsTold
      ? ["paw:alerting names no receiver: alerts are shown in Alertmanager, and nobody is told"]
      : []),
  ];
}

/** Reads the facts that `paw:chain.network` points to, and holds them against the counts. */
export function networkOf({ chain }: Values, root: URL): { network?: Network; faults: Fault[] } {
  if (chain.network === "cluster" || chain.network === placeholder) return { faults: [] };
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(new URL(chain.network, root), "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(",")[0] : String(error);
    const wanted = `must be a network.json of "paw validators init", as a path in this project: ${reason ?? ""}`;
    return { faults: [{ key: "paw:chain.network", found: chain.network, wanted }] };
  }
  return parseNetwork(raw, chain);
}

/** Checks facts of a network, wherever they come from. The faults' keys are paths inside the facts. */
export function parseNetwork(
  raw: unknown,
  counts: Pick<Values["chain"], "validators" | "sentries" | "fullNodes">,
): { network?: Network; faults: Fault[] } {
  const parsed = networkSchema.safeParse(raw);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => ({
      key: `network.json: ${path.map(String).join(".")}`,
      found: lookUp(raw, path),
      wanted: message,
    }));
    return { faults };
  }
  const faults = topologyFaults(parsed.data, {
    validator: counts.validators,
    sentry: counts.sentries,
    "full-node": counts.fullNodes,
  }).map(({ key, wanted }) => ({ key: `network.json: ${key}`, wanted }));
  return faults.length > 0 ? { faults } : { network: parsed.data, faults };
}

/** Reads the certificates that `paw:mesh.anchors` names. A private key among them is a fault: the file is not secret. */
export function anchorsOf({ mesh: { anchors } }: Values, root: URL): { pem?: string; faults: Fault[] } {
  if (anchors === undefined) return { faults: [] };
  const fault = (wanted: string): { faults: Fault[] } => ({
    faults: [{ key: "paw:mesh.anchors", found: anchors, wanted }],
  });
  let content: string;
  try {
    content = readFileSync(new URL(anchors, root), "utf8");
  } catch {
    return fault("must be a file with certificates (PEM), as a path in this project");
  }
  if (content.includes("PRIVATE KEY")) return fault("holds a private key: it must hold certificates alone");
  const blocks = content.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || !blocks.every(isAuthority)) {
    return fault("must hold certificates (PEM) of authorities, and at least one");
  }
  return { pem: `${blocks.join("\n")}\n`, faults: [] };
}

function isAuthority(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca;
  } catch {
    return false;
  }
}

export function lookUp(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}
