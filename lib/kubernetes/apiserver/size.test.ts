/** Objects as big as they may be, and bigger. */
import { describe, expect, it } from "vitest";
import { configMaps, pods, secrets, statefulSets } from "../api/resources.ts";
import type { Pod } from "../api/types.ts";
import { isStatusError, type StatusError } from "../machinery/status.ts";
import { testCluster } from "../testing/control-plane.ts";

const MIB = 1024 * 1024;
const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (isStatusError(error)) return { code: (error as StatusError).code, message: (error as StatusError).message };
    throw error;
  }
  return undefined;
};
const podOf = (size: number): Pod => ({
  metadata: { name: "big", namespace: "default" },
  spec: { containers: [{ name: "c", image: "busybox", args: ["x".repeat(size)] }] },
});

describe("an object near etcd's limit of 1.5 MiB", () => {
  it("is kept below it, refused above it, and refused otherwise above what etcd's client sends", () => {
    const { cluster } = testCluster();
    const { client } = cluster;
    expect(refusal(() => client.create(pods, podOf(1.6 * MIB)))).toEqual({
      code: 500,
      message: "etcdserver: request is too large",
    });
    expect(refusal(() => client.create(pods, podOf(2.5 * MIB)))?.message).toMatch(
      /^rpc error: code = ResourceExhausted desc = trying to send message larger than max \(\d+ vs\. 2097152\)$/,
    );
    expect(client.find(pods, "default", "big")).toBeUndefined();
    client.create(pods, podOf(1.4 * MIB));
    expect(
      refusal(() =>
        client.modify(pods, "default", "big", (pod) => {
          pod.metadata.annotations = { note: "y".repeat(0.2 * MIB) };
        }),
      )?.message,
    ).toBe("etcdserver: request is too large");
    expect(client.get(pods, "default", "big").metadata.annotations).toBeUndefined();
    cluster.close();
  });

  it("counts bytes, not characters, and Secrets as they are stored", () => {
    const { cluster } = testCluster();
    const { client } = cluster;
    const wide = podOf(0);
    if (wide.spec?.containers[0] !== undefined) wide.spec.containers[0].args = ["€".repeat(0.6 * MIB)];
    expect(refusal(() => client.create(pods, wide))?.message).toBe("etcdserver: request is too large");
    const data = { key: btoa("x".repeat(MIB - 16)) };
    expect(client.create(secrets, { metadata: { name: "s", namespace: "default" }, data }).metadata.name).toBe("s");
    cluster.close();
  });

  it("does not stop the cluster: workloads go on beside fifty of them", async () => {
    const { cluster, clock, bugs } = testCluster();
    const { client } = cluster;
    await cluster.ready();
    for (let index = 0; index < 50; index++)
      client.create(configMaps, {
        metadata: { name: `big-${index}`, namespace: "default" },
        data: { text: "z".repeat(MIB - 64) },
      });
    client.create(statefulSets, {
      metadata: { name: "web", namespace: "default" },
      spec: {
        serviceName: "web",
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "c", image: "busybox", args: ["x".repeat(1.3 * MIB)] }] },
        },
      },
    });
    expect(
      await clock.runUntil(() => client.get(statefulSets, "default", "web").status?.readyReplicas === 2, 60_000),
    ).toBe(true);
    const answer = await cluster.handle({
      method: "POST",
      path: "/api/v1/namespaces/default/configmaps",
      query: new URLSearchParams(),
      headers: { authorization: `Bearer ${cluster.adminToken}`, "content-type": "application/json" },
      body: new TextEncoder().encode(" ".repeat(3 * MIB + 1)),
    });
    expect(JSON.parse(String(answer.body))).toMatchObject({
      code: 413,
      reason: "RequestEntityTooLarge",
      message: "Request entity too large: limit is 3145728",
    });
    expect(bugs).toEqual([]);
    cluster.close();
  });
});
