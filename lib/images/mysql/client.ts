/** mysql and mysqladmin. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveHost } from "../kit/resolve.ts";
import type { Query } from "./server.ts";
import type { SqlResult, SqlValue } from "./sql.ts";

interface Options {
  user: string;
  password: string;
  host: string;
  port: number;
  database: string | undefined;
  execute: string | undefined;
  names: boolean;
  table: boolean;
  force: boolean;
  words: string[];
}

function readOptions(process: Process): Options | string {
  const options: Options = {
    user: "root",
    password: process.env.get("MYSQL_PWD") ?? "",
    host: "localhost",
    port: 3306,
    database: undefined,
    execute: undefined,
    names: true,
    table: process.isTerminal(1),
    force: false,
    words: [],
  };
  const args = process.argv.slice(1);
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const long = /^--([\w-]+)(?:=(.*))?$/s.exec(arg);
    const short = /^-([a-zA-Z])(.*)$/s.exec(arg);
    const name = long?.[1] ?? short?.[1];
    const value = () => (long === null ? short?.[2] || (args[++index] ?? "") : (long[2] ?? args[++index] ?? ""));
    if (name === undefined) options.words.push(arg);
    else if (name === "u" || name === "user") options.user = value();
    else if (name === "p" || name === "password") options.password = long?.[2] ?? short?.[2] ?? "";
    else if (name === "h" || name === "host") options.host = value();
    else if (name === "P" || name === "port") options.port = Number(value());
    else if (name === "e" || name === "execute") options.execute = value();
    else if (name === "D" || name === "database") options.database = value();
    else if (name === "N" || name === "skip-column-names") options.names = false;
    else if (name === "t" || name === "table") options.table = true;
    else if (name === "B" || name === "s" || name === "batch" || name === "silent") options.table = false;
    else if (name === "f" || name === "force") options.force = true;
    else if (
      ["protocol", "connect-timeout", "ssl-mode", "default-character-set", "i", "no-beep", "wait"].includes(name)
    ) {
      if (long !== null && long[2] === undefined && name === "protocol") index++;
    } else return `unknown option '${arg}'`;
  }
  return options;
}

class Unreachable extends Error {}

async function connect(process: Process, options: Options): Promise<Connection> {
  const local = options.host === "localhost";
  const address = local ? "127.0.0.1" : await resolveHost(process, options.host);
  if (address === undefined)
    throw new Unreachable(`ERROR 2005 (HY000): Unknown MySQL server host '${options.host}' (-2)`);
  try {
    return await process.network.connect(address, options.port, { signal: process.signal, timeoutMs: 10_000 });
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    throw new Unreachable(
      local
        ? "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)"
        : `ERROR 2003 (HY000): Can't connect to MySQL server on '${options.host}:${options.port}' (${problem.code === "ECONNREFUSED" ? 111 : 110})`,
    );
  }
}

function asker(connection: Connection, options: Options) {
  const reader = new StreamReader(connection.reader);
  return async (sql: string, database: string | undefined): Promise<SqlResult | undefined> => {
    const query: Query = { sql, database, user: options.user, password: options.password, host: options.host };
    await connection.writer.write(`${JSON.stringify(query)}\n`);
    const line = await reader.line(64 * 1024 * 1024);
    return line === undefined ? undefined : (JSON.parse(line) as SqlResult);
  };
}

export async function mysql(process: Process): Promise<number> {
  const options = readOptions(process);
  if (typeof options === "string") {
    await process.stderr.write(`mysql: [ERROR] ${options}.\n`);
    return 2;
  }
  let connection: Connection;
  try {
    connection = await connect(process, options);
  } catch (problem) {
    if (!(problem instanceof Unreachable)) throw problem;
    await process.stderr.write(`${problem.message}\n`);
    return 1;
  }
  const ask = asker(connection, options);
  let database = options.database ?? options.words[0];
  const run = async (sql: string): Promise<boolean> => {
    const result = await ask(sql, database);
    if (result === undefined) {
      await process.stderr.write("ERROR 2013 (HY000): Lost connection to MySQL server during query\n");
      return false;
    }
    if ("error" in result) {
      await process.stderr.write(
        `ERROR ${result.error.code} (${result.error.state}) at line 1: ${result.error.message}\n`,
      );
      return options.force;
    }
    if ("columns" in result) await process.stdout.write(format(result, options));
    else if (result.database !== undefined) database = result.database;
    return true;
  };
  try {
    if (database !== undefined && !(await run(`USE \`${database}\``))) return 1;
    if (options.execute !== undefined) return (await runAll(options.execute, run)) ? 0 : 1;
    return await readStatements(process, run);
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    await process.stderr.write("ERROR 2013 (HY000): Lost connection to MySQL server during query\n");
    return 1;
  } finally {
    connection.close();
  }
}

/** Statements of a text, ended by semicolons outside quotes. */
export function splitStatements(text: string): { readonly statements: string[]; readonly rest: string } {
  const statements: string[] = [];
  let start = 0;
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? "";
    if (quote !== "") {
      if (character === "\\") index++;
      else if (character === quote) quote = "";
    } else if (character === "'" || character === '"' || character === "`") quote = character;
    else if (character === ";") {
      statements.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  return { statements: statements.filter(Boolean), rest: text.slice(start) };
}

async function runAll(text: string, run: (sql: string) => Promise<boolean>): Promise<boolean> {
  const { statements, rest } = splitStatements(text);
  for (const sql of [...statements, rest.trim()]) if (sql !== "" && !(await run(sql))) return false;
  return true;
}

async function readStatements(process: Process, run: (sql: string) => Promise<boolean>): Promise<number> {
  const interactive = process.isTerminal(0);
  const lines = new StreamReader(process.stdin);
  let pending = "";
  for (;;) {
    if (interactive) await process.stdout.write(pending === "" ? "mysql> " : "    -> ");
    const line = await lines.line();
    if (line === undefined) return pending.trim() !== "" && !(await run(pending.trim())) ? 1 : 0;
    if (pending === "" && /^\s*(exit|quit|\\q);?\s*$/i.test(line)) return 0;
    const { statements, rest } = splitStatements(`${pending}${line}\n`);
    pending = rest.trim() === "" ? "" : rest;
    for (const sql of statements) if (!(await run(sql)) && !interactive) return 1;
  }
}

function format(result: Extract<SqlResult, { columns: readonly string[] }>, options: Options): string {
  const cell = (value: SqlValue) => (value === null ? "NULL" : String(value));
  const rows = result.rows.map((row) => row.map(cell));
  if (!options.table) {
    if (rows.length === 0) return "";
    const all = options.names ? [result.columns, ...rows] : rows;
    return all.map((row) => `${row.join("\t")}\n`).join("");
  }
  if (rows.length === 0) return "";
  const widths = result.columns.map((name, index) =>
    Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`;
  const line = (row: readonly string[]) =>
    `|${row.map((text, index) => ` ${text.padEnd(widths[index] ?? 0)} `).join("|")}|\n`;
  return `${rule}${options.names ? line(result.columns) + rule : ""}${rows.map(line).join("")}${rule}`;
}

export async function mysqladmin(process: Process): Promise<number> {
  const options = readOptions(process);
  if (typeof options === "string") {
    await process.stderr.write(`mysqladmin: [ERROR] ${options}.\n`);
    return 2;
  }
  const command = options.words[0] ?? "";
  try {
    const connection = await connect(process, options);
    const ask = asker(connection, options);
    try {
      if (command === "ping") {
        await process.stdout.write("mysqld is alive\n");
        return 0;
      }
      if (command === "shutdown" || command === "status") {
        const result = await ask(command === "shutdown" ? "SHUTDOWN" : "SHOW STATUS LIKE 'Uptime'", undefined);
        if (result !== undefined && "error" in result) {
          await process.stderr.write(
            `mysqladmin: connect to server at '${options.host}' failed\nerror: '${result.error.message}'\n`,
          );
          return 1;
        }
        if (result !== undefined && "rows" in result)
          await process.stdout.write(`Uptime: ${result.rows[0]?.[1] ?? 0}\n`);
        return 0;
      }
      await process.stderr.write(`mysqladmin: Unknown command: '${command}'\n`);
      return 1;
    } finally {
      connection.close();
    }
  } catch (problem) {
    if (!(problem instanceof Unreachable)) throw problem;
    await process.stderr.write(
      `mysqladmin: connect to server at '${options.host}' failed\nerror: '${problem.message.replace(/^ERROR \d+ \(\w+\): /, "")}'\n`,
    );
    return 1;
  }
}
