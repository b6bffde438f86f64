import { afterEach, describe, expect, it } from "vitest";
import { pods, services, statefulSets } from "./api/resources.ts";
import type { Cluster, TimelineEntry } from "./cluster.types.ts";
import { type TestCluster, testCluster } from "./testing/control-plane.ts";

const opened: Cluster[] = [];
function boot(seed = 1): TestCluster {
  const test = testCluster({ seed });
  opened.push(test.cluster);
  return test;
}
afterEach(() => {
  for (const cluster of opened.splice(0)) cluster.close();
});

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
        spec: { containers: [{ name: "nginx", image: "nginx:1.0", ports: [{ containerPort: 80, name: "web" }] }] },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "www" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: "standard",
            resources: { requests: { storage: "1Gi" } },
          },
        },
      ],
    },
  });
}

const readyReplicas = ({ client }: Cluster) => client.get(statefulSets, "default", "web").status?.readyReplicas ?? 0;
const uidOf = ({ client }: Cluster, pod: string) => client.find(pods, "default", pod)?.metadata.uid;
const text = (entries: readonly TimelineEntry[]) => entries.map((entry) => JSON.stringify(entry)).join("\n");

describe("a cluster", () => {
  it("brings up a StatefulSet with claims from the default class", async () => {
    const { cluster, clock, bugs } = boot();
    await cluster.ready();
    createWeb(cluster);
    expect(await clock.runUntil(() => readyReplicas(cluster) === 3, 60_000)).toBe(true);
    expect(cluster.client.list(pods, "default").map(({ metadata }) => metadata.name)).toEqual([
      "web-0",
      "web-1",
      "web-2",
    ]);
    expect(bugs).toEqual([]);
  });

  it("writes the same timeline, byte for byte, for the same seed", async () => {
    const timelines: string[] = [];
    for (const seed of [7, 7, 8]) {
      const { cluster, clock } = boot(seed);
      await cluster.ready();
      createWeb(cluster);
      await clock.runUntil(() => readyReplicas(cluster) === 3, 60_000);
      timelines.push(text(cluster.timeline));
    }
    expect(timelines[1]).toBe(timelines[0]);
    expect(timelines[2]).not.toBe(timelines[0]);
  });

  it("goes on in a fork, where a Pod is lost and comes back, while the original notices nothing", async () => {
    const { cluster, clock, bugs } = boot();
    await cluster.ready();
    createWeb(cluster);
    await clock.runUntil(() => readyReplicas(cluster) === 3, 60_000);
    const before = text(cluster.timeline);
    const first = uidOf(cluster, "web-0");

    const fork = cluster.fork();
    opened.push(fork);
    expect(fork.clock.now()).toBe(clock.now());
    fork.client.delete(pods, "default", "web-0");
    await fork.clock.runUntil(
      () => uidOf(fork, "web-0") !== first && uidOf(fork, "web-0") !== undefined && readyReplicas(fork) === 3,
      60_000,
    );
    expect(uidOf(fork, "web-0")).not.toBe(first);
    expect(readyReplicas(fork)).toBe(3);
    expect(fork.timeline.length).toBeGreaterThan(cluster.timeline.length);

    await clock.settle();
    expect(uidOf(cluster, "web-0")).toBe(first);
    expect(text(cluster.timeline)).toBe(before);
    expect(bugs).toEqual([]);
  });

  it("says what it waits for and when nothing is going on any more", async () => {
    const { cluster, settle } = boot();
    await cluster.ready();
    await settle();
    expect(cluster.activity()).toEqual({ busy: false, waiting: [] });
  });
});
