/** Who has keys that blocks are signed with, in CEL. */
import { signingKeys } from "../../site.ts";
import { type Twin, literal } from "../twin.ts";

const isKey = (name: string): string => `${name} in ${literal(signingKeys)}`;

/** Whether a volume holds a Secret with signing keys, alone or among others. */
const holdsKeys =
  `${isKey('volume.?secret.?secretName.orValue("")')} || ` +
  `volume.?projected.?sources.orValue([]).exists(source, ${isKey('source.?secret.?name.orValue("")')})`;

/** Whether container `c` takes variables from such a Secret. */
const readsKeys =
  `c.?env.orValue([]).exists(each, ${isKey('each.?valueFrom.?secretKeyRef.?name.orValue("")')}) || ` +
  `c.?envFrom.orValue([]).exists(each, ${isKey('each.?secretRef.?name.orValue("")')})`;

/** Names of a pod's volumes with signing keys. */
const keyVolumes = `variables.pod.?volumes.orValue([]).filter(volume, ${holdsKeys}).map(volume, volume.name)`;

/** The pod's own name at the end of a path, by a variable of the container that Kubernetes fills with it. */
const byPodName =
  'c.?env.orValue([]).exists(each, each.?valueFrom.?fieldRef.?fieldPath.orValue("") == "metadata.name" && ' +
  `each.name.matches(${literal("^[A-Za-z0-9_]+$")}) && ` +
  `mount.?subPathExpr.orValue("").matches(${literal("[$][(]")} + each.name + ${literal("[)][^$/]*$")}))`;

/** Seconds that a validator has to write its signing state when it is told to stop. */
const grace = 60;

export const ownKey: Twin = {
  on: ["pods"],
  variables: { keyVolumes },
  checks: [
    { each: "containers", holds: `!(${readsKeys})` },
    {
      each: "containers",
      holds:
        "c.?volumeMounts.orValue([]).all(mount, !(mount.name in variables.keyVolumes) || " +
        `(mount.?readOnly.orValue(false) && ${byPodName}))`,
    },
    {
      holds:
        'variables.keyVolumes.size() == 0 || (object.kind == "StatefulSet" && ' +
        `variables.pod.?terminationGracePeriodSeconds.orValue(0) >= ${grace})`,
    },
  ],
};

/** True for a pod that has no signing keys at all. */
export const withoutKeys = `variables.keyVolumes.size() == 0 && !variables.containers.exists(c, ${readsKeys})`;
export const keyVariables = { keyVolumes };
