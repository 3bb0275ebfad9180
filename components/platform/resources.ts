/** Requests and limits of the platform's containers. */

/** CPU, memory and the node's own disk, as Kubernetes writes them. */
export interface Amounts {
  readonly cpu: string;
  readonly memory: string;
  readonly "ephemeral-storage": string;
}

/** Amounts of one container. */
export interface ContainerResources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/**
 * What a container writes to the node's disk, which is logs and volumes without a claim (our own choice). The pod that
 * passes its limit is evicted, before it takes the disk from all others.
 */
const disk = { request: "64Mi", limit: "2Gi" } as const;

/** Requests half of the CPU that it may use, and all of the memory: memory cannot be taken back. */
export function container(cpu: `${number}m`, memory: string): ContainerResources {
  const half = `${Math.ceil(Number.parseInt(cpu, 10) / 2)}m`;
  return {
    requests: { cpu: half, memory, "ephemeral-storage": disk.request },
    limits: { cpu, memory, "ephemeral-storage": disk.limit },
  };
}

/** Requests all that it may use (spec A16: requests default to the limits). */
export function whole({ cpu, memory }: Pick<Amounts, "cpu" | "memory">): ContainerResources {
  return {
    requests: { cpu, memory, "ephemeral-storage": disk.request },
    limits: { cpu, memory, "ephemeral-storage": disk.limit },
  };
}

/** The same amounts in the words of Linkerd's charts. */
export function linkerdResources({ requests, limits }: ContainerResources): object {
  return {
    cpu: { request: requests.cpu, limit: limits.cpu },
    memory: { request: requests.memory, limit: limits.memory },
    "ephemeral-storage": { request: requests["ephemeral-storage"], limit: limits["ephemeral-storage"] },
  };
}
