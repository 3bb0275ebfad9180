/** Which stacks' charts can be had on this machine, now. */
import { firstLine } from "../errors.ts";
import { findCharts } from "../../../config/charts.ts";
import type { StackName } from "../project.ts";
import { readStack } from "../stackFile.ts";

/** Stacks that are previewed elsewhere than they are deployed, and want charts. */
export const previewed = ["staging", "production"] as const;

/** Stacks whose chart archives are here, or can be fetched now; of the others it says why not. */
export async function stacksWithCharts(): Promise<StackName[]> {
  const found = await Promise.all(
    previewed.map(async (stack) => {
      try {
        return (await findCharts(readStack(stack))) === undefined ? [] : [stack];
      } catch (error) {
        // Its first line, without what only concerns an `up`, and what introduces the list of charts.
        const reason = firstLine(error)
          .replace(/^refused, nothing was sent: /, "")
          .replace(/:$/, "");
        process.stderr.write(`${stack} is previewed without the platform's charts: ${reason}\n`);
        return [];
      }
    }),
  );
  return found.flat();
}
