/** Parts that statements of every kind have: names, terms, options. */
import type { Name, Options, OptionValue } from "./ast.ts";
import type { Cursor } from "./tokens.ts";
import { invalid, type Term } from "./types.ts";

export function parseName(cursor: Cursor): Name {
  const first = cursor.name();
  return cursor.accept(".") ? { keyspace: first, table: cursor.name() } : { keyspace: undefined, table: first };
}

export function separated<T>(cursor: Cursor, one: () => T, between = ","): T[] {
  const all = [one()];
  while (cursor.accept(between)) all.push(one());
  return all;
}

export function parseTerm(cursor: Cursor): Term {
  const token = cursor.peek();
  if (token.kind === "string" || token.kind === "integer" || token.kind === "float") {
    cursor.next();
    return { kind: token.kind, text: token.text };
  }
  if (token.kind === "uuid" || token.kind === "blob") {
    cursor.next();
    return { kind: token.kind, text: token.text };
  }
  if (cursor.accept("TRUE")) return { kind: "boolean", value: true };
  if (cursor.accept("FALSE")) return { kind: "boolean", value: false };
  if (cursor.accept("NULL")) return { kind: "null" };
  if (cursor.accept("[")) {
    const items = cursor.peek().text === "]" ? [] : separated(cursor, () => parseTerm(cursor));
    cursor.need("]");
    return { kind: "list", items };
  }
  if (cursor.accept("{")) return parseBraces(cursor);
  if (token.text === "?") throw invalid("Invalid amount of bind variables");
  if (token.kind === "word" && cursor.peek(1).text === "(") {
    const name = cursor.next().text;
    cursor.need("(");
    const items = cursor.peek().text === ")" ? [] : separated(cursor, () => parseTerm(cursor));
    cursor.need(")");
    return { kind: "call", name, items };
  }
  throw cursor.unexpected();
}

function parseBraces(cursor: Cursor): Term {
  if (cursor.accept("}")) return { kind: "set", items: [] };
  const first = parseTerm(cursor);
  if (!cursor.accept(":")) {
    const items = [first];
    while (cursor.accept(",")) items.push(parseTerm(cursor));
    cursor.need("}");
    return { kind: "set", items };
  }
  const pairs: [Term, Term][] = [[first, parseTerm(cursor)]];
  while (cursor.accept(",")) {
    const key = parseTerm(cursor);
    cursor.need(":");
    pairs.push([key, parseTerm(cursor)]);
  }
  cursor.need("}");
  return { kind: "map", pairs };
}

/** `name = value AND ...`, values being words, texts, numbers or maps of texts. */
export function parseOptions(cursor: Cursor): Options {
  const options: Record<string, OptionValue> = {};
  do {
    const name = cursor.name();
    cursor.need("=");
    const term = parseTerm(cursor);
    if (term.kind === "boolean") options[name] = term.value;
    else if (term.kind === "map")
      options[name] = Object.fromEntries(term.pairs.map(([key, value]) => [plain(key), plain(value)]));
    else if (term.kind === "set" && term.items.length === 0) options[name] = {};
    else options[name] = plain(term);
  } while (cursor.accept("AND"));
  return options;
}

function plain(term: Term): string {
  if (term.kind === "boolean") return String(term.value);
  if ("text" in term) return term.text;
  throw invalid("a literal text or number is wanted here");
}
