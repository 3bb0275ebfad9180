/** What must hold of Vault's policies, on a real server as on a simulated one. */
import { randomBytes } from "node:crypto";

import { expect } from "chai";

import { accessName, consumers, policyText } from "../../components/platform/vault/access.ts";

/** Paths that a policy opens, with what may be done there; read as Vault does: exact paths, `*` at the end, `+` inside. */
export function rulesOf(
  policy: string,
): { readonly matches: (path: string) => boolean; readonly verbs: string[] }[] {
  return [...policy.matchAll(/path "([^"]+)" \{\s*capabilities = \[([^\]]*)\]\s*\}/g)].map(
    ([, path = "", verbs = ""]) => {
      const escaped = path.replace(/[.?^${}()|[\]\\]/g, "\\$&").replaceAll("+", "[^/]+");
      const pattern = new RegExp(`^${escaped.endsWith("*") ? `${escaped.slice(0, -1)}.*` : escaped}$`);
      return {
        matches: (text: string) => pattern.test(text),
        verbs: verbs.split(",").map((verb) => verb.trim().replaceAll('"', "")),
      };
    },
  );
}

export interface VaultServer {
  readonly address: string;
  /** A token that may mount, write policies and make tokens. */
  readonly token: string;
}

type Call = (
  method: string,
  path: string,
  body?: object,
) => Promise<{ status: number; body: Record<string, unknown> }>;

function caller({ address, token }: VaultServer): Call {
  return async (method, path, body) => {
    const response = await fetch(new URL(`/v1/${path}`, address), {
      method,
      headers: { "X-Vault-Token": token },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  };
}

/**
 * Applies the policies of access.ts under names of this run's own, and shows by tokens that have one each that every
 * consumer reads its own paths and nothing else. The login through Kubernetes is not part of it. Cleans up after itself.
 */
export async function proveAccess(server: VaultServer): Promise<void> {
  const admin = caller(server);
  const run = randomBytes(4).toString("hex");
  const mount = `paw-contract-${run}`;
  const policyOf = (consumer: (typeof consumers)[number]): string => `${accessName(consumer.id)}-${run}`;
  const ok = async (...call: Parameters<Call>): Promise<Record<string, unknown>> => {
    const { status, body } = await admin(...call);
    expect(status, `${call[0]} ${call[1]}`).to.be.within(200, 204);
    return body;
  };
  try {
    await ok("POST", `sys/mounts/${mount}`, { type: "kv", options: { version: "2" } });
    for (const consumer of consumers) {
      await ok("PUT", `sys/policies/acl/${policyOf(consumer)}`, { policy: policyText(consumer, mount) });
      for (const path of consumer.paths) {
        await ok("POST", `${mount}/data/${path}`, { data: { value: `of ${path}` } });
      }
    }
    for (const consumer of consumers) {
      const policies = [policyOf(consumer)];
      const { auth } = await ok("POST", "auth/token/create", {
        policies,
        no_default_policy: true,
        ttl: "5m",
      });
      const token = (auth as { client_token: string }).client_token;
      await proveConsumer(caller({ ...server, token }), mount, consumer);
    }
  } finally {
    for (const consumer of consumers) await admin("DELETE", `sys/policies/acl/${policyOf(consumer)}`);
    await admin("DELETE", `sys/mounts/${mount}`);
  }
}

async function proveConsumer(call: Call, mount: string, consumer: (typeof consumers)[number]): Promise<void> {
  for (const owner of consumers) {
    for (const path of owner.paths) {
      const { status, body } = await call("GET", `${mount}/data/${path}`);
      expect(status, `${consumer.id} reads ${path}`).to.equal(owner.id === consumer.id ? 200 : 403);
      if (status === 200) expect(JSON.stringify(body)).to.contain(`of ${path}`);
      const write = await call("POST", `${mount}/data/${path}`, { data: { value: "forged" } });
      expect(write.status, `${consumer.id} writes ${path}`).to.equal(403);
    }
  }
  for (const path of [`${mount}/metadata?list=true`, "sys/policies/acl", "sys/mounts", "auth/token/lookup"]) {
    expect((await call("GET", path)).status, `${consumer.id} asks for ${path}`).to.equal(403);
  }
}
