/** The object database of a repository: loose objects, written and read; packs, read. */
import { Errno, isErrno } from "../../errno.ts";
import type { FileApi, Process } from "../../types.ts";
import { InflateError } from "../support/inflate.ts";
import { fatal } from "./failure.ts";
import {
  type Commit,
  decodeCommit,
  decodeTag,
  decodeTree,
  EMPTY_TREE,
  framed,
  type GitObject,
  type ObjectType,
  type Oid,
  oidOf,
  type Tag,
  type TreeEntry,
} from "./objects.ts";
import { Pack } from "./pack.ts";
import { compress, decompress, type Spend } from "./zlib.ts";

/** Bytes of objects kept at hand. */
const MAX_CACHED = 4 << 20;

export class ObjectStore {
  readonly directory: string;
  readonly #files: FileApi;
  readonly #spend: Spend;
  #cache = new Map<Oid, GitObject>();
  #cached = 0;
  #commits = new Map<Oid, Commit>();
  #packs: Pack[] | undefined;

  constructor(directory: string, process: Process) {
    this.directory = directory;
    this.#files = process.files;
    this.#spend = (units) => process.spend(units);
  }

  #path(oid: Oid): string {
    return `${this.directory}/${oid.slice(0, 2)}/${oid.slice(2)}`;
  }

  /** Read anew where packs were added. */
  forgetPacks(): void {
    this.#packs = undefined;
  }

  get packs(): readonly Pack[] {
    if (this.#packs === undefined) {
      const folder = `${this.directory}/pack`;
      const names = this.#files.exists(folder) ? this.#files.list(folder).map((entry) => entry.name) : [];
      this.#packs = names
        .filter((name) => name.endsWith(".idx"))
        .map((name) => new Pack(this.#files, `${folder}/${name.slice(0, -4)}`, this.#spend));
    }
    return this.#packs;
  }

  has(oid: Oid): boolean {
    return (
      oid === EMPTY_TREE ||
      this.#cache.has(oid) ||
      this.#files.exists(this.#path(oid)) ||
      this.packs.some((pack) => pack.find(oid) !== undefined)
    );
  }

  async read(oid: Oid): Promise<GitObject> {
    const cached = this.#cache.get(oid);
    if (cached !== undefined) return cached;
    const found = (await this.#readLoose(oid)) ?? (await this.#readPacked(oid));
    if (found === undefined) {
      if (oid === EMPTY_TREE) return { type: "tree", data: new Uint8Array(0) };
      throw fatal(`bad object ${oid}`);
    }
    this.#keep(oid, found);
    return found;
  }

  #keep(oid: Oid, object: GitObject): void {
    if (this.#cached + object.data.length > MAX_CACHED) {
      this.#cache = new Map();
      this.#cached = 0;
    }
    this.#cache.set(oid, object);
    this.#cached += object.data.length;
  }

  async #readLoose(oid: Oid): Promise<GitObject | undefined> {
    let packed: Uint8Array;
    try {
      packed = this.#files.readFile(this.#path(oid));
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      throw error;
    }
    await this.#spend(20 + (packed.length >> 5));
    try {
      const { data } = await decompress(packed, 0, this.#spend);
      const zero = data.indexOf(0);
      const [, type, size] =
        /^(blob|tree|commit|tag) (\d+)$/.exec(String.fromCharCode(...data.subarray(0, Math.min(zero, 40)))) ?? [];
      if (type === undefined || data.length - zero - 1 !== Number(size)) throw new InflateError("bad header");
      return { type: type as ObjectType, data: data.subarray(zero + 1) };
    } catch (error) {
      if (!(error instanceof InflateError)) throw error;
      throw fatal(`loose object ${oid} (stored in ${this.#path(oid)}) is corrupt`);
    }
  }

  async #readPacked(oid: Oid): Promise<GitObject | undefined> {
    for (const pack of this.packs) {
      const offset = pack.find(oid);
      if (offset !== undefined) return pack.read(offset, (base) => this.read(base));
    }
    return undefined;
  }

  /** The name the content would have. */
  async hash(type: ObjectType, data: Uint8Array): Promise<Oid> {
    await this.#spend(10 + (data.length >> 5));
    return oidOf(framed(type, data));
  }

  async write(type: ObjectType, data: Uint8Array): Promise<Oid> {
    const frame = framed(type, data);
    await this.#spend(20 + (data.length >> 5));
    const oid = oidOf(frame);
    if (this.has(oid) && oid !== EMPTY_TREE) return oid;
    if (oid === EMPTY_TREE && this.#files.exists(this.#path(oid))) return oid;
    const packed = await compress(frame, this.#spend);
    const folder = `${this.directory}/${oid.slice(0, 2)}`;
    try {
      this.#files.makeDirectory(folder, { recursive: true });
      this.#files.writeFile(this.#path(oid), packed, { mode: 0o444 });
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (error.code === "EACCES")
        throw fatal("insufficient permission for adding an object to repository database .git/objects");
      throw fatal(`unable to write loose object file: ${error.message}`);
    }
    this.#keep(oid, { type, data });
    return oid;
  }

  /** Every object whose name begins so. */
  find(prefix: string): Oid[] {
    const found = new Set<Oid>();
    for (const folder of prefix.length >= 2 ? [prefix.slice(0, 2)] : this.#folders()) {
      const path = `${this.directory}/${folder}`;
      if (!this.#files.exists(path)) continue;
      for (const { name } of this.#files.list(path))
        if (`${folder}${name}`.startsWith(prefix)) found.add(`${folder}${name}`);
    }
    for (const pack of this.packs) for (const oid of pack.startingWith(prefix)) found.add(oid);
    return [...found].sort();
  }

  #folders(): string[] {
    return this.#files
      .list(this.directory)
      .map((entry) => entry.name)
      .filter((name) => /^[0-9a-f]{2}$/.test(name));
  }

  /** Loose objects alone. */
  loose(): Oid[] {
    return this.#folders()
      .flatMap((folder) => this.#files.list(`${this.directory}/${folder}`).map(({ name }) => folder + name))
      .filter((name) => /^[0-9a-f]{40}$/.test(name))
      .sort();
  }

  /** Bytes of a loose object's file. */
  size(oid: Oid): number {
    return this.#files.stat(this.#path(oid)).size;
  }

  /** When a loose object was written, ms. */
  modified(oid: Oid): number {
    return this.#files.stat(this.#path(oid)).modified;
  }

  /** A packed object as a loose one. */
  async loosen(oid: Oid): Promise<void> {
    if (this.#files.exists(this.#path(oid))) return;
    const { type, data } = await this.read(oid);
    this.#files.makeDirectory(`${this.directory}/${oid.slice(0, 2)}`, { recursive: true });
    this.#files.writeFile(this.#path(oid), await compress(framed(type, data), this.#spend), { mode: 0o444 });
  }

  removeLoose(oid: Oid): void {
    this.#files.remove(this.#path(oid), { force: true });
    const folder = `${this.directory}/${oid.slice(0, 2)}`;
    if (this.#files.list(folder).length === 0) this.#files.removeDirectory(folder);
  }

  /** At least `length` digits, and as many as it takes to be the only one. */
  abbreviate(oid: Oid, length = 7): string {
    if (length >= 40) return oid;
    let digits = length;
    const others = this.find(oid.slice(0, digits)).filter((other) => other !== oid);
    while (digits < 40 && others.some((other) => other.startsWith(oid.slice(0, digits)))) digits++;
    return oid.slice(0, digits);
  }

  async commit(oid: Oid): Promise<Commit> {
    const known = this.#commits.get(oid);
    if (known !== undefined) return known;
    const object = await this.read(oid);
    if (object.type !== "commit") throw fatal(`object ${oid} is a ${object.type}, not a commit`);
    const commit = decodeCommit(oid, object.data);
    this.#commits.set(oid, commit);
    await this.#spend(10);
    return commit;
  }

  async tree(oid: Oid): Promise<TreeEntry[]> {
    const object = await this.read(oid);
    if (object.type !== "tree") throw fatal("not a tree object");
    await this.#spend(2 + (object.data.length >> 5));
    return decodeTree(object.data);
  }

  async tag(oid: Oid): Promise<Tag> {
    return decodeTag((await this.read(oid)).data);
  }

  async blob(oid: Oid): Promise<Uint8Array> {
    return (await this.read(oid)).data;
  }

  /** Follows tags to what they name. */
  async peel(oid: Oid): Promise<{ readonly oid: Oid; readonly type: ObjectType }> {
    let at = oid;
    for (let depth = 0; depth < 50; depth++) {
      const object = await this.read(at);
      if (object.type !== "tag") return { oid: at, type: object.type };
      at = decodeTag(object.data).object;
    }
    throw fatal(`bad object ${oid}`);
  }

  /** Every file below a tree, by path; with `trees` the directories too. */
  async flatten(
    oid: Oid,
    prefix = "",
    into = new Map<string, TreeEntry>(),
    trees = false,
  ): Promise<Map<string, TreeEntry>> {
    for (const entry of await this.tree(oid)) {
      const path = prefix + entry.name;
      if (entry.mode === 0o40000) {
        if (trees) into.set(path, { ...entry, name: path });
        await this.flatten(entry.oid, `${path}/`, into, trees);
      } else into.set(path, { ...entry, name: path });
    }
    return into;
  }
}
