import type { ReportViolation, ResourceValidationArgs } from "@pulumi/policy";
import { expect } from "chai";

import { policyOf } from "../../../policy/src/crossguard.ts";
import { judge } from "../../../policy/src/judge.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import { type Manifest, describe as nameOf } from "../../../policy/src/k8s/manifest.ts";
import type { Rule } from "../../../policy/src/rule.ts";
import { imageLockRule } from "../../../policy/src/rules/images/lock.ts";
import { checklistRules, integrityRules } from "../../../policy/src/rules/index.ts";
import { podSecurity } from "../../../policy/src/rules/podSecurity/index.ts";
import { pod } from "../fixtures.ts";
import { bad as badObjects } from "./badObjects.ts";
import { badOperations } from "./badOperations.ts";
import { badPods } from "./badPods.ts";
import { badSecrets } from "./badSecrets.ts";
import { good } from "./goodObjects.ts";
import { hidingPlaces } from "./hidden.ts";
import { seed, sha } from "./objectFixtures.ts";

const today = "2026-11-24";
const scanned = { digest: sha, signedBy: "https://ci.example/release", scanned: "2026-10-25", critical: [] };
const lock = imageLockRule({
  today,
  images: [
    { ...scanned, image: `ghcr.io/bizra/node:v1@${sha}` },
    { ...scanned, image: `docker.io/restic/restic:0.18.0@${sha}` },
    { ...scanned, image: `hashicorp/vault:1.20.0@${sha}` },
    { ...scanned, image: "cr.l5d.io/linkerd/proxy:edge-26.8.3" },
    {
      ...scanned,
      image: `ghcr.io/bizra/waived:v1@${sha}`,
      critical: [{ id: "CVE-1", waived: "not reachable" }],
    },
    { ...scanned, image: "ghcr.io/bizra/old:v1", scanned: "2026-10-24" },
    { ...scanned, image: "ghcr.io/bizra/bad:v1", critical: [{ id: "CVE-1" }] },
  ],
});

const bad = [...badObjects, ...badPods, ...badSecrets, ...badOperations];
const ours: readonly Rule[] = [...checklistRules, ...integrityRules]
  .filter((rule) => !podSecurity.includes(rule))
  .map((rule) => (rule.id === lock.id ? lock : rule));

/** Findings of these rules, as `rule path`. */
function found(manifest: Manifest): string[] {
  return judge(manifest, ours).map(({ rule, path }) => `${rule.id} ${path}`);
}

/** What CrossGuard would report of an object that is excepted from a rule: level and text of each violation of it. */
function reported(rule: Rule, manifest: Manifest): { level: string; text: string }[] {
  const exception = { reason: "it must", owner: "platform", expires: "9999-12-31", ticket: "ADR 13" };
  const { validateResource } = policyOf("all", {
    description: "all",
    rules: [rule],
    exceptions: [{ ...exception, object: nameOf(manifest), rules: [rule.id] }],
  });
  const reports: { level: string; text: string }[] = [];
  const report = ((violation: { message: string; enforcementLevel?: string }) => {
    reports.push({ level: violation.enforcementLevel ?? "mandatory", text: violation.message });
  }) as unknown as ReportViolation;
  const type = `kubernetes:${manifest.apiVersion.replace(/^v1$/, "core/v1")}:${manifest.kind}`;
  // Levels are raised, so that it is the exception that lowers them.
  const config = { stack: "production", levels: { [rule.id]: "mandatory" } };
  const args = {
    type,
    name: "r",
    props: manifest,
    getConfig: () => config,
  } as unknown as ResourceValidationArgs;
  for (const each of [validateResource].flat()) void each?.(args, report);
  return reports;
}

/** Rules about single containers. */
const ofContainers =
  /^(img|res|env)-|^(secret-env-ref|probes|pod-high-uid|vault-hardened|validator-own-key|backup-encrypted|backup-no-keys|meta-patch)$/;
/** Rules about what is in the type of a resource, and so is never unknown. */
const ofTypes = ["api-deprecated"];

const rulesCalled = (id: string): readonly Rule[] => ours.filter((rule) => rule.id === id);

/** Places that a rule finds in an object. */
function placesOf(id: string, manifest: Manifest): string[] {
  return judge(manifest, rulesCalled(id)).map(({ path }) => path);
}

/** Cases that are bad in more places than the one they name: how many in all. */
const inSeveralPlaces: Readonly<Record<string, number>> = {
  "pod-high-uid: no word": 4,
  "probes: a sidecar without": 2,
};

/** Rules about objects of any group or kind. */
const ofAnyGroup = ["meta-patch", "meta-unknown", "ns-default"];
const ofAnyKind = ["meta-unknown", "ns-default"];

describe("rules about single objects", () => {
  for (const [rule, what, manifest, path] of bad) {
    it(`${rule}: ${what}, and nothing else there`, () => {
      const places = placesOf(rule, manifest);
      expect(places)
        .to.include(path)
        .and.have.lengthOf(inSeveralPlaces[`${rule}: ${what}`] ?? 1);
    });

    it(`${rule}: ${what}, but in an object of another group or kind`, () => {
      const version = manifest.apiVersion.split("/").at(-1) ?? "";
      const ofOthers = { ...manifest, apiVersion: `example.com/${version}` };
      if (!ofAnyGroup.includes(rule)) expect(placesOf(rule, ofOthers)).to.deep.equal([]);
      if (!ofAnyKind.includes(rule)) expect(placesOf(rule, { ...manifest, kind: "Thing" })).to.deep.equal([]);
    });

    it(`${rule}: ${what}, found no less where the field, or anything above it, is not known`, () => {
      expect(rulesCalled(rule).flatMap((own) => hidingPlaces(own, manifest))).to.deep.equal([]);
    });
  }

  it("have nothing against a patch that sets nothing", () => {
    for (const [, , { apiVersion, kind }] of bad) {
      // A release and the API server's own file are no objects in a cluster.
      if (/^(helm|audit\.k8s)\./.test(apiVersion)) continue;
      const patch = { apiVersion, kind: kind.endsWith("Patch") ? kind : `${kind}Patch` };
      const metadata = { name: "web", namespace: "shop" };
      // Two rules are about the type alone: versions that are gone, and kinds of which there may be no patch.
      const others = found({ ...patch, metadata }).filter(
        (each) => !/^(api-deprecated|meta-patch) /.test(each),
      );
      expect(others, patch.kind).to.deep.equal([]);
    }
  });

  for (const [what, manifest] of good) {
    it(`passes: ${what}`, () => {
      expect(found(manifest)).to.deep.equal([]);
    });
  }

  it("every rule has a bad case and an unknown one, and every rule of containers one in an init container", () => {
    for (const { id } of ours) {
      const cases = bad.filter(([rule]) => rule === id);
      expect(cases.length, id).to.be.greaterThan(1);
      expect(
        ofTypes.includes(id) ||
          cases.some(([, , manifest]) => JSON.stringify(manifest, unknowns).includes("(unknown)")),
        id,
      ).to.equal(true);
      if (ofContainers.test(id))
        expect(
          cases.some(([, , , path]) => path.includes("initContainers")),
          id,
        ).to.equal(true);
    }
  });

  it("every rule has a good case of a kind that it judges", () => {
    const objects = [pod(), ...good.map(([, manifest]) => manifest)];
    for (const rule of ours) expect(objects.some(rule.judges), rule.id).to.equal(true);
  });

  for (const rule of ours) {
    it(`${rule.id}: an exception makes a warning of each finding, and says why`, () => {
      const [, , manifest] = bad.find(([id]) => id === rule.id) ?? [];
      if (manifest === undefined) throw new Error("there is no bad case");
      const reports = reported(rule, manifest);
      expect(reports).not.to.be.empty;
      for (const { level, text } of reports) {
        expect(level).to.equal("advisory");
        expect(text).to.contain("Accepted until 9999-12-31 (platform, ADR 13): it must.");
      }
    });
  }

  it("env-literal has nothing against a Secret by reference", () => {
    const env = [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "t", key: "t" } } }];
    expect(found(pod({ "spec.containers[0].env": env })).filter((each) => each.startsWith("env-"))).to.be
      .empty;
  });

  it("say what they cannot tell: an image without a digest is neither good nor bad", () => {
    for (const image of ["ghcr.io/bizra/node:v2", "ghcr.io/bizra/node:v1@sha256:REPLACE-ME"]) {
      const manifest = pod({ "spec.containers[0].image": image });
      const [verdict] = judge(manifest, [lock]).filter(({ path }) => path === "spec.containers[0].image");
      expect(verdict).to.include({ notEvaluated: true });
    }
  });

  it("no finding repeats a value", () => {
    const shown = bad
      .flatMap(([, , manifest]) => judge(manifest, ours).map(({ found: text }) => text))
      .join("\n");
    for (const value of ["hunter22", "hvs.", "BEGIN", seed, "evil.example"])
      expect(shown).not.to.contain(value);
  });

  it("ids are unique", () => {
    const ids = [...checklistRules, ...integrityRules].map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
  });
});

function unknowns(_key: string, value: unknown): unknown {
  return value === UNKNOWN ? "(unknown)" : value;
}
