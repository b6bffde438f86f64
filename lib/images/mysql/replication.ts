/** A replica's side of replication: where it stands, how it follows its source, what it says of itself. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { resolveHost } from "../kit/resolve.ts";
import type { LogEvent, LogPosition } from "./binlog.ts";
import type { Logged, SqlResult, SqlValue } from "./engine/types.ts";
import type { DumpAnswer, DumpRequest } from "./protocol.ts";
import type { Release } from "./versions.ts";
import { LoginRefused, MysqlLink } from "./wire/link.ts";

export interface Source extends LogPosition {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Seconds. */
  readonly connectRetry: number;
}

export interface ApplyProblem {
  readonly code: number;
  readonly message: string;
  readonly statement: Logged;
}

export interface ReplicaHost {
  readonly process: Process;
  readonly directory: string;
  readonly serverId: number;
  /** Runs a statement of the source's log. */
  /** What went wrong, and in which statement; undefined: nothing. */
  readonly apply: (event: LogEvent) => Promise<ApplyProblem | undefined>;
  readonly log: (level: string, text: string) => void;
}

interface Problem {
  readonly code: number;
  readonly text: string;
}

/** Errors of the source after which asking again is of no use. */
const FATAL = new Set([1236, 1593]);

export class ReplicaThread {
  source: Source;
  ioRunning: "Yes" | "No" | "Connecting" = "No";
  sqlRunning = false;
  ioProblem: Problem | undefined;
  sqlProblem: Problem | undefined;
  #sourceId = 0;
  #abort: AbortController | undefined;
  #connection: Connection | undefined;
  #retries = 0;
  readonly #host: ReplicaHost;

  constructor(host: ReplicaHost, source: Source) {
    this.#host = host;
    this.source = source;
  }

  /** What a former life of this server followed, if anything. */
  static read(host: ReplicaHost): ReplicaThread | undefined {
    const path = `${host.directory}/master.info`;
    if (!host.process.files.exists(path)) return undefined;
    const [, file = "", position, name = "", user = "", password = "", port, retry] = host.process.files
      .readText(path)
      .split("\n");
    return new ReplicaThread(host, {
      file,
      position: Number(position),
      host: name,
      user,
      password,
      port: Number(port),
      connectRetry: Number(retry),
    });
  }

  save(): void {
    const { file, position, host, user, password, port, connectRetry } = this.source;
    this.#host.process.files.writeFile(
      `${this.#host.directory}/master.info`,
      `25\n${file}\n${position}\n${host}\n${user}\n${password}\n${port}\n${connectRetry}\n`,
      { mode: 0o640 },
    );
  }

  forget(): void {
    this.#host.process.files.remove(`${this.#host.directory}/master.info`, { force: true });
  }

  get running(): boolean {
    return this.#abort !== undefined;
  }

  start(): void {
    if (this.running) return;
    this.ioProblem = undefined;
    this.sqlProblem = undefined;
    this.ioRunning = "Connecting";
    this.sqlRunning = true;
    const abort = new AbortController();
    this.#abort = abort;
    void this.#loop(abort);
  }

  stop(): void {
    this.#abort?.abort(new Error("replication stopped"));
    this.#abort = undefined;
    this.#connection?.close();
    this.ioRunning = "No";
    this.sqlRunning = false;
  }

  async #loop(abort: AbortController): Promise<void> {
    const { process, log } = this.#host;
    const signal = AbortSignal.any([abort.signal, process.signal]);
    const { host, port, user, connectRetry } = this.source;
    this.#retries = 0;
    let again = false;
    while (!signal.aborted) {
      let problem: Problem | undefined;
      try {
        problem = await this.#follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isErrno(error)) throw error;
      }
      this.#connection?.close();
      if (signal.aborted) return;
      if (problem !== undefined && FATAL.has(problem.code)) {
        log(
          "ERROR",
          `Slave I/O for channel '': ${problem.text}, Error_code: MY-${String(problem.code).padStart(6, "0")}`,
        );
        this.ioProblem = problem;
        this.ioRunning = "No";
        return;
      }
      if (this.ioRunning === "Yes") again = true;
      this.ioRunning = "Connecting";
      this.#retries++;
      this.ioProblem = {
        code: problem?.code ?? 2003,
        text: `error ${again ? "reconnecting" : "connecting"} to master '${user}@${host}:${port}' - retry-time: ${connectRetry}  retries: ${this.#retries}${problem === undefined ? "" : ` message: ${problem.text}`}`,
      };
      log("ERROR", `Slave I/O for channel '': ${this.ioProblem.text}`);
      try {
        await process.clock.sleep(connectRetry * 1000, signal);
      } catch {
        return;
      }
    }
  }

  /** Until the connection breaks (undefined), or the source refuses. */
  async #follow(signal: AbortSignal): Promise<Problem | undefined> {
    const { process, serverId } = this.#host;
    const { source } = this;
    const address = await resolveHost(process, source.host);
    if (address === undefined) return { code: 2005, text: `Unknown MySQL server host '${source.host}' (-2)` };
    const connection = await process.network.connect(address, source.port, { signal, timeoutMs: 60_000 });
    this.#connection = connection;
    let link: MysqlLink | undefined;
    try {
      const { user, password } = source;
      link = await MysqlLink.open(connection, { user, password, local: false, database: undefined });
    } catch (problem) {
      if (!(problem instanceof LoginRefused)) throw problem;
      return { code: problem.failure.code, text: problem.failure.message };
    }
    if (link === undefined) return undefined;
    await link.dump({ serverId, file: source.file, position: source.position } satisfies DumpRequest);
    for (;;) {
      const message = await link.receive();
      if (message === undefined) return undefined;
      const answer = JSON.parse(message) as DumpAnswer;
      if ("error" in answer) return { code: answer.error.code, text: answer.error.message };
      if ("serverId" in answer) {
        this.#sourceId = answer.serverId;
        this.ioRunning = "Yes";
        this.ioProblem = undefined;
        this.#retries = 0;
        continue;
      }
      if (this.sqlProblem !== undefined) continue;
      if ("event" in answer) {
        await process.spend(100);
        if (signal.aborted) return undefined;
        const problem = await this.#host.apply(answer.event);
        if (problem !== undefined) {
          const { code, message, statement } = problem;
          this.sqlRunning = false;
          this.sqlProblem = {
            code,
            text: `Error '${message}' on query. Default database: '${statement.database ?? ""}'. Query: '${statement.sql}'`,
          };
          this.#host.log("ERROR", `Slave SQL for channel '': ${this.sqlProblem.text}, Error_code: ${code}`);
          continue;
        }
      }
      this.source = { ...this.source, file: answer.at.file, position: answer.at.position };
      this.save();
    }
  }

  /** SHOW SLAVE STATUS. */
  status(release: Release, replica: boolean): SqlResult {
    const { source, ioRunning, sqlRunning, ioProblem, sqlProblem } = this;
    const word = replica && !release.mariadb ? "Replica" : "Slave";
    const from = replica && !release.mariadb ? "Source" : "Master";
    const low = from.toLowerCase();
    const behind = ioRunning === "Yes" && sqlRunning ? 0 : null;
    const state =
      ioRunning === "Yes"
        ? `Waiting for ${low} to send event`
        : ioRunning === "Connecting"
          ? `Connecting to ${low}`
          : "";
    const rows: [string, SqlValue][] = [
      [`${word}_IO_State`, state],
      [`${from}_Host`, source.host],
      [`${from}_User`, source.user],
      [`${from}_Port`, source.port],
      ["Connect_Retry", source.connectRetry],
      [`${from}_Log_File`, source.file],
      [`Read_${from}_Log_Pos`, source.position],
      ["Relay_Log_File", `${this.#host.process.machine.hostname}-relay-bin.000002`],
      ["Relay_Log_Pos", source.position],
      [`Relay_${from}_Log_File`, source.file],
      [`${word}_IO_Running`, ioRunning],
      [`${word}_SQL_Running`, sqlRunning ? "Yes" : "No"],
      ["Last_Errno", sqlProblem?.code ?? 0],
      ["Last_Error", sqlProblem?.text ?? ""],
      ["Skip_Counter", 0],
      [`Exec_${from}_Log_Pos`, source.position],
      [`Seconds_Behind_${from}`, behind],
      ["Last_IO_Errno", ioProblem?.code ?? 0],
      ["Last_IO_Error", ioProblem?.text ?? ""],
      ["Last_SQL_Errno", sqlProblem?.code ?? 0],
      ["Last_SQL_Error", sqlProblem?.text ?? ""],
      [`${from}_Server_Id`, this.#sourceId],
      [`${word}_SQL_Running_State`, sqlRunning ? `${word} has read all relay log; waiting for more updates` : ""],
      [`${from}_Retry_Count`, 86400],
    ];
    return { columns: rows.map(([name]) => name), rows: [rows.map(([, value]) => value)] };
  }
}
