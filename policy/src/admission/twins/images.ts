/** What images are called and where they come from, in CEL. */
import { registries } from "../../site.ts";
import { type Twin, literal, ofContainers } from "../twin.ts";

const image = 'c.?image.orValue("")';
const digest = `${image}.matches(${literal("@sha256:([0-9a-f]{64}|REPLACE-ME)$")})`;
const name = `${image}.split("@")[0]`;
const startsWith = (prefixes: readonly string[]): string =>
  `${literal(prefixes)}.exists(prefix, ${image}.startsWith(prefix))`;

export const images: Readonly<Record<string, Twin>> = {
  "img-latest": ofContainers(
    `${digest} || (${name}.matches(${literal(":[^:/]+$")}) && !${name}.endsWith(":latest"))`,
  ),
  "img-digest": ofContainers(
    `${digest} || ${startsWith(registries.filter(({ pinnedBy }) => pinnedBy === "chart").map(({ prefix }) => prefix))}`,
  ),
  "img-registry": ofContainers(startsWith(registries.map(({ prefix }) => prefix))),
};
