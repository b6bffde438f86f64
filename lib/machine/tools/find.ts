/** find: GNU's. */
import { isErrno } from "../errno.ts";
import type { FileStat } from "../types.ts";
import { ACTIONS } from "./find/actions.ts";
import { parseExpression } from "./find/parser.ts";
import { type Plan, type Test, type Visit, Words } from "./find/visit.ts";
import { UsageError } from "./support/options.ts";
import { join } from "./support/paths.ts";
import { type Tool, tool } from "./support/tool.ts";

const isExpression = (word: string) => /^(-.|[!(),]$)/.test(word);

export const find = tool({ name: "find", usage: "[path...] [expression]", raw: true, options: {} }, (tool) =>
  new Finder(tool as unknown as Tool).run(),
);

class Finder {
  readonly #tool: Tool;
  readonly #plan: Plan = {
    minimum: 0,
    maximum: Number.POSITIVE_INFINITY,
    depthFirst: false,
    saysDepth: false,
    deletes: false,
    prunes: false,
    acts: false,
    oneFileSystem: false,
    follow: "never",
    dayStart: false,
    regexType: "findutils-default",
    batches: [],
  };
  #words: Words;

  constructor(tool: Tool) {
    this.#tool = tool;
    this.#words = new Words(tool, tool.operands, this.#plan);
  }

  async run(): Promise<number> {
    const plan = this.#plan;
    const words = this.#tool.operands;
    let at = this.#leadingOptions(words);
    const paths: string[] = [];
    for (; at < words.length && !isExpression(words[at] as string); at++) paths.push(words[at] as string);
    const asked = words.find((word) => /^--?(help|version)$/.test(word));
    if (asked !== undefined) {
      await this.#tool.out.write(
        asked.endsWith("help")
          ? "Usage: find [-H] [-L] [-P] [-Olevel] [path...] [expression]\n"
          : "find (Statecraft) 4.9.0\n",
      );
      return 0;
    }
    this.#words = new Words(this.#tool, words.slice(at), plan);
    const test = this.#parse();
    if (plan.deletes && plan.prunes && !plan.saysDepth)
      throw new UsageError(
        "The -delete action automatically turns on -depth, but -prune does nothing when -depth is in effect.  If you want to carry on anyway, just explicitly use the -depth option.",
        true,
      );
    const print = (ACTIONS["-print"] as (typeof ACTIONS)[string])(this.#words, "-print");
    const whole: Test = plan.acts ? test : async (visit) => (await test(visit)) && print(visit);
    for (const path of paths.length === 0 ? ["."] : paths) if (await this.#visit(path, path, 0, whole, [])) break;
    for (const batch of plan.batches) await batch();
    return this.#tool.status;
  }

  /** -H, -L, -P, -D and -O stand before everything else. Gives the place of the first word after them. */
  #leadingOptions(words: readonly string[]): number {
    let at = 0;
    for (; at < words.length; at++) {
      const word = words[at] as string;
      if (word === "-H") this.#plan.follow = "given";
      else if (word === "-L") this.#plan.follow = "always";
      else if (word === "-P") this.#plan.follow = "never";
      else if (word === "--") return at + 1;
      else if (word === "-D") throw new UsageError("-D is not available here", true);
      else if (/^-O\d$/.test(word)) continue;
      else break;
    }
    return at;
  }

  #parse(): Test {
    try {
      return parseExpression(this.#words);
    } catch (error) {
      // A pattern that the shell has replaced by names looks like this.
      if (!(error instanceof UsageError) || !error.message.startsWith("paths must precede")) throw error;
      throw this.#strayPath(error);
    }
  }

  #strayPath(error: UsageError): UsageError {
    const all = this.#tool.operands;
    const name = /`(.*)'$/s.exec(error.message)?.[1] ?? "";
    const at = all.indexOf(name, 1);
    const predicate = at >= 2 ? all[at - 2] : undefined;
    const patterned = predicate !== undefined && /^-(i?name|i?path|i?wholename|i?lname|i?regex)$/.test(predicate);
    if (!patterned || !this.#exists(name)) return error;
    return new UsageError(`${error.message}\nfind: possible unquoted pattern after predicate \`${predicate}'?`, true);
  }

  #exists(path: string): boolean {
    try {
      this.#tool.process.files.lstat(path);
      return true;
    } catch (error) {
      if (isErrno(error)) return false;
      throw error;
    }
  }

  /** Links are followed where that was asked for and they lead somewhere. */
  #look(path: string, depth: number): FileStat {
    const { files } = this.#tool.process;
    const { follow } = this.#plan;
    if (follow === "never" || (follow === "given" && depth > 0)) return files.lstat(path);
    try {
      return files.stat(path);
    } catch (error) {
      if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return files.lstat(path);
      throw error;
    }
  }

  /** True where the search is over. `above`: the directories on the way here. */
  async #visit(path: string, start: string, depth: number, test: Test, above: readonly FileStat[]): Promise<boolean> {
    const tool = this.#tool;
    const { files } = tool.process;
    const { depthFirst, minimum, maximum, oneFileSystem } = this.#plan;
    const spent = tool.spend(4);
    if (spent !== undefined) await spent;
    let visit: Visit;
    try {
      visit = { path, start, depth, stat: this.#look(path, depth), pruned: false, quit: false };
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`${tool.word(path)}: ${error.message}`);
      return false;
    }
    const { stat } = visit;
    const same = above.findIndex(({ inode, fileSystem }) => inode === stat.inode && fileSystem === stat.fileSystem);
    if (stat.type === "directory" && same !== -1) {
      const loop = path
        .split("/")
        .slice(0, same - above.length)
        .join("/");
      await tool.complain(
        `File system loop detected; ${tool.word(path)} is part of the same file system loop as ${tool.word(loop)}.`,
      );
      return false;
    }
    if (!depthFirst && depth >= minimum) {
      const done = test(visit);
      if (typeof done !== "boolean") await done;
    }
    if (visit.quit) return true;
    const other = oneFileSystem && above[0] !== undefined && above[0].fileSystem !== stat.fileSystem;
    if (stat.type === "directory" && !(visit.pruned && !depthFirst) && depth < maximum && !other) {
      try {
        const inside = [...above, stat];
        for (const { name } of files.list(path))
          if (await this.#visit(join(path, name), start, depth + 1, test, inside)) return true;
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(`${tool.word(path)}: ${error.message}`);
      }
    }
    if (depthFirst && depth >= minimum) await test(visit);
    return visit.quit;
  }
}
