/** What a session holds: tables it said it locks, all tables, and what its statements take on the way. */
import type { Relation } from "../../kit/sql/state.ts";
import { MysqlError } from "../sql/errors.ts";
import type { LockMode, Locks } from "./locks.ts";

/** What all who write hold a little of. */
const GLOBAL = "global";

interface LocksHost {
  readonly variable: (name: string) => string;
  readonly isClosed: () => boolean;
  /** Two sessions wait for each other, and this is the one that gives way. */
  readonly deadlock: () => void;
}

export class SessionLocks {
  readonly #locks: Locks;
  readonly #owner: object;
  readonly #host: LocksHost;
  /** LOCK TABLES. */
  readonly #tables = new Map<number, "READ" | "WRITE">();
  #holdsAll = false;

  constructor(locks: Locks, owner: object, host: LocksHost) {
    this.#locks = locks;
    this.#owner = owner;
    this.#host = host;
  }

  /** Waits where somebody holds what is in the way. True: it waited. */
  async lock(key: string, mode: LockMode, forever = false): Promise<boolean> {
    const seconds = Number(this.#host.variable(forever ? "lock_wait_timeout" : "innodb_lock_wait_timeout"));
    const waiting = this.#locks.take(this.#owner, key, mode, seconds * 1000);
    if (waiting === undefined) return false;
    try {
      await waiting;
    } catch (problem) {
      // A deadlock ends the whole transaction, a time-out the statement alone.
      if (problem instanceof MysqlError && problem.code === 1213) this.#host.deadlock();
      throw problem;
    }
    if (this.#host.isClosed()) throw new MysqlError(1317, "70100", "Query execution was interrupted");
    return true;
  }

  /** FLUSH TABLES WITH READ LOCK goes before all writing. */
  async intend(): Promise<void> {
    if (this.#holdsAll)
      throw new MysqlError(1223, "HY000", "Can't execute the query because you have a conflicting read lock");
    await this.lock(GLOBAL, "IX", true);
  }

  /** Before a table is used: nobody changes its definition meanwhile. Throws `MysqlError`. */
  async takeTable(relation: Relation, privilege: string): Promise<void> {
    const writes = privilege !== "SELECT";
    if (this.#tables.size > 0) {
      const held = this.#tables.get(relation.oid);
      if (held === undefined)
        throw new MysqlError(1100, "HY000", `Table '${relation.name}' was not locked with LOCK TABLES`);
      if (writes && held === "READ")
        throw new MysqlError(
          1099,
          "HY000",
          `Table '${relation.name}' was locked with a READ lock and can't be updated`,
        );
    }
    await this.lock(`m:${relation.oid}`, "S", true);
    if (writes) await this.lock(`w:${relation.oid}`, "IX", true);
  }

  /** FLUSH TABLES WITH READ LOCK: nobody commits until the tables are unlocked. */
  async lockAll(): Promise<void> {
    await this.lock(GLOBAL, "S", true);
    this.#holdsAll = true;
  }

  /** LOCK TABLES of one table. */
  async lockTable({ oid }: Relation, write: boolean): Promise<void> {
    await this.lock(`m:${oid}`, write ? "X" : "S", true);
    await this.lock(`w:${oid}`, write ? "X" : "S", true);
    this.#tables.set(oid, write ? "WRITE" : "READ");
  }

  /** UNLOCK TABLES, and what ends such locks too. */
  unlockTables(): void {
    if (this.#tables.size === 0 && !this.#holdsAll) return;
    this.#tables.clear();
    this.#holdsAll = false;
    this.#locks.release(this.#owner);
  }

  /** A transaction ends: what was locked by name stays. */
  endTransaction(): void {
    this.#locks.release(this.#owner, (key) =>
      key === GLOBAL ? this.#holdsAll : this.#tables.size > 0 && /^[mw]:/.test(key),
    );
  }
}
