/** A learner's terminals: a tty, the shell on it, and the output that a page may still ask for. */
import type { ChildProcess, Machine, Tty, WindowSize } from "../../machine/index.ts";
import type { Terminal, TerminalId, TerminalOutput } from "../types.ts";
import { ReplayBuffer } from "./replay-buffer.ts";

const SCROLLBACK_BYTES = 256 * 1024;
const encoder = new TextEncoder();

/** What is kept of a terminal in a snapshot: its screen's past, not its processes. */
export interface TerminalSnapshot {
  readonly id: string;
  readonly position: number;
  readonly data: Uint8Array;
  readonly size: WindowSize;
}

export interface TerminalOptions {
  readonly id: TerminalId;
  readonly machine: Machine;
  readonly size: WindowSize;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly from?: TerminalSnapshot;
  readonly onOutput: () => void;
  readonly onClosed: () => void;
}

export class EmbeddedTerminal implements Terminal {
  readonly id: TerminalId;
  readonly #options: TerminalOptions;
  readonly #listeners = new Set<(output: TerminalOutput) => void>();
  readonly #replay: ReplayBuffer;
  #size: WindowSize;
  #tty: Tty;
  #shell: ChildProcess | undefined;
  #closed = false;

  constructor(options: TerminalOptions) {
    this.id = options.id;
    this.#options = options;
    this.#size = options.size;
    this.#replay = new ReplayBuffer(SCROLLBACK_BYTES, options.from);
    this.#tty = this.#startShell();
  }

  #startShell(): Tty {
    const { machine, env, cwd, uid, gid } = this.#options;
    const tty = machine.createTty(this.#size);
    tty.onOutput((data) => this.#print(data));
    const shell = machine.spawn({ argv: ["bash", "-l", "-i"], env, cwd, uid, gid, tty, newSession: true });
    this.#shell = shell;
    void shell.exited.then((status) => {
      if (this.#closed || this.#shell !== shell) return;
      this.#shell = undefined;
      const how = status.signal === undefined ? `with status ${status.code}` : `by ${status.signal}`;
      this.#print(encoder.encode(`\r\n\x1b[2m[the shell ended ${how}; press Enter to start another]\x1b[0m\r\n`));
    });
    return tty;
  }

  #print(data: Uint8Array): void {
    const output = this.#replay.push(data);
    for (const listener of this.#listeners) listener(output);
    this.#options.onOutput();
  }

  input(data: string): void {
    if (this.#closed) return;
    if (this.#shell === undefined) {
      if (/[\r\n]/.test(data)) this.#tty = this.#startShell();
      return;
    }
    this.#tty.input(data);
  }

  type(command: string): void {
    if (this.#shell === undefined) this.#tty = this.#startShell();
    // As pasted text, so that a command of several lines arrives whole, then Enter.
    this.input(command.includes("\n") ? `\x1b[200~${command.replaceAll("\n", "\r")}\x1b[201~\r` : `${command}\r`);
  }

  /** True where what is on `tty` shows in this terminal. */
  isOn(tty: Tty): boolean {
    return this.#tty === tty;
  }

  resize(size: WindowSize): void {
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return;
    this.#size = size;
    this.#tty.resize(size);
  }

  attach(since: number, listener: (output: TerminalOutput) => void): () => void {
    const past = this.#replay.since(since);
    if (past.data.length > 0) listener(past);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#tty.hangUp();
    this.#shell?.kill("SIGHUP");
    this.#listeners.clear();
    this.#options.onClosed();
  }

  snapshot(): TerminalSnapshot {
    const { position, data } = this.#replay.since(0);
    return { id: this.id, position, data, size: this.#size };
  }
}
