/** The system namespace through snapshots and forks. */
import { afterEach, describe, expect, it } from "vitest";
import { virtualClock } from "../../lib/clock/index.ts";
import { createImages } from "../../lib/images/index.ts";
import { pods } from "../../lib/kubernetes/api/resources.ts";
import type { Pod } from "../../lib/kubernetes/api/types.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { tools } from "./tools.ts";

const images = createImages(tools);
const open: Cluster[] = [];
const bugs: string[] = [];

afterEach(() => {
  for (const cluster of open.splice(0)) cluster.close();
  expect(bugs.splice(0)).toEqual([]);
});

async function boot() {
  const clock = virtualClock({ seed: 3 });
  const cluster = createCluster({
    images,
    clock,
    latencies: "none",
    nodes: [{ name: "node-1" }],
    onBug: (where, error) => bugs.push(`${where}: ${String(error)}`),
  });
  open.push(cluster);
  await cluster.ready();
  return { cluster, clock };
}

const system = (cluster: Cluster) =>
  cluster.client.list(pods, "kube-system").map(({ metadata, status }) => {
    const [container] = status?.containerStatuses ?? [];
    return { name: metadata.name, uid: metadata.uid, id: container?.containerID, restarts: container?.restartCount };
  });

/** A Pod that does one thing on the node's disk. */
function onNode(cluster: Cluster, name: string, script: string): void {
  cluster.client.create(pods, {
    metadata: { name, namespace: "default" },
    spec: {
      nodeName: "node-1",
      restartPolicy: "Never",
      containers: [
        {
          name: "c",
          image: "busybox:1.36",
          command: ["sh", "-c", script],
          volumeMounts: [{ name: "host", mountPath: "/host" }],
        },
      ],
      volumes: [{ name: "host", hostPath: { path: "/" } }],
    },
  } as Pod);
}

const waiting = (name: string): Pod => ({
  metadata: { name, namespace: "default" },
  spec: { containers: [{ name: "c", image: "registry.k8s.io/pause:3.9" }] },
});
const phase = (cluster: Cluster, name: string) => cluster.client.find(pods, "default", name)?.status?.phase;

describe("system Pods", () => {
  it("go on in a fork as they were: same Pods, same containers, no restart", async () => {
    const { cluster } = await boot();
    const before = system(cluster);
    const fork = cluster.fork();
    open.push(fork);
    await fork.clock.advance(60_000);
    expect(system(fork)).toEqual(before);
    expect(before.map(({ restarts }) => restarts)).toEqual(before.map(() => 0));
  });

  it("that do not run do not run in a fork either, until their file is back", async () => {
    const { cluster, clock } = await boot();
    onNode(cluster, "remove", "mv /host/etc/kubernetes/manifests/kube-scheduler.yaml /host/tmp/");
    await clock.advance(60_000);
    const fork = cluster.fork();
    open.push(fork);
    fork.client.create(pods, waiting("late"));
    await fork.clock.advance(60_000);
    expect(phase(fork, "late")).toBe("Pending");
    onNode(fork, "restore", "mv /host/tmp/kube-scheduler.yaml /host/etc/kubernetes/manifests/");
    await fork.clock.advance(60_000);
    expect(phase(fork, "late")).toBe("Running");
    // The cluster it came from has noticed nothing.
    cluster.client.create(pods, waiting("late"));
    await clock.advance(60_000);
    expect(phase(cluster, "late")).toBe("Pending");
  });

  it("keep what a file of the node asked for in a fork, and lose it there with the file", async () => {
    const { cluster, clock } = await boot();
    const manifest =
      "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: web, image: nginx:1.27}]}}";
    onNode(cluster, "add", `echo '${manifest}' > /host/etc/kubernetes/manifests/web.yaml`);
    await clock.advance(60_000);
    expect(phase(cluster, "web-node-1")).toBe("Running");
    const fork = cluster.fork();
    open.push(fork);
    onNode(fork, "remove", "rm /host/etc/kubernetes/manifests/web.yaml");
    await fork.clock.advance(60_000);
    expect(phase(fork, "web-node-1")).toBeUndefined();
    expect(phase(cluster, "web-node-1")).toBe("Running");
  });
});
