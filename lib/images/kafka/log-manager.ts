/** Looks after the logs of one broker: what is too old goes, and topics of keys keep the last of each (LogManager, LogCleaner). */
import { isErrno } from "../../machine/index.ts";
import type { BrokerHost } from "./broker-host.ts";
import { type CleanupRules, cleanableTo, compacted, expired, expiresAt, rulesOf } from "./cleanup.ts";
import { TOPIC_CONFIGS } from "./decisions.ts";
import { readCheckpoint, writeCheckpoint } from "./log.ts";
import type { ClusterImage } from "./model.ts";
import type { Replica } from "./replica.ts";

const FIRST_CHECK_MS = 30_000;

export class LogManager {
  readonly #host: BrokerHost;
  readonly #image: () => ClusterImage;
  readonly #replicas: () => readonly Replica[];
  readonly #started: number;
  readonly #starts: Map<string, number>;
  readonly #cleaned: Map<string, number>;
  #check: { readonly at: number; readonly cancel: () => void } | undefined;
  #cleaning: (() => void) | undefined;

  constructor(host: BrokerHost, image: () => ClusterImage, replicas: () => readonly Replica[]) {
    this.#host = host;
    this.#image = image;
    this.#replicas = replicas;
    this.#started = host.process.clock.now();
    this.#starts = readCheckpoint(host.process.files, this.#path("log-start-offset-checkpoint"));
    this.#cleaned = readCheckpoint(host.process.files, this.#path("cleaner-offset-checkpoint"));
  }

  #path(name: string): string {
    return `${this.#host.config.logDir}/${name}`;
  }

  /** Where a log began when that was last written down. */
  startOf(key: string): number {
    return this.#starts.get(key) ?? 0;
  }

  rules(topic: string): CleanupRules {
    const { config } = this.#host;
    const image = this.#image();
    const broker = (key: string) =>
      image.brokerConfigs[String(config.nodeId)]?.[key] ?? image.brokerConfigs[""]?.[key] ?? config.values.get(key);
    return rulesOf(image.topics[topic]?.configs ?? {}, broker, TOPIC_CONFIGS);
  }

  /** Logs have grown, or have other settings: sees to it that somebody looks in time. */
  changed(): void {
    const { process, config } = this.#host;
    const { clock } = process;
    let due: number | undefined;
    let compacts = false;
    for (const replica of this.#replicas()) {
      const rules = this.rules(replica.topic);
      const at = expiresAt(rules, replica.log);
      const isOver = expired(rules, this.#known(replica)) !== undefined;
      const next = isOver ? clock.now() : at;
      if (next !== undefined) due = Math.min(due ?? next, next);
      compacts ||= cleanableTo(rules, this.#known(replica), this.#cleaned.get(replica.key) ?? 0) !== undefined;
    }
    if (due !== undefined) this.#checkAt(this.#tick(due));
    if (compacts && config.flag("log.cleaner.enable"))
      this.#cleaning ??= clock.after(config.number("log.cleaner.backoff.ms"), () => {
        this.#cleaning = undefined;
        if (!process.signal.aborted) this.#guarded(() => this.#clean());
      });
  }

  close(): void {
    this.#check?.cancel();
    this.#cleaning?.();
  }

  #known({ log, highWatermark }: Replica) {
    return { segments: log.segments, endOffset: log.endOffset, highWatermark, now: this.#host.process.clock.now() };
  }

  /** Retention is looked at now and then (log.retention.check.interval.ms): the first such moment not before `due`. */
  #tick(due: number): number {
    const every = this.#host.config.number("log.retention.check.interval.ms");
    const first = this.#started + FIRST_CHECK_MS;
    const from = Math.max(due, this.#host.process.clock.now() + 1);
    return first + Math.max(0, Math.ceil((from - first) / every)) * every;
  }

  #checkAt(at: number): void {
    if (this.#check !== undefined && this.#check.at <= at) return;
    this.#check?.cancel();
    const { process } = this.#host;
    const cancel = process.clock.after(at - process.clock.now(), () => {
      this.#check = undefined;
      if (!process.signal.aborted) this.#guarded(() => this.#retain());
    });
    this.#check = { at, cancel };
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.#host.broken(error);
      return;
    }
    this.changed();
  }

  #retain(): void {
    for (const replica of this.#replicas()) {
      const rules = this.rules(replica.topic);
      for (;;) {
        const found = expired(rules, this.#known(replica));
        if (found === undefined) break;
        const { log } = replica;
        // Never without a segment that takes what comes.
        if (found.count === log.segments.length) log.roll();
        const gone = log.segments.slice(0, found.count);
        this.#say(
          replica,
          `Deleting segments due to ${found.why}: ${gone.map(({ base, bytes, lastTime }) => `LogSegment(baseOffset=${base}, size=${bytes}, lastModifiedTime=${lastTime ?? 0}, largestRecordTimestamp=${lastTime ?? 0})`).join(",")}`,
        );
        this.advanceStart(replica, log.segments[found.count]?.base ?? log.endOffset, "segment deletion");
      }
    }
  }

  /** A log begins later from now on. Throws `Errno`. */
  advanceStart(replica: Replica, to: number, why = "leader offset increment"): void {
    const { log } = replica;
    if (to <= log.startOffset) return;
    const { process } = this.#host;
    const files = log.advanceStart(to);
    this.#say(replica, `Incremented log start offset to ${to} due to ${why}`);
    this.#starts.set(replica.key, to);
    this.#write("log-start-offset-checkpoint", this.#starts);
    if (files.length === 0) return;
    process.clock.after(this.rules(replica.topic).fileDeleteDelayMs, () => {
      if (process.signal.aborted) return;
      for (const path of files) process.files.remove(path, { force: true });
    });
  }

  #clean(): void {
    const { process } = this.#host;
    for (const replica of this.#replicas()) {
      const rules = this.rules(replica.topic);
      const { log, key } = replica;
      const from = this.#cleaned.get(key) ?? 0;
      const to = cleanableTo(rules, this.#known(replica), from);
      if (to === undefined) continue;
      const before = log.bytes;
      const kept = compacted(log.records, to, rules, process.clock.now());
      log.compact(to, kept);
      this.#cleaned.set(key, to);
      this.#write("cleaner-offset-checkpoint", this.#cleaned);
      this.#host.log(
        "INFO",
        `[kafka-log-cleaner-thread-0]: Log cleaner thread 0 cleaned log ${key} (dirty section = [${from}, ${to}]): ${before} bytes became ${log.bytes}`,
        "kafka.log.LogCleaner",
      );
    }
  }

  /** A replica is gone. */
  forget(key: string): void {
    this.#starts.delete(key);
    this.#cleaned.delete(key);
  }

  #write(name: string, marks: ReadonlyMap<string, number>): void {
    const lines = [...marks].map(([key, offset]) => {
      const [, topic = "", index = "0"] = /^(.*)-(\d+)$/.exec(key) ?? [];
      return [topic, Number(index), offset] as const;
    });
    writeCheckpoint(this.#host.process.files, this.#path(name), lines);
  }

  #say({ key }: Replica, text: string): void {
    this.#host.log(
      "INFO",
      `[UnifiedLog partition=${key}, dir=${this.#host.config.logDir}] ${text}`,
      "kafka.log.UnifiedLog",
    );
  }
}
