/** A small bizra node: its ports, metrics and log lines, and nothing behind them. `node simulator/main.ts`; see README.md. */
import { controlServer } from "./control.ts";
import { Listener } from "./listener.ts";
import { tickMilliseconds } from "./load.ts";
import { logLine } from "./log.ts";
import { SimulatedNode } from "./node.ts";
import { serversOf } from "./servers.ts";
import { type FaultName, type PortName, type Settings, SettingsError, readSettings } from "./settings.ts";

/** Milliseconds from the fault `crashing` to the end of the process. */
const crashAfter = 1000;
/** Milliseconds in which /ready says that the process stops, before its ports close. */
const goodbye = 500;
/** Milliseconds between two lines of routine. */
const lineEvery = 1000;

/** Prints why the simulator cannot start, and ends the process. */
function refuse(reason: string): never {
  process.stderr.write(`bizra simulator: ${reason}\n`);
  process.exit(2);
}

function settingsOrEnd(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (error instanceof SettingsError) refuse(error.message);
    throw error;
  }
}

/** The five ports and the control port; each fault that is more than a number is carried out here. */
class Simulator {
  private readonly node: SimulatedNode;
  private readonly listeners: Readonly<Record<PortName | "control", Listener>>;
  private crash: NodeJS.Timeout | undefined;

  constructor(settings: Settings) {
    const { host, ports, controlPort } = settings;
    this.node = new SimulatedNode(settings);
    const servers = Object.entries(serversOf(this.node)).map(([name, server]) => [
      name,
      new Listener(server, { host, port: ports[name as PortName] }),
    ]);
    const control = controlServer(this.node, (faults) => this.setFaults(faults));
    this.listeners = {
      ...(Object.fromEntries(servers) as Record<PortName, Listener>),
      control: new Listener(control, { host: "127.0.0.1", port: controlPort }),
    };
  }

  async start(): Promise<void> {
    for (const [name, listener] of Object.entries(this.listeners)) {
      await listener.open().catch((error: unknown) => {
        refuse(`the port ${name}: ${error instanceof Error ? error.message : String(error)}`);
      });
    }
    await this.apply();
    const ports = Object.entries(this.listeners).map(([name, { port }]) => `${name}=${port}`);
    logLine("INFO", "bizra", `simulator of a bizra node, nothing is computed; ${ports.join(" ")}`);
    setInterval(() => {
      this.node.advance(performance.now());
    }, tickMilliseconds);
    setInterval(() => {
      this.tell();
    }, lineEvery);
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void this.stop());
  }

  private async setFaults(faults: readonly FaultName[]): Promise<void> {
    this.node.faults = new Set(faults);
    await this.apply();
    logLine("INFO", "bizra", `faults switched by hand: ${faults.join(", ") || "none"}`);
  }

  /** Brings the metrics port and the end of the process in line with the faults. */
  private async apply(): Promise<void> {
    const { faults } = this.node;
    if (faults.has("crashing")) {
      this.crash ??= setTimeout(() => {
        logLine("ERROR", "bizra", "the fault crashing ends the process");
        process.exit(1);
      }, crashAfter);
    } else {
      clearTimeout(this.crash);
      this.crash = undefined;
    }
    const metrics = this.listeners["rust-metrics"];
    await (faults.has("silent") ? metrics.close() : metrics.open());
  }

  /** A line a second: what failed, or the height. */
  private tell(): void {
    const failed = this.node.newErrors();
    const [first] = failed;
    if (first === undefined) {
      logLine("INFO", "consensus", `height=${this.node.metrics.height} finalized`);
    } else {
      const counts = failed.map(([kind, count]) => `${kind}=${count}`);
      logLine("ERROR", first[0] === "poi" ? "poi" : "consensus", `operations failed: ${counts.join(" ")}`);
    }
  }

  private async stop(): Promise<void> {
    if (this.node.stopping) return;
    this.node.stopping = true;
    logLine("INFO", "bizra", "told to stop");
    await new Promise((resolve) => setTimeout(resolve, goodbye));
    await Promise.all(Object.values(this.listeners).map((listener) => listener.close()));
    process.exit(0);
  }
}

await new Simulator(settingsOrEnd()).start();
