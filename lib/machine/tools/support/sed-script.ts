/** The language of sed(1), read as GNU's compile.c reads it, with the places of its complaints. */
import { encodeText } from "../../bytes.ts";
import { compilePattern, type Pattern, PatternError } from "./regex.ts";
import { SedText } from "./sed-text.ts";
import type { AnyTool } from "./tool.ts";

/** What `v` is answered by. */
const SED_VERSION = "4.9";

function newerThan(wanted: string, own: string): boolean {
  const parts = (text: string): number[] => text.split(".").map(Number);
  const [mine, theirs] = [parts(own), parts(wanted === "" ? "0" : wanted)];
  for (let i = 0; i < 3; i++) if ((theirs[i] ?? 0) !== (mine[i] ?? 0)) return (theirs[i] ?? 0) > (mine[i] ?? 0);
  return false;
}

const BODY = "(?:\\[:[^\\]\\n]*:\\]|\\[\\.[^\\]\\n]*\\.\\]|\\[=[^\\]\\n]*=\\]|[^\\]\\n])*\\]";
/** What follows the bracket that opens a set, to its end; a bracket that closes and comes first is a member. */
const BRACKETS = new RegExp(`^\\^?(?:\\]${BODY}|(?!\\])${BODY})`);

/** What is wrong; the whole message. */
export class SedError extends Error {
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

export type Address =
  | { readonly type: "line"; readonly line: number }
  | { readonly type: "last" }
  | { readonly type: "step"; readonly first: number; readonly step: number }
  | { readonly type: "pattern"; readonly pattern: Pattern }
  /** Second addresses only: `addr,+N` and `addr,~N`. */
  | { readonly type: "count"; readonly count: number }
  | { readonly type: "multiple"; readonly of: number };

export interface Command {
  readonly name: string;
  readonly first: Address | undefined;
  readonly second: Address | undefined;
  readonly negated: boolean;
  /** Label, text, file or number. */
  text: string;
  /** Of `{`: where its `}` is. */
  jump: number;
  // What `s` and `y` need.
  readonly pattern?: Pattern;
  readonly replacement?: string;
  readonly global?: boolean;
  readonly occurrence?: number;
  readonly print?: boolean;
  readonly file?: string | undefined;
  readonly map?: ReadonlyMap<string, string>;
}

/** One `-e`, or one file of `-f`. */
export interface ScriptPart {
  readonly text: string;
  /** Undefined: an expression. */
  readonly file: string | undefined;
}

export interface Script {
  readonly commands: readonly Command[];
  /** Begins with "#n". */
  readonly quiet: boolean;
  /** Files that are written to, made empty before anything is done. */
  readonly outputs: readonly string[];
}

interface ScriptOptions {
  readonly extended: boolean;
  readonly posix: boolean;
  readonly sandbox: boolean;
}

export async function parseScript(
  tool: AnyTool,
  parts: readonly ScriptPart[],
  options: ScriptOptions,
): Promise<Script> {
  const parser = new ScriptParser(tool, options);
  const joined: ScriptPart[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    // A text that goes on does so in the next expression.
    if (
      before !== undefined &&
      part.file === undefined &&
      before.file === undefined &&
      /(?:^|[^\\])(?:\\\\)*\\$/.test(before.text)
    )
      joined[joined.length - 1] = { text: `${before.text}\n${part.text}`, file: undefined };
    else joined.push(part);
  }
  for (const [index, part] of joined.entries()) await parser.read(part, index);
  return parser.finish();
}

/** The pattern that was matched last, which an empty one stands for. */
class LastUsed {
  #last: Pattern | undefined;

  readonly pattern: Pattern = {
    // Whatever the other one has.
    groupCount: 9,
    isEmpty: false,
    find: (text, from) => {
      if (this.#last === undefined) throw new SedError("-e expression #1, char 0: no previous regular expression");
      return this.#last.find(text, from);
    },
  };

  remembering(pattern: Pattern): Pattern {
    const find: Pattern["find"] = (text, from) => {
      this.#last = pattern;
      return pattern.find(text, from);
    };
    return { groupCount: pattern.groupCount, isEmpty: pattern.isEmpty, find };
  }
}

class ScriptParser {
  readonly #tool: AnyTool;
  readonly #options: ScriptOptions;
  readonly #commands: Command[] = [];
  readonly #open: { readonly at: number; readonly where: string }[] = [];
  readonly #outputs: string[] = [];
  #quiet = false;
  readonly #used = new LastUsed();
  #text = "";
  #at = 0;
  #part: ScriptPart = { text: "", file: undefined };
  #expression = 0;

  constructor(tool: AnyTool, options: ScriptOptions) {
    this.#tool = tool;
    this.#options = options;
  }

  finish(): Script {
    const open = this.#open.at(-1);
    if (open !== undefined) throw new SedError(`${open.where} unmatched \`{'`);
    const labels = new Set(this.#commands.filter((each) => each.name === ":").map((each) => each.text));
    for (const { name, text } of this.#commands)
      if ("btT".includes(name) && text !== "" && !labels.has(text))
        throw new SedError(`can't find label for jump to \`${text}'`, 4);
    return { commands: this.#commands, quiet: this.#quiet, outputs: this.#outputs };
  }

  #where(position: number): string {
    const { file } = this.#part;
    if (file === undefined) {
      const bytes = encodeText(this.#text.slice(0, position)).length;
      return `-e expression #${this.#expression}, char ${bytes}:`;
    }
    const line = this.#text.slice(0, position).split("\n").length;
    return `file ${file} line ${line}:`;
  }

  #refuse(message: string): never {
    throw new SedError(`${this.#where(this.#at)} ${message}`);
  }

  /** The next character; undefined at the end. */
  #next(): string | undefined {
    return this.#at < this.#text.length ? this.#text[this.#at++] : undefined;
  }

  #nextNonBlank(): string | undefined {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
    return this.#next();
  }

  #back(character: string | undefined): void {
    if (character !== undefined) this.#at--;
  }

  #integer(first: string): number {
    let digits = first;
    while (/\d/.test(this.#text[this.#at] ?? "")) digits += this.#text[this.#at++];
    return Number(digits);
  }

  #endOfCommand(): void {
    const character = this.#nextNonBlank();
    if (character === "}" || character === "#") this.#back(character);
    else if (character !== undefined && character !== "\n" && character !== ";")
      this.#refuse("extra characters after command");
  }

  #line(): string {
    const end = this.#text.indexOf("\n", this.#at);
    const text = this.#text.slice(this.#at, end === -1 ? undefined : end);
    this.#at = end === -1 ? this.#text.length : end + 1;
    return text;
  }

  #label(): string {
    this.#back(this.#nextNonBlank());
    const text = /^[^\s;]*/.exec(this.#text.slice(this.#at))?.[0] ?? "";
    this.#at += text.length;
    return text;
  }

  #fileName(): string {
    this.#back(this.#nextNonBlank());
    const name = this.#line();
    if (name === "") this.#refuse("missing filename in r/R/w/W commands");
    return name;
  }

  /** Up to the delimiter; undefined where there is none. Brackets hide it in patterns. */
  #delimited(delimiter: string, pattern: boolean): string | undefined {
    let out = "";
    for (let character = this.#next(); character !== undefined; character = this.#next()) {
      if (character === delimiter) return out;
      if (character === "\n" && pattern) return undefined;
      if (pattern && character === "[") {
        const set = BRACKETS.exec(this.#text.slice(this.#at))?.[0];
        if (set === undefined) {
          this.#at = this.#text.length;
          return undefined;
        }
        out += character + set;
        this.#at += set.length;
        continue;
      }
      if (character !== "\\") {
        out += character;
        continue;
      }
      const escaped = this.#next();
      if (escaped === undefined) return undefined;
      if (escaped === delimiter) out += pattern ? SedText.delimiter(delimiter) : delimiter === "&" ? "\\&" : delimiter;
      else if (escaped === "n" && pattern) out += "\\n";
      else out += `\\${escaped}`;
    }
    return undefined;
  }

  #compile(text: string, flags: string): Pattern {
    if (text === "") return this.#used.pattern;
    try {
      const pattern = compilePattern(SedText.pattern(text), {
        syntax: this.#options.extended ? "extended" : "basic",
        ignoreCase: /i/i.test(flags),
        multiline: /m/i.test(flags),
        controlEscapes: true,
      });
      return this.#used.remembering(pattern);
    } catch (error) {
      if (error instanceof PatternError) this.#refuse(error.message);
      throw error;
    }
  }

  #address(character: string | undefined): Address | undefined {
    if (character === undefined) return undefined;
    if (character === "/" || character === "\\") {
      const delimiter = character === "\\" ? this.#next() : "/";
      const text = delimiter === undefined ? undefined : this.#delimited(delimiter, true);
      if (text === undefined) return this.#refuse("unterminated address regex");
      let flags = "";
      let flag = this.#nextNonBlank();
      for (; flag === "I" || flag === "M"; flag = this.#nextNonBlank()) flags += flag;
      this.#back(flag);
      return { type: "pattern", pattern: this.#compile(text, flags) };
    }
    if (/\d/.test(character)) {
      const first = this.#integer(character);
      const mark = this.#nextNonBlank();
      if (mark !== "~") {
        this.#back(mark);
        return { type: "line", line: first };
      }
      const digit = this.#nextNonBlank();
      if (digit !== undefined && /\d/.test(digit)) {
        const step = this.#integer(digit);
        return step > 0 ? { type: "step", first, step } : { type: "line", line: first };
      }
      this.#back(digit);
      return { type: "line", line: first };
    }
    if (character === "+" || character === "~") {
      const digit = this.#nextNonBlank();
      if (digit === undefined || !/\d/.test(digit)) return this.#refuse("expected number");
      const value = this.#integer(digit);
      return character === "+" ? { type: "count", count: value } : { type: "multiple", of: value };
    }
    return character === "$" ? { type: "last" } : undefined;
  }

  async read(part: ScriptPart, index: number): Promise<void> {
    this.#part = part;
    this.#text = part.text;
    this.#at = 0;
    if (part.file === undefined) this.#expression++;
    for (;;) {
      let character = this.#next();
      while (character !== undefined && /[;\s]/.test(character)) character = this.#next();
      if (character === undefined) return;
      const spent = this.#tool.spend(8);
      if (spent !== undefined) await spent;
      const first = this.#address(character);
      let second: Address | undefined;
      if (first !== undefined) {
        if (first.type === "count" || first.type === "multiple") this.#refuse(`unknown command: \`${character}'`);
        character = this.#nextNonBlank();
        if (character === ",") {
          second = this.#address(this.#nextNonBlank()) ?? this.#refuse("unexpected `,'");
          character = this.#nextNonBlank();
        }
        const zero = first.type === "line" && first.line === 0;
        if (zero && second?.type !== "pattern" && !(character === "r" && second === undefined))
          this.#refuse("invalid usage of line address 0");
        if (second?.type === "step") second = { type: "line", line: second.first };
      }
      let negated = false;
      if (character === "!") {
        negated = true;
        character = this.#nextNonBlank();
        if (character === "!") this.#refuse("multiple `!'s");
      }
      if (character === undefined) return this.#refuse("missing command");
      if (character === "#") {
        if (first !== undefined) this.#refuse("comments don't accept any addresses");
        if (index === 0 && this.#at === 1 && /^#n(?:\n|$)/.test(this.#text)) this.#quiet = true;
        this.#line();
        continue;
      }
      this.#command({ name: character, first, second, negated, text: "", jump: 0 });
    }
  }

  #command(base: Command): void {
    const { name } = base;
    const add = (command: Command) => void this.#commands.push(command);
    switch (name) {
      case "{":
        this.#open.push({ at: this.#commands.length, where: this.#where(0) });
        add(base);
        return;
      case "}": {
        const open = this.#open.pop() ?? this.#refuse("unexpected `}'");
        if (base.first !== undefined) this.#refuse("} doesn't want any addresses");
        (this.#commands[open.at] as Command).jump = this.#commands.length;
        add(base);
        this.#endOfCommand();
        return;
      }
      case "=":
      case "d":
      case "D":
      case "F":
      case "g":
      case "G":
      case "h":
      case "H":
      case "n":
      case "N":
      case "p":
      case "P":
      case "x":
      case "z":
        add(base);
        this.#endOfCommand();
        return;
      case "q":
      case "Q":
      case "l":
      case "L": {
        if (name === "L") this.#refuse("unknown command: `L'");
        if (base.second !== undefined && name !== "l") this.#refuse("command only uses one address");
        const digit = this.#nextNonBlank();
        if (digit !== undefined && /\d/.test(digit)) base.text = String(this.#integer(digit));
        else this.#back(digit);
        add(base);
        this.#endOfCommand();
        return;
      }
      case "v": {
        const version = this.#label();
        if (newerThan(version, SED_VERSION)) this.#refuse("expected newer version of sed");
        this.#endOfCommand();
        return;
      }
      case ":":
        if (base.first !== undefined) this.#refuse(": doesn't want any addresses");
        base.text = this.#label();
        if (base.text === "") this.#refuse('":" lacks a label');
        add(base);
        return;
      case "b":
      case "t":
      case "T": {
        this.#back(this.#nextNonBlank());
        base.text = /^[^\s;}]*/.exec(this.#text.slice(this.#at))?.[0] ?? "";
        this.#at += base.text.length;
        add(base);
        this.#endOfCommand();
        return;
      }
      case "r":
      case "R":
      case "w":
      case "W":
        if (this.#options.sandbox) this.#refuse("e/r/w commands disabled in sandbox mode");
        base.text = this.#fileName();
        if (name === "w" || name === "W") this.#outputs.push(base.text);
        add(base);
        return;
      case "e":
        if (this.#options.sandbox) this.#refuse("e/r/w commands disabled in sandbox mode");
        this.#refuse("the `e' command is not supported here");
        break;
      case "a":
      case "i":
      case "c":
        base.text = this.#insertedText();
        add(base);
        return;
      case "y":
        add({ ...base, map: this.#transliteration() });
        this.#endOfCommand();
        return;
      case "s":
        add(this.#substitution(base));
        return;
      default:
        this.#refuse(`unknown command: \`${name}'`);
    }
  }

  #insertedText(): string {
    let character = this.#nextNonBlank();
    if (character === undefined) this.#refuse("expected \\ after `a', `c' or `i'");
    if (character === "\\") {
      character = this.#next();
      const start = this.#at;
      if (character === " " || character === "\t") character = this.#nextNonBlank();
      if (character !== "\n") {
        // GNU: what follows on the same line is the text already.
        this.#at = start;
        this.#back(character === undefined ? undefined : "x");
      }
    } else this.#back(character);
    let text = "";
    for (character = this.#next(); character !== undefined && character !== "\n"; character = this.#next()) {
      if (character !== "\\") {
        text += character;
        continue;
      }
      const [made, length] = SedText.escape(this.#text, this.#at - 1);
      if (made !== undefined) {
        text += made;
        this.#at += length - 1;
        continue;
      }
      text += this.#next() ?? "";
    }
    return text;
  }

  #transliteration(): ReadonlyMap<string, string> {
    const unterminated = "unterminated `y' command";
    const delimiter = this.#next() ?? this.#refuse(unterminated);
    const from = this.#delimited(delimiter, false) ?? this.#refuse(unterminated);
    const to = this.#delimited(delimiter, false) ?? this.#refuse(unterminated);
    const [left, right] = [SedText.plain(from), SedText.plain(to)];
    if (left.length !== right.length) this.#refuse("strings for `y' command are different lengths");
    return new Map(left.map((character, index) => [character, right[index] as string]));
  }

  #substitution(base: Command): Command {
    const unterminated = "unterminated `s' command";
    const delimiter = this.#next() ?? this.#refuse(unterminated);
    const text = this.#delimited(delimiter, true) ?? this.#refuse(unterminated);
    const replacement = this.#delimited(delimiter, false) ?? this.#refuse(unterminated);
    let flags = "";
    let occurrence = 0;
    let file: string | undefined;
    for (let ended = false; !ended; ) {
      const flag = this.#next();
      switch (flag) {
        case "i":
        case "I":
        case "m":
        case "M":
          flags += flag;
          break;
        case "e":
          this.#refuse(
            this.#options.sandbox ? "e/r/w commands disabled in sandbox mode" : "the `e' flag is not supported here",
          );
          break;
        case "p":
        case "g":
          if (flags.includes(flag)) this.#refuse(`multiple \`${flag}' options to \`s' command`);
          flags += flag;
          break;
        case " ":
          break;
        case "w":
          if (this.#options.sandbox) this.#refuse("e/r/w commands disabled in sandbox mode");
          file = this.#fileName();
          this.#outputs.push(file);
          ended = true;
          break;
        case "}":
        case "#":
          this.#back(flag);
          ended = true;
          break;
        case undefined:
        case "\n":
        case ";":
          ended = true;
          break;
        default:
          if (/\d/.test(flag)) {
            if (occurrence > 0) this.#refuse("multiple number options to `s' command");
            occurrence = this.#integer(flag);
            if (occurrence === 0) this.#refuse("number option to `s' command may not be zero");
          } else if (!(flag === "\r" && this.#next() === "\n")) this.#refuse("unknown option to `s'");
          else ended = true;
      }
    }
    const pattern = this.#compile(text, flags);
    const highest = Math.max(
      0,
      ...[...replacement.replace(/\\\\/g, "").matchAll(/\\(\d)/g)].map((match) => Number(match[1])),
    );
    if (highest > pattern.groupCount) this.#refuse(`invalid reference \\${highest} on \`s' command's RHS`);
    return {
      ...base,
      pattern,
      replacement,
      global: flags.includes("g"),
      occurrence: occurrence || 1,
      print: flags.includes("p"),
      file,
    };
  }
}
