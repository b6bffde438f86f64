/**
 * A number of processes that know each other by name and keep one history: a majority elects a leader, the leader
 * orders changes, a change counts once a majority has it on disk. Serves ZooKeeper, etcd and Kafka's controllers. Who
 * is alive is seen by connections, not by heartbeats: an ensemble at rest costs nothing. Who votes may be part of the
 * history (`EnsembleHost.members` is asked each time); others may follow without a vote.
 */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { DIAL_MS, LINE_LIMIT, type Link, linkOf, type Message, messageOf } from "./ensemble-wire.ts";
import { isAfter, type Journal } from "./journal.ts";
import { StreamReader } from "./reader.ts";
import { resolveHost } from "./resolve.ts";
import { serve } from "./server.ts";

/** How often a member without a leader looks for one. */
const SEEK_MS = 1000;
/** How long an elected leader waits for a majority to follow. */
const ESTABLISH_MS = 10_000;
/** Rounds after which a member of lower rank stands although one of higher rank could. */
const PATIENCE = 3;

interface EnsembleMember {
  readonly id: string;
  /** Among equals the highest is preferred as leader. */
  readonly rank: number;
  readonly host: string;
  readonly port: number;
}

interface EnsembleHost {
  readonly process: Process;
  readonly self: EnsembleMember;
  /** Where to listen for the others. Default: the own member's port, on all addresses. */
  readonly listen?: readonly { readonly address: string; readonly port: number }[];
  /** All voting members, this one among them unless it only follows. */
  readonly members: readonly EnsembleMember[];
  /** Members of another cluster are turned away where both sides name theirs. */
  readonly cluster?: string;
  /** True for ids that were members once and must never come back. */
  readonly isRemoved?: (id: string) => boolean;
  /** Others say that this member is not one of them any more. */
  readonly removed?: () => void;
  /** Others belong to another cluster. */
  readonly foreign?: (cluster: string) => void;
  /**
   * Given: a leader does not take a member back that has lost what it once said to have, and the member is told, with
   * the index it had. Without it such a member starts from the leader's state.
   */
  readonly lost?: (index: number) => void;
  /** Answers `askLeader` of others (or its own, as leader), and `askMember`. Throws to give no answer. */
  readonly asked?: (question: string, from: string | undefined) => Promise<string> | string;
  readonly journal: Journal;
  /** Role, leader, or readiness changed. */
  readonly changed: (ensemble: Ensemble) => void;
  /** As leader: a member's connection came or went. */
  readonly followers?: (ids: readonly string[]) => void;
  /** The disk refused: the member must not go on. */
  readonly broken: (error: Error) => void;
  readonly log: (text: string) => void;
}

type Role = "looking" | "follower" | "leader" | "closed";

/** The ensemble has no leader here, or lost it before the change was known to be kept. */
export class NoQuorum extends Error {
  /** False: the change was not even taken. True: nobody knows whether it will count. */
  readonly taken: boolean;
  constructor(taken: boolean) {
    super("no quorum");
    this.taken = taken;
  }
}

interface Waiting {
  readonly resolve: (result: string) => void;
  readonly reject: (error: Error) => void;
}

export class Ensemble {
  role: Role = "looking";
  leader: string | undefined;
  readonly #host: EnsembleHost;
  readonly #followers = new Map<string, Link>();
  /** As leader: who asked for the entry of an index. */
  readonly #origins = new Map<number, (result: string | undefined) => void>();
  /** As follower: changes on their way through the leader. */
  readonly #sent = new Map<number, Waiting>();
  /** As leader: the highest index each member ever acknowledged to it. */
  readonly #matched = new Map<string, number>();
  #up: Link | undefined;
  #request = 0;
  #seeking = false;
  #joining = false;
  #serving = false;
  #close: (() => void) | undefined;

  constructor(host: EnsembleHost) {
    this.#host = host;
  }

  /** A majority follows the leader, and this member is part of it and up to date. */
  get serving(): boolean {
    return this.#serving;
  }

  get followers(): readonly string[] {
    return [...this.#followers.keys()];
  }

  /** As leader: since when (cluster time in ms) a member follows, and the last index it has. */
  following(id: string): { readonly since: number; readonly acknowledged: number } | undefined {
    return this.#followers.get(id);
  }

  start(): void {
    const { process, self } = this.#host;
    // A member of none but itself may have no port.
    const places = this.#host.listen ?? (self.port > 0 ? [{ address: "0.0.0.0", port: self.port }] : []);
    const closers = places.map(({ address, port }) =>
      serve(process, port, (connection) => this.#answer(connection), { address }),
    );
    this.#close = () => {
      for (const close of closers) close();
    };
    void this.#seek();
  }

  /** Serves a connection of another member, where the host listens by itself (`listen` is empty). */
  accept(connection: Connection): Promise<void> {
    return this.#answer(connection);
  }

  close(): void {
    this.#become("closed", undefined);
    this.#drop();
    this.#close?.();
  }

  /** Resolves with what applying the change gave, once a majority keeps it. Throws `NoQuorum`. */
  submit(change: string): Promise<string> {
    if (!this.#serving) return Promise.reject(new NoQuorum(false));
    return new Promise((resolve, reject) => {
      if (this.role === "leader") {
        this.#order(change, (result) => (result === undefined ? reject(new NoQuorum(true)) : resolve(result)));
        return;
      }
      const request = ++this.#request;
      this.#sent.set(request, { resolve, reject });
      this.#up?.send({ type: "submit", request, change });
    });
  }

  /**
   * Asks the leader, wherever it is; resolves with what its `asked` gives. Changes that the leader had committed by
   * then are applied here. Throws `NoQuorum` where there is no leader, or it does not answer.
   */
  async askLeader(question: string): Promise<string> {
    if (!this.#serving) throw new NoQuorum(false);
    if (this.role === "leader") return (await this.#host.asked?.(question, this.#host.self.id)) ?? "";
    return new Promise((resolve, reject) => {
      const request = ++this.#request;
      this.#sent.set(request, { resolve, reject });
      this.#up?.send({ type: "question", request, question });
    });
  }

  get #votes(): boolean {
    return this.#host.members.some(({ id }) => id === this.#host.self.id);
  }

  get #voters(): readonly Link[] {
    const { members } = this.#host;
    return [...this.#followers.values()].filter((link) => members.some(({ id }) => id === link.id));
  }

  get #majority(): number {
    return Math.floor(this.#host.members.length / 2) + 1;
  }

  get #others(): readonly EnsembleMember[] {
    return this.#host.members.filter(({ id }) => id !== this.#host.self.id);
  }

  get #stopped(): boolean {
    return this.role === "closed" || this.#host.process.signal.aborted;
  }

  #become(role: Role, leader: string | undefined): void {
    if (this.role === "closed" || (this.role === role && this.leader === leader)) return;
    if (role === "leader") this.#matched.clear();
    this.role = role;
    this.leader = leader;
    this.#serving = false;
    this.#host.changed(this);
  }

  #ready(): void {
    if (this.#serving) return;
    this.#serving = true;
    this.#host.changed(this);
  }

  /** Lets go of everything that hangs on the present leader. */
  #drop(): void {
    const up = this.#up;
    this.#up = undefined;
    up?.connection.close();
    for (const link of this.#followers.values()) link.connection.close();
    this.#followers.clear();
    for (const tell of this.#origins.values()) tell(undefined);
    this.#origins.clear();
    for (const { reject } of this.#sent.values()) reject(new NoQuorum(true));
    this.#sent.clear();
  }

  #lookAgain(): void {
    if (this.#stopped) return;
    this.#become("looking", undefined);
    this.#drop();
    void this.#seek();
  }

  /** The disk has the last word: a member that cannot write must not promise anything. */
  #guarded(write: () => void): boolean {
    try {
      write();
      return true;
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.close();
      this.#host.broken(error);
      return false;
    }
  }

  // ------------------------------------------------------------------------------------------------- without leader

  async #seek(): Promise<void> {
    if (this.#seeking) return;
    this.#seeking = true;
    const { process } = this.#host;
    try {
      for (let round = 0; this.role === "looking" && !this.#stopped; round++) {
        await this.#look(round);
        if (this.role !== "looking" || this.#stopped) return;
        await process.clock.sleep(SEEK_MS * (0.5 + process.clock.random()), process.signal);
      }
    } catch (problem) {
      if (!this.#stopped && !isErrno(problem)) throw problem;
    } finally {
      this.#seeking = false;
    }
  }

  async #look(round: number): Promise<void> {
    const { journal, self, cluster } = this.#host;
    const answers = await Promise.all(
      this.#others.map((member) => this.#ask(member, { type: "probe", from: self.id, cluster })),
    );
    if (this.role !== "looking") return;
    if (answers.some((answer) => answer?.type === "removed")) {
      this.close();
      this.#host.removed?.();
      return;
    }
    const other = answers.find((answer) => answer?.type === "foreign");
    if (other !== undefined) this.#host.foreign?.(other.cluster);
    const found = answers.filter((answer) => answer?.type === "status");
    const leader = found.find((status) => status.leader !== undefined && status.leader !== self.id)?.leader;
    if (leader !== undefined && (await this.#join(leader))) return;
    if (this.role !== "looking" || !this.#votes) return;
    if (found.length + 1 < this.#majority || found.some((status) => isAfter(status.last, journal.last))) return;
    const preferred = found.some((status) => !isAfter(journal.last, status.last) && status.rank > self.rank);
    if (preferred && round < PATIENCE) return;
    await this.#stand(Math.max(journal.term, ...found.map(({ term }) => term)) + 1);
  }

  async #stand(term: number): Promise<void> {
    const { journal, self, log, cluster } = this.#host;
    if (!this.#guarded(() => journal.promise(term, self.id))) return;
    log(`standing for election, term ${term}`);
    const ballots = await Promise.all(
      this.#others.map((member) =>
        this.#ask(member, { type: "vote", term, candidate: self.id, last: journal.last, cluster }),
      ),
    );
    if (this.role !== "looking" || journal.term !== term) return;
    const votes = 1 + ballots.filter((ballot) => ballot?.type === "ballot" && ballot.granted).length;
    if (votes >= this.#majority) this.#lead();
  }

  async #ask(member: EnsembleMember, message: Message): Promise<Message | undefined> {
    const { process } = this.#host;
    let connection: Connection | undefined;
    try {
      connection = await this.#dial(member);
      if (connection === undefined) return undefined;
      await connection.writer.write(`${JSON.stringify(message)}\n`);
      const line = await new StreamReader(connection.reader).line(LINE_LIMIT);
      return line === undefined ? undefined : (JSON.parse(line) as Message);
    } catch (problem) {
      if (isErrno(problem) && !process.signal.aborted) return undefined;
      throw problem;
    } finally {
      connection?.close();
    }
  }

  async #dial({ host, port }: EnsembleMember): Promise<Connection | undefined> {
    const { process } = this.#host;
    const address = await resolveHost(process, host);
    if (address === undefined) return undefined;
    return process.network.connect(address, port, { timeoutMs: DIAL_MS, signal: process.signal });
  }

  // --------------------------------------------------------------------------------------------------- as follower

  async #join(leader: string): Promise<boolean> {
    const { journal, self, process } = this.#host;
    const member = this.#host.members.find(({ id }) => id === leader);
    if (member === undefined || this.#joining || this.role !== "looking") return false;
    this.#joining = true;
    let connection: Connection | undefined;
    try {
      connection = await this.#dial(member);
      if (connection === undefined) return false;
      const link = linkOf(leader, connection, process.clock.now());
      const reader = new StreamReader(connection.reader);
      link.send({ type: "join", id: self.id, term: journal.term, last: journal.last, cluster: this.#host.cluster });
      const line = await reader.line(LINE_LIMIT);
      const message = line === undefined ? undefined : (JSON.parse(line) as Message);
      if (message?.type === "lost" || message?.type === "removed") {
        connection.close();
        this.close();
        if (message.type === "lost") this.#host.lost?.(message.index);
        else this.#host.removed?.();
        return true;
      }
      if (message?.type !== "sync" || message.state.term < journal.term || this.role !== "looking") {
        connection.close();
        return false;
      }
      const { state } = message;
      const vote = state.term === journal.term ? journal.vote : undefined;
      if (!this.#guarded(() => journal.install({ ...state, vote }))) return false;
      this.#up = link;
      this.#become("follower", leader);
      link.send({ type: "ack", index: journal.last.index });
      if (journal.applied.term === journal.term) this.#ready();
      void this.#follow(link, reader);
      return true;
    } catch (problem) {
      connection?.close();
      if (isErrno(problem) && !process.signal.aborted) return false;
      throw problem;
    } finally {
      this.#joining = false;
    }
  }

  async #follow(link: Link, reader: StreamReader): Promise<void> {
    const { journal } = this.#host;
    try {
      for (;;) {
        const line = await reader.line(LINE_LIMIT);
        if (line === undefined || this.#up !== link) break;
        const message = JSON.parse(line) as Message;
        if (message.type === "entry") {
          const { term, index, change } = message;
          if (!this.#guarded(() => journal.append({ term, index, change }))) return;
          link.send({ type: "ack", index });
        } else if (message.type === "commit") {
          if (!this.#guarded(() => journal.commit(message.index))) return;
          if (journal.applied.term === journal.term) this.#ready();
        } else if (message.type === "done") {
          this.#sent.get(message.request)?.resolve(message.result);
          this.#sent.delete(message.request);
        } else if (message.type === "unanswered") {
          this.#sent.get(message.request)?.reject(new NoQuorum(false));
          this.#sent.delete(message.request);
        }
      }
    } catch (problem) {
      if (!isErrno(problem) && !this.#stopped) throw problem;
    }
    if (this.#up !== link) return;
    this.#host.log(`connection to leader ${link.id} lost`);
    this.#lookAgain();
  }

  // ------------------------------------------------------------------------------------------------------- as voter

  async #answer(connection: Connection): Promise<void> {
    const { journal, self, process, cluster } = this.#host;
    const reader = new StreamReader(connection.reader);
    const reply = (message: Message) => connection.writer.write(`${JSON.stringify(message)}\n`);
    let link: Link | undefined;
    try {
      for (;;) {
        const line = await reader.line(LINE_LIMIT);
        if (line === undefined || this.#stopped) return;
        const message = messageOf(line);
        if (message === undefined) return;
        if ("cluster" in message && cluster !== undefined && message.cluster !== undefined) {
          if (message.cluster !== cluster) {
            await reply({ type: "foreign", cluster });
            return;
          }
        }
        const sender = message.type === "probe" ? message.from : message.type === "join" ? message.id : undefined;
        if (sender !== undefined && this.#host.isRemoved?.(sender) === true) {
          await reply({ type: "removed" });
          return;
        }
        if (message.type === "question") {
          const asker = link?.id;
          void this.#tell(message.question, asker).then((result) => {
            const { request } = message;
            const answer: Message =
              result === undefined ? { type: "unanswered", request } : { type: "done", request, result };
            if (link === undefined) void reply(answer).catch(() => undefined);
            else link.send(answer);
          });
        } else if (message.type === "probe") {
          const { id, rank } = self;
          await reply({ type: "status", id, rank, term: journal.term, last: journal.last, leader: this.leader });
        } else if (message.type === "vote") {
          await reply({ type: "ballot", granted: this.#grants(message), term: journal.term });
        } else if (message.type === "elected") {
          await this.#join(message.leader);
          return;
        } else if (message.type === "join") {
          if (this.role !== "leader") return;
          // It stood for a later term, and lost: only a leader of a still later one can have it back.
          if (message.term > journal.term) {
            this.#host.log(`member ${message.id} is at term ${message.term}`);
            this.#lookAgain();
            return;
          }
          link = linkOf(message.id, connection, process.clock.now());
          const had = this.#matched.get(link.id) ?? 0;
          if (this.#host.lost !== undefined && message.last.index < had) {
            await reply({ type: "lost", index: had });
            return;
          }
          link.send({ type: "sync", state: journal.state() });
          this.#followers.get(link.id)?.connection.close();
          this.#followers.set(link.id, link);
          this.#host.followers?.(this.followers);
        } else if (link !== undefined && this.#followers.get(link.id) === link) {
          const from = link;
          if (message.type === "ack") {
            from.acknowledged = Math.max(from.acknowledged, message.index);
            this.#matched.set(from.id, from.acknowledged);
            this.#advance();
          } else if (message.type === "submit") {
            this.#order(message.change, (result) => {
              if (result !== undefined) from.send({ type: "done", request: message.request, result });
            });
          }
        }
      }
    } catch (problem) {
      if (!isErrno(problem) && !process.signal.aborted) throw problem;
    } finally {
      if (link !== undefined && this.#followers.get(link.id) === link) this.#lost(link);
    }
  }

  async #tell(question: string, from: string | undefined): Promise<string | undefined> {
    const { asked } = this.#host;
    if (asked === undefined) return undefined;
    // A follower's question is one to the leader.
    if (from !== undefined && !(this.role === "leader" && this.#serving)) return undefined;
    try {
      return await asked(question, from);
    } catch {
      return undefined;
    }
  }

  #grants({ term, candidate, last }: Extract<Message, { type: "vote" }>): boolean {
    const { journal } = this.#host;
    // Who has a leader that lives does not help to overthrow it.
    if (this.role === "follower" || (this.role === "leader" && this.#serving)) return false;
    if (term < journal.term || (term === journal.term && journal.vote !== candidate)) return false;
    const granted = !isAfter(journal.last, last);
    if (!this.#guarded(() => journal.promise(term, granted ? candidate : undefined))) return false;
    if (this.role === "leader") this.#lookAgain();
    return granted;
  }

  // ------------------------------------------------------------------------------------------------------ as leader

  #lead(): void {
    const { self, log, journal } = this.#host;
    log(`elected leader, term ${journal.term}`);
    this.#become("leader", self.id);
    this.#order(undefined, () => undefined);
    for (const member of this.#others) {
      void this.#ask(member, { type: "elected", leader: self.id }).catch(() => undefined);
    }
    void this.#expectFollowers(journal.term);
  }

  /** Voters may have found another leader meanwhile: one that nobody follows gives up and looks for it. */
  async #expectFollowers(term: number): Promise<void> {
    const { process, journal, log } = this.#host;
    await process.clock.sleep(ESTABLISH_MS, process.signal).catch(() => undefined);
    if (this.role !== "leader" || this.#serving || journal.term !== term) return;
    log(`no majority follows term ${term}`);
    this.#lookAgain();
  }

  #order(change: string | undefined, tell: (result: string | undefined) => void): void {
    const { journal } = this.#host;
    const entry = { term: journal.term, index: journal.last.index + 1, change };
    this.#origins.set(entry.index, tell);
    if (!this.#guarded(() => journal.append(entry))) return;
    for (const link of this.#followers.values()) link.send({ type: "entry", ...entry });
    this.#advance();
  }

  /** Commits what a majority has. Entries of former terms count only together with one of this term. */
  #advance(): void {
    const { journal } = this.#host;
    const having = this.#voters.map((link) => link.acknowledged);
    if (this.#votes) having.push(journal.last.index);
    having.sort((a, b) => b - a);
    const index = having[this.#majority - 1];
    if (this.role !== "leader" || index === undefined || index <= journal.applied.index) return;
    if (journal.pending.find((entry) => entry.index === index)?.term !== journal.term) return;
    let results: ReturnType<Journal["commit"]> = [];
    const commit = () => {
      results = journal.commit(index);
    };
    if (!this.#guarded(commit)) return;
    for (const link of this.#followers.values()) link.send({ type: "commit", index });
    for (const { index: done, result } of results) {
      this.#origins.get(done)?.(result);
      this.#origins.delete(done);
    }
    this.#ready();
    // Where members went, fewer are a majority.
    if (results.length > 0 && journal.pending.length > 0) this.#advance();
  }

  #lost(link: Link): void {
    this.#followers.delete(link.id);
    if (this.role !== "leader") return;
    this.#host.log(`connection to member ${link.id} lost`);
    if (this.#serving && this.#voters.length + (this.#votes ? 1 : 0) < this.#majority) {
      this.#host.log("quorum lost");
      this.#lookAgain();
    } else this.#host.followers?.(this.followers);
  }
}
