import { readFileSync } from "node:fs";

import { expect } from "chai";

import { doubleSigning } from "../../../observability/logs/queries.ts";
import { checkLogql } from "../../support/promql.ts";
import { render } from "../../support/rendered.ts";

const config = readFileSync(
  new URL("../../../components/platform/monitoring/config.alloy", import.meta.url),
  "utf8",
);

/** Texts of an attribute, in order, without Alloy's quotes. */
function texts(attribute: string, within = config): string[] {
  const found = [...within.matchAll(new RegExp(`^\\s*${attribute} += ("(?:[^"\\\\]|\\\\.)*")$`, "gm"))];
  return found.map(([, quoted = '""']) => JSON.parse(quoted) as string);
}

/** The stages of a selector's block. */
function stagesOf(selector: RegExp): string {
  const blocks = config.split("\n  stage.match {\n").slice(1);
  const found = blocks.find((block) => selector.test(texts("selector", block)[0] ?? ""));
  if (found === undefined) throw new Error(`no stage.match for ${selector.source}`);
  return found;
}

/** What the regular expressions of a block find in a line; Go's syntax for names and flags is changed to JavaScript's. */
function extracted(block: string, line: string): Record<string, string> {
  return Object.assign(
    {},
    ...texts("expression", block).map((expression) => {
      const ignoreCase = expression.startsWith("(?i)");
      const source = expression.replace("(?i)", "").replaceAll("(?P<", "(?<");
      return new RegExp(source, ignoreCase ? "i" : "").exec(line)?.groups ?? {};
    }),
  ) as Record<string, string>;
}

describe("A9: the log agent's formats", () => {
  // Lines as simd 7.10 writes them, without their colours.
  const chain = stagesOf(/part="paw".*follow/);

  it("a node's line has a level, a module and a height", () => {
    const line = "11:49PM INF committed state app_hash=74F9E18A6D31C941 height=14 module=state num_txs=0";
    expect(extracted(chain, line)).to.deep.equal({ short: "INF", module: "state", height: "14" });
    expect(
      extracted(
        chain,
        '11:49PM ERR SendTimeout module=blockchain peer=2156367b reason="did not send" timeout=15000',
      ),
    ).to.deep.equal({ short: "ERR", module: "blockchain" });
  });

  it("a line of a script or of a trace has none, and does not pass for one", () => {
    for (const line of [
      "run-node: halted at height 12, as configured; waiting for another configuration",
      "goroutine 1 [running]:",
      "",
    ]) {
      expect(extracted(chain, line), line).to.deep.equal({});
    }
  });

  it("every level that the SDK's console writes has a name of its own in Loki", () => {
    const [template = ""] = texts("template", chain);
    const names = Object.fromEntries(
      [...template.matchAll(/"([A-Z]{3})" "(\w+)"/g)].map(([, short, name]) => [short, name]),
    );
    expect(names).to.deep.equal({
      TRC: "debug",
      DBG: "debug",
      INF: "info",
      WRN: "warn",
      ERR: "error",
      FTL: "fatal",
      PNC: "panic",
    });
    const [expression = ""] = texts("expression", chain);
    for (const short of Object.keys(names)) expect(expression).to.include(short);
  });

  it("bizra's lines have a level, in Rust's format, as JSON, or as Node writes them", () => {
    const bizra = stagesOf(/part="bizra"/);
    const of = (line: string): Record<string, string> => extracted(bizra, line);
    expect(of("2026-08-01T10:00:00.123456Z  WARN bizra::poi: batch too large size=12")).to.deep.equal({
      word: "WARN",
      module: "bizra::poi",
    });
    expect(of('{"timestamp":"2026-08-01T10:00:00Z","level":"ERROR","target":"consensus"}')).to.deep.equal({
      word: "ERROR",
      module: "consensus",
    });
    expect(of("[info] listening on 8080")).to.deep.equal({ word: "info" });
    expect(of("warning: POI_BATCH_VERIFY is off")).to.deep.equal({ word: "warn" });
    expect(of("informational terrors of errorless bizraness")).to.deep.equal({});
  });

  it("double signing is counted by the words that the saved query looks for, which are CometBFT's", () => {
    const [selector = ""] = texts("selector", stagesOf(/byzantine/));
    expect(selector).to.include(`|~ "${doubleSigning}"`);
    const pattern = new RegExp(doubleSigning.replace("(?i)", ""), "i");
    for (const line of [
      "INF Verified new evidence of byzantine behavior evidence=DuplicateVoteEvidence",
      "INF verified new evidence of byzantine behavior evidence=...",
      "ERR found conflicting vote from ourselves; did you unsafe_reset a validator?",
    ]) {
      expect(line).to.match(pattern);
    }
    expect("INF committed state").not.to.match(pattern);
    expect(config).to.match(/name += "paw_evidence_lines_total"/);
  });

  it("the chart's own templating gives the agent the text that is in the file", async () => {
    const values = (await render({ stack: "production" })).find(
      ({ kind, metadata }) => kind === "Chart" && metadata.name === "alloy",
    )?.values;
    const content = values.alloy.configMap.content as string;
    // What Helm's tpl makes of an action that holds nothing but a string; any other action would be Helm's to run.
    const written = content.replaceAll(/\{\{ "([^"]+)" \}\}/g, "$1");
    expect(written).to.equal(config);
    expect(config).to.include("{{");
    expect(content.split('{{ "{{" }}').join("")).not.to.include("{{");
  });

  it("selectors are LogQL", () => {
    const selectors = texts("selector");
    expect(selectors).to.have.length(3);
    selectors.forEach(checkLogql);
  });
});
