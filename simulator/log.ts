/** Log lines in the form of Rust's tracing: time, level in five columns, module, text. */

export type Level = "INFO" | "ERROR";
/** Modules that the platform's log agent knows. */
export type Module = "bizra" | "consensus" | "poi";

export function logLine(level: Level, module: Module, text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${level.padStart(5)} ${module}: ${text}\n`);
}
