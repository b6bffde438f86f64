/** psql: statements by -c and -f, from a pipe or typed, and the backslash commands people use most. */
import type { Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import type { Relation } from "../kit/sql/state.ts";
import { shownType } from "../kit/sql/values.ts";
import { ConnectionFailed, type ConnectOptions, connect, isLocal } from "./connect.ts";
import { type Catalog, VERSION_FILE } from "./messages.ts";
import {
  type AccessTable,
  databasesTable,
  defaultsTable,
  privilegesTable,
  rolesTable,
  schemasTable,
} from "./psql-access.ts";
import { errorText, type Style, tableText } from "./psql-format.ts";
import { type PsqlOptions, readOptions, UsageError } from "./psql-options.ts";
import { type Answer, type Result, splitSql } from "./results.ts";
import { CATALOG_VIEW, RELATIONS_VIEW } from "./views.ts";
import { LinkLost, type PostgresLink } from "./wire/link.ts";

export async function psql(process: Process): Promise<number> {
  const version = process.files.exists(VERSION_FILE) ? process.files.readText(VERSION_FILE).trim() : "";
  if (process.argv.includes("--version") || process.argv.includes("-V")) {
    await process.stdout.write(`psql (PostgreSQL) ${version} (Debian ${version}-1.pgdg120+1)\n`);
    return 0;
  }
  let options: PsqlOptions;
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
  readonly #options: PsqlOptions;
  readonly #version: string;
  readonly #connection: ConnectOptions;
  #style: Style;
  #link: PostgresLink | undefined;
  #server = "";
  #superuser = false;
  #status: Answer["status"] = "idle";
  #place: string | undefined;
  #timing = false;

  constructor(process: Process, options: PsqlOptions, version: string) {
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
    const link = await this.#dial();
    this.#connection.database ||= this.#connection.user;
    this.#link = link;
    this.#server = (link.parameters.get("server_version") ?? "").replace(/ .*$/, "");
    this.#superuser = link.parameters.get("is_superuser") === "on";
  }

  /** Connects, asking for a password where one is needed and somebody is there to be asked. */
  async #dial(): ReturnType<typeof connect> {
    const ask = async () => {
      this.#connection.password = await this.#secret(`Password for user ${this.#connection.user}: `);
    };
    if (this.#options.askPassword === true) await ask();
    try {
      return await connect(this.#process, this.#connection);
    } catch (problem) {
      const mayAsk = this.#options.askPassword !== false && this.#process.isTerminal(0);
      if (!(problem instanceof ConnectionFailed) || !problem.needsPassword || !mayAsk) throw problem;
      await ask();
      return connect(this.#process, this.#connection);
    }
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
        if (this.#options.echo.all) await this.#process.stdout.write(`${text}\n`);
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
      if (this.#options.echo.all && (line !== "" || index < source.split("\n").length - 1))
        await this.#process.stdout.write(`${line}\n`);
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
    const { echo } = this.#options;
    if (echo.queries && !silent) await this.#process.stdout.write(`${sql.trim()}\n`);
    let answer: Answer;
    try {
      if (this.#link === undefined || !this.#link.open) throw new LinkLost("closed");
      answer = await this.#link.query(sql);
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
    const failed = echo.errors ? `${this.#place ?? ""}STATEMENT:  ${sql.trim()}\n` : "";
    await this.#process.stderr.write((this.#place ?? "") + errorText(answer.error) + failed);
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
    const answer = await this.#link?.query(sql);
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
      case "\\l":
      case "\\list":
        return this.#accessTable(databasesTable(await this.#catalog(), first));
      case "\\du":
      case "\\dg":
        return this.#accessTable(rolesTable(await this.#catalog(), first));
      case "\\dn":
        return this.#accessTable(schemasTable(await this.#catalog(), command.endsWith("+")));
      case "\\ddp":
        return this.#accessTable(defaultsTable(await this.#catalog()));
      case "\\dp":
      case "\\z":
        return this.#accessTable(privilegesTable(await this.#relations(), first));
      case "\\password":
        return this.#setPassword(first);
      case "\\dt":
      case "\\ds":
      case "\\di":
      case "\\d":
        return this.#describe(command.slice(2, 3), first);
      default:
        return fail(`invalid command ${command}\nTry \\? for help.`);
    }
  }

  async #catalog(): Promise<Catalog> {
    if (this.#link === undefined) throw new LinkLost("closed");
    const [row] = await this.#rows(`SELECT definition FROM ${CATALOG_VIEW}`);
    return JSON.parse(row?.[0] ?? "") as Catalog;
  }

  async #relations(): Promise<Relation[]> {
    const rows = await this.#rows(`SELECT definition FROM ${RELATIONS_VIEW}`);
    return rows.map(([definition]) => JSON.parse(definition ?? "") as Relation);
  }

  async #accessTable({ title, columns, rows, footer }: AccessTable): Promise<boolean> {
    const text = tableText(
      { columns: columns.map((name) => ({ name, right: false })), rows },
      this.#style,
      this.#style.tuplesOnly || this.#style.expanded ? undefined : title,
    );
    await this.#process.stdout.write(footer ? text : text.replace(/\(\d+ rows?\)\n\n$/, "\n"));
    return true;
  }

  /** A line that is not shown as it is typed. */
  async #secret(prompt: string): Promise<string> {
    const { stdout, tty, stdin } = this.#process;
    await stdout.write(prompt);
    const before = tty?.mode;
    if (tty !== undefined && before !== undefined) tty.mode = { ...before, echo: false };
    try {
      return (await new StreamReader(stdin).line()) ?? "";
    } finally {
      if (tty !== undefined && before !== undefined) tty.mode = before;
      await stdout.write("\n");
    }
  }

  async #setPassword(name = this.#connection.user): Promise<boolean> {
    const first = await this.#secret(`Enter new password for user "${name}": `);
    if ((await this.#secret("Enter it again: ")) !== first) {
      await this.#process.stderr.write("Passwords didn't match.\n");
      return false;
    }
    return this.#send(`ALTER USER "${name.replaceAll('"', '""')}" PASSWORD '${first.replaceAll("'", "''")}'`, true);
  }

  async #describe(kind: string, name: string | undefined): Promise<boolean> {
    const plain = name?.replace(/^public\./, "") ?? "";
    const relations = (await this.#relations()).filter((one) => plain === "" || one.name === plain);
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
