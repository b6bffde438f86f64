import { describe, expect, it } from "vitest";
import { virtualClock } from "../clock/index.ts";
import { pods, statefulSets, services } from "./api/resources.ts";
import { createCluster } from "./cluster.ts";
import { createStandInNodes } from "./testing/stand-in-nodes.ts";

const images = { programs: new Map(), resolve: () => ({ error: "not found" }), references: () => [] };

function boot(seed = 1) {
  const bugs: unknown[] = [];
  const cluster = createCluster(
    { images, clock: virtualClock({ seed }), latencies: "none", onBug: (where, error) => bugs.push([where, error]) },
    { createNodes: createStandInNodes },
  );
  return { cluster, clock: cluster.clock as ReturnType<typeof virtualClock>, bugs };
}

describe("a cluster", () => {
  it("boots", async () => {
    const { cluster, bugs, clock } = boot();
    await cluster.ready();
    cluster.client.create(services, { metadata: { name: "nginx", namespace: "default" }, spec: { clusterIP: "None", selector: { app: "nginx" }, ports: [{ port: 80, name: "web" }] } });
    cluster.client.create(statefulSets, {
      metadata: { name: "web", namespace: "default" },
      spec: { serviceName: "nginx", replicas: 3, selector: { matchLabels: { app: "nginx" } }, template: { metadata: { labels: { app: "nginx" } }, spec: { containers: [{ name: "nginx", image: "nginx:1.0", ports: [{ containerPort: 80, name: "web" }] }] } }, volumeClaimTemplates: [{ metadata: { name: "www" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } }] },
    });
    await clock.runUntil(() => cluster.client.get(statefulSets, "default", "web").status?.readyReplicas === 3, 60_000);
    await clock.advance(1000);
    const lines = cluster.timeline.map((e) => `${e.time - 1735689600000} ${e.type} ${e.resource} ${e.namespace ?? ""}/${e.name} ${e.actor.split(":").pop()} ${(e.object as any).message ?? JSON.stringify((e.object as any).status?.phase ?? "")} ${(e.object as any).reason ?? ""}`);
    console.log(lines.join("\n"));
    console.log(bugs, cluster.activity());
    expect(bugs).toEqual([]);
    expect(cluster.client.list(pods, "default").map((p) => p.metadata.name)).toEqual(["web-0", "web-1", "web-2"]);
  });
});
