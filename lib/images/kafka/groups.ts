/**
 * Consumer groups: who is in one, who reads what, and how far it got. Offsets are records of __consumer_offsets; who is
 * in a group is known to its coordinator alone. The coordinator assigns (Kafka's own newer protocol does so too).
 */
import type { Clock } from "../../clock/index.ts";
import { Pulse } from "../kit/pulse.ts";
import { KafkaError } from "./errors.ts";
import type { Assignment, FetchPartition, GroupReply } from "./messages.ts";
import type { ClusterImage } from "./model.ts";
import type { Replica } from "./replica.ts";

export const OFFSETS_TOPIC = "__consumer_offsets";
const SESSION_TIMEOUT_MS = 45_000;

interface Member {
  readonly id: string;
  readonly clientId: string;
  readonly host: string;
  readonly topics: readonly string[];
  partitions: readonly { readonly topic: string; readonly index: number }[];
  expires: (() => void) | undefined;
}

interface Group {
  generation: number;
  readonly members: Map<string, Member>;
}

/** String.hashCode of Java, made positive as Utils.abs does. */
export function javaHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash & 0x7fffffff;
}

/** Range assignment: each topic's partitions in even runs over the members that want it, by member id. */
export function assignRanges(
  members: readonly { readonly id: string; readonly topics: readonly string[] }[],
  partitionsOf: (topic: string) => number,
): Map<string, { topic: string; index: number }[]> {
  const assigned = new Map<string, { topic: string; index: number }[]>(members.map(({ id }) => [id, []]));
  const topics = [...new Set(members.flatMap((member) => member.topics))].sort();
  for (const topic of topics) {
    const wanting = members
      .filter((member) => member.topics.includes(topic))
      .map(({ id }) => id)
      .sort();
    const count = partitionsOf(topic);
    const [each, more] = [Math.floor(count / wanting.length), count % wanting.length];
    let next = 0;
    for (const [at, id] of wanting.entries()) {
      const size = each + (at < more ? 1 : 0);
      for (let index = next; index < next + size; index++) assigned.get(id)?.push({ topic, index });
      next += size;
    }
  }
  return assigned;
}

interface GroupHost {
  readonly clock: Clock;
  readonly broker: number;
  readonly image: () => ClusterImage;
  /** The replica of __consumer_offsets that holds a group, where this broker leads it. */
  readonly replicaOf: (group: string) => Replica | undefined;
  /** All replicas of __consumer_offsets that this broker leads. */
  readonly replicas: () => readonly Replica[];
  /** Members that share the work out themselves (Kafka's classic protocol). */
  readonly others: (group: string) => GroupReply["members"];
  readonly otherNames: () => readonly string[];
  /** Appends, and resolves when all replicas in sync have it. */
  readonly write: (
    replica: Replica,
    records: readonly { readonly key: string; readonly value: string | null }[],
  ) => Promise<void>;
}

export class Groups {
  readonly #host: GroupHost;
  readonly #groups = new Map<string, Group>();
  readonly #changed = new Pulse();

  constructor(host: GroupHost) {
    this.#host = host;
  }

  #replica(group: string): Replica {
    const replica = this.#host.replicaOf(group);
    if (replica === undefined) throw new KafkaError("NOT_COORDINATOR");
    return replica;
  }

  /** Whether this broker's own tools read in a group. */
  hasMembers(group: string): boolean {
    return (this.#groups.get(group)?.members.size ?? 0) > 0;
  }

  join(group: string, member: string, clientId: string, host: string, topics: readonly string[]): Assignment {
    this.#replica(group);
    const found = this.#groups.get(group) ?? { generation: 0, members: new Map<string, Member>() };
    this.#groups.set(group, found);
    found.members.get(member)?.expires?.();
    found.members.set(member, { id: member, clientId, host, topics, partitions: [], expires: undefined });
    this.#rebalance(found);
    return this.#assignment(found, member);
  }

  leave(group: string, member: string): void {
    const found = this.#groups.get(group);
    const gone = found?.members.get(member);
    if (found === undefined || gone === undefined) return;
    gone.expires?.();
    found.members.delete(member);
    this.#rebalance(found);
  }

  /** A member's connection is gone without a word: its partitions wait for it as long as its session may last. */
  lost(group: string, member: string): void {
    const found = this.#groups.get(group)?.members.get(member);
    if (found === undefined || found.expires !== undefined) return;
    found.expires = this.#host.clock.after(SESSION_TIMEOUT_MS, () => this.leave(group, member));
  }

  /** Resolves when the member's assignment may be another one. Throws UNKNOWN_MEMBER_ID, NOT_COORDINATOR. */
  async rebalanced(group: string, member: string, generation: number): Promise<Assignment> {
    for (;;) {
      this.#replica(group);
      const found = this.#groups.get(group);
      if (found?.members.has(member) !== true) throw new KafkaError("UNKNOWN_MEMBER_ID");
      if (found.generation !== generation) return this.#assignment(found, member);
      await this.#changed.next();
    }
  }

  async commit(group: string, offsets: readonly FetchPartition[]): Promise<void> {
    const records = offsets.map(({ topic, index, offset }) => ({
      key: JSON.stringify([group, topic, index]),
      value: String(offset),
    }));
    await this.#host.write(this.#replica(group), records);
  }

  offsets(group: string): readonly FetchPartition[] {
    return this.#read(this.#replica(group)).get(group) ?? [];
  }

  describe(group: string): GroupReply {
    const replica = this.#replica(group);
    const offsets = this.#read(replica).get(group) ?? [];
    const members = [...(this.#groups.get(group)?.members.values() ?? []), ...this.#host.others(group)];
    const state = members.length > 0 ? "Stable" : offsets.length > 0 ? "Empty" : "Dead";
    return {
      group,
      state,
      coordinator: this.#host.broker,
      offsets,
      members: members.map(({ id, clientId, host, partitions }) => ({ id, clientId, host, partitions })),
    };
  }

  list(): readonly { readonly group: string; readonly state: string }[] {
    const names = new Set<string>();
    for (const replica of this.#host.replicas()) for (const name of this.#read(replica).keys()) names.add(name);
    for (const [name, { members }] of this.#groups)
      if (members.size > 0 && this.#host.replicaOf(name) !== undefined) names.add(name);
    for (const name of this.#host.otherNames()) names.add(name);
    return [...names].sort().map((group) => ({ group, state: this.describe(group).state }));
  }

  async remove(group: string): Promise<void> {
    const { state, offsets } = this.describe(group);
    if (state === "Dead") throw new KafkaError("GROUP_ID_NOT_FOUND");
    if (state !== "Empty") throw new KafkaError("NON_EMPTY_GROUP");
    const records = offsets.map(({ topic, index }) => ({ key: JSON.stringify([group, topic, index]), value: null }));
    await this.#host.write(this.#replica(group), records);
    this.#groups.delete(group);
  }

  /** Leaders or topics are others: whoever waits looks again, and topics that grew are shared anew. */
  imageChanged(): void {
    for (const [name, group] of this.#groups) {
      if (this.#host.replicaOf(name) === undefined) {
        for (const member of group.members.values()) member.expires?.();
        this.#groups.delete(name);
        continue;
      }
      const before = JSON.stringify([...group.members.values()].map(({ partitions }) => partitions));
      const planned = this.#plan(group);
      const after = JSON.stringify([...group.members.values()].map(({ id }) => planned.get(id) ?? []));
      if (before !== after) this.#rebalance(group);
    }
    this.#changed.fire();
  }

  #plan(group: Group): ReturnType<typeof assignRanges> {
    const { topics } = this.#host.image();
    return assignRanges([...group.members.values()], (topic) => topics[topic]?.partitions.length ?? 0);
  }

  #rebalance(group: Group): void {
    const planned = this.#plan(group);
    for (const member of group.members.values()) member.partitions = planned.get(member.id) ?? [];
    group.generation++;
    this.#changed.fire();
  }

  #assignment(group: Group, member: string): Assignment {
    return { member, generation: group.generation, partitions: group.members.get(member)?.partitions ?? [] };
  }

  /** What a replica of __consumer_offsets says: the last value of each key counts, null removes it. */
  #read(replica: Replica): Map<string, FetchPartition[]> {
    const last = new Map<string, string | null>();
    for (const { key, value } of replica.log.records) if (key !== null) last.set(key, value);
    const found = new Map<string, FetchPartition[]>();
    for (const [key, value] of last) {
      if (value === null) continue;
      const [group, topic, index] = JSON.parse(key) as [string, string, number];
      const list = found.get(group) ?? [];
      list.push({ topic, index, offset: Number(value) });
      found.set(group, list);
    }
    return found;
  }
}
