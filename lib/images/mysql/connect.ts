/** Options and connections of MySQL's client programs. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveHost } from "../kit/resolve.ts";
import { optionLines } from "./config.ts";
import { VERSION_FILE } from "./server.ts";
import { LoginRefused, MysqlLink } from "./wire/link.ts";

export interface ClientOptions {
  user: string;
  password: string;
  /** -p without a value: asked for. */
  ask: boolean;
  /** On the command line, where others can see it. */
  insecure: boolean;
  host: string;
  port: number;
  database: string | undefined;
  execute: string | undefined;
  names: boolean;
  table: boolean;
  vertical: boolean;
  force: boolean;
  words: string[];
}

/** Options that change nothing here; true: they take a value. */
const WITHOUT_EFFECT: Readonly<Record<string, boolean>> = {
  "connect-timeout": true,
  "default-character-set": true,
  "ssl-mode": true,
  ssl: false,
  "skip-ssl": false,
  i: false,
  "no-beep": false,
  b: false,
  n: false,
  unbuffered: false,
  A: false,
  "no-auto-rehash": false,
  q: false,
  quick: false,
  r: false,
  raw: false,
  L: false,
  "skip-line-numbers": false,
  wait: false,
  w: false,
  "get-server-public-key": false,
};

/** What is wrong with them, where something is. */
export function readOptions(
  process: Process,
  group: string,
  argv: readonly string[] = process.argv.slice(1),
): ClientOptions | string {
  const options: ClientOptions = {
    user: "root",
    password: process.env.get("MYSQL_PWD") ?? "",
    ask: false,
    insecure: false,
    host: process.env.get("MYSQL_HOST") ?? "localhost",
    port: Number(process.env.get("MYSQL_TCP_PORT") ?? 3306),
    database: undefined,
    execute: undefined,
    names: true,
    table: process.isTerminal(1),
    vertical: false,
    force: false,
    words: [],
  };
  const file = argv.find((arg) => /^--defaults(-extra)?-file=/.test(arg))?.replace(/^[^=]*=/, "");
  const fromFile = optionLines(process, file, ["client", group]).map((line) => `--${line.replace(/\s*=\s*/, "=")}`);
  const args = [...fromFile, ...argv.filter((arg) => !arg.startsWith("--defaults"))];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const long = /^--([\w-]+)(?:=(.*))?$/s.exec(arg);
    const short = /^-([a-zA-Z])(.*)$/s.exec(arg);
    const name = long?.[1]?.replaceAll("_", "-") ?? short?.[1];
    const value = () => (long === null ? short?.[2] || (args[++index] ?? "") : (long[2] ?? args[++index] ?? ""));
    // Letters without a value can stand together, as in -sN.
    const more = () => {
      if (long === null && short?.[2]) args.splice(index + 1, 0, `-${short[2]}`);
    };
    if (name === undefined) options.words.push(arg);
    else if (name === "u" || name === "user") options.user = value();
    else if (name === "p" || name === "password") {
      const given = long?.[2] ?? short?.[2];
      options.ask = given === undefined || (long === null && given === "");
      options.insecure = !options.ask && index >= fromFile.length;
      options.password = given ?? "";
    } else if (name === "h" || name === "host") options.host = value();
    else if (name === "P" || name === "port") options.port = Number(value());
    else if (name === "e" || name === "execute") options.execute = value();
    else if (name === "D" || name === "database") options.database = value();
    else if (name === "protocol" || name === "S" || name === "socket") value();
    else if (name === "N" || name === "skip-column-names") {
      options.names = false;
      more();
    } else if (name === "t" || name === "table") {
      options.table = true;
      more();
    } else if (name === "E" || name === "vertical") {
      options.vertical = true;
      more();
    } else if (name === "B" || name === "s" || name === "batch" || name === "silent") {
      options.table = false;
      more();
    } else if (name === "f" || name === "force") {
      options.force = true;
      more();
    } else if (Object.hasOwn(WITHOUT_EFFECT, name)) {
      if (WITHOUT_EFFECT[name] === true) value();
    } else return `unknown option '${arg}'`;
  }
  return options;
}

export async function askPassword(process: Process, options: ClientOptions, program: string): Promise<void> {
  if (options.insecure && !/MariaDB/.test(clientVersion(process)))
    await process.stderr.write(
      `${program}: [Warning] Using a password on the command line interface can be insecure.\n`,
    );
  if (!options.ask) return;
  await process.stderr.write("Enter password: ");
  const { tty } = process;
  const before = tty?.mode;
  if (tty !== undefined && before !== undefined) tty.mode = { ...before, echo: false };
  try {
    options.password = (await new StreamReader(process.stdin).line()) ?? "";
  } finally {
    if (tty !== undefined && before !== undefined) tty.mode = before;
  }
  await process.stderr.write("\n");
}

export function clientVersion(process: Process): string {
  return process.files.exists(VERSION_FILE) ? process.files.readText(VERSION_FILE).trim() : "5.7.44";
}

/** The server cannot be reached, or turned the client away: what the program says. */
export class Unreachable extends Error {
  /** Turned away: somebody answers there. */
  readonly denied: boolean;
  constructor(message: string, denied = false) {
    super(message);
    this.denied = denied;
  }
}

export type ServerLink = Pick<MysqlLink, "greeting" | "ask" | "statistics" | "close">;

export async function dial(process: Process, options: ClientOptions): Promise<ServerLink> {
  // As the client library does.
  process.onSignal("SIGPIPE", "ignore");
  const local = options.host === "localhost";
  const address = local ? "127.0.0.1" : await resolveHost(process, options.host);
  if (address === undefined)
    throw new Unreachable(`ERROR 2005 (HY000): Unknown MySQL server host '${options.host}' (-2)`);
  let connection: Connection;
  try {
    connection = await process.network.connect(address, options.port, { signal: process.signal, timeoutMs: 10_000 });
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    const number = problem.code === "ECONNREFUSED" ? 111 : problem.code === "EHOSTUNREACH" ? 113 : 110;
    throw new Unreachable(
      local
        ? "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)"
        : `ERROR 2003 (HY000): Can't connect to MySQL server on '${options.host}${/^(8|9)\./.test(clientVersion(process)) ? `:${options.port}` : ""}' (${number})`,
    );
  }
  const { user, password, database } = options;
  let link: MysqlLink | undefined;
  try {
    link = await MysqlLink.open(connection, { user, password, local, database });
  } catch (problem) {
    if (!(problem instanceof LoginRefused)) throw problem;
    connection.close();
    const { code, state, message } = problem.failure;
    throw new Unreachable(`ERROR ${code} (${state}): ${message}`, true);
  }
  if (link === undefined) {
    connection.close();
    throw new Unreachable(
      "ERROR 2013 (HY000): Lost connection to MySQL server at 'reading initial communication packet', system error: 0",
    );
  }
  return link;
}
