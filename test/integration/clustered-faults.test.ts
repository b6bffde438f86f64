/**
 * Random lives of clustered systems: Pods killed, nodes switched off and on, rollouts, with writes between. Whatever
 * happens, a write that was acknowledged is there once everything is back, as on the real systems with these manifests.
 */
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { pods, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";
import { createEtcd, createKafka } from "./clustered-quorums.ts";
import { createGalera, createRedis, createZooKeeper } from "./clustered-systems.ts";

afterEach(closeClusters);

/** How many histories of each system; more with STATECRAFT_HISTORIES, others with STATECRAFT_SEED. */
const histories = Number(process.env.STATECRAFT_HISTORIES ?? 12);
const seed = Number(process.env.STATECRAFT_SEED ?? 20161);

interface System {
  readonly statefulSet: string;
  create(running: Running): void;
  /** Before the first write. */
  prepare?(running: Running): Promise<void>;
  /** True where the system said that it has the write. */
  write(running: Running, pod: string, value: number): Promise<boolean>;
  /** Everything that was written, as this member has it; undefined where it does not serve. */
  read(running: Running, pod: string): Promise<readonly number[] | undefined>;
  /** Most members that may be away at once; where more are gone the real system needs a person to come back. */
  readonly mostAway: number;
}

const numbers = (text: string) => [...text.matchAll(/\d+/g)].map(Number);

const zooKeeper: System = {
  statefulSet: "zk",
  create: createZooKeeper,
  mostAway: 3,
  async prepare(running) {
    expect((await running.exec("zk-0", "zkCli.sh create /w root")).stdout).toContain("Created /w");
  },
  async write(running, pod, value) {
    const { stdout, code } = await running.exec(pod, `timeout 20 zkCli.sh create /w/${value} x`);
    return code === 0 && stdout.includes(`Created /w/${value}\n`);
  },
  async read(running, pod) {
    const { stdout, code } = await running.exec(pod, "timeout 20 zkCli.sh ls /w");
    return code === 0 ? numbers(/^\[(.*)\]$/m.exec(stdout)?.[1] ?? "") : undefined;
  },
};

const galera: System = {
  statefulSet: "mysql",
  create: createGalera,
  mostAway: 1,
  async prepare(running) {
    await running.exec("mysql-0", 'mysql -u root -e "CREATE DATABASE d; CREATE TABLE d.w (k INT PRIMARY KEY)"');
  },
  async write(running, pod, value) {
    return (await running.exec(pod, `timeout 20 mysql -u root -e "INSERT INTO d.w VALUES (${value})"`)).code === 0;
  },
  async read(running, pod) {
    const { stdout, code } = await running.exec(pod, 'timeout 20 mysql -u root -N -e "SELECT k FROM d.w"');
    return code === 0 ? numbers(stdout) : undefined;
  },
};

const redis: System = {
  statefulSet: "rd",
  create: createRedis,
  // A Pod that starts while the master is away becomes a second master, as the script of the seeds' image has it: two
  // histories, one of which is lost when they meet again.
  mostAway: 1,
  async write(running, pod, value) {
    // To the master, whom a replica knows.
    const { stdout } = await running.exec(
      pod,
      `cli=/opt/redis/redis-cli
       master=$($cli -h $(hostname) info replication | grep ^master_host: | cut -d: -f2 | tr -d '\\r')
       timeout 20 $cli -h "\${master:-$(hostname)}" sadd w ${value}`,
    );
    return stdout.trim() === "1";
  },
  async read(running, pod) {
    const { stdout } = await running.exec(pod, "timeout 20 /opt/redis/redis-cli -h $(hostname) smembers w");
    return /^\(?(error|Could not)/i.test(stdout) ? undefined : numbers(stdout);
  },
};

const etcd: System = {
  statefulSet: "etcd",
  create: createEtcd,
  mostAway: 3,
  async write(running, pod, value) {
    const { stdout, code } = await running.exec(pod, `timeout 20 etcdctl put w/${String(value).padStart(4, "0")} x`);
    return code === 0 && stdout === "OK\n";
  },
  async read(running, pod) {
    const { stdout, code } = await running.exec(pod, "timeout 20 etcdctl get w/ --prefix --keys-only");
    return code === 0 ? numbers(stdout) : undefined;
  },
};

const kafka: System = {
  statefulSet: "kafka",
  create: (running) => createKafka(running),
  mostAway: 3,
  async prepare(running) {
    const { stdout } = await running.exec(
      "kafka-0",
      "/opt/kafka/bin/kafka-topics.sh --bootstrap-server localhost:9092 --create --topic w --partitions 1 --replication-factor 3",
    );
    expect(stdout).toBe("Created topic w.\n");
  },
  async write(running, pod, value) {
    // Its console producer ends well whatever became of the record; what it complains of was not acknowledged.
    const { stderr, code } = await running.exec(
      pod,
      `echo ${value} | timeout 60 /opt/kafka/bin/kafka-console-producer.sh --bootstrap-server localhost:9092 --topic w`,
    );
    return code === 0 && !stderr.includes("ERROR");
  },
  async read(running, pod) {
    const { stdout } = await running.exec(
      pod,
      "timeout 60 /opt/kafka/bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic w --from-beginning --timeout-ms 15000",
    );
    return [...new Set(numbers(stdout))];
  },
};

type Step =
  | { readonly kind: "write"; readonly member: number }
  | { readonly kind: "kill"; readonly member: number; readonly graceSeconds: number }
  | { readonly kind: "power"; readonly node: number }
  | { readonly kind: "rollout" }
  | { readonly kind: "wait"; readonly seconds: number };

const REPLICAS = 3;
const member = fc.integer({ min: 0, max: REPLICAS - 1 });
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("write" as const), member }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("kill" as const), member, graceSeconds: fc.constantFrom(0, 1, 30) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("power" as const), node: member }) },
    { weight: 1, arbitrary: fc.constant({ kind: "rollout" as const }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 90 }) }),
    },
  ),
  { minLength: 6, maxLength: 30 },
);

/** Plays one history; gives what was acknowledged, and what each member has in the end. */
async function play(system: System, history: readonly Step[]) {
  const running = await bootCluster();
  const { cluster, clock } = running;
  const { client } = cluster;
  const names = Array.from({ length: REPLICAS }, (_, index) => `${system.statefulSet}-${index}`);
  const status = () => client.get(statefulSets, "default", system.statefulSet).status;
  const ready = () => status()?.readyReplicas === REPLICAS && status()?.updatedReplicas === REPLICAS;
  const off = new Set<string>();
  const pod = (name: string) => client.find(pods, "default", name);
  const serves = (name: string) => {
    const { metadata, spec, status: current } = pod(name) ?? {};
    return (
      current?.containerStatuses?.[0]?.state?.running !== undefined &&
      metadata?.deletionTimestamp === undefined &&
      !off.has(spec?.nodeName ?? "")
    );
  };
  const unready = () =>
    names.filter(
      (name) => !serves(name) || pod(name)?.status?.conditions?.find(({ type }) => type === "Ready")?.status !== "True",
    );
  /** Whether one more may go without losing more than the system bears; a member that still comes up counts as away. */
  const spare = (name: string | undefined) => {
    const away = new Set(unready());
    if (name !== undefined) away.add(name);
    return away.size <= system.mostAway;
  };

  system.create(running);
  await running.until(ready, 1_200_000);
  await clock.advance(10_000);
  await system.prepare?.(running);
  const acknowledged: number[] = [];
  let next = 1;
  let revision = 0;
  for (const step of history) {
    switch (step.kind) {
      case "write": {
        const name = names[step.member] as string;
        if (!serves(name)) break;
        const value = next++;
        if (await system.write(running, name, value)) acknowledged.push(value);
        break;
      }
      case "kill": {
        const name = names[step.member] as string;
        if (pod(name) === undefined || !spare(name)) break;
        client.delete(pods, "default", name, { gracePeriodSeconds: step.graceSeconds });
        break;
      }
      case "power": {
        const node = `node-${step.node + 1}`;
        if (off.delete(node)) cluster.setNodePower(node, true);
        else if (spare(names.find((name) => pod(name)?.spec?.nodeName === node))) {
          off.add(node);
          cluster.setNodePower(node, false);
        }
        break;
      }
      case "rollout":
        // OrderedReady replaces one after another and waits for each, which is what the systems bear.
        if (system.mostAway < REPLICAS && unready().length > 0) break;
        revision++;
        client.modify(statefulSets, "default", system.statefulSet, (set) => {
          const metadata = set.spec?.template.metadata;
          if (metadata !== undefined) metadata.annotations = { revision: String(revision) };
        });
        if (system.mostAway < REPLICAS) await running.until(ready, 1_200_000);
        break;
      case "wait":
        await clock.advance(step.seconds * 1000);
        break;
    }
  }
  for (const node of off) cluster.setNodePower(node, true);
  await running.until(ready, 3_600_000);
  await clock.advance(120_000);
  const kept = [];
  for (const name of names) kept.push(await system.read(running, name));
  const { bugs } = running;
  closeClusters();
  return { acknowledged, kept, bugs, revision };
}

describe.each([
  ["Redis", redis],
  ["Galera", galera],
  ["ZooKeeper", zooKeeper],
  ["etcd", etcd],
  ["Kafka", kafka],
] as const)("%s under random faults", (_, system) => {
  it("keeps every acknowledged write, on every member", { timeout: 600_000 }, async () => {
    let written = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const { acknowledged, kept, bugs } = await play(system, history);
        written += acknowledged.length;
        expect(bugs).toEqual([]);
        for (const values of kept) {
          expect(values).toBeDefined();
          expect([...(values ?? [])].filter((value) => acknowledged.includes(value)).sort((a, b) => a - b)).toEqual(
            acknowledged,
          );
        }
      }),
      { numRuns: histories, seed, endOnFailure: true },
    );
    // Histories in which nothing was ever acknowledged would prove nothing.
    expect(written).toBeGreaterThan(histories);
  });
});
