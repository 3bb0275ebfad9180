/** Tools that `paw` calls where they are installed and does not fetch: their presence and least versions (spec A17). */
import { execa } from "execa";
import semver from "semver";

import { UserError } from "../errors.ts";

interface ExternalTool {
  readonly minimum: string;
  readonly versionArgs: readonly string[];
  /** Where to get it. */
  readonly home: string;
  /** What alone needs it. */
  readonly purpose: string;
}

const clusterKinds = "--kind kind or k3s";

export const externalTools = {
  docker: {
    minimum: "24.0.0",
    versionArgs: ["version", "--format", "{{.Server.Version}}"],
    home: "https://docs.docker.com/engine/install/",
    purpose: clusterKinds,
  },
  kind: {
    minimum: "0.20.0",
    versionArgs: ["version"],
    home: "https://kind.sigs.k8s.io",
    purpose: clusterKinds,
  },
  kubectl: {
    minimum: "1.28.0",
    versionArgs: ["version", "--client"],
    home: "https://kubernetes.io/docs/tasks/tools/",
    purpose: clusterKinds,
  },
  helm: {
    minimum: "3.12.0",
    versionArgs: ["version", "--short"],
    home: "https://helm.sh/docs/intro/install/",
    purpose: clusterKinds,
  },
  k3s: {
    minimum: "1.28.0",
    versionArgs: ["--version"],
    home: "https://docs.k3s.io",
    purpose: clusterKinds,
  },
  k6: {
    minimum: "1.0.0",
    versionArgs: ["version"],
    home: "https://grafana.com/docs/k6/latest/set-up/install-k6/",
    purpose: "paw load --target bizra",
  },
} as const satisfies Record<string, ExternalTool>;
export type ExternalToolName = keyof typeof externalTools;

export interface ToolCheck {
  readonly tool: ExternalToolName;
  readonly minimum: string;
  /** Version found; nothing when the tool is missing or does not answer. */
  readonly found?: string;
  /** Why it will not do; nothing when it will. */
  readonly problem?: string;
}

/** Looks for a tool on PATH and compares its version with the least one. */
export async function checkTool(tool: ExternalToolName): Promise<ToolCheck> {
  const { minimum, versionArgs } = externalTools[tool];
  const result = await execa(tool, versionArgs, { reject: false, timeout: 10_000 });
  if (result.exitCode === undefined) return { tool, minimum, problem: "is not on PATH" };
  if (result.exitCode !== 0)
    return { tool, minimum, problem: `does not answer: ${result.stderr.split("\n")[0] ?? ""}` };
  const found = semver.coerce(/v?\d+\.\d+(\.\d+)?/.exec(result.stdout)?.[0])?.version;
  if (found === undefined)
    return { tool, minimum, problem: `says no version: ${result.stdout.split("\n")[0] ?? ""}` };
  if (semver.lt(found, minimum))
    return { tool, minimum, found, problem: `is ${found}, older than ${minimum}` };
  return { tool, minimum, found };
}

/** What needs none of the tools that a cluster is made with. */
const withoutTools = "Or use the embedded cluster, which needs nothing: npx paw cluster up";

/**
 * Checks all at once.
 *
 * @param otherwise what can be done without them.
 * @throws UserError that names every tool that is missing or too old, and where to get it.
 */
export async function requireTools(
  purpose: string,
  tools: readonly ExternalToolName[],
  otherwise = withoutTools,
): Promise<void> {
  const checks = await Promise.all(tools.map(checkTool));
  const bad = checks.filter((check) => check.problem !== undefined);
  if (bad.length === 0) return;
  throw new UserError(
    `${purpose} needs ${tools.map((tool) => `${tool} ${externalTools[tool].minimum} or newer`).join(", ")}:\n` +
      bad.map((check) => `  ${check.tool} ${check.problem ?? ""}`).join("\n"),
    [...bad.map((check) => `Install ${check.tool}: ${externalTools[check.tool].home}`), otherwise],
  );
}
