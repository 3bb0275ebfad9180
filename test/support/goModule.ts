/** Folders of Go modules: where real definitions lie that this project only excerpts. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { execa, execaSync } from "execa";

/** Modules with definitions, in the versions whose parts are installed (versions.ts). */
export const definitionModules = {
  rollouts: "github.com/argoproj/argo-rollouts@v1.9.1",
  gatewayApi: "sigs.k8s.io/gateway-api@v1.2.1",
  istio: "istio.io/api@v1.27.1",
} as const;
export type DefinitionModule = (typeof definitionModules)[keyof typeof definitionModules];

/** The module's folder, fetched where it is not there yet; its checksum is looked at by Go. */
export async function fetchModule(module: DefinitionModule): Promise<string> {
  const { stdout } = await execa("go", ["mod", "download", "-json", module], {
    env: { GOFLAGS: "-mod=mod" },
    cwd: "/",
  });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

/** The module's folder if this machine has it; nothing is fetched. */
export function cachedModule(module: DefinitionModule): string | undefined {
  const found = execaSync("go", ["env", "GOMODCACHE"], { reject: false });
  if (found.exitCode !== 0) return undefined;
  const folder = join(found.stdout.trim(), ...module.split("/"));
  return existsSync(folder) ? folder : undefined;
}
