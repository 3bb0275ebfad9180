import { expect } from "chai";

import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import { podSecurity } from "../../../policy/src/rules/podSecurity/index.ts";
import { type Edits, pod, verdicts } from "../fixtures.ts";

const ofContainerContexts = [
  ...[
    "pod-readonly-rootfs",
    "pss-apparmor",
    "pss-capabilities",
    "pss-privilege-escalation",
    "pss-privileged",
  ],
  ...["pss-proc-mount", "pss-run-as-non-root", "pss-run-as-user", "pss-seccomp", "pss-selinux"],
  "pss-windows-hostprocess",
];

const ofPodContexts = [
  ...["pss-apparmor", "pss-run-as-non-root", "pss-run-as-user", "pss-seccomp", "pss-selinux", "pss-sysctls"],
  "pss-windows-hostprocess",
];

const ofContainers = [...ofContainerContexts, "pss-host-ports", "pss-host-probes"].sort();

/** What a preview may not know, from small to large, and the rules that cannot tell then. */
const cases: readonly { path: string; rules: readonly string[] }[] = [
  { path: "spec.containers[0].securityContext", rules: ofContainerContexts },
  { path: "spec.initContainers[0].securityContext", rules: ofContainerContexts },
  { path: "spec.securityContext", rules: ofPodContexts },
  { path: "spec.containers[0]", rules: ofContainers },
  { path: "spec.containers", rules: ofContainers },
  { path: "spec.ephemeralContainers", rules: ofContainers },
  { path: "spec.volumes", rules: ["pss-volume-types"] },
  { path: "spec.volumes[0]", rules: ["pss-volume-types"] },
  { path: "spec.containers[0].ports", rules: ["pss-host-ports"] },
  { path: "spec.containers[0].livenessProbe", rules: ["pss-host-probes"] },
  { path: "spec.securityContext.sysctls", rules: ["pss-sysctls"] },
  { path: "spec", rules: podSecurity.map(({ id }) => id).filter((id) => id !== "ns-psa-labels") },
];

describe("What is not known in a preview", () => {
  for (const { path, rules } of cases) {
    it(`${path} is a finding of each rule that reads below it, and of no other`, () => {
      const expected = [...rules].sort().map((rule) => `${rule} ${path}`);
      expect(verdicts(pod({ [path]: UNKNOWN }))).to.deep.equal(expected);
    });

    it(`${path} of the wrong form is one as well`, () => {
      for (const wrong of [false, 0, "", "text", true]) {
        expect(verdicts(pod({ [path]: wrong }))).to.include.members(rules.map((rule) => `${rule} ${path}`));
      }
    });
  }

  it("names the field that is meant below an unknown parent", () => {
    const manifest = pod({ "spec.containers": UNKNOWN });
    const [finding] = podSecurity.find(({ id }) => id === "pss-privileged")?.check(manifest) ?? [];
    expect(finding?.wanted).to.contain("spec.containers[*].securityContext.privileged");
  });

  it("does not matter in fields that no rule reads", () => {
    const edits: Edits = {
      "metadata.name": UNKNOWN,
      "metadata.labels": UNKNOWN,
      "spec.nodeName": UNKNOWN,
      "spec.containers[0].image": UNKNOWN,
      "spec.containers[0].env": UNKNOWN,
      "spec.containers[0].name": UNKNOWN,
      "spec.containers[0].readinessProbe.httpGet.port": UNKNOWN,
      "spec.volumes[0].name": UNKNOWN,
    };
    expect(verdicts(pod(edits))).to.deep.equal([]);
  });
});
