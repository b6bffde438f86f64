/** Connections to a server, as libpq makes them: by host or by the machine's own socket. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { resolveHost } from "../kit/resolve.ts";
import { conninfo } from "./messages.ts";
import { LinkLost, type Login, NoPassword, PostgresLink, Refused } from "./wire/link.ts";

export interface ConnectOptions {
  host: string | undefined;
  port: number;
  user: string;
  database: string;
  password: string | undefined;
  application: string;
}

/** Why there is no connection, in libpq's words. */
export class ConnectionFailed extends Error {
  /** A password would have helped. */
  readonly needsPassword: boolean;
  constructor(message: string, needsPassword = false) {
    super(message);
    this.needsPassword = needsPassword;
  }
}

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

function login(process: Process, options: ConnectOptions, replication: boolean): Login {
  const { user, password, application } = options;
  const database = options.database || user;
  return { user, database, password, application, replication, peer: isLocal(options) ? osUser(process) : undefined };
}

/** A connection to whoever listens there. Throws `ConnectionFailed`. */
async function reach(
  process: Process,
  options: ConnectOptions,
): Promise<{ readonly connection: Connection; readonly address: string }> {
  const { host = "", port } = options;
  // A server that hangs up is told of by an error, not by a signal (libpq's MSG_NOSIGNAL).
  process.onSignal("SIGPIPE", "ignore");
  const local = isLocal(options);
  const address = local || host === "localhost" ? "127.0.0.1" : await resolveHost(process, host);
  if (address === undefined)
    throw new ConnectionFailed(`could not translate host name "${host}" to address: Name or service not known`);
  try {
    const connection = await process.network.connect(address, port, { timeoutMs: 10_000, signal: process.signal });
    return { connection, address };
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

/** Whether clients would be let in; undefined: nobody of this protocol is there. */
export async function isReady(process: Process, options: ConnectOptions): Promise<boolean | undefined> {
  try {
    const { connection } = await reach(process, options);
    return await PostgresLink.ready(connection, login(process, options, false));
  } catch (problem) {
    if (problem instanceof ConnectionFailed) return undefined;
    throw problem;
  }
}

/** Connects and knocks. Throws `ConnectionFailed`. */
export async function connect(process: Process, options: ConnectOptions, replication = false): Promise<PostgresLink> {
  const { connection, address } = await reach(process, options);
  try {
    return await PostgresLink.open(process, connection, address, login(process, options, replication));
  } catch (problem) {
    const place = isLocal(options)
      ? `on socket "/var/run/postgresql/.s.PGSQL.${options.port}"`
      : `at "${options.host}"${options.host === address ? "" : ` (${address})`}, port ${options.port}`;
    const failed = (why: string, needsPassword = false) =>
      new ConnectionFailed(`connection to server ${place} failed: ${why}`, needsPassword);
    if (problem instanceof NoPassword) throw failed("fe_sendauth: no password supplied", true);
    if (problem instanceof Refused) {
      const { severity, message, detail } = problem.report;
      throw failed(`${severity}:  ${message}${detail === undefined ? "" : `\nDETAIL:  ${detail}`}`);
    }
    if (problem instanceof LinkLost) throw failed("server closed the connection unexpectedly");
    throw problem;
  }
}
