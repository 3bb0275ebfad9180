/** May a key sign from here? The API server is played by a small one with the same rules; the e2e suite asks a real one. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";

import { expect } from "chai";
import { execa } from "execa";

import { find } from "../../../support/find.ts";
import { type Shell, openShell, scripts, shellNames } from "./shell.ts";

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
    /** Called once a PATCH has changed the reservation, before the answer. */
    let afterPatch: () => void;
    /** How the API server prints an object. */
    let print: (object: unknown) => string;

    beforeEach(async () => {
      shell = openShell(name, ["curl"]);
      reservation = { holder: { namespace: "paw", pod: "paw-validator-0" }, used: false };
      requests = [];
      onPatch = () => undefined;
      afterPatch = () => undefined;
      print = (object) => JSON.stringify(object, null, 2);
      server = createServer((request, response) => {
        let body = "";
        request.on("data", (chunk: Buffer) => (body += chunk.toString()));
        request.on("end", () => {
          requests.push(
            `${request.method ?? ""} ${request.url ?? ""} ${request.headers.authorization ?? ""}`,
          );
          const answer = answerTo(request, body);
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

    function answerTo(request: IncomingMessage, body: string): { code: number; body: string } {
      const path = `/apis/paw.network/v1alpha1/consensuskeyreservations/${address.toLowerCase()}`;
      if (request.headers.authorization !== "Bearer t0ken") return { code: 401, body: "{}" };
      if (reservation === undefined || request.url !== path)
        return { code: 404, body: '{"kind":"Status","code":404}' };
      if (request.method === "PATCH") {
        if (request.headers["content-type"] !== "application/json-patch+json")
          return { code: 415, body: "{}" };
        onPatch();
        const operations = JSON.parse(body) as { op: string; path: string; value: boolean }[];
        // All or nothing, in order.
        let used = reservation.used;
        for (const { op, path: where, value } of operations) {
          if (where !== "/spec/used" || (op === "test" && used !== value)) return { code: 422, body: "{}" };
          if (op === "replace") used = value;
        }
        reservation.used = used;
        afterPatch();
      }
      // As an API server prints it, with its notes on who wrote which field and what was asked for.
      const object = {
        metadata: {
          annotations: {
            last: JSON.stringify({ spec: { holder: { pod: "nobody" }, used: true }, at: "C:\\corner" }),
          },
          managedFields: [{ fieldsV1: { "f:spec": { "f:holder": { ".": {} }, "f:used": {} } } }],
        },
        spec: { chainId: "x-1", ...reservation },
      };
      return { code: 200, body: print(object) };
    }

    const state = (): string => join(shell.folder, "data", "state.json");
    const environment = (): Record<string, string> => ({
      HOLDER: "paw/paw-validator-0",
      KEY_FILE: join(shell.folder, "key.json"),
      STATE_FILE: state(),
      CREDENTIALS: join(shell.folder, "credentials"),
      API: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
    const guard = (env: Record<string, string> = {}): ReturnType<Shell["run"]> =>
      shell.run("start-guard.sh", [], { ...environment(), ...env });

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
      expect(requests.map((request) => request.split(" ")[0])).to.deep.equal(["GET", "PATCH"]);
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

    it("reads an answer in one line, with its keys in another order", async () => {
      print = (object) => {
        const { spec, metadata } = object as { spec: { holder: object; used: boolean }; metadata: object };
        return JSON.stringify({
          spec: {
            used: spec.used,
            holder: Object.fromEntries(Object.entries(spec.holder).reverse()),
            chainId: "x",
          },
          metadata,
        });
      };
      const done = await guard();
      expect(done.exitCode, done.all).to.equal(0);
      rmSync(state());
      await expectRefusal(/may have signed before/);
    });

    it("shows the token and the key to nobody: not in arguments, not in what it prints", async () => {
      const list = join(shell.folder, "arguments");
      rmSync(join(shell.folder, "bin", "curl"));
      writeFileSync(
        join(shell.folder, "bin", "curl"),
        `#!/bin/sh\nprintf '%s\\n' "$*" >>'${list}'\nexec '${find("curl")}' "$@"\n`,
        { mode: 0o755 },
      );
      const done = await guard();
      expect(done.exitCode, done.all).to.equal(0);
      const shown = readFileSync(list, "utf8") + done.all;
      expect(shown).to.contain("PATCH").and.to.contain(address);
      for (const hidden of ["t0ken", secret, "cHVi"]) expect(shown).not.to.contain(hidden);
    });

    it("a kill between mark and state leaves a key that is refused", async () => {
      const { child, kill } = detachedGuard();
      afterPatch = kill;
      expect((await child).signal).to.equal("SIGKILL");
      expect([reservation?.used, existsSync(state())]).to.deep.equal([true, false]);
      afterPatch = () => undefined;
      await expectRefusal(/may have signed before/);
    });

    /** The guard as a group of processes of its own, which can be killed at once as a lost machine would do. */
    function detachedGuard(): { child: Promise<{ signal?: string | undefined }>; kill: () => void } {
      const bin = join(shell.folder, "bin");
      const path = name === "busybox" ? bin : [bin, process.env.PATH ?? ""].join(delimiter);
      const program = name === "busybox" ? join(bin, "sh") : "sh";
      const child = execa(program, [join(scripts, "start-guard.sh")], {
        env: { ...environment(), PATH: path },
        extendEnv: false,
        reject: false,
        detached: true,
      });
      return {
        child,
        kill: () => {
          if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
        },
      };
    }

    for (const [what, text] of [
      ["was cut off within the number", '{\n  "height": "4'],
      ["was cut off after the number", '{\n  "height": "42",\n  "round": 0,'],
      ["has no height", '{"round":0,"step":0}'],
      ["has a height that is no number", '{"height":"x","round":0,"step":0}'],
    ] as const) {
      it(`refuses a state that ${what}, and leaves it as it is`, async () => {
        mkdirSync(join(shell.folder, "data"));
        writeFileSync(state(), text);
        await expectRefusal(/cannot be read/);
        expect(readFileSync(state(), "utf8")).to.equal(text);
        expect([requests, reservation?.used]).to.deep.equal([[], false]);
      });
    }

    it("a volume that takes nothing does not cost the mark", async () => {
      writeFileSync(join(shell.folder, "data"), "a file where the folder should be");
      await expectRefusal(/nothing can be written/);
      expect(reservation?.used).to.be.false;
    });

    it("says what the API server answers when it does not let the guard in", async () => {
      writeFileSync(join(shell.folder, "credentials", "token"), "old");
      await expectRefusal(/the API server answers 401/);
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
      await expectRefusal(/does not say whether/, { API: "http://127.0.0.1:9", RETRIES: "0" });
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
