import * as pulumi from "@pulumi/pulumi";

import { customResource } from "../customResource.ts";
import { grafanaAdmin } from "./values.ts";

/**
 * Grafana's first user, drawn once inside the cluster by External Secrets: the password is in no program, state or
 * log. Read it with `kubectl get secret grafana-admin -n monitoring`.
 */
export class GrafanaAdmin extends pulumi.ComponentResource {
  constructor(name: string, args: object, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:GrafanaAdmin", name, args, opts);
    const namespace = "monitoring";
    const generator = customResource(
      `${name}-password`,
      {
        apiVersion: "generators.external-secrets.io/v1alpha1",
        kind: "Password",
        name: grafanaAdmin,
        namespace,
        spec: { length: 32, digits: 8, symbols: 0, noUpper: false, allowRepeat: true },
      },
      { parent: this },
    );
    customResource(
      `${name}-secret`,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        name: grafanaAdmin,
        namespace,
        spec: {
          // Drawn once: Grafana stores it at its first start and would not take another.
          refreshPolicy: "CreatedOnce",
          target: {
            name: grafanaAdmin,
            template: { data: { "admin-user": "admin", "admin-password": "{{ .password }}" } },
          },
          dataFrom: [
            {
              sourceRef: {
                generatorRef: {
                  apiVersion: "generators.external-secrets.io/v1alpha1",
                  kind: "Password",
                  name: grafanaAdmin,
                },
              },
            },
          ],
        },
      },
      { parent: this, dependsOn: generator },
    );
    this.registerOutputs();
  }
}
