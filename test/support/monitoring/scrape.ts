/**
 * A small stand-in for Prometheus' operator, which does not build here: makes the scrape configuration of Prometheus out
 * of ServiceMonitors as a cluster stored them. It finds targets as the operator does, through the EndpointSlices of the
 * Services that a monitor selects, and gives them the labels that the operator gives; addresses are rewritten, because
 * the pods of an embedded cluster have none that answers. Fields that it does not know are an error, not a silence.
 */
import { selects } from "../../../policy/src/graph/selector.ts";
import type { Sandbox } from "../sandbox.ts";

export interface StoredMonitor {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly endpoints: readonly MonitorEndpoint[];
  };
}

interface MonitorEndpoint {
  readonly port: string;
  readonly path?: string;
  readonly interval?: string;
  readonly scrapeTimeout?: string;
  readonly metricRelabelings?: readonly MonitorRelabeling[];
}

interface MonitorRelabeling {
  readonly action: string;
  readonly sourceLabels?: readonly string[];
  readonly regex?: string;
  readonly targetLabel?: string;
  readonly replacement?: string;
}

export interface StoredService {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

export interface StoredEndpointSlice {
  readonly metadata: {
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[] | null;
  readonly endpoints?:
    | readonly {
        readonly targetRef?: { readonly kind?: string; readonly name?: string };
      }[]
    | null;
}

/** What a cluster has stored. */
export interface Stored {
  readonly monitors: readonly StoredMonitor[];
  readonly services: readonly StoredService[];
  readonly slices: readonly StoredEndpointSlice[];
}

/** Reads it out of a sandbox's cluster. */
export async function storedIn(sandbox: Sandbox): Promise<Stored> {
  const items = async <T>(kind: string): Promise<T[]> =>
    (await sandbox.stored<{ items: T[] }>(kind, "--all-namespaces")).items;
  return {
    monitors: await items<StoredMonitor>("servicemonitors.monitoring.coreos.com"),
    services: await items<StoredService>("services"),
    slices: await items<StoredEndpointSlice>("endpointslices"),
  };
}

export interface Target {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

export interface ScrapeConfig {
  readonly job_name: string;
  readonly scrape_interval?: string;
  readonly scrape_timeout?: string;
  readonly metrics_path?: string;
  readonly honor_labels?: boolean;
  readonly static_configs: readonly {
    readonly targets: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
  }[];
  readonly metric_relabel_configs?: readonly object[];
}

/**
 * One scrape configuration for each endpoint of each monitor.
 *
 * @param addressOf `host:port` at which a pod's port answers; nothing for a pod that runs nowhere.
 * @throws Error for a field that this cannot translate, and for a monitor that finds no Service.
 */
export function scrapeConfigs(
  stored: Stored,
  addressOf: (target: Target) => string | undefined,
): ScrapeConfig[] {
  return stored.monitors.flatMap((monitor) => {
    const { name, namespace } = monitor.metadata;
    refuseUnknown(`${name}.spec`, monitor.spec, ["selector", "endpoints"]);
    refuseUnknown(`${name}.spec.selector`, monitor.spec.selector, ["matchLabels"]);
    const services = stored.services.filter(
      ({ metadata }) =>
        metadata.namespace === namespace &&
        selects({ path: "", value: monitor.spec.selector }, metadata.labels ?? {}),
    );
    if (services.length === 0) {
      throw new Error(`ServiceMonitor ${namespace}/${name} selects no Service`);
    }
    return monitor.spec.endpoints.map((endpoint, index) => {
      const targets = services.flatMap((service) => targetsOf(stored.slices, service, endpoint.port));
      return {
        job_name: `serviceMonitor/${namespace}/${name}/${index}`,
        ...fieldsOf(`${name}.spec.endpoints[${index}]`, endpoint),
        static_configs: targets.flatMap((target) => {
          const address = addressOf(target);
          return address === undefined
            ? []
            : [{ targets: [address], labels: labelsOf(target, endpoint.port) }];
        }),
      };
    });
  });
}

/** A target, and the Service through which it was found. */
interface Found extends Target {
  readonly service: string;
}

function targetsOf(slices: readonly StoredEndpointSlice[], service: StoredService, port: string): Found[] {
  const { name, namespace } = service.metadata;
  return slices
    .filter(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.labels?.["kubernetes.io/service-name"] === name,
    )
    .flatMap(({ ports, endpoints }) => {
      const number = ports?.find((each) => each.name === port)?.port;
      if (number === undefined) return [];
      return (endpoints ?? []).flatMap(({ targetRef }) =>
        targetRef?.kind === "Pod" && targetRef.name !== undefined
          ? [{ namespace, service: name, pod: targetRef.name, port: number }]
          : [],
      );
    });
}

/** The labels that the operator gives to targets of a Service; `container` it takes from the port's container. */
function labelsOf({ namespace, service, pod }: Found, endpoint: string): Record<string, string> {
  return { job: service, namespace, service, pod, endpoint };
}

function fieldsOf(where: string, endpoint: MonitorEndpoint): Partial<ScrapeConfig> {
  refuseUnknown(where, endpoint, ["port", "path", "interval", "scrapeTimeout", "metricRelabelings"]);
  const relabelings = endpoint.metricRelabelings?.map((each) => {
    refuseUnknown(where, each, ["action", "sourceLabels", "regex", "targetLabel", "replacement"]);
    const { action, sourceLabels, regex, targetLabel, replacement } = each;
    return present({
      action,
      source_labels: sourceLabels,
      regex,
      target_label: targetLabel,
      replacement,
    });
  });
  return present({
    metrics_path: endpoint.path,
    scrape_interval: endpoint.interval,
    scrape_timeout: endpoint.scrapeTimeout,
    metric_relabel_configs: relabelings,
  });
}

function present<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function refuseUnknown(where: string, found: object, known: readonly string[]): void {
  const unknown = Object.keys(found).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`${where}: cannot translate ${unknown.join(", ")}`);
}
