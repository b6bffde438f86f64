/** What upstream does when something breaks: each fault, what is seen of it, and how it heals. */
import { afterEach, describe, expect, it } from "vitest";
import {
  events,
  nodes,
  persistentVolumeClaims,
  pods,
  services,
  statefulSets,
} from "../../lib/kubernetes/api/resources.ts";
import type { Fault } from "../../lib/kubernetes/cluster.types.ts";
import { bootCluster, closeClusters, type Running, wrapCluster } from "./cluster-harness.ts";

afterEach(closeClusters);

function createWeb({ cluster: { client } }: Running, replicas = 3, command?: string): void {
  const labels = { app: "web" };
  client.create(services, {
    metadata: { name: "web", namespace: "default" },
    spec: { clusterIP: "None", selector: labels, ports: [{ port: 80 }] },
  } as never);
  client.create(statefulSets, {
    metadata: { name: "web", namespace: "default" },
    spec: {
      serviceName: "web",
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "nginx",
              image: "nginx:1.27",
              volumeMounts: [{ name: "www", mountPath: "/data" }],
              ...(command === undefined ? {} : { command: ["sh", "-c", command] }),
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "www" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
}

const readyReplicas = ({ cluster }: Running) =>
  cluster.client.get(statefulSets, "default", "web").status?.readyReplicas ?? 0;
const pod = ({ cluster }: Running, name: string) => cluster.client.find(pods, "default", name);
const condition = ({ cluster }: Running, node: string, type: string) =>
  cluster.client.get(nodes, undefined, node).status?.conditions?.find((one) => one.type === type);
const taints = ({ cluster }: Running, node: string) =>
  (cluster.client.get(nodes, undefined, node).spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
const said = ({ cluster }: Running, name: string, namespace = "default") =>
  cluster.client
    .list(events, namespace)
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ reason, message }) => `${reason}: ${message}`);
const volumeOf = ({ cluster }: Running, claim: string) =>
  cluster.client.get(persistentVolumeClaims, "default", claim).spec?.volumeName ?? "";

describe("a node cut off from the control plane", () => {
  it("goes NotReady while its containers run on, keeps its StatefulSet Pod's place, and tells all when it is back", async () => {
    const running = await bootCluster();
    const { cluster, clock } = running;
    createWeb(running);
    await running.until(() => readyReplicas(running) === 3);
    const node = pod(running, "web-1")?.spec?.nodeName ?? "";
    const uid = pod(running, "web-1")?.metadata.uid;
    const address = pod(running, "web-1")?.status?.podIP;
    const fault: Fault = { kind: "NetworkPartition", node, to: "control-plane" };
    cluster.inject(fault);
    await clock.advance(120_000);
    expect(condition(running, node, "Ready")).toMatchObject({
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
    });
    expect(taints(running, node)).toEqual([
      "node.kubernetes.io/unreachable:NoSchedule",
      "node.kubernetes.io/unreachable:NoExecute",
    ]);
    // What runs there runs on, and other nodes' Pods reach it.
    const other = ["web-0", "web-2"].find((name) => pod(running, name)?.spec?.nodeName !== node) ?? "";
    expect((await running.exec(other, `curl -s -o /dev/null -w '%{http_code}' http://${address}/`)).stdout).toBe("200");
    await expect(running.exec("web-1", "true")).rejects.toThrow("10250: i/o timeout");
    // tolerationSeconds pass: the Pod is marked, and nobody can say that it has ended.
    await clock.advance(400_000);
    expect(pod(running, "web-1")?.metadata).toMatchObject({ uid, deletionTimestamp: expect.any(String) });
    expect(readyReplicas(running)).toBe(2);

    cluster.heal(fault);
    expect(cluster.faults).toEqual([]);
    await running.until(() => readyReplicas(running) === 3 && pod(running, "web-1")?.metadata.uid !== uid);
    expect(condition(running, node, "Ready")?.status).toBe("True");
    expect(taints(running, node)).toEqual([]);
    expect(running.bugs).toEqual([]);
  });
});

describe("a network cut between two nodes", () => {
  it("drops packets both ways, and nothing else", async () => {
    const running = await bootCluster();
    createWeb(running);
    await running.until(() => readyReplicas(running) === 3);
    const [first, second, third] = ["web-0", "web-1", "web-2"].map((name) => pod(running, name));
    const fault: Fault = {
      kind: "NetworkPartition",
      node: first?.spec?.nodeName ?? "",
      to: second?.spec?.nodeName ?? "",
    };
    running.cluster.inject(fault);
    const code = async (from: string, to: string | undefined) =>
      (await running.exec(from, `curl -s -m 5 -o /dev/null -w '%{http_code}' http://${to}/`)).stdout;
    expect(await code("web-0", second?.status?.podIP)).toBe("000");
    expect(await code("web-1", first?.status?.podIP)).toBe("000");
    expect(await code("web-2", first?.status?.podIP)).toBe("200");
    expect(await code("web-0", third?.status?.podIP)).toBe("200");
    await running.clock.advance(120_000);
    expect(condition(running, fault.kind === "NetworkPartition" ? fault.node : "", "Ready")?.status).toBe("True");
    running.cluster.heal(fault);
    expect(await code("web-0", second?.status?.podIP)).toBe("200");
  });
});

describe("a volume", () => {
  it("that fails gives I/O errors, and a Pod that needs it anew is not started until it is whole", async () => {
    const running = await bootCluster();
    createWeb(running, 1);
    await running.until(() => readyReplicas(running) === 1);
    await running.exec("web-0", "echo kept > /data/file");
    const persistentVolume = volumeOf(running, "www-web-0");
    const fault: Fault = { kind: "VolumeError", persistentVolume };
    running.cluster.inject(fault);
    expect((await running.exec("web-0", "cat /data/file")).stderr).toBe("cat: /data/file: Input/output error\n");
    expect((await running.exec("web-0", "echo x > /data/other")).stderr).toContain("Input/output error");
    const uid = pod(running, "web-0")?.metadata.uid;
    running.cluster.client.delete(pods, "default", "web-0");
    await running.clock.advance(60_000);
    expect(pod(running, "web-0")?.metadata.uid).not.toBe(uid);
    expect(pod(running, "web-0")?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("ContainerCreating");
    expect(said(running, "web-0").join("\n")).toContain(`MountVolume.SetUp failed for volume "${persistentVolume}"`);
    running.cluster.heal(fault);
    await running.until(() => readyReplicas(running) === 1);
    expect((await running.exec("web-0", "cat /data/file")).stdout).toBe("kept\n");
    expect(running.bugs).toEqual([]);
  });

  it("that is full can be read and emptied, not written", async () => {
    const running = await bootCluster();
    createWeb(running, 1);
    await running.until(() => readyReplicas(running) === 1);
    await running.exec("web-0", "echo kept > /data/file");
    running.cluster.inject({ kind: "VolumeFull", persistentVolume: volumeOf(running, "www-web-0") });
    expect(await running.exec("web-0", "tee -a /data/file < /etc/hostname")).toMatchObject({
      stderr: expect.stringContaining("No space left on device"),
      code: 1,
    });
    expect((await running.exec("web-0", "cat /data/file && rm /data/file && ls /data")).stdout).toBe("kept\n");
  });

  it("that is slow holds up the Pods that mount it", async () => {
    const running = await bootCluster();
    createWeb(running, 1);
    await running.until(() => readyReplicas(running) === 1);
    running.cluster.inject({ kind: "VolumeDelay", persistentVolume: volumeOf(running, "www-web-0"), delayMs: 3000 });
    running.cluster.client.delete(pods, "default", "web-0");
    await running.clock.advance(40_000);
    expect(readyReplicas(running)).toBe(0);
    await running.clock.advance(60_000);
    expect(readyReplicas(running)).toBe(1);
  });
});

describe("a node whose disk is full", () => {
  it("has DiskPressure, takes no Pods and evicts what is there; the condition stays five minutes longer", async () => {
    const running = await bootCluster();
    const { cluster, clock } = running;
    createWeb(running, 1);
    await running.until(() => readyReplicas(running) === 1);
    const node = pod(running, "web-0")?.spec?.nodeName ?? "";
    cluster.client.create(pods, {
      metadata: { name: "bare", namespace: "default" },
      spec: { nodeName: node, containers: [{ name: "main", image: "nginx:1.27" }] },
    } as never);
    await running.until(() => pod(running, "bare")?.status?.phase === "Running");
    cluster.inject({ kind: "NodeDiskFull", node });
    await clock.advance(40_000);
    expect(condition(running, node, "DiskPressure")).toMatchObject({
      status: "True",
      reason: "KubeletHasDiskPressure",
      message: "kubelet has disk pressure",
    });
    expect(taints(running, node)).toEqual(["node.kubernetes.io/disk-pressure:NoSchedule"]);
    const evicted = pod(running, "bare");
    expect(evicted?.status).toMatchObject({ phase: "Failed", reason: "Evicted" });
    expect(evicted?.status?.message).toMatch(
      /^The node was low on resource: ephemeral-storage\. Threshold quantity: \d+\w*, available: 0\. (Container main was using \w+, request is 0, has larger consumption of ephemeral-storage\. )?$/,
    );
    expect(evicted?.status?.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({
      status: "True",
      reason: "TerminationByKubelet",
    });
    expect(said(running, node).filter((text) => /Disk|Eviction/.test(text))).toEqual([
      `NodeHasDiskPressure: Node ${node} status is now: NodeHasDiskPressure`,
      "EvictionThresholdMet: Attempting to reclaim ephemeral-storage",
    ]);
    cluster.heal({ kind: "NodeDiskFull", node });
    await clock.advance(280_000);
    expect(condition(running, node, "DiskPressure")?.status).toBe("True");
    await clock.advance(40_000);
    expect(condition(running, node, "DiskPressure")?.status).toBe("False");
    await running.until(() => readyReplicas(running) === 1);
    expect(running.bugs).toEqual([]);
  });
});

describe("an image", () => {
  it("that arrives damaged is not run, and is pulled again after a while", async () => {
    const running = await bootCluster();
    const fault: Fault = { kind: "ImageCorrupt", image: "redis:7" };
    running.cluster.inject(fault);
    running.cluster.client.create(pods, {
      metadata: { name: "cache", namespace: "default" },
      spec: { containers: [{ name: "redis", image: "redis:7" }] },
    } as never);
    await running.clock.advance(2000);
    expect(said(running, "cache")).toContainEqual(
      expect.stringMatching(
        /^Failed: Failed to pull image "redis:7": rpc error: code = FailedPrecondition desc = failed to pull and unpack image "docker.io\/library\/redis:7": failed commit on ref "layer-sha256:[0-9a-f]{64}": unexpected commit digest sha256:[0-9a-f]{64}, expected sha256:[0-9a-f]{64}: failed precondition$/,
      ),
    );
    expect(pod(running, "cache")?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toMatch(
      /^(ErrImagePull|ImagePullBackOff)$/,
    );
    running.cluster.heal(fault);
    await running.until(() => pod(running, "cache")?.status?.phase === "Running");
  });
});

describe("what happens once", () => {
  it("OutOfMemory ends a container with 137 and OOMKilled, and the kubelet starts it again", async () => {
    const running = await bootCluster();
    createWeb(running, 1);
    await running.until(() => readyReplicas(running) === 1);
    running.cluster.strike({ kind: "OutOfMemory", namespace: "default", pod: "web-0" });
    await running.until(() => pod(running, "web-0")?.status?.containerStatuses?.[0]?.restartCount === 1);
    expect(pod(running, "web-0")?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 137,
      reason: "OOMKilled",
    });
    expect(() => running.cluster.strike({ kind: "OutOfMemory", namespace: "default", pod: "none" })).toThrow(
      'pods "none" not found',
    );
  });

  it("ControlPlaneRestart loses nothing: what was under way is finished", async () => {
    const running = await bootCluster("realistic");
    createWeb(running, 3);
    await running.until(() => readyReplicas(running) === 1);
    running.cluster.strike({ kind: "ControlPlaneRestart" });
    await running.until(() => readyReplicas(running) === 3);
    const uid = pod(running, "web-1")?.metadata.uid;
    running.cluster.client.delete(pods, "default", "web-1");
    await running.clock.advance(2000);
    running.cluster.strike({ kind: "ControlPlaneRestart" });
    await running.until(() => readyReplicas(running) === 3);
    expect(pod(running, "web-1")?.metadata.uid).not.toBe(uid);
    expect(running.bugs).toEqual([]);
  });
});

describe("faults", () => {
  it("of a node cut off: a fork's containers there run on, and what was missed is heard after a power cut, too", async () => {
    const running = await bootCluster();
    createWeb(running);
    await running.until(() => readyReplicas(running) === 3);
    const node = pod(running, "web-1")?.spec?.nodeName ?? "";
    running.cluster.inject({ kind: "NetworkPartition", node: "control-plane", to: node });
    expect(running.cluster.faults).toEqual([{ kind: "NetworkPartition", node, to: "control-plane" }]);
    const fork = running.cluster.fork();
    await fork.clock.advance(5000);
    const [first] = ["web-0", "web-2"].filter((name) => pod(running, name)?.spec?.nodeName !== node);
    const forked = wrapCluster(fork, fork.clock, running.bugs);
    const address = pod(running, "web-1")?.status?.podIP;
    expect(
      (await forked.exec(first ?? "", `curl -s -m 5 -o /dev/null -w '%{http_code}' http://${address}/`)).stdout,
    ).toBe("200");

    running.cluster.client.delete(pods, "default", "web-1", { gracePeriodSeconds: 0 });
    await running.clock.advance(1000);
    running.cluster.setNodePower(node, false);
    running.cluster.heal({ kind: "NetworkPartition", node: "control-plane", to: node });
    expect(running.cluster.faults).toEqual([{ kind: "NodeDown", node }]);
    running.cluster.setNodePower(node, true);
    await running.until(() => readyReplicas(running) === 3);
    expect(running.bugs).toEqual([]);
  });

  it("that cannot be are refused, and a delay given again is the new one", async () => {
    const running = await bootCluster();
    createWeb(running, 1);
    await running.until(() => readyReplicas(running) === 1);
    const { cluster } = running;
    expect(() => cluster.inject({ kind: "VolumeFull", persistentVolume: "none" })).toThrow(
      'persistentvolumes "none" not found',
    );
    expect(() => cluster.inject({ kind: "NetworkPartition", node: "node-1", to: "node-1" })).toThrow("and itself");
    const persistentVolume = volumeOf(running, "www-web-0");
    cluster.inject({ kind: "VolumeDelay", persistentVolume, delayMs: 1000 });
    cluster.inject({ kind: "VolumeDelay", persistentVolume, delayMs: 9000 });
    expect(cluster.faults).toEqual([{ kind: "VolumeDelay", persistentVolume, delayMs: 9000 }]);
  });

  it("of a disk fill it in forks as well, where the same is in use as before", async () => {
    const running = await bootCluster();
    createWeb(
      running,
      1,
      "test -e /scratch || dd if=/dev/zero of=/scratch bs=1000 count=500 2>/dev/null; sleep 100000",
    );
    await running.until(() => readyReplicas(running) === 1);
    const script = "df -m / /data | awk '{print $2, $3}'";
    const before = await running.exec("web-0", script);
    const forked = async () => {
      const cluster = running.cluster.fork();
      await cluster.clock.advance(1);
      return wrapCluster(cluster, cluster.clock, running.bugs);
    };
    const whole = await forked();
    expect((await whole.exec("web-0", script)).stdout).toBe(before.stdout);
    running.cluster.inject({ kind: "NodeDiskFull", node: pod(running, "web-0")?.spec?.nodeName ?? "" });
    const fork = await forked();
    expect((await fork.exec("web-0", "cp /etc/hostname /scratch2")).stderr).toContain("No space left on device");
    const [fault] = fork.cluster.faults;
    if (fault !== undefined) fork.cluster.heal(fault);
    expect((await fork.exec("web-0", script)).stdout).toBe(before.stdout);
    expect((await running.exec("web-0", "echo x > /scratch2")).code).toBe(1);
  });

  it("are kept in forks, and a fork's healing is its own", async () => {
    const running = await bootCluster();
    const faults: Fault[] = [
      { kind: "NodeDown", node: "node-2" },
      { kind: "NetworkPartition", node: "node-1", to: "node-3" },
      { kind: "ImageCorrupt", image: "redis:7" },
    ];
    for (const fault of faults) running.cluster.inject(fault);
    running.cluster.inject({ kind: "NetworkPartition", node: "node-3", to: "node-1" });
    expect(running.cluster.faults).toEqual(faults);
    const fork = running.cluster.fork();
    expect(fork.faults).toEqual(faults);
    for (const fault of faults) fork.heal(fault);
    expect(fork.faults).toEqual([]);
    expect(running.cluster.faults).toEqual(faults);
    fork.close();
    expect(() => running.cluster.inject({ kind: "NodeDiskFull", node: "nowhere" })).toThrow(
      'nodes "nowhere" not found',
    );
  });
});
