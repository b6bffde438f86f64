/** tar(1): create, extract and list, to and from files and streams. `kubectl cp` talks to it. */
import { isErrno } from "../errno.ts";
import { isKilled } from "../process/killed.ts";
import { formatDate } from "../strftime.ts";
import type { ByteReader } from "../types.ts";
import { Accounts } from "./support/accounts.ts";
import { gunzipBytes, gzipBytes, isGzip } from "./support/gzip-format.ts";
import { InflateError } from "./support/inflate.ts";
import { modeText } from "./support/modes.ts";
import { UsageError } from "./support/options.ts";
import { join } from "./support/paths.ts";
import { compilePattern } from "./support/regex.ts";
import { BLOCK, decodeEntry, encodeEntry, padding, paxRecords, type TarEntry, typeOf } from "./support/tar-format.ts";
import { concat, readAll, type Tool, tool } from "./support/tool.ts";

interface Request {
  mode: "c" | "x" | "t" | undefined;
  archive: string;
  gzip: boolean;
  verbose: boolean;
  toOutput: boolean;
  keepTimes: boolean;
  keepOwner: boolean | undefined;
  keepMode: boolean;
  absolute: boolean;
  follow: boolean;
  keepOld: boolean;
  strip: number;
  readonly excluded: string[];
  /** With the directory that `-C` named before them. */
  readonly members: { readonly name: string; readonly directory: string }[];
  directory: string;
}

type Setter = (request: Request, value: string) => void;
const flag =
  (set: (request: Request) => void): Setter =>
  (request) =>
    set(request);
const mode = (letter: "c" | "x" | "t"): Setter =>
  flag((request) => {
    if (request.mode !== undefined && request.mode !== letter)
      throw new UsageError("You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option");
    request.mode = letter;
  });
const directory: Setter = (request, value) => {
  request.directory = join(request.directory, value);
  if (value.startsWith("/")) request.directory = value;
};

const FLAGS: Readonly<Record<string, Setter>> = {
  c: mode("c"),
  x: mode("x"),
  t: mode("t"),
  z: flag((request) => {
    request.gzip = true;
  }),
  v: flag((request) => {
    request.verbose = true;
  }),
  O: flag((request) => {
    request.toOutput = true;
  }),
  m: flag((request) => {
    request.keepTimes = false;
  }),
  o: flag((request) => {
    request.keepOwner = false;
  }),
  p: flag((request) => {
    request.keepMode = true;
  }),
  P: flag((request) => {
    request.absolute = true;
  }),
  h: flag((request) => {
    request.follow = true;
  }),
  k: flag((request) => {
    request.keepOld = true;
  }),
};
const VALUES: Readonly<Record<string, Setter>> = {
  f: (request, value) => {
    request.archive = value;
  },
  C: directory,
};
const LONG: Readonly<Record<string, string>> = {
  create: "c",
  extract: "x",
  get: "x",
  list: "t",
  gzip: "z",
  gunzip: "z",
  verbose: "v",
  "to-stdout": "O",
  touch: "m",
  "no-same-owner": "o",
  "preserve-permissions": "p",
  "same-permissions": "p",
  "absolute-names": "P",
  dereference: "h",
  "keep-old-files": "k",
  file: "f",
  directory: "C",
};
const LONG_ONLY: Readonly<Record<string, Setter>> = {
  "same-owner": flag((request) => {
    request.keepOwner = true;
  }),
  // The umask counts unless the superuser asks for the archive's own permissions.
  "no-same-permissions": flag((request) => {
    request.keepMode = false;
  }),
};
const LONG_VALUES: Readonly<Record<string, Setter>> = {
  exclude: (request, value) => request.excluded.push(value),
  "strip-components": (request, value) => {
    if (!/^\d+$/.test(value)) throw new UsageError(`${value}: Invalid number of elements`, true);
    request.strip = Number(value);
  },
};

export const tar = tool(
  { name: "tar", usage: "[OPTION...] [FILE]...", raw: true, usageStatus: 2, options: {} },
  async (tool) => {
    const request = parse(tool.operands);
    if (request.mode === undefined)
      throw new UsageError(
        "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\nTry 'tar --help' or 'tar --usage' for more information.",
        true,
      );
    const archiver = new Archiver(tool as unknown as Tool, request);
    try {
      await (request.mode === "c" ? archiver.create() : archiver.read());
    } catch (error) {
      if (!(error instanceof InflateError)) throw error;
      await tool.process.stderr.write(`\ngzip: stdin: ${error.message}\n`);
      await tool.complain("Child returned status 1", 2);
      await tool.complain("Error is not recoverable: exiting now", 2);
    }
    if (tool.status !== 0 && !archiver.fatal)
      await tool.complain("Exiting with failure status due to previous errors", 2);
  },
);

function parse(words: readonly string[]): Request {
  const request: Request = {
    mode: undefined,
    archive: "-",
    gzip: false,
    verbose: false,
    toOutput: false,
    keepTimes: true,
    keepOwner: undefined,
    keepMode: false,
    absolute: false,
    follow: false,
    keepOld: false,
    strip: 0,
    excluded: [],
    members: [],
    directory: ".",
  };
  let at = 0;
  const value = (letter: string) => {
    const word = words[at++];
    if (word === undefined) throw new UsageError(`option requires an argument -- '${letter}'`);
    return word;
  };
  const letters = (text: string, bundled: boolean) => {
    for (let i = 0; i < text.length; i++) {
      const letter = text.charAt(i);
      const set = VALUES[letter];
      if (set !== undefined) {
        const rest = text.slice(i + 1);
        if (bundled && rest !== "") {
          set(request, rest);
          return;
        }
        set(request, value(letter));
        continue;
      }
      const known = FLAGS[letter];
      if (known === undefined) throw new UsageError(`invalid option -- '${letter}'`);
      known(request, "");
    }
  };
  const [first] = words;
  if (first !== undefined && !first.startsWith("-")) {
    // The old style: letters without a dash, their values after them in turn.
    at = 1;
    letters(first, false);
  }
  while (at < words.length) {
    const word = words[at++] as string;
    if (word === "--") {
      for (const name of words.slice(at)) request.members.push({ name, directory: request.directory });
      break;
    }
    if (word.startsWith("--")) {
      const [name = "", inline] = word.slice(2).split(/=(.*)/s);
      const letter = LONG[name];
      const set = letter === undefined ? LONG_VALUES[name] : VALUES[letter];
      if (set !== undefined) set(request, inline ?? value(name));
      else {
        const plain = letter === undefined ? LONG_ONLY[name] : FLAGS[letter];
        if (plain === undefined) throw new UsageError(`unrecognized option '${word}'`);
        plain(request, "");
      }
    } else if (word.startsWith("-") && word !== "-") letters(word.slice(1), true);
    else request.members.push({ name: word, directory: request.directory });
  }
  return request;
}

class Archiver {
  /** It already said that it cannot go on. */
  fatal = false;
  readonly #tool: Tool;
  readonly #request: Request;
  readonly #parts: Uint8Array[] = [];
  #size = 0;
  #warned = false;

  constructor(tool: Tool, request: Request) {
    this.#tool = tool;
    this.#request = request;
  }

  async #die(path: string, words: string): Promise<never> {
    this.fatal = true;
    await this.#tool.complain(`${path}: ${words}`, 2);
    return this.#tool.die("Error is not recoverable: exiting now", 2);
  }

  #isExcluded(name: string): boolean {
    return this.#request.excluded.some((pattern) => {
      const source = pattern
        .replace(/[.+^${}()|\\[\]]/g, "\\$&")
        .replace(/\*+/g, ".*")
        .replace(/\?/g, ".");
      return compilePattern(`(^|/)${source}(/|$)`, { syntax: "extended" }).find(name, 0) !== undefined;
    });
  }

  /** Strips what would leave the directory of extraction. */
  async #relative(name: string): Promise<string> {
    if (this.#request.absolute || !name.startsWith("/")) return name;
    if (!this.#warned) await this.#tool.complain("Removing leading `/' from member names", 0);
    this.#warned = true;
    return name.replace(/^\/+/, "") || "./";
  }

  // ------------------------------------------------------------------------------------------------------- create

  async create(): Promise<void> {
    const { members, archive, gzip } = this.#request;
    if (members.length === 0) {
      this.fatal = true;
      await this.#tool.die(
        "Cowardly refusing to create an empty archive\nTry 'tar --help' or 'tar --usage' for more information.",
        2,
      );
    }
    const file =
      archive === "-" || gzip
        ? undefined
        : this.#tool.process.open(archive, { write: true, create: true, truncate: true });
    const put = async (data: Uint8Array) => {
      this.#size += data.length;
      if (gzip) {
        this.#parts.push(data.slice());
        this.#tool.process.holdMemory(this.#size);
      } else if (file === undefined) await this.#tool.out.write(data);
      else await file.writer?.write(data);
    };
    const accounts = new Accounts(this.#tool.process);
    for (const { name, directory } of members) await this.#add(name, directory, accounts, put);
    await put(new Uint8Array(2 * BLOCK));
    const records = 20 * BLOCK;
    await put(new Uint8Array((records - (this.#size % records)) % records));
    if (gzip) {
      const packed = await gzipBytes(this.#tool, concat(this.#parts));
      if (archive === "-") await this.#tool.out.write(packed);
      else this.#tool.process.files.writeFile(archive, packed);
    }
    file?.close();
  }

  async #add(name: string, base: string, accounts: Accounts, put: (data: Uint8Array) => Promise<void>): Promise<void> {
    if (this.#isExcluded(name.replace(/\/+$/, ""))) return;
    const { files } = this.#tool.process;
    const path = name.startsWith("/") ? name : join(base, name);
    try {
      const stat = this.#request.follow ? files.stat(path) : files.lstat(path);
      const type = typeOf(stat);
      if (type === undefined) {
        await this.#tool.complain(`${name}: socket or device ignored`, 0);
        return;
      }
      // Read before the header is written: the size in it is that of what follows.
      const data = type === "0" ? files.readFile(path) : new Uint8Array();
      const stored = await this.#relative(type === "5" ? `${name.replace(/\/+$/, "")}/` : name);
      if (this.#request.verbose) {
        const stream = this.#request.archive === "-" ? this.#tool.process.stderr : this.#tool.out;
        await stream.write(`${type === "5" ? `${name.replace(/\/+$/, "")}/` : name}\n`);
      }
      const entry: TarEntry = {
        name: stored,
        mode: stat.mode,
        uid: stat.uid,
        gid: stat.gid,
        user: accounts.user(stat.uid) ?? "",
        group: accounts.group(stat.gid) ?? "",
        size: data.length,
        modified: stat.modified,
        type,
        linkName: type === "2" ? files.readLink(path) : "",
      };
      for (const block of encodeEntry(entry)) await put(block);
      for (let at = 0; at < data.length; at += 16 * 1024) {
        await put(data.subarray(at, at + 16 * 1024));
        await this.#tool.spend(16);
      }
      await put(new Uint8Array(padding(data.length)));
      if (type !== "5") return;
      for (const child of files.list(path)) {
        await this.#tool.spend();
        await this.#add(join(name, child.name), base, accounts, put);
      }
    } catch (error) {
      if (!isErrno(error) || isKilled(error) || error.code === "EPIPE") throw error;
      const verb = error.code === "ENOENT" ? "stat" : "open";
      await this.#tool.complain(`${name}: Cannot ${verb}: ${error.message}`, 2);
    }
  }

  // --------------------------------------------------------------------------------------------- extract and list

  async #source(): Promise<ByteReader> {
    const { archive } = this.#request;
    try {
      return this.#tool.open(archive);
    } catch (error) {
      if (!isErrno(error)) throw error;
      return this.#die(archive, `Cannot open: ${error.message}`);
    }
  }

  async read(): Promise<void> {
    const source = await this.#source();
    const input = new Exact(source);
    const start = await input.read(BLOCK);
    if (this.#request.gzip || (isGzip(start) && this.#request.archive !== "-")) {
      const packed = concat([start, input.held(), await readAll(this.#tool, source)]);
      const data = await gunzipBytes(this.#tool, packed);
      await this.#entries(new Exact(undefined, data));
    } else if (isGzip(start)) {
      this.fatal = true;
      await this.#tool.complain("Archive is compressed. Use -z option", 2);
      await this.#tool.die("Error is not recoverable: exiting now", 2);
    } else {
      input.unread(start);
      await this.#entries(input);
    }
    const { members } = this.#request;
    for (const { name } of members)
      if (!this.#found.has(name)) await this.#tool.complain(`${name}: Not found in archive`, 2);
  }
  readonly #found = new Set<string>();

  async #entries(input: Exact): Promise<void> {
    let longName: string | undefined;
    let longLink: string | undefined;
    let pax: ReadonlyMap<string, string> = new Map();
    const times: { readonly path: string; readonly modified: number }[] = [];
    for (let first = true; ; first = false) {
      const block = await input.read(BLOCK);
      if (block.length === 0 && !first) break;
      if (block.length < BLOCK) {
        if (first) {
          await this.#tool.complain("This does not look like a tar archive", 2);
          return;
        }
        this.fatal = true;
        await this.#tool.complain("Unexpected EOF in archive", 2);
        await this.#tool.die("Error is not recoverable: exiting now", 2);
      }
      if (block.every((byte) => byte === 0)) {
        // The end; what follows is padding, which a writer on the other side of a pipe wants to get rid of.
        while ((await input.read(16 * 1024)).length > 0);
        break;
      }
      const raw = decodeEntry(block);
      if (raw === undefined) {
        await this.#tool.complain("This does not look like a tar archive", 2);
        return;
      }
      const size = pax.has("size") ? Number(pax.get("size")) : raw.size;
      if ("LKxg".includes(raw.type)) {
        const data = await input.read(size);
        await input.read(padding(size));
        const text = new TextDecoder().decode(data).split("\0", 1)[0] ?? "";
        if (raw.type === "L") longName = text;
        else if (raw.type === "K") longLink = text;
        else if (raw.type === "x") pax = paxRecords(data);
        continue;
      }
      const entry: TarEntry = {
        ...raw,
        size,
        name: pax.get("path") ?? longName ?? raw.name,
        linkName: pax.get("linkpath") ?? longLink ?? raw.linkName,
        modified: pax.has("mtime") ? Math.floor(Number(pax.get("mtime")) * 1000) : raw.modified,
      };
      longName = undefined;
      longLink = undefined;
      pax = new Map();
      const data = await input.read(size);
      if (data.length < size) await this.#die(entry.name, "Unexpected EOF in archive");
      await input.read(padding(size));
      this.#tool.process.holdMemory(size);
      await this.#tool.spend(4 + (size >> 10));
      if (!this.#wants(entry.name) || this.#isExcluded(entry.name.replace(/\/+$/, ""))) continue;
      if (this.#request.mode === "t") await this.#tool.out.write(`${this.#describe(entry)}\n`);
      else await this.#extract(entry, data, times);
    }
    // Directories get their times last: making what is in them changes those.
    for (const { path, modified } of times.reverse())
      this.#tool.process.files.setTimes(path, this.#tool.process.clock.now(), modified);
  }

  #wants(name: string): boolean {
    const { members } = this.#request;
    if (members.length === 0) return true;
    const own = name.replace(/\/+$/, "");
    const member = members.find(({ name: wanted }) => {
      const plain = wanted.replace(/\/+$/, "");
      return own === plain || own.startsWith(`${plain}/`);
    });
    if (member !== undefined) this.#found.add(member.name);
    return member !== undefined;
  }

  #describe(entry: TarEntry): string {
    if (!this.#request.verbose) return entry.name;
    const types = { "2": "symlink", "5": "directory", "6": "fifo" } as const;
    const type = types[entry.type as keyof typeof types] ?? "file";
    const owner = `${entry.user || entry.uid}/${entry.group || entry.gid}`;
    const date = formatDate(entry.modified, "%Y-%m-%d %H:%M");
    const target =
      entry.type === "2" ? ` -> ${entry.linkName}` : entry.type === "1" ? ` link to ${entry.linkName}` : "";
    const size = String(entry.size).padStart(Math.max(18 - owner.length, 1));
    return `${modeText({ type, mode: entry.mode })} ${owner} ${size} ${date} ${entry.name}${target}`;
  }

  async #extract(entry: TarEntry, data: Uint8Array, times: { path: string; modified: number }[]): Promise<void> {
    const { strip, toOutput, verbose, keepOld } = this.#request;
    const { files, uid, umask, clock } = this.#tool.process;
    let name = await this.#relative(entry.name);
    if (name.split("/").includes("..") && !this.#request.absolute) {
      await this.#tool.complain(`${entry.name}: Member name contains '..', skipping`, 2);
      return;
    }
    if (strip > 0) name = name.split("/").slice(strip).join("/");
    if (name === "") return;
    if (verbose) await (toOutput ? this.#tool.process.stderr : this.#tool.out).write(`${entry.name}\n`);
    if (toOutput) {
      if (entry.type === "0") await this.#tool.out.write(data);
      return;
    }
    const path = join(this.#request.directory, name).replace(/(.)\/+$/, "$1");
    const mode = this.#request.keepMode || uid === 0 ? entry.mode & 0o7777 : entry.mode & 0o777 & ~umask;
    try {
      const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      if (parent !== "" && !files.exists(parent)) files.makeDirectory(parent, { recursive: true });
      if (entry.type === "5") {
        if (!files.exists(path)) files.makeDirectory(path, { mode });
        files.chmod(path, mode);
        if (this.#request.keepTimes) times.push({ path, modified: entry.modified });
      } else {
        if (keepOld && files.exists(path)) {
          await this.#tool.complain(`${name}: Cannot open: File exists`, 2);
          return;
        }
        if (entry.type === "2") {
          files.remove(path, { force: true });
          files.symlink(entry.linkName, path);
        } else if (entry.type === "1") {
          files.remove(path, { force: true });
          files.link(join(this.#request.directory, entry.linkName), path);
        } else if (entry.type === "0" || entry.type === "7") {
          // A new file in its place: a link there is not followed.
          files.remove(path, { force: true });
          files.writeFile(path, data, { mode });
          files.chmod(path, mode);
          if (this.#request.keepTimes) files.setTimes(path, clock.now(), entry.modified);
        } else {
          await this.#tool.complain(`${name}: Cannot mknod: Operation not permitted`, 2);
          return;
        }
      }
      if ((this.#request.keepOwner ?? uid === 0) && uid === 0 && entry.type !== "2" && entry.type !== "1")
        files.chown(path, entry.uid, entry.gid);
    } catch (error) {
      if (!isErrno(error) || isKilled(error)) throw error;
      const verb = entry.type === "5" ? "mkdir" : entry.type === "2" ? "create symlink" : "open";
      await this.#tool.complain(`${name}: Cannot ${verb}: ${error.message}`, 2);
    }
  }
}

/** Reads exactly as much as asked for, less only at the end. */
class Exact {
  readonly #reader: ByteReader | undefined;
  #rest: Uint8Array;

  constructor(reader: ByteReader | undefined, rest: Uint8Array = new Uint8Array()) {
    this.#reader = reader;
    this.#rest = rest;
  }

  unread(data: Uint8Array): void {
    this.#rest = concat([data, this.#rest]);
  }

  /** What was read ahead. */
  held(): Uint8Array {
    const held = this.#rest;
    this.#rest = new Uint8Array();
    return held;
  }

  async read(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let missing = count; missing > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#reader?.read();
        if (next === null || next === undefined) break;
        this.#rest = next;
        continue;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      parts.push(part);
      missing -= part.length;
    }
    return concat(parts);
  }
}
