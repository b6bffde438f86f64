/** The etcd server: a member of a cluster, or a cluster of one. */
import { isErrno, type Process } from "../../machine/index.ts";
import { Ensemble, NoQuorum } from "../kit/ensemble.ts";
import { handleHttp } from "../kit/http.ts";
import { Journal } from "../kit/journal.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { type Bootstrap, type Identity, MEMBERS_QUESTION, type Remote, writeIdentity } from "./bootstrap.ts";
import { AutoCompactor } from "./compactor.ts";
import { type EtcdConfig, endpointOf, placesOf } from "./config.ts";
import { type ErrorName, EtcdError } from "./errors.ts";
import { LeaseTimes } from "./leases.ts";
import type { Log } from "./log.ts";
import { type Connections, refusal } from "./reconfigure.ts";
import { answer } from "./routes.ts";
import { EtcdStore } from "./store.ts";
import type { Change, Member, Outcome, WatchEvent } from "./types.ts";

/** 5 s of disk and network, and two elections (ServerConfig.ReqTimeout). */
const REQUEST_TIMEOUT_MS = 7000;
const STOP_DELAY_MS = 1000;

/** What a member asks its leader. */
type Question =
  | { readonly ask: "keepAlive"; readonly id: string }
  | { readonly ask: "timeToLive"; readonly id: string }
  | { readonly ask: "strict"; readonly change: Change };

const done = (outcome: Outcome): Extract<Outcome, { revision: number }> => {
  if ("error" in outcome) throw new EtcdError(outcome.error);
  return outcome;
};

/** warnSyncDuration of the write-ahead log, and --experimental-warning-apply-duration, ms. */
const SLOW_SYNC_MS = 1000;
const SLOW_REQUEST_MS = 100;
/** As Go prints a duration. */
const seconds = (ms: number) => (ms < 1000 ? `${ms}ms` : `${ms / 1000}s`);

export class EtcdServer {
  readonly process: Process;
  readonly config: EtcdConfig;
  readonly version: string;
  readonly id: string;
  readonly cluster: string;
  readonly store = new EtcdStore();
  readonly journal: Journal;
  readonly log: Log;
  /** Changes of leader that this member has seen. */
  leaderChanges = 0;
  failedProposals = 0;
  readonly #ensemble: Ensemble;
  readonly #leases: LeaseTimes;
  readonly #watchers = new Set<(events: readonly WatchEvent[]) => void>();
  readonly #stop: ReturnType<typeof untilStopped>;
  /** Woken when the ensemble begins to serve. */
  readonly #waiting = new Set<() => void>();
  #published: () => void = () => undefined;
  /** Clients are served from the moment this member has made itself known to its cluster, as in etcd. */
  readonly #ready = new Promise<void>((resolve) => {
    this.#published = resolve;
  });
  #status = 0;
  #leader = "";
  #publishing = false;
  #leads = false;
  readonly #compactor: AutoCompactor | undefined;

  constructor(process: Process, config: EtcdConfig, version: string, log: Log, start: Identity | Bootstrap) {
    this.process = process;
    this.config = config;
    this.version = version;
    this.log = log;
    this.id = start.id;
    this.cluster = start.cluster;
    this.#leases = new LeaseTimes(process.clock, (id) => this.#expire(id));
    const member = `${config.dataDir}/member`;
    this.journal = new Journal(
      process.files,
      { snapshot: `${member}/snap/db`, log: `${member}/wal/0000000000000000-0000000000000000.wal` },
      this.store,
      () => this.#synced(),
    );
    if ("members" in start) {
      writeIdentity(process, config.dataDir, start);
      this.store.members = new Map(start.members.map((one) => [one.id, one]));
      if (start.founding) {
        // The first members are the first entries of history.
        this.journal.term = 1;
        this.journal.applied = { term: 1, index: start.members.length };
      }
    }
    this.journal.open();
    if (config.forceNewCluster) {
      const own = this.store.members.get(this.id);
      if (own !== undefined) this.store.members = new Map([[own.id, { ...own, learner: false }]]);
      this.journal.install({ ...this.journal.state(), pending: [] });
    }
    const store = this.store;
    const toEnsemble = (one: Member) => {
      const { host, port } = endpointOf(one.peerUrls[0] ?? "");
      return { id: one.id, rank: store.sortedMembers.findIndex(({ id }) => id === one.id), host, port };
    };
    const own = this.store.members.get(this.id);
    this.#ensemble = new Ensemble({
      process,
      cluster: this.cluster,
      self: own === undefined ? { id: this.id, rank: 0, host: "localhost", port: 0 } : toEnsemble(own),
      listen: placesOf(config.listenPeer),
      get members() {
        return store.voters.map(toEnsemble);
      },
      journal: this.journal,
      changed: () => this.#changed(),
      isRemoved: (id) => this.store.removed.has(id),
      removed: () => this.#expelled(),
      foreign: (cluster) =>
        this.log(
          "error",
          "rafthttp/stream.go:221",
          "request sent was ignored by remote peer due to cluster ID mismatch",
          {
            "remote-peer-cluster-id": cluster,
            "local-member-cluster-id": this.cluster,
            error: "cluster ID mismatch",
          },
        ),
      lost: (index) => this.#amnesia(index),
      asked: (question) => this.#answerMember(question),
      broken: (error) => {
        this.log("fatal", "etcdserver/raft.go:246", "failed to save Raft hard state and entries", {
          error: error.message,
        });
        this.#status = 1;
        this.#stop.stop();
      },
      log: (text) => this.log("info", "etcdserver/raft.go", text, { "local-member-id": this.id }),
    });
    const { compaction } = config;
    if (compaction !== undefined)
      this.#compactor = new AutoCompactor(
        {
          clock: process.clock,
          revision: () => this.store.revision,
          compacted: () => this.store.compacted,
          compact: (revision) => this.#compact(revision),
          log: (file, text, fields) => this.log("info", file, text, fields),
        },
        compaction,
      );
    this.store.listener = (change, events) => this.#applied(change, events);
    this.#stop = untilStopped(process, ["SIGTERM", "SIGINT"]);
  }

  get raft(): { readonly term: number; readonly index: number; readonly applied: number } {
    return { term: this.journal.term, index: this.journal.last.index, applied: this.journal.applied.index };
  }

  /** Id of the leader; "0" where there is none. */
  get leader(): string {
    return this.#ensemble.serving ? (this.#ensemble.leader ?? "0") : "0";
  }

  get member(): Member | undefined {
    return this.store.members.get(this.id);
  }

  // ------------------------------------------------------------------------------------------------------- life

  async run(): Promise<number> {
    const { process, config } = this;
    const closers: (() => void)[] = [];
    try {
      this.#ensemble.start();
      for (const { port, address } of placesOf([...config.listenClient, ...config.listenMetrics])) {
        closers.push(
          serve(
            process,
            port,
            async (connection) => {
              await Promise.race([this.#ready, this.#stop.stopped]);
              await handleHttp(process, connection, (request) => answer(this, request));
            },
            { address },
          ),
        );
      }
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      const [url] = config.listenClient;
      this.log("fatal", "etcdmain/etcd.go:181", "discovery failed", {
        error: `listen tcp ${url?.replace(/^\w+:\/\//, "")}: bind: ${problem.message}`,
      });
      this.#ensemble.close();
      for (const close of closers) close();
      return 1;
    }
    this.log("info", "embed/etcd.go:124", "configuring peer listeners", { "listen-peer-urls": config.listenPeer });
    this.log("info", "embed/etcd.go:132", "configuring client listeners", {
      "listen-client-urls": config.listenClient,
    });
    const signal = await this.#stop.stopped;
    if (signal !== undefined) {
      this.log("info", "osutil/interrupt_unix.go:64", "received signal; shutting down", {
        signal: signal === "SIGINT" ? "interrupt" : "terminated",
      });
      this.log("info", "embed/etcd.go:379", "closing etcd server", {
        name: config.name,
        "data-dir": config.dataDir,
        "advertise-peer-urls": config.advertisePeer,
        "advertise-client-urls": config.advertiseClient,
      });
    }
    this.#ensemble.close();
    this.#leases.demote();
    this.#compactor?.demote();
    for (const close of closers) close();
    if (signal === undefined || process.pid === 1) return this.#status;
    return signal === "SIGINT" ? 130 : 143;
  }

  #changed(): void {
    const { serving, role } = this.#ensemble;
    const leader = this.leader;
    if (role === "closed") return;
    if (leader !== this.#leader) {
      const was = this.#leader || "0";
      if (leader !== "0") this.leaderChanges++;
      if (leader === "0" && was !== "0")
        this.log("info", "raft/raft.go:765", `raft.node: ${this.id} lost leader ${was} at term ${this.raft.term}`);
      else if (leader !== "0")
        this.log(
          "info",
          "raft/node.go:327",
          `raft.node: ${this.id} elected leader ${leader} at term ${this.raft.term}`,
        );
      this.#leader = leader;
    }
    const leads = serving && role === "leader";
    if (leads && !this.#leads) {
      this.#leases.promote(this.store.leases.values());
      this.#compactor?.promote();
    }
    if (!leads) {
      this.#leases.demote();
      this.#compactor?.demote();
    }
    this.#leads = leads;
    if (!serving) return;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    if (!this.#publishing) {
      this.#publishing = true;
      void this.#publish();
    }
  }

  /** Makes name and client URLs known to all; until then clients wait. */
  async #publish(): Promise<void> {
    const { name, advertiseClient } = this.config;
    while (!this.process.signal.aborted && this.#ensemble.role !== "closed") {
      try {
        const change = {
          op: "publish",
          id: this.id,
          name,
          clientUrls: advertiseClient,
          version: this.version,
        } as const;
        const { error } = (await this.propose(change)) as { error?: ErrorName };
        if (error === "MemberNotFound") return;
        this.log("info", "etcdserver/server.go:2070", "published local member to cluster through raft", {
          "local-member-id": this.id,
          "local-member-attributes": `{Name:${name} ClientURLs:[${advertiseClient.join(" ")}]}`,
          "cluster-id": this.cluster,
          "publish-timeout": "7s",
        });
        this.log("info", "embed/serve.go:103", "ready to serve client requests");
        this.log("info", "embed/serve.go:187", "serving client traffic insecurely; this is strongly discouraged!", {
          address: this.config.listenClient.map((url) => url.replace(/^\w+:\/\//, "")).join(","),
        });
        this.#published();
        return;
      } catch (problem) {
        if (!(problem instanceof EtcdError)) throw problem;
        this.log("warn", "etcdserver/server.go:2083", "failed to publish local member to cluster through raft", {
          "local-member-id": this.id,
          error: problem.message,
        });
      }
    }
  }

  /** The log was written: how long its fdatasync takes (server/storage/wal/wal.go). */
  #synced(): void {
    const took = this.process.deviceMs;
    if (took <= SLOW_SYNC_MS) return;
    this.log("warn", "wal/wal.go:805", "slow fdatasync", { took: seconds(took), "expected-duration": "1s" });
  }

  /** A request is answered that came at `began` (server/etcdserver/util.go, warnOfExpensiveGenericRequest). */
  answered(began: number, prefix: string, request: string, response: string): void {
    const took = this.process.clock.now() - began + this.process.deviceMs;
    if (took <= SLOW_REQUEST_MS) return;
    this.log("warn", "etcdserver/util.go:170", "apply request took too long", {
      took: seconds(took),
      "expected-duration": "100ms",
      prefix,
      request,
      response,
    });
  }

  #stopLater(status: number): void {
    this.#status = status;
    this.process.clock.after(STOP_DELAY_MS, () => this.#stop.stop());
  }

  #expelled(): void {
    this.log("warn", "etcdserver/server.go:1148", "server error", {
      error: "the member has been permanently removed from the cluster",
    });
    this.log("warn", "etcdserver/server.go:1149", "data-dir used by this member must be removed");
    this.#stopLater(0);
  }

  /** The leader remembers what this member's disk does not: raft's panic, which also ends the process. */
  #amnesia(index: number): void {
    const last = this.raft.index;
    const message = `tocommit(${index}) is out of range [lastIndex(${last})]. Was the raft log corrupted, truncated, or lost?`;
    this.log("fatal", "raft/log.go:237", message);
    void this.log
      .flush()
      .then(() => this.process.stderr.write(`panic: ${message}\n\ngoroutine 1 [running]:\n`))
      .catch(() => undefined);
    this.#status = 2;
    this.#stop.stop();
  }

  #applied(change: Change | undefined, events: readonly WatchEvent[]): void {
    if (events.length > 0) for (const watcher of [...this.#watchers]) watcher(events);
    this.#compactor?.changed();
    if (change === undefined) return;
    if (this.#leads) {
      const lease = "id" in change ? this.store.leases.get(change.id) : undefined;
      if (change.op === "grant" && lease !== undefined) this.#leases.renew(lease);
      else if (change.op === "revoke") this.#leases.forget(change.id);
    }
    if (change.op === "memberRemove" && change.id === this.id) this.#expelled();
    if (change.op === "memberAdd")
      this.log("info", "membership/cluster.go:421", "added member", {
        "cluster-id": this.cluster,
        "local-member-id": this.id,
        "added-peer-id": change.member.id,
        "added-peer-peer-urls": change.member.peerUrls,
        "added-peer-is-learner": change.member.learner,
      });
    if (change.op === "memberRemove")
      this.log("info", "membership/cluster.go:472", "removed member", {
        "cluster-id": this.cluster,
        "local-member-id": this.id,
        "removed-remote-peer-id": change.id,
      });
    if (change.op === "version")
      this.log("info", "membership/cluster.go:576", "updated cluster version", {
        "cluster-id": this.cluster,
        "local-member-id": this.id,
        from: "",
        to: change.version,
      });
    if (change.op === "publish" && this.#leads) this.#monitorVersions();
  }

  /** As leader: the cluster's version is the lowest of its members' (server/etcdserver/version). */
  #monitorVersions(): void {
    const versions = this.store.sortedMembers.map(({ id }) => this.store.serverVersions.get(id));
    const all = versions.filter((version) => version !== undefined);
    const lowest =
      all.length < versions.length ? "3.0" : all.map((version) => version.split(".").slice(0, 2).join(".")).sort()[0];
    if (lowest === undefined || lowest <= this.store.version) return;
    void this.propose({ op: "version", version: lowest }).catch((problem: unknown) => {
      if (!(problem instanceof EtcdError)) throw problem;
    });
  }

  async #compact(revision: number): Promise<boolean> {
    try {
      const outcome = (await this.propose({ op: "compact", revision })) as { error?: ErrorName };
      return outcome.error === undefined;
    } catch (problem) {
      if (problem instanceof EtcdError) return false;
      throw problem;
    }
  }

  #expire(id: string): void {
    if (!this.#leads || this.process.signal.aborted) return;
    void this.propose({ op: "revoke", id }).catch((problem: unknown) => {
      if (!(problem instanceof EtcdError)) throw problem;
    });
  }

  // --------------------------------------------------------------------------------------------------- requests

  /** Resolves when there is a leader, or fails with etcd's words when the request has waited long enough. */
  async #whenServing(deadline: number): Promise<void> {
    const { clock, signal } = this.process;
    while (!this.#ensemble.serving) {
      const left = deadline - clock.now();
      if (left <= 0 || this.#ensemble.role === "closed" || signal.aborted) throw new EtcdError("Timeout");
      let wake: () => void = () => undefined;
      const served = new Promise<void>((resolve) => {
        wake = resolve;
      });
      this.#waiting.add(wake);
      const cancel = clock.after(left, wake);
      await served;
      cancel();
      this.#waiting.delete(wake);
    }
  }

  /** Puts a change into history. Throws `EtcdError` "Timeout" where nobody knows whether it will be part of it. */
  async propose(change: Change): Promise<Outcome> {
    const { clock, signal } = this.process;
    const deadline = clock.now() + REQUEST_TIMEOUT_MS;
    for (;;) {
      await this.#whenServing(deadline);
      try {
        return JSON.parse(await this.#ensemble.submit(JSON.stringify(change))) as Outcome;
      } catch (problem) {
        if (!(problem instanceof NoQuorum)) throw problem;
        this.failedProposals++;
        if (!problem.taken) continue;
        await clock.sleep(Math.max(0, deadline - clock.now()), signal);
        throw new EtcdError("Timeout");
      }
    }
  }

  async change(change: Change): Promise<Extract<Outcome, { revision: number }>> {
    return done(await this.propose(change));
  }

  async #askLeader(question: Question | undefined): Promise<string> {
    const deadline = this.process.clock.now() + REQUEST_TIMEOUT_MS;
    for (;;) {
      await this.#whenServing(deadline);
      try {
        return await this.#ensemble.askLeader(question === undefined ? "" : JSON.stringify(question));
      } catch (problem) {
        if (!(problem instanceof NoQuorum)) throw problem;
        // The leader has just gone: there is nothing to wait for yet but the next one.
        await this.process.clock.sleep(100, this.process.signal);
      }
    }
  }

  /** Resolves when everything that was acknowledged anywhere by now is in the own store. */
  async linearizable(): Promise<void> {
    await this.#askLeader(undefined);
  }

  /** Renews a lease; resolves with its time to live in seconds. */
  async keepAlive(id: string): Promise<number> {
    return Number(await this.#askLeader({ ask: "keepAlive", id }));
  }

  async timeToLive(id: string): Promise<number> {
    return Number(await this.#askLeader({ ask: "timeToLive", id }));
  }

  /** A change of members, with the checks that keep a cluster from being cut off from its own majority. */
  async reconfigure(change: Change): Promise<Extract<Outcome, { revision: number }>> {
    if (this.config.strictReconfiguration || change.op === "memberPromote") {
      // Without a leader nothing is connected to a majority.
      if (!this.#ensemble.serving) throw new EtcdError("Unhealthy");
      const refused = await this.#askLeader({ ask: "strict", change });
      if (refused !== "") throw new EtcdError(refused as ErrorName);
    }
    return this.change(change);
  }

  /** Gives the room of what was deleted back to the disk; of this member alone. */
  defragment(): void {
    this.store.defragment();
    this.journal.install(this.journal.state());
  }

  watch(listener: (events: readonly WatchEvent[]) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  #answerMember(text: string): string {
    if (text === "") return "";
    if (text === MEMBERS_QUESTION) {
      const remote: Remote = { cluster: this.cluster, members: this.store.sortedMembers };
      return JSON.stringify(remote);
    }
    const question = JSON.parse(text) as Question;
    if (question.ask === "strict") return refusal(question.change, this.store, this.#connections()) ?? "";
    const lease = this.store.leases.get(question.id);
    if (question.ask === "timeToLive") return String(lease === undefined ? -1 : this.#leases.remaining(question.id));
    if (lease === undefined) return "0";
    this.#leases.renew(lease);
    return String(lease.ttl);
  }

  /** As leader: how the others stand with it. */
  #connections(): Connections {
    const now = this.process.clock.now();
    return {
      age: (id) => (id === this.id ? Number.POSITIVE_INFINITY : now - (this.#ensemble.following(id)?.since ?? now + 1)),
      lag: (id) => this.raft.applied - (this.#ensemble.following(id)?.acknowledged ?? 0),
      applied: this.raft.applied,
    };
  }
}
