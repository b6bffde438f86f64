import { afterEach, describe, expect, it } from "vitest";
import {
  cronJobs,
  daemonSets,
  deployments,
  events,
  horizontalPodAutoscalers,
  jobs,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  priorityClasses,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  statefulSets,
} from "../api/resources.ts";
import type { PodSpec, StatefulSet } from "../api/types.ts";
import { type TestCluster, testCluster } from "../testing/control-plane.ts";
import { load } from "../testing/stand-in-nodes.ts";

const opened: TestCluster[] = [];
async function boot(seed = 1): Promise<TestCluster & { readonly client: TestCluster["cluster"]["client"] }> {
  const test = testCluster({ seed });
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

const inDefault = (name: string) => ({ name, namespace: "default" });
const container = (image = "nginx:1.0"): PodSpec => ({
  terminationGracePeriodSeconds: 0,
  containers: [{ name: "c", image }],
});
const template = (image?: string) => ({ metadata: { labels: { app: "web" } }, spec: container(image) });
const web = (spec: Partial<NonNullable<StatefulSet["spec"]>> = {}): StatefulSet => ({
  metadata: inDefault("web"),
  spec: { serviceName: "web", replicas: 3, selector: { matchLabels: { app: "web" } }, template: template(), ...spec },
});
const claims = [
  {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
];
const names = (objects: readonly { readonly metadata: { readonly name?: string } }[]) =>
  objects.map(({ metadata }) => metadata.name);

/** Reasons and messages about an object, oldest first. */
const toldAbout = ({ cluster }: TestCluster, name: string) =>
  cluster.client
    .list(events, "default")
    .filter((event) => event.involvedObject.name === name)
    .map(({ reason, message }) => `${reason}: ${message}`);

describe("StatefulSets", () => {
  it("start counting where ordinals.start says", async () => {
    const { client, settle } = await boot();
    client.create(statefulSets, web({ ordinals: { start: 5 }, replicas: 2 }));
    await settle();
    expect(names(client.list(pods, "default"))).toEqual(["web-5", "web-6"]);
    expect(client.get(pods, "default", "web-5").metadata.labels?.["apps.kubernetes.io/pod-index"]).toBe("5");
  });

  it("wait until a Pod has been ready for minReadySeconds before the next one", async () => {
    const { client, clock } = await boot();
    client.create(statefulSets, web({ minReadySeconds: 10 }));
    await clock.advance(9000);
    expect(names(client.list(pods, "default"))).toEqual(["web-0"]);
    await clock.advance(3000);
    expect(names(client.list(pods, "default"))).toEqual(["web-0", "web-1"]);
  });

  it("keep claims of Pods that are scaled away, unless whenScaled says Delete", async () => {
    for (const [whenScaled, left] of [
      ["Retain", ["data-web-0", "data-web-1", "data-web-2"]],
      ["Delete", ["data-web-0"]],
    ] as const) {
      const { client, settle } = await boot();
      const persistentVolumeClaimRetentionPolicy = { whenScaled, whenDeleted: "Retain" };
      client.create(statefulSets, web({ volumeClaimTemplates: claims, persistentVolumeClaimRetentionPolicy }));
      await settle();
      client.modify(statefulSets, "default", "web", (set) => {
        if (set.spec !== undefined) set.spec.replicas = 1;
      });
      await settle();
      expect(names(client.list(persistentVolumeClaims, "default"))).toEqual(left);
    }
  });

  it("take their claims with them where whenDeleted says Delete", async () => {
    const { client, settle } = await boot();
    const persistentVolumeClaimRetentionPolicy = { whenScaled: "Retain", whenDeleted: "Delete" };
    client.create(statefulSets, web({ volumeClaimTemplates: claims, persistentVolumeClaimRetentionPolicy }));
    await settle();
    expect(client.list(persistentVolumeClaims, "default")).toHaveLength(3);
    client.delete(statefulSets, "default", "web");
    await settle();
    expect(client.list(persistentVolumeClaims, "default")).toEqual([]);
    expect(client.list(persistentVolumes)).toEqual([]);
  });
});

describe("Jobs", () => {
  it("give up after backoffLimit failures, each replaced later than the last", async () => {
    const { client, cluster, clock } = await boot();
    const spec = { ...container("busybox:exit1"), restartPolicy: "Never" };
    client.create(jobs, { metadata: inDefault("j"), spec: { backoffLimit: 2, template: { spec } } });
    await clock.advance(120_000);
    const { status } = client.get(jobs, "default", "j");
    expect(status?.failed).toBe(3);
    expect(status?.conditions?.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      "FailureTarget BackoffLimitExceeded",
      "Failed BackoffLimitExceeded",
    ]);
    const created = cluster.timeline.filter(
      ({ type, resource, name }) => type === "ADDED" && resource === "pods" && name.startsWith("j-"),
    );
    const gaps = created.slice(1).map(({ time }, index) => Math.round((time - (created[index]?.time ?? 0)) / 10_000));
    expect(gaps).toEqual([1, 2]);
  });

  it("run one Pod per index and note the indexes that are done", async () => {
    const { client, settle } = await boot();
    const spec = { ...container("busybox:1"), restartPolicy: "Never" };
    client.create(jobs, {
      metadata: inDefault("j"),
      spec: { completions: 4, parallelism: 2, completionMode: "Indexed", template: { spec } },
    });
    await settle();
    const { status } = client.get(jobs, "default", "j");
    expect([status?.succeeded, status?.completedIndexes]).toEqual([4, "0-3"]);
    expect(
      client
        .list(pods, "default")
        .map(({ spec }) => spec?.hostname)
        .sort(),
    ).toEqual(["j-0", "j-1", "j-2", "j-3"]);
  });

  it("are deleted when their time to live is over", async () => {
    const { client, settle, clock } = await boot();
    const spec = { ...container("busybox:1"), restartPolicy: "Never" };
    client.create(jobs, { metadata: inDefault("j"), spec: { ttlSecondsAfterFinished: 60, template: { spec } } });
    await settle();
    expect(client.find(jobs, "default", "j")).toBeDefined();
    await clock.advance(61_000);
    await settle();
    expect(client.find(jobs, "default", "j")).toBeUndefined();
    expect(client.list(pods, "default")).toEqual([]);
  });

  it("come every minute from a CronJob, which keeps three that succeeded", async () => {
    const { client, clock, cluster } = await boot();
    const spec = { ...container("busybox:1"), restartPolicy: "Never" };
    client.create(cronJobs, {
      metadata: inDefault("c"),
      spec: { schedule: "* * * * *", jobTemplate: { spec: { template: { spec } } } },
    });
    await clock.advance(6 * 60_000 + 5000);
    expect(cluster.timeline.filter(({ type, resource }) => type === "ADDED" && resource === "jobs.batch")).toHaveLength(
      6,
    );
    expect(client.list(jobs, "default")).toHaveLength(3);
  });
});

describe("DaemonSets", () => {
  it("run one Pod on every node that their Pods tolerate, and update them one by one", async () => {
    const { client, settle, cluster } = await boot();
    client.modify(nodes, undefined, "node-3", (node) => {
      node.spec = { ...node.spec, taints: [{ key: "disk", value: "slow", effect: "NoSchedule" }] };
    });
    client.create(daemonSets, {
      metadata: inDefault("d"),
      spec: { selector: { matchLabels: { app: "web" } }, template: template() },
    });
    await settle();
    const where = () =>
      client
        .list(pods, "default")
        .map(({ spec }) => spec?.nodeName)
        .sort();
    expect(where()).toEqual(["node-1", "node-2"]);
    const mark = cluster.timeline.length;
    client.modify(daemonSets, "default", "d", (set) => {
      const [first] = set.spec?.template.spec?.containers ?? [];
      if (first !== undefined) first.image = "nginx:2.0";
    });
    await settle();
    expect(where()).toEqual(["node-1", "node-2"]);
    const steps = cluster.timeline
      .slice(mark)
      .filter(({ resource, type }) => resource === "pods" && type !== "MODIFIED")
      .map(({ type }) => type);
    expect(steps).toEqual(["DELETED", "ADDED", "DELETED", "ADDED"]);
    expect(client.get(daemonSets, "default", "d").status?.updatedNumberScheduled).toBe(2);
  });
});

describe("the scheduler", () => {
  it("counts reasons per node and says that nobody can be preempted", async () => {
    const test = await boot();
    const { client, settle } = test;
    client.modify(nodes, undefined, "node-3", (node) => {
      node.spec = { ...node.spec, taints: [{ key: "disk", value: "slow", effect: "NoSchedule" }] };
    });
    const requests = { cpu: "3" };
    for (const name of ["a", "b", "c"])
      client.create(pods, {
        metadata: inDefault(name),
        spec: { containers: [{ name: "c", image: "nginx:1.0", resources: { requests } }] },
      });
    await settle();
    expect(toldAbout(test, "c")).toEqual([
      "FailedScheduling: 0/3 nodes are available: 1 node(s) had untolerated taint {disk: slow}, 2 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.",
    ]);
  });

  it("makes room for a Pod of higher priority", async () => {
    const test = await boot();
    const { client, settle } = test;
    client.create(priorityClasses, { metadata: { name: "high" }, value: 1000 });
    const pod = (name: string, priorityClassName?: string) =>
      client.create(pods, {
        metadata: inDefault(name),
        spec: {
          ...container(),
          ...(priorityClassName === undefined ? {} : { priorityClassName }),
          containers: [{ name: "c", image: "nginx:1.0", resources: { requests: { cpu: "3" } } }],
        },
      });
    for (const name of ["a", "b", "c"]) pod(name);
    await settle();
    pod("urgent", "high");
    await settle(12_000);
    expect(client.get(pods, "default", "urgent").spec?.nodeName).toBeDefined();
    expect(client.list(pods, "default")).toHaveLength(3);
  });
});

describe("the HorizontalPodAutoscaler", () => {
  afterEach(() => {
    load.length = 0;
  });

  it("grows a Deployment under load, and shrinks it only after five quiet minutes", async () => {
    const test = await boot();
    const { client, clock } = test;
    const spec = { containers: [{ name: "c", image: "nginx:1.0", resources: { requests: { cpu: "100m" } } }] };
    client.create(deployments, {
      metadata: inDefault("d"),
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec },
      },
    });
    load.push(200);
    client.create(horizontalPodAutoscalers, {
      metadata: inDefault("h"),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
        ],
      },
    });
    const size = () => client.get(deployments, "default", "d").spec?.replicas;
    await clock.advance(40_000);
    expect(size()).toBe(3);
    expect(toldAbout(test, "h")).toContain(
      "SuccessfulRescale: New size: 3; reason: cpu resource utilization (percentage of request) above target",
    );
    load[0] = 1;
    await clock.advance(240_000);
    expect(size()).toBe(3);
    await clock.advance(120_000);
    expect(size()).toBe(1);
  });
});

describe("smaller controllers", () => {
  it("empty a namespace that is deleted, then let it go", async () => {
    const { client, settle } = await boot();
    client.create(namespaces, { metadata: { name: "gone" } });
    await settle();
    client.create(statefulSets, { ...web(), metadata: { name: "web", namespace: "gone" } });
    await settle();
    client.delete(namespaces, undefined, "gone");
    await settle();
    expect(client.find(namespaces, undefined, "gone")).toBeUndefined();
    expect(client.list(pods, "gone")).toEqual([]);
  });

  it("run a ReplicationController", async () => {
    const { client, settle } = await boot();
    client.create(replicationControllers, {
      metadata: inDefault("rc"),
      spec: { replicas: 2, selector: { app: "web" }, template: template() },
    });
    await settle();
    expect(client.get(replicationControllers, "default", "rc").status?.readyReplicas).toBe(2);
  });

  it("count what a quota allows", async () => {
    const { client, settle } = await boot();
    client.create(resourceQuotas, { metadata: inDefault("q"), spec: { hard: { pods: "5" } } });
    client.create(statefulSets, web());
    await settle();
    expect(client.get(resourceQuotas, "default", "q").status).toEqual({ hard: { pods: "5" }, used: { pods: "3" } });
  });

  it("put a token into a Secret that asks for one", async () => {
    const { client, settle } = await boot();
    client.create(serviceAccounts, { metadata: inDefault("robot") });
    client.create(secrets, {
      metadata: { ...inDefault("t"), annotations: { "kubernetes.io/service-account.name": "robot" } },
      type: "kubernetes.io/service-account-token",
    });
    await settle();
    expect(client.get(secrets, "default", "t").data?.["token"]).toMatch(/^[A-Za-z0-9+/=]{40,}$/);
  });
});
