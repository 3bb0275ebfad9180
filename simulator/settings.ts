/** What the simulator is told by its environment. Every mistake is found before anything listens. */

/** Ports of a bizra node by the names of its Service (spec B3). A pod cannot import components/ports.ts: a test compares. */
export const defaultPorts = { http: 8080, rpc: 9944, ws: 9945, p2p: 30333, "rust-metrics": 9464 } as const;
export type PortName = keyof typeof defaultPorts;

const portVariables: Readonly<Record<PortName, string>> = {
  http: "HTTP_PORT",
  rpc: "RPC_PORT",
  ws: "WS_PORT",
  p2p: "P2P_PORT",
  "rust-metrics": "METRICS_PORT",
};

/** Faults that can be switched on; README.md says what each does. */
export const faultNames = ["slow", "failing", "unready", "crashing", "silent"] as const;
export type FaultName = (typeof faultNames)[number];

/** Generations per second above which the word "load" is taken for a slip. */
const mostLoad = 1_000_000;

export interface Settings {
  /** Address that the five ports listen on. The control port is on loopback, whatever stands here. */
  readonly host: string;
  /** 0 stands for any free port. */
  readonly ports: Readonly<Record<PortName, number>>;
  readonly controlPort: number;
  /** Proofs of impact generated per second. */
  readonly load: number;
  readonly faults: readonly FaultName[];
  /** Begins the random numbers: the same seed gives the same observations. */
  readonly seed: number;
  /** What the node says its version is. */
  readonly version: string;
  readonly nodeEnv: string;
  readonly useRust: boolean;
  readonly poiBatchVerify: boolean;
}

/** Every wrong variable in one message. */
export class SettingsError extends Error {
  constructor(faults: readonly string[]) {
    super([`${faults.length} of the simulator's settings wrong:`, ...faults].join("\n  "));
  }
}

/**
 * Reads the settings out of environment variables.
 *
 * @throws SettingsError with every fault.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const wrong: string[] = [];
  const read = <T>(name: string, fallback: string, parse: (text: string) => T): T | undefined => {
    const text = env[name] ?? fallback;
    try {
      return parse(text);
    } catch (error) {
      wrong.push(`${name}: found "${text}"; ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const port = (name: string, fallback: number): number =>
    read(name, String(fallback), (text) => wholeNumber(text, 65535)) ?? fallback;

  const settings: Settings = {
    host: env.HOST ?? "0.0.0.0",
    ports: Object.fromEntries(
      (Object.keys(defaultPorts) as PortName[]).map((name) => [
        name,
        port(portVariables[name], defaultPorts[name]),
      ]),
    ) as Record<PortName, number>,
    controlPort: port("SIMULATOR_CONTROL_PORT", 9999),
    load: read("SIMULATOR_LOAD", "20000", (text) => checkedLoad(wholeNumber(text, mostLoad))) ?? 0,
    faults: read("SIMULATOR_FAULTS", "", (text) => checkedFaults(listed(text))) ?? [],
    seed: read("SIMULATOR_SEED", "1", (text) => wholeNumber(text, 2 ** 32 - 1)) ?? 0,
    version: env.SIMULATOR_VERSION ?? "unknown",
    nodeEnv: env.NODE_ENV ?? "development",
    useRust: read("BIZRA_USE_RUST", "true", (text) => oneOf(text, { true: true, false: false })) ?? true,
    poiBatchVerify: read("POI_BATCH_VERIFY", "0", (text) => oneOf(text, { 1: true, 0: false })) ?? false,
  };
  if (wrong.length > 0) throw new SettingsError(wrong);
  return settings;
}

/** A load as it came out of JSON, or an error that says what would be right. */
export function checkedLoad(value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= mostLoad) return value;
  throw new Error(`must be a whole number from 0 to ${mostLoad}`);
}

/** Names of faults as they came out of JSON, each once, or an error that says what would be right. */
export function checkedFaults(value: unknown): FaultName[] {
  const isFault = (name: unknown): name is FaultName => faultNames.some((known) => known === name);
  if (Array.isArray(value) && value.every(isFault)) return [...new Set(value)];
  throw new Error(`must be a list of ${faultNames.join(", ")}`);
}

function listed(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function wholeNumber(text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value <= most) return value;
  throw new Error(`must be a whole number from 0 to ${most}`);
}

function oneOf<T>(text: string, values: Readonly<Record<string, T>>): T {
  const value = Object.hasOwn(values, text) ? values[text] : undefined;
  if (value !== undefined) return value;
  throw new Error(`must be ${Object.keys(values).join(" or ")}`);
}
