/** CREATE, ALTER, DROP and RENAME. */
import type { ConstraintSpec, TableName } from "../../kit/sql/ast.ts";
import { evaluate } from "../../kit/sql/evaluate.ts";
import type { ColumnInfo, Constraint } from "../../kit/sql/state.ts";
import { SqlError } from "../../kit/sql/values.ts";
import type { Alteration, ColumnDefinition, IndexDefinition, MysqlStatement, Position } from "../sql/ast.ts";
import { MysqlError, refusals, unsupported } from "../sql/errors.ts";
import { columnIndex, defaultOf, implicitDefault, keyOf, sameName, shownKey, stored, uniques } from "./rows.ts";
import type { Relation, Row, StatementContext } from "./types.ts";

export const SYSTEM_DATABASES = ["information_schema", "mysql", "performance_schema", "sys"];

/** Where a table of this name stands or would stand. */
export function placeOf(
  name: TableName,
  context: StatementContext,
): { readonly database: string; readonly name: string } {
  const database = name.schema ?? context.database;
  if (database === undefined) throw refusals.noDatabase();
  if (!context.transaction.hasDatabase(database)) {
    if (SYSTEM_DATABASES.includes(database))
      throw new MysqlError(3554, "HY000", `Access to system schema '${database}' is rejected.`);
    throw refusals.unknownDatabase(database);
  }
  return { database, name: name.name };
}

/** Digits that the widest value of an integer takes, as releases before 8.0.19 show them. */
const WIDTHS: Readonly<Record<string, readonly [signed: number, unsigned: number]>> = {
  tinyint: [4, 3],
  smallint: [6, 5],
  mediumint: [9, 8],
  int: [11, 10],
  bigint: [20, 20],
};

function withWidth({ declared, unsigned }: ColumnDefinition): string {
  const [word = ""] = declared.split(" ");
  const widths = WIDTHS[word];
  return widths === undefined ? declared : `${word}(${widths[unsigned ? 1 : 0]})${unsigned ? " unsigned" : ""}`;
}

async function columnInfo(column: ColumnDefinition, context: StatementContext): Promise<ColumnInfo> {
  const info: ColumnInfo = {
    name: column.name,
    type: column.type,
    size: column.size,
    notNull: column.notNull || column.constraints.some(({ kind }) => kind === "primary"),
    declared: context.host.flavour.integerWidths ? withWidth(column) : column.declared,
    ...(column.default === undefined ? {} : { default: column.default }),
    ...(column.unsigned ? { unsigned: true } : {}),
    ...(column.autoIncrement ? { autoIncrement: true } : {}),
    ...(column.touched ? { touched: true } : {}),
    ...(column.values === undefined ? {} : { values: column.values }),
    ...(column.comment === undefined ? {} : { comment: column.comment }),
  };
  if (column.default !== undefined) {
    const isTextual = /^(tiny|medium|long)?(text|blob)$|^json$/.test(column.declared);
    if (isTextual && column.default.expr.kind === "literal" && column.default.expr.value !== null)
      throw new MysqlError(
        1101,
        "42000",
        `BLOB, TEXT, GEOMETRY or JSON column '${column.name}' can't have a default value`,
      );
    try {
      const value = await evaluate(column.default.expr, undefined, context.sql);
      if (value.value === null && info.notNull) throw refusals.invalidDefault(column.name);
      stored(value, info, 1);
    } catch (problem) {
      if (problem instanceof SqlError) throw refusals.invalidDefault(column.name);
      throw problem;
    }
  }
  return info;
}

function freeName(relation: Pick<Relation, "indexes" | "constraints">, wanted: string): string {
  const taken = (name: string) =>
    relation.indexes.some((one) => sameName(one.name, name)) ||
    relation.constraints.some((one) => sameName(one.name, name));
  let name = wanted;
  for (let number = 2; taken(name); number++) name = `${wanted}_${number}`;
  return name;
}

function withIndex(relation: Relation, { name, columns, unique }: IndexDefinition): Relation {
  for (const column of columns)
    if (!relation.columns.some((one) => sameName(one.name, column))) throw refusals.noKeyColumn(column);
  if (name !== undefined && relation.indexes.some((one) => sameName(one.name, name)))
    throw refusals.duplicateKeyName(name);
  const index = { name: name ?? freeName(relation, columns[0] ?? ""), columns, unique };
  return { ...relation, indexes: [...relation.indexes, index] };
}

function withConstraint(relation: Relation, spec: ConstraintSpec, context: StatementContext): Relation {
  const known = (columns: readonly string[]) =>
    columns.map((column) => {
      const found = relation.columns.find((one) => sameName(one.name, column));
      if (found === undefined) throw refusals.noKeyColumn(column);
      return found.name;
    });
  const add = (constraint: Constraint): Relation => ({
    ...relation,
    constraints: [...relation.constraints, constraint],
  });
  switch (spec.kind) {
    case "primary": {
      if (relation.constraints.some(({ kind }) => kind === "primary")) throw refusals.manyPrimaryKeys();
      const columns = known(spec.columns);
      const made = add({ kind: "primary", name: "PRIMARY", columns });
      return {
        ...made,
        columns: made.columns.map((one) => (columns.includes(one.name) ? { ...one, notNull: true } : one)),
      };
    }
    case "unique":
      return withIndex(relation, { name: spec.name, columns: known(spec.columns), unique: true });
    case "check":
      return add({
        kind: "check",
        name:
          spec.name ??
          freeName(
            relation,
            `${relation.name}_chk_${relation.constraints.filter(({ kind }) => kind === "check").length + 1}`,
          ),
        expr: spec.expr,
        text: spec.text,
      });
    case "foreign": {
      const columns = known(spec.columns);
      const parent =
        spec.table === relation.name ? relation : context.transaction.relation(relation.database, spec.table);
      if (parent === undefined) {
        if (context.foreignKeyChecks)
          throw new MysqlError(1824, "HY000", `Failed to open the referenced table '${spec.table}'`);
      } else {
        const keys = [...uniques(parent).map((key) => key.columns), ...parent.indexes.map((key) => key.columns)];
        const fits = keys.some((key) => spec.target.every((name, index) => sameName(key[index] ?? "", name)));
        if (!fits)
          throw new MysqlError(
            1822,
            "HY000",
            `Failed to add the foreign key constraint. Missing index for constraint '${spec.name ?? `${relation.name}_ibfk_1`}' in the referenced table '${spec.table}'`,
          );
      }
      const number = relation.constraints.filter(({ kind }) => kind === "foreign").length + 1;
      const name = spec.name ?? `${relation.name}_ibfk_${number}`;
      const made = add({
        kind: "foreign",
        name,
        columns,
        table: spec.table,
        target: spec.target,
        onDelete: spec.onDelete,
      });
      // A foreign key has an index of its own where there is none.
      const indexed = [...uniques(made), ...made.indexes].some((key) =>
        sameName(key.columns[0] ?? "", columns[0] ?? ""),
      );
      return indexed ? made : withIndex(made, { name: spec.name ?? columns[0], columns, unique: false });
    }
  }
}

function checkAuto(relation: Relation): void {
  const autos = relation.columns.filter(({ autoIncrement }) => autoIncrement === true);
  const [auto] = autos;
  if (auto === undefined) return;
  const keys = [...uniques(relation), ...relation.indexes];
  if (autos.length > 1 || !keys.some(({ columns }) => sameName(columns[0] ?? "", auto.name)))
    throw refusals.autoNeedsKey();
}

export async function createTable(
  statement: Extract<MysqlStatement, { kind: "create table" }>,
  context: StatementContext,
): Promise<number> {
  const { database, name } = placeOf(statement.table, context);
  const { transaction } = context;
  if (transaction.relation(database, name) !== undefined) {
    if (!statement.quiet) throw refusals.tableExists(name);
    context.warn("Note", 1050, `Table '${name}' already exists`);
    return 0;
  }
  let relation: Relation = {
    oid: transaction.newOid(),
    database,
    name,
    kind: "table",
    owner: "",
    columns: [],
    constraints: [],
    indexes: [],
  };
  let rows: readonly Row[] = [];
  if (statement.like !== undefined) {
    const model = await context.relation(statement.like, "SELECT");
    relation = {
      ...relation,
      columns: model.columns,
      indexes: model.indexes,
      constraints: model.constraints.filter(({ kind }) => kind !== "foreign"),
    };
  } else {
    const columns: ColumnInfo[] = [];
    for (const column of statement.columns) {
      if (columns.some((one) => sameName(one.name, column.name))) throw refusals.duplicateColumn(column.name);
      columns.push(await columnInfo(column, context));
    }
    if (statement.query !== undefined) {
      const found = await context.sql.query(statement.query, undefined, context.sql);
      for (const { name: column, type, size = [], declared, notNull = false } of found.columns) {
        if (columns.some((one) => sameName(one.name, column))) throw refusals.duplicateColumn(column);
        const kind = type === "unknown" ? "text" : type;
        columns.push({ name: column, type: kind, size, notNull, declared: declared ?? DECLARED[type] ?? "text" });
      }
      if (statement.columns.length > 0) throw unsupported("CREATE TABLE (columns) SELECT");
      rows = found.rows;
    }
    if (columns.length === 0) throw refusals.noColumns();
    relation = { ...relation, columns };
    const specs = [...statement.columns.flatMap(({ constraints }) => constraints), ...statement.constraints];
    for (const spec of [...specs].sort((a, b) => rank(a) - rank(b))) relation = withConstraint(relation, spec, context);
    for (const index of statement.indexes) relation = withIndex(relation, index);
  }
  checkAuto(relation);
  transaction.putRelation(relation);
  transaction.setSequence(relation, statement.autoIncrement ?? 1, false);
  for (const row of rows) transaction.put(relation.oid, row);
  return rows.length;
}

const rank = ({ kind }: ConstraintSpec) => ["primary", "unique", "check", "foreign"].indexOf(kind);
const DECLARED: Readonly<Record<string, string>> = {
  int2: "tinyint",
  int4: "int",
  int8: "bigint",
  numeric: "decimal(65,30)",
  float8: "double",
  varchar: "varchar(255)",
  timestamp: "datetime",
  date: "date",
  jsonb: "json",
};

function rebuilt(
  relation: Relation,
  from: Relation,
  context: StatementContext,
  convert: (row: Row, number: number) => Row,
): void {
  const { transaction } = context;
  const rows = [...transaction.rows(from.oid)];
  const seen = new Set<string>();
  const next: Row[] = [];
  for (const [number, [, row]] of rows.entries()) {
    const made = convert(row, number + 1);
    for (const { name, columns } of uniques(relation)) {
      const key = keyOf(relation, columns, made);
      if (key === undefined) continue;
      if (seen.has(`${name}\0${key}`))
        throw refusals.duplicateEntry(
          shownKey(relation, columns, made),
          context.host.flavour.keyWithTable ? `${relation.name}.${name}` : name,
        );
      seen.add(`${name}\0${key}`);
    }
    next.push(made);
  }
  transaction.putRelation(relation);
  for (const [index, [id, row]] of rows.entries()) {
    const made = next[index];
    if (made !== undefined && (made.length !== row.length || made.some((value, at) => value !== row[at])))
      transaction.replace(relation.oid, id, made);
  }
}

function placed(
  columns: readonly ColumnInfo[],
  column: ColumnInfo,
  position: Position,
  otherwise: number,
): ColumnInfo[] {
  const rest = [...columns];
  if (position === undefined) rest.splice(otherwise, 0, column);
  else if ("first" in position) rest.unshift(column);
  else {
    const after = rest.findIndex(({ name }) => sameName(name, position.after));
    if (after === -1) throw refusals.noColumn(position.after, "table definition");
    rest.splice(after + 1, 0, column);
  }
  return rest;
}

const renamed = (names: readonly string[], from: string, to: string) =>
  names.map((name) => (sameName(name, from) ? to : name));

export async function alterTable(
  statement: Extract<MysqlStatement, { kind: "alter table" }>,
  context: StatementContext,
): Promise<void> {
  let relation = await context.relation(statement.table, "ALTER");
  for (const action of statement.actions) relation = await alter(relation, action, context);
}

async function alter(before: Relation, action: Alteration, context: StatementContext): Promise<Relation> {
  const { transaction } = context;
  const same = (row: Row) => row;
  switch (action.kind) {
    case "add column": {
      const column = await columnInfo(action.column, context);
      if (before.columns.some(({ name }) => sameName(name, column.name))) throw refusals.duplicateColumn(column.name);
      const columns = placed(before.columns, column, action.position, before.columns.length);
      let relation: Relation = { ...before, columns };
      for (const spec of action.column.constraints) relation = withConstraint(relation, spec, context);
      checkAuto(relation);
      const at = columns.indexOf(column);
      const given = await defaultOf(column, context.sql);
      const value = given === undefined ? implicitDefault(column) : stored(given, column, 1);
      rebuilt(relation, before, context, (row, number) => {
        const fresh = column.autoIncrement === true ? number : value;
        return [...row.slice(0, at), fresh, ...row.slice(at)];
      });
      if (column.autoIncrement === true)
        transaction.setSequence(relation, [...transaction.rows(before.oid)].length + 1, true);
      return relation;
    }
    case "change column": {
      const at = columnIndex(before, action.from, "table definition");
      const column = await columnInfo(action.column, context);
      const others = before.columns.filter((_one, index) => index !== at);
      if (others.some(({ name }) => sameName(name, column.name))) throw refusals.duplicateColumn(column.name);
      const primary = before.constraints.some(
        (one) => one.kind === "primary" && one.columns.some((name) => sameName(name, action.from)),
      );
      const info = primary ? { ...column, notNull: true } : column;
      const columns = placed(others, info, action.position, at);
      let relation: Relation = { ...renameIn(before, action.from, info.name), columns };
      for (const spec of action.column.constraints.filter(({ kind }) => kind !== "primary" || !primary))
        relation = withConstraint(relation, spec, context);
      checkAuto(relation);
      const to = columns.indexOf(info);
      const type = before.columns[at]?.type ?? "text";
      rebuilt(relation, before, context, (row, number) => {
        const old = row[at] ?? null;
        if (old === null && info.notNull) throw new MysqlError(1138, "22004", "Invalid use of NULL value");
        const value = stored({ type, value: old }, info, number);
        const rest = row.filter((_one, index) => index !== at);
        return [...rest.slice(0, to), value, ...rest.slice(to)];
      });
      return relation;
    }
    case "drop column": {
      const at = before.columns.findIndex(({ name }) => sameName(name, action.name));
      if (at === -1) throw refusals.noKey(action.name, "COLUMN", context.host.flavour.mariadb);
      if (before.columns.length === 1)
        throw new MysqlError(1090, "42000", "You can't delete all columns with ALTER TABLE; use DROP TABLE instead");
      const uses = (columns: readonly string[]) => columns.some((name) => sameName(name, action.name));
      const foreign = before.constraints.find((one) => one.kind === "foreign" && uses(one.columns));
      if (foreign !== undefined)
        throw new MysqlError(
          1828,
          "HY000",
          `Cannot drop column '${action.name}': needed in a foreign key constraint '${foreign.name}'`,
        );
      const without = (columns: readonly string[]) => columns.filter((name) => !sameName(name, action.name));
      const relation: Relation = {
        ...before,
        columns: before.columns.filter((_one, index) => index !== at),
        indexes: before.indexes
          .map((index) => ({ ...index, columns: without(index.columns) }))
          .filter(({ columns }) => columns.length > 0),
        constraints: before.constraints
          .map((one) => (one.kind === "primary" ? { ...one, columns: without(one.columns) } : one))
          .filter((one) => one.kind !== "primary" || one.columns.length > 0),
      };
      rebuilt(relation, before, context, (row) => row.filter((_one, index) => index !== at));
      return relation;
    }
    case "rename column": {
      const at = columnIndex(before, action.from, before.name);
      if (before.columns.some(({ name }, index) => index !== at && sameName(name, action.to)))
        throw refusals.duplicateColumn(action.to);
      const columns = before.columns.map((one, index) => (index === at ? { ...one, name: action.to } : one));
      const relation = { ...renameIn(before, action.from, action.to), columns };
      transaction.putRelation(relation);
      return relation;
    }
    case "add constraint": {
      const relation = withConstraint(before, action.constraint, context);
      checkAuto(relation);
      const { constraint } = action;
      if (constraint.kind === "foreign" && context.foreignKeyChecks) checkExisting(relation, context);
      rebuilt(relation, before, context, (row) => {
        for (const [index, column] of relation.columns.entries())
          if (column.notNull && row[index] === null) throw new MysqlError(1138, "22004", "Invalid use of NULL value");
        return row;
      });
      return relation;
    }
    case "add index": {
      const relation = withIndex(before, action.index);
      rebuilt(relation, before, context, same);
      return relation;
    }
    case "drop index":
    case "drop primary":
    case "drop foreign": {
      const relation = without(before, action, context);
      checkAuto(relation);
      transaction.putRelation(relation);
      return relation;
    }
    case "rename":
      return renameTable(before, action.to, context);
    case "auto increment":
      transaction.setSequence(before, Math.max(action.value, highest(before, context) + 1), true);
      return before;
    case "default": {
      const at = columnIndex(before, action.column, before.name);
      const columns = before.columns.map((one, index) => {
        if (index !== at) return one;
        const { default: _old, ...rest } = one;
        return action.value === undefined ? rest : { ...rest, default: action.value };
      });
      const relation = { ...before, columns };
      transaction.putRelation(relation);
      return relation;
    }
  }
}

function highest(relation: Relation, context: StatementContext): number {
  const at = relation.columns.findIndex(({ autoIncrement }) => autoIncrement === true);
  let most = 0;
  for (const [, row] of context.transaction.rows(relation.oid)) most = Math.max(most, Number(row[at] ?? 0));
  return most;
}

function checkExisting(relation: Relation, context: StatementContext): void {
  const foreign = relation.constraints.at(-1);
  if (foreign?.kind !== "foreign") return;
  const parent = context.transaction.relation(relation.database, foreign.table);
  const known = new Set(
    parent === undefined
      ? []
      : [...context.transaction.rows(parent.oid)].map(([, row]) => keyOf(parent, foreign.target, row)),
  );
  for (const [, row] of context.transaction.rows(relation.oid)) {
    const key = keyOf(relation, foreign.columns, row);
    if (key !== undefined && !known.has(key))
      throw refusals.noChild(
        relation.database,
        relation.name,
        `CONSTRAINT \`${foreign.name}\` FOREIGN KEY (${foreign.columns.map((name) => `\`${name}\``).join(", ")}) REFERENCES \`${foreign.table}\` (${foreign.target.map((name) => `\`${name}\``).join(", ")})`,
      );
  }
}

function without(
  relation: Relation,
  action: Extract<Alteration, { kind: "drop index" | "drop primary" | "drop foreign" }>,
  context: StatementContext,
): Relation {
  const { mariadb } = context.host.flavour;
  if (action.kind === "drop primary" || (action.kind === "drop index" && sameName(action.name, "PRIMARY"))) {
    if (!relation.constraints.some(({ kind }) => kind === "primary")) throw refusals.noKey("PRIMARY", "INDEX", mariadb);
    return { ...relation, constraints: relation.constraints.filter(({ kind }) => kind !== "primary") };
  }
  if (action.kind === "drop foreign") {
    const rest = relation.constraints.filter(({ kind, name }) => !(kind !== "primary" && sameName(name, action.name)));
    if (rest.length === relation.constraints.length) throw refusals.noKey(action.name, "CONSTRAINT", mariadb);
    return { ...relation, constraints: rest };
  }
  const { name } = action as { readonly name: string };
  const index = relation.indexes.find((one) => sameName(one.name, name));
  if (index === undefined) throw refusals.noKey(name, "INDEX", mariadb);
  const needed = relation.constraints.some(
    (one) => one.kind === "foreign" && sameName(one.columns[0] ?? "", index.columns[0] ?? ""),
  );
  if (needed) throw new MysqlError(1553, "HY000", `Cannot drop index '${name}': needed in a foreign key constraint`);
  return { ...relation, indexes: relation.indexes.filter((one) => one !== index) };
}

function renameIn(relation: Relation, from: string, to: string): Relation {
  return {
    ...relation,
    indexes: relation.indexes.map((index) => ({ ...index, columns: renamed(index.columns, from, to) })),
    constraints: relation.constraints.map((one) =>
      one.kind === "check" ? one : { ...one, columns: renamed(one.columns, from, to) },
    ),
  };
}

export function renameTable(before: Relation, to: TableName, context: StatementContext): Relation {
  const { database, name } = placeOf(to, context);
  if (context.transaction.relation(database, name) !== undefined) throw refusals.tableExists(name);
  const relation = { ...before, database, name };
  context.transaction.putRelation(relation);
  for (const child of context.transaction.relations(before.database)) {
    if (!child.constraints.some((one) => one.kind === "foreign" && one.table === before.name)) continue;
    context.transaction.putRelation({
      ...child,
      constraints: child.constraints.map((one) =>
        one.kind === "foreign" && one.table === before.name ? { ...one, table: name } : one,
      ),
    });
  }
  return relation;
}

export async function dropTables(
  statement: Extract<MysqlStatement, { kind: "drop table" }>,
  context: StatementContext,
): Promise<void> {
  const missing: string[] = [];
  const found: Relation[] = [];
  for (const table of statement.tables) {
    const place = placeOf(table, context);
    if (context.transaction.relation(place.database, place.name) === undefined)
      missing.push(`${place.database}.${place.name}`);
    else found.push(await context.relation(table, "DROP"));
  }
  if (missing.length > 0 && !statement.quiet) throw refusals.unknownTable(missing.join(","));
  for (const name of missing) context.warn("Note", 1051, `Unknown table '${name}'`);
  for (const relation of found) {
    for (const child of context.transaction.relations(relation.database)) {
      const foreign = child.constraints.find((one) => one.kind === "foreign" && one.table === relation.name);
      if (foreign === undefined || found.some(({ oid }) => oid === child.oid) || !context.foreignKeyChecks) continue;
      throw new MysqlError(
        3730,
        "HY000",
        `Cannot drop table '${relation.name}' referenced by a foreign key constraint '${foreign.name}' on table '${child.name}'.`,
      );
    }
    context.transaction.dropRelation(relation.oid);
  }
}
