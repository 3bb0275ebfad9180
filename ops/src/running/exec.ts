/** Commands in containers, as `kubectl exec` runs them. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";

import { Exec, type V1Status } from "@kubernetes/client-node";

import { UserError, firstLine } from "../errors.ts";
import type { Target } from "./target.ts";

/** Milliseconds that a command may take. */
const patience = 10_000;

export interface ContainerPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The container's image does not have the program. */
export class NotInImageError extends UserError {}

/**
 * Runs a command without input, and gives back what it printed.
 *
 * @throws NotInImageError where there is no such program; UserError where the command fails or does not end.
 */
export async function execute(
  { kubeconfig }: Target,
  { namespace, pod, container }: ContainerPlace,
  command: readonly string[],
): Promise<string> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const printed = Promise.all([text(out), text(err)]);
  const words = command.join(" ");
  const status = await new Promise<V1Status>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new UserError(`"${words}" in ${pod} did not end within ${patience / 1000} s`));
    }, patience);
    new Exec(kubeconfig)
      .exec(namespace, pod, container, [...command], out, err, null, false, resolve)
      .catch((error: unknown) => {
        reject(new UserError(`"${words}" in ${pod} could not be run: ${firstLine(error)}`));
      })
      .finally(() => {
        clearTimeout(timer);
      });
  });
  out.end();
  err.end();
  const [said, complaint] = await printed;
  if (status.status === "Success") return said;
  const reason = `${status.message ?? "without a word"} ${complaint}`.trim();
  if (/executable file not found|no such file or directory/i.test(reason))
    throw new NotInImageError(`${container} of ${pod} has no "${command[0] ?? ""}"`);
  throw new UserError(`"${words}" in ${pod} failed: ${reason}`);
}
