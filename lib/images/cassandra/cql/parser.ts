/** One CQL statement. Throws a CqlError of kind "Syntax" in the words of Cassandra's parser where it is none. */
import type { Assignment, Condition, Modification, Relation, Select, Selector, Statement } from "./ast.ts";
import { parseSchema } from "./schema-parser.ts";
import { parseName, parseTerm, separated } from "./terms.ts";
import { Cursor } from "./tokens.ts";
import { invalid } from "./types.ts";

/** Statements that Cassandra knows and this server does not. */
const ELSEWHERE =
  /^(GRANT|REVOKE|LIST|(CREATE|ALTER|DROP)\s+(OR\s+REPLACE\s+)?(ROLE|USER|TYPE|FUNCTION|AGGREGATE|TRIGGER|MATERIALIZED|CUSTOM))\b/i;

export function parseStatement(text: string): Statement {
  const known = ELSEWHERE.exec(text.trim());
  if (known !== null) throw invalid(`${(known[0] ?? "").toUpperCase().replace(/\s+/g, " ")} is not supported here`);
  const cursor = new Cursor(text);
  const statement = parseSchema(cursor) ?? parseOther(cursor);
  cursor.end();
  return statement;
}

function parseOther(cursor: Cursor): Statement {
  if (cursor.accept("SELECT")) return parseSelect(cursor);
  if (cursor.accept("USE")) return { kind: "use", keyspace: cursor.name() };
  if (cursor.accept("TRUNCATE")) {
    cursor.accept("TABLE");
    return { kind: "truncate", table: parseName(cursor) };
  }
  if (cursor.accept("BEGIN")) return parseBatch(cursor);
  const modification = parseModification(cursor);
  if (modification === undefined) throw cursor.unexpected();
  return modification;
}

function bracketed<T>(cursor: Cursor, one: () => T): T[] {
  cursor.need("(");
  const all = separated(cursor, one);
  cursor.need(")");
  return all;
}

const OPERATORS = ["=", "<", ">", "<=", ">=", "!="] as const;

function parseRelation(cursor: Cursor): Relation {
  if (cursor.accept("TOKEN")) {
    const columns = bracketed(cursor, () => cursor.name());
    const operator = parseOperator(cursor);
    return { column: columns.join(","), token: true, operator, terms: [parseTerm(cursor)] };
  }
  if (cursor.peek().text === "(") throw invalid("relations on several columns at once are not supported here");
  const column = cursor.name();
  if (cursor.accept("IN")) {
    cursor.need("(");
    const terms = cursor.peek().text === ")" ? [] : separated(cursor, () => parseTerm(cursor));
    cursor.need(")");
    return { column, token: false, operator: "IN", terms };
  }
  if (cursor.accept("CONTAINS", "KEY"))
    return { column, token: false, operator: "CONTAINS KEY", terms: [parseTerm(cursor)] };
  if (cursor.accept("CONTAINS")) return { column, token: false, operator: "CONTAINS", terms: [parseTerm(cursor)] };
  if (cursor.peek().text.toUpperCase() === "LIKE")
    throw invalid("LIKE restriction is only supported on properly indexed columns");
  return { column, token: false, operator: parseOperator(cursor), terms: [parseTerm(cursor)] };
}

function parseOperator(cursor: Cursor): Relation["operator"] {
  const operator = OPERATORS.find((one) => one === cursor.peek().text);
  if (operator === undefined) throw cursor.unexpected();
  cursor.next();
  return operator;
}

function parseWhere(cursor: Cursor): Relation[] {
  const relations = [parseRelation(cursor)];
  while (cursor.accept("AND")) relations.push(parseRelation(cursor));
  return relations;
}

function parseInteger(cursor: Cursor): number {
  const token = cursor.peek();
  if (token.kind !== "integer") throw cursor.unexpected();
  return Number(cursor.next().text);
}

function parseSelect(cursor: Cursor): Select {
  if (cursor.accept("JSON")) throw invalid("SELECT JSON is not supported here");
  const distinct = cursor.accept("DISTINCT");
  const selectors: Selector[] = cursor.accept("*") ? [] : separated(cursor, () => parseSelector(cursor));
  cursor.need("FROM");
  const table = parseName(cursor);
  const where = cursor.accept("WHERE") ? parseWhere(cursor) : [];
  if (cursor.peek().text.toUpperCase() === "GROUP") throw invalid("GROUP BY is not supported here");
  const order = cursor.accept("ORDER", "BY")
    ? separated(cursor, () => {
        const column = cursor.name();
        const descending = cursor.accept("DESC");
        if (!descending) cursor.accept("ASC");
        return { column, descending };
      })
    : [];
  const perPartition = cursor.accept("PER", "PARTITION", "LIMIT") ? parseInteger(cursor) : undefined;
  const limit = cursor.accept("LIMIT") ? parseInteger(cursor) : undefined;
  if (limit !== undefined && limit <= 0) throw invalid("LIMIT must be strictly positive");
  const filtering = cursor.accept("ALLOW", "FILTERING");
  return { kind: "select", table, distinct, selectors, where, order, perPartition, limit, filtering };
}

function parseSelector(cursor: Cursor): Selector {
  const alias = () => (cursor.accept("AS") ? cursor.name() : undefined);
  if (cursor.peek(1).text === "(") {
    const name = cursor.next().text.toLowerCase();
    cursor.need("(");
    const one = () =>
      cursor.accept("*") ? "*" : cursor.peek().kind === "integer" ? cursor.next().text : cursor.name();
    const columns = cursor.peek().text === ")" ? [] : separated(cursor, one);
    cursor.need(")");
    return { kind: "call", name, columns, alias: alias() };
  }
  return { kind: "column", name: cursor.name(), alias: alias() };
}

function parseTiming(cursor: Cursor): { ttl: number | undefined; timestamp: number | undefined } {
  let ttl: number | undefined;
  let timestamp: number | undefined;
  if (cursor.accept("USING")) {
    do {
      if (cursor.accept("TTL")) ttl = parseInteger(cursor);
      else {
        cursor.need("TIMESTAMP");
        timestamp = parseInteger(cursor);
      }
    } while (cursor.accept("AND"));
  }
  if (ttl !== undefined && ttl < 0) throw invalid(`A TTL must be greater or equal to 0, but was ${ttl}`);
  return { ttl, timestamp };
}

function parseCondition(cursor: Cursor): Condition {
  if (!cursor.accept("IF")) return "none";
  if (cursor.accept("NOT", "EXISTS")) return "not exists";
  if (cursor.accept("EXISTS")) return "exists";
  return parseWhere(cursor);
}

function parseModification(cursor: Cursor): Modification | undefined {
  if (cursor.accept("INSERT")) {
    cursor.need("INTO");
    const table = parseName(cursor);
    if (cursor.peek().text.toUpperCase() === "JSON") throw invalid("INSERT JSON is not supported here");
    const columns = bracketed(cursor, () => cursor.name());
    cursor.need("VALUES");
    const values = bracketed(cursor, () => parseTerm(cursor));
    const condition = parseCondition(cursor);
    if (columns.length !== values.length) throw invalid("Unmatched column names/values");
    return { kind: "insert", table, columns, values, condition, ...parseTiming(cursor) };
  }
  if (cursor.accept("UPDATE")) {
    const table = parseName(cursor);
    const timing = parseTiming(cursor);
    cursor.need("SET");
    const set = separated(cursor, () => parseAssignment(cursor));
    cursor.need("WHERE");
    const where = parseWhere(cursor);
    return { kind: "update", table, set, where, condition: parseCondition(cursor), ...timing };
  }
  if (cursor.accept("DELETE")) {
    const columns = cursor.peek().text.toUpperCase() === "FROM" ? [] : separated(cursor, () => cursor.name());
    cursor.need("FROM");
    const table = parseName(cursor);
    const timing = parseTiming(cursor);
    cursor.need("WHERE");
    const where = parseWhere(cursor);
    return { kind: "delete", table, columns, where, condition: parseCondition(cursor), ...timing };
  }
  return undefined;
}

function parseAssignment(cursor: Cursor): Assignment {
  const column = cursor.name();
  if (["[", "+=", "-=", "."].includes(cursor.peek().text))
    throw invalid(`changing part of the value of ${column} is not supported here, set the whole value`);
  cursor.need("=");
  const next = cursor.peek(1).text;
  if (["+", "-"].includes(next) || /^-\d/.test(next))
    throw invalid(`changing part of the value of ${column} is not supported here, set the whole value`);
  return { column, term: parseTerm(cursor) };
}

function parseBatch(cursor: Cursor): Statement {
  if (cursor.accept("COUNTER")) throw invalid("counter batches are not supported here");
  cursor.accept("UNLOGGED");
  cursor.need("BATCH");
  const { timestamp } = parseTiming(cursor);
  const statements: Modification[] = [];
  while (!cursor.accept("APPLY", "BATCH")) {
    const statement = parseModification(cursor);
    if (statement === undefined) throw cursor.unexpected();
    if (statement.condition !== "none") throw invalid("conditions in batches are not supported here");
    statements.push(statement);
    cursor.accept(";");
  }
  return { kind: "batch", statements, timestamp };
}
