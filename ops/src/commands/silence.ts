/** `paw silence`: alerts that are expected for a while are not sent (spec A10). */
import { userInfo } from "node:os";

import {
  AlertmanagerClient,
  type Matcher,
  type Silence,
  addressFromEnvironment,
  matcherText,
} from "../alertmanager/client.ts";
import { UserError } from "../errors.ts";
import { table } from "../table.ts";

export interface AddOptions {
  readonly matcher: readonly Matcher[];
  /** Seconds. */
  readonly for: number;
  readonly comment: string;
  readonly author?: string;
}

/** `paw silence add`: begins now, and says how many of the alerts that fire it covers. */
export async function add(options: AddOptions): Promise<void> {
  const { matcher: matchers, comment, author = userInfo().username } = options;
  if (matchers.every(({ isEqual, value }) => !isEqual || value === "")) {
    throw new UserError("a silence needs a matcher that says what it is about, such as alertname=NodeBehind");
  }
  const client = new AlertmanagerClient(addressFromEnvironment());
  const covered = await client.matching(matchers);
  const begin = new Date();
  const end = new Date(begin.getTime() + options.for * 1000);
  const id = await client.add({
    matchers,
    startsAt: begin.toISOString(),
    endsAt: end.toISOString(),
    createdBy: author,
    comment,
  });
  process.stdout.write(`${id}\n`);
  process.stderr.write(
    `silenced until ${end.toISOString()}; of the alerts that fire now it covers ${covered}\n`,
  );
}

/** `paw silence list`: those that hold, or will; with `all` those that are over as well. */
export async function list({ all, json }: { readonly all: boolean; readonly json: boolean }): Promise<void> {
  const found = await new AlertmanagerClient(addressFromEnvironment()).silences();
  const shown = found
    .filter(({ status }) => all || status.state !== "expired")
    .sort((a, b) => (a.endsAt < b.endsAt ? -1 : 1));
  if (json) {
    process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
    return;
  }
  process.stdout.write(table([["ID", "STATE", "UNTIL", "BY", "MATCHERS", "COMMENT"], ...shown.map(row)]));
}

function row({ id, status, endsAt, createdBy, matchers, comment }: Silence): string[] {
  return [id, status.state, endsAt, createdBy, matchers.map(matcherText).join(" "), comment];
}

/** `paw silence expire`: ends silences before their time. */
export async function expire(ids: readonly string[]): Promise<void> {
  const client = new AlertmanagerClient(addressFromEnvironment());
  for (const id of ids) {
    await client.expire(id);
    process.stdout.write(`ended ${id}\n`);
  }
}
