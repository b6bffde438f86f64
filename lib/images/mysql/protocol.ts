/** What travels between a replica and its source, in packets of the client's protocol but in a form of our own. */
import type { LogEvent, LogPosition } from "./binlog.ts";
import type { SqlResult } from "./engine/types.ts";
import type { MysqlError } from "./sql/errors.ts";

type Failure = { readonly error: { readonly code: number; readonly state: string; readonly message: string } };

/** A replica that wants everything from there on. */
export interface DumpRequest extends LogPosition {
  readonly serverId: number;
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
