/** What policy-controller holds images against: who signed the two systems' own, and which others may run beside them. */

/** Who signs: the holder of a key, or an identity that an OIDC issuer vouches for. */
export type Signer =
  | { readonly key: string }
  | { readonly issuer: string; readonly subject: string }
  | { readonly issuer: string; readonly subjectRegExp: string };

export interface ImageVerificationFacts {
  /** What happens to an image that is not signed as it has to be, or that nobody spoke of. */
  readonly mode: "warn" | "deny";
  /** Images of the two systems, with a signer each; by the policy's name. */
  readonly signed: Readonly<Record<string, { readonly image: string; readonly signer: Signer }>>;
  /** Images of others that run beside them, pinned by digest. */
  readonly pinned: readonly string[];
}

/** Label by which a namespace asks policy-controller to verify what runs in it. */
export const verifiedNamespace = { "policy.sigstore.dev/include": "true" } as const;

/** The mesh's proxy, which its injector adds to pods; the chart names its tag. */
const injected = ["cr.l5d.io/linkerd/**"];

interface Glob {
  readonly glob: string;
}

export interface ImagePolicySpec {
  readonly images: readonly Glob[];
  readonly authorities: readonly object[];
  readonly mode: "warn" | "enforce";
}

/** Specs of the ClusterImagePolicies, by name. */
export function imagePolicies({
  mode,
  signed,
  pinned,
}: ImageVerificationFacts): Record<string, ImagePolicySpec> {
  const enforced = mode === "deny" ? "enforce" : "warn";
  const ofSigners = Object.entries(signed).map(([name, { image, signer }]) => [
    name,
    { images: anyVersionOf(image), authorities: [authority(signer)], mode: enforced },
  ]);
  const others = [...pinned.map(asController), ...injected].map((glob) => ({ glob }));
  return {
    ...(Object.fromEntries(ofSigners) as Record<string, ImagePolicySpec>),
    "paw-others": {
      images: others,
      authorities: [{ name: "named", static: { action: "pass" } }],
      mode: enforced,
    },
  };
}

/** Every tag and digest of an image's repository, and of no other whose name begins with it. */
function anyVersionOf(image: string): Glob[] {
  const repository = withHost(repositoryOf(image));
  return ["@*", ":*"].map((version) => ({ glob: `${repository}${version}` }));
}

/** An image as policy-controller calls it: by its digest alone, where it has one. */
function asController(image: string): string {
  const [name = "", digest] = image.split("@");
  return withHost(digest === undefined ? name : `${repositoryOf(name)}@${digest}`);
}

function repositoryOf(image: string): string {
  const [name = ""] = image.split("@");
  return name.replace(/:[^:/]+$/, "");
}

/** Docker's registry has another name for those that talk to it. */
function withHost(name: string): string {
  return name.replace(/^docker\.io\//, "index.docker.io/");
}

function authority(signer: Signer): object {
  // cosign 3 stores bundles by default, which this version of policy-controller finds for no key: ADR 19.
  const format = { signatureFormat: "legacy" };
  if ("key" in signer) return { name: "key", key: { data: signer.key, hashAlgorithm: "sha256" }, ...format };
  return {
    name: "identity",
    keyless: { url: "https://fulcio.sigstore.dev", identities: [signer] },
    ctlog: { url: "https://rekor.sigstore.dev" },
    ...format,
  };
}
