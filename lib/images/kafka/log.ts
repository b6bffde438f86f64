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
}

const segmentName = (offset: number) => `${String(offset).padStart(20, "0")}.log`;

export class PartitionLog {
  readonly path: string;
  records: LogRecord[] = [];
  readonly #files: FileApi;
  readonly #segmentBytes: () => number;
  /** First offset and bytes of each segment. */
  #segments: { readonly base: number; bytes: number }[] = [];

  constructor(files: FileApi, path: string, segmentBytes: () => number) {
    this.#files = files;
    this.path = path;
    this.#segmentBytes = segmentBytes;
  }

  get startOffset(): number {
    return this.#segments[0]?.base ?? 0;
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    const last = this.records.at(-1);
    return last === undefined ? this.startOffset : last.offset + 1;
  }

  get lastEpoch(): number {
    return this.records.at(-1)?.epoch ?? -1;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Reads what is there, or makes an empty log. A last line that was cut off is dropped. Throws `Errno`. */
  open(topicId: string): void {
    const files = this.#files;
    if (!files.exists(this.path)) {
      files.makeDirectory(this.path, { recursive: true });
      files.writeFile(`${this.path}/partition.metadata`, `version: 0\ntopic_id: ${topicId}`);
    }
    const bases = files
      .list(this.path)
      .filter(({ name }) => /^\d{20}\.log$/.test(name))
      .map(({ name }) => Number(name.slice(0, 20)))
      .sort((a, b) => a - b);
    for (const base of bases) {
      const text = files.readText(`${this.path}/${segmentName(base)}`);
      let bytes = 0;
      for (const line of text.split("\n")) {
        const record = parse(line);
        if (record === undefined) continue;
        this.records.push(record);
        bytes += line.length + 1;
      }
      this.#segments.push({ base, bytes });
    }
    if (this.#segments.length === 0) this.#roll(0);
  }

  /** Throws `Errno`; nothing is taken then. */
  append(records: readonly LogRecord[]): void {
    const [first] = records;
    if (first === undefined) return;
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.bytes >= this.#segmentBytes()) segment = this.#roll(first.offset);
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
    this.#files.writeFile(`${this.path}/${segmentName(segment.base)}`, text, { append: true, mode: 0o644 });
    segment.bytes += text.length;
    if (records.some(({ epoch }) => epoch !== this.lastEpoch)) {
      this.records.push(...records);
      this.#writeEpochs();
    } else this.records.push(...records);
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
    const last = this.records.findLastIndex((record) => record.epoch <= epoch);
    const record = this.records[last];
    return record === undefined
      ? { epoch: -1, end: this.startOffset }
      : { epoch: record.epoch, end: record.offset + 1 };
  }

  /** Drops everything from an offset on. Throws `Errno`. */
  truncate(to: number): void {
    if (to >= this.endOffset) return;
    this.records = this.records.slice(0, this.#indexOf(to));
    for (const { base } of this.#segments.filter((segment) => segment.base >= to && segment.base > this.startOffset))
      this.#files.remove(`${this.path}/${segmentName(base)}`, { force: true });
    this.#segments = this.#segments.filter(({ base }) => base < to || base === this.startOffset);
    const segment = this.#segments.at(-1);
    if (segment === undefined) return;
    const text = this.records
      .filter(({ offset }) => offset >= segment.base)
      .map((record) => `${JSON.stringify(record)}\n`)
      .join("");
    this.#files.writeFile(`${this.path}/${segmentName(segment.base)}`, text, { mode: 0o644 });
    segment.bytes = text.length;
    this.#writeEpochs();
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

  #roll(base: number): { readonly base: number; bytes: number } {
    this.#files.writeFile(`${this.path}/${segmentName(base)}`, "", { mode: 0o644 });
    const segment = { base, bytes: 0 };
    this.#segments.push(segment);
    return segment;
  }

  #writeEpochs(): void {
    const starts: string[] = [];
    let last = -1;
    for (const { epoch, offset } of this.records) {
      if (epoch !== last) starts.push(`${epoch} ${offset}`);
      last = epoch;
    }
    this.#files.writeFile(
      `${this.path}/leader-epoch-checkpoint`,
      `0\n${starts.length}\n${starts.map((line) => `${line}\n`).join("")}`,
    );
  }
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
