/** Terminals: the line discipline between a person and the processes of a machine (termios(3), n_tty.c). */

import type { Clock } from "../../clock/index.ts";
import { concatBytes } from "../../encoding/index.ts";
import { Errno } from "../errno.ts";
import type { Caller, Description } from "../streams/description.ts";
import { Waiters } from "../streams/description.ts";
import { iterate } from "../streams/pipe.ts";
import type { Signal, Tty, TtyMode, WindowSize } from "../types.ts";
import { displayWidth } from "./width.ts";

/** What a terminal asks of the machine it belongs to. */
export interface TtyHost {
  readonly clock: Clock;
  signalGroup(processGroup: number, signal: Signal): void;
  /** A background process reads: true where it was stopped for it, false where it ignores that (EIO). */
  stopReader(caller: Caller): boolean;
  /** The line is gone. */
  hungUp(tty: Tty): void;
}

const COOKED: TtyMode = { canonical: true, echo: true, signals: true };
/** A line typed before anyone reads it can be this long, and as much can wait behind it. */
const MAX_LINE = 4096;
const MAX_TYPED_AHEAD = 256 * 1024;
/** A terminal takes so much output at once, and so much a second after that: nobody reads faster. */
const OUTPUT_BURST = 256 * 1024;
const OUTPUT_PER_MS = 1024;

const encoder = new TextEncoder();
const CTRL = {
  c: "\x03",
  d: "\x04",
  h: "\b",
  q: "\x11",
  r: "\x12",
  s: "\x13",
  u: "\x15",
  v: "\x16",
  w: "\x17",
  z: "\x1a",
  backslash: "\x1c",
  delete: "\x7f",
};
const SIGNAL_KEYS: Readonly<Record<string, Signal>> = {
  [CTRL.c]: "SIGINT",
  [CTRL.z]: "SIGTSTP",
  [CTRL.backslash]: "SIGQUIT",
};

const SIGNALS = /[\x03\x1a\x1c]/;

export class Terminal implements Tty {
  readonly #host: TtyHost;
  #size: WindowSize;
  #mode: TtyMode = COOKED;
  /** Ready for readers. An empty chunk is an end of file (^D). */
  #ready: Uint8Array[] = [];
  #readyBytes = 0;
  /** The line being typed in canonical mode, by character. */
  #line: string[] = [];
  #literal = false;
  #hungUp = false;
  /** The byte before, so that "\r\n" stays as it is. */
  #lastByte = 10;
  #paused = false;
  #decoder = new TextDecoder();
  readonly #listeners = new Set<(data: Uint8Array) => void>();
  readonly #readable = new Waiters();
  readonly #writable = new Waiters();
  #outputRoom = OUTPUT_BURST;
  #outputAt: number;
  #refilling = false;
  #foreground = 0;

  constructor(host: TtyHost, size: WindowSize) {
    this.#host = host;
    this.#size = size;
    this.#outputAt = host.clock.now();
  }

  get size(): WindowSize {
    return this.#size;
  }

  get foregroundProcessGroup(): number {
    return this.#foreground;
  }

  set foregroundProcessGroup(processGroup: number) {
    this.#foreground = processGroup;
    // Who was stopped for reading in the background may find its input now.
    this.#readable.wake();
  }

  get mode(): TtyMode {
    return this.#mode;
  }

  set mode(mode: TtyMode) {
    // What was typed so far becomes readable as it is when lines are no longer edited here.
    if (this.#mode.canonical && !mode.canonical && this.#line.length > 0) this.#finishLine("");
    this.#mode = mode;
  }

  resize(size: WindowSize): void {
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return;
    this.#size = size;
    this.#signal("SIGWINCH");
  }

  onOutput(listener: (data: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  hangUp(): void {
    if (this.#hungUp) return;
    this.#hungUp = true;
    this.#signal("SIGHUP");
    this.#signal("SIGCONT");
    this.#host.hungUp(this);
    this.#readable.wake();
    this.#writable.wake();
  }

  // ------------------------------------------------------------------------------------------- the person's side

  input(data: Uint8Array | string): void {
    if (this.#hungUp) return;
    const text = typeof data === "string" ? data : this.#decoder.decode(data, { stream: true });
    // A burst of plain keys in raw mode is one piece: a pasted page is no ten thousand reads.
    if (!this.#mode.canonical && !this.#literal && text.length > 1 && !(this.#mode.signals && SIGNALS.test(text))) {
      this.#push(encoder.encode(text));
      return;
    }
    for (const character of text) this.#key(character);
  }

  #key(character: string): void {
    const { canonical, signals } = this.#mode;
    if (this.#literal) {
      this.#literal = false;
      this.#insert(character);
      return;
    }
    const signal = signals ? SIGNAL_KEYS[character] : undefined;
    if (signal !== undefined) {
      if (this.#mode.echo) this.#emit(caret(character));
      this.#line = [];
      if (canonical) this.#discard();
      this.#paused = false;
      this.#writable.wake();
      this.#signal(signal);
      return;
    }
    if (canonical) this.#edit(character);
    else this.#push(encoder.encode(character));
  }

  #edit(character: string): void {
    switch (character) {
      case "\r":
      case "\n":
        if (this.#mode.echo) this.#emit("\n");
        this.#finishLine("\n");
        return;
      case CTRL.d:
        if (this.#line.length === 0) this.#push(new Uint8Array(0));
        else this.#finishLine("");
        return;
      case CTRL.h:
      case CTRL.delete:
        this.#erase(1);
        return;
      case CTRL.u:
        this.#erase(this.#line.length);
        return;
      case CTRL.w: {
        let count = 0;
        const at = (back: number) => this.#line[this.#line.length - 1 - back];
        while (/^\s$/.test(at(count) ?? "x")) count++;
        while (at(count) !== undefined && !/^\s$/.test(at(count) as string)) count++;
        this.#erase(count);
        return;
      }
      case CTRL.r:
        if (this.#mode.echo) this.#emit(`^R\n${this.#line.map(shown).join("")}`);
        return;
      case CTRL.v:
        this.#literal = true;
        return;
      case CTRL.s:
        if (this.#mode.flow === false) break;
        this.#paused = true;
        return;
      case CTRL.q:
        if (this.#mode.flow === false) break;
        this.#paused = false;
        this.#writable.wake();
        return;
    }
    this.#insert(character);
  }

  #insert(character: string): void {
    if (!this.#mode.canonical) {
      this.#push(encoder.encode(character));
      return;
    }
    if (this.#line.length >= MAX_LINE - 1) {
      this.#emit("\x07");
      return;
    }
    this.#line.push(character);
    if (this.#mode.echo) this.#emit(shown(character));
  }

  #erase(count: number): void {
    let columns = 0;
    for (let i = 0; i < count; i++) {
      const character = this.#line.pop();
      if (character === undefined) break;
      const width = character === "\t" ? 1 : displayWidth(shown(character));
      columns += width;
      // A mark that combines takes the character it sits on with it.
      if (width === 0 && i === count - 1 && this.#line.length > 0) count++;
    }
    if (this.#mode.echo && columns > 0) this.#emit("\b \b".repeat(columns));
  }

  #finishLine(end: string): void {
    const text = this.#line.join("") + end;
    this.#line = [];
    this.#push(encoder.encode(text));
  }

  #push(chunk: Uint8Array): void {
    if (this.#readyBytes + chunk.length > MAX_TYPED_AHEAD) {
      this.#emit("\x07");
      return;
    }
    this.#ready.push(chunk);
    this.#readyBytes += chunk.length;
    this.#readable.wake();
  }

  /** ^C and its like throw away what was typed and not read. */
  #discard(): void {
    this.#ready = [];
    this.#readyBytes = 0;
  }

  #signal(signal: Signal): void {
    if (this.foregroundProcessGroup > 0) this.#host.signalGroup(this.foregroundProcessGroup, signal);
  }

  // ---------------------------------------------------------------------------------------- the processes' side

  /** What a descriptor of this terminal points to. */
  describe(): Description {
    return {
      kind: "tty",
      readable: true,
      writable: true,
      path: "/dev/pts/0",
      tty: this,
      tryRead: (max, caller) => this.#tryRead(max, caller),
      tryWrite: (data) => this.#tryWrite(data),
      onReadable: (wake) => this.#readable.add(wake),
      onWritable: (wake) => this.#writable.add(wake),
      released: () => undefined,
    };
  }

  #tryRead(max: number, caller: Caller | undefined): Uint8Array | null | undefined {
    const foreground = this.foregroundProcessGroup;
    if (caller !== undefined && foreground > 0 && caller.processGroup !== foreground && !this.#hungUp) {
      if (this.#host.stopReader(caller)) return undefined;
      throw new Errno("EIO");
    }
    const chunk = this.#ready[0];
    if (chunk === undefined) return this.#hungUp ? null : undefined;
    if (chunk.length === 0) {
      this.#ready.shift();
      return null;
    }
    let taken = chunk;
    if (chunk.length > max) {
      taken = chunk.subarray(0, max);
      this.#ready[0] = chunk.subarray(max);
    } else this.#ready.shift();
    // In raw mode a burst of keys comes as one read, as read(2) gives it.
    if (!this.#mode.canonical && taken === chunk && this.#ready.length > 0) taken = this.#gather(taken, max);
    this.#readyBytes -= taken.length;
    return taken;
  }

  #gather(first: Uint8Array, max: number): Uint8Array {
    const parts = [first];
    let length = first.length;
    for (;;) {
      const next = this.#ready[0];
      if (next === undefined || next.length === 0 || length + next.length > max) break;
      parts.push(next);
      length += next.length;
      this.#ready.shift();
    }
    return concatBytes(parts);
  }

  #tryWrite(data: Uint8Array): number {
    if (this.#hungUp) throw new Errno("EIO");
    if (this.#paused) return 0;
    const now = this.#host.clock.now();
    this.#outputRoom = Math.min(OUTPUT_BURST, this.#outputRoom + (now - this.#outputAt) * OUTPUT_PER_MS);
    this.#outputAt = now;
    if (this.#outputRoom <= 0) {
      if (!this.#refilling) {
        this.#refilling = true;
        this.#host.clock.after(20, () => {
          this.#refilling = false;
          this.#writable.wake();
        });
      }
      return 0;
    }
    this.#outputRoom -= data.length;
    this.#output(data);
    return data.length;
  }

  /** New lines go back to the first column (ONLCR); where a program says so itself nothing is added. */
  #output(data: Uint8Array): void {
    if (data.length === 0) return;
    let out = data;
    let end = data.indexOf(10);
    if (end !== -1) {
      const wider = new Uint8Array(data.length * 2);
      let from = 0;
      let at = 0;
      for (; end !== -1; end = data.indexOf(10, from)) {
        for (; from < end; from++) wider[at++] = data[from] as number;
        if ((end === 0 ? this.#lastByte : data[end - 1]) !== 13) wider[at++] = 13;
        wider[at++] = 10;
        from = end + 1;
      }
      for (; from < data.length; from++) wider[at++] = data[from] as number;
      out = wider.slice(0, at);
    }
    this.#lastByte = data[data.length - 1] as number;
    for (const listener of [...this.#listeners]) listener(out);
  }

  #emit(text: string): void {
    this.#output(encoder.encode(text));
  }

  // ------------------------------------------------------------------ for whoever holds the terminal, not a process

  async read(max = Number.MAX_SAFE_INTEGER): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = this.#tryRead(max, undefined);
      if (chunk !== undefined) return chunk;
      await new Promise<void>((resolve) => this.#readable.add(resolve));
    }
  }

  async write(data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    while (this.#tryWrite(bytes) === 0 && bytes.length > 0) {
      await new Promise<void>((resolve) => this.#writable.add(resolve));
    }
  }

  /** Processes close their descriptors; the line stays until `hangUp`. */
  close(): void {}

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return iterate(this);
  }
}

function caret(character: string): string {
  return `^${String.fromCharCode((character.charCodeAt(0) ^ 0x40) & 0x7f)}`;
}

/** How a typed character is echoed: control characters as ^X. */
function shown(character: string): string {
  const code = character.charCodeAt(0);
  return (code < 0x20 && character !== "\t" && character !== "\n") || code === 0x7f ? caret(character) : character;
}
