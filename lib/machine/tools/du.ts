/** du: GNU's. */
import { isErrno } from "../errno.ts";
import type { FileStat } from "../types.ts";
import {
  allocatedBytes,
  type BlockSize,
  environmentBlockSize,
  parseBlockSize,
  SINGLE_BYTES,
  sizeText,
} from "./support/block-size.ts";
import { compileGlob } from "./support/glob.ts";
import { join } from "./support/paths.ts";
import { parseSize } from "./support/sizes.ts";
import { Exit, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  zero: { short: "0", long: "null", help: "end each output line with NUL, not newline" },
  all: { short: "a", long: "all", help: "write counts for all files, not just directories" },
  apparent: { long: "apparent-size", help: "print apparent sizes rather than device usage" },
  blockSize: { short: "B", long: "block-size", value: true, help: "scale sizes by SIZE before printing them" },
  bytes: { short: "b", long: "bytes", help: "equivalent to '--apparent-size --block-size=1'" },
  total: { short: "c", long: "total", help: "produce a grand total" },
  followGiven: { short: "D", long: "dereference-args", help: "dereference only symlinks of the command line" },
  followGivenToo: { short: "H" },
  depth: { short: "d", long: "max-depth", value: true, help: "print the total only if N or fewer levels below" },
  exclude: { long: "exclude", value: true, help: "exclude files that match PATTERN" },
  excludeFrom: { short: "X", long: "exclude-from", value: true, help: "exclude files that match any pattern in FILE" },
  files: { long: "files0-from", value: true, help: "not available here" },
  follow: { short: "L", long: "dereference", help: "dereference all symbolic links" },
  human: { short: "h", long: "human-readable", help: "print sizes in human readable format" },
  inodes: { long: "inodes", help: "list inode usage information instead of block usage" },
  kibibytes: { short: "k", help: "like --block-size=1K" },
  countLinks: { short: "l", long: "count-links", help: "count sizes many times if hard linked" },
  mebibytes: { short: "m", help: "like --block-size=1M" },
  noFollow: { short: "P", long: "no-dereference", help: "don't follow any symbolic links (this is the default)" },
  separate: { short: "S", long: "separate-dirs", help: "for directories do not include size of subdirectories" },
  si: { long: "si", help: "like -h, but use powers of 1000 not 1024" },
  summarize: { short: "s", long: "summarize", help: "display only a total for each argument" },
  threshold: { short: "t", long: "threshold", value: true, help: "exclude entries smaller than SIZE if positive" },
  time: { long: "time", value: "optional", help: "not available here" },
  oneFileSystem: { short: "x", long: "one-file-system", help: "skip directories on different file systems" },
} as const;
type Du = Tool<typeof OPTIONS>;

interface Plan {
  readonly size: BlockSize;
  readonly apparent: boolean;
  readonly depth: number;
  /** Entries smaller than it are left out; negative: those that are larger. */
  readonly threshold: number;
  readonly isExcluded: (path: string) => boolean;
  readonly end: string;
}

export const du = tool(
  {
    name: "du",
    usage: "[OPTION]... [FILE]...",
    summary: "Summarize device usage of the set of FILEs, recursively for directories.",
    options: OPTIONS,
  },
  async (tool) => {
    for (const name of ["files", "time"] as const)
      if (tool.has(name)) return tool.die(`--${OPTIONS[name].long} is not available here`);
    const walker = new Walker(tool, await planOf(tool));
    let total = 0;
    for (const path of tool.operands.length === 0 ? ["."] : tool.operands) {
      if (path === "") await tool.complain("invalid zero-length file name");
      else total += await walker.operand(path);
    }
    if (tool.has("total")) await walker.show(total, "total");
    return tool.status;
  },
);

async function planOf(tool: Du): Promise<Plan> {
  const { process } = tool;
  const text = tool.value("depth");
  if (text !== undefined && !/^\d+$/.test(text)) {
    return tool.usage(`invalid maximum depth ${tool.word(text)}`);
  }
  if (tool.has("summarize") && tool.has("all")) return tool.usage("cannot both summarize and show all entries");
  if (tool.has("summarize") && text !== undefined) {
    if (Number(text) === 0) await process.stderr.write("du: warning: summarizing is the same as using --max-depth=0\n");
    else {
      return tool.usage(`warning: summarizing conflicts with --max-depth=${Number(text)}`);
    }
  }
  const limit = tool.value("threshold");
  let threshold = 0;
  if (limit !== undefined) {
    const parsed = parseSize(limit.replace(/^[-+]/, ""));
    if (parsed === undefined || limit === "-0") {
      return tool.die(`invalid --threshold argument '${limit}'`);
    }
    threshold = limit.startsWith("-") ? -parsed : parsed;
  }
  const patterns = tool.options.values("exclude");
  const from = tool.value("excludeFrom");
  if (from !== undefined) {
    const read = await tool.attempt(tool.bare(from), () => {
      patterns.push(...process.files.readText(from).split("\n").filter(Boolean));
    });
    if (!read) throw new Exit(1);
  }
  const globs = patterns.map((pattern) => compileGlob(pattern));
  let size = environmentBlockSize(process.env, "DU_BLOCK_SIZE").size;
  for (const { name, value } of tool.options.given) {
    if (name === "human") size = { kind: "human", base: 1024 };
    else if (name === "si") size = { kind: "human", base: 1000 };
    else if (name === "kibibytes") size = { kind: "units", bytes: 1024, suffix: "" };
    else if (name === "mebibytes") size = { kind: "units", bytes: 2 ** 20, suffix: "" };
    else if (name === "bytes") size = SINGLE_BYTES;
    else if (name === "blockSize") {
      const parsed = parseBlockSize(value ?? "");
      if (typeof parsed !== "object") return tool.die(blockSizeWords(parsed, value ?? "", tool));
      size = parsed;
    }
  }
  return {
    size: tool.has("inodes") && size.kind === "units" ? SINGLE_BYTES : size,
    apparent: tool.has("apparent") || tool.has("bytes"),
    depth: tool.has("summarize") ? 0 : Number(text ?? Number.POSITIVE_INFINITY),
    threshold,
    // A pattern fits a whole path or what follows a slash in it.
    isExcluded: (path) =>
      globs.some(
        (matches) =>
          matches(path) || path.split("/").some((_, at, parts) => at > 0 && matches(parts.slice(at).join("/"))),
      ),
    end: tool.has("zero") ? "\0" : "\n",
  };
}

/** What is wrong with a block size; its option is called as it was given. */
function blockSizeWords(problem: "zero" | "large" | "suffix" | undefined, value: string, tool: Du): string {
  const name = tool.process.argv.some((word) => word.startsWith("--block")) ? "--block-size" : "-B";
  if (problem === "large") return `${name} argument '${value}' too large`;
  return problem === "suffix" ? `invalid suffix in ${name} argument '${value}'` : `invalid ${name} argument '${value}'`;
}

class Walker {
  readonly #tool: Du;
  readonly #plan: Plan;
  readonly #seen = new Set<string>();

  constructor(tool: Du, plan: Plan) {
    this.#tool = tool;
    this.#plan = plan;
  }

  async show(amount: number, name: string): Promise<void> {
    await this.#tool.out.write(`${sizeText(amount, this.#plan.size)}\t${name}${this.#plan.end}`);
  }

  #look(path: string, isOperand: boolean): FileStat {
    const { files } = this.#tool.process;
    const way = this.#tool.options.last("follow", "followGiven", "followGivenToo", "noFollow");
    const follows = way === "follow" || (isOperand && (way === "followGiven" || way === "followGivenToo"));
    return follows ? files.stat(path) : files.lstat(path);
  }

  async operand(path: string): Promise<number> {
    try {
      const stat = this.#look(path, true);
      return (await this.#measure(path, stat, 0, stat))?.whole ?? 0;
    } catch (error) {
      if (!isErrno(error)) throw error;
      await this.#tool.complain(`cannot access ${this.#tool.named(path)}: ${error.message}`);
      return 0;
    }
  }

  /** Undefined where it was counted before, or is not to be. */
  async #measure(
    path: string,
    stat: FileStat,
    level: number,
    top: FileStat,
  ): Promise<{ readonly whole: number; readonly own: number } | undefined> {
    const tool = this.#tool;
    const plan = this.#plan;
    const spent = tool.spend(3);
    if (spent !== undefined) await spent;
    if (plan.isExcluded(path)) return undefined;
    if (tool.has("oneFileSystem") && stat.fileSystem !== top.fileSystem) return undefined;
    const key = `${stat.fileSystem}:${stat.inode}`;
    const several = stat.type === "directory" || stat.links > 1 || tool.has("follow") || level === 0;
    if (several && !tool.has("countLinks")) {
      if (this.#seen.has(key)) return undefined;
      this.#seen.add(key);
    }
    const own = tool.has("inodes") ? 1 : plan.apparent ? stat.size : allocatedBytes(stat);
    let files = own;
    let below = 0;
    if (stat.type === "directory") {
      try {
        for (const { name } of tool.process.files.list(path)) {
          const at = join(path, name);
          let inner: FileStat;
          try {
            inner = this.#look(at, false);
          } catch (error) {
            if (!isErrno(error)) throw error;
            await tool.complain(`cannot access ${tool.named(at)}: ${error.message}`);
            continue;
          }
          const found = await this.#measure(at, inner, level + 1, top);
          if (found === undefined) continue;
          if (inner.type === "directory") below += found.whole;
          else files += found.whole;
        }
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(`cannot read directory ${tool.named(path)}: ${error.message}`);
      }
    }
    const whole = files + below;
    const shown = tool.has("separate") ? files : whole;
    const isShown = level <= plan.depth && (stat.type === "directory" || tool.has("all") || level === 0);
    const passes = plan.threshold < 0 ? shown <= -plan.threshold : shown >= plan.threshold;
    if (isShown && passes) await this.show(shown, path);
    return { whole, own };
  }
}
