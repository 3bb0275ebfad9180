// Runs in a pod: asks a URL at a steady rate, each time by a new connection, and says on SIGTERM how it went.
import { request } from "node:http";

const [url, perSecond] = process.argv.slice(2);
const counts = { sent: 0, ok: 0, failed: 0 };
const reasons = {};

function fail(reason) {
  counts.failed += 1;
  reasons[reason] = (reasons[reason] ?? 0) + 1;
}

const timer = setInterval(
  () => {
    counts.sent += 1;
    const asked = request(url, { agent: false, timeout: 5000 }, (answer) => {
      answer.resume();
      answer.on("end", () => {
        if (answer.statusCode === 200) counts.ok += 1;
        else fail(String(answer.statusCode));
      });
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer within 5 s")));
    asked.on("error", (error) => {
      fail(error.code ?? error.message);
    });
    asked.end();
  },
  1000 / Number(perSecond),
);

process.on("SIGTERM", () => {
  clearInterval(timer);
  setTimeout(() => {
    process.stdout.write(`${JSON.stringify({ ...counts, reasons })}\n`, () => process.exit(0));
  }, 6000);
});
