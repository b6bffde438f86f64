import { describe, expect, it } from "vitest";
import { virtualClock } from "../../lib/clock/index.ts";
import { pods } from "../../lib/kubernetes/api/resources.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { standardImages } from "../../lib/sandbox/embedded/images.ts";

const images = standardImages();
const isReady = ({ client }: Cluster) =>
  client
    .find(pods, "default", "server")
    ?.status?.conditions?.some((each) => each.type === "Ready" && each.status === "True") === true;

/** Virtual ms from the deletion of the Pod to its end. */
async function timeToStop(cluster: Cluster & { readonly clock: ReturnType<typeof virtualClock> }): Promise<number> {
  const { client, clock } = cluster;
  const asked = clock.now();
  client.delete(pods, "default", "server");
  const gone = () => client.find(pods, "default", "server") === undefined;
  if (!(await clock.runUntil(gone, 120_000))) throw new Error("the Pod did not end");
  return clock.now() - asked;
}

describe("a fork", () => {
  it.each([
    ["nginx:1.27", {}],
    ["httpd:2.4", {}],
    ["redis:7", {}],
    ["mysql:8.0", { MYSQL_ROOT_PASSWORD: "secret" }],
    ["postgres:16", { POSTGRES_PASSWORD: "secret" }],
    ["mongo:7.0", {}],
    ["zookeeper:3.9", {}],
  ])("stops %s as the cluster it was made from would, however soon it is asked to", async (image, variables) => {
    const clock = virtualClock({ seed: 1 });
    const cluster = Object.assign(createCluster({ images, latencies: "none", clock }), { clock });
    await cluster.ready();
    const env = Object.entries(variables).map(([name, value]) => ({ name, value }));
    cluster.client.create(pods, {
      metadata: { name: "server", namespace: "default" },
      spec: { containers: [{ name: "server", image, env }] },
    });
    expect(await clock.runUntil(() => isReady(cluster), 120_000)).toBe(true);
    await clock.advance(60_000);
    const fork = cluster.fork();
    const inFork = await timeToStop(fork);
    const inCluster = await timeToStop(cluster);
    expect(inFork).toBe(inCluster);
    expect(inFork).toBeLessThan(30_000);
    fork.close();
    cluster.close();
  });
});
