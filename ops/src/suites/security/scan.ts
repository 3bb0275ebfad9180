/** The gate on a scan for known vulnerabilities: what Trivy reported, and what was decided about it. */
import { readFileSync } from "node:fs";

import { UserError } from "../../errors.ts";
import type { Fault, Outcome } from "../../running/checks.ts";
import type { Waiver } from "./waivers.ts";

/** A report says nothing of what became known since; days. */
const mostDays = 7;

export interface Finding {
  /** Such as CVE-2026-12345. */
  readonly id: string;
  readonly artifact: string;
  readonly severity: string;
  /** Empty where the report does not say it, as in SARIF. */
  readonly packageName: string;
  /** Version that mends it, or nothing known. */
  readonly fixed: string;
}

export interface ScanReport {
  readonly file: string;
  readonly artifact: string;
  /** When it was made, where the report says so. */
  readonly created?: string;
  readonly findings: readonly Finding[];
}

/**
 * Reads Trivy's report: its own JSON, or SARIF.
 *
 * @throws UserError naming the file when it is neither.
 */
export function readReport(file: string): ScanReport {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "no reason"}`);
  }
  return parseReport(text, file);
}

/** @throws UserError when the text is no report. */
export function parseReport(text: string, file: string): ScanReport {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    report = undefined;
  }
  const parsed = fromTrivy(report as TrivyReport, file) ?? fromSarif(report as SarifReport, file);
  if (parsed !== undefined) return parsed;
  throw new UserError(`${file} is no report of Trivy`, [
    "make one with: trivy image --format json --output report.json IMAGE",
  ]);
}

interface TrivyReport {
  readonly SchemaVersion?: number;
  readonly ArtifactName?: string;
  readonly CreatedAt?: string;
  readonly Results?: readonly {
    readonly Vulnerabilities?: readonly {
      readonly VulnerabilityID: string;
      readonly PkgName?: string;
      readonly FixedVersion?: string;
      readonly Severity?: string;
    }[];
  }[];
}

function fromTrivy(report: TrivyReport | undefined, file: string): ScanReport | undefined {
  if (report?.SchemaVersion !== 2 || typeof report.ArtifactName !== "string") return undefined;
  const artifact = report.ArtifactName;
  const vulnerabilities = (report.Results ?? []).flatMap(({ Vulnerabilities }) => Vulnerabilities ?? []);
  return {
    ...{ file, artifact },
    ...(report.CreatedAt === undefined ? {} : { created: report.CreatedAt }),
    findings: vulnerabilities.map((each) => ({
      id: each.VulnerabilityID,
      artifact,
      severity: (each.Severity ?? "UNKNOWN").toUpperCase(),
      packageName: each.PkgName ?? "",
      fixed: each.FixedVersion ?? "",
    })),
  };
}

interface SarifReport {
  readonly version?: string;
  readonly runs?: readonly {
    readonly tool?: {
      readonly driver?: {
        readonly name?: string;
        readonly rules?: readonly {
          readonly id: string;
          readonly properties?: { readonly "security-severity"?: string; readonly tags?: readonly string[] };
        }[];
      };
    };
    readonly results?: readonly { readonly ruleId?: string; readonly message?: { readonly text?: string } }[];
    readonly properties?: { readonly imageName?: string };
  }[];
}

/** Trivy's SARIF has the severity in its rules' tags, and the package in the message. */
function fromSarif(report: SarifReport | undefined, file: string): ScanReport | undefined {
  const runs = report?.runs;
  if (!Array.isArray(runs) || runs.length === 0) return undefined;
  const all = runs as NonNullable<SarifReport["runs"]>;
  const artifact = all[0]?.properties?.imageName ?? file;
  return {
    ...{ file, artifact },
    findings: all.flatMap(({ tool, results = [] }) =>
      results.map(({ ruleId = "", message }) => {
        const rule = tool?.driver?.rules?.find(({ id }) => id === ruleId);
        const [severity = "UNKNOWN"] = (rule?.properties?.tags ?? []).filter((tag) => /^[A-Z]+$/.test(tag));
        const text = message?.text ?? "";
        return {
          ...{ id: ruleId, artifact, severity },
          packageName: /^Package: (.*)$/m.exec(text)?.[1] ?? "",
          fixed: /^Fixed Version: (.*)$/m.exec(text)?.[1] ?? "",
        };
      }),
    ),
  };
}

export interface Scanned {
  readonly reports: readonly ScanReport[];
  readonly waivers: readonly Waiver[];
  readonly now: Date;
  /** Images that the stack runs, of which there should be a report. */
  readonly images: readonly string[];
}

/** Fails for every critical finding that no waiver covers today, and for a report that is old. */
export function judgeScan({ reports, waivers, now, images }: Scanned): Outcome {
  if (reports.length === 0) {
    const notEvaluated =
      "no report: --scan-report FILE, from trivy image --format json --output FILE IMAGE; .github/workflows/cve-scan.yaml makes them";
    return { found: "no report", faults: [], notEvaluated };
  }
  const today = now.toISOString().slice(0, 10);
  const critical = reports
    .flatMap(({ findings }) => findings)
    .filter(({ severity }) => severity === "CRITICAL");
  const judged = critical.map((finding) => ({ finding, waiver: waiverFor(finding, waivers) }));
  const open = judged.filter(({ waiver }) => waiver === undefined || waiver.expires < today);
  const faults: Fault[] = [
    ...open.map(({ finding: { id, artifact, packageName, fixed }, waiver }) => ({
      found: `${id} in ${packageName === "" ? artifact : `${packageName} of ${artifact}`}${waiver === undefined ? "" : `: its waiver ended on ${waiver.expires} (${waiver.owner})`}`,
      next:
        fixed === ""
          ? "no version mends it yet: decide, and write a waiver with an end into policy/cve-waivers.yaml"
          : `take ${packageName} ${fixed}`,
    })),
    ...reports.flatMap(({ file, created }): Fault[] => {
      const days = created === undefined ? 0 : Math.floor((now.getTime() - Date.parse(created)) / 86_400_000);
      return days > mostDays
        ? [{ found: `${file} is ${days} days old, more than ${mostDays}`, next: "scan again" }]
        : [];
    }),
  ];
  const found = `${reports.length} reports: ${critical.length} critical, ${critical.length - open.length} of them waived`;
  const unseen = images.filter((image) => !reports.some(({ artifact }) => artifact === image));
  return faults.length === 0 && unseen.length > 0
    ? { found, faults, notEvaluated: `${found}; no report of ${unseen.join(", ")}` }
    : { found, faults };
}

/** The waiver that speaks of a finding, the one that lasts longest. */
function waiverFor({ id, packageName }: Finding, waivers: readonly Waiver[]): Waiver | undefined {
  return waivers
    .filter((waiver) => waiver.id === id && (waiver.packages?.includes(packageName) ?? true))
    .toSorted((a, b) => (a.expires < b.expires ? 1 : -1))[0];
}
