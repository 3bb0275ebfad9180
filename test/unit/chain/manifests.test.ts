/** What the chain's manifests say, per row of the specification, over all stacks. */
import { expect } from "chai";
import fc from "fast-check";

import { testNetwork } from "../../support/network.ts";
import { type KubernetesObject, render, stackConfig } from "../../support/rendered.ts";

const stacks = ["local", "staging", "production"];

function find(objects: KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

/** A stack with another number of validators, and facts of a network to match. */
async function renderWith(validators: number): Promise<KubernetesObject[]> {
  const config = stackConfig("local");
  const chain = { ...(JSON.parse(config["paw:chain"] ?? "{}") as object), validators };
  return render({
    stack: "local",
    config: { ...config, "paw:chain": JSON.stringify(chain) },
    network: testNetwork(validators, 1),
  });
}

interface Mount {
  readonly pod: string;
  readonly container: string;
  readonly secret: string;
  /** File of the Secret that the container gets; "" for all of them. */
  readonly file: string;
}

/** Every mount of a Secret by every pod that the workloads will make, with the pod's name filled in. */
function secretMounts(objects: KubernetesObject[]): Mount[] {
  return objects.flatMap((object) => {
    const spec = object.spec?.template?.spec ?? object.spec?.jobTemplate?.spec.template.spec;
    if (spec === undefined) return [];
    const pods = Array.from({ length: object.spec.replicas ?? 1 }, (_, i) => `${object.metadata.name}-${i}`);
    const secretOf = (volume: string): string | undefined =>
      spec.volumes.find((each: { name: string }) => each.name === volume)?.secret?.secretName;
    return pods.flatMap((pod) =>
      [...(spec.initContainers ?? []), ...spec.containers].flatMap((container) =>
        (container.volumeMounts ?? []).flatMap((mount: Record<string, string>) => {
          const secret = secretOf(mount.name ?? "");
          if (secret === undefined) return [];
          const known = (container.env ?? []).some(
            (each: { name: string; valueFrom?: { fieldRef?: { fieldPath: string } } }) =>
              each.name === "POD_NAME" && each.valueFrom?.fieldRef?.fieldPath === "metadata.name",
          );
          const file = (mount.subPathExpr ?? mount.subPath ?? "").replace(
            "$(POD_NAME)",
            known ? pod : "$(POD_NAME)",
          );
          return [{ pod, container: container.name, secret, file }];
        }),
      ),
    );
  });
}

describe("A11: one consensus key, one pod", () => {
  it("no two pods mount one key, and no container more than its own, for any number of validators", async () => {
    const count = fc.oneof(fc.constantFrom(1, 3, 4, 100), fc.integer({ min: 1, max: 100 }));
    await fc.assert(
      fc.asyncProperty(count, async (validators) => {
        const mounts = secretMounts(await renderWith(validators));
        const keys = mounts.filter(({ secret }) => secret === "paw-validator-keys");
        for (const { pod, file } of keys) expect(file).to.equal(`${pod}.json`);
        expect(new Set(keys.map(({ pod }) => pod)).size).to.equal(validators);
        const holders = new Map(keys.map(({ pod, file }) => [file, pod]));
        expect(holders.size).to.equal(validators);
        expect(new Set(keys.map(({ container }) => container))).to.deep.equal(
          new Set(["start-guard", "node"]),
        );
        for (const { pod, file } of mounts.filter(({ secret }) => secret === "paw-node-keys")) {
          expect(file).to.equal(`${pod}.json`);
        }
      }),
      { numRuns: 12, examples: [[1], [100]] },
    );
  }).timeout(60_000);

  it("the number of validators cannot be raised by an autoscaler", async () => {
    for (const stack of stacks) {
      const scaled = (await render({ stack }))
        .filter(({ kind }) => kind === "HorizontalPodAutoscaler")
        .map(({ spec }) => spec.scaleTargetRef.name);
      // The Deployment, or the Rollout that runs its pods.
      const bizra = stack === "local" ? "bizra-apex" : "bizra-apex-canary";
      expect(scaled).to.have.members([bizra, "paw-api", "paw-full-node"]);
    }
  });

  it("the backup mounts no key of any node, and neither does the API layer", async () => {
    const mounts = secretMounts(await render({ stack: "production" }));
    for (const workload of ["paw-backup-0", "paw-api-0", "paw-full-node-0"]) {
      const secrets = mounts.filter(({ pod }) => pod === workload).map(({ secret }) => secret);
      expect(secrets.filter((secret) => secret.endsWith("-keys"))).to.deep.equal([]);
    }
  });

  it("with a remote signer no consensus key is in the cluster at all", async () => {
    const config = stackConfig("production");
    const chain = { ...(JSON.parse(config["paw:chain"] ?? "{}") as object), remoteSigner: true };
    const objects = await render({
      stack: "production",
      config: { ...config, "paw:chain": JSON.stringify(chain) },
    });
    // The admission policies name the Secret, to keep others away from it.
    const others = objects.filter(({ kind }) => kind !== "ValidatingAdmissionPolicy");
    expect(JSON.stringify(others)).not.to.contain("paw-validator-keys");
    const settings = find(objects, "ConfigMap", "paw-validator-settings");
    expect(settings.data["config.toml"]).to.contain('priv_validator_laddr = "tcp://0.0.0.0:26659"');
    const ports = find(objects, "StatefulSet", "paw-validator").spec.template.spec.containers[0].ports;
    expect(ports).to.deep.include({ name: "signer", containerPort: 26659, protocol: "TCP" });
  });
});

for (const stack of stacks) {
  describe(`the chain in ${stack}`, () => {
    const local = stack === "local";
    let objects: KubernetesObject[];
    before(async () => {
      objects = await render({ stack });
    });
    const set = (role: string): KubernetesObject => find(objects, "StatefulSet", `paw-${role}`);

    it("A11: OrderedReady, volumes that stay, four validators", () => {
      const { spec } = set("validator");
      expect(spec.replicas).to.equal(4);
      expect(spec.podManagementPolicy).to.equal("OrderedReady");
      // The controller makes a deleted pod anew at the new revision only where the partition is written out.
      expect(spec.updateStrategy).to.deep.equal({ type: "RollingUpdate", rollingUpdate: { partition: 0 } });
      expect(spec.persistentVolumeClaimRetentionPolicy).to.deep.equal({
        whenDeleted: "Retain",
        whenScaled: "Retain",
      });
      expect(find(objects, "Service", spec.serviceName).spec).to.include({
        clusterIP: "None",
        publishNotReadyAddresses: true,
      });
    });

    it("A11, A16: claims of the stack's size, named as the StatefulSet looks for them", () => {
      const size = { local: "50Gi", staging: "250Gi", production: "500Gi" }[stack];
      const claims = objects.filter(({ kind }) => kind === "PersistentVolumeClaim");
      const names = claims.map(({ metadata }) => metadata.name);
      expect(names).to.include.members([0, 1, 2, 3].map((i) => `data-paw-validator-${i}`));
      for (const claim of [...claims, ...set("validator").spec.volumeClaimTemplates]) {
        expect(claim.spec.resources.requests.storage).to.equal(size);
        expect(claim.spec.storageClassName).to.equal("paw-chain");
      }
    });

    it("A16: limits of the node equal the table, requests equal the limits", () => {
      const table: Record<string, [object, object]> = {
        local: [
          { cpu: "2", memory: "4Gi" },
          { cpu: "1", memory: "2Gi" },
        ],
        staging: [
          { cpu: "2", memory: "4Gi" },
          { cpu: "1", memory: "2Gi" },
        ],
        production: [
          { cpu: "4", memory: "8Gi" },
          { cpu: "2", memory: "4Gi" },
        ],
      };
      const [validator, fullNode] = table[stack] ?? [];
      for (const [role, size] of [
        ["validator", validator],
        ["full-node", fullNode],
        ["sentry", fullNode],
      ] as const) {
        const [node] = set(role).spec.template.spec.containers;
        expect(node.name).to.equal("node");
        for (const amounts of [node.resources.requests, node.resources.limits])
          expect(amounts, role).to.include(size);
      }
    });

    it("A11: a third of the voting power never goes by eviction", () => {
      expect(find(objects, "PodDisruptionBudget", "paw-validator").spec.maxUnavailable).to.equal(1);
    });

    it(`A11: apart on machines, spread over zones: ${local ? "a wish" : "a rule"}`, () => {
      const { affinity, topologySpreadConstraints } = set("validator").spec.template.spec;
      const required = affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
      expect(required?.[0].topologyKey).to.equal(local ? undefined : "kubernetes.io/hostname");
      expect(topologySpreadConstraints).to.have.length(1);
      expect(topologySpreadConstraints[0]).to.include({
        topologyKey: "topology.kubernetes.io/zone",
        maxSkew: 1,
        whenUnsatisfiable: local ? "ScheduleAnyway" : "DoNotSchedule",
      });
    });

    it("A15: node ports in local only", () => {
      const ports = objects
        .filter(({ kind, metadata }) => kind === "Service" && metadata.name.startsWith("paw-"))
        .flatMap(({ spec }) => spec.ports as { port: number; nodePort?: number }[]);
      const opened = Object.fromEntries(
        ports.flatMap(({ port, nodePort }) => (nodePort === undefined ? [] : [[port, nodePort]])),
      );
      expect(opened).to.deep.equal(
        local ? { 26656: 31656, 26657: 31657, 1317: 31317, 9090: 31090, 9091: 31091 } : {},
      );
      const types = objects.filter(({ kind }) => kind === "Service").map(({ spec }) => spec.type);
      expect(types.includes("NodePort")).to.equal(local);
      for (const { spec } of objects.filter((each) => each.spec?.type === "LoadBalancer")) {
        expect(spec.allocateLoadBalancerNodePorts).to.be.false;
      }
    });

    it("images of the chain's pods are pinned by digest outside local", () => {
      const images = [
        ...set("validator").spec.template.spec.initContainers,
        ...set("validator").spec.template.spec.containers,
      ].map(({ image }) => image as string);
      for (const image of images) expect(image.includes("@sha256:")).to.equal(!local);
    });

    it("A4: Secrets come from Vault outside local, the five of the specification among them", () => {
      const paths = objects
        .filter(({ kind, metadata }) => kind === "ExternalSecret" && metadata.namespace === "paw")
        .map(({ spec }) => spec.dataFrom?.[0].extract.key ?? spec.data[0].remoteRef.key);
      if (local) expect(paths).to.deep.equal([]);
      else {
        expect(paths).to.include.members([
          "paw/validators/priv_validator_key",
          "paw/validators/node_key",
          "paw/api/jwt_secret",
          "paw/genesis/genesis_json",
          "paw/tls/certificates",
        ]);
      }
    });

    it("A14: the API has TLS, and an autoscaler", () => {
      const { spec } = find(objects, "Ingress", "paw-api");
      expect(spec.tls[0].secretName).to.equal("paw-tls");
      expect(spec.tls[0].hosts).to.deep.equal([spec.rules[0].host]);
      expect(spec.rules[0].http.paths[0].backend.service.name).to.equal("paw-api");
    });

    it("liveness waits five minutes, startup a day", () => {
      for (const role of ["validator", "sentry", "full-node"]) {
        const [node] = set(role).spec.template.spec.containers;
        expect(node.livenessProbe.httpGet).to.deep.equal({ path: "/cgi-bin/live", port: 36661 });
        expect(node.livenessProbe.periodSeconds * node.livenessProbe.failureThreshold).to.equal(300);
        expect(node.startupProbe.periodSeconds * node.startupProbe.failureThreshold).to.equal(86_400);
        expect(node.readinessProbe.httpGet).to.deep.equal({ path: "/cgi-bin/ready", port: 36661 });
      }
    });

    it("a health server that is silent is restarted before the node is, for want of its answers", () => {
      for (const role of ["validator", "sentry", "full-node"]) {
        const [node, health] = set(role).spec.template.spec.containers;
        const patience = ({ periodSeconds, failureThreshold }: Record<string, number>): number =>
          (periodSeconds ?? NaN) * (failureThreshold ?? NaN);
        expect(health.name).to.equal("health");
        expect(health.livenessProbe.httpGet).to.deep.equal({ path: "/up", port: 36661 });
        expect(patience(health.livenessProbe)).to.be.lessThan(patience(node.livenessProbe) / 2);
      }
    });

    it("the API server's token is in the start guard alone", () => {
      for (const role of ["validator", "sentry", "full-node"]) {
        const { spec } = set(role).spec.template;
        expect(spec.automountServiceAccountToken).to.be.false;
        const holders = [...spec.initContainers, ...spec.containers]
          .filter(({ volumeMounts }) =>
            volumeMounts.some((mount: { mountPath: string }) => mount.mountPath.includes("serviceaccount")),
          )
          .map(({ name }) => name);
        expect(holders).to.deep.equal(role === "validator" ? ["start-guard"] : []);
      }
    });
  });
}

describe("snapshots of the backup's volume", () => {
  const jobOf = async (
    snapshotClass?: string,
  ): Promise<{ objects: KubernetesObject[]; pod: KubernetesObject }> => {
    const config = stackConfig("production");
    const backup = { ...(JSON.parse(config["paw:backup"] ?? "{}") as object), snapshotClass };
    const objects = await render({
      stack: "production",
      config: { ...config, "paw:backup": JSON.stringify(backup) },
    });
    return { objects, pod: find(objects, "CronJob", "paw-backup").spec.jobTemplate.spec.template };
  };

  it("are taken where the cluster has a class for them, between the node's end and the backup", async () => {
    const { objects, pod } = await jobOf("csi-snapshots");
    const steps = pod.spec.initContainers.map(({ name }: { name: string }) => name);
    expect(steps.slice(-2)).to.deep.equal(["follow", "snapshot"]);
    const holders = [...pod.spec.initContainers, ...pod.spec.containers].filter(({ volumeMounts }) =>
      volumeMounts.some(({ name }: { name: string }) => name === "api-access"),
    );
    expect(holders.map(({ name }) => name)).to.deep.equal(["snapshot"]);
    expect(find(objects, "Role", "paw-backup-snapshots").rules).to.deep.equal([
      {
        apiGroups: ["snapshot.storage.k8s.io"],
        resources: ["volumesnapshots"],
        verbs: ["get", "list", "create", "delete"],
      },
    ]);
  });

  it("need no right and no token where there is none", async () => {
    const { objects, pod } = await jobOf();
    expect(JSON.stringify(pod)).not.to.contain("api-access");
    expect(objects.filter(({ metadata }) => metadata.name === "paw-backup-snapshots")).to.deep.equal([]);
  });
});
