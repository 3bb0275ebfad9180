import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { expect } from "chai";
import { Parser } from "tar";

import { archiveFault } from "../../../components/platform/charts/inspect.ts";
import { wrapRelease } from "../../../components/platform/charts/wrap.ts";
import { bench } from "./bench.ts";

const chart = { name: "gateway-api", version: "v1.2.1", repository: "" };
const yaml = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: "{{ .Values.x }} and {{{ and }} and {{- trimmed -}} and é"
---
# the end
---
apiVersion: v1
kind: ConfigMap
`;

/** What Helm makes of the only action in the template: a text in quotes is that text. */
const render = (template: string): string => template.replace(/\{\{ "((?:[^"\\]|\\.)*)" \}\}/g, "$1");
const untar = (archive: Buffer, ...args: readonly string[]): string =>
  spawnSync("tar", ["xzf", "-", "-O", ...args], { input: archive }).stdout.toString("utf8");

describe("a release's YAML wrapped into a chart", () => {
  const shop = bench();

  it("is an archive of that name and version", () => {
    expect(archiveFault(wrapRelease(yaml, chart), chart)).to.equal(undefined);
  });

  it("holds a Chart.yaml of Helm 3 and one template, and comes out of tar and Helm unchanged", () => {
    const archive = wrapRelease(yaml, chart);
    const listed = spawnSync("tar", ["tzf", "-"], { input: archive }).stdout.toString();
    expect(listed).to.equal("gateway-api/Chart.yaml\ngateway-api/templates/gateway-api.yaml\n");
    expect(untar(archive, "gateway-api/Chart.yaml")).to.equal(
      'apiVersion: v2\nname: "gateway-api"\nversion: "v1.2.1"\n',
    );
    const template = untar(archive, "gateway-api/templates/gateway-api.yaml");
    expect(template.replaceAll('{{ "{{" }}', "")).not.to.contain("{{");
    expect(render(template)).to.equal(yaml);
  });

  it("is the same, byte by byte, whenever and wherever it is made: no time, no user, no system, no compression", () => {
    const archive = wrapRelease(yaml, chart);
    expect(wrapRelease(yaml, chart).equals(archive)).to.be.true;
    // RFC 1952: bytes 4 to 7 are the time, 0 for none; byte 9 is the operating system, 255 for unknown.
    expect([...archive.subarray(4, 8), archive[9]]).to.deep.equal([0, 0, 0, 0, 255]);
    expect(archive.includes("kind: CustomResourceDefinition")).to.be.true;
    const files: unknown[] = [];
    const parser = new Parser({
      onReadEntry: (entry) => {
        files.push([entry.mode, entry.uid, entry.gid, entry.mtime?.getTime()]);
        entry.resume();
      },
    });
    parser.end(archive);
    expect(files).to.deep.equal([
      [0o644, 0, 0, 0],
      [0o644, 0, 0, 0],
    ]);
  });

  for (const [what, text] of [
    ["a page", "<html>sign in</html>"],
    ["nothing", ""],
    ["no object", "a: b\n"],
    ["broken YAML", "apiVersion: v1\nkind: [\n"],
  ] as const) {
    it(`is refused where the file is ${what}`, () => {
      expect(() => wrapRelease(text, chart)).to.throw("is not YAML of Kubernetes objects");
    });
  }

  describe("by its pin", () => {
    const pin = (): typeof chart => ({ ...chart, repository: `${shop.host.origin}/v1.2.1/install.yaml` });

    it("is downloaded, wrapped and kept", async () => {
      shop.host.serve("/v1.2.1/install.yaml", yaml);
      const paths = await shop.archives([pin()]);
      await shop.host.stop();
      expect(await shop.archives([pin()])).to.deep.equal(paths);
      expect(readFileSync(paths["gateway-api"] ?? "").equals(wrapRelease(yaml, chart))).to.be.true;
    });

    it("is missing where a proxy answers with a page", async () => {
      shop.host.serve("/v1.2.1/install.yaml", "<html>sign in</html>");
      const { message } = await shop.failure([pin()]);
      expect(message).to.contain("the file found there is not YAML of Kubernetes objects");
    });

    it("is missing where the file breaks off", async () => {
      shop.host.serve("/v1.2.1/install.yaml", yaml);
      shop.host.faults.set("install.yaml", "truncates");
      expect((await shop.failure([pin()])).message).to.contain("/v1.2.1/install.yaml");
    });
  });
});
