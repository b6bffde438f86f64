/** How grep(1) searches one input and prints what it finds. */
import { encodeText } from "../../bytes.ts";
import type { ByteReader } from "../../types.ts";
import type { GrepColors } from "./grep-colors.ts";
import type { Match } from "./regex.ts";
import { type AnyTool, Lines } from "./tool.ts";

export interface GrepSettings {
  /** The first match at or after a place in a line. */
  readonly find: (line: string, from: number) => Match | undefined;
  readonly cost: number;
  readonly invert: boolean;
  readonly after: number;
  readonly before: number;
  /** Context was asked for, be it of no lines: groups are kept apart. */
  readonly grouped: boolean;
  readonly most: number;
  readonly showName: boolean;
  readonly number: boolean;
  readonly offset: boolean;
  readonly only: boolean;
  /** Only whether there is a match, or how many lines. */
  readonly count: boolean;
  readonly firstOnly: boolean;
  readonly tabs: boolean;
  /** NUL after names. */
  readonly null: boolean;
  readonly zero: boolean;
  readonly binary: "text" | "binary" | "without-match";
  readonly colors: GrepColors | undefined;
  /** Between groups of lines; undefined: nothing. */
  readonly between: string | undefined;
  readonly utf8: boolean;
}

/** Bytes that are looked at for a NUL before anything is printed. */
const LOOK = 32_768;
const INVALID = /[\udc80-\udcff]/;
const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Gives what was read ahead again, then the rest. */
class Replayed implements ByteReader {
  readonly #reader: ByteReader;
  readonly #pieces: Uint8Array[];
  constructor(pieces: Uint8Array[], reader: ByteReader) {
    this.#pieces = pieces;
    this.#reader = reader;
  }
  async read(max?: number): Promise<Uint8Array | null> {
    return this.#pieces.shift() ?? this.#reader.read(max);
  }
  close(): void {
    this.#reader.close();
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) yield chunk;
  }
}

const bytesIn = (text: string) => (/^[\x00-\x7f]*$/.test(text) ? text.length : encodeText(text).length);

/** One input; a new one for each, but for whether anything was printed before (separators of groups). */
export class GrepSearch {
  readonly #tool: AnyTool;
  readonly #settings: GrepSettings;
  #printed = false;

  constructor(tool: AnyTool, settings: GrepSettings) {
    this.#tool = tool;
    this.#settings = settings;
  }

  paint(code: string, text: string): string {
    const { colors } = this.#settings;
    if (colors === undefined || code === "" || text === "") return text;
    const erase = colors.noErase ? "" : "\x1b[K";
    return `\x1b[${code}m${erase}${text}\x1b[m${erase}`;
  }

  /** How many lines were selected. */
  async run(reader: ByteReader, name: string): Promise<number> {
    const { settings } = { settings: this.#settings };
    const { most, invert, before, after, find } = settings;
    if (most === 0) return 0;
    const ahead = await reader.read(LOOK);
    const pieces = ahead === null ? [] : [ahead];
    let binary = settings.binary !== "text" && !settings.zero && (ahead?.includes(0) ?? false);
    if (binary && settings.binary === "without-match") return 0;
    const binaryFrom = binary;
    let count = 0;
    let number = 0;
    let offset = 0;
    let lastShown = -1;
    let owed = 0;
    let held: { readonly text: string; readonly number: number; readonly offset: number }[] = [];
    let stopped = false;
    let said = false;
    const lines = new Lines(this.#tool, new Replayed(pieces, reader), settings.zero);
    const show = async (text: string, at: number, from: number, match: Match | undefined): Promise<boolean> => {
      if (
        settings.binary !== "text" &&
        !settings.only &&
        settings.utf8 &&
        INVALID.test(text) &&
        INVALID.test(text.replace(PAIR, ""))
      ) {
        binary = true;
        return false;
      }
      lastShown = at;
      this.#printed = true;
      await this.#print(name, text, at, from, match, match === undefined);
      return true;
    };
    search: for (let batch = await lines.batch(); batch !== null; batch = await lines.batch()) {
      for (const line of batch) {
        number++;
        const at = offset;
        if (settings.offset) offset += bytesIn(line) + 1;
        const spent = this.#tool.spend(1 + (line.length >> 4) * settings.cost);
        if (spent !== undefined) await spent;
        const match = find(line, 0);
        const selected = (match !== undefined) !== invert;
        if (count >= most) {
          // Past the last one only its context is wanted.
          if (owed === 0) break search;
          owed--;
          if (!(await show(line, number, at, undefined))) break search;
          continue;
        }
        if (stopped && !selected) break search;
        if (!selected) {
          if (owed > 0) {
            owed--;
            if (!(await show(line, number, at, undefined))) break search;
          } else if (before > 0) {
            held.push({ text: line, number, offset: at });
            if (held.length > before) held.shift();
          }
          continue;
        }
        count++;
        if (settings.firstOnly) break search;
        if (settings.count) {
          if (count >= most) break search;
          continue;
        }
        if (binaryFrom) {
          said = true;
          break search;
        }
        if (settings.grouped && this.#printed && (held[0]?.number ?? number) > lastShown + 1) await this.#separate();
        for (const each of held) {
          if (!(await show(each.text, each.number, each.offset, undefined))) stopped = true;
          if (stopped) break search;
        }
        held = [];
        owed = after;
        // With -v what is selected has no match in it.
        if (!(await show(line, number, at, match ?? { start: -1, end: -1, groups: [] }))) {
          // A block of lines without matches is printed to its end, but for those that are no text.
          if (!invert) break search;
          stopped = true;
        }
        if (count >= most && after === 0) break search;
      }
    }
    if ((said || (binary && !binaryFrom)) && settings.binary === "binary") {
      await this.#tool.complain(`${name}: binary file matches`, 0);
    }
    return count;
  }

  async #separate(): Promise<void> {
    const { between, colors } = this.#settings;
    if (between !== undefined) await this.#write(`${this.paint(colors?.separator ?? "", between)}\n`);
  }

  async #write(text: string): Promise<void> {
    const full = this.#tool.out.write(text);
    if (full !== undefined) await full;
  }

  prefix(name: string, number: number, offset: number, separator: string): string {
    const { colors, showName, number: numbers, offset: offsets, tabs } = this.#settings;
    const mark = this.paint(colors?.separator ?? "", separator);
    const width = tabs ? 3 : 0;
    let out = "";
    if (showName) out += this.paint(colors?.file ?? "", name) + (this.#settings.null ? "\0" : mark);
    if (numbers) out += this.paint(colors?.line ?? "", String(number).padStart(width)) + mark;
    if (offsets) out += this.paint(colors?.offset ?? "", String(offset).padStart(width)) + mark;
    if (tabs && (showName || numbers || offsets)) out += "\t";
    return out;
  }

  async #print(
    name: string,
    line: string,
    number: number,
    at: number,
    match: Match | undefined,
    context: boolean,
  ): Promise<void> {
    const { settings } = { settings: this.#settings };
    const { colors, find, invert, only } = settings;
    const end = settings.zero ? "\0" : "\n";
    const separator = context ? "-" : ":";
    if (only) {
      if (context || invert) return;
      for (let next = match; next !== undefined; ) {
        if (next.end > next.start) {
          const from = at + (settings.offset ? bytesIn(line.slice(0, next.start)) : 0);
          const part = this.paint(colors?.match ?? "", line.slice(next.start, next.end));
          await this.#write(this.prefix(name, number, from, separator) + part + end);
        }
        const spent = this.#tool.spend(1 + (line.length >> 4));
        if (spent !== undefined) await spent;
        const from = next.end > next.start ? next.end : next.start + 1;
        next = from > line.length ? undefined : find(line, from);
      }
      return;
    }
    let shown = line;
    if (colors !== undefined) {
      const whole = context !== (invert && colors.reverse) ? colors.context : colors.selected;
      // Where lines are inverted it is the context that has the matches.
      const code = context === invert ? (context ? colors.contextMatch : colors.match) : "";
      if (code !== "" && (!context || invert)) shown = await this.#painted(line, code, whole);
      else shown = this.paint(whole, line);
    }
    await this.#write(this.prefix(name, number, at, separator) + shown + end);
  }

  async #painted(line: string, code: string, whole: string): Promise<string> {
    let shown = "";
    let from = 0;
    for (let at = 0; at <= line.length; ) {
      const next = this.#settings.find(line, at);
      if (next === undefined) break;
      if (next.end > next.start) {
        shown += this.paint(whole, line.slice(from, next.start)) + this.paint(code, line.slice(next.start, next.end));
        from = next.end;
      }
      at = next.end > next.start ? next.end : next.start + 1;
      const spent = this.#tool.spend(1 + (line.length >> 4));
      if (spent !== undefined) await spent;
    }
    return shown + this.paint(whole, line.slice(from));
  }
}
