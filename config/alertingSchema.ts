/** What a stack file may say of alerts: the key `paw:alerting`. */
import { z } from "zod";

const text = z.string().min(1, "must not be empty");
const positive = z.number("must be a number").positive("must be above zero");

const thresholds = z.strictObject({
  /** bizra: 99 of 100 finality checks have to be faster, in milliseconds (spec B12). */
  finalityMs: positive.default(1),
  /** bizra: fewer proofs of impact per second, over all pods, raise an alert (spec B12). */
  poiThroughput: positive.default(50_000),
  /** Hours after which the newest backup is too old. */
  backupAgeHours: positive.default(30),
  /** Hours after which the newest snapshot of Vault is too old. */
  vaultSnapshotAgeHours: positive.default(3),
});

export const alerting = z.strictObject({
  /** Address of the folder docs/runbooks, for the links in notifications; its path in this project without it. */
  runbooks: z.url({ protocol: /^https$/, error: "must be an https:// address" }).optional(),
  /** A channel of Slack; the incoming webhook's address is `slack_api_url` in Vault. */
  slack: z
    .strictObject({ channel: z.string().regex(/^#[\w-]+$/, "must be a channel such as #paw-alerts") })
    .optional(),
  /** Whether critical alerts page through PagerDuty; the integration's key is `pagerduty_routing_key` in Vault. */
  pagerduty: z.boolean("must be true or false").default(false),
  /** A mail server; the user's password is `smtp_password` in Vault. */
  email: z
    .strictObject({
      to: z.array(z.email("must be an e-mail address")).min(1, "must name an address"),
      from: z.email("must be an e-mail address"),
      smarthost: z.string().regex(/^[^\s:]+:587$/, "must be host:587 (submission with STARTTLS)"),
      username: text,
    })
    .optional(),
  thresholds: thresholds.prefault({}),
});
