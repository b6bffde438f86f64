/** etcd on a StatefulSet, as its own documentation runs it: members by the names of Pods, data on claims. */
import { afterEach, describe, expect, it } from "vitest";
import { pods, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";
import { startNodes } from "./nodes-harness.ts";

afterEach(closeClusters);

const PEERS = [0, 1, 2].map((ordinal) => `etcd-${ordinal}=http://etcd-${ordinal}.etcd:2380`);

function createEtcd({ cluster: { client } }: Running, image = "quay.io/coreos/etcd:v3.5.6"): void {
  client.create(services, {
    metadata: { name: "etcd", namespace: "default" },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "etcd" },
      ports: [
        { port: 2379, name: "etcd-client" },
        { port: 2380, name: "etcd-server" },
      ],
    },
  } as never);
  client.create(statefulSets, {
    metadata: { name: "etcd", namespace: "default" },
    spec: {
      serviceName: "etcd",
      replicas: 3,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: { app: "etcd" } },
      template: {
        metadata: { labels: { app: "etcd" } },
        spec: {
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    labelSelector: { matchLabels: { app: "etcd" } },
                    topologyKey: "kubernetes.io/hostname",
                  },
                },
              ],
            },
          },
          containers: [
            {
              name: "etcd",
              image,
              env: [
                { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                { name: "PEERS", value: PEERS.join(",") },
                { name: "STATE", value: "new" },
              ],
              command: ["/usr/local/bin/etcd"],
              args: [
                "--name=$(POD)",
                "--data-dir=/var/run/etcd/default.etcd",
                "--listen-peer-urls=http://0.0.0.0:2380",
                "--listen-client-urls=http://0.0.0.0:2379",
                "--initial-advertise-peer-urls=http://$(POD).etcd:2380",
                "--advertise-client-urls=http://$(POD).etcd:2379",
                "--initial-cluster-token=etcd-cluster-1",
                "--initial-cluster=$(PEERS)",
                "--initial-cluster-state=$(STATE)",
              ],
              ports: [{ containerPort: 2379 }, { containerPort: 2380 }],
              readinessProbe: { httpGet: { path: "/health", port: 2379 }, periodSeconds: 5, timeoutSeconds: 5 },
              livenessProbe: {
                httpGet: { path: "/health?serializable=true", port: 2379 },
                initialDelaySeconds: 15,
                failureThreshold: 8,
              },
              volumeMounts: [{ name: "data", mountPath: "/var/run/etcd" }],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
}

const readyReplicas = ({ cluster }: Running) =>
  cluster.client.get(statefulSets, "default", "etcd").status?.readyReplicas ?? 0;
const home = ({ cluster }: Running, pod: string) => cluster.client.get(pods, "default", pod).spec?.nodeName ?? "";
const uid = ({ cluster }: Running, pod: string) => cluster.client.find(pods, "default", pod)?.metadata.uid;

async function settled(running: Running, replicas = 3): Promise<void> {
  await running.until(() => readyReplicas(running) === replicas);
  await running.clock.advance(10_000);
}

async function out(running: Running, pod: string, command: string): Promise<string> {
  const result = await running.exec(pod, command);
  expect(result.stderr).toBe("");
  return result.stdout;
}

describe("etcd on a StatefulSet", () => {
  it("bootstraps three members by their names, elects one leader, and shares its keys", async () => {
    const running = await bootCluster();
    createEtcd(running);
    await settled(running);
    const members = await out(running, "etcd-0", "etcdctl member list");
    expect(
      members
        .split("\n")
        .map((line) => line.replace(/^[0-9a-f]+/, "ID"))
        .sort()
        .join("\n"),
    ).toBe(
      [
        "",
        ...[0, 1, 2].map(
          (o) => `ID, started, etcd-${o}, http://etcd-${o}.etcd:2380, http://etcd-${o}.etcd:2379, false`,
        ),
      ].join("\n"),
    );
    expect(await out(running, "etcd-0", "etcdctl put /course/name statecraft")).toBe("OK\n");
    expect(await out(running, "etcd-2", "etcdctl get /course/name")).toBe("/course/name\nstatecraft\n");
    expect(await out(running, "etcd-1", "etcdctl get --prefix /course --keys-only")).toBe("/course/name\n\n");
    const status = await out(running, "etcd-1", "etcdctl endpoint status --cluster -w table");
    expect(status.match(/\| +true \| +false \|/g)).toHaveLength(1);
    expect(status).toContain("| RAFT TERM | RAFT INDEX | RAFT APPLIED INDEX | ERRORS |");
    expect(
      (await out(running, "etcd-1", "etcdctl endpoint health --cluster")).match(
        /is healthy: successfully committed proposal: took = /g,
      ),
    ).toHaveLength(3);
    expect(running.bugs).toEqual([]);
  });

  it("keeps what was written when Pods are replaced one after another", async () => {
    const running = await bootCluster();
    createEtcd(running);
    await settled(running);
    await out(running, "etcd-0", "etcdctl put kept before");
    for (const pod of ["etcd-0", "etcd-1", "etcd-2"]) {
      const before = uid(running, pod);
      running.cluster.client.delete(pods, "default", pod);
      await running.until(
        () => uid(running, pod) !== undefined && uid(running, pod) !== before && readyReplicas(running) === 3,
      );
      expect(await out(running, pod, "etcdctl get kept --print-value-only")).toBe("before\n");
    }
    expect((await running.exec("etcd-0", "etcdctl member list")).stdout.match(/started/g)).toHaveLength(3);
    expect(running.bugs).toEqual([]);
  });

  it("refuses without a majority, and goes on with everything when it is back", async () => {
    const running = await bootCluster();
    createEtcd(running);
    await settled(running);
    await out(running, "etcd-0", "etcdctl put a 1");
    const lost = ["etcd-1", "etcd-2"].map((pod) => home(running, pod));
    for (const node of lost) running.cluster.setNodePower(node, false);
    await running.clock.advance(10_000);
    const put = await running.exec("etcd-0", "etcdctl put b 2");
    expect(put).toMatchObject({ stdout: "", code: 1 });
    expect(put.stderr).toContain("\nError: context deadline exceeded\n");
    expect((await running.exec("etcd-0", "etcdctl put b 2 --command-timeout=10s")).stderr).toBe(
      "Error: etcdserver: request timed out\n",
    );
    expect(await out(running, "etcd-0", "etcdctl get a --consistency=s")).toBe("a\n1\n");
    expect((await running.exec("etcd-0", "etcdctl get a")).stderr).toContain("context deadline exceeded");
    expect(await running.exec("etcd-0", "etcdctl endpoint health")).toMatchObject({ stdout: "", code: 1 });
    expect(await out(running, "etcd-0", "etcdctl endpoint status")).toContain("etcdserver: no leader\n");
    expect((await running.exec("etcd-0", "etcdctl member add x --peer-urls=http://x:2380")).stderr).toContain(
      "Error: etcdserver: unhealthy cluster\n",
    );
    for (const node of lost) running.cluster.setNodePower(node, true);
    await running.clock.advance(60_000);
    await settled(running);
    expect(await out(running, "etcd-2", "etcdctl get a")).toBe("a\n1\n");
    expect(await out(running, "etcd-0", "etcdctl put b 3")).toBe("OK\n");
    expect(running.bugs).toEqual([]);
  });
});
