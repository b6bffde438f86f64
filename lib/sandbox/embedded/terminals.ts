/** A learner's terminals: a tty, the shell on it, and the output that a page may still ask for. */
import type { ChildProcess, Machine, Tty, WindowSize } from "../../machine/index.ts";
import type { Terminal, TerminalId, TerminalOutput } from "../types.ts";
import { ReplayBuffer } from "./replay-buffer.ts";

const SCROLLBACK_BYTES = 256 * 1024;
const encoder = new TextEncoder();

/**
 * Out of whatever a program that is gone had put the screen into: another screen, no cursor, mouse, pasting, colours.
 * Leaving the other screen takes the cursor back to where it was saved: where no program had left, that is here.
 */
const LEAVE_PROGRAM = "\u001b7\u001b[?1049l\u001b[?25h\u001b[?1l\u001b[?1000l\u001b[?2004l\u001b[0m";
/** An empty screen with no past. */
const CLEAR = "\u001b[H\u001b[2J\u001b[3J";

/** How many terminals a learner may have open at a time. */
export const MAX_TERMINALS = 20;

export class TooManyTerminals extends Error {
  constructor() {
    super(`there are ${MAX_TERMINALS} terminals already; close one of them first`);
    this.name = "TooManyTerminals";
  }
}

/** What is kept of a terminal in a snapshot: its screen's past, not its processes. */
export interface TerminalSnapshot {
  readonly id: string;
  readonly position: number;
  readonly data: Uint8Array;
  readonly size: WindowSize;
}

interface TerminalOptions {
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
  #machine: Machine;
  /** Between two machines nothing runs, and nothing that is typed has anywhere to go. */
  #moving = false;
  #size: WindowSize;
  /** Undefined before the first look at a terminal from a snapshot. */
  #tty: Tty | undefined;
  #shell: ChildProcess | undefined;
  #closed = false;

  constructor(options: TerminalOptions) {
    this.id = options.id;
    this.#options = options;
    this.#size = options.size;
    this.#machine = options.machine;
    this.#replay = new ReplayBuffer(SCROLLBACK_BYTES, options.from);
    // From a snapshot a shell begins at the first look: only then is known how far the page had read before.
    if (options.from === undefined) this.#tty = this.#startShell();
  }

  #begin(): void {
    if (this.#tty !== undefined || this.#closed || this.#moving) return;
    this.#print(encoder.encode(LEAVE_PROGRAM));
    this.#tty = this.#startShell();
  }

  #startShell(): Tty {
    const { env, cwd, uid, gid } = this.#options;
    const machine = this.#machine;
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

  /** Its machine is about to end: what runs there ends without a word, while whoever looks on stays. */
  leave(): void {
    this.#moving = true;
    this.#shell = undefined;
  }

  /** Goes on at another machine, in a new shell. With `past` the screen is as it was then, else as it is now. */
  moveTo(machine: Machine, past?: Uint8Array): void {
    this.#machine = machine;
    this.#moving = false;
    this.#print(encoder.encode(past === undefined ? `${LEAVE_PROGRAM}\r\u001b[J` : `${LEAVE_PROGRAM}${CLEAR}`));
    if (past !== undefined) this.#print(past);
    if (past !== undefined) this.#print(encoder.encode(LEAVE_PROGRAM));
    this.#tty = this.#startShell();
  }

  #print(data: Uint8Array): void {
    const output = this.#replay.push(data);
    for (const listener of this.#listeners) listener(output);
    this.#options.onOutput();
  }

  input(data: string): void {
    if (this.#closed || this.#moving) return;
    this.#begin();
    if (this.#shell === undefined) {
      if (/[\r\n]/.test(data)) this.#tty = this.#startShell();
      return;
    }
    this.#tty?.input(data);
  }

  type(command: string): void {
    if (this.#closed || this.#moving) return;
    this.#begin();
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
    this.#tty?.resize(size);
  }

  attach(since: number, listener: (output: TerminalOutput) => void): () => void {
    // A page may have seen more than was saved before the server went down.
    this.#replay.skipTo(since);
    this.#begin();
    const past = this.#replay.since(since);
    if (past.data.length > 0) listener(past);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#tty?.hangUp();
    this.#shell?.kill("SIGHUP");
    this.#listeners.clear();
    this.#options.onClosed();
  }

  snapshot(): TerminalSnapshot {
    const { position, data } = this.#replay.since(0);
    return { id: this.id, position, data, size: this.#size };
  }
}
