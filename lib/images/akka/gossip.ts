/**
 * What the members of a cluster tell each other: who is a member in which state, and whom each of them does not reach.
 * States only ever grow, so that two of them merge into one whatever was heard first. Pure.
 */

/** In the order in which a member goes through them; "Removed" is what remains of one that was. */
const STATUSES = ["Joining", "Up", "Leaving", "Exiting", "Down", "Removed"] as const;
export type Status = (typeof STATUSES)[number];

export interface Member {
  /** "akka://System@host:port". */
  readonly address: string;
  /** Another one for each process. */
  readonly uid: string;
  readonly status: Status;
  /** The how-manieth became Up; orders by age. 0: not yet. */
  readonly upNumber: number;
  readonly roles: readonly string[];
}

/** What one member sees of others; it alone writes it. */
interface Observation {
  readonly version: number;
  /** Keys of members that it does not reach. */
  readonly unreachable: readonly string[];
}

export interface Gossip {
  /** By `keyOf`. */
  readonly members: Readonly<Record<string, Member>>;
  /** By the key of the observer. */
  readonly observations: Readonly<Record<string, Observation>>;
  /** Counts of a counter, by the key that counted (a grow-only counter). */
  readonly counts: Readonly<Record<string, number>>;
}

export const EMPTY_GOSSIP: Gossip = { members: {}, observations: {}, counts: {} };

export const keyOf = ({ address, uid }: Pick<Member, "address" | "uid">) => `${address}#${uid}`;

const rank = (status: Status) => STATUSES.indexOf(status);

function later(a: Member, b: Member): Member {
  const ahead = rank(a.status) >= rank(b.status) ? a : b;
  return { ...ahead, upNumber: Math.max(a.upNumber, b.upNumber) };
}

export function merge(a: Gossip, b: Gossip): Gossip {
  const members: Record<string, Member> = { ...a.members };
  for (const [key, member] of Object.entries(b.members)) {
    const own = members[key];
    members[key] = own === undefined ? member : later(own, member);
  }
  const observations: Record<string, Observation> = { ...a.observations };
  for (const [key, seen] of Object.entries(b.observations)) {
    if (seen.version > (observations[key]?.version ?? -1)) observations[key] = seen;
  }
  const counts: Record<string, number> = { ...a.counts };
  for (const [key, count] of Object.entries(b.counts)) counts[key] = Math.max(count, counts[key] ?? 0);
  return { members, observations, counts };
}

export const same = (a: Gossip, b: Gossip) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function sorted({ members, observations, counts }: Gossip): unknown {
  const list = (record: Readonly<Record<string, unknown>>) =>
    Object.entries(record).sort(([x], [y]) => (x < y ? -1 : 1));
  return [list(members), list(observations), list(counts)];
}

/** Members that are, by address. */
export const present = ({ members }: Gossip): readonly Member[] =>
  Object.values(members)
    .filter(({ status }) => status !== "Removed")
    .sort((a, b) => compareAddresses(a.address, b.address) || (a.uid < b.uid ? -1 : 1));

/** By host, then port, as Akka orders them; hosts with numbers in them by these. */
export function compareAddresses(a: string, b: string): number {
  return a === b ? 0 : a.localeCompare(b, "en", { numeric: true });
}

/** Members that somebody who counts does not reach, and who says so. */
export function unreachable(gossip: Gossip): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [observer, { unreachable: subjects }] of Object.entries(gossip.observations)) {
    const status = gossip.members[observer]?.status;
    if (status === undefined || status === "Removed" || status === "Down") continue;
    for (const subject of subjects) {
      if (gossip.members[subject] === undefined || gossip.members[subject]?.status === "Removed") continue;
      found.set(subject, [...(found.get(subject) ?? []), observer]);
    }
  }
  return found;
}

/** The first by address of those that are reached and full members; among newcomers alone, the first of these. */
export function leaderOf(gossip: Gossip): Member | undefined {
  const lost = unreachable(gossip);
  const reached = present(gossip).filter((member) => !lost.has(keyOf(member)) && member.status !== "Down");
  return (
    reached.find(({ status }) => status === "Up" || status === "Leaving") ??
    reached.find(({ status }) => status !== "Exiting")
  );
}

export const withMember = (gossip: Gossip, member: Member): Gossip => ({
  ...gossip,
  members: { ...gossip.members, [keyOf(member)]: member },
});

/** Moves a member on; back is not possible. */
export function withStatus(gossip: Gossip, key: string, status: Status): Gossip {
  const member = gossip.members[key];
  if (member === undefined || rank(member.status) >= rank(status)) return gossip;
  return withMember(gossip, { ...member, status });
}

/**
 * What the leader does once all have seen the same: newcomers become Up, who leaves is Exiting, who is Exiting or Down
 * is Removed (cluster/ClusterDaemon.scala, leaderActionsOnConvergence).
 */
export function leaderActions(gossip: Gossip): Gossip {
  const lost = unreachable(gossip);
  // As long as somebody is neither reached nor given up, nobody comes or goes.
  const waiting = present(gossip).some(
    (member) => lost.has(keyOf(member)) && member.status !== "Down" && member.status !== "Exiting",
  );
  let next = gossip;
  for (const member of present(gossip)) {
    const key = keyOf(member);
    if (member.status === "Down") next = withStatus(next, key, "Removed");
    if (waiting) continue;
    if (member.status === "Joining") {
      const upNumber = 1 + Math.max(0, ...Object.values(next.members).map((one) => one.upNumber));
      next = withMember(next, { ...member, status: "Up", upNumber });
    } else if (member.status === "Leaving") next = withStatus(next, key, "Exiting");
    else if (member.status === "Exiting") next = withStatus(next, key, "Removed");
  }
  return next;
}

/**
 * The split brain resolver's keep-majority: which members to give up, as seen from `self`. The larger part lives; of
 * two equal parts the one with the lowest address (sbr/DowningStrategy.scala, KeepMajority). Newcomers do not count.
 */
export function keepMajority(gossip: Gossip, self: string): readonly string[] {
  const lost = unreachable(gossip);
  const counted = present(gossip).filter(({ status }) => status === "Up" || status === "Leaving");
  const away = counted.filter((member) => lost.has(keyOf(member)));
  const here = counted.filter((member) => !lost.has(keyOf(member)));
  const all = present(gossip);
  const [lostKeys, hereKeys] = [
    all.filter((member) => lost.has(keyOf(member))).map(keyOf),
    all.filter((member) => !lost.has(keyOf(member))).map(keyOf),
  ];
  if (lostKeys.length === 0) return [];
  const lowest = counted[0];
  const stays =
    here.length > away.length || (here.length === away.length && lowest !== undefined && !lost.has(keyOf(lowest)));
  return stays ? lostKeys : [...new Set([...hereKeys, self])];
}
