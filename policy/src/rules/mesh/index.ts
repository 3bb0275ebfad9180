/** Nobody steps out of the mesh unnoticed (item 5). */
import { demand, oneOf } from "../../finding.ts";
import { type Field, at } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, root } from "../../k8s/manifest.ts";
import { bearsPod, podOf } from "../../k8s/podSpec.ts";
import { type Rule, holds } from "../../rule.ts";
import { peerPorts } from "../../site.ts";

const docs = "https://linkerd.io/2-edge/";

type About = Pick<Rule, "id" | "description" | "severity" | "fix" | "frameworks"> & { readonly page: string };

/** A rule about the annotations that Linkerd reads: those of pods, wherever they stand, and those of namespaces. */
function annotationRule(
  { page, ...about }: About,
  check: (annotation: (name: string) => Field) => ReturnType<Rule["check"]>,
): Rule {
  return {
    ...about,
    item: 5,
    levels: holds.beforeUsers,
    url: `${docs}${page}`,
    judges: (manifest) => bearsPod(manifest) || isNamespace(manifest),
    check: (manifest) => {
      const owner = isNamespace(manifest) ? root(manifest) : podOf(manifest)?.template;
      return owner === undefined ? [] : check((name) => at(owner, "metadata", "annotations", name));
    },
  };
}

function isNamespace(manifest: Manifest): boolean {
  return groupOf(manifest) === "" && baseKind(manifest) === "Namespace";
}

const optOut = annotationRule(
  {
    id: "mesh-optout",
    frameworks: ["Kyverno prevent-linkerd-pod-injection-override"],
    description: "Nobody takes pods out of the mesh.",
    severity: "high",
    fix: "remove linkerd.io/inject: disabled; a pod that cannot be in the mesh needs an exception with its reason.",
    page: "features/proxy-injection/",
  },
  (annotation) =>
    demand(annotation("linkerd.io/inject"), {
      allows: oneOf(undefined, "enabled", "ingress"),
      wanted: "enabled, ingress or nothing",
      mayShow: oneOf("disabled"),
    }),
);

/** `26656,26659`, or a range such as `100-110`. */
function onlyPeerPorts(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== "string") return false;
  return value
    .split(",")
    .map((part) => part.trim())
    .every((part) => /^\d+$/.test(part) && peerPorts.includes(Number(part)));
}

const skippedPorts = annotationRule(
  {
    id: "mesh-skip-ports",
    frameworks: ["Kyverno prevent-linkerd-port-skipping"],
    description: "Only ports whose protocol encrypts by itself pass the proxy by.",
    severity: "high",
    fix: "let the proxy handle the port, or add it to peerPorts in policy/src/site.ts with its reason.",
    page: "features/protocol-detection/",
  },
  (annotation) =>
    ["inbound", "outbound"].flatMap((direction) =>
      demand(annotation(`config.linkerd.io/skip-${direction}-ports`), {
        allows: onlyPeerPorts,
        wanted: `nothing, or some of ${peerPorts.join(", ")}`,
        mayShow: (text) => /^[\d,\s-]+$/.test(text),
      }),
    ),
);

const policies = ["deny", "all-authenticated", "cluster-authenticated"];
const open = ["all-unauthenticated", "cluster-unauthenticated", "audit"];

const inboundDefault = annotationRule(
  {
    id: "mesh-inbound-default",
    frameworks: ["Kyverno add-linkerd-policy-annotation"],
    description: "A proxy lets nobody in who has not shown a certificate.",
    severity: "high",
    fix: "use deny, and allow callers by AuthorizationPolicy.",
    page: "features/server-policy/",
  },
  (annotation) =>
    demand(annotation("config.linkerd.io/default-inbound-policy"), {
      allows: oneOf(undefined, ...policies),
      wanted: `nothing, or ${policies.join(", ")}`,
      mayShow: oneOf(...open),
    }),
);

export const mesh: readonly Rule[] = [optOut, skippedPorts, inboundDefault];
