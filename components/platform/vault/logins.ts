/** Who logs in to Vault with a pod's token, and what for: the one source of roles and policies. */
import { accessName, accountNamespace, audience, consumers, policyText, secretMount } from "./access.ts";
import { meshAuthority, meshLogin, meshPolicy } from "./meshAuthority.ts";
import { snapshotLogin, snapshotPolicy } from "./snapshotAccess.ts";

/** A login for pods: whose token is taken for which policy. */
export interface Login {
  /** Name of the role and of the policy. */
  readonly name: string;
  /** Service account, and its namespace. */
  readonly account: string;
  readonly namespace: string;
  /** Audience of its tokens. */
  readonly audience: string;
  /** In Vault's own language. */
  readonly policy: string;
}

/** Ten minutes: External Secrets logs in for each refresh. */
const tokenSeconds = 600;

/** Where the policies of {@link loginsAt} apply. */
export interface Mounts {
  readonly secrets: string;
  readonly mesh: string;
}

/** Every login, with policies for stores at `mounts`. */
export function loginsAt(mounts: Mounts): Login[] {
  const readers = consumers.map((consumer): Login => {
    const account = accessName(consumer.id);
    const policy = policyText(consumer, mounts.secrets);
    return { name: account, account, namespace: accountNamespace, audience, policy };
  });
  return [
    ...readers,
    { ...meshLogin, policy: meshPolicy(mounts.mesh) },
    { ...snapshotLogin, policy: snapshotPolicy },
  ];
}

/** Every login, as production has it. */
export const logins = loginsAt({ secrets: secretMount, mesh: meshAuthority.mount });

/** The role of a login: arguments of the provider's resource, which Vault's own API names the same in snake case. */
export function roleArgs({ name, account, namespace, audience }: Login): {
  readonly boundServiceAccountNames: string[];
  readonly boundServiceAccountNamespaces: string[];
  readonly audience: string;
  readonly tokenPolicies: string[];
  readonly tokenNoDefaultPolicy: boolean;
  readonly tokenTtl: number;
  readonly tokenMaxTtl: number;
} {
  return {
    boundServiceAccountNames: [account],
    boundServiceAccountNamespaces: [namespace],
    audience,
    tokenPolicies: [name],
    tokenNoDefaultPolicy: true,
    tokenTtl: tokenSeconds,
    tokenMaxTtl: tokenSeconds,
  };
}
