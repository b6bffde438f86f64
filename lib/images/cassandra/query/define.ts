/** CREATE, ALTER and DROP of keyspaces, tables and indexes. */
import type { ColumnDefinition, Options, SchemaStatement } from "../cql/ast.ts";
import { CqlError, invalid, timeUuid, typeText } from "../cql/types.ts";
import { type Replication, replicationFactor } from "../ring.ts";
import { type ColumnSchema, columnOf, type KeyspaceSchema, SYSTEM_KEYSPACES, type TableSchema } from "../schema.ts";
import { keyspaceOf, type QueryContext, type QueryResult, tableOf, undefinedColumn } from "./result.ts";

const config = (message: string) => new CqlError("Config", message);
const DONE: QueryResult = { kind: "void" };

export async function define(context: QueryContext, statement: SchemaStatement): Promise<QueryResult> {
  refuseSystem(context, statement);
  switch (statement.kind) {
    case "create keyspace":
    case "alter keyspace":
      return putKeyspace(context, statement);
    case "drop keyspace": {
      const found = context.schema.keyspace(statement.name);
      if (found === undefined) {
        if (statement.quiet) return DONE;
        throw context.major >= 4
          ? invalid(`Keyspace '${statement.name}' doesn't exist`)
          : config(`Cannot drop non existing keyspace '${statement.name}'.`);
      }
      const at = context.timestamp();
      const tables = context.schema.tables(found.name).map((table) => ({ ...table, at, dropped: true }));
      await context.publish([{ ...found, at, dropped: true }, ...tables]);
      return DONE;
    }
    case "create table":
      return createTable(context, statement);
    case "alter table":
      return alterTable(context, statement);
    case "drop table": {
      const keyspace = keyspaceOf(context, statement.table);
      const table = context.schema.table(keyspace, statement.table.table);
      if (table === undefined) {
        if (statement.quiet) return DONE;
        throw context.major >= 4
          ? invalid(`Table '${keyspace}.${statement.table.table}' doesn't exist`)
          : invalid(`unconfigured table ${statement.table.table}`);
      }
      await context.publish([{ ...table, at: context.timestamp(), dropped: true }]);
      return DONE;
    }
    case "create index": {
      const table = tableOf(context, statement.table);
      const column = columnOf(table, statement.column);
      if (column === undefined) throw undefinedColumn(context, table, statement.column);
      const name = statement.index ?? `${table.name}_${statement.column}_idx`;
      if (table.indexes.some((index) => index.name === name)) {
        if (statement.quiet) return DONE;
        throw invalid(`Index '${name}' already exists`);
      }
      const indexes = [...table.indexes, { name, column: statement.column }];
      await context.publish([{ ...table, indexes, at: context.timestamp() }]);
      return DONE;
    }
    case "drop index": {
      const keyspace = keyspaceOf(context, statement.index);
      const name = statement.index.table;
      const table = context.schema.tables(keyspace).find(({ indexes }) => indexes.some((index) => index.name === name));
      if (table === undefined) {
        if (statement.quiet) return DONE;
        throw invalid(`Index '${keyspace}.${name}' doesn't exist'`);
      }
      const indexes = table.indexes.filter((index) => index.name !== name);
      await context.publish([{ ...table, indexes, at: context.timestamp() }]);
      return DONE;
    }
  }
}

/** The system's keyspaces are their own business; only how often they are replicated may change, and not here. */
function refuseSystem(context: QueryContext, statement: SchemaStatement): void {
  const name =
    "name" in statement
      ? statement.name
      : ((statement.kind === "drop index" ? statement.index : statement.table).keyspace ?? context.keyspace);
  if (name === undefined || !SYSTEM_KEYSPACES.some((one) => one.name === name)) return;
  if (statement.kind === "alter keyspace" && !["system", "system_schema"].includes(name)) return;
  if (statement.kind === "create keyspace" && statement.quiet) return;
  throw invalid(`${name} keyspace is not user-modifiable.`);
}

async function putKeyspace(
  context: QueryContext,
  statement: Extract<SchemaStatement, { kind: "create keyspace" | "alter keyspace" }>,
): Promise<QueryResult> {
  const { name, quiet, options } = statement;
  const found = context.schema.keyspace(name);
  if (statement.kind === "create keyspace" && found !== undefined) {
    if (quiet) return DONE;
    throw new CqlError("AlreadyExists", `Keyspace '${name}' already exists`);
  }
  if (statement.kind === "alter keyspace" && found === undefined) {
    if (quiet) return DONE;
    throw context.major >= 4 ? invalid(`Keyspace '${name}' doesn't exist`) : config(`Unknown keyspace ${name}`);
  }
  const unknown = Object.keys(options).find((key) => key !== "replication" && key !== "durable_writes");
  if (unknown !== undefined) throw new CqlError("Syntax", `Unknown property '${unknown}'`);
  const given = options["replication"];
  if (given === undefined && found === undefined) throw config("Missing mandatory option 'replication'");
  const replication =
    given === undefined ? (found?.replication ?? {}) : replicationOf(context, name, given, found?.replication);
  const durableWrites =
    options["durable_writes"] === undefined
      ? (found?.durableWrites ?? true)
      : options["durable_writes"] === true || options["durable_writes"] === "true";
  await context.publish([{ name, replication, durableWrites, at: context.timestamp() } satisfies KeyspaceSchema]);
  return { kind: "void", warnings: warningsOf(context, name, replication) };
}

function replicationOf(
  context: QueryContext,
  keyspace: string,
  given: Options[string],
  former: Replication | undefined,
): Replication {
  if (given === undefined || typeof given !== "object")
    throw new CqlError("Syntax", "Invalid value for property 'replication'. It should be a map.");
  const strategy = String(given["class"] ?? "").replace("org.apache.cassandra.locator.", "");
  if (strategy === "") throw config("Missing replication strategy class");
  const factors = Object.entries(given).filter(([key]) => key !== "class");
  const checked = (text: string) => {
    if (!/^\d+$/.test(text))
      throw config(
        context.major >= 4
          ? `Replication factor must be numeric and non-negative, found '${text}'`
          : `Replication factor must be numeric; found ${text}`,
      );
    return text;
  };
  if (strategy === "SimpleStrategy") {
    const factor = given["replication_factor"];
    if (factor === undefined) throw config("SimpleStrategy requires a replication_factor strategy option.");
    const other = factors.find(([key]) => key !== "replication_factor");
    if (other !== undefined)
      throw config(`Unrecognized strategy option {${other[0]}} passed to SimpleStrategy for keyspace ${keyspace}`);
    return { class: strategy, replication_factor: checked(factor) };
  }
  if (strategy === "NetworkTopologyStrategy") {
    const known = new Set([...context.gossip.endpoints.values()].map(({ dataCenter }) => dataCenter));
    const result: Record<string, string> = { class: strategy };
    for (const [key, factor] of factors) {
      if (key === "replication_factor") {
        if (context.major < 4)
          throw config("replication_factor is an option for SimpleStrategy, not NetworkTopologyStrategy");
        for (const dataCenter of [...known].sort()) result[dataCenter] ??= checked(former?.[dataCenter] ?? factor);
      } else {
        if (context.major >= 4 && !known.has(key))
          throw config(
            `Unrecognized strategy option {${key}} passed to NetworkTopologyStrategy for keyspace ${keyspace}`,
          );
        result[key] = checked(factor);
      }
    }
    if (context.major >= 4 && Object.keys(result).length === 1)
      throw config("Configuration for at least one datacenter must be present");
    return result;
  }
  if (strategy === "LocalStrategy")
    throw config("Unable to use given strategy class: LocalStrategy is reserved for internal use.");
  throw config(`Unable to find replication strategy class 'org.apache.cassandra.locator.${strategy}'`);
}

/** More replicas than nodes are allowed, and said. */
function warningsOf(context: QueryContext, keyspace: string, replication: Replication): readonly string[] {
  if (context.major < 4) return [];
  const { members } = context.coordinator.ring;
  if (replication["class"] === "SimpleStrategy") {
    const factor = replicationFactor(replication);
    if (factor <= members.length) return [];
    return [
      `Your replication factor ${factor} for keyspace ${keyspace} is higher than the number of nodes ${members.length}`,
    ];
  }
  return Object.entries(replication).flatMap(([dataCenter, factor]) => {
    const there = members.filter((member) => member.dataCenter === dataCenter).length;
    if (dataCenter === "class" || Number(factor) <= there) return [];
    return [
      `Your replication factor ${factor} for keyspace ${keyspace} is higher than the number of nodes ${there} for datacenter ${dataCenter}`,
    ];
  });
}

// -------------------------------------------------------------------------------------------------------------- tables

/** Options that are kept as they are and change nothing here. */
const WITHOUT_EFFECT = new Set(
  "additional_write_policy allow_auto_snapshot bloom_filter_fp_chance caching cdc compression crc_check_chance dclocal_read_repair_chance extensions incremental_backups max_index_interval memtable memtable_flush_period_in_ms min_index_interval read_repair read_repair_chance speculative_retry".split(
    " ",
  ),
);

function applyOptions(table: TableSchema, options: Options): TableSchema {
  let changed = table;
  for (const [name, value] of Object.entries(options)) {
    if (name === "comment") changed = { ...changed, comment: String(value) };
    else if (name === "gc_grace_seconds") changed = { ...changed, gcGraceSeconds: Number(value) };
    else if (name === "default_time_to_live") changed = { ...changed, defaultTtl: Number(value) };
    else if (name === "compaction" && typeof value === "object" && value["class"] !== undefined) {
      const compaction = value["class"].replace("org.apache.cassandra.db.compaction.", "");
      if (!/^(SizeTiered|Leveled|TimeWindow|Unified)CompactionStrategy$/.test(compaction))
        throw config(`Unable to find compaction strategy class 'org.apache.cassandra.db.compaction.${compaction}'`);
      changed = { ...changed, compaction };
    } else if (name === "id") throw config("tables with a given id are not supported here");
    else if (!WITHOUT_EFFECT.has(name)) throw new CqlError("Syntax", `Unknown property '${name}'`);
  }
  return changed;
}

/** Keys in their order, then static columns, then the others, both by name. */
function ordered(columns: readonly ColumnSchema[]): ColumnSchema[] {
  const ranks = { partition_key: 0, clustering: 1, static: 2, regular: 3 };
  return [...columns].sort((a, b) => {
    if (a.kind !== b.kind) return ranks[a.kind] - ranks[b.kind];
    return ranks[a.kind] < 2 ? 0 : a.name < b.name ? -1 : 1;
  });
}

async function createTable(
  context: QueryContext,
  statement: Extract<SchemaStatement, { kind: "create table" }>,
): Promise<QueryResult> {
  const keyspace = keyspaceOf(context, statement.table);
  const { table: name } = statement.table;
  if (context.schema.table(keyspace, name) !== undefined) {
    if (statement.quiet) return DONE;
    throw new CqlError("AlreadyExists", `Table '${keyspace}.${name}' already exists`);
  }
  const { partition, clustering, order } = statement;
  const duplicate = statement.columns.find(
    (column, index) => statement.columns.findIndex((one) => one.name === column.name) !== index,
  );
  if (duplicate !== undefined)
    throw invalid(
      context.major >= 4
        ? `Duplicate column '${duplicate.name}' declaration for table '${name}'`
        : `Multiple definition of identifier ${duplicate.name}`,
    );
  const ofKey = (column: string, kind: "partition_key" | "clustering"): ColumnSchema => {
    const definition = statement.columns.find((one) => one.name === column) as ColumnDefinition;
    if (definition.type.of.length > 0) throw invalid(`Invalid collection type for PRIMARY KEY component ${column}`);
    if (definition.static) throw invalid(`Static column ${column} cannot be part of the PRIMARY KEY`);
    return { name: column, type: definition.type, kind, ...(order[column] === "DESC" ? { descending: true } : {}) };
  };
  const misplaced = Object.keys(order).find((column) => !clustering.includes(column));
  if (misplaced !== undefined)
    throw invalid("Only clustering key columns can be defined in CLUSTERING ORDER directive");
  const keys = [
    ...partition.map((column) => ofKey(column, "partition_key")),
    ...clustering.map((column) => ofKey(column, "clustering")),
  ];
  const others = statement.columns
    .filter((column) => ![...partition, ...clustering].includes(column.name))
    .map((column) => toColumn(column, clustering.length > 0));
  const at = context.timestamp();
  const table: TableSchema = {
    keyspace,
    name,
    id: timeUuid(context.now, context.random),
    columns: ordered([...keys, ...others]),
    indexes: [],
    comment: "",
    gcGraceSeconds: 864_000,
    defaultTtl: 0,
    compaction: "SizeTieredCompactionStrategy",
    at,
  };
  await context.publish([applyOptions(table, statement.options)]);
  return DONE;
}

function toColumn({ name, type, static: isStatic }: ColumnDefinition, hasClustering: boolean): ColumnSchema {
  if (isStatic && !hasClustering)
    throw invalid("Static columns are only useful (and thus allowed) if the table has at least one clustering column");
  return { name, type, kind: isStatic ? "static" : "regular" };
}

async function alterTable(
  context: QueryContext,
  statement: Extract<SchemaStatement, { kind: "alter table" }>,
): Promise<QueryResult> {
  const table = tableOf(context, statement.table);
  const hasClustering = table.columns.some(({ kind }) => kind === "clustering");
  let { columns } = table;
  for (const column of statement.add) {
    const known = columnOf(table, column.name);
    if (known !== undefined)
      throw invalid(
        context.major >= 4
          ? `Column with name '${column.name}' already exists`
          : `Invalid column name ${column.name} because it conflicts with an existing column`,
      );
    columns = [...columns, toColumn(column, hasClustering)];
  }
  for (const name of statement.drop) {
    const known = columnOf(table, name);
    if (known === undefined)
      throw invalid(
        context.major >= 4
          ? `Column ${name} was not found in table '${table.keyspace}.${table.name}'`
          : `Column ${name} was not found in table ${table.name}`,
      );
    if (known.kind === "partition_key" || known.kind === "clustering")
      throw invalid(`Cannot drop PRIMARY KEY ${context.major >= 4 ? "column" : "part"} ${name}`);
    columns = columns.filter((column) => column.name !== name);
  }
  const changed = applyOptions({ ...table, columns: ordered(columns), at: context.timestamp() }, statement.options);
  await context.publish([changed]);
  return DONE;
}

// ------------------------------------------------------------------------------------------------------------ DESCRIBE

const quoted = (name: string) =>
  /^[a-z]\w*$/.test(name) && name === name.toLowerCase() ? name : `"${name.replaceAll('"', '""')}"`;

export function describeKeyspace(keyspace: KeyspaceSchema): string {
  const pairs = Object.entries(keyspace.replication).map(([key, value]) => `'${key}': '${value}'`);
  return `CREATE KEYSPACE ${quoted(keyspace.name)} WITH replication = {${pairs.join(", ")}}  AND durable_writes = ${keyspace.durableWrites};`;
}

export function describeTable(table: TableSchema, major: number): string {
  const partition = table.columns.filter(({ kind }) => kind === "partition_key");
  const clustering = table.columns.filter(({ kind }) => kind === "clustering");
  const alone = partition.length === 1 && clustering.length === 0;
  const lines = table.columns.map(({ name, type, kind }) => {
    const suffix = kind === "static" ? " static" : alone && kind === "partition_key" ? " PRIMARY KEY" : "";
    return `    ${quoted(name)} ${typeText(type)}${suffix}`;
  });
  if (!alone) {
    const names = partition.map(({ name }) => quoted(name)).join(", ");
    const first = partition.length > 1 ? `(${names})` : names;
    lines.push(`    PRIMARY KEY (${[first, ...clustering.map(({ name }) => quoted(name))].join(", ")})`);
  }
  const compaction = `{'class': 'org.apache.cassandra.db.compaction.${table.compaction}', 'max_threshold': '32', 'min_threshold': '4'}`;
  const options: string[] = [
    ...(clustering.length > 0
      ? [
          `CLUSTERING ORDER BY (${clustering.map(({ name, descending }) => `${quoted(name)} ${descending === true ? "DESC" : "ASC"}`).join(", ")})`,
        ]
      : []),
    ...(major >= 4 ? ["additional_write_policy = '99p'"] : []),
    "bloom_filter_fp_chance = 0.01",
    "caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'}",
    ...(major >= 4 ? ["cdc = false"] : []),
    `comment = '${table.comment.replaceAll("'", "''")}'`,
    `compaction = ${compaction}`,
    `compression = {'chunk_length_in_kb': '${major >= 4 ? 16 : 64}', 'class': 'org.apache.cassandra.io.compress.LZ4Compressor'}`,
    ...(major >= 4 ? ["memtable = 'default'"] : []),
    "crc_check_chance = 1.0",
    ...(major >= 4 ? [] : ["dclocal_read_repair_chance = 0.1"]),
    `default_time_to_live = ${table.defaultTtl}`,
    ...(major >= 4 ? ["extensions = {}"] : []),
    `gc_grace_seconds = ${table.gcGraceSeconds}`,
    "max_index_interval = 2048",
    "memtable_flush_period_in_ms = 0",
    "min_index_interval = 128",
    ...(major >= 4 ? ["read_repair = 'BLOCKING'"] : ["read_repair_chance = 0.0"]),
    `speculative_retry = '${major >= 4 ? "99p" : "99PERCENTILE"}'`,
  ];
  const indexes = table.indexes.map(
    ({ name, column }) =>
      `\n\nCREATE INDEX ${quoted(name)} ON ${quoted(table.keyspace)}.${quoted(table.name)} (${quoted(column)});`,
  );
  return `CREATE TABLE ${quoted(table.keyspace)}.${quoted(table.name)} (\n${lines.join(",\n")}\n) WITH ${options.join("\n    AND ")};${indexes.join("")}`;
}
