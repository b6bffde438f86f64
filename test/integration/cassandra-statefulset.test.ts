/** Cassandra as the tutorial of Kubernetes runs it, and what scaling asks for beside `kubectl scale`. */
import { afterEach, describe, expect, it } from "vitest";
import { persistentVolumeClaims, pods, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";

afterEach(closeClusters);

function createCassandra({ cluster: { client } }: Running, image: string, tutorial: boolean): void {
  client.create(services, {
    metadata: { name: "cassandra", namespace: "default", labels: { app: "cassandra" } },
    spec: { clusterIP: "None", selector: { app: "cassandra" }, ports: [{ port: 9042 }] },
  } as never);
  const probe = tutorial ? ["/bin/bash", "-c", "/ready-probe.sh"] : ["sh", "-c", "cqlsh -e 'DESCRIBE CLUSTER'"];
  client.create(statefulSets, {
    metadata: { name: "cassandra", namespace: "default", labels: { app: "cassandra" } },
    spec: {
      serviceName: "cassandra",
      replicas: 3,
      selector: { matchLabels: { app: "cassandra" } },
      template: {
        metadata: { labels: { app: "cassandra" } },
        spec: {
          terminationGracePeriodSeconds: tutorial ? 500 : 30,
          containers: [
            {
              name: "cassandra",
              image,
              ports: [
                { containerPort: 7000, name: "intra-node" },
                { containerPort: 9042, name: "cql" },
              ],
              ...(tutorial
                ? { lifecycle: { preStop: { exec: { command: ["/bin/sh", "-c", "nodetool drain"] } } } }
                : {}),
              env: [
                { name: "MAX_HEAP_SIZE", value: "512M" },
                { name: "HEAP_NEWSIZE", value: "100M" },
                { name: "CASSANDRA_SEEDS", value: "cassandra-0.cassandra.default.svc.cluster.local" },
                { name: "CASSANDRA_CLUSTER_NAME", value: "K8Demo" },
                { name: "CASSANDRA_DC", value: "DC1-K8Demo" },
                { name: "CASSANDRA_RACK", value: "Rack1-K8Demo" },
                ...(tutorial ? [] : [{ name: "CASSANDRA_ENDPOINT_SNITCH", value: "GossipingPropertyFileSnitch" }]),
                { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
              ],
              readinessProbe: { exec: { command: probe }, initialDelaySeconds: 15, timeoutSeconds: 5 },
              volumeMounts: [
                { name: "cassandra-data", mountPath: tutorial ? "/cassandra_data" : "/var/lib/cassandra" },
              ],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "cassandra-data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
}

const ready = ({ cluster }: Running, count: number) =>
  cluster.client.get(statefulSets, "default", "cassandra").status?.readyReplicas === count;

async function cql(running: Running, pod: string, text: string): Promise<string> {
  const { stdout, stderr } = await running.exec(pod, `cqlsh -e "${text}"`);
  return stdout + stderr;
}

async function statusOf(running: Running, pod: string): Promise<string[]> {
  const { stdout } = await running.exec(pod, "nodetool status");
  return stdout.split("\n").filter((line) => /^[UD][NJLM] /.test(line));
}

async function replace(running: Running, pod: string, count: number): Promise<void> {
  const { client } = running.cluster;
  const before = client.get(pods, "default", pod).metadata.uid;
  client.delete(pods, "default", pod);
  await running.until(() => {
    const now = client.find(pods, "default", pod);
    return now !== undefined && now.metadata.uid !== before && ready(running, count);
  });
}

function scale({ cluster: { client } }: Running, replicas: number): void {
  client.modify(statefulSets, "default", "cassandra", (set) => {
    if (set.spec !== undefined) set.spec.replicas = replicas;
  });
}

const home = ({ cluster }: Running, pod: string) => cluster.client.get(pods, "default", pod).spec?.nodeName ?? "";

describe("Cassandra on a StatefulSet", () => {
  it("forms a ring from a seed's name and shows it as the tutorial does", async () => {
    const running = await bootCluster();
    createCassandra(running, "gcr.io/google-samples/cassandra:v13", true);
    await running.until(() => ready(running, 3));
    const { stdout } = await running.exec("cassandra-0", "nodetool status");
    console.log(stdout);
    expect(running.bugs).toEqual([]);
  });
});
