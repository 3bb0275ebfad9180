/** A policy pack that judges nothing: it writes what it is shown of each resource to the file `PAW_SEEN`. */
import { appendFileSync } from "node:fs";

import { PolicyPack } from "@pulumi/policy";

new PolicyPack("paw-seen", {
  policies: [
    {
      name: "seen",
      description: "What a pack is shown of each resource",
      enforcementLevel: "mandatory",
      validateResource: ({ type, urn, props }) => {
        const { chart, name, namespace, values, kind, apiVersion, metadata } = props as Record<
          string,
          unknown
        >;
        const seen = { type, urn, chart, name, namespace, values, kind, apiVersion, metadata };
        appendFileSync(process.env.PAW_SEEN ?? "", `${JSON.stringify(seen)}\n`);
      },
    },
  ],
});
