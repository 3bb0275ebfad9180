/**
 * Which cluster a stack belongs to: looked up and compared before any resource is registered, so that a mistaken
 * kubeconfig stops `up` and `destroy` before anything is sent.
 */
import { existsSync } from "node:fs";
import { delimiter } from "node:path";

import { CoreV1Api, KubeConfig, type V1ConfigMap } from "@kubernetes/client-node";
import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { bindingType, embeddedMarker, liveMarker } from "../names.ts";
import { type ChartSourceName, sourceRefusal } from "./charts/source.ts";

/** What the program needs to know of a cluster. */
export interface ClusterFacts {
  readonly context: string;
  /** The file that holds the context, out of those that `KUBECONFIG` lists; nothing where that is unset. */
  readonly kubeconfigFile?: string;
  /** UID of the `kube-system` namespace: unique to a cluster and as old as it. */
  readonly uid: string;
  /** True where kwok simulates nodes, pods and volumes. */
  readonly embedded: boolean;
  /** On a live cluster, names of the images that its real node has; pods with others are simulated there. */
  readonly liveImages?: readonly string[];
}

/** A reason to stop before anything is sent; shown without a stack trace. */
export class RefusedError extends pulumi.RunError {}

/**
 * The way to the cluster behind a kubeconfig context. Reads `KUBECONFIG` and its defaults like kubectl.
 *
 * @throws RefusedError when the kubeconfig cannot be read or does not have the context.
 */
export function connect(context: string): KubeConfig {
  const kubeconfig = loadKubeconfig(context);
  const known = kubeconfig.getContexts().map((candidate) => candidate.name);
  if (!known.includes(context)) {
    throw new RefusedError(
      `paw:cluster.context names "${context}", and the kubeconfig has ${known.join(", ") || "no context"}. ` +
        'Start a local cluster with "npx paw cluster up" and load its environment with: eval "$(npx paw env)"',
    );
  }
  kubeconfig.setCurrentContext(context);
  return kubeconfig;
}

/**
 * Asks the cluster who it is.
 *
 * @throws RefusedError when its API server does not answer within 10 seconds.
 */
export async function inspectCluster(kubeconfig: KubeConfig): Promise<ClusterFacts> {
  const context = kubeconfig.getCurrentContext();
  const api = kubeconfig.makeApiClient(CoreV1Api);
  try {
    // Listed, not read: that there is none is an answer, and no error.
    const marker = async (name: string): Promise<V1ConfigMap | undefined> => {
      const fieldSelector = `metadata.name=${name}`;
      const { items } = await api.listNamespacedConfigMap({ namespace: "kube-system", fieldSelector });
      return items.find(({ metadata }) => metadata?.name === name);
    };
    const [system, embedded, live] = await withinSeconds(
      10,
      Promise.all([api.readNamespace({ name: "kube-system" }), marker(embeddedMarker), marker(liveMarker)]),
    );
    const images = live?.data?.images?.split("\n");
    const facts = {
      context,
      uid: system.metadata?.uid ?? "",
      embedded: embedded !== undefined,
      ...(images === undefined ? {} : { liveImages: images }),
    };
    const kubeconfigFile = kubeconfigFileOf(context);
    return kubeconfigFile === undefined ? facts : { ...facts, kubeconfigFile };
  } catch (error) {
    throw new RefusedError(
      `the API server of context "${context}" (${kubeconfig.getCurrentCluster()?.server ?? "no server"}) did not answer: ` +
        `${error instanceof Error ? error.message : String(error)}. If it is the embedded cluster, start it with: npx paw cluster up`,
    );
  }
}

/** The provider takes one path for `KUBECONFIG`, while kubectl and this program take a list. */
export function kubeconfigFileOf(context: string): string | undefined {
  return listedFiles().find((file) => contextsOf(file).includes(context));
}

/** The files that `KUBECONFIG` lists; one that is not there is passed over, as kubectl does. */
function listedFiles(): string[] {
  return (process.env.KUBECONFIG ?? "").split(delimiter).filter((file) => existsSync(file));
}

function contextsOf(file: string): string[] {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(file);
  return kubeconfig.getContexts().map(({ name }) => name);
}

/** Of several files the one with the context, alone: the provider is given no other. */
function loadKubeconfig(context: string): KubeConfig {
  const kubeconfig = new KubeConfig();
  try {
    const file = kubeconfigFileOf(context) ?? listedFiles()[0];
    if (file === undefined) kubeconfig.loadFromDefault();
    else kubeconfig.loadFromFile(file);
    return kubeconfig;
  } catch (error) {
    throw new RefusedError(
      `the kubeconfig cannot be read: ${error instanceof Error ? error.message : String(error)}. Start a local cluster ` +
        'with "npx paw cluster up" and load its environment with: eval "$(npx paw env)"',
    );
  }
}

async function withinSeconds<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${seconds} s`));
    }, seconds * 1000);
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}

export interface BindingCheck {
  readonly cluster: ClusterFacts;
  /** What the stack's state holds since its first `up`. */
  readonly recorded: RecordedBinding;
  /** Where the charts are to come from. */
  readonly charts: { readonly source: ChartSourceName; readonly replaces?: ChartSourceName | undefined };
  readonly preview: boolean;
  /** `PAW_OVERRIDES` in force, as lines. */
  readonly overrides: readonly string[];
  /** Keys that still hold a placeholder. */
  readonly placeholders: readonly string[];
}

/** Reasons why the run must stop, in the words of the error; empty when it may go on. */
export function refusals(check: BindingCheck): string[] {
  const { cluster, preview, overrides, placeholders } = check;
  const recordedUid = check.recorded.uid;
  const reasons: string[] = [];
  const throwAwayPreview = preview && cluster.embedded && overrides.length > 0;
  if (recordedUid !== undefined && recordedUid !== cluster.uid && !throwAwayPreview) {
    reasons.push(
      `this stack belongs to the cluster with kube-system UID ${recordedUid}, and context "${cluster.context}" is ` +
        `${cluster.uid}: point the kubeconfig back at the stack's own cluster. If that cluster is gone for good, remove ` +
        "what the stack remembers of it with: pulumi stack rm --force",
    );
  }
  if (!throwAwayPreview) {
    const { source: wanted, replaces } = check.charts;
    const reason = sourceRefusal({ recorded: check.recorded.chartSource, wanted, replaces });
    if (reason !== undefined) reasons.push(reason);
  }
  if (preview) return reasons;
  if (overrides.length > 0 && !cluster.embedded) {
    reasons.push(
      `PAW_OVERRIDES is in force (${overrides.join("; ")}), and "${cluster.context}" is not an embedded cluster: ` +
        "an override could delete parts of a running platform. Unset PAW_OVERRIDES",
    );
  }
  if (placeholders.length > 0) {
    reasons.push(
      `${placeholders.join(", ")} still ${placeholders.length === 1 ? "holds a placeholder" : "hold placeholders"}: ` +
        "put there the digest of the image that you trust, or the network.json of your network",
    );
  }
  return reasons;
}

/** What a stack remembers of its installation; nothing before the first `up`. */
export interface RecordedBinding {
  /** UID of the cluster's `kube-system` namespace. */
  readonly uid?: string;
  readonly chartSource?: ChartSourceName;
}

/** Name of the output of a stack that repeats its binding; see {@link recordedBinding}. */
export const bindingOutput = "binding";

/**
 * What the running stack's state was tied to, read through the engine.
 *
 * The engine's own calls are used because a StackReference to oneself would show up as a resource of the stack. They read
 * the output of the last run that came to its end; a first run that did not left none, and then all resources are read,
 * which takes more than a second for a whole stack.
 */
export async function recordedBinding(): Promise<RecordedBinding> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
    outputs?: { [bindingOutput]?: RecordedBinding };
  };
  if (outputs?.[bindingOutput]) return outputs[bindingOutput];
  const resources = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName: name,
  })) as { outputs?: Record<string, { type: string; outputs?: RecordedBinding }> };
  const binding = Object.values(resources.outputs ?? {}).find((resource) => resource.type === bindingType);
  return binding?.outputs ?? {};
}

export interface ClusterArgs {
  readonly facts: ClusterFacts;
  /** Where the charts come from that this stack is installed with. */
  readonly chartSource: ChartSourceName;
  /** Refuse to replace or delete the provider, and so all that it made: for stacks that hold real data. */
  readonly protect: boolean;
}

/** Ties the stack to its cluster: records the UID first of all, and holds the only Kubernetes provider. */
export class Cluster extends pulumi.ComponentResource {
  public readonly binding: Required<RecordedBinding>;
  public readonly provider: k8s.Provider;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(bindingType, name, {}, opts);
    this.binding = { uid: args.facts.uid, chartSource: args.chartSource };
    this.provider = new k8s.Provider(
      `${name}-provider`,
      // The identifier, and not the kubeconfig's text, decides whether this is another cluster.
      {
        context: args.facts.context,
        clusterIdentifier: args.facts.uid,
        ...(args.facts.kubeconfigFile === undefined ? {} : { kubeconfig: args.facts.kubeconfigFile }),
      },
      { parent: this, protect: args.protect },
    );
    this.registerOutputs({ ...this.binding });
  }
}
