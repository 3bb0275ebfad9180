import { demand, oneOf } from "../../finding.ts";
import { at, items } from "../../k8s/field.ts";
import { holds } from "../../rule.ts";
import { podRule, standards } from "./podRule.ts";

/** The sysctls that act on one pod alone, from the standard. */
export const safeSysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
];

export const sysctls = podRule(
  {
    id: "pss-sysctls",
    frameworks: ["KSV-0026", "kube-linter unsafe-sysctls", "Kyverno restrict-sysctls"],
    item: 1,
    description: "Pods set only sysctls that act on themselves.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "remove the sysctl; what the whole node needs is set on the node.",
    url: `${standards}#baseline`,
  },
  ({ spec }) =>
    items(at(spec, "securityContext", "sysctls")).flatMap((sysctl) =>
      demand(at(sysctl, "name"), {
        allows: oneOf(...safeSysctls),
        wanted: `one of ${safeSysctls.join(", ")}`,
        mayShow: (text) => /^(kernel|net|vm|fs)\.[a-z0-9_.]{1,60}$/.test(text),
      }),
    ),
);
