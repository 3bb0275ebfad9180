export const toolNames = [
  "pulumi",
  "pulumi-language-nodejs",
  "pulumi-analyzer-policy",
  "pulumi-resource-kubernetes",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "etcd",
  "kwok",
  "kwokctl",
] as const;
/** Tools that only the end-to-end tests run. */
export const testToolNames = [
  "simd",
  "coredns",
  "kube-state-metrics",
  "metrics-server",
  "rollouts-controller",
  "k6",
  "policy-controller",
  "versitygw",
  "cosign",
  "registry",
] as const;
/** Tools of a node that runs pods (`--kind live`). */
export const liveToolNames = [
  "kubelet",
  "kube-proxy",
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "pause",
] as const;
export type ToolName =
  (typeof toolNames)[number] | (typeof testToolNames)[number] | (typeof liveToolNames)[number];

/** Where a tool came from: it was on the machine, an official release, or its Go module built here. */
export type Origin = "machine" | "release" | "module";

export interface Tool {
  readonly name: ToolName;
  readonly version: string;
  readonly origin: Origin;
  readonly path: string;
}

export interface Toolchain {
  readonly tools: Readonly<Record<ToolName, Tool>>;
  /** Folder to put first on PATH: every tool but the provider, which Pulumi finds in {@link pulumiHome}. */
  readonly binDir: string;
  /** `PULUMI_HOME`. */
  readonly pulumiHome: string;
}

/** `os` and `arch` as Go calls them. */
export interface Platform {
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "amd64" | "arm64";
}

/** One file of an official release. */
export interface ReleaseFile {
  readonly url: string;
  /** The publisher's checksums: a list, a bare hash, or GitHub's description of the release with its digests. */
  readonly checksumUrl: string;
  /** Tool to its path inside the archive; for a bare binary the path is empty. */
  readonly holds: Readonly<Partial<Record<ToolName, string>>>;
}

/** One `go build` of a module in toolchain/go. */
export interface ModuleBuild {
  /** Folder below toolchain/go. */
  readonly folder: string;
  /** Package to each binary that comes out of it. */
  readonly packages: Readonly<Partial<Record<ToolName, string>>>;
  readonly ldflags: string;
  /** Build tags, where there are any. */
  readonly tags?: readonly string[];
  /** A file of another module to put beside the module's own, since Go embeds only what lies there. */
  readonly embed?: { readonly module: string; readonly path: string; readonly version: string };
}

/** Tools that have to fit together, so they come from one origin. */
export interface Group {
  readonly name: string;
  readonly version: string;
  readonly tools: readonly ToolName[];
  /** Least version of a machine's own tools, and how to ask each of them; the others go with the first. */
  readonly machine?: {
    readonly minimum: string;
    readonly versionArgs: Readonly<Partial<Record<ToolName, readonly string[]>>>;
  };
  /** Files of the release for a platform, or why there are none. */
  readonly release: (platform: Platform) => readonly ReleaseFile[] | string;
  readonly modules: readonly ModuleBuild[];
  /** Minutes that a build takes on two cores, cold (toolchain builds of this project, measured). */
  readonly buildMinutes: number;
}

/** What happens while tools are found or made. */
export type ToolchainEvent =
  | {
      readonly kind: "waiting";
      readonly group: string;
      readonly pid: number;
      readonly host: string;
      /** The lock's file, for the case that the holder's machine is gone and cannot be asked. */
      readonly lock: string;
    }
  | {
      readonly kind: "start";
      readonly group: string;
      readonly index: number;
      readonly total: number;
      readonly next?: string;
    }
  | { readonly kind: "progress"; readonly group: string; readonly text: string }
  | { readonly kind: "way failed"; readonly group: string; readonly way: Origin; readonly reason: string }
  | { readonly kind: "warning"; readonly group: string; readonly text: string }
  | { readonly kind: "done"; readonly group: string; readonly origin: Origin; readonly seconds: number };

export type Report = (event: ToolchainEvent) => void;

/** One failed attempt to get a group. */
export interface Attempt {
  readonly group: string;
  readonly way: Origin;
  readonly reason: string;
}

/** No way worked for one group or more; names every attempt. */
export class ToolchainError extends Error {
  override readonly name = "ToolchainError";
  readonly attempts: readonly Attempt[];

  constructor(attempts: readonly Attempt[]) {
    const groups = [...new Set(attempts.map((attempt) => attempt.group))];
    super(
      [
        `These tools could neither be found nor made: ${groups.join(", ")}`,
        ...attempts.map(({ group, way, reason }) => `  ${group}, ${wayInWords[way]}: ${reason}`),
        "  -> Give this machine access to the network, or install Go 1.26 or newer (https://go.dev/dl/) with access to a",
        "     Go module proxy, or put the tools themselves on PATH; then run the command again.",
      ].join("\n"),
    );
    this.attempts = attempts;
  }
}

const wayInWords: Readonly<Record<Origin, string>> = {
  machine: "on this machine",
  release: "official release",
  module: "build of the Go module",
};
