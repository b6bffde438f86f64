/** Databases and tables as files of the data directory: one directory a database, one file a table. */
import type { Process } from "../../machine/index.ts";
import type { View } from "../kit/group.ts";
import { type Catalog, SYSTEM, type Table } from "./sql.ts";

const isDatabase = (name: string) => name !== "lost+found" && !SYSTEM.includes(name);

export class DataDirectory {
  readonly #process: Process;
  readonly path: string;

  constructor(process: Process, path: string) {
    this.#process = process;
    this.path = path;
  }

  /** True where a server has run on this directory before. */
  get initialized(): boolean {
    return this.#process.files.exists(`${this.path}/ibdata1`);
  }

  initialize(): void {
    this.#process.files.makeDirectory(this.path, { recursive: true });
    this.#process.files.writeFile(`${this.path}/ibdata1`, "statecraft-innodb 1\n");
    for (const name of SYSTEM)
      if (name !== "information_schema")
        this.#process.files.makeDirectory(`${this.path}/${name}`, { recursive: true, mode: 0o750 });
  }

  load(): Catalog {
    const { files } = this.#process;
    const catalog: Catalog = new Map();
    for (const entry of files.list(this.path)) {
      if (entry.type !== "directory" || !isDatabase(entry.name)) continue;
      const tables = new Map<string, Table>();
      for (const { name } of files.list(`${this.path}/${entry.name}`)) {
        if (!name.endsWith(".ibd")) continue;
        tables.set(name.slice(0, -4), JSON.parse(files.readText(`${this.path}/${entry.name}/${name}`)) as Table);
      }
      catalog.set(entry.name, tables);
    }
    return catalog;
  }

  /** Makes the files what the catalog says; tables whose text is the same are left alone. */
  save(catalog: Catalog): void {
    const { files } = this.#process;
    for (const entry of files.list(this.path)) {
      if (entry.type === "directory" && isDatabase(entry.name) && !catalog.has(entry.name)) {
        files.remove(`${this.path}/${entry.name}`, { recursive: true });
        this.#forget(`${entry.name}/`);
      }
    }
    for (const [database, tables] of catalog) {
      const directory = `${this.path}/${database}`;
      if (!files.exists(directory)) files.makeDirectory(directory, { mode: 0o750 });
      for (const { name } of files.list(directory)) {
        if (name.endsWith(".ibd") && !tables.has(name.slice(0, -4))) {
          files.remove(`${directory}/${name}`);
          this.#forget(`${database}/${name}`);
        }
      }
      for (const [name, table] of tables) {
        const text = JSON.stringify(table);
        const key = `${database}/${name}.ibd`;
        if (this.#written.get(key) === text) continue;
        files.writeFile(`${directory}/${name}.ibd`, text, { mode: 0o640 });
        this.#written.set(key, text);
      }
    }
  }
  readonly #written = new Map<string, string>();

  /** Position in the cluster's history, and the last view this node was part of. */
  readState(): { readonly seqno: number; readonly view: View | undefined } {
    const { files } = this.#process;
    const grastate = `${this.path}/grastate.dat`;
    const view = `${this.path}/gvwstate.dat`;
    const seqno = files.exists(grastate) ? Number(/^seqno:\s*(-?\d+)/m.exec(files.readText(grastate))?.[1] ?? 0) : 0;
    return { seqno, view: files.exists(view) ? (JSON.parse(files.readText(view)) as View) : undefined };
  }

  writeState(uuid: string, seqno: number): void {
    this.#process.files.writeFile(
      `${this.path}/grastate.dat`,
      `# GALERA saved state\nversion: 2.1\nuuid:    ${uuid}\nseqno:   ${seqno}\n`,
    );
  }

  writeView(view: View): void {
    this.#process.files.writeFile(`${this.path}/gvwstate.dat`, JSON.stringify(view));
  }

  #forget(prefix: string): void {
    for (const key of [...this.#written.keys()]) if (key.startsWith(prefix)) this.#written.delete(key);
  }
}

export function dumpCatalog(catalog: Catalog): string {
  return JSON.stringify([...catalog].map(([database, tables]) => [database, [...tables]]));
}

export function loadCatalog(catalog: Catalog, dump: string): void {
  catalog.clear();
  for (const [database, tables] of JSON.parse(dump) as [string, [string, Table][]][])
    catalog.set(database, new Map(tables));
}
