/** Kafka on a StatefulSet: KRaft with every node both broker and controller, ids from ordinals. */
import { afterEach, describe, expect, it } from "vitest";
import { configMaps, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";

afterEach(closeClusters);

const START = `export KAFKA_NODE_ID=\${HOSTNAME##*-}
export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://$HOSTNAME.kafka-headless:9092
exec /etc/kafka/docker/run
`;
const VOTERS = [0, 1, 2].map((id) => `${id}@kafka-${id}.kafka-headless:9093`).join(",");

function createKafka({ cluster: { client } }: Running, image = "apache/kafka:3.9.1", replicas = 3): void {
  client.create(configMaps, {
    metadata: { name: "kafka-start", namespace: "default" },
    data: { "start.sh": START },
  } as never);
  client.create(services, {
    metadata: { name: "kafka-headless", namespace: "default" },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "kafka" },
      ports: [
        { port: 9092, name: "client" },
        { port: 9093, name: "controller" },
      ],
    },
  } as never);
  const env = {
    CLUSTER_ID: "MkU3OEVBNTcwNTJENDM2Qk",
    KAFKA_LISTENERS: "PLAINTEXT://:9092,CONTROLLER://:9093",
    KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    KAFKA_CONTROLLER_QUORUM_VOTERS: VOTERS,
    KAFKA_LOG_DIRS: "/var/lib/kafka/data/logs",
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "3",
    KAFKA_DEFAULT_REPLICATION_FACTOR: "3",
    KAFKA_MIN_INSYNC_REPLICAS: "2",
  };
  client.create(statefulSets, {
    metadata: { name: "kafka", namespace: "default" },
    spec: {
      serviceName: "kafka-headless",
      replicas,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: { app: "kafka" } },
      template: {
        metadata: { labels: { app: "kafka" } },
        spec: {
          securityContext: { fsGroup: 1000, runAsUser: 1000 },
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    labelSelector: { matchLabels: { app: "kafka" } },
                    topologyKey: "kubernetes.io/hostname",
                  },
                },
              ],
            },
          },
          containers: [
            {
              name: "kafka",
              image,
              command: ["bash", "/start/start.sh"],
              env: [
                // Only the voters are controllers.
                { name: "KAFKA_PROCESS_ROLES", value: "broker,controller" },
                ...Object.entries(env).map(([name, value]) => ({ name, value })),
              ],
              ports: [{ containerPort: 9092 }, { containerPort: 9093 }],
              readinessProbe: { tcpSocket: { port: 9092 }, periodSeconds: 5 },
              volumeMounts: [
                { name: "data", mountPath: "/var/lib/kafka/data" },
                { name: "start", mountPath: "/start" },
              ],
            },
          ],
          volumes: [{ name: "start", configMap: { name: "kafka-start" } }],
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
});
