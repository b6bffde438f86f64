/** The cluster as ZooKeeper mode keeps it: which node says what (core/src/main/scala/kafka/zk/ZkData.scala). Pure. */
import type { Write } from "../zookeeper/tree.ts";
import type { BrokerRecord, Change, ClusterImage, Endpoint, PartitionRecord, TopicRecord } from "./model.ts";

export const PERSISTENT = [
  "/brokers/ids",
  "/brokers/topics",
  "/config/topics",
  "/config/brokers",
  "/config/changes",
  "/admin/delete_topics",
  "/isr_change_notification",
  "/cluster",
] as const;

const endpointText = ({ listener, host, port }: Endpoint) => `${listener}://${host}:${port}`;

export function brokerData(broker: Omit<BrokerRecord, "epoch" | "fenced">, now: number): string {
  const [first] = broker.endpoints;
  return JSON.stringify({
    listener_security_protocol_map: Object.fromEntries(broker.endpoints.map(({ listener }) => [listener, "PLAINTEXT"])),
    endpoints: broker.endpoints.map(endpointText),
    ...(broker.rack === undefined ? {} : { rack: broker.rack }),
    jmx_port: -1,
    features: {},
    host: first?.host ?? "",
    timestamp: String(now),
    port: first?.port ?? -1,
    version: 5,
    incarnation: broker.incarnation,
  });
}

function readBroker(id: number, data: string): BrokerRecord {
  const value = JSON.parse(data) as { endpoints: string[]; rack?: string; incarnation?: string };
  const endpoints = value.endpoints.flatMap((text) => {
    const match = /^([\w-]+):\/\/(.*):(\d+)$/.exec(text);
    return match === null ? [] : [{ listener: match[1] ?? "", host: match[2] ?? "", port: Number(match[3]) }];
  });
  return { id, epoch: 0, incarnation: value.incarnation ?? "", endpoints, rack: value.rack, fenced: false };
}

const stateData = ({ leader, leaderEpoch, isr }: PartitionRecord) =>
  JSON.stringify({ controller_epoch: 1, leader, version: 1, leader_epoch: leaderEpoch, isr });

function topicData(topic: TopicRecord): string {
  const byIndex = (pick: (partition: PartitionRecord) => readonly number[]) =>
    Object.fromEntries(
      topic.partitions.map((partition, index) => [String(index), pick(partition)]).filter(([, ids]) => ids?.length),
    );
  return JSON.stringify({
    removing_replicas: byIndex(({ removing }) => removing),
    partitions: byIndex(({ replicas }) => replicas),
    topic_id: topic.id,
    adding_replicas: byIndex(({ adding }) => adding),
    version: 3,
  });
}

const configData = (config: Readonly<Record<string, string>>) => JSON.stringify({ version: 1, config });
const statePath = (topic: string, index: number) => `/brokers/topics/${topic}/partitions/${index}/state`;

/** What a change of the image is in ZooKeeper; `after` is the image with the change in it. */
export function writesOf(change: Change, after: ClusterImage): Write[] {
  const topicWrites = (name: string, states: readonly number[]): Write[] => {
    const topic = after.topics[name];
    if (topic === undefined) return [];
    return [
      { op: "put", path: `/brokers/topics/${name}`, data: topicData(topic) },
      ...states.flatMap((index): Write[] => {
        const partition = topic.partitions[index];
        return partition === undefined ? [] : [{ op: "put", path: statePath(name, index), data: stateData(partition) }];
      }),
    ];
  };
  switch (change.type) {
    case "topic": {
      const { name, configs, partitions } = change.topic;
      return [
        { op: "put", path: `/config/topics/${name}`, data: configData(configs) },
        ...topicWrites(name, [...partitions.keys()]),
      ];
    }
    case "removeTopic":
      return [
        { op: "remove", path: `/brokers/topics/${change.name}` },
        { op: "remove", path: `/config/topics/${change.name}` },
      ];
    case "partition":
      return topicWrites(change.topic, [change.index]);
    case "addPartitions": {
      const count = after.topics[change.topic]?.partitions.length ?? 0;
      return topicWrites(
        change.topic,
        Array.from(change.partitions, (_, at) => count - change.partitions.length + at),
      );
    }
    case "config": {
      const path =
        change.kind === "topic" ? `/config/topics/${change.name}` : `/config/brokers/${change.name || "<default>"}`;
      const config = change.kind === "topic" ? after.topics[change.name]?.configs : after.brokerConfigs[change.name];
      return [{ op: "put", path, data: configData(config ?? {}) }];
    }
    default:
      // Brokers say for themselves that they are there.
      return [];
  }
}

/** The cluster as the nodes below a root tell it. A topic counts when all its partitions have a state. */
export function readImage(nodes: ReadonlyMap<string, string>, version: number): ClusterImage {
  const brokers: Record<number, BrokerRecord> = {};
  const topics: Record<string, TopicRecord> = {};
  const brokerConfigs: Record<string, Record<string, string>> = {};
  const configOf = (path: string) => {
    const data = nodes.get(path);
    return data === undefined || data === "" ? {} : (JSON.parse(data) as { config: Record<string, string> }).config;
  };
  for (const [path, data] of nodes) {
    const broker = /^\/brokers\/ids\/(\d+)$/.exec(path);
    if (broker?.[1] !== undefined) brokers[Number(broker[1])] = readBroker(Number(broker[1]), data);
    const config = /^\/config\/brokers\/([^/]+)$/.exec(path);
    if (config?.[1] !== undefined) brokerConfigs[config[1] === "<default>" ? "" : config[1]] = configOf(path);
    const name = /^\/brokers\/topics\/([^/]+)$/.exec(path)?.[1];
    if (name === undefined || data === "") continue;
    const topic = JSON.parse(data) as {
      topic_id?: string;
      partitions: Record<string, number[]>;
      adding_replicas?: Record<string, number[]>;
      removing_replicas?: Record<string, number[]>;
    };
    const partitions: PartitionRecord[] = [];
    for (let index = 0; topic.partitions[index] !== undefined; index++) {
      const text = nodes.get(statePath(name, index));
      if (text === undefined || text === "") break;
      const state = JSON.parse(text) as { leader: number; leader_epoch: number; isr: number[] };
      partitions.push({
        replicas: topic.partitions[index] ?? [],
        isr: state.isr,
        leader: state.leader,
        leaderEpoch: state.leader_epoch,
        partitionEpoch: 0,
        adding: topic.adding_replicas?.[index] ?? [],
        removing: topic.removing_replicas?.[index] ?? [],
      });
    }
    if (partitions.length < Object.keys(topic.partitions).length) continue;
    topics[name] = { name, id: topic.topic_id ?? name, partitions, configs: configOf(`/config/topics/${name}`) };
  }
  return { version, brokers, topics, brokerConfigs };
}
