/** Pod Security in CEL. The API server leaves out of an object what is null, and what has the value of nothing. */
import { standardMinor } from "../../rules/podSecurity/podRule.ts";
import { seLinuxTypes } from "../../rules/podSecurity/seLinux.ts";
import { safeSysctls } from "../../rules/podSecurity/sysctls.ts";
import { allowedVolumes } from "../../rules/podSecurity/volumeTypes.ts";
import { type Twin, literal, ofContainers, ofPods } from "../twin.ts";

const profiles = ["RuntimeDefault", "Localhost"];

const hosts = [
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle.?postStart",
  "lifecycle.?preStop",
]
  .flatMap((handler) => ["httpGet", "tcpSocket"].map((action) => `c.?${handler}.?${action}.?host`))
  .join(", ");

const appArmorPrefix = "container.apparmor.security.beta.kubernetes.io/";
const inherited = (field: string): string => `variables.pod.?securityContext.?${field}.hasValue()`;
const annotations = "variables.template.?metadata.?annotations.orValue({})";

/** Labels of Pod Security admission, as an expression for each mode. */
function labelled(mode: string): string {
  const label = (name: string): string =>
    `object.metadata.?labels[?${literal(`pod-security.kubernetes.io/${name}`)}].orValue("")`;
  const version = label(`${mode}-version`);
  return (
    `${label(mode)} == "restricted" && ${version}.matches(${literal("^v1[.][0-9]{1,3}$")}) && ` +
    `int(${version}.substring(3)) >= ${standardMinor}`
  );
}

export const podSecurity: Readonly<Record<string, Twin>> = {
  "pss-privileged": ofContainers("!c.?securityContext.?privileged.orValue(false)"),
  "pss-host-namespaces": ofPods(
    ["hostNetwork", "hostPID", "hostIPC"]
      .map((name) => `!variables.pod.?${name}.orValue(false)`)
      .join(" && "),
  ),
  "pss-host-ports": ofContainers("c.?ports.orValue([]).all(port, port.?hostPort.orValue(0) == 0)"),
  "pss-capabilities": ofContainers(
    'variables.windows || ("ALL" in c.?securityContext.?capabilities.?drop.orValue([]) && ' +
      'c.?securityContext.?capabilities.?add.orValue([]).all(added, added == "NET_BIND_SERVICE"))',
  ),
  "pss-volume-types": ofPods(
    `variables.pod.?volumes.orValue([]).all(volume, volume.all(key, key in ${literal(["name", ...allowedVolumes])}))`,
  ),
  "pss-privilege-escalation": ofContainers(
    "variables.windows || !c.?securityContext.?allowPrivilegeEscalation.orValue(true)",
  ),
  "pss-run-as-non-root": {
    on: ["pods"],
    checks: [
      { holds: "variables.userNamespace || variables.pod.?securityContext.?runAsNonRoot.orValue(true)" },
      {
        each: "containers",
        holds: `variables.userNamespace || c.?securityContext.?runAsNonRoot.orValue(${inherited("runAsNonRoot")})`,
      },
    ],
  },
  "pss-run-as-user": ofPods(
    "variables.userNamespace || variables.contexts.all(context, context.?runAsUser.orValue(1) != 0)",
  ),
  "pss-seccomp": {
    on: ["pods"],
    checks: [
      {
        holds:
          `variables.windows || !${inherited("seccompProfile")} || ` +
          `variables.pod.?securityContext.?seccompProfile.?type.orValue("") in ${literal(profiles)}`,
      },
      {
        each: "containers",
        holds:
          `variables.windows || (c.?securityContext.?seccompProfile.hasValue() ? ` +
          `c.?securityContext.?seccompProfile.?type.orValue("") in ${literal(profiles)} : ${inherited("seccompProfile")})`,
      },
    ],
  },
  "pss-proc-mount": ofContainers('c.?securityContext.?procMount.orValue("Default") == "Default"'),
  "pss-selinux": ofPods(
    "variables.contexts.all(context, " +
      `context.?seLinuxOptions.?type.orValue("") in ${literal(["", ...seLinuxTypes])} && ` +
      'context.?seLinuxOptions.?user.orValue("") == "" && context.?seLinuxOptions.?role.orValue("") == "")',
  ),
  "pss-apparmor": ofPods(
    "variables.contexts.all(context, !context.?appArmorProfile.hasValue() || " +
      `context.?appArmorProfile.?type.orValue("") in ${literal(profiles)})`,
    `${annotations}.all(key, !key.startsWith(${literal(appArmorPrefix)}) || ` +
      `${annotations}[key] in ["", "runtime/default"] || ${annotations}[key].startsWith("localhost/"))`,
  ),
  "pss-sysctls": ofPods(
    "variables.pod.?securityContext.?sysctls.orValue([])" +
      `.all(sysctl, sysctl.?name.orValue("") in ${literal(safeSysctls)})`,
  ),
  "pss-windows-hostprocess": ofPods(
    "variables.contexts.all(context, !context.?windowsOptions.?hostProcess.orValue(false))",
  ),
  "pss-host-probes": ofContainers(`[${hosts}].all(host, host.orValue("") == "")`),
  "ns-psa-labels": {
    on: ["namespaces"],
    checks: ["enforce", "warn", "audit"].map((mode) => ({ holds: labelled(mode) })),
  },
  "pod-readonly-rootfs": ofContainers(
    "variables.windows || c.?securityContext.?readOnlyRootFilesystem.orValue(false)",
  ),
};
