import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { holds } from "../../rule.ts";
import { eachSecurityContext, podRule, standards } from "./podRule.ts";

/** The SELinux types of containers, from the standard. */
export const seLinuxTypes = ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

export const seLinux = podRule(
  {
    id: "pss-selinux",
    frameworks: ["KSV-0025", "Kyverno disallow-selinux"],
    item: 1,
    description: "SELinux labels stay those of containers, without a user or role of their own.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: `remove seLinuxOptions.user and .role; leave .type out, or one of ${seLinuxTypes.join(", ")}.`,
    url: `${standards}#baseline`,
  },
  (pod) =>
    eachSecurityContext(pod, (context) => {
      const options = at(context, "seLinuxOptions");
      return [
        ...demand(at(options, "type"), {
          allows: oneOf(undefined, "", ...seLinuxTypes),
          wanted: `${seLinuxTypes.join(", ")} or nothing`,
          mayShow: oneOf("spc_t", "unconfined_t"),
        }),
        ...["user", "role"].flatMap((name) =>
          demand(at(options, name), { allows: oneOf(undefined, ""), wanted: "nothing" }),
        ),
      ];
    }),
);
