/** The oplog between members: what a primary sends, what secondaries follow, and what nobody else had. */
import { LinkLost, Refused } from "../kit/rpc.ts";
import { majorityOf } from "./replica-config.ts";
import type { Member } from "./replica-member.ts";
import type { PeerMessage, State } from "./replica-messages.ts";
import { type Change, compareOpTimes, type Entry, NULL_TIME, type OpTime, type StoreDump } from "./store.ts";

export class History {
  readonly #member: Member;
  readonly #judge: () => void;
  #syncing = false;
  #syncAgain = false;

  /** `judge`: is to be called when this member may have become another kind. */
  constructor(member: Member, judge: () => void) {
    this.#member = member;
    this.#judge = judge;
  }

  /** Takes a change into history and sends it on. */
  order(change: Change): OpTime {
    const { store, process } = this.#member.host;
    const now = process.clock.now();
    const seconds = Math.max(Math.floor(now / 1000), store.last.ts.t);
    const i = seconds === store.last.ts.t ? store.last.ts.i + 1 : 1;
    const time: OpTime = { ts: { t: seconds, i }, t: this.#member.term };
    const previous = store.last;
    const entry = store.commit(time, now, change);
    this.#member.links.tell({
      type: "rs.oplog",
      term: this.#member.term,
      previous,
      entries: [withoutBefore(entry)],
      committed: this.#member.progress.committed,
    } satisfies PeerMessage);
    this.#advance();
    return time;
  }

  /** A member says how far it has come. */
  acknowledge(id: number, last: OpTime, term: number): void {
    const known = this.#member.news.get(id);
    if (known !== undefined) this.#member.news.set(id, { ...known, last });
    if (this.#member.state !== "PRIMARY" || term !== this.#member.term) return;
    this.#member.progress.acknowledge(id, last);
    this.#advance();
  }

  #advance(): void {
    const { config } = this.#member;
    if (config === undefined || this.#member.state !== "PRIMARY") return;
    const { store } = this.#member.host;
    const bearing = this.#member.voters.filter(({ arbiter }) => !arbiter);
    const times = bearing.map(({ id }) =>
      id === this.#member.selfId ? store.last : (this.#member.progress.of(id) ?? NULL_TIME),
    );
    times.sort((a, b) => compareOpTimes(b, a));
    const needed = Math.min(majorityOf(config), bearing.length);
    const common = times[needed - 1];
    if (
      common !== undefined &&
      common.t === this.#member.term &&
      compareOpTimes(common, this.#member.progress.committed) > 0
    ) {
      this.#member.progress.committed = common;
      this.#member.links.tell({
        type: "rs.oplog",
        term: this.#member.term,
        previous: common,
        entries: [],
        committed: common,
      } satisfies PeerMessage);
    }
    this.#member.progress.settle("done");
  }

  /** What a member lacks; it says which points of history it has, the last one first. */
  serveSync(
    id: number,
    times: readonly OpTime[],
  ): { readonly common: OpTime | undefined; readonly entries: readonly Entry[] } {
    const { store } = this.#member.host;
    const known = new Set(store.oplog.map(({ time }) => JSON.stringify(time)));
    const common = times.find((time) => known.has(JSON.stringify(time)));
    if (common === undefined) return { common, entries: [] };
    this.acknowledge(id, common, this.#member.term);
    const entries = store.oplog.filter(({ time }) => compareOpTimes(time, common) > 0);
    return { common, entries: entries.map(withoutBefore) };
  }

  /** Catches up with the primary: from a common point of history, or by a copy of everything. */
  async sync(): Promise<void> {
    const { store, log, rolledBack } = this.#member.host;
    const link = this.#member.links.get(this.#member.primary);
    if (
      link === undefined ||
      this.#syncing ||
      this.#member.self === undefined ||
      this.#member.self.arbiter ||
      this.#member.state === "PRIMARY"
    )
      return;
    this.#syncing = true;
    this.#syncAgain = false;
    try {
      const times = store.oplog.map(({ time }) => time).reverse();
      const answer = await link.ask<{ readonly common?: OpTime; readonly entries: readonly Entry[] }>({
        type: "rs.sync",
        id: this.#member.self.id,
        times,
      } satisfies PeerMessage);
      if (answer.common === undefined) {
        if (this.#member.state !== "STARTUP2") this.#member.setState("STARTUP2");
        log("INITSYNC", "Starting initial sync", {
          syncSource: this.#member.config?.members.find(({ id }) => id === this.#member.primary)?.host ?? "",
        });
        const { dump, oplog } = await link.ask<{ readonly dump: StoreDump; readonly oplog: readonly Entry[] }>({
          type: "rs.clone",
        } satisfies PeerMessage);
        this.#member.guarded(() => store.load(dump, oplog));
        log("INITSYNC", "Initial sync done");
      } else {
        if (compareOpTimes(store.last, answer.common) > 0) {
          const back: State = this.#member.state === "STARTUP2" ? "STARTUP2" : "SECONDARY";
          this.#member.setState("ROLLBACK");
          const common = answer.common;
          const undone = this.#member.guarded(() => store.rollBack(common)) ?? [];
          log("ROLLBACK", "Rollback summary", { commonPoint: JSON.stringify(common.ts), rolledBack: undone.length });
          rolledBack(undone);
          this.#member.setState(back);
        }
        this.#takeEntries(answer.entries);
      }
      if (this.#member.state === "STARTUP2") this.#member.setState("SECONDARY");
      this.#sendAcknowledgement();
    } catch (problem) {
      if (!(problem instanceof LinkLost) && !(problem instanceof Refused)) throw problem;
    } finally {
      this.#syncing = false;
    }
    this.#judge();
    // What came meanwhile was not taken.
    if (this.#syncAgain) await this.sync();
  }

  #takeEntries(entries: readonly Entry[]): void {
    const { store } = this.#member.host;
    for (const { time, wall, change } of entries) {
      if (compareOpTimes(time, store.last) > 0) this.#member.guarded(() => store.commit(time, wall, change));
    }
  }

  /** What the primary sends. */
  follow({ term, previous, entries, committed }: Extract<PeerMessage, { type: "rs.oplog" }>): void {
    const { store } = this.#member.host;
    if (term < this.#member.term || this.#member.state === "PRIMARY" || this.#member.self?.arbiter === true) return;
    if (this.#syncing || this.#member.state !== "SECONDARY") {
      this.#syncAgain = true;
      return;
    }
    const gap =
      entries[0] !== undefined &&
      compareOpTimes(entries[0].time, store.last) > 0 &&
      compareOpTimes(previous, store.last) !== 0;
    if (gap) {
      this.#member.background(this.sync());
      return;
    }
    this.#takeEntries(entries);
    if (compareOpTimes(committed, this.#member.progress.committed) > 0) this.#member.progress.committed = committed;
    if (entries.length > 0) this.#sendAcknowledgement();
  }

  #sendAcknowledgement(): void {
    const { store } = this.#member.host;
    const link = this.#member.links.get(this.#member.primary);
    if (this.#member.self === undefined) return;
    link?.tell({
      type: "rs.ack",
      id: this.#member.self.id,
      term: this.#member.term,
      last: store.last,
    } satisfies PeerMessage);
  }
}

const withoutBefore = ({ time, wall, change }: Entry): Entry => ({ time, wall, change });
