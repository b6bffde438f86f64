/** One replica of a partition on this broker, as leader or follower (core/src/main/scala/kafka/cluster/Partition.scala). */
import type { LogRecord, PartitionLog } from "./log.ts";
import type { PartitionRecord } from "./model.ts";

/** A record as it comes. `time`: what its producer says it was; else the time when it comes counts. */
export type NewRecord = Pick<LogRecord, "key" | "value" | "headers"> & { readonly time?: number };

export class Replica {
  readonly topic: string;
  readonly topicId: string;
  readonly index: number;
  readonly log: PartitionLog;
  partition: PartitionRecord;
  /** Everything below it is on all replicas in sync. */
  highWatermark: number;
  /** As leader: the next offset of each follower that has fetched since this leader's epoch began. */
  readonly followers = new Map<number, number>();
  /** As leader: where the own epoch began. */
  epochStart = 0;
  /** As leader: a change of the in-sync set is on its way to the controller. */
  changingIsr = false;
  readonly #broker: number;

  constructor(
    broker: number,
    topic: { readonly name: string; readonly id: string },
    index: number,
    partition: PartitionRecord,
    log: PartitionLog,
    highWatermark: number,
  ) {
    this.#broker = broker;
    this.topic = topic.name;
    this.topicId = topic.id;
    this.index = index;
    this.partition = partition;
    this.log = log;
    this.highWatermark = Math.min(highWatermark, log.endOffset);
    if (this.leads) this.#lead();
  }

  get key(): string {
    return `${this.topic}-${this.index}`;
  }

  get leads(): boolean {
    return this.partition.leader === this.#broker;
  }

  /** Another state of the partition, from the controller. */
  update(partition: PartitionRecord): void {
    const before = this.partition;
    this.partition = partition;
    if (this.leads && before.leaderEpoch !== partition.leaderEpoch) this.#lead();
    if (this.leads) this.advance();
  }

  #lead(): void {
    this.followers.clear();
    this.epochStart = this.log.endOffset;
    this.advance();
  }

  /** Takes records as leader; returns the offset of the first. Throws `Errno`. */
  append(records: readonly NewRecord[], time: number, rollMs: number): number {
    const first = this.log.endOffset;
    const epoch = this.partition.leaderEpoch;
    this.log.append(
      records.map((record, at) => ({ offset: first + at, epoch, time, ...record })),
      rollMs,
    );
    this.advance();
    return first;
  }

  /** Takes records as follower, with the gaps that compaction left. Throws `Errno`. */
  replicate(records: readonly LogRecord[], highWatermark: number, rollMs: number): boolean {
    const end = this.log.endOffset;
    const fresh = records.filter(({ offset }) => offset >= end);
    this.log.append(fresh, rollMs);
    const mark = Math.min(highWatermark, this.log.endOffset);
    const moved = fresh.length > 0 || mark > this.highWatermark;
    this.highWatermark = Math.max(this.highWatermark, mark);
    return moved;
  }

  truncate(to: number): void {
    this.log.truncate(to);
    this.highWatermark = Math.min(this.highWatermark, this.log.endOffset);
  }

  /** A follower asks for what comes at `offset`: it has everything before. True where that moved the high watermark. */
  follow(broker: number, offset: number): boolean {
    this.followers.set(broker, offset);
    return this.advance();
  }

  /** True where the high watermark moved. */
  advance(): boolean {
    if (!this.leads) return false;
    let mark = this.log.endOffset;
    for (const id of this.partition.isr) {
      if (id !== this.#broker) mark = Math.min(mark, this.followers.get(id) ?? -1);
    }
    if (mark <= this.highWatermark) return false;
    this.highWatermark = mark;
    return true;
  }

  /** Followers that have caught up and are not in the in-sync set. */
  caughtUp(): readonly number[] {
    const { isr, replicas } = this.partition;
    const least = Math.max(this.highWatermark, this.epochStart);
    return [...this.followers]
      .filter(([id, offset]) => replicas.includes(id) && !isr.includes(id) && offset >= least)
      .map(([id]) => id);
  }
}
