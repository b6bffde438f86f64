/** Statements about the server itself: replication, logs, locks, sessions, settings. */

import { holds, needs } from "./accounts.ts";
import type { BinaryLog, LogEvent } from "./binlog.ts";
import type { SqlResult, SqlValue } from "./engine/types.ts";
import type { MysqlServer, Session } from "./server.ts";
import { MysqlError } from "./sql/errors.ts";
import { replicationWords } from "./versions.ts";
import { Words } from "./words.ts";

const OK: SqlResult = { affected: 0 };
type Run = (server: MysqlServer, words: Words, session: Session) => SqlResult | Promise<SqlResult>;

function logOf(server: MysqlServer): BinaryLog {
  if (server.binlog === undefined) throw new MysqlError(1381, "HY000", "You are not using binary logging");
  return server.binlog;
}

const sourceStatus: Run = (server) => {
  const columns = ["File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set"];
  if (server.binlog === undefined) return { columns, rows: [] };
  const { file, position } = server.binlog.here;
  return { columns, rows: [[file, position, "", "", ""]] };
};

const logList: Run = (server) => {
  const log = logOf(server);
  return { columns: ["Log_name", "File_size"], rows: log.files.map((file) => [file, log.size(file)]) };
};

/** A transaction is one event here: its statements share their place. */
function shownStatements({ statements }: LogEvent): string[] {
  const texts = statements.map(({ database, sql }) => `${database === undefined ? "" : `use \`${database}\`; `}${sql}`);
  return texts.length > 1 ? ["BEGIN", ...texts, "COMMIT"] : texts;
}

const logEvents: Run = (server, words) => {
  const log = logOf(server);
  const file = words.accept("IN") ? words.next().text : (log.files[0] ?? "");
  words.end();
  const events = log.read(file, 0);
  if (events === undefined)
    throw new MysqlError(1220, "HY000", "Error when executing command SHOW BINLOG EVENTS: Could not find target log");
  const id = server.serverId;
  return {
    columns: ["Log_name", "Pos", "Event_type", "Server_id", "End_log_pos", "Info"],
    rows: [
      [file, 4, "Format_desc", id, log.start, `Server ver: ${server.release.text}, Binlog ver: 4`],
      ...events.flatMap(({ event, start, end }) =>
        shownStatements(event).map((info): SqlValue[] => [file, start, "Query", event.serverId, end, info]),
      ),
    ],
  };
};

const changeSource =
  (word: "MASTER" | "SOURCE"): Run =>
  (server, words, session) => {
    if (!holds(session.account, "SUPER", undefined)) throw needs("SUPER");
    if (server.replica?.running === true)
      throw new MysqlError(
        3021,
        "HY000",
        "This operation cannot be performed with a running replica io thread; run STOP REPLICA IO_THREAD FOR CHANNEL '' first.",
      );
    const given = new Map<string, string>();
    do {
      const name = words.next().text.toUpperCase();
      const known = ["HOST", "PORT", "USER", "PASSWORD", "LOG_FILE", "LOG_POS", "CONNECT_RETRY"].find(
        (setting) => name === `${word}_${setting}`,
      );
      words.need("=");
      const value = words.next().text;
      // Connections are neither encrypted nor authenticated by keys here: what asks for less security asks for nothing.
      if (known !== undefined) given.set(known, value);
      else if (name !== "GET_MASTER_PUBLIC_KEY" && name !== "GET_SOURCE_PUBLIC_KEY")
        throw new MysqlError(1235, "42000", `This version of MySQL doesn't yet support '${name}'`);
    } while (words.accept(","));
    words.end();
    const before = server.replica?.source;
    server.follow({
      host: given.get("HOST") ?? before?.host ?? "",
      port: Number(given.get("PORT") ?? before?.port ?? 3306),
      user: given.get("USER") ?? before?.user ?? "",
      password: given.get("PASSWORD") ?? before?.password ?? "",
      // A new host means a new history.
      file: given.get("LOG_FILE") ?? (given.has("HOST") ? "" : (before?.file ?? "")),
      position: Number(given.get("LOG_POS") ?? (given.has("HOST") ? 4 : (before?.position ?? 4))),
      connectRetry: Number(given.get("CONNECT_RETRY") ?? before?.connectRetry ?? 60),
    });
    return OK;
  };

function replicaOf(server: MysqlServer) {
  if (server.replica === undefined || server.replica.source.host === "")
    throw new MysqlError(
      1200,
      "HY000",
      server.release.atLeast(8, 0, 22)
        ? "The server is not configured as replica; fix in config file or with CHANGE REPLICATION SOURCE TO"
        : "The server is not configured as slave; fix in config file or with CHANGE MASTER TO",
    );
  return server.replica;
}

const startReplica: Run = (server, words) => {
  words.end();
  const replica = replicaOf(server);
  if (server.serverId === 0)
    throw new MysqlError(
      1200,
      "HY000",
      "The server is not configured as slave; fix in config file or with CHANGE MASTER TO",
    );
  replica.start();
  return OK;
};

const stopReplica: Run = (server, words) => {
  words.end();
  replicaOf(server).stop();
  return OK;
};

const resetReplica: Run = (server, words) => {
  const all = words.accept("ALL");
  words.end();
  const { replica } = server;
  if (replica?.running === true)
    throw new MysqlError(
      1198,
      "HY000",
      "This operation cannot be performed with a running slave; run STOP SLAVE first",
    );
  if (all) server.unfollow();
  else if (replica !== undefined) server.follow({ ...replica.source, file: "", position: 4 });
  return OK;
};

const replicaStatus =
  (word: "SLAVE" | "REPLICA"): Run =>
  (server) =>
    server.replicaStatus(word === "REPLICA");

const replicas =
  (id: string, from: string): Run =>
  (server) => ({
    columns: [id, "Host", "Port", from],
    rows: server.followers.map(({ serverId }) => [serverId, "", 3306, server.serverId]),
  });

const processList: Run = (server, _words, session) => ({
  columns: ["Id", "User", "Host", "db", "Command", "Time", "State", "Info"],
  rows: server.sessions
    .filter(({ account }) => holds(session.account, "PROCESS", undefined) || account === session.account)
    .map((other) => [
      other.id,
      other.account.user,
      other.shownHost,
      other.database ?? null,
      other.dump ? "Binlog Dump" : other.sql === undefined ? "Sleep" : "Query",
      Math.floor((server.now - other.since) / 1000),
      other.dump
        ? "Master has sent all binlog to slave; waiting for more updates"
        : other.engine.isWaiting
          ? "Waiting for a lock"
          : other.sql === undefined
            ? ""
            : "starting",
      other.sql ?? null,
    ]),
});

const kill: Run = (server, words) => {
  words.accept("CONNECTION");
  const id = Number(words.next().text);
  const target = server.sessions.find((session) => session.id === id);
  if (target === undefined) throw new MysqlError(1094, "HY000", `Unknown thread id: ${id}`);
  target.close();
  return OK;
};

const lockTables: Run = async (_server, words, session) => {
  words.end();
  await session.engine.lockAll();
  return OK;
};

const resetSource: Run = (server) => {
  logOf(server).reset();
  return OK;
};

const flushLogs: Run = (server) => {
  server.binlog?.rotate();
  return OK;
};

/** By the words a statement begins with; `when` says in which releases. */
export async function adminStatement(
  server: MysqlServer,
  sql: string,
  session: Session,
): Promise<SqlResult | undefined> {
  if (!/^\s*(show|change|start|stop|reset|flush|kill|shutdown)\b/i.test(sql)) return undefined;
  const words = new Words(sql);
  const { release } = server;
  const { slave, replica } = replicationWords(release);
  const table: readonly (readonly [when: boolean, begins: string, run: Run])[] = [
    [slave, "SHOW MASTER STATUS", sourceStatus],
    [release.atLeast(8, 2) || release.mariadb, "SHOW BINARY LOG STATUS", sourceStatus],
    [release.mariadb, "SHOW BINLOG STATUS", sourceStatus],
    [true, "SHOW BINARY LOGS", logList],
    [slave, "SHOW MASTER LOGS", logList],
    [true, "SHOW BINLOG EVENTS", logEvents],
    [slave, "SHOW SLAVE STATUS", replicaStatus("SLAVE")],
    [replica, "SHOW REPLICA STATUS", replicaStatus("REPLICA")],
    [slave, "SHOW SLAVE HOSTS", replicas("Server_id", "Master_id")],
    [replica, "SHOW REPLICAS", replicas("Server_Id", "Source_Id")],
    [true, "SHOW FULL PROCESSLIST", processList],
    [true, "SHOW PROCESSLIST", processList],
    [slave, "CHANGE MASTER TO", changeSource("MASTER")],
    [release.atLeast(8, 0, 23), "CHANGE REPLICATION SOURCE TO", changeSource("SOURCE")],
    [slave, "START SLAVE", startReplica],
    [slave, "STOP SLAVE", stopReplica],
    [slave, "RESET SLAVE", resetReplica],
    [replica, "START REPLICA", startReplica],
    [replica, "STOP REPLICA", stopReplica],
    [replica, "RESET REPLICA", resetReplica],
    [slave, "RESET MASTER", resetSource],
    [release.atLeast(8, 2), "RESET BINARY LOGS AND GTIDS", resetSource],
    [true, "FLUSH TABLES WITH READ LOCK", lockTables],
    [true, "FLUSH TABLES", () => OK],
    [true, "FLUSH BINARY LOGS", flushLogs],
    [true, "FLUSH LOGS", flushLogs],
    [true, "FLUSH STATUS", () => OK],
    [true, "FLUSH HOSTS", () => OK],
    [true, "KILL", kill],
    [
      true,
      "SHUTDOWN",
      (own, _words, { account }) => {
        if (!holds(account, "SHUTDOWN", undefined)) throw needs("SHUTDOWN");
        own.stop();
        return OK;
      },
    ],
  ];
  for (const [when, begins, run] of table)
    if (when && words.accept(...begins.split(" "))) return run(server, words, session);
  return undefined;
}
