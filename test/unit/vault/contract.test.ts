/** The contract of test/contract on a simulated Vault: that it holds there shows only that the contract can be met. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { expect } from "chai";

import { proveAccess, rulesOf } from "../../support/vaultContract.ts";

interface Simulated {
  readonly address: string;
  /** Policies and mounts that were left behind. */
  readonly left: () => string[];
  readonly close: () => void;
}

/** Tokens, policies and values, with policies read by the tests' own reader; `change` may spoil each policy. */
async function startPolicyServer(change: (policy: string) => string): Promise<Simulated> {
  const policies = new Map<string, string>();
  const tokens = new Map<string, string[]>();
  const values = new Map<string, object>();
  const allowed = (token: string, path: string, verb: string): boolean =>
    token === "root" ||
    (tokens.get(token) ?? []).some((name) =>
      rulesOf(policies.get(name) ?? "").some((rule) => rule.matches(path) && rule.verbs.includes(verb)),
    );
  const handle = (method: string, path: string, body: Record<string, unknown>): object => {
    const [, policy] = /^sys\/policies\/acl\/(.+)$/.exec(path) ?? [];
    if (policy !== undefined) {
      if (method === "DELETE") policies.delete(policy);
      else policies.set(policy, change(body.policy as string));
      return {};
    }
    if (path === "auth/token/create") {
      const token = `token-${tokens.size}`;
      tokens.set(token, body.policies as string[]);
      return { auth: { client_token: token } };
    }
    if (method === "GET") return { data: { data: values.get(path) } };
    if (method === "DELETE") values.delete(path);
    else values.set(path, body);
    return {};
  };
  const server = createServer((request, response) => {
    void text(request).then((content) => {
      const path = (request.url ?? "").replace("/v1/", "").split("?")[0] ?? "";
      const verb = request.method === "GET" ? "read" : "update";
      const may = allowed(String(request.headers["x-vault-token"]), path, verb);
      const body = content === "" ? {} : (JSON.parse(content) as Record<string, unknown>);
      response.writeHead(may ? 200 : 403);
      response.end(JSON.stringify(may ? handle(request.method ?? "", path, body) : { errors: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    left: () => [...policies.keys(), ...[...values.keys()].filter((key) => key.startsWith("sys/mounts/"))],
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe("the contract with Vault, on a simulated server", () => {
  const prove = async (change: (policy: string) => string): Promise<string[]> => {
    const server = await startPolicyServer(change);
    try {
      await proveAccess({ address: server.address, token: "root" });
    } finally {
      server.close();
    }
    return server.left();
  };

  it("is met by the policies as they are, and leaves nothing behind", async () => {
    expect(await prove((policy) => policy)).to.deep.equal([]);
  });

  for (const [what, change] of [
    ["reads beside its own path", (policy: string) => policy.replace(/data\/paw\/[^"]+/, "data/paw/*")],
    ["may write", (policy: string) => policy.replace('["read"]', '["read", "update"]')],
    ["may not read its own", (policy: string) => policy.replace('["read"]', '["list"]')],
    ["sees the system", (policy: string) => `${policy}\npath "sys/*" {\n  capabilities = ["read"]\n}\n`],
  ] as const) {
    it(`is broken by a policy that ${what}`, async () => {
      let broken = false;
      await prove(change).catch(() => {
        broken = true;
      });
      expect(broken).to.equal(true);
    });
  }
});
