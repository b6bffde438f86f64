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

const KEYSPACE = "CREATE KEYSPACE demo WITH replication = {'class': 'NetworkTopologyStrategy', 'DC1-K8Demo': 3}";
const hostId = (line: string) => /[0-9a-f-]{36}/.exec(line)?.[0] ?? "";
const rowsOf = (text: string) => Number(/\((\d+) rows\)/.exec(text)?.[1]);
const partitions = async (running: Running, pod: string) =>
  Number(/partitions \(estimate\): (\d+)/.exec((await running.exec(pod, "nodetool tablestats demo")).stdout)?.[1] ?? 0);

describe("Cassandra on a StatefulSet", () => {
  it("forms a ring from a seed's name and shows it as the tutorial does", async () => {
    const running = await bootCluster();
    createCassandra(running, "gcr.io/google-samples/cassandra:v13", true);
    await running.until(() => running.cluster.client.find(pods, "default", "cassandra-1")?.status?.phase === "Running");
    await running.clock.advance(10_000);
    // One at a time, and for a while on its way in. Lines come by address, which is the node's to give.
    expect((await statusOf(running, "cassandra-0")).map((line) => line.slice(0, 2)).sort()).toEqual(["UJ", "UN"]);
    await running.until(() => ready(running, 3));
    const { stdout } = await running.exec("cassandra-0", "nodetool status");
    const lines = stdout.split("\n");
    expect(lines.slice(0, 5)).toEqual([
      "Datacenter: DC1-K8Demo",
      "======================",
      "Status=Up/Down",
      "|/ State=Normal/Leaving/Joining/Moving",
      "--  Address     Load       Tokens       Owns (effective)  Host ID                               Rack",
    ]);
    expect(lines.slice(5, 8).join("\n")).toMatch(
      /^(UN {2}10\.244\.\d\.\d {2}\d\.?\d* KiB {3,4}32 {11}\d\d\.\d% {13}[0-9a-f-]{36} {2}Rack1-K8Demo\n?){3}$/,
    );
    await cql(
      running,
      "cassandra-0",
      `${KEYSPACE}; CREATE TABLE demo.users (id int PRIMARY KEY, name text); INSERT INTO demo.users (id, name) VALUES (1, 'Ann'); INSERT INTO demo.users (id, name) VALUES (2, 'Bob');`,
    );
    expect(await cql(running, "cassandra-2", "CONSISTENCY QUORUM; SELECT * FROM demo.users;")).toBe(
      "Consistency level set to QUORUM.\n\n id | name\n----+------\n  1 |  Ann\n  2 |  Bob\n\n(2 rows)\n",
    );
    const before = (await statusOf(running, "cassandra-0")).map(hostId);
    await replace(running, "cassandra-2", 3);
    // The same host id at another address.
    const after = (await statusOf(running, "cassandra-0")).map(hostId);
    expect(after.sort()).toEqual(before.sort());
    expect(await cql(running, "cassandra-2", "SELECT name FROM demo.users WHERE id = 2")).toContain("\n  Bob\n");
    expect(running.bugs).toEqual([]);
  });

  it("refuses levels that too few replicas can answer, and hands over what was missed", async () => {
    const running = await bootCluster();
    createCassandra(running, "cassandra:4.1", false);
    await running.until(() => ready(running, 3));
    await cql(running, "cassandra-0", `${KEYSPACE}; CREATE TABLE demo.t (k text PRIMARY KEY, v int)`);
    running.cluster.setNodePower(home(running, "cassandra-1"), false);
    await running.clock.advance(10_000);
    expect((await statusOf(running, "cassandra-0")).filter((line) => line.startsWith("DN"))).toHaveLength(1);
    expect(await cql(running, "cassandra-0", "CONSISTENCY ALL; INSERT INTO demo.t (k, v) VALUES ('a', 1)")).toBe(
      `Consistency level set to ALL.\n<stdin>:1:NoHostAvailable: ('Unable to complete the operation against any hosts', {<Host: 127.0.0.1:9042 DC1-K8Demo>: Unavailable('Error from server: code=1000 [Unavailable exception] message="Cannot achieve consistency level ALL" info={\\'consistency\\': \\'ALL\\', \\'required_replicas\\': 3, \\'alive_replicas\\': 2}')})\n`,
    );
    expect(await cql(running, "cassandra-0", "CONSISTENCY QUORUM; INSERT INTO demo.t (k, v) VALUES ('a', 1)")).toBe(
      "Consistency level set to QUORUM.\n",
    );
    expect((await running.exec("cassandra-0", "ls /var/lib/cassandra/hints")).stdout).toMatch(/-1\.hints\n$/);
    running.cluster.setNodePower(home(running, "cassandra-2"), false);
    await running.clock.advance(10_000);
    expect(await cql(running, "cassandra-0", "CONSISTENCY QUORUM; SELECT * FROM demo.t")).toContain(
      "Cannot achieve consistency level QUORUM",
    );
    expect(rowsOf(await cql(running, "cassandra-0", "SELECT * FROM demo.t"))).toBe(1);
    for (const pod of ["cassandra-1", "cassandra-2"]) running.cluster.setNodePower(home(running, pod), true);
    await running.clock.advance(60_000);
    await running.until(() => ready(running, 3));
    await running.clock.advance(10_000);
    expect((await running.exec("cassandra-0", "ls /var/lib/cassandra/hints")).stdout).toBe("");
    expect(await partitions(running, "cassandra-1")).toBe(1);
    expect(rowsOf(await cql(running, "cassandra-1", "CONSISTENCY ALL; SELECT * FROM demo.t"))).toBe(1);
    expect(running.bugs).toEqual([]);
  });

  it("repairs what neither hints nor reads brought", async () => {
    const running = await bootCluster();
    createCassandra(running, "cassandra:4.1", false);
    await running.until(() => ready(running, 3));
    await cql(running, "cassandra-0", `${KEYSPACE}; CREATE TABLE demo.t (k text PRIMARY KEY, v int)`);
    for (const pod of ["cassandra-0", "cassandra-1"]) await running.exec(pod, "nodetool disablehandoff");
    running.cluster.setNodePower(home(running, "cassandra-2"), false);
    await running.clock.advance(10_000);
    await cql(running, "cassandra-0", "INSERT INTO demo.t (k, v) VALUES ('missed', 1)");
    expect(await running.exec("cassandra-0", "nodetool repair demo")).toMatchObject({ code: 2 });
    running.cluster.setNodePower(home(running, "cassandra-2"), true);
    await running.clock.advance(60_000);
    await running.until(() => ready(running, 3));
    await running.clock.advance(10_000);
    expect(await partitions(running, "cassandra-2")).toBe(0);
    expect(rowsOf(await cql(running, "cassandra-2", "SELECT * FROM demo.t WHERE k = 'missed'"))).toBe(0);
    expect((await running.exec("cassandra-0", "nodetool repair demo")).stdout).toContain(
      "Repair completed successfully",
    );
    expect(rowsOf(await cql(running, "cassandra-2", "SELECT * FROM demo.t WHERE k = 'missed'"))).toBe(1);
    expect(running.bugs).toEqual([]);
  });

  it("needs cleanup after scaling up and decommission before scaling down", async () => {
    const running = await bootCluster();
    createCassandra(running, "cassandra:4.1", false);
    await running.until(() => ready(running, 3));
    await cql(running, "cassandra-0", `${KEYSPACE}; CREATE TABLE demo.t (k int PRIMARY KEY)`);
    const inserts = Array.from({ length: 40 }, (_, k) => `INSERT INTO demo.t (k) VALUES (${k});`).join(" ");
    await cql(running, "cassandra-0", inserts);
    scale(running, 5);
    await running.until(() => ready(running, 5));
    expect(await statusOf(running, "cassandra-3")).toHaveLength(5);
    expect(rowsOf(await cql(running, "cassandra-4", "CONSISTENCY ALL; SELECT * FROM demo.t"))).toBe(40);
    // The old owners keep what they no longer own until they are told.
    expect(await partitions(running, "cassandra-0")).toBe(40);
    await running.exec("cassandra-0", "nodetool cleanup");
    expect(await partitions(running, "cassandra-0")).toBeLessThan(40);
    const counts = await Promise.all([0, 1, 2, 3, 4].map((index) => partitions(running, `cassandra-${index}`)));
    expect(counts[3]).toBeGreaterThan(0);
    expect(await running.exec("cassandra-4", "nodetool decommission")).toMatchObject({ code: 0 });
    expect((await running.exec("cassandra-4", "nodetool netstats")).stdout).toContain("Mode: DECOMMISSIONED\n");
    scale(running, 4);
    await running.until(() => running.cluster.client.find(pods, "default", "cassandra-4") === undefined);
    expect((await statusOf(running, "cassandra-0")).every((line) => line.startsWith("UN"))).toBe(true);
    expect(rowsOf(await cql(running, "cassandra-0", "CONSISTENCY ALL; SELECT * FROM demo.t"))).toBe(40);
    // Without it the ring goes on counting on who is gone, until it is taken out by hand.
    scale(running, 3);
    await running.until(() => running.cluster.client.find(pods, "default", "cassandra-3") === undefined);
    const gone = (await statusOf(running, "cassandra-0")).find((line) => line.startsWith("DN"));
    expect(await cql(running, "cassandra-0", "CONSISTENCY ALL; SELECT * FROM demo.t")).toContain("NoHostAvailable");
    expect(await running.exec("cassandra-0", `nodetool removenode ${hostId(gone ?? "")}`)).toMatchObject({
      code: 0,
    });
    expect(await statusOf(running, "cassandra-0")).toHaveLength(3);
    expect(rowsOf(await cql(running, "cassandra-1", "CONSISTENCY ALL; SELECT * FROM demo.t"))).toBe(40);
    expect((await running.exec("cassandra-1", "nodetool decommission")).stderr).toContain(
      "nodetool: Unsupported operation: Not enough live nodes to maintain replication factor in keyspace system_distributed (RF = 3, N = 3). Perform a forceful decommission to ignore.\n",
    );
    // The claim of the decommissioned node is still there: who comes back on it is not let in.
    expect(
      running.cluster.client.find(persistentVolumeClaims, "default", "cassandra-data-cassandra-4"),
    ).not.toBeUndefined();
    expect(running.bugs).toEqual([]);
  });

  it("is upgraded one by one, and lets nobody in while another one is joining", async () => {
    const running = await bootCluster();
    createCassandra(running, "cassandra:4.0", false);
    await running.until(() => ready(running, 3));
    await cql(
      running,
      "cassandra-0",
      `${KEYSPACE}; CREATE TABLE demo.t (k int, at int, v text, PRIMARY KEY (k, at)) WITH CLUSTERING ORDER BY (at DESC); INSERT INTO demo.t (k, at, v) VALUES (1, 1, 'old'); INSERT INTO demo.t (k, at, v) VALUES (1, 2, 'new');`,
    );
    running.cluster.client.modify(statefulSets, "default", "cassandra", (set) => {
      const container = set.spec?.template.spec?.containers[0];
      if (container !== undefined) container.image = "cassandra:4.1";
    });
    await running.until(
      () =>
        ready(running, 3) &&
        running.cluster.client.get(statefulSets, "default", "cassandra").status?.updatedReplicas === 3,
    );
    expect((await running.exec("cassandra-1", "nodetool version")).stdout).toBe("ReleaseVersion: 4.1.10\n");
    expect(await cql(running, "cassandra-1", "SELECT at, v FROM demo.t WHERE k = 1 LIMIT 1")).toBe(
      "\n at | v\n----+-----\n  2 | new\n\n(1 rows)\n",
    );
    const container = {
      image: "cassandra:4.1",
      env: running.cluster.client.get(pods, "default", "cassandra-0").spec?.containers[0]?.env,
    };
    for (const name of ["late-a", "late-b"]) {
      running.cluster.client.create(pods, {
        metadata: { name, namespace: "default" },
        spec: { restartPolicy: "Never", containers: [{ name: "cassandra", ...container }] },
      } as never);
      await running.clock.advance(5_000);
    }
    await running.until(() => running.cluster.client.get(pods, "default", "late-b").status?.phase === "Failed");
    expect((await statusOf(running, "cassandra-0")).filter((line) => line.startsWith("UJ"))).toHaveLength(1);
    expect(running.bugs).toEqual([]);
  });
});
