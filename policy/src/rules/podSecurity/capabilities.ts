import { demand, oneOf } from "../../finding.ts";
import { at, items } from "../../k8s/field.ts";
import { isWindows } from "../../k8s/podSpec.ts";
import { holds } from "../../rule.ts";
import { eachContainer, podRule, standards } from "./podRule.ts";

/** The capabilities of Linux, from capabilities(7), without their prefix: names that a message may show. */
const linuxCapabilities = [
  ...["AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN"],
  ...["DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE"],
  ...["LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE"],
  ...["NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN"],
  ...["SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO"],
  ...["SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM"],
];

const mayShow = oneOf("ALL", "all", ...linuxCapabilities);

export const capabilities = podRule(
  {
    id: "pss-capabilities",
    frameworks: [
      "CIS 5.2.8",
      "CIS 5.2.9",
      "CIS 5.2.10",
      "KSV-0003",
      "KSV-0106",
      "C-0046",
      "kube-linter drop-net-raw-capability",
      "Polaris insecureCapabilities",
      "Kyverno disallow-capabilities-strict",
    ],
    item: 1,
    description: "Every container drops all capabilities and adds NET_BIND_SERVICE at most.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: 'set securityContext.capabilities to { drop: ["ALL"] }; listen on a port above 1023.',
    url: `${standards}#restricted`,
  },
  (pod) => {
    if (isWindows(pod)) return [];
    return eachContainer(pod, (container) => {
      const set = at(container, "securityContext", "capabilities");
      return [
        ...demand(at(set, "drop"), {
          allows: (dropped) => Array.isArray(dropped) && dropped.includes("ALL"),
          wanted: "a list with ALL",
          mayShow,
        }),
        ...items(at(set, "add")).flatMap((added) =>
          demand(added, {
            allows: oneOf("NET_BIND_SERVICE"),
            wanted: "NET_BIND_SERVICE or nothing",
            mayShow,
          }),
        ),
      ];
    });
  },
);
