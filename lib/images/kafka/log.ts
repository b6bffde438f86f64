/**
 * One partition's log on disk, as Kafka lays it out: segments named by their first offset, and which leader's epoch
 * began where (storage/internals/log). A record is a line of JSON here.
 */
import { type FileApi, isErrno } from "../../machine/index.ts";

export interface LogRecord {
  readonly offset: number;
  /** Of the leader that took it. */
  readonly epoch: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: readonly (readonly [name: string, value: string | null])[];
  /** Of a deletion that a compaction has kept: when the next one may drop it. */
  readonly horizon?: number;
}

export interface Segment {
  /** First offset that may be in it. */
  readonly base: number;
  bytes: number;
  /** Of its records; undefined where it is empty. */
  firstTime: number | undefined;
  lastTime: number | undefined;
}

/** What is taken away stays on disk for a while under this name (LogFileUtils.DELETED_FILE_SUFFIX). */
const DELETED = ".deleted";
const segmentName = (offset: number) => `${String(offset).padStart(20, "0")}.log`;

export class PartitionLog {
  readonly path: string;
  records: LogRecord[] = [];
  readonly #files: FileApi;
  readonly #segmentBytes: () => number;
  #segments: Segment[] = [];
  #start = 0;
  /** Where each leader's epoch began, also of records that are gone. */
  #epochs: { readonly epoch: number; readonly start: number }[] = [];

  constructor(files: FileApi, path: string, segmentBytes: () => number) {
    this.#files = files;
    this.path = path;
    this.#segmentBytes = segmentBytes;
  }

  /** The first offset that can be read. */
  get startOffset(): number {
    return this.#start;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    const last = this.records.at(-1);
    const active = this.#segments.at(-1)?.base ?? this.#start;
    return Math.max(last === undefined ? this.#start : last.offset + 1, active);
  }

  get lastEpoch(): number {
    return this.#epochs.at(-1)?.epoch ?? -1;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Reads what is there, or makes an empty log. A last line that was cut off is dropped. `start`: where it began when that
   * was last written down. Throws `Errno`.
   */
  open(topicId: string, start = 0): void {
    const files = this.#files;
    if (!files.exists(this.path)) {
      files.makeDirectory(this.path, { recursive: true });
      files.writeFile(`${this.path}/partition.metadata`, `version: 0\ntopic_id: ${topicId}`);
    }
    for (const { name } of files.list(this.path))
      if (name.endsWith(DELETED)) files.remove(`${this.path}/${name}`, { force: true });
    const bases = files
      .list(this.path)
      .filter(({ name }) => /^\d{20}\.log$/.test(name))
      .map(({ name }) => Number(name.slice(0, 20)))
      .sort((a, b) => a - b);
    for (const base of bases) {
      const text = files.readText(`${this.path}/${segmentName(base)}`);
      const segment: Segment = { base, bytes: 0, firstTime: undefined, lastTime: undefined };
      for (const line of text.split("\n")) {
        const record = parse(line);
        if (record === undefined) continue;
        this.records.push(record);
        note(segment, record, line.length + 1);
      }
      this.#segments.push(segment);
    }
    this.#start = Math.max(start, this.#segments[0]?.base ?? start);
    this.records = this.records.filter(({ offset }) => offset >= this.#start);
    if (this.#segments.length === 0) this.#roll(this.#start);
    this.#epochs = this.#readEpochs();
  }

  /** `rollMs`: how long a segment takes records. Throws `Errno`; nothing is taken then. */
  append(records: readonly LogRecord[], rollMs = Number.POSITIVE_INFINITY): void {
    const [first] = records;
    if (first === undefined) return;
    let segment = this.#segments.at(-1);
    const isOld = segment?.firstTime !== undefined && first.time - segment.firstTime > rollMs;
    if (segment === undefined || segment.bytes >= this.#segmentBytes() || isOld) segment = this.#roll(first.offset);
    const lines = records.map((record) => `${JSON.stringify(record)}\n`);
    this.#files.writeFile(`${this.path}/${segmentName(segment.base)}`, lines.join(""), { append: true, mode: 0o644 });
    for (const [index, record] of records.entries()) note(segment, record, lines[index]?.length ?? 0);
    this.records.push(...records);
    if (records.some(({ epoch }) => epoch !== this.lastEpoch)) {
      for (const { epoch, offset } of records)
        if (epoch !== this.lastEpoch) this.#epochs.push({ epoch, start: offset });
      this.#writeEpochs();
    }
  }

  /** At most `limit` records from an offset on, below `end`. */
  read(from: number, end: number, limit: number): LogRecord[] {
    const start = this.#indexOf(from);
    const found: LogRecord[] = [];
    for (let at = start; at < this.records.length && found.length < limit; at++) {
      const record = this.records[at];
      if (record === undefined || record.offset >= end) break;
      found.push(record);
    }
    return found;
  }

  /** Offset behind the last record of an epoch, or of the one before it that is known (OffsetsForLeaderEpoch). */
  endOfEpoch(epoch: number): { readonly epoch: number; readonly end: number } {
    const last = this.#epochs.findLastIndex((one) => one.epoch <= epoch);
    const found = this.#epochs[last];
    return found === undefined
      ? { epoch: -1, end: this.startOffset }
      : { epoch: found.epoch, end: this.#epochs[last + 1]?.start ?? this.endOffset };
  }

  /** Drops everything from an offset on. Throws `Errno`. */
  truncate(to: number): void {
    if (to >= this.endOffset) return;
    this.records = this.records.slice(0, this.#indexOf(to));
    const gone = this.#segments.filter(({ base }, index) => base >= to && index > 0);
    for (const { base } of gone) this.#files.remove(`${this.path}/${segmentName(base)}`, { force: true });
    this.#segments = this.#segments.filter((segment) => !gone.includes(segment));
    const last = this.#segments.at(-1);
    if (last !== undefined)
      this.#rewrite(
        last,
        this.records.filter(({ offset }) => offset >= last.base),
      );
    this.#epochs = this.#epochs.filter(({ start }) => start < to);
    this.#writeEpochs();
  }

  /**
   * Everything below an offset is gone: whole segments are taken off the disk, what is left of one cannot be read any
   * more (maybeIncrementLogStartOffset, deleteOldSegments). Gives the files that wait for their end. Throws `Errno`.
   */
  advanceStart(to: number): string[] {
    if (to <= this.#start) return [];
    if (to > this.endOffset) {
      // A follower that has nothing in common with its leader begins where that one does (truncateFullyAndStartAt).
      this.records = [];
      const all = this.#segments.map((segment) => this.#setAside(segment));
      this.#segments = [];
      this.#start = to;
      this.#roll(to);
      this.#epochs = [];
      this.#writeEpochs();
      return all;
    }
    const waiting: string[] = [];
    while ((this.#segments[1]?.base ?? Number.POSITIVE_INFINITY) <= to) {
      const segment = this.#segments.shift();
      if (segment !== undefined) waiting.push(this.#setAside(segment));
    }
    this.#start = to;
    this.records = this.records.slice(this.#indexOf(to));
    const first = this.#epochs.findLastIndex(({ start }) => start <= to);
    if (first > 0) this.#epochs = this.#epochs.slice(first);
    this.#writeEpochs();
    return waiting;
  }

  /** A new segment takes what comes. Throws `Errno`. */
  roll(): void {
    if (this.#segments.at(-1)?.firstTime !== undefined) this.#roll(this.endOffset);
  }

  /** Keeps of the records below an offset, which is a segment's first, only those given. Throws `Errno`. */
  compact(below: number, kept: readonly LogRecord[]): void {
    this.records = [...kept, ...this.records.slice(this.#indexOf(below))];
    for (const segment of this.#segments) {
      if (segment.base >= below) break;
      const next = this.#segments[this.#segments.indexOf(segment) + 1]?.base ?? below;
      const own = kept.filter(({ offset }) => offset >= segment.base && offset < next);
      this.#rewrite(segment, own);
    }
    // What holds nothing any more goes, but for the first one, which says where the log begins.
    this.#segments = this.#segments.filter((segment, index) => {
      if (index === 0 || segment.base >= below || segment.firstTime !== undefined) return true;
      this.#files.remove(`${this.path}/${segmentName(segment.base)}`, { force: true });
      return false;
    });
  }

  #setAside({ base }: Segment): string {
    const path = `${this.path}/${segmentName(base)}`;
    this.#files.rename(path, path + DELETED);
    return path + DELETED;
  }

  #rewrite(segment: Segment, records: readonly LogRecord[]): void {
    const lines = records.map((record) => `${JSON.stringify(record)}\n`);
    this.#files.writeFile(`${this.path}/${segmentName(segment.base)}`, lines.join(""), { mode: 0o644 });
    Object.assign(segment, { bytes: 0, firstTime: undefined, lastTime: undefined });
    for (const [index, record] of records.entries()) note(segment, record, lines[index]?.length ?? 0);
  }

  remove(): void {
    this.#files.remove(this.path, { recursive: true, force: true });
  }

  #indexOf(offset: number): number {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.records[middle]?.offset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #roll(base: number): Segment {
    this.#files.writeFile(`${this.path}/${segmentName(base)}`, "", { mode: 0o644 });
    const segment: Segment = { base, bytes: 0, firstTime: undefined, lastTime: undefined };
    this.#segments.push(segment);
    return segment;
  }

  #readEpochs(): { readonly epoch: number; readonly start: number }[] {
    const path = `${this.path}/leader-epoch-checkpoint`;
    const known = this.#files.exists(path)
      ? this.#files
          .readText(path)
          .split("\n")
          .slice(2)
          .map((line) => line.split(" ").map(Number))
          .flatMap(([epoch, start]) => (epoch === undefined || start === undefined ? [] : [{ epoch, start }]))
          .filter(({ start }) => start < this.endOffset)
      : [];
    let last = known.at(-1)?.epoch ?? -1;
    for (const { epoch, offset } of this.records) {
      if (epoch > last) known.push({ epoch, start: offset });
      last = Math.max(last, epoch);
    }
    return known;
  }

  #writeEpochs(): void {
    const lines = this.#epochs.map(({ epoch, start }) => `${epoch} ${start}\n`);
    this.#files.writeFile(`${this.path}/leader-epoch-checkpoint`, `0\n${lines.length}\n${lines.join("")}`);
  }
}

function note(segment: Segment, { time }: LogRecord, bytes: number): void {
  segment.bytes += bytes;
  segment.firstTime ??= time;
  segment.lastTime = Math.max(segment.lastTime ?? time, time);
}

function parse(line: string): LogRecord | undefined {
  if (line === "") return undefined;
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return undefined;
  }
}

/** `replication-offset-checkpoint`: up to where each partition is known to be on all replicas in sync. */
export function readCheckpoint(files: FileApi, path: string): Map<string, number> {
  const marks = new Map<string, number>();
  try {
    for (const line of files.readText(path).split("\n").slice(2)) {
      const [topic, partition, offset] = line.split(" ");
      if (offset !== undefined) marks.set(`${topic}-${partition}`, Number(offset));
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
  return marks;
}

export function writeCheckpoint(
  files: FileApi,
  path: string,
  marks: readonly (readonly [topic: string, partition: number, offset: number])[],
): void {
  files.writeFile(path, `0\n${marks.length}\n${marks.map((mark) => `${mark.join(" ")}\n`).join("")}`);
}
