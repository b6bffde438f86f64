import { isErrno } from "../errno.ts";
import type { ByteReader, Program } from "../types.ts";
import { byName, join } from "./support/paths.ts";
import { compilePattern, type Match, type Pattern, PatternError, type Syntax } from "./support/regex.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  after: { short: "A", long: "after-context", value: true },
  before: { short: "B", long: "before-context", value: true },
  context: { short: "C", long: "context", value: true },
  extended: { short: "E", long: "extended-regexp" },
  fixed: { short: "F", long: "fixed-strings" },
  basic: { short: "G", long: "basic-regexp" },
  perl: { short: "P", long: "perl-regexp" },
  withName: { short: "H", long: "with-filename" },
  noName: { short: "h", long: "no-filename" },
  without: { short: "L", long: "files-without-match" },
  withMatch: { short: "l", long: "files-with-matches" },
  recursive: { short: "r", long: "recursive" },
  recursiveFollow: { short: "R", long: "dereference-recursive" },
  text: { short: "a", long: "text" },
  byteOffset: { short: "b", long: "byte-offset" },
  count: { short: "c", long: "count" },
  color: { long: "color", value: "optional" },
  colour: { long: "colour", value: "optional" },
  pattern: { short: "e", long: "regexp", value: true },
  file: { short: "f", long: "file", value: true },
  fold: { short: "i", long: "ignore-case" },
  foldOld: { short: "y" },
  noBinary: { short: "I" },
  max: { short: "m", long: "max-count", value: true },
  number: { short: "n", long: "line-number" },
  only: { short: "o", long: "only-matching" },
  quiet: { short: "q", long: "quiet" },
  silent: { long: "silent" },
  noMessages: { short: "s", long: "no-messages" },
  invert: { short: "v", long: "invert-match" },
  word: { short: "w", long: "word-regexp" },
  line: { short: "x", long: "line-regexp" },
  zero: { short: "z", long: "null-data" },
  lineBuffered: { long: "line-buffered" },
  include: { long: "include", value: true },
  exclude: { long: "exclude", value: true },
  excludeDirectory: { long: "exclude-dir", value: true },
  label: { long: "label", value: true },
} as const;

const grepAs = (defaultSyntax: Syntax): Program =>
  tool(
    {
      name: "grep",
      usage: "[OPTION]... PATTERNS [FILE]...",
      summary: "Search for PATTERNS in each FILE.",
      usageStatus: 2,
      digits: "context",
      options: OPTIONS,
    },
    (tool) => search(tool, defaultSyntax),
  );

export const grep = grepAs("basic");
export const egrep = grepAs("extended");
export const fgrep = grepAs("fixed");

async function search(tool: Tool<typeof OPTIONS>, defaultSyntax: Syntax): Promise<number> {
  const { process } = tool;
  const operands = [...tool.operands];
  const texts = tool.options.values("pattern");
  for (const path of tool.options.values("file")) {
    const text = path === "-" ? "" : process.files.readText(path);
    texts.push(...text.replace(/\n$/, "").split("\n"));
  }
  if (texts.length === 0 && !tool.has("file")) {
    const first = operands.shift();
    if (first === undefined) {
      await process.stderr.write(
        "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n",
      );
      return 2;
    }
    texts.push(first);
  }
  const chosen = tool.options.last("extended", "fixed", "basic", "perl");
  const syntax: Syntax = chosen ?? defaultSyntax;
  let patterns: Pattern[];
  try {
    patterns = texts
      .flatMap((text) => text.split("\n"))
      .map((text) =>
        compilePattern(text, {
          syntax,
          ignoreCase: tool.has("fold") || tool.has("foldOld"),
          words: tool.has("word"),
          line: tool.has("line"),
        }),
      );
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return tool.die(error.message, 2);
  }
  const number = (name: "after" | "before" | "context" | "max"): number | undefined => {
    const text = tool.value(name);
    if (text === undefined) return undefined;
    if (!/^-?\d+$/.test(text))
      return tool.usage(name === "max" ? "invalid max count" : `${text}: invalid context length argument`);
    return Number(text);
  };
  const after = number("after") ?? number("context") ?? 0;
  const before = number("before") ?? number("context") ?? 0;
  const most = number("max") ?? Number.POSITIVE_INFINITY;
  const quiet = tool.has("quiet") || tool.has("silent");
  const invert = tool.has("invert");
  const recursive = tool.has("recursive") || tool.has("recursiveFollow");
  const names = tool.options.last("withName", "noName");
  const manyFiles = operands.length > 1 || recursive;
  const showName = names === "withName" || (names !== "noName" && manyFiles);
  const when =
    tool.has("color") || tool.has("colour") ? (tool.value("color") ?? tool.value("colour") ?? "always") : "never";
  const color = when === "always" || (when === "auto" && process.isTerminal(1));
  const paint = (code: string, text: string) =>
    color && text !== "" ? `\x1b[${code}m\x1b[K${text}\x1b[m\x1b[K` : text;
  const end = tool.has("zero") ? "\0" : "\n";
  let anyMatch = false;
  let failed = false;

  const first = (line: string, from: number): Match | undefined => {
    let best: Match | undefined;
    for (const pattern of patterns) {
      const match = pattern.find(line, from);
      if (
        match !== undefined &&
        (best === undefined || match.start < best.start || (match.start === best.start && match.end > best.end))
      )
        best = match;
    }
    return best;
  };
  const prefix = (name: string, line: number, offset: number, separator: string) =>
    (showName ? paint("35", name) + paint("36", separator) : "") +
    (tool.has("number") ? paint("32", String(line)) + paint("36", separator) : "") +
    (tool.has("byteOffset") ? paint("32", String(offset)) + paint("36", separator) : "");

  async function searchReader(reader: ByteReader, name: string): Promise<void> {
    let count = 0;
    let lineNumber = 0;
    let offset = 0;
    let lastShown = 0;
    let owed = 0;
    let held: { readonly text: string; readonly number: number; readonly offset: number }[] = [];
    let binary = false;
    let printed = false;
    const lines = tool.lines(reader, { zero: tool.has("zero") });
    for (let batch = await lines.batch(); batch !== null; batch = await lines.batch()) {
      for (const line of batch) {
        lineNumber++;
        const at = offset;
        offset += line.length + 1;
        if (!binary && !tool.has("text") && !tool.has("zero") && line.includes("\0")) binary = true;
        const spent = tool.spend(1 + (line.length >> 4) * patterns.length);
        if (spent !== undefined) await spent;
        const match = first(line, 0);
        const selected = (match !== undefined) !== invert;
        if (!selected) {
          if (owed > 0) {
            owed--;
            await print(line, lineNumber, at, "-", undefined);
          } else if (before > 0) {
            held.push({ text: line, number: lineNumber, offset: at });
            if (held.length > before) held.shift();
          }
          continue;
        }
        count++;
        anyMatch = true;
        if (quiet) return;
        if (tool.has("withMatch") || tool.has("without")) break;
        if (!tool.has("count")) {
          if (binary) {
            if (!tool.has("noBinary")) {
              await tool.out.write(`Binary file ${name} matches\n`);
            }
            return;
          }
          if (
            (after > 0 || before > 0) &&
            printed &&
            !tool.has("only") &&
            (held[0]?.number ?? lineNumber) > lastShown + 1
          )
            await tool.out.write(`${paint("36", "--")}\n`);
          for (const line of held) await print(line.text, line.number, line.offset, "-", undefined);
          held = [];
          owed = after;
          if (tool.has("only")) {
            if (!invert) await printMatches(line, lineNumber, at, match);
          } else await print(line, lineNumber, at, ":", match);
        }
        if (count >= most) break;
      }
      if (count >= most || (count > 0 && (tool.has("withMatch") || tool.has("without")))) break;
    }
    if (tool.has("withMatch")) {
      if (count > 0) await tool.out.write(`${paint("35", name)}\n`);
    } else if (tool.has("without")) {
      if (count === 0) await tool.out.write(`${paint("35", name)}\n`);
    } else if (tool.has("count") && !quiet)
      await tool.out.write(`${showName ? paint("35", name) + paint("36", ":") : ""}${count}\n`);

    async function print(
      line: string,
      number: number,
      at: number,
      separator: string,
      match: Match | undefined,
    ): Promise<void> {
      printed = true;
      lastShown = number;
      let shown = line;
      if (color && match !== undefined && !invert) {
        shown = "";
        let from = 0;
        for (let next: Match | undefined = match; next !== undefined; next = first(line, from)) {
          if (next.end === next.start) break;
          shown += line.slice(from, next.start) + paint("01;31", line.slice(next.start, next.end));
          from = next.end;
          const spent = tool.spend(1 + (line.length >> 4));
          if (spent !== undefined) await spent;
        }
        shown += line.slice(from);
      }
      const full = tool.out.write(prefix(name, number, at, separator) + shown + end);
      if (full !== undefined) await full;
    }

    async function printMatches(line: string, number: number, at: number, match: Match | undefined): Promise<void> {
      for (let next = match; next !== undefined; ) {
        if (next.end > next.start) {
          const full = tool.out.write(
            prefix(name, number, at + next.start, ":") + paint("01;31", line.slice(next.start, next.end)) + end,
          );
          if (full !== undefined) await full;
        }
        const spent = tool.spend(1 + (line.length >> 4));
        if (spent !== undefined) await spent;
        next = first(line, Math.max(next.end, next.start + (next.end === next.start ? 1 : 0)));
      }
    }
  }

  async function searchPath(path: string, shown: string, commandLine: boolean): Promise<void> {
    const { files } = process;
    try {
      const stat = commandLine || tool.has("recursiveFollow") ? files.stat(path) : files.lstat(path);
      if (stat.type === "directory") {
        if (!recursive) {
          failed = true;
          if (!tool.has("noMessages")) await tool.complain(`${shown}: Is a directory`, 0);
          return;
        }
        for (const entry of files.list(path).sort(byName)) {
          if (quiet && anyMatch) return;
          if (entry.type === "symlink" && !tool.has("recursiveFollow")) continue;
          const globs =
            entry.type === "directory" ? tool.options.values("excludeDirectory") : tool.options.values("exclude");
          if (globs.some((glob) => globMatches(glob, entry.name))) continue;
          const includes = tool.options.values("include");
          if (entry.type === "file" && includes.length > 0 && !includes.some((glob) => globMatches(glob, entry.name)))
            continue;
          const under = shown === "" ? entry.name : join(shown, entry.name);
          await searchPath(join(path, entry.name), under, false);
        }
        return;
      }
      const reader = tool.open(path);
      try {
        await searchReader(reader, shown);
      } finally {
        reader.close();
      }
    } catch (error) {
      if (!isErrno(error)) throw error;
      failed = true;
      if (!tool.has("noMessages")) await tool.complain(`${shown === "" ? path : shown}: ${error.message}`, 2);
    }
  }

  try {
    if (operands.length === 0 && !recursive)
      await searchReader(process.stdin, tool.value("label") ?? "(standard input)");
    else if (operands.length === 0) await searchPath(".", "", true);
    for (const path of operands) {
      if (quiet && anyMatch) break;
      if (path === "-") await searchReader(process.stdin, tool.value("label") ?? "(standard input)");
      else await searchPath(path, path, true);
    }
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return tool.die(error.message, 2);
  }
  if (anyMatch && quiet) return 0;
  if (failed) return 2;
  return anyMatch ? 0 : 1;
}

function globMatches(glob: string, name: string): boolean {
  const source = glob
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return compilePattern(`^${source}$`, { syntax: "perl" }).find(name, 0) !== undefined;
}
