import { writeFileSync } from "node:fs";

import { assess } from "../../../policy/src/assess.ts";
import { today } from "../../../policy/src/day.ts";
import { isBlocking } from "../../../policy/src/judge.ts";
import { fewestWorkloads } from "../../../policy/src/meta.ts";
import { UserError } from "../errors.ts";
import { type Format, written } from "../policy/formats.ts";
import { fromFiles } from "../policy/load.ts";
import { fromPreview } from "../policy/preview.ts";
import type { StackName } from "../project.ts";
import { previewEnvironment } from "./env.ts";

interface Options {
  readonly stack?: StackName;
  readonly levels?: StackName;
  readonly format: Format;
  readonly output?: string;
}

/** `paw policy check`: the same rules as the policy packs', as a gate anywhere. */
export async function check(files: readonly string[], options: Options): Promise<void> {
  const { stack, format, output } = options;
  if (files.length > 0 === (stack !== undefined)) {
    throw new UserError("Say what to judge: either files, or a stack.", [
      "npx paw policy check --stack production",
      "npx paw policy check manifests/",
    ]);
  }
  const given =
    stack === undefined
      ? fromFiles(files)
      : await fromPreview({ stack, environment: await previewEnvironment() });
  const assessment = assess(given, {
    stack: options.levels ?? stack ?? "production",
    // Files may be about anything: that no chart is among them, and few workloads, is no fault of theirs.
    ...(stack === undefined ? { levels: { "meta-evaluated": "advisory" } } : {}),
    minimum: stack === undefined ? 0 : fewestWorkloads,
    today: today(),
  });
  const text = written(assessment, format);
  if (output === undefined) process.stdout.write(text);
  else writeFileSync(output, text);
  if (given.length === 0) throw new UserError("There was no Kubernetes object to judge.");
  if (assessment.findings.some(isBlocking)) process.exitCode = 1;
}
