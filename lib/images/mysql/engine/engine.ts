/**
 * Tables, transactions and locks of a MySQL server. Knows no files, no network and no accounts: the server around it
 * makes work last (`EngineHost.commit`) and gives it back to be applied, here or on every member of a cluster.
 */
import type { Relation, Row } from "../../kit/sql/state.ts";
import { numbered, State } from "../../kit/sql/state.ts";
import { Locks } from "./locks.ts";
import { identities } from "./rows.ts";
import { Session } from "./session.ts";
import type { Change, Client, EngineHost, Transaction, Work } from "./types.ts";
import { initialVariables } from "./variables.ts";

/** Positions that certification remembers; older work than that is refused rather than guessed about. */
const REMEMBERED = 10_000;

export class Engine {
  readonly host: EngineHost;
  readonly state = new State();
  readonly locks: Locks;
  readonly globals: Map<string, string>;
  /** Counts work that was applied. */
  position = 0;
  readonly #changedAt = new Map<string, number>();
  #forgotten = 0;

  constructor(host: EngineHost) {
    this.host = host;
    this.locks = new Locks(host.clock);
    this.globals = initialVariables(host.flavour);
  }

  session(client: Client): Session {
    return new Session(this, client);
  }

  /** With numbers for its new rows. The log keeps what this returns; applying that again gives the same. */
  resolve(work: Pick<Work, "changes">): Change[] {
    return numbered(work.changes, this.state);
  }

  /** Makes changes visible to all. `position`: where this stands in a cluster's history. */
  apply(changes: readonly Change[], keys: readonly string[] = [], position = this.position + 1): void {
    this.state.apply(changes);
    this.position = position;
    for (const key of keys) {
      this.#changedAt.delete(key);
      this.#changedAt.set(key, this.position);
    }
    for (const [key, at] of this.#changedAt) {
      if (this.#changedAt.size <= REMEMBERED) break;
      this.#changedAt.delete(key);
      this.#forgotten = Math.max(this.#forgotten, at);
    }
  }

  /** Whether work may go through after all that was applied since it began: first committer wins (Galera's certification). */
  certifies({ keys, uses, seen }: Work): boolean {
    if (seen < this.#forgotten) return false;
    return [...keys, ...uses].every((key) => (this.#changedAt.get(key) ?? 0) <= seen);
  }

  /**
   * Work that began before now is refused from here on. Members that come together do this at the same position, since
   * they remember different parts of what was before.
   */
  forget(): void {
    this.#changedAt.clear();
    this.#forgotten = this.position;
  }

  /** Everything, for a member that joins or a copy; `restore` takes it. */
  dump(): string {
    return JSON.stringify({ state: this.state.dump(), position: this.position });
  }

  restore(dump: string, at?: number): void {
    const { state, position } = JSON.parse(dump) as { state: ReturnType<State["dump"]>; position: number };
    this.state.load(state);
    this.position = at ?? position;
    this.forget();
  }
}

/** The keys of a transaction's changes, for certification. */
export function workOf(
  transaction: Transaction,
  state: State,
  seen: number,
  statements: Work["statements"],
  unlogged: boolean,
): Work {
  const keys = new Set<string>();
  const uses = new Set<string>();
  const relations = new Map<number, Relation>();
  for (const [oid, { relation }] of state.tables) relations.set(oid, relation);
  const touch = (oid: number, id: number, row: Row | undefined) => {
    const relation = relations.get(oid);
    if (relation === undefined || row === undefined) return;
    uses.add(`t:${oid}`);
    for (const key of identities(relation, id < 0 ? undefined : id, row)) keys.add(key);
  };
  for (const change of transaction.changes) {
    switch (change.c) {
      case "put":
        touch(change.oid, change.id, change.row);
        touch(change.oid, change.id, state.tables.get(change.oid)?.rows.get(change.id));
        break;
      case "del":
        touch(change.oid, change.id, state.tables.get(change.oid)?.rows.get(change.id));
        break;
      case "rel":
        relations.set(change.relation.oid, change.relation);
        keys.add(`t:${change.relation.oid}`).add("definitions");
        break;
      case "drop":
      case "clear":
        keys.add(`t:${change.oid}`).add("definitions");
        break;
      case "db":
      case "dropdb":
        keys.add("definitions");
        break;
    }
  }
  return { changes: transaction.changes, keys: [...keys], uses: [...uses], seen, statements, unlogged };
}
