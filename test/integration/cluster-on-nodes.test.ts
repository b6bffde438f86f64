import { afterEach, describe, expect, it } from "vitest";
import { virtualClock } from "../../lib/clock/index.ts";
import { createImages } from "../../lib/images/index.ts";
import { pods, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { createCluster, restoreCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";

const images = createImages(new Map());
const opened: Cluster[] = [];
afterEach(() => {
  for (const cluster of opened.splice(0)) cluster.close();
});

const readyReplicas = ({ client }: Cluster) => client.get(statefulSets, "default", "web").status?.readyReplicas ?? 0;
const uidOf = ({ client }: Cluster, pod: string) => client.find(pods, "default", pod)?.metadata.uid;

function createWeb({ client }: Cluster): void {
  client.create(services, {
    metadata: { name: "nginx", namespace: "default" },
    spec: { clusterIP: "None", selector: { app: "nginx" }, ports: [{ port: 80, name: "web" }] },
  });
  client.create(statefulSets, {
    metadata: { name: "web", namespace: "default" },
    spec: {
      serviceName: "nginx",
      replicas: 3,
      selector: { matchLabels: { app: "nginx" } },
      template: {
        metadata: { labels: { app: "nginx" } },
        spec: {
          containers: [
            {
              name: "nginx",
              image: "nginx:1.27",
              ports: [{ containerPort: 80, name: "web" }],
              volumeMounts: [{ name: "www", mountPath: "/usr/share/nginx/html" }],
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
  });
}

describe("a whole cluster: API server, controllers, scheduler, kubelets", () => {
  it("gets its system Pods ready, runs a StatefulSet with claims, and goes on in a fork that the original does not notice", async () => {
    const clock = virtualClock();
    const cluster = createCluster({ images, clock, latencies: "none", onBug: () => undefined });
    opened.push(cluster);
    await cluster.ready();
    expect(cluster.client.list(pods, "kube-system").length).toBeGreaterThan(0);
    createWeb(cluster);
    expect(await clock.runUntil(() => readyReplicas(cluster) === 3, 60_000)).toBe(true);

    const before = cluster.timeline.length;
    const fork = cluster.fork();
    opened.push(fork);
    const first = uidOf(fork, "web-0");
    fork.client.delete(pods, "default", "web-0");
    const isBack = () =>
      uidOf(fork, "web-0") !== undefined && uidOf(fork, "web-0") !== first && readyReplicas(fork) === 3;
    expect(await fork.clock.runUntil(isBack, 120_000)).toBe(true);
    await clock.settle();
    expect(uidOf(cluster, "web-0")).toBe(first);
    expect(cluster.timeline.length).toBe(before);
  });

  it("loses a node: its Pods become not ready, and are deleted when their tolerations end", async () => {
    const clock = virtualClock();
    const cluster = createCluster({ images, clock, latencies: "none", onBug: () => undefined });
    opened.push(cluster);
    await cluster.ready();
    createWeb(cluster);
    await clock.runUntil(() => readyReplicas(cluster) === 3, 60_000);
    const node = cluster.client.get(pods, "default", "web-1").spec?.nodeName ?? "";
    cluster.setNodePower(node, false);
    expect(await clock.runUntil(() => readyReplicas(cluster) === 2, 120_000)).toBe(true);
    const isLeaving = () => cluster.client.get(pods, "default", "web-1").metadata.deletionTimestamp !== undefined;
    expect(isLeaving()).toBe(false);
    expect(await clock.runUntil(isLeaving, 310_000)).toBe(true);
  });

  it("writes the same timeline twice for the same seed", async () => {
    const timelines: string[] = [];
    for (let round = 0; round < 2; round++) {
      const clock = virtualClock({ seed: 3 });
      const cluster = createCluster({ images, clock, latencies: "none", onBug: () => undefined });
      opened.push(cluster);
      await cluster.ready();
      createWeb(cluster);
      await clock.runUntil(() => readyReplicas(cluster) === 3, 60_000);
      cluster.client.delete(pods, "default", "web-1");
      await clock.advance(60_000);
      timelines.push(cluster.timeline.map((entry) => JSON.stringify(entry)).join("\n"));
    }
    expect(timelines[1]).toBe(timelines[0]);
  });

  it("comes back from a snapshot that was kept as a plain value: Pods run again, none is counted as restarted", async () => {
    const clock = virtualClock();
    const cluster = createCluster({ images, clock, latencies: "none", onBug: () => undefined });
    await cluster.ready();
    createWeb(cluster);
    await clock.runUntil(() => readyReplicas(cluster) === 3, 60_000);
    const kept = structuredClone(cluster.snapshot());
    cluster.close();
    const later = virtualClock({ now: kept.clock.now, seed: kept.clock.random });
    const restored = restoreCluster(kept, { images, clock: later, onBug: () => undefined });
    opened.push(restored);
    await later.advance(30_000);
    expect(readyReplicas(restored)).toBe(3);
    const web = restored.client.list(pods, "default");
    expect(web.map(({ status }) => status?.containerStatuses?.[0]?.restartCount)).toEqual([0, 0, 0]);
    // It goes on working.
    restored.client.modify(statefulSets, "default", "web", (set) => {
      if (set.spec !== undefined) set.spec.replicas = 4;
    });
    expect(await later.runUntil(() => readyReplicas(restored) === 4, 60_000)).toBe(true);
  });
});
