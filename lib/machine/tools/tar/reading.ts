/** tar -x, -t and -d: members read. */
import { concatBytes } from "../../../encoding/index.ts";
import { isErrno } from "../../errno.ts";
import { isKilled } from "../../process/killed.ts";
import { compileGlob } from "../support/glob.ts";
import { join } from "../support/paths.ts";
import { BLOCK, decodeEntry, padding, paxRecords, type TarEntry } from "../support/tar-format.ts";
import type { Common } from "./common.ts";
import type { Exact } from "./exact.ts";
import { transformed } from "./names.ts";

interface ReadMember {
  readonly entry: TarEntry;
  readonly data: Uint8Array;
  /** The blocks as they stand in the archive, with those that carry long names. */
  readonly raw: Uint8Array;
}

/** The members of an archive one after another; complains where it is none. `keeps`: with their blocks. */
export async function* members(common: Common, input: Exact, keeps = false): AsyncGenerator<ReadMember> {
  const { tool } = common;
  let longName: string | undefined;
  let longLink: string | undefined;
  let pax: ReadonlyMap<string, string> = new Map();
  let raw: Uint8Array[] = [];
  for (let first = true; ; first = false) {
    const block = await input.read(BLOCK);
    if (block.length === 0 && !first) return;
    if (block.length < BLOCK) {
      if (first) {
        await tool.complain("This does not look like a tar archive", 2);
        return;
      }
      await common.die("Unexpected EOF in archive");
    }
    if (block.every((byte) => byte === 0)) {
      // The end; what follows is padding, which a writer on the other side of a pipe wants to get rid of.
      while ((await input.read(16 * 1024)).length > 0);
      return;
    }
    const header = decodeEntry(block);
    if (header === undefined) {
      await tool.complain("This does not look like a tar archive", 2);
      return;
    }
    const size = pax.has("size") ? Number(pax.get("size")) : header.size;
    const special = "LKxg".includes(header.type);
    const data = await input.read(size);
    if (data.length < size) await common.die(`Unexpected EOF in archive`);
    const rest = await input.read(padding(size));
    if (keeps) raw.push(block.slice(), data.slice(), rest.slice());
    if (special) {
      const text = new TextDecoder().decode(data).split("\0", 1)[0] ?? "";
      if (header.type === "L") longName = text;
      else if (header.type === "K") longLink = text;
      else if (header.type === "x") pax = paxRecords(data);
      continue;
    }
    const entry: TarEntry = {
      ...header,
      size,
      name: pax.get("path") ?? longName ?? header.name,
      linkName: pax.get("linkpath") ?? longLink ?? header.linkName,
      modified: pax.has("mtime") ? Math.floor(Number(pax.get("mtime")) * 1000) : header.modified,
    };
    tool.process.holdMemory(size);
    await tool.spend(4 + (size >> 10));
    yield { entry, data, raw: keeps ? concatBytes(raw) : EMPTY };
    raw = [];
    longName = undefined;
    longLink = undefined;
    pax = new Map();
  }
}

const EMPTY = new Uint8Array();

/** Which members were asked for. */
export class Wanted {
  readonly #common: Common;
  readonly #tests: readonly {
    readonly name: string;
    readonly directory: string;
    readonly test: (name: string) => boolean;
  }[];
  readonly #found = new Set<string>();

  constructor(common: Common) {
    this.#common = common;
    const { wildcards, recursion } = common.request;
    this.#tests = common.request.members.map(({ name, directory }) => {
      const plain = name.replace(/(.)\/+$/, "$1");
      const glob = wildcards ? compileGlob(plain) : undefined;
      const test = (own: string) => {
        if (own === plain || (recursion && own.startsWith(`${plain}/`))) return true;
        if (glob === undefined) return false;
        const parts = own.split("/");
        return parts.some((_, index) => glob(parts.slice(0, index + 1).join("/")));
      };
      return { name, directory, test };
    });
  }

  has(name: string): boolean {
    const own = name.replace(/(.)\/+$/, "$1");
    if (this.#common.isExcluded(own)) return false;
    if (this.#tests.length === 0) return true;
    const found = this.#tests.filter(({ test }) => test(own));
    for (const each of found) this.#found.add(each.name);
    // A -C counts for the members that are named after it.
    if (found[0] !== undefined) this.#common.request.directory = found[0].directory;
    return found.length > 0;
  }

  /** Says which were not there. */
  async complain(): Promise<void> {
    for (const { name } of this.#tests)
      if (!this.#found.has(name)) await this.#common.tool.complain(`${name}: Not found in archive`, 2);
  }
}

export async function list(common: Common, { entry }: ReadMember): Promise<void> {
  const { request } = common;
  if (entry.name.startsWith("/")) await common.relative(entry.name, "member names");
  const name = request.showTransformed ? transformed(entry.name, "r", request.transforms) : entry.name;
  await common.tool.out.write(`${common.describe({ ...entry, name }, request.verbose > 0)}\n`);
}

/** Extraction: what is done at the end, when everything is there. */
export class Extractor {
  readonly #common: Common;
  readonly #times: { readonly path: string; readonly modified: number }[] = [];

  constructor(common: Common) {
    this.#common = common;
  }

  /** Directories get their times last: making what is in them changes those. */
  finish(): void {
    const { files, clock } = this.#common.tool.process;
    for (const { path, modified } of this.#times.reverse()) files.setTimes(path, clock.now(), modified);
  }

  #place(name: string): string {
    const { request } = this.#common;
    let out = name;
    if (request.topLevel !== undefined) {
      const top =
        request.topLevel === ""
          ? (request.archive.split("/").at(-1) ?? "").replace(/\.(tar(\.\w+)?|tgz)$/, "")
          : request.topLevel;
      if (out.replace(/^\.\//, "").split("/")[0] !== top) out = `${top}/${out}`;
    }
    return join(request.directory, out).replace(/(.)\/+$/, "$1");
  }

  async extract({ entry, data }: ReadMember): Promise<void> {
    const common = this.#common;
    const { request, tool } = common;
    const { files, uid, umask, clock } = tool.process;
    let name = await common.relative(entry.name, "member names");
    if (name.split("/").includes("..") && !request.absolute) {
      await tool.complain(`${entry.name}: Member name contains '..', skipping`, 2);
      return;
    }
    if (request.strip > 0) name = name.split("/").slice(request.strip).join("/");
    name = transformed(name, "r", request.transforms);
    if (name === "") return;
    if (request.verbose > 0)
      await common.tell(
        `${common.describe({ ...entry, name: request.showTransformed ? name : entry.name }, request.verbose > 1)}\n`,
      );
    if (request.toOutput) {
      if (entry.type === "0") await tool.out.write(data);
      return;
    }
    const path = this.#place(name);
    const keeps = request.keepMode ?? uid === 0;
    const mode = keeps ? entry.mode & 0o7777 : entry.mode & 0o777 & ~umask;
    try {
      const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      if (parent !== "" && !files.exists(parent)) files.makeDirectory(parent, { recursive: true });
      if (entry.type === "5") {
        if (!files.exists(path)) files.makeDirectory(path, { mode });
        files.chmod(path, mode);
        if (request.keepTimes) this.#times.push({ path, modified: entry.modified });
      } else {
        if (!(await this.#mayWrite(path, name, entry))) return;
        await this.#write(entry, data, path, name, mode);
        if (entry.type === "0" || entry.type === "7") {
          files.chmod(path, mode);
          if (request.keepTimes) files.setTimes(path, clock.now(), entry.modified);
        }
      }
      if ((request.keepOwner ?? uid === 0) && uid === 0 && entry.type !== "2" && entry.type !== "1")
        files.chown(path, entry.uid, entry.gid);
    } catch (error) {
      if (!isErrno(error) || isKilled(error)) throw error;
      const link = entry.type === "1" ? `Cannot hard link to '${entry.linkName}'` : undefined;
      const verb = entry.type === "5" ? "mkdir" : entry.type === "2" ? "create symlink" : "open";
      await tool.complain(`${name}: ${link ?? `Cannot ${verb}`}: ${error.message}`, 2);
    }
  }

  /** What is there already may have to stay. */
  async #mayWrite(path: string, name: string, entry: TarEntry): Promise<boolean> {
    const { request, tool } = this.#common;
    const { files } = tool.process;
    let there: { readonly modified: number } | undefined;
    try {
      there = files.lstat(path);
    } catch (error) {
      if (!isErrno(error)) throw error;
    }
    if (there === undefined) return true;
    if (request.existing === "refuse") {
      await tool.complain(`${name}: Cannot ${entry.type === "2" ? "create symlink" : "open"}: File exists`, 2);
      return false;
    }
    if (request.existing === "skip") return false;
    if (request.existing === "newer" && Math.floor(there.modified / 1000) >= Math.floor(entry.modified / 1000)) {
      await tool.complain(`Current '${name}' is newer or same age`, 0);
      return false;
    }
    return true;
  }

  async #write(entry: TarEntry, data: Uint8Array, path: string, name: string, mode: number): Promise<void> {
    const { request, tool } = this.#common;
    const { files } = tool.process;
    if (entry.type === "2") {
      files.remove(path, { force: true });
      files.symlink(transformed(entry.linkName, "s", request.transforms), path);
    } else if (entry.type === "1") {
      let target = await this.#common.relative(entry.linkName, "hard link targets");
      if (request.strip > 0) target = target.split("/").slice(request.strip).join("/");
      const source = this.#place(transformed(target, "h", request.transforms));
      files.stat(source);
      files.remove(path, { force: true });
      files.link(source, path);
    } else if (entry.type === "0" || entry.type === "7") {
      // A new file in its place: a link there is not followed.
      files.remove(path, { force: true });
      files.writeFile(path, data, { mode });
    } else {
      await tool.complain(`${name}: Cannot mknod: Operation not permitted`, 2);
    }
  }
}

/** -d: what is different on the file system. */
export async function compare(common: Common, { entry, data }: ReadMember): Promise<void> {
  const { request, tool } = common;
  const { files } = tool.process;
  const name = await common.relative(entry.name, "member names");
  if (request.verbose > 0) await common.tell(`${common.describe(entry, request.verbose > 1)}\n`);
  const path = join(request.directory, name).replace(/(.)\/+$/, "$1");
  const differs = async (what: string) => {
    tool.status = Math.max(tool.status, 1);
    await tool.out.write(`${entry.name}: ${what}\n`);
  };
  let stat: import("../../types.ts").FileStat;
  try {
    stat = files.lstat(path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    await tool.complain(`${entry.name}: Warning: Cannot stat: ${error.message}`, 1);
    return;
  }
  const kinds = { "0": "file", "1": "file", "2": "symlink", "5": "directory", "6": "fifo" } as Readonly<
    Record<string, string>
  >;
  if (stat.type !== kinds[entry.type]) return differs("File type differs");
  if (entry.type === "2") {
    if (files.readLink(path) !== entry.linkName) await differs("Symlink differs");
    return;
  }
  if (entry.type === "1") {
    const target = files.lstat(join(request.directory, entry.linkName));
    if (target.inode !== stat.inode) await differs(`Not linked to ${entry.linkName}`);
    return;
  }
  if ((stat.mode & 0o7777) !== (entry.mode & 0o7777)) await differs("Mode differs");
  if (entry.type !== "0") return;
  if (stat.uid !== entry.uid) await differs("Uid differs");
  if (stat.gid !== entry.gid) await differs("Gid differs");
  if (Math.floor(stat.modified / 1000) !== Math.floor(entry.modified / 1000)) await differs("Mod time differs");
  if (stat.size !== entry.size) return differs("Size differs");
  const own = files.readFile(path);
  if (own.length !== data.length || own.some((byte, index) => byte !== data[index])) await differs("Contents differ");
}
