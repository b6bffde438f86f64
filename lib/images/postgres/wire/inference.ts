/**
 * Types of parameters that a client leaves open, as far as the words around them tell: a column they are compared with or
 * put into, a cast, LIMIT. What cannot be told stays open, and takes its type from where it is used, as a literal does.
 */
import type { Relation } from "../../kit/sql/state.ts";
import { type Token, tokenize } from "../../kit/sql/tokens.ts";
import { type TypeName, typeNamed } from "../../kit/sql/values.ts";

const COMPARES = new Set(["=", "<>", "!=", "<", ">", "<=", ">="]);
const is = (token: Token | undefined, ...words: readonly string[]) =>
  token?.kind === "word" && words.includes(token.text.toUpperCase());
const isName = (token: Token | undefined) => token?.kind === "word" || token?.kind === "quoted";
const nameOf = (token: Token | undefined) =>
  token === undefined ? "" : token.kind === "quoted" ? token.text : token.text.toLowerCase();

/** By number of the parameter, from 0; undefined where it cannot be told. Throws `SqlError` for what is no SQL. */
export function inferTypes(sql: string, relations: readonly Relation[]): (TypeName | undefined)[] {
  const tokens = tokenize(sql);
  const used = tokens.flatMap((token, at) => {
    if (!is(token, "FROM", "JOIN", "INTO", "UPDATE")) return [];
    const name = tokens[at + 2]?.text === "." ? tokens[at + 3] : tokens[at + 1];
    const found = relations.find((one) => one.name === nameOf(name));
    return found === undefined ? [] : [found];
  });
  /** The type of a column, where all tables that have one of this name agree. */
  const columnType = (token: Token | undefined): TypeName | undefined => {
    if (!isName(token)) return undefined;
    const types = new Set(
      used.flatMap(({ columns }) => columns.filter(({ name }) => name === nameOf(token))).map(({ type }) => type),
    );
    return types.size === 1 ? [...types][0] : undefined;
  };
  const found: (TypeName | undefined)[] = [];
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]?.text !== "$" || tokens[at]?.kind !== "symbol" || tokens[at + 1]?.kind !== "integer") continue;
    const number = Number(tokens[at + 1]?.text) - 1;
    const type = typeAround(tokens, at, columnType, used[0]);
    if (type !== undefined) found[number] ??= type;
  }
  return found;
}

function typeAround(
  tokens: readonly Token[],
  at: number,
  columnType: (token: Token | undefined) => TypeName | undefined,
  first: Relation | undefined,
): TypeName | undefined {
  const [before, after] = [tokens[at - 1], tokens[at + 2]];
  if (after?.text === "::") return typeNamed(tokens[at + 3]?.text ?? "");
  if (is(before, "LIMIT", "OFFSET")) return "int8";
  if (before?.kind === "symbol" && COMPARES.has(before.text)) return columnType(tokens[at - 2]);
  if (after?.kind === "symbol" && COMPARES.has(after.text)) {
    const dotted = tokens[at + 4]?.text === ".";
    return columnType(tokens[at + (dotted ? 5 : 3)]);
  }
  if (is(before, "BETWEEN")) return columnType(tokens[at - 2]);
  if (is(before, "AND") && is(tokens[at - 4], "BETWEEN")) return columnType(tokens[at - 5]);
  // Only what stands alone in its place is put there, or looked for: an expression may be of another type.
  if (!/^[(,]$/.test(before?.text ?? "") || !/^[),]$/.test(after?.text ?? "")) return undefined;
  let [depth, place] = [0, 0];
  for (let back = at - 1; back >= 0; back--) {
    const { kind, text = "" } = tokens[back] ?? {};
    if (kind !== "symbol") continue;
    if (text === ")") depth++;
    else if (text === "(" && depth-- === 0) {
      const opener = tokens[back - 1];
      if (is(opener, "IN")) return columnType(is(tokens[back - 2], "NOT") ? tokens[back - 3] : tokens[back - 2]);
      return insertedType(tokens, back, place, first);
    } else if (text === "," && depth === 0) place++;
  }
  return undefined;
}

/** The column that a place in a row of VALUES fills. */
function insertedType(
  tokens: readonly Token[],
  open: number,
  place: number,
  into: Relation | undefined,
): TypeName | undefined {
  const values = tokens.findIndex((token) => is(token, "VALUES"));
  if (values === -1 || open < values || !is(tokens[0], "INSERT")) return undefined;
  const start = tokens.findIndex((token, at) => at < values && token.text === "(");
  if (start === -1) return into?.columns[place]?.type;
  const names = tokens.slice(start + 1, values).filter((token) => isName(token));
  return into?.columns.find(({ name }) => name === nameOf(names[place]))?.type;
}
