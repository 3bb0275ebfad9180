import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../../names.ts";

export interface TokenAccessArgs {
  /** Service account whose tokens cert-manager shows to Vault. */
  readonly account: string;
  readonly namespace: string;
}

/** A service account for a login, and cert-manager's right to ask for its tokens, and for no other's. */
export class TokenAccess extends pulumi.ComponentResource {
  constructor(name: string, { account, namespace }: TokenAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:TokenAccess", name, {}, opts);
    const metadata = { name: account, namespace, labels: commonLabels("platform", "token-access") };
    const own = { parent: this };
    new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, own);
    const role = new k8s.rbac.v1.Role(
      `${name}-role`,
      {
        metadata,
        rules: [
          {
            apiGroups: [""],
            resources: ["serviceaccounts/token"],
            resourceNames: [account],
            verbs: ["create"],
          },
        ],
      },
      own,
    );
    new k8s.rbac.v1.RoleBinding(
      `${name}-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: account },
        subjects: [{ kind: "ServiceAccount", name: "cert-manager", namespace }],
      },
      { ...own, dependsOn: role },
    );
    this.registerOutputs();
  }
}
