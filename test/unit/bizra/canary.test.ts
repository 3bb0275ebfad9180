import { expect } from "chai";

import { analysisTemplates } from "../../../components/bizra/canaryAnalysis.ts";
import { canaryRoutes } from "../../../components/bizra/canaryRoutes.ts";
import { secondsOf } from "../../../components/bizra/canaryPlan.ts";
import { keptMetrics } from "../../../components/bizra/monitoring.ts";
import { sources } from "../../../observability/sources.ts";
import { metricsOf } from "../../support/promql.ts";
import { type KubernetesObject, render, stackConfig } from "../../support/rendered.ts";

/** The stack's objects with another canary; none where it is undefined. */
async function withCanary(stack: string, canary: object | undefined): Promise<KubernetesObject[]> {
  const config = stackConfig(stack);
  const bizra = JSON.parse(config["paw:bizra"] ?? "{}") as object;
  return render({ stack, config: { ...config, "paw:bizra": JSON.stringify({ ...bizra, canary }) } });
}

const kinds = (objects: readonly KubernetesObject[], kind: string): KubernetesObject[] =>
  objects.filter((object) => object.kind === kind);

interface Metric {
  readonly name: string;
  readonly interval: string;
  readonly initialDelay: string;
  readonly failureLimit: number;
  readonly successCondition: string;
  readonly provider: { readonly prometheus: { readonly address: string; readonly query: string } };
}

describe("B9: bizra's canary in production", () => {
  let objects: KubernetesObject[];
  let rollout: KubernetesObject;

  before(async () => {
    objects = await render({ stack: "production" });
    [rollout] = kinds(objects, "Rollout") as [KubernetesObject];
  });

  it("walks 5 % for 30 minutes, 25 % and 50 % for an hour each, then 100 %", () => {
    expect(rollout.metadata).to.include({ name: "bizra-apex-canary", namespace: "bizra" });
    expect(rollout.spec.strategy.canary.steps).to.deep.equal([
      { setWeight: 5 },
      { pause: { duration: "30m" } },
      { setWeight: 25 },
      { pause: { duration: "1h" } },
      { setWeight: 50 },
      { pause: { duration: "1h" } },
      { setWeight: 100 },
    ]);
  });

  it("runs the Deployment's pods, which the autoscaler scales through it", () => {
    expect(rollout.spec.workloadRef).to.deep.equal({
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "bizra-apex",
      scaleDown: "onsuccess",
    });
    expect(rollout.spec.template).to.equal(undefined);
    const [autoscaler] = kinds(objects, "HorizontalPodAutoscaler").filter(
      ({ metadata }) => metadata.name === "bizra-apex",
    );
    expect(autoscaler?.spec.scaleTargetRef).to.deep.equal({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Rollout",
      name: "bizra-apex-canary",
    });
  });

  it("is measured from the first share of requests on, and goes back where its pods do not become ready", () => {
    const { analysis } = rollout.spec.strategy.canary;
    // Step 0 sets 5 %: from step 1 on there is something to measure.
    expect(analysis.startingStep).to.equal(1);
    expect(rollout.spec).to.include({ progressDeadlineSeconds: 600, progressDeadlineAbort: true });
    const templates = kinds(objects, "AnalysisTemplate").map(({ metadata }) => metadata.name);
    expect(analysis.templates.map((each: { templateName: string }) => each.templateName)).to.have.members(
      templates,
    );
    expect(templates).to.have.length(4);
  });

  it("is held against the four demands: errors below 0.1 %, p99 below 1 ms, no restart, the stable version", () => {
    const metrics = kinds(objects, "AnalysisTemplate").flatMap(({ spec }) => spec.metrics as Metric[]);
    const wanted = Object.fromEntries(metrics.map(({ name, successCondition }) => [name, successCondition]));
    expect(wanted).to.deep.equal({
      "error-rate": "len(result) == 1 && result[0] < 0.001",
      "finality-p99": "len(result) == 1 && result[0] < 0.001",
      restarts: "len(result) == 1 && result[0] == 0",
      "finality-p99-to-stable": "len(result) == 1 && result[0] <= 1.2",
      "generation-to-stable": "len(result) == 1 && result[0] <= 1.2",
      "verification-to-stable": "len(result) == 1 && result[0] <= 1.2",
    });
    const borne = Object.fromEntries(metrics.map(({ name, failureLimit }) => [name, failureLimit]));
    expect(borne).to.include({ restarts: 0, "error-rate": 2, "finality-p99": 2 });
    for (const { name, interval, initialDelay, provider } of metrics) {
      expect(interval).to.equal("1m");
      expect(initialDelay).to.equal(name === "restarts" ? "1m" : "5m");
      expect(provider.prometheus.address).to.equal("http://prometheus-operated.monitoring.svc:9090");
    }
  });

  it("asks for metrics that are there: those that the monitor keeps, and kube-state-metrics'", () => {
    const metrics = kinds(objects, "AnalysisTemplate").flatMap(({ spec }) => spec.metrics as Metric[]);
    const asked = new Set(metrics.flatMap(({ provider }) => metricsOf(provider.prometheus.query)));
    const known = (metric: string): boolean =>
      new RegExp(`^(${keptMetrics})$`).test(metric) ||
      sources["kube-state-metrics"].metrics.some((each) => each === metric);
    expect([...asked].filter((metric) => !known(metric))).to.deep.equal([]);
    expect([...asked]).to.include.members(["bizra_errors_total", "kube_pod_container_status_restarts_total"]);
  });

  it("tells the versions apart by their pods' hash, in the namespace alone", () => {
    const metrics = kinds(objects, "AnalysisTemplate").flatMap(({ spec }) => spec.metrics as Metric[]);
    for (const { name, provider } of metrics) {
      const pods = [...provider.prometheus.query.matchAll(/\{([^{}]*\{\{[^}]*\}\}[^{}]*)\}/g)].map(
        ([, each]) => each,
      );
      const of = (version: string): string =>
        `namespace="bizra",pod=~"bizra-apex-canary-{{args.${version}-hash}}-.*"`;
      const wanted = name.endsWith("-to-stable") ? [of("canary"), of("stable")] : [of("canary")];
      expect([...new Set(pods)], name).to.have.members(wanted);
    }
  });

  it("B7: its Services are none that the ServiceMonitor selects: no pod is scraped twice", () => {
    const [monitor] = kinds(objects, "ServiceMonitor").filter(
      ({ metadata }) => metadata.name === "bizra-rust",
    );
    const wanted = Object.entries(monitor?.spec.selector.matchLabels as Record<string, string>);
    const selected = kinds(objects, "Service").filter(
      ({ metadata }) =>
        metadata.namespace === "bizra" && wanted.every(([name, value]) => metadata.labels?.[name] === value),
    );
    expect(selected.map(({ metadata }) => metadata.name)).to.deep.equal(["bizra-apex"]);
  });

  it("weighs the routes that there are: of HTTP, RPC and WebSocket, for every request, all to the stable version first", () => {
    const routing = rollout.spec.strategy.canary.trafficRouting.plugins["argoproj-labs/gatewayAPI"];
    const routes = kinds(objects, "HTTPRoute").filter(({ metadata }) => metadata.namespace === "bizra");
    expect(routing.namespace).to.equal("bizra");
    expect(routing.httpRoutes.map(({ name }: { name: string }) => name)).to.have.members(
      routes.map(({ metadata }) => metadata.name),
    );
    const ports = routes.map(({ spec }) => `${spec.parentRefs[0].name}:${spec.parentRefs[0].port}`);
    expect(new Set(ports)).to.deep.equal(new Set(["bizra-apex:8080", "bizra-apex:9944", "bizra-apex:9945"]));
    for (const { spec } of routes) {
      const { port } = spec.parentRefs[0];
      expect(spec.rules).to.have.length(1);
      expect(spec.rules[0].backendRefs).to.deep.equal([
        { name: "bizra-apex-stable", port, weight: 100 },
        { name: "bizra-apex-canary", port, weight: 0 },
      ]);
    }
    // A request that matches no route is answered with 404: one of each port takes every path and method.
    for (const port of [8080, 9944, 9945]) {
      const catchAll = routes.filter(
        ({ spec }) =>
          spec.parentRefs[0].port === port &&
          (spec.rules[0].matches === undefined ||
            spec.rules[0].matches.some(
              (match: { method?: string; path: { value: string } }) =>
                match.method === undefined && match.path.value === "/",
            )),
      );
      expect(catchAll, String(port)).to.have.length(1);
    }
  });

  it("A1: operators may promote and abort, which is a change of status and nothing more; viewers may look", () => {
    const rules = (name: string): unknown[] =>
      (
        kinds(objects, "Role").find(({ metadata }) => metadata.name === name)?.rules as {
          apiGroups: string[];
        }[]
      ).filter(({ apiGroups }) => apiGroups.includes("argoproj.io"));
    const look = {
      apiGroups: ["argoproj.io"],
      resources: ["rollouts", "analysisruns", "analysistemplates"],
      verbs: ["get", "list", "watch"],
    };
    expect(rules("bizra-viewer")).to.deep.equal([look]);
    expect(rules("bizra-operator")).to.deep.equal([
      look,
      { apiGroups: ["argoproj.io"], resources: ["rollouts/status"], verbs: ["patch"] },
    ]);
    expect(rules("paw-operator")).to.deep.equal([]);
  });
});

describe("B9: other canaries", () => {
  it("local has none: the Deployment rolls, and the autoscaler scales it", async () => {
    const objects = await render({ stack: "local" });
    for (const kind of ["Rollout", "AnalysisTemplate"]) expect(kinds(objects, kind)).to.deep.equal([]);
    const [autoscaler] = kinds(objects, "HorizontalPodAutoscaler").filter(
      ({ metadata }) => metadata.name === "bizra-apex",
    );
    expect(autoscaler?.spec.scaleTargetRef.kind).to.equal("Deployment");
    const definitions = kinds(objects, "CustomResourceDefinition").map(({ metadata }) => metadata.name);
    expect(definitions.filter((name) => name.endsWith("argoproj.io"))).to.deep.equal([]);
  });

  it("Istio's: one VirtualService, whose routes the Rollout names; the mesh keeps its own routes", async () => {
    const objects = await withCanary("production", { route: "istio" });
    const [rollout] = kinds(objects, "Rollout");
    const [virtual, ...others] = kinds(objects, "VirtualService");
    expect(others).to.deep.equal([]);
    expect(rollout?.spec.strategy.canary.trafficRouting).to.deep.equal({
      istio: { virtualService: { name: "bizra-apex", routes: ["http", "rpc", "ws"] } },
    });
    expect(virtual?.metadata.name).to.equal("bizra-apex");
    expect(virtual?.spec.hosts).to.deep.equal(["bizra-apex"]);
    const routes = virtual?.spec.http as { name: string; match: { port: number }[]; route: object[] }[];
    expect(routes.map(({ name, match }) => `${name} ${match[0]?.port ?? 0}`)).to.deep.equal([
      "http 8080",
      "rpc 9944",
      "ws 9945",
    ]);
    for (const { route, match } of routes) {
      const number = match[0]?.port;
      expect(route).to.deep.equal([
        { destination: { host: "bizra-apex-stable", port: { number } }, weight: 100 },
        { destination: { host: "bizra-apex-canary", port: { number } }, weight: 0 },
      ]);
    }
    const backends = kinds(objects, "HTTPRoute")
      .filter(({ metadata }) => metadata.namespace === "bizra")
      .flatMap(({ spec }) => spec.rules[0].backendRefs as { name: string }[]);
    expect(new Set(backends.map(({ name }) => name))).to.deep.equal(new Set(["bizra-apex"]));
  });

  it("what the controller owns is said route by route: the API server keeps a list of rules whole", () => {
    expect(new Set(canaryRoutes("gateway").objects.map(({ controlled }) => controlled))).to.deep.equal(
      new Set(["spec.rules"]),
    );
    expect(canaryRoutes("istio").objects.map(({ controlled }) => controlled)).to.deep.equal(["spec.http"]);
  });

  it("figures of the stack file arrive: steps, window, bounds", async () => {
    const analysis = {
      interval: "30s",
      window: "2m",
      toleratedFailures: 0,
      maxErrorRate: 0.01,
      tolerance: 0.5,
    };
    const objects = await withCanary("staging", {
      route: "gateway",
      steps: [{ weight: 10, dwell: "150s" }],
      analysis,
      prometheus: "https://prometheus.example.com",
    });
    const [rollout] = kinds(objects, "Rollout");
    expect(rollout?.spec.strategy.canary.steps).to.deep.equal([
      { setWeight: 10 },
      { pause: { duration: "150s" } },
      { setWeight: 100 },
    ]);
    const metrics = kinds(objects, "AnalysisTemplate").flatMap(({ spec }) => spec.metrics as Metric[]);
    for (const { provider, interval, failureLimit } of metrics) {
      expect(provider.prometheus.address).to.equal("https://prometheus.example.com");
      expect(provider.prometheus.query).to.contain("[2m]");
      expect({ interval, failureLimit }).to.deep.equal({ interval: "30s", failureLimit: 0 });
    }
    expect(metrics.find(({ name }) => name === "error-rate")?.successCondition).to.match(/ < 0\.01$/);
    expect(metrics.find(({ name }) => name === "generation-to-stable")?.successCondition).to.match(
      / <= 1\.5$/,
    );
  });

  it("no condition holds without exactly one value: an empty answer is a bad measurement", () => {
    const plan = {
      ...{ interval: "1m", window: "5m", toleratedFailures: 2, maxErrorRate: 0.001, tolerance: 0.2 },
      ...{ namespace: "n", prometheus: "http://p", finalitySeconds: 0.001 },
    };
    const conditions = analysisTemplates(plan).flatMap(({ spec }) =>
      (spec.metrics as Metric[]).map(({ successCondition }) => successCondition),
    );
    expect(conditions).to.have.length(6);
    // A comparison with NaN is false, whichever it is; `||` or `!` could turn that round.
    for (const each of conditions)
      expect(each).to.match(/^len\(result\) == 1 && result\[0\] (<|<=|==) [\d.]+$/);
  });

  it("durations are read in seconds", () => {
    expect(["90s", "30m", "1h", "1d", "h", ""].map(secondsOf)).to.deep.equal([90, 1800, 3600, NaN, NaN, NaN]);
  });
});
