/** less: its keys, its questions and its last line. */
import { isErrno } from "../../errno.ts";
import type { Process } from "../../types.ts";
import { compilePattern, type Pattern, PatternError } from "../support/regex.ts";
import type { Screen } from "../support/screen.ts";
import { PLAIN, REVERSE } from "./fold.ts";
import type { Source } from "./source.ts";
import { type Options, type Place, View } from "./view.ts";

const RETURN = "  (press RETURN)";

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

/** less at work on one or several texts. */
export class Less {
  readonly #tool: Host;
  readonly #screen: Screen;
  readonly #sources: readonly Source[];
  readonly #view: View;
  readonly #quitAtEnd: boolean;
  readonly #marks = new Map<string, { readonly file: number; readonly place: Place }>();
  #index = 0;
  #message = "";
  #backwards = false;
  #following = false;
  /** Nothing has been typed since this text was opened: its name is shown. */
  #fresh = true;

  /** `sources`: one at least. `quitAtEnd`: going on at the end leaves. */
  constructor(
    tool: Host,
    screen: Screen,
    sources: readonly [Source, ...Source[]],
    options: Options,
    quitAtEnd: boolean,
  ) {
    this.#tool = tool;
    this.#screen = screen;
    this.#sources = sources;
    this.#view = new View(
      sources[0],
      options,
      () => screen.size,
      (units) => tool.spend(units),
    );
    this.#quitAtEnd = quitAtEnd;
  }

  #compile(text: string): Pattern | undefined {
    try {
      return compilePattern(text, {
        syntax: "extended",
        ignoreCase: this.#view.options.ignoreCase && !/[A-Z]/.test(text),
      });
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
    const { name } = this.#view.source;
    if (name === undefined) return "";
    return this.#sources.length > 1 ? `${name} (file ${this.#index + 1} of ${this.#sources.length})` : name;
  }

  async #draw(): Promise<void> {
    const total = await this.#view.visible();
    const { columns } = this.#screen.size;
    const rows: string[] = [];
    for (let { line, row } = this.#view.top; rows.length < this.#view.page && line < total; line++, row = 0) {
      const folded = await this.#view.rowsOf(line);
      for (const each of folded.slice(row, row + this.#view.page)) if (rows.length < this.#view.page) rows.push(each);
      await this.#tool.spend(4);
    }
    const bottom = await this.#view.bottom();
    const atEnd =
      this.#view.source.complete &&
      (this.#view.top.line > bottom.line || (this.#view.top.line === bottom.line && this.#view.top.row >= bottom.row));
    while (rows.length < this.#view.page) rows.push("~");
    const prefix = this.#view.filter === undefined ? "" : "& ";
    const title = this.#fresh ? this.#title : "";
    const words = this.#following
      ? "Waiting for data... (interrupt to abort)"
      : this.#message !== ""
        ? this.#message
        : [title, atEnd ? "(END)" : ""].filter((each) => each !== "").join(" ");
    const status = words === "" ? `${prefix}:` : `${prefix}${REVERSE}${words.slice(0, columns - 1)}${PLAIN}`;
    await this.#screen.draw(
      [...rows, status],
      this.#view.page,
      Math.min(columns - 1, prefix.length + Math.max(1, words.length)),
    );
  }

  #tellProblem(): void {
    const { source } = this.#view;
    if (source.problem !== undefined) this.#message = `${source.problem}${RETURN}`;
    source.problem = undefined;
  }

  async #wait(): Promise<void> {
    for (let key = await this.#screen.key(); key === "Wake" || key === "Resize"; key = await this.#screen.key());
  }

  /** Until it is left; the exit status. `start`: what stands behind a plus sign on the command line. */
  async run(start: string | undefined): Promise<number> {
    if (start !== undefined) await this.#begin(start);
    let count = "";
    for (;;) {
      this.#tellProblem();
      if (this.#following) this.#view.top = await this.#view.bottom();
      await this.#draw();
      const said = this.#message;
      const told = said !== "";
      this.#message = "";
      const key = await this.#screen.key();
      if (key === "Wake" || key === "Resize") {
        if (told) this.#message = said;
        this.#view.renew(this.#view.source);
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

  async #begin(start: string): Promise<void> {
    await this.#view.source.loading;
    if (start === "G") this.#view.top = await this.#view.bottom();
    else if (start === "F") this.#following = true;
    else if (/^\d+g?$/.test(start)) this.#view.top = { line: Number.parseInt(start, 10) - 1, row: 0 };
    else if (start.startsWith("/")) {
      this.#view.pattern = this.#compile(start.slice(1));
      if (!(await this.#view.search(0, 1))) this.#message = `Pattern not found${RETURN}`;
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
        await this.#view.forward(times);
        break;
      case "k":
      case "Up":
      case "y":
      case "^Y":
      case "^P":
        await this.#view.back(times);
        break;
      case " ":
      case "f":
      case "PageDown":
      case "^F":
      case "^V": {
        const before = this.#view.top;
        await this.#view.forward(given ?? this.#view.page);
        if (
          this.#quitAtEnd &&
          before.line === this.#view.top.line &&
          before.row === this.#view.top.row &&
          this.#view.source.complete
        )
          return 0;
        break;
      }
      case "b":
      case "PageUp":
      case "^B":
        await this.#view.back(given ?? this.#view.page);
        break;
      case "d":
      case "^D":
        await this.#view.forward(given ?? (this.#view.page + 1) >> 1);
        break;
      case "u":
      case "^U":
        await this.#view.back(given ?? (this.#view.page + 1) >> 1);
        break;
      case "g":
      case "<":
      case "Home":
        this.#view.top = {
          line: Math.min(Math.max(0, (await this.#view.visible()) - 1), Math.max(0, (given ?? 1) - 1)),
          row: 0,
        };
        break;
      case "G":
      case ">":
      case "End":
        if (this.#view.source.name !== undefined) await this.#view.source.loading;
        this.#view.top =
          given === undefined
            ? await this.#view.bottom()
            : { line: Math.min((await this.#view.visible()) - 1, given - 1), row: 0 };
        break;
      case "p":
      case "%":
        await this.#view.source.loading;
        this.#view.top = {
          line: Math.min(
            Math.max(0, (await this.#view.visible()) - 1),
            Math.floor(((await this.#view.visible()) * (given ?? 0)) / 100),
          ),
          row: 0,
        };
        break;
      case "F":
        this.#following = true;
        break;
      case "Right":
        if (this.#view.options.chop) this.#view.left += given ?? this.#screen.size.columns >> 1;
        break;
      case "Left":
        this.#view.left = Math.max(0, this.#view.left - (given ?? this.#screen.size.columns >> 1));
        break;
      case "/":
      case "?":
        await this.#searchKey(key, times);
        break;
      case "n":
      case "N": {
        const step = (key === "n") !== this.#backwards ? 1 : -1;
        if (this.#view.pattern === undefined) this.#message = `No previous regular expression${RETURN}`;
        else if (!(await this.#view.search(this.#view.top.line + step, step, times)))
          this.#message = `Pattern not found${RETURN}`;
        break;
      }
      case "&": {
        const text = await this.#ask("&/");
        if (text === undefined) break;
        const filter = text === "" ? undefined : this.#compile(text);
        if (text !== "" && filter === undefined) break;
        this.#view.filter = filter;
        break;
      }
      case "m": {
        const name = await this.#screen.key();
        this.#marks.set(name, { file: this.#index, place: this.#view.top });
        break;
      }
      case "'": {
        const mark = this.#marks.get(await this.#screen.key());
        if (mark === undefined) this.#message = `Mark not set${RETURN}`;
        else {
          this.#open(mark.file);
          this.#view.top = mark.place;
        }
        break;
      }
      case "Escape":
        if ((await this.#screen.key()) === "u") this.#view.highlight = !this.#view.highlight;
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
      this.#view.pattern = pattern;
    } else if (this.#view.pattern === undefined) {
      this.#message = `No previous regular expression${RETURN}`;
      return;
    }
    this.#view.highlight = true;
    if (!this.#backwards) await this.#view.source.loading;
    const step = this.#backwards ? -1 : 1;
    // The first line on the screen counts where nothing has been looked at yet.
    const from = this.#backwards
      ? this.#view.top.line - 1
      : this.#view.top.line + (this.#view.top.line === 0 && this.#view.top.row === 0 ? 0 : 1);
    if (!(await this.#view.search(from, step, times))) this.#message = `Pattern not found${RETURN}`;
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
    this.#message = `${this.#view.options[option] ? off : on}${RETURN}`;
    await this.#draw();
    this.#message = "";
    await this.#wait();
    this.#view.options[option] = !this.#view.options[option];
    this.#view.left = 0;
    this.#view.top = { line: this.#view.top.line, row: 0 };
  }

  #open(index: number): void {
    const source = this.#sources[index];
    if (source === undefined) return;
    this.#index = index;
    this.#view.renew(source);
  }

  async #colon(): Promise<number | undefined> {
    await this.#screen.write(`\x1b[${this.#screen.size.rows};1H :\x1b[K`);
    const key = await this.#screen.key();
    if (key === "q" || key === "Q") return 0;
    if (key === "n" || key === "p" || key === "x") {
      const to = key === "x" ? 0 : this.#index + (key === "n" ? 1 : -1);
      if (this.#sources[to] === undefined) this.#message = `No ${key === "n" ? "next" : "previous"} file${RETURN}`;
      else {
        this.#open(to);
        this.#view.top = { line: 0, row: 0 };
        this.#fresh = true;
        await this.#view.source.loading;
      }
    } else if (key === "f") this.#message = await this.#information();
    else if (key === "e") this.#message = `:e is not available here${RETURN}`;
    return undefined;
  }

  async #information(): Promise<string> {
    const { complete, lines, bytes } = this.#view.source;
    const first = this.#view.top.line + 1;
    const last = Math.min(lines.length, this.#view.top.line + this.#view.page);
    const end = complete && last >= lines.length ? " (END)" : "";
    return `${this.#title} lines ${first}-${last}/${lines.length} byte ${bytes}${end} ${RETURN}`.trimStart();
  }

  /** v: the file in an editor, where less is. */
  async #editor(): Promise<undefined> {
    const { name } = this.#view.source;
    if (name === undefined) {
      this.#message = `Cannot edit standard input${RETURN}`;
      return undefined;
    }
    const { process } = this.#tool;
    const editor = process.env.get("VISUAL") ?? process.env.get("EDITOR") ?? "vi";
    try {
      await process.spawn({ argv: [...editor.split(/\s+/), `+${this.#view.top.line + 1}`, name] }).exited;
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.#message = `${editor}: ${error.message}${RETURN}`;
    }
    await this.#screen.again();
    return undefined;
  }
}
