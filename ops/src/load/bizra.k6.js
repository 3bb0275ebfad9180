// An HTTP load on bizra, for k6 (https://grafana.com/docs/k6): requests at a held rate, whether earlier ones were answered
// or not. Run by "paw load --target bizra"; by hand:
//   k6 run -e TARGETS='[{"http":"http://127.0.0.1:8080","rpc":"http://127.0.0.1:9944"}]' -e RATE=10 -e SECONDS=60 \
//     -e FAILED=0.001 -e P99_MS=500 -e DROPPED=0.01 -e SUMMARY=summary.json ops/src/load/bizra.k6.js
import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";

const targets = JSON.parse(__ENV.TARGETS);
const rate = Number(__ENV.RATE);
const seconds = Number(__ENV.SECONDS);
// A user waits for its answer: enough of them for answers that take a second, and twice as many at most.
const users = Math.max(10, rate);

export const options = {
  scenarios: {
    requests: {
      executor: "constant-arrival-rate",
      rate,
      timeUnit: "1s",
      duration: `${seconds}s`,
      preAllocatedVUs: users,
      maxVUs: 2 * users,
      gracefulStop: "10s",
    },
  },
  thresholds: {
    http_req_failed: [`rate<${__ENV.FAILED}`],
    http_req_duration: [`p(99)<${__ENV.P99_MS}`],
    checks: [`rate>${1 - Number(__ENV.FAILED)}`],
    // The counter is missing where nothing was dropped.
    dropped_iterations: [`count<=${Math.floor(Number(__ENV.DROPPED) * rate * seconds)}`],
  },
  summaryTrendStats: ["med", "p(95)", "p(99)", "max"],
  discardResponseBodies: false,
};

/** Every second request asks whether the node is ready, the others ask its RPC for its health. */
export default function () {
  const turn = exec.scenario.iterationInTest;
  const target = targets[Math.floor(turn / 2) % targets.length];
  if (turn % 2 === 0) {
    const answer = http.get(`${target.http}/ready`, { tags: { name: "ready" }, timeout: "10s" });
    check(answer, { "is ready": ({ status }) => status === 200 });
    return;
  }
  const body = JSON.stringify({ jsonrpc: "2.0", id: turn, method: "system_health", params: [] });
  const headers = { "content-type": "application/json" };
  const answer = http.post(target.rpc, body, { headers, tags: { name: "rpc" }, timeout: "10s" });
  check(answer, { "answers its RPC": (each) => each.status === 200 && each.json("id") === turn });
}

export function handleSummary(data) {
  return { [__ENV.SUMMARY]: JSON.stringify(data) };
}
