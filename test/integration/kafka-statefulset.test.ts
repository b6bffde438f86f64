/** Kafka on a StatefulSet: KRaft with every node both broker and controller, ids from ordinals. */
import { afterEach, describe, expect, it } from "vitest";
import { pods, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";
import { createKafka } from "./clustered-quorums.ts";
import { createZooKeeper } from "./clustered-systems.ts";

afterEach(closeClusters);

const BIN = "/opt/kafka/bin";
const SERVER = "--bootstrap-server localhost:9092";
const readyReplicas = ({ cluster }: Running) =>
  cluster.client.get(statefulSets, "default", "kafka").status?.readyReplicas ?? 0;

async function settled(running: Running, replicas = 3): Promise<void> {
  await running.until(() => readyReplicas(running) === replicas);
  await running.clock.advance(15_000);
}

async function out(running: Running, pod: string, command: string): Promise<string> {
  const result = await running.exec(pod, command);
  expect(result.stderr).toBe("");
  return result.stdout;
}

const produce = (running: Running, pod: string, topic: string, lines: readonly string[], more = "") =>
  running.exec(
    pod,
    `printf '${lines.map((line) => `${line}\\n`).join("")}' | ${BIN}/kafka-console-producer.sh ${SERVER} --topic ${topic} ${more}`,
  );
const consume = (running: Running, pod: string, topic: string, count: number, more = "--from-beginning") =>
  running.exec(
    pod,
    `${BIN}/kafka-console-consumer.sh ${SERVER} --topic ${topic} ${more} --max-messages ${count} --timeout-ms 20000`,
  );

function setReplicas({ cluster: { client } }: Running, replicas: number): void {
  const set = structuredClone(client.get(statefulSets, "default", "kafka")) as unknown as {
    spec: { replicas: number };
  };
  set.spec.replicas = replicas;
  client.update(statefulSets, set as never);
}

describe("Kafka on a StatefulSet", () => {
  it("forms a quorum of controllers, and replicates a topic over its brokers", async () => {
    const running = await bootCluster();
    createKafka(running);
    await settled(running);
    const status = await out(running, "kafka-0", `${BIN}/kafka-metadata-quorum.sh ${SERVER} describe --status`);
    expect(status).toMatch(/^ClusterId: +MkU3OEVBNTcwNTJENDM2Qk\nLeaderId: +[012]\n/);
    expect(
      await out(
        running,
        "kafka-0",
        `${BIN}/kafka-topics.sh ${SERVER} --create --topic orders --partitions 3 --replication-factor 3`,
      ),
    ).toBe("Created topic orders.\n");
    const described = await out(running, "kafka-1", `${BIN}/kafka-topics.sh ${SERVER} --describe --topic orders`);
    expect(described).toMatch(
      /^Topic: orders\tTopicId: [\w-]{22}\tPartitionCount: 3\tReplicationFactor: 3\tConfigs: \n/,
    );
    expect(
      described.match(
        /\tPartition: \d\tLeader: \d\tReplicas: \d,\d,\d\tIsr: \d,\d,\d\tElr: N\/A\tLastKnownElr: N\/A\n/g,
      ),
    ).toHaveLength(3);
    expect(await produce(running, "kafka-0", "orders", ["one", "two", "three"])).toMatchObject({
      stdout: "",
      stderr: "",
      code: 0,
    });
    expect(await consume(running, "kafka-2", "orders", 3)).toMatchObject({
      stdout: "one\ntwo\nthree\n",
      stderr: "Processed a total of 3 messages\n",
    });
    expect((await running.exec("kafka-2", "ls /var/lib/kafka/data/logs")).stdout).toContain(
      "orders-0\norders-1\norders-2\n",
    );
    expect(running.bugs).toEqual([]);
  });

  it("keeps what was acknowledged when Pods are replaced one after another, and moves leaders", async () => {
    const running = await bootCluster();
    createKafka(running);
    await settled(running);
    const topics = `${BIN}/kafka-topics.sh ${SERVER}`;
    await out(running, "kafka-0", `${topics} --create --topic orders --partitions 3 --replication-factor 3`);
    await produce(running, "kafka-0", "orders", ["a", "b", "c"]);
    const { client } = running.cluster;
    const uid = (pod: string) => client.find(pods, "default", pod)?.metadata.uid;
    for (const [round, pod] of ["kafka-0", "kafka-1", "kafka-2"].entries()) {
      const before = uid(pod);
      client.delete(pods, "default", pod);
      await running.until(() => uid(pod) !== undefined && uid(pod) !== before && readyReplicas(running) === 3);
      await running.clock.advance(5000);
      expect(await out(running, pod, `${topics} --describe --under-replicated-partitions`)).toBe("");
      expect(await produce(running, pod, "orders", [`round-${round}`])).toMatchObject({ stderr: "", code: 0 });
    }
    const { stdout } = await consume(running, "kafka-1", "orders", 6);
    expect(stdout.split("\n").sort()).toEqual(["", "a", "b", "c", "round-0", "round-1", "round-2"]);
    expect(running.bugs).toEqual([]);
  });

  it("shrinks the in-sync set when brokers are gone: acks=all is refused below the minimum, acks=1 is not", async () => {
    const running = await bootCluster();
    createKafka(running, "apache/kafka:3.9.1", 5);
    await settled(running, 5);
    const topics = `${BIN}/kafka-topics.sh ${SERVER}`;
    // On the two that are no controllers, so that the quorum lives on.
    await out(
      running,
      "kafka-0",
      `${topics} --create --topic narrow --replica-assignment 0:3:4 --config min.insync.replicas=2`,
    );
    expect(await produce(running, "kafka-0", "narrow", ["all"])).toMatchObject({ stderr: "", code: 0 });
    for (const pod of ["kafka-3", "kafka-4"]) {
      const node = running.cluster.client.get(pods, "default", pod).spec?.nodeName;
      running.cluster.client.delete(pods, "default", pod, { gracePeriodSeconds: 0 } as never);
      expect(node).toBeDefined();
    }
    setReplicas(running, 3);
    await running.until(() => running.cluster.client.find(pods, "default", "kafka-3") === undefined);
    await running.clock.advance(15_000);
    expect(await out(running, "kafka-1", `${topics} --describe --under-replicated-partitions`)).toMatch(
      /^\tTopic: narrow\tPartition: 0\tLeader: 0\tReplicas: 0,3,4\tIsr: 0\t/,
    );
    const refused = await produce(running, "kafka-1", "narrow", ["lost"]);
    expect(refused.stderr).toContain("retrying (2 attempts left). Error: NOT_ENOUGH_REPLICAS");
    expect(refused.stderr).toContain(
      "org.apache.kafka.common.errors.NotEnoughReplicasException: Messages are rejected since there are fewer in-sync replicas than required.\n",
    );
    expect(await produce(running, "kafka-1", "narrow", ["one"], "--request-required-acks 1")).toMatchObject({
      stderr: "",
    });
    setReplicas(running, 5);
    await settled(running, 5);
    expect(await out(running, "kafka-1", `${topics} --describe --under-replicated-partitions`)).toBe("");
    expect(await produce(running, "kafka-1", "narrow", ["again"])).toMatchObject({ stderr: "", code: 0 });
    expect((await consume(running, "kafka-4", "narrow", 3)).stdout).toBe("all\none\nagain\n");
    expect(running.bugs).toEqual([]);
  });

  it("has no controller without a majority: nothing is created, until it is back with everything", async () => {
    const running = await bootCluster();
    createKafka(running);
    await settled(running);
    const topics = `${BIN}/kafka-topics.sh ${SERVER}`;
    await out(running, "kafka-0", `${topics} --create --topic kept --partitions 1 --replication-factor 3`);
    await produce(running, "kafka-0", "kept", ["before"]);
    const lost = ["kafka-1", "kafka-2"].map(
      (pod) => running.cluster.client.get(pods, "default", pod).spec?.nodeName ?? "",
    );
    for (const node of lost) running.cluster.setNodePower(node, false);
    await running.clock.advance(15_000);
    const create = await running.exec("kafka-0", `${topics} --create --topic other --partitions 1`);
    expect(create.code).toBe(1);
    expect(create.stdout + create.stderr).toContain("TimeoutException");
    const put = await produce(running, "kafka-0", "kept", ["lost"]);
    expect(put.stderr).toContain("ERROR Error when sending message to topic kept");
    for (const node of lost) running.cluster.setNodePower(node, true);
    await running.clock.advance(60_000);
    await settled(running);
    expect(await out(running, "kafka-2", `${topics} --list`)).toBe("kept\n");
    expect(await produce(running, "kafka-2", "kept", ["after"])).toMatchObject({ stderr: "" });
    const { stdout } = await consume(running, "kafka-1", "kept", 2);
    expect(stdout.startsWith("before\n")).toBe(true);
    expect(running.bugs).toEqual([]);
  });

  it("scales to five: new brokers hold nothing until partitions are reassigned to them", async () => {
    const running = await bootCluster();
    createKafka(running);
    await settled(running);
    const topics = `${BIN}/kafka-topics.sh ${SERVER}`;
    const reassign = `${BIN}/kafka-reassign-partitions.sh ${SERVER}`;
    await out(running, "kafka-0", `${topics} --create --topic orders --replica-assignment 0:1:2,1:2:0`);
    await produce(running, "kafka-0", "orders", ["a", "b"]);
    setReplicas(running, 5);
    await settled(running, 5);
    expect((await running.exec("kafka-4", "ls /var/lib/kafka/data/logs")).stdout).not.toContain("orders");
    const plan = '{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[3,4,2]}]}';
    const started = await out(
      running,
      "kafka-0",
      `echo '${plan}' > /tmp/plan.json; ${reassign} --reassignment-json-file /tmp/plan.json --execute`,
    );
    expect(started).toContain(
      '{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[0,1,2],"log_dirs":["any","any","any"]}]}\n',
    );
    expect(started).toContain("Successfully started partition reassignment for orders-0\n");
    await running.clock.advance(5000);
    expect(await out(running, "kafka-0", `${reassign} --reassignment-json-file /tmp/plan.json --verify`)).toContain(
      "Reassignment of partition orders-0 is completed.\n",
    );
    expect(await out(running, "kafka-0", `${topics} --describe --topic orders`)).toMatch(
      /\tPartition: 0\tLeader: [342]\tReplicas: 3,4,2\tIsr: [342],[342],[342]\t/,
    );
    expect((await running.exec("kafka-4", "ls /var/lib/kafka/data/logs")).stdout).toContain("orders-0\n");
    expect((await running.exec("kafka-0", "ls /var/lib/kafka/data/logs")).stdout).not.toContain("orders-0\n");
    const { stdout } = await consume(running, "kafka-3", "orders", 2);
    expect(stdout.split("\n").sort()).toEqual(["", "a", "b"]);
    const elected = await running.exec(
      "kafka-0",
      `${BIN}/kafka-leader-election.sh ${SERVER} --election-type preferred --all-topic-partitions`,
    );
    expect(elected.stdout).toMatch(/leader election|already elected/);
    expect(await out(running, "kafka-0", `${topics} --describe --topic orders`)).toMatch(/\tPartition: 0\tLeader: 3\t/);
    expect(running.bugs).toEqual([]);
  });

  it("is upgraded one broker at a time, and remembers how far a group has read", async () => {
    const running = await bootCluster();
    createKafka(running, "apache/kafka:3.8.1");
    await settled(running);
    const topics = `${BIN}/kafka-topics.sh ${SERVER}`;
    await out(running, "kafka-0", `${topics} --create --topic orders --partitions 1 --replication-factor 3`);
    await produce(running, "kafka-0", "orders", ["1", "2", "3", "4"]);
    expect((await consume(running, "kafka-0", "orders", 2, "--from-beginning --group billing")).stdout).toBe("1\n2\n");
    const groups = `${BIN}/kafka-consumer-groups.sh ${SERVER}`;
    const described = await running.exec("kafka-1", `${groups} --describe --group billing`);
    expect(described.stderr).toBe("\nConsumer group 'billing' has no active members.\n");
    expect(described.stdout).toMatch(
      /^\nGROUP +TOPIC +PARTITION +CURRENT-OFFSET +LOG-END-OFFSET +LAG +CONSUMER-ID +HOST +CLIENT-ID\nbilling +orders +0 +2 +4 +2 +- +- +-\n$/,
    );
    const { client } = running.cluster;
    const set = structuredClone(client.get(statefulSets, "default", "kafka")) as unknown as {
      spec: { template: { spec: { containers: { image: string }[] } } };
    };
    for (const container of set.spec.template.spec.containers) container.image = "apache/kafka:4.0.0";
    client.update(statefulSets, set as never);
    await running.until(() =>
      [0, 1, 2].every(
        (id) => client.find(pods, "default", `kafka-${id}`)?.spec?.containers[0]?.image?.endsWith("4.0.0") === true,
      ),
    );
    await settled(running);
    expect((await consume(running, "kafka-2", "orders", 2, "--group billing")).stdout).toBe("3\n4\n");
    expect(await out(running, "kafka-2", `${topics} --version`)).toBe("4.0.0\n");
    expect(await out(running, "kafka-2", `${topics} --describe --topic orders`)).toContain("\tElr: \tLastKnownElr: \n");
    expect(running.bugs).toEqual([]);
  });
});

/** Kafka of the Kubernetes contributions beside its ZooKeeper: ids by --override, state in znodes. */
function createClassicKafka({ cluster: { client } }: Running): void {
  client.create(services, {
    metadata: { name: "kafka-svc", namespace: "default" },
    spec: { clusterIP: "None", selector: { app: "kafka" }, ports: [{ port: 9093, name: "server" }] },
  } as never);
  const zookeeper = [0, 1, 2].map((id) => `zk-${id}.zk-hs.default.svc.cluster.local:2181`).join(",");
  client.create(statefulSets, {
    metadata: { name: "kafka", namespace: "default" },
    spec: {
      serviceName: "kafka-svc",
      replicas: 3,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: { app: "kafka" } },
      template: {
        metadata: { labels: { app: "kafka" } },
        spec: {
          terminationGracePeriodSeconds: 300,
          securityContext: { runAsUser: 1000, fsGroup: 1000 },
          containers: [
            {
              name: "k8skafka",
              image: "gcr.io/google_containers/kubernetes-kafka:1.0-10.2.1",
              ports: [{ containerPort: 9093, name: "server" }],
              command: [
                "sh",
                "-c",
                `exec kafka-server-start.sh /opt/kafka/config/server.properties --override broker.id=\${HOSTNAME##*-} --override listeners=PLAINTEXT://:9093 --override zookeeper.connect=${zookeeper} --override log.dir=/var/lib/kafka --override log.dirs=/var/lib/kafka --override auto.create.topics.enable=true --override default.replication.factor=3 --override min.insync.replicas=2 --override offsets.topic.replication.factor=3`,
              ],
              env: [{ name: "KAFKA_HEAP_OPTS", value: "-Xmx512M -Xms512M" }],
              volumeMounts: [{ name: "datadir", mountPath: "/var/lib/kafka" }],
              readinessProbe: {
                exec: {
                  command: [
                    "sh",
                    "-c",
                    "/opt/kafka/bin/kafka-broker-api-versions.sh --bootstrap-server=localhost:9093",
                  ],
                },
                timeoutSeconds: 10,
              },
            },
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
}

describe("Kafka beside ZooKeeper", () => {
  it("registers brokers in ZooKeeper, elects a controller, and survives both losing Pods", async () => {
    const running = await bootCluster();
    createZooKeeper(running);
    await running.until(() => running.cluster.client.get(statefulSets, "default", "zk").status?.readyReplicas === 3);
    createClassicKafka(running);
    await settled(running);
    expect((await running.exec("zk-0", "zkCli.sh ls /brokers/ids")).stdout).toContain("[0, 1, 2]\n");
    expect((await running.exec("zk-1", "zkCli.sh get /controller")).stdout).toContain('"brokerid":');
    const local = "--bootstrap-server localhost:9093";
    const created = await running.exec(
      "kafka-0",
      "kafka-topics.sh --create --topic test --zookeeper zk-0.zk-hs.default.svc.cluster.local:2181 --partitions 2 --replication-factor 3",
    );
    expect(created).toMatchObject({ stdout: 'Created topic "test".\n', stderr: "" });
    const send = (pod: string, line: string) =>
      running.exec(pod, `echo ${line} | kafka-console-producer.sh --broker-list localhost:9093 --topic test`);
    const receive = (pod: string, count: number) =>
      running.exec(
        pod,
        `kafka-console-consumer.sh ${local} --topic test --from-beginning --max-messages ${count} --timeout-ms 20000`,
      );
    expect(await send("kafka-1", "hello")).toMatchObject({ stderr: "" });
    expect((await receive("kafka-2", 1)).stdout).toBe("hello\n");
    const { client } = running.cluster;
    const uid = (pod: string) => client.find(pods, "default", pod)?.metadata.uid;
    const ready = (set: string) => client.get(statefulSets, "default", set).status?.readyReplicas === 3;
    for (const pod of ["kafka-0", "zk-1", "kafka-1", "kafka-2"]) {
      const before = uid(pod);
      client.delete(pods, "default", pod, pod === "kafka-1" ? ({ gracePeriodSeconds: 0 } as never) : undefined);
      await running.until(() => uid(pod) !== undefined && uid(pod) !== before && ready("kafka") && ready("zk"));
      await running.clock.advance(40_000);
      expect(await send("kafka-2", `after-${pod}`)).toMatchObject({ stderr: "" });
    }
    const { stdout } = await receive("kafka-0", 5);
    expect(stdout.split("\n").sort()).toEqual([
      "",
      "after-kafka-0",
      "after-kafka-1",
      "after-kafka-2",
      "after-zk-1",
      "hello",
    ]);
    expect(
      (await running.exec("kafka-0", `kafka-topics.sh ${local} --describe --under-replicated-partitions`)).stdout,
    ).toBe("");
    expect((await running.exec("kafka-0", "cat /var/lib/kafka/meta.properties")).stdout).toContain(
      "broker.id=0\nversion=0\ncluster.id=",
    );
    expect(running.bugs).toEqual([]);
  });
});
