/** fmt: refills paragraphs by what a line break costs (coreutils' src/fmt.c). */
import { toBinary } from "./support/binary.ts";
import { fillCosts, flushPoint, type Word } from "./support/fill.ts";
import { numberOption } from "./support/numbers.ts";
import { type AnyTool, type Lines, type Tool, tool } from "./support/tool.ts";

/** As many words and bytes as are held before a paragraph that goes on is printed in part. */
const MAX_WORDS = 1000;
const MAX_CHARACTERS = 5000;
const DEFAULT_WIDTH = 75;
const TAB = 8;
/** The other lines' indent of a tagged paragraph whose lines tell none. */
const DEFAULT_INDENT = 3;
const END = "";

const OPTIONS = {
  crown: { short: "c", long: "crown-margin" },
  prefix: { short: "p", long: "prefix", value: true },
  split: { short: "s", long: "split-only" },
  tagged: { short: "t", long: "tagged-paragraph" },
  uniform: { short: "u", long: "uniform-spacing" },
  width: { short: "w", long: "width", value: true },
  goal: { short: "g", long: "goal", value: true },
} as const;

interface Settings {
  readonly kind: "crown" | "split" | "tagged" | "plain";
  readonly uniform: boolean;
  readonly width: number;
  readonly goal: number;
  /** Without the blanks around it, which count in these. */
  readonly prefix: string;
  readonly leadingBlanks: number;
  readonly fullLength: number;
}

/** `-72` counts as the first word alone: anywhere else its digits are no options. */
function widthFirst(words: readonly string[]): readonly string[] | { readonly wrong: string } {
  const [first = "", ...others] = words;
  const rewritten = /^-\d/.test(first) ? ["-w", first.slice(1), ...others] : words;
  for (const [index, word] of rewritten.entries()) {
    if (word === "--") break;
    const digit = /^-[cstu]*(\d)/.exec(word)?.[1];
    const isValue = index > 0 && /^(?:-[cstu]*[wgp]|--(?:w|g|p)[a-z]*)$/.test(rewritten[index - 1] as string);
    if (digit !== undefined && !isValue)
      return {
        wrong: `invalid option -- ${digit}; -WIDTH is recognized only when it is the first\noption; use -w N instead`,
      };
  }
  return rewritten;
}

export const fmt = tool(
  {
    name: "fmt",
    usage: "[-WIDTH] [OPTION]... [FILE]...",
    summary: "Reformat each paragraph in the FILE(s), writing to standard output.",
    rewrite: widthFirst,
    options: OPTIONS,
  },
  async (tool) => {
    const settings = await settingsOf(tool);
    await tool.eachInput(
      async (reader, name) => {
        try {
          await new Formatter(tool, tool.lines(reader, { binary: true }), settings).run();
        } finally {
          if (name === "-") await tool.out.flush();
        }
      },
      {
        words: (name, error) =>
          error.code === "EISDIR" ? "read error" : `cannot open ${tool.named(name)} for reading: ${error.message}`,
      },
    );
    return tool.status;
  },
);

async function settingsOf(tool: Tool<typeof OPTIONS>): Promise<Settings> {
  const given = toBinary(tool.value("prefix") ?? "");
  const blanks = /^ */.exec(given)?.[0].length ?? 0;
  const kept = given.slice(blanks);
  const widthText = tool.value("width");
  let width = DEFAULT_WIDTH;
  if (widthText !== undefined)
    width = await numberOption(tool, widthText, "invalid width", { max: BigInt(MAX_CHARACTERS / 2) });
  const goalText = tool.value("goal");
  let goal = Math.floor((width * 187) / 200);
  if (goalText !== undefined) {
    goal = await numberOption(tool, goalText, "invalid width", { max: BigInt(width) });
    if (widthText === undefined) width = goal + 10;
  }
  return {
    kind: tool.has("split") ? "split" : tool.has("crown") ? "crown" : tool.has("tagged") ? "tagged" : "plain",
    uniform: tool.has("uniform"),
    width,
    goal,
    prefix: kept.replace(/ +$/, ""),
    leadingBlanks: blanks,
    fullLength: kept.length,
  };
}

/** One input. Columns are bytes, as coreutils counts them. */
class Formatter {
  readonly #tool: AnyTool;
  readonly #lines: AsyncGenerator<string[]>;
  readonly #source: Lines;
  readonly #settings: Settings;
  #batch: readonly string[] = [];
  #row = 0;
  /** The line that is read, with its newline where it has one, and how far. */
  #line = "";
  #at = 0;
  #tabs = false;
  #inColumn = 0;
  #outColumn = 0;
  #nextIndent = 0;
  #prefixIndent = 0;
  #firstIndent = 0;
  #otherIndent = 0;
  #lastLength = 0;
  #words: Word[] = [];
  /** Bytes of the words held. */
  #held = 0;

  constructor(tool: AnyTool, lines: Lines, settings: Settings) {
    this.#tool = tool;
    this.#source = lines;
    this.#lines = lines[Symbol.asyncIterator]();
    this.#settings = settings;
  }

  async run(): Promise<void> {
    let next = await this.#startLine();
    for (;;) {
      const after = await this.#paragraph(next);
      if (after === undefined) return;
      await this.#fill();
      await this.#print(this.#words.length);
      next = after;
    }
  }

  /** Reads over the next line's prefix: the character after it. */
  async #startLine(): Promise<string> {
    if (this.#row >= this.#batch.length) {
      this.#batch = (await this.#lines.next()).value ?? [];
      this.#row = 0;
    }
    const line = this.#batch[this.#row++];
    const last = this.#row === this.#batch.length;
    this.#line = line === undefined ? "" : last && !this.#source.terminated ? line : `${line}\n`;
    this.#at = 0;
    this.#inColumn = 0;
    const { prefix, leadingBlanks } = this.#settings;
    let next = this.#space(this.#character());
    if (prefix === "") {
      this.#nextIndent = Math.min(leadingBlanks, this.#inColumn);
      return next;
    }
    this.#nextIndent = this.#inColumn;
    for (const expected of prefix) {
      if (next !== expected) return next;
      this.#inColumn++;
      next = this.#character();
    }
    return this.#space(next);
  }

  #character(): string {
    return this.#line.charAt(this.#at++);
  }

  #space(first: string): string {
    for (let next = first; ; next = this.#character()) {
      if (next === " ") this.#inColumn++;
      else if (next === "\t") {
        this.#tabs = true;
        this.#inColumn = (Math.floor(this.#inColumn / TAB) + 1) * TAB;
      } else return next;
    }
  }

  /** Whether the line that `next` begins belongs to the paragraph. */
  #continues(next: string): boolean {
    return this.#nextIndent === this.#prefixIndent && this.#hasPrefix() && next !== "\n" && next !== END;
  }

  #hasPrefix(): boolean {
    return this.#inColumn >= this.#nextIndent + this.#settings.fullLength;
  }

  /** Collects one, after copying what is none: the first character after it, or undefined at the end. */
  async #paragraph(first: string): Promise<string | undefined> {
    const { kind, leadingBlanks } = this.#settings;
    this.#lastLength = 0;
    let next = first;
    while (next === "\n" || next === END || this.#nextIndent < leadingBlanks || !this.#hasPrefix()) {
      if ((await this.#copyRest(next)) === END) return undefined;
      await this.#tool.out.writeBinary("\n");
      const spent = this.#tool.spend(1 + (this.#line.length >> 5));
      if (spent !== undefined) await spent;
      next = await this.#startLine();
    }
    this.#prefixIndent = this.#nextIndent;
    this.#firstIndent = this.#inColumn;
    this.#words = [];
    this.#held = 0;
    next = await this.#readLine(next);
    this.#setOtherIndent(this.#continues(next));
    const more =
      kind === "crown"
        ? this.#continues(next)
        : kind === "tagged"
          ? this.#continues(next) && this.#inColumn !== this.#firstIndent
          : kind === "plain" && this.#continues(next) && this.#inColumn === this.#otherIndent;
    if (more)
      do next = await this.#readLine(next);
      while (this.#continues(next) && this.#inColumn === this.#otherIndent);
    const last = this.#words.at(-1);
    if (last !== undefined) {
      last.period = true;
      last.final = true;
    }
    return next;
  }

  #setOtherIndent(same: boolean): void {
    const { kind } = this.#settings;
    const [first, column] = [this.#firstIndent, this.#inColumn];
    if (kind === "crown") this.#otherIndent = same ? column : first;
    else if (kind !== "tagged") this.#otherIndent = first;
    else if (same && column !== first) this.#otherIndent = column;
    // A single line keeps the indent of the paragraph before, unless that is its own.
    else if (this.#otherIndent === first) this.#otherIndent = first === 0 ? DEFAULT_INDENT : 0;
  }

  /** Copies a line that is in no paragraph: what ended it. */
  async #copyRest(next: string): Promise<string> {
    const { prefix } = this.#settings;
    this.#outColumn = 0;
    let text = "";
    if (this.#inColumn > this.#nextIndent || (next !== "\n" && next !== END)) {
      text += this.#blanks(this.#nextIndent);
      for (let at = 0; this.#outColumn !== this.#inColumn && at < prefix.length; this.#outColumn++)
        text += prefix[at++];
      if (next !== END && next !== "\n") text += this.#blanks(this.#inColumn - this.#outColumn);
      if (next === END && this.#inColumn >= this.#nextIndent + prefix.length) text += "\n";
    }
    let end = next;
    if (next !== "\n" && next !== END) {
      end = this.#line.endsWith("\n") ? "\n" : END;
      text += next + this.#line.slice(this.#at, end === END ? undefined : -1);
    }
    await this.#tool.out.writeBinary(text);
    return end;
  }

  /** Adds a line's words: the first character of the next line. */
  async #readLine(first: string): Promise<string> {
    let next = first;
    do {
      let from = this.#at - 1;
      let begun = "";
      do {
        if (this.#held === MAX_CHARACTERS) {
          this.#setOtherIndent(true);
          begun += this.#line.slice(from, this.#at - 1);
          from = this.#at - 1;
          if (this.#words.length > 0) await this.#flush(undefined, begun.length);
          else {
            await this.#tool.out.writeBinary(begun);
            begun = "";
            this.#held = 0;
            const spent = this.#tool.spend(MAX_CHARACTERS >> 4);
            if (spent !== undefined) await spent;
          }
        }
        this.#held++;
        next = this.#character();
      } while (next !== END && !/[ \t\n\v\f\r]/.test(next));
      const text = begun + this.#line.slice(from, next === END ? undefined : this.#at - 1);
      this.#inColumn += text.length;
      const word = wordOf(text);
      const start = this.#inColumn;
      next = this.#space(next);
      word.space = this.#inColumn - start;
      word.final = next === END || (word.period && (next === "\n" || word.space > 1));
      if (next === "\n" || next === END || this.#settings.uniform) word.space = word.final ? 2 : 1;
      if (this.#words.length === MAX_WORDS - 2) {
        this.#setOtherIndent(true);
        await this.#flush(word, text.length);
      } else this.#words.push(word);
    } while (next !== "\n" && next !== END);
    return this.#startLine();
  }

  /** Prints the part of a paragraph that is too long to hold; `word` then follows what is kept. */
  async #flush(word: Word | undefined, extra: number): Promise<void> {
    await this.#fill();
    const split = flushPoint(this.#words);
    await this.#print(split);
    this.#words = this.#words.slice(split);
    this.#held = extra;
    for (const kept of this.#words) this.#held += kept.text.length;
    if (word !== undefined) this.#words.push(word);
  }

  async #fill(): Promise<void> {
    const { width, goal } = this.#settings;
    const steps = fillCosts(this.#words, {
      width,
      goal,
      firstIndent: this.#firstIndent,
      otherIndent: this.#otherIndent,
      lastLength: this.#lastLength,
    });
    const spent = this.#tool.spend(1 + (steps >> 3));
    if (spent !== undefined) await spent;
  }

  async #print(finish: number): Promise<void> {
    const words = this.#words;
    const { prefix } = this.#settings;
    for (let at = 0; at < finish; ) {
      const end = (words[at] as Word).nextBreak;
      this.#outColumn = 0;
      let text = this.#blanks(this.#prefixIndent) + prefix;
      this.#outColumn += prefix.length;
      text += this.#blanks((at === 0 ? this.#firstIndent : this.#otherIndent) - this.#outColumn);
      for (; at < end; at++) {
        const word = words[at] as Word;
        text += word.text;
        this.#outColumn += word.text.length;
        if (at < end - 1) text += this.#blanks(word.space);
      }
      this.#lastLength = this.#outColumn;
      const full = this.#tool.out.writeBinary(`${text}\n`);
      if (full !== undefined) await full;
    }
  }

  /** So many columns of blanks: with tabs where the input has any. */
  #blanks(count: number): string {
    const target = this.#outColumn + count;
    let text = "";
    if (this.#tabs) {
      const stop = Math.floor(target / TAB) * TAB;
      if (this.#outColumn + 1 < stop)
        for (; this.#outColumn < stop; this.#outColumn = (Math.floor(this.#outColumn / TAB) + 1) * TAB) text += "\t";
    }
    if (this.#outColumn < target) {
      text += " ".repeat(target - this.#outColumn);
      this.#outColumn = target;
    }
    return text;
  }
}

function wordOf(text: string): Word {
  let finish = text.length - 1;
  while (finish > 0 && ")]'\"".includes(text[finish] as string)) finish--;
  return {
    text,
    space: 0,
    paren: "(['`\"".includes(text[0] as string),
    punct: /[!-/:-@[-`{-~]$/.test(text),
    period: ".?!".includes(text[finish] as string),
    final: false,
    bestCost: 0,
    nextBreak: 0,
    lineLength: 0,
  };
}
