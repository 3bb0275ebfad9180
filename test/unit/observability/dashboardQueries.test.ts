/** Specs A8 and B11: what our dashboards ask, and the answer of a server whose words are written here. */
import { expect } from "chai";

import { dashboardQueries, dashboards } from "../../../observability/dashboards/index.ts";
import { query } from "../../../observability/model.ts";
import { FakeServer, panelOf, specOf, success } from "../../support/dashboards/handMade.ts";
import { Prometheus } from "../../support/dashboards/prometheus.ts";
import {
  type Choice,
  choices,
  hasData,
  nameOf,
  resolve,
  runPanel,
} from "../../support/dashboards/queries.ts";
import { siteOf } from "../../support/observability.ts";

const choice = (name: string, value: string): Choice => ({
  name,
  label: name,
  value,
  text: value,
  found: [],
});

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

describe("queries of dashboards (A8, B11)", () => {
  let server: FakeServer;
  let prometheus: Prometheus;

  beforeEach(async () => {
    server = new FakeServer();
    prometheus = new Prometheus(await server.start());
  });
  afterEach(() => server.stop());

  describe("Prometheus' API", () => {
    it("an instant is asked for at its time, and gives labels and values", async () => {
      server.answers.set(
        "query",
        success({ resultType: "vector", result: [{ metric: { pod: "a" }, value: [1700000000, "1.5"] }] }),
      );
      expect(await prometheus.query("up", 1700000000)).to.deep.equal([
        { labels: { pod: "a" }, points: [[1700000000, 1.5]] },
      ]);
      expect(server.asked).to.deep.equal([
        { path: "query", parameters: { query: "up", time: "1700000000" } },
      ]);
    });

    it("a scalar is a series without labels, and what is no number is kept", async () => {
      server.answers.set("query", success({ resultType: "scalar", result: [10, "+Inf"] }));
      expect(await prometheus.query("1/0")).to.deep.equal([{ labels: {}, points: [[10, Infinity]] }]);
      server.answers.set("query", success({ resultType: "scalar", result: [10, "-Inf"] }));
      expect((await prometheus.query("-1/0"))[0]?.points).to.deep.equal([[10, -Infinity]]);
      server.answers.set("query", success({ resultType: "scalar", result: [10, "NaN"] }));
      expect((await prometheus.query("0/0"))[0]?.points[0]?.[1]).to.be.NaN;
    });

    it("a range is asked for with its step", async () => {
      const values = [
        [10, "1"],
        [15, "2"],
      ];
      server.answers.set(
        "query_range",
        success({ resultType: "matrix", result: [{ metric: { pod: "a" }, values }] }),
      );
      expect(await prometheus.queryRange("up", { start: 10, end: 15, step: 5 })).to.deep.equal([
        {
          labels: { pod: "a" },
          points: [
            [10, 1],
            [15, 2],
          ],
        },
      ]);
      expect(server.asked[0]?.parameters).to.deep.equal({ query: "up", start: "10", end: "15", step: "5" });
    });

    it("values of a label come sorted, of the series of a selector", async () => {
      server.answers.set("label/pod/values", success(["b", "a"]));
      expect(await prometheus.labelValues("pod", "up", { start: 1, end: 2 })).to.deep.equal(["a", "b"]);
      expect(server.asked[0]?.parameters).to.deep.equal({ "match[]": "up", start: "1", end: "2" });
    });

    it("an error has the expression and the server's message", async () => {
      server.answers.set("query", {
        status: 400,
        body: { status: "error", errorType: "bad_data", error: "unexpected right parenthesis" },
      });
      expect(await failure(prometheus.query("sum(up))"))).to.match(
        /asked for sum\(up\)\): bad_data: unexpected right parenthesis$/,
      );
    });

    it("what is no answer of Prometheus is an error with the expression, too", async () => {
      server.answers.set("query", { status: 502, body: "<html>bad gateway</html>" });
      expect(await failure(prometheus.query("up"))).to.match(/asked for up: it answered 502.*bad gateway/);
      await server.stop();
      expect(await failure(prometheus.query("up"))).to.match(/asked for up: no answer \(.*ECONNREFUSED/);
    });
  });

  describe("choices", () => {
    const namespace = {
      name: "namespace",
      label: "Namespace",
      query: query("cometbft", "label_values(height, namespace)"),
      initial: "paw",
    };
    const pod = {
      name: "pod",
      label: "Pod",
      query: query("cometbft", 'label_values(height{namespace=~"$namespace"}, pod)'),
      multi: true,
    };

    beforeEach(() => {
      server.answers.set("label/namespace/values", success(["other", "paw"]));
      server.answers.set("label/pod/values", success(["a.b", "c"]));
    });

    it("the initial value where it exists, everything where none is named", async () => {
      expect(await choices(specOf({ variables: [namespace, pod] }), prometheus)).to.deep.equal([
        { name: "namespace", label: "Namespace", value: "paw", text: "paw", found: ["other", "paw"] },
        { name: "pod", label: "Pod", value: ".+", text: "All", found: ["a.b", "c"] },
      ]);
    });

    it("a later variable asks with the earlier one put in", async () => {
      await choices(specOf({ variables: [namespace, pod] }), prometheus);
      expect(server.asked.map(({ parameters }) => parameters["match[]"])).to.deep.equal([
        "height",
        'height{namespace=~"paw"}',
      ]);
    });

    it("everything where the initial value was not found, as Grafana falls back", async () => {
      server.answers.set("label/namespace/values", success(["other"]));
      const [made] = await choices(specOf({ variables: [namespace] }), prometheus);
      expect(made).to.include({ value: ".+", text: "All" });
    });

    it("several values are alternatives, each taken literally in a string of PromQL", async () => {
      const [, made] = await choices(specOf({ variables: [namespace, pod] }), prometheus, {
        chosen: { pod: ["a.b", "c"] },
      });
      expect(made).to.include({ value: String.raw`(a\\.b|c)`, text: "a.b + c" });
    });

    it("a choice that cannot be made is refused", async () => {
      const asked = (chosen: Record<string, string[]>): Promise<string> =>
        failure(choices(specOf({ variables: [namespace, pod] }), prometheus, { chosen }));
      expect(await asked({ namespace: ["paw", "other"] })).to.equal(
        "$namespace takes one value, not paw, other",
      );
      expect(await asked({ pod: ["z"] })).to.equal("$pod cannot be z; found: a.b, c");
      expect(await asked({ nothing: ["z"] })).to.equal("x has no variable nothing");
    });

    it("Loki is not asked, and its variables keep the dashboard's choice", async () => {
      const loki = { ...namespace, query: query("loki", "label_values(namespace)") };
      expect(await choices(specOf({ variables: [loki] }), prometheus)).to.deep.equal([
        { name: "namespace", label: "Namespace", value: "paw", text: "paw", found: [] },
      ]);
      expect(server.asked).to.deep.equal([]);
    });

    it("another kind of variable is refused", async () => {
      const strange = { ...namespace, query: query("cometbft", "query_result(up)") };
      expect(await failure(choices(specOf({ variables: [strange] }), prometheus))).to.equal(
        '"query_result(up)" is not label_values(selector, label)',
      );
    });
  });

  describe("resolve", () => {
    const made = [choice("namespace", "paw"), choice("pod", ".+")];

    it("puts values in, with and without braces", () => {
      expect(resolve('up{namespace="$namespace",pod=~"${pod}",job=~"x$"}', made)).to.equal(
        'up{namespace="paw",pod=~".+",job=~"x$"}',
      );
    });

    it("refuses what it does not know", () => {
      expect(() => resolve("rate(x[$__rate_interval])", made)).to.throw(
        'unknown variable $__rate_interval in "rate(x[$__rate_interval])"; known: $namespace, $pod',
      );
      expect(() => resolve("x{a='${chain}'}", [])).to.throw("unknown variable $chain");
    });

    it("every query of every dashboard has its variables on its own dashboard", () => {
      const site = siteOf("production");
      for (const { uid, variables } of dashboards(site)) {
        const own = variables.map(({ name }) => choice(name, ".+"));
        for (const { dashboard, expr } of dashboardQueries(site))
          if (dashboard === uid) expect(resolve(expr, own), uid).not.to.match(/\$\w/);
      }
    });
  });

  it("a series is named by the legend, or by its labels", () => {
    const labels = { __name__: "up", pod: "a", job: "b" };
    expect(nameOf(labels, query("cometbft", "up", "{{pod}} of {{ job }}{{none}}"))).to.equal("a of b");
    expect(nameOf(labels, query("cometbft", "up"))).to.equal('up{pod="a", job="b"}');
    expect(nameOf({}, query("cometbft", "max(up)"))).to.equal("max(up)");
  });

  it("not a number is no data, zero is", () => {
    expect(hasData([])).to.be.false;
    expect(hasData([{ labels: {}, points: [[1, NaN]] }])).to.be.false;
    expect(
      hasData([
        {
          labels: {},
          points: [
            [1, NaN],
            [2, 0],
          ],
        },
      ]),
    ).to.be.true;
  });

  describe("runPanel", () => {
    const range = { start: 10, end: 20, step: 5 };
    const context = (): Parameters<typeof runPanel>[1] => ({
      prometheus,
      choices: [choice("pod", "a")],
      range,
    });

    it("time series and big numbers are asked over the range, and named", async () => {
      server.answers.set(
        "query_range",
        success({ resultType: "matrix", result: [{ metric: { pod: "a" }, values: [[10, "1"]] }] }),
      );
      for (const kind of ["timeseries", "stat"] as const) {
        const panel = panelOf({ kind, queries: [query("cometbft", 'peers{pod=~"$pod"}', "{{pod}}")] });
        const { queries } = await runPanel(panel, context());
        expect(queries).to.deep.equal([
          {
            query: panel.queries[0],
            expr: 'peers{pod=~"a"}',
            series: [{ labels: { pod: "a" }, points: [[10, 1]], name: "a" }],
          },
        ]);
      }
      expect(server.asked.map(({ path }) => path)).to.deep.equal(["query_range", "query_range"]);
    });

    it("a table is asked for the end of the range", async () => {
      server.answers.set("query", success({ resultType: "vector", result: [] }));
      const { queries } = await runPanel(
        panelOf({ kind: "table", queries: [query("cometbft", "peers")] }),
        context(),
      );
      expect(queries[0]?.series).to.deep.equal([]);
      expect(server.asked).to.deep.equal([{ path: "query", parameters: { query: "peers", time: "20" } }]);
    });

    it("what is Loki's is not asked, and says so", async () => {
      const panel = panelOf({ kind: "logs", queries: [query("loki", '{pod=~"$pod"}')] });
      const { queries } = await runPanel(panel, context());
      expect(queries[0]).to.deep.include({ series: [], expr: '{pod=~"a"}' });
      expect(queries[0]?.unasked).to.match(/LogQL/);
      expect(server.asked).to.deep.equal([]);
    });
  });
});
