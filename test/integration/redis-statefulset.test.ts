/** The Redis PetSet of 2016, moved to apps/v1: install and bootstrap as init containers, everything else as it was. */
import { afterEach, expect, it } from "vitest";
import { pods, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters } from "./cluster-harness.ts";
import { createRedis } from "./clustered-systems.ts";

afterEach(closeClusters);

it("brings up three Redis replicas that replicate, and keeps its data when a Pod is replaced", async () => {
  const running = await bootCluster();
  const { client } = running.cluster;
  createRedis(running);
  const ready = () => client.get(statefulSets, "default", "rd").status?.readyReplicas === 3;
  await running.until(ready);
  const redis = async (pod: string, command: string) =>
    (await running.exec(pod, `/opt/redis/redis-cli -h $(hostname) ${command}`)).stdout.trim();
  expect(await redis("rd-0", "info replication")).toContain("connected_slaves:2");
  expect(await redis("rd-1", "role")).toContain("connected");
  expect(await redis("rd-0", "set ship ready")).toBe("OK");
  await running.clock.settle();
  expect(await redis("rd-2", "get ship")).toBe("ready");
  expect(await redis("rd-2", "set ship x")).toBe("READONLY You can't write against a read only replica.");

  const before = client.get(pods, "default", "rd-0").metadata.uid;
  client.delete(pods, "default", "rd-0");
  await running.until(() => client.find(pods, "default", "rd-0")?.metadata.uid !== before && ready());
  expect(await redis("rd-0", "get ship")).toBe("ready");
  expect(running.bugs).toEqual([]);
});
