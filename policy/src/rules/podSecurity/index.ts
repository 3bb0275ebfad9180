import type { Rule } from "../../rule.ts";
import { appArmor } from "./appArmor.ts";
import { capabilities } from "./capabilities.ts";
import { hostNamespaces } from "./hostNamespaces.ts";
import { hostPorts } from "./hostPorts.ts";
import { hostProbes } from "./hostProbes.ts";
import { namespaceLabels } from "./namespaceLabels.ts";
import { privileged } from "./privileged.ts";
import { privilegeEscalation } from "./privilegeEscalation.ts";
import { procMount } from "./procMount.ts";
import { readOnlyRootFilesystem } from "./readOnlyRootFilesystem.ts";
import { runAsNonRoot } from "./runAsNonRoot.ts";
import { runAsUser } from "./runAsUser.ts";
import { seccomp } from "./seccomp.ts";
import { seLinux } from "./seLinux.ts";
import { sysctls } from "./sysctls.ts";
import { volumeTypes } from "./volumeTypes.ts";
import { windowsHostProcess } from "./windowsHostProcess.ts";

/**
 * The level `restricted` of the Pod Security Standards, as k8s.io/pod-security-admission judges it at version 1.35
 * (15 checks are in force there), and what belongs with it. Items 1 and 7 of the checklist.
 */
export const podSecurity: readonly Rule[] = [
  privileged,
  hostNamespaces,
  hostPorts,
  capabilities,
  volumeTypes,
  privilegeEscalation,
  runAsNonRoot,
  runAsUser,
  seccomp,
  procMount,
  seLinux,
  appArmor,
  sysctls,
  windowsHostProcess,
  hostProbes,
  namespaceLabels,
  readOnlyRootFilesystem,
];
