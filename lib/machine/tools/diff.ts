/** diff: files and directories, in the forms of GNU diffutils 3.8. The forms themselves are in diff/. */

import { isErrno } from "../errno.ts";
import { contextual, edScript, normal, rcsScript, unified } from "./diff/formats.ts";
import { sideBySide } from "./diff/side-by-side.ts";
import type { Difference, Shown, Side } from "./diff/sides.ts";
import { binaryOf } from "./support/binary.ts";
import { compileGlob } from "./support/glob.ts";
import { compareLines } from "./support/line-diff.ts";
import { quoted } from "./support/quoting.ts";
import { compilePattern, type Pattern } from "./support/regex.ts";
import { readAll, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  text: { short: "a", long: "text", help: "treat all files as text" },
  ignoreAmount: { short: "b", long: "ignore-space-change", help: "ignore changes in the amount of white space" },
  ignoreBlank: { short: "B", long: "ignore-blank-lines", help: "ignore changes where lines are all blank" },
  copied: { short: "c", help: "output 3 lines of copied context" },
  copiedContext: { short: "C", value: true },
  copiedLong: { long: "context", value: "optional" },
  minimal: { short: "d", long: "minimal", help: "try hard to find a smaller set of changes" },
  ed: { short: "e", long: "ed", help: "output an ed script" },
  ignoreTabs: { short: "E", long: "ignore-tab-expansion", help: "ignore changes due to tab expansion" },
  headings: { short: "F", long: "show-function-line", value: true },
  large: { short: "H", long: "speed-large-files" },
  ignoreCase: { short: "i", long: "ignore-case", help: "ignore case differences in file contents" },
  ignoreMatching: { short: "I", long: "ignore-matching-lines", value: true },
  label: { short: "L", long: "label", value: true },
  rcs: { short: "n", long: "rcs", help: "output an RCS format diff" },
  newFile: { short: "N", long: "new-file", help: "treat absent files as empty" },
  functions: { short: "p", long: "show-c-function", help: "show which C function each change is in" },
  brief: { short: "q", long: "brief", help: "report only when files differ" },
  recursive: { short: "r", long: "recursive", help: "recursively compare any subdirectories found" },
  same: { short: "s", long: "report-identical-files", help: "report when two files are the same" },
  expandTabs: { short: "t", long: "expand-tabs", help: "expand tabs to spaces in output" },
  initialTab: { short: "T", long: "initial-tab", help: "make tabs line up by prepending a tab" },
  unified: { short: "u", help: "output 3 lines of unified context" },
  unifiedContext: { short: "U", value: true },
  unifiedLong: { long: "unified", value: "optional" },
  version: { short: "v", help: "output version information and exit" },
  ignoreSpace: { short: "w", long: "ignore-all-space", help: "ignore all white space" },
  width: { short: "W", long: "width", value: true },
  exclude: { short: "x", long: "exclude", value: true },
  excludeFrom: { short: "X", long: "exclude-from", value: true },
  sides: { short: "y", long: "side-by-side", help: "output in two columns" },
  ignoreTrailing: { short: "Z", long: "ignore-trailing-space", help: "ignore white space at line end" },
  normal: { long: "normal", help: "output a normal diff (the default)" },
  leftColumn: { long: "left-column" },
  suppressCommon: { long: "suppress-common-lines" },
  stripReturns: { long: "strip-trailing-cr" },
  color: { long: "color", value: "optional" },
  palette: { long: "palette", value: true },
  noDereference: { long: "no-dereference" },
  ignoreNameCase: { long: "ignore-file-name-case" },
  horizon: { long: "horizon-lines", value: true },
  tabSize: { long: "tabsize", value: true },
  digits: { long: "digits-without-a-name", value: true },
  ifdef: { short: "D", long: "ifdef", value: true },
  paginate: { short: "l", long: "paginate" },
  unidirectional: { short: "P", long: "unidirectional-new-file" },
  start: { short: "S", long: "starting-file", value: true },
  fromFile: { long: "from-file", value: true },
  toFile: { long: "to-file", value: true },
  lineFormat: { long: "line-format", value: true },
  oldLineFormat: { long: "old-line-format", value: true },
  newLineFormat: { long: "new-line-format", value: true },
  unchangedLineFormat: { long: "unchanged-line-format", value: true },
  oldGroupFormat: { long: "old-group-format", value: true },
  newGroupFormat: { long: "new-group-format", value: true },
  changedGroupFormat: { long: "changed-group-format", value: true },
  unchangedGroupFormat: { long: "unchanged-group-format", value: true },
} as const;

type Diff = Tool<typeof OPTIONS>;
type OptionName = keyof typeof OPTIONS & string;

/** Known to GNU and not made here: refused, never taken in silence. */
const REFUSED: readonly OptionName[] = [
  "ifdef", "paginate", "unidirectional", "start", "fromFile", "toFile", "lineFormat", "oldLineFormat", "newLineFormat",
  "unchangedLineFormat", "oldGroupFormat", "newGroupFormat", "changedGroupFormat", "unchangedGroupFormat", "ignoreNameCase",
  "palette", "tabSize",
]; // biome-ignore format: a list

type Style = "normal" | "unified" | "context" | "ed" | "rcs" | "sides";
const STYLES: readonly (readonly [OptionName, Style])[] = [
  ["copied", "context"], ["copiedContext", "context"], ["copiedLong", "context"], ["unified", "unified"], ["unifiedContext", "unified"], ["unifiedLong", "unified"], ["ed", "ed"],
  ["rcs", "rcs"], ["sides", "sides"], ["normal", "normal"],
]; // biome-ignore format: a table

function styleOf(tool: Diff): { readonly style: Style; readonly context: number } {
  let style: Style | undefined;
  for (const { name } of tool.options.given) {
    const wanted = STYLES.find(([option]) => option === name)?.[1];
    if (wanted === undefined) continue;
    if (style !== undefined && style !== wanted) tool.usage("conflicting output style options");
    style = wanted;
  }
  let context = -1;
  for (const name of ["copiedContext", "copiedLong", "unifiedContext", "unifiedLong"] as const) {
    for (const text of tool.options.values(name)) {
      if (!/^\d+$/.test(text)) tool.usage(`invalid context length '${text}'`);
      context = Math.max(context, Number(text));
    }
  }
  const digits = tool.options.values("digits").join("");
  if (digits !== "") context = Number(digits);
  if (context === -1) context = 3;
  if (style === undefined && tool.has("functions")) style = "context";
  return { style: style ?? "normal", context };
}

/** What of a line is compared; undefined: all of it. */
function keyOf(tool: Diff): ((line: string) => string) | undefined {
  const steps: ((line: string) => string)[] = [];
  if (tool.has("stripReturns")) steps.push((line) => line.replace(/\r$/, ""));
  if (tool.has("ignoreSpace")) steps.push((line) => line.replace(/\s+/g, ""));
  else if (tool.has("ignoreAmount")) steps.push((line) => line.trimEnd().replace(/\s+/g, " "));
  else {
    if (tool.has("ignoreTrailing")) steps.push((line) => line.trimEnd());
    if (tool.has("ignoreTabs")) steps.push(expanded);
  }
  if (tool.has("ignoreCase")) steps.push((line) => line.toLowerCase());
  return steps.length === 0 ? undefined : (line) => steps.reduce((text, step) => step(text), line);
}

function expanded(line: string): string {
  let out = "";
  for (const character of line) out += character === "\t" ? " ".repeat(8 - (out.length % 8)) : character;
  return out;
}

/** Words of the command line that are no operands, as they are repeated before a pair of files. */
function optionWords(tool: Diff): string {
  const words = tool.process.argv.slice(1);
  for (const operand of [...tool.operands].reverse()) {
    const at = words.lastIndexOf(operand);
    if (at !== -1) words.splice(at, 1);
  }
  return words.map((word) => `${quoted(word, "shell", { utf8: false })} `).join("");
}

const COLORS = { header: "\x1b[1m", line: "\x1b[36m", old: "\x1b[31m", new: "\x1b[32m" } as const;

class Comparison {
  readonly tool: Diff;
  readonly #style: Style;
  readonly #context: number;
  readonly #key: ((line: string) => string) | undefined;
  readonly #ignored: readonly Pattern[];
  readonly #excluded: readonly ((name: string) => boolean)[];
  readonly #colored: boolean;
  readonly #heading: ((line: string) => boolean) | undefined;
  status = 0;

  constructor(tool: Diff, excluded: readonly string[]) {
    this.tool = tool;
    const { style, context } = styleOf(tool);
    this.#style = style;
    this.#context = context;
    this.#key = keyOf(tool);
    const compile = (text: string) => compilePattern(text, { syntax: "basic" });
    this.#ignored = tool.options.values("ignoreMatching").map(compile);
    this.#excluded = excluded.map((pattern) => compileGlob(pattern));
    const width = tool.value("width");
    if (width !== undefined && !/^[1-9]\d*$/.test(width)) tool.usage(`invalid width '${width}'`);
    const color = tool.has("color") ? (tool.value("color") ?? "auto") : "never";
    if (!["always", "never", "auto"].includes(color)) tool.usage(`invalid color '${color}'`);
    this.#colored = color === "always" || (color === "auto" && tool.process.isTerminal(1));
    const headings = tool.options.values("headings").map(compile);
    if (tool.has("functions")) headings.push(compile("^[[:alpha:]$_]"));
    this.#heading =
      headings.length === 0 ? undefined : (line) => headings.some((each) => each.find(line, 0) !== undefined);
  }

  isDirectory(path: string): boolean {
    const { files } = this.tool.process;
    return path !== "-" && files.exists(path) && files.stat(path).type === "directory";
  }

  async #load(path: string): Promise<Side> {
    const { tool } = this;
    if (tool.has("newFile") && path !== "-" && !tool.process.files.exists(path)) return { ...EMPTY, path };
    const data = await readAll(tool, tool.open(path));
    const bytes = data.includes(0);
    const text = bytes ? binaryOf(data) : new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
    const terminated = text === "" || text.endsWith("\n");
    const lines = text === "" ? [] : (terminated ? text.slice(0, -1) : text).split("\n");
    await tool.spend(lines.length >> 1);
    const modified = path === "-" ? tool.process.clock.now() : tool.process.files.stat(path).modified;
    return { path, lines, terminated, modified, text };
  }

  /** The lines as they are compared; one without its newline is another line, unless white space is nothing. */
  async #compared(side: Side): Promise<string[]> {
    const key = this.#key;
    const loose = ["ignoreSpace", "ignoreAmount", "ignoreTrailing"].some((name) => this.tool.has(name as OptionName));
    const lines: string[] = [];
    for (const [at, line] of side.lines.entries()) {
      // An ed script cannot tell of a missing newline.
      const ended = loose || this.#style === "ed" || at < side.lines.length - 1 || side.terminated;
      lines.push((key === undefined ? line : key(line)) + (ended ? "\n" : ""));
      if ((at & 63) === 0) await this.tool.spend(1);
    }
    return lines;
  }

  #isIgnored(
    a: Side,
    b: Side,
    change: { readonly a: readonly [number, number]; readonly b: readonly [number, number] },
  ): boolean {
    const blank = this.tool.has("ignoreBlank");
    if (!blank && this.#ignored.length === 0) return false;
    const bare = (line: string) =>
      ["ignoreSpace", "ignoreAmount", "ignoreTrailing"].some((name) => this.tool.has(name as OptionName))
        ? line.trim() === ""
        : line === "";
    const lines = [...a.lines.slice(...change.a), ...b.lines.slice(...change.b)];
    return lines.every(
      (line) => (blank && bare(line)) || this.#ignored.some((pattern) => pattern.find(line, 0) !== undefined),
    );
  }

  /** Two files; `header` stands before what differs. */
  async files(a: string, b: string, header: string): Promise<void> {
    const { tool } = this;
    const left = await this.#load(a);
    const right = a === "-" && b === "-" ? left : await this.#load(b);
    const named = (side: Side, index: number) =>
      this.#style === "unified" || this.#style === "context"
        ? side.path
        : (tool.options.values("label")[index] ?? side.path);
    if (left.text === right.text) {
      if (tool.has("same")) await tool.out.write(`Files ${named(left, 0)} and ${named(right, 1)} are identical\n`);
      if (this.#style === "sides" && !tool.has("brief")) await this.#show("", left, right, []);
      return;
    }
    if (!tool.has("text") && (left.text.includes("\0") || right.text.includes("\0"))) {
      this.status = Math.max(this.status, 1);
      await tool.out.write(`${tool.has("brief") ? "Files" : "Binary files"} ${a} and ${b} differ\n`);
      return;
    }
    const found = await compareLines(
      await this.#compared(left),
      await this.#compared(right),
      (units) => tool.spend(units),
      undefined,
      "last",
    );
    const changes: Difference[] = found.map((change) => ({ ...change, ignored: this.#isIgnored(left, right, change) }));
    const counts = changes.some(({ ignored }) => !ignored);
    if (counts) this.status = Math.max(this.status, 1);
    if (!counts && tool.has("same"))
      await tool.out.write(`Files ${named(left, 0)} and ${named(right, 1)} are identical\n`);
    if (tool.has("brief")) {
      if (counts) await tool.out.write(`Files ${named(left, 0)} and ${named(right, 1)} differ\n`);
      return;
    }
    if (this.#style === "ed" && left.terminated !== right.terminated) this.status = 2;
    if (counts || this.#style === "sides" || this.#style === "ed") await this.#show(header, left, right, changes);
  }

  async #show(header: string, a: Side, b: Side, changes: readonly Difference[]): Promise<void> {
    const { tool } = this;
    const shown: Shown = {
      a,
      b,
      changes,
      context: this.#context,
      labels: tool.options.values("label"),
      tabbed: tool.has("initialTab"),
      heading: this.#heading,
      paint: (what, text) => (this.#colored ? `${COLORS[what]}${text}\x1b[0m` : text),
      expand: tool.has("expandTabs") ? expanded : (text) => text,
      plainDates: !tool.utf8,
    };
    await tool.out.write(header === "" ? "" : `${shown.paint("header", header.trimEnd())}\n`);
    for (const line of this.#lines(shown)) {
      const full = tool.out.write(line);
      if (full !== undefined) await full;
      const spent = tool.spend(1 + (line.length >> 6));
      if (spent !== undefined) await spent;
    }
    if (this.#style !== "ed") return;
    for (const side of [a, b])
      if (!side.terminated) await tool.complain(`${side.path}: No newline at end of file\n`, 0);
  }

  #lines(shown: Shown): Iterable<string> {
    const { tool } = this;
    switch (this.#style) {
      case "unified":
        return unified(shown);
      case "context":
        return contextual(shown);
      case "ed":
        return edScript(shown);
      case "rcs":
        return rcsScript(shown);
      case "sides":
        return sideBySide(shown, {
          width: Number(tool.value("width") ?? 130),
          leftColumn: tool.has("leftColumn"),
          suppressCommon: tool.has("suppressCommon"),
          expandTabs: tool.has("expandTabs"),
        });
      case "normal":
        return normal(shown);
    }
  }

  async directories(a: string, b: string): Promise<void> {
    const { tool } = this;
    const { files } = tool.process;
    const names = (path: string) =>
      new Set(
        (files.exists(path) ? files.list(path) : [])
          .map((entry) => entry.name)
          .filter((name) => !this.#excluded.some((matches) => matches(name))),
      );
    const left = names(a);
    const right = names(b);
    for (const name of [...new Set([...left, ...right])].sort()) {
      await tool.spend(4);
      await this.#entry(joined(a, name), joined(b, name), !left.has(name) ? b : !right.has(name) ? a : undefined, name);
    }
  }

  /** Two operands of which one turned out to be a directory. */
  entry(x: string, y: string): Promise<void> {
    return this.#entry(x, y, undefined, "");
  }

  /** One name of two directories; `only` is the directory that alone has it. */
  async #entry(x: string, y: string, only: string | undefined, name: string): Promise<void> {
    const { tool } = this;
    const { files } = tool.process;
    if (only !== undefined && !tool.has("newFile")) {
      this.status = Math.max(this.status, 1);
      await tool.out.write(`Only in ${only}: ${name}\n`);
      return;
    }
    const kind = (path: string) => {
      try {
        return (tool.has("noDereference") ? files.lstat(path) : files.stat(path)).type;
      } catch (error) {
        if (isErrno(error)) return undefined;
        throw error;
      }
    };
    const [one, two] = [kind(x), kind(y)];
    const directory = one === "directory" || two === "directory";
    if (directory && (one ?? "directory") === (two ?? "directory")) {
      if (tool.has("recursive")) await this.directories(x, y);
      else await tool.out.write(`Common subdirectories: ${x} and ${y}\n`);
      return;
    }
    const words = { directory: "directory", file: "regular file", symlink: "symbolic link", fifo: "fifo" } as Readonly<
      Record<string, string>
    >;
    if (one !== undefined && two !== undefined && one !== two) {
      this.status = Math.max(this.status, 1);
      const told = (path: string, type: string) =>
        `File ${path} is a ${type === "file" && files.stat(path).size === 0 ? "regular empty file" : (words[type] ?? "special file")}`;
      await tool.out.write(`${told(x, one)} ${told(y, two).replace("File", "while file")}\n`);
      return;
    }
    if (one === "symlink") {
      if (files.readLink(x) === files.readLink(y)) return;
      this.status = Math.max(this.status, 1);
      await tool.out.write(`Symbolic links ${x} and ${y} differ\n`);
      return;
    }
    try {
      await this.files(
        x,
        y,
        tool.has("brief")
          ? ""
          : `diff ${optionWords(tool)}${tool.options.values("label")[0] ?? x} ${tool.options.values("label")[1] ?? y}\n`,
      );
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`${error.path ?? x}: ${error.message}`, 2);
      this.status = 2;
    }
  }
}

const joined = (directory: string, name: string) =>
  directory.endsWith("/") ? directory + name : `${directory}/${name}`;

export const diff = tool(
  {
    name: "diff",
    usage: "[OPTION]... FILES",
    summary: "Compare FILES line by line.",
    pointer: "diff: Try 'diff --help' for more information.",
    usageStatus: 2,
    digits: "digits",
    digitsCluster: true,
    options: OPTIONS,
  },
  async (tool) => {
    if (tool.has("version")) {
      await tool.out.write("diff (GNU diffutils) 3.8\n");
      return 0;
    }
    for (const name of REFUSED) {
      const { long } = OPTIONS[name] as { readonly long?: string };
      if (tool.has(name)) return tool.die(`--${long} is not available here`, 2);
    }
    const [one, two, extra] = tool.operands;
    if (one === undefined || two === undefined) {
      const last = tool.process.argv.slice(1).at(-1);
      return tool.usage(`missing operand after '${one ?? last ?? "diff"}'`);
    }
    if (extra !== undefined) return tool.usage(`extra operand '${extra}'`);
    const { files } = tool.process;
    const excluded = tool.options.values("exclude");
    for (const path of tool.options.values("excludeFrom")) {
      try {
        excluded.push(
          ...files
            .readText(path)
            .split("\n")
            .filter((line) => line !== ""),
        );
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.die(`${path}: ${error.message}`, 2);
      }
    }
    const comparison = new Comparison(tool, excluded);
    const base = (path: string) => path.replace(/\/+$/, "").split("/").at(-1) ?? path;
    const [left, right] = [comparison.isDirectory(one), comparison.isDirectory(two)];
    if (left && right) {
      await comparison.directories(one, two);
      return comparison.status;
    }
    const absent = (path: string) => path !== "-" && !files.exists(path);
    const missing = [one, two].filter(absent);
    if (missing.length > 0 && (!tool.has("newFile") || missing.length === 2)) {
      for (const path of missing) await tool.complain(`${path}: No such file or directory`, 2);
      return 2;
    }
    if ((left || right) && missing.length > 0 && tool.has("recursive")) {
      await comparison.directories(one, two);
      return comparison.status;
    }
    if ((left && two === "-") || (right && one === "-")) return tool.die("cannot compare '-' to a directory", 2);
    try {
      const [first, second] = [left ? joined(one, base(two)) : one, right ? joined(two, base(one)) : two];
      if (comparison.isDirectory(first) !== comparison.isDirectory(second)) await comparison.entry(first, second);
      else await comparison.files(first, second, "");
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`${error.path ?? one}: ${error.message}`, 2);
      return 2;
    }
    return comparison.status;
  },
);

const EMPTY: Side = { path: "", lines: [], terminated: true, modified: 0, text: "" };
