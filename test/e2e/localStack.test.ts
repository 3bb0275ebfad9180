/** The front door: one command from a fresh clone, then what the API server has really stored, by spec row. */
import { expect } from "chai";

import type { KubernetesObject } from "../support/rendered.ts";
import { Sandbox } from "../support/sandbox.ts";

interface List {
  readonly items: KubernetesObject[];
}

describe("npm run up, from a fresh clone", () => {
  let sandbox: Sandbox;

  before(async function () {
    this.timeout(600_000);
    sandbox = await Sandbox.create();
    const up = await sandbox.ok("npm", ["run", "up"]);
    expect(up.stdout).to.contain("The local stack is up").and.to.contain("Simulated:");
    console.info(`      first "npm run up": ${up.seconds.toFixed(1)} s`);
    await sandbox.loadEnvironment();
  });

  after(async () => {
    await Sandbox.disposeAll();
  });

  afterEach(async () => {
    expect(await sandbox.gitStatus(), "git status").to.equal("");
  });

  const get = <T = KubernetesObject>(...args: string[]): Promise<T> => sandbox.stored<T>(...args);
  /** The API server does not take an object, and names what is wrong. */
  const refused = async (wrong: object, named: string): Promise<void> => {
    const script = `kubectl apply --dry-run=server --validate=strict -f - <<'END'\n${JSON.stringify(wrong)}\nEND`;
    const applied = await sandbox.run("bash", ["-c", script]);
    expect(applied.exitCode).not.to.equal(0);
    expect(applied.all).to.contain(named);
  };

  describe("what the API server stored", () => {
    it("B4: 3 of 3 ready pods of the spec's image, rolled without a gap", async () => {
      const pods = await get<List>("pods", "-n", "testnet", "-l", "app.kubernetes.io/component=apex");
      expect(pods.items).to.have.length(3);
      for (const pod of pods.items) {
        expect(pod.status.conditions.find((each: { type: string }) => each.type === "Ready").status).to.equal(
          "True",
        );
        expect(pod.spec.containers[0].image).to.equal("ghcr.io/bizra/node:v2.2.0-rc1");
      }
      const deployment = await get("deployment", "bizra-apex", "-n", "testnet");
      expect(deployment.spec.replicas).to.equal(3);
      expect(deployment.spec.strategy).to.deep.equal({
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
      });
    });

    it("B4: CPU 500m to 2, memory 512Mi to 2Gi, ephemeral storage 1Gi to 5Gi", async () => {
      const [container] = (await get("deployment", "bizra-apex", "-n", "testnet")).spec.template.spec
        .containers;
      expect(container.resources).to.deep.equal({
        requests: { cpu: "500m", memory: "512Mi", "ephemeral-storage": "1Gi" },
        limits: { cpu: "2", memory: "2Gi", "ephemeral-storage": "5Gi" },
      });
    });

    it("B1: namespace labels; A2: restricted, in all three modes, version pinned", async () => {
      const { labels } = (await get("namespace", "testnet")).metadata;
      expect(labels).to.include({ environment: "testnet", project: "bizra-node" });
      for (const name of ["testnet", "paw"]) {
        const found = (await get("namespace", name)).metadata.labels;
        for (const mode of ["enforce", "warn", "audit"]) {
          expect(found?.[`pod-security.kubernetes.io/${mode}`]).to.equal("restricted");
          expect(found?.[`pod-security.kubernetes.io/${mode}-version`]).to.match(/^v1\.\d+$/);
        }
      }
    });

    it("B2: the ConfigMap and the four values that a pod sees", async () => {
      const config = await get("configmap", "bizra-config", "-n", "testnet");
      expect(config.data).to.deep.equal({
        BIZRA_USE_RUST: "true",
        METRICS_PORT: "9464",
        POI_BATCH_VERIFY: "0",
      });
      const [container] = (await get("deployment", "bizra-apex", "-n", "testnet")).spec.template.spec
        .containers;
      expect(container.envFrom).to.deep.equal([{ configMapRef: { name: "bizra-config" } }]);
      expect(container.env).to.have.deep.members([
        { name: "NODE_ENV", value: "testnet" },
        { name: "RUST_LOG", value: "bizra=debug,consensus=debug,poi=debug" },
      ]);
    });

    it("B3: a ClusterIP Service with five named ports that reach the pods", async () => {
      const service = await get("service", "bizra-apex", "-n", "testnet");
      expect(service.spec.type).to.equal("ClusterIP");
      const ports = Object.fromEntries(
        service.spec.ports.map((each: { name: string; port: number }) => [each.name, each.port]),
      );
      expect(ports).to.deep.equal({ http: 8080, rpc: 9944, ws: 9945, p2p: 30333, "rust-metrics": 9464 });
      const slices = await get<List>(
        "endpointslices",
        "-n",
        "testnet",
        "-l",
        "kubernetes.io/service-name=bizra-apex",
      );
      expect(slices.items.flatMap((slice) => slice.endpoints as unknown[])).to.have.length(3);
      const targets = slices.items[0]?.ports.map((each: { port: number }) => each.port);
      expect(targets).to.have.members([8080, 9944, 9945, 30333, 9464]);
    });

    it("B5: probes on 8080, five minutes' grace to start", async () => {
      const [container] = (await get("deployment", "bizra-apex", "-n", "testnet")).spec.template.spec
        .containers;
      const http = container.ports.find((each: { name: string }) => each.name === "http");
      expect(http.containerPort).to.equal(8080);
      const { livenessProbe, readinessProbe, startupProbe } = container;
      expect(livenessProbe.httpGet).to.include({ path: "/health", port: "http" });
      expect(readinessProbe.httpGet).to.include({ path: "/ready", port: "http" });
      expect(startupProbe.periodSeconds * startupProbe.failureThreshold).to.equal(300);
    });

    it("B6: non-root 1000, no escalation, no capabilities, read-only root with writable volumes", async () => {
      const { spec } = (await get("deployment", "bizra-apex", "-n", "testnet")).spec.template;
      expect(spec.securityContext).to.include({ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 });
      const [container] = spec.containers;
      expect(container.securityContext).to.deep.include({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(container.volumeMounts.map((mount: { mountPath: string }) => mount.mountPath)).to.include(
        "/tmp",
      );
      expect(spec.automountServiceAccountToken).to.be.false;
      expect(
        (await get("serviceaccount", spec.serviceAccountName, "-n", "testnet")).automountServiceAccountToken,
      ).to.be.false;
    });

    it("B7: the ServiceMonitor scrapes every 5 s and keeps the error counter", async () => {
      const monitor = await get("servicemonitor", "bizra-rust", "-n", "testnet");
      const [endpoint] = monitor.spec.endpoints;
      expect(endpoint).to.include({ port: "rust-metrics", path: "/metrics", interval: "5s" });
      const [keep] = endpoint.metricRelabelings;
      expect(keep.action).to.equal("keep");
      const kept = new RegExp(`^(?:${String(keep.regex)})$`);
      for (const name of [
        "bizra_poi_verify_seconds_bucket",
        "bizra_finality_check_seconds_sum",
        "bizra_errors_total",
      ]) {
        expect(name).to.match(kept);
      }
      expect("bizra_http_requests_total").not.to.match(kept);
      const service = await get("service", "bizra-apex", "-n", "testnet");
      expect(service.metadata.labels).to.include(monitor.spec.selector.matchLabels);
    });

    it("B7: a misspelt field of a ServiceMonitor is refused, since the definition is closed", async () => {
      const monitor = await get("servicemonitor", "bizra-rust", "-n", "testnet");
      await refused({ ...monitor, spec: { ...monitor.spec, endpoint: [] } }, "spec.endpoint");
    });

    it("A7, B12: rules are stored whole, and a misspelt field of one is refused", async () => {
      const rule = await get("prometheusrule", "bizra", "-n", "testnet");
      const [group, ...others] = rule.spec.groups as { rules: { alert: string }[] }[];
      const alerts = group?.rules.map(({ alert }) => alert);
      expect(alerts).to.include.members(["FinalityLatencyHigh", "PoIThroughputLow", "PodNotReady"]);
      const rules = [{ ...group?.rules[0], severity: "critical" }];
      await refused({ ...rule, spec: { groups: [{ ...group, rules }, ...others] } }, "severity");
    });

    it("B8, A3: default deny in both namespaces, and every pod covered by an allow list", async () => {
      for (const namespace of ["paw", "testnet"]) {
        const { items } = await get<List>("networkpolicies", "-n", namespace);
        const deny = items.find((policy) => policy.metadata.name === "default-deny");
        expect(deny?.spec).to.deep.equal({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
        expect(items.length).to.be.greaterThan(1);
      }
    });

    it("A1: quotas are in force and leave room; LimitRanges give a container limits", async () => {
      const quota = await get("resourcequota", "bizra", "-n", "testnet");
      expect(quota.status.used["limits.cpu"]).to.equal("6");
      const limits = await get("limitrange", "paw", "-n", "paw");
      expect(
        limits.spec.limits.find((each: { type: string }) => each.type === "Container").default,
      ).to.have.keys("cpu", "memory", "ephemeral-storage");
    });

    it("A1, A1b: the StorageClass keeps volumes and lets them grow", async () => {
      const found = await get("storageclass", "paw-chain");
      expect(found).to.include({ allowVolumeExpansion: true, reclaimPolicy: "Retain" });
    });

    it("A1: viewers read and cannot see Secrets or exec; operators scale and cannot change a pod template", async () => {
      const can = async (group: string, ...words: string[]): Promise<boolean> =>
        (
          await sandbox.run("kubectl", [
            "auth",
            "can-i",
            ...words,
            "-n",
            "testnet",
            "--as",
            "someone",
            "--as-group",
            group,
          ])
        ).stdout.trim() === "yes";
      expect(await can("paw:viewers", "get", "pods")).to.be.true;
      expect(await can("paw:viewers", "get", "pods", "--subresource=log")).to.be.true;
      expect(await can("paw:viewers", "delete", "pods")).to.be.false;
      expect(await can("paw:operators", "patch", "deployments", "--subresource=scale")).to.be.true;
      for (const group of ["paw:viewers", "paw:operators"]) {
        expect(await can(group, "get", "secrets"), group).to.be.false;
        expect(await can(group, "create", "pods", "--subresource=exec"), group).to.be.false;
        expect(await can(group, "patch", "deployments"), group).to.be.false;
      }
      expect(await can("somebody-else", "get", "pods")).to.be.false;
    });

    for (const namespace of ["testnet", "paw"]) {
      it(`A2: the API server itself refuses a privileged pod in ${namespace}`, async () => {
        const overrides = {
          spec: {
            containers: [{ name: "x", image: "x:1", securityContext: { privileged: true } }],
          },
        };
        const created = await sandbox.run("kubectl", [
          ...["run", "bad", "-n", namespace, "--image=x:1"],
          `--overrides=${JSON.stringify(overrides)}`,
        ]);
        expect(created.exitCode).not.to.equal(0);
        expect(created.all)
          .to.contain("violates PodSecurity")
          .and.to.contain("restricted")
          .and.to.contain("privileged");
      });
    }
  });

  it("the state is the same on every machine: no path of this one, but the kubeconfig's", async () => {
    const { stdout } = await sandbox.ok("pulumi", ["stack", "export", "--stack", "local"]);
    const paths = stdout.split("\n").filter((line) => line.includes(sandbox.folder));
    expect(paths.filter((line) => !line.includes('"kubeconfig":'))).to.deep.equal([]);
  });

  describe("again and again", () => {
    it("a second npm run up changes nothing", async () => {
      const up = await sandbox.ok("npm", ["run", "up"]);
      console.info(`      second "npm run up": ${up.seconds.toFixed(1)} s`);
      expect(up.stdout).to.match(/: 0 changes, \d+ unchanged/);
    });

    it("pulumi up, typed as it is, changes nothing either", async () => {
      const up = await sandbox.ok("pulumi", ["up", "--stack", "local", "--yes", "--expect-no-changes"]);
      expect(up.all).to.contain("unchanged");
    });

    it("B4: the autoscaler's number of pods survives an up that changes something else", async () => {
      await sandbox.ok("kubectl", ["scale", "deployment", "bizra-apex", "-n", "testnet", "--replicas=5"]);
      await sandbox.withChange(
        "Pulumi.local.yaml",
        (text) => text.replace("poiBatchVerify: false", "poiBatchVerify: true"),
        async () => {
          const before = await get("deployment", "bizra-apex", "-n", "testnet");
          await sandbox.ok("pulumi", ["up", "--stack", "local", "--yes", "--skip-preview"]);
          const after = await get("deployment", "bizra-apex", "-n", "testnet");
          expect(after.spec.replicas).to.equal(5);
          // B2: a changed ConfigMap rolls the pods. B15: the flag is switched per stack.
          expect((await get("configmap", "bizra-config", "-n", "testnet")).data.POI_BATCH_VERIFY).to.equal(
            "1",
          );
          expect(after.metadata.generation).to.be.greaterThan(before.metadata.generation ?? 0);
          expect(after.spec.template.metadata.annotations).not.to.deep.equal(
            before.spec.template.metadata.annotations,
          );
        },
      );
      await sandbox.ok("kubectl", ["scale", "deployment", "bizra-apex", "-n", "testnet", "--replicas=3"]);
      await sandbox.ok("npm", ["run", "up"]);
    });

    it("two at once: both succeed, one waits", async () => {
      const both = await Promise.all([sandbox.run("npm", ["run", "up"]), sandbox.run("npm", ["run", "up"])]);
      expect(
        both.map((each) => each.exitCode),
        both.map((each) => each.all).join("\n"),
      ).to.deep.equal([0, 0]);
      expect(both.map((each) => each.all).join()).to.contain("waiting: process");
    });

    for (const [how, command] of [
      ["stopped by command", "npx paw cluster stop"],
      ["killed", 'pkill -KILL -f "$PWD/.paw/clusters/paw/kwok/clusters/paw/bin/"'],
    ] as const) {
      it(`a cluster that was ${how} comes back with its data`, async () => {
        const before = await get("namespace", "testnet");
        await sandbox.ok("bash", ["-c", command]);
        const status = await sandbox.ok("npx", ["paw", "cluster", "status", "--json"]);
        expect((JSON.parse(status.stdout) as { state: string }[])[0]?.state).to.equal("stopped");
        const up = await sandbox.ok("npm", ["run", "up"]);
        expect(up.stdout).to.contain(": 0 changes");
        expect((await get("namespace", "testnet")).metadata.uid).to.equal(before.metadata.uid);
      });
    }

    it("a cluster that was taken down under the stack is made anew, and the stack with it", async () => {
      const down = await sandbox.ok("npx", ["paw", "cluster", "down"]);
      expect(down.all).to.contain('the stack "local" forgot what it had on this cluster');
      const up = await sandbox.ok("npm", ["run", "up"]);
      expect(up.stdout).to.match(/\(\d+ create\), 0 unchanged/);
    });

    it("a kind of cluster whose tools are missing is one clear message, and leaves nothing in the way", async () => {
      const path = { PATH: "/usr/bin:/bin" };
      const up = await sandbox.run(
        "node_modules/.bin/node",
        ["ops/bin/paw.js", "cluster", "up", "--kind", "kind", "--name", "k"],
        path,
      );
      expect(up.exitCode).to.equal(1);
      expect(up.all).to.contain("kind is not on PATH").and.to.contain("https://kind.sigs.k8s.io");
      const status = await sandbox.ok("npx", ["paw", "cluster", "status", "--json"]);
      expect((JSON.parse(status.stdout) as { name: string }[]).map((each) => each.name)).not.to.include("k");
    });
  });
});
