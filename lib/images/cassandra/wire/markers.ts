/** Places for values in statements: which column each is about, and the statement with its values as literals. */
import { type Token, tokenize } from "../cql/tokens.ts";
import { type CqlType, invalid } from "../cql/types.ts";
import type { TableSchema } from "../schema.ts";
import { itemsOf, literalOf } from "./values.ts";

export interface Marker {
  /** ":name", where it has one. */
  readonly name: string | undefined;
  readonly keyspace: string;
  readonly table: string;
  /** As drivers are told, e.g. "id" or "[limit]". */
  readonly column: string;
  readonly type: CqlType;
  /** `IN ?`: a list of values. */
  readonly list: boolean;
  readonly at: number;
  readonly end: number;
}

const simple = (name: string): CqlType => ({ name, of: [] });
const OPERATORS = new Set(["=", "<", ">", "<=", ">=", "!="]);
const is = (token: Token | undefined, ...words: readonly string[]) =>
  token?.kind !== "string" && token?.kind !== "quoted" && words.includes(token?.text.toUpperCase() ?? "");
const plain = (token: Token | undefined) =>
  token === undefined ? "" : token.kind === "quoted" ? token.text : token.text.toLowerCase();

/** `table`: of a name, as the statement has it. Throws `CqlError`. */
export function markersOf(
  cql: string,
  table: (keyspace: string | undefined, name: string) => TableSchema,
): readonly Marker[] {
  const tokens = tokenize(cql);
  const found: Marker[] = [];
  let current: TableSchema | undefined;
  let columns: readonly string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (is(token, "INTO", "UPDATE", "FROM")) {
      const dotted = is(tokens[at + 2], ".");
      const first = plain(tokens[at + 1]);
      const isWanted = cql.includes("?") || cql.includes(":");
      if (isWanted) current = dotted ? table(first, plain(tokens[at + 3])) : table(undefined, first);
      columns = is(token, "INTO") ? listAt(tokens, at + (dotted ? 4 : 2)) : [];
      continue;
    }
    const isNamed =
      is(token, ":") && tokens[at + 1]?.kind === "word" && !is(tokens[at - 1], "{") && beforeValue(tokens, at);
    if (!is(token, "?") && !isNamed) continue;
    // UPDATE has its USING before anything else is known of it.
    if (token === undefined || current === undefined) throw invalid("bind variables are not supported here");
    const about = aboutOf(tokens, at, current, columns);
    found.push({
      name: isNamed ? plain(tokens[at + 1]) : undefined,
      keyspace: current.keyspace,
      table: current.name,
      ...about,
      at: token.at,
      end: isNamed ? (tokens[at + 1]?.end ?? token.end) : token.end,
    });
  }
  return found;
}

/** Whether a value may stand there, so that ":" does not part a key from its value. */
function beforeValue(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return (
    OPERATORS.has(before?.text ?? "") || is(before, "(", ",", "IN", "CONTAINS", "KEY", "LIMIT", "TTL", "TIMESTAMP")
  );
}

/** Names in brackets. */
function listAt(tokens: readonly Token[], at: number): string[] {
  if (!is(tokens[at], "(")) return [];
  const names: string[] = [];
  for (let next = at + 1; next < tokens.length && !is(tokens[next], ")"); next++)
    if (!is(tokens[next], ",")) names.push(plain(tokens[next]));
  return names;
}

function aboutOf(
  tokens: readonly Token[],
  at: number,
  table: TableSchema,
  inserted: readonly string[],
): { readonly column: string; readonly type: CqlType; readonly list: boolean } {
  const before = tokens[at - 1];
  const typeOf = (column: string): CqlType => {
    const known = table.columns.find(({ name }) => name === column);
    if (known === undefined) throw invalid(`Undefined column name ${column} in table ${table.keyspace}.${table.name}`);
    return known.type;
  };
  const of = (column: string, type = typeOf(column), list = false) => ({ column, type, list });
  if (is(before, "LIMIT")) return of("[limit]", simple("int"));
  if (is(before, "TTL")) return of("[ttl]", simple("int"));
  if (is(before, "TIMESTAMP")) return of("[timestamp]", simple("bigint"));
  if (is(before, "IN")) {
    const column = plain(tokens[at - 2]);
    return of(`in(${column})`, { name: "list", of: [typeOf(column)] }, true);
  }
  if (is(before, "CONTAINS")) {
    const column = plain(tokens[at - 2]);
    const type = typeOf(column);
    return of(`value(${column})`, type.of.at(-1) ?? type);
  }
  if (is(before, "KEY")) {
    const column = plain(tokens[at - 3]);
    const type = typeOf(column);
    return of(`key(${column})`, type.of[0] ?? type);
  }
  if (OPERATORS.has(before?.text ?? "")) {
    if (is(tokens[at - 2], ")")) return of("partition key token", simple("bigint"));
    return of(plain(tokens[at - 2]));
  }
  // In a list: of IN, or of VALUES.
  let depth = 0;
  let place = 0;
  for (let back = at - 1; back >= 0; back--) {
    const token = tokens[back];
    if (is(token, ")", "]", "}")) depth++;
    else if (is(token, "[", "{") && depth === 0) break;
    else if (is(token, "(", "[", "{")) {
      if (depth > 0) {
        depth--;
        continue;
      }
      if (is(tokens[back - 1], "IN")) return of(plain(tokens[back - 2]));
      const column = is(tokens[back - 1], "VALUES") ? inserted[place] : undefined;
      if (column === undefined) break;
      return of(column);
    } else if (is(token, ",") && depth === 0) place++;
  }
  throw invalid("bind variables inside of collections and functions are not supported here");
}

/** The statement before there are values, to see whether it is one. */
export function withoutValues(cql: string, markers: readonly Marker[]): string {
  return replaced(cql, markers, ({ column, list }) => (list ? "(NULL)" : column.startsWith("[") ? "1" : "NULL"));
}

/** `values`: by place; null and undefined (which is "unset") are null. */
export function withValues(
  cql: string,
  markers: readonly Marker[],
  values: readonly (Uint8Array | null | undefined)[],
): string {
  return replaced(cql, markers, ({ column, type, list }, index) => {
    const value = values[index];
    if (value === undefined) throw invalid(`Invalid unset value for column ${column}`);
    if (value === null) {
      if (column.startsWith("[") || list) throw invalid(`Invalid null value for ${column}`);
      return "NULL";
    }
    return list ? `(${itemsOf(value, type)})` : literalOf(value, type);
  });
}

function replaced(cql: string, markers: readonly Marker[], by: (marker: Marker, index: number) => string): string {
  let text = "";
  let from = 0;
  for (const [index, marker] of markers.entries()) {
    text += cql.slice(from, marker.at) + by(marker, index);
    from = marker.end;
  }
  return text + cql.slice(from);
}
