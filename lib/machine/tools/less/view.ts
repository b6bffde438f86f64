/** What of a text is on the screen, and how it is gone about in. */
import type { WindowSize } from "../../types.ts";
import { type Pattern, PatternError } from "../support/regex.ts";
import { foldLine, type Hit } from "./fold.ts";
import type { Source } from "./source.ts";

/** From this many characters on a line's rows are kept. */
const LONG = 8192;

/** A row of the screen by its line and the row within the line. */
export interface Place {
  readonly line: number;
  readonly row: number;
}

export interface Options {
  /** Long lines are cut at the right edge. */
  chop: boolean;
  numbers: boolean;
  /** Colours are shown as such. */
  raw: boolean;
  ignoreCase: boolean;
}

export class View {
  source: Source;
  readonly options: Options;
  top: Place = { line: 0, row: 0 };
  /** The first column that is shown, where lines are cut. */
  left = 0;
  pattern: Pattern | undefined;
  highlight = true;
  #filter: Pattern | undefined;
  #shown: number[] | undefined;
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
  readonly #size: () => WindowSize;
  readonly #spend: (units: number) => Promise<void> | void;

  constructor(
    source: Source,
    options: Options,
    size: () => WindowSize,
    spend: (units: number) => Promise<void> | void,
  ) {
    this.source = source;
    this.options = options;
    this.#size = size;
    this.#spend = spend;
  }

  /** Rows for text. */
  get page(): number {
    return this.#size().rows - 1;
  }

  /** Only lines that have it are shown; undefined: all. */
  get filter(): Pattern | undefined {
    return this.#filter;
  }

  set filter(filter: Pattern | undefined) {
    this.#filter = filter;
    this.#shown = undefined;
    this.top = { line: 0, row: 0 };
  }

  /** Another text, or the same with more lines. */
  renew(source: Source): void {
    this.source = source;
    this.#shown = undefined;
  }

  /** Lines that are shown: all, or those a pattern lets through. */
  async visible(): Promise<number> {
    if (this.#filter === undefined) return this.source.lines.length;
    if (this.#shown === undefined) {
      this.#shown = [];
      for (const [index, line] of this.source.lines.entries()) {
        await this.#spend(1 + (line.length >> 5));
        if (this.#find(this.#filter, line, 0) !== undefined) this.#shown.push(index);
      }
    }
    return this.#shown.length;
  }

  #lineAt(index: number): string | undefined {
    const line = this.#shown === undefined ? index : this.#shown[index];
    return line === undefined ? undefined : this.source.lines[line];
  }

  /** The rows a line takes, with what stands out in them. */
  async rowsOf(index: number): Promise<readonly string[]> {
    const line = this.#lineAt(index) ?? "";
    if (line.length < LONG) return this.#fold(index, line);
    const { columns } = this.#size();
    const kept = this.#folded;
    const key = [index, columns, this.left, this.highlight, ...Object.values(this.options)].join();
    if (kept?.line === line && kept.key === key && kept.pattern === this.pattern && kept.filter === this.#filter)
      return kept.rows;
    const rows = await this.#fold(index, line);
    this.#folded = { line, key, pattern: this.pattern, filter: this.#filter, rows };
    return rows;
  }

  /** Where the pattern is found, as far as it can be tried on the line. */
  async #hitsIn(line: string): Promise<readonly Hit[]> {
    const hits: Hit[] = [];
    if (!this.highlight || this.pattern === undefined || this.#filter !== undefined) return hits;
    for (let at = 0; ; ) {
      const match = this.#find(this.pattern, line, at);
      if (match === undefined || match.end <= match.start) return hits;
      hits.push(match);
      const paid = this.#spend(1 + ((match.end - at) >> 5));
      if (paid !== undefined) await paid;
      at = match.end;
    }
  }

  /** A line that is too long for the pattern does not have it. */
  #find(pattern: Pattern, line: string, from: number): Hit | undefined {
    try {
      return pattern.find(line, from);
    } catch (error) {
      if (error instanceof PatternError) return undefined;
      throw error;
    }
  }

  /** Goes on by rows, until the last one is at the bottom. */
  async forward(count: number): Promise<void> {
    const last = await this.bottom();
    let { line, row } = this.top;
    const past = (place: Place) => place.line > last.line || (place.line === last.line && place.row >= last.row);
    for (let n = 0; n < count && !past({ line, row }); n++) {
      if (row + 1 < (await this.rowsOf(line)).length) row++;
      else {
        line++;
        row = 0;
      }
    }
    this.top = { line, row };
  }

  /** Goes back by rows. */
  async back(count: number): Promise<void> {
    let { line, row } = this.top;
    for (let n = 0; n < count && (line > 0 || row > 0); n++) {
      if (row > 0) row--;
      else {
        line--;
        row = (await this.rowsOf(line)).length - 1;
      }
    }
    this.top = { line, row };
  }

  /** Where the top is when the last row is at the bottom. */
  async bottom(): Promise<Place> {
    const total = await this.visible();
    let left = this.page;
    for (let line = total - 1; line >= 0; line--) {
      const rows = (await this.rowsOf(line)).length;
      if (rows >= left) return { line, row: rows - left };
      left -= rows;
    }
    return { line: 0, row: 0 };
  }

  /** The `count`th line that has the pattern, to the top. False where there is none. */
  async search(from: number, step: number, count = 1): Promise<boolean> {
    const total = await this.visible();
    let left = count;
    for (let index = from; index >= 0 && index < total; index += step) {
      const line = this.#lineAt(index) ?? "";
      await this.#spend(1 + (line.length >> 5));
      if (this.pattern === undefined || this.#find(this.pattern, line, 0) === undefined || --left > 0) continue;
      this.top = { line: index, row: 0 };
      return true;
    }
    return false;
  }

  async #fold(index: number, line: string): Promise<string[]> {
    const number = (this.#shown?.[index] ?? index) + 1;
    const gutter = this.options.numbers ? `${String(number).padStart(7)} ` : "";
    const width = Math.max(1, this.#size().columns - gutter.length);
    const { chop, raw } = this.options;
    return foldLine(line, await this.#hitsIn(line), { gutter, width, chop, raw, left: this.left }, this.#spend);
  }
}
