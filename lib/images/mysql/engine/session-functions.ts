/** Functions whose answer depends on the session that asks. */
import { NULL, type Typed, type TypeName, toText } from "../../kit/sql/values.ts";
import { asNumber, integer, string } from "../sql/values.ts";
import type { Settings } from "./settings.ts";
import type { Client, EngineHost } from "./types.ts";

/** What a session lets its functions see and change. */
export interface SessionState {
  readonly settings: Settings;
  readonly host: EngineHost;
  readonly client: Client;
  readonly database: string | undefined;
  lastInsertId: number;
  readonly rowCount: number;
}

/** Undefined where no session knows the function. */
export function sessionFunction(
  name: string,
  args: readonly Typed[],
  session: SessionState,
): Promise<Typed> | Typed | undefined {
  const { host } = session;
  const [first = NULL, second = NULL] = args;
  switch (name) {
    case "@@":
      return session.settings.read(toText(first));
    case "@":
      return session.settings.user.get(toText(first).toLowerCase()) ?? NULL;
    case ":=":
      session.settings.user.set(toText(first).toLowerCase(), second);
      return second;
    case "version":
      return string(host.version);
    case "database":
    case "schema":
      return string(session.database ?? null);
    case "user":
    case "session_user":
    case "system_user":
      return string(session.client.user);
    case "current_user":
      return string(session.client.account);
    case "connection_id":
      return integer(session.client.id);
    case "last_insert_id":
      if (args.length === 0) return integer(session.lastInsertId);
      session.lastInsertId = asNumber(first) ?? 0;
      return integer(session.lastInsertId);
    case "row_count":
      return integer(session.rowCount);
    case "sysdate":
      return { type: "timestamp", value: Math.floor(host.clock.now() / 1000) * 1000 };
    case "curtime":
    case "current_time":
      return string(new Date(host.clock.now()).toISOString().slice(11, 19));
    case "sleep":
      return host.sleep((asNumber(first) ?? 0) * 1000).then(() => integer(0));
    default:
      return undefined;
  }
}

/** Types of their results, where they are no texts. */
export const SESSION_FUNCTION_TYPES: Readonly<Record<string, TypeName>> = {
  connection_id: "int8",
  last_insert_id: "int8",
  row_count: "int8",
  sleep: "int8",
  sysdate: "timestamp",
};
