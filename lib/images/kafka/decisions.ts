/**
 * What a controller decides: which replicas, who leads, who is in sync. Pure: an image in, changes out. Mirrors
 * metadata/src/main/java/org/apache/kafka/controller (ReplicationControlManager, PartitionChangeBuilder).
 */
import { KafkaError } from "./errors.ts";
import { aliveBrokers, type Change, type ClusterImage, type PartitionRecord, type TopicRecord } from "./model.ts";

/** A cluster here is one process: what a real one would groan under is refused. */
const MAX_PARTITIONS = 2000;
const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

export interface NewTopic {
  readonly name: string;
  /** -1: the cluster's default. */
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Replicas of each partition, where they are given by hand. */
  readonly assignment: readonly (readonly number[])[] | undefined;
  readonly configs: Readonly<Record<string, string>>;
}

const freshPartition = (replicas: readonly number[], alive: readonly number[]): PartitionRecord => {
  const isr = replicas.filter((id) => alive.includes(id));
  return { replicas, isr, leader: isr[0] ?? -1, leaderEpoch: 0, partitionEpoch: 0, adding: [], removing: [] };
};

/** Replicas in turn over the brokers, as StripedReplicaPlacer does for one rack. */
function placeReplicas(
  brokers: readonly number[],
  partitions: number,
  replicationFactor: number,
  offset: number,
): number[][] {
  return Array.from({ length: partitions }, (_, partition) =>
    Array.from({ length: replicationFactor }, (_, replica) => {
      const at = (offset + partition + replica) % brokers.length;
      return brokers[at] ?? 0;
    }),
  );
}

/** `id` and `offset` are chances that the caller took. */
export function createTopic(image: ClusterImage, topic: NewTopic, id: string, offset: number): Change[] {
  const { name, partitions, replicationFactor, assignment, configs } = topic;
  if (!TOPIC_NAME.test(name) || name === "." || name === "..") {
    const why =
      name.length > 249
        ? `the length of '${name}' is longer than the max allowed length 249`
        : `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
    throw new KafkaError("INVALID_TOPIC_EXCEPTION", `Topic name is invalid: ${why}`);
  }
  if (image.topics[name] !== undefined) throw new KafkaError("TOPIC_ALREADY_EXISTS", `Topic '${name}' already exists.`);
  const alive = aliveBrokers(image);
  checkConfigs(configs);
  let placed = assignment;
  if (placed === undefined) {
    if (partitions < 1)
      throw new KafkaError("INVALID_PARTITIONS", "Number of partitions was set to an invalid non-positive value.");
    if (replicationFactor < 1)
      throw new KafkaError(
        "INVALID_REPLICATION_FACTOR",
        "Replication factor must be larger than 0, or -1 to use the default value.",
      );
    requireRoom(image, partitions);
    requireBrokers(alive, replicationFactor);
    placed = placeReplicas(alive, partitions, replicationFactor, offset);
  } else {
    for (const replicas of placed) {
      if (new Set(replicas).size !== replicas.length)
        throw new KafkaError(
          "INVALID_REPLICA_ASSIGNMENT",
          `The manual partition assignment includes the broker ${replicas[0]} more than once.`,
        );
      const unknown = replicas.find((one) => image.brokers[one] === undefined);
      if (unknown !== undefined)
        throw new KafkaError(
          "INVALID_REPLICA_ASSIGNMENT",
          `The manual partition assignment includes broker ${unknown}, but no such broker is registered.`,
        );
    }
  }
  const record: TopicRecord = {
    name,
    id,
    partitions: placed.map((replicas) => freshPartition(replicas, alive)),
    configs,
  };
  return [{ type: "topic", topic: record }];
}

function requireRoom({ topics }: ClusterImage, more: number): void {
  const present = Object.values(topics).reduce((sum, { partitions }) => sum + partitions.length, 0);
  if (present + more <= MAX_PARTITIONS) return;
  throw new KafkaError(
    "INVALID_PARTITIONS",
    `More than ${MAX_PARTITIONS} partitions in a cluster are not supported here.`,
  );
}

function requireBrokers(alive: readonly number[], replicationFactor: number): void {
  if (replicationFactor <= alive.length) return;
  throw new KafkaError(
    "INVALID_REPLICATION_FACTOR",
    `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ${replicationFactor} cannot be reached because only ${alive.length} broker(s) are registered.`,
  );
}

export function addPartitions(image: ClusterImage, name: string, count: number, offset: number): Change[] {
  const topic = topicOf(image, name);
  const present = topic.partitions.length;
  if (count < present)
    throw new KafkaError(
      "INVALID_PARTITIONS",
      `The topic ${name} currently has ${present} partition(s); ${count} would not be an increase.`,
    );
  if (count === present) throw new KafkaError("INVALID_PARTITIONS", `Topic already has ${present} partition(s).`);
  const alive = aliveBrokers(image);
  const replicationFactor = topic.partitions[0]?.replicas.length ?? 1;
  requireRoom(image, count - present);
  requireBrokers(alive, replicationFactor);
  const placed = placeReplicas(alive, count - present, replicationFactor, offset + present);
  return [
    { type: "addPartitions", topic: name, partitions: placed.map((replicas) => freshPartition(replicas, alive)) },
  ];
}

export function topicOf(image: ClusterImage, name: string): TopicRecord {
  const topic = image.topics[name];
  if (topic === undefined) throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION");
  return topic;
}

function partitionOf(image: ClusterImage, name: string, index: number): PartitionRecord {
  const partition = topicOf(image, name).partitions[index];
  if (partition === undefined) throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION");
  return partition;
}

/** Topic settings that have a meaning here, with their defaults; others that Kafka knows are kept and do nothing. */
export const TOPIC_CONFIGS: Readonly<Record<string, string>> = {
  "cleanup.policy": "delete",
  "compression.type": "producer",
  "delete.retention.ms": "86400000",
  "file.delete.delay.ms": "60000",
  "flush.messages": "9223372036854775807",
  "flush.ms": "9223372036854775807",
  "index.interval.bytes": "4096",
  "local.retention.bytes": "-2",
  "local.retention.ms": "-2",
  "max.compaction.lag.ms": "9223372036854775807",
  "max.message.bytes": "1048588",
  "message.timestamp.type": "CreateTime",
  "min.cleanable.dirty.ratio": "0.5",
  "min.compaction.lag.ms": "0",
  "min.insync.replicas": "1",
  preallocate: "false",
  "retention.bytes": "-1",
  "retention.ms": "604800000",
  "segment.bytes": "1073741824",
  "segment.index.bytes": "10485760",
  "segment.jitter.ms": "0",
  "segment.ms": "604800000",
  "unclean.leader.election.enable": "false",
};

export function checkConfigs(configs: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(configs)) {
    const standard = TOPIC_CONFIGS[key];
    if (standard === undefined) throw new KafkaError("INVALID_CONFIG", `Unknown topic config name: ${key}`);
    if (/^-?\d+$/.test(standard) && !/^-?\d+$/.test(value))
      throw new KafkaError(
        "INVALID_CONFIG",
        `Invalid value ${value} for configuration ${key}: Not a number of type ${key.endsWith("replicas") ? "INT" : "LONG"}`,
      );
    if (key === "cleanup.policy" && !value.split(",").every((one) => one === "compact" || one === "delete"))
      throw new KafkaError(
        "INVALID_CONFIG",
        `Invalid value ${value} for configuration ${key}: String must be one of: compact, delete`,
      );
    if (key === "min.insync.replicas" && Number(value) < 1)
      throw new KafkaError(
        "INVALID_CONFIG",
        `Invalid value ${value} for configuration ${key}: Value must be at least 1`,
      );
  }
}

const uncleanAllowed = ({ configs }: TopicRecord) => configs["unclean.leader.election.enable"] === "true";

/** The partition with another in-sync set, and a leader chosen anew where the present one cannot lead. */
function rearranged(
  topic: TopicRecord,
  partition: PartitionRecord,
  isr: readonly number[],
  canLead: (id: number) => boolean,
): PartitionRecord {
  let { leader } = partition;
  let inSync = isr;
  if (leader === -1 || !canLead(leader) || !isr.includes(leader)) {
    leader = partition.replicas.find((id) => isr.includes(id) && canLead(id)) ?? -1;
    if (leader === -1 && uncleanAllowed(topic)) {
      leader = partition.replicas.find(canLead) ?? -1;
      if (leader !== -1) inSync = [leader];
    }
  }
  // The last ones in sync stay on record: they alone have everything that was acknowledged.
  if (inSync.length === 0) inSync = partition.isr;
  const leaderEpoch = leader === partition.leader ? partition.leaderEpoch : partition.leaderEpoch + 1;
  return { ...partition, isr: inSync, leader, leaderEpoch, partitionEpoch: partition.partitionEpoch + 1 };
}

function eachPartition(
  image: ClusterImage,
  change: (topic: TopicRecord, partition: PartitionRecord) => PartitionRecord | undefined,
): Change[] {
  const changes: Change[] = [];
  for (const topic of Object.values(image.topics)) {
    for (const [index, partition] of topic.partitions.entries()) {
      const next = change(topic, partition);
      if (next !== undefined) changes.push({ type: "partition", topic: topic.name, index, partition: next });
    }
  }
  return changes;
}

/** A broker is gone, or is about to go: it leads nothing and is in sync with nothing. */
export function fenceBroker(image: ClusterImage, id: number): Change[] {
  const broker = image.brokers[id];
  if (broker === undefined || broker.fenced) return [];
  const alive = aliveBrokers(image).filter((one) => one !== id);
  const changes = eachPartition(image, (topic, partition) =>
    partition.isr.includes(id) || partition.leader === id
      ? rearranged(
          topic,
          partition,
          partition.isr.filter((one) => one !== id),
          (one) => alive.includes(one),
        )
      : undefined,
  );
  return [{ type: "fence", id, fenced: true }, ...changes];
}

/** A broker is there (again): partitions that waited for it have a leader. Call with it in the image, not fenced. */
export function wakePartitions(image: ClusterImage, id: number): Change[] {
  const alive = aliveBrokers(image);
  return eachPartition(image, (topic, partition) =>
    partition.leader === -1 &&
    (partition.isr.includes(id) || (uncleanAllowed(topic) && partition.replicas.includes(id)))
      ? rearranged(
          topic,
          partition,
          partition.isr.filter((one) => alive.includes(one)),
          (one) => alive.includes(one),
        )
      : undefined,
  );
}

/**
 * Everything that does not fit the brokers that live: who is gone is in sync with nothing and leads nothing, and what
 * waited for somebody who is back has a leader. What a controller of ZooKeeper mode does when brokers came or went.
 */
export function repair(image: ClusterImage, living: readonly number[]): Change[] {
  const lives = (id: number) => living.includes(id);
  return eachPartition(image, (topic, partition) => {
    const { isr, leader, replicas } = partition;
    const wakes = leader === -1 && (isr.some(lives) || (uncleanAllowed(topic) && replicas.some(lives)));
    const broken = leader !== -1 && (!lives(leader) || !isr.every(lives));
    return wakes || broken ? rearranged(topic, partition, isr.filter(lives), lives) : undefined;
  });
}

/** A leader says who is in sync with it (AlterPartition). */
export function alterIsr(
  image: ClusterImage,
  request: {
    readonly topic: string;
    readonly index: number;
    readonly leader: number;
    readonly leaderEpoch: number;
    readonly isr: readonly number[];
  },
): Change[] {
  const { topic: name, index, leader, leaderEpoch } = request;
  const topic = topicOf(image, name);
  const partition = partitionOf(image, name, index);
  if (partition.leader !== leader || partition.leaderEpoch !== leaderEpoch) throw new KafkaError("FENCED_LEADER_EPOCH");
  const alive = aliveBrokers(image);
  const isr = request.isr.filter((id) => id === leader || (alive.includes(id) && partition.replicas.includes(id)));
  const next = completed(topic, { ...partition, isr, partitionEpoch: partition.partitionEpoch + 1 }, alive);
  return [{ type: "partition", topic: name, index, partition: next }];
}

/** Ends a reassignment whose new replicas are all in sync. */
function completed(topic: TopicRecord, partition: PartitionRecord, alive: readonly number[]): PartitionRecord {
  const { adding, removing, replicas, isr } = partition;
  if (adding.length === 0 && removing.length === 0) return partition;
  const target = replicas.filter((id) => !removing.includes(id));
  if (!target.every((id) => isr.includes(id))) return partition;
  const done = { ...partition, replicas: target, adding: [], removing: [] };
  return rearranged(
    topic,
    done,
    isr.filter((id) => target.includes(id)),
    (id) => alive.includes(id),
  );
}

/** Begins a reassignment; `target` undefined takes one back. */
export function reassign(
  image: ClusterImage,
  name: string,
  index: number,
  target: readonly number[] | undefined,
): Change[] {
  const topic = topicOf(image, name);
  const partition = partitionOf(image, name, index);
  const alive = aliveBrokers(image);
  const before = partition.replicas.filter((id) => !partition.adding.includes(id));
  if (target === undefined) {
    if (partition.adding.length === 0 && partition.removing.length === 0)
      throw new KafkaError("NO_REASSIGNMENT_IN_PROGRESS");
    const back = { ...partition, replicas: before, adding: [], removing: [] };
    const isr = partition.isr.filter((id) => before.includes(id));
    return [
      { type: "partition", topic: name, index, partition: rearranged(topic, back, isr, (id) => alive.includes(id)) },
    ];
  }
  if (target.length === 0)
    throw new KafkaError(
      "INVALID_REPLICA_ASSIGNMENT",
      "The manual partition assignment includes an empty replica list.",
    );
  const unknown = target.find((id) => image.brokers[id] === undefined);
  if (unknown !== undefined)
    throw new KafkaError(
      "INVALID_REPLICA_ASSIGNMENT",
      `The manual partition assignment includes broker ${unknown}, but no such broker is registered.`,
    );
  const adding = target.filter((id) => !before.includes(id));
  const removing = before.filter((id) => !target.includes(id));
  const next: PartitionRecord = {
    ...partition,
    replicas: [...target, ...removing],
    adding,
    removing,
    partitionEpoch: partition.partitionEpoch + 1,
  };
  return [{ type: "partition", topic: name, index, partition: completed(topic, next, alive) }];
}

/** The first replica leads again, where it is in sync. */
export function electPreferred(image: ClusterImage, name: string, index: number): Change[] {
  const partition = partitionOf(image, name, index);
  const [preferred = -1] = partition.replicas;
  if (partition.leader === preferred) throw new KafkaError("ELECTION_NOT_NEEDED");
  if (!partition.isr.includes(preferred) || !aliveBrokers(image).includes(preferred))
    throw new KafkaError("PREFERRED_LEADER_NOT_AVAILABLE");
  const { leaderEpoch, partitionEpoch } = partition;
  const next = { ...partition, leader: preferred, leaderEpoch: leaderEpoch + 1, partitionEpoch: partitionEpoch + 1 };
  return [{ type: "partition", topic: name, index, partition: next }];
}

/** Any replica that lives leads, even where it has not everything: `kafka-leader-election.sh --election-type unclean`. */
export function electUnclean(image: ClusterImage, name: string, index: number): Change[] {
  const partition = partitionOf(image, name, index);
  if (partition.leader !== -1) throw new KafkaError("ELECTION_NOT_NEEDED");
  const alive = aliveBrokers(image);
  const leader = partition.replicas.find((id) => alive.includes(id));
  if (leader === undefined) throw new KafkaError("ELIGIBLE_LEADERS_NOT_AVAILABLE");
  const { leaderEpoch, partitionEpoch } = partition;
  const next = {
    ...partition,
    leader,
    isr: [leader],
    leaderEpoch: leaderEpoch + 1,
    partitionEpoch: partitionEpoch + 1,
  };
  return [{ type: "partition", topic: name, index, partition: next }];
}
