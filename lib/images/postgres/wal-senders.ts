/** The log of a server as its standbys get it, and commits that wait for them (walsender.c, syncrep.c). */
import type { Process } from "../../machine/index.ts";
import type { State } from "../kit/sql/state.ts";
import { type Backup, type DataDirectory, lsnText } from "./data-directory.ts";
import type { Request, Standby } from "./messages.ts";
import { Fatal } from "./wire/authentication.ts";
import type { WalSender } from "./wire/serve.ts";

interface Sender {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  readonly address: string;
  flushed: number;
}

interface SendersHost {
  readonly process: Process;
  readonly data: DataDirectory;
  readonly state: State;
  readonly major: number;
  readonly settings: () => ReadonlyMap<string, string>;
  readonly inRecovery: () => boolean;
  readonly isClosing: () => boolean;
}

export class WalSenders {
  readonly #host: SendersHost;
  readonly #senders = new Set<Sender>();
  #commitWaiters: (() => void)[] = [];
  #sendWaiters: (() => void)[] = [];

  constructor(host: SendersHost) {
    this.#host = host;
  }

  /** What standbys have, or what is asked of them, has changed. */
  wakeCommits(): void {
    const waiting = this.#commitWaiters;
    this.#commitWaiters = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when as many synchronous standbys as are asked for have the log up to `lsn` on disk. */
  async replicated(lsn: number): Promise<void> {
    while (!this.#host.isClosing() && !this.#enough(lsn))
      await new Promise<void>((resolve) => this.#commitWaiters.push(resolve));
  }

  #rule(): { readonly count: number; readonly names: readonly string[]; readonly any: boolean } | undefined {
    const text = (this.#host.settings().get("synchronous_standby_names") ?? "").trim();
    if (text === "") return undefined;
    const match = /^(?:(FIRST|ANY)\s+)?(\d+)\s*\(([^)]*)\)$/i.exec(text);
    const names = (match?.[3] ?? text).split(",").map((name) => name.trim().replace(/^"|"$/g, ""));
    return { count: Number(match?.[2] ?? 1), names, any: match?.[1]?.toUpperCase() === "ANY" };
  }

  #enough(lsn: number): boolean {
    const rule = this.#rule();
    if (rule === undefined) return true;
    const synchronous = this.standbys().filter(({ state }) => state === "sync" || state === "quorum");
    return synchronous.filter(({ flushed }) => flushed >= lsn).length >= rule.count;
  }

  /** All standbys with what they are for commits (pg_stat_replication). */
  standbys(): Standby[] {
    const rule = this.#rule();
    const matching = (application: string) =>
      rule === undefined ? -1 : rule.names.findIndex((name) => name === "*" || name === application);
    const ordered = [...this.#senders]
      .filter(({ application }) => matching(application) !== -1)
      .sort((a, b) => matching(a.application) - matching(b.application) || a.pid - b.pid);
    return [...this.#senders].map((sender) => {
      const place = matching(sender.application);
      if (rule === undefined || place === -1) return { ...sender, priority: 0, state: "async" as const };
      if (rule.any) return { ...sender, priority: 1, state: "quorum" as const };
      return {
        ...sender,
        priority: place + 1,
        state: ordered.indexOf(sender) < rule.count ? ("sync" as const) : ("potential" as const),
      };
    });
  }

  /** A client that wants the log. Throws `Fatal`. */
  admit(sender: Sender): WalSender {
    const senders = Number(this.#host.settings().get("max_wal_senders"));
    if (this.#senders.size >= senders)
      throw new Fatal(
        "53300",
        `number of requested standby connections exceeds max_wal_senders (currently ${senders})`,
      );
    return {
      answer: (text) => {
        let request: Request;
        try {
          request = JSON.parse(text) as Request;
        } catch {
          throw new Fatal("0A000", "replication to programs from outside this place is not supported here");
        }
        return this.#serve(request, sender);
      },
      close: () => {
        this.#senders.delete(sender);
        this.wakeCommits();
      },
    };
  }

  /** The log has grown, or ends. */
  wakeSenders(): void {
    const waiting = this.#sendWaiters;
    this.#sendWaiters = [];
    for (const wake of waiting) wake();
  }

  async #serve(request: Request, sender: Sender): Promise<unknown> {
    const refuse = (message: string, detail?: string) => new Fatal("58P01", message, detail);
    if (request.type === "backup") {
      this.#host.data.checkpoint(this.#host.process.clock.now());
      const { files } = this.#host.process;
      const extra: Record<string, string> = {};
      for (const name of ["postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf"])
        if (files.exists(`${this.#host.data.path}/${name}`))
          extra[name] = files.readText(`${this.#host.data.path}/${name}`);
      extra["backup_label"] =
        `START WAL LOCATION: ${lsnText(this.#host.data.lsn)} (file 000000010000000000000001)\nCHECKPOINT LOCATION: ${lsnText(this.#host.data.lsn)}\nBACKUP METHOD: streamed\nBACKUP FROM: ${this.#host.inRecovery() ? "standby" : "primary"}\nLABEL: pg_basebackup base backup\nSTART TIMELINE: ${this.#host.data.timeline}\n`;
      return {
        version: String(this.#host.major),
        control: this.#host.data.control,
        state: this.#host.state.dump(),
        files: extra,
      } satisfies Backup;
    }
    if (request.type !== "wal") throw refuse("syntax error");
    const { timeline, after, flushed } = request;
    const there = this.#host.data.control.timelines.find(({ id }) => id === timeline);
    if (there === undefined || (there.end !== undefined && after > there.end)) {
      throw refuse(
        there === undefined
          ? `requested timeline ${timeline} is not in this server's history`
          : `requested starting point ${lsnText(after)} on timeline ${timeline} is not in this server's history`,
        there?.end === undefined
          ? undefined
          : `This server's history forked from timeline ${timeline} at ${lsnText(there.end)}.`,
      );
    }
    if (there.end === undefined && after > this.#host.data.lsn)
      throw refuse(
        `requested starting point ${lsnText(after)} is ahead of the WAL flush position of this server ${lsnText(this.#host.data.lsn)}`,
      );
    const [oldest] = this.#host.data.records;
    if (
      after < this.#host.data.lsn &&
      (oldest === undefined || !this.#host.data.records.some(({ lsn }) => lsn === after)) &&
      after < (oldest?.lsn ?? this.#host.data.lsn) &&
      !this.#beginsAt(after)
    )
      throw refuse(`requested WAL segment 000000010000000000000001 has already been removed`);
    this.#senders.add(sender);
    sender.flushed = flushed;
    this.wakeCommits();
    while (!this.#host.isClosing() && this.#host.data.lsn <= after && !this.#host.process.signal.aborted)
      await new Promise<void>((resolve) => this.#sendWaiters.push(resolve));
    return {
      records: this.#host.data.records.filter(({ lsn }) => lsn > after),
      timelines: this.#host.data.control.timelines,
    };
  }

  /** True where the first record that is kept follows this place at once. */
  #beginsAt(after: number): boolean {
    const [oldest] = this.#host.data.records;
    if (oldest === undefined) return false;
    return oldest.lsn - (Math.ceil(JSON.stringify(oldest.changes).length / 8) * 8 + 56) === after;
  }
}
