/**
 * The data directory: a directory a database, a file a table, and the log of what was committed since those files were
 * written, which is what a server that crashed recovers from.
 */
import type { Process } from "../../machine/index.ts";
import type { View } from "../kit/group.ts";
import type { Relation, Row, State } from "../kit/sql/state.ts";
import { SYSTEM_DATABASES } from "./engine/define.ts";
import type { Change } from "./engine/types.ts";

/** Commits after which tables are written and the log begins anew. */
const CHECKPOINT_AFTER = 200;
const FORMAT = "statecraft-innodb 2\n";
const LOG = "ib_logfile0";

const isDatabase = (name: string) => name !== "lost+found" && !SYSTEM_DATABASES.includes(name);

interface TableFile {
  readonly relation: Relation;
  readonly rows: readonly (readonly [number, Row])[];
  /** The next number of a column that counts by itself. */
  readonly next: number;
}

export class DataDirectory {
  readonly #process: Process;
  readonly path: string;
  readonly #written = new Map<string, string>();
  #commits = 0;

  constructor(process: Process, path: string) {
    this.#process = process;
    this.path = path;
  }

  /** True where a server has run on this directory before. */
  get initialized(): boolean {
    return this.#process.files.exists(`${this.path}/ibdata1`);
  }

  /** False where the files are of another format than this server's. */
  get readable(): boolean {
    return this.#process.files.readText(`${this.path}/ibdata1`) === FORMAT;
  }

  initialize(): void {
    const { files } = this.#process;
    files.makeDirectory(this.path, { recursive: true });
    files.writeFile(`${this.path}/ibdata1`, FORMAT);
    files.writeFile(`${this.path}/${LOG}`, "", { mode: 0o640 });
    for (const name of SYSTEM_DATABASES)
      if (name !== "information_schema") files.makeDirectory(`${this.path}/${name}`, { recursive: true, mode: 0o750 });
  }

  /** Reads tables, then the log; returns how many commits only the log had. */
  load(state: State): number {
    const { files } = this.#process;
    const databases: { name: string; oid: number; owner: string }[] = [];
    const tables: { relation: Relation; rows: [number, Row][] }[] = [];
    const sequences: [number, { value: number; called: boolean }][] = [];
    let [nextOid, nextRow] = [1, 1];
    for (const entry of files.list(this.path)) {
      if (entry.type !== "directory" || !isDatabase(entry.name)) continue;
      databases.push({ name: entry.name, oid: 0, owner: "" });
      for (const { name } of files.list(`${this.path}/${entry.name}`)) {
        if (!name.endsWith(".ibd")) continue;
        const text = files.readText(`${this.path}/${entry.name}/${name}`);
        this.#written.set(`${entry.name}/${name}`, text);
        const { relation, rows, next } = JSON.parse(text) as TableFile;
        tables.push({ relation, rows: [...rows] as [number, Row][] });
        sequences.push([relation.oid, { value: next, called: true }]);
        nextOid = Math.max(nextOid, relation.oid + 1);
        for (const [id] of rows) nextRow = Math.max(nextRow, id + 1);
      }
    }
    state.load({ databases, roles: [], tables, sequences, nextOid, nextRow });
    const log = `${this.path}/${LOG}`;
    const lines = files.exists(log) ? files.readText(log).split("\n") : [];
    let recovered = 0;
    for (const line of lines) {
      if (line === "") continue;
      try {
        state.apply(JSON.parse(line) as Change[]);
      } catch (problem) {
        // The power went while it was written: nobody was told that it was committed.
        if (problem instanceof SyntaxError) break;
        throw problem;
      }
      recovered++;
    }
    this.checkpoint(state);
    return recovered;
  }

  /** Into the log, before anybody sees it. Throws `Errno` where the disk refuses: nothing has changed then. */
  commit(changes: readonly Change[]): void {
    this.#process.files.writeFile(`${this.path}/${LOG}`, `${JSON.stringify(changes)}\n`, { append: true, mode: 0o640 });
    this.#commits++;
  }

  /** After a commit: writes the tables now and then, so that the log stays short. */
  afterCommit(state: State): void {
    if (this.#commits >= CHECKPOINT_AFTER) this.checkpoint(state);
  }

  /** Makes the files what the state says, and empties the log. */
  checkpoint(state: State): void {
    const { files } = this.#process;
    const wanted = new Map<string, string>();
    for (const { relation, rows } of state.tables.values()) {
      const next = state.sequences.get(relation.oid)?.value ?? 1;
      const table: TableFile = { relation, rows: [...rows], next };
      wanted.set(`${relation.database}/${relation.name}.ibd`, JSON.stringify(table));
    }
    for (const database of state.databases.keys())
      if (!files.exists(`${this.path}/${database}`)) files.makeDirectory(`${this.path}/${database}`, { mode: 0o750 });
    for (const [name, text] of wanted) {
      if (this.#written.get(name) === text) continue;
      files.writeFile(`${this.path}/${name}`, text, { mode: 0o640 });
      this.#written.set(name, text);
    }
    for (const name of [...this.#written.keys()]) {
      if (wanted.has(name)) continue;
      files.remove(`${this.path}/${name}`, { force: true });
      this.#written.delete(name);
    }
    for (const entry of files.list(this.path))
      if (entry.type === "directory" && isDatabase(entry.name) && !state.databases.has(entry.name))
        files.remove(`${this.path}/${entry.name}`, { recursive: true });
    files.writeFile(`${this.path}/${LOG}`, "", { mode: 0o640 });
    this.#commits = 0;
  }

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
}
