/** Settings of one session: what SET changes, and what of it a transaction takes back. */
import { SqlError } from "../kit/sql/values.ts";
import { settingProblem } from "./settings.ts";

/** Only a server that starts reads them. */
const AT_START: ReadonlySet<string> = new Set([
  "port",
  "listen_addresses",
  "max_connections",
  "data_directory",
  "wal_level",
  "hot_standby",
  "shared_buffers",
  "max_wal_senders",
]);
/** Only files say them. */
const OF_FILES: ReadonlySet<string> = new Set(["synchronous_standby_names", "primary_conninfo", "hba_file"]);

export class SessionSettings {
  /** What the transaction began with; undefined: nothing was set in it. */
  #before: ReadonlyMap<string, string> | undefined;
  #current = new Map<string, string>();
  /** Set for this transaction alone, with what they go back to. */
  readonly #local = new Map<string, string | undefined>();

  get(name: string): string | undefined {
    return this.#current.get(name);
  }

  /**
   * `value` undefined: back to what the server has. `local`: until the transaction ends. Throws `SqlError` for what
   * is no setting, no value of it, or not a session's to set.
   */
  set(name: string, value: string | undefined, local: boolean): void {
    const alias = name === "time" ? "timezone" : name;
    if (value !== undefined) check(alias, value);
    this.#before ??= new Map(this.#current);
    if (!local) this.#local.delete(alias);
    else if (!this.#local.has(alias)) this.#local.set(alias, this.#current.get(alias));
    this.#put(alias, value);
  }

  /** The transaction ends: what was set in it stays, but for what was set for it alone. */
  commit(): void {
    for (const [name, value] of this.#local) this.#put(name, value);
    this.#local.clear();
    this.#before = undefined;
  }

  /** The transaction ends: nothing that was set in it stays. */
  rollBack(): void {
    if (this.#before !== undefined) this.#current = new Map(this.#before);
    this.#local.clear();
    this.#before = undefined;
  }

  #put(name: string, value: string | undefined): void {
    if (value === undefined) this.#current.delete(name);
    else this.#current.set(name, value);
  }
}

function check(name: string, value: string): void {
  const problem = settingProblem(name, value);
  if (problem !== undefined) throw new SqlError("42704", problem);
  if (AT_START.has(name))
    throw new SqlError("55P02", `parameter "${name}" cannot be changed without restarting the server`);
  if (OF_FILES.has(name)) throw new SqlError("55P02", `parameter "${name}" cannot be changed now`);
}
