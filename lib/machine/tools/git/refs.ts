/** References: HEAD, branches and tags as files, packed ones, and the log of what they were. */
import { decodeBytes, encodeText } from "../../bytes.ts";
import { Errno, isErrno } from "../../errno.ts";
import type { FileApi } from "../../types.ts";
import { failed, fatal } from "./failure.ts";
import { NULL_OID, type Oid, type Person, parsePerson, personText } from "./objects.ts";

interface Ref {
  /** In full: "refs/heads/main". */
  readonly name: string;
  readonly oid: Oid;
}

interface LogEntry {
  readonly before: Oid;
  readonly after: Oid;
  readonly who: Person;
  readonly message: string;
}

const MAX_DEPTH = 5;
const OID = /^[0-9a-f]{40}$/;

/** Whether a name may be a reference's (refs.c, check_refname_format). */
export function validRefName(name: string): boolean {
  if (name === "" || name === "@" || name.startsWith("/") || name.endsWith("/") || name.endsWith(".")) return false;
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\//.test(name)) return false;
  return name.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}

/** "refs/heads/main" as people say it. */
export function shortRef(name: string): string {
  return name.replace(/^refs\/(heads|tags|remotes)\//, "").replace(/^refs\//, "");
}

export class Refs {
  readonly #directory: string;
  readonly #files: FileApi;
  /** Whether changes of a reference are logged. */
  logs = true;
  /** Who changes; asked at the time of the change. */
  readonly #who: () => Person;
  #packed: Map<string, { readonly oid: Oid; readonly peeled: Oid | undefined }> | undefined;

  constructor(directory: string, files: FileApi, who: () => Person) {
    this.#directory = directory;
    this.#files = files;
    this.#who = who;
  }

  #read(name: string): string | undefined {
    try {
      return this.#files.readText(`${this.#directory}/${name}`).trim();
    } catch (error) {
      if (isErrno(error, "ENOENT") || isErrno(error, "EISDIR") || isErrno(error, "ENOTDIR")) return undefined;
      throw error;
    }
  }

  get packed(): ReadonlyMap<string, { readonly oid: Oid; readonly peeled: Oid | undefined }> {
    if (this.#packed === undefined) {
      this.#packed = new Map();
      let last: string | undefined;
      for (const line of (this.#read("packed-refs") ?? "").split("\n")) {
        if (line.startsWith("^") && last !== undefined) {
          const before = this.#packed.get(last);
          if (before !== undefined) this.#packed.set(last, { oid: before.oid, peeled: line.slice(1) });
        } else if (OID.test(line.slice(0, 40))) {
          last = line.slice(41);
          this.#packed.set(last, { oid: line.slice(0, 40), peeled: undefined });
        }
      }
    }
    return this.#packed;
  }

  /** What the reference points to by name, where it is symbolic. */
  symbolic(name: string): string | undefined {
    const text = this.#read(name);
    return text?.startsWith("ref:") ? text.slice(4).trim() : undefined;
  }

  /** The last reference in a chain of symbolic ones: "HEAD" itself where it is detached. */
  target(name: string): string {
    let at = name;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const next = this.symbolic(at);
      if (next === undefined) return at;
      at = next;
    }
    return at;
  }

  resolve(name: string): Oid | undefined {
    const target = this.target(name);
    const text = this.#read(target);
    if (text !== undefined && OID.test(text.slice(0, 40))) return text.slice(0, 40);
    return this.packed.get(target)?.oid;
  }

  exists(name: string): boolean {
    return this.resolve(name) !== undefined;
  }

  /** In order of their names. */
  list(prefix = "refs/"): Ref[] {
    const names = new Set<string>([...this.packed.keys()].filter((name) => name.startsWith(prefix)));
    const walk = (directory: string): void => {
      let entries: readonly { readonly name: string; readonly type: string }[];
      try {
        entries = this.#files.list(`${this.#directory}/${directory}`);
      } catch (error) {
        if (isErrno(error)) return;
        throw error;
      }
      for (const { name, type } of entries) {
        const path = `${directory}/${name}`;
        if (type === "directory") walk(path);
        else if (path.startsWith(prefix) && !name.endsWith(".lock")) names.add(path);
      }
    };
    walk("refs");
    return [...names].sort().flatMap((name) => {
      const oid = this.resolve(name);
      return oid === undefined ? [] : [{ name, oid }];
    });
  }

  /** The branch HEAD is on, without "refs/heads/"; undefined where it is detached. */
  get branch(): string | undefined {
    const target = this.symbolic("HEAD");
    return target?.startsWith("refs/heads/") ? target.slice("refs/heads/".length) : undefined;
  }

  #write(name: string, text: string): void {
    const path = `${this.#directory}/${name}`;
    const folder = path.slice(0, path.lastIndexOf("/"));
    try {
      this.#files.makeDirectory(folder, { recursive: true });
    } catch (error) {
      if (!isErrno(error)) throw error;
      const parent = this.#parentRef(name);
      if (parent !== undefined) throw fatal(`cannot lock ref '${name}': '${parent}' exists; cannot create '${name}'`);
      throw fatal(`cannot lock ref '${name}': unable to create directory for .git/${name}`);
    }
    try {
      this.#files.writeFile(path, text);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      const child = this.list(`${name}/`)[0];
      if (child !== undefined)
        throw fatal(`cannot lock ref '${name}': '${child.name}' exists; cannot create '${name}'`);
      if (error.code === "EISDIR") {
        this.#files.remove(path, { recursive: true });
        this.#files.writeFile(path, text);
        return;
      }
      throw fatal(`cannot lock ref '${name}': Unable to create '${path}.lock': ${error.message}`);
    }
  }

  #parentRef(name: string): string | undefined {
    for (let at = name.lastIndexOf("/"); at > 0; at = name.lastIndexOf("/", at - 1)) {
      if (this.exists(name.slice(0, at))) return name.slice(0, at);
    }
    return undefined;
  }

  /** The reference points to `oid` from now on; a symbolic one passes it on. `message` goes to the logs. */
  update(name: string, oid: Oid, message: string): void {
    const target = this.target(name);
    const before = this.resolve(target) ?? NULL_OID;
    const parent = this.#parentRef(target);
    if (parent !== undefined) throw fatal(`cannot lock ref '${target}': '${parent}' exists; cannot create '${target}'`);
    const child = this.list(`${target}/`)[0];
    if (child !== undefined)
      throw fatal(`cannot lock ref '${target}': '${child.name}' exists; cannot create '${target}'`);
    this.#write(target, `${oid}\n`);
    this.log(target, before, oid, message);
    if (target !== "HEAD" && this.target("HEAD") === target) this.log("HEAD", before, oid, message);
  }

  /** HEAD (or another) points to a branch by name. */
  point(name: string, target: string): void {
    this.#write(name, `ref: ${target}\n`);
  }

  /** A symbolic HEAD becomes a commit of its own. */
  detach(oid: Oid): void {
    this.#write("HEAD", `${oid}\n`);
  }

  /** Adds a line to a reference's log where logs are kept of it. */
  log(name: string, before: Oid, after: Oid, message: string): void {
    const path = `${this.#directory}/logs/${name}`;
    const kept = name === "HEAD" || /^refs\/(heads|remotes|notes)\//.test(name) || name === "refs/stash";
    if (!this.#files.exists(path) && !(this.logs && kept)) return;
    this.#files.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const said = message.replace(/\s+/g, " ").trim();
    const line = `${before} ${after} ${personText(this.#who())}${said === "" ? "" : `\t${said}`}\n`;
    this.#files.writeFile(path, encodeText(line), { append: true });
  }

  /** The oldest first. */
  logOf(name: string): LogEntry[] {
    let text: string;
    try {
      text = decodeBytes(this.#files.readFile(`${this.#directory}/logs/${name}`));
    } catch (error) {
      if (isErrno(error)) return [];
      throw error;
    }
    return text.split("\n").flatMap((line) => {
      if (!OID.test(line.slice(0, 40))) return [];
      const tab = line.indexOf("\t");
      return [
        {
          before: line.slice(0, 40),
          after: line.slice(41, 81),
          who: parsePerson(line.slice(82, tab === -1 ? undefined : tab)),
          message: tab === -1 ? "" : line.slice(tab + 1),
        },
      ];
    });
  }

  replaceLog(name: string, entries: readonly LogEntry[]): void {
    const text = entries.map((e) => `${e.before} ${e.after} ${personText(e.who)}\t${e.message}\n`).join("");
    this.#files.writeFile(`${this.#directory}/logs/${name}`, encodeText(text));
  }

  hasLog(name: string): boolean {
    return this.#files.exists(`${this.#directory}/logs/${name}`);
  }

  delete(name: string): void {
    for (const folder of ["", "logs/"]) {
      const path = `${this.#directory}/${folder}${name}`;
      try {
        this.#files.remove(path);
      } catch (error) {
        if (!isErrno(error, "ENOENT") && !isErrno(error, "EISDIR") && !isErrno(error, "ENOTDIR")) throw error;
        continue;
      }
      this.#prune(`${folder}${name}`);
    }
    if (this.packed.has(name)) {
      const kept = [...this.packed].filter(([key]) => key !== name);
      this.writePacked(new Map(kept));
    }
  }

  /** Empty directories above a reference that is gone. */
  #prune(path: string): void {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at);
      if (/^(logs\/)?refs(\/[^/]+)?$/.test(folder)) return;
      try {
        this.#files.removeDirectory(`${this.#directory}/${folder}`);
      } catch (error) {
        if (isErrno(error)) return;
        throw error;
      }
    }
  }

  writePacked(refs: ReadonlyMap<string, { readonly oid: Oid; readonly peeled: Oid | undefined }>): void {
    const lines = [...refs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { oid, peeled }]) => `${oid} ${name}\n${peeled === undefined ? "" : `^${peeled}\n`}`);
    this.#files.writeFile(
      `${this.#directory}/packed-refs`,
      `# pack-refs with: peeled fully-peeled sorted \n${lines.join("")}`,
    );
    this.#packed = undefined;
  }

  /** The loose file alone, where the packed one has it. */
  dropLoose(name: string): void {
    this.#files.remove(`${this.#directory}/${name}`, { force: true });
    this.#prune(name);
  }

  rename(from: string, to: string, message: string): void {
    const oid = this.resolve(from);
    const log = this.logOf(from);
    const isHead = this.symbolic("HEAD") === from;
    if (oid === undefined) {
      if (!isHead) throw failed(`refname ${from} not found`);
      this.point("HEAD", to);
      return;
    }
    this.delete(from);
    this.#write(to, `${oid}\n`);
    if (log.length > 0) {
      this.#files.makeDirectory(`${this.#directory}/logs/${to.slice(0, to.lastIndexOf("/"))}`, { recursive: true });
      this.replaceLog(to, log);
    }
    this.log(to, oid, oid, message);
    if (isHead) {
      this.point("HEAD", to);
      this.log("HEAD", oid, NULL_OID, message);
      this.log("HEAD", NULL_OID, oid, message);
    }
  }
}
