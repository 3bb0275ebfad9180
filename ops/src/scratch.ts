/** Temporary folders that go with the work they are for. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Does some work with a folder of its own, readable by this user alone, which is removed afterwards. */
export async function withScratch<T>(purpose: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `paw-${purpose}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The variables that make a folder a process's temporary one.
 *
 * Every run of Pulumi that reads or changes a cluster needs one of its own: the Kubernetes provider copies the kubeconfig
 * into the temporary folder, credentials and all, and leaves it there (its `writeKubeconfigToFile`).
 */
export function temporaryFolder(folder: string): Record<"TMPDIR" | "TMP" | "TEMP", string> {
  return { TMPDIR: folder, TMP: folder, TEMP: folder };
}
