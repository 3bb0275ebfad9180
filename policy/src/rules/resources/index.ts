/** Every container says what it needs, has an end, and can be told alive from dead (item 6). */
import type { Rule } from "../../rule.ts";
import { ephemeral, limits, ratio, requests } from "./amounts.ts";
import { priorityClass, spread } from "./placement.ts";
import { probes } from "./probes.ts";

export const resources: readonly Rule[] = [requests, limits, ephemeral, ratio, probes, spread, priorityClass];
