/** tar(1), as GNU's 1.34: create, extract, list, append, compare, delete, to and from files and streams. `kubectl cp` talks to it. */
import { concatBytes } from "../../encoding/index.ts";
import { isErrno } from "../errno.ts";
import type { ByteReader } from "../types.ts";
import { gunzipBytes, gzipBytes, isGzip } from "./support/gzip-format.ts";
import { InflateError } from "./support/inflate.ts";
import { UsageError } from "./support/options.ts";
import { join } from "./support/paths.ts";
import { BLOCK } from "./support/tar-format.ts";
import { readAll, type Tool, tool } from "./support/tool.ts";
import { Common } from "./tar/common.ts";
import { Exact } from "./tar/exact.ts";
import { compare, Extractor, list, members, Wanted } from "./tar/reading.ts";
import { parseRequest, type Request } from "./tar/request.ts";
import { Writer } from "./tar/writing.ts";

const RECORD = 20 * BLOCK;
const POINTER = "Try 'tar --help' or 'tar --usage' for more information.";

export const tar = tool(
  { name: "tar", usage: "[OPTION...] [FILE]...", raw: true, usageStatus: 2, pointer: POINTER, options: {} },
  async (tool) => {
    if (tool.operands.includes("--version")) {
      await tool.out.write("tar (GNU tar) 1.34\n");
      return;
    }
    if (tool.operands.includes("--help") || tool.operands.includes("--usage")) {
      await tool.out.write(
        "Usage: tar [OPTION...] [FILE]...\nGNU 'tar' saves many files together into a single tape or disk archive, and can\nrestore individual files from the archive.\n\nExamples:\n  tar -cf archive.tar foo bar  # Create archive.tar from files foo and bar.\n  tar -tvf archive.tar         # List all files in archive.tar verbosely.\n  tar -xf archive.tar          # Extract all files from archive.tar.\n\nSee man tar for the options.\n",
      );
      return;
    }
    const request = parseRequest(tool.operands, { now: tool.process.clock.now() });
    if (request.mode === undefined)
      throw new UsageError(
        `You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n${POINTER}`,
        true,
      );
    await readLists(tool as unknown as Tool, request);
    if (request.auto && request.mode === "c") {
      const other = /\.(bz2|tbz2?|tz2|xz|txz|lz|lzma|zst|tzst|Z|taZ)$/.exec(request.archive);
      if (other !== null) throw new UsageError(`compression for ${other[0]} is not available here`, true);
      if (/\.(gz|tgz|taz)$/.test(request.archive)) request.gzip = true;
    }
    const common = new Common(tool as unknown as Tool, request);
    try {
      await ACTIONS[request.mode](common);
    } catch (error) {
      if (!(error instanceof InflateError)) throw error;
      await tool.out.flush();
      await tool.process.stderr.write(`\ngzip: stdin: ${error.message}\n`);
      await tool.complain("Child returned status 1", 2);
      await tool.complain("Error is not recoverable: exiting now", 2);
      common.fatal = true;
    }
    if (tool.status > 1 && !common.fatal) await tool.complain("Exiting with failure status due to previous errors", 2);
  },
);

/** Names from files (-T), and patterns (-X). */
async function readLists(tool: Tool, request: Request): Promise<void> {
  const read = async (path: string, words = "Cannot stat: "): Promise<string> => {
    try {
      return new TextDecoder().decode(await readAll(tool, tool.open(path)));
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`${path}: ${words}${error.message}`, 2);
      return tool.die("Error is not recoverable: exiting now", 2);
    }
  };
  for (const path of request.excludeFiles)
    request.excluded.push(...(await read(path, "")).split("\n").filter((line) => line !== ""));
  for (const { path, at, directory, zero } of [...request.lists].reverse()) {
    const text = await read(path);
    let base = directory;
    const found: { readonly name: string; readonly directory: string }[] = [];
    const words = text.split(zero ? "\0" : "\n").filter((line) => line !== "");
    for (let index = 0; index < words.length; index++) {
      const word = words[index] as string;
      const change = zero ? undefined : /^-C\s*(.*)$/.exec(word)?.[1];
      if (change !== undefined) base = join(base, change === "" ? (words[++index] ?? ".") : change);
      else found.push({ name: word, directory: base });
    }
    request.members.splice(at, 0, ...found);
  }
}

/** The blocks that end an archive, up to a whole record. */
function ending(size: number): Uint8Array {
  const end = size + 2 * BLOCK;
  return new Uint8Array(2 * BLOCK + ((RECORD - (end % RECORD)) % RECORD));
}

async function create(common: Common): Promise<void> {
  const { tool, request } = common;
  if (request.members.length === 0 && request.lists.length === 0) {
    common.fatal = true;
    await tool.die(`Cowardly refusing to create an empty archive\n${POINTER}`, 2);
  }
  const { archive, gzip = false } = request;
  let file: ReturnType<typeof tool.process.open> | undefined;
  try {
    file =
      archive === "-" || gzip ? undefined : tool.process.open(archive, { write: true, create: true, truncate: true });
  } catch (error) {
    if (!isErrno(error)) throw error;
    await common.die(`${archive}: Cannot open: ${error.message}`);
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  const put = async (data: Uint8Array) => {
    size += data.length;
    if (gzip) {
      parts.push(data.slice());
      tool.process.holdMemory(size);
    } else if (file === undefined) await tool.out.write(data);
    else await file.writer?.write(data);
  };
  const writer = new Writer(common, put);
  for (const { name, directory } of request.members) await writer.add(name, directory);
  await put(ending(size));
  if (gzip) {
    const packed = await gzipBytes(tool, concatBytes(parts));
    if (archive === "-") await tool.out.write(packed);
    else tool.process.files.writeFile(archive, packed);
  }
  file?.close();
}

async function open(common: Common): Promise<Exact> {
  const { tool, request } = common;
  let source: ByteReader;
  try {
    source = tool.open(request.archive);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return common.die(`${request.archive}: Cannot open: ${error.message}`);
  }
  const input = new Exact(source);
  const start = await input.read(BLOCK);
  if (request.gzip || (isGzip(start) && request.archive !== "-")) {
    const packed = concatBytes([start, input.held(), await readAll(tool, source)]);
    return new Exact(undefined, await gunzipBytes(tool, packed));
  }
  if (isGzip(start)) return common.die("Archive is compressed. Use -z option");
  input.unread(start);
  return input;
}

async function read(common: Common): Promise<void> {
  const input = await open(common);
  const wanted = new Wanted(common);
  const extractor = common.request.mode === "x" ? new Extractor(common) : undefined;
  for await (const member of members(common, input)) {
    if (!wanted.has(member.entry.name)) continue;
    if (extractor !== undefined) await extractor.extract(member);
    else if (common.request.mode === "d") await compare(common, member);
    else await list(common, member);
  }
  extractor?.finish();
  await wanted.complain();
}

/** -r, -u and --delete: the archive is read whole and written anew. */
async function rewrite(common: Common): Promise<void> {
  const { tool, request } = common;
  const { files } = tool.process;
  const { archive, mode } = request;
  if (archive === "-") throw new UsageError("Options '-Aru' are incompatible with '-f -'");
  if (request.gzip) throw new UsageError("Cannot update compressed archives");
  const exists = files.exists(archive);
  if (!exists && mode === "delete") await common.die(`${archive}: Cannot open: No such file or directory`);
  const kept: Uint8Array[] = [];
  const times = new Map<string, number>();
  const wanted = new Wanted(common);
  if (exists) {
    const data = files.readFile(archive);
    if (isGzip(data)) await common.die("Cannot update compressed archives");
    for await (const { entry, raw } of members(common, new Exact(undefined, data), true)) {
      if (mode === "delete" && request.members.length > 0 && wanted.has(entry.name)) continue;
      kept.push(raw);
      times.set(entry.name, entry.modified);
    }
  }
  if (tool.status === 0 && mode !== "delete") {
    const writer = new Writer(common, async (data) => void kept.push(data.slice()), mode === "u" ? times : undefined);
    for (const { name, directory } of request.members) await writer.add(name, directory);
  }
  const whole = concatBytes(kept);
  files.writeFile(archive, concatBytes([whole, ending(whole.length)]));
  if (mode === "delete") await wanted.complain();
}

const ACTIONS: Readonly<Record<NonNullable<Request["mode"]>, (common: Common) => Promise<void>>> = {
  c: create, x: read, t: read, d: read, r: rewrite, u: rewrite, delete: rewrite,
}; // biome-ignore format: a table
