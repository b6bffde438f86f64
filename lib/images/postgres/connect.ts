/** Connections to a server, as libpq makes them: by host or by the machine's own socket. */
import { isErrno, type Process } from "../../machine/index.ts";
import { resolveHost } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import { conninfo, type Request, refusal } from "./messages.ts";

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
      const { severity, message, state, detail } = refusal(problem);
      const more = detail === undefined ? "" : `\nDETAIL:  ${detail}`;
      throw new ConnectionFailed(
        `connection to server ${place} failed: ${state === "password" ? message : `${severity}:  ${message}${more}`}`,
        state === "password",
      );
    }
    if (problem instanceof LinkLost)
      throw new ConnectionFailed(`connection to server ${place} failed: server closed the connection unexpectedly`);
    throw problem;
  }
}
