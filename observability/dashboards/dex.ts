/** DEX Metrics (spec A8): pools, swaps, liquidity. */
import { chainVariables, deployments, inNamespace } from "./shared.ts";
import { type DashboardSpec, rising } from "./spec.ts";
import { type ObservabilitySite, query } from "../model.ts";

export function dexMetrics(site: ObservabilitySite): DashboardSpec {
  return {
    uid: "paw-dex",
    title: "DEX Metrics",
    description:
      "The exchange on the chain. Every node executes every swap, so the highest count is the figure.",
    folder: "PAW",
    variables: chainVariables(site.namespaces.paw),
    annotations: deployments,
    rows: [
      { title: "Pools", panels: pools },
      { title: "Swaps", panels: swaps },
      { title: "Liquidity", panels: liquidity },
    ],
  };
}

const pools: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "stat",
    title: "Pools",
    description: "Pools that exist.",
    unit: "none",
    width: 4,
    queries: [query("paw-dex", `max(paw_dex_pools_total{${inNamespace}})`)],
  },
  {
    kind: "stat",
    title: "Circuit breakers open",
    description: "Pools that are stopped because their price moved too far.",
    unit: "none",
    width: 4,
    thresholds: rising(1, 1),
    queries: [query("paw-dex", `sum(max by (pool_id) (paw_dex_circuit_breaker_active{${inNamespace}}))`)],
  },
  {
    kind: "table",
    title: "Value locked, by pool",
    description: "Base units that a pool holds, as the module counts them.",
    unit: "short",
    width: 16,
    queries: [
      query("paw-dex", `max by (pool_id) (paw_dex_pool_tvl_total{${inNamespace}})`, "pool {{pool_id}}"),
    ],
  },
];

const swaps: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Swaps",
    description: "Swaps per second, by how they ended.",
    unit: "ops",
    width: 8,
    min: 0,
    queries: [
      query(
        "paw-dex",
        `sum by (status) (max by (pool_id, token_in, token_out, status) (rate(paw_dex_swaps_total{${inNamespace}}[5m])))`,
        "{{status}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Volume",
    description: "Base units swapped per second, by denomination.",
    unit: "short",
    width: 8,
    min: 0,
    queries: [
      query(
        "paw-dex",
        `sum by (denom) (max by (pool_id, denom) (rate(paw_dex_swap_volume_total{${inNamespace}}[5m])))`,
        "{{denom}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Fees collected",
    description: "Base units per second, by denomination.",
    unit: "short",
    width: 8,
    min: 0,
    queries: [
      query(
        "paw-dex",
        `sum by (denom) (max by (pool_id, denom) (rate(paw_dex_swap_fees_collected_total{${inNamespace}}[5m])))`,
        "{{denom}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Time of a swap",
    description: "Half, and 99 of 100 swaps, are executed within this time.",
    unit: "s",
    width: 12,
    min: 0,
    queries: [0.5, 0.99].map((quantile) =>
      query(
        "paw-dex",
        `histogram_quantile(${quantile}, sum by (le) (rate(paw_dex_swap_latency_seconds_bucket{${inNamespace}}[5m])))`,
        `p${quantile * 100}`,
      ),
    ),
  },
  {
    kind: "timeseries",
    title: "Slippage",
    description: "Per cent by which a swap's price differs from the quoted one: median, and 99 of 100.",
    unit: "none",
    width: 12,
    min: 0,
    queries: [0.5, 0.99].map((quantile) =>
      query(
        "paw-dex",
        `histogram_quantile(${quantile}, sum by (le) (rate(paw_dex_swap_slippage_percent_bucket{${inNamespace}}[5m])))`,
        `p${quantile * 100}`,
      ),
    ),
  },
];

const liquidity: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Liquidity added and removed",
    description: "Base units per second, by denomination. More going than coming for long empties the pools.",
    unit: "short",
    width: 12,
    queries: [
      query(
        "paw-dex",
        `sum by (denom) (max by (pool_id, denom) (rate(paw_dex_liquidity_added_total{${inNamespace}}[5m])))`,
        "{{denom}} added",
      ),
      query(
        "paw-dex",
        `sum by (denom) (max by (pool_id, denom) (rate(paw_dex_liquidity_removed_total{${inNamespace}}[5m])))`,
        "{{denom}} removed",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Reserves",
    description: "Base units in each pool, by denomination.",
    unit: "short",
    width: 12,
    min: 0,
    queries: [
      query(
        "paw-dex",
        `max by (pool_id, denom) (paw_dex_pool_reserves{${inNamespace}})`,
        "pool {{pool_id}} {{denom}}",
      ),
    ],
  },
];
