/** May a key sign from here? The API server is played by a small one with the same rules; the e2e suite asks a real one. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { expect } from "chai";

import { type Shell, openShell, shellNames } from "./shell.ts";

const address = "0123456789ABCDEF0123456789ABCDEF01234567";
const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
const key = JSON.stringify({
  address,
  pub_key: { type: "tendermint/PubKeyEd25519", value: "cHVi" },
  priv_key: { type: "tendermint/PrivKeyEd25519", value: secret },
});

interface Reservation {
  holder: { namespace: string; pod: string };
  used: boolean;
}

for (const name of shellNames) {
  describe(`A11: start-guard.sh, with ${name}`, () => {
    let shell: Shell;
    let server: Server;
    let reservation: Reservation | undefined;
    let requests: string[];
    /** Called before a PATCH is answered. */
    let onPatch: () => void;

    beforeEach(async () => {
      shell = openShell(name, ["curl"]);
      reservation = { holder: { namespace: "paw", pod: "paw-validator-0" }, used: false };
      requests = [];
      onPatch = () => undefined;
      server = createServer((request, response) => {
        let body = "";
        request.on("data", (chunk: Buffer) => (body += chunk.toString()));
        request.on("end", () => {
          requests.push(
            `${request.method ?? ""} ${request.url ?? ""} ${request.headers.authorization ?? ""}`,
          );
          const answer = answerTo(request.method ?? "", body);
          response.writeHead(answer.code, { "content-type": "application/json" });
          response.end(answer.body);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      mkdirSync(join(shell.folder, "credentials"));
      writeFileSync(join(shell.folder, "credentials", "token"), "t0ken");
      writeFileSync(join(shell.folder, "credentials", "ca.crt"), "");
      writeFileSync(join(shell.folder, "key.json"), key);
    });
    afterEach(() => {
      server.close();
      shell.dispose();
    });

    function answerTo(method: string, body: string): { code: number; body: string } {
      if (reservation === undefined) return { code: 404, body: '{"kind":"Status","code":404}' };
      if (method === "PATCH") {
        onPatch();
        const [test] = JSON.parse(body) as { op: string; value: boolean }[];
        if (test?.op !== "test" || reservation.used !== test.value) return { code: 422, body: "{}" };
        reservation.used = true;
      }
      // As an API server prints it, with its notes on who wrote which field.
      const object = {
        metadata: { managedFields: [{ fieldsV1: { "f:spec": { "f:holder": { ".": {} }, "f:used": {} } } }] },
        spec: { chainId: "x-1", ...reservation },
      };
      return { code: 200, body: JSON.stringify(object, null, 2) };
    }

    const state = (): string => join(shell.folder, "data", "state.json");
    const guard = (env: Record<string, string> = {}): ReturnType<Shell["run"]> =>
      shell.run("start-guard.sh", [], {
        HOLDER: "paw/paw-validator-0",
        KEY_FILE: join(shell.folder, "key.json"),
        STATE_FILE: state(),
        CREDENTIALS: join(shell.folder, "credentials"),
        API: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        ...env,
      });

    async function expectRefusal(reason: RegExp, env?: Record<string, string>): Promise<void> {
      const done = await guard(env);
      expect(done.exitCode).to.equal(1);
      expect(done.stderr).to.match(reason);
      expect(done.all).not.to.contain(secret);
    }

    it("accepts an unused key once: the mark is used up before the state is there", async () => {
      onPatch = () => {
        expect(existsSync(state())).to.be.false;
      };
      const first = await guard();
      expect(first.exitCode, first.all).to.equal(0);
      expect(JSON.parse(readFileSync(state(), "utf8"))).to.deep.equal({ height: "0", round: 0, step: 0 });
      expect(statSync(state()).mode & 0o777).to.equal(0o600);
      expect(reservation?.used).to.be.true;
      expect(requests.join("\n")).to.contain(address.toLowerCase()).and.to.contain("Bearer t0ken");
      expect(first.all).not.to.contain(secret);
    });

    it("refuses the same key again when its state has gone", async () => {
      await guard();
      writeFileSync(state(), "");
      await expectRefusal(/cannot be read/);
      rmSync(state());
      await expectRefusal(/may have signed before.*sign a height twice/s);
    });

    it("goes on with a state, without asking anybody", async () => {
      mkdirSync(join(shell.folder, "data"));
      writeFileSync(state(), '{\n  "height": "42",\n  "round": 0,\n  "step": 3\n}');
      const done = await guard({ API: "http://127.0.0.1:9" });
      expect(done.exitCode).to.equal(0);
      expect(done.stdout).to.contain("goes on at height 42");
      expect(requests).to.deep.equal([]);
    });

    it("a kill between mark and state leaves a key that is refused", async () => {
      if (reservation) reservation.used = true;
      await expectRefusal(/may have signed before/);
    });

    it("one of two at once gets the mark", async () => {
      onPatch = () => {
        if (reservation) reservation.used = true;
      };
      await expectRefusal(/did not take the mark.*422/s);
      expect(existsSync(state())).to.be.false;
    });

    it("refuses a key that is reserved for somebody else", async () => {
      await expectRefusal(/reserved for paw\/paw-validator-0, and this is paw\/paw-validator-1/, {
        HOLDER: "paw/paw-validator-1",
      });
      expect(reservation?.used).to.be.false;
    });

    it("refuses a key that nobody has reserved", async () => {
      reservation = undefined;
      await expectRefusal(/nobody has reserved/);
    });

    it("refuses when the API server does not answer", async () => {
      await expectRefusal(/does not say whether/, { API: "http://127.0.0.1:9", RETRIES: "1" });
    });

    for (const [what, text] of [
      ["no key", undefined],
      ["a file that is no key", "{}"],
    ] as const) {
      it(`refuses ${what}`, async () => {
        if (text === undefined) rmSync(join(shell.folder, "key.json"));
        else writeFileSync(join(shell.folder, "key.json"), text);
        await expectRefusal(/There is no key|is not a key of CometBFT/);
      });
    }
  });
}
