/** Runs scripts in shell sessions that keep their state (directory, variables, functions) from run to run. */
import {
  type ByteReader,
  type ByteWriter,
  type ChildProcess,
  type Descriptor,
  isErrno,
  type Machine,
} from "../../machine/index.ts";
import { ENVIRONMENT, GID, HOME, UID } from "./workstation.ts";

/** Output past this is dropped, and the result says so. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Collects what is written to it. */
class Collector implements ByteWriter {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #dropped = false;

  async write(data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    if (this.#bytes + bytes.length > MAX_OUTPUT_BYTES) {
      this.#dropped = true;
      return;
    }
    this.#bytes += bytes.length;
    this.#chunks.push(bytes.slice());
  }

  close(): void {}

  take(): string {
    const decoder = new TextDecoder();
    const text = this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
    const note = this.#dropped ? "\n[output past 4 MiB was dropped]\n" : "";
    this.#chunks = [];
    this.#bytes = 0;
    this.#dropped = false;
    return text + note;
  }
}

/** A stream of lines that the shell reads its commands from. */
class Feed implements ByteReader {
  readonly #queue: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  push(text: string): void {
    this.#queue.push(new TextEncoder().encode(text));
    this.#wake?.();
  }

  async read(max = Number.POSITIVE_INFINITY): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = this.#queue[0];
      if (chunk !== undefined) {
        if (chunk.length <= max) {
          this.#queue.shift();
          return chunk;
        }
        this.#queue[0] = chunk.subarray(max);
        return chunk.subarray(0, max);
      }
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) yield chunk;
  }
}

/** A descriptor whose end is not the session's to close. */
function endless(end: { readonly reader: ByteReader } | { readonly writer: ByteWriter }): Descriptor {
  const descriptor: Descriptor = { kind: "pipe", ...end, duplicate: () => descriptor, close: () => undefined };
  return descriptor;
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

export class ShellSession {
  readonly #feed = new Feed();
  readonly #stdout = new Collector();
  readonly #stderr = new Collector();
  readonly #marks: ByteWriter;
  readonly #machine: Machine;
  readonly #child: ChildProcess;
  #onMark: ((code: number) => void) | undefined;
  ended = false;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#marks = {
      write: async (data) => {
        const text = typeof data === "string" ? data : new TextDecoder().decode(data);
        const code = /(\d+)/.exec(text)?.[1];
        if (code !== undefined) this.#onMark?.(Number(code));
      },
      close: () => undefined,
    };
    const marks = endless({ writer: this.#marks });
    const stdin = endless({ reader: this.#feed });
    const out = endless({ writer: this.#stdout });
    const err = endless({ writer: this.#stderr });
    this.#child = machine.spawn({
      argv: ["bash"],
      env: ENVIRONMENT,
      cwd: HOME,
      uid: UID,
      gid: GID,
      newSession: true,
      descriptors: new Map<number, Descriptor>([
        [0, stdin],
        [1, out],
        [2, err],
        [9, marks],
      ]),
    });
    void this.#child.exited.then((status) => {
      this.ended = true;
      this.#onMark?.(status.code);
    });
  }

  /** Resolves with the exit status once the script has ended, by itself or with the shell (`exit`, `set -e`). */
  run(script: string): Promise<number> {
    return new Promise((resolve) => {
      this.#onMark = (code) => {
        this.#onMark = undefined;
        resolve(code);
      };
      if (this.ended) this.#onMark(1);
      else this.#feed.push(`eval ${quote(script)} </dev/null 9>&-\necho "$?" >&9\n`);
    });
  }

  takeOutput(): Output {
    return { stdout: this.#stdout.take(), stderr: this.#stderr.take() };
  }

  /** Ends the session and everything it started. */
  kill(): void {
    this.ended = true;
    this.#feed.close();
    // Nothing can be forked between these calls, so a fork bomb ends here too.
    for (const { pid, session } of this.#machine.processes()) {
      if (session !== this.#child.pid) continue;
      try {
        this.#machine.kill(pid, "SIGKILL");
      } catch (error) {
        // Gone with its parent a moment ago.
        if (!isErrno(error, "ESRCH")) throw error;
      }
    }
  }
}
