/** What Redis keeps on disk: a dump, and an append-only file of commands. */
import { isErrno, type Process } from "../../machine/index.ts";
import { runCommand } from "./commands.ts";
import type { RedisConfig } from "./config.ts";
import { Database } from "./database.ts";
import { COMMANDS } from "./more-commands.ts";
import { encodeCommand, toBinary, toBytes } from "./resp.ts";

/** Starts every dump of this project's Redis; the rest is its content as JSON. */
const MAGIC = "REDIS0011";

export class Storage {
  readonly #process: Process;
  readonly #config: () => RedisConfig;

  constructor(process: Process, config: () => RedisConfig) {
    this.#process = process;
    this.#config = config;
  }

  get dumpPath(): string {
    return `${this.#config().dir}/${this.#config().dbfilename}`;
  }

  get appendPath(): string {
    return `${this.#config().dir}/${this.#config().appendfilename}`;
  }

  /** What was kept; undefined where nothing was. Throws a plain Error with Redis' words where it is damaged. */
  load(databases: readonly Database[]): "dump" | "append" | undefined {
    const { files, clock } = this.#process;
    if (this.#config().appendonly && files.exists(this.appendPath)) {
      this.#replay(databases, toBinary(files.readFile(this.appendPath)), clock.now());
      return "append";
    }
    if (!files.exists(this.dumpPath)) return undefined;
    const text = toBinary(files.readFile(this.dumpPath));
    if (!text.startsWith(MAGIC)) throw new Error("Wrong signature trying to load DB from file");
    restore(databases, text);
    return "dump";
  }

  /** Writes the dump beside the old one and puts it in its place. Throws `Errno`. */
  save(databases: readonly Database[]): void {
    const { files } = this.#process;
    const temporary = `${this.#config().dir}/temp-${this.#process.pid}.rdb`;
    try {
      files.writeFile(temporary, toBytes(dumpOf(databases)), { mode: 0o644 });
      files.rename(temporary, this.dumpPath);
    } catch (error) {
      if (isErrno(error)) files.remove(temporary, { force: true });
      throw error;
    }
  }

  append(words: readonly string[], database: number): void {
    const select = database === this.#lastDatabase ? "" : encodeCommand(["SELECT", String(database)]);
    this.#lastDatabase = database;
    this.#process.files.writeFile(this.appendPath, toBytes(select + encodeCommand(words)), {
      append: true,
      mode: 0o644,
    });
  }
  #lastDatabase = -1;

  /** A fresh append-only file that makes the same data. */
  rewrite(databases: readonly Database[]): void {
    this.#lastDatabase = -1;
    const temporary = `${this.#config().dir}/temp-rewriteaof.aof`;
    this.#process.files.writeFile(temporary, toBytes(dumpOf(databases)), { mode: 0o644 });
    this.#process.files.rename(temporary, this.appendPath);
  }

  /** A dump at the start (after a rewrite), then commands. */
  #replay(databases: readonly Database[], text: string, now: number): void {
    let position = 0;
    if (text.startsWith(MAGIC)) {
      const end = text.indexOf("\n");
      restore(databases, text.slice(0, end + 1));
      position = end + 1;
    }
    let selected = 0;
    const line = () => {
      const end = text.indexOf("\r\n", position);
      if (end === -1) return undefined;
      const found = text.slice(position, end);
      position = end + 2;
      return found;
    };
    while (position < text.length) {
      const count = Number(line()?.slice(1));
      const words: string[] = [];
      for (let index = 0; index < count; index++) {
        const length = Number(line()?.slice(1));
        if (position + length + 2 > text.length) return;
        words.push(text.slice(position, position + length));
        position += length + 2;
      }
      if (Number.isNaN(count) || words.length < count) return;
      const [name = "", ...args] = words;
      if (name.toLowerCase() === "select") selected = Number(args[0]);
      else if (name.toLowerCase() === "flushall") for (const database of databases) database.clear();
      else if (name.toLowerCase() === "flushdb") databases[selected]?.clear();
      else {
        const command = COMMANDS[name.toLowerCase()];
        const database = databases[selected];
        if (command !== undefined && database !== undefined) runCommand(command, database, args, now);
      }
    }
  }
}

export function dumpOf(databases: readonly Database[]): string {
  const used = databases.flatMap((database, index) => (database.size === 0 ? [] : [[index, database.dump()]]));
  return `${MAGIC}${JSON.stringify(used)}\n`;
}

export function restore(databases: readonly Database[], dump: string): void {
  for (const database of databases) database.clear();
  for (const [index, text] of JSON.parse(dump.slice(MAGIC.length)) as [number, string][]) databases[index]?.load(text);
}

export function newDatabases(count: number): Database[] {
  return Array.from({ length: count }, () => new Database());
}
