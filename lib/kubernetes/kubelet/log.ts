/** A container's log: lines with stream and time, bounded, followable, rotated (pkg/kubelet/logs). */
import { type Disk, isErrno } from "../../machine/index.ts";
import { nanoTime } from "./time.ts";

/** What is kept of the present file, in characters: its newest lines. Its size is counted in full. */
const KEPT = 256 * 1024;
/** containerLogMaxSize, bytes. */
const MAX_FILE_BYTES = 10 * 2 ** 20;
/** Of containerLogMaxFiles (5): all but the present one, and the one before it, are compressed. */
const COMPRESSED_FILES = 3;
/** What gzip makes of log text. */
const COMPRESSION = 0.1;
/** What a runtime writes beside the text of a line: time, stream, tag, newline. */
const LINE_OVERHEAD = 41;

export interface LogLine {
  readonly time: number;
  /** Without its newline. */
  readonly text: string;
  /** False where the container ended, or has yet to go on, in the middle of the line. */
  readonly complete: boolean;
  /** Worked out of the cluster's record: in no snapshot, since it can be worked out again. */
  readonly derived?: boolean;
}

/** A log that is not written but worked out when somebody reads it. */
export interface LogSource {
  /** Up to now, in order. */
  lines(): readonly LogLine[];
  /** What comes from now on. */
  follow(listener: (line: LogLine) => void): () => void;
}

export interface LogQuery {
  readonly timestamps: boolean;
  readonly tailLines?: number | undefined;
  /** ms since the epoch. */
  readonly since?: number | undefined;
  readonly limitBytes?: number | undefined;
}

export class ContainerLog {
  #lines: LogLine[] = [];
  #bytes = 0;
  #first = 0;
  /** Of the present file. */
  #fileBytes = 0;
  /** Of the files before it, the newest first. */
  #rotated: number[] = [];
  readonly #disk: Disk | undefined;
  #partial: Record<"stdout" | "stderr", { decoder: TextDecoder; text: string } | undefined> | undefined;
  #ended = false;
  #waiters: (() => void)[] = [];
  #source: LogSource | undefined;
  #unfollow: (() => void) | undefined;
  #endedAt: number | undefined;

  /** `disk`: where its files lie. */
  constructor(disk?: Disk, source?: LogSource) {
    this.#disk = disk;
    this.#source = source;
  }

  /** Bytes of all its files. */
  get diskBytes(): number {
    return this.#rotated.reduce((sum, bytes) => sum + bytes, this.#fileBytes);
  }

  /** Bytes of its files, the present one first. */
  get sizes(): readonly number[] {
    return [this.#fileBytes, ...this.#rotated];
  }

  /** The container log manager's look: a file that is too large makes room for a new one, which alone can be read. */
  rotate(): void {
    if (this.#fileBytes < MAX_FILE_BYTES || this.#ended) return;
    const before = this.diskBytes;
    const [last, ...older] = this.#rotated;
    const compressed = last === undefined ? [] : [Math.ceil(last * COMPRESSION)];
    this.#rotated = [this.#fileBytes, ...compressed, ...older].slice(0, COMPRESSED_FILES + 1);
    this.#fileBytes = 0;
    this.#first += this.#lines.length;
    this.#lines = [];
    this.#bytes = 0;
    this.#disk?.take(this.diskBytes - before);
  }

  /** Its files are removed. */
  discard(): void {
    this.#disk?.take(-this.diskBytes);
    this.#fileBytes = 0;
    this.#rotated = [];
  }

  append(stream: "stdout" | "stderr", data: Uint8Array | string, now: number): void {
    this.#partial ??= { stdout: undefined, stderr: undefined };
    this.#partial[stream] ??= { decoder: new TextDecoder(), text: "" };
    const partial = this.#partial[stream];
    const text = typeof data === "string" ? data : partial.decoder.decode(data, { stream: true });
    const parts = (partial.text + text).split("\n");
    partial.text = parts.pop() ?? "";
    for (const line of parts) this.#push({ time: now, text: line, complete: true });
    if (parts.length > 0) this.#wake();
  }

  end(now: number): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const rest = this.#partial?.[stream]?.text ?? "";
      if (rest !== "") this.#push({ time: now, text: rest, complete: false });
    }
    this.#partial = undefined;
    this.#ended = true;
    this.#endedAt = now;
    this.#unfollow?.();
    this.#unfollow = undefined;
    this.#wake();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What is there now. */
  read(query: LogQuery): string {
    return format(this.#select(query), query);
  }

  /** What is there, then what comes until the container ends or `signal` is aborted. */
  async *follow(query: LogQuery, signal?: AbortSignal): AsyncIterable<string> {
    this.#derive();
    let next = this.#first + this.#lines.length;
    let left = query.limitBytes ?? Number.POSITIVE_INFINITY;
    let text = format(this.#select(query), { ...query, limitBytes: undefined });
    for (;;) {
      if (text !== "") yield text.slice(0, left);
      left -= text.length;
      if (left <= 0 || signal?.aborted === true) return;
      const fresh = this.#lines.slice(Math.max(0, next - this.#first));
      next = this.#first + this.#lines.length;
      text = format(fresh, query);
      if (text !== "") continue;
      if (this.#ended) return;
      await this.#changed(signal);
    }
  }

  snapshot(): readonly LogLine[] {
    return this.#lines.filter(({ derived }) => derived !== true);
  }

  /** `sizes`: as `sizes` said when the lines were taken. */
  restore(lines: readonly LogLine[], sizes?: readonly number[]): void {
    for (const line of lines) this.#keep(line);
    const all = lines.reduce((sum, line) => sum + line.text.length + LINE_OVERHEAD, 0);
    const [present = all, ...rotated] = sizes ?? [];
    this.#fileBytes = present;
    this.#rotated = rotated;
    this.#disk?.take(this.diskBytes, true);
  }

  /** The first look: from here on it is an ordinary log. */
  #derive(): void {
    const source = this.#source;
    if (source === undefined) return;
    this.#source = undefined;
    const until = this.#endedAt ?? Number.POSITIVE_INFINITY;
    const derived = source.lines().filter(({ time }) => time <= until);
    const own = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    for (const line of [...derived, ...own].sort((a, b) => a.time - b.time)) this.#keep(line);
    if (this.#ended) return;
    // What is worked out lies on no disk.
    this.#unfollow = source.follow((line) => {
      this.#keep(line);
      this.#wake();
    });
  }

  #select(query: LogQuery): LogLine[] {
    this.#derive();
    let lines = this.#lines;
    const since = query.since;
    if (since !== undefined) lines = lines.filter((line) => line.time >= since);
    if (query.tailLines !== undefined) lines = query.tailLines === 0 ? [] : lines.slice(-query.tailLines);
    return lines;
  }

  /** What does not fit on the disk is lost. */
  #push(line: LogLine): void {
    const bytes = line.text.length + LINE_OVERHEAD;
    try {
      this.#disk?.take(bytes);
    } catch (error) {
      if (isErrno(error, "ENOSPC")) return;
      throw error;
    }
    this.#fileBytes += bytes;
    this.#keep(line);
  }

  #keep(line: LogLine): void {
    this.#lines.push(line);
    this.#bytes += line.text.length + 1;
    while (this.#bytes > KEPT && this.#lines.length > 1) {
      const dropped = this.#lines.shift();
      this.#first++;
      this.#bytes -= (dropped?.text.length ?? 0) + 1;
    }
  }

  #changed(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal?.removeEventListener("abort", done);
        resolve();
      };
      signal?.addEventListener("abort", done, { once: true });
      this.#waiters.push(done);
    });
  }

  #wake(): void {
    const waiters = this.#waiters;
    if (waiters.length === 0) return;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

function format(lines: readonly LogLine[], query: LogQuery): string {
  let text = "";
  for (const line of lines) {
    text += `${query.timestamps ? `${nanoTime(line.time)} ` : ""}${line.text}${line.complete ? "\n" : ""}`;
    if (query.limitBytes !== undefined && text.length >= query.limitBytes) return text.slice(0, query.limitBytes);
  }
  return text;
}
