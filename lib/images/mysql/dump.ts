/** Serves a replica: what is in the binary logs from its position on, then what comes. */
import type { Connection } from "../../machine/index.ts";
import { holds } from "./accounts.ts";
import { type DumpAnswer, type DumpRequest, failure } from "./protocol.ts";
import type { MysqlServer, Session } from "./server.ts";
import { MysqlError } from "./sql/errors.ts";

export async function serveDump(
  server: MysqlServer,
  connection: Connection,
  asked: DumpRequest,
  session: Session,
  answer: (message: DumpAnswer) => Promise<void>,
): Promise<void> {
  const refuse = (code: number, text: string) => answer(failure(new MysqlError(code, "HY000", text)));
  const fatal = (text: string) =>
    refuse(1236, `Got fatal error 1236 from master when reading data from binary log: '${text}'`);
  const { binlog } = server;
  if (!holds(session.account, "REPLICATION SLAVE", undefined))
    return refuse(
      1227,
      "Access denied; you need (at least one of) the REPLICATION SLAVE privilege(s) for this operation",
    );
  if (binlog === undefined) return fatal("Binary log is not open");
  if (asked.serverId === server.serverId)
    return refuse(
      1593,
      "Fatal error: The slave I/O thread stops because master and slave have equal MySQL server ids; these ids must be different for replication to work (or the --replicate-same-server-id option must be used on slave but this does not always make sense; please check the manual before using it).",
    );
  let file = asked.file === "" ? (binlog.files[0] ?? "") : asked.file;
  let position = asked.file === "" ? 4 : asked.position;
  if (!binlog.files.includes(file)) return fatal("Could not find first log file name in binary log index file");
  if (position > binlog.size(file))
    return fatal("Client requested master to start replication from position > file size");
  // A replica says nothing more: what can be read is the end of its connection.
  const gone = new AbortController();
  void connection.reader
    .read()
    .catch(() => null)
    .then(() => gone.abort());
  const signal = AbortSignal.any([gone.signal, server.process.signal]);
  await answer({ serverId: server.serverId });
  while (!signal.aborted) {
    for (const { event, end } of binlog.read(file, position) ?? []) {
      position = end;
      // What came from there goes there no more.
      if (event.serverId === asked.serverId) await answer({ at: { file, position } });
      else await answer({ event, at: { file, position } });
    }
    const next = binlog.next(file);
    if (next !== undefined) {
      file = next;
      position = binlog.start;
      await answer({ at: { file, position } });
    } else if (binlog.here.file === file && binlog.here.position > position) continue;
    else await binlog.changed(signal);
  }
}
