/** What travels between clients, replicas and the server: lines of JSON on the server's port. */
import type { LogEvent, LogPosition } from "./binlog.ts";
import type { SqlResult } from "./engine/types.ts";
import type { MysqlError } from "./sql/errors.ts";

type Failure = { readonly error: { readonly code: number; readonly state: string; readonly message: string } };

/** The first line of a connection. */
export interface Hello {
  readonly user: string;
  readonly password: string;
  /** Through the socket file, as the client believes. */
  readonly local: boolean;
  readonly database: string | undefined;
  /** Given: a replica that wants everything from there on. */
  readonly dump?: LogPosition & { readonly serverId: number };
}

export type Welcome = { readonly version: string; readonly id: number } | Failure;

/** One statement. `database` is the client's present one. */
export interface Query {
  readonly sql: string;
  readonly database: string | undefined;
}

/** What a replica gets: who the source is, then events and the positions behind them; a file's end has no event. */
export type DumpAnswer =
  | { readonly serverId: number }
  | { readonly event: LogEvent; readonly at: LogPosition }
  | { readonly at: LogPosition }
  | Failure;

export const failure = (problem: MysqlError): Failure & SqlResult => ({
  error: { code: problem.code, state: problem.state, message: problem.message },
});
