/** The Redis PetSet of 2016, moved to apps/v1: install and bootstrap as init containers, everything else as it was. */
import { afterEach, expect, it } from "vitest";
import { pods, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters } from "./cluster-harness.ts";

afterEach(closeClusters);

const mounts = [
  { name: "opt", mountPath: "/opt" },
  { name: "workdir", mountPath: "/work-dir" },
];

it("brings up three Redis replicas that replicate, and keeps its data when a Pod is replaced", async () => {
  const running = await bootCluster();
  const { client } = running.cluster;
  client.create(services, {
    metadata: { name: "redis", namespace: "default", labels: { app: "redis" } },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "redis" },
      ports: [{ port: 6379, name: "peer" }],
    },
  } as never);
  client.create(statefulSets, {
    metadata: { name: "rd", namespace: "default" },
    spec: {
      serviceName: "redis",
      replicas: 3,
      selector: { matchLabels: { app: "redis" } },
      template: {
        metadata: { labels: { app: "redis" } },
        spec: {
          terminationGracePeriodSeconds: 0,
          initContainers: [
            {
              name: "install",
              image: "gcr.io/google_containers/redis-install-3.2.0:e2e",
              imagePullPolicy: "Always",
              args: ["--install-into=/opt", "--work-dir=/work-dir"],
              volumeMounts: mounts,
            },
            {
              name: "bootstrap",
              image: "debian:jessie",
              command: ["/work-dir/peer-finder"],
              args: ['-on-start="/work-dir/on-start.sh"', "-service=redis"],
              env: [
                {
                  name: "POD_NAMESPACE",
                  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } },
                },
              ],
              volumeMounts: mounts,
            },
          ],
          containers: [
            {
              name: "redis",
              image: "debian:jessie",
              ports: [{ containerPort: 6379, name: "peer" }],
              command: ["/opt/redis/redis-server"],
              args: ["/opt/redis/redis.conf"],
              readinessProbe: {
                exec: { command: ["sh", "-c", "/opt/redis/redis-cli -h $(hostname) ping"] },
                initialDelaySeconds: 15,
                timeoutSeconds: 5,
              },
              volumeMounts: [
                { name: "datadir", mountPath: "/data" },
                { name: "opt", mountPath: "/opt" },
              ],
            },
          ],
          volumes: [
            { name: "opt", emptyDir: {} },
            { name: "workdir", emptyDir: {} },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "datadir" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
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
