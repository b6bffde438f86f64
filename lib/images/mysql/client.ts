/** mysql and mysqladmin. */
import { isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import {
  askPassword,
  type ClientOptions,
  clientVersion,
  dial,
  readOptions,
  type ServerLink,
  Unreachable,
} from "./connect.ts";
import type { SqlResult } from "./engine/types.ts";
import { asLines, asTable, asVertical, remark } from "./format.ts";

/** A statement, the line it begins on, and how its rows are shown. */
interface Statement {
  readonly sql: string;
  readonly line: number;
  readonly vertical: boolean;
}

export async function mysql(process: Process): Promise<number> {
  const options = readOptions(process, "mysql");
  if (typeof options === "string") {
    await process.stderr.write(`mysql: [ERROR] ${options}.\n`);
    return 2;
  }
  if (process.argv.includes("--version") || process.argv.includes("-V")) {
    await process.stdout.write(`mysql  Ver 14.14 Distrib ${clientVersion(process)}, for Linux (x86_64)\n`);
    return 0;
  }
  options.database ??= options.words[0];
  await askPassword(process, options, "mysql");
  let link: ServerLink;
  try {
    link = await dial(process, options);
  } catch (problem) {
    if (!(problem instanceof Unreachable)) throw problem;
    await process.stderr.write(`${problem.message}\n`);
    return 1;
  }
  const client = new Client(process, options, link);
  try {
    return options.execute === undefined ? await client.read() : await client.runAll(options.execute);
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    await process.stderr.write("ERROR 2013 (HY000): Lost connection to MySQL server during query\n");
    return 1;
  } finally {
    link.close();
  }
}

class Client {
  readonly #process: Process;
  readonly #options: ClientOptions;
  readonly #link: ServerLink;
  readonly #interactive: boolean;
  #database: string | undefined;

  constructor(process: Process, options: ClientOptions, link: ServerLink) {
    this.#process = process;
    this.#options = options;
    this.#link = link;
    this.#interactive = options.execute === undefined && process.isTerminal(0);
    this.#database = options.database;
  }

  /** False where the rest must not run. */
  async #run({ sql, line, vertical }: Statement): Promise<boolean> {
    const { stdout, stderr, clock } = this.#process;
    const began = clock.now();
    const result = await this.#link.ask(sql);
    if (result === undefined) {
      await stderr.write("ERROR 2013 (HY000): Lost connection to MySQL server during query\n");
      return false;
    }
    const took = `(${((clock.now() - began) / 1000).toFixed(2)} sec)`;
    if ("error" in result) {
      const { code, state, message } = result.error;
      const where = this.#interactive ? "" : ` at line ${line}`;
      await stderr.write(`ERROR ${code} (${state})${where}: ${message}\n`);
      return this.#options.force || this.#interactive;
    }
    if ("columns" in result) {
      await stdout.write(vertical || this.#options.vertical ? asVertical(result) : format(result, this.#options));
      if (this.#interactive) await stdout.write(`${timed(remark(result), took)}\n\n`);
      return true;
    }
    const used = /^\s*use\s+(?:`((?:[^`]|``)*)`|(\S+))\s*$/i.exec(sql);
    if (used !== null) this.#database = used[1]?.replaceAll("``", "`") ?? used[2];
    if (!this.#interactive) return true;
    const info = result.info === undefined ? "" : `${result.info}\n`;
    await stdout.write(used !== null ? "Database changed\n" : `${timed(remark(result), took)}\n${info}\n`);
    return true;
  }

  async runAll(text: string): Promise<number> {
    const { statements, rest, line } = splitStatements(text, 1);
    if (rest.trim() !== "") statements.push({ sql: rest.trim(), line, vertical: false });
    for (const statement of statements) if (!(await this.#run(statement))) return 1;
    return 0;
  }

  async read(): Promise<number> {
    const { stdout, stdin } = this.#process;
    if (this.#interactive) await stdout.write(this.#banner());
    const lines = new StreamReader(stdin);
    let pending = "";
    let from = 1;
    for (let number = 1; ; number++) {
      if (this.#interactive) await stdout.write(pending === "" ? this.#prompt : "    -> ");
      const line = await lines.line(16 * 1024 * 1024);
      if (line === undefined) {
        if (this.#interactive) await stdout.write("Bye\n");
        if (pending.trim() === "") return 0;
        return (await this.#run({ sql: pending.trim(), line: from, vertical: false })) ? 0 : 1;
      }
      if (pending === "") {
        from = number;
        if (/^\s*(exit|quit|\\q);?\s*$/i.test(line)) {
          if (this.#interactive) await stdout.write("Bye\n");
          return 0;
        }
      }
      const { statements, rest, line: restLine } = splitStatements(`${pending}${line}\n`, from);
      pending = rest.trim() === "" ? "" : rest;
      if (pending !== "") from = restLine;
      for (const statement of statements) if (!(await this.#run(statement))) return 1;
    }
  }

  get #isMariadb(): boolean {
    return /MariaDB/.test(clientVersion(this.#process));
  }

  get #prompt(): string {
    return this.#isMariadb ? `MariaDB [${this.#database ?? "(none)"}]> ` : "mysql> ";
  }

  #banner(): string {
    const { version: told, id } = this.#link.greeting;
    const version = told.replace(/^5\.5\.5-(?=.*MariaDB)/, "");
    const name = this.#isMariadb ? "MariaDB" : "MySQL";
    return `Welcome to the ${name} monitor.  Commands end with ; or \\g.\nYour ${name} connection id is ${id}\nServer version: ${version}\n\nType 'help;' or '\\h' for help. Type '\\c' to clear the current input statement.\n\n`;
  }
}

/** The time stands before the count of warnings. */
const timed = (text: string, took: string) => text.replace(/(, \d+ warnings?)?$/, (warnings) => `${warnings} ${took}`);

/** Statements of a text, ended by semicolons, \g or \G outside quotes. `from`: the line the text begins on. */
export function splitStatements(
  text: string,
  from: number,
): { readonly statements: Statement[]; readonly rest: string; readonly line: number } {
  const statements: Statement[] = [];
  let start = 0;
  let quote = "";
  const lineOf = (at: number) => {
    const skipped = /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
    return from + (text.slice(0, at + skipped).match(/\n/g)?.length ?? 0);
  };
  const end = (at: number, length: number, vertical: boolean) => {
    const sql = text.slice(start, at).trim();
    if (sql !== "") statements.push({ sql, line: lineOf(start), vertical });
    start = at + length;
  };
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? "";
    if (quote !== "") {
      if (character === "\\" && quote !== "`") index++;
      else if (character === quote) quote = "";
    } else if (character === "'" || character === '"' || character === "`") quote = character;
    else if (character === "#" || (character === "-" && /^--\s/.test(text.slice(index, index + 3)))) {
      const newline = text.indexOf("\n", index);
      if (newline === -1) break;
      index = newline;
    } else if (character === ";") end(index, 1, false);
    else if (character === "\\" && (text[index + 1] === "G" || text[index + 1] === "g")) {
      end(index, 2, text[index + 1] === "G");
      index++;
    }
  }
  return { statements, rest: text.slice(start), line: lineOf(start) };
}

/** Rows as the options want them. */
function format(result: Extract<SqlResult, { columns: readonly string[] }>, { table, names }: ClientOptions): string {
  return table ? asTable(result, names) : asLines(result, { names });
}

export async function mysqladmin(process: Process): Promise<number> {
  const options = readOptions(process, "mysqladmin");
  if (typeof options === "string") {
    await process.stderr.write(`mysqladmin: [ERROR] ${options}.\n`);
    return 2;
  }
  const command = options.words[0] ?? "";
  await askPassword(process, options, "mysqladmin");
  let link: ServerLink;
  try {
    link = await dial(process, options);
  } catch (problem) {
    if (!(problem instanceof Unreachable)) throw problem;
    // Who is turned away has been answered: the server lives.
    if (command === "ping" && problem.denied) {
      await process.stderr.write(
        `mysqladmin: connect to server at '${options.host}' failed\nerror: '${problem.message.replace(/^ERROR \d+ \(\w+\): /, "")}'\n`,
      );
      return 0;
    }
    const hint =
      options.host === "localhost" && !problem.denied
        ? "\nCheck that mysqld is running and that the socket: '/var/run/mysqld/mysqld.sock' exists!"
        : "";
    await process.stderr.write(
      `mysqladmin: connect to server at '${options.host}' failed\nerror: '${problem.message.replace(/^ERROR \d+ \(\w+\): /, "")}'${hint}\n`,
    );
    return 1;
  }
  const statements: Readonly<Record<string, string>> = {
    shutdown: "SHUTDOWN",
    processlist: "SHOW PROCESSLIST",
    variables: "SHOW VARIABLES",
    "extended-status": "SHOW STATUS",
    "flush-logs": "FLUSH LOGS",
    "flush-privileges": "FLUSH PRIVILEGES",
    reload: "FLUSH PRIVILEGES",
    "start-slave": "START SLAVE",
    "stop-slave": "STOP SLAVE",
  };
  try {
    if (command === "ping") {
      await process.stdout.write("mysqld is alive\n");
      return 0;
    }
    if (command === "status") {
      await process.stdout.write(`${await link.statistics()}\n`);
      return 0;
    }
    const sql = Object.hasOwn(statements, command) ? statements[command] : undefined;
    if (sql === undefined) {
      await process.stderr.write(`mysqladmin: Unknown command: '${command}'\n`);
      return 1;
    }
    const result = await link.ask(sql);
    if (result !== undefined && "error" in result) {
      await process.stderr.write(`mysqladmin: ${command} failed; error: '${result.error.message}'\n`);
      return 1;
    }
    if (result !== undefined && "rows" in result)
      await process.stdout.write(format(result, { ...options, table: true }));
    return 0;
  } finally {
    link.close();
  }
}
