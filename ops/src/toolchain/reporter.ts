import type { Report, ToolchainEvent } from "./types.ts";

/** Events as plain lines with elapsed time; the same on a terminal and in a CI log. */
export function plainReporter(stream: NodeJS.WritableStream): Report {
  const begun = Date.now();
  return (event) => {
    const seconds = ((Date.now() - begun) / 1000).toFixed(1).padStart(6);
    stream.write(`[${seconds}s] toolchain: ${words(event)}\n`);
  };
}

function words(event: ToolchainEvent): string {
  switch (event.kind) {
    case "waiting":
      return `${event.group}: waiting for process ${event.pid} on ${event.host}, which is making it (lock: ${event.lock})`;
    case "start":
      return `${event.group} (${event.index} of ${event.total}${event.next ? `, then ${event.next}` : ""})`;
    case "progress":
      return `${event.group}: ${event.text}`;
    case "way failed":
      return `${event.group}: not by ${event.way}: ${event.reason}`;
    case "warning":
      return `WARNING ${event.group}: ${event.text}`;
    case "done":
      return `${event.group}: ready (${event.origin}, ${event.seconds.toFixed(0)} s)`;
  }
}
