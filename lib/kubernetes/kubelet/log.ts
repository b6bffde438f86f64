/** A container's log: lines with stream and time, bounded, followable. */
import { nanoTime } from "./time.ts";

/** kubelet's containerLogMaxSize is 10Mi; a lesson's containers keep less. */
const MAX_BYTES = 256 * 1024;

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
  #partial: Record<"stdout" | "stderr", { decoder: TextDecoder; text: string } | undefined> | undefined;
  #ended = false;
  #waiters: (() => void)[] = [];
  #source: LogSource | undefined;
  #unfollow: (() => void) | undefined;
  #endedAt: number | undefined;

  constructor(source?: LogSource) {
    this.#source = source;
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

  restore(lines: readonly LogLine[]): void {
    for (const line of lines) this.#push(line);
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
    for (const line of [...derived, ...own].sort((a, b) => a.time - b.time)) this.#push(line);
    if (this.#ended) return;
    this.#unfollow = source.follow((line) => {
      this.#push(line);
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

  #push(line: LogLine): void {
    this.#lines.push(line);
    this.#bytes += line.text.length + 1;
    while (this.#bytes > MAX_BYTES && this.#lines.length > 1) {
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
