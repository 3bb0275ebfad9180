/** A Secret that is there for a moment: what becomes of it shows what becomes of the others. */
import { randomBytes } from "node:crypto";

import { commonLabels, namespaces } from "../../../../components/names.ts";
import { ask, done } from "../../running/api.ts";
import type { Target } from "../../running/target.ts";

export interface ProbeSecret {
  readonly namespace: string;
  readonly name: string;
  /** What it holds, as it is and as the API writes it. */
  readonly value: string;
  readonly encoded: string;
}

/** Makes one, does some work, and takes it away again, whatever became of the work. */
export async function withProbeSecret<T>(
  target: Target,
  work: (secret: ProbeSecret) => Promise<T>,
): Promise<T> {
  const namespace = namespaces.paw;
  const name = `paw-test-${randomBytes(6).toString("hex")}`;
  const value = `no secret: ${randomBytes(18).toString("hex")}`;
  const base = `/api/v1/namespaces/${namespace}/secrets`;
  const metadata = { name, namespace, labels: commonLabels("paw", "test") };
  await done(target, {
    method: "POST",
    path: base,
    body: { apiVersion: "v1", kind: "Secret", metadata, stringData: { value } },
  });
  try {
    return await work({ namespace, name, value, encoded: Buffer.from(value).toString("base64") });
  } finally {
    await ask(target, { method: "DELETE", path: `${base}/${name}` });
  }
}
