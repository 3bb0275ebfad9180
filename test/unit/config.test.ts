import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { ConfigError, parseConfig } from "../../config.ts";
import { stackConfig } from "../support/rendered.ts";

const digest = `sha256:${"ab".repeat(32)}`;

/** The stack's own configuration with fields of one key changed; `undefined` removes a field. */
function changed(stack: string, key: string, fields: Record<string, unknown>): Record<string, string> {
  const config = stackConfig(stack);
  const before = JSON.parse(config[key] ?? "{}") as Record<string, unknown>;
  return { ...config, [key]: JSON.stringify({ ...before, ...fields }) };
}

function faultsOf(stack: string, config: Record<string, string>, overrides?: string): ConfigError {
  try {
    parseConfig(stack, config, overrides);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

const keysOf = (error: ConfigError): string[] => error.faults.map((fault) => fault.key);

describe("config", () => {
  for (const stack of ["local", "staging", "production"]) {
    it(`${stack}: the repository's own stack file is valid and comes out frozen`, () => {
      const config = parseConfig(stack, stackConfig(stack));
      expect(config.environment).to.equal(stack);
      expect(Object.isFrozen(config)).to.be.true;
      expect(Object.isFrozen(config.bizra)).to.be.true;
      expect(config.overrides).to.deep.equal([]);
    });
  }

  it("names all four faults of a stack file in one message", () => {
    const validator = { cpu: "4 cores", memory: "8Gi", storage: "500Gi" };
    const { "paw:resources": resources = "" } = changed("production", "paw:resources", { validator });
    const config = {
      ...changed("production", "paw:bizra", { image: "ghcr.io/bizra/node:v2.2.0-rc1", replicas: -3 }),
      "paw:resources": resources,
      "paw:chian": JSON.stringify({ validators: 4 }),
    };
    const error = faultsOf("production", config);
    expect(keysOf(error)).to.have.members([
      "paw:bizra.image",
      "paw:bizra.replicas",
      "paw:resources.validator.cpu",
      "paw:chian",
    ]);
    for (const key of keysOf(error)) expect(error.message).to.contain(key);
    expect(error.message).to.contain("Pulumi.production.yaml").and.to.contain("4 faults");
  });

  it("takes an unknown key, at the top and inside, for a fault, and does not print its value", () => {
    const inside = faultsOf("local", changed("local", "paw:bizra", { tokn: "s3cr3t" }));
    expect(keysOf(inside)).to.deep.equal(["paw:bizra.tokn"]);
    expect(inside.message).not.to.contain("s3cr3t");
    const top = faultsOf("local", { ...stackConfig("local"), "paw:vualt": "s3cr3t" });
    expect(keysOf(top)).to.deep.equal(["paw:vualt"]);
    expect(top.message).not.to.contain("s3cr3t");
  });

  it("B9: a canary with routes of the Gateway API needs the plugin that weighs them, where charts are installed", () => {
    const without = changed("production", "paw:images", { gatewayPlugin: undefined });
    expect(keysOf(faultsOf("production", without))).to.deep.equal(["paw:images.gatewayPlugin"]);
    const bizra = changed("production", "paw:bizra", { canary: { route: "istio" } });
    expect(() =>
      parseConfig("production", { ...without, "paw:bizra": bizra["paw:bizra"] ?? "" }),
    ).not.to.throw();
    const crds = JSON.stringify({ production: { charts: { source: "crds" } } });
    expect(() => parseConfig("production", without, crds)).not.to.throw();
    const tag = changed("production", "paw:images", {
      gatewayPlugin: "ghcr.io/argoproj-labs/plugin:v0.15.0",
    });
    expect(keysOf(faultsOf("production", tag))).to.deep.equal(["paw:images.gatewayPlugin"]);
  });

  it("leaves other programs' keys alone", () => {
    expect(() => parseConfig("local", { ...stackConfig("local"), "kubernetes:context": "x" })).not.to.throw();
  });

  const bad: [string, string, Record<string, unknown>, string][] = [
    [
      "a canary whose shares do not rise",
      "paw:bizra",
      {
        canary: {
          route: "istio",
          steps: [
            { weight: 25, dwell: "1h" },
            { weight: 25, dwell: "1h" },
          ],
        },
      },
      "paw:bizra.canary.steps.1.weight",
    ],
    [
      "a canary that moves on before it is measured",
      "paw:bizra",
      { canary: { route: "istio", steps: [{ weight: 5, dwell: "359s" }] } },
      "paw:bizra.canary.steps.0.dwell",
    ],
    [
      "a canary of all requests at once",
      "paw:bizra",
      { canary: { route: "istio", steps: [{ weight: 100, dwell: "1h" }] } },
      "paw:bizra.canary.steps.0.weight",
    ],
    ["a route of nobody's", "paw:bizra", { canary: { route: "nginx" } }, "paw:bizra.canary.route"],
    ["text for a number", "paw:chain", { validators: "four" }, "paw:chain.validators"],
    ["zero validators", "paw:chain", { validators: 0 }, "paw:chain.validators"],
    ["a negative count", "paw:chain", { fullNodes: -1 }, "paw:chain.fullNodes"],
    ["a fraction of a pod", "paw:bizra", { replicas: 1.5 }, "paw:bizra.replicas"],
    ["text for a switch", "paw:bizra", { poiBatchVerify: "yes" }, "paw:bizra.poiBatchVerify"],
    ["a missing field", "paw:bizra", { image: undefined }, "paw:bizra.image"],
    ["an image without tag", "paw:bizra", { image: "ghcr.io/bizra/node" }, "paw:bizra.image"],
    [
      "an image with half a digest",
      "paw:bizra",
      { image: "ghcr.io/bizra/node:v1@sha256:abc" },
      "paw:bizra.image",
    ],
    ["a namespace in capitals", "paw:bizra", { namespace: "TestNet" }, "paw:bizra.namespace"],
    ["fewer pods at most than at least", "paw:bizra", { maxReplicas: 2 }, "paw:bizra.maxReplicas"],
    ["an unknown chart source", "paw:charts", { source: "somewhere" }, "paw:charts.source"],
    ["an empty context", "paw:cluster", { context: "" }, "paw:cluster.context"],
  ];
  for (const [what, key, fields, fault] of bad) {
    it(`refuses ${what}`, () => {
      expect(keysOf(faultsOf("local", changed("local", key, fields)))).to.deep.equal([fault]);
    });
  }

  for (const quantity of ["-4Gi", "0", "4GiB", "4 Gi", "", "1e3", "four"]) {
    it(`refuses the quantity "${quantity}"`, () => {
      const sizes = { cpu: "1", memory: quantity, storage: "1Gi" };
      const error = faultsOf("local", changed("local", "paw:resources", { fullNode: sizes }));
      expect(keysOf(error)).to.deep.equal(["paw:resources.fullNode.memory"]);
    });
  }

  it("refuses a stack that is none of the three", () => {
    expect(faultsOf("prod", stackConfig("production")).message).to.contain("local, staging, production");
  });

  describe("images", () => {
    for (const stack of ["staging", "production"]) {
      it(`${stack}: a tag alone is refused, a digest is taken, a marked placeholder is told`, () => {
        const tag = faultsOf(stack, changed(stack, "paw:bizra", { image: "ghcr.io/bizra/node:v1" }));
        expect(keysOf(tag)).to.deep.equal(["paw:bizra.image"]);
        const pinned = parseConfig(
          stack,
          changed(stack, "paw:bizra", { image: `ghcr.io/bizra/node:v1@${digest}` }),
        );
        expect(pinned.placeholders).not.to.include("paw:bizra.image");
        expect(parseConfig(stack, stackConfig(stack)).placeholders).to.have.members([
          "paw:bizra.image",
          "paw:chain.image",
          "paw:chain.network",
          "paw:admission.images.chain",
          "paw:admission.images.bizra",
          "paw:images.tools",
          "paw:images.curl",
          "paw:images.proxy",
          "paw:images.restic",
          "paw:images.gatewayPlugin",
        ]);
      });
    }
    it("local: a tag is enough", () => {
      expect(() =>
        parseConfig("local", changed("local", "paw:bizra", { image: "ghcr.io/bizra/node:v1" })),
      ).not.to.throw();
    });
  });

  describe("charts", () => {
    const charts = (fields: Record<string, unknown>): Record<string, string> =>
      changed("staging", "paw:charts", fields);
    const mirrorOf = (mirror: string): string | undefined =>
      parseConfig("staging", charts({ source: "mirror", mirror })).charts.mirror;

    it("a mirror in this project is meant from its root, wherever the program runs", () => {
      expect(mirrorOf("mirror/charts")).to.equal(
        fileURLToPath(new URL("../../mirror/charts", import.meta.url)),
      );
    });
    for (const mirror of ["/srv/charts", "oci://registry.example:5000/paw"]) {
      it(`the mirror ${mirror} stays as it is`, () => {
        expect(mirrorOf(mirror)).to.equal(mirror);
      });
    }
    it("the source that is left knowingly can be named", () => {
      expect(parseConfig("staging", charts({ replaces: "crds" })).charts.replaces).to.equal("crds");
    });

    const faults: [string, Record<string, unknown>, string, string][] = [
      ["no mirror", { source: "mirror" }, "mirror", "is required with paw:charts.source mirror"],
      ["a mirror beside upstream", { mirror: "m" }, "mirror", "is for paw:charts.source mirror alone"],
      ["a mirror beside crds", { source: "crds", mirror: "m" }, "mirror", "which is crds: remove it"],
      [
        "a mirror on the web",
        { source: "mirror", mirror: "https://m.example" },
        "mirror",
        "must be a directory",
      ],
      ["an empty mirror", { source: "mirror", mirror: "" }, "mirror", "must be a directory"],
      ["a number as mirror", { source: "mirror", mirror: 5 }, "mirror", "found 5"],
      ["a source that there is not", { replaces: "git" }, "replaces", '"upstream"|"mirror"|"crds"'],
      ["an unknown field", { mirorr: "m" }, "mirorr", "is not a key of this program"],
    ];
    for (const [what, fields, field, words] of faults) {
      it(`${what} is refused`, () => {
        const error = faultsOf("staging", charts(fields));
        expect(keysOf(error)).to.deep.equal([`paw:charts.${field}`]);
        expect(error.message).to.contain(words);
      });
    }
    it("a password in the mirror's address is refused, and not shown", () => {
      const error = faultsOf("staging", charts({ source: "mirror", mirror: "oci://me:s3cr3t@m.example/c" }));
      expect(error.message).to.contain("without user and password").and.not.to.contain("s3cr3t");
    });
  });

  describe("PAW_OVERRIDES", () => {
    it("takes the mirror away with its source", () => {
      const stack = changed("staging", "paw:charts", { source: "mirror", mirror: "oci://m.example/charts" });
      const config = parseConfig(
        "staging",
        stack,
        JSON.stringify({ staging: { charts: { source: "crds" } } }),
      );
      expect(config.charts).to.deep.equal({ source: "crds" });
      expect(config.overrides).to.deep.equal(['paw:charts.source: "mirror" -> "crds"']);
    });
    it("changes the value and says so", () => {
      const overrides = JSON.stringify({
        production: { cluster: { context: "paw-local" }, charts: { source: "crds" } },
      });
      const config = parseConfig("production", stackConfig("production"), overrides);
      expect(config.cluster.context).to.equal("paw-local");
      expect(config.charts.source).to.equal("crds");
      expect(config.overrides).to.have.length(2);
      expect(config.overrides.join()).to.contain("paw:charts.source").and.to.contain("paw:cluster.context");
    });
    it("is not in force where it changes nothing", () => {
      const config = parseConfig(
        "local",
        stackConfig("local"),
        JSON.stringify({ local: { charts: { source: "crds" } } }),
      );
      expect(config.overrides).to.deep.equal([]);
    });
    it("of one stack leaves the others alone", () => {
      const overrides = JSON.stringify({ staging: { cluster: { context: "paw-preview" } } });
      expect(parseConfig("production", stackConfig("production"), overrides).overrides).to.deep.equal([]);
    });
    for (const [what, text] of [
      ["text that is not JSON", "{charts"],
      ["a key that must not be overridden", JSON.stringify({ local: { bizra: { image: "evil:1" } } })],
      ["a stack that there is not", JSON.stringify({ prod: { charts: { source: "crds" } } })],
      ["another source than crds", JSON.stringify({ local: { charts: { source: "upstream" } } })],
    ] as const) {
      it(`refuses ${what}`, () => {
        expect(faultsOf("local", stackConfig("local"), text).message).to.contain("PAW_OVERRIDES");
      });
    }
  });
});
