/** Binary logs: files of statements in the data directory, which replicas read and follow. */
import type { Process } from "../../machine/index.ts";
import type { Logged } from "./engine/types.ts";

/** What one transaction did, as it was told. Positions are bytes in the file. */
export interface LogEvent {
  readonly serverId: number;
  readonly statements: readonly Logged[];
}

export interface LogPosition {
  readonly file: string;
  readonly position: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class BinaryLog {
  readonly #process: Process;
  readonly #directory: string;
  readonly #base: string;
  readonly #start: number;
  #file = "";
  #size = 0;
  readonly #waiting = new Set<() => void>();

  /** Opens a new file, as every start of a server does. */
  constructor(process: Process, directory: string, base: string, start: number) {
    this.#process = process;
    this.#directory = directory;
    this.#base = base;
    this.#start = start;
    this.rotate();
  }

  get #index(): string {
    return `${this.#directory}/${this.#base}.index`;
  }

  get here(): LogPosition {
    return { file: this.#file, position: this.#size };
  }

  get files(): string[] {
    const { files } = this.#process;
    if (!files.exists(this.#index)) return [];
    return files
      .readText(this.#index)
      .split("\n")
      .filter(Boolean)
      .map((line) => line.replace(/^\.\//, ""));
  }

  size(file: string): number {
    return this.#process.files.stat(`${this.#directory}/${file}`).size;
  }

  rotate(): void {
    const last = Number(this.files.at(-1)?.split(".").at(-1) ?? 0);
    const { files } = this.#process;
    this.#file = `${this.#base}.${String(last + 1).padStart(6, "0")}`;
    files.writeFile(`${this.#directory}/${this.#file}`, `${"\xfebin".padEnd(this.#start - 2, ".")}\n`, { mode: 0o640 });
    this.#size = this.size(this.#file);
    files.writeFile(this.#index, `./${this.#file}\n`, { append: true, mode: 0o640 });
    this.#wake();
  }

  /** RESET MASTER: begins anew with the first file. */
  reset(): void {
    const { files } = this.#process;
    for (const file of this.files) files.remove(`${this.#directory}/${file}`, { force: true });
    files.remove(this.#index, { force: true });
    this.rotate();
  }

  append(event: LogEvent): void {
    const bytes = encoder.encode(`${JSON.stringify(event)}\n`);
    this.#process.files.writeFile(`${this.#directory}/${this.#file}`, bytes, { append: true });
    this.#size += bytes.length;
    this.#wake();
  }

  /** Events of one file from a position on, each with where it starts and ends. Undefined: no such file. */
  read(
    file: string,
    from: number,
  ): { readonly event: LogEvent; readonly start: number; readonly end: number }[] | undefined {
    if (!this.files.includes(file)) return undefined;
    const bytes = this.#process.files.readFile(`${this.#directory}/${file}`);
    const events: { event: LogEvent; start: number; end: number }[] = [];
    for (let start = Math.max(from, this.#start); start < bytes.length; ) {
      const end = bytes.indexOf(10, start) + 1;
      if (end === 0) break;
      events.push({ event: JSON.parse(decoder.decode(bytes.subarray(start, end))) as LogEvent, start, end });
      start = end;
    }
    return events;
  }

  /** The file after this one. */
  next(file: string): string | undefined {
    const { files } = this;
    return files[files.indexOf(file) + 1];
  }

  get start(): number {
    return this.#start;
  }

  /** Resolves when something was written, or `signal` is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
