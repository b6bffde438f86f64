/** A program that has the whole terminal: raw keys in, rows out, and the screen as it was afterwards. */
import { type Key, KeyDecoder } from "../../shell/editor/keys.ts";
import { displayWidth } from "../../tty/width.ts";
import type { ByteReader, Descriptor, Process, Tty } from "../../types.ts";

const ENTER = "\x1b[?1049h\x1b[H\x1b[2J";
const RAW: Tty["mode"] = { canonical: false, echo: false, signals: false };
const LEAVE = "\x1b[?1049l";
const PASTES = "\x1b[?2004h";
const NO_PASTES = "\x1b[?2004l";
/** Milliseconds after which an escape byte stands for itself. */
const ESCAPE_DELAY = 50;
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Columns that the beginning of a text takes as long as it is of ASCII alone, without asking what belongs together: up
 * to the letter before the first that is not, which that one may be a mark over.
 */
function plainRun(text: string, end: number, widest: number): { readonly length: number; readonly column: number } {
  let column = 0;
  let before = 0;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) return { length: Math.max(0, at - 1), column: at === 0 ? 0 : before };
    before = column;
    column += code === 9 ? 8 - (column % 8) : code < 32 || code === 127 ? 2 : 1;
    if (column > widest) return { length: at, column: before };
  }
  return { length: end, column };
}

/** `text` from column `from` on, at most `columns` wide; tabs and control characters made visible. */
export function fitColumns(text: string, from: number, columns: number): string {
  const hidden = plainRun(text, text.length, Math.max(0, from - 16));
  let column = hidden.column;
  let out = "";
  // A letter takes a column or none: what is far beyond them is not looked at, however many marks there are.
  const rest = text.slice(hidden.length, hidden.length + (columns + 16) * LETTERS_OF_COLUMN + from - column);
  for (const { segment } of segmenter.segment(rest)) {
    const code = segment.charCodeAt(0);
    const shown =
      segment === "\t"
        ? " ".repeat(8 - (column % 8))
        : code < 32
          ? `^${String.fromCharCode(code + 64)}`
          : code === 127
            ? "^?"
            : segment;
    const width = displayWidth(shown);
    if (column + width > from + columns) break;
    if (column >= from) out += shown;
    column += width;
  }
  return out;
}
const LETTERS_OF_COLUMN = 32;

/** Column at which character `index` of `text` stands. */
export function columnOf(text: string, index: number): number {
  const end = Math.min(index, text.length);
  const plain = plainRun(text, end, Number.POSITIVE_INFINITY);
  let { column } = plain;
  if (plain.length === end) return column;
  for (const { segment } of segmenter.segment(text.slice(plain.length, end))) {
    const code = segment.charCodeAt(0);
    column += segment === "\t" ? 8 - (column % 8) : code < 32 || code === 127 ? 2 : displayWidth(segment);
  }
  return column;
}

type Event = Key | "resized" | "woken" | "ended";

export class FullScreen {
  readonly #process: Process;
  readonly #tty: Tty;
  readonly #terminal: Descriptor;
  readonly #reader: ByteReader;
  readonly #decoder: KeyDecoder;
  readonly #before: Tty["mode"];
  readonly #suspends: boolean;
  /** What puts the terminal into the state the program needs, and back. */
  readonly #begin: string;
  readonly #end: string;
  #keys: Key[] = [];
  #reading: Promise<Uint8Array | null> | undefined;
  #wake: ((event: "resized" | "woken") => void) | undefined;
  #waiting: "resized" | "woken" | undefined;
  #shown: string[] = [];

  /**
   * Undefined where there is no terminal. `suspends`: ^Z stops the program (the default); else it is a key as others.
   * `pastes`: pasted text comes as one event. `alternate`: on a screen of its own (the default). `alt`: escape
   * before another key is Alt.
   */
  static open(
    process: Process,
    options: {
      readonly suspends?: boolean;
      readonly pastes?: boolean;
      readonly alternate?: boolean;
      readonly alt?: boolean;
    } = {},
  ): FullScreen | undefined {
    const { tty } = process;
    if (tty === undefined || !process.isTerminal(1)) return undefined;
    const terminal = process.open("/dev/tty", { read: true, write: true });
    return terminal.reader === undefined ? undefined : new FullScreen(process, tty, terminal, terminal.reader, options);
  }

  constructor(
    process: Process,
    tty: Tty,
    terminal: Descriptor,
    reader: ByteReader,
    options: {
      readonly suspends?: boolean;
      readonly pastes?: boolean;
      readonly alternate?: boolean;
      readonly alt?: boolean;
    },
  ) {
    this.#process = process;
    this.#tty = tty;
    this.#terminal = terminal;
    this.#reader = reader;
    this.#before = tty.mode;
    this.#suspends = options.suspends ?? true;
    this.#decoder = new KeyDecoder({ alt: options.alt ?? false });
    const alternate = options.alternate ?? true;
    this.#begin = (alternate ? ENTER : "") + (options.pastes ? PASTES : "");
    this.#end = (options.pastes ? NO_PASTES : "") + (alternate ? LEAVE : "");
  }

  get rows(): number {
    return Math.max(2, this.#tty.size.rows);
  }

  get columns(): number {
    return Math.max(1, this.#tty.size.columns);
  }

  async enter(): Promise<void> {
    this.#tty.mode = RAW;
    this.#process.onSignal("SIGWINCH", () => this.#notify("resized"));
    await this.#write(this.#begin);
  }

  async leave(): Promise<void> {
    this.#tty.mode = this.#before;
    await this.#write(this.#end);
    this.#terminal.close();
  }

  /** As the terminal would on ^Z, had it not handed the key over: back to the shell, until `fg`. */
  async suspend(): Promise<void> {
    await this.pause();
    this.#process.kill(0, "SIGTSTP");
    await this.#process.spend();
    await this.resume();
  }

  /** Gives the terminal back as it was, for something else to use. */
  async pause(): Promise<void> {
    this.#tty.mode = this.#before;
    await this.#write(this.#end);
  }

  /** Takes the terminal again; everything is drawn anew. */
  async resume(): Promise<void> {
    this.#tty.mode = RAW;
    this.#shown = [];
    await this.#write(this.#begin);
  }

  /** Lets `use` have the terminal as it was before; keys come here again when it is done, the screen at `resume`. */
  async aside(use: (write: (text: string) => Promise<void>) => Promise<void>): Promise<void> {
    await this.pause();
    try {
      await use((text) => this.#write(text));
    } finally {
      this.#tty.mode = RAW;
    }
  }

  async #write(text: string): Promise<void> {
    await this.#terminal.writer?.write(text);
  }

  /** Makes the next `event()` answer "woken": there is something new to show. */
  wake(): void {
    this.#notify("woken");
  }

  #notify(event: "resized" | "woken"): void {
    if (event === "resized") this.#shown = [];
    const wake = this.#wake;
    this.#wake = undefined;
    if (wake === undefined) this.#waiting = event;
    else wake(event);
  }

  async event(): Promise<Event> {
    for (;;) {
      const key = this.#keys.shift();
      if (key?.kind === "key" && key.name === "ctrl-z" && this.#suspends) {
        await this.suspend();
        return "resized";
      }
      if (key !== undefined) return key;
      if (this.#waiting !== undefined) {
        const event = this.#waiting;
        this.#waiting = undefined;
        return event;
      }
      this.#reading ??= this.#reader.read(1);
      const woken = new Promise<"resized" | "woken">((resolve) => {
        this.#wake = resolve;
      });
      let cancel: (() => void) | undefined;
      const waits: Promise<Uint8Array | null | "resized" | "woken" | "late">[] = [this.#reading, woken];
      if (this.#decoder.incomplete) {
        waits.push(
          new Promise((resolve) => {
            cancel = this.#process.clock.after(ESCAPE_DELAY, () => resolve("late"));
          }),
        );
      }
      const answer = await Promise.race(waits);
      cancel?.();
      this.#wake = undefined;
      if (answer === "resized" || answer === "woken") return answer;
      if (answer === "late") {
        this.#keys = this.#decoder.flush();
        continue;
      }
      this.#reading = undefined;
      if (answer === null) return "ended";
      this.#keys = this.#decoder.push(answer);
    }
  }

  /** Shows these rows; only what changed is sent. */
  async draw(rows: readonly string[], cursor: { readonly row: number; readonly column: number }): Promise<void> {
    let out = "";
    for (let row = 0; row < this.rows; row++) {
      const text = rows[row] ?? "";
      if (this.#shown[row] === text) continue;
      this.#shown[row] = text;
      out += `\x1b[${row + 1};1H${text}\x1b[K`;
    }
    out += `\x1b[${cursor.row + 1};${Math.min(cursor.column, this.columns - 1) + 1}H`;
    await this.#write(out);
  }
}
