/** What a stack file may say of bizra's canary: the key `paw:bizra.canary` (spec B9). */
import { z } from "zod";

import { routeKinds, secondsOf } from "../components/bizra/canaryPlan.ts";

const duration = z
  .string()
  .refine((value) => secondsOf(value) > 0, "must be a duration in s, m or h, such as 30m or 1h");

const step = z.strictObject({
  /** Per cent of the requests. */
  weight: z
    .int("must be a whole number")
    .min(1, "must be 1 or more")
    .max(99, "must be below 100, which comes last"),
  /** How long the new version stays at it. */
  dwell: duration,
});

const analysis = z.strictObject({
  /** How often each figure is measured. */
  interval: duration.default("1m"),
  /** Over how long rates are taken, and after which the first measurement is made. */
  window: duration.default("5m"),
  /** Bad measurements of a figure that are borne in a whole canary; a crash never is. */
  toleratedFailures: z.int("must be a whole number").min(0, "must be 0 or more").default(2),
  /** Share of operations that may fail (spec B9: 0.1 %). */
  maxErrorRate: z.number("must be a number").gt(0, "must be above 0").lt(1, "must be below 1").default(0.001),
  /** How much slower than the stable version the new one may be (our own choice). */
  tolerance: z.number("must be a number").gt(0, "must be above 0").max(10, "must be 10 or less").default(0.2),
});

export const canary = z.strictObject({
  /** What splits requests: HTTPRoutes of the Gateway API, which Linkerd reads, or a VirtualService of Istio's. */
  route: z.enum(routeKinds, `must be one of ${routeKinds.join(", ")}`),
  /** Shares and how long each lasts; all requests come after the last one. */
  steps: z
    .array(step)
    .min(1, "must name a step")
    .default([
      { weight: 5, dwell: "30m" },
      { weight: 25, dwell: "1h" },
      { weight: 50, dwell: "1h" },
    ]),
  analysis: analysis.prefault({}),
  /** Address of the Prometheus that is asked; the platform's by default. */
  prometheus: z
    .url({ protocol: /^https?$/, error: "must be an http:// or https:// address" })
    .default("http://prometheus-operated.monitoring.svc:9090"),
});
