import { expect } from "chai";

import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import { pod, verdicts } from "../fixtures.ts";

describe("Rules that containers inherit", () => {
  for (const [rule, field, good] of [
    ["pss-run-as-non-root", "securityContext.runAsNonRoot", true],
    ["pss-seccomp", "securityContext.seccompProfile", { type: "Localhost", localhostProfile: "x.json" }],
  ] as const) {
    const leaf = field.endsWith("Profile") ? `${field}.type` : field;
    const containers = ["containers[0]", "containers[1]", "ephemeralContainers[0]", "initContainers[0]"];

    it(`${rule}: without a value on the pod, each container needs one`, () => {
      const expected = containers.map((container) => `${rule} spec.${container}.${leaf}`);
      expect(verdicts(pod({ [`spec.${field}`]: undefined }))).to.deep.equal(expected);
    });

    it(`${rule}: values on all containers do without one on the pod`, () => {
      const all = Object.fromEntries(containers.map((container) => [`spec.${container}.${field}`, good]));
      expect(verdicts(pod({ ...all, [`spec.${field}`]: undefined }))).to.deep.equal([]);
    });

    it(`${rule}: a bad value on the pod is bad, whatever the containers say`, () => {
      const all = Object.fromEntries(containers.map((container) => [`spec.${container}.${field}`, good]));
      const bad = pod({ ...all, [`spec.${leaf}`]: false });
      expect(verdicts(bad)).to.deep.equal([`${rule} spec.${leaf}`]);
    });

    it(`${rule}: a value on the pod that is not known is reported once`, () => {
      expect(verdicts(pod({ [`spec.${field}`]: UNKNOWN }))).to.deep.equal([`${rule} spec.${field}`]);
    });
  }
});

describe("The AppArmor annotations", () => {
  const key = "container.apparmor.security.beta.kubernetes.io/app";
  const path = `metadata.annotations["${key}"]`;

  it("may name the default or a local profile", () => {
    for (const value of ["runtime/default", "localhost/strict", ""]) {
      expect(verdicts(pod({ [path]: value }))).to.deep.equal([]);
    }
  });

  for (const value of ["unconfined", "localhost", UNKNOWN]) {
    it(`must not be ${String(value)}`, () => {
      expect(verdicts(pod({ [path]: value }))).to.deep.equal([`pss-apparmor ${path}`]);
    });
  }

  it("are refused as long as no annotation is known", () => {
    expect(verdicts(pod({ "metadata.annotations": UNKNOWN }))).to.deep.equal([
      "pss-apparmor metadata.annotations",
    ]);
  });

  it("leave other annotations alone, known or not", () => {
    expect(verdicts(pod({ 'metadata.annotations["checksum/config"]': UNKNOWN }))).to.deep.equal([]);
  });
});

describe("Windows pods", () => {
  const bare = { "spec.os.name": "windows", "spec.containers[0].securityContext": undefined };

  it("need not set the fields of Linux", () => {
    expect(verdicts(pod({ ...bare, "spec.securityContext": { runAsNonRoot: true } }))).to.deep.equal([]);
  });

  it("are held to the rest", () => {
    const pods = pod({ ...bare, "spec.securityContext.runAsNonRoot": false, "spec.hostNetwork": true });
    expect(verdicts(pods)).to.deep.equal([
      "pss-host-namespaces spec.hostNetwork",
      "pss-run-as-non-root spec.securityContext.runAsNonRoot",
    ]);
  });

  it("are those that say so: an unknown system is judged as Linux", () => {
    for (const os of ["linux", UNKNOWN]) {
      const rules = verdicts(pod({ ...bare, "spec.os.name": os })).map((verdict) => verdict.split(" ")[0]);
      expect(rules).to.deep.equal(["pod-readonly-rootfs", "pss-capabilities", "pss-privilege-escalation"]);
    }
  });
});

describe("Pods in a user namespace (hostUsers: false)", () => {
  const root = { "spec.securityContext": { seccompProfile: { type: "RuntimeDefault" }, runAsUser: 0 } };

  it("may run as root", () => {
    expect(verdicts(pod({ ...root, "spec.hostUsers": false }))).to.deep.equal([]);
  });

  it("may still not unmask /proc at the level restricted", () => {
    const path = "spec.containers[0].securityContext.procMount";
    expect(verdicts(pod({ "spec.hostUsers": false, [path]: "Unmasked" }))).to.deep.equal([
      `pss-proc-mount ${path}`,
    ]);
  });

  it("are those that say so: nothing, true or an unknown value is no user namespace", () => {
    for (const hostUsers of [undefined, true, UNKNOWN]) {
      expect(verdicts(pod({ ...root, "spec.hostUsers": hostUsers }))).to.include(
        "pss-run-as-user spec.securityContext.runAsUser",
      );
    }
  });
});
