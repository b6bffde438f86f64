/** xargs: GNU's. */
import { isErrno } from "../errno.ts";
import { signalNumber } from "../process/signals.ts";
import type { ByteReader, ExitStatus } from "../types.ts";
import { UsageError } from "./support/options.ts";
import { quoted } from "./support/quoting.ts";
import { readAll, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  zero: { short: "0", long: "null", help: "items are separated by a null, not whitespace" },
  file: { short: "a", long: "arg-file", value: true, help: "read arguments from FILE, not standard input" },
  delimiter: { short: "d", long: "delimiter", value: true, help: "items in input stream are separated by CHARACTER" },
  eofShort: { short: "E", value: true, help: "set logical EOF string" },
  eof: { short: "e", long: "eof", value: "optional", help: "equivalent to -E END if END is specified" },
  replace: { short: "I", value: true, help: "replace R in INITIAL-ARGS with names read from standard input" },
  replaceLong: { short: "i", long: "replace", value: "optional", help: "equivalent to -I {} if R is unspecified" },
  lines: { short: "L", value: true, help: "use at most MAX-LINES non-blank input lines per command line" },
  linesLong: { long: "max-lines", value: "optional", help: "similar to -L but defaults to at most one line" },
  linesShort: { short: "l", value: "optional" },
  count: { short: "n", long: "max-args", value: true, help: "use at most MAX-ARGS arguments per command line" },
  openTty: { short: "o", long: "open-tty", help: "Reopen stdin as /dev/tty in the child process" },
  parallel: { short: "P", long: "max-procs", value: true, help: "run at most MAX-PROCS processes at a time" },
  interactive: { short: "p", long: "interactive", help: "prompt before running commands" },
  noEmpty: { short: "r", long: "no-run-if-empty", help: "if there are no arguments, then do not run COMMAND" },
  size: { short: "s", long: "max-chars", value: true, help: "limit length of command line to MAX-CHARS" },
  limits: { long: "show-limits", help: "not available here" },
  trace: { short: "t", long: "verbose", help: "print commands before executing them" },
  exit: { short: "x", long: "exit", help: "exit if the size (see -s) is exceeded" },
} as const;
type Xargs = Tool<typeof OPTIONS>;

/** Bytes of one command line, its words with a zero behind each. */
const MOST_CHARACTERS = 131_072;
const encoder = new TextEncoder();
const cost = (word: string) => (/^[\x20-\x7f]*$/.test(word) ? word.length : encoder.encode(word).length) + 1;

/** An item of the input; `endsLine`: it is the last of its (logical) line. */
interface Item {
  readonly text: string;
  readonly endsLine: boolean;
}

class BadInput extends Error {}

/** Blanks separate, quotes and backslashes protect. `whole`: each line is one item, without the blanks before it. */
async function* itemsOf(tool: Xargs, text: string, whole: boolean, end: string | undefined): AsyncGenerator<Item> {
  const plain = /[^\s'"\\]+/y;
  let current: string | undefined;
  let pending: string | undefined;
  let blankBefore = false;
  /** A line that ended with a blank: the next one belongs to it. */
  let continued = false;
  let warned = false;
  let units = 0;
  const cut = async (part: string): Promise<string> => {
    const zero = part.indexOf("\0");
    if (zero === -1) return part;
    if (!warned)
      await tool.process.stderr.write(
        "xargs: WARNING: a NUL character occurred in the input.  It cannot be passed through in the argument list.  Did you mean to use the --null option?\n",
      );
    warned = true;
    return part.slice(0, zero);
  };
  for (let at = 0; at <= text.length; at++) {
    if (++units % 256 === 0) await tool.spend(64);
    plain.lastIndex = at;
    const run = plain.exec(text);
    if (run !== null) {
      current = (current ?? "") + (await cut(run[0]));
      at += run[0].length - 1;
      blankBefore = continued = false;
      continue;
    }
    const character = text[at];
    if (character === "'" || character === '"') {
      const close = text.indexOf(character, at + 1);
      const line = text.indexOf("\n", at + 1);
      if (close === -1 || (line !== -1 && line < close)) {
        if (pending !== undefined) yield { text: pending, endsLine: false };
        const kind = character === "'" ? "single" : "double";
        throw new BadInput(
          `unmatched ${kind} quote; by default quotes are special to xargs unless you use the -0 option`,
        );
      }
      current = (current ?? "") + text.slice(at + 1, close);
      at = close;
    } else if (character === "\\") {
      at++;
      current = (current ?? "") + (text[at] ?? "");
    } else if (character === undefined || character === "\n" || (!whole && /[ \t]/.test(character))) {
      const isLine = character === undefined || character === "\n";
      if (current !== undefined) {
        if (current === end) break;
        if (pending !== undefined) yield { text: pending, endsLine: false };
        pending = current;
        current = undefined;
      }
      // A blank at its end: the line goes on in the next.
      if (isLine && blankBefore && !whole) continued = true;
      if (isLine && pending !== undefined && !(continued && character !== undefined)) {
        yield { text: pending, endsLine: true };
        pending = undefined;
      }
    } else if (/[ \t]/.test(character)) {
      if (current !== undefined) current += character;
    } else current = (current ?? "") + character;
    blankBefore = character === " " || character === "\t";
  }
  if (pending !== undefined) yield { text: pending, endsLine: true };
}

function delimiterOf(tool: Xargs): string | undefined {
  const last = tool.options.last("zero", "delimiter");
  if (last === undefined) return undefined;
  if (last === "zero") return "\0";
  const given = tool.value("delimiter") ?? "";
  const bad = (text: string): never => {
    throw new UsageError(
      `Invalid input delimiter specification ${text}: the delimiter must be either a single character or an escape sequence starting with \\.`,
      true,
    );
  };
  if ([...given].length === 1) return given;
  if (!given.startsWith("\\")) return bad(given);
  const known = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\" }[given.slice(1)];
  if (known !== undefined) return known;
  const [, hex, octal] = /^\\(?:x([0-9a-fA-F]+)|([0-7]+))$/.exec(given) ?? [];
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16) & 255);
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
  return bad(given.slice(1));
}

function number(tool: Xargs, text: string, letter: string, least: number): number {
  if (!/^[-+]?\d+$/.test(text)) return tool.usage(`invalid number "${text}" for -${letter} option`);
  if (Number(text) < least) return tool.usage(`value ${Number(text)} for -${letter} option should be >= ${least}`);
  return Number(text);
}

interface Limits {
  readonly lines: number | undefined;
  readonly count: number | undefined;
  readonly replace: string | undefined;
}

/** -I, -L and -n exclude each other: the last one counts, and it is said so. */
async function limitsOf(tool: Xargs): Promise<Limits> {
  let lines: number | undefined;
  let count: number | undefined;
  let replace: string | undefined;
  const exclusive = async (former: string, latter: string, option: string) =>
    tool.process.stderr.write(
      `xargs: warning: options ${former} and ${latter} are mutually exclusive, ignoring previous ${option} value\n`,
    );
  for (const { name, value } of tool.options.given) {
    if (name === "lines" || name === "linesShort" || name === "linesLong") {
      lines = value === undefined ? 1 : number(tool, value, name === "linesShort" ? "l" : "L", 1);
      if (count !== undefined) await exclusive("--max-args", name === "linesShort" ? "-l" : "-L", "--max-args");
      if (replace !== undefined) await exclusive("--replace", name === "linesShort" ? "-l" : "-L", "--replace");
      count = replace = undefined;
    } else if (name === "count") {
      count = number(tool, value ?? "", "n", 1);
      if (lines !== undefined) await exclusive("--max-lines", "--max-args/-n", "--max-lines");
      // -n1 with -I is what -I does anyway.
      if (replace !== undefined && count === 1) count = undefined;
      else if (replace !== undefined) {
        await exclusive("--replace", "--max-args/-n", "--replace");
        replace = undefined;
      }
      lines = undefined;
    } else if (name === "replace" || name === "replaceLong") {
      replace = value === undefined || value === "" ? (name === "replace" ? (value ?? "{}") : "{}") : value;
      if (count !== undefined) await exclusive("--max-args", "--replace/-I/-i", "--max-args");
      if (lines !== undefined) await exclusive("--max-lines", "--replace/-I/-i", "--max-lines");
      count = lines = undefined;
    }
  }
  return { lines, count, replace };
}

export const xargs = tool(
  { name: "xargs", usage: "[OPTION]... COMMAND [INITIAL-ARGS]...", stopAtOperand: true, options: OPTIONS },
  async (tool) => {
    const { process } = tool;
    if (tool.has("limits")) return tool.die("--show-limits is not available here");
    const limits = await limitsOf(tool);
    const delimiter = delimiterOf(tool);
    const parallel = number(tool, tool.value("parallel") ?? "1", "P", 0) || Number.POSITIVE_INFINITY;
    let most = MOST_CHARACTERS;
    const size = tool.value("size");
    if (size !== undefined) {
      if (!/^[-+]?\d+$/.test(size)) return tool.usage(`invalid number "${size}" for -s option`);
      if (Number(size) < 1) {
        await process.stderr.write(`xargs: value ${Number(size)} for -s option should be >= 1\n`);
        return tool.die("cannot fit single argument within argument list size limit");
      }
      most = Math.min(Number(size), MOST_CHARACTERS);
    }
    const path = tool.value("file");
    let input: ByteReader = process.stdin;
    if (path !== undefined && path !== "-") {
      try {
        input = tool.open(path);
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.die(`Cannot open input file ${tool.word(path)}: ${error.message}`);
      }
    }
    const command = tool.operands.length === 0 ? ["echo"] : [...tool.operands];
    const text = new TextDecoder().decode(await readAll(tool, input));
    const runner = new Runner(tool, parallel);
    const { replace } = limits;
    const base = command.reduce((sum, word) => sum + cost(word), 0);
    if (replace === undefined && base > most)
      return tool.die("cannot fit single argument within argument list size limit");
    let batch: string[] = [];
    let bytes = base;
    let lines = 0;
    let ran = false;
    const flush = async () => {
      ran = true;
      const argv = [...command, ...batch];
      batch = [];
      bytes = base;
      lines = 0;
      return runner.run(argv);
    };
    try {
      const end = delimiter === undefined ? (tool.value("eofShort") ?? tool.value("eof")) : undefined;
      const items =
        delimiter === undefined
          ? itemsOf(tool, text, replace !== undefined, end === "" ? undefined : end)
          : separated(tool, text, delimiter);
      for await (const { text: item, endsLine } of items) {
        if (replace !== undefined) {
          ran = true;
          const text = item.split("\0", 1)[0] ?? "";
          const argv = command.map((word, index) =>
            index === 0 && replace === "" ? word : replaced(word, replace, text),
          );
          if (argv.reduce((sum, word) => sum + cost(word), 0) > most) return await tool.die("argument list too long");
          if (!(await runner.run(argv))) break;
          continue;
        }
        const length = cost(item);
        if (base + length > most) {
          if (batch.length > 0 && !tool.has("exit")) await flush();
          return await tool.die("argument line too long");
        }
        if (bytes + length > most) {
          if (tool.has("exit") && (limits.lines !== undefined || limits.count !== undefined))
            return await tool.die("argument list too long");
          if (!(await flush())) break;
        }
        batch.push(item);
        bytes += length;
        if (endsLine) lines++;
        const full = batch.length === limits.count || lines === limits.lines;
        if (full && !(await flush())) break;
      }
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      if (batch.length > 0 && limits.count === undefined && limits.lines === undefined) batch = [];
      await runner.finish();
      return tool.die(error.message);
    }
    const empty = !ran && !tool.has("noEmpty") && replace === undefined;
    if (!runner.stopped && (batch.length > 0 || empty)) await flush();
    return runner.finish();
  },
);

function replaced(word: string, mark: string, item: string): string {
  return mark === "" ? word : word.replaceAll(mark, () => item);
}

async function* separated(tool: Xargs, text: string, delimiter: string): AsyncGenerator<Item> {
  if (text === "") return;
  const parts = text.split(delimiter);
  if (parts.at(-1) === "") parts.pop();
  for (const [index, part] of parts.entries()) {
    if (index % 64 === 0) await tool.spend(16);
    yield { text: delimiter === "\0" ? part : (part.split("\0", 1)[0] ?? ""), endsLine: true };
  }
}

/** Runs commands, so many at a time, and knows what their ends come to. */
class Runner {
  readonly #tool: Xargs;
  readonly #parallel: number;
  readonly #running = new Set<Promise<void>>();
  #status = 0;
  stopped = false;

  constructor(tool: Xargs, parallel: number) {
    this.#tool = tool;
    this.#parallel = parallel;
  }

  /** False where no further command is to run. */
  async run(argv: readonly string[]): Promise<boolean> {
    const tool = this.#tool;
    const { process } = tool;
    await tool.out.flush();
    if (tool.has("trace") || tool.has("interactive")) {
      const shown = argv.map((word) => quoted(word, "shell-escape", { utf8: true })).join(" ");
      await process.stderr.write(tool.has("interactive") ? `${shown}?...` : `${shown}\n`);
      if (tool.has("interactive") && !(await this.#confirmed())) return true;
    }
    while (this.#running.size >= this.#parallel) await Promise.race(this.#running);
    if (this.stopped) return false;
    const [name = ""] = argv;
    try {
      const stdin =
        tool.has("openTty") && process.tty !== undefined
          ? process.tty
          : { read: async () => null, close: () => undefined, async *[Symbol.asyncIterator]() {} };
      const child = process.spawn({ argv, stdin });
      const ended: Promise<void> = child.exited.then(async (exit) => {
        this.#running.delete(ended);
        await this.#ended(name, exit);
      });
      this.#running.add(ended);
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.stopped = true;
      this.#status = error.code === "ENOENT" ? 127 : 126;
      await tool.complain(`${name}: ${error.message}`);
      return false;
    }
    if (this.#running.size >= this.#parallel) await Promise.race(this.#running);
    return !this.stopped;
  }

  async #confirmed(): Promise<boolean> {
    let answer = "";
    const reader = this.#tool.process.tty;
    while (reader !== undefined && !answer.includes("\n")) {
      const chunk = await reader.read(1);
      if (chunk === null) break;
      answer += new TextDecoder().decode(chunk);
    }
    return /^[yY]/.test(answer);
  }

  async #ended(name: string, { code, signal }: ExitStatus): Promise<void> {
    if (signal !== undefined) {
      this.stopped = true;
      this.#status = 125;
      await this.#tool.process.stderr.write(`xargs: ${name}: terminated by signal ${signalNumber(signal)}\n`);
    } else if (code === 255) {
      this.stopped = true;
      this.#status = 124;
      await this.#tool.process.stderr.write(`xargs: ${name}: exited with status 255; aborting\n`);
    } else if (code !== 0 && this.#status === 0) this.#status = 123;
  }

  async finish(): Promise<number> {
    await Promise.all(this.#running);
    return this.#status;
  }
}
