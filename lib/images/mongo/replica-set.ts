/**
 * A member of a replica set. Members hold connections to each other and say what changes, so that a set at rest sends
 * nothing; a primary is elected by a majority, secondaries follow its oplog, and what no majority had is rolled back.
 * In one file because elections, following and reconfiguration all turn on the same few fields.
 */
import { isErrno, type Process } from "../../machine/index.ts";
import { resolveAll, resolveHost } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import { type Doc, MongoError } from "./data/bson.ts";
import {
  checkChange,
  isNewer,
  type MemberConfig,
  majorityOf,
  type ReplicaConfig,
  readReplicaConfig,
} from "./replica-config.ts";
import { DIAL_MS, Links, unresolved } from "./replica-links.ts";
import type { Answer, MemberNews, PeerMessage, State } from "./replica-messages.ts";
import { Progress } from "./replica-progress.ts";
import {
  type Change,
  compareOpTimes,
  type Entry,
  NULL_TIME,
  type OpTime,
  type Store,
  type StoreDump,
} from "./store.ts";

interface ReplicaHost {
  readonly process: Process;
  readonly store: Store;
  readonly setName: string;
  readonly port: number;
  readonly major: number;
  /** What members show each other; a digest of the key file. */
  readonly key: string;
  readonly log: (component: string, message: string, attributes?: Doc) => void;
  readonly broken: (error: Error) => void;
  /** Documents taken back go to files. */
  readonly rolledBack: (entries: readonly Entry[]) => void;
}

export class ReplicaSet {
  config: ReplicaConfig | undefined;
  state: State = "STARTUP";
  /** The primary as far as this member knows. */
  primary: number | undefined;
  readonly progress = new Progress();
  electionDate = 0;
  frozenUntil = 0;
  readonly started: number;
  readonly news = new Map<number, MemberNews>();
  readonly #host: ReplicaHost;
  readonly links: Links;
  #self: number | undefined;
  #closed = false;
  #syncing = false;
  #syncAgain = false;
  #cancelElection: (() => void) | undefined;
  #cancelStepDown: (() => void) | undefined;
  #cancelTakeover: (() => void) | undefined;

  constructor(host: ReplicaHost) {
    this.#host = host;
    this.started = host.process.clock.now();
    this.links = new Links({
      process: host.process,
      greeting: (member) => ({
        type: "rs.hello",
        set: host.setName,
        key: host.key,
        host: member.host,
        config: this.config?.doc,
        news: this.#own,
      }),
      wanted: () => this.#others,
      restless: () => this.state === "REMOVED",
      met: (member, answer, link) => this.#met(member, answer, link),
      lost: (id) => this.#lost(id),
    });
  }

  get term(): number {
    return this.#host.store.meta.term;
  }

  get self(): MemberConfig | undefined {
    return this.config?.members.find(({ id }) => id === this.#self);
  }

  get writable(): boolean {
    return this.state === "PRIMARY";
  }

  get readable(): boolean {
    return this.state === "PRIMARY" || this.state === "SECONDARY";
  }

  isUp(id: number): boolean {
    return id === this.#self || this.links.isUp(id);
  }

  get #others(): readonly MemberConfig[] {
    return (this.config?.members ?? []).filter(({ id }) => id !== this.#self);
  }

  get #voters(): readonly MemberConfig[] {
    return (this.config?.members ?? []).filter(({ votes }) => votes > 0);
  }

  get #own(): MemberNews | undefined {
    const { store } = this.#host;
    if (this.#self === undefined || this.config === undefined) return undefined;
    return { id: this.#self, state: this.state, term: this.term, last: store.last, configVersion: this.config.version };
  }

  #later(ms: number, run: () => void): () => void {
    const { clock, signal } = this.#host.process;
    return clock.after(ms, () => {
      if (!this.#closed && !signal.aborted) run();
    });
  }

  /** The disk has the last word: what is not on it was not promised. */
  #guarded<T>(write: () => T): T | undefined {
    try {
      return write();
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      this.#host.broken(problem);
      return undefined;
    }
  }

  // --------------------------------------------------------------------------------------------------------- life

  async start(): Promise<void> {
    const { store, log, major } = this.#host;
    if (store.meta.config === undefined) {
      log("REPL", "Did not find local replica set configuration document at startup", {
        error: {
          code: 47,
          codeName: "NoMatchingDocument",
          errmsg: "Did not find replica set configuration document in local.system.replset",
        },
      });
      return;
    }
    await this.#install(readReplicaConfig(store.meta.config, major), true);
  }

  /** As primary: hands over before it goes, so that nobody has to wait for it. */
  async close(): Promise<void> {
    if (this.state === "PRIMARY" && this.config !== undefined && this.config.members.length > 1) {
      await this.stepDown(60, 1000).catch(() => undefined);
      // The heir must hear of it before the line is closed.
      await this.#host.process.clock.sleep(50, this.#host.process.signal).catch(() => undefined);
    }
    this.#closed = true;
    this.links.close();
    this.progress.settle("stepped down");
  }

  #setState(state: State): void {
    if (this.state === state) return;
    this.#host.log("REPL", "Replica set state transition", { newState: state, oldState: this.state });
    this.state = state;
    this.#tell();
  }

  #tell(): void {
    const news = this.#own;
    if (news === undefined) return;
    this.links.tell({ type: "rs.news", news });
  }

  async #isSelf(member: MemberConfig): Promise<boolean> {
    const { process, port } = this.#host;
    const [host = "", memberPort = "27017"] = member.host.split(":");
    if (Number(memberPort) !== port) return false;
    if (host === process.machine.hostname || host === "localhost") return true;
    const own = new Set([...process.network.addresses, "127.0.0.1"]);
    return (await resolveAll(process, host)).some((address) => own.has(address));
  }

  async #install(config: ReplicaConfig, stored = false, calledAs?: string): Promise<void> {
    const { store, log } = this.#host;
    if (!stored && this.#guarded(() => store.remember({ config: config.doc })) === undefined && this.#closed) return;
    const former = this.config;
    this.config = config;
    log("REPL", "New replica set config in use", { config: config.doc });
    let self = config.members.find(({ host }) => host === calledAs)?.id;
    for (const member of config.members) {
      if (self === undefined && (await this.#isSelf(member))) self = member.id;
    }
    self ??= config.members.find(
      ({ id, host }) => id === this.#self && host === former?.members.find((one) => one.id === id)?.host,
    )?.id;
    this.#self = self;
    const members = config.members.map(({ id }) => id).filter((id) => id !== self);
    for (const id of this.links.keep(members)) this.news.delete(id);
    if (self === undefined) {
      if (former !== undefined && !stored) this.#host.log("REPL", "This node is not a member of the config");
      else
        log(
          "REPL",
          "Locally stored replica set configuration does not have a valid entry for the current node; waiting for reconfig or remote heartbeat",
          {
            error: {
              code: 74,
              codeName: "NodeNotFound",
              errmsg: `No host described in new configuration with {version: ${config.version}, term: ${config.term}} for replica set ${config.name} maps to this node`,
            },
          },
        );
      this.primary = undefined;
      this.#setState("REMOVED");
      this.links.reach(this.#others);
      return;
    }
    if (["STARTUP", "REMOVED"].includes(this.state)) {
      if (this.self?.arbiter === true) this.#setState("ARBITER");
      else this.#setState(compareOpTimes(store.last, NULL_TIME) > 0 || this.#founding ? "SECONDARY" : "STARTUP2");
    }
    // Who is primary may have been heard before it was known that this is a member.
    const primary = [...this.news.values()].find((news) => news.state === "PRIMARY" && news.term >= this.term);
    if (this.state !== "PRIMARY" && primary !== undefined) this.primary = primary.id;
    this.links.reach(this.#others);
    this.#tell();
    void this.#sync().catch(() => undefined);
    this.#judge();
  }
  #founding = false;

  // -------------------------------------------------------------------------------------------------------- connections

  async #met(member: MemberConfig, answer: Answer, link: RpcLink): Promise<void> {
    if (answer.config !== undefined) await this.#learnConfig(readReplicaConfig(answer.config, this.#host.major));
    if (answer.news !== undefined) this.#learn(answer.news);
    else if (this.config !== undefined) link.tell({ type: "rs.config", config: this.config.doc } satisfies PeerMessage);
    if (member.id === this.primary) void this.#sync().catch(() => undefined);
    this.#judge();
  }

  #lost(id: number): void {
    this.news.delete(id);
    this.progress.forget(id);
    const host = this.config?.members.find((member) => member.id === id)?.host ?? "";
    this.#host.log("REPL", "Member is in new state RS_DOWN", { hostAndPort: host, newState: "DOWN" });
    if (this.primary === id) this.primary = undefined;
    this.links.redial();
    this.#judge();
  }

  /** What others send over the connections they hold. Throws `Refused`. */
  async handle(message: PeerMessage): Promise<unknown> {
    const { store, setName, key, major } = this.#host;
    switch (message.type) {
      case "rs.hello": {
        if (message.key !== key) throw new Refused(`Authentication failed.`);
        if (message.set !== setName)
          throw new Refused(`replica set names do not match, ours: ${setName}; remote node's: ${message.set}`);
        if (message.config !== undefined)
          await this.#learnConfig(readReplicaConfig(message.config, major), message.host);
        if (message.news !== undefined) this.#learn(message.news);
        const caller = this.#others.find(({ id }) => id === message.news?.id);
        if (caller !== undefined) this.links.reach([caller]);
        return { config: this.config?.doc, news: this.#own } satisfies Answer;
      }
      case "rs.news":
        this.#learn(message.news);
        return null;
      case "rs.config":
        await this.#learnConfig(readReplicaConfig(message.config, major));
        return null;
      case "rs.vote":
        return this.#vote(message);
      case "rs.stepUp":
        void this.#stand(true).catch(() => undefined);
        return null;
      case "rs.sync":
        return this.#serveSync(message.id, message.times);
      case "rs.clone":
        return { dump: store.dump(), oplog: store.oplog };
      case "rs.oplog":
        this.#follow(message);
        return null;
      case "rs.ack":
        this.#acknowledge(message.id, message.last, message.term);
        return null;
    }
  }

  async #learnConfig(config: ReplicaConfig, calledAs?: string): Promise<void> {
    if (config.name !== this.#host.setName) return;
    const unknownSelf =
      this.#self === undefined && calledAs !== undefined && config.members.some(({ host }) => host === calledAs);
    if (!isNewer(config, this.config) && !unknownSelf) return;
    await this.#install(
      unknownSelf && !isNewer(config, this.config) ? (this.config ?? config) : config,
      false,
      calledAs,
    );
  }

  #learn(news: MemberNews): void {
    const former = this.news.get(news.id);
    this.news.set(news.id, news);
    if (news.term > this.term) this.#newTerm(news.term);
    if (news.state === "PRIMARY" && news.term >= this.term) {
      if (this.primary !== news.id || former?.state !== "PRIMARY") {
        this.primary = news.id;
        if (this.state === "PRIMARY" && news.id !== this.#self) this.#relinquish("a newer primary was found");
        void this.#sync().catch(() => undefined);
      }
    } else if (this.primary === news.id) this.primary = undefined;
    this.#judge();
  }

  #newTerm(term: number): void {
    this.#guarded(() => {
      const { votedFor: _gone, ...meta } = this.#host.store.meta;
      this.#host.store.meta = meta;
      this.#host.store.remember({ term });
    });
    if (this.state === "PRIMARY") this.#relinquish("a higher term was seen");
  }

  // ---------------------------------------------------------------------------------------------------------- elections

  get #reachableVotes(): number {
    return this.#voters.filter(({ id }) => this.isUp(id)).length;
  }

  /** Draws conclusions from who is there: elections to be held, majorities that were lost. */
  #judge(): void {
    const { config, self } = this;
    if (config === undefined || self === undefined || this.#closed) return;
    const enough = this.#reachableVotes >= majorityOf(config);
    if (this.state === "PRIMARY") {
      if (enough) {
        this.#cancelStepDown?.();
        this.#cancelStepDown = undefined;
      } else
        this.#cancelStepDown ??= this.#later(config.electionTimeoutMs, () => {
          this.#cancelStepDown = undefined;
          if (this.state === "PRIMARY" && this.#reachableVotes < majorityOf(config)) {
            this.#host.log("REPL", "Can't see a majority of the set, relinquishing primary");
            this.#relinquish("no majority");
          }
        });
      return;
    }
    const may = this.state === "SECONDARY" && self.priority > 0 && self.votes > 0;
    if (!may || this.primary !== undefined) {
      this.#cancelElection?.();
      this.#cancelElection = undefined;
    } else if (enough && this.#cancelElection === undefined) {
      const { clock } = this.#host.process;
      const wait =
        config.members.length === 1
          ? 0
          : this.#founding
            ? 1000
            : config.electionTimeoutMs * (1 + 0.15 * clock.random());
      this.#cancelElection = this.#later(wait, () => {
        this.#cancelElection = undefined;
        this.#host.log("ELECTION", "Starting an election, since we've seen no PRIMARY in election timeout period", {
          electionTimeoutPeriodMillis: config.electionTimeoutMs,
        });
        void this.#stand(false).catch(() => undefined);
      });
    }
    const primary = config.members.find(({ id }) => id === this.primary);
    const better = may && primary !== undefined && self.priority > primary.priority;
    if (!better) {
      this.#cancelTakeover?.();
      this.#cancelTakeover = undefined;
    } else {
      const rank = config.members.filter(({ priority }) => priority > self.priority).length;
      this.#cancelTakeover ??= this.#later(config.electionTimeoutMs * (rank + 1), () => {
        this.#cancelTakeover = undefined;
        this.#host.log("ELECTION", "Starting an election for a priority takeover");
        void this.#stand(false).catch(() => undefined);
      });
    }
  }

  async #stand(handedOver: boolean): Promise<void> {
    const { store, log, process } = this.#host;
    const { config, self } = this;
    if (
      config === undefined ||
      self === undefined ||
      this.state !== "SECONDARY" ||
      self.priority <= 0 ||
      self.votes === 0
    )
      return;
    if (process.clock.now() < this.frozenUntil && !handedOver) return this.#judge();
    const ask = async (dry: boolean, term: number) => {
      const message: PeerMessage = { type: "rs.vote", term, candidate: self.id, last: store.last, dry };
      const others = this.#voters.filter(({ id }) => id !== self.id);
      const ballots = await Promise.all(
        others.map(async ({ id }) =>
          this.links
            .get(id)
            ?.ask<{ readonly granted: boolean; readonly term: number }>(message)
            .catch(() => undefined),
        ),
      );
      const highest = Math.max(...ballots.map((ballot) => ballot?.term ?? 0), 0);
      if (highest > this.term) this.#newTerm(highest);
      return 1 + ballots.filter((ballot) => ballot?.granted === true).length;
    };
    const before = this.term;
    if ((await ask(true, before)) < majorityOf(config)) {
      log("ELECTION", "Not running for primary, we received insufficient votes");
      return this.#judge();
    }
    if (this.term !== before || this.state !== "SECONDARY" || this.config !== config) return this.#judge();
    const term = before + 1;
    this.#guarded(() => store.remember({ term, votedFor: self.id }));
    log("ELECTION", "Dry election run succeeded, running for election", { newTerm: term });
    const votes = await ask(false, term);
    if (this.term !== term || this.state !== "SECONDARY") return this.#judge();
    if (votes < majorityOf(config)) {
      log("ELECTION", "Not becoming primary, we received insufficient votes");
      return this.#judge();
    }
    log("ELECTION", "Election succeeded, assuming primary role", { term });
    this.electionDate = process.clock.now();
    this.primary = self.id;
    this.#founding = false;
    this.progress.clear();
    // The first entry of a term: once a majority has it, everything before it counts too.
    this.state = "PRIMARY";
    this.order({ op: "noop", ns: "", note: "new primary" });
    log("REPL", "Replica set state transition", { newState: "PRIMARY", oldState: "SECONDARY" });
    log("REPL", "Transition to primary complete; database writes are now permitted");
    const renewed = readReplicaConfig({ ...config.doc, term }, this.#host.major);
    this.config = renewed;
    this.#guarded(() => store.remember({ config: renewed.doc }));
    this.links.tell({ type: "rs.config", config: renewed.doc } satisfies PeerMessage);
    this.#tell();
    this.#judge();
  }

  #vote({ term, candidate, last, dry }: Extract<PeerMessage, { type: "rs.vote" }>): {
    readonly granted: boolean;
    readonly term: number;
  } {
    const { store } = this.#host;
    if (this.self === undefined || this.self.votes === 0) return { granted: false, term: this.term };
    if (!dry && term > this.term) this.#newTerm(term);
    const fresh = this.self.arbiter || compareOpTimes(last, store.last) >= 0;
    const priority = (id: number | undefined) => this.config?.members.find((member) => member.id === id)?.priority ?? 0;
    // A healthy primary that is at least as good stands in the way of nobody but those of less or equal priority.
    const content = this.state === "PRIMARY" && dry && priority(this.#self) >= priority(candidate);
    const { votedFor } = store.meta;
    const free = dry || votedFor === undefined || votedFor === candidate;
    const granted = term >= this.term && fresh && free && !content;
    if (!granted || dry) return { granted, term: this.term };
    const kept = this.#guarded(() => {
      store.remember({ term, votedFor: candidate });
      return true;
    });
    return { granted: kept === true, term: this.term };
  }

  #relinquish(_why: string): void {
    if (this.state !== "PRIMARY") return;
    this.progress.settle("stepped down");
    if (this.primary === this.#self) this.primary = undefined;
    this.#cancelStepDown?.();
    this.#cancelStepDown = undefined;
    this.#setState("SECONDARY");
    this.#judge();
    if (this.primary !== undefined) void this.#sync().catch(() => undefined);
  }

  /** Throws MongoErrors. Times in seconds and milliseconds. */
  async stepDown(seconds: number, catchUpMs: number, force = false): Promise<void> {
    const { process, store } = this.#host;
    if (this.state !== "PRIMARY") throw new MongoError(10107, "NotWritablePrimary", "not primary so can't step down");
    const heir = () =>
      this.#others
        .filter(({ id, priority, votes }) => {
          const news = this.news.get(id);
          const last = this.progress.of(id) ?? news?.last ?? NULL_TIME;
          return (
            priority > 0 &&
            votes > 0 &&
            this.isUp(id) &&
            news?.state === "SECONDARY" &&
            compareOpTimes(last, store.last) >= 0
          );
        })
        .sort((a, b) => b.priority - a.priority)[0];
    for (
      let waited = 0;
      heir() === undefined && waited < catchUpMs && this.#reachableVotes >= majorityOf(this.config as ReplicaConfig);
      waited += 500
    )
      await process.clock.sleep(500, process.signal);
    const next = heir();
    if (next === undefined && !force)
      throw new MongoError(
        262,
        "ExceededTimeLimit",
        "No electable secondaries caught up as of " +
          `${new Date(process.clock.now()).toISOString().replace("Z", "+00:00")}. Please use the replSetStepDown command with the argument {force: true} to force node to step down.`,
      );
    this.frozenUntil = process.clock.now() + seconds * 1000;
    this.#relinquish("asked to");
    if (next !== undefined) this.links.get(next.id)?.tell({ type: "rs.stepUp" } satisfies PeerMessage);
  }

  // ---------------------------------------------------------------------------------------------------------- as primary

  /** Takes a change into history and sends it on. */
  order(change: Change): OpTime {
    const { store, process } = this.#host;
    const now = process.clock.now();
    const seconds = Math.max(Math.floor(now / 1000), store.last.ts.t);
    const i = seconds === store.last.ts.t ? store.last.ts.i + 1 : 1;
    const time: OpTime = { ts: { t: seconds, i }, t: this.term };
    const previous = store.last;
    const entry = store.commit(time, now, change);
    this.links.tell({
      type: "rs.oplog",
      term: this.term,
      previous,
      entries: [withoutBefore(entry)],
      committed: this.progress.committed,
    } satisfies PeerMessage);
    this.#advance();
    return time;
  }

  #acknowledge(id: number, last: OpTime, term: number): void {
    const known = this.news.get(id);
    if (known !== undefined) this.news.set(id, { ...known, last });
    if (this.state !== "PRIMARY" || term !== this.term) return;
    this.progress.acknowledge(id, last);
    this.#advance();
  }

  #advance(): void {
    const { config } = this;
    if (config === undefined || this.state !== "PRIMARY") return;
    const { store } = this.#host;
    const bearing = this.#voters.filter(({ arbiter }) => !arbiter);
    const times = bearing.map(({ id }) => (id === this.#self ? store.last : (this.progress.of(id) ?? NULL_TIME)));
    times.sort((a, b) => compareOpTimes(b, a));
    const needed = Math.min(majorityOf(config), bearing.length);
    const common = times[needed - 1];
    if (common !== undefined && common.t === this.term && compareOpTimes(common, this.progress.committed) > 0) {
      this.progress.committed = common;
      this.links.tell({
        type: "rs.oplog",
        term: this.term,
        previous: common,
        entries: [],
        committed: common,
      } satisfies PeerMessage);
    }
    this.progress.settle("done");
  }

  /** What a member lacks; it says which points of history it has, the last one first. */
  #serveSync(
    id: number,
    times: readonly OpTime[],
  ): { readonly common: OpTime | undefined; readonly entries: readonly Entry[] } {
    const { store } = this.#host;
    const known = new Set(store.oplog.map(({ time }) => JSON.stringify(time)));
    const common = times.find((time) => known.has(JSON.stringify(time)));
    if (common === undefined) return { common, entries: [] };
    this.#acknowledge(id, common, this.term);
    const entries = store.oplog.filter(({ time }) => compareOpTimes(time, common) > 0);
    return { common, entries: entries.map(withoutBefore) };
  }

  // -------------------------------------------------------------------------------------------------------- as secondary

  /** Catches up with the primary: from a common point of history, or by a copy of everything. */
  async #sync(): Promise<void> {
    const { store, log, rolledBack } = this.#host;
    const link = this.links.get(this.primary);
    if (link === undefined || this.#syncing || this.self === undefined || this.self.arbiter || this.state === "PRIMARY")
      return;
    this.#syncing = true;
    this.#syncAgain = false;
    try {
      const times = store.oplog.map(({ time }) => time).reverse();
      const answer = await link.ask<{ readonly common?: OpTime; readonly entries: readonly Entry[] }>({
        type: "rs.sync",
        id: this.self.id,
        times,
      } satisfies PeerMessage);
      if (answer.common === undefined) {
        if (this.state !== "STARTUP2") this.#setState("STARTUP2");
        log("INITSYNC", "Starting initial sync", {
          syncSource: this.config?.members.find(({ id }) => id === this.primary)?.host ?? "",
        });
        const { dump, oplog } = await link.ask<{ readonly dump: StoreDump; readonly oplog: readonly Entry[] }>({
          type: "rs.clone",
        } satisfies PeerMessage);
        this.#guarded(() => store.load(dump, oplog));
        log("INITSYNC", "Initial sync done");
      } else {
        if (compareOpTimes(store.last, answer.common) > 0) {
          const back: State = this.state === "STARTUP2" ? "STARTUP2" : "SECONDARY";
          this.#setState("ROLLBACK");
          const common = answer.common;
          const undone = this.#guarded(() => store.rollBack(common)) ?? [];
          log("ROLLBACK", "Rollback summary", { commonPoint: JSON.stringify(common.ts), rolledBack: undone.length });
          rolledBack(undone);
          this.#setState(back);
        }
        this.#takeEntries(answer.entries);
      }
      if (this.state === "STARTUP2") this.#setState("SECONDARY");
      this.#sendAcknowledgement();
    } catch (problem) {
      if (!(problem instanceof LinkLost) && !(problem instanceof Refused)) throw problem;
    } finally {
      this.#syncing = false;
    }
    this.#judge();
    // What came meanwhile was not taken.
    if (this.#syncAgain) await this.#sync();
  }

  #takeEntries(entries: readonly Entry[]): void {
    const { store } = this.#host;
    for (const { time, wall, change } of entries) {
      if (compareOpTimes(time, store.last) > 0) this.#guarded(() => store.commit(time, wall, change));
    }
  }

  #follow({ term, previous, entries, committed }: Extract<PeerMessage, { type: "rs.oplog" }>): void {
    const { store } = this.#host;
    if (term < this.term || this.state === "PRIMARY" || this.self?.arbiter === true) return;
    if (this.#syncing || this.state !== "SECONDARY") {
      this.#syncAgain = true;
      return;
    }
    const gap =
      entries[0] !== undefined &&
      compareOpTimes(entries[0].time, store.last) > 0 &&
      compareOpTimes(previous, store.last) !== 0;
    if (gap) {
      void this.#sync().catch(() => undefined);
      return;
    }
    this.#takeEntries(entries);
    if (compareOpTimes(committed, this.progress.committed) > 0) this.progress.committed = committed;
    if (entries.length > 0) this.#sendAcknowledgement();
  }

  #sendAcknowledgement(): void {
    const { store } = this.#host;
    const link = this.links.get(this.primary);
    if (this.self === undefined) return;
    link?.tell({ type: "rs.ack", id: this.self.id, term: this.term, last: store.last } satisfies PeerMessage);
  }

  // ------------------------------------------------------------------------------------------------------- configuration

  /** replSetInitiate. Throws MongoErrors. */
  async initiate(given: Doc): Promise<void> {
    const { setName, major, process } = this.#host;
    if (this.config !== undefined) throw new MongoError(23, "AlreadyInitialized", "already initialized");
    const self = `${process.machine.hostname}:${this.#host.port}`;
    const doc =
      Object.keys(given).length === 0 ? { _id: setName, version: 1, members: [{ _id: 0, host: self }] } : given;
    const config = readReplicaConfig({ ...doc, version: doc["version"] ?? 1, term: 1 }, major);
    if (config.name !== setName)
      throw new MongoError(
        93,
        "InvalidReplicaSetConfig",
        `Rejecting initiate with a set name that differs from command line set name, initiate set name: ${config.name}, command line set name: ${setName}`,
      );
    await this.#checkSelf(config);
    const failures = await this.#quorum(config, true);
    if (failures.length > 0)
      throw new MongoError(
        74,
        "NodeNotFound",
        `replSetInitiate quorum check failed because not all proposed set members responded affirmatively: ${failures.join(", ")}`,
      );
    this.#founding = true;
    await this.#install(config);
  }

  async #checkSelf(config: ReplicaConfig): Promise<void> {
    for (const member of config.members) if (await this.#isSelf(member)) return;
    throw new MongoError(
      74,
      "NodeNotFound",
      `No host described in new configuration with {version: ${config.version}, term: ${config.term}} for replica set ${config.name} maps to this node`,
    );
  }

  /** Asks every other member whether it would take part; what failed, in words. */
  async #quorum(config: ReplicaConfig, fresh: boolean): Promise<string[]> {
    const { process, setName, key } = this.#host;
    const results = await Promise.all(
      config.members.map(async (member) => {
        if (await this.#isSelf(member)) return undefined;
        const { host } = member;
        const failed = (why: string) => `${host} failed with ${why}`;
        const [name = "", port = "27017"] = host.split(":");
        const address = await resolveHost(process, name);
        if (address === undefined) return failed(unresolved(host));
        try {
          const link = await dialRpc(process, address, Number(port), { timeoutMs: DIAL_MS });
          const answer = await link.ask<Answer>({
            type: "rs.hello",
            set: setName,
            key,
            host,
            config: undefined,
            news: undefined,
          } satisfies PeerMessage);
          link.close();
          if (fresh && answer.config !== undefined) return failed(`${host} has data already, cannot initiate set.`);
          return undefined;
        } catch (problem) {
          if (problem instanceof Refused) return failed(problem.message);
          if (!(problem instanceof LinkLost) && !isErrno(problem)) throw problem;
          return failed(`Error connecting to ${host} (${address}:${port}) :: caused by :: Connection refused`);
        }
      }),
    );
    return results.filter((result) => result !== undefined);
  }

  /** replSetReconfig. Throws MongoErrors. */
  async reconfigure(given: Doc, force: boolean): Promise<void> {
    const { major } = this.#host;
    const { config } = this;
    if (config === undefined) throw notYetInitialized();
    if (!force && this.state !== "PRIMARY")
      throw new MongoError(
        10107,
        "NotWritablePrimary",
        `New config is rejected :: caused by :: replSetReconfig should only be run on a writable PRIMARY. Current state ${this.state};`,
      );
    const wanted = readReplicaConfig({ ...given, term: force ? config.term : this.term }, major);
    if (wanted.version <= config.version && !force)
      throw new MongoError(
        103,
        "NewReplicaSetConfigurationIncompatible",
        `New replica set configuration version must be greater than old, but ${wanted.version} is not greater than ${config.version} for replica set ${config.name}`,
      );
    const next = force
      ? readReplicaConfig({ ...wanted.doc, version: Math.max(wanted.version, config.version + 10_000) }, major)
      : wanted;
    await this.#checkSelf(next);
    if (!force) {
      checkChange(config, next);
      const failures = await this.#quorum(next, false);
      const voting = next.members.filter(({ votes }) => votes > 0);
      const responding = voting.filter(({ host }) => !failures.some((failure) => failure.startsWith(`${host} failed`)));
      if (responding.length < majorityOf(next))
        throw new MongoError(
          74,
          "NodeNotFound",
          `Quorum check failed because not enough voting nodes responded; required ${majorityOf(next)} but only the following ${responding.length} voting nodes responded: ${responding.map(({ host }) => host).join(", ")}; the following nodes did not respond affirmatively: ${failures.join(", ")}`,
        );
    }
    // Those that leave hear of it as well.
    const leaving = this.links.all;
    const tell = (link: RpcLink) => link.tell({ type: "rs.config", config: next.doc } satisfies PeerMessage);
    for (const link of leaving) tell(link);
    await this.#host.process.clock.sleep(0, this.#host.process.signal);
    await this.#install(next);
    if (this.state === "PRIMARY") this.order({ op: "noop", ns: "", note: "Reconfig set" });
  }
}

export const notYetInitialized = () => new MongoError(94, "NotYetInitialized", "no replset config has been received");

const withoutBefore = ({ time, wall, change }: Entry): Entry => ({ time, wall, change });
