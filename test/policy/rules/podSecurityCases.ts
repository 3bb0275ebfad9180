/** Values that keep and break the Pod Security rules, field by field. */
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";

/** A field of a container, or of a pod's spec, with values that break a rule there and values that keep all rules. */
export interface FieldCase {
  readonly rule: string;
  readonly field: string;
  readonly bad: readonly unknown[];
  readonly good: readonly unknown[];
}

const text = "10.1.2.3";

const hosts = [
  "livenessProbe.httpGet.host",
  "livenessProbe.tcpSocket.host",
  "readinessProbe.httpGet.host",
  "readinessProbe.tcpSocket.host",
  "startupProbe.httpGet.host",
  "startupProbe.tcpSocket.host",
  "lifecycle.postStart.httpGet.host",
  "lifecycle.postStart.tcpSocket.host",
  "lifecycle.preStop.httpGet.host",
  "lifecycle.preStop.tcpSocket.host",
];

const seLinux: readonly FieldCase[] = [
  {
    rule: "pss-selinux",
    field: "securityContext.seLinuxOptions.type",
    bad: ["spc_t", "container_x_t", 1],
    good: [undefined, null, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"],
  },
  ...["user", "role"].map((name) => ({
    rule: "pss-selinux",
    field: `securityContext.seLinuxOptions.${name}`,
    bad: ["system_u", 0],
    good: [undefined, null, ""],
  })),
];

/** Fields that pods and containers both have, judged alike in both. */
const everywhere: readonly FieldCase[] = [
  ...seLinux,
  {
    rule: "pss-run-as-user",
    field: "securityContext.runAsUser",
    bad: [0, "0", "1000"],
    good: [undefined, null, 1, 65534],
  },
  {
    rule: "pss-apparmor",
    field: "securityContext.appArmorProfile.type",
    bad: ["Unconfined", "runtimedefault", "", undefined],
    good: ["RuntimeDefault", "Localhost"],
  },
  {
    rule: "pss-windows-hostprocess",
    field: "securityContext.windowsOptions.hostProcess",
    bad: [true, "true"],
    good: [undefined, null, false],
  },
  {
    rule: "pss-seccomp",
    field: "securityContext.seccompProfile.type",
    bad: ["Unconfined", "", "runtime/default"],
    good: ["RuntimeDefault", "Localhost"],
  },
];

export const ofContainers: readonly FieldCase[] = [
  ...everywhere,
  {
    rule: "pss-privileged",
    field: "securityContext.privileged",
    bad: [true, "true", 1],
    good: [undefined, null, false],
  },
  { rule: "pss-host-ports", field: "ports[0].hostPort", bad: [80, "80"], good: [undefined, null, 0] },
  { rule: "pss-host-ports", field: "ports[1].hostPort", bad: [65535], good: [0] },
  {
    rule: "pss-capabilities",
    field: "securityContext.capabilities.drop",
    bad: [undefined, null, [], ["NET_RAW"], ["all"], "ALL"],
    good: [["ALL"], ["NET_RAW", "ALL"], ["ALL", UNKNOWN]],
  },
  {
    rule: "pss-capabilities",
    field: "securityContext.capabilities.add[0]",
    bad: ["NET_ADMIN", "ALL", "CAP_NET_BIND_SERVICE", "net_bind_service"],
    good: ["NET_BIND_SERVICE"],
  },
  {
    rule: "pss-privilege-escalation",
    field: "securityContext.allowPrivilegeEscalation",
    bad: [undefined, null, true, "false"],
    good: [false],
  },
  {
    rule: "pss-run-as-non-root",
    field: "securityContext.runAsNonRoot",
    bad: [false, "true"],
    good: [undefined, true],
  },
  {
    rule: "pss-proc-mount",
    field: "securityContext.procMount",
    bad: ["Unmasked", ""],
    good: [undefined, null, "Default"],
  },
  ...hosts.map((field) => ({ rule: "pss-host-probes", field, bad: [text], good: [undefined, null, ""] })),
  {
    rule: "pod-readonly-rootfs",
    field: "securityContext.readOnlyRootFilesystem",
    bad: [undefined, null, false, "true"],
    good: [true],
  },
];

export const ofPods: readonly FieldCase[] = [
  ...everywhere,
  ...["hostNetwork", "hostPID", "hostIPC"].map((field) => ({
    rule: "pss-host-namespaces",
    field,
    bad: [true, "true"],
    good: [undefined, null, false],
  })),
  { rule: "pss-run-as-non-root", field: "securityContext.runAsNonRoot", bad: [false, "true"], good: [true] },
  {
    rule: "pss-sysctls",
    field: "securityContext.sysctls[0].name",
    bad: ["kernel.msgmax", "net.core.somaxconn", "", undefined],
    good: [
      ...["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"],
      ...[
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports",
      ],
      ...["net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"],
      ...["net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"],
    ],
  },
  ...["hostPath", "nfs", "gcePersistentDisk", "flexVolume", "aTypeOfTheFuture"].map((type) => ({
    rule: "pss-volume-types",
    field: `volumes[1].${type}`,
    bad: [{}, { path: "/" }],
    good: [null],
  })),
];
