/** One statement of a client. */
import { parseStatement } from "../cql/parser.ts";
import { invalid } from "../cql/types.ts";
import { SYSTEM_KEYSPACES } from "../schema.ts";
import { define, describeKeyspace, describeTable } from "./define.ts";
import { batch, modify, truncate } from "./modify.ts";
import { keyspaceOf, type QueryContext, type QueryResult, tableOf } from "./result.ts";
import { select } from "./select.ts";

export async function execute(context: QueryContext, cql: string): Promise<QueryResult> {
  await context.spend(100 + cql.length);
  const statement = parseStatement(cql);
  switch (statement.kind) {
    case "select":
      return select(context, statement);
    case "insert":
    case "update":
    case "delete":
      refuseSystem(context, statement.table.keyspace ?? context.keyspace);
      return modify(context, statement);
    case "batch":
      for (const { table } of statement.statements) refuseSystem(context, table.keyspace ?? context.keyspace);
      return batch(context, statement.statements, statement.timestamp);
    case "truncate":
      return truncate(context, tableOf(context, statement.table));
    case "use":
      if (context.schema.keyspace(statement.keyspace) === undefined)
        throw invalid(`Keyspace '${statement.keyspace}' does not exist`);
      return { kind: "use", keyspace: statement.keyspace };
    default:
      return define(context, statement);
  }
}

function refuseSystem(_context: QueryContext, keyspace: string | undefined): void {
  if (SYSTEM_KEYSPACES.some(({ name }) => name === keyspace))
    throw invalid(`changing rows of ${keyspace} is not supported here`);
}

/** What DESCRIBE prints, cqlsh's own command: texts, and lists of names to be set in columns. */
export type Description =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "names";
      readonly groups: readonly { readonly title: string; readonly names: readonly string[] }[];
    };

export function describe(context: QueryContext, words: readonly string[], clusterName: string): Description {
  const { schema } = context;
  const [what = "", ...rest] = words;
  const plain = (name: string) => (name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase());
  const all = (keyspace: string) => {
    const found = schema.keyspace(keyspace);
    if (found === undefined) throw invalid(`'${keyspace}' not found in keyspaces`);
    const tables = schema.tables(keyspace).map((table) => describeTable(table, context.major));
    return [describeKeyspace(found), ...tables].join("\n\n");
  };
  const text = (value: string): Description => ({ kind: "text", text: value });
  switch (what.toUpperCase()) {
    case "KEYSPACES": {
      const names = [...schema.keyspaces, ...SYSTEM_KEYSPACES].map(({ name }) => name).sort();
      return { kind: "names", groups: [{ title: "", names }] };
    }
    case "TABLES": {
      const tables = (keyspace: string) => schema.tables(keyspace).map(({ name }) => name);
      if (context.keyspace !== undefined)
        return { kind: "names", groups: [{ title: "", names: tables(context.keyspace) }] };
      const groups = schema.keyspaces.map(({ name }) => ({ title: name, names: tables(name) }));
      return { kind: "names", groups: groups.filter(({ names }) => names.length > 0) };
    }
    case "CLUSTER":
      return text(
        `Cluster: ${clusterName}\nPartitioner: Murmur3Partitioner\n${context.major >= 4 ? "Snitch: GossipingPropertyFileSnitch\n" : ""}`,
      );
    case "SCHEMA":
      return text(schema.keyspaces.map(({ name }) => all(name)).join("\n\n"));
    case "KEYSPACE": {
      const name = rest[0] === undefined ? context.keyspace : plain(rest[0]);
      if (name === undefined) throw invalid("Not in any keyspace.");
      return text(all(name));
    }
    case "TABLE": {
      if (rest[0] === undefined) throw invalid("a table's name is wanted");
      return text(describeTable(tableOf(context, named(rest[0])), context.major));
    }
    case "":
    case "FULL":
      throw invalid(`DESCRIBE ${what} is not supported here`);
    default: {
      const name = plain(what);
      if (schema.keyspace(name) !== undefined) return text(all(name));
      const found = named(what);
      if (schema.table(keyspaceOf(context, found), found.table) === undefined)
        throw invalid(`'${what}' not found in keyspace '${context.keyspace ?? ""}'`);
      return text(describeTable(tableOf(context, found), context.major));
    }
  }
}

function named(text: string) {
  const [first = "", second] = text
    .split(".")
    .map((part) => (part.startsWith('"') ? part.slice(1, -1) : part.toLowerCase()));
  return second === undefined ? { keyspace: undefined, table: first } : { keyspace: first, table: second };
}
