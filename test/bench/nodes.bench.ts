/** Nodes: Pods started per second, memory of a running Pod by image, and a thousand Pods in one cluster. */
import { realClock } from "../../lib/clock/index.ts";
import { deployments, pods } from "../../lib/kubernetes/api/resources.ts";
import type { PodSpec } from "../../lib/kubernetes/api/types.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster, NodeOptions } from "../../lib/kubernetes/cluster.types.ts";
import { standardImages } from "../../lib/sandbox/embedded/images.ts";
import { report, residentMb, until } from "./measure.ts";

const images = standardImages();
const TIME_LIMIT_MS = 120_000;

async function boot(nodes: number): Promise<Cluster> {
  const options = Array.from(
    { length: nodes },
    (_, index): NodeOptions => ({ name: `node-${index + 1}`, cpu: "64", memory: "256Gi", pods: 250 }),
  );
  const cluster = createCluster({ images, latencies: "none", clock: realClock({ seed: 1 }), nodes: options });
  await cluster.ready();
  return cluster;
}

/** MB that objects and buffers take after a garbage collection: what one cluster left free does not hide the next. */
function heldMb(): number {
  residentMb();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
}

/** Creates a Deployment of that many Pods and waits until all are ready; ms. */
async function run(cluster: Cluster, name: string, replicas: number, spec: PodSpec): Promise<number> {
  const labels = { app: name };
  const started = performance.now();
  cluster.client.create(deployments, {
    metadata: { name, namespace: "default" },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
  await until(
    () => cluster.client.find(deployments, "default", name)?.status?.readyReplicas === replicas,
    TIME_LIMIT_MS,
  );
  return performance.now() - started;
}

const container = (image: string, command?: readonly string[]): PodSpec => ({
  containers: [{ name: "main", image, ...(command === undefined ? {} : { command: [...command] }) }],
});

const MEASURED: readonly (readonly [string, PodSpec])[] = [
  ["registry.k8s.io/pause:3.10", container("registry.k8s.io/pause:3.10")],
  ["busybox:1.36 (sleep)", container("busybox:1.36", ["sleep", "100000"])],
  ["nginx:1.27", container("nginx:1.27")],
  ["redis:7.4", container("redis:7.4")],
];
const REPLICAS = 200;

for (const [name, spec] of MEASURED) {
  const cluster = await boot(2);
  const before = heldMb();
  const took = await run(cluster, "web", REPLICAS, spec);
  report(`memory of a running Pod, ${name} (${REPLICAS} of them)`, ((heldMb() - before) / REPLICAS) * 1024, "kB");
  report(`Pods started per second, ${name}`, (REPLICAS / took) * 1000, "/s");
  cluster.close();
}

{
  const cluster = await boot(10);
  const before = residentMb();
  const took = await run(cluster, "many", 1000, container("nginx:1.27"));
  report("1,000 Pods of nginx in one cluster of 10 nodes, to Ready", took / 1000, "s");
  report("their memory", residentMb() - before, "MB");
  const cpu = process.cpuUsage();
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const used = process.cpuUsage(cpu);
  report(
    "CPU while they idle",
    ((used.user + used.system) / 1000 / (performance.now() - started)) * 100,
    "% of a core",
  );
  const listed = performance.now();
  const count = cluster.client.list(pods, "default").length;
  report(`list of ${count} Pods`, performance.now() - listed, "ms");
  cluster.close();
}
