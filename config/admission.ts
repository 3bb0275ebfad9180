/** From the configuration's words to those of admission: what the API server is told, and what policy-controller. */
import type { AdmissionArgs } from "../components/platform/admission/admission.ts";
import type { ImageVerificationFacts } from "../components/platform/admission/imagePolicies.ts";
import { platformNamespaces } from "../components/platform/namespaces.ts";
import type { PawConfig } from "../config.ts";
import { today } from "../policy/src/day.ts";
import { simulatorImage } from "./bizra.ts";

/** Namespaces of the cluster's own parts. */
const clusterNamespaces = ["kube-system", "kube-public", "kube-node-lease"];

/**
 * Where controllers run that make objects out of others: pods from templates, Secrets from Vault and of certificates,
 * what answers an ACME challenge, a canary's ReplicaSets.
 */
const makers = ["kube-system", "cert-manager", "external-secrets", "argo-rollouts"];

/**
 * Arguments of the policies that the API server evaluates; nothing where it is to evaluate none.
 *
 * @param day YYYY-MM-DD, UTC: exceptions that ended before are left out.
 */
export async function admissionArgs(
  { admission, environment }: PawConfig,
  day = today(),
): Promise<AdmissionArgs | undefined> {
  if (admission.policies === "none") return undefined;
  const { checklistAdmission } = await import("../policy/src/admission/checklist.ts");
  return {
    policies: checklistAdmission({
      stack: environment,
      mode: admission.policies,
      unjudged: [
        ...clusterNamespaces,
        ...platformNamespaces.map(({ namespace }) => namespace),
        ...admission.unjudged,
      ],
      makers,
      today: day,
    }),
  };
}

/** What images are held against; nothing where they are not verified. */
export function imageVerification(config: PawConfig): ImageVerificationFacts | undefined {
  const { admission, chain, bizra, images, signers } = config;
  if (admission.images === undefined || !signers.chain || !signers.bizra) return undefined;
  return {
    mode: admission.images.mode,
    signed: {
      "paw-chain": { image: chain.image, signer: signers.chain },
      "paw-bizra": { image: bizra.image, signer: signers.bizra },
    },
    pinned: [
      images.tools,
      images.curl,
      images.proxy,
      images.restic,
      ...(bizra.simulate ? [simulatorImage] : []),
    ],
  };
}
