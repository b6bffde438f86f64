/** cqlsh: one statement, a file, or statements line by line. */
import { isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveHost } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import { VERSION_FILE } from "./config.ts";
import { CONSISTENCY_LEVELS, type Consistency } from "./coordinator.ts";
import { type CqlErrorKind, shown } from "./cql/types.ts";
import { type ClientRequest, NATIVE_PORT } from "./node.ts";
import type { Description } from "./query/execute.ts";
import type { QueryResult } from "./query/result.ts";

interface Failure {
  readonly kind: CqlErrorKind;
  readonly message: string;
  readonly info: Readonly<Record<string, string | number>>;
}

interface Greeting {
  readonly clusterName: string;
  readonly release: string;
  readonly dataCenter: string;
  readonly address: string;
}

interface Session {
  readonly process: Process;
  readonly link: RpcLink;
  readonly host: string;
  readonly greeting: Greeting;
  /** "<stdin>" or a file's name, where errors tell their place; undefined on a terminal. */
  readonly source: string | undefined;
  keyspace: string | undefined;
  consistency: Consistency;
  serial: Consistency;
  expand: boolean;
  line: number;
  failed: boolean;
}

const CODES: Readonly<Record<string, readonly [name: string, code: number, title: string]>> = {
  Syntax: ["SyntaxException", 2000, "Syntax error in CQL query"],
  Invalid: ["InvalidRequest", 2200, "Invalid query"],
  Config: ["ConfigurationException", 2300, "Query invalid because of configuration issue"],
  Unavailable: ["Unavailable", 1000, "Unavailable exception"],
  WriteTimeout: ["WriteTimeout", 1100, "Coordinator node timed out waiting for replica nodes' responses"],
  ReadTimeout: ["ReadTimeout", 1200, "Coordinator node timed out waiting for replica nodes' responses"],
  Server: ["ServerError", 0, "Server error"],
};

/** Python's repr of a dictionary. */
function pythonDict(info: Failure["info"]): string {
  const pairs = Object.entries(info).map(
    ([key, value]) => `'${key}': ${typeof value === "number" ? value : `'${value}'`}`,
  );
  return `{${pairs.join(", ")}}`;
}

function errorText({ kind, message, info }: Failure, { greeting, host }: Session): string {
  if (kind === "AlreadyExists") return `AlreadyExists: ${message}`;
  const [name, code, title] = CODES[kind] ?? ["ServerError", 0, "Server error"];
  if (kind === "Server" && message.startsWith("Error during truncate"))
    return `TruncateError: Error from server: code=1003 [Error during truncate] message="${message}"`;
  const number = code === 0 ? "0000" : String(code);
  if (kind === "Server") return `ServerError: <Error from server: code=${number} [${title}] message="${message}">`;
  if (kind === "Syntax" || kind === "Config") {
    if (kind === "Syntax") return `SyntaxException: ${message}`;
    return `ConfigurationException: ${message}`;
  }
  const error = `Error from server: code=${number} [${title}] message="${message}"`;
  const detailed = Object.keys(info).length === 0 ? error : `${error} info=${pythonDict(info)}`;
  if (kind !== "Unavailable") return `${name}: ${detailed}`;
  // The driver tries the next host, of which cqlsh gives it none. Python 2 shows no message of an error with two parts.
  if (Number(greeting.release.split(".")[0]) < 4) return "NoHostAvailable: ";
  return `NoHostAvailable: ('Unable to complete the operation against any hosts', {<Host: ${host}:${NATIVE_PORT} ${greeting.dataCenter}>: ${name}('${detailed.replaceAll("'", "\\'")}')})`;
}

function tableText(result: Extract<QueryResult, { kind: "rows" }>, expand: boolean): string {
  const rows = result.rows.map((row) =>
    row.map((value, index) => shown(value, result.columns[index]?.type ?? { name: "text", of: [] })),
  );
  const names = result.columns.map(({ name }) => name);
  const count = `(${rows.length} rows)\n`;
  if (expand && rows.length > 0) {
    const wide = Math.max(...names.map((name) => name.length));
    const value = Math.max(...rows.flat().map((cell) => cell.length));
    const one = (row: readonly string[], number: number) =>
      `@ Row ${number + 1}\n${"-".repeat(wide + 1)}+${"-".repeat(value + 1)}\n${row
        .map((cell, index) => ` ${(names[index] ?? "").padEnd(wide)} | ${cell} \n`.replace(/ \n$/, "\n"))
        .join("")}\n`;
    return `\n${rows.map(one).join("")}${count}`;
  }
  const widths = names.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const header = ` ${names.map((name, index) => name.padEnd(widths[index] ?? 0)).join(" | ")}`.trimEnd();
  const rule = `-${widths.map((width) => "-".repeat(width)).join("-+-")}-`;
  const lines = rows.map((row) => ` ${row.map((cell, index) => cell.padStart(widths[index] ?? 0)).join(" | ")}`);
  return `\n${[header, rule, ...lines].join("\n")}\n\n${count}`;
}

/** Names in columns, down and then across, as Python's cmd module sets them in 80 characters. */
function columnize(names: readonly string[]): string {
  if (names.length === 0) return "<empty>\n";
  for (let rows = 1; rows <= names.length; rows++) {
    const columns = Math.ceil(names.length / rows);
    const widths = Array.from({ length: columns }, (_, column) =>
      Math.max(...names.slice(column * rows, (column + 1) * rows).map((name) => name.length)),
    );
    if (rows < names.length && widths.reduce((sum, width) => sum + width + 2, -2) > 80) continue;
    const lines = Array.from({ length: rows }, (_, row) =>
      widths
        .map((width, column) => ({ width, text: names[column * rows + row] }))
        .filter(({ text }) => text !== undefined)
        .map(({ width, text }) => (text ?? "").padEnd(width))
        .join("  "),
    );
    return `${lines.join("\n")}\n`;
  }
  return "";
}

async function ask<T>(session: Session, request: ClientRequest): Promise<T | undefined> {
  const { process } = session;
  try {
    return await session.link.ask<T>(request);
  } catch (problem) {
    session.failed = true;
    const place = session.source === undefined ? "" : `${session.source}:${session.line}:`;
    if (problem instanceof Refused) {
      const failure = JSON.parse(problem.message) as Failure;
      await process.stderr.write(`${place}${errorText(failure, session)}\n`);
    } else if (problem instanceof LinkLost) {
      await process.stderr.write(
        `${place}ConnectionShutdown: Connection to ${session.host}:${NATIVE_PORT} was closed\n`,
      );
    } else throw problem;
    return undefined;
  }
}

const SHELL_COMMANDS =
  /^(HELP|CLEAR|CLS|COPY|CAPTURE|SOURCE|TRACING|PAGING|LOGIN|SHOW|EXPAND|CONSISTENCY|SERIAL|DESCRIBE|DESC|EXIT|QUIT)\b/i;

/** Runs a statement or a command of cqlsh itself; false: the end is asked for. */
async function run(session: Session, text: string): Promise<boolean> {
  const { process } = session;
  const out = (what: string) => process.stdout.write(what);
  const fail = async (what: string) => {
    session.failed = true;
    await process.stderr.write(`${session.source === undefined ? "" : `${session.source}:${session.line}:`}${what}\n`);
    return true;
  };
  if (!SHELL_COMMANDS.test(text)) {
    const { keyspace, consistency } = session;
    const result = await ask<QueryResult>(session, { type: "query", cql: text, keyspace, consistency });
    if (result?.kind === "use") session.keyspace = result.keyspace;
    if (result?.kind === "rows") await out(tableText(result, session.expand));
    if (result?.kind === "void" && (result.warnings ?? []).length > 0)
      await out(`\nWarnings :\n${(result.warnings ?? []).join("\n")}\n\n`);
    return true;
  }
  const words = text.split(/\s+/);
  const command = (words[0] ?? "").toUpperCase();
  const second = words[1]?.toUpperCase();
  switch (command) {
    case "EXIT":
    case "QUIT":
      return false;
    case "CLEAR":
    case "CLS":
      await out("\x1b[2J\x1b[H");
      return true;
    case "HELP":
      await out(
        "\nDocumented shell commands:\n===========================\nCONSISTENCY  DESCRIBE  EXIT  EXPAND  HELP  SERIAL  SHOW\n\n",
      );
      return true;
    case "CONSISTENCY":
    case "SERIAL": {
      const serial = command === "SERIAL";
      const name = serial ? "Serial consistency" : "Consistency";
      if (serial && second !== undefined && second !== "CONSISTENCY") return fail("Improper SERIAL command.");
      const wanted = serial ? words[2]?.toUpperCase() : second;
      if (wanted === undefined) {
        await out(`Current ${name.toLowerCase()} level is ${serial ? session.serial : session.consistency}.\n`);
        return true;
      }
      const level = CONSISTENCY_LEVELS.find((one) => one === wanted);
      if (level === undefined || (serial && !level.endsWith("SERIAL"))) return fail(`Improper ${command} command.`);
      if (serial) session.serial = level;
      else session.consistency = level;
      await out(`${name} level set to ${level}.\n`);
      return true;
    }
    case "EXPAND":
      if (second === "ON" || second === "OFF") {
        session.expand = second === "ON";
        await out(`${second === "ON" ? "Now Expanded output is enabled" : "Disabled Expanded output."}\n`);
      } else
        await out(
          `Expanded output is currently ${session.expand ? "enabled" : "disabled"}. Use EXPAND ${session.expand ? "OFF to disable" : "ON to enable"}.\n`,
        );
      return true;
    case "SHOW": {
      const { greeting } = session;
      if (second === "VERSION") await out(`${versionLine(greeting)}\n`);
      else if (second === "HOST") await out(`Connected to ${greeting.clusterName} at ${session.host}:${NATIVE_PORT}\n`);
      else return fail(`SHOW ${words[1] ?? ""} is not supported here`);
      return true;
    }
    case "DESCRIBE":
    case "DESC": {
      const found = await ask<Description>(session, {
        type: "describe",
        words: words.slice(1),
        keyspace: session.keyspace,
      });
      if (found === undefined) return true;
      if (found.kind === "text") await out(`\n${found.text.trimEnd()}\n\n`);
      else {
        const groups = found.groups.map(({ title, names }) =>
          title === "" ? columnize(names) : `Keyspace ${title}\n${"-".repeat(title.length + 9)}\n${columnize(names)}`,
        );
        await out(`\n${groups.join("\n")}\n`);
      }
      return true;
    }
    default:
      return fail(`${command} is not supported here`);
  }
}

function versionLine({ release }: Greeting): string {
  const old = release.startsWith("3.");
  return `[cqlsh ${old ? "5.0.1" : release.startsWith("5") ? "6.2.0" : "6.1.0"} | Cassandra ${release} | CQL spec ${old ? "3.4.4" : release.startsWith("5") ? "3.4.7" : "3.4.6"} | Native protocol v${old ? 4 : 5}]`;
}

/** Statements end with semicolons outside of texts; commands of the shell may end with the line. BATCH is one. */
export function takeStatements(text: string): {
  readonly statements: readonly { readonly text: string; readonly line: number }[];
  readonly rest: string;
} {
  const statements: { text: string; line: number }[] = [];
  let start = 0;
  let quote = "";
  const lineAt = (at: number) => text.slice(0, at).split("\n").length;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quote !== "") {
      if (character === quote) quote = "";
      continue;
    }
    if (character === "'" || character === '"') quote = character;
    else if (text.startsWith("--", at) || text.startsWith("//", at)) {
      const end = text.indexOf("\n", at);
      at = end === -1 ? text.length : end - 1;
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      at = end === -1 ? text.length : end + 1;
    } else if (character === ";" || character === "\n") {
      const one = text.slice(start, at).trim();
      const blank = one.replace(/--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "").trim();
      const inBatch = /^BEGIN\s/i.test(blank) && !/APPLY\s+BATCH$/i.test(blank);
      if (character === "\n" ? !SHELL_COMMANDS.test(blank) : inBatch) continue;
      if (blank !== "") statements.push({ text: one, line: lineAt(at) });
      start = at + 1;
    }
  }
  return { statements, rest: text.slice(start) };
}

interface Options {
  host: string;
  port: number;
  keyspace: string | undefined;
  execute: string | undefined;
  file: string | undefined;
  version: boolean;
}

function readOptions(process: Process): Options | string {
  const options: Options = {
    host: process.env.get("CQLSH_HOST") || "127.0.0.1",
    port: Number(process.env.get("CQLSH_PORT") || NATIVE_PORT),
    keyspace: undefined,
    execute: undefined,
    file: undefined,
    version: false,
  };
  const words: string[] = [];
  const args = process.argv.slice(1);
  for (let index = 0; index < args.length; index++) {
    const [name = "", inline] = args[index]?.startsWith("--") ? (args[index] ?? "").split(/=(.*)/s) : [args[index]];
    const value = () => inline ?? args[++index] ?? "";
    if (name === "-e" || name === "--execute") options.execute = value();
    else if (name === "-f" || name === "--file") options.file = value();
    else if (name === "-k" || name === "--keyspace") options.keyspace = value();
    else if (name === "-u" || name === "--username" || name === "-p" || name === "--password") value();
    else if (name === "--version") options.version = true;
    else if (["-C", "--color", "--no-color", "--tty"].includes(name)) continue;
    else if (["--request-timeout", "--connect-timeout", "--encoding", "--cqlversion"].includes(name)) value();
    else if (name.startsWith("-")) return `no such option: ${name}`;
    else words.push(name);
  }
  if (words[0] !== undefined) options.host = words[0];
  if (words[1] !== undefined) options.port = Number(words[1]);
  return options;
}

export async function cqlsh(process: Process): Promise<number> {
  const options = readOptions(process);
  if (typeof options === "string") {
    await process.stderr.write(`Usage: cqlsh.py [options] [host [port]]\n\ncqlsh.py: error: ${options}\n`);
    return 2;
  }
  const release = process.files.exists(VERSION_FILE) ? process.files.readText(VERSION_FILE).trim() : "";
  if (options.version) {
    await process.stdout.write(`cqlsh ${release.startsWith("3") ? "5.0.1" : "6.1.0"}\n`);
    return 0;
  }
  process.onSignal("SIGPIPE", "ignore");
  const old = release.startsWith("3");
  const { host, port } = options;
  const address = host === "localhost" ? "127.0.0.1" : await resolveHost(process, host);
  const unable = (text: string) =>
    process.stderr.write(
      `Connection error: ('Unable to connect to any servers', {'${old ? host : `${host}:${port}`}': ${text}})\n`,
    );
  if (address === undefined) {
    await process.stderr.write(
      `Traceback (most recent call last):\nsocket.gaierror: [Errno -2] Name or service not known\n`,
    );
    return 1;
  }
  let link: RpcLink;
  let greeting: Greeting;
  try {
    link = await dialRpc(process, address, port);
    greeting = await link.ask<Greeting>({ type: "hello" });
  } catch (problem) {
    if (!isErrno(problem) && !(problem instanceof LinkLost)) throw problem;
    const refused =
      isErrno(problem) && problem.code !== "ECONNREFUSED"
        ? "OperationTimedOut('errors=None, last_host=None')"
        : undefined;
    await unable(
      refused ??
        `${old ? "error" : "ConnectionRefusedError"}(111, "Tried connecting to [('${address}', ${port})]. Last error: Connection refused")`,
    );
    return 1;
  }
  const terminal = options.execute === undefined && options.file === undefined && process.isTerminal(0);
  const session: Session = {
    process,
    link,
    host,
    greeting,
    source: terminal ? undefined : (options.file ?? "<stdin>"),
    keyspace: undefined,
    consistency: "ONE",
    serial: "SERIAL",
    expand: false,
    line: 1,
    failed: false,
  };
  try {
    if (options.keyspace !== undefined) {
      await run(session, `USE "${options.keyspace}"`);
      if (session.failed) return 1;
    }
    if (options.execute !== undefined) return await runText(session, options.execute);
    if (options.file !== undefined) {
      if (!process.files.exists(options.file)) {
        await process.stderr.write(
          `Can't open '${options.file}': [Errno 2] No such file or directory: '${options.file}'\n`,
        );
        return 1;
      }
      return await runText(session, process.files.readText(options.file));
    }
    return await interactive(session, terminal);
  } finally {
    link.close();
  }
}

/** Goes on after an error, as cqlsh does, and tells of it by the status. */
async function runText(session: Session, text: string): Promise<number> {
  const { statements, rest } = takeStatements(`${text}\n`);
  for (const statement of statements) {
    session.line = statement.line;
    if (!(await run(session, statement.text))) return session.failed ? 2 : 0;
  }
  const last = rest.replace(/--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "").trim();
  if (last !== "") {
    session.line = `${text}\n`.split("\n").length - 1;
    await run(session, last);
  }
  return session.failed ? 2 : 0;
}

async function interactive(session: Session, terminal: boolean): Promise<number> {
  const { process, greeting } = session;
  const lines = new StreamReader(process.stdin);
  if (terminal)
    await process.stdout.write(
      `Connected to ${greeting.clusterName} at ${session.host}:${NATIVE_PORT}\n${versionLine(greeting)}\nUse HELP for help.\n`,
    );
  let pending = "";
  for (let number = 1; ; number++) {
    if (terminal) {
      const prompt = `cqlsh${session.keyspace === undefined ? "" : `:${session.keyspace}`}> `;
      await process.stdout.write(pending === "" ? prompt : `${"... ".padStart(prompt.length)}`);
    }
    const line = await lines.line();
    session.line = number;
    if (line === undefined) {
      if (terminal) await process.stdout.write("\n");
      if (pending.trim() !== "") await run(session, pending.trim());
      return session.failed && !terminal ? 2 : 0;
    }
    const { statements, rest } = takeStatements(`${pending}${line}\n`);
    pending = rest.trim() === "" ? "" : rest;
    for (const { text } of statements) if (!(await run(session, text))) return session.failed && !terminal ? 2 : 0;
  }
}
