import { afterEach, describe, expect, it } from "vitest";
import { csiNodes, events, persistentVolumeClaims, pods, storageClasses } from "../../api/resources.ts";
import type { Pod } from "../../api/types.ts";
import { type TestCluster, testCluster } from "../../testing/control-plane.ts";

const opened: TestCluster[] = [];
async function boot() {
  const test = testCluster({ nodes: [{ name: "node-1" }] });
  opened.push(test);
  await test.cluster.ready();
  return { ...test, client: test.cluster.client };
}
afterEach(() => {
  for (const { cluster, bugs } of opened.splice(0)) {
    cluster.close();
    expect(bugs).toEqual([]);
  }
});

const withScratch = (name: string, storageClassName?: string): Pod => ({
  metadata: { name, namespace: "default" },
  spec: {
    containers: [{ name: "c", image: "busybox", volumeMounts: [{ name: "scratch", mountPath: "/scratch" }] }],
    terminationGracePeriodSeconds: 0,
    volumes: [
      {
        name: "scratch",
        ephemeral: {
          volumeClaimTemplate: {
            metadata: { labels: { of: name } },
            spec: {
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: "1Gi" } },
              ...(storageClassName === undefined ? {} : { storageClassName }),
            },
          },
        },
      },
    ],
  },
});

describe("a generic ephemeral volume", () => {
  it("is a claim of the Pod's own: made before it runs, gone with it", async () => {
    const { client, settle } = await boot();
    client.create(pods, withScratch("web"));
    await settle();
    const claim = client.get(persistentVolumeClaims, "default", "web-scratch");
    expect(claim.status?.phase).toBe("Bound");
    expect(claim.metadata.labels).toEqual({ of: "web" });
    expect(claim.metadata.ownerReferences).toMatchObject([
      { apiVersion: "v1", kind: "Pod", name: "web", controller: true, blockOwnerDeletion: true },
    ]);
    expect(client.get(pods, "default", "web").status?.phase).toBe("Running");
    client.delete(pods, "default", "web");
    await settle();
    expect(client.find(persistentVolumeClaims, "default", "web-scratch")).toBeUndefined();
  });

  it("does not take a claim that is somebody else's", async () => {
    const { client, settle } = await boot();
    client.create(persistentVolumeClaims, {
      metadata: { name: "web-scratch", namespace: "default" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    client.create(pods, withScratch("web"));
    await settle();
    expect(
      client
        .list(events, "default")
        .filter(({ reason }) => reason === "FailedBinding")
        .map(({ message }) => message),
    ).toContain(
      "ephemeral volume scratch: PVC default/web-scratch was not created for pod default/web (pod is not owner)",
    );
    expect(client.get(pods, "default", "web").status?.phase).toBe("Pending");
  });
});

describe("a node's limit of volumes", () => {
  it("holds Pods back, in upstream's words, until one is free", async () => {
    const { client, settle } = await boot();
    client.create(storageClasses, {
      metadata: { name: "disks" },
      provisioner: "disk.csi.statecraft.dev",
      volumeBindingMode: "WaitForFirstConsumer",
    });
    client.create(csiNodes, {
      metadata: { name: "node-1" },
      spec: { drivers: [{ name: "disk.csi.statecraft.dev", nodeID: "node-1", allocatable: { count: 1 } }] },
    });
    client.create(pods, withScratch("one", "disks"));
    await settle();
    client.create(pods, withScratch("two", "disks"));
    await settle();
    expect(client.get(pods, "default", "two").spec?.nodeName).toBeUndefined();
    expect(
      client
        .list(events, "default")
        .filter(({ reason, involvedObject }) => reason === "FailedScheduling" && involvedObject.name === "two")
        .map(({ message }) => message)
        .join("\n"),
    ).toContain("0/1 nodes are available: 1 node(s) exceed max volume count.");
    client.delete(pods, "default", "one");
    await settle(15_000);
    expect(client.get(pods, "default", "two").spec?.nodeName).toBe("node-1");
  });
});
