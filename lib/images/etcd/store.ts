/**
 * etcd's data: keys with all their revisions since the last compaction, leases, alarms, and who is a member. Pure and
 * deterministic (server/storage/mvcc, server/lease, server/etcdserver/api/membership).
 */
import type { Position, StateMachine } from "../kit/journal.ts";
import { compared, met, sortValue, within } from "./compare.ts";
import type { ErrorName } from "./errors.ts";
import { compareIds } from "./ids.ts";
import type {
  AlarmName,
  Change,
  Compare,
  DeleteOp,
  KeyValue,
  Member,
  Operation,
  OperationResult,
  Outcome,
  PutOp,
  RangeOp,
  WatchEvent,
} from "./types.ts";

export interface Lease {
  readonly id: string;
  /** Seconds, as granted. */
  readonly ttl: number;
}

interface Dump {
  readonly revision: number;
  readonly compacted: number;
  readonly size: number;
  readonly history: readonly [key: string, events: readonly WatchEvent[]][];
  readonly leases: readonly Lease[];
  readonly alarms: readonly [member: string, alarm: AlarmName][];
  readonly members: readonly Member[];
  readonly removed: readonly string[];
  readonly version: string;
  readonly serverVersions: readonly [id: string, version: string][];
}

/** What an empty database takes, in bytes. */
const EMPTY_BYTES = 20_480;
const MAX_LEASE_SECONDS = 9_000_000_000;

class Refused extends Error {
  readonly refusal: ErrorName;
  constructor(refusal: ErrorName) {
    super(refusal);
    this.refusal = refusal;
  }
}

export class EtcdStore implements StateMachine {
  revision = 1;
  compacted = 0;
  /** Bytes of the database file: what was deleted stays in it until a defragmentation. */
  size = EMPTY_BYTES;
  leases = new Map<string, Lease>();
  alarms: [member: string, alarm: AlarmName][] = [];
  members = new Map<string, Member>();
  removed = new Set<string>();
  /** Cluster version, e.g. "3.5"; "" until the leader has set it. */
  version = "";
  /** Version of each member's server, by id, as it last said. */
  serverVersions = new Map<string, string>();
  #history = new Map<string, WatchEvent[]>();
  #sorted: string[] | undefined;
  /** Keys by lease. */
  #attached = new Map<string, Set<string>>();
  #changed: WatchEvent[] = [];
  /** Told after each change that a reader could see. */
  listener: ((change: Change | undefined, events: readonly WatchEvent[]) => void) | undefined;

  apply(text: string | undefined, _position: Position): string {
    const change = text === undefined ? undefined : (JSON.parse(text) as Change);
    this.#changed = [];
    const outcome = change === undefined ? { revision: this.revision } : this.#outcome(change);
    this.listener?.(change, this.#changed);
    return JSON.stringify(outcome);
  }

  dump(): string {
    const dump: Dump = {
      revision: this.revision,
      compacted: this.compacted,
      size: this.size,
      history: [...this.#history],
      leases: [...this.leases.values()],
      alarms: this.alarms,
      members: [...this.members.values()],
      removed: [...this.removed],
      version: this.version,
      serverVersions: [...this.serverVersions],
    };
    return JSON.stringify(dump);
  }

  load(text: string): void {
    const dump = JSON.parse(text) as Dump;
    this.revision = dump.revision;
    this.compacted = dump.compacted;
    this.size = dump.size;
    this.#history = new Map(dump.history.map(([key, events]) => [key, [...events]]));
    this.leases = new Map(dump.leases.map((lease) => [lease.id, lease]));
    this.alarms = dump.alarms.map(([member, alarm]) => [member, alarm]);
    this.members = new Map(dump.members.map((member) => [member.id, member]));
    this.removed = new Set(dump.removed);
    this.version = dump.version;
    this.serverVersions = new Map(dump.serverVersions);
    this.#sorted = undefined;
    this.#attached.clear();
    for (const [key, events] of this.#history) {
      const { lease = "0" } = this.#alive(events) ?? {};
      if (lease !== "0") this.#attach(key, lease);
    }
  }

  get sortedMembers(): readonly Member[] {
    return [...this.members.values()].sort((a, b) => compareIds(a.id, b.id));
  }

  get voters(): readonly Member[] {
    return this.sortedMembers.filter(({ learner }) => !learner);
  }

  /** Number of keys that exist. */
  get keyCount(): number {
    let count = 0;
    for (const events of this.#history.values()) if (this.#alive(events) !== undefined) count++;
    return count;
  }

  /** Bytes that a defragmentation would leave. */
  get sizeInUse(): number {
    let bytes = EMPTY_BYTES;
    for (const events of this.#history.values()) for (const { kv } of events) bytes += bytesOf(kv);
    return bytes;
  }

  defragment(): void {
    this.size = this.sizeInUse;
  }

  keysOf(lease: string): readonly string[] {
    return [...(this.#attached.get(lease) ?? [])].sort();
  }

  /** Checksum over everything a client could have seen up to `revision` (0: the present one). */
  hash(revision: number): number {
    let hash = 0x811c9dc5;
    const add = (text: string) => {
      for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    };
    for (const key of this.#keys()) {
      for (const { type, kv } of this.#history.get(key) ?? [])
        if (revision === 0 || kv.mod <= revision) add(`${type}${kv.key}${kv.value}${kv.mod}`);
    }
    return hash >>> 0;
  }

  /** All events at and after a revision for keys in a range, oldest first. */
  events(key: string, end: string, from: number): WatchEvent[] {
    const found: WatchEvent[] = [];
    for (const [name, events] of this.#history) {
      if (!within(name, key, end)) continue;
      for (const event of events) if (event.kv.mod >= from) found.push(event);
    }
    return found.sort((a, b) => a.kv.mod - b.kv.mod);
  }

  /** What a key was just before a revision. */
  before(key: string, revision: number): KeyValue | undefined {
    const last = this.#history.get(key)?.findLast(({ kv }) => kv.mod < revision);
    return last?.type === "PUT" ? last.kv : undefined;
  }

  /** A read, or why it is refused. */
  range(request: RangeOp): Extract<OperationResult, { op: "range" }> | { readonly error: ErrorName } {
    try {
      return this.#range(request, this.revision);
    } catch (problem) {
      if (problem instanceof Refused) return { error: problem.refusal };
      throw problem;
    }
  }

  #keys(): readonly string[] {
    this.#sorted ??= [...this.#history.keys()].sort();
    return this.#sorted;
  }

  #alive(events: readonly WatchEvent[] | undefined): KeyValue | undefined {
    const last = events?.at(-1);
    return last?.type === "PUT" ? last.kv : undefined;
  }

  #current(key: string): KeyValue | undefined {
    return this.#alive(this.#history.get(key));
  }

  #at(key: string, revision: number): KeyValue | undefined {
    if (revision >= this.revision) return this.#current(key);
    return this.before(key, revision + 1);
  }

  #range(request: RangeOp, present: number): Extract<OperationResult, { op: "range" }> {
    const revision = request.revision || present;
    if (revision > present) throw new Refused("FutureRevision");
    if (request.revision > 0 && revision < this.compacted) throw new Refused("Compacted");
    const names = request.end === "" ? [request.key] : this.#keys();
    let kvs: KeyValue[] = [];
    for (const name of names) {
      if (!within(name, request.key, request.end)) continue;
      const kv = request.revision === 0 ? this.#current(name) : this.#at(name, revision);
      if (kv !== undefined) kvs.push(kv);
    }
    const count = kvs.length;
    if (request.countOnly) return { op: "range", kvs: [], more: false, count };
    const { minMod, maxMod, minCreate, maxCreate, limit } = request;
    kvs = kvs.filter(
      ({ mod, create }) =>
        (minMod === 0 || mod >= minMod) &&
        (maxMod === 0 || mod <= maxMod) &&
        (minCreate === 0 || create >= minCreate) &&
        (maxCreate === 0 || create <= maxCreate),
    );
    if (request.sortOrder !== "NONE" || request.sortTarget !== "KEY") {
      const sign = request.sortOrder === "DESCEND" ? -1 : 1;
      kvs.sort((a, b) => sign * compared(sortValue(a, request.sortTarget), sortValue(b, request.sortTarget)));
    }
    const more = limit > 0 && kvs.length > limit;
    if (more) kvs = kvs.slice(0, limit);
    if (request.keysOnly) kvs = kvs.map((kv) => ({ ...kv, value: "" }));
    return { op: "range", kvs, more, count };
  }

  #outcome(change: Change): Outcome {
    try {
      switch (change.op) {
        case "range":
        case "put":
        case "delete":
        case "txn": {
          this.#check(change);
          const before = this.revision;
          const result = this.#operate(change, before + 1);
          if (this.#changed.length > 0) this.revision = before + 1;
          return { revision: this.revision, result };
        }
        case "compact":
          return this.#compact(change.revision);
        case "grant":
          if (change.ttl > MAX_LEASE_SECONDS) return { error: "LeaseTooLarge" };
          if (this.leases.has(change.id)) return { error: "LeaseExists" };
          this.leases.set(change.id, { id: change.id, ttl: change.ttl });
          return { revision: this.revision };
        case "revoke": {
          if (!this.leases.delete(change.id)) return { error: "LeaseNotFound" };
          const keys = this.keysOf(change.id);
          for (const key of keys) this.#delete(key, this.revision + 1);
          if (keys.length > 0) this.revision++;
          this.#attached.delete(change.id);
          return { revision: this.revision };
        }
        case "alarm": {
          const { member, alarm, raise } = change;
          this.alarms = this.alarms.filter(([id, name]) => id !== member || name !== alarm);
          if (raise) this.alarms.push([member, alarm]);
          return { revision: this.revision };
        }
        case "version":
          this.version = change.version;
          return { revision: this.revision };
        default:
          return this.#configure(change);
      }
    } catch (problem) {
      if (problem instanceof Refused) return { error: problem.refusal };
      throw problem;
    }
  }

  #configure(change: Extract<Change, { op: `member${string}` | "publish" }>): Outcome {
    const done = (): Outcome => ({ revision: this.revision, members: this.sortedMembers });
    if (change.op === "memberAdd") {
      const { member } = change;
      if (this.removed.has(member.id) || this.members.has(member.id)) return { error: "MemberExists" };
      const taken = new Set([...this.members.values()].flatMap(({ peerUrls }) => peerUrls));
      if (member.peerUrls.some((url) => taken.has(url))) return { error: "PeerUrlExists" };
      if (member.learner && [...this.members.values()].some(({ learner }) => learner)) {
        return { error: "TooManyLearners" };
      }
      this.members.set(member.id, member);
      return done();
    }
    const member = this.members.get(change.id);
    if (member === undefined) return { error: "MemberNotFound" };
    if (change.op === "memberRemove") {
      this.members.delete(change.id);
      this.serverVersions.delete(change.id);
      this.removed.add(change.id);
      this.alarms = this.alarms.filter(([id]) => id !== change.id);
    } else if (change.op === "memberUpdate") {
      const others = [...this.members.values()].filter(({ id }) => id !== change.id);
      const taken = new Set(others.flatMap(({ peerUrls }) => peerUrls));
      if (change.peerUrls.some((url) => taken.has(url))) return { error: "PeerUrlExists" };
      this.members.set(change.id, { ...member, peerUrls: change.peerUrls });
    } else if (change.op === "memberPromote") {
      if (!member.learner) return { error: "NotLearner" };
      this.members.set(change.id, { ...member, learner: false });
    } else {
      this.serverVersions.set(change.id, change.version);
      this.members.set(change.id, { ...member, name: change.name, clientUrls: change.clientUrls });
    }
    return done();
  }

  #compact(revision: number): Outcome {
    if (revision <= this.compacted) return { error: "Compacted" };
    if (revision > this.revision) return { error: "FutureRevision" };
    for (const [key, events] of this.#history) {
      const last = events.findLastIndex(({ kv }) => kv.mod <= revision);
      if (last === -1) continue;
      const kept = events.slice(events[last]?.type === "PUT" ? last : last + 1);
      if (kept.length === 0) {
        this.#history.delete(key);
        this.#sorted = undefined;
      } else this.#history.set(key, kept);
    }
    this.compacted = revision;
    return { revision: this.revision };
  }

  /** Refuses what could fail half-way, before anything is done. */
  #check(operation: Operation): void {
    if (operation.op === "put") {
      if (operation.lease !== "0" && !this.leases.has(operation.lease)) throw new Refused("LeaseNotFound");
      const ignores = operation.ignoreValue || operation.ignoreLease;
      if (ignores && this.#current(operation.key) === undefined) throw new Refused("KeyNotFound");
    } else if (operation.op === "range") {
      if (operation.revision > this.revision) throw new Refused("FutureRevision");
      if (operation.revision > 0 && operation.revision < this.compacted) throw new Refused("Compacted");
    } else if (operation.op === "txn") {
      for (const inner of this.#holds(operation.compare) ? operation.success : operation.failure) this.#check(inner);
    }
  }

  #operate(operation: Operation, revision: number): OperationResult {
    switch (operation.op) {
      case "range":
        return this.#range(operation, this.#changed.length > 0 ? revision : this.revision);
      case "put":
        return { op: "put", prev: this.#put(operation, revision) };
      case "delete":
        return this.#deleteRange(operation, revision);
      case "txn": {
        const succeeded = this.#holds(operation.compare);
        const responses = (succeeded ? operation.success : operation.failure).map((inner) =>
          this.#operate(inner, revision),
        );
        return { op: "txn", succeeded, responses };
      }
    }
  }

  #holds(compares: readonly Compare[]): boolean {
    return compares.every((compare) => {
      const names = compare.end === "" ? [compare.key] : this.#keys();
      const found = names.filter((name) => within(name, compare.key, compare.end)).map((name) => this.#current(name));
      const existing = found.filter((kv) => kv !== undefined);
      if (compare.end === "" && existing.length === 0) return compare.target !== "VALUE" && met(compare, undefined);
      return existing.every((kv) => met(compare, kv));
    });
  }

  #put(request: PutOp, revision: number): KeyValue | undefined {
    const { key } = request;
    const old = this.#current(key);
    const lease = request.ignoreLease ? (old?.lease ?? "0") : request.lease;
    const kv: KeyValue = {
      key,
      value: request.ignoreValue ? (old?.value ?? "") : request.value,
      create: old?.create ?? revision,
      mod: revision,
      version: (old?.version ?? 0) + 1,
      lease,
    };
    if (old !== undefined && old.lease !== "0") this.#attached.get(old.lease)?.delete(key);
    if (lease !== "0") this.#attach(key, lease);
    this.#record({ type: "PUT", kv });
    return request.prevKv ? old : undefined;
  }

  #deleteRange({ key, end, prevKv }: DeleteOp, revision: number): OperationResult {
    const names = end === "" ? [key] : this.#keys().filter((name) => within(name, key, end));
    const prev = names.map((name) => this.#delete(name, revision)).filter((kv) => kv !== undefined);
    return { op: "delete", deleted: prev.length, prev: prevKv ? prev : [] };
  }

  #delete(key: string, revision: number): KeyValue | undefined {
    const old = this.#current(key);
    if (old === undefined) return undefined;
    if (old.lease !== "0") this.#attached.get(old.lease)?.delete(key);
    this.#record({ type: "DELETE", kv: { key, value: "", create: 0, mod: revision, version: 0, lease: "0" } });
    return old;
  }

  #record(event: WatchEvent): void {
    const { key } = event.kv;
    const events = this.#history.get(key);
    if (events === undefined) {
      this.#history.set(key, [event]);
      this.#sorted = undefined;
    } else events.push(event);
    this.size += bytesOf(event.kv);
    this.#changed.push(event);
  }

  #attach(key: string, lease: string): void {
    let keys = this.#attached.get(lease);
    if (keys === undefined) {
      keys = new Set();
      this.#attached.set(lease, keys);
    }
    keys.add(key);
  }
}

const bytesOf = (kv: KeyValue) => kv.key.length + kv.value.length + 64;
