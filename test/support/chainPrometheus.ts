/** Prometheus beside a chain that runs as processes. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import { consensus } from "../../observability/alerts/consensus.ts";
import { renderGroup } from "../../observability/alerts/index.ts";
import { addressOf, nodes } from "./chain.ts";
import { type Daemon, freePort, startDaemon } from "./daemon.ts";
import { find } from "./find.ts";
import { siteOf } from "./observability.ts";

export interface ChainPrometheus extends Daemon {
  readonly address: string;
}

/** A real Prometheus that scrapes the nodes and evaluates the consensus alerts of the local stack. */
export async function startChainPrometheus(): Promise<ChainPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), "paw-prometheus-"));
  const address = `http://127.0.0.1:${await freePort()}`;
  const config = {
    global: { scrape_interval: "5s", evaluation_interval: "5s" },
    rule_files: [join(folder, "rules.yml")],
    scrape_configs: [
      {
        job_name: "chain",
        static_configs: nodes.map((pod) => ({
          targets: [`${addressOf(pod)}:26660`],
          labels: { namespace: "paw", pod },
        })),
      },
    ],
  };
  writeFileSync(join(folder, "prometheus.yml"), stringify(config));
  const groups = [renderGroup(consensus(siteOf("local")), "docs/runbooks")];
  writeFileSync(join(folder, "rules.yml"), stringify({ groups }));
  const daemon = await startDaemon({
    name: "Prometheus",
    command: find("prometheus"),
    args: [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${new URL(address).host}`,
    ],
    ready: `${address}/-/ready`,
    within: 60,
    folder,
  });
  return { ...daemon, address };
}
