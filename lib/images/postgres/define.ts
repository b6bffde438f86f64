/** CREATE, ALTER and DROP. */
import type { AlterAction, ColumnSpec, ConstraintSpec, Expr, Statement } from "../kit/sql/ast.ts";
import { evaluate, holds } from "../kit/sql/evaluate.ts";
import { runQuery } from "../kit/sql/select.ts";
import type { ColumnInfo, Constraint, Relation } from "../kit/sql/state.ts";
import { cast, groupKey, SqlError } from "../kit/sql/values.ts";
import { giveRelation, initialAcl, newOwner } from "./grants.ts";
import { columnsOf, type ModifyContext } from "./modify.ts";
import { type Authority, schemaSecured, tableSecured } from "./privileges.ts";
import { superuserOf } from "./roles.ts";

export interface DefineContext extends ModifyContext {
  readonly user: string;
  /** As whom the session was opened, or says it was (SET SESSION AUTHORIZATION). */
  readonly sessionUser: string;
  readonly authority: Authority;
  /** Of the server's version. */
  readonly major: number;
  readonly notice: (text: string) => void;
  readonly warn: (text: string) => void;
}

/** Nobody makes anything in a schema without leave. */
function mayCreate({ transaction, database, authority, major }: DefineContext, at?: number): void {
  const info = transaction.database(database);
  if (info !== undefined) authority.need(schemaSecured(info, superuserOf(transaction), major), "C", at);
}

function taken(context: DefineContext, name: string): boolean {
  return context.transaction
    .relations(context.database)
    .some(
      (relation) =>
        relation.name === name ||
        relation.indexes.some((index) => index.name === name) ||
        relation.constraints.some((one) => (one.kind === "primary" || one.kind === "unique") && one.name === name),
    );
}

function freeName(context: DefineContext, name: string): string {
  let found = name;
  for (let number = 1; taken(context, found); number++) found = `${name}${number}`;
  return found;
}

function makeSequence(
  context: DefineContext,
  name: string,
  owner: string | undefined,
  start = 1,
  increment = 1,
): Relation {
  const relation: Relation = {
    oid: context.transaction.newOid(),
    database: context.database,
    name,
    kind: "sequence",
    owner: context.user,
    columns: [],
    constraints: [],
    indexes: [],
    start,
    increment,
    ...(owner === undefined ? {} : { ownedBy: owner }),
    ...initialAcl("SEQUENCE", name, context),
  };
  context.transaction.putRelation(relation);
  return relation;
}

function makeColumn(context: DefineContext, table: string, spec: ColumnSpec): ColumnInfo {
  const { name, type, size, notNull, identity } = spec;
  let value = spec.default;
  if (spec.serial || identity !== undefined) {
    const sequence = makeSequence(context, freeName(context, `${table}_${name}_seq`), `${table}.${name}`);
    const next: Expr = {
      kind: "call",
      name: "nextval",
      args: [{ kind: "literal", value: sequence.name, type: "text" }],
      star: false,
      distinct: false,
      filter: undefined,
      at: 0,
    };
    value = { expr: next, text: `nextval('${sequence.name}'::regclass)` };
  }
  const primary = spec.constraints.some(({ kind }) => kind === "primary");
  return {
    name,
    type,
    size,
    notNull: notNull || primary,
    ...(value === undefined ? {} : { default: value }),
    ...(identity === undefined ? {} : { identity }),
  };
}

/** Names a constraint as PostgreSQL does, and checks what it speaks of. */
function makeConstraint(context: DefineContext, relation: Relation, spec: ConstraintSpec): Constraint {
  const known = (column: string) => {
    if (!relation.columns.some(({ name }) => name === column))
      throw new SqlError(
        "42703",
        spec.kind === "foreign"
          ? `column "${column}" referenced in foreign key constraint does not exist`
          : `column "${column}" named in key does not exist`,
      );
  };
  if (spec.kind === "check") {
    const columns = new Set<string>();
    JSON.stringify(spec.expr, (_key, value: unknown) => {
      if (typeof value === "object" && value !== null && "kind" in value && value.kind === "column" && "name" in value)
        columns.add(String(value.name));
      return value;
    });
    for (const column of columns)
      if (!relation.columns.some(({ name }) => name === column))
        throw new SqlError("42703", `column "${column}" does not exist`);
    const base = columns.size === 1 ? `${relation.name}_${[...columns][0]}_check` : `${relation.name}_check`;
    let name = spec.name ?? base;
    for (let number = 1; spec.name === undefined && relation.constraints.some((one) => one.name === name); number++)
      name = `${base}${number}`;
    return { kind: "check", name, expr: spec.expr, text: spec.text };
  }
  for (const column of spec.columns) known(column);
  if (spec.kind !== "foreign") {
    const base = spec.kind === "primary" ? `${relation.name}_pkey` : `${relation.name}_${spec.columns.join("_")}_key`;
    return { kind: spec.kind, name: spec.name ?? freeName(context, base), columns: spec.columns };
  }
  const target = spec.table === relation.name ? relation : context.transaction.relation(context.database, spec.table);
  if (target === undefined) throw new SqlError("42P01", `relation "${spec.table}" does not exist`);
  if (target !== relation) context.authority.need(tableSecured(target), "x");
  const primary = target.constraints.find(({ kind }) => kind === "primary");
  const columns = spec.target.length > 0 ? spec.target : primary?.kind === "primary" ? primary.columns : [];
  const unique = target.constraints.some(
    (one) =>
      (one.kind === "primary" || one.kind === "unique") &&
      [...one.columns].sort().join() === [...columns].sort().join(),
  );
  if (columns.length === 0) throw new SqlError("42704", `there is no primary key for referenced table "${spec.table}"`);
  if (!unique)
    throw new SqlError(
      "42830",
      `there is no unique constraint matching given keys for referenced table "${spec.table}"`,
    );
  const { table, onDelete } = spec;
  return {
    kind: "foreign",
    name: spec.name ?? `${relation.name}_${spec.columns.join("_")}_fkey`,
    columns: spec.columns,
    table,
    target: columns,
    onDelete,
  };
}

/** With a primary key its columns cannot be null. */
function withKeyNotNull(relation: Relation): Relation {
  const primary = relation.constraints.filter(({ kind }) => kind === "primary");
  if (primary.length > 1)
    throw new SqlError("42P16", `multiple primary keys for table "${relation.name}" are not allowed`);
  const [first] = primary;
  if (first?.kind !== "primary") return relation;
  return {
    ...relation,
    columns: relation.columns.map((column) =>
      first.columns.includes(column.name) ? { ...column, notNull: true } : column,
    ),
  };
}

export async function createTable(
  statement: Extract<Statement, { kind: "create table" }>,
  context: DefineContext,
): Promise<string> {
  const { name } = statement.table;
  mayCreate(context, statement.table.at);
  if (taken(context, name)) {
    if (!statement.quiet) throw new SqlError("42P07", `relation "${name}" already exists`);
    context.notice(`relation "${name}" already exists, skipping`);
    return "CREATE TABLE";
  }
  const oid = context.transaction.newOid();
  const base = {
    oid,
    database: context.database,
    name,
    kind: "table" as const,
    owner: context.user,
    indexes: [],
    ...initialAcl("TABLE", name, context),
  };
  if (statement.query !== undefined) {
    const { columns, rows } = await runQuery(statement.query, undefined, context.sql);
    const infos = columns.map(
      (column): ColumnInfo => ({
        name: column.name,
        type: column.type === "unknown" ? "text" : column.type,
        size: column.size ?? [],
        notNull: false,
      }),
    );
    context.transaction.putRelation({ ...base, columns: infos, constraints: [] });
    for (const row of rows) context.transaction.put(oid, row);
    return `SELECT ${rows.length}`;
  }
  const twice = statement.columns.find(
    (column, index) => statement.columns.findIndex((one) => one.name === column.name) !== index,
  );
  if (twice !== undefined) throw new SqlError("42701", `column "${twice.name}" specified more than once`);
  let relation: Relation = {
    ...base,
    columns: statement.columns.map((spec) => makeColumn(context, name, spec)),
    constraints: [],
  };
  for (const spec of [...statement.columns.flatMap(({ constraints }) => constraints), ...statement.constraints])
    relation = { ...relation, constraints: [...relation.constraints, makeConstraint(context, relation, spec)] };
  context.transaction.putRelation(withKeyNotNull(relation));
  return "CREATE TABLE";
}

export async function alterTable(
  statement: Extract<Statement, { kind: "alter table" }>,
  context: DefineContext,
): Promise<void> {
  if (statement.quiet && context.transaction.relation(context.database, statement.table.name) === undefined) {
    context.notice(`relation "${statement.table.name}" does not exist, skipping`);
    return;
  }
  let relation = context.relation(statement.table, "owner");
  for (const action of statement.actions) relation = await act(relation, action, context);
}

async function act(relation: Relation, action: AlterAction, context: DefineContext): Promise<Relation> {
  const { transaction } = context;
  const column = (name: string) => {
    const index = relation.columns.findIndex((one) => one.name === name);
    if (index === -1) throw new SqlError("42703", `column "${name}" of relation "${relation.name}" does not exist`);
    return index;
  };
  const put = (next: Relation) => {
    const checked = withKeyNotNull(next);
    transaction.putRelation(checked);
    return checked;
  };
  const changed = (name: string, change: (one: ColumnInfo) => ColumnInfo) => {
    const index = column(name);
    return { ...relation, columns: relation.columns.map((one, at) => (at === index ? change(one) : one)) };
  };
  const rows = () => [...transaction.rows(relation.oid)];
  switch (action.kind) {
    case "add column": {
      if (relation.columns.some(({ name }) => name === action.column.name)) {
        if (!action.quiet)
          throw new SqlError("42701", `column "${action.column.name}" of relation "${relation.name}" already exists`);
        context.notice(`column "${action.column.name}" of relation "${relation.name}" already exists, skipping`);
        return relation;
      }
      const made = makeColumn(context, relation.name, action.column);
      let next: Relation = { ...relation, columns: [...relation.columns, made] };
      for (const spec of action.column.constraints)
        next = { ...next, constraints: [...next.constraints, makeConstraint(context, next, spec)] };
      next = put(next);
      for (const [id, row] of rows()) {
        const value =
          made.default === undefined
            ? null
            : cast(await evaluate(made.default.expr, undefined, context.sql), made.type, made.size).value;
        if (value === null && made.notNull)
          throw new SqlError("23502", `column "${made.name}" of relation "${relation.name}" contains null values`);
        transaction.replace(relation.oid, id, [...row, value]);
      }
      return next;
    }
    case "drop column": {
      if (action.quiet && !relation.columns.some(({ name }) => name === action.name)) return relation;
      const index = column(action.name);
      const constraints = relation.constraints.filter(
        (one) => one.kind === "check" || !one.columns.includes(action.name),
      );
      const next = put({
        ...relation,
        columns: relation.columns.filter((_one, at) => at !== index),
        constraints,
        indexes: relation.indexes.filter(({ columns }) => !columns.includes(action.name)),
      });
      for (const [id, row] of rows())
        transaction.replace(
          relation.oid,
          id,
          row.filter((_value, at) => at !== index),
        );
      return next;
    }
    case "rename column": {
      if (relation.constraints.some(({ kind }) => kind === "check"))
        throw new SqlError("0A000", "renaming a column of a table with check constraints is not supported here");
      const renamed = (names: readonly string[]) => names.map((name) => (name === action.from ? action.to : name));
      const next = changed(action.from, (one) => ({ ...one, name: action.to }));
      const constraints = next.constraints.map((one) =>
        one.kind === "check" ? one : { ...one, columns: renamed(one.columns) },
      );
      return put({
        ...next,
        constraints,
        indexes: next.indexes.map((index) => ({ ...index, columns: renamed(index.columns) })),
      });
    }
    case "rename":
      if (taken(context, action.to)) throw new SqlError("42P07", `relation "${action.to}" already exists`);
      return put({ ...relation, name: action.to });
    case "add constraint": {
      const constraint = makeConstraint(context, relation, action.constraint);
      if (relation.constraints.some(({ name }) => name === constraint.name))
        throw new SqlError("42710", `constraint "${constraint.name}" for relation "${relation.name}" already exists`);
      const next = put({ ...relation, constraints: [...relation.constraints, constraint] });
      await checkRows(next, constraint, context);
      return next;
    }
    case "drop constraint": {
      const rest = relation.constraints.filter(({ name }) => name !== action.name);
      if (rest.length === relation.constraints.length && !action.quiet)
        throw new SqlError("42704", `constraint "${action.name}" of relation "${relation.name}" does not exist`);
      return put({ ...relation, constraints: rest });
    }
    case "default":
      return put(
        changed(action.column, ({ default: _former, ...one }) =>
          action.value === undefined ? one : { ...one, default: action.value },
        ),
      );
    case "owner":
      return giveRelation(relation, newOwner(action.to, context), context);
    case "not null": {
      const index = column(action.column);
      if (action.on && rows().some(([, row]) => row[index] === null))
        throw new SqlError("23502", `column "${action.column}" of relation "${relation.name}" contains null values`);
      return put(changed(action.column, (one) => ({ ...one, notNull: action.on })));
    }
  }
}

async function checkRows(relation: Relation, constraint: Constraint, context: DefineContext): Promise<void> {
  const seen = new Set<string>();
  const columns = columnsOf(relation);
  for (const [, row] of context.transaction.rows(relation.oid)) {
    await context.sql.spend(5);
    if (constraint.kind === "check") {
      const not: Expr = { kind: "unary", operator: "NOT", operand: constraint.expr };
      if (await holds(not, { columns, row, outer: undefined }, context.sql))
        throw new SqlError(
          "23514",
          `check constraint "${constraint.name}" of relation "${relation.name}" is violated by some row`,
        );
    } else if (constraint.kind !== "foreign") {
      const values = constraint.columns
        .map((name) => columns.findIndex((column) => column.name === name))
        .map((index) => ({ type: columns[index]?.type ?? "text", value: row[index] ?? null }));
      const key = values.map(groupKey).join("\u0001");
      if (seen.has(key) && values.every(({ value }) => value !== null))
        throw new SqlError("23505", `could not create unique index "${constraint.name}"`, {
          detail: `Key (${constraint.columns.join(", ")})=(${values.map(({ value }) => String(value)).join(", ")}) is duplicated.`,
        });
      seen.add(key);
    }
  }
}

export async function createIndex(
  statement: Extract<Statement, { kind: "create index" }>,
  context: DefineContext,
): Promise<void> {
  const relation = context.relation(statement.table, "owner");
  mayCreate(context);
  const missing = statement.columns.find((name) => !relation.columns.some((column) => column.name === name));
  if (missing !== undefined) throw new SqlError("42703", `column "${missing}" does not exist`);
  const name = statement.name ?? freeName(context, `${relation.name}_${statement.columns.join("_")}_idx`);
  if (taken(context, name)) {
    if (!statement.quiet) throw new SqlError("42P07", `relation "${name}" already exists`);
    context.notice(`relation "${name}" already exists, skipping`);
    return;
  }
  if (statement.unique) await checkRows(relation, { kind: "unique", name, columns: statement.columns }, context);
  context.transaction.putRelation({
    ...relation,
    indexes: [...relation.indexes, { name, columns: statement.columns, unique: statement.unique }],
  });
}

export function drop(
  { what, names, quiet, cascade }: Extract<Statement, { kind: "drop" }>,
  context: DefineContext,
): void {
  for (const { name } of names) {
    if (what === "INDEX") {
      const owner = context.transaction
        .relations(context.database)
        .find(({ indexes }) => indexes.some((index) => index.name === name));
      if (owner !== undefined) context.authority.needOwner({ what: "INDEX", name, owner: owner.owner });
      if (owner !== undefined)
        context.transaction.putRelation({ ...owner, indexes: owner.indexes.filter((index) => index.name !== name) });
      else if (quiet) context.notice(`index "${name}" does not exist, skipping`);
      else throw new SqlError("42704", `index "${name}" does not exist`);
      continue;
    }
    const relation = context.transaction.relation(context.database, name);
    if (relation === undefined || relation.kind !== what.toLowerCase()) {
      if (!quiet) throw new SqlError("42P01", `${what.toLowerCase()} "${name}" does not exist`);
      context.notice(`${what.toLowerCase()} "${name}" does not exist, skipping`);
      continue;
    }
    context.authority.needOwner(tableSecured(relation));
    dropRelation(
      relation,
      names.map((one) => one.name),
      cascade,
      context,
    );
  }
}

export function dropRelation(
  relation: Relation,
  names: readonly string[],
  cascade: boolean,
  context: DefineContext,
): void {
  for (const other of context.transaction.relations(context.database)) {
    const referring = other.constraints.filter((one) => one.kind === "foreign" && one.table === relation.name);
    if (other.oid === relation.oid || names.includes(other.name) || referring.length === 0) continue;
    if (!cascade)
      throw new SqlError("2BP01", `cannot drop table ${relation.name} because other objects depend on it`, {
        detail: referring
          .map((one) => `constraint ${one.name} on table ${other.name} depends on table ${relation.name}`)
          .join("\n"),
        hint: "Use DROP ... CASCADE to drop the dependent objects too.",
      });
    for (const one of referring) context.notice(`drop cascades to constraint ${one.name} on table ${other.name}`);
    context.transaction.putRelation({
      ...other,
      constraints: other.constraints.filter((one) => !referring.includes(one)),
    });
  }
  context.transaction.dropRelation(relation.oid);
  for (const sequence of context.transaction.relations(context.database))
    if (sequence.ownedBy?.startsWith(`${relation.name}.`) === true) context.transaction.dropRelation(sequence.oid);
}

export function createSequence(
  statement: Extract<Statement, { kind: "create sequence" }>,
  context: DefineContext,
): void {
  mayCreate(context);
  if (taken(context, statement.name)) {
    if (!statement.quiet) throw new SqlError("42P07", `relation "${statement.name}" already exists`);
    context.notice(`relation "${statement.name}" already exists, skipping`);
    return;
  }
  makeSequence(context, statement.name, undefined, statement.start, statement.increment);
}
