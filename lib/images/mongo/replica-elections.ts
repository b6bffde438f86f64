/** Who is primary: votes, terms, majorities that are lost, and giving way (src/mongo/db/repl/topology_coordinator.cpp). */
import { MongoError } from "./data/bson.ts";
import { majorityOf, readReplicaConfig } from "./replica-config.ts";
import { type Member, notYetInitialized } from "./replica-member.ts";
import type { PeerMessage } from "./replica-messages.ts";
import { type Change, compareOpTimes, NULL_TIME } from "./store.ts";

interface ElectionHooks {
  /** Takes a change into history. */
  readonly order: (change: Change) => void;
  /** Begins to follow the primary. */
  readonly follow: () => void;
}

export class Elections {
  readonly #member: Member;
  readonly #hooks: ElectionHooks;
  #cancelElection: (() => void) | undefined;
  #cancelStepDown: (() => void) | undefined;
  #cancelTakeover: (() => void) | undefined;

  constructor(member: Member, hooks: ElectionHooks) {
    this.#member = member;
    this.#hooks = hooks;
  }

  get #reachableVotes(): number {
    return this.#member.voters.filter(({ id }) => this.#member.isUp(id)).length;
  }

  /** Draws conclusions from who is there: elections to be held, majorities that were lost. */
  judge(): void {
    const { config, self } = this.#member;
    if (config === undefined || self === undefined || this.#member.closed) return;
    const enough = this.#reachableVotes >= majorityOf(config);
    if (this.#member.state === "PRIMARY") {
      if (enough) {
        this.#cancelStepDown?.();
        this.#cancelStepDown = undefined;
      } else
        this.#cancelStepDown ??= this.#member.later(config.electionTimeoutMs, () => {
          this.#cancelStepDown = undefined;
          if (this.#member.state === "PRIMARY" && this.#reachableVotes < majorityOf(config)) {
            this.#member.host.log("REPL", "Can't see a majority of the set, relinquishing primary");
            this.relinquish();
          }
        });
      return;
    }
    const may = this.#member.state === "SECONDARY" && self.priority > 0 && self.votes > 0;
    if (!may || this.#member.primary !== undefined) {
      this.#cancelElection?.();
      this.#cancelElection = undefined;
    } else if (enough && this.#cancelElection === undefined) {
      const { clock } = this.#member.host.process;
      const wait =
        config.members.length === 1
          ? 0
          : this.#member.founding
            ? 1000
            : config.electionTimeoutMs * (1 + 0.15 * clock.random());
      this.#cancelElection = this.#member.later(wait, () => {
        this.#cancelElection = undefined;
        this.#member.host.log(
          "ELECTION",
          "Starting an election, since we've seen no PRIMARY in election timeout period",
          {
            electionTimeoutPeriodMillis: config.electionTimeoutMs,
          },
        );
        this.#member.background(this.stand(false));
      });
    }
    const primary = config.members.find(({ id }) => id === this.#member.primary);
    const better = may && primary !== undefined && self.priority > primary.priority;
    if (!better) {
      this.#cancelTakeover?.();
      this.#cancelTakeover = undefined;
    } else {
      const rank = config.members.filter(({ priority }) => priority > self.priority).length;
      this.#cancelTakeover ??= this.#member.later(config.electionTimeoutMs * (rank + 1), () => {
        this.#cancelTakeover = undefined;
        this.#member.host.log("ELECTION", "Starting an election for a priority takeover");
        this.#member.background(this.stand(false));
      });
    }
  }

  /** Asks the others for their votes; `handedOver`: a primary that goes asked for it. */
  async stand(handedOver: boolean): Promise<void> {
    const { store, log, process } = this.#member.host;
    const { config, self } = this.#member;
    if (
      config === undefined ||
      self === undefined ||
      this.#member.state !== "SECONDARY" ||
      self.priority <= 0 ||
      self.votes === 0
    )
      return;
    if (process.clock.now() < this.#member.frozenUntil && !handedOver) return this.judge();
    const ask = async (dry: boolean, term: number) => {
      const message: PeerMessage = { type: "rs.vote", term, candidate: self.id, last: store.last, dry };
      const others = this.#member.voters.filter(({ id }) => id !== self.id);
      const ballots = await Promise.all(
        others.map(async ({ id }) =>
          this.#member.links
            .get(id)
            ?.ask<{ readonly granted: boolean; readonly term: number }>(message)
            // Who does not answer has not voted.
            .catch(() => undefined),
        ),
      );
      const highest = Math.max(...ballots.map((ballot) => ballot?.term ?? 0), 0);
      if (highest > this.#member.term) this.newTerm(highest);
      return 1 + ballots.filter((ballot) => ballot?.granted === true).length;
    };
    const before = this.#member.term;
    if ((await ask(true, before)) < majorityOf(config)) {
      log("ELECTION", "Not running for primary, we received insufficient votes");
      return this.judge();
    }
    if (this.#member.term !== before || this.#member.state !== "SECONDARY" || this.#member.config !== config)
      return this.judge();
    const term = before + 1;
    this.#member.guarded(() => store.remember({ term, votedFor: self.id }));
    log("ELECTION", "Dry election run succeeded, running for election", { newTerm: term });
    const votes = await ask(false, term);
    if (this.#member.term !== term || this.#member.state !== "SECONDARY") return this.judge();
    if (votes < majorityOf(config)) {
      log("ELECTION", "Not becoming primary, we received insufficient votes");
      return this.judge();
    }
    log("ELECTION", "Election succeeded, assuming primary role", { term });
    this.#member.electionDate = process.clock.now();
    this.#member.primary = self.id;
    this.#member.founding = false;
    this.#member.progress.clear();
    // The first entry of a term: once a majority has it, everything before it counts too.
    this.#member.state = "PRIMARY";
    this.#hooks.order({ op: "noop", ns: "", note: "new primary" });
    log("REPL", "Replica set state transition", { newState: "PRIMARY", oldState: "SECONDARY" });
    log("REPL", "Transition to primary complete; database writes are now permitted");
    const renewed = readReplicaConfig({ ...config.doc, term }, this.#member.host.major);
    this.#member.config = renewed;
    this.#member.guarded(() => store.remember({ config: renewed.doc }));
    this.#member.links.tell({ type: "rs.config", config: renewed.doc } satisfies PeerMessage);
    this.#member.tell();
    this.judge();
  }

  /** The answer to somebody who stands. */
  vote({ term, candidate, last, dry }: Extract<PeerMessage, { type: "rs.vote" }>): {
    readonly granted: boolean;
    readonly term: number;
  } {
    const { store } = this.#member.host;
    if (this.#member.self === undefined || this.#member.self.votes === 0)
      return { granted: false, term: this.#member.term };
    if (!dry && term > this.#member.term) this.newTerm(term);
    const fresh = this.#member.self.arbiter || compareOpTimes(last, store.last) >= 0;
    const priority = (id: number | undefined) =>
      this.#member.config?.members.find((member) => member.id === id)?.priority ?? 0;
    // A healthy primary that is at least as good stands in the way of nobody but those of less or equal priority.
    const content = this.#member.state === "PRIMARY" && dry && priority(this.#member.selfId) >= priority(candidate);
    const { votedFor } = store.meta;
    const free = dry || votedFor === undefined || votedFor === candidate;
    const granted = term >= this.#member.term && fresh && free && !content;
    if (!granted || dry) return { granted, term: this.#member.term };
    const kept = this.#member.guarded(() => {
      store.remember({ term, votedFor: candidate });
      return true;
    });
    return { granted: kept === true, term: this.#member.term };
  }

  /** Is a primary no more. */
  relinquish(): void {
    if (this.#member.state !== "PRIMARY") return;
    this.#member.progress.settle("stepped down");
    if (this.#member.primary === this.#member.selfId) this.#member.primary = undefined;
    this.#cancelStepDown?.();
    this.#cancelStepDown = undefined;
    this.#member.setState("SECONDARY");
    this.judge();
    if (this.#member.primary !== undefined) this.#hooks.follow();
  }

  /** Throws MongoErrors. Times in seconds and milliseconds. */
  async stepDown(seconds: number, catchUpMs: number, force = false): Promise<void> {
    const { process, store } = this.#member.host;
    if (this.#member.state !== "PRIMARY")
      throw new MongoError(10107, "NotWritablePrimary", "not primary so can't step down");
    const { config } = this.#member;
    if (config === undefined) throw notYetInitialized();
    const heir = () =>
      this.#member.others
        .filter(({ id, priority, votes }) => {
          const news = this.#member.news.get(id);
          const last = this.#member.progress.of(id) ?? news?.last ?? NULL_TIME;
          return (
            priority > 0 &&
            votes > 0 &&
            this.#member.isUp(id) &&
            news?.state === "SECONDARY" &&
            compareOpTimes(last, store.last) >= 0
          );
        })
        .sort((a, b) => b.priority - a.priority)[0];
    for (
      let waited = 0;
      heir() === undefined && waited < catchUpMs && this.#reachableVotes >= majorityOf(config);
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
    this.#member.frozenUntil = process.clock.now() + seconds * 1000;
    this.relinquish();
    if (next !== undefined) this.#member.links.get(next.id)?.tell({ type: "rs.stepUp" } satisfies PeerMessage);
  }

  /** Somebody counts further. */
  newTerm(term: number): void {
    this.#member.guarded(() => {
      const { votedFor: _gone, ...meta } = this.#member.host.store.meta;
      this.#member.host.store.meta = meta;
      this.#member.host.store.remember({ term });
    });
    if (this.#member.state === "PRIMARY") this.relinquish();
  }
}
