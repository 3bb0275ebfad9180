/** The seven gates of bizra (spec B10), in their order. */
import { connectivity } from "./connectivity.ts";
import { environment } from "./environment.ts";
import type { Gate } from "./gate.ts";
import { logs } from "./logs.ts";
import { metricsEndpoint } from "./metricsEndpoint.ts";
import { podHealth } from "./podHealth.ts";
import { resources } from "./resources.ts";
import { scraping } from "./scraping.ts";

export { sceneOf } from "./gate.ts";

export const gates: readonly Gate[] = [
  podHealth,
  metricsEndpoint,
  scraping,
  resources,
  logs,
  connectivity,
  environment,
];
