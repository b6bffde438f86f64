import { isErrno } from "../errno.ts";
import type { FileStat } from "../types.ts";
import { Accounts } from "./support/accounts.ts";
import { allocatedBytes } from "./support/block-size.ts";
import { compileFindFormat } from "./support/find-format.ts";
import { UsageError } from "./support/options.ts";
import { baseName, join } from "./support/paths.ts";
import { compilePattern } from "./support/regex.ts";
import { type Tool, tool } from "./support/tool.ts";

interface Visit {
  readonly path: string;
  /** The operand it was found under, and how far below. */
  readonly start: string;
  readonly depth: number;
  readonly stat: FileStat;
  pruned: boolean;
  quit: boolean;
}
type Test = (visit: Visit) => boolean | Promise<boolean>;

const TYPES: Readonly<Record<string, FileStat["type"]>> = {
  f: "file",
  d: "directory",
  l: "symlink",
  p: "fifo",
  c: "device",
  b: "block",
};
const SIZES: Readonly<Record<string, number>> = { c: 1, w: 2, b: 512, k: 1024, M: 2 ** 20, G: 2 ** 30 };

export const find = tool({ name: "find", usage: "[path...] [expression]", raw: true, options: {} }, (tool) =>
  new Finder(
    tool as unknown as Tool,
    tool.operands.filter((word) => word !== "-P"),
  ).run(),
);

class Finder {
  readonly #tool: Tool;
  readonly #words: readonly string[];
  #at = 0;
  #acts = false;
  #minimum = 0;
  #maximum = Number.POSITIVE_INFINITY;
  #depthFirst = false;
  readonly #batches: (() => Promise<void>)[] = [];

  constructor(tool: Tool, words: readonly string[]) {
    this.#tool = tool;
    this.#words = words;
  }

  async run(): Promise<number> {
    const paths: string[] = [];
    while (this.#at < this.#words.length && !/^(-|!$|\($)/.test(this.#words[this.#at] as string))
      paths.push(this.#words[this.#at++] as string);
    const test = this.#at < this.#words.length ? this.#or() : () => true;
    if (this.#at < this.#words.length)
      throw new UsageError(`paths must precede expression: \`${this.#words[this.#at]}'`, true);
    const whole: Test = this.#acts ? test : async (visit) => (await test(visit)) && this.#print(visit.path, "\n");
    for (const path of paths.length === 0 ? ["."] : paths) if (await this.#visit(path, path, 0, whole)) break;
    for (const batch of this.#batches) await batch();
    return this.#tool.status;
  }

  async #print(text: string, end: string): Promise<boolean> {
    await this.#tool.out.write(text + end);
    return true;
  }

  /** True where the search is over. */
  async #visit(path: string, start: string, depth: number, test: Test): Promise<boolean> {
    const { files } = this.#tool.process;
    const spent = this.#tool.spend(4);
    if (spent !== undefined) await spent;
    let visit: Visit;
    try {
      visit = { path, start, depth, stat: files.lstat(path), pruned: false, quit: false };
    } catch (error) {
      if (!isErrno(error)) throw error;
      await this.#tool.complain(`'${path}': ${error.message}`);
      return false;
    }
    if (!this.#depthFirst && depth >= this.#minimum) await test(visit);
    if (visit.quit) return true;
    if (visit.stat.type === "directory" && !visit.pruned && depth < this.#maximum) {
      try {
        for (const { name } of files.list(path))
          if (await this.#visit(join(path, name), start, depth + 1, test)) return true;
      } catch (error) {
        if (!isErrno(error)) throw error;
        await this.#tool.complain(`'${path}': ${error.message}`);
      }
    }
    if (this.#depthFirst && depth >= this.#minimum) await test(visit);
    return visit.quit;
  }

  #or(): Test {
    let left = this.#and();
    while (this.#words[this.#at] === "-o" || this.#words[this.#at] === "-or") {
      this.#at++;
      const [a, b] = [left, this.#and()];
      left = async (visit) => (await a(visit)) || (await b(visit));
    }
    return left;
  }

  #and(): Test {
    let left = this.#primary();
    for (
      let word = this.#words[this.#at];
      word !== undefined && word !== "-o" && word !== "-or" && word !== ")";
      word = this.#words[this.#at]
    ) {
      if (word === "-a" || word === "-and") this.#at++;
      const [a, b] = [left, this.#primary()];
      left = async (visit) => (await a(visit)) && (await b(visit));
    }
    return left;
  }

  #argument(name: string): string {
    const word = this.#words[this.#at++];
    if (word === undefined) throw new UsageError(`missing argument to \`${name}'`, true);
    return word;
  }

  #number(name: string): (value: number) => boolean {
    const text = this.#argument(name);
    const count = Number(text.replace(/^[-+]/, ""));
    if (Number.isNaN(count)) throw new UsageError(`invalid argument \`${text}' to \`${name}'`, true);
    return (value) => (text.startsWith("+") ? value > count : text.startsWith("-") ? value < count : value === count);
  }

  #primary(): Test {
    const { process } = this.#tool;
    const { files, clock } = process;
    const name = this.#words[this.#at++];
    switch (name) {
      case "(": {
        const inner = this.#or();
        if (this.#words[this.#at++] !== ")")
          throw new UsageError(
            "invalid expression; I was expecting to find a ')' somewhere but did not see one.",
            true,
          );
        return inner;
      }
      case "!":
      case "-not": {
        const inner = this.#primary();
        return async (visit) => !(await inner(visit));
      }
      case "-true":
        return () => true;
      case "-false":
        return () => false;
      case "-name":
      case "-iname": {
        const matches = glob(this.#argument(name), name === "-iname");
        return ({ path }) => matches(baseName(path));
      }
      case "-path":
      case "-wholename":
      case "-ipath": {
        const matches = glob(this.#argument(name), name === "-ipath");
        return ({ path }) => matches(path);
      }
      case "-regex": {
        const pattern = compilePattern(this.#argument(name), { syntax: "basic", line: true });
        return ({ path }) => pattern.find(path, 0) !== undefined;
      }
      case "-type": {
        const letters = this.#argument(name).split(",");
        const types = letters.map((letter) => TYPES[letter]);
        if (types.includes(undefined)) throw new UsageError(`Unknown argument to -type: ${letters.join(",")}`, true);
        return ({ stat }) => types.includes(stat.type);
      }
      case "-empty":
        return ({ path, stat }) =>
          stat.type === "directory" ? files.list(path).length === 0 : stat.type === "file" && stat.size === 0;
      case "-size": {
        const text = this.#argument(name);
        const unit = SIZES[text.at(-1) ?? ""] ?? 512;
        const digits = text.replace(/[cwbkMG]$/, "");
        const count = Number(digits.replace(/^[-+]/, ""));
        if (Number.isNaN(count)) throw new UsageError(`Invalid argument \`${text}' to -size`, true);
        return ({ stat }) => {
          const size = Math.ceil(stat.size / unit);
          return digits.startsWith("+") ? size > count : digits.startsWith("-") ? size < count : size === count;
        };
      }
      case "-mtime":
      case "-mmin": {
        const unit = name === "-mtime" ? 86_400_000 : 60_000;
        const fits = this.#number(name);
        return ({ stat }) => fits(Math.floor((clock.now() - stat.modified) / unit));
      }
      case "-newer": {
        const { modified } = files.stat(this.#argument(name));
        return ({ stat }) => stat.modified > modified;
      }
      case "-perm": {
        const text = this.#argument(name);
        const mode = Number.parseInt(text.replace(/^[-/]/, ""), 8);
        if (Number.isNaN(mode)) throw new UsageError(`invalid mode '${text}'`, true);
        return ({ stat }) =>
          text.startsWith("-")
            ? (stat.mode & mode) === mode
            : text.startsWith("/")
              ? (stat.mode & mode) !== 0
              : stat.mode === mode;
      }
      case "-user": {
        const uid = new Accounts(process).userId(this.#argument(name));
        return ({ stat }) => stat.uid === uid;
      }
      case "-maxdepth":
        this.#maximum = Number(this.#argument(name));
        return () => true;
      case "-mindepth":
        this.#minimum = Number(this.#argument(name));
        return () => true;
      case "-depth":
        this.#depthFirst = true;
        return () => true;
      case "-mount":
      case "-xdev":
        return () => true;
      case "-prune":
        return (visit) => {
          visit.pruned = true;
          return true;
        };
      case "-quit":
        this.#acts = true;
        return (visit) => {
          visit.quit = true;
          return true;
        };
      case "-print":
        this.#acts = true;
        return ({ path }) => this.#print(path, "\n");
      case "-print0":
        this.#acts = true;
        return ({ path }) => this.#print(path, "\0");
      case "-printf": {
        this.#acts = true;
        const text = this.#words[this.#at++];
        if (text === undefined) throw new UsageError("missing argument to `-printf'", true);
        const format = compileFindFormat(text);
        if (typeof format !== "function") throw new UsageError(`-printf: %${format.unknown}: not available here`, true);
        const { files } = this.#tool.process;
        const accounts = new Accounts(this.#tool.process);
        const sources = {
          user: (uid: number) => accounts.user(uid) ?? String(uid),
          group: (gid: number) => accounts.group(gid) ?? String(gid),
          readLink: (path: string) => files.readLink(path),
          blocks: (stat: FileStat) => allocatedBytes(stat) / 1024,
        };
        return (visit) => this.#print(format(visit, sources), "");
      }
      case "-delete":
        this.#acts = true;
        this.#depthFirst = true;
        return ({ path, stat }) =>
          this.#tool.attempt(`cannot delete '${path}'`, () =>
            stat.type === "directory" ? files.removeDirectory(path) : files.remove(path),
          );
      case "-exec":
        return this.#exec();
      default:
        throw new UsageError(`unknown predicate \`${name}'`, true);
    }
  }

  #exec(): Test {
    this.#acts = true;
    const words: string[] = [];
    for (;;) {
      const word = this.#argument("-exec");
      if (word === ";") break;
      if (word === "+" && words.at(-1) === "{}") {
        const found: string[] = [];
        words.pop();
        this.#batches.push(async () => {
          if (found.length > 0) await this.#execute([...words, ...found]);
        });
        return ({ path }) => found.push(path) > 0;
      }
      words.push(word);
    }
    return async ({ path }) => (await this.#execute(words.map((word) => word.replaceAll("{}", path)))) === 0;
  }

  async #execute(argv: readonly string[]): Promise<number> {
    await this.#tool.out.flush();
    try {
      return (await this.#tool.process.spawn({ argv }).exited).code;
    } catch (error) {
      if (!isErrno(error)) throw error;
      await this.#tool.complain(`'${argv[0]}': ${error.message}`);
      return 127;
    }
  }
}

/** fnmatch(3): `*` and `?` also match slashes here, as find wants it. */
function glob(text: string, ignoreCase: boolean): (name: string) => boolean {
  let source = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (character === "[" && text.indexOf("]", at + 2) !== -1) {
      const end = text.indexOf("]", at + 2);
      source += `[${text
        .slice(at + 1, end)
        .replace(/^!/, "^")
        .replace(/\\/g, "\\\\")}]`;
      at = end;
    } else {
      if (character === "\\" && at + 1 < text.length) at++;
      source += (text[at] as string).replace(/[\\^$.|?*+()[\]{}]/, "\\$&");
    }
  }
  const pattern = compilePattern(`^(?s:${source})$`, { syntax: "perl", ignoreCase });
  return (name) => pattern.find(name, 0) !== undefined;
}
