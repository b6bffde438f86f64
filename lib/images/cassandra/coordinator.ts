/** Reads and writes on behalf of a client: which replicas, how many answers, what to do about those that are down. */
import { isErrno, type Process } from "../../machine/index.ts";
import { LinkLost } from "../kit/rpc.ts";
import type { Modification } from "./cql/ast.ts";
import { CqlError, type CqlValue } from "./cql/types.ts";
import type { Gossip, PeerMessage } from "./gossip.ts";
import { type Replication, Ring, replicationFactor } from "./ring.ts";
import { type Schema, type TableSchema, tokenOfKey } from "./schema.ts";
import type { Storage } from "./storage.ts";
import { type Fragment, mergeFragments } from "./table.ts";

/** In the order of their numbers in the native protocol. */
export const CONSISTENCY_LEVELS = [
  "ANY",
  "ONE",
  "TWO",
  "THREE",
  "QUORUM",
  "ALL",
  "LOCAL_QUORUM",
  "EACH_QUORUM",
  "SERIAL",
  "LOCAL_SERIAL",
  "LOCAL_ONE",
] as const;
export type Consistency = (typeof CONSISTENCY_LEVELS)[number];

const WRITE_TIMEOUT_MS = 2000;
const READ_TIMEOUT_MS = 5000;
const RANGE_TIMEOUT_MS = 10_000;
/** A node that is down longer gets no further hints. */
const HINT_WINDOW_MS = 3 * 3600 * 1000;

/** How many replicas must answer. */
export function required(level: Consistency, replication: Replication, dataCenter: string): number {
  const isLocal = level.startsWith("LOCAL_") && replication["class"] === "NetworkTopologyStrategy";
  const factor = replicationFactor(replication, isLocal ? dataCenter : undefined);
  switch (level) {
    case "ANY":
    case "ONE":
    case "LOCAL_ONE":
      return 1;
    case "TWO":
      return 2;
    case "THREE":
      return 3;
    case "ALL":
      return factor;
    default:
      return Math.floor(factor / 2) + 1;
  }
}

export interface CoordinatorHost {
  readonly process: Process;
  readonly storage: Storage;
  readonly schema: Schema;
  readonly gossip: Gossip;
  /** Changed by `nodetool disablehandoff`. */
  readonly handoff: () => boolean;
  /** The disk refused: the node must stop serving. */
  readonly broken: (error: Error) => void;
}

export interface CasOutcome {
  readonly applied: boolean;
  /** What stood in the way. */
  readonly current?: Fragment;
}

export class Coordinator {
  readonly #host: CoordinatorHost;

  constructor(host: CoordinatorHost) {
    this.#host = host;
  }

  // --------------------------------------------------------------------------------------------------------- topology

  /** The ring reads go by: nodes that joined and have not left. */
  get ring(): Ring {
    return this.#ringOf("now", (status) => status === "NORMAL" || status === "LEAVING");
  }

  /** The ring as it will be when everybody has come and gone: writes go by both. */
  get futureRing(): Ring {
    return this.#ringOf("future", (status) => status === "NORMAL" || status === "BOOT");
  }

  /** Rings are made anew only where somebody came or went: sorting hundreds of tokens for each write would be waste. */
  #ringOf(which: string, belongs: (status: string) => boolean): Ring {
    const members = [...this.#host.gossip.endpoints.values()].filter(({ status }) => belongs(status));
    const key = members.map(({ hostId, tokens, rack }) => `${hostId} ${rack} ${tokens.length} ${tokens[0]}`).join();
    const known = this.#rings.get(which);
    if (known?.key === key) return known.ring;
    const ring = new Ring(members);
    this.#rings.set(which, { key, ring });
    return ring;
  }
  readonly #rings = new Map<string, { readonly key: string; readonly ring: Ring }>();

  replicationOf(table: TableSchema): Replication {
    return this.#host.schema.keyspace(table.keyspace)?.replication ?? { class: "LocalStrategy" };
  }

  /** Replicas that count for a level, those near first: this node itself, then the others in ring order. */
  #counting(hostIds: readonly string[], level: Consistency): string[] {
    const { gossip } = this.#host;
    const local = level.startsWith("LOCAL_");
    const here = hostIds.filter(
      (hostId) => !local || gossip.endpoints.get(hostId)?.dataCenter === gossip.self.dataCenter,
    );
    return here.sort((a, b) => Number(b === gossip.self.hostId) - Number(a === gossip.self.hostId));
  }

  /** The live replicas of a level. Throws Unavailable where they are too few. */
  #available(natural: readonly string[], level: Consistency, replication: Replication): string[] {
    const { gossip } = this.#host;
    const live = this.#counting(natural, level).filter((hostId) => gossip.isUp(hostId));
    const needed = required(level, replication, gossip.self.dataCenter);
    if (level === "EACH_QUORUM" && replication["class"] === "NetworkTopologyStrategy") {
      for (const [dataCenter, factor] of Object.entries(replication)) {
        if (dataCenter === "class") continue;
        const there = live.filter((hostId) => gossip.endpoints.get(hostId)?.dataCenter === dataCenter).length;
        const quorum = Math.floor(Number(factor) / 2) + 1;
        if (there < quorum) throw unavailable(level, quorum, there);
      }
    }
    if (level !== "ANY" && live.length < needed) throw unavailable(level, needed, live.length);
    return live;
  }

  // ---------------------------------------------------------------------------------------------------------- writing

  /** Resolves when enough replicas have the change on disk. Throws CqlErrors "Unavailable" and "WriteTimeout". */
  async write(table: TableSchema, fragment: Fragment, level: Consistency, kind = "SIMPLE"): Promise<void> {
    const { gossip } = this.#host;
    const replication = this.replicationOf(table);
    const token = tokenOfKey(table, fragment.k);
    const natural = this.ring.replicas(token, replication);
    const pending = this.futureRing.replicas(token, replication).filter((hostId) => !natural.includes(hostId));
    this.#available(natural, level, replication);
    const counting = new Set([...this.#counting(natural, level), ...pending]);
    const livePending = pending.filter((hostId) => gossip.isUp(hostId)).length;
    const needed = required(level, replication, gossip.self.dataCenter) + livePending;
    let acknowledged = 0;
    let failed = 0;
    let hinted = 0;
    await new Promise<void>((resolve, reject) => {
      const targets = [...natural, ...pending];
      const settle = () => {
        if (acknowledged >= needed || (level === "ANY" && acknowledged + hinted > 0)) resolve();
        else if (acknowledged + failed >= targets.length) {
          const info = {
            consistency: level,
            required_responses: needed,
            received_responses: acknowledged,
            write_type: kind,
          };
          reject(new CqlError("WriteTimeout", `Operation timed out - received only ${acknowledged} responses.`, info));
        }
      };
      for (const hostId of targets) {
        void this.#deliver(hostId, table, fragment).then((delivered) => {
          if (delivered) acknowledged += counting.has(hostId) ? 1 : 0;
          else if (this.#hint(hostId, table, fragment)) hinted++;
          if (!delivered || !counting.has(hostId)) failed++;
          settle();
        }, reject);
      }
      settle();
    });
  }

  async #deliver(hostId: string, table: TableSchema, fragment: Fragment): Promise<boolean> {
    const { gossip } = this.#host;
    if (hostId === gossip.self.hostId) {
      this.store(table, fragment);
      return true;
    }
    if (!gossip.isUp(hostId)) return false;
    try {
      await gossip.ask(hostId, { type: "write", id: table.id, fragment }, WRITE_TIMEOUT_MS);
      return true;
    } catch (problem) {
      if (problem instanceof LinkLost || problem instanceof CqlError) return false;
      throw problem;
    }
  }

  /** Writes here. A disk that refuses ends this node's service. */
  store(table: TableSchema, fragment: Fragment): void {
    const { storage, process, broken } = this.#host;
    try {
      storage.write(table, fragment, process.clock.now());
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      broken(problem);
      throw new CqlError("Server", "java.io.IOError: java.io.IOException: No space left on device");
    }
  }

  #hint(hostId: string, table: TableSchema, fragment: Fragment): boolean {
    const { gossip, storage, process, handoff } = this.#host;
    const since = gossip.downSince.get(hostId) ?? process.clock.now();
    if (!handoff() || hostId === gossip.self.hostId || process.clock.now() - since > HINT_WINDOW_MS) return false;
    try {
      storage.addHint(hostId, table, fragment);
      return true;
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      this.#host.broken(problem);
      return false;
    }
  }

  /** Delivers what was kept for a node that is up again; returns how many changes. */
  async replayHints(hostId: string): Promise<number> {
    const { storage, schema, gossip } = this.#host;
    const hints = storage.hints(hostId);
    let delivered = 0;
    for (const [id, fragment] of hints) {
      const table = schema.byId(id);
      if (table !== undefined) {
        if (!gossip.isUp(hostId) || !(await this.#deliver(hostId, table, fragment))) break;
      }
      delivered++;
    }
    if (delivered > 0) storage.dropHints(hostId, delivered);
    return delivered;
  }

  // ---------------------------------------------------------------------------------------------------------- reading

  /** One partition as the replicas of a level know it; those that know less are told. */
  async read(table: TableSchema, key: readonly CqlValue[], level: Consistency): Promise<Fragment | undefined> {
    const replication = this.replicationOf(table);
    const natural = this.ring.replicas(tokenOfKey(table, key), replication);
    const live = this.#available(natural, level, replication);
    const needed = required(level, replication, this.#host.gossip.self.dataCenter);
    const asked = live.slice(0, needed);
    const answers = await Promise.all(
      asked.map((hostId) => this.#fetch<Fragment | null>(hostId, { type: "read", id: table.id, key }, READ_TIMEOUT_MS)),
    );
    const received = answers.filter((answer) => answer !== undefined);
    if (received.length < needed) throw readTimeout(level, needed, received.length);
    const merged = mergeFragments(
      table,
      received.filter((answer) => answer !== null),
    );
    if (merged !== undefined) await this.#repairRead(table, merged, asked, answers);
    return merged;
  }

  async #repairRead(
    table: TableSchema,
    merged: Fragment,
    asked: readonly string[],
    answers: readonly (Fragment | null | undefined)[],
  ): Promise<void> {
    const whole = canonical(merged);
    const stale = asked.filter((_hostId, index) => {
      const answer = answers[index];
      return answer === null || (answer !== undefined && canonical(answer) !== whole);
    });
    await Promise.all(stale.map((hostId) => this.#deliver(hostId, table, merged)));
  }

  async #fetch<T>(hostId: string, message: PeerMessage, timeoutMs: number): Promise<T | undefined> {
    const { gossip } = this.#host;
    if (hostId === gossip.self.hostId) return (await this.answer(message)) as T;
    try {
      return await gossip.ask<T>(hostId, message, timeoutMs);
    } catch (problem) {
      if (problem instanceof LinkLost) return undefined;
      throw problem;
    }
  }

  /** All partitions of a table in token order, as the replicas of a level know them. */
  async scan(table: TableSchema, level: Consistency): Promise<Fragment[]> {
    const { gossip, process } = this.#host;
    const replication = this.replicationOf(table);
    const { ring } = this;
    const needed = required(level, replication, gossip.self.dataCenter);
    const involved = new Set<string>();
    const chosen = (token: bigint) =>
      this.#available(ring.replicas(token, replication), level, replication).slice(0, needed);
    for (const { token } of ring.entries) for (const hostId of chosen(token)) involved.add(hostId);
    const found = new Map<string, { readonly token: bigint; readonly fragments: Fragment[] }>();
    const answers = await Promise.all(
      [...involved].map(async (hostId) => ({
        hostId,
        fragments: await this.#fetch<Fragment[]>(hostId, { type: "scan", id: table.id }, RANGE_TIMEOUT_MS),
      })),
    );
    const received = answers.filter(({ fragments }) => fragments !== undefined).length;
    if (received < answers.length) throw readTimeout(level, needed, Math.min(received, needed - 1));
    for (const { hostId, fragments = [] } of answers) {
      for (const fragment of fragments) {
        await process.spend(20);
        const key = JSON.stringify(fragment.k);
        const known = found.get(key);
        const token = known?.token ?? tokenOfKey(table, fragment.k);
        if (!chosen(token).includes(hostId)) continue;
        if (known === undefined) found.set(key, { token, fragments: [fragment] });
        else known.fragments.push(fragment);
      }
    }
    return [...found.values()]
      .sort((a, b) => (a.token < b.token ? -1 : 1))
      .map(({ fragments }) => mergeFragments(table, fragments))
      .filter((fragment) => fragment !== undefined);
  }

  // ------------------------------------------------------------------------------------------------------- conditions

  /**
   * A change under a condition. One replica decides for a partition, one change after the other; a majority must be
   * there to read and to write. `run` decides where this node is the one.
   */
  async conditionally(
    table: TableSchema,
    key: readonly CqlValue[],
    modification: Modification,
    level: Consistency,
    run: () => Promise<CasOutcome>,
  ): Promise<CasOutcome> {
    const { gossip } = this.#host;
    const replication = this.replicationOf(table);
    const natural = this.ring.replicas(tokenOfKey(table, key), replication);
    const serial: Consistency = level.startsWith("LOCAL_") ? "LOCAL_SERIAL" : "SERIAL";
    const live = this.#available(natural, serial, replication);
    const judge = natural.find((hostId) => live.includes(hostId)) ?? gossip.self.hostId;
    if (judge === gossip.self.hostId) return this.inOrder(table.id, run);
    try {
      const message = { type: "cas", keyspace: table.keyspace, modification, level };
      return await gossip.ask<CasOutcome>(judge, message, WRITE_TIMEOUT_MS);
    } catch (problem) {
      if (!(problem instanceof LinkLost)) throw problem;
      const info = { consistency: serial, required_responses: 2, received_responses: 0, write_type: "CAS" };
      throw new CqlError("WriteTimeout", "Operation timed out - received only 0 responses.", info);
    }
  }

  readonly #order = new Map<string, Promise<unknown>>();
  /** Decisions about a table are taken one after the other, whoever passes them on. */
  inOrder<T>(key: string, run: () => Promise<T>): Promise<T> {
    const mine = (this.#order.get(key) ?? Promise.resolve()).then(run, run);
    this.#order.set(key, mine);
    const forget = () => {
      if (this.#order.get(key) === mine) this.#order.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  }

  // ----------------------------------------------------------------------------------------------------- as a replica

  /** What another node (or this one) asks this replica. */
  async answer(message: PeerMessage): Promise<unknown> {
    const { storage, schema, process } = this.#host;
    const table = schema.byId(String(message["id"]));
    if (table === undefined) throw new CqlError("Server", `Couldn't find table for cfId ${String(message["id"])}`);
    await process.spend(50);
    if (message.type === "write") {
      this.store(table, message["fragment"] as Fragment);
      return true;
    }
    if (message.type === "read") return storage.of(table).get(message["key"] as readonly CqlValue[]) ?? null;
    const fragments: Fragment[] = [];
    for (const { fragment } of storage.of(table).all()) {
      await process.spend(10);
      fragments.push(fragment);
    }
    return fragments;
  }
}

function unavailable(level: Consistency, needed: number, alive: number): CqlError {
  const info = { consistency: level, required_replicas: needed, alive_replicas: alive };
  return new CqlError("Unavailable", `Cannot achieve consistency level ${level}`, info);
}

function readTimeout(level: Consistency, needed: number, received: number): CqlError {
  const info = { consistency: level, required_responses: needed, received_responses: received };
  return new CqlError("ReadTimeout", `Operation timed out - received only ${received} responses.`, info);
}

/** The same text for the same content, whatever order rows and cells came in. */
function canonical(fragment: Fragment): string {
  const sorted = (value: unknown): unknown => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, inner]) => [name, sorted(inner)]),
    );
  };
  const rows = (fragment.rows ?? []).map((row) => JSON.stringify(sorted(row))).sort();
  return JSON.stringify([fragment.k, fragment.d ?? 0, sorted(fragment.s ?? {}), rows]);
}
