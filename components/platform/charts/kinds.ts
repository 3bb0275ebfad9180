/** Which kinds a chart of definitions brings, read from its files as they are: rendering them would take Helm. */
import { list } from "tar";

/** A kind of custom resources. */
export interface DefinedKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly versions: readonly string[];
}

/** The kinds that a chart's files define. */
export async function definedKinds(archive: string): Promise<DefinedKind[]> {
  const kinds: DefinedKind[] = [];
  const pending: Promise<void>[] = [];
  await list({
    file: archive,
    onReadEntry: (entry) => {
      if (!/\.ya?ml$/.test(entry.path)) return;
      pending.push(entry.concat().then((content) => void kinds.push(...kindsIn(content.toString("utf8")))));
    },
  });
  await Promise.all(pending);
  return kinds;
}

/** The same for one file, which may hold Helm's directives between its lines. */
export function kindsIn(text: string): DefinedKind[] {
  return text.split(/^---/m).flatMap((document) => {
    if (!/^kind: CustomResourceDefinition\s*$/m.test(document)) return [];
    const word = (pattern: RegExp): string => pattern.exec(document)?.[1] ?? "";
    const names = /^( *)names:\n((?:\1 +.*\n)+)/m.exec(document)?.[2] ?? "";
    const named = (key: string): string => new RegExp(`^ *${key}: ["']?(\\w+)`, "m").exec(names)?.[1] ?? "";
    const versions = [...document.matchAll(/^ *(?:- )?name: ["']?(v\d\w*)["']?\s*$/gm)].map(
      ([, version = ""]) => version,
    );
    return [
      {
        group: word(/^ *group: ["']?([\w.-]+)/m),
        kind: named("kind"),
        plural: named("plural"),
        scope: word(/^ *scope: ["']?(\w+)/m) === "Cluster" ? "Cluster" : "Namespaced",
        versions: [...new Set(versions)],
      },
    ];
  });
}
