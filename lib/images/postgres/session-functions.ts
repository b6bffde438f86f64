/** Functions that know the server and the session. */
import type { Transaction } from "../kit/sql/state.ts";
import { cast, int, type Raw, SqlError, type Typed, type TypeName, text, toText } from "../kit/sql/values.ts";
import { roleOfOid } from "./catalogs.ts";
import { lsnText } from "./data-directory.ts";
import type { DefineContext } from "./define.ts";
import { hasPrivilege } from "./privilege-functions.ts";
import { tableSecured } from "./privileges.ts";
import type { Server } from "./server.ts";
import type { Session } from "./session.ts";

export interface FunctionHost {
  readonly server: Server;
  readonly session: Session;
  /** As whom the session acts, and who it says it is. */
  readonly user: string;
  readonly sessionUser: string;
  /** What sequences gave this session last. */
  readonly currval: Map<string, number>;
  readonly context: () => DefineContext;
  readonly begin: () => Transaction;
  readonly mayWrite: (what: string) => Promise<void>;
  readonly needSuperuser: (message: string) => void;
  /** Resolves later; rejects where the statement is cancelled. */
  readonly sleep: (ms: number) => Promise<void>;
}

export function callFunction(
  name: string,
  args: readonly Typed[],
  host: FunctionHost,
): Promise<Typed> | Typed | undefined {
  const { server, session } = host;
  const argument = (index: number) => toText(args[index] ?? text(""));
  const lsn = (value: number | undefined): Typed => ({
    type: "text",
    value: value === undefined ? null : lsnText(value),
  });
  switch (name) {
    case "version":
      return text(server.versionText);
    case "current_database":
      return { type: "name", value: session.database };
    case "current_user":
      return { type: "name", value: host.user };
    case "session_user":
      return { type: "name", value: host.sessionUser };
    case "has_table_privilege":
    case "has_sequence_privilege":
    case "has_database_privilege":
    case "has_schema_privilege":
    case "pg_has_role":
      return { type: "bool", value: hasPrivilege(name, args.map(toText), host.context()) };
    case "pg_get_userbyid":
      return { type: "name", value: roleOfOid(host.begin(), Number(argument(0))) };
    case "pg_encoding_to_char":
      return { type: "name", value: argument(0) === "6" ? "UTF8" : "" };
    case "array_to_string": {
      // Arrays are texts here, of those that catalogs hold.
      const list = args[0]?.value;
      if (list === null || list === undefined) return { type: "text", value: null };
      if (typeof list !== "string" || !/^\{.*\}$/s.test(list))
        throw new SqlError("0A000", "arrays are not supported here");
      return text(list.slice(1, -1).split(",").join(argument(1)));
    }
    case "pg_table_is_visible":
      // There is one schema, and it is on everybody's path.
      return { type: "bool", value: true };
    case "current_schema":
      return { type: "name", value: "public" };
    case "clock_timestamp":
    case "statement_timestamp":
      return { type: "timestamptz", value: server.process.clock.now() };
    case "pg_postmaster_start_time":
      return { type: "timestamptz", value: server.started };
    case "pg_backend_pid":
      return int(session.pid);
    case "inet_server_addr":
      return text(session.address === "" ? "" : (server.process.network.addresses[0] ?? ""));
    case "pg_is_in_recovery":
      return { type: "bool", value: server.inRecovery };
    case "pg_current_wal_lsn":
      if (server.inRecovery)
        throw new SqlError("55000", "recovery is in progress", {
          hint: "WAL control functions cannot be executed during recovery.",
        });
      return lsn(server.lsn);
    case "pg_last_wal_receive_lsn":
    case "pg_last_wal_replay_lsn":
      return lsn(server.inRecovery ? server.lsn : undefined);
    case "pg_last_xact_replay_timestamp":
      return { type: "timestamptz", value: server.inRecovery ? (server.lastReplayed ?? null) : null };
    case "pg_promote":
      host.needSuperuser("permission denied for function pg_promote");
      if (!server.inRecovery)
        throw new SqlError("55000", "recovery is not in progress", {
          hint: "Recovery control functions can only be executed during recovery.",
        });
      server.promote();
      return { type: "bool", value: true };
    case "pg_reload_conf":
      host.needSuperuser("permission denied for function pg_reload_conf");
      return { type: "bool", value: server.reload() };
    case "pg_database_size":
      return { type: "int8", value: server.databaseSize(argument(0)) };
    case "pg_total_relation_size":
    case "pg_relation_size": {
      const relation = host.begin().relation(session.database, argument(0));
      if (relation === undefined) throw new SqlError("42P01", `relation "${argument(0)}" does not exist`);
      return {
        type: "int8",
        value: Math.ceil(JSON.stringify([...host.begin().rows(relation.oid)]).length / 8192) * 8192,
      };
    }
    case "pg_wal_lsn_diff": {
      const number = (value: string) =>
        value.split("/").reduce((sum, part) => sum * 2 ** 32 + Number.parseInt(part, 16), 0);
      return { type: "numeric", value: String(number(argument(0)) - number(argument(1))) };
    }
    case "current_setting": {
      const value = session.setting(argument(0));
      if (value === undefined) throw new SqlError("42704", `unrecognized configuration parameter "${argument(0)}"`);
      return text(value);
    }
    case "pg_sleep":
      return host.sleep(Number(cast(args[0] ?? int(0), "float8").value) * 1000).then(() => text(""));
    case "nextval":
    case "currval":
    case "setval":
      return sequence(name, argument(0), args[1], host);
    default:
      return undefined;
  }
}

async function sequence(
  name: "nextval" | "currval" | "setval",
  which: string,
  value: Typed | undefined,
  host: FunctionHost,
): Promise<Typed> {
  const { session } = host;
  const relation = host.begin().relation(session.database, which.replace(/^public\./, "").replaceAll('"', ""));
  if (relation?.kind !== "sequence") throw new SqlError("42P01", `relation "${which}" does not exist`);
  const letters = { nextval: "Uw", currval: "Ur", setval: "w" }[name];
  host.context().authority.need(tableSecured(relation), letters);
  if (name === "currval") {
    const last = host.currval.get(relation.name);
    if (last === undefined)
      throw new SqlError("55000", `currval of sequence "${relation.name}" is not yet defined in this session`);
    return { type: "int8", value: last };
  }
  await host.mayWrite(`${name}()`);
  const transaction = host.begin();
  const { value: last, called } = transaction.sequence(relation);
  const next: Raw =
    name === "setval" ? cast(value ?? int(1), "int8").value : called ? last + (relation.increment ?? 1) : last;
  transaction.setSequence(relation, Number(next), true);
  host.currval.set(relation.name, Number(next));
  return { type: "int8", value: next };
}

export const CALL_TYPES: Readonly<Record<string, TypeName>> = {
  has_table_privilege: "bool",
  has_sequence_privilege: "bool",
  has_database_privilege: "bool",
  has_schema_privilege: "bool",
  pg_has_role: "bool",
  pg_get_userbyid: "name",
  pg_table_is_visible: "bool",
  pg_encoding_to_char: "name",
  array_to_string: "text",
  current_user: "name",
  session_user: "name",
  pg_is_in_recovery: "bool",
  pg_promote: "bool",
  pg_reload_conf: "bool",
  pg_backend_pid: "int4",
  nextval: "int8",
  currval: "int8",
  setval: "int8",
  pg_database_size: "int8",
  pg_relation_size: "int8",
  pg_total_relation_size: "int8",
  clock_timestamp: "timestamptz",
  statement_timestamp: "timestamptz",
  pg_postmaster_start_time: "timestamptz",
  pg_last_xact_replay_timestamp: "timestamptz",
  pg_wal_lsn_diff: "numeric",
};
