/** Kafka's command-line tools on one node, and what the images make of their environment. */
import { expect, it } from "vitest";
import { type Harness, startNodes } from "./nodes-harness.ts";

const B = "--bootstrap-server localhost:9092";

async function oneNode(): Promise<{ nodes: Harness; run(script: string): Promise<string> }> {
  const nodes = startNodes();
  nodes.run("kafka", { containers: [{ name: "kafka", image: "apache/kafka:4.1.0" }] });
  await nodes.until(() => nodes.reason("kafka") === "Running");
  await nodes.clock.advance(5000);
  return {
    nodes,
    async run(script) {
      const { stdout, stderr } = await nodes.exec("kafka", `export PATH=$PATH:/opt/kafka/bin; ${script}`);
      return stdout + stderr;
    },
  };
}

it("topics: created, described, grown, deleted; refusals in Kafka's words", async () => {
  const { nodes, run } = await oneNode();
  expect(await run(`kafka-topics.sh ${B} --create --topic orders --partitions 2`)).toBe("Created topic orders.\n");
  expect(await run(`kafka-topics.sh ${B} --create --topic orders`)).toBe(
    "Error while executing topic command : Topic 'orders' already exists.\n[2025-01-01 00:00:05,000] ERROR org.apache.kafka.common.errors.TopicExistsException: Topic 'orders' already exists.\n (org.apache.kafka.tools.TopicCommand)\n",
  );
  expect(await run(`kafka-topics.sh ${B} --create --topic wide --replication-factor 3`)).toContain(
    "InvalidReplicationFactorException: Unable to replicate the partition 3 time(s)",
  );
  expect(await run(`kafka-topics.sh ${B} --alter --topic orders --partitions 3`)).toBe("");
  expect(await run(`kafka-topics.sh ${B} --describe --topic orders | grep -c 'Leader: 1'`)).toBe("3\n");
  expect(await run(`kafka-topics.sh ${B} --describe --topic none`)).toContain(
    "Topic 'none' does not exist as expected",
  );
  expect(await run(`kafka-topics.sh ${B} --nonsense`)).toBe("nonsense is not a recognized option\n");
  expect(
    await run(`kafka-topics.sh ${B} --delete --topic orders; kafka-topics.sh ${B} --list; ls /tmp/kraft-combined-logs`),
  ).not.toContain("orders");
  expect(nodes.bugs).toEqual([]);
});

it("keys choose partitions; a group shares them, keeps offsets, and can be set back", async () => {
  const { nodes, run } = await oneNode();
  const keyed = `--property parse.key=true --property key.separator=:`;
  await run(`kafka-topics.sh ${B} --create --topic orders --partitions 3`);
  await run(`seq 1 9 | sed 's/.*/k&:v&/' | kafka-console-producer.sh ${B} --topic orders ${keyed}`);
  expect(await run(`kafka-get-offsets.sh ${B} --topic orders`)).toBe("orders:0:2\norders:1:4\norders:2:3\n");
  expect(
    await run(
      `kafka-console-consumer.sh ${B} --topic orders --partition 0 --offset earliest --max-messages 2 --property print.key=true --property print.offset=true`,
    ),
  ).toBe("Offset:0\tk2\tv2\nOffset:1\tk5\tv5\nProcessed a total of 2 messages\n");
  const consumer = `kafka-console-consumer.sh ${B} --topic orders --group two`;
  const groups = `kafka-consumer-groups.sh ${B} --group two`;
  const members = await run(
    `(timeout 20 ${consumer} >/tmp/one 2>/dev/null &); (timeout 20 ${consumer} >/tmp/two 2>/dev/null &); sleep 6; ${groups} --describe --members`,
  );
  expect(members.match(/console-consumer +[12]$/gm)?.length).toBe(2);
  await run(`seq 1 6 | sed 's/.*/k&:n&/' | kafka-console-producer.sh ${B} --topic orders ${keyed}; sleep 30`);
  expect((await run("cat /tmp/one /tmp/two")).split("\n").sort().join(" ").trim()).toBe("n1 n2 n3 n4 n5 n6");
  const after = await run(`${groups} --describe`);
  expect(after).toContain("Consumer group 'two' has no active members.\n");
  expect(after.match(/^two +orders +\d +(\d+) +\1 +0 +-/gm)).toHaveLength(3);
  expect(await run(`${groups} --reset-offsets --to-earliest --topic orders --execute`)).toMatch(
    /^\nGROUP +TOPIC +PARTITION +NEW-OFFSET\ntwo +orders +0 +0\n/,
  );
  expect(await run(`${consumer} --max-messages 15 --timeout-ms 9000 | wc -l`)).toContain("15\n");
  expect(await run(`${groups} --delete`)).toBe("Deletion of requested consumer groups ('two') was successful.\n");
  expect(nodes.bugs).toEqual([]);
});

it("settings of topics; what nobody listens to; a storage that is another cluster's", async () => {
  const { nodes, run } = await oneNode();
  await run(`kafka-topics.sh ${B} --create --topic orders`);
  const configs = `kafka-configs.sh ${B} --entity-type topics --entity-name orders`;
  expect(await run(`${configs} --alter --add-config min.insync.replicas=2`)).toBe(
    "Completed updating config for topic orders.\n",
  );
  expect(await run(`${configs} --describe`)).toBe(
    "Dynamic configs for topic orders are:\n  min.insync.replicas=2 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:min.insync.replicas=2, DEFAULT_CONFIG:min.insync.replicas=1}\n",
  );
  expect(await run(`${configs} --alter --add-config nonsense=1`)).toContain("Unknown topic config name: nonsense");
  const unheard = await run("echo x | kafka-console-producer.sh --bootstrap-server localhost:9999 --topic orders");
  expect(unheard).toContain("Connection to node -1 (localhost/127.0.0.1:9999) could not be established.");
  expect(unheard).toContain("TimeoutException: Topic orders not present in metadata after 60000 ms.");
  expect(await run("kafka-storage.sh format -t bad -c /opt/kafka/config/server.properties")).toContain(
    "Cluster ID string bad does not appear to be a valid UUID",
  );
  expect(
    await run(
      "sed 's/^node.id=.*/node.id=2/' /opt/kafka/config/server.properties >/tmp/p; kafka-server-start.sh /tmp/p",
    ),
  ).toContain("the node id 2 must be included in the set of voters");
  expect(nodes.bugs).toEqual([]);
});

it("the images want what the real ones want", async () => {
  const nodes = startNodes();
  const run = (name: string, image: string, env: Readonly<Record<string, string>>) =>
    nodes.run(name, {
      containers: [{ name: "k", image, env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }],
      restartPolicy: "Never",
    });
  const kraft = { KAFKA_PROCESS_ROLES: "broker", KAFKA_ADVERTISED_LISTENERS: "PLAINTEXT://x:9092" };
  run("no-id", "confluentinc/cp-kafka:7.9.0", kraft);
  // What a Service named "kafka" leaves in the environment of every Pod.
  run("service", "confluentinc/cp-kafka:7.9.0", {
    ...kraft,
    CLUSTER_ID: "MkU3OEVBNTcwNTJENDM2Qk",
    KAFKA_PORT: "tcp://10.0.0.1:9092",
  });
  run("bitnami", "bitnami/kafka:3.7", {});
  run("sasl", "bitnami/kafka:3.7", {
    KAFKA_CFG_LISTENER_SECURITY_PROTOCOL_MAP: "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT",
  });
  await nodes.clock.advance(10_000);
  expect(await nodes.logs("no-id")).toContain("CLUSTER_ID is required.\n");
  expect(await nodes.logs("service")).toContain("port is deprecated. Please use KAFKA_ADVERTISED_LISTENERS instead.\n");
  expect(await nodes.logs("bitnami")).toContain("Kafka Server started");
  expect(await nodes.logs("sasl")).toContain("listener PLAINTEXT: security protocol SASL_SSL is not supported here");
  expect(nodes.reason("sasl")).toBe("Error");
  expect(nodes.bugs).toEqual([]);
});

it("what a broker advertises is where clients go: a name that leads nowhere helps nobody but itself", async () => {
  const nodes = startNodes();
  const env = {
    KAFKA_NODE_ID: "1",
    KAFKA_PROCESS_ROLES: "broker,controller",
    KAFKA_CONTROLLER_QUORUM_VOTERS: "1@localhost:9093",
    KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
    KAFKA_LISTENERS: "PLAINTEXT://:9092,CONTROLLER://:9093",
    KAFKA_ADVERTISED_LISTENERS: "PLAINTEXT://localhost:9092",
  };
  nodes.run("kafka", {
    containers: [
      { name: "k", image: "apache/kafka:3.9.1", env: Object.entries(env).map(([name, value]) => ({ name, value })) },
    ],
  });
  nodes.run("client", { containers: [{ name: "c", image: "apache/kafka:3.9.1", command: ["sleep", "9999"] }] });
  await nodes.until(() => nodes.reason("kafka") === "Running" && nodes.reason("client") === "Running");
  await nodes.clock.advance(5000);
  const topics = "/opt/kafka/bin/kafka-topics.sh --list --bootstrap-server";
  expect((await nodes.exec("kafka", `${topics} localhost:9092`)).code).toBe(0);
  const address = nodes.pod("kafka")?.status?.podIP;
  const create = `timeout 90 /opt/kafka/bin/kafka-topics.sh --create --topic t --bootstrap-server ${address}:9092`;
  const { stderr, code } = await nodes.exec("client", create);
  expect(stderr).toContain("Connection to node 1 (localhost/127.0.0.1:9092) could not be established.");
  expect(code).toBe(1);
  expect(nodes.bugs).toEqual([]);
});

it("records larger than a topic takes are refused, and so are clusters larger than this one can be", async () => {
  const { nodes, run } = await oneNode();
  await run(`kafka-topics.sh ${B} --create --topic small --config max.message.bytes=10`);
  expect(await run(`echo 12345678901 | kafka-console-producer.sh ${B} --topic small`)).toContain(
    "RecordTooLargeException: The request included a message larger than the max message size the server will accept.\n",
  );
  expect(await run(`kafka-topics.sh ${B} --create --topic many --partitions 1000000`)).toContain(
    "More than 2000 partitions in a cluster are not supported here.",
  );
  expect(nodes.bugs).toEqual([]);
});

it("retention: what is too old goes at the next look, and consumers begin where the log begins now", async () => {
  const { nodes, run } = await oneNode();
  await run(`kafka-topics.sh ${B} --create --topic short --config retention.ms=60000`);
  await run(`seq 1 3 | kafka-console-producer.sh ${B} --topic short`);
  const range = `kafka-get-offsets.sh ${B} --topic short --time earliest; kafka-get-offsets.sh ${B} --topic short`;
  await nodes.clock.advance(50_000);
  expect(await run(range)).toBe("short:0:0\nshort:0:3\n");
  // Looked at thirty seconds after the start, and every five minutes since.
  await nodes.clock.advance(330_000);
  expect(await run(range)).toBe("short:0:3\nshort:0:3\n");
  expect(await run("ls /tmp/kraft-combined-logs/short-0 | grep deleted")).toBe("00000000000000000000.log.deleted\n");
  await nodes.clock.advance(60_000);
  expect(await run("ls /tmp/kraft-combined-logs/short-0 | grep log")).toBe("00000000000000000003.log\n");
  await run(`echo four | kafka-console-producer.sh ${B} --topic short`);
  expect(
    await run(
      `kafka-console-consumer.sh ${B} --topic short --from-beginning --max-messages 1 --property print.offset=true`,
    ),
  ).toBe("Offset:3\tfour\nProcessed a total of 1 messages\n");
  expect(nodes.bugs).toEqual([]);
});

it("compaction: the last of each key stays, a deletion for its time, and a record without a key is refused", async () => {
  const { nodes, run } = await oneNode();
  const small = "--config cleanup.policy=compact --config segment.ms=1000 --config min.cleanable.dirty.ratio=0.01";
  await run(`kafka-topics.sh ${B} --create --topic state ${small} --config delete.retention.ms=60000`);
  const keyed = "--property parse.key=true --property key.separator=: --property null.marker=NULL";
  const produce = (text: string) => run(`printf '${text}' | kafka-console-producer.sh ${B} --topic state ${keyed}`);
  const all = (max: number) =>
    run(
      `kafka-console-consumer.sh ${B} --topic state --from-beginning --max-messages ${max} --property print.key=true --property print.offset=true`,
    );
  await produce("a:1\\nb:1\\na:2\\n");
  await nodes.clock.advance(2000);
  await produce("b:NULL\\nc:1\\n");
  await nodes.clock.advance(2000);
  await produce("d:1\\n");
  await nodes.clock.advance(30_000);
  expect(await all(4)).toBe(
    "Offset:2\ta\t2\nOffset:3\tb\tnull\nOffset:4\tc\t1\nOffset:5\td\t1\nProcessed a total of 4 messages\n",
  );
  await nodes.clock.advance(60_000);
  await produce("e:1\\n");
  await nodes.clock.advance(30_000);
  expect(await all(4)).toContain("Offset:4\tc\t1\n");
  expect(await all(4)).not.toContain("null");
  expect(await run(`echo x | kafka-console-producer.sh ${B} --topic state`)).toContain(
    "Compacted topic cannot accept message without key in topic partition state-0.",
  );
  expect(nodes.bugs).toEqual([]);
});
