import { expect } from "chai";

import { toMilli } from "../../../components/quantity.ts";
import { type KubernetesObject, render } from "../../support/rendered.ts";

interface PodSpec {
  readonly containers: readonly {
    readonly resources: { readonly limits: Readonly<Record<string, string>> };
  }[];
  readonly volumes: readonly { readonly emptyDir?: { readonly sizeLimit: string } }[];
}

describe("what a pod of the chain may use of its machine's disk", () => {
  for (const stack of ["local", "staging", "production"]) {
    it(`${stack}: its volumes without a claim fit in, with room for logs`, async () => {
      const objects = await render({ stack });
      const find = (kind: string, name: string): KubernetesObject["spec"] =>
        objects.find((object) => object.kind === kind && object.metadata.name === name)?.spec;
      const pods: readonly PodSpec[] = [
        ...["validator", "sentry", "full-node"].map(
          (role) => find("StatefulSet", `paw-${role}`).template.spec,
        ),
        find("CronJob", "paw-backup").jobTemplate.spec.template.spec,
      ];
      const sum = (amounts: readonly string[]): bigint =>
        amounts.reduce((all, amount) => all + toMilli(amount), 0n);
      for (const { containers, volumes } of pods) {
        const held = sum(volumes.map(({ emptyDir }) => emptyDir?.sizeLimit ?? "0"));
        const allowed = sum(containers.map(({ resources }) => resources.limits["ephemeral-storage"] ?? "0"));
        // A kubelet keeps 50 MiB of a container's log unless it is told otherwise.
        const logs = BigInt(containers.length) * toMilli("50Mi");
        expect(held > 0n && held + logs < allowed).to.equal(true);
      }
    });
  }
});
