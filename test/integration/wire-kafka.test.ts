/** A client of the world, kafkajs, against the Kafka image through a forwarded port. */
import { connect as connectSocket, createServer } from "node:net";
import { CompressionTypes, Kafka, logLevel, Partitioners } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type WireCluster, wireCluster } from "./wire-harness.ts";

let cluster: WireCluster;
let port: number;
let kafka: Kafka;

/** A port that nobody has. Brokers tell clients where to find them: that has to be known before they start. */
const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });

beforeAll(async () => {
  cluster = await wireCluster();
  port = await freePort();
  await cluster.run({
    metadata: { name: "kafka" },
    spec: {
      containers: [
        {
          name: "kafka",
          image: "apache/kafka:3.9.1",
          env: Object.entries({
            KAFKA_NODE_ID: "1",
            KAFKA_PROCESS_ROLES: "broker,controller",
            KAFKA_LISTENERS: "PLAINTEXT://:9092,CONTROLLER://:9093",
            KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
            KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
            KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            KAFKA_CONTROLLER_QUORUM_VOTERS: "1@localhost:9093",
            KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1",
            KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: "5",
            KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: "0",
          }).map(([name, value]) => ({ name, value })),
          readinessProbe: { tcpSocket: { port: 9092 }, periodSeconds: 1 },
        },
      ],
    },
  });
  await cluster.forward("kafka", 9092, port);
  kafka = new Kafka({
    clientId: "test",
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 3, initialRetryTime: 50 },
  });
}, 60_000);
afterAll(() => cluster?.close());

const partitioner = Partitioners.DefaultPartitioner;

describe("an administrator", () => {
  it("makes topics, sees where they are, and removes them", async () => {
    const admin = kafka.admin();
    await admin.connect();
    expect(await admin.describeCluster()).toMatchObject({
      brokers: [{ nodeId: 1, host: "127.0.0.1", port }],
      controller: 1,
    });
    expect(await admin.createTopics({ topics: [{ topic: "orders", numPartitions: 3, replicationFactor: 1 }] })).toBe(
      true,
    );
    expect(await admin.createTopics({ topics: [{ topic: "orders" }] })).toBe(false);
    await expect(
      admin.createTopics({ topics: [{ topic: "wide", numPartitions: 1, replicationFactor: 3 }] }),
    ).rejects.toMatchObject({ errors: [{ type: "INVALID_REPLICATION_FACTOR" }] });
    const { topics } = await admin.fetchTopicMetadata({ topics: ["orders"] });
    expect(topics[0]?.partitions.map(({ leader, replicas, isr }) => [leader, replicas, isr])).toEqual(
      Array.from({ length: 3 }, () => [1, [1], [1]]),
    );
    await admin.createPartitions({ topicPartitions: [{ topic: "orders", count: 4 }] });
    await admin.createTopics({ topics: [{ topic: "gone" }] });
    await admin.deleteTopics({ topics: ["gone"] });
    expect((await admin.listTopics()).filter((name) => !name.startsWith("__"))).toEqual(["orders"]);
    await admin.disconnect();
  });
});

describe("producers and consumers", () => {
  it("keep records with keys, headers, bytes and times, and read them by groups", async () => {
    const producer = kafka.producer({ createPartitioner: partitioner });
    await producer.connect();
    const bytes = Buffer.from([0, 255, 128]);
    const sent = await producer.send({
      topic: "orders",
      acks: -1,
      messages: [
        { partition: 0, key: "k", value: "żółw", headers: { trace: "1" }, timestamp: "1767323045000" },
        { partition: 0, key: null, value: bytes },
        { partition: 0, key: "k", value: null },
      ],
    });
    expect(sent).toMatchObject([{ topicName: "orders", partition: 0, errorCode: 0, baseOffset: "0" }]);
    await producer.send({ topic: "made-by-use", messages: [{ value: "x" }] });
    const consumer = kafka.consumer({ groupId: "readers", maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topics: ["orders"], fromBeginning: true });
    const seen: { key: string | null; value: Buffer | null; time: string; trace: string | undefined }[] = [];
    await consumer.run({
      eachMessage: ({ message: { key, value, timestamp, headers } }) => {
        seen.push({
          key: key?.toString() ?? null,
          value,
          time: timestamp,
          trace: headers?.["trace"]?.toString(),
        });
        return Promise.resolve();
      },
    });
    await cluster.until(() => seen.length === 3);
    expect(seen[0]).toEqual({ key: "k", value: Buffer.from("żółw"), time: "1767323045000", trace: "1" });
    expect(seen[1]).toMatchObject({ key: null, value: bytes });
    expect(seen[2]).toMatchObject({ key: "k", value: null });
    await consumer.commitOffsets([{ topic: "orders", partition: 0, offset: "3" }]);
    const admin = kafka.admin();
    await admin.connect();
    expect(await admin.fetchOffsets({ groupId: "readers", topics: ["orders"] })).toMatchObject([
      { topic: "orders", partitions: expect.arrayContaining([{ partition: 0, offset: "3", metadata: null }]) },
    ]);
    const { groups } = await admin.describeGroups(["readers"]);
    expect(groups[0]).toMatchObject({ state: "Stable", protocolType: "consumer", members: [{ clientId: "test" }] });
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).toContain("readers");
    expect(await admin.fetchTopicOffsets("orders")).toContainEqual({ partition: 0, offset: "3", high: "3", low: "0" });
    await consumer.disconnect();
    await admin.disconnect();
    await producer.disconnect();
  });

  it("share partitions anew when somebody comes or goes", async () => {
    const assigned = new Map<string, number>();
    const join = async (name: string) => {
      const consumer = kafka.consumer({
        groupId: "shared",
        heartbeatInterval: 50,
        sessionTimeout: 6000,
        maxWaitTimeInMs: 50,
      });
      consumer.on("consumer.group_join", ({ payload }) => {
        assigned.set(name, payload.memberAssignment["orders"]?.length ?? 0);
      });
      await consumer.connect();
      await consumer.subscribe({ topics: ["orders"] });
      await consumer.run({ eachMessage: () => Promise.resolve() });
      return consumer;
    };
    const one = await join("one");
    await cluster.until(() => assigned.get("one") === 4);
    const two = await join("two");
    await cluster.until(() => assigned.get("one") === 2 && assigned.get("two") === 2);
    await one.disconnect();
    await cluster.until(() => assigned.get("two") === 4);
    await two.disconnect();
  });

  it("count what they send, so that nothing is taken twice", async () => {
    const producer = kafka.producer({ idempotent: true, createPartitioner: partitioner, maxInFlightRequests: 1 });
    await producer.connect();
    for (let index = 0; index < 3; index++)
      await producer.send({ topic: "orders", messages: [{ partition: 1, value: String(index) }] });
    const admin = kafka.admin();
    await admin.connect();
    expect(await admin.fetchTopicOffsets("orders")).toContainEqual({ partition: 1, offset: "3", high: "3", low: "0" });
    await admin.disconnect();
    await producer.disconnect();
  });

  it("are told aloud what is not supported", async () => {
    const producer = kafka.producer({ createPartitioner: partitioner, retry: { retries: 0 } });
    await producer.connect();
    await expect(
      producer.send({ topic: "orders", compression: CompressionTypes.GZIP, messages: [{ value: "x" }] }),
    ).rejects.toThrow("compression");
    await producer.disconnect();
  });
});

describe("strangers", () => {
  const closed = (bytes: Uint8Array) =>
    new Promise<string>((resolve) => {
      const socket = connectSocket(port, "127.0.0.1", () => socket.write(bytes));
      let heard = "";
      socket.on("data", (data) => {
        heard += data.toString("latin1");
      });
      socket.on("close", () => resolve(heard));
    });
  it("are hung up on, and the broker stays", async () => {
    expect(await closed(Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toBe("");
    expect(await closed(Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0]))).toBe("");
    expect(await closed(Buffer.from([0, 0, 0, 10, 0, 0, 0, 99, 0, 0, 0, 1, 0xff, 0xff]))).toBe("");
    const lie = Buffer.from([0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    expect(await closed(lie)).toBe("");
    const admin = kafka.admin();
    await admin.connect();
    expect(await admin.listTopics()).toContain("orders");
    await admin.disconnect();
  });
});
