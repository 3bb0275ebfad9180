/** Whether the API server writes down what it was asked, and never what Secrets hold. */
import { readFileSync } from "node:fs";

import type { Outcome } from "../../running/checks.ts";
import type { Target } from "../../running/target.ts";
import { apiServerFlags } from "./apiServer.ts";
import { embeddedCluster } from "./embedded.ts";
import { withProbeSecret } from "./probeSecret.ts";

/** Milliseconds within which an entry has to be there. */
const patience = 10_000;
const howTo = 'docs/operations.md, "The API server\'s audit log"';

export async function lookAtAudit(target: Target): Promise<Outcome> {
  const own = embeddedCluster(target);
  if (own === undefined) return judgeAuditFlags(await apiServerFlags(target));
  return withProbeSecret(target, async ({ name, value, encoded }) => {
    let lines: string[] = [];
    for (const end = Date.now() + patience; Date.now() < end && lines.length === 0;) {
      lines = readFileSync(own.auditLog, "utf8")
        .split("\n")
        .filter((line) => [name, value, encoded].some((each) => line.includes(each)));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return judgeEntries(lines, { name, contents: [value, encoded] });
  });
}

interface Entry {
  readonly verb?: string;
  readonly level?: string;
  readonly user?: { readonly username?: string };
  readonly objectRef?: { readonly resource?: string; readonly name?: string };
}

/** Lines of the log that speak of a Secret that was just made, or that hold what is in it. */
export function judgeEntries(
  lines: readonly string[],
  { name, contents }: { readonly name: string; readonly contents: readonly string[] },
): Outcome {
  const entries = lines.map((line) => JSON.parse(line) as Entry);
  const made = entries.find(
    ({ verb, objectRef }) =>
      verb === "create" && objectRef?.resource === "secrets" && objectRef.name === name,
  );
  const leaking = lines.filter((line) => contents.some((content) => line.includes(content)));
  return {
    found:
      made === undefined
        ? "no entry"
        : `who made a Secret is written down (${made.user?.username ?? "?"}, level ${made.level ?? "?"}), what it holds is not`,
    faults: [
      ...(made === undefined
        ? [{ found: `a Secret was made, and the log has no entry for it`, next: howTo }]
        : []),
      ...(leaking.length > 0
        ? [{ found: `${leaking.length} entries hold what the Secret holds`, next: howTo }]
        : []),
    ],
  };
}

/** Where the log cannot be read, as far as the API server's own flags say it. */
export function judgeAuditFlags(flags: readonly string[] | undefined): Outcome {
  if (flags === undefined) {
    const notEvaluated = `the API server's flags cannot be seen from here; ${howTo}, says where your provider has the switch`;
    return { found: "not seen", faults: [], notEvaluated };
  }
  const has = (name: string): boolean => flags.some((flag) => flag.startsWith(`--${name}=`));
  const goes = ["audit-log-path", "audit-webhook-config-file"].filter(has);
  const missing = [
    ...(has("audit-policy-file") ? [] : ["--audit-policy-file"]),
    ...(goes.length > 0 ? [] : ["--audit-log-path or --audit-webhook-config-file"]),
  ];
  return {
    found: missing.length === 0 ? `on: --audit-policy-file, --${goes.join(", --")}` : "off",
    faults: missing.map((flag) => ({ found: `the API server has no ${flag}`, next: howTo })),
  };
}
