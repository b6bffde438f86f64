/** The system namespace through snapshots and forks. */
import { afterEach, describe, expect, it } from "vitest";
import { type VirtualClock, virtualClock } from "../../lib/clock/index.ts";
import { createImages } from "../../lib/images/index.ts";
import { pods } from "../../lib/kubernetes/api/resources.ts";
import type { Pod } from "../../lib/kubernetes/api/types.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { tools } from "./tools.ts";

const images = createImages(tools);
const open: Cluster[] = [];
const bugs: string[] = [];

afterEach(() => {
  for (const cluster of open.splice(0)) cluster.close();
  expect(bugs.splice(0)).toEqual([]);
});

async function boot() {
  const clock = virtualClock({ seed: 3 });
  const cluster = createCluster({
    images,
    clock,
    latencies: "none",
    nodes: [{ name: "node-1" }],
    onBug: (where, error) => bugs.push(`${where}: ${String(error)}`),
  });
  open.push(cluster);
  await cluster.ready();
  return { cluster, clock };
}

const system = (cluster: Cluster) =>
  cluster.client.list(pods, "kube-system").map(({ metadata, status }) => {
    const [container] = status?.containerStatuses ?? [];
    return { name: metadata.name, uid: metadata.uid, id: container?.containerID, restarts: container?.restartCount };
  });

/** A Pod that does one thing on the node's disk. */
function onNode(cluster: Cluster, name: string, script: string): void {
  cluster.client.create(pods, {
    metadata: { name, namespace: "default" },
    spec: {
      nodeName: "node-1",
      restartPolicy: "Never",
      containers: [
        {
          name: "c",
          image: "busybox:1.36",
          command: ["sh", "-c", script],
          volumeMounts: [{ name: "host", mountPath: "/host" }],
        },
      ],
      volumes: [{ name: "host", hostPath: { path: "/" } }],
    },
  } as Pod);
}

const waiting = (name: string): Pod => ({
  metadata: { name, namespace: "default" },
  spec: { containers: [{ name: "c", image: "registry.k8s.io/pause:3.9" }] },
});
const phase = (cluster: Cluster, name: string) => cluster.client.find(pods, "default", name)?.status?.phase;

/** What comes of `promise` when time goes on. */
async function within<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let over = false;
  promise.finally(() => (over = true)).catch(() => undefined);
  await clock.runUntil(() => over, 10_000);
  return promise;
}

describe("system Pods", () => {
  it("go on in a fork as they were: same Pods, same containers, no restart", async () => {
    const { cluster } = await boot();
    const before = system(cluster);
    const fork = cluster.fork();
    open.push(fork);
    await fork.clock.advance(60_000);
    expect(system(fork)).toEqual(before);
    expect(before.map(({ restarts }) => restarts)).toEqual(before.map(() => 0));
  });

  it("that do not run do not run in a fork either, until their file is back", async () => {
    const { cluster, clock } = await boot();
    onNode(cluster, "remove", "mv /host/etc/kubernetes/manifests/kube-scheduler.yaml /host/tmp/");
    await clock.advance(60_000);
    const fork = cluster.fork();
    open.push(fork);
    fork.client.create(pods, waiting("late"));
    await fork.clock.advance(60_000);
    expect(phase(fork, "late")).toBe("Pending");
    onNode(fork, "restore", "mv /host/tmp/kube-scheduler.yaml /host/etc/kubernetes/manifests/");
    await fork.clock.advance(60_000);
    expect(phase(fork, "late")).toBe("Running");
    // The cluster it came from has noticed nothing.
    cluster.client.create(pods, waiting("late"));
    await clock.advance(60_000);
    expect(phase(cluster, "late")).toBe("Pending");
  });

  it("keep what a file of the node asked for in a fork, and lose it there with the file", async () => {
    const { cluster, clock } = await boot();
    const manifest =
      "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: web, image: nginx:1.27}]}}";
    onNode(cluster, "add", `echo '${manifest}' > /host/etc/kubernetes/manifests/web.yaml`);
    await clock.advance(60_000);
    expect(phase(cluster, "web-node-1")).toBe("Running");
    const fork = cluster.fork();
    open.push(fork);
    onNode(fork, "remove", "rm /host/etc/kubernetes/manifests/web.yaml");
    await fork.clock.advance(60_000);
    expect(phase(fork, "web-node-1")).toBeUndefined();
    expect(phase(cluster, "web-node-1")).toBe("Running");
  });

  it("of CoreDNS answer questions and for their health, say what theirs say, and end when they are told to", async () => {
    const { cluster, clock } = await boot();
    const dns = () =>
      cluster.client.list(pods, "kube-system").filter(({ metadata }) => metadata.labels?.["k8s-app"] === "kube-dns");
    const log = async (name: string) => {
      const response = await cluster.handle({
        method: "GET",
        path: `/api/v1/namespaces/kube-system/pods/${name}/log`,
        query: new URLSearchParams(),
        headers: {},
        user: { name: "kubernetes-admin", groups: ["system:masters"] },
      });
      if (response.body instanceof Uint8Array || typeof response.body === "string") return String(response.body);
      let text = "";
      for await (const chunk of response.body)
        text += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
      return text;
    };
    const [first] = dns();
    const { podIP: address = "" } = first?.status ?? {};
    const start = ".:53\n[INFO] plugin/reload: Running configuration SHA512 = statecraft\nCoreDNS-1.12.1\n";
    const name = first?.metadata.name ?? "";
    expect(await log(name)).toContain(start);
    const network = cluster.outsideNetwork("desk");
    const question = { name: "kubernetes.default.svc.cluster.local", type: "A" } as const;
    const answered = await within(clock, network.query(address, question));
    expect(answered.answers.map(({ data }) => data)).toEqual(["10.96.0.1"]);
    const ask = async (port: number) => {
      const connection = await network.connect(address, port);
      await connection.writer.write("GET /health HTTP/1.1\r\n\r\n");
      let text = "";
      for await (const chunk of connection.reader) text += new TextDecoder().decode(chunk);
      return text.split("\r\n").at(-1);
    };
    for (const port of [8080, 8181, 8080]) expect(await within(clock, ask(port))).toBe("OK");
    // It has been looked at, and says nothing twice.
    expect((await log(name)).split("CoreDNS-1.12.1")).toHaveLength(2);
    cluster.client.delete(pods, "kube-system", name);
    await clock.advance(10_000);
    expect(dns().map(({ metadata }) => metadata.name)).not.toContain(name);
    await expect(within(clock, network.connect(address, 8080, { timeoutMs: 10 }))).rejects.toThrow();
  });
});
