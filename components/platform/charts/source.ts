/** Where the platform's charts come from, and when a stack may change that. */

export type ChartSource =
  | { readonly kind: "upstream" }
  /** `location` is an absolute directory, or `oci://host/prefix`. */
  | { readonly kind: "mirror"; readonly location: string };

/** Values of `paw:charts.source`; `crds` installs no chart. */
export const chartSources = ["upstream", "mirror", "crds"] as const;
export type ChartSourceName = (typeof chartSources)[number];

/** True for a registry, false for a directory. */
export function isRegistry(location: string): boolean {
  return location.startsWith("oci://");
}

/** Whether a text can be a mirror's location: a path, or `oci://` with a host and a prefix, and no credentials in it. */
export function isLocation(text: string): boolean {
  return text.includes("://") ? /^oci:\/\/[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/.test(text) : text !== "";
}

export interface SourceChange {
  /** Source that the stack's state holds since its charts were installed; nothing before. */
  readonly recorded: ChartSourceName | undefined;
  /** `paw:charts.source`. */
  readonly wanted: ChartSourceName;
  /** `paw:charts.replaces`: the recorded source that is left knowingly. */
  readonly replaces: ChartSourceName | undefined;
}

/** Why the charts of an installed stack may not come from elsewhere now; nothing when they may. */
export function sourceRefusal({ recorded, wanted, replaces }: SourceChange): string | undefined {
  if (recorded === undefined || recorded === wanted || recorded === replaces) return undefined;
  return (
    `this stack was installed with paw:charts.source ${recorded}, and the stack file now says ${wanted}: ` +
    `${consequence(recorded, wanted)}. Set it back, or, if that is what you mean, add paw:charts.replaces: ${recorded}`
  );
}

function consequence(recorded: ChartSourceName, wanted: ChartSourceName): string {
  if (wanted === "crds") {
    return (
      "that would delete the platform's charts, with certificates, service mesh, Vault and monitoring, and every " +
      "custom resource of theirs"
    );
  }
  if (recorded === "crds") {
    return (
      "that would delete the custom resource definitions that this program brought, with every object of these kinds, " +
      "before the charts bring their own"
    );
  }
  return (
    "the versions stay, but an archive of the same version may differ there, and with it what is installed. " +
    "Read the preview's differences first"
  );
}
