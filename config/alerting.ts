/** From the configuration's words to what Alertmanager is told. */
import { readFileSync } from "node:fs";

import type { AlertingValues } from "../components/platform/monitoring/values.ts";
import type { PawConfig } from "../config.ts";
import {
  alertmanagerConfig,
  receiverProperties,
  receiverSecret,
} from "../observability/alertmanager/config.ts";
import { ruleGroups } from "../observability/alerts/index.ts";
import { observabilitySite } from "./observability.ts";

const template = new URL("../observability/alertmanager/paw.tmpl", import.meta.url);

/** Alertmanager's configuration, its texts, and the Secret that it needs. */
export function alertingValues(config: PawConfig): AlertingValues {
  const { alerting, environment } = config;
  const properties = receiverProperties(alerting);
  return {
    environment,
    config: alertmanagerConfig(alerting, ruleGroups(observabilitySite(config))),
    templates: { "paw.tmpl": readFileSync(template, "utf8") },
    secret: properties.length === 0 ? undefined : { name: receiverSecret, properties },
  };
}
