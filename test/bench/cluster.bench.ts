/** The embedded cluster: boot, workloads, forks, lists, memory and idle CPU. */
import { fork } from "node:child_process";
import { realClock } from "../../lib/clock/index.ts";
import { deployments, pods, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { serve } from "../../lib/kubernetes/apiserver/http.node.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { standardImages } from "../../lib/sandbox/embedded/images.ts";
import { median, medianMs, report, residentMb, until } from "./measure.ts";

const images = standardImages();
const boot = async (): Promise<Cluster> => {
  const cluster = createCluster({ images, latencies: "none", clock: realClock({ seed: 1 }) });
  await cluster.ready();
  return cluster;
};
const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "nginx", image: "nginx:1.27" }] } };
const isReady = (cluster: Cluster, name: string, replicas: number) =>
  cluster.client.find(statefulSets, "default", name)?.status?.readyReplicas === replicas;

function createStatefulSet(cluster: Cluster, replicas: number, withClaims: boolean, parallel = false): void {
  if (cluster.client.find(services, "default", "web") === undefined) {
    cluster.client.create(services, {
      metadata: { name: "web", namespace: "default" },
      spec: { clusterIP: "None", selector: labels, ports: [{ port: 80 }] },
    });
  }
  cluster.client.create(statefulSets, {
    metadata: { name: "web", namespace: "default" },
    spec: {
      serviceName: "web",
      replicas,
      ...(parallel ? { podManagementPolicy: "Parallel" } : {}),
      selector: { matchLabels: labels },
      template: withClaims
        ? {
            ...template,
            spec: {
              containers: [{ name: "nginx", image: "nginx:1.27", volumeMounts: [{ name: "www", mountPath: "/data" }] }],
            },
          }
        : template,
      ...(withClaims
        ? {
            volumeClaimTemplates: [
              {
                metadata: { name: "www" },
                spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
              },
            ],
          }
        : {}),
    },
  });
}

// First, while the process is still small: what is left over from other measures would hide it.
{
  const before = residentMb();
  const clusters: Cluster[] = [];
  for (let index = 0; index < 50; index++) clusters.push(await boot());
  report("memory of an idle cluster (50 in one process)", (residentMb() - before) / 50, "MB", "<= 1");
  // V8 gives memory back once a process has come to rest, with a few collections up to 40 s after the last boot: that is
  // not what an idle cluster costs, so the median of several looks counts.
  const looks: number[] = [];
  for (let look = 0; look < 7; look++) {
    const cpu = process.cpuUsage();
    const started = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const used = process.cpuUsage(cpu);
    looks.push(((used.user + used.system) / 1000 / (performance.now() - started)) * 100);
  }
  report("CPU of 50 idle clusters (median of 7 looks of 10 s)", median(looks), "% of a core", "<= 0.5");
  for (const cluster of clusters) cluster.close();
}

report("new cluster to all system Pods Ready", await medianMs(15, async () => (await boot()).close()), "ms", "<= 50");

report(
  "3-replica Deployment to Ready",
  await workload(async (cluster) => {
    cluster.client.create(deployments, {
      metadata: { name: "web", namespace: "default" },
      spec: { replicas: 3, selector: { matchLabels: labels }, template },
    });
    await until(() => cluster.client.find(deployments, "default", "web")?.status?.readyReplicas === 3);
  }),
  "ms",
  "<= 30",
);
report(
  "3-replica StatefulSet with claims to Ready",
  await workload(async (cluster) => {
    createStatefulSet(cluster, 3, true);
    await until(() => isReady(cluster, "web", 3));
  }),
  "ms",
  "<= 50",
);
report(
  "100-replica StatefulSet, Parallel, to Ready",
  await workload(async (cluster) => {
    createStatefulSet(cluster, 100, false, true);
    await until(() => isReady(cluster, "web", 100), 60_000);
  }, 3),
  "ms",
);

/** Requests per second that 10 connections of another process get through in `ms`. */
async function loadFrom(url: string, token: string, ms: number): Promise<number> {
  const client = fork(new URL("./load-client.mjs", import.meta.url), [url, token, String(ms)]);
  return new Promise((resolve, reject) => {
    client.once("message", (rate) => resolve(Number(rate)));
    client.once("error", reject);
    client.once("exit", (code) => reject(new Error(`the client ended with ${code}`)));
  });
}

/** Median time of `body` on fresh clusters, boot left out. */
async function workload(body: (cluster: Cluster) => Promise<void>, times = 9): Promise<number> {
  const took: number[] = [];
  for (let run = 0; run <= times; run++) {
    const cluster = await boot();
    const started = performance.now();
    await body(cluster);
    if (run > 0) took.push(performance.now() - started);
    cluster.close();
  }
  return took.sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? Number.NaN;
}

{
  const cluster = await boot();
  createStatefulSet(cluster, 20, false, true);
  await until(() => isReady(cluster, "web", 20));
  report(
    "fork of 20 Pods, one killed and back, under virtual time",
    await medianMs(15, async () => {
      const fork = cluster.fork();
      const before = fork.client.get(pods, "default", "web-7").metadata.uid;
      fork.client.delete(pods, "default", "web-7");
      const back = () => {
        const pod = fork.client.find(pods, "default", "web-7");
        return (
          pod !== undefined &&
          pod.metadata.uid !== before &&
          pod.status?.conditions?.some((each) => each.type === "Ready" && each.status === "True") === true
        );
      };
      if (!(await fork.clock.runUntil(back, 120_000))) throw new Error("web-7 did not come back");
      fork.close();
    }),
    "ms",
    "<= 20",
  );
  report("snapshot of the same cluster", await medianMs(15, async () => void JSON.stringify(cluster.snapshot())), "ms");
  cluster.close();
}

{
  const cluster = await boot();
  createStatefulSet(cluster, 100, false, true);
  await until(() => isReady(cluster, "web", 100), 60_000);
  const server = await serve(cluster, {});
  const rate = await loadFrom(`${server.url}/api/v1/namespaces/default/pods`, cluster.adminToken, 3000);
  report("list of 100 Pods over HTTP, 10 connections from another process", rate, "/s", ">= 3000");
  await server.close();
  cluster.close();
}

process.exit(0);
