/** Progress as plain lines: elapsed time and what is being done. Readable on a terminal and in a CI log alike. */
import pc from "picocolors";

import { UserError } from "./errors.ts";

export class Progress {
  private readonly started = Date.now();
  private readonly stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.stream = stream;
  }

  /** Seconds since the command began. */
  get seconds(): number {
    return (Date.now() - this.started) / 1000;
  }

  /**
   * A new part of the work begins.
   *
   * @throws UserError when the command was interrupted meanwhile: the part is not begun.
   */
  step(title: string): void {
    if (process.exitCode === 130) {
      throw new UserError(`Interrupted before: ${title}`, ["The same command goes on from here."]);
    }
    this.line(pc.bold(title));
  }

  /** Something about the current part; usable as a callback. */
  readonly note = (message: string): void => {
    this.line(`  ${message}`);
  };

  private line(text: string): void {
    this.stream.write(`${pc.dim(`[${this.seconds.toFixed(1).padStart(6)}s]`)} ${text}\n`);
  }
}
