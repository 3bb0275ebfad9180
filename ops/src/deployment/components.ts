/** The parts of a stack that can be deployed by themselves (spec A18), and what of them Pulumi is told. */
import type { StackName } from "../project.ts";

/** Types of the top-level components in `index.ts`, by the names that are typed; in the order they depend on each other. */
export const componentTypes = {
  definitions: ["paw:platform:CustomResourceDefinitions"],
  platform: ["paw:platform:Platform"],
  admission: ["paw:platform:Admission"],
  namespaces: ["paw:platform:WorkloadNamespace"],
  storage: ["paw:platform:ChainStorage"],
  mesh: ["paw:mesh:Mesh"],
  chain: ["paw:chain:PawChain"],
  bizra: ["paw:bizra:BizraApp", "paw:bizra:BizraMonitoring"],
  observability: ["paw:platform:Observability"],
} as const;

export type ComponentName = keyof typeof componentTypes;
export const componentNames = Object.keys(componentTypes) as ComponentName[];

/** Ties the stack to its cluster; every other resource goes through its provider. */
const always = ["paw:platform:Cluster", "pulumi:providers:kubernetes"];

/** Arguments of `pulumi up` that choose components, with all that is inside them; none chooses everything. */
export function targetArguments(stack: StackName, components: readonly ComponentName[]): string[] {
  if (components.length === 0) return [];
  const types = [...always, ...components.flatMap((name) => componentTypes[name])];
  // A component's type begins the URN of everything inside it.
  return types.flatMap((type) => ["--target", `urn:pulumi:${stack}::paw::${type}**`]);
}
