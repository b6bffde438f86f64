/** What a Kafka cluster knows about itself: brokers, topics, who leads what. Values that are replaced, never changed. */

export interface Endpoint {
  readonly listener: string;
  readonly host: string;
  readonly port: number;
}

export interface BrokerRecord {
  readonly id: number;
  /** A new one with each registration. */
  readonly epoch: number;
  /** Which process of the broker this is. */
  readonly incarnation: string;
  readonly endpoints: readonly Endpoint[];
  readonly rack: string | undefined;
  /** Registered, but not one that may lead or be in sync. */
  readonly fenced: boolean;
}

export interface PartitionRecord {
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  /** -1: none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  /** Under reassignment. */
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

export interface TopicRecord {
  readonly name: string;
  readonly id: string;
  readonly partitions: readonly PartitionRecord[];
  readonly configs: Readonly<Record<string, string>>;
}

export interface ClusterImage {
  /** Grows with each change. */
  readonly version: number;
  readonly brokers: Readonly<Record<number, BrokerRecord>>;
  readonly topics: Readonly<Record<string, TopicRecord>>;
  /** By broker id; "" holds the default of all. */
  readonly brokerConfigs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export type Change =
  | { readonly type: "broker"; readonly broker: BrokerRecord }
  | { readonly type: "fence"; readonly id: number; readonly fenced: boolean }
  | { readonly type: "removeBroker"; readonly id: number }
  | { readonly type: "topic"; readonly topic: TopicRecord }
  | { readonly type: "removeTopic"; readonly name: string }
  | { readonly type: "partition"; readonly topic: string; readonly index: number; readonly partition: PartitionRecord }
  | { readonly type: "addPartitions"; readonly topic: string; readonly partitions: readonly PartitionRecord[] }
  | {
      readonly type: "config";
      readonly kind: "topic" | "broker";
      readonly name: string;
      readonly key: string;
      /** Undefined: back to the default. */
      readonly value: string | undefined;
    };

export const EMPTY_IMAGE: ClusterImage = { version: 0, brokers: {}, topics: {}, brokerConfigs: {} };

function without<T>(record: Readonly<Record<string, T>>, key: string | number): Record<string, T> {
  const { [String(key)]: _, ...rest } = record;
  return rest;
}

export function applyChange(image: ClusterImage, change: Change): ClusterImage {
  const next = { ...image, version: image.version + 1 };
  const topic = "topic" in change && typeof change.topic === "string" ? image.topics[change.topic] : undefined;
  switch (change.type) {
    case "broker":
      return { ...next, brokers: { ...image.brokers, [change.broker.id]: change.broker } };
    case "fence": {
      const broker = image.brokers[change.id];
      if (broker === undefined) return next;
      return { ...next, brokers: { ...image.brokers, [change.id]: { ...broker, fenced: change.fenced } } };
    }
    case "removeBroker":
      return { ...next, brokers: without(image.brokers, change.id) };
    case "topic":
      return { ...next, topics: { ...image.topics, [change.topic.name]: change.topic } };
    case "removeTopic":
      return { ...next, topics: without(image.topics, change.name) };
    case "partition": {
      if (topic === undefined) return next;
      const partitions = topic.partitions.map((one, index) => (index === change.index ? change.partition : one));
      return { ...next, topics: { ...image.topics, [topic.name]: { ...topic, partitions } } };
    }
    case "addPartitions": {
      if (topic === undefined) return next;
      const partitions = [...topic.partitions, ...change.partitions];
      return { ...next, topics: { ...image.topics, [topic.name]: { ...topic, partitions } } };
    }
    case "config": {
      const set = (configs: Readonly<Record<string, string>>) =>
        change.value === undefined ? without(configs, change.key) : { ...configs, [change.key]: change.value };
      if (change.kind === "broker") {
        const configs = set(image.brokerConfigs[change.name] ?? {});
        return { ...next, brokerConfigs: { ...image.brokerConfigs, [change.name]: configs } };
      }
      const found = image.topics[change.name];
      if (found === undefined) return next;
      return { ...next, topics: { ...image.topics, [change.name]: { ...found, configs: set(found.configs) } } };
    }
  }
}

export const applyAll = (image: ClusterImage, changes: readonly Change[]) => changes.reduce(applyChange, image);

/** Brokers that may lead, by id. */
export const aliveBrokers = ({ brokers }: ClusterImage) =>
  Object.values(brokers)
    .filter(({ fenced }) => !fenced)
    .map(({ id }) => id)
    .sort((a, b) => a - b);
