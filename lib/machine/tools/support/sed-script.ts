/** The language of sed(1). */

import { compilePattern, type Pattern } from "./regex.ts";
import type { AnyTool } from "./tool.ts";

/** Escapes in the text of a, i and c. */
const TEXT_ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", a: "\x07", f: "\f", v: "\v", r: "\r" };

/** What `v` is answered by. */
const SED_VERSION = "4.9";

function newerThan(wanted: string, own: string): boolean {
  const parts = (text: string): number[] => text.split(".").map(Number);
  const [mine, theirs] = [parts(own), parts(wanted === "" ? "0" : wanted)];
  for (let i = 0; i < 3; i++) if ((theirs[i] ?? 0) !== (mine[i] ?? 0)) return (theirs[i] ?? 0) > (mine[i] ?? 0);
  return false;
}

export class SedError extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
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
  /** Label, text, file or exit status. */
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

export async function parseScript(tool: AnyTool, script: string, extended: boolean): Promise<Command[]> {
  const commands: Command[] = [];
  const open: number[] = [];
  let at = 0;
  let lastPattern: Pattern | undefined;
  const refuse = (message: string): never => {
    throw new SedError(message, at);
  };
  const skip = (characters: RegExp) => {
    while (at < script.length && characters.test(script[at] as string)) at++;
  };
  /** Up to the delimiter; `\` with the delimiter stands for it, and brackets hide it in patterns. */
  const delimited = (delimiter: string, what: string, pattern: boolean): string => {
    let out = "";
    let inBracket = false;
    for (; at < script.length; at++) {
      const character = script[at] as string;
      if (character === "\\" && at + 1 < script.length) {
        const next = script[at + 1] as string;
        if (next === delimiter)
          out +=
            pattern && /[.*[\]^$+?(){}|]/.test(next) && next !== "/"
              ? inBracket
                ? next
                : `[${next === "^" ? "\\^" : next}]`
              : next;
        else if (next === "\n") out += pattern ? "\n" : "\\\n";
        else out += `\\${next}`;
        at++;
        continue;
      }
      if (pattern && character === "[" && !inBracket) {
        inBracket = true;
        out += character;
        if (script[at + 1] === "^") out += script[++at];
        if (script[at + 1] === "]") out += script[++at];
        continue;
      }
      if (inBracket && character === "]") inBracket = false;
      if (character === delimiter && !inBracket) {
        at++;
        return out;
      }
      if (pattern && character === "\n") return refuse(`unterminated ${what}`);
      out += character;
    }
    return refuse(`unterminated ${what}`);
  };
  const compile = (text: string, ignoreCase: boolean, multiline: boolean): Pattern => {
    if (text === "") return lastPattern ?? refuse("no previous regular expression");
    lastPattern = compilePattern(text, { syntax: extended ? "extended" : "basic", ignoreCase, multiline, controlEscapes: true });
    return lastPattern;
  };
  const address = (second: boolean): Address | undefined => {
    const character = script[at];
    if (character === undefined) return undefined;
    if (/\d/.test(character)) {
      const digits = /^\d+/.exec(script.slice(at))?.[0] ?? "";
      at += digits.length;
      if (script[at] === "~" && !second) {
        at++;
        const step = /^\d*/.exec(script.slice(at))?.[0] ?? "";
        at += step.length;
        return { type: "step", first: Number(digits), step: Number(step) };
      }
      return { type: "line", line: Number(digits) };
    }
    if (character === "$") {
      at++;
      return { type: "last" };
    }
    if (second && (character === "+" || character === "~")) {
      at++;
      const digits = /^\d+/.exec(script.slice(at))?.[0] ?? refuse("expected number");
      at += digits.length;
      return character === "+"
        ? { type: "count", count: Number(digits) }
        : { type: "multiple", of: Math.max(1, Number(digits)) };
    }
    if (character === "/" || character === "\\") {
      if (character === "\\") at++;
      const delimiter = script[at++] ?? refuse("unexpected end");
      const text = delimited(delimiter, "address regex", true);
      let flags = "";
      while (script[at] === "I" || script[at] === "M") flags += script[at++];
      return { type: "pattern", pattern: compile(text, flags.includes("I"), flags.includes("M")) };
    }
    return undefined;
  };
  const endOfLine = (): string => {
    const end = script.indexOf("\n", at);
    const text = script.slice(at, end === -1 ? undefined : end);
    at = end === -1 ? script.length : end + 1;
    return text;
  };
  for (;;) {
    skip(/[\s;]/);
    if (at >= script.length) break;
    const spent = tool.spend(8);
    if (spent !== undefined) await spent;
    if (script[at] === "#") {
      endOfLine();
      continue;
    }
    const first = address(false);
    let second: Address | undefined;
    skip(/[ \t]/);
    if (first !== undefined && script[at] === ",") {
      at++;
      skip(/[ \t]/);
      second = address(true) ?? refuse("unexpected `,'");
    }
    skip(/[ \t]/);
    let negated = false;
    while (script[at] === "!") {
      negated = true;
      at++;
      skip(/[ \t]/);
    }
    if (first?.type === "line" && first.line === 0 && second?.type !== "pattern")
      refuse("invalid usage of line address 0");
    const name = script[at++] ?? refuse("missing command");
    const base: Command = { name, first, second, negated, text: "", jump: 0 };
    const ended = () => {
      skip(/[ \t]/);
      if (at < script.length && !/[;\n}#]/.test(script[at] as string)) refuse("extra characters after command");
    };
    switch (name) {
      case "{":
        open.push(commands.length);
        commands.push(base);
        break;
      case "}": {
        if (first !== undefined) refuse("} doesn't want any addresses");
        const start = open.pop() ?? refuse("unexpected `}'");
        (commands[start] as Command).jump = commands.length;
        commands.push(base);
        ended();
        break;
      }
      case "F":
      case "=":
      case "d":
      case "D":
      case "g":
      case "G":
      case "h":
      case "H":
      case "l":
      case "n":
      case "N":
      case "p":
      case "P":
      case "x":
      case "z":
        commands.push(base);
        ended();
        break;
      case "q":
      case "Q":
        skip(/[ \t]/);
        base.text = /^\d*/.exec(script.slice(at))?.[0] ?? "";
        at += base.text.length;
        commands.push(base);
        ended();
        break;
      case "v": {
        skip(/[ \t]/);
        const version = /^[\d.]*/.exec(script.slice(at))?.[0] ?? "";
        at += version.length;
        if (newerThan(version, SED_VERSION)) refuse("expected newer version of sed");
        commands.push(base);
        ended();
        break;
      }
      case ":":
        skip(/[ \t]/);
        base.text = /^[^\s;]*/.exec(script.slice(at))?.[0] ?? "";
        at += base.text.length;
        if (base.text === "") refuse('":" lacks a label');
        commands.push(base);
        break;
      case "b":
      case "t":
      case "T":
        skip(/[ \t]/);
        base.text = /^[^\s;}]*/.exec(script.slice(at))?.[0] ?? "";
        at += base.text.length;
        commands.push(base);
        ended();
        break;
      case "r":
      case "R":
      case "w":
      case "W":
        skip(/[ \t]/);
        base.text = endOfLine();
        if (base.text === "") refuse("missing filename in r/R/w/W commands");
        commands.push(base);
        break;
      case "a":
      case "i":
      case "c": {
        skip(/[ \t]/);
        if (at >= script.length) refuse("expected \\ after `a', `c' or `i'");
        if (script[at] === "\\") {
          at++;
          const oneLine = at;
          skip(/[ \t]/);
          // GNU: what follows on the same line is the text already, with its leading white space.
          if (script[at] === "\n") at++;
          else at = oneLine;
        }
        const lines: string[] = [];
        for (let line = endOfLine(); ; line = endOfLine()) {
          if (line.endsWith("\\") && !line.endsWith("\\\\")) lines.push(line.slice(0, -1));
          else {
            lines.push(line);
            break;
          }
        }
        base.text = lines.join("\n").replace(/\\(.)/g, (_, character: string) => TEXT_ESCAPES[character] ?? character);
        commands.push(base);
        break;
      }
      case "y": {
        const delimiter = script[at++] ?? refuse("unterminated `y' command");
        const decoded = (text: string) =>
          Array.from(text.replace(/\\n/g, "\n").replace(/\\t/g, "\t").replace(/\\\\/g, "\\"));
        const from = decoded(delimited(delimiter, "`y' command", false));
        const to = decoded(delimited(delimiter, "`y' command", false));
        if (from.length !== to.length) refuse("strings for `y' command are different lengths");
        commands.push({ ...base, map: new Map(from.map((character, index) => [character, to[index] as string])) });
        ended();
        break;
      }
      case "s": {
        const delimiter = script[at++] ?? refuse("unterminated `s' command");
        const text = delimited(delimiter, "`s' command", true);
        const replacement = delimited(delimiter, "`s' command", false);
        let flags = "";
        let occurrence = "";
        let file: string | undefined;
        for (; at < script.length; at++) {
          const flag = script[at] as string;
          if (/[gpiImMe]/.test(flag)) {
            if (flag === "e") refuse("the `e' flag is not supported here");
            flags += flag;
          } else if (/\d/.test(flag)) occurrence += flag;
          else if (flag === "w") {
            at++;
            skip(/[ \t]/);
            file = endOfLine();
            break;
          } else break;
        }
        if (occurrence !== "" && Number(occurrence) === 0) refuse("number option to `s' command may not be zero");
        if (file === undefined && at < script.length && !/[\s;}#]/.test(script[at] as string))
          refuse("unknown option to `s'");
        const pattern = compile(text, /i/i.test(flags), /m/i.test(flags));
        const highest = Math.max(0, ...[...replacement.matchAll(/\\(\d)/g)].map((match) => Number(match[1])));
        if (highest > pattern.groupCount) refuse(`invalid reference \\${highest} on \`s' command's RHS`);
        commands.push({
          ...base,
          pattern,
          replacement,
          global: flags.includes("g"),
          occurrence: Number(occurrence || 1),
          print: flags.includes("p"),
          file,
        });
        break;
      }
      default:
        refuse(`unknown command: \`${name}'`);
    }
  }
  if (open.length > 0) throw new SedError("unmatched `{'", 0);
  return commands;
}
