import { PolicyPack } from "@pulumi/policy";

import { policyOf } from "../src/crossguard.ts";
import { readExceptions } from "../src/exceptions.ts";
import { podSecurity } from "../src/rules/podSecurity/index.ts";

const description = "The security checklist: Pod Security Standard restricted and non-root contexts";

new PolicyPack("paw-checklist", {
  description,
  enforcementLevel: "mandatory",
  policies: [
    policyOf("checklist", {
      description,
      rules: podSecurity,
      exceptions: readExceptions(podSecurity.map(({ id }) => id)),
    }),
  ],
});
