import { writeFileSync } from "node:fs";

import { type ReportFormat } from "../report/formats.ts";
import { gather } from "../report/gather.ts";
import { pageOf } from "../report/html/page.ts";
import { commentOf } from "../report/markdown.ts";
import { reportOf } from "../report/report.ts";
import { readPrices } from "../report/resources/prices.ts";
import type { StackName } from "../project.ts";

interface Options {
  readonly stack: StackName;
  readonly output?: string;
  readonly format: ReportFormat;
  readonly prices?: string;
  readonly against?: string;
}

/** `paw report`: what is known of a stack, on one page. */
export async function report({ stack, output, format, prices, against }: Options): Promise<void> {
  // A fault of the prices is told before minutes go by.
  const read = prices === undefined ? undefined : readPrices(prices);
  const found = reportOf({ ...(await gather(stack, against)), prices: read });
  const text = format === "html" ? pageOf(found) : commentOf(found);
  if (output === undefined) process.stdout.write(text);
  else writeFileSync(output, text);
}
