/** INSERT, UPDATE, DELETE and TRUNCATE, with the constraints they must keep. */
import type { Expr, Output, Statement } from "../kit/sql/ast.ts";
import { evaluate, holds, type RowColumn, type Rowset, type SqlContext } from "../kit/sql/evaluate.ts";
import { runQuery } from "../kit/sql/select.ts";
import type { ColumnInfo, Constraint, Relation, Row, Transaction } from "../kit/sql/state.ts";
import {
  cast,
  compareRaw,
  groupKey,
  isText,
  NULL,
  type Raw,
  SqlError,
  shownType,
  type Typed,
  toText,
} from "../kit/sql/values.ts";

export interface ModifyContext {
  readonly sql: SqlContext;
  readonly transaction: Transaction;
  readonly database: string;
  /** The relation of a name, for somebody who may do what the letters say with it, all of it. Throws 42P01 and 42501. */
  readonly relation: (
    name: { readonly schema: string | undefined; readonly name: string; readonly at: number },
    need: string,
  ) => Relation;
}

export interface Modified {
  readonly count: number;
  readonly returned: Rowset | undefined;
}

export function columnsOf(relation: Relation, alias = relation.name): RowColumn[] {
  const primary = relation.constraints.find(({ kind }) => kind === "primary");
  const key = primary?.kind === "primary" && primary.columns.length === 1 ? primary.columns[0] : undefined;
  return relation.columns.map(({ name, type, size }) => ({
    table: alias,
    name,
    type,
    size,
    ...(name === key ? { key: true } : {}),
  }));
}

function columnIndex(relation: Relation, name: string, at?: number): number {
  const index = relation.columns.findIndex((column) => column.name === name);
  if (index === -1)
    throw new SqlError("42703", `column "${name}" of relation "${relation.name}" does not exist`, { at });
  return index;
}

const isDefault = (expr: Expr) => expr.kind === "column" && expr.name === "\0default";

async function defaultOf(column: ColumnInfo, context: ModifyContext): Promise<Typed> {
  return column.default === undefined ? NULL : evaluate(column.default.expr, undefined, context.sql);
}

/** Assignment: what cannot become the column's type by itself is refused. */
function assigned(value: Typed, column: ColumnInfo): Raw {
  const same = value.type === column.type || value.type === "unknown" || value.value === null;
  const numbers = ["int2", "int4", "int8", "numeric", "float8"];
  const times = ["timestamp", "timestamptz", "date"];
  const fits =
    same ||
    isText(column.type) ||
    [numbers, times].some((group) => group.includes(value.type) && group.includes(column.type)) ||
    (["json", "jsonb"].includes(value.type) && ["json", "jsonb"].includes(column.type));
  if (!fits)
    throw new SqlError(
      "42804",
      `column "${column.name}" is of type ${shownType(column.type)} but expression is of type ${shownType(value.type)}`,
      {
        hint: "You will need to rewrite or cast the expression.",
      },
    );
  return cast(value, column.type, column.size).value;
}

/** What RETURNING answers for rows of a table; undefined where it is not there. */
export async function returning(
  outputs: readonly Output[],
  relation: Relation,
  alias: string,
  rows: readonly Row[],
  context: ModifyContext,
): Promise<Rowset | undefined> {
  if (outputs.length === 0) return undefined;
  const rowset: Rowset = { columns: columnsOf(relation, alias), rows };
  const table: SqlContext["table"] = (name) => (name.name === "\0returning" ? rowset : context.sql.table(name));
  const from = { kind: "table", schema: undefined, name: "\0returning", alias, at: 0 } as const;
  const body = { distinct: false, outputs, from, where: undefined, group: [], having: undefined };
  return runQuery({ with: [], body, order: [], limit: undefined, offset: undefined }, undefined, {
    ...context.sql,
    table,
  });
}

// --------------------------------------------------------------------------------------------------------- constraints

const shownRow = (relation: Relation, row: Row) =>
  `Failing row contains (${row.map((value, index) => (value === null ? "null" : toText({ type: relation.columns[index]?.type ?? "text", value }))).join(", ")}).`;

const keyValues = (relation: Relation, columns: readonly string[], row: Row) =>
  columns.map((name) => {
    const index = columnIndex(relation, name);
    return { type: relation.columns[index]?.type ?? "text", value: row[index] ?? null } as Typed;
  });

async function checkRow(relation: Relation, row: Row, context: ModifyContext): Promise<void> {
  for (const [index, column] of relation.columns.entries()) {
    if (column.notNull && row[index] === null)
      throw new SqlError(
        "23502",
        `null value in column "${column.name}" of relation "${relation.name}" violates not-null constraint`,
        { detail: shownRow(relation, row) },
      );
  }
  for (const constraint of relation.constraints) {
    if (constraint.kind === "check") {
      const value = await evaluate(
        constraint.expr,
        { columns: columnsOf(relation), row, outer: undefined },
        context.sql,
      );
      if (value.value === false)
        throw new SqlError(
          "23514",
          `new row for relation "${relation.name}" violates check constraint "${constraint.name}"`,
          { detail: shownRow(relation, row) },
        );
    } else if (constraint.kind === "foreign") checkReference(relation, constraint, row, context);
  }
}

function checkReference(
  relation: Relation,
  constraint: Extract<Constraint, { kind: "foreign" }>,
  row: Row,
  { transaction, database }: ModifyContext,
): void {
  const values = keyValues(relation, constraint.columns, row);
  if (values.some(({ value }) => value === null)) return;
  const target = transaction.relation(database, constraint.table);
  if (target === undefined) return;
  const wanted = values.map(groupKey).join("\u0001");
  for (const [, other] of transaction.rows(target.oid))
    if (keyValues(target, constraint.target, other).map(groupKey).join("\u0001") === wanted) return;
  const shown = `(${constraint.columns.join(", ")})=(${values.map(toText).join(", ")})`;
  throw new SqlError(
    "23503",
    `insert or update on table "${relation.name}" violates foreign key constraint "${constraint.name}"`,
    {
      detail: `Key ${shown} is not present in table "${constraint.table}".`,
    },
  );
}

function uniques(relation: Relation): { readonly name: string; readonly columns: readonly string[] }[] {
  const keys = relation.constraints.flatMap((one) =>
    one.kind === "primary" || one.kind === "unique" ? [{ name: one.name, columns: one.columns }] : [],
  );
  return [...keys, ...relation.indexes.filter(({ unique }) => unique)];
}

/** The row that has the same unique values, and by which key. */
function conflicting(relation: Relation, row: Row, skip: number | undefined, transaction: Transaction) {
  for (const key of uniques(relation)) {
    const values = keyValues(relation, key.columns, row);
    if (values.some(({ value }) => value === null)) continue;
    const wanted = values.map(groupKey).join("\u0001");
    for (const [id, other] of transaction.rows(relation.oid)) {
      if (id !== skip && keyValues(relation, key.columns, other).map(groupKey).join("\u0001") === wanted)
        return { id, row: other, key, values };
    }
  }
  return undefined;
}

function duplicate({ key, values }: NonNullable<ReturnType<typeof conflicting>>): SqlError {
  return new SqlError("23505", `duplicate key value violates unique constraint "${key.name}"`, {
    detail: `Key (${key.columns.join(", ")})=(${values.map(toText).join(", ")}) already exists.`,
  });
}

/** Who changes rows by what stands in them, or wants to see them, must be allowed to read them too. */
function reads(...parts: readonly unknown[]): boolean {
  let found = false;
  JSON.stringify(parts, (_key, value: unknown) => {
    if (typeof value === "object" && value !== null && "kind" in value && value.kind === "column")
      found ||= !("name" in value) || value.name !== "\0default";
    return value;
  });
  return found;
}

// ------------------------------------------------------------------------------------------------------------- INSERT

export async function insert(
  statement: Extract<Statement, { kind: "insert" }>,
  context: ModifyContext,
): Promise<Modified> {
  const { conflict } = statement;
  const isRead = conflict?.set !== undefined || statement.returning.length > 0;
  const relation = context.relation(statement.table, `a${conflict?.set === undefined ? "" : "w"}${isRead ? "r" : ""}`);
  const names = statement.columns ?? relation.columns.map(({ name }) => name);
  const places = names.map((name) => columnIndex(relation, name));
  const returned: Row[] = [];
  let count = 0;
  for (const given of await insertedValues(statement, relation, context)) {
    await context.sql.spend(20);
    if (given.length > places.length) throw new SqlError("42601", "INSERT has more expressions than target columns");
    if (statement.columns !== undefined && given.length < places.length)
      throw new SqlError("42601", "INSERT has more target columns than expressions");
    const row: Raw[] = [];
    for (const [index, column] of relation.columns.entries()) {
      const at = places.indexOf(index);
      const value = at === -1 ? undefined : given[at];
      if (value !== undefined && column.identity === "ALWAYS")
        throw new SqlError("428C9", `cannot insert a non-DEFAULT value into column "${column.name}"`, {
          detail: `Column "${column.name}" is an identity column defined as GENERATED ALWAYS.`,
          hint: "Use OVERRIDING SYSTEM VALUE to override.",
        });
      row.push(assigned(value ?? (await defaultOf(column, context)), column));
    }
    await checkRow(relation, row, context);
    const other = conflicting(relation, row, undefined, context.transaction);
    if (other === undefined) {
      context.transaction.put(relation.oid, row);
      returned.push(row);
      count++;
      continue;
    }
    const { conflict } = statement;
    if (conflict === undefined) throw duplicate(other);
    if (
      conflict.target.length > 0 &&
      !uniques(relation).some(({ columns }) => [...columns].sort().join() === [...conflict.target].sort().join())
    )
      throw new SqlError("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification");
    if (conflict.target.length > 0 && [...other.key.columns].sort().join() !== [...conflict.target].sort().join())
      throw duplicate(other);
    if (conflict.set === undefined) continue;
    const columns = [
      ...columnsOf(relation),
      ...columnsOf(relation, "excluded").map((column) => ({ ...column, name: column.name })),
    ];
    const scope = { columns, row: [...other.row, ...row], outer: undefined };
    // A bare name means the row that is there.
    const own = { columns: columns.slice(0, relation.columns.length), row: other.row, outer: scope };
    if (!(await holds(conflict.where, own, context.sql))) continue;
    const next = [...other.row];
    for (const [name, expr] of conflict.set) {
      const index = columnIndex(relation, name);
      const column = relation.columns[index] as ColumnInfo;
      next[index] = assigned(
        isDefault(expr) ? await defaultOf(column, context) : await evaluate(expr, own, context.sql),
        column,
      );
    }
    await replaceRow(relation, other.id, other.row, next, context);
    returned.push(next);
    count++;
  }
  return { count, returned: await returning(statement.returning, relation, relation.name, returned, context) };
}

async function insertedValues(
  { source }: Extract<Statement, { kind: "insert" }>,
  relation: Relation,
  context: ModifyContext,
): Promise<(Typed | undefined)[][]> {
  if (source === undefined) return [relation.columns.map(() => undefined)];
  const { body } = source;
  if (!("values" in body)) {
    const { columns, rows } = await runQuery(source, undefined, context.sql);
    return rows.map((row) => row.map((value, index) => ({ type: columns[index]?.type ?? "text", value })));
  }
  const all: (Typed | undefined)[][] = [];
  for (const list of body.values) {
    const row: (Typed | undefined)[] = [];
    for (const expr of list) row.push(isDefault(expr) ? undefined : await evaluate(expr, undefined, context.sql));
    all.push(row);
  }
  return all;
}

// ------------------------------------------------------------------------------------------------------------- UPDATE

async function replaceRow(
  relation: Relation,
  id: number,
  before: Row,
  after: Row,
  context: ModifyContext,
): Promise<void> {
  await checkRow(relation, after, context);
  const other = conflicting(relation, after, id, context.transaction);
  if (other !== undefined) throw duplicate(other);
  checkReferrers(relation, before, after, context);
  context.transaction.replace(relation.oid, id, after);
}

export async function update(
  statement: Extract<Statement, { kind: "update" }>,
  context: ModifyContext,
): Promise<Modified> {
  const isRead = statement.returning.length > 0 || reads(statement.set, statement.where ?? null);
  const relation = context.relation(statement.table, isRead ? "wr" : "w");
  const own = columnsOf(relation, statement.alias);
  const others: Rowset =
    statement.from === undefined
      ? { columns: [], rows: [[]] }
      : await runQuery(
          {
            with: [],
            body: {
              distinct: false,
              outputs: [{ expr: undefined, alias: undefined }],
              from: statement.from,
              where: undefined,
              group: [],
              having: undefined,
            },
            order: [],
            limit: undefined,
            offset: undefined,
          },
          undefined,
          context.sql,
        );
  const alias = statement.from?.kind === "table" || statement.from?.kind === "query" ? statement.from.alias : "";
  const columns = [...own, ...others.columns.map((column) => ({ ...column, table: column.table || alias }))];
  const returned: Row[] = [];
  let count = 0;
  for (const [id, row] of [...context.transaction.rows(relation.oid)]) {
    for (const other of others.rows) {
      const scope = { columns, row: [...row, ...other], outer: undefined };
      if (!(await holds(statement.where, scope, context.sql))) continue;
      const next = [...row];
      for (const [name, expr] of statement.set) {
        const index = columnIndex(relation, name);
        const column = relation.columns[index] as ColumnInfo;
        next[index] = assigned(
          isDefault(expr) ? await defaultOf(column, context) : await evaluate(expr, scope, context.sql),
          column,
        );
      }
      await replaceRow(relation, id, row, next, context);
      returned.push(next);
      count++;
      break;
    }
  }
  // Names are checked although there may be no row.
  for (const [name] of statement.set) columnIndex(relation, name);
  return { count, returned: await returning(statement.returning, relation, statement.alias, returned, context) };
}

// ------------------------------------------------------------------------------------------------------------- DELETE

function referrers(relation: Relation, { transaction, database }: ModifyContext) {
  return transaction
    .relations(database)
    .flatMap((other) =>
      other.constraints.flatMap((constraint) =>
        constraint.kind === "foreign" && constraint.table === relation.name ? [{ other, constraint }] : [],
      ),
    );
}

function stillReferenced(
  relation: Relation,
  constraint: Extract<Constraint, { kind: "foreign" }>,
  other: Relation,
  values: readonly Typed[],
): SqlError {
  return new SqlError(
    "23503",
    `update or delete on table "${relation.name}" violates foreign key constraint "${constraint.name}" on table "${other.name}"`,
    {
      detail: `Key (${constraint.target.join(", ")})=(${values.map(toText).join(", ")}) is still referenced from table "${other.name}".`,
    },
  );
}

function checkReferrers(relation: Relation, before: Row, after: Row, context: ModifyContext): void {
  for (const { other, constraint } of referrers(relation, context)) {
    const values = keyValues(relation, constraint.target, before);
    const same = keyValues(relation, constraint.target, after).every(
      (value, index) => compareRaw(value.value, values[index]?.value ?? null) === 0,
    );
    if (same) continue;
    for (const [, row] of context.transaction.rows(other.oid)) {
      if (keyValues(other, constraint.columns, row).map(groupKey).join() === values.map(groupKey).join())
        throw stillReferenced(relation, constraint, other, values);
    }
  }
}

async function removeRow(relation: Relation, id: number, row: Row, context: ModifyContext): Promise<void> {
  context.transaction.remove(relation.oid, id);
  for (const { other, constraint } of referrers(relation, context)) {
    const values = keyValues(relation, constraint.target, row);
    const wanted = values.map(groupKey).join("\u0001");
    for (const [otherId, otherRow] of [...context.transaction.rows(other.oid)]) {
      await context.sql.spend(2);
      if (keyValues(other, constraint.columns, otherRow).map(groupKey).join("\u0001") !== wanted) continue;
      if (constraint.onDelete === "CASCADE") await removeRow(other, otherId, otherRow, context);
      else if (constraint.onDelete === "SET NULL") {
        const next = otherRow.map((value, index) =>
          constraint.columns.includes(other.columns[index]?.name ?? "") ? null : value,
        );
        await checkRow(other, next, context);
        context.transaction.replace(other.oid, otherId, next);
      } else throw stillReferenced(relation, constraint, other, values);
    }
  }
}

export async function remove(
  statement: Extract<Statement, { kind: "delete" }>,
  context: ModifyContext,
): Promise<Modified> {
  const isRead = statement.returning.length > 0 || reads(statement.where ?? null);
  const relation = context.relation(statement.table, isRead ? "dr" : "d");
  const columns = columnsOf(relation, statement.alias);
  const returned: Row[] = [];
  for (const [id, row] of [...context.transaction.rows(relation.oid)]) {
    if (!(await holds(statement.where, { columns, row, outer: undefined }, context.sql))) continue;
    await removeRow(relation, id, row, context);
    returned.push(row);
  }
  return {
    count: returned.length,
    returned: await returning(statement.returning, relation, statement.alias, returned, context),
  };
}

export function truncate(
  { tables, cascade, restart }: Extract<Statement, { kind: "truncate" }>,
  context: ModifyContext,
): void {
  const relations = tables.map((name) => context.relation(name, "D"));
  const clear = (relation: Relation) => {
    for (const { other } of referrers(relation, context)) {
      if (relations.some(({ oid }) => oid === other.oid)) continue;
      if (!cascade)
        throw new SqlError("0A000", "cannot truncate a table referenced in a foreign key constraint", {
          detail: `Table "${other.name}" references "${relation.name}".`,
          hint: `Truncate table "${other.name}" at the same time, or use TRUNCATE ... CASCADE.`,
        });
      relations.push(other);
      clear(other);
    }
    context.transaction.clear(relation.oid);
    if (!restart) return;
    for (const sequence of context.transaction.relations(context.database))
      if (sequence.kind === "sequence" && sequence.ownedBy?.startsWith(`${relation.name}.`) === true)
        context.transaction.setSequence(sequence, sequence.start ?? 1, false);
  };
  for (const relation of [...relations]) clear(relation);
}
