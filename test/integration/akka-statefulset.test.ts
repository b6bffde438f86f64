/** An Akka cluster on a StatefulSet: seeds by the names of Pods, or found by the name of a Service. */
import { afterEach, describe, expect, it } from "vitest";
import { pods, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";

afterEach(closeClusters);

function createAkka({ cluster: { client } }: Running, env: Readonly<Record<string, string>>, parallel = false): void {
  client.create(services, {
    metadata: { name: "akka", namespace: "default" },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "akka" },
      ports: [
        { port: 25520, name: "remoting" },
        { port: 8558, name: "management" },
      ],
    },
  } as never);
  client.create(statefulSets, {
    metadata: { name: "akka", namespace: "default" },
    spec: {
      serviceName: "akka",
      replicas: 3,
      podManagementPolicy: parallel ? "Parallel" : "OrderedReady",
      selector: { matchLabels: { app: "akka" } },
      template: {
        metadata: { labels: { app: "akka" } },
        spec: {
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    labelSelector: { matchLabels: { app: "akka" } },
                    topologyKey: "kubernetes.io/hostname",
                  },
                },
              ],
            },
          },
          containers: [
            {
              name: "node",
              image: "statecraft/akka-cluster-node:1.0",
              env: [
                { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                { name: "AKKA_REMOTE_HOST", value: "$(POD).akka" },
                { name: "AKKA_DATA_DIR", value: "/data" },
                ...Object.entries(env).map(([name, value]) => ({ name, value })),
              ],
              readinessProbe: { httpGet: { path: "/ready", port: 8558 }, periodSeconds: 5 },
              livenessProbe: { httpGet: { path: "/alive", port: 8558 } },
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "100Mi" } } },
        },
      ],
    },
  } as never);
}

const SEEDS = { AKKA_SEED_NODES: "akka://ClusterSystem@akka-0.akka:25520,akka://ClusterSystem@akka-1.akka:25520" };

interface Members {
  readonly leader?: string;
  readonly members: readonly { readonly node: string; readonly status: string }[];
  readonly unreachable: readonly { readonly node: string; readonly observedBy: readonly string[] }[];
}

async function members(running: Running, pod: string): Promise<Members> {
  return JSON.parse((await running.exec(pod, "curl -s localhost:8558/cluster/members")).stdout) as Members;
}
const statuses = async (running: Running, pod: string) =>
  Object.fromEntries(
    (await members(running, pod)).members.map(({ node, status }) => [/@(akka-\d+)/.exec(node)?.[1], status]),
  );
const ready = ({ cluster }: Running, count = 3) =>
  cluster.client.get(statefulSets, "default", "akka").status?.readyReplicas === count;
const home = ({ cluster }: Running, pod: string) => cluster.client.get(pods, "default", pod).spec?.nodeName ?? "";
const UP = { "akka-0": "Up", "akka-1": "Up", "akka-2": "Up" };

describe("an Akka cluster on a StatefulSet", () => {
  it("forms around its first seed, one after another, and shares what it counts", async () => {
    const running = await bootCluster();
    createAkka(running, SEEDS);
    await running.until(() => ready(running));
    expect(await statuses(running, "akka-2")).toEqual(UP);
    expect((await members(running, "akka-1")).leader).toBe("akka://ClusterSystem@akka-0.akka:25520");
    await running.exec("akka-0", "curl -s -X POST localhost:8080/counter; curl -s -X POST localhost:8080/counter");
    await running.exec("akka-2", "curl -s -X POST localhost:8080/counter");
    await running.clock.advance(1000);
    expect((await running.exec("akka-1", "curl -s localhost:8080/counter")).stdout).toBe("3\n");
    expect(running.bugs).toEqual([]);
  });

  it("finds itself by the name of its Service when all start together", async () => {
    const running = await bootCluster();
    createAkka(running, { AKKA_BOOTSTRAP_SERVICE: "akka", REQUIRED_CONTACT_POINT_NR: "3" }, true);
    await running.until(() => ready(running));
    expect(await statuses(running, "akka-1")).toEqual(UP);
    const founded = await Promise.all([0, 1, 2].map((ordinal) => running.logs(`akka-${ordinal}`)));
    expect(founded.filter((log) => log.includes("JOINING itself"))).toHaveLength(1);
    expect(running.bugs).toEqual([]);
  });

  it("lets a Pod leave in order, and takes it back with what it had", async () => {
    const running = await bootCluster();
    createAkka(running, SEEDS);
    await running.until(() => ready(running));
    await running.exec("akka-1", "curl -s -X POST localhost:8080/counter");
    const uid = () => running.cluster.client.find(pods, "default", "akka-1")?.metadata.uid;
    const before = uid();
    running.cluster.client.delete(pods, "default", "akka-1");
    await running.until(() => uid() !== before && uid() !== undefined && ready(running));
    await running.clock.advance(10_000);
    const log = await running.logs("akka-0");
    expect(log).toContain("Leader is moving node [akka://ClusterSystem@akka-1.akka:25520] to [Exiting]");
    expect(log).not.toContain("SBR took decision");
    expect(await statuses(running, "akka-0")).toEqual(UP);
    expect((await running.exec("akka-1", "curl -s localhost:8080/counter")).stdout).toBe("1\n");
    // By hand, over HTTP: whoever left starts again, and joins again.
    const answer = await running.exec(
      "akka-0",
      "curl -s -X PUT -d operation=Leave localhost:8558/cluster/members/ClusterSystem@akka-2.akka:25520",
    );
    expect(answer.stdout).toBe('{"message":"Leaving akka://ClusterSystem@akka-2.akka:25520"}');
    const restarts = () =>
      running.cluster.client.find(pods, "default", "akka-2")?.status?.containerStatuses?.[0]?.restartCount ?? 0;
    await running.until(() => restarts() === 1 && ready(running));
    expect(running.bugs).toEqual([]);
  });

  it("gives up a lost node after a while, and a lost minority gives up itself", async () => {
    const running = await bootCluster();
    createAkka(running, SEEDS);
    await running.until(() => ready(running));
    const node = home(running, "akka-2");
    running.cluster.setNodePower(node, false);
    await running.clock.advance(8000);
    const split = await members(running, "akka-0");
    expect(split.unreachable.map(({ node: lost }) => lost)).toEqual(["akka://ClusterSystem@akka-2.akka:25520"]);
    await running.clock.advance(25_000);
    expect(await statuses(running, "akka-0")).toEqual({ "akka-0": "Up", "akka-1": "Up" });
    expect(await running.logs("akka-0")).toContain(
      "SBR took decision DownUnreachable and is downing [akka://ClusterSystem@akka-2.akka:25520]",
    );
    running.cluster.setNodePower(node, true);
    await running.until(() => ready(running));
    expect(await statuses(running, "akka-2")).toEqual(UP);
    // Two of three gone: the one that is left is the minority.
    const lost = ["akka-1", "akka-2"].map((pod) => home(running, pod));
    for (const one of lost) running.cluster.setNodePower(one, false);
    await running.until(() => {
      const state = running.cluster.client.find(pods, "default", "akka-0")?.status?.containerStatuses?.[0];
      return state?.lastState?.terminated?.exitCode === 255;
    });
    for (const one of lost) running.cluster.setNodePower(one, true);
    await running.until(() => ready(running));
    await running.clock.advance(30_000);
    expect(await statuses(running, "akka-1")).toEqual(UP);
    expect(running.bugs).toEqual([]);
  });

  it("scales to five by scaling alone, and is upgraded one node at a time without losing a count", async () => {
    const running = await bootCluster();
    createAkka(running, SEEDS);
    await running.until(() => ready(running));
    await running.exec("akka-0", "for i in 1 2 3; do curl -s -X POST localhost:8080/counter; done");
    const { client } = running.cluster;
    const change = (
      apply: (spec: { replicas: number; template: { spec: { containers: { image: string }[] } } }) => void,
    ) => {
      const set = structuredClone(client.get(statefulSets, "default", "akka")) as unknown as {
        spec: Parameters<typeof apply>[0];
      };
      apply(set.spec);
      client.update(statefulSets, set as never);
    };
    change((spec) => {
      spec.replicas = 5;
    });
    await running.until(() => ready(running, 5));
    expect(Object.values(await statuses(running, "akka-4"))).toEqual(["Up", "Up", "Up", "Up", "Up"]);
    change((spec) => {
      for (const container of spec.template.spec.containers) container.image = "statecraft/akka-cluster-node:1.1";
    });
    const images = () =>
      [0, 1, 2, 3, 4].map((ordinal) => client.find(pods, "default", `akka-${ordinal}`)?.spec?.containers[0]?.image);
    await running.until(() => images().every((image) => image?.endsWith(":1.1")) && ready(running, 5), 1_200_000);
    await running.clock.advance(10_000);
    expect(Object.values(await statuses(running, "akka-0"))).toEqual(["Up", "Up", "Up", "Up", "Up"]);
    expect((await running.exec("akka-3", "curl -s localhost:8080/counter")).stdout).toBe("3\n");
    expect(running.bugs).toEqual([]);
  });
});
