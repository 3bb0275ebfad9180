/** Which images a live node has: those of the local stack and of the node's own parts, made out of programs of this machine. */
import { join } from "node:path";

import type { PawConfig } from "../../../../config.ts";
import { simulatorImage } from "../../../../config/bizra.ts";
import { tools as pins } from "../../../../versions.ts";
import { archiveOf } from "../../images/archive.ts";
import { type ImageParts, contentOf } from "../../images/contents.ts";
import { cacheDir } from "../../paths.ts";
import type { Toolchain } from "../../toolchain/index.ts";

export interface MadeImage {
  /** As pods name it. */
  readonly name: string;
  /** Path of its archive. */
  readonly archive: string;
}

/** Images of the node's own, which no registry has. */
export const nodeImages = {
  pause: "paw.invalid/pause:1",
  dns: `paw.invalid/coredns:${pins.coredns}`,
} as const;

type Recipe = Omit<ImageParts, "name">;

/** Makes what is missing, in the user's cache. */
export async function makeImages(config: PawConfig, { tools }: Toolchain): Promise<MadeImage[]> {
  const made: MadeImage[] = [];
  const folder = join(cacheDir(), "images");
  for (const parts of imageParts(config, tools)) {
    made.push({ name: parts.name, archive: await archiveOf(await contentOf(parts), folder) });
  }
  return made;
}

/** What is made for a configuration; an image of another name has no recipe here, and its pods are simulated. */
export function imageParts(
  { chain, images }: Pick<PawConfig, "chain" | "images">,
  tools: Toolchain["tools"],
): ImageParts[] {
  const wanted = [chain.image, ...Object.values(images), simulatorImage].filter((name) => name !== undefined);
  const known = Object.entries(recipes(tools));
  const ofStack = [...new Set(wanted)].flatMap((name): ImageParts[] => {
    const recipe = known.find(([repository]) => repositoryOf(name) === repository)?.[1];
    return recipe === undefined ? [] : [{ name, ...recipe }];
  });
  return [
    {
      name: nodeImages.pause,
      shell: false,
      programs: { pause: tools.pause.path },
      command: ["/usr/bin/pause"],
    },
    {
      name: nodeImages.dns,
      shell: false,
      programs: { coredns: tools.coredns.path },
      command: ["/usr/bin/coredns"],
    },
    ...ofStack,
  ];
}

/** By repository, what its images are made of here. */
function recipes(tools: Toolchain["tools"]): Readonly<Record<string, Recipe>> {
  const shellWith = (programs: ImageParts["programs"]): Recipe => ({
    shell: true,
    programs,
    command: ["sh"],
  });
  return {
    "ghcr.io/cosmos/ibc-go-simd": shellWith({ simd: tools.simd.path }),
    "docker.io/library/busybox": shellWith({}),
    "docker.io/curlimages/curl": shellWith({ curl: undefined }),
    "docker.io/library/haproxy": shellWith({ haproxy: undefined }),
    // Alpine's busybox, which that image has, knows flock; Debian's does not.
    "docker.io/restic/restic": shellWith({ restic: undefined, flock: undefined }),
    "docker.io/library/node": shellWith({ node: process.execPath }),
  };
}

/** A name without its tag and digest. */
function repositoryOf(name: string): string {
  return name.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
}
