import { writeFileSync } from "node:fs";

import { UserError } from "../errors.ts";
import { mergeBase } from "../prCheck/base.ts";
import { checkPullRequest, passes } from "../prCheck/check.ts";
import { commentOf } from "../prCheck/comment.ts";
import { openSite } from "../prCheck/site.ts";
import { type StackName, stackNames } from "../project.ts";

interface Options {
  readonly base: string;
  readonly stack?: StackName;
  readonly comment?: string;
  readonly withoutCharts: boolean;
  readonly json: boolean;
}

/** `paw pr-check`: what a pull request's check does, on any machine. */
export async function prCheck(options: Options): Promise<void> {
  const base = await mergeBase(options.base);
  const stacks = options.stack === undefined ? stackNames : [options.stack];
  const site = await openSite();
  const missing = site.withoutCharts.filter((stack) => stacks.includes(stack));
  if (missing.length > 0 && !options.withoutCharts) {
    throw new UserError(
      `The charts of ${missing.join(" and ")} cannot be had here, so their rules would have nothing to judge. Nothing was checked.`,
      [
        "Why not is said above; with a network or paw:charts.mirror they can: npx paw charts pull --to DIR fills a mirror.",
        "npx paw pr-check --without-charts checks all the rest, and says what was not evaluated.",
      ],
    );
  }
  const check = await checkPullRequest({ site, base, stacks });
  const comment = commentOf(check);
  if (options.comment !== undefined) writeFileSync(options.comment, comment);
  const passed = passes(check);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...check, passed, seconds: site.progress.seconds }, undefined, 2)}\n`
      : comment,
  );
  site.progress.note(`${passed ? "passed" : "failed"} after ${site.progress.seconds.toFixed(0)} s`);
  if (!passed) process.exitCode = 1;
}
