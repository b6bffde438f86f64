/** less: files and streams page by page, as version 590. */
import { isErrno } from "../errno.ts";
import { codePointWidth } from "../tty/width.ts";
import type { ByteReader, Process } from "../types.ts";
import { compilePattern, type Pattern, PatternError } from "./support/regex.ts";
import { Screen } from "./support/screen.ts";
import { MAX_HELD_BYTES, tool } from "./support/tool.ts";

const REVERSE = "\x1b[7m";
const PLAIN = "\x1b[27m";
const RETURN = "  (press RETURN)";
/** From this many characters on a line's rows are kept. */
const LONG = 8192;
/** Characters between two payments. */
const PAID = 4096;
/** What is shown as it is, a cell for a character. */
const ORDINARY = /[ -~]{1,512}/y;

/** One file, or what comes in on standard input, as far as it has been read. */
interface Source {
  readonly name: string | undefined;
  readonly lines: string[];
  complete: boolean;
  bytes: number;
  loading: Promise<void>;
}

/** A row of the screen by its line and the row within the line. */
interface Place {
  readonly line: number;
  readonly row: number;
}

interface Options {
  chop: boolean;
  numbers: boolean;
  raw: boolean;
  ignoreCase: boolean;
}

const SWITCHES: Readonly<Record<string, readonly [keyof Options, on: string, off: string]>> = {
  S: ["chop", "Chop long lines", "Fold long lines"],
  N: ["numbers", "Constantly display line numbers", "Don't use line numbers"],
  R: ["raw", "Display ANSI sequences directly, other control characters as ^X", "Display control characters as ^X"],
  i: ["ignoreCase", "Ignore case in searches", "Case is significant in searches"],
};

/** What it needs of the tool it is. */
interface Host {
  readonly process: Process;
  spend(units: number): Promise<void> | void;
}

class Less {
  readonly #tool: Host;
  readonly #screen: Screen;
  readonly #sources: readonly Source[];
  readonly #options: Options;
  #index = 0;
  #top: Place = { line: 0, row: 0 };
  #left = 0;
  #message = "";
  #pattern: Pattern | undefined;
  #backwards = false;
  #highlight = true;
  #filter: Pattern | undefined;
  #shown: number[] | undefined;
  #following = false;
  #fresh = true;
  /** The rows of the long line that was looked at last. */
  #folded:
    | {
        readonly line: string;
        readonly key: string;
        readonly pattern: Pattern | undefined;
        readonly filter: Pattern | undefined;
        readonly rows: readonly string[];
      }
    | undefined;
  readonly #marks = new Map<string, { readonly file: number; readonly place: Place }>();
  readonly #quitAtEnd: boolean;

  constructor(tool: Host, screen: Screen, sources: readonly Source[], options: Options, quitAtEnd: boolean) {
    this.#tool = tool;
    this.#screen = screen;
    this.#sources = sources;
    this.#options = options;
    this.#quitAtEnd = quitAtEnd;
  }

  get #source(): Source {
    return this.#sources[this.#index] as Source;
  }

  get #page(): number {
    return this.#screen.size.rows - 1;
  }

  /** Lines that are shown: all, or those a pattern lets through. */
  async #visible(): Promise<number> {
    if (this.#filter === undefined) return this.#source.lines.length;
    if (this.#shown === undefined) {
      this.#shown = [];
      for (const [index, line] of this.#source.lines.entries()) {
        await this.#tool.spend(1 + (line.length >> 5));
        if (this.#find(this.#filter, line, 0) !== undefined) this.#shown.push(index);
      }
    }
    return this.#shown.length;
  }

  #lineAt(index: number): string | undefined {
    const line = this.#shown === undefined ? index : this.#shown[index];
    return line === undefined ? undefined : this.#source.lines[line];
  }

  /** The rows a line takes, with what stands out in them. */
  async #rowsOf(index: number): Promise<readonly string[]> {
    const line = this.#lineAt(index) ?? "";
    if (line.length < LONG) return this.#fold(index, line);
    const { columns } = this.#screen.size;
    const kept = this.#folded;
    const key = [index, columns, this.#left, this.#highlight, ...Object.values(this.#options)].join();
    if (kept?.line === line && kept.key === key && kept.pattern === this.#pattern && kept.filter === this.#filter)
      return kept.rows;
    const rows = await this.#fold(index, line);
    this.#folded = { line, key, pattern: this.#pattern, filter: this.#filter, rows };
    return rows;
  }

  /** Where the pattern is found, as far as it can be tried on the line. */
  async #hitsIn(line: string): Promise<readonly { readonly start: number; readonly end: number }[]> {
    const hits: { readonly start: number; readonly end: number }[] = [];
    if (!this.#highlight || this.#pattern === undefined || this.#filter !== undefined) return hits;
    for (let at = 0; ; ) {
      const match = this.#find(this.#pattern, line, at);
      if (match === undefined || match.end <= match.start) return hits;
      hits.push(match);
      const paid = this.#tool.spend(1 + ((match.end - at) >> 5));
      if (paid !== undefined) await paid;
      at = match.end;
    }
  }

  /** A line that is too long for the pattern does not have it. */
  #find(pattern: Pattern, line: string, from: number): { readonly start: number; readonly end: number } | undefined {
    try {
      return pattern.find(line, from);
    } catch (error) {
      if (error instanceof PatternError) return undefined;
      throw error;
    }
  }

  async #fold(index: number, line: string): Promise<string[]> {
    const number = (this.#shown?.[index] ?? index) + 1;
    const gutter = this.#options.numbers ? `${String(number).padStart(7)} ` : "";
    const width = Math.max(1, this.#screen.size.columns - gutter.length);
    const hits = await this.#hitsIn(line);
    let hit = 0;
    let paidAt = 0;
    const rows: string[] = [];
    let out = gutter;
    let column = 0;
    let on = false;
    let style = "";
    const turn = (marked: boolean) => {
      if (marked !== on) out += marked ? REVERSE : PLAIN;
      on = marked;
    };
    let skipped = 0;
    let cut = false;
    for (let at = 0; at < line.length; ) {
      if (at - paidAt >= PAID) {
        paidAt = at;
        const paid = this.#tool.spend(PAID >> 5);
        if (paid !== undefined) await paid;
      }
      while (hit < hits.length && (hits[hit]?.end ?? 0) <= at) hit++;
      const next = hits[hit];
      const within = next !== undefined && at >= next.start;
      ORDINARY.lastIndex = at;
      if (column < width && !(this.#options.chop && skipped < this.#left) && ORDINARY.test(line)) {
        const most = within ? next.end : (next?.start ?? line.length);
        const run = line.slice(at, Math.min(ORDINARY.lastIndex, most, at + width - column));
        turn(within);
        out += run;
        column += run.length;
        at += run.length;
        continue;
      }
      const sequence = this.#options.raw ? /^\x1b\[[\d;:]*m/.exec(line.slice(at, at + 40))?.[0] : undefined;
      if (sequence !== undefined) {
        out += sequence;
        style = /\[0?m/.test(sequence) ? "" : style + sequence;
        at += sequence.length;
        continue;
      }
      const char = String.fromCodePoint(line.codePointAt(at) as number);
      const code = char.codePointAt(0) as number;
      const control =
        code === 27
          ? "ESC"
          : (code < 32 && code !== 9) || code === 127
            ? `^${String.fromCharCode(code ^ 64)}`
            : undefined;
      const shown = control ?? (code === 9 ? " ".repeat(8 - ((column + skipped) % 8)) : char);
      const cells = control !== undefined || code === 9 ? shown.length : codePointWidth(code);
      const marked = control !== undefined || within;
      at += char.length;
      if (this.#options.chop && skipped < this.#left) {
        skipped += cells;
        continue;
      }
      for (const each of control !== undefined || code === 9 ? Array.from(shown) : [char]) {
        const wide = control !== undefined || code === 9 ? 1 : cells;
        if (column + wide > width) {
          if (this.#options.chop) {
            cut = true;
            break;
          }
          turn(false);
          rows.push(style === "" ? out : `${out}\x1b[m`);
          out = gutter + style;
          column = 0;
        }
        turn(marked);
        out += each;
        column += wide;
      }
      if (cut) break;
    }
    turn(false);
    if (cut) {
      // The last column says that there is more.
      const kept = out.replace(/\x1b\[[\d;]*m/g, "");
      out = `${kept.slice(0, gutter.length + width - 1)}${REVERSE}>${PLAIN}`;
    }
    rows.push(style === "" ? out : `${out}\x1b[m`);
    return rows;
  }

  async #forward(count: number, clamp = true): Promise<void> {
    const total = await this.#visible();
    const last = clamp ? await this.#bottom() : { line: Math.max(0, total - 1), row: 0 };
    let { line, row } = this.#top;
    const past = (place: Place) => place.line > last.line || (place.line === last.line && place.row >= last.row);
    for (let n = 0; n < count && !past({ line, row }); n++) {
      if (row + 1 < (await this.#rowsOf(line)).length) row++;
      else {
        line++;
        row = 0;
      }
    }
    this.#top = { line, row };
  }

  async #back(count: number): Promise<void> {
    let { line, row } = this.#top;
    for (let n = 0; n < count && (line > 0 || row > 0); n++) {
      if (row > 0) row--;
      else {
        line--;
        row = (await this.#rowsOf(line)).length - 1;
      }
    }
    this.#top = { line, row };
  }

  /** Where the top is when the last row is at the bottom. */
  async #bottom(): Promise<Place> {
    const total = await this.#visible();
    let left = this.#page;
    for (let line = total - 1; line >= 0; line--) {
      const rows = (await this.#rowsOf(line)).length;
      if (rows >= left) return { line, row: rows - left };
      left -= rows;
    }
    return { line: 0, row: 0 };
  }

  async #search(from: number, step: number, count = 1): Promise<boolean> {
    const total = await this.#visible();
    let left = count;
    for (let index = from; index >= 0 && index < total; index += step) {
      const line = this.#lineAt(index) ?? "";
      await this.#tool.spend(1 + (line.length >> 5));
      if (this.#pattern === undefined || this.#find(this.#pattern, line, 0) === undefined || --left > 0) continue;
      this.#top = { line: index, row: 0 };
      return true;
    }
    return false;
  }

  #compile(text: string): Pattern | undefined {
    try {
      return compilePattern(text, { syntax: "extended", ignoreCase: this.#options.ignoreCase && !/[A-Z]/.test(text) });
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      this.#message = `Invalid pattern${RETURN}`;
      return undefined;
    }
  }

  async #ask(prompt: string): Promise<string | undefined> {
    let text = "";
    for (;;) {
      await this.#screen.write(`\x1b[${this.#screen.size.rows};1H${prompt}${text}\x1b[K`);
      const key = await this.#screen.key();
      if (key === "Enter") return text;
      if (key === "Escape" || key === "^C" || key === "") return undefined;
      if (key === "Backspace") {
        if (text === "") return undefined;
        text = Array.from(text).slice(0, -1).join("");
      } else if (key === "^U") text = "";
      else if (key.length === 1 || (key.codePointAt(0) ?? 0) > 0xffff) text += key;
    }
  }

  /** "(file 2 of 3)" where there are several. */
  get #title(): string {
    const { name } = this.#source;
    if (name === undefined) return "";
    return this.#sources.length > 1 ? `${name} (file ${this.#index + 1} of ${this.#sources.length})` : name;
  }

  async #draw(): Promise<void> {
    const total = await this.#visible();
    const { columns } = this.#screen.size;
    const rows: string[] = [];
    for (let { line, row } = this.#top; rows.length < this.#page && line < total; line++, row = 0) {
      const folded = await this.#rowsOf(line);
      for (const each of folded.slice(row, row + this.#page)) if (rows.length < this.#page) rows.push(each);
      await this.#tool.spend(4);
    }
    const bottom = await this.#bottom();
    const atEnd =
      this.#source.complete &&
      (this.#top.line > bottom.line || (this.#top.line === bottom.line && this.#top.row >= bottom.row));
    while (rows.length < this.#page) rows.push("~");
    const prefix = this.#filter === undefined ? "" : "& ";
    const title = this.#fresh ? this.#title : "";
    const words = this.#following
      ? "Waiting for data... (interrupt to abort)"
      : this.#message !== ""
        ? this.#message
        : [title, atEnd ? "(END)" : ""].filter((each) => each !== "").join(" ");
    const status = words === "" ? `${prefix}:` : `${prefix}${REVERSE}${words.slice(0, columns - 1)}${PLAIN}`;
    await this.#screen.draw(
      [...rows, status],
      this.#page,
      Math.min(columns - 1, prefix.length + Math.max(1, words.length)),
    );
  }

  async #wait(): Promise<void> {
    for (let key = await this.#screen.key(); key === "Wake" || key === "Resize"; key = await this.#screen.key());
  }

  async run(start: string | undefined): Promise<number> {
    if (start !== undefined) await this.#begin(start);
    let count = "";
    for (;;) {
      if (this.#following) this.#top = await this.#bottom();
      await this.#draw();
      const told = this.#message !== "";
      this.#message = "";
      const key = await this.#screen.key();
      if (key === "Wake" || key === "Resize") {
        this.#shown = undefined;
        continue;
      }
      if (this.#following && key !== "") {
        // The key that ends the wait does nothing else.
        this.#following = false;
        if (key !== "q") continue;
      }
      if (told && key === "Enter") continue;
      if (/^\d$/.test(key)) {
        count += key;
        continue;
      }
      const given = count === "" ? undefined : Number(count);
      count = "";
      this.#fresh = false;
      const status = await this.#key(key, given);
      if (status !== undefined) return status;
    }
  }

  /** What stands behind a plus sign on the command line. */
  async #begin(start: string): Promise<void> {
    await this.#source.loading;
    if (start === "G") this.#top = await this.#bottom();
    else if (start === "F") this.#following = true;
    else if (/^\d+g?$/.test(start)) this.#top = { line: Number.parseInt(start, 10) - 1, row: 0 };
    else if (start.startsWith("/")) {
      this.#pattern = this.#compile(start.slice(1));
      if (!(await this.#search(0, 1))) this.#message = `Pattern not found${RETURN}`;
    }
    this.#fresh = false;
  }

  async #key(key: string, given: number | undefined): Promise<number | undefined> {
    const times = Math.max(1, given ?? 1);
    switch (key) {
      case "":
      case "q":
      case "Q":
        return 0;
      case "j":
      case "Down":
      case "Enter":
      case "e":
      case "^E":
      case "^N":
        await this.#forward(times);
        break;
      case "k":
      case "Up":
      case "y":
      case "^Y":
      case "^P":
        await this.#back(times);
        break;
      case " ":
      case "f":
      case "PageDown":
      case "^F":
      case "^V": {
        const before = this.#top;
        await this.#forward(given ?? this.#page);
        if (this.#quitAtEnd && before.line === this.#top.line && before.row === this.#top.row && this.#source.complete)
          return 0;
        break;
      }
      case "b":
      case "PageUp":
      case "^B":
        await this.#back(given ?? this.#page);
        break;
      case "d":
      case "^D":
        await this.#forward(given ?? (this.#page + 1) >> 1);
        break;
      case "u":
      case "^U":
        await this.#back(given ?? (this.#page + 1) >> 1);
        break;
      case "g":
      case "<":
      case "Home":
        this.#top = { line: Math.min(Math.max(0, (await this.#visible()) - 1), Math.max(0, (given ?? 1) - 1)), row: 0 };
        break;
      case "G":
      case ">":
      case "End":
        if (this.#source.name !== undefined) await this.#source.loading;
        this.#top =
          given === undefined
            ? await this.#bottom()
            : { line: Math.min((await this.#visible()) - 1, given - 1), row: 0 };
        break;
      case "p":
      case "%":
        await this.#source.loading;
        this.#top = {
          line: Math.min(
            Math.max(0, (await this.#visible()) - 1),
            Math.floor(((await this.#visible()) * (given ?? 0)) / 100),
          ),
          row: 0,
        };
        break;
      case "F":
        this.#following = true;
        break;
      case "Right":
        if (this.#options.chop) this.#left += given ?? this.#screen.size.columns >> 1;
        break;
      case "Left":
        this.#left = Math.max(0, this.#left - (given ?? this.#screen.size.columns >> 1));
        break;
      case "/":
      case "?":
        await this.#searchKey(key, times);
        break;
      case "n":
      case "N": {
        const step = (key === "n") !== this.#backwards ? 1 : -1;
        if (this.#pattern === undefined) this.#message = `No previous regular expression${RETURN}`;
        else if (!(await this.#search(this.#top.line + step, step, times)))
          this.#message = `Pattern not found${RETURN}`;
        break;
      }
      case "&": {
        const text = await this.#ask("&/");
        if (text === undefined) break;
        const filter = text === "" ? undefined : this.#compile(text);
        if (text !== "" && filter === undefined) break;
        this.#filter = filter;
        this.#shown = undefined;
        this.#top = { line: 0, row: 0 };
        break;
      }
      case "m": {
        const name = await this.#screen.key();
        this.#marks.set(name, { file: this.#index, place: this.#top });
        break;
      }
      case "'": {
        const mark = this.#marks.get(await this.#screen.key());
        if (mark === undefined) this.#message = `Mark not set${RETURN}`;
        else {
          this.#index = mark.file;
          this.#top = mark.place;
        }
        break;
      }
      case "Escape":
        if ((await this.#screen.key()) === "u") this.#highlight = !this.#highlight;
        break;
      case "-":
        await this.#switch();
        break;
      case ":":
        return this.#colon();
      case "=":
      case "^G":
        this.#message = await this.#information();
        break;
      case "v":
        return this.#editor();
      case "r":
      case "^L":
      case "R":
        break;
      case "h":
      case "H":
        this.#message = "q quit  SPACE/b page  j/k line  g/G ends  /text search  n/N next  &text filter  F follow";
        break;
      default:
        if (/^[!|s]$/.test(key)) this.#message = `${key} is not available here${RETURN}`;
    }
    return undefined;
  }

  async #searchKey(key: string, times: number): Promise<void> {
    this.#backwards = key === "?";
    const text = await this.#ask(key);
    if (text === undefined) return;
    if (text !== "") {
      const pattern = this.#compile(text);
      if (pattern === undefined) return;
      this.#pattern = pattern;
    } else if (this.#pattern === undefined) {
      this.#message = `No previous regular expression${RETURN}`;
      return;
    }
    this.#highlight = true;
    if (!this.#backwards) await this.#source.loading;
    const step = this.#backwards ? -1 : 1;
    // The first line on the screen counts where nothing has been looked at yet.
    const from = this.#backwards
      ? this.#top.line - 1
      : this.#top.line + (this.#top.line === 0 && this.#top.row === 0 ? 0 : 1);
    if (!(await this.#search(from, step, times))) this.#message = `Pattern not found${RETURN}`;
  }

  async #switch(): Promise<void> {
    await this.#screen.write(`\x1b[${this.#screen.size.rows};1H-\x1b[K`);
    const letter = await this.#screen.key();
    const found = SWITCHES[letter];
    if (found === undefined) {
      this.#message = `There is no -${letter} option${RETURN}`;
      return;
    }
    const [option, on, off] = found;
    this.#message = `${this.#options[option] ? off : on}${RETURN}`;
    await this.#draw();
    this.#message = "";
    await this.#wait();
    this.#options[option] = !this.#options[option];
    this.#left = 0;
    this.#top = { line: this.#top.line, row: 0 };
  }

  async #colon(): Promise<number | undefined> {
    await this.#screen.write(`\x1b[${this.#screen.size.rows};1H :\x1b[K`);
    const key = await this.#screen.key();
    if (key === "q" || key === "Q") return 0;
    if (key === "n" || key === "p" || key === "x") {
      const to = key === "x" ? 0 : this.#index + (key === "n" ? 1 : -1);
      if (this.#sources[to] === undefined) this.#message = `No ${key === "n" ? "next" : "previous"} file${RETURN}`;
      else {
        this.#index = to;
        this.#top = { line: 0, row: 0 };
        this.#shown = undefined;
        this.#fresh = true;
        await this.#source.loading;
      }
    } else if (key === "f") this.#message = await this.#information();
    else if (key === "e") this.#message = `:e is not available here${RETURN}`;
    return undefined;
  }

  async #information(): Promise<string> {
    const { complete, lines, bytes } = this.#source;
    const first = this.#top.line + 1;
    const last = Math.min(lines.length, this.#top.line + this.#page);
    const end = complete && last >= lines.length ? " (END)" : "";
    return `${this.#title} lines ${first}-${last}/${lines.length} byte ${bytes}${end} ${RETURN}`.trimStart();
  }

  /** v: the file in an editor, where less is. */
  async #editor(): Promise<undefined> {
    const { name } = this.#source;
    if (name === undefined) {
      this.#message = `Cannot edit standard input${RETURN}`;
      return undefined;
    }
    const { process } = this.#tool;
    const editor = process.env.get("VISUAL") ?? process.env.get("EDITOR") ?? "vi";
    try {
      await process.spawn({ argv: [...editor.split(/\s+/), `+${this.#top.line + 1}`, name] }).exited;
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.#message = `${editor}: ${error.message}${RETURN}`;
    }
    await this.#screen.again();
    return undefined;
  }
}

async function load(process: Process, source: Source, reader: ByteReader, notify: () => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
    const text = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = text.pop() ?? "";
    for (const line of text) source.lines.push(line);
    source.bytes += chunk.length;
    process.holdMemory(source.bytes);
    notify();
    if (source.bytes > MAX_HELD_BYTES >> 1) break;
  }
  if (rest !== "") source.lines.push(rest);
  source.complete = true;
  notify();
}

export const less = tool(
  {
    name: "less",
    usage: "[options] [file...]",
    options: {
      chop: { short: "S", long: "chop-long-lines" },
      quitIfOne: { short: "F", long: "quit-if-one-screen" },
      numbers: { short: "N", long: "LINE-NUMBERS" },
      raw: { short: "R", long: "RAW-CONTROL-CHARS" },
      ignoreCase: { short: "i", long: "ignore-case" },
      noInit: { short: "X", long: "no-init" },
      quitAtEnd: { short: "e", long: "quit-at-eof" },
    },
  },
  async (tool) => {
    const { process } = tool;
    const start = tool.operands.find((word) => /^\+./.test(word))?.slice(1);
    const paths = tool.operands.filter((word) => !/^\+./.test(word));
    if (paths.length === 0 && process.isTerminal(0)) return tool.die('Missing filename ("less --help" for help)');
    if (!process.isTerminal(1)) {
      await tool.eachInput(async (reader) => {
        for await (const chunk of reader) await process.stdout.write(chunk);
      });
      return tool.status;
    }
    let wake: () => void = () => undefined;
    const sources: Source[] = [];
    for (const path of paths.length === 0 ? ["-"] : paths) {
      const source: Source = {
        name: path === "-" ? undefined : path,
        lines: [],
        complete: false,
        bytes: 0,
        loading: Promise.resolve(),
      };
      try {
        if (path !== "-" && process.files.stat(path).type === "directory") {
          await process.stderr.write(`${path} is a directory\n`);
          continue;
        }
        source.loading = load(process, source, tool.open(path), () => wake());
        source.loading.catch(() => undefined);
        sources.push(source);
      } catch (error) {
        const words = isErrno(error) ? error.message : "No such file or directory";
        await process.stderr.write(`${path}: ${words}\n`);
      }
    }
    const [first] = sources;
    if (first === undefined) return 1;
    if (first.name !== undefined || tool.has("quitIfOne")) await first.loading;
    const { rows } = process.tty?.size ?? { rows: 24 };
    if (tool.has("quitIfOne") && sources.length === 1 && first.lines.length < rows) {
      for (const line of first.lines) await process.stdout.write(`${line}\n`);
      return 0;
    }
    const options: Options = {
      chop: tool.has("chop"),
      numbers: tool.has("numbers"),
      raw: tool.has("raw"),
      ignoreCase: tool.has("ignoreCase"),
    };
    return Screen.use(process, (screen) => {
      wake = () => screen.wake();
      return new Less(tool, screen, sources, options, tool.has("quitAtEnd")).run(start);
    });
  },
);
