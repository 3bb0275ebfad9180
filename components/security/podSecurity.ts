import type { types } from "@pulumi/kubernetes";

/**
 * The version of the Pod Security Standards that namespaces are judged by. Pinned, so that an upgrade of the cluster
 * does not change the verdict on a running workload.
 */
export const podSecurityVersion = "v1.35";

const modes = ["enforce", "warn", "audit"] as const;

/** Namespace labels that make Pod Security admission hold the `restricted` level in all three modes (spec A2). */
export function restrictedNamespaceLabels(): Record<string, string> {
  return namespaceLabels("restricted");
}

/** The same for node agents, which need what `restricted` forbids. */
export function privilegedNamespaceLabels(): Record<string, string> {
  return namespaceLabels("privileged");
}

function namespaceLabels(level: "restricted" | "privileged"): Record<string, string> {
  return Object.fromEntries(
    modes.flatMap((mode) => [
      [`pod-security.kubernetes.io/${mode}`, level],
      [`pod-security.kubernetes.io/${mode}-version`, podSecurityVersion],
    ]),
  );
}

/**
 * Pod-level security context of the `restricted` level.
 *
 * @param id numeric user and group; `fsGroup` is the same, so that mounted volumes can be written.
 */
export function restrictedPodContext(id: number): types.input.core.v1.PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: id,
    runAsGroup: id,
    fsGroup: id,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** Container-level security context of the `restricted` level, with a read-only root filesystem. */
export function restrictedContainerContext(): types.input.core.v1.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  };
}
