/** Constant requests to a Service, from a pod. */
import { readFileSync } from "node:fs";

import { simulatorImage } from "../../../config/bizra.ts";
import type { LiveStage } from "./stage.ts";

const script = new URL("requests.js", import.meta.url);
const place = { namespace: "default", name: "requests" };

export interface Count {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  /** How often each kind of failure was seen. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Requests go on for as long as some work does. */
export async function underRequests(
  stage: LiveStage,
  { url, perSecond }: { readonly url: string; readonly perSecond: number },
  work: () => Promise<void>,
): Promise<Count> {
  const { namespace, name } = place;
  await stage.sandbox.apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: place,
    data: { "requests.mjs": readFileSync(script, "utf8") },
  });
  await stage.sandbox.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: place,
    spec: {
      restartPolicy: "Never",
      containers: [
        {
          name: "requests",
          image: simulatorImage,
          command: ["node", "/script/requests.mjs", url, String(perSecond)],
          volumeMounts: [{ name: "script", mountPath: "/script" }],
        },
      ],
      volumes: [{ name: "script", configMap: { name } }],
    },
  });
  await stage.kubectl("wait", "--for=condition=Ready", "--timeout=60s", "-n", namespace, `pod/${name}`);
  try {
    await work();
    await stage.inside({ namespace, pod: name, container: name }, "kill -TERM 1");
    await stage.kubectl(
      ...[
        "wait",
        "--for=jsonpath={.status.phase}=Succeeded",
        "--timeout=60s",
        "-n",
        namespace,
        `pod/${name}`,
      ],
    );
    const said = (await stage.kubectl("logs", "-n", namespace, name)).trim();
    return JSON.parse(said.split("\n").at(-1) ?? "") as Count;
  } finally {
    await stage.kubectl("delete", "pod", "-n", namespace, name, "--grace-period=0", "--force");
  }
}
