import { afterEach, describe, expect, it } from "vitest";
import { events, nodes, persistentVolumeClaims, persistentVolumes, pods, storageClasses } from "../api/resources.ts";
import type { PodSpec } from "../api/types.ts";
import { type TestCluster, testCluster } from "../testing/control-plane.ts";

const opened: TestCluster[] = [];
async function boot() {
  const zones = { "node-1": "a", "node-2": "a", "node-3": "b" };
  const test = testCluster({
    nodes: Object.entries(zones).map(([name, zone]) => ({ name, labels: { "topology.kubernetes.io/zone": zone } })),
  });
  opened.push(test);
  await test.cluster.ready();
  const { client } = test.cluster;
  return {
    ...test,
    client,
    pod: (name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}) =>
      client.create(pods, {
        metadata: { name, namespace: "default", labels },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "c", image: "nginx:1.0" }], ...spec },
      }),
    nodeOf: (name: string) => client.get(pods, "default", name).spec?.nodeName,
    refusals: (name: string) =>
      client
        .list(events, "default")
        .filter(({ involvedObject, reason }) => involvedObject.name === name && reason === "FailedScheduling")
        .map(({ message = "" }) => message.replace(/ no new claims to deallocate, preemption:.*/, "")),
  };
}
afterEach(() => {
  for (const { cluster, bugs } of opened.splice(0)) {
    cluster.close();
    expect(bugs).toEqual([]);
  }
});

const near = (topologyKey: string) => [{ labelSelector: { matchLabels: { app: "a" } }, topologyKey }];
const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

describe("where Pods go", () => {
  it("keeps those apart that do not want each other, and says so when no node is left", async () => {
    const { pod, nodeOf, refusals, settle } = await boot();
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: near(HOST) } };
    for (const name of ["a1", "a2", "a3", "a4"]) pod(name, { affinity }, { app: "a" });
    await settle();
    expect(new Set(["a1", "a2", "a3"].map(nodeOf)).size).toBe(3);
    expect(refusals("a4")).toEqual(["0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules."]);
  });

  it("brings those together that want each other, the first of them anywhere", async () => {
    const { pod, nodeOf, refusals, settle } = await boot();
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: near(HOST) } };
    pod("lonely", { affinity });
    for (const name of ["a1", "a2", "a3"]) pod(name, { affinity }, { app: "a" });
    await settle(15_000);
    expect(new Set(["a1", "a2", "a3", "lonely"].map(nodeOf)).size).toBe(1);
    expect(refusals("lonely")[0]).toBe("0/3 nodes are available: 3 node(s) didn't match pod affinity rules.");
  });

  it("spreads over zones as far as the constraint allows", async () => {
    const { pod, nodeOf, settle, client } = await boot();
    const topologySpreadConstraints = [
      {
        maxSkew: 1,
        topologyKey: ZONE,
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: { app: "a" } },
      },
    ];
    for (let index = 0; index < 4; index++) pod(`a${index}`, { topologySpreadConstraints }, { app: "a" });
    await settle();
    const zones = client
      .list(pods, "default")
      .map(({ metadata }) => (nodeOf(metadata.name ?? "") === "node-3" ? "b" : "a"));
    expect(zones.sort()).toEqual(["a", "a", "b", "b"]);
  });

  it("prefers what is preferred and knows host ports that are taken", async () => {
    const { pod, nodeOf, refusals, settle } = await boot();
    const prefer = (zone: string) => ({
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, preference: { matchExpressions: [{ key: ZONE, operator: "In", values: [zone] }] } },
        ],
      },
    });
    const containers = [{ name: "c", image: "nginx:1.0", ports: [{ containerPort: 80, hostPort: 80 }] }];
    pod("first", { affinity: prefer("b"), containers });
    await settle();
    expect(nodeOf("first")).toBe("node-3");
    pod("second", { nodeSelector: { [ZONE]: "b" }, containers });
    await settle();
    expect(refusals("second")).toEqual([
      "0/3 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 2 node(s) didn't match Pod's node affinity/selector.",
    ]);
  });

  it("waits for gates, and for a cordoned node to be freed", async () => {
    const { pod, nodeOf, refusals, settle, client } = await boot();
    pod("gated", { schedulingGates: [{ name: "example.com/wait" }] });
    const cordon = (unschedulable: boolean) => {
      for (const name of ["node-1", "node-2", "node-3"])
        client.modify(nodes, undefined, name, (node) => {
          node.spec = { ...node.spec, unschedulable };
        });
    };
    cordon(true);
    await settle();
    pod("early");
    await settle();
    expect(refusals("early")).toEqual(["0/3 nodes are available: 3 node(s) were unschedulable."]);
    cordon(false);
    await settle(12_000);
    expect(nodeOf("early")).toBeDefined();
    expect(nodeOf("gated")).toBeUndefined();
    client.modify(pods, "default", "gated", (gated) => {
      if (gated.spec !== undefined) gated.spec.schedulingGates = [];
    });
    await settle();
    expect(nodeOf("gated")).toBeDefined();
  });
});

describe("Pods with volumes", () => {
  const claim = (name: string, storageClassName: string, mode = "ReadWriteOnce") => ({
    metadata: { name, namespace: "default" },
    spec: { accessModes: [mode], storageClassName, resources: { requests: { storage: "1Gi" } } },
  });
  const using = (claimName: string): Partial<PodSpec> => ({
    volumes: [{ name: "v", persistentVolumeClaim: { claimName } }],
  });

  it("follow a local volume to its node, and stay pending where they may not go there", async () => {
    const { pod, nodeOf, refusals, settle, client } = await boot();
    client.create(storageClasses, {
      metadata: { name: "local" },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
    });
    client.create(persistentVolumes, {
      metadata: { name: "disk" },
      spec: {
        capacity: { storage: "5Gi" },
        accessModes: ["ReadWriteOnce"],
        storageClassName: "local",
        local: { path: "/mnt/disk" },
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [{ key: HOST, operator: "In", values: ["node-2"] }] }] },
        },
      },
    });
    for (const name of ["one", "two"]) client.create(persistentVolumeClaims, claim(name, "local"));
    await settle();
    pod("p", using("one"));
    await settle();
    expect(nodeOf("p")).toBe("node-2");
    pod("q", using("two"));
    pod("r", { ...using("one"), nodeSelector: { [HOST]: "node-1" } });
    await settle();
    expect(refusals("q")).toEqual([
      "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.",
    ]);
    expect(refusals("r")).toEqual([
      "0/3 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 2 node(s) didn't match Pod's node affinity/selector.",
    ]);
  });

  it("share no claim that is for one Pod only", async () => {
    const { pod, nodeOf, refusals, settle, client } = await boot();
    client.create(persistentVolumeClaims, claim("mine", "standard", "ReadWriteOncePod"));
    pod("first", using("mine"));
    await settle();
    pod("second", using("mine"));
    await settle();
    expect(refusals("second")[0]).toContain(
      "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
    );
    client.delete(pods, "default", "first");
    await settle(12_000);
    expect(nodeOf("second")).toBeDefined();
  });

  it("say which claim is missing", async () => {
    const { pod, refusals, settle } = await boot();
    pod("p", using("nothing"));
    await settle();
    expect(refusals("p")).toEqual(['0/3 nodes are available: persistentvolumeclaim "nothing" not found.']);
  });
});
