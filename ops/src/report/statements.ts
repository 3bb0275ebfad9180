/** What is proven, simulated, not evaluated and failed: each statement of the report once, by its word. */
import type { Verdict } from "../running/checks.ts";
import type { Report } from "./report.ts";
import { counted } from "../counted.ts";

export const verdicts = [
  "failed",
  "not evaluated",
  "simulated",
  "proven",
] as const satisfies readonly Verdict[];

export interface Statement {
  readonly verdict: Verdict;
  readonly what: string;
  readonly why: string;
  /** Section of the page that tells more. */
  readonly section: "checklist" | "flows" | "images" | "resources" | "gates" | "topology";
}

type Facts = Omit<Report, "statements">;

/** All statements, worst first. */
export function statementsOf(report: Facts): readonly Statement[] {
  const all = [
    ...aboutPreview(report),
    ...aboutChecklist(report),
    ...aboutFlows(report),
    ...aboutImages(report),
    ...aboutGates(report),
  ];
  return verdicts.flatMap((word) => all.filter(({ verdict }) => verdict === word));
}

function aboutPreview({ head, objects }: Facts): readonly Statement[] {
  const section = "topology" as const;
  return [
    head.previewed
      ? {
          ...{ verdict: "proven" as const, section },
          what: `${objects} objects hold to their schemas and to admission`,
          why: "a real API server looked at each, in a preview",
        }
      : {
          ...{ verdict: "not evaluated" as const, section },
          what: "schemas and admission",
          why: `the objects come from ${head.source}: no API server has seen them`,
        },
    ...head.overrides.map((line) => ({
      ...{ verdict: "not evaluated" as const, section },
      what: leftOut(line),
      why: `PAW_OVERRIDES is in force for this preview: ${line}`,
    })),
    ...(head.embedded
      ? [
          {
            ...{ verdict: "simulated" as const, section },
            what: "nodes, pods and volumes",
            why: "the stack's own cluster is the embedded one: its API server is real, what runs is not",
          },
        ]
      : []),
  ];
}

/** What a preview under an override says nothing of. */
function leftOut(line: string): string {
  const known = [
    [
      "paw:charts.source",
      "the platform's charts and all that is in them, the mesh among it: they are left out",
    ],
    ["paw:cluster.context", "whether the stack's own cluster takes the objects: another one was asked"],
    ["paw:certManager.install", "cert-manager by its package: its chart stands in"],
  ] as const;
  return known.find(([key]) => line.startsWith(`${key}:`))?.[1] ?? "what the stack file says there";
}

function aboutChecklist({ checklist }: Facts): readonly Statement[] {
  return checklist.map(({ item, title, verdict, evaluated, notEvaluated, findings }) => {
    const counts = (["failed", "warning"] as const).flatMap((status) => {
      const places = findings.filter((group) => group.status === status).flatMap((group) => group.places);
      if (places.length === 0) return [];
      return status === "failed" ? `${places.length} failed` : counted(places.length, status);
    });
    const untold = notEvaluated.length === 0 ? [] : [`not evaluated: ${notEvaluated.join(", ")}`];
    return {
      verdict,
      what: item === undefined ? title : `${item}. ${title}`,
      why: [counted(evaluated, "rule"), ...counts, ...untold].join("; "),
      section: "checklist",
    };
  });
}

function aboutFlows({ flows }: Facts): readonly Statement[] {
  return [
    {
      verdict: "not evaluated",
      what: "whether the cluster's network and mesh enforce the flow matrix",
      why: `${flows.cells} connections are computed from ${flows.policies} NetworkPolicies and ${flows.authorizations} authorizations; npx paw test security looks at a running cluster`,
      section: "flows",
    },
  ];
}

function aboutImages({ images }: Facts): readonly Statement[] {
  return verdicts.flatMap((verdict) => {
    const own = images.filter(({ signature }) => signature.verdict === verdict);
    if (own.length === 0) return [];
    const marked = own.filter(({ pinned }) => pinned === "placeholder").length;
    const why = {
      proven: "policy/image-lock.json has their signatures and a recent scan",
      failed: "their entries in policy/image-lock.json have faults",
      simulated: "",
      "not evaluated": `policy/image-lock.json does not list them${marked > 0 ? `; ${marked} are placeholders` : ""}`,
    }[verdict];
    return [
      {
        verdict,
        what: `signatures of ${own.length} of ${images.length} images`,
        why,
        section: "images" as const,
      },
    ];
  });
}

function aboutGates({ gates }: Facts): readonly Statement[] {
  if (gates.record === undefined)
    return [{ verdict: "not evaluated", what: "gates of a deployment", why: gates.reason, section: "gates" }];
  if (gates.record.checks.length === 0) {
    const why = `the record ${gates.record.id} holds none`;
    return [{ verdict: "not evaluated", what: "gates of a deployment", why, section: "gates" }];
  }
  return gates.record.checks.map(({ title, verdict, found }) => ({
    ...{ verdict, what: title, why: found, section: "gates" },
  }));
}
