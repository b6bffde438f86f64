/** The files of a cluster: tables under base/, the write-ahead log under pg_wal/, where it stands in global/pg_control. */
import type { FileApi } from "../../machine/index.ts";
import type { Row, State, StateDump, WalRecord } from "../kit/sql/state.ts";

interface Timeline {
  readonly id: number;
  /** Where it ended and the next began; absent: it goes on. */
  readonly end?: number;
}

interface Control {
  readonly systemId: string;
  readonly state: "shut down" | "in production" | "in archive recovery" | "shut down in recovery";
  /** Up to where tables are written. */
  readonly checkpoint: number;
  readonly at: number;
  readonly timelines: readonly Timeline[];
}

/** Everything a base backup holds. */
export interface Backup {
  readonly version: string;
  readonly control: Control;
  readonly state: StateDump;
  readonly files: Readonly<Record<string, string>>;
}

/** Records that standbys may still ask for after a checkpoint. */
const KEEP_RECORDS = 500;
const CHECKPOINT_RECORDS = 300;
export const FIRST_LSN = 0x1_52_8e58;

export const lsnText = (lsn: number) =>
  `${Math.floor(lsn / 2 ** 32)
    .toString(16)
    .toUpperCase()}/${(lsn % 2 ** 32).toString(16).toUpperCase()}`;

export class DataDirectory {
  readonly path: string;
  readonly #files: FileApi;
  readonly #state: State;
  control: Control;
  records: WalRecord[] = [];
  /** The end of the log. */
  lsn: number;
  readonly #written = new Map<number, string>();
  #since = 0;

  constructor(files: FileApi, path: string, state: State) {
    this.#files = files;
    this.path = path;
    this.#state = state;
    this.control = JSON.parse(files.readText(`${path}/global/pg_control`)) as Control;
    this.lsn = this.control.checkpoint;
  }

  static version(files: FileApi, path: string): string | undefined {
    return files.exists(`${path}/PG_VERSION`) ? files.readText(`${path}/PG_VERSION`).trim() : undefined;
  }

  /** Makes the directories and files of a cluster. */
  static write(files: FileApi, path: string, { version, control, state, files: extra }: Backup): void {
    for (const name of [
      "base",
      "global",
      "pg_wal",
      "pg_xact",
      "pg_stat",
      "pg_tblspc",
      "pg_multixact",
      "pg_subtrans",
      "pg_logical",
      "pg_replslot",
      "pg_notify",
      "pg_twophase",
      "pg_commit_ts",
      "pg_dynshmem",
      "pg_serial",
      "pg_snapshots",
      "pg_stat_tmp",
    ])
      files.makeDirectory(`${path}/${name}`, { recursive: true, mode: 0o700 });
    const { tables, ...rest } = state;
    for (const { oid } of state.databases) files.makeDirectory(`${path}/base/${oid}`, { recursive: true, mode: 0o700 });
    for (const { relation, rows } of tables) {
      const database = state.databases.find(({ name }) => name === relation.database);
      files.writeFile(`${path}/base/${database?.oid ?? 0}/${relation.oid}`, JSON.stringify(rows), { mode: 0o600 });
    }
    files.writeFile(
      `${path}/global/pg_filenode.map`,
      JSON.stringify({ ...rest, relations: tables.map(({ relation }) => relation) }),
      { mode: 0o600 },
    );
    files.writeFile(`${path}/pg_wal/${segmentName(control)}`, "", { mode: 0o600 });
    for (const [name, text] of Object.entries(extra)) files.writeFile(`${path}/${name}`, text, { mode: 0o600 });
    files.writeFile(`${path}/global/pg_control`, JSON.stringify(control), { mode: 0o600 });
    files.writeFile(`${path}/PG_VERSION`, `${version}\n`, { mode: 0o600 });
  }

  /** Reads tables, then the log; returns how many records were not in the tables yet. */
  open(): number {
    const catalog = JSON.parse(this.#files.readText(`${this.path}/global/pg_filenode.map`)) as Omit<
      StateDump,
      "tables"
    > & { readonly relations: readonly StateDump["tables"][number]["relation"][] };
    const tables = catalog.relations.map((relation) => {
      const database = catalog.databases.find(({ name }) => name === relation.database);
      const text = this.#files.readText(`${this.path}/base/${database?.oid ?? 0}/${relation.oid}`);
      this.#written.set(relation.oid, text);
      return { relation, rows: JSON.parse(text) as [number, Row][] };
    });
    this.#state.load({ ...catalog, tables });
    let redone = 0;
    for (const { name } of this.#files.list(`${this.path}/pg_wal`)) {
      if (!/^[0-9A-F]{24}$/.test(name)) continue;
      for (const line of this.#files.readText(`${this.path}/pg_wal/${name}`).split("\n")) {
        if (line === "") continue;
        const record = JSON.parse(line) as WalRecord;
        this.records.push(record);
        if (record.lsn <= this.control.checkpoint) continue;
        this.#state.apply(record.changes);
        this.lsn = record.lsn;
        redone++;
      }
    }
    return redone;
  }

  get timeline(): number {
    return this.control.timelines.at(-1)?.id ?? 1;
  }

  #append(record: WalRecord): void {
    this.#files.writeFile(`${this.path}/pg_wal/${segmentName(this.control)}`, `${JSON.stringify(record)}\n`, {
      append: true,
      mode: 0o600,
    });
    this.records.push(record);
    this.lsn = record.lsn;
    this.#since++;
  }

  /** Into the log, then into the tables of memory. Throws `Errno` where the disk refuses: nothing has changed then. */
  commit(changes: WalRecord["changes"], at: number): WalRecord {
    const size = Math.ceil(JSON.stringify(changes).length / 8) * 8 + 56;
    const record: WalRecord = { lsn: this.lsn + size, at, changes };
    this.receive(record);
    return record;
  }

  receive(record: WalRecord): void {
    this.#append(record);
    this.#state.apply(record.changes);
    if (this.#since > CHECKPOINT_RECORDS) this.checkpoint(record.at);
  }

  writeControl(change: Partial<Control>): void {
    this.control = { ...this.control, ...change };
    this.#files.writeFile(`${this.path}/global/pg_control`, JSON.stringify(this.control), { mode: 0o600 });
  }

  checkpoint(at: number): void {
    const { tables, ...rest } = this.#state.dump();
    for (const { relation, rows } of tables) {
      const text = JSON.stringify(rows);
      if (this.#written.get(relation.oid) === text) continue;
      const database = rest.databases.find(({ name }) => name === relation.database);
      this.#files.makeDirectory(`${this.path}/base/${database?.oid ?? 0}`, { recursive: true, mode: 0o700 });
      this.#files.writeFile(`${this.path}/base/${database?.oid ?? 0}/${relation.oid}`, text, { mode: 0o600 });
      this.#written.set(relation.oid, text);
    }
    this.#files.writeFile(
      `${this.path}/global/pg_filenode.map`,
      JSON.stringify({ ...rest, relations: tables.map(({ relation }) => relation) }),
      { mode: 0o600 },
    );
    this.writeControl({ checkpoint: this.lsn, at });
    this.records = this.records.slice(-KEEP_RECORDS);
    const text = this.records.map((record) => `${JSON.stringify(record)}\n`).join("");
    this.#files.writeFile(`${this.path}/pg_wal/${segmentName(this.control)}`, text, { mode: 0o600 });
    this.#since = 0;
  }

  /** A new timeline begins here. */
  promote(at: number): void {
    const former = this.timeline;
    const old = segmentName(this.control);
    const timelines = [...this.control.timelines.slice(0, -1), { id: former, end: this.lsn }, { id: former + 1 }];
    this.#files.remove(`${this.path}/pg_wal/${old}`, { force: true });
    const shown = timelines
      .slice(0, -1)
      .map(({ id, end = 0 }) => `${id}\t${lsnText(end)}\tno recovery target specified\n`);
    this.#files.writeFile(`${this.path}/pg_wal/${hex(former + 1, 8)}.history`, shown.join(""), { mode: 0o600 });
    this.writeControl({ timelines, state: "in production" });
    this.checkpoint(at);
  }
}

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, "0");

function segmentName({ timelines }: Control): string {
  return `${hex(timelines.at(-1)?.id ?? 1, 8)}0000000000000001`;
}
