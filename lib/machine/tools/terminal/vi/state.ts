/** What vi knows while it runs. Commands are generators that ask for keys and for what only a process can do. */
import type { ViBuffer } from "./buffer.ts";
import { compileVi, type ViPattern } from "./pattern.ts";
import { atColumn, type Cells, columnAt, lastAt, type Place } from "./text.ts";

export type Request =
  | { readonly kind: "key" }
  /** Work done; others may have their turn. */
  | { readonly kind: "pay"; readonly units: number }
  /** Runs a command; `show`: on the screen the terminal had before, else its output is the answer. */
  | { readonly kind: "shell"; readonly command: string; readonly input: string | undefined; readonly show: boolean }
  | { readonly kind: "suspend" }
  /** Lets a warning be seen. */
  | { readonly kind: "sleep"; readonly ms: number };

export interface ShellAnswer {
  readonly output: string;
  readonly status: number;
}

/** An answer to a key is its text; keys without one have names in angles ("<Left>"). */
export type Step<T> = Generator<Request, T, string | ShellAnswer | undefined>;

export interface Register {
  readonly text: readonly string[];
  readonly kind: "lines" | "characters" | "block";
}

type Mode = "normal" | "insert" | "replace" | "command" | "more" | "confirm";

export interface Visual {
  readonly kind: "v" | "V" | "block";
  readonly start: Place;
  /** Blocks to the ends of the lines (`$`). */
  readonly toEnds: boolean;
}

export interface Message {
  readonly text: string;
  /** Shown as errors are. */
  readonly error: boolean;
  /** Stays where the text is scrolled under it. */
  readonly kept: boolean;
}

/** `:set`: those that change nothing here are taken and kept, as vim takes them. */
export interface Options {
  number: boolean;
  relativenumber: boolean;
  list: boolean;
  wrap: boolean;
  ignorecase: boolean;
  smartcase: boolean;
  incsearch: boolean;
  hlsearch: boolean;
  wrapscan: boolean;
  autoindent: boolean;
  expandtab: boolean;
  paste: boolean;
  ruler: boolean;
  showmode: boolean;
  showcmd: boolean;
  readonly: boolean;
  tabstop: number;
  shiftwidth: number;
  softtabstop: number;
  scrolloff: number;
  textwidth: number;
}

export const DEFAULTS: Options = {
  number: false,
  relativenumber: false,
  list: false,
  wrap: true,
  ignorecase: false,
  smartcase: false,
  incsearch: true,
  hlsearch: false,
  wrapscan: true,
  autoindent: false,
  expandtab: false,
  paste: false,
  ruler: true,
  showmode: true,
  showcmd: true,
  readonly: false,
  tabstop: 8,
  shiftwidth: 8,
  softtabstop: 0,
  scrolloff: 5,
  textwidth: 0,
};

/** Files as vi sees them; messages of `Errno` are the caller's. */
export interface Files {
  /** Undefined where it is not there. `problem`: cannot be read ("is a directory", ...). */
  read(path: string): { readonly text: string; readonly readOnly: boolean } | { readonly problem: string } | undefined;
  /** What went wrong, if anything did. */
  write(path: string, text: string, append: boolean): string | undefined;
  exists(path: string): boolean;
  directoryExists(path: string): boolean;
}

/** Ends the command, and whatever typed it (a macro). */
export class Failed extends Error {}

export class Vi {
  readonly files: Files;
  readonly now: () => number;
  buffers: ViBuffer[];
  buffer: ViBuffer;
  alternate: ViBuffer | undefined;
  /** Files named at the start, and which of them is being edited. */
  args: readonly string[] = [];
  argument = 0;
  cursor: Place = { row: 0, column: 0 };
  /** Column that j and k want; undefined: the one the cursor is in. */
  want: number | undefined;
  mode: Mode = "normal";
  visual: Visual | undefined;
  lastVisual: { readonly visual: Visual; readonly end: Place } | undefined;
  options: Options = { ...DEFAULTS };
  message: Message | undefined;
  /** Rows that took the place of the screen's lower part, the last being where keys are asked for. */
  output: readonly Message[] | undefined;
  entry: { readonly prompt: string; text: string; at: number } | undefined;
  pending = "";
  recording: string | undefined;
  recorded = "";
  registers = new Map<string, Register>();
  /** Keys that are read before any that is typed. */
  queue: string[] = [];
  queued = 0;
  searched: { pattern: string; forward: boolean; offset: string } | undefined;
  found: { readonly character: string; readonly key: string } | undefined;
  /** What `:s` looked for and put in its place. */
  substituted: { pattern: string; replacement: string; flags: string } | undefined;
  highlightOff = false;
  /** What a search that is being typed has found. */
  preview: { readonly from: Place; readonly to: Place } | undefined;
  /** What `:s///c` asks about. */
  asked: { readonly from: Place; readonly to: Place } | undefined;
  histories: { ":": string[]; "/": string[] } = { ":": [], "/": [] };
  jumps: Place[] = [];
  jump = 0;
  inserted = "";
  insertedAt: Place | undefined;
  replacedBy: string | undefined;
  lastShell = "";
  /** Size of the window of text, set by who draws it. */
  rows = 23;
  columns = 80;
  top = 0;
  left = 0;
  /** How far down in the window the cursor was when its height changed, and the row that came of it. */
  fraction: { readonly row: number; readonly part: number } | undefined;
  /** Lines ^D and ^U scroll; 0: half the window. */
  scroll = 0;
  quit: number | undefined;
  typed: string[] = [];
  dot: { readonly keys: readonly string[]; readonly count: number; readonly visual: Extent | undefined } | undefined;
  /** The command that runs has changed the text. */
  changes = false;
  commandCount = 0;
  /** ^O: one command, and insert mode goes on. */
  insertOnce: "asked" | "running" | undefined;
  warnedOfFiles = false;
  /** The last of the files named at the start has been edited. */
  sawLast = false;
  /** What `:g` has to show when it is done. */
  gathered: string[] | undefined;
  tallied: number | undefined;
  /** Words that ^N and ^P offer. */
  completing: { readonly words: readonly string[]; readonly at: number; readonly column: number } | undefined;

  constructor(buffer: ViBuffer, files: Files, now: () => number) {
    this.buffer = buffer;
    this.buffers = [buffer];
    this.files = files;
    this.now = now;
  }

  get cells(): Cells {
    return { tabStop: this.options.tabstop, list: this.options.list };
  }

  get line(): string {
    return this.buffer.line(this.cursor.row);
  }

  set line(text: string) {
    this.buffer.lines[this.cursor.row] = text;
    this.buffer.empty = false;
  }

  get lines(): readonly string[] {
    return this.buffer.lines;
  }

  get lastRow(): number {
    return this.buffer.lines.length - 1;
  }

  *key(): Step<string> {
    let key = this.queue.shift();
    if (key === undefined) {
      key = (yield { kind: "key" }) as string;
      if (this.recording !== undefined) this.recorded += key;
    } else if ((++this.queued & 255) === 0) yield { kind: "pay", units: 256 };
    this.typed.push(key);
    return key;
  }

  /** Moves; j and k start from the column reached. */
  go(place: Place): void {
    this.cursor = place;
    this.want = undefined;
  }

  /** Moves, and remembers where it came from (`, ^O). */
  leap(place: Place): void {
    this.buffer.marks.set("'", this.cursor);
    this.jumps = [...this.jumps.slice(-99), this.cursor];
    this.jump = this.jumps.length;
    this.go(place);
  }

  /** The column wanted, as a character of `row`. */
  wanted(row: number): number {
    this.want ??= columnAt(this.line, this.cursor.column, this.cells);
    const line = this.buffer.line(row);
    return this.want === Number.POSITIVE_INFINITY ? lastAt(line) : atColumn(line, this.want, this.cells);
  }

  /** Keeps the cursor on the text. */
  clamp(): void {
    const row = Math.max(0, Math.min(this.cursor.row, this.lastRow));
    const line = this.buffer.line(row);
    const behind = this.mode === "insert" || this.mode === "replace" || this.visual !== undefined;
    const last = behind && (this.mode !== "normal" || this.visual !== undefined) ? line.length : lastAt(line);
    const column = Math.max(0, Math.min(this.cursor.column, last));
    if (row !== this.cursor.row || column !== this.cursor.column) this.cursor = { row, column };
  }

  say(text: string, kept = true): void {
    this.message = { text, error: false, kept };
  }

  /** Shows an error and ends the command. */
  fail(text?: string): never {
    if (text !== undefined) this.message = { text, error: true, kept: true };
    throw new Failed(text);
  }

  /** Begins a change, and says so where that is not welcome. `at`: where undoing it goes. */
  *change(at: Place = this.cursor): Step<void> {
    this.buffer.begin(at);
    this.changes = true;
    if (!this.buffer.readOnly || this.buffer.changed || this.warned.has(this.buffer)) return;
    this.warned.add(this.buffer);
    this.message = { text: "W10: Warning: Changing a readonly file", error: false, kept: true };
    this.waiting = true;
    yield { kind: "sleep", ms: 1000 };
    this.waiting = false;
  }

  readonly warned = new Set<ViBuffer>();
  /** A warning is being shown: the cursor stands behind it. */
  waiting = false;

  pattern(source: string, smart = true): ViPattern {
    const { ignorecase, smartcase } = this.options;
    return compileVi(
      source,
      ignorecase && !(smart && smartcase && /[A-Z]/.test(source)),
      this.substituted?.replacement,
    );
  }

  register(name: string): Register | undefined {
    const special: Readonly<Record<string, string | undefined>> = {
      "/": this.searched?.pattern,
      ":": this.histories[":"].at(-1),
      ".": this.inserted,
      "%": this.buffer.path,
      "#": this.alternate?.path,
    };
    if (name in special) {
      const text = special[name];
      return text === undefined || text === "" ? undefined : { text: text.split("\n"), kind: "characters" };
    }
    return this.registers.get(name === "*" || name === "+" ? '"' : name.toLowerCase());
  }

  /** Keeps what was yanked or deleted, as the registers are numbered. */
  store(name: string | undefined, register: Register, deleted: boolean, small: boolean): void {
    if (name === "_") return;
    if (name !== undefined && /[A-Z]/.test(name)) {
      const old = this.registers.get(name.toLowerCase());
      const joined: Register =
        old === undefined
          ? register
          : old.kind === "lines" || register.kind === "lines"
            ? { text: [...old.text, ...register.text], kind: "lines" }
            : {
                text: [
                  ...old.text.slice(0, -1),
                  (old.text.at(-1) ?? "") + (register.text[0] ?? ""),
                  ...register.text.slice(1),
                ],
                kind: "characters",
              };
      this.registers.set(name.toLowerCase(), joined);
      this.registers.set('"', joined);
      return;
    }
    if (name !== undefined && /[a-z0-9]/.test(name)) this.registers.set(name, register);
    else if (!deleted) this.registers.set("0", register);
    if (deleted && (name === undefined || name === '"' || !small)) {
      if (small) this.registers.set("-", register);
      else {
        for (let number = 9; number > 1; number--) {
          const before = this.registers.get(String(number - 1));
          if (before !== undefined) this.registers.set(String(number), before);
        }
        this.registers.set("1", register);
      }
    }
    this.registers.set('"', register);
  }
}

/** How much a visual command was done to, for the dot. */
export interface Extent {
  readonly kind: Visual["kind"];
  readonly rows: number;
  readonly columns: number;
  readonly toEnds: boolean;
}
