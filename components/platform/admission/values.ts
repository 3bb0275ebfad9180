/** Values of policy-controller's chart. */
import { restrictedContainerContext } from "../../security/podSecurity.ts";
import { container } from "../resources.ts";
import type { ChartValues, PlatformSite } from "../site.ts";
import type { ImageVerificationFacts } from "./imagePolicies.ts";

export const policyControllerNamespace = "policy-controller";

export function policyControllerValues(
  { highlyAvailable }: PlatformSite,
  { mode, signed }: ImageVerificationFacts,
): ChartValues {
  const identities = Object.values(signed).some(({ signer }) => !("key" in signer));
  return {
    serviceMonitor: { enabled: true },
    webhook: {
      replicaCount: highlyAvailable ? 2 : 1,
      podDisruptionBudget: { enabled: highlyAvailable, minAvailable: 1 },
      resources: container("500m", "512Mi"),
      // The chart calls the container's context the pod's; its own leaves seccomp and the user open.
      podSecurityContext: { enabled: true, ...restrictedContainerContext(), runAsUser: 65532 },
      configData: { "no-match-policy": mode },
      // Sigstore's public roots are fetched at start, and are for identities alone.
      extraArgs: { "disable-tuf": String(!identities) },
    },
  };
}
