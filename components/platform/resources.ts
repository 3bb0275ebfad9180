/** Requests and limits of the platform's containers. */

/** CPU and memory, as Kubernetes writes them. */
export interface Amounts {
  readonly cpu: string;
  readonly memory: string;
}

/** Amounts of one container. */
export interface ContainerResources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Requests half of the CPU that it may use, and all of the memory: memory cannot be taken back. */
export function container(cpu: `${number}m`, memory: string): ContainerResources {
  const half = `${Math.ceil(Number.parseInt(cpu, 10) / 2)}m`;
  return { requests: { cpu: half, memory }, limits: { cpu, memory } };
}

/** Requests all that it may use (spec A16: requests default to the limits). */
export function whole(size: Amounts): ContainerResources {
  const { cpu, memory } = size;
  return { requests: { cpu, memory }, limits: { cpu, memory } };
}

/** The same amounts in the words of Linkerd's charts. */
export function linkerdResources({ requests, limits }: ContainerResources): object {
  return {
    cpu: { request: requests.cpu, limit: limits.cpu },
    memory: { request: requests.memory, limit: limits.memory },
  };
}
