/**
 * Why a change of members is refused: it could cut the cluster off from its own majority. Pure (--strict-reconfig-check;
 * server/etcdserver/server.go, mayAddMember, mayRemoveMember, mayPromote).
 */
import type { ErrorName } from "./errors.ts";
import type { EtcdStore } from "./store.ts";
import type { Change } from "./types.ts";

/** How long all members must have been connected before their number may grow. */
const HEALTH_INTERVAL_MS = 5000;

/** How members stand with their leader. */
export interface Connections {
  /** ms since when a member is connected without a break; negative where it is not. */
  readonly age: (id: string) => number;
  /** Entries that a member does not have. */
  readonly lag: (id: string) => number;
  readonly applied: number;
}

const enough = (count: number, members: number) => count >= Math.floor(members / 2) + 1;

export function refusal(change: Change, store: EtcdStore, { age, lag, applied }: Connections): ErrorName | undefined {
  const { voters } = store;
  const steady = (id: string) => age(id) >= HEALTH_INTERVAL_MS;
  const started = voters.filter(({ name }) => name !== "").length;
  switch (change.op) {
    case "memberAdd": {
      if (change.member.learner) return undefined;
      const lone = started === 1 && voters.length === 1;
      if (!lone && !enough(started, voters.length + 1)) return "NotEnoughStarted";
      return voters.every(({ id }) => steady(id)) ? undefined : "Unhealthy";
    }
    case "memberPromote": {
      const member = store.members.get(change.id);
      if (member === undefined) return "MemberNotFound";
      if (!member.learner) return "NotLearner";
      // Nine tenths of the log are near enough.
      if (lag(change.id) > applied * 0.1) return "LearnerNotReady";
      return enough(started, voters.length + 1) ? undefined : "NotEnoughStarted";
    }
    case "memberRemove": {
      const member = store.members.get(change.id);
      if (member === undefined) return "MemberNotFound";
      if (member.learner) return undefined;
      const left = voters.filter(({ id }) => id !== change.id);
      if (!enough(left.filter(({ name }) => name !== "").length, left.length)) return "NotEnoughStarted";
      // Who is down may always go.
      if (age(change.id) < 0) return undefined;
      const active = voters.filter(({ id }) => steady(id)).length;
      return active - 1 < 1 + Math.floor((voters.length - 1) / 2) ? "Unhealthy" : undefined;
    }
    default:
      return undefined;
  }
}
