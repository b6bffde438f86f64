/** psql: statements by -c and -f, from a pipe or typed, and the backslash commands people use most. */
import { isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveHost } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import { shownType } from "../kit/sql/values.ts";
import { errorText, type Style, tableText } from "./psql-format.ts";
import { conninfo, type Request, refusal, VERSION_FILE } from "./server.ts";
import { type Answer, type Result, splitSql } from "./session.ts";
import type { Relation } from "./state.ts";

export interface ConnectOptions {
  host: string | undefined;
  port: number;
  user: string;
  database: string;
  password: string | undefined;
  application: string;
}

/** Why there is no connection, in libpq's words. */
export class ConnectionFailed extends Error {}

function osUser(process: Process): string {
  try {
    const line = process.files
      .readText("/etc/passwd")
      .split("\n")
      .find((one) => one.split(":")[2] === String(process.uid));
    return line?.split(":")[0] ?? "root";
  } catch (problem) {
    if (isErrno(problem)) return "root";
    throw problem;
  }
}

/** What the environment says, before any flag. */
export function environmentOptions(process: Process): ConnectOptions {
  const { env } = process;
  const user = env.get("PGUSER") || osUser(process);
  return {
    host: env.get("PGHOST"),
    port: Number(env.get("PGPORT") || 5432),
    user,
    database: env.get("PGDATABASE") ?? "",
    password: env.get("PGPASSWORD"),
    application: "psql",
  };
}

export function applyConninfo(options: ConnectOptions, text: string): void {
  const info = conninfo(text);
  options.host = info.get("host") ?? options.host;
  options.port = Number(info.get("port") ?? options.port);
  options.user = info.get("user") ?? options.user;
  options.database = info.get("dbname") ?? options.database;
  options.password = info.get("password") ?? options.password;
}

export const isLocal = ({ host }: ConnectOptions) => host === undefined || host === "" || host.startsWith("/");

export async function reach(process: Process, options: ConnectOptions): Promise<RpcLink> {
  const { host = "", port } = options;
  const local = isLocal(options);
  const address = local || host === "localhost" ? "127.0.0.1" : await resolveHost(process, host);
  if (address === undefined)
    throw new ConnectionFailed(`could not translate host name "${host}" to address: Name or service not known`);
  try {
    return await dialRpc(process, address, port, { timeoutMs: 10_000 });
  } catch (problem) {
    if (!isErrno(problem) || process.signal.aborted) throw problem;
    if (local)
      throw new ConnectionFailed(
        `connection to server on socket "/var/run/postgresql/.s.PGSQL.${port}" failed: No such file or directory\n\tIs the server running locally and accepting connections on that socket?`,
      );
    const why = problem.code === "ECONNREFUSED" ? "Connection refused" : "Connection timed out";
    const named = host === address ? `"${host}"` : `"${host}" (${address})`;
    throw new ConnectionFailed(
      `connection to server at ${named}, port ${port} failed: ${why}\n\tIs the server running on that host and accepting TCP/IP connections?`,
    );
  }
}

/** Connects and knocks. Throws `ConnectionFailed`. */
export async function connect(
  process: Process,
  options: ConnectOptions,
  replication = false,
): Promise<{ readonly link: RpcLink; readonly version: string; readonly superuser: boolean }> {
  const link = await reach(process, options);
  const { user, password, application, port } = options;
  const database = options.database || user;
  const local = isLocal(options);
  try {
    const answer = await link.ask<{ readonly version: string; readonly superuser: boolean }>({
      type: "startup",
      user,
      database,
      password,
      local,
      osUser: osUser(process),
      application,
      replication,
    } satisfies Request);
    return { link, ...answer };
  } catch (problem) {
    link.close();
    const place = local
      ? `on socket "/var/run/postgresql/.s.PGSQL.${port}"`
      : `at "${options.host}"${options.host === link.address ? "" : ` (${link.address})`}, port ${port}`;
    if (problem instanceof Refused) {
      const { severity, message, state } = refusal(problem);
      throw new ConnectionFailed(
        `connection to server ${place} failed: ${state === "password" ? message : `${severity}:  ${message}`}`,
      );
    }
    if (problem instanceof LinkLost)
      throw new ConnectionFailed(`connection to server ${place} failed: server closed the connection unexpectedly`);
    throw problem;
  }
}

interface Options {
  readonly connection: ConnectOptions;
  readonly commands: readonly { readonly kind: "-c" | "-f"; readonly text: string }[];
  readonly style: Style;
  readonly quiet: boolean;
  readonly stopOnError: boolean;
  readonly list: boolean;
  readonly single: boolean;
  readonly variables: ReadonlyMap<string, string>;
}

class UsageError extends Error {}

function readOptions(process: Process): Options {
  const connection = environmentOptions(process);
  const commands: { kind: "-c" | "-f"; text: string }[] = [];
  const variables = new Map<string, string>();
  const style = { aligned: true, tuplesOnly: false, expanded: false, csv: false, separator: "|", null: "" };
  const words: string[] = [];
  const flags = new Set<string>();
  const LONG: Readonly<Record<string, string>> = {
    command: "c",
    file: "f",
    username: "U",
    host: "h",
    port: "p",
    dbname: "d",
    "tuples-only": "t",
    "no-align": "A",
    quiet: "q",
    expanded: "x",
    "no-psqlrc": "X",
    "no-password": "w",
    password: "W",
    set: "v",
    variable: "v",
    list: "l",
    "single-transaction": "1",
    "field-separator": "F",
    pset: "P",
    csv: "csv",
    "echo-all": "a",
    "echo-errors": "b",
    "echo-queries": "e",
    version: "V",
  };
  const args = process.argv.slice(1);
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    const letters: { name: string; value: string | undefined }[] = [];
    if (arg.startsWith("--")) {
      const [name = "", value] = arg.slice(2).split(/=(.*)/s);
      const letter = LONG[name];
      if (letter === undefined) throw new UsageError(`unrecognized option '--${name}'`);
      letters.push({ name: letter, value });
    } else {
      for (let at = 1; at < arg.length; at++) {
        const name = arg[at] ?? "";
        const valued = "cfUhpdvFPL".includes(name);
        letters.push({ name, value: valued && at + 1 < arg.length ? arg.slice(at + 1) : undefined });
        if (valued) break;
      }
    }
    for (const { name, value: inline } of letters) {
      const value = () => {
        const found = inline ?? args[++index];
        if (found === undefined) throw new UsageError(`option requires an argument -- '${name}'`);
        return found;
      };
      if (name === "c" || name === "f") commands.push({ kind: `-${name}`, text: value() });
      else if (name === "U") connection.user = value();
      else if (name === "h") connection.host = value();
      else if (name === "p") connection.port = Number(value());
      else if (name === "d") words.unshift(value());
      else if (name === "t") style.tuplesOnly = true;
      else if (name === "A") style.aligned = false;
      else if (name === "x") style.expanded = true;
      else if (name === "csv") style.csv = true;
      else if (name === "F") style.separator = value();
      else if (name === "v") {
        const [key = "", text = ""] = value().split(/=(.*)/s);
        variables.set(key, text);
      } else if (name === "P") {
        const [key, text = ""] = value().split(/=(.*)/s);
        if (key === "null") style.null = text;
        else if (key === "format" && text === "unaligned") style.aligned = false;
        else if (key === "tuples_only") style.tuplesOnly = true;
        else if (key !== "pager" && key !== "footer") throw new UsageError(`\\pset: unknown option: ${key ?? ""}`);
      } else if ("qXwWl1abeV".includes(name)) flags.add(name);
      else throw new UsageError(`invalid option -- '${name}'`);
    }
  }
  const [database, user] = words;
  if (database !== undefined && (database.includes("=") || /^postgres(ql)?:/.test(database)))
    applyConninfo(connection, database);
  else if (database !== undefined) connection.database = database;
  if (user !== undefined) connection.user = user;
  return {
    connection,
    commands,
    style,
    quiet: flags.has("q"),
    stopOnError: ["1", "on", "true"].includes((variables.get("ON_ERROR_STOP") ?? "").toLowerCase()),
    list: flags.has("l"),
    single: flags.has("1"),
    variables,
  };
}

export async function psql(process: Process): Promise<number> {
  const version = process.files.exists(VERSION_FILE) ? process.files.readText(VERSION_FILE).trim() : "";
  if (process.argv.includes("--version") || process.argv.includes("-V")) {
    await process.stdout.write(`psql (PostgreSQL) ${version} (Debian ${version}-1.pgdg120+1)\n`);
    return 0;
  }
  let options: Options;
  try {
    options = readOptions(process);
  } catch (problem) {
    if (!(problem instanceof UsageError)) throw problem;
    await process.stderr.write(`psql: ${problem.message}\npsql: hint: Try "psql --help" for more information.\n`);
    return 1;
  }
  process.onSignal("SIGPIPE", "ignore");
  const client = new Psql(process, options, version);
  try {
    return await client.run();
  } catch (problem) {
    if (!(problem instanceof ConnectionFailed)) throw problem;
    await process.stderr.write(`psql: error: ${problem.message}\n`);
    return 2;
  } finally {
    client.close();
  }
}

class Psql {
  readonly #process: Process;
  readonly #options: Options;
  readonly #version: string;
  readonly #connection: ConnectOptions;
  #style: Style;
  #link: RpcLink | undefined;
  #server = "";
  #superuser = false;
  #status: Answer["status"] = "idle";
  #place: string | undefined;
  #timing = false;

  constructor(process: Process, options: Options, version: string) {
    this.#process = process;
    this.#options = options;
    this.#version = version;
    this.#style = options.style;
    this.#connection = options.connection;
  }

  close(): void {
    this.#link?.close();
  }

  async #connect(): Promise<void> {
    this.#link?.close();
    const { link, version, superuser } = await connect(this.#process, this.#connection);
    this.#connection.database ||= this.#connection.user;
    this.#link = link;
    this.#server = version;
    this.#superuser = superuser;
  }

  async run(): Promise<number> {
    const { commands, list, single, stopOnError } = this.#options;
    if (list && this.#connection.database === "") this.#connection.database = "postgres";
    await this.#connect();
    if (list) {
      await this.#meta("\\l");
      return 0;
    }
    if (commands.length === 0) return this.#interactive();
    if (single) await this.#send("BEGIN", true);
    for (const { kind, text } of commands) {
      if (kind === "-c") {
        const ok = text.trimStart().startsWith("\\") ? await this.#meta(text.trim()) : await this.#send(text);
        if (ok === "quit") return 0;
        if (!ok) return 1;
        continue;
      }
      if (text !== "-" && !this.#process.files.exists(text)) {
        await this.#process.stderr.write(`psql: error: ${text}: No such file or directory\n`);
        return 1;
      }
      const source =
        text === "-"
          ? new TextDecoder().decode(await new StreamReader(this.#process.stdin).rest())
          : this.#process.files.readText(text);
      const result = await this.#script(source, text === "-" ? "<stdin>" : text, stopOnError);
      if (result !== 0) return result;
    }
    if (single) await this.#send("COMMIT", true);
    return 0;
  }

  async #script(source: string, name: string, stop: boolean): Promise<number> {
    let pending = "";
    let start = 1;
    for (const [index, line] of `${source}\n`.split("\n").entries()) {
      this.#place = `psql:${name}:${index + 1}: `;
      if (pending.trim() === "" && line.trimStart().startsWith("\\")) {
        const done = await this.#meta(line.trim());
        if (done === "quit") return 0;
        if (!done && stop) return 3;
        continue;
      }
      if (pending.trim() === "") start = index + 1;
      pending += `${line}\n`;
      const { statements, rest } = splitSql(pending);
      pending = rest;
      for (const { sql } of statements) if (!(await this.#send(`${sql};`)) && stop) return 3;
    }
    this.#place = `psql:${name}:${start}: `;
    if (pending.replace(/--[^\n]*/g, "").trim() !== "" && !(await this.#send(pending)) && stop) return 3;
    this.#place = undefined;
    return this.#link?.open === true ? 0 : 2;
  }

  /** Sends one text and shows what comes back; false where it failed. */
  async #send(sql: string, silent = false): Promise<boolean> {
    const started = this.#process.clock.now();
    let answer: Answer;
    try {
      if (this.#link === undefined || !this.#link.open) throw new LinkLost("closed");
      answer = await this.#link.ask<Answer>({ type: "query", sql } satisfies Request);
    } catch (problem) {
      if (!(problem instanceof LinkLost)) throw problem;
      await this.#process.stderr.write(
        `${this.#place ?? ""}server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\n${this.#place ?? ""}error: connection to server was lost\n`,
      );
      return false;
    }
    this.#status = answer.status;
    for (const result of answer.results) await this.#show(result, silent);
    if (this.#timing)
      await this.#process.stdout.write(`Time: ${(this.#process.clock.now() - started).toFixed(3)} ms\n`);
    if (answer.error === undefined) return true;
    await this.#process.stderr.write((this.#place ?? "") + errorText(answer.error));
    return false;
  }

  async #show(result: Result, silent: boolean): Promise<void> {
    if (result.kind === "notice")
      await this.#process.stderr.write(`${this.#place ?? ""}${result.severity}:  ${result.text}\n`);
    else if (result.kind === "rows") {
      await this.#process.stdout.write(tableText(result, this.#style));
      if (!result.tag.startsWith("SELECT") && !result.tag.startsWith("SHOW") && !this.#options.quiet)
        await this.#process.stdout.write(`${result.tag}\n`);
    } else if (!silent && !this.#options.quiet) await this.#process.stdout.write(`${result.tag}\n`);
  }

  async #rows(sql: string): Promise<readonly (readonly (string | null)[])[]> {
    const answer = await this.#link?.ask<Answer>({ type: "query", sql } satisfies Request);
    const [first] = answer?.results ?? [];
    return first?.kind === "rows" ? first.rows : [];
  }

  #prompt(pending: string): string {
    const mark = this.#superuser ? "#" : ">";
    const state = this.#status === "transaction" ? "*" : this.#status === "failed" ? "!" : "";
    return `${this.#connection.database}${pending === "" ? "=" : "-"}${state}${mark} `;
  }

  async #interactive(): Promise<number> {
    const terminal = this.#process.isTerminal(0);
    if (!terminal) {
      const source = new TextDecoder().decode(await new StreamReader(this.#process.stdin).rest());
      return this.#script(source, "<stdin>", this.#options.stopOnError);
    }
    if (!this.#options.quiet) {
      const other =
        this.#server === this.#version ? "" : `, server ${this.#server} (Debian ${this.#server}-1.pgdg120+1)`;
      await this.#process.stdout.write(
        `psql (${this.#version} (Debian ${this.#version}-1.pgdg120+1)${other})\nType "help" for help.\n\n`,
      );
    }
    const lines = new StreamReader(this.#process.stdin);
    let pending = "";
    for (;;) {
      await this.#process.stdout.write(this.#prompt(pending));
      const line = await lines.line();
      if (line === undefined) {
        await this.#process.stdout.write("\\q\n");
        return 0;
      }
      const word = line.trim();
      if (pending === "" && /^(exit|quit)$/i.test(word)) return 0;
      if (pending === "" && word === "help") {
        await this.#process.stdout.write(
          "You are using psql, the command-line interface to PostgreSQL.\nType:  \\? for help with psql commands\n       \\g or terminate with semicolon to execute query\n       \\q to quit\n",
        );
        continue;
      }
      if (word.startsWith("\\") && (pending === "" || !/^\\(g|x|gx)$/.test(word))) {
        if ((await this.#meta(word)) === "quit") return 0;
        continue;
      }
      const { statements, rest } = splitSql(`${pending}${line}\n`);
      pending = rest.trim() === "" ? "" : rest;
      for (const { sql } of statements) {
        await this.#send(`${sql};`);
        if (this.#link?.open === false) {
          await this.#process.stderr.write("The connection to the server was lost. Attempting reset: ");
          try {
            await this.#connect();
            await this.#process.stderr.write("Succeeded.\n");
          } catch (problem) {
            if (!(problem instanceof ConnectionFailed)) throw problem;
            await this.#process.stderr.write("Failed.\n");
          }
        }
      }
    }
  }

  // ---------------------------------------------------------------------------------------------------- backslash commands

  async #table(title: string, names: readonly string[], rows: readonly (readonly (string | null)[])[]): Promise<void> {
    const columns = names.map((name) => ({ name, right: false }));
    await this.#process.stdout.write(
      tableText({ columns, rows }, this.#style, this.#style.tuplesOnly || this.#style.expanded ? undefined : title),
    );
  }

  async #meta(line: string): Promise<boolean | "quit"> {
    const [command = "", ...words] = line.replace(/;$/, "").split(/\s+/);
    const out = (text: string) => this.#process.stdout.write(text);
    const fail = async (text: string) => {
      await this.#process.stderr.write(`${this.#place ?? ""}${text}\n`);
      return false;
    };
    const [first] = words;
    switch (command.replace(/\+$/, "")) {
      case "\\q":
        return "quit";
      case "\\?":
        await out(
          "  \\c DBNAME  \\conninfo  \\d [NAME]  \\dt  \\di  \\ds  \\dn  \\du  \\l  \\x  \\t  \\a  \\i FILE  \\echo TEXT  \\timing  \\q\n",
        );
        return true;
      case "\\x":
        this.#style = { ...this.#style, expanded: first === undefined ? !this.#style.expanded : first === "on" };
        if (!this.#options.quiet) await out(`Expanded display is ${this.#style.expanded ? "on" : "off"}.\n`);
        return true;
      case "\\t":
        this.#style = { ...this.#style, tuplesOnly: first === undefined ? !this.#style.tuplesOnly : first === "on" };
        if (!this.#options.quiet) await out(`Tuples only is ${this.#style.tuplesOnly ? "on" : "off"}.\n`);
        return true;
      case "\\a":
        this.#style = { ...this.#style, aligned: !this.#style.aligned };
        if (!this.#options.quiet) await out(`Output format is ${this.#style.aligned ? "aligned" : "unaligned"}.\n`);
        return true;
      case "\\timing":
        this.#timing = first === undefined ? !this.#timing : first === "on";
        await out(`Timing is ${this.#timing ? "on" : "off"}.\n`);
        return true;
      case "\\echo":
        await out(`${words.join(" ").replace(/^'(.*)'$/, "$1")}\n`);
        return true;
      case "\\i": {
        if (first === undefined || !this.#process.files.exists(first))
          return fail(`${first ?? "\\i"}: No such file or directory`);
        return (await this.#script(this.#process.files.readText(first), first, this.#options.stopOnError)) === 0;
      }
      case "\\pset":
        if (first === "pager") return true;
        if (first === "null") {
          this.#style = { ...this.#style, null: (words[1] ?? "").replace(/^'(.*)'$/, "$1") };
          return true;
        }
        return fail(`\\pset: unknown option: ${first ?? ""}`);
      case "\\c":
      case "\\connect": {
        const former = { ...this.#connection };
        if (first !== undefined && first !== "-") this.#connection.database = first;
        if (words[1] !== undefined && words[1] !== "-") this.#connection.user = words[1];
        if (words[2] !== undefined && words[2] !== "-") this.#connection.host = words[2];
        try {
          await this.#connect();
        } catch (problem) {
          if (!(problem instanceof ConnectionFailed)) throw problem;
          Object.assign(this.#connection, former);
          await this.#connect();
          return fail(`${problem.message}\nPrevious connection kept`);
        }
        if (!this.#options.quiet)
          await out(
            `You are now connected to database "${this.#connection.database}" as user "${this.#connection.user}".\n`,
          );
        return true;
      }
      case "\\conninfo": {
        const { database, user, host = "", port } = this.#connection;
        const way = isLocal(this.#connection)
          ? `via socket in "/var/run/postgresql" at port "${port}"`
          : `on host "${host}" (address "${this.#link?.address ?? ""}") at port "${port}"`;
        await out(`You are connected to database "${database}" as user "${user}" ${way}.\n`);
        return true;
      }
      case "\\l": {
        const rows = await this.#rows("SELECT datname FROM pg_database ORDER BY datname");
        const shown = rows.map(([name = ""]) => [
          name,
          "postgres",
          "UTF8",
          "en_US.utf8",
          "en_US.utf8",
          name?.startsWith("template") === true
            ? "=c/postgres          +\npostgres=CTc/postgres".replace(/ +\+/, "")
            : "",
        ]);
        await this.#table(
          "List of databases",
          ["Name", "Owner", "Encoding", "Collate", "Ctype", "Access privileges"],
          shown,
        );
        return true;
      }
      case "\\du": {
        const rows = await this.#rows(
          "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin FROM pg_roles ORDER BY rolname",
        );
        const shown = rows.map(([name = "", ...flags]) => {
          const attributes = ["Superuser", "Create role", "Create DB", "Replication"].filter(
            (_label, index) => flags[index] === "t",
          );
          if (flags[4] === "f") attributes.push("Cannot login");
          return [name, attributes.join(", ")];
        });
        await this.#table("List of roles", ["Role name", "Attributes"], shown);
        return true;
      }
      case "\\dn":
        await this.#table("List of schemas", ["Name", "Owner"], [["public", "pg_database_owner"]]);
        return true;
      case "\\dt":
      case "\\ds":
      case "\\di":
      case "\\d":
        return this.#describe(command.slice(2, 3), first);
      default:
        return fail(`invalid command ${command}\nTry \\? for help.`);
    }
  }

  async #describe(kind: string, name: string | undefined): Promise<boolean> {
    const plain = name?.replace(/^public\./, "") ?? "";
    const relations =
      (await this.#link?.ask<readonly Relation[]>({ type: "describe", what: plain } satisfies Request)) ?? [];
    if (kind === "" && name !== undefined) {
      const [relation] = relations;
      if (relation === undefined) {
        await this.#process.stderr.write(`Did not find any relation named "${name}".\n`);
        return false;
      }
      await this.#describeOne(relation);
      return true;
    }
    const sorted = [...relations].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (kind === "i") {
      const rows = sorted.flatMap((relation) =>
        indexesOf(relation).map((index) => ["public", index.name, "index", relation.owner, relation.name]),
      );
      if (rows.length === 0) return this.#none(name);
      await this.#table("List of relations", ["Schema", "Name", "Type", "Owner", "Table"], rows);
      return true;
    }
    const rows = sorted
      .filter((relation) => kind === "" || (kind === "t") === (relation.kind === "table"))
      .map((relation) => ["public", relation.name, relation.kind, relation.owner]);
    if (rows.length === 0) return this.#none(name);
    await this.#table("List of relations", ["Schema", "Name", "Type", "Owner"], rows);
    return true;
  }

  async #none(name: string | undefined): Promise<boolean> {
    await this.#process.stderr.write(
      name === undefined ? "Did not find any relations.\n" : `Did not find any relation named "${name}".\n`,
    );
    return true;
  }

  async #describeOne(relation: Relation): Promise<void> {
    if (relation.kind === "sequence") {
      await this.#table(
        `Sequence "public.${relation.name}"`,
        ["Type", "Start", "Increment"],
        [["bigint", String(relation.start ?? 1), String(relation.increment ?? 1)]],
      );
      return;
    }
    const rows = relation.columns.map(({ name, type, size, notNull, default: value, identity }) => [
      name,
      shownType(type, size),
      "",
      notNull ? "not null" : "",
      identity === undefined ? (value?.text ?? "") : `generated ${identity.toLowerCase()} as identity`,
    ]);
    const columns = ["Column", "Type", "Collation", "Nullable", "Default"].map((name) => ({ name, right: false }));
    const text = tableText(
      { columns, rows },
      { ...this.#style, tuplesOnly: false },
      `Table "public.${relation.name}"`,
    ).replace(/\(\d+ rows?\)\n\n$/, "");
    let more = "";
    const indexes = indexesOf(relation);
    if (indexes.length > 0)
      more += `Indexes:\n${indexes.map(({ name, text: shown }) => `    "${name}" ${shown}\n`).join("")}`;
    const checks = relation.constraints.flatMap((one) =>
      one.kind === "check" ? [`    "${one.name}" CHECK (${one.text})\n`] : [],
    );
    if (checks.length > 0) more += `Check constraints:\n${checks.join("")}`;
    const foreign = relation.constraints.flatMap((one) =>
      one.kind === "foreign"
        ? [
            `    "${one.name}" FOREIGN KEY (${one.columns.join(", ")}) REFERENCES ${one.table}(${one.target.join(", ")})${one.onDelete === "NO ACTION" ? "" : ` ON DELETE ${one.onDelete}`}\n`,
          ]
        : [],
    );
    if (foreign.length > 0) more += `Foreign-key constraints:\n${foreign.join("")}`;
    await this.#process.stdout.write(`${text}${more}\n`);
  }
}

function indexesOf(relation: Relation): { readonly name: string; readonly text: string }[] {
  const keys = relation.constraints.flatMap((one) =>
    one.kind === "primary" || one.kind === "unique"
      ? [
          {
            name: one.name,
            text: `${one.kind === "primary" ? "PRIMARY KEY" : "UNIQUE CONSTRAINT"}, btree (${one.columns.join(", ")})`,
          },
        ]
      : [],
  );
  const plain = relation.indexes.map(({ name, columns, unique }) => ({
    name,
    text: `${unique ? "UNIQUE, " : ""}btree (${columns.join(", ")})`,
  }));
  return [...keys, ...plain];
}
