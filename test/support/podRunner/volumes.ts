/** Volumes of a pod as folders. */
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/* eslint-disable @typescript-eslint/no-explicit-any -- manifests come from an API server as they are */

/** What a cluster has stored, and a token that it would give. */
export interface Sources {
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly secrets: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
  readonly token?: string;
}

export interface VolumeArgs {
  readonly volume: any;
  readonly folder: string;
  readonly sources: Sources;
  /** Applied to what ConfigMaps hold. */
  readonly rewrite: (text: string) => string;
  /** User and group that the pod's volumes belong to. */
  readonly user: number;
}

/** Makes a volume's folder, once for a pod; what a kubelet would do and this cannot is an error. */
export function fillVolume({ volume, folder, sources, rewrite, user }: VolumeArgs): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true });
  chownSync(folder, user, user);
  const { configMap, secret, projected, emptyDir, persistentVolumeClaim } = volume;
  const put = (path: string, content: string | Buffer, mode: number): void => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chownSync(file, 0, user);
    chmodSync(file, mode);
  };
  const putMap = (name: string, mode: number, items?: { key: string; path: string }[]): void => {
    const data = known(sources.configMaps[name], `ConfigMap ${name}`);
    for (const { key, path } of items ?? Object.keys(data).map((each) => ({ key: each, path: each }))) {
      put(path, rewrite(known(data[key], `${key} in ConfigMap ${name}`)), mode);
    }
  };
  if (configMap !== undefined)
    putMap(configMap.name as string, configMap.defaultMode ?? 0o644, configMap.items);
  else if (secret !== undefined) {
    const data = known(sources.secrets[secret.secretName as string], `Secret ${secret.secretName}`);
    for (const [key, value] of Object.entries(data)) put(key, value, secret.defaultMode ?? 0o644);
  } else if (projected !== undefined) {
    for (const source of projected.sources) {
      if (source.serviceAccountToken !== undefined) {
        put(
          source.serviceAccountToken.path as string,
          known(sources.token, "a token"),
          projected.defaultMode,
        );
      } else if (source.configMap !== undefined) {
        putMap(source.configMap.name as string, projected.defaultMode, source.configMap.items);
      } else throw new Error(`volume ${volume.name}: cannot do ${JSON.stringify(source)}`);
    }
  } else if (emptyDir === undefined && persistentVolumeClaim === undefined) {
    throw new Error(`volume ${volume.name}: cannot do ${JSON.stringify(volume)}`);
  }
}

function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the cluster has no ${what}`);
  return value;
}
