/** gzip, gunzip, zcat (1.12). Compresses in its own way: what it writes every gzip reads, sizes differ a little from GNU's. */

import { crc32 } from "../../encoding/index.ts";
import { isErrno } from "../errno.ts";
import { formatDate } from "../strftime.ts";
import type { Program } from "../types.ts";
import { gunzipBytes, gzipBytes, isGzip, nameInGzip } from "./support/gzip-format.ts";
import { InflateError } from "./support/inflate.ts";
import { baseName } from "./support/paths.ts";
import { readAll, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  ascii: { short: "a", long: "ascii" },
  stdout: { short: "c", long: "stdout", help: "write on standard output, keep original files unchanged" },
  toStdout: { long: "to-stdout" },
  decompress: { short: "d", long: "decompress", help: "decompress" },
  uncompress: { long: "uncompress" },
  force: { short: "f", long: "force", help: "force overwrite of output file and compress links" },
  keep: { short: "k", long: "keep", help: "keep (don't delete) input files" },
  list: { short: "l", long: "list", help: "list compressed file contents" },
  noName: { short: "n", long: "no-name", help: "do not save or restore the original name and timestamp" },
  name: { short: "N", long: "name", help: "save or restore the original name and timestamp" },
  quiet: { short: "q", long: "quiet", help: "suppress all warnings" },
  recursive: { short: "r", long: "recursive", help: "operate recursively on directories" },
  suffix: { short: "S", long: "suffix", value: true, help: "use suffix SUF on compressed files" },
  synchronous: { long: "synchronous" },
  rsyncable: { long: "rsyncable" },
  test: { short: "t", long: "test", help: "test compressed file integrity" },
  verbose: { short: "v", long: "verbose", help: "verbose mode" },
  version: { short: "V", long: "version", help: "display version number" },
  license: { short: "L", long: "license" },
  fast: { long: "fast", help: "compress faster" },
  best: { long: "best", help: "compress better" },
  level: { long: "level-without-a-name", value: true },
} as const;

type Gzip = Tool<typeof OPTIONS>;

/** "-33.3%": what was saved, as gzip's display_ratio has it. */
function ratio(saved: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * saved) / whole).toFixed(1).padStart(5)}%`;
}

class Run {
  readonly tool: Gzip;
  readonly #decompress: boolean;
  readonly #streams: boolean;
  readonly #suffix: string;
  #listed = 0;
  #sums: [number, number] = [0, 0];

  constructor(tool: Gzip, unpacks: boolean, toOutput: boolean) {
    this.tool = tool;
    this.#decompress =
      unpacks || tool.has("decompress") || tool.has("uncompress") || tool.has("test") || tool.has("list");
    this.#streams = toOutput || tool.has("stdout") || tool.has("toStdout");
    this.#suffix = tool.value("suffix") ?? ".gz";
  }

  /** A warning: quiet runs end with 2 all the same. */
  async #warn(message: string): Promise<void> {
    if (this.tool.has("quiet")) this.tool.status = this.tool.status === 1 ? 1 : 2;
    else {
      const { status } = this.tool;
      await this.tool.complain(message, 2);
      if (status === 1) this.tool.status = 1;
    }
  }

  async file(path: string): Promise<void> {
    const { tool } = this;
    try {
      if (path === "-") await this.#stream();
      else await this.#named(path);
    } catch (error) {
      if (error instanceof InflateError) {
        await tool.out.flush();
        await tool.process.stderr.write(`\n${tool.name}: ${path === "-" ? "stdin" : path}: ${error.message}\n`);
        tool.status = 1;
      } else if (isErrno(error) && error.code !== "EPIPE") {
        await tool.complain(
          `${error.path?.endsWith(this.#suffix) && !path.endsWith(this.#suffix) ? path + this.#suffix : path}: ${error.message}`,
        );
        tool.status = 1;
      } else throw error;
    }
  }

  async #stream(): Promise<void> {
    const { tool } = this;
    const data = await readAll(tool, tool.process.stdin);
    if (this.#decompress) {
      const result = await this.#unpacked(data);
      if (tool.has("list")) await this.#list(data, result, "stdout");
      else if (!tool.has("test")) await tool.out.write(result);
    } else await tool.out.write(await gzipBytes(tool, data, undefined, 0));
    if (tool.has("test") && tool.has("verbose") && !tool.has("list")) await tool.process.stderr.write(" OK\n");
  }

  /** With -cdf, what is not compressed passes as it is. */
  async #unpacked(data: Uint8Array): Promise<Uint8Array> {
    if (!isGzip(data) && this.tool.has("force") && this.#streams) return data;
    if (data.length === 0 || (data.length < 10 && isGzip(data))) throw new InflateError("unexpected end of file");
    return gunzipBytes(this.tool, data);
  }

  async #named(path: string): Promise<void> {
    const { tool } = this;
    const { files } = tool.process;
    const source =
      this.#decompress && !files.exists(path)
        ? (this.#found(path) ??
          (path.includes(".") && /\.(gz|z|Z|tgz|taz)$|[-_]z$/.test(path) ? path : path + this.#suffix))
        : path;
    const stat = files.lstat(source);
    if (files.exists(source) && files.stat(source).type === "directory") {
      if (!tool.has("recursive")) return this.#warn(`${source} is a directory -- ignored`);
      for (const { name } of files.list(source)) await this.file(`${source.replace(/\/+$/, "")}/${name}`);
      return;
    }
    if (stat.type === "symlink" && !this.#streams && !tool.has("force") && !tool.has("test") && !tool.has("list")) {
      await tool.complain(`${source}: Too many levels of symbolic links`);
      tool.status = 1;
      return;
    }
    const ending = [this.#suffix, ".gz", "-gz", ".z", "-z", ".Z", "_z", ".tgz", ".taz"].find(
      (each) => each !== "" && source.toLowerCase().endsWith(each.toLowerCase()) && source.length > each.length,
    );
    const inPlace = !this.#streams && !tool.has("test") && !tool.has("list");
    if (inPlace && !this.#decompress && ending !== undefined && !tool.has("force")) {
      if (!tool.has("quiet") && !(tool.has("recursive") && !tool.has("verbose")))
        await tool.process.stderr.write(`gzip: ${source} already has ${ending} suffix -- unchanged\n`);
      return;
    }
    if (this.#decompress && ending === undefined && !this.#streams && !tool.has("list") && !tool.has("test")) {
      if (tool.has("recursive") && !tool.has("verbose")) return;
      return this.#warn(`${source}: unknown suffix -- ignored`);
    }
    const reader = tool.open(source);
    const data = await readAll(tool, reader);
    reader.close();
    const restores = tool.options.last("name", "noName");
    if (this.#decompress) {
      const result = await this.#unpacked(data);
      if (tool.has("list"))
        return this.#list(
          data,
          result,
          source.slice(0, source.length - (ending?.length ?? 0)) + (/^\.t[ga]z$/i.test(ending ?? "") ? ".tar" : ""),
        );
      if (tool.has("test")) {
        if (tool.has("verbose")) await tool.process.stderr.write(`${source}:\t OK\n`);
        return;
      }
      if (this.#streams) {
        if (tool.has("verbose"))
          await tool.process.stderr.write(`${source}:\t${ratio(result.length - data.length, result.length)}\n`);
        await tool.out.write(result);
        return;
      }
      const plain =
        source.slice(0, source.length - (ending as string).length) +
        (/^\.t[ga]z$/i.test(ending as string) ? ".tar" : "");
      const inside = restores === "name" ? nameInGzip(data) : undefined;
      const target =
        inside?.name === undefined ? plain : `${plain.slice(0, plain.lastIndexOf("/") + 1)}${baseName(inside.name)}`;
      await this.#replace(
        source,
        target,
        result,
        inside?.modified,
        ratio(result.length - (data.length - headerLength(data)), result.length),
      );
      return;
    }
    const saves = restores !== "noName";
    const result = await gzipBytes(
      tool,
      data,
      saves ? baseName(source) : undefined,
      saves ? files.stat(source).modified : 0,
    );
    const saved = ratio(data.length - (result.length - headerLength(result)), data.length);
    if (this.#streams) {
      if (tool.has("verbose")) await tool.process.stderr.write(`${source}:\t${saved}\n`);
      await tool.out.write(result);
    } else await this.#replace(source, source + this.#suffix, result, undefined, saved);
  }

  #found(path: string): string | undefined {
    const { files } = this.tool.process;
    return [this.#suffix, ".gz", ".z", "-z", ".Z"].map((end) => path + end).find((each) => files.exists(each));
  }

  async #replace(
    source: string,
    target: string,
    data: Uint8Array,
    modified: number | undefined,
    saved: string,
  ): Promise<void> {
    const { tool } = this;
    const { files } = tool.process;
    if (files.exists(target) && !tool.has("force")) {
      // Somebody at a terminal is asked; nobody else can answer.
      if (tool.process.isTerminal(0)) {
        await tool.out.flush();
        await tool.process.stderr.write(`gzip: ${target} already exists; do you wish to overwrite (y or n)? `);
        const answer = await tool.process.stdin.read();
        if (answer === null || !/^[yY]/.test(new TextDecoder().decode(answer))) {
          await tool.process.stderr.write("\tnot overwritten\n");
          tool.status = tool.status === 1 ? 1 : 2;
          return;
        }
      } else return this.#warn(`${target} already exists;\tnot overwritten`);
    }
    const stat = files.stat(source);
    files.remove(target, { force: true });
    files.writeFile(target, data, { mode: stat.mode & 0o777 });
    files.chmod(target, stat.mode & 0o777);
    files.setTimes(target, stat.accessed, modified === undefined || modified === 0 ? stat.modified : modified);
    const keeps = tool.has("keep");
    if (!keeps) files.remove(source);
    if (tool.has("verbose"))
      await tool.process.stderr.write(`${source}:\t${saved} -- ${keeps ? "created" : "replaced with"} ${target}\n`);
  }

  /** A line of --list; its head before the first. */
  async #list(data: Uint8Array, plain: Uint8Array, name: string): Promise<void> {
    const { tool } = this;
    const verbose = tool.has("verbose");
    if (this.#listed++ === 0 && !tool.has("quiet"))
      await tool.out.write(
        `${verbose ? "method  crc     date  time  " : ""}${"compressed".padStart(19)} ${"uncompressed".padStart(19)}  ratio uncompressed_name\n`,
      );
    const inside = nameInGzip(data);
    const time = inside.modified === 0 ? tool.process.clock.now() : inside.modified;
    if (verbose) await tool.spend(plain.length >> 6);
    const details = verbose
      ? `defla ${crc32(plain).toString(16).padStart(8, "0")} ${formatDate(time, "%b %e %H:%M")} `
      : "";
    this.#sums[0] += data.length;
    this.#sums[1] += plain.length;
    await tool.out.write(
      `${details}${this.#numbers(data.length, plain.length, headerLength(data))} ${tool.has("name") && inside.name !== undefined ? inside.name : name}\n`,
    );
  }

  #numbers(packed: number, plain: number, header: number): string {
    return `${String(packed).padStart(19)} ${String(plain).padStart(19)} ${ratio(plain - (packed - header), plain)}`;
  }

  async totals(): Promise<void> {
    if (!this.tool.has("list") || this.#listed < 2 || this.tool.has("quiet")) return;
    const [packed, plain] = this.#sums;
    await this.tool.out.write(
      `${this.tool.has("verbose") ? " ".repeat(28) : ""}${String(packed).padStart(19)} ${String(plain).padStart(19)} ${ratio(plain - packed, plain)} (totals)\n`,
    );
  }
}

/** Bytes before the compressed ones and eight after them: those do not count in the ratio. */
function headerLength(data: Uint8Array): number {
  if (!isGzip(data)) return 0;
  const flags = data[3] ?? 0;
  let at = 10;
  if (flags & 4) at += 2 + ((data[at] ?? 0) | ((data[at + 1] ?? 0) << 8));
  for (const bit of [8, 16]) if (flags & bit) while (at < data.length && data[at++] !== 0);
  return at + (flags & 2 ? 2 : 0) + 8;
}

function gzipTool(unpacks: boolean, toOutput: boolean): Program {
  return tool(
    {
      name: "gzip",
      usage: "[OPTION]... [FILE]...",
      summary: "Compress or uncompress FILEs (by default, compress FILES in-place).",
      pointer: "Try `gzip --help' for more information.",
      digits: "level",
      digitsCluster: true,
      options: OPTIONS,
    },
    async (tool) => {
      if (tool.has("version")) {
        await tool.out.write("gzip 1.12\n");
        return;
      }
      for (const name of ["ascii", "rsyncable", "license"] as const)
        if (tool.has(name)) return tool.die(`--${name} is not available here`);
      const run = new Run(tool, unpacks, toOutput);
      for (const path of tool.operands.length === 0 ? ["-"] : tool.operands) await run.file(path);
      await run.totals();
    },
  );
}

export const gzip = gzipTool(false, false);
export const gunzip = gzipTool(true, false);
export const zcat = gzipTool(true, true);
