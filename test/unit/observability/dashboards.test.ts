import { expect } from "chai";

import { ruleGroups } from "../../../observability/alerts/index.ts";
import {
  type PlacedQuery,
  dashboardQueries,
  dashboards,
  fillVariables,
} from "../../../observability/dashboards/index.ts";
import { columns, layOut } from "../../../observability/dashboards/layout.ts";
import { renderDashboard } from "../../../observability/dashboards/render.ts";
import { savedQueries } from "../../../observability/logs/queries.ts";
import type { Query } from "../../../observability/model.ts";
import { type SourceId, sources, unavailable } from "../../../observability/sources.ts";
import { siteOf } from "../../support/observability.ts";
import { checkLogql, metricsOf } from "../../support/promql.ts";

const site = siteOf("production");
const all = dashboards(site);

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface RenderedPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Box;
}

function boxes(dashboard: object): RenderedPanel[] {
  return (JSON.parse(JSON.stringify(dashboard)) as { panels: RenderedPanel[] }).panels;
}

function overlapping(panels: readonly RenderedPanel[]): string[] {
  return panels.flatMap((a, index) =>
    panels
      .slice(index + 1)
      .filter(
        ({ gridPos: b }) =>
          a.gridPos.x < b.x + b.w &&
          b.x < a.gridPos.x + a.gridPos.w &&
          a.gridPos.y < b.y + b.h &&
          b.y < a.gridPos.y + a.gridPos.h,
      )
      .map((b) => `${a.title} and ${b.title}`),
  );
}

/** The PromQL in a query, without Grafana's own functions and variables. */
function promqlOf({ expr }: Query): string {
  const inside = /^label_values\((.+), *\w+\)$/.exec(expr)?.[1] ?? expr;
  return fillVariables(inside);
}

const known = (names: readonly SourceId[]): string[] => names.flatMap((name) => [...sources[name].metrics]);
const isLogql = ({ sources: of }: Query): boolean => of.includes("loki");

describe("dashboards", () => {
  it("A8, A9, B11: the five of PAW, the logs, and bizra's", () => {
    expect(all.map(({ title }) => title)).to.deep.equal([
      "PAW Overview",
      "Validator Health",
      "IBC Activity",
      "DEX Metrics",
      "Infrastructure",
      "bizra-apex",
      "Logs",
    ]);
    expect(new Set(all.map(({ uid }) => uid)).size).to.equal(all.length);
  });

  it("A8: each shows what its row of the specification names", () => {
    const rows = Object.fromEntries(
      all.map(({ title, rows: of }) => [title, of.map((row) => row.title).join("; ")]),
    );
    expect(rows["PAW Overview"]).to.match(/Blocks and transactions.*Peers/);
    expect(rows["Validator Health"]).to.match(/Signing.*Jailing.*Delegations/);
    expect(rows["IBC Activity"]).to.match(/Packets.*Channels.*Relayers/);
    expect(rows["DEX Metrics"]).to.match(/Pools.*Swaps.*Liquidity/);
    expect(rows.Infrastructure).to.match(/CPU and memory.*Disk.*Network/);
  });

  it("B11: bizra's has six panels, with their units", () => {
    const panels = all.find(({ uid }) => uid === "bizra-apex")?.rows.flatMap((row) => row.panels) ?? [];
    expect(panels.map(({ title, unit }) => [title, unit])).to.deep.equal([
      ["Finality latency", "s"],
      ["PoI generation rate", "ops"],
      ["PoI verification rate", "ops"],
      ["Error rate", "opm"],
      ["Resource usage", "percentunit"],
      ["Pod health", "none"],
    ]);
    const quantiles = panels[0]?.queries.map(({ legend }) => legend);
    expect(quantiles).to.deep.equal(["p50", "p95", "p99"]);
  });

  for (const spec of all) {
    describe(spec.title, () => {
      const rendered = boxes(renderDashboard(spec));

      it("no two panels overlap, and none leaves the grid", () => {
        expect(overlapping(rendered)).to.deep.equal([]);
        for (const { gridPos, title } of rendered) {
          expect(gridPos.x + gridPos.w, title).to.be.at.most(columns);
          expect(gridPos.y, title).to.be.at.least(0);
        }
      });

      it("every panel has a title of its own, a description and a unit, in Grafana's JSON as well", () => {
        const panels = spec.rows.flatMap((row) => row.panels);
        expect(rendered.filter(({ type }) => type !== "row")).to.have.length(panels.length);
        expect(new Set(rendered.map(({ id }) => id)).size).to.equal(rendered.length);
        expect(new Set(panels.map(({ title }) => title)).size).to.equal(panels.length);
        for (const panel of JSON.parse(JSON.stringify(renderDashboard(spec))).panels) {
          if (panel.type === "row") continue;
          expect(panel.description, panel.title).to.match(/^[A-Z0-9].{15,}\.$/);
          expect(panel.fieldConfig.defaults.unit, panel.title).to.match(/^\w+$/);
          expect(panel.targets.length, panel.title).to.be.at.least(1);
        }
      });

      it("thresholds rise from minus infinity", () => {
        for (const { thresholds = [], title } of spec.rows.flatMap((row) => row.panels)) {
          const from = thresholds.map((step) => step.from ?? -Infinity);
          expect(from, title).to.deep.equal([...from].sort((a, b) => a - b));
          if (thresholds.length > 0) expect(thresholds[0]?.from, title).to.equal(null);
        }
      });

      it("uses the variables that it declares, and no others", () => {
        const used = (queries: readonly PlacedQuery[]): Set<string> =>
          new Set(
            queries.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name ?? "")),
          );
        const queries = dashboardQueries(site).filter(({ dashboard }) => dashboard === spec.uid);
        const declared = spec.variables.map(({ name }) => name);
        expect(declared).to.include.members([...used(queries)]);
      });

      it("leads to the others, keeping time and choices", () => {
        const { links, tags } = JSON.parse(JSON.stringify(renderDashboard(spec)));
        expect(tags).to.include("paw");
        expect(links).to.have.length(1);
        expect(links[0]).to.deep.include({
          type: "dashboards",
          tags: ["paw"],
          keepTime: true,
          includeVars: true,
        });
      });
    });
  }

  it("deployments are marked on all that show metrics", () => {
    for (const { uid, annotations } of all) {
      if (uid !== "paw-logs") expect(annotations.map(({ name }) => name).join(), uid).to.match(/changed/);
    }
  });

  it("a panel that does not fit is refused, and one that overlaps would be found", () => {
    const panel = {
      kind: "stat",
      title: "wide",
      description: "",
      unit: "none",
      queries: [],
      width: 25,
    } as const;
    expect(() => layOut([{ title: "x", panels: [panel] }])).to.throw(/width of 25/);
    const two = [1, 2].map((id) => ({
      id,
      type: "stat",
      title: `${id}`,
      gridPos: { x: id, y: 0, w: 4, h: 4 },
    }));
    expect(overlapping(two)).to.deep.equal(["1 and 2"]);
  });
});

describe("queries", () => {
  const placed = dashboardQueries(site);
  const alerts = ruleGroups(site).flatMap(({ alerts: rules, recordings = [] }) => [
    ...rules.map(({ query }) => query),
    ...recordings.map(({ query }) => query),
  ]);

  it("every metric of a dashboard's query is one of the exporters that the query names, and the other way round", () => {
    for (const query of placed.filter((each) => !isLogql(each))) {
      const at = `${query.dashboard}, ${query.at}`;
      const metrics = metricsOf(promqlOf(query));
      expect(metrics.length, at).to.be.at.least(1);
      expect(known(query.sources), at).to.include.members(metrics);
      for (const source of query.sources) {
        expect(
          metrics.some((metric) => known([source]).includes(metric)),
          `${at}: ${source}`,
        ).to.be.true;
      }
    }
  });

  it("every metric of an alert is one of its exporters', or a series that a rule records", () => {
    const recorded = ruleGroups(site).flatMap(({ recordings = [] }) =>
      recordings.map(({ record }) => record),
    );
    for (const query of alerts) {
      const metrics = metricsOf(query.expr);
      expect(metrics.length, query.expr).to.be.at.least(1);
      const allowed = query.sources.includes("rules") ? recorded : known(query.sources);
      expect(allowed, query.expr).to.include.members(metrics);
    }
  });

  it("the exporters' lists hold no metric that nobody uses", () => {
    const used = new Set(
      [...placed.filter((each) => !isLogql(each)), ...alerts].flatMap((each) => metricsOf(promqlOf(each))),
    );
    const listed = known(Object.keys(sources) as SourceId[]);
    expect(listed.filter((metric) => !used.has(metric))).to.deep.equal([]);
    expect(new Set(listed).size).to.equal(listed.length);
  });

  it("A9: the saved queries are LogQL, have names of their own, and are on the dashboard", () => {
    const saved = savedQueries(site);
    expect(saved.length).to.be.at.least(8);
    expect(new Set(saved.map(({ id }) => id)).size).to.equal(saved.length);
    const shown = placed.filter(({ dashboard }) => dashboard === "paw-logs").map(({ expr }) => expr);
    expect(shown).to.include.members(saved.map(({ expr }) => expr));
    for (const query of placed.filter((each) => isLogql(each) && each.use === "panel")) {
      checkLogql(fillVariables(query.expr));
    }
  });

  it("what a test machine cannot have is listed with a reason: relayer, DEX, cAdvisor", () => {
    const listed = unavailable();
    expect(listed.map(({ source }) => source)).to.include.members(["hermes", "paw-dex", "cadvisor"]);
    expect(listed.map(({ source }) => source)).not.to.include.members(["cometbft"]);
    for (const { source, reason } of listed) expect(reason, source).to.match(/.{30,}/);
  });

  it("the parsers refuse what is wrong, so that these tests can fail", () => {
    expect(() => metricsOf("sum(rate(up[5m])")).to.throw(/no PromQL/);
    expect(metricsOf('a{b="c"} / on (d) group_left () rate(e_total[5m])')).to.have.members(["a", "e_total"]);
    expect(() => {
      checkLogql('{a="b"} |~');
    }).to.throw(/no LogQL/);
  });
});
