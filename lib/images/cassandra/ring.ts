/** Who owns what: tokens on a ring, and replicas by a keyspace's strategy. Pure. */
import { MIN_TOKEN } from "./murmur.ts";

export interface RingMember {
  readonly hostId: string;
  readonly dataCenter: string;
  readonly rack: string;
  readonly tokens: readonly string[];
}

export type Replication = Readonly<Record<string, string>>;

/** Replicas in all, or in one data center. */
export function replicationFactor(replication: Replication, dataCenter?: string): number {
  if (replication["class"] === "LocalStrategy") return 1;
  if (replication["class"] === "SimpleStrategy") return Number(replication["replication_factor"] ?? 1);
  return Object.entries(replication)
    .filter(([name]) => name !== "class" && (dataCenter === undefined || name === dataCenter))
    .reduce((sum, [, factor]) => sum + Number(factor), 0);
}

export class Ring {
  readonly members: readonly RingMember[];
  readonly entries: readonly { readonly token: bigint; readonly member: RingMember }[];

  constructor(members: readonly RingMember[]) {
    this.members = members;
    this.entries = members
      .flatMap((member) => member.tokens.map((token) => ({ token: BigInt(token), member })))
      .sort((a, b) => (a.token < b.token ? -1 : a.token > b.token ? 1 : 0));
  }

  /** Host ids of the nodes that hold a token's partitions, the first owner first. */
  replicas(token: bigint, replication: Replication): string[] {
    const walk = this.#from(token);
    if (replication["class"] === "NetworkTopologyStrategy") return this.#byTopology(walk, replication);
    return [...new Set(walk.map(({ hostId }) => hostId))].slice(0, replicationFactor(replication));
  }

  /** Members in the order in which the ring meets them, each once. */
  #from(token: bigint): RingMember[] {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.entries[middle];
      if (entry !== undefined && entry.token < token) low = middle + 1;
      else high = middle;
    }
    const met = new Set<RingMember>();
    for (let step = 0; step < this.entries.length && met.size < this.members.length; step++) {
      const entry = this.entries[(low + step) % this.entries.length];
      if (entry !== undefined) met.add(entry.member);
    }
    return [...met];
  }

  /** In each data center nodes of racks that have none yet come first, as NetworkTopologyStrategy does. */
  #byTopology(walk: readonly RingMember[], replication: Replication): string[] {
    const chosen = new Set<string>();
    for (const dataCenter of Object.keys(replication)) {
      if (dataCenter === "class") continue;
      const here = walk.filter((member) => member.dataCenter === dataCenter);
      const wanted = Math.min(Number(replication[dataCenter]), here.length);
      const racks = new Set(here.map(({ rack }) => rack)).size;
      const seen = new Set<string>();
      const skipped: RingMember[] = [];
      let count = 0;
      for (const member of here) {
        if (count >= wanted) break;
        if (seen.has(member.rack) && seen.size < racks) {
          skipped.push(member);
          continue;
        }
        seen.add(member.rack);
        chosen.add(member.hostId);
        count++;
        if (seen.size === racks) {
          for (; skipped.length > 0 && count < wanted; count++) chosen.add((skipped.shift() as RingMember).hostId);
        }
      }
    }
    return walk.map(({ hostId }) => hostId).filter((hostId) => chosen.has(hostId));
  }

  /** The part of all tokens each member holds, 0 to 1, by host id. */
  ownership(replication: Replication): Map<string, number> {
    const owned = new Map<string, number>();
    const whole = 2n ** 64n;
    for (const [index, { token }] of this.entries.entries()) {
      const before = this.entries.at(index - 1)?.token ?? MIN_TOKEN;
      const width = this.entries.length === 1 ? whole : BigInt.asUintN(64, token - before);
      const part = Number((width * 1_000_000_000n) / whole) / 1e9;
      for (const hostId of this.replicas(token, replication)) owned.set(hostId, (owned.get(hostId) ?? 0) + part);
    }
    return owned;
  }
}
