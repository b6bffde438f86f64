/**
 * A node's data directories: a commit log that is read again after a crash, tables as immutable files that compaction
 * joins, what the node knows of itself and its peers, and hints for those that are down.
 */
import type { FileApi } from "../../machine/index.ts";
import type { Schema, SchemaState, TableSchema } from "./schema.ts";
import { type Fragment, TableData } from "./table.ts";

interface StorageOptions {
  readonly data: string;
  readonly commitLog: string;
  readonly hints: string;
  /** Formats of the release. */
  readonly tableFormat: string;
  readonly logFormat: number;
}

/** What a node remembers of itself. */
export interface LocalState {
  readonly hostId: string;
  readonly clusterName: string;
  readonly dataCenter: string;
  readonly rack: string;
  readonly tokens: readonly string[];
  readonly bootstrapped: "NEEDS_BOOTSTRAP" | "IN_PROGRESS" | "COMPLETED" | "DECOMMISSIONED";
}

/** Changes after which memory is written out as tables. */
const LOG_LINES = 200;
/** Files of one table after which they are joined. */
const COMPACT_AT = 4;

const LOCAL = "system/local-7ad54392bcdd35a684174e047860b377";
const PEERS = "system/peers-37f71aca7dc2383ba70672528af04d4f";
const SCHEMA = "system_schema/tables-afddfb9dbc1e30688056eed6c302ba09";

export class Storage {
  readonly #files: FileApi;
  readonly #options: StorageOptions;
  readonly #tables = new Map<string, TableData>();
  /** By table: partitions that no file has yet. */
  readonly #dirty = new Map<string, Map<string, readonly unknown[]>>();
  #logPath = "";
  #logLines = 0;
  /** Replayed changes at the last start. */
  replayed = 0;

  constructor(files: FileApi, options: StorageOptions) {
    this.#files = files;
    this.#options = options;
    for (const path of [options.data, options.commitLog, options.hints]) files.makeDirectory(path, { recursive: true });
  }

  // ------------------------------------------------------------------------------------------------ what is not rows

  #system<T>(directory: string): T | undefined {
    const path = `${this.#options.data}/${directory}/${this.#options.tableFormat}-1-big-Data.db`;
    const found = this.#files.exists(path) ? path : this.#dataFiles(`${this.#options.data}/${directory}`)[0];
    return found === undefined ? undefined : (JSON.parse(this.#files.readText(found)) as T);
  }

  #writeSystem(directory: string, value: unknown): void {
    this.#replace(`${this.#options.data}/${directory}`, JSON.stringify(value));
  }

  /** Makes one new file the only one of a table's directory. */
  #replace(directory: string, text: string): void {
    const former = this.#dataFiles(directory);
    this.#files.makeDirectory(directory, { recursive: true });
    const path = `${directory}/${this.#options.tableFormat}-${this.#nextNumber(former)}-big-Data.db`;
    this.#files.writeFile(`${path}.tmp`, text);
    this.#files.rename(`${path}.tmp`, path);
    for (const old of former) this.#files.remove(old);
  }

  #dataFiles(directory: string): string[] {
    if (!this.#files.exists(directory)) return [];
    return this.#files
      .list(directory)
      .filter(({ name }) => name.endsWith("-Data.db"))
      .map(({ name }) => `${directory}/${name}`);
  }

  #nextNumber(paths: readonly string[]): number {
    return Math.max(0, ...paths.map((path) => Number(/-(\d+)-big-Data\.db$/.exec(path)?.[1] ?? 0))) + 1;
  }

  readLocal(): LocalState | undefined {
    return this.#system<LocalState>(LOCAL);
  }

  writeLocal(state: LocalState): void {
    this.#writeSystem(LOCAL, state);
  }

  readPeers<T>(): readonly T[] {
    return this.#system<readonly T[]>(PEERS) ?? [];
  }

  writePeers(peers: readonly unknown[]): void {
    this.#writeSystem(PEERS, peers);
  }

  readSchema(): SchemaState | undefined {
    return this.#system<SchemaState>(SCHEMA);
  }

  writeSchema(state: SchemaState): void {
    this.#writeSystem(SCHEMA, state);
  }

  // ------------------------------------------------------------------------------------------------------------ rows

  /** Reads tables and the commit log of a former process. `now`: milliseconds. */
  open(schema: Schema, now: number): void {
    for (const table of schema.tables()) {
      for (const path of this.#dataFiles(this.directory(table))) {
        for (const fragment of JSON.parse(this.#files.readText(path)) as Fragment[]) this.of(table).apply(fragment);
      }
    }
    for (const { name } of this.#files.list(this.#options.commitLog)) {
      if (!name.endsWith(".log")) continue;
      for (const line of this.#files.readText(`${this.#options.commitLog}/${name}`).split("\n")) {
        if (line === "") continue;
        const [id, fragment] = JSON.parse(line) as [string, Fragment];
        const table = schema.byId(id);
        if (table === undefined) continue;
        this.of(table).apply(fragment);
        this.#mark(table, fragment);
        this.replayed++;
      }
    }
    this.flush(now);
  }

  directory(table: TableSchema): string {
    return `${this.#options.data}/${table.keyspace}/${table.name}-${table.id.replaceAll("-", "")}`;
  }

  of(table: TableSchema): TableData {
    let data = this.#tables.get(table.id);
    if (data === undefined || data.table !== table) {
      const former = data;
      data = new TableData(table);
      for (const { fragment } of former?.all() ?? []) data.apply(fragment);
      this.#tables.set(table.id, data);
    }
    return data;
  }

  /** On disk first, then in memory. Throws `Errno` where the disk refuses. `now`: milliseconds. */
  write(table: TableSchema, fragment: Fragment, now: number): void {
    this.#files.writeFile(this.#logPath, `${JSON.stringify([table.id, fragment])}\n`, { append: true });
    this.#logLines++;
    this.of(table).apply(fragment);
    this.#mark(table, fragment);
    if (this.#logLines > LOG_LINES) this.flush(now);
  }

  #mark(table: TableSchema, { k }: Fragment): void {
    let keys = this.#dirty.get(table.id);
    if (keys === undefined) {
      keys = new Map();
      this.#dirty.set(table.id, keys);
    }
    keys.set(JSON.stringify(k), k);
  }

  /** Writes memory out as files and begins a new commit log. */
  flush(now: number): void {
    for (const [id, keys] of this.#dirty) {
      const data = this.#tables.get(id);
      if (data === undefined) continue;
      const fragments = [...keys.values()].map((key) => data.get(key as never)).filter((one) => one !== undefined);
      const directory = this.directory(data.table);
      const former = this.#dataFiles(directory);
      if (former.length + 1 >= COMPACT_AT) {
        this.compact(data.table, now);
        continue;
      }
      this.#files.makeDirectory(directory, { recursive: true });
      const path = `${directory}/${this.#options.tableFormat}-${this.#nextNumber(former)}-big-Data.db`;
      this.#files.writeFile(path, JSON.stringify(fragments));
    }
    this.#dirty.clear();
    const former = this.#files.list(this.#options.commitLog).filter(({ name }) => name.endsWith(".log"));
    const path = `${this.#options.commitLog}/CommitLog-${this.#options.logFormat}-${now}.log`;
    for (const { name } of former) this.#files.remove(`${this.#options.commitLog}/${name}`);
    this.#files.writeFile(path, "");
    this.#logPath = path;
    this.#logLines = 0;
  }

  /** Joins a table's files into one, without what was deleted longer ago than its grace. */
  compact(table: TableSchema, now: number): void {
    const data = this.of(table);
    data.purge((now - table.gcGraceSeconds * 1000) * 1000, now);
    const fragments = [...data.all()].map(({ fragment }) => fragment);
    this.#replace(this.directory(table), JSON.stringify(fragments));
    this.#dirty.delete(table.id);
  }

  truncate(table: TableSchema, now: number): void {
    this.flush(now);
    this.of(table).clear();
    for (const path of this.#dataFiles(this.directory(table))) this.#files.remove(path);
  }

  /** Forgets tables that are no longer part of the schema. */
  dropUnknown(schema: Schema, now: number): void {
    for (const [id, data] of [...this.#tables]) {
      if (schema.byId(id) !== undefined) continue;
      this.flush(now);
      this.#tables.delete(id);
      this.#files.remove(this.directory(data.table), { recursive: true, force: true });
    }
  }

  /** Bytes of all tables' files, what the system's own tables take among them. */
  load(): number {
    let bytes = 0;
    for (const keyspace of this.#files.list(this.#options.data)) {
      if (keyspace.type !== "directory" || keyspace.name === "lost+found") continue;
      for (const { name, type } of this.#files.list(`${this.#options.data}/${keyspace.name}`)) {
        if (type !== "directory") continue;
        const directory = `${this.#options.data}/${keyspace.name}/${name}`;
        for (const path of this.#dataFiles(directory)) bytes += this.#files.stat(path).size;
      }
    }
    return bytes;
  }

  /** Files and bytes of one table. */
  usage(table: TableSchema): { readonly files: number; readonly bytes: number } {
    const paths = this.#dataFiles(this.directory(table));
    return { files: paths.length, bytes: paths.reduce((sum, path) => sum + this.#files.stat(path).size, 0) };
  }

  // ----------------------------------------------------------------------------------------------------------- hints

  #hintPath(hostId: string): string {
    return `${this.#options.hints}/${hostId}-1.hints`;
  }

  addHint(hostId: string, table: TableSchema, fragment: Fragment): void {
    this.#files.writeFile(this.#hintPath(hostId), `${JSON.stringify([table.id, fragment])}\n`, { append: true });
  }

  hints(hostId: string): readonly (readonly [string, Fragment])[] {
    const path = this.#hintPath(hostId);
    if (!this.#files.exists(path)) return [];
    const lines = this.#files.readText(path).split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as [string, Fragment]);
  }

  /** Drops the first `count` hints of a node: they were delivered. */
  dropHints(hostId: string, count: number): void {
    const rest = this.hints(hostId).slice(count);
    if (rest.length === 0) this.#files.remove(this.#hintPath(hostId), { force: true });
    else this.#files.writeFile(this.#hintPath(hostId), `${rest.map((hint) => JSON.stringify(hint)).join("\n")}\n`);
  }
}
