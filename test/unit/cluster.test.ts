import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { expect } from "chai";

import { type BindingCheck, connect, kubeconfigFileOf, refusals } from "../../components/platform/cluster.ts";
import { render, standInUid } from "../support/rendered.ts";

const real: BindingCheck = {
  cluster: { context: "prod", uid: "aaaa", embedded: false },
  recorded: { uid: "aaaa", chartSource: "upstream" },
  charts: { source: "upstream" },
  preview: false,
  overrides: [],
  placeholders: [],
};
const embedded = { ...real.cluster, embedded: true };
const overrides = ["paw:charts.source: upstream -> crds"];

describe("a stack is tied to its cluster", () => {
  it("goes on against its own cluster, and before the first up", () => {
    expect(refusals(real)).to.deep.equal([]);
    expect(refusals({ ...real, recorded: {} })).to.deep.equal([]);
  });
  it("is refused against another, naming both, in preview too", () => {
    for (const preview of [true, false]) {
      const [reason] = refusals({ ...real, recorded: { uid: "bbbb" }, preview });
      expect(reason).to.contain("aaaa").and.to.contain("bbbb").and.to.contain("prod");
    }
  });
  it("stays with the source that its charts came from", () => {
    const check = { ...real, charts: { source: "crds" } } as const;
    for (const preview of [true, false])
      expect(refusals({ ...check, preview })[0]).to.contain("paw:charts.replaces");
    expect(refusals({ ...real, charts: { source: "crds", replaces: "upstream" } })).to.deep.equal([]);
  });
  it("may be previewed on a throw-away embedded cluster by override, not be applied there", () => {
    const check = { ...real, cluster: embedded, recorded: { uid: "bbbb" }, overrides };
    expect(refusals({ ...check, preview: true })).to.deep.equal([]);
    expect(refusals({ ...check, preview: false })).to.have.length(1);
  });
});

describe("overrides", () => {
  it("allow a preview anywhere", () => {
    expect(refusals({ ...real, overrides, preview: true })).to.deep.equal([]);
  });
  it("are refused by up on a cluster that is not embedded", () => {
    const [reason] = refusals({ ...real, overrides });
    expect(reason).to.contain("PAW_OVERRIDES").and.to.contain("charts.source");
    expect(refusals({ ...real, overrides, cluster: embedded })).to.deep.equal([]);
  });
});

describe("placeholders", () => {
  it("are let through by preview and refused by up", () => {
    const check = { ...real, placeholders: ["paw:bizra.image"] };
    expect(refusals({ ...check, preview: true })).to.deep.equal([]);
    expect(refusals(check)[0]).to.contain("paw:bizra.image");
  });
});

describe("the program registers nothing when it refuses", () => {
  const refused = async (options: Parameters<typeof render>[0], text: string): Promise<void> => {
    let message = "";
    try {
      const objects = await render(options);
      expect(objects, "objects registered").to.have.length(0);
    } catch (error) {
      message = String(error);
    }
    expect(message).to.contain(text);
  };
  for (const ended of [true, false]) {
    it(`another cluster, after a run that ${ended ? "came to its end" : "was interrupted"}`, () =>
      refused({ stack: "local", preview: false, recordedUid: "elsewhere", ended }, standInUid));
  }
  it("a placeholder at up", () => refused({ stack: "production", preview: false }, "paw:bizra.image"));
  it("a context that the kubeconfig lacks", () => refused({ stack: "local", context: "other" }, "paw-local"));
  it("overrides at up on a real cluster", () =>
    refused(
      {
        stack: "staging",
        preview: false,
        embedded: false,
        context: "paw-local",
        overrides: JSON.stringify({ staging: { cluster: { context: "paw-local" } } }),
      },
      "PAW_OVERRIDES",
    ));
});

describe("the kubeconfig that the provider is given", () => {
  const previous = process.env.KUBECONFIG;
  const folder = mkdtempSync(join(tmpdir(), "paw-test-"));
  const write = (context: string): string => {
    const file = join(folder, context);
    const contexts = [{ name: context, context: { cluster: "c", user: "u" } }];
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Config", contexts }));
    return file;
  };
  after(() => {
    if (previous === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = previous;
    rmSync(folder, { recursive: true });
  });

  it("is the one file of a list that has the context: a list it takes for a file's content", () => {
    const [one, two] = [write("one"), write("two")];
    process.env.KUBECONFIG = [one, two].join(delimiter);
    expect(kubeconfigFileOf("two")).to.equal(two);
    expect(kubeconfigFileOf("one")).to.equal(one);
  });
  it("is found where the list names a file that is gone", () => {
    process.env.KUBECONFIG = [join(folder, "gone"), write("one")].join(delimiter);
    expect(kubeconfigFileOf("one")).to.equal(join(folder, "one"));
    expect(connect("one").getCurrentContext()).to.equal("one");
  });
  it("is left to the defaults where KUBECONFIG is unset", () => {
    delete process.env.KUBECONFIG;
    expect(kubeconfigFileOf("one")).to.equal(undefined);
  });
});
