import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import { oneFieldManager } from "../../../components/fieldManager.ts";
import { platformTransforms } from "../../../components/platform/transforms.ts";

interface Changed {
  readonly props: Record<string, unknown> & { metadata?: { annotations?: Record<string, string> } };
  readonly opts: { readonly ignoreChanges?: readonly string[] };
}

async function transformed(type: string, props: object, embedded: boolean): Promise<Changed> {
  const [transform] = platformTransforms(embedded);
  const args = { type, props, opts: {}, name: "object", custom: true } as pulumi.ResourceTransformArgs;
  return ((await transform?.(args)) ?? { props, opts: {} }) as Changed;
}

describe("transforms of the platform's objects", () => {
  const webhook = {
    metadata: { name: "w" },
    webhooks: [{ name: "a", failurePolicy: "Fail" }, { name: "b" }],
  };
  const waiting = { metadata: { annotations: { "pulumi.com/waitFor": "condition=Ready", other: "kept" } } };

  for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]) {
    it(`${kind}: passed over on an embedded cluster, untouched anywhere else`, async () => {
      const type = `kubernetes:admissionregistration.k8s.io/v1:${kind}`;
      const { props } = await transformed(type, webhook, true);
      expect((props.webhooks as { failurePolicy: string }[]).map((each) => each.failurePolicy)).to.deep.equal(
        ["Ignore", "Ignore"],
      );
      expect((await transformed(type, webhook, false)).props).to.equal(webhook);
    });
  }

  it("a condition is waited for, but not where no controller sets it", async () => {
    const type = "kubernetes:cert-manager.io/v1:Certificate";
    expect((await transformed(type, waiting, false)).props).to.equal(waiting);
    expect((await transformed(type, waiting, true)).props.metadata?.annotations).to.deep.equal({
      other: "kept",
    });
  });

  it("Services are not waited for: their pods are", async () => {
    const { props } = await transformed("kubernetes:core/v1:Service", { metadata: { name: "s" } }, false);
    expect(props.metadata?.annotations).to.deep.equal({ "pulumi.com/skipAwait": "true" });
  });

  it("a StatefulSet's claim templates, which are immutable, are left as they are", async () => {
    const { opts } = await transformed("kubernetes:apps/v1:StatefulSet", { metadata: { name: "s" } }, false);
    expect(opts.ignoreChanges).to.deep.equal(["spec.volumeClaimTemplates"]);
  });

  for (const [whose, transform] of [
    ["the platform's objects", platformTransforms(false)[0]],
    ["all objects", oneFieldManager("local")],
  ] as const) {
    it(`${whose}: whether an object is deleted before it is replaced is left to who knows`, async () => {
      const result = async (deleteBeforeReplace: boolean) => {
        const opts = { deleteBeforeReplace, protect: true } as pulumi.CustomResourceOptions;
        const props = { metadata: { name: "s" }, spec: {} };
        const args = { type: "kubernetes:apps/v1:StatefulSet", props, opts, name: "s", custom: true };
        return await transform?.(args);
      };
      // What Pulumi hands over where the program says nothing.
      expect((await result(false))?.opts)
        .to.include({ protect: true })
        .and.not.to.have.property("deleteBeforeReplace");
      expect((await result(true))?.opts).to.have.property("deleteBeforeReplace", true);
    });
  }

  it("an account hands its token to no pod, and a pod that gets one says so", async () => {
    for (const props of [{}, { automountServiceAccountToken: true }]) {
      const { props: account } = await transformed("kubernetes:core/v1:ServiceAccount", props, false);
      expect(account.automountServiceAccountToken).to.equal(false);
    }
    for (const [said, wanted] of [
      [undefined, true],
      [true, true],
      [false, false],
    ]) {
      const props = { spec: { replicas: 2, template: { spec: { automountServiceAccountToken: said } } } };
      for (const kind of ["DaemonSet", "Deployment", "StatefulSet"]) {
        const changed = await transformed(`kubernetes:apps/v1:${kind}`, props, false);
        expect(changed.props.spec).to.deep.equal({
          replicas: 2,
          template: { spec: { automountServiceAccountToken: wanted } },
        });
      }
    }
  });

  it("a volume on the node's disk has an end; one that has it already keeps it", async () => {
    const own = { name: "own", emptyDir: { sizeLimit: "5Mi" } };
    const claim = { name: "claim", persistentVolumeClaim: { claimName: "c" } };
    const open = [
      { name: "open", emptyDir: {} },
      { name: "memory", emptyDir: { medium: "Memory" } },
    ];
    const pod = { automountServiceAccountToken: false, volumes: [own, claim, ...open] };
    const props = { spec: { template: { spec: pod } } };
    const changed = await transformed("kubernetes:apps/v1:Deployment", props, false);
    const { template } = changed.props.spec as { template: { spec: typeof pod } };
    expect(template.spec.volumes).to.deep.equal([
      own,
      claim,
      { name: "open", emptyDir: { sizeLimit: "1Gi" } },
      { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "1Gi" } },
    ]);
  });

  it("everything else stays as the chart has it", async () => {
    const props = { metadata: { name: "d" } };
    const changed = await transformed("kubernetes:apps/v1:Deployment", props, true);
    expect(changed.props).to.equal(props);
    expect(changed.opts).to.deep.equal({});
  });
});
