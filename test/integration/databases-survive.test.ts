/** Random Pod deaths and node stops: what a database said was kept by a majority is there in the end. */
import { afterEach, describe, expect, it } from "vitest";
import { pods, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";

afterEach(closeClusters);

interface System {
  readonly image: string;
  readonly container: Readonly<Record<string, unknown>>;
  readonly mountPath: string;
  readonly probe: readonly string[];
  readonly prepare: (running: Running) => Promise<void>;
  /** A script that prints "ok" where number `n` was acknowledged. */
  readonly write: (n: number) => string;
  /** A script that prints all numbers, in any order, with anything between. */
  readonly read: string;
}

const HOSTS = "db-0.db,db-1.db,db-2.db";

const SYSTEMS: Readonly<Record<string, System>> = {
  MongoDB: {
    image: "mongo:7.0",
    container: { command: ["mongod", "--replSet", "rs0", "--bind_ip_all"] },
    mountPath: "/data/db",
    probe: ["mongosh", "--quiet", "--eval", "db.hello().ok"],
    prepare: async (running) => {
      await running.exec(
        "db-0",
        `mongosh --quiet --eval 'rs.initiate({_id: "rs0", members: [0, 1, 2].map(i => ({_id: i, host: "db-" + i + ".db:27017"}))})'`,
      );
      await running.clock.advance(15_000);
    },
    write: (n) =>
      `mongosh --quiet "mongodb://${HOSTS}/test?replicaSet=rs0" --eval 'db.t.insertOne({_id: ${n}}, {writeConcern: {w: "majority", wtimeout: 3000}}); print("ok")'`,
    read: `mongosh --quiet "mongodb://${HOSTS}/test?replicaSet=rs0" --eval 'db.t.find().toArray().map(d => d._id).join(" ")'`,
  },
  Cassandra: {
    image: "cassandra:4.1",
    container: {
      env: [
        { name: "CASSANDRA_SEEDS", value: "db-0.db.default.svc.cluster.local,db-1.db.default.svc.cluster.local" },
        { name: "JVM_OPTS", value: "-Dcassandra.ring_delay_ms=2000" },
      ],
    },
    mountPath: "/var/lib/cassandra",
    probe: ["nodetool", "statusbinary"],
    prepare: async (running) => {
      await running.exec(
        "db-0",
        `cqlsh -e "CREATE KEYSPACE d WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}; CREATE TABLE d.t (n int PRIMARY KEY)"`,
      );
    },
    write: (n) => `cqlsh -e "CONSISTENCY QUORUM; INSERT INTO d.t (n) VALUES (${n})" > /dev/null && echo ok`,
    read: `cqlsh -e "CONSISTENCY QUORUM; SELECT n FROM d.t"`,
  },
};

function create({ cluster: { client } }: Running, system: System): void {
  client.create(services, {
    metadata: { name: "db", namespace: "default" },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "db" },
      ports: [{ port: 1000, name: "db" }],
    },
  } as never);
  client.create(statefulSets, {
    metadata: { name: "db", namespace: "default" },
    spec: {
      serviceName: "db",
      replicas: 3,
      selector: { matchLabels: { app: "db" } },
      template: {
        metadata: { labels: { app: "db" } },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: "db",
              image: system.image,
              ...system.container,
              readinessProbe: { exec: { command: system.probe }, periodSeconds: 5 },
              volumeMounts: [{ name: "data", mountPath: system.mountPath }],
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

/** The same numbers for the same seed. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const ready = ({ cluster }: Running) => cluster.client.get(statefulSets, "default", "db").status?.readyReplicas === 3;

async function storm(
  system: System,
  seed: number,
): Promise<{ readonly lost: number[]; readonly acknowledged: number; readonly bugs: unknown[] }> {
  const running = await bootCluster();
  const { cluster, clock } = running;
  create(running, system);
  await running.until(() => ready(running));
  await system.prepare(running);
  const pick = chance(seed);
  const acknowledged: number[] = [];
  let off: string | undefined;
  for (let n = 0; n < 24; n++) {
    const pod = `db-${pick(3)}`;
    const found = cluster.client.find(pods, "default", pod);
    switch (pick(4)) {
      case 0:
        if (found !== undefined) cluster.client.delete(pods, "default", pod);
        break;
      case 1:
        if (off === undefined && found?.spec?.nodeName !== undefined) {
          off = found.spec.nodeName;
          cluster.setNodePower(off, false);
        }
        break;
      case 2:
        if (off !== undefined) cluster.setNodePower(off, true);
        off = undefined;
        break;
    }
    await clock.advance(pick(12_000));
    const from = [0, 1, 2]
      .map((index) => `db-${index}`)
      .find((name) => {
        const one = cluster.client.find(pods, "default", name);
        return (
          one?.spec?.nodeName !== off &&
          one?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")
        );
      });
    if (from === undefined) continue;
    const result = await running.exec(from, system.write(n)).catch(() => undefined);
    if (result?.stdout.includes("ok") === true) acknowledged.push(n);
  }
  if (off !== undefined) cluster.setNodePower(off, true);
  await clock.advance(60_000);
  await running.until(() => ready(running));
  await clock.advance(30_000);
  const { stdout } = await running.exec("db-0", system.read);
  const kept = new Set((stdout.match(/\d+/g) ?? []).map(Number));
  return { lost: acknowledged.filter((n) => !kept.has(n)), acknowledged: acknowledged.length, bugs: running.bugs };
}

describe.each(Object.entries(SYSTEMS))("%s", (_name, system) => {
  it.each([1, 2])("keeps what a majority acknowledged through storm %i", async (seed) => {
    const { lost, acknowledged, bugs } = await storm(system, seed);
    expect(lost).toEqual([]);
    expect(acknowledged).toBeGreaterThan(5);
    expect(bugs).toEqual([]);
  });
});
