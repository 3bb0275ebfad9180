/** What the API server says of a case, beside what the rules say of the object as the API server completed it. */
import { judge } from "../../../policy/src/judge.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import type { Rule } from "../../../policy/src/rule.ts";
import { type Answer, type ApiServer, pathOf } from "./api.ts";
import type { AdmissionCase } from "./required.ts";

/** Where the cases' objects go. */
export const namespace = "shop";
/** A pod that is there, for what `kubectl debug` adds to one. */
export const runningPod = "running";

export interface Verdict {
  readonly what: string;
  readonly answer: Answer;
  /** Rules broken by the object as it was written, by the object as the API server completed it, and as it warned. */
  readonly written: readonly string[];
  readonly completed: readonly string[];
  readonly warned: readonly string[];
}

/** Sends every case, sixteen at a time, and keeps their order. */
export async function verdictsOf(
  api: ApiServer,
  cases: readonly AdmissionCase[],
  rules: readonly Rule[],
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < cases.length; index = next++) {
      const each = cases[index];
      if (each !== undefined) verdicts[index] = await verdictOf(api, each, rules);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return verdicts;
}

async function verdictOf(api: ApiServer, each: AdmissionCase, rules: readonly Rule[]): Promise<Verdict> {
  const ids = (object: Manifest): string[] =>
    [...new Set(judge(object, rules).map(({ rule }) => rule.id))].sort();
  const answer = await ask(api, each);
  return {
    what: each.what,
    answer,
    written: ids(each.manifest),
    completed: answer.status < 300 ? ids(answer.body) : [],
    warned: rulesIn(answer.warnings.join("\n")),
  };
}

/** Ids of the rules that a text of the API server says are broken: each message of a policy begins with its rule. */
export function rulesIn(text: string): string[] {
  const named = [...text.matchAll(/ with binding '[\w-]+'(?: denied request)?: ([\w-]+)/g)].map(
    ([, id = ""]) => id,
  );
  return [...new Set(named)].sort();
}

/** A dry run, strict about fields. */
async function ask(api: ApiServer, { manifest, debugs }: AdmissionCase): Promise<Answer> {
  const dryRun = "dryRun=All&fieldValidation=Strict";
  if (debugs !== true) {
    return api.send({ method: "POST", path: `${pathOf(manifest, namespace)}?${dryRun}`, body: manifest });
  }
  const path = `/api/v1/namespaces/${namespace}/pods/${runningPod}`;
  const running = await api.ok({ method: "GET", path });
  const { ephemeralContainers } = manifest.spec as { ephemeralContainers: unknown };
  const body = { ...running, spec: { ...(running.spec as object), ephemeralContainers } };
  return api.send({ method: "PUT", path: `${path}/ephemeralcontainers?${dryRun}`, body });
}
