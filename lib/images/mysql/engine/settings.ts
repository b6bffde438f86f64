/** A session's variables: the system's, of which it has its own values, and its user's. */
import type { Expr } from "../../kit/sql/ast.ts";
import { evaluate, type SqlContext } from "../../kit/sql/evaluate.ts";
import { type Typed, toText } from "../../kit/sql/values.ts";
import type { Assignment } from "../sql/ast.ts";
import { MysqlError, refusals, unsupported } from "../sql/errors.ts";
import { integer, string } from "../sql/values.ts";
import type { Client, EngineHost } from "./types.ts";
import { checkedValue, isVariable, variableName } from "./variables.ts";

interface SettingSession {
  readonly sql: SqlContext;
  readonly inTransaction: boolean;
  readonly authorize: Client["authorize"];
}

export class Settings {
  /** @name, by name in small letters. */
  readonly user = new Map<string, Typed>();
  readonly #globals: Map<string, string>;
  readonly #own: Map<string, string>;
  readonly #host: EngineHost;

  constructor(globals: Map<string, string>, host: EngineHost) {
    this.#globals = globals;
    this.#own = new Map(globals);
    this.#host = host;
  }

  get(name: string): string {
    return this.#own.get(name) ?? "";
  }

  /** What SHOW VARIABLES lists. */
  all(global: boolean): Readonly<Record<string, string>> {
    return { ...this.#host.variables(), ...Object.fromEntries(global ? this.#globals : this.#own) };
  }

  /** @@name, @@global.name. Throws 1193. */
  read(given: string): Typed {
    const match = /^(?:(global|session|local)\.)?(.*)$/i.exec(given);
    const isGlobal = match?.[1]?.toLowerCase() === "global";
    const name = variableName(match?.[2] ?? given);
    const own = (isGlobal ? this.#globals : this.#own).get(name);
    const value = own ?? this.#host.variables()[name];
    if (value === undefined) throw refusals.unknownVariable(match?.[2] ?? given);
    if (/^(ON|OFF)$/.test(value) && isVariable(name)) return integer(Number(value === "ON"));
    return /^-?\d{1,15}$/.test(value) ? integer(Number(value)) : string(value);
  }

  /** SET. Throws 1193, 1229, 1231, 1235, 1238. True: autocommit was switched on, which ends what is open. */
  async assign(assignment: Assignment, session: SettingSession): Promise<boolean> {
    switch (assignment.kind) {
      case "names":
        return false;
      case "user":
        this.user.set(assignment.name.toLowerCase(), await evaluate(assignment.value, undefined, session.sql));
        return false;
      case "transaction": {
        const targets = assignment.scope === "GLOBAL" ? this.#globals : this.#own;
        if (assignment.scope === undefined && session.inTransaction)
          throw new MysqlError(
            1568,
            "25001",
            "Transaction characteristics can't be changed while a transaction is in progress",
          );
        if (assignment.scope === undefined)
          throw unsupported("SET TRANSACTION for the next transaction alone; use SET SESSION TRANSACTION");
        if (assignment.isolation !== undefined)
          targets.set(
            "transaction_isolation",
            checkedValue("transaction_isolation", assignment.isolation.replace(" ", "-")),
          );
        if (assignment.readOnly !== undefined) targets.set("transaction_read_only", assignment.readOnly ? "ON" : "OFF");
        return false;
      }
      case "system":
        return this.#assignSystem(assignment, session);
    }
  }

  async #assignSystem(
    { scope, name: given, value: expr }: Extract<Assignment, { kind: "system" }>,
    session: SettingSession,
  ): Promise<boolean> {
    const name = variableName(given);
    if (scope === "PERSIST") throw unsupported("SET PERSIST");
    const isGlobal = scope === "GLOBAL";
    const value = expr === undefined ? undefined : await settingText(expr, session.sql);
    if (!isVariable(name)) {
      if (value !== undefined && this.#host.setVariable(name, value ?? "", isGlobal)) return false;
      if (Object.hasOwn(this.#host.variables(), name)) throw refusals.readOnlyVariable(given);
      throw refusals.unknownVariable(given);
    }
    if (isGlobal) session.authorize("SUPER", "*", undefined);
    const next = value === undefined ? (this.#globals.get(name) ?? "") : checkedValue(name, value);
    (isGlobal ? this.#globals : this.#own).set(name, next);
    return name === "autocommit" && !isGlobal && next === "ON";
  }
}

/** What a setting is set to. */
async function settingText(expr: Expr, sql: SqlContext): Promise<string | null> {
  // ON, OFF and other words stand without quotes.
  if (expr.kind === "column" && expr.table === undefined) return expr.name;
  const value = await evaluate(expr, undefined, sql);
  return value.value === null ? null : toText(value);
}
