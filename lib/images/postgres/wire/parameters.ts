/** Statements with $1, $2 and so on: values are put in as literals without a type, which mean what parameters would. */
import { SqlError } from "../../kit/sql/values.ts";
import { isKnown, typeOf } from "./types.ts";

const PIECE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]*)\$[\s\S]*?\$\1\$|\$(\d+)/g;
const MAX_PARAMETERS = 65_535;

export interface Template {
  /** The text between the places. */
  readonly parts: readonly string[];
  /** Which parameter stands between a part and the next, from 0. */
  readonly places: readonly number[];
  /** How many parameters there are. */
  readonly count: number;
}

export function templateOf(sql: string): Template {
  const parts: string[] = [];
  const places: number[] = [];
  let start = 0;
  for (const match of sql.matchAll(PIECE)) {
    if (match[2] === undefined) continue;
    const number = Number(match[2]);
    if (number < 1 || number > MAX_PARAMETERS)
      throw new SqlError("42P02", `there is no parameter $${match[2]}`, { at: match.index });
    parts.push(sql.slice(start, match.index));
    places.push(number - 1);
    start = match.index + match[0].length;
  }
  parts.push(sql.slice(start));
  return { parts, places, count: places.reduce((most, place) => Math.max(most, place + 1), 0) };
}

/** A value in the words of SQL. `oid`: the type that the client gave it, 0 for none. */
export function literal(value: string | null, oid: number): string {
  if (value === null) return "NULL";
  const quoted = `'${value.replaceAll("'", "''")}'`;
  const type = typeOf(oid);
  // Texts stay without a type: what they are compared with or put into decides, as it does for most clients' values.
  return type === undefined || ["text", "varchar", "bpchar", "name"].includes(type) ? quoted : `(${quoted}::${type})`;
}

/** Throws 0A000 for a type that values cannot have here. */
export function checkTypes(oids: readonly number[]): void {
  for (const oid of oids)
    if (!isKnown(oid)) throw new SqlError("0A000", `parameters of type ${oid} are not supported here`);
}

/** The statement with its values, and where a place of it stood in the text that was sent. */
export function filled(
  { parts, places }: Template,
  values: readonly string[],
): { readonly sql: string; readonly origin: (at: number) => number } {
  let sql = parts[0] ?? "";
  /** Ends of values: up to where, and how much longer than what stood there. */
  const shifts: { readonly from: number; readonly to: number; readonly longer: number }[] = [];
  for (const [index, place] of places.entries()) {
    const value = values[place] ?? "NULL";
    const from = sql.length;
    sql += value;
    shifts.push({ from, to: sql.length, longer: value.length - `$${place + 1}`.length });
    sql += parts[index + 1] ?? "";
  }
  const origin = (at: number) => {
    let moved = 0;
    for (const { from, to, longer } of shifts) {
      if (at < from) break;
      if (at < to) return from - moved;
      moved += longer;
    }
    return at - moved;
  };
  return { sql, origin };
}
