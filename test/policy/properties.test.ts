import { expect } from "chai";
import fc from "fast-check";

import { judge, message } from "../../policy/src/judge.ts";
import { UNKNOWN, isRecord } from "../../policy/src/k8s/field.ts";
import { type Manifest, describe as describeObject } from "../../policy/src/k8s/manifest.ts";
import { podSecurity } from "../../policy/src/rules/podSecurity/index.ts";
import { type Edits, containerLists, edited, pod, verdicts, wrap, wrappers } from "./fixtures.ts";

/** What may stand in a field: right, wrong, of a wrong type, absent or not known. */
const values = fc.constantFrom<unknown>(
  ...[true, false, 0, 1, 1000, undefined, null, UNKNOWN, "", "x", [], {}, ["ALL"], ["NET_RAW"], [UNKNOWN]],
  ...["RuntimeDefault", "Unconfined", "Localhost", "Unmasked", "Default", "spc_t", "container_t", "windows"],
);

const containerFields = [
  ...[
    "privileged",
    "allowPrivilegeEscalation",
    "readOnlyRootFilesystem",
    "runAsNonRoot",
    "runAsUser",
    "procMount",
  ],
  ...[
    "seccompProfile",
    "seccompProfile.type",
    "appArmorProfile.type",
    "seLinuxOptions.type",
    "capabilities.drop",
  ],
  ...["capabilities.add", "capabilities", "windowsOptions.hostProcess"],
].map((field) => `securityContext.${field}`);

const fields = [
  ...containerLists.flatMap((list) =>
    [...containerFields, "ports[0].hostPort", "livenessProbe.httpGet.host", "securityContext"].map(
      (field) => `spec.${list}[0].${field}`,
    ),
  ),
  ...["hostNetwork", "hostUsers", "os.name", "volumes[0].hostPath", "volumes", "securityContext"].map(
    (f) => `spec.${f}`,
  ),
  ...["runAsNonRoot", "runAsUser", "seccompProfile.type", "sysctls"].map((f) => `spec.securityContext.${f}`),
];

/** The good pod with up to six fields changed, so that good and bad verdicts both come up often. */
const pods = fc
  .dictionary(fc.constantFrom(...fields), values, { maxKeys: 6 })
  .map((edits: Edits) => pod(edits));

/** Findings by rule, container and the field's place in it, wherever in its list the container stands. */
function byContainer(manifest: Manifest): readonly string[] {
  return judge(manifest, podSecurity)
    .map(
      ({ rule, container, path }) =>
        `${rule.id} ${container ?? ""} ${path.replace(/(ontainers)\[\d+\]/, "$1[]")}`,
    )
    .sort();
}

/** A path, its parent, and so on, up to the pod's spec. */
function upwards(path: string): readonly string[] {
  const parent = path.replace(/(\.\w+|\[\d+\])$/, "");
  return parent === path ? [path] : [path, ...upwards(parent)];
}

describe("Pod Security verdicts", () => {
  it("do not depend on the order of containers", () => {
    fc.assert(
      fc.property(pods, fc.constantFrom(...containerLists), (manifest, list) => {
        const spec = manifest.spec;
        if (!isRecord(spec)) throw new Error("the fixture has a spec");
        const reversed = { ...manifest, spec: { ...spec, [list]: (spec[list] as unknown[]).toReversed() } };
        expect(byContainer(reversed)).to.deep.equal(byContainer(manifest));
      }),
    );
  });

  it("are those of the bare pod in any kind that bears it", () => {
    fc.assert(
      fc.property(pods, fc.constantFrom(...wrappers), (bare, wrapper) => {
        const prefix = [...wrapper.template, ""].join(".");
        const expected = verdicts(bare).map((verdict) => verdict.replace(" ", ` ${prefix}`));
        expect(verdicts(wrap(bare, wrapper))).to.deep.equal(expected);
      }),
    );
  });

  it("stay bad when the field, or anything above it, is not known", () => {
    fc.assert(
      fc.property(pods, (manifest) => {
        for (const { rule, path } of judge(manifest, podSecurity)) {
          for (const place of upwards(path)) {
            const rules = judge(edited(manifest, { [place]: UNKNOWN }), podSecurity).map(
              (verdict) => verdict.rule,
            );
            expect(rules, `${rule.id}, with ${place} unknown`).to.include(rule);
          }
        }
      }),
    );
  });

  it("come about for any data at all, without an error", () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true }),
        fc.constantFrom(...wrappers),
        (anything, wrapper) => {
          const inner = { apiVersion: "v1", kind: "Pod", metadata: anything, spec: anything };
          const manifest = wrap(inner, wrapper);
          for (const verdict of judge(manifest, podSecurity))
            expect(message([verdict], describeObject(manifest))).to.be.a("string");
        },
      ),
    );
  });

  it("never show a text of the manifest other than names", () => {
    const secret = "hunter2-kV9";
    const leaves = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constant(secret),
        fc.array(tie("tree"), { maxLength: 2 }),
        fc.constant({ a: secret }),
      ),
    })).tree;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...fields), leaves, { minKeys: 1, maxKeys: 6 }), (edits) => {
        const manifest = pod(edits);
        const texts = judge(manifest, podSecurity).map((verdict) =>
          message([verdict], describeObject(manifest), "web"),
        );
        for (const text of texts) expect(text).not.to.contain(secret);
      }),
    );
  });
});
