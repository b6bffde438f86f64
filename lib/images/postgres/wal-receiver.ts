/** A standby's connection to the server it follows (walreceiver.c). */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { resolveHost } from "../kit/resolve.ts";
import { type DataDirectory, lsnText } from "./data-directory.ts";
import { FatalError } from "./fatal-error.ts";
import { conninfo, type Request, type WalAnswer } from "./messages.ts";
import { LinkLost, NoPassword, PostgresLink, Refused } from "./wire/link.ts";

/** wal_retrieve_retry_interval */
const RETRY_MS = 5000;

interface ReceiverHost {
  readonly process: Process;
  readonly data: DataDirectory;
  readonly settings: () => ReadonlyMap<string, string>;
  readonly inRecovery: () => boolean;
  readonly isClosing: () => boolean;
  readonly log: (level: string, message: string) => void;
  /** The log cannot be written. */
  readonly diskRefused: (problem: Error) => void;
  /** There are new records. */
  readonly received: () => void;
}

/** A connection to a primary, as pg_stat_wal_receiver shows it. */
export interface Receiver {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  streaming: boolean;
}

export class WalReceiver {
  readonly #host: ReceiverHost;
  #receiver: Receiver | undefined;
  #lastReplayed: number | undefined;
  #link: PostgresLink | undefined;

  constructor(host: ReceiverHost) {
    this.#host = host;
  }

  get current(): Receiver | undefined {
    return this.#host.inRecovery() ? this.#receiver : undefined;
  }

  /** When the last record that came was committed, in ms. */
  get lastReplayed(): number | undefined {
    return this.#lastReplayed;
  }

  /** Ends the connection; `follow` makes another one while there is a reason to. */
  close(): void {
    this.#link?.close();
  }

  /** Until the server is promoted or closes. */
  async follow(): Promise<void> {
    const { clock, signal } = this.#host.process;
    let said = "";
    while (this.#host.inRecovery() && !this.#host.isClosing() && !signal.aborted) {
      try {
        await this.#stream();
        said = "";
      } catch (problem) {
        const reason =
          problem instanceof FatalError
            ? problem.message
            : problem instanceof LinkLost
              ? "could not receive data from WAL stream: server closed the connection unexpectedly"
              : undefined;
        if (reason === undefined) {
          if (isErrno(problem) && !signal.aborted) this.#host.diskRefused(problem);
          else if (!signal.aborted) throw problem;
          return;
        }
        if (this.#host.inRecovery() && !this.#host.isClosing() && reason !== said) {
          this.#host.log("FATAL", reason);
          if (problem instanceof FatalError && problem.detail !== undefined) this.#host.log("DETAIL", problem.detail);
          said = reason;
        }
      } finally {
        this.#link?.close();
        this.#link = undefined;
        this.#receiver = undefined;
      }
      if (this.#host.inRecovery() && !this.#host.isClosing()) await clock.sleep(RETRY_MS, signal);
    }
  }

  async #stream(): Promise<void> {
    const info = conninfo(this.#host.settings().get("primary_conninfo") ?? "");
    const host = info.get("host") ?? "";
    if (host === "") return this.#host.process.clock.sleep(60_000, this.#host.process.signal);
    const port = Number(info.get("port") ?? 5432);
    const failed = (why: string) =>
      new FatalError(
        `could not connect to the primary server: connection to server at "${host}", port ${port} failed: ${why}`,
      );
    const address = await resolveHost(this.#host.process, host);
    if (address === undefined)
      throw new FatalError(
        `could not connect to the primary server: could not translate host name "${host}" to address: Name or service not known`,
      );
    let connection: Connection;
    try {
      const { signal } = this.#host.process;
      connection = await this.#host.process.network.connect(address, port, { timeoutMs: 5000, signal });
    } catch (problem) {
      if (!isErrno(problem) || this.#host.process.signal.aborted) throw problem;
      throw failed(problem.code === "ECONNREFUSED" ? "Connection refused" : "Connection timed out");
    }
    let link: PostgresLink;
    try {
      link = await PostgresLink.open(this.#host.process, connection, address, {
        user: info.get("user") ?? "postgres",
        database: "replication",
        password: info.get("password"),
        application: info.get("application_name") ?? (this.#host.settings().get("cluster_name") || "walreceiver"),
        replication: true,
        peer: undefined,
      });
    } catch (problem) {
      if (problem instanceof NoPassword) throw failed("fe_sendauth: no password supplied");
      if (problem instanceof Refused) throw failed(`FATAL:  ${problem.message}`);
      throw problem;
    }
    this.#link = link;
    this.#receiver = { pid: this.#host.process.pid + 20, host, port, streaming: false };
    for (let first = true; this.#host.inRecovery(); first = false) {
      if (first)
        this.#host.log(
          "LOG",
          `started streaming WAL from primary at ${lsnText(this.#host.data.lsn)} on timeline ${this.#host.data.timeline}`,
        );
      this.#receiver.streaming = true;
      let answer: WalAnswer & { readonly timelines: readonly { readonly id: number; readonly end?: number }[] };
      try {
        answer = await link.own({
          type: "wal",
          timeline: this.#host.data.timeline,
          after: this.#host.data.lsn,
          flushed: this.#host.data.lsn,
        } satisfies Request);
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
        const { message, detail } = problem.report;
        throw new FatalError(`could not start WAL streaming: ERROR:  ${message}`, detail);
      }
      if (!this.#host.inRecovery()) return;
      if (answer.timelines.at(-1)?.id !== this.#host.data.timeline) {
        this.#host.data.writeControl({ timelines: answer.timelines });
        this.#host.log("LOG", `new target timeline is ${this.#host.data.timeline}`);
      }
      for (const record of answer.records) {
        this.#host.data.receive(record);
        this.#lastReplayed = record.at;
      }
      this.#host.received();
      if (answer.records.length === 0) throw new LinkLost("the primary is going down");
    }
  }
}
