/**
 * Databases of one mongod: documents in memory, every change in a journal before it counts, everything in files of the
 * data directory from checkpoint to checkpoint. A change remembers what it replaced, so that it can be rolled back.
 */
import type { FileApi } from "../../machine/index.ts";
import { type Doc, getPath, keyOf, MongoError, type Timestamp, type Value } from "./data/bson.ts";

/** A place in the replica set's history. */
export interface OpTime {
  readonly ts: Timestamp;
  /** The term of the primary that wrote it. */
  readonly t: number;
}

export const NULL_TIME: OpTime = { ts: { t: 0, i: 0 }, t: -1 };

export function compareOpTimes(a: OpTime, b: OpTime): number {
  return a.t - b.t || a.ts.t - b.ts.t || a.ts.i - b.ts.i;
}

export interface Index {
  readonly name: string;
  readonly key: Doc;
  readonly unique?: boolean;
  readonly expireAfterSeconds?: number;
}

export type Change =
  | { readonly op: "i" | "u"; readonly ns: string; readonly doc: Doc }
  | { readonly op: "d"; readonly ns: string; readonly id: Value }
  | { readonly op: "create" | "drop"; readonly ns: string }
  | { readonly op: "createIndex" | "dropIndex"; readonly ns: string; readonly index: Index }
  | { readonly op: "noop"; readonly ns: string; readonly note: string };

/** What a change took away. */
type Before = { readonly doc?: Doc; readonly collection?: CollectionDump };

export interface Entry {
  readonly time: OpTime;
  /** Milliseconds. */
  readonly wall: number;
  readonly change: Change;
  readonly before?: Before;
}

interface CollectionDump {
  readonly ns: string;
  readonly docs: readonly Doc[];
  readonly indexes: readonly Index[];
}

interface Collection {
  readonly ns: string;
  readonly docs: Map<string, Doc>;
  indexes: Index[];
}

export interface StoreDump {
  readonly collections: readonly CollectionDump[];
}

/** What is remembered beside documents: configuration and votes of the replica set. */
interface Meta {
  readonly config?: Doc;
  readonly term: number;
  readonly votedFor?: number;
}

type Line =
  | { readonly entry: Entry }
  | { readonly meta: Meta }
  | { readonly undo: OpTime }
  | { readonly local: Change };

const JOURNAL_LINES = 300;
/** Entries of the oplog that are kept: a member that is further behind must copy everything. */
const OPLOG_ENTRIES = 1000;

export class Store {
  readonly collections = new Map<string, Collection>();
  oplog: Entry[] = [];
  meta: Meta = { term: 0 };
  readonly #files: FileApi;
  readonly #path: string;
  #lines = 0;

  constructor(files: FileApi, path: string) {
    this.#files = files;
    this.#path = path;
  }

  // --------------------------------------------------------------------------------------------------------------- disk

  get #journal(): string {
    return `${this.#path}/journal/WiredTigerLog.0000000001`;
  }

  /** Reads what a former process left. Throws `Errno`. */
  open(): { readonly replayed: number } {
    const files = this.#files;
    files.makeDirectory(`${this.#path}/journal`, { recursive: true });
    for (const name of ["WiredTiger", "WiredTiger.lock", "storage.bson", "sizeStorer.wt"])
      if (!files.exists(`${this.#path}/${name}`))
        files.writeFile(`${this.#path}/${name}`, name === "WiredTiger" ? "WiredTiger\nWiredTiger 11.2.0\n" : "");
    const catalog = `${this.#path}/_mdb_catalog.wt`;
    if (files.exists(catalog)) {
      const idents = JSON.parse(files.readText(catalog)) as Readonly<Record<string, string>>;
      for (const [ns, ident] of Object.entries(idents)) {
        this.#idents.set(ns, ident);
        const text = files.readText(`${this.#path}/${ident}.wt`);
        if (ns === "local.oplog.rs") this.oplog = JSON.parse(text) as Entry[];
        else if (ns === "local.system.replset") this.meta = JSON.parse(text) as Meta;
        else this.#restore(JSON.parse(text) as CollectionDump);
      }
    }
    let replayed = 0;
    if (files.exists(this.#journal)) {
      for (const text of files.readText(this.#journal).split("\n")) {
        if (text === "") continue;
        const line = JSON.parse(text) as Line;
        replayed++;
        if ("meta" in line) this.meta = line.meta;
        else if ("undo" in line) this.#undo(line.undo);
        else if ("local" in line) this.#apply(line.local);
        else {
          this.#apply(line.entry.change);
          this.oplog.push(line.entry);
        }
      }
    }
    this.checkpoint();
    return { replayed };
  }

  readonly #idents = new Map<string, string>();
  readonly #written = new Map<string, string>();

  #ident(ns: string): string {
    let ident = this.#idents.get(ns);
    if (ident === undefined) {
      const used = [...this.#idents.values()].map((one) => Number(/^collection-(\d+)-/.exec(one)?.[1] ?? 0));
      ident = `collection-${Math.max(-2, ...used) + 2}-4012557093145623017`;
      this.#idents.set(ns, ident);
    }
    return ident;
  }

  /** Makes the files what memory is, and begins a new journal. */
  checkpoint(): void {
    if (this.oplog.length > OPLOG_ENTRIES) this.oplog = this.oplog.slice(-OPLOG_ENTRIES);
    const put = (ns: string, value: unknown) => {
      const text = JSON.stringify(value);
      if (this.#written.get(ns) === text) return;
      this.#files.writeFile(`${this.#path}/${this.#ident(ns)}.wt`, text, { mode: 0o600 });
      this.#written.set(ns, text);
    };
    for (const collection of this.collections.values()) put(collection.ns, dumpOf(collection));
    put("local.oplog.rs", this.oplog);
    put("local.system.replset", this.meta);
    for (const [ns, ident] of [...this.#idents]) {
      if (this.collections.has(ns) || ns.startsWith("local.")) continue;
      this.#files.remove(`${this.#path}/${ident}.wt`, { force: true });
      this.#idents.delete(ns);
      this.#written.delete(ns);
    }
    this.#files.writeFile(`${this.#path}/_mdb_catalog.wt`, JSON.stringify(Object.fromEntries(this.#idents)), {
      mode: 0o600,
    });
    this.#files.writeFile(this.#journal, "", { mode: 0o600 });
    this.#lines = 0;
  }

  #log(line: Line): void {
    this.#files.writeFile(this.#journal, `${JSON.stringify(line)}\n`, { append: true, mode: 0o600 });
    this.#lines++;
  }

  #tidy(): void {
    if (this.#lines > JOURNAL_LINES) this.checkpoint();
  }

  remember(change: Partial<Meta>): void {
    const meta = { ...this.meta, ...change };
    this.#log({ meta });
    this.meta = meta;
  }

  // ------------------------------------------------------------------------------------------------------------ changes

  get last(): OpTime {
    return this.oplog.at(-1)?.time ?? NULL_TIME;
  }

  /** Takes a change into history. Throws `Errno` where the disk refuses: nothing has changed then. */
  commit(time: OpTime, wall: number, change: Change): Entry {
    const before = this.#beforeOf(change);
    const entry: Entry = { time, wall, change, ...(before === undefined ? {} : { before }) };
    this.#log({ entry });
    this.#apply(change);
    this.oplog.push(entry);
    this.#tidy();
    return entry;
  }

  /** A change without history: a server that is no member of anything. */
  commitAlone(change: Change): void {
    this.#log({ local: change });
    this.#apply(change);
    this.#tidy();
  }

  #beforeOf(change: Change): Before | undefined {
    const collection = this.collections.get(change.ns);
    if (collection === undefined) return undefined;
    if (change.op === "i" || change.op === "u" || change.op === "d") {
      const doc = collection.docs.get(keyOf(change.op === "d" ? change.id : change.doc["_id"]));
      return doc === undefined ? undefined : { doc };
    }
    return change.op === "drop" ? { collection: dumpOf(collection) } : undefined;
  }

  #apply(change: Change): void {
    const { ns } = change;
    switch (change.op) {
      case "i":
      case "u":
        this.#make(ns).docs.set(keyOf(change.doc["_id"]), change.doc);
        return;
      case "d":
        this.collections.get(ns)?.docs.delete(keyOf(change.id));
        return;
      case "create":
        this.#make(ns);
        return;
      case "drop":
        this.collections.delete(ns);
        return;
      case "createIndex": {
        const collection = this.#make(ns);
        collection.indexes = [...collection.indexes.filter(({ name }) => name !== change.index.name), change.index];
        return;
      }
      case "dropIndex": {
        const collection = this.#make(ns);
        collection.indexes = collection.indexes.filter(({ name }) => name !== change.index.name);
        return;
      }
      case "noop":
        return;
    }
  }

  #make(ns: string): Collection {
    let collection = this.collections.get(ns);
    if (collection === undefined) {
      collection = { ns, docs: new Map(), indexes: [{ name: "_id_", key: { _id: 1 } }] };
      this.collections.set(ns, collection);
    }
    return collection;
  }

  /** Takes everything after a point of history back; returns the entries, the last one first. */
  rollBack(to: OpTime): Entry[] {
    this.#log({ undo: to });
    return this.#undo(to);
  }

  #undo(to: OpTime): Entry[] {
    const undone: Entry[] = [];
    while (this.oplog.length > 0 && compareOpTimes(this.last, to) > 0) {
      const entry = this.oplog.pop();
      if (entry === undefined) break;
      undone.push(entry);
      const { change, before } = entry;
      const { ns } = change;
      if (change.op === "i" || change.op === "u" || change.op === "d") {
        if (before?.doc !== undefined) this.#apply({ op: "u", ns, doc: before.doc });
        else this.#apply({ op: "d", ns, id: change.op === "d" ? change.id : (change.doc["_id"] ?? null) });
      } else if (change.op === "drop" && before?.collection !== undefined) this.#restore(before.collection);
      else if (change.op === "create") this.#apply({ op: "drop", ns });
      else if (change.op === "createIndex") this.#apply({ op: "dropIndex", ns, index: change.index });
      else if (change.op === "dropIndex") this.#apply({ op: "createIndex", ns, index: change.index });
    }
    return undone;
  }

  #restore({ ns, docs, indexes }: CollectionDump): void {
    const byKey = new Map(docs.map((doc) => [keyOf(doc["_id"]), doc]));
    this.collections.set(ns, { ns, docs: byKey, indexes: [...indexes] });
  }

  /** Everything that is replicated. */
  dump(): StoreDump {
    return { collections: [...this.collections.values()].filter(({ ns }) => !ns.startsWith("local.")).map(dumpOf) };
  }

  /** Another member's data and history replace this one's. */
  load(dump: StoreDump, oplog: readonly Entry[]): void {
    this.collections.clear();
    for (const collection of dump.collections) this.#restore(collection);
    this.oplog = [...oplog];
    this.checkpoint();
  }

  // ------------------------------------------------------------------------------------------------------------ reading

  docs(ns: string): Doc[] {
    return [...(this.collections.get(ns)?.docs.values() ?? [])];
  }

  get(ns: string, id: Value): Doc | undefined {
    return this.collections.get(ns)?.docs.get(keyOf(id));
  }

  /** Names of databases that hold something, by name. */
  databases(): { readonly name: string; readonly bytes: number }[] {
    const sizes = new Map<string, number>();
    for (const { ns, docs } of this.collections.values()) {
      const name = ns.slice(0, ns.indexOf("."));
      const bytes = [...docs.values()].reduce((sum, doc) => sum + JSON.stringify(doc).length, 8192);
      sizes.set(name, (sizes.get(name) ?? 0) + bytes);
    }
    return [...sizes].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Throws E11000 where a unique index has these values already. */
  checkUnique(ns: string, doc: Doc, replacing: boolean): void {
    const collection = this.collections.get(ns);
    if (collection === undefined) return;
    const id = keyOf(doc["_id"]);
    for (const index of collection.indexes) {
      if (index.name === "_id_") {
        if (!replacing && collection.docs.has(id)) throw duplicate(ns, index, doc);
        continue;
      }
      if (index.unique !== true) continue;
      const wanted = Object.keys(index.key).map((path) => keyOf(getPath(doc, path)));
      for (const [key, other] of collection.docs) {
        if (key === id) continue;
        if (Object.keys(index.key).every((path, at) => keyOf(getPath(other, path)) === wanted[at]))
          throw duplicate(ns, index, doc);
      }
    }
  }
}

function duplicate(ns: string, { name, key }: Index, doc: Doc): MongoError {
  const values = Object.fromEntries(Object.keys(key).map((path) => [path, getPath(doc, path) ?? null]));
  const shown = Object.entries(values)
    .map(([path, value]) => `${path}: ${shownKey(value)}`)
    .join(", ");
  const message = `E11000 duplicate key error collection: ${ns} index: ${name} dup key: { ${shown} }`;
  return new MongoError(11000, "DuplicateKey", message, { keyPattern: key, keyValue: values });
}

function shownKey(value: Value): string {
  if (typeof value === "object" && value !== null && "$oid" in value) return `ObjectId('${String(value["$oid"])}')`;
  return JSON.stringify(value);
}

function dumpOf({ ns, docs, indexes }: Collection): CollectionDump {
  return { ns, docs: [...docs.values()], indexes };
}
