/** Statements that change the schema. */
import type { ColumnDefinition, Options, SchemaStatement } from "./ast.ts";
import { parseName, parseOptions, separated } from "./terms.ts";
import type { Cursor } from "./tokens.ts";
import { type CqlType, checkType, invalid } from "./types.ts";

const ifNotExists = (cursor: Cursor) => cursor.accept("IF", "NOT", "EXISTS");
const ifExists = (cursor: Cursor) => cursor.accept("IF", "EXISTS");
const isKeyspace = (cursor: Cursor) => cursor.accept("KEYSPACE") || cursor.accept("SCHEMA");
const isTable = (cursor: Cursor) => cursor.accept("TABLE") || cursor.accept("COLUMNFAMILY");

/** Undefined where the statement is of another kind. */
export function parseSchema(cursor: Cursor): SchemaStatement | undefined {
  if (cursor.accept("CREATE")) {
    if (isKeyspace(cursor)) {
      const quiet = ifNotExists(cursor);
      const name = cursor.name();
      cursor.need("WITH");
      return { kind: "create keyspace", name, quiet, options: parseOptions(cursor) };
    }
    if (isTable(cursor)) return parseCreateTable(cursor);
    if (cursor.accept("INDEX")) return parseCreateIndex(cursor);
    throw cursor.unexpected();
  }
  if (cursor.accept("ALTER")) {
    if (isKeyspace(cursor)) {
      const quiet = ifExists(cursor);
      const name = cursor.name();
      cursor.need("WITH");
      return { kind: "alter keyspace", name, quiet, options: parseOptions(cursor) };
    }
    if (isTable(cursor)) return parseAlterTable(cursor);
    throw cursor.unexpected();
  }
  if (cursor.accept("DROP")) {
    if (isKeyspace(cursor)) {
      const quiet = ifExists(cursor);
      return { kind: "drop keyspace", name: cursor.name(), quiet };
    }
    if (isTable(cursor)) {
      const quiet = ifExists(cursor);
      return { kind: "drop table", table: parseName(cursor), quiet };
    }
    if (cursor.accept("INDEX")) {
      const quiet = ifExists(cursor);
      return { kind: "drop index", index: parseName(cursor), quiet };
    }
    throw cursor.unexpected();
  }
  return undefined;
}

function parseType(cursor: Cursor): CqlType {
  const token = cursor.peek();
  if (token.kind !== "word") throw cursor.unexpected();
  const name = cursor.next().text.toLowerCase();
  if (!cursor.accept("<")) return { name, of: [] };
  const of = separated(cursor, () => parseType(cursor));
  cursor.need(">");
  return { name, of };
}

function parseColumn(cursor: Cursor): ColumnDefinition {
  const name = cursor.name();
  const type = checkType(parseType(cursor));
  return { name, type, static: cursor.accept("STATIC") };
}

function parseCreateTable(cursor: Cursor): SchemaStatement {
  const quiet = ifNotExists(cursor);
  const table = parseName(cursor);
  const columns: ColumnDefinition[] = [];
  let partition: string[] | undefined;
  let clustering: string[] = [];
  cursor.need("(");
  do {
    if (cursor.accept("PRIMARY", "KEY")) {
      if (partition !== undefined) throw invalid("Multiple PRIMARY KEYs specified (exactly one required)");
      cursor.need("(");
      if (cursor.accept("(")) {
        partition = separated(cursor, () => cursor.name());
        cursor.need(")");
      } else partition = [cursor.name()];
      clustering = cursor.accept(",") ? separated(cursor, () => cursor.name()) : [];
      cursor.need(")");
      continue;
    }
    const column = parseColumn(cursor);
    columns.push(column);
    if (cursor.accept("PRIMARY", "KEY")) {
      if (partition !== undefined) throw invalid("Multiple PRIMARY KEYs specified (exactly one required)");
      partition = [column.name];
    }
  } while (cursor.accept(","));
  cursor.need(")");
  if (partition === undefined) throw invalid("No PRIMARY KEY specifed (exactly one required)");
  for (const key of [...partition, ...clustering]) {
    if (!columns.some(({ name }) => name === key)) throw invalid(`Unknown definition ${key} referenced in PRIMARY KEY`);
  }
  const order: Record<string, "ASC" | "DESC"> = {};
  const options: Record<string, Options[string]> = {};
  if (cursor.accept("WITH")) {
    do {
      if (cursor.accept("CLUSTERING", "ORDER", "BY")) {
        cursor.need("(");
        separated(cursor, () => {
          const name = cursor.name();
          const descending = cursor.accept("DESC");
          if (!descending) cursor.accept("ASC");
          order[name] = descending ? "DESC" : "ASC";
        });
        cursor.need(")");
      } else if (cursor.accept("COMPACT", "STORAGE")) throw invalid("COMPACT STORAGE tables are not allowed");
      else Object.assign(options, parseOptions(cursor));
    } while (cursor.accept("AND"));
  }
  return { kind: "create table", table, quiet, columns, partition, clustering, order, options };
}

function parseAlterTable(cursor: Cursor): SchemaStatement {
  const table = parseName(cursor);
  const none = { kind: "alter table", table, add: [], drop: [], options: {} } as const;
  if (cursor.accept("ADD")) {
    const braces = cursor.accept("(");
    const add = separated(cursor, () => parseColumn(cursor));
    if (braces) cursor.need(")");
    return { ...none, add };
  }
  if (cursor.accept("DROP")) {
    const braces = cursor.accept("(");
    const drop = separated(cursor, () => cursor.name());
    if (braces) cursor.need(")");
    return { ...none, drop };
  }
  if (cursor.accept("WITH")) return { ...none, options: parseOptions(cursor) };
  if (cursor.accept("RENAME") || cursor.accept("ALTER"))
    throw invalid("renaming columns and changing their types is not supported here");
  throw cursor.unexpected();
}

function parseCreateIndex(cursor: Cursor): SchemaStatement {
  const quiet = ifNotExists(cursor);
  const index = cursor.accept("ON") ? undefined : cursor.name();
  if (index !== undefined) cursor.need("ON");
  const table = parseName(cursor);
  cursor.need("(");
  const column = cursor.name();
  cursor.need(")");
  if (cursor.accept("USING")) throw invalid("custom indexes are not supported here");
  return { kind: "create index", index, table, column, quiet };
}
