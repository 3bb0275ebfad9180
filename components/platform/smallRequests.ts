/** Requests that fit on a small machine, for stacks whose pods run and whose figures are those of a large one. */
import type * as pulumi from "@pulumi/pulumi";

import { type Container, type PodSpec, withPodSpec } from "../podSpecs.ts";
import { formatBytes, formatCpu, toMilli } from "../quantity.ts";
import { transformed } from "../transform.ts";

type Manifest = Record<string, unknown>;

/**
 * Shrinks what pods request of CPU and memory; their limits stay, so that what they may use is as it is elsewhere. An
 * autoscaler's target is a share of the request: it grows by as much, so that the same usage moves it.
 *
 * @param scale above 0, up to 1.
 */
export function smallRequests(scale: number): pulumi.ResourceTransform[] {
  if (scale === 1) return [];
  return [
    (args) => {
      const before: Manifest = args.props;
      const props = args.type.endsWith(":HorizontalPodAutoscaler")
        ? withTarget(before, scale)
        : withPodSpec(args.type, before, (pod) => shrunk(pod, scale));
      return props === before ? undefined : transformed(args, props);
    },
  ];
}

function shrunk(pod: PodSpec, scale: number): PodSpec {
  const all = (containers: readonly Container[]): Container[] =>
    containers.map((each) => smaller(each, scale));
  return {
    ...pod,
    containers: all(pod.containers ?? []),
    ...(pod.initContainers === undefined ? {} : { initContainers: all(pod.initContainers) }),
  };
}

function smaller(container: Container, scale: number): Container {
  const { limits = {}, requests = {} } = container.resources ?? {};
  // A limit without a request is its own request.
  const before = { ...limits, ...requests };
  const after = { ...before, ...scaled(before, scale) };
  return Object.keys(before).length === 0
    ? container
    : { ...container, resources: { ...container.resources, requests: after } };
}

function scaled({ cpu, memory }: Readonly<Record<string, string>>, scale: number): Record<string, string> {
  const part = (quantity: string): bigint =>
    (toMilli(quantity) * BigInt(Math.round(scale * 1000)) + 999n) / 1000n;
  return {
    ...(cpu === undefined ? {} : { cpu: formatCpu(part(cpu)) }),
    ...(memory === undefined ? {} : { memory: formatBytes(part(memory)) }),
  };
}

interface Metric {
  readonly resource?: { readonly target?: { readonly averageUtilization?: number } };
}

function withTarget(manifest: Manifest, scale: number): Manifest {
  const spec = manifest.spec as { readonly metrics?: readonly Metric[] };
  const metrics = (spec.metrics ?? []).map((metric) => {
    const share = metric.resource?.target?.averageUtilization;
    if (share === undefined) return metric;
    const target = { ...metric.resource?.target, averageUtilization: Math.round(share / scale) };
    return { ...metric, resource: { ...metric.resource, target } };
  });
  return { ...manifest, spec: { ...spec, metrics } };
}
