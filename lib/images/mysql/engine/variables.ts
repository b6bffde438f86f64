/** System variables that mean something to the engine. What is not here and not the server's is refused. */
import { refusals, unsupported } from "../sql/errors.ts";
import type { Flavour } from "../sql/flavour.ts";

type Kind =
  | { readonly is: "boolean" }
  | { readonly is: "number"; readonly least: number; readonly most: number }
  | { readonly is: "choice"; readonly of: readonly string[] }
  /** Only these values can be had; others are refused as not supported. */
  | { readonly is: "fixed"; readonly of: RegExp };

interface Variable {
  readonly kind: Kind;
  readonly initial: string;
}

const flag = (initial: "ON" | "OFF"): Variable => ({ kind: { is: "boolean" }, initial });
const number = (initial: number, least: number, most: number): Variable => ({
  kind: { is: "number", least, most },
  initial: String(initial),
});
const fixed = (initial: string, of: RegExp): Variable => ({ kind: { is: "fixed", of }, initial });

const SQL_MODE =
  "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";
const MARIADB_SQL_MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION";

const VARIABLES: Readonly<Record<string, Variable>> = {
  autocommit: flag("ON"),
  foreign_key_checks: flag("ON"),
  sql_log_bin: flag("ON"),
  innodb_lock_wait_timeout: number(50, 1, 1_073_741_824),
  lock_wait_timeout: number(31_536_000, 1, 31_536_000),
  transaction_isolation: {
    kind: { is: "choice", of: ["READ-UNCOMMITTED", "READ-COMMITTED", "REPEATABLE-READ", "SERIALIZABLE"] },
    initial: "REPEATABLE-READ",
  },
  transaction_read_only: flag("OFF"),
  auto_increment_increment: number(1, 1, 65_535),
  auto_increment_offset: number(1, 1, 65_535),
  sql_mode: fixed(SQL_MODE, /\bSTRICT_(TRANS|ALL)_TABLES\b/),
  time_zone: fixed("SYSTEM", /^(SYSTEM|UTC|\+00:00)$/i),
  character_set_client: fixed("utf8mb4", /^utf8/i),
  character_set_connection: fixed("utf8mb4", /^utf8/i),
  character_set_results: fixed("utf8mb4", /^(utf8|NULL)/i),
  character_set_server: fixed("utf8mb4", /^utf8/i),
  character_set_database: fixed("utf8mb4", /^utf8/i),
  collation_connection: fixed("utf8mb4_0900_ai_ci", /^utf8.*_ci$/i),
  collation_server: fixed("utf8mb4_0900_ai_ci", /^utf8.*_ci$/i),
  default_storage_engine: fixed("InnoDB", /^innodb$/i),
};

/** Former and other names. */
const ALIASES: Readonly<Record<string, string>> = {
  tx_isolation: "transaction_isolation",
  tx_read_only: "transaction_read_only",
  storage_engine: "default_storage_engine",
};

export const variableName = (name: string): string => {
  const lower = name.toLowerCase();
  return ALIASES[lower] ?? lower;
};
export const isVariable = (name: string): boolean => Object.hasOwn(VARIABLES, variableName(name));

/** The values a server starts with. */
export function initialVariables({ mariadb, collation }: Flavour): Map<string, string> {
  const all = new Map(Object.entries(VARIABLES).map(([name, { initial }]) => [name, initial]));
  if (mariadb) all.set("sql_mode", MARIADB_SQL_MODE);
  for (const name of ["collation_connection", "collation_server"]) all.set(name, collation);
  return all;
}

/** What a variable becomes when it is set. Throws 1193, 1231, 1235. */
export function checkedValue(name: string, value: string | null): string {
  const known = VARIABLES[variableName(name)];
  if (known === undefined) throw refusals.unknownVariable(name);
  const { kind } = known;
  const wrong = () => refusals.wrongValue(name, value ?? "NULL");
  switch (kind.is) {
    case "boolean":
      if (value !== null && /^(on|1|true)$/i.test(value)) return "ON";
      if (value !== null && /^(off|0|false)$/i.test(value)) return "OFF";
      throw wrong();
    case "number": {
      const given = Number(value);
      if (value === null || !Number.isInteger(given)) throw wrong();
      return String(Math.min(kind.most, Math.max(kind.least, given)));
    }
    case "choice": {
      const found = kind.of.find((one) => one === value?.toUpperCase()) ?? kind.of[Number(value)];
      if (value === null || found === undefined) throw wrong();
      if (found === "READ-UNCOMMITTED" || found === "SERIALIZABLE") throw unsupported(`isolation level ${found}`);
      return found;
    }
    case "fixed":
      if (!kind.of.test(value ?? "NULL")) throw unsupported(`${variableName(name)} = '${value ?? "NULL"}'`);
      return value ?? "NULL";
  }
}
