/** The replicas that a broker hosts: leads some, follows the others, and keeps them on its disk. */
import { isErrno } from "../../machine/index.ts";
import { Pulse } from "../kit/pulse.ts";
import type { BrokerHost } from "./broker-host.ts";
import { KafkaError } from "./errors.ts";
import { Fetcher } from "./fetcher.ts";
import { PartitionLog, readCheckpoint, writeCheckpoint } from "./log.ts";
import { LogManager } from "./log-manager.ts";
import type { FetchedPartition, FetchPartition, ReplicaPosition } from "./messages.ts";
import { aliveBrokers, type ClusterImage, EMPTY_IMAGE, type TopicRecord } from "./model.ts";
import { type NewRecord, Replica } from "./replica.ts";

const FETCH_RECORDS = 500;
const CHECKPOINT_MS = 5000;
const ISR_TIMEOUT_MS = 30_000;

export class ReplicaManager {
  image: ClusterImage = EMPTY_IMAGE;
  /** Something was written, is on more replicas, or the cluster is another one. */
  readonly moved = new Pulse();
  readonly #host: BrokerHost;
  readonly #replicas = new Map<string, Replica>();
  readonly #fetchers = new Map<number, Fetcher>();
  readonly #marks: Map<string, number>;
  readonly #logs: LogManager;
  /** Answers the question of a follower that waits, so that it can ask another one. */
  readonly #pending = new Map<number, () => void>();
  readonly #lagging = new Map<number, () => void>();
  #checkpoint: (() => void) | undefined;
  #loaded = false;

  constructor(host: BrokerHost) {
    this.#host = host;
    const { process, config } = host;
    process.files.makeDirectory(config.logDir, { recursive: true });
    this.#marks = readCheckpoint(process.files, this.#checkpointPath);
    this.#logs = new LogManager(
      host,
      () => this.image,
      () => this.replicas,
    );
  }

  get #id(): number {
    return this.#host.config.nodeId;
  }

  get #checkpointPath(): string {
    return `${this.#host.config.logDir}/replication-offset-checkpoint`;
  }

  get replicas(): readonly Replica[] {
    return [...this.#replicas.values()];
  }

  find(topic: string, index: number): Replica | undefined {
    return this.#replicas.get(`${topic}-${index}`);
  }

  /** Follows a new state of the cluster. */
  update(image: ClusterImage): void {
    const before = this.image;
    this.image = image;
    try {
      for (const topic of Object.values(image.topics))
        if (topic !== before.topics[topic.name] || !this.#loaded) this.#updateTopic(topic);
      for (const replica of [...this.#replicas.values()]) {
        const topic = image.topics[replica.topic];
        const partition = topic?.id === replica.topicId ? topic.partitions[replica.index] : undefined;
        if (partition?.replicas.includes(this.#id) === true) continue;
        this.#replicas.delete(replica.key);
        replica.log.remove();
        this.#logs.forget(replica.key);
        this.#say(
          "INFO",
          `Log for partition ${replica.key} is renamed and is scheduled for deletion`,
          "kafka.log.LogManager",
        );
      }
      if (!this.#loaded) this.#removeStrays();
      this.#loaded = true;
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.#host.broken(error);
      return;
    }
    this.#follow();
    this.#logs.changed();
    this.moved.fire();
  }

  #updateTopic(topic: TopicRecord): void {
    const { process, config } = this.#host;
    for (const [index, partition] of topic.partitions.entries()) {
      if (!partition.replicas.includes(this.#id)) continue;
      const key = `${topic.name}-${index}`;
      const present = this.#replicas.get(key);
      if (present !== undefined && present.topicId === topic.id) {
        const led = present.leads;
        present.update(partition);
        if (present.leads && !led)
          this.#say(
            "INFO",
            `[Broker id=${this.#id}] Leader ${key} with topic id Some(${topic.id}) starts at leader epoch ${partition.leaderEpoch} from offset ${present.log.endOffset} with ISR [${partition.isr.join(",")}]`,
            "state.change.logger",
          );
        continue;
      }
      const path = `${config.logDir}/${key}`;
      const meta = `${path}/partition.metadata`;
      // A topic of that name that was deleted meanwhile is another topic.
      if (process.files.exists(meta) && !process.files.readText(meta).includes(topic.id))
        process.files.remove(path, { recursive: true });
      const log = new PartitionLog(process.files, path, () =>
        Number(this.image.topics[topic.name]?.configs["segment.bytes"] ?? config.number("log.segment.bytes")),
      );
      log.open(topic.id, this.#logs.startOf(key));
      this.#replicas.set(key, new Replica(this.#id, topic, index, partition, log, this.#marks.get(key) ?? 0));
    }
  }

  #removeStrays(): void {
    const { process, config } = this.#host;
    for (const { name, type } of process.files.list(config.logDir)) {
      if (type !== "directory" || name === "__cluster_metadata-0" || !/-\d+$/.test(name) || this.#replicas.has(name))
        continue;
      process.files.remove(`${config.logDir}/${name}`, { recursive: true });
      this.#say(
        "WARN",
        `Found stray log dir ${config.logDir}/${name}: it is not in the cluster's metadata`,
        "kafka.log.LogManager",
      );
    }
  }

  /** One fetcher a leader that something is followed of. */
  #follow(): void {
    const byLeader = new Map<number, Replica[]>();
    for (const replica of this.#replicas.values()) {
      const { leader } = replica.partition;
      if (leader === this.#id || leader === -1) continue;
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), replica]);
    }
    for (const [leader, fetcher] of this.#fetchers) {
      if (byLeader.has(leader)) continue;
      fetcher.close();
      this.#fetchers.delete(leader);
    }
    const { process, config, broken } = this.#host;
    for (const [leader, replicas] of byLeader) {
      let fetcher = this.#fetchers.get(leader);
      if (fetcher === undefined) {
        fetcher = new Fetcher(
          {
            process,
            broker: this.#id,
            endpoint: (id) => this.image.brokers[id]?.endpoints.find(({ listener }) => listener === config.interBroker),
            moved: () => this.#marked(),
            advanceStart: (replica, to) => this.#logs.advanceStart(replica, to),
            rollMs: (topic) => this.#logs.rules(topic).segmentMs,
            broken,
          },
          leader,
        );
        this.#fetchers.set(leader, fetcher);
      }
      fetcher.follow(replicas);
    }
  }

  /** Something was written, or is on more replicas: whoever waits looks again, and soon the disk knows. */
  #marked(): void {
    this.moved.fire();
    const { process } = this.#host;
    this.#checkpoint ??= process.clock.after(CHECKPOINT_MS, () => {
      this.#checkpoint = undefined;
      if (process.signal.aborted) return;
      this.#writeMarks();
      this.#logs.changed();
    });
  }

  #writeMarks(): void {
    const marks = [...this.#replicas.values()].map(
      ({ topic, index, highWatermark }) => [topic, index, highWatermark] as const,
    );
    try {
      writeCheckpoint(this.#host.process.files, this.#checkpointPath, marks);
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.#host.broken(error);
    }
  }

  close(): void {
    for (const fetcher of this.#fetchers.values()) fetcher.close();
    for (const cancel of this.#lagging.values()) cancel();
    this.#checkpoint?.();
    this.#logs.close();
    this.#writeMarks();
  }

  #say(level: "INFO" | "WARN" | "ERROR", text: string, logger: string): void {
    this.#host.log(level, text, logger);
  }

  /** The replica that this broker leads. Throws `KafkaError`. */
  led(topic: string, index: number): Replica {
    const replica = this.#replicas.get(`${topic}-${index}`);
    if (replica === undefined) {
      if (this.image.topics[topic]?.partitions[index] === undefined) throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION");
      throw new KafkaError("NOT_LEADER_OR_FOLLOWER");
    }
    if (!replica.leads) throw new KafkaError("NOT_LEADER_OR_FOLLOWER");
    return replica;
  }

  #minInSync({ topic, partition }: Replica): number {
    const own = this.image.topics[topic]?.configs["min.insync.replicas"];
    const all = this.image.brokerConfigs[""]?.["min.insync.replicas"];
    const wanted = Number(own ?? all ?? this.#host.config.number("min.insync.replicas"));
    return Math.min(wanted, Math.max(1, partition.replicas.length));
  }

  /** Resolves with the offset of the first record, when as many have it as asked for. Throws `KafkaError`. */
  async produce(replica: Replica, records: readonly NewRecord[], acks: number, timeoutMs: number): Promise<number> {
    const { process } = this.#host;
    const epoch = replica.partition.leaderEpoch;
    if (acks === -1 && replica.partition.isr.length < this.#minInSync(replica))
      throw new KafkaError("NOT_ENOUGH_REPLICAS");
    const largest = Number(
      this.image.topics[replica.topic]?.configs["max.message.bytes"] ?? this.#host.config.number("message.max.bytes"),
    );
    if (records.some(({ key, value }) => (key?.length ?? 0) + (value?.length ?? 0) > largest))
      throw new KafkaError("MESSAGE_TOO_LARGE");
    const rules = this.#logs.rules(replica.topic);
    if (rules.compacts && records.some(({ key }) => key === null))
      throw new KafkaError(
        "INVALID_RECORD",
        `Compacted topic cannot accept message without key in topic partition ${replica.key}.`,
      );
    let first: number;
    try {
      first = replica.append(records, process.clock.now(), rules.segmentMs);
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.#host.broken(error);
      throw new KafkaError("KAFKA_STORAGE_ERROR");
    }
    this.#marked();
    if (acks === -1) await this.replicated(replica, epoch, first + records.length, timeoutMs);
    return first;
  }

  /** Resolves when all replicas in sync have everything before an offset. Throws `KafkaError`. */
  async replicated(replica: Replica, epoch: number, end: number, timeoutMs: number): Promise<void> {
    const { process } = this.#host;
    const deadline = process.clock.now() + timeoutMs;
    while (replica.highWatermark < end) {
      if (!replica.leads || replica.partition.leaderEpoch !== epoch) throw new KafkaError("NOT_LEADER_OR_FOLLOWER");
      if (process.clock.now() >= deadline) throw new KafkaError("REQUEST_TIMED_OUT");
      await this.moved.until(process.clock, deadline);
    }
    if (replica.partition.isr.length < this.#minInSync(replica))
      throw new KafkaError("NOT_ENOUGH_REPLICAS_AFTER_APPEND");
  }

  /** What consumers read: up to what all replicas in sync have; waits for something at most `maxWaitMs`. */
  async fetch(partitions: readonly FetchPartition[], maxWaitMs: number) {
    const { clock } = this.#host.process;
    const deadline = clock.now() + maxWaitMs;
    for (;;) {
      const found = partitions.map(({ topic, index, offset }): FetchedPartition => {
        const empty = { topic, index, records: [], highWatermark: -1, logStart: 0 };
        try {
          const { log, highWatermark } = this.led(topic, index);
          if (offset < log.startOffset || offset > log.endOffset) return { ...empty, error: "OFFSET_OUT_OF_RANGE" };
          return {
            topic,
            index,
            records: log.read(offset, highWatermark, FETCH_RECORDS),
            highWatermark,
            logStart: log.startOffset,
          };
        } catch (error) {
          if (!(error instanceof KafkaError)) throw error;
          return { ...empty, error: error.code };
        }
      });
      if (clock.now() >= deadline || found.some(({ records, error }) => records.length > 0 || error !== undefined))
        return found;
      await this.moved.until(clock, deadline);
    }
  }

  // --------------------------------------------------------------------------------------------------- replication

  /** Answers a follower when there is something that it does not have. */
  async replicaFetch(broker: number, positions: readonly ReplicaPosition[]): Promise<readonly FetchedPartition[]> {
    this.#lagging.get(broker)?.();
    this.#lagging.delete(broker);
    this.#pending.get(broker)?.();
    let replaced = false;
    this.#pending.set(broker, () => {
      replaced = true;
      this.moved.fire();
    });
    for (;;) {
      if (replaced) return [];
      // Each time anew: this broker may have begun to lead meanwhile.
      if (this.#note(broker, positions)) this.#marked();
      const found = positions.flatMap((position) => this.#news(position));
      if (found.length > 0) {
        this.#pending.delete(broker);
        return found;
      }
      await this.moved.next();
    }
  }

  /** What a follower has, as its question says. True where that moved a high watermark. */
  #note(broker: number, positions: readonly ReplicaPosition[]): boolean {
    let moved = false;
    for (const { topic, index, offset, lastEpoch } of positions) {
      const replica = this.#replicas.get(`${topic}-${index}`);
      // An offset counts only where the records before it are the same.
      if (replica?.leads !== true || diverges(replica.log, offset, lastEpoch) !== undefined) continue;
      if (replica.follow(broker, offset)) moved = true;
      this.#growIsr(replica);
    }
    return moved;
  }

  /** What a follower does not know yet; nothing where it knows all. */
  #news({ topic, index, offset, lastEpoch, leaderEpoch, highWatermark: known }: ReplicaPosition): FetchedPartition[] {
    const replica = this.#replicas.get(`${topic}-${index}`);
    // The follower hears of another leader from the controller.
    if (replica?.leads !== true || replica.partition.leaderEpoch !== leaderEpoch) return [];
    const { log, highWatermark } = replica;
    const reply = { topic, index, records: [], highWatermark, logStart: log.startOffset };
    const truncate = diverges(log, offset, lastEpoch);
    if (truncate !== undefined) return [{ ...reply, truncate }];
    const records = log.read(offset, log.endOffset, FETCH_RECORDS);
    return records.length > 0 || highWatermark > known ? [{ ...reply, records }] : [];
  }

  #growIsr(replica: Replica): void {
    const alive = aliveBrokers(this.image);
    const caughtUp = replica.caughtUp().filter((id) => alive.includes(id));
    if (caughtUp.length > 0) this.#changeIsr(replica, [...replica.partition.isr, ...caughtUp]);
  }

  #changeIsr(replica: Replica, isr: readonly number[]): void {
    if (replica.changingIsr) return;
    replica.changingIsr = true;
    const { process } = this.#host;
    const { topic, index } = replica;
    const { leaderEpoch } = replica.partition;
    this.#say(
      "INFO",
      `[Partition ${replica.key} broker=${this.#id}] ISR updated to ${isr.join(",")}`,
      "kafka.cluster.Partition",
    );
    const request = { op: "alterIsr", topic, index, leader: this.#id, leaderEpoch, isr } as const;
    this.#host
      .controller(request, process.clock.now() + ISR_TIMEOUT_MS)
      .catch((error: unknown) => {
        if (!(error instanceof KafkaError) && !process.signal.aborted) throw error;
      })
      .finally(() => {
        replica.changingIsr = false;
        // Another follower may have caught up meanwhile.
        this.moved.fire();
      });
  }

  /** A follower's connection is gone: it falls out of sync unless it is back in time. */
  lost(broker: number): void {
    const { process, config } = this.#host;
    this.#pending.delete(broker);
    if (process.signal.aborted || this.#lagging.has(broker)) return;
    this.#lagging.set(
      broker,
      process.clock.after(config.number("replica.lag.time.max.ms"), () => {
        this.#lagging.delete(broker);
        for (const replica of this.#replicas.values()) {
          replica.followers.delete(broker);
          const { isr } = replica.partition;
          if (replica.leads && isr.includes(broker))
            this.#changeIsr(
              replica,
              isr.filter((id) => id !== broker),
            );
        }
      }),
    );
  }
}

/** Where a follower's log is another one than the leader's: the offset from which on it must be dropped. */
function diverges(log: PartitionLog, offset: number, lastEpoch: number): number | undefined {
  if (offset === 0 || lastEpoch === -1) return undefined;
  const { epoch, end } = log.endOfEpoch(lastEpoch);
  return epoch < lastEpoch || end < offset ? Math.min(end, offset) : undefined;
}
