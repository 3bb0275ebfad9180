import { expect } from "chai";

import {
  type Stored,
  type StoredMonitor,
  type Target,
  scrapeConfigs,
} from "../../support/monitoring/scrape.ts";

const monitor: StoredMonitor = {
  metadata: { name: "web", namespace: "shop" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    endpoints: [
      {
        port: "metrics",
        path: "/stats",
        interval: "5s",
        metricRelabelings: [{ action: "keep", sourceLabels: ["__name__"], regex: "web_.*" }],
      },
    ],
  },
};

function sliceOf(
  service: string,
  ports: readonly [string, number][],
  pods: readonly string[],
): Stored["slices"][number] {
  return {
    metadata: { namespace: "shop", labels: { "kubernetes.io/service-name": service } },
    ports: ports.map(([name, port]) => ({ name, port })),
    endpoints: pods.map((name) => ({ targetRef: { kind: "Pod", name } })),
  };
}

const stored: Stored = {
  monitors: [monitor],
  services: [
    { metadata: { name: "web-front", namespace: "shop", labels: { app: "web" } } },
    { metadata: { name: "web-other", namespace: "other", labels: { app: "web" } } },
    { metadata: { name: "db", namespace: "shop", labels: { app: "db" } } },
  ],
  slices: [
    sliceOf(
      "web-front",
      [
        ["http", 80],
        ["metrics", 9100],
      ],
      ["web-0", "web-1"],
    ),
    sliceOf("db", [["metrics", 9200]], ["db-0"]),
  ],
};
const addressOf = ({ pod, port }: Target): string => `${pod}:${port}`;

describe("the stand-in for Prometheus' operator", () => {
  it("A7: targets are the pods behind the selected Service's port, with the labels that the operator gives", () => {
    expect(scrapeConfigs(stored, addressOf)).to.deep.equal([
      {
        job_name: "serviceMonitor/shop/web/0",
        metrics_path: "/stats",
        scrape_interval: "5s",
        metric_relabel_configs: [{ action: "keep", source_labels: ["__name__"], regex: "web_.*" }],
        static_configs: ["web-0", "web-1"].map((pod) => ({
          targets: [`${pod}:9100`],
          labels: { job: "web-front", namespace: "shop", service: "web-front", pod, endpoint: "metrics" },
        })),
      },
    ]);
  });

  it("a pod that runs nowhere is no target", () => {
    const configs = scrapeConfigs(stored, (target) =>
      target.pod === "web-1" ? addressOf(target) : undefined,
    );
    expect(
      configs.flatMap(({ static_configs }) => static_configs.flatMap(({ targets }) => targets)),
    ).to.deep.equal(["web-1:9100"]);
  });

  it("a monitor that selects no Service is an error: it would be silence", () => {
    const lost = { ...monitor, spec: { ...monitor.spec, selector: { matchLabels: { app: "wbe" } } } };
    expect(() => scrapeConfigs({ ...stored, monitors: [lost] }, addressOf)).to.throw(
      "shop/web selects no Service",
    );
  });

  for (const [where, changed] of [
    ["namespaceSelector", { ...monitor.spec, namespaceSelector: { any: true } }],
    ["matchExpressions", { ...monitor.spec, selector: { matchLabels: {}, matchExpressions: [] } }],
    ["relabelings", { ...monitor.spec, endpoints: [{ port: "metrics", relabelings: [] }] }],
    [
      "modulus",
      {
        ...monitor.spec,
        endpoints: [{ port: "metrics", metricRelabelings: [{ action: "hashmod", modulus: 2 }] }],
      },
    ],
  ] as const) {
    it(`refuses ${where}, which it does not know`, () => {
      const unknown = { ...monitor, spec: changed } as unknown as StoredMonitor;
      expect(() => scrapeConfigs({ ...stored, monitors: [unknown] }, addressOf)).to.throw(where);
    });
  }
});
