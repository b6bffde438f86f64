/**
 * Groups whose members share the work out themselves: one of them, the leader, assigns. The broker only sees to it that
 * all take part and that all know (core/src/main/scala/kafka/coordinator/group/GroupCoordinator.scala).
 */
import type { Clock } from "../../../clock/index.ts";
import { Malformed, WireReader } from "../../kit/wire/bytes.ts";
import type { GroupReply } from "../messages.ts";
import { needList, needText, type WireError } from "./codec.ts";

interface Protocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface JoinRequest {
  readonly group: string;
  readonly member: string;
  readonly clientId: string;
  readonly host: string;
  /** ms. */
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly protocolType: string;
  readonly protocols: readonly Protocol[];
  /** A new member is sent away once, to come again with the name it is given. */
  readonly needsId: boolean;
}

export interface JoinReply {
  readonly error: WireError;
  readonly generation: number;
  readonly protocol: string;
  readonly leader: string;
  readonly member: string;
  /** For the leader: all members and what they said of themselves. */
  readonly members: readonly { readonly id: string; readonly metadata: Uint8Array }[];
}

interface SyncReply {
  readonly error: WireError;
  readonly assignment: Uint8Array;
}

interface Member {
  readonly id: string;
  readonly clientId: string;
  readonly host: string;
  readonly sessionTimeout: number;
  rebalanceTimeout: number;
  protocols: readonly Protocol[];
  assignment: Uint8Array;
  joining: ((reply: JoinReply) => void) | undefined;
  syncing: ((reply: SyncReply) => void) | undefined;
  heard: number;
  watched: boolean;
}

interface Group {
  state: "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable";
  generation: number;
  protocolType: string;
  protocol: string;
  leader: string;
  readonly members: Map<string, Member>;
  /** Names given to those who have not come again yet. */
  readonly pending: Set<string>;
  /** Ends the wait for members. */
  cancel: (() => void) | undefined;
  /** The first members wait for others to come. */
  first: boolean;
}

interface GroupsHost {
  readonly clock: Clock;
  readonly isCoordinator: (group: string) => boolean;
  /** ms that the first member of a group waits for others. */
  readonly initialDelay: number;
  /** Whether brokers' own tools read in this group: the two ways to share do not go together. */
  readonly isTaken: (group: string) => boolean;
}

const NOTHING = new Uint8Array(0);
/** `group.min.session.timeout.ms`, `group.max.session.timeout.ms`. */
const SESSION_TIMEOUTS = [6000, 1_800_000] as const;
/** Members of a group, and names given out. */
const MOST = 1000;

export class ConsumerGroups {
  readonly #host: GroupsHost;
  readonly #groups = new Map<string, Group>();

  constructor(host: GroupsHost) {
    this.#host = host;
  }

  /** Groups of another coordinator are forgotten; whoever waits is told. */
  imageChanged(): void {
    for (const [name, group] of this.#groups) {
      if (this.#host.isCoordinator(name)) continue;
      group.cancel?.();
      for (const member of group.members.values()) this.#dismiss(member, "NOT_COORDINATOR");
      group.members.clear();
      this.#groups.delete(name);
    }
  }

  #dismiss(member: Member, error: WireError): void {
    member.joining?.(this.#joinError(error, member.id));
    member.syncing?.({ error, assignment: NOTHING });
    member.joining = undefined;
    member.syncing = undefined;
  }

  #joinError(error: WireError, member: string): JoinReply {
    return { error, generation: -1, protocol: "", leader: "", member, members: [] };
  }

  // ---------------------------------------------------------------------------------------------------------------- join

  join(request: JoinRequest): Promise<JoinReply> | JoinReply {
    const { group: name, member: id, protocols, protocolType, sessionTimeout } = request;
    if (name === "") return this.#joinError("INVALID_GROUP_ID", id);
    if (!this.#host.isCoordinator(name)) return this.#joinError("NOT_COORDINATOR", id);
    if (sessionTimeout < SESSION_TIMEOUTS[0] || sessionTimeout > SESSION_TIMEOUTS[1])
      return this.#joinError("INVALID_SESSION_TIMEOUT", id);
    const group = this.#groups.get(name) ?? this.#create(name);
    const others = [...group.members.values()].filter((one) => one.id !== id);
    const common = this.#common(others.map((one) => one.protocols));
    const fits =
      protocols.length > 0 &&
      protocolType !== "" &&
      (others.length === 0 ||
        (protocolType === group.protocolType && protocols.some((one) => common.includes(one.name))));
    if (!fits || this.#host.isTaken(name)) return this.#joinError("INCONSISTENT_GROUP_PROTOCOL", id);
    if (id === "") return this.#welcome(name, group, request);
    const known = group.members.get(id);
    if (known === undefined && !group.pending.delete(id)) return this.#joinError("UNKNOWN_MEMBER_ID", id);
    if (known === undefined) return this.#enter(name, group, request, id);
    const same =
      known.protocols.length === protocols.length &&
      known.protocols.every(({ name: one, metadata }, at) => {
        const other = protocols[at];
        return other?.name === one && String(other.metadata) === String(metadata);
      });
    this.#heard(known);
    const isSettled = group.state === "CompletingRebalance" || (group.state === "Stable" && group.leader !== id);
    if (isSettled && same) return this.#joined(group, known);
    known.protocols = protocols;
    known.rebalanceTimeout = request.rebalanceTimeout;
    return this.#wait(name, group, known);
  }

  #create(name: string): Group {
    const group: Group = {
      state: "Empty",
      generation: 0,
      protocolType: "",
      protocol: "",
      leader: "",
      members: new Map(),
      pending: new Set(),
      cancel: undefined,
      first: false,
    };
    this.#groups.set(name, group);
    return group;
  }

  #welcome(name: string, group: Group, request: JoinRequest): Promise<JoinReply> | JoinReply {
    if (group.members.size + group.pending.size >= MOST) return this.#joinError("INVALID_REQUEST", "");
    const part = () =>
      Math.floor(this.#host.clock.random() * 0x10000)
        .toString(16)
        .padStart(4, "0");
    const uuid = `${part()}${part()}-${part()}-${part()}-${part()}-${part()}${part()}${part()}`;
    const id = `${request.clientId || "consumer"}-${uuid}`;
    if (!request.needsId) return this.#enter(name, group, request, id);
    group.pending.add(id);
    this.#host.clock.after(request.sessionTimeout, () => group.pending.delete(id));
    return this.#joinError("MEMBER_ID_REQUIRED", id);
  }

  #enter(name: string, group: Group, request: JoinRequest, id: string): Promise<JoinReply> {
    const { clientId, host, sessionTimeout, rebalanceTimeout, protocols } = request;
    const member: Member = {
      id,
      clientId,
      host,
      sessionTimeout,
      rebalanceTimeout,
      protocols,
      assignment: NOTHING,
      joining: undefined,
      syncing: undefined,
      heard: this.#host.clock.now(),
      watched: false,
    };
    if (group.members.size === 0) group.protocolType = request.protocolType;
    group.members.set(id, member);
    return this.#wait(name, group, member);
  }

  #wait(name: string, group: Group, member: Member): Promise<JoinReply> {
    member.joining?.(this.#joinError("UNKNOWN_MEMBER_ID", member.id));
    const reply = new Promise<JoinReply>((resolve) => {
      member.joining = resolve;
    });
    if (group.state !== "PreparingRebalance") this.#prepare(name, group);
    else this.#completeIfAll(name, group);
    return reply;
  }

  #prepare(name: string, group: Group): void {
    const { clock, initialDelay } = this.#host;
    group.first = group.state === "Empty";
    group.state = "PreparingRebalance";
    for (const member of group.members.values()) {
      member.syncing?.({ error: "REBALANCE_IN_PROGRESS", assignment: NOTHING });
      member.syncing = undefined;
    }
    group.cancel?.();
    const longest = Math.max(0, ...[...group.members.values()].map(({ rebalanceTimeout }) => rebalanceTimeout));
    group.cancel = clock.after(group.first ? Math.min(initialDelay, longest) : longest, () => {
      if (this.#groups.get(name) === group) this.#complete(name, group);
    });
    this.#completeIfAll(name, group);
  }

  #completeIfAll(name: string, group: Group): void {
    if (group.state !== "PreparingRebalance" || group.first) return;
    if ([...group.members.values()].every(({ joining }) => joining !== undefined)) this.#complete(name, group);
  }

  #complete(name: string, group: Group): void {
    group.cancel?.();
    group.cancel = undefined;
    group.first = false;
    for (const [id, { joining }] of group.members) if (joining === undefined) group.members.delete(id);
    group.generation++;
    const members = [...group.members.values()];
    const [first] = members;
    if (first === undefined) {
      group.state = "Empty";
      group.protocol = "";
      group.leader = "";
      return;
    }
    const common = this.#common(members.map(({ protocols }) => protocols));
    group.state = "CompletingRebalance";
    group.protocol = first.protocols.find((one) => common.includes(one.name))?.name ?? "";
    if (!group.members.has(group.leader)) group.leader = first.id;
    for (const member of members) {
      member.joining?.(this.#joined(group, member));
      member.joining = undefined;
      member.assignment = NOTHING;
      this.#heard(member);
      this.#watch(name, group, member);
    }
  }

  #common(all: readonly (readonly Protocol[])[]): string[] {
    const [first = [], ...rest] = all;
    return first.map(({ name }) => name).filter((name) => rest.every((list) => list.some((one) => one.name === name)));
  }

  #joined(group: Group, { id }: Member): JoinReply {
    const { generation, protocol, leader } = group;
    const members =
      leader !== id
        ? []
        : [...group.members.values()].map((one) => ({
            id: one.id,
            metadata: one.protocols.find(({ name }) => name === protocol)?.metadata ?? NOTHING,
          }));
    return { error: "NONE", generation, protocol, leader, member: id, members };
  }

  // ------------------------------------------------------------------------------------------------- sync and heartbeat

  /** Why a member does not speak for this generation; undefined: it does. */
  #objection(name: string, id: string, generation: number): WireError | undefined {
    if (!this.#host.isCoordinator(name)) return "NOT_COORDINATOR";
    const group = this.#groups.get(name);
    const member = group?.members.get(id);
    if (group === undefined || member === undefined) return "UNKNOWN_MEMBER_ID";
    this.#heard(member);
    return generation === group.generation ? undefined : "ILLEGAL_GENERATION";
  }

  sync(
    name: string,
    id: string,
    generation: number,
    assignments: ReadonlyMap<string, Uint8Array>,
  ): Promise<SyncReply> | SyncReply {
    const failed = (error: WireError) => ({ error, assignment: NOTHING });
    const objection = this.#objection(name, id, generation);
    if (objection !== undefined) return failed(objection);
    const group = this.#groups.get(name);
    const member = group?.members.get(id);
    if (group === undefined || member === undefined) return failed("UNKNOWN_MEMBER_ID");
    if (group.state === "PreparingRebalance") return failed("REBALANCE_IN_PROGRESS");
    if (group.state === "Stable") return { error: "NONE", assignment: member.assignment };
    const reply = new Promise<SyncReply>((resolve) => {
      member.syncing = resolve;
    });
    if (group.leader === id) {
      group.state = "Stable";
      for (const one of group.members.values()) {
        one.assignment = assignments.get(one.id)?.slice() ?? NOTHING;
        one.syncing?.({ error: "NONE", assignment: one.assignment });
        one.syncing = undefined;
      }
    }
    return reply;
  }

  heartbeat(name: string, id: string, generation: number): WireError {
    const objection = this.#objection(name, id, generation);
    if (objection !== undefined) return objection;
    return this.#groups.get(name)?.state === "PreparingRebalance" ? "REBALANCE_IN_PROGRESS" : "NONE";
  }

  /** Whether offsets may be committed. Who is in no group may do so where the group has no members. */
  mayCommit(name: string, id: string, generation: number): WireError {
    const group = this.#groups.get(name);
    if (generation < 0 && id === "")
      return group === undefined || group.members.size === 0 ? "NONE" : "UNKNOWN_MEMBER_ID";
    const objection = this.#objection(name, id, generation);
    if (objection !== undefined) return objection;
    return group?.state === "CompletingRebalance" ? "REBALANCE_IN_PROGRESS" : "NONE";
  }

  leave(name: string, id: string): WireError {
    if (!this.#host.isCoordinator(name)) return "NOT_COORDINATOR";
    const group = this.#groups.get(name);
    if (group?.pending.delete(id) === true) return "NONE";
    const member = group?.members.get(id);
    if (group === undefined || member === undefined) return "UNKNOWN_MEMBER_ID";
    this.#remove(name, group, member);
    return "NONE";
  }

  #remove(name: string, group: Group, member: Member): void {
    this.#dismiss(member, "UNKNOWN_MEMBER_ID");
    group.members.delete(member.id);
    if (group.state !== "PreparingRebalance") this.#prepare(name, group);
    else this.#completeIfAll(name, group);
    if (group.members.size === 0 && group.state === "PreparingRebalance") this.#complete(name, group);
  }

  #heard(member: Member): void {
    member.heard = this.#host.clock.now();
  }

  /** One timer a member, set again only when it goes off. */
  #watch(name: string, group: Group, member: Member): void {
    if (member.watched) return;
    member.watched = true;
    const { clock } = this.#host;
    const look = (): void => {
      if (this.#groups.get(name) !== group || group.members.get(member.id) !== member) return;
      // Who waits for others is not silent.
      if (member.joining !== undefined || member.syncing !== undefined) this.#heard(member);
      const left = member.heard + member.sessionTimeout - clock.now();
      if (left > 0) clock.after(left, look);
      else this.#remove(name, group, member);
    };
    clock.after(member.sessionTimeout, look);
  }

  // ------------------------------------------------------------------------------------------------------------- telling

  get names(): readonly string[] {
    return [...this.#groups].filter(([, { members }]) => members.size > 0).map(([name]) => name);
  }

  hasMembers(name: string): boolean {
    return (this.#groups.get(name)?.members.size ?? 0) > 0;
  }

  members(name: string): GroupReply["members"] {
    return [...(this.#groups.get(name)?.members.values() ?? [])].map(({ id, clientId, host, assignment }) => ({
      id,
      clientId,
      host,
      partitions: partitionsOf(assignment),
    }));
  }

  describe(name: string) {
    const group = this.#groups.get(name);
    if (group === undefined) return undefined;
    return {
      state: group.state,
      protocolType: group.protocolType,
      protocol: group.protocol,
      members: [...group.members.values()].map(({ id, clientId, host, assignment, protocols }) => ({
        id,
        clientId,
        host,
        assignment,
        metadata: protocols.find((one) => one.name === group.protocol)?.metadata ?? NOTHING,
      })),
    };
  }
}

/** What an assignment of consumers says (clients/src/main/resources/common/message/ConsumerProtocolAssignment.json). */
export function partitionsOf(assignment: Uint8Array): { topic: string; index: number }[] {
  try {
    const reader = new WireReader(assignment, "big").skip(2);
    return needList(reader, (one) => {
      const topic = needText(one);
      return needList(one, (inner) => inner.i32()).map((index) => ({ topic, index }));
    }).flat();
  } catch (problem) {
    // Members may use assignments of their own.
    if (problem instanceof Malformed) return [];
    throw problem;
  }
}
