/** INSERT, REPLACE, UPDATE, DELETE and TRUNCATE, with the keys and references they must keep. */
import type { Expr, Order } from "../../kit/sql/ast.ts";
import { evaluate, holds, type RowColumn, type Scope } from "../../kit/sql/evaluate.ts";
import { sortByKeys } from "../../kit/sql/ordering.ts";
import type { Constraint } from "../../kit/sql/state.ts";
import { type Raw, SqlError, type Typed } from "../../kit/sql/values.ts";
import type { MysqlStatement } from "../sql/ast.ts";
import { MysqlError, refusals, unsupported } from "../sql/errors.ts";
import { INSERTED } from "../sql/expressions.ts";
import { asNumber } from "../sql/values.ts";
import {
  columnIndex,
  columnsOf,
  defaultOf,
  identities,
  implicitDefault,
  isDefault,
  keyOf,
  ordered,
  sameName,
  shownKey,
  stored,
  type UniqueKey,
  uniques,
} from "./rows.ts";
import { type Relation, type Row, rowKey, type StatementContext } from "./types.ts";

export interface Modified {
  readonly affected: number;
  readonly info?: string;
}

type Found = readonly [number, Row];

const current = (relation: Relation, context: StatementContext): Found[] => [...context.transaction.rows(relation.oid)];

// --------------------------------------------------------------------------------------------------------- references

type Foreign = Extract<Constraint, { kind: "foreign" }>;
const foreignKeys = (relation: Relation) =>
  relation.constraints.filter((one): one is Foreign => one.kind === "foreign");
const shownForeign = (key: Foreign) =>
  `CONSTRAINT \`${key.name}\` FOREIGN KEY (${key.columns.map((name) => `\`${name}\``).join(", ")}) REFERENCES \`${key.table}\` (${key.target.map((name) => `\`${name}\``).join(", ")})${key.onDelete === "NO ACTION" ? "" : ` ON DELETE ${key.onDelete}`}`;

async function checkParents(relation: Relation, row: Row, context: StatementContext): Promise<void> {
  if (!context.foreignKeyChecks) return;
  for (const foreign of foreignKeys(relation)) {
    const wanted = keyOf(relation, foreign.columns, row);
    if (wanted === undefined) continue;
    const parent = context.transaction.relation(relation.database, foreign.table);
    const found =
      parent === undefined
        ? undefined
        : current(parent, context).find(([, other]) => keyOf(parent, foreign.target, other) === wanted);
    if (parent === undefined || found === undefined)
      throw refusals.noChild(relation.database, relation.name, shownForeign(foreign));
    await context.lock(rowKey(parent, found[0]), "S");
  }
}

/** What refers to a row that goes or changes its key: refused, removed with it, or set to null. */
async function releaseChildren(
  relation: Relation,
  before: Row,
  after: Row | undefined,
  context: StatementContext,
): Promise<void> {
  if (!context.foreignKeyChecks) return;
  for (const child of context.transaction.relations(relation.database)) {
    for (const foreign of foreignKeys(child)) {
      if (foreign.table !== relation.name) continue;
      const key = keyOf(relation, foreign.target, before);
      if (key === undefined || (after !== undefined && keyOf(relation, foreign.target, after) === key)) continue;
      for (const [id, row] of current(child, context)) {
        if (keyOf(child, foreign.columns, row) !== key) continue;
        if (after === undefined && foreign.onDelete === "CASCADE") await removeRow(child, id, row, context);
        else if (after === undefined && foreign.onDelete === "SET NULL") {
          const next = row.map((value, index) =>
            foreign.columns.some((name) => sameName(name, child.columns[index]?.name ?? "")) ? null : value,
          );
          await context.lock(rowKey(child, id), "X");
          context.transaction.replace(child.oid, id, next);
        } else throw refusals.hasChildren(child.database, child.name, shownForeign(foreign));
      }
    }
  }
}

async function removeRow(relation: Relation, id: number, row: Row, context: StatementContext): Promise<void> {
  await context.lock(rowKey(relation, id), "X");
  await releaseChildren(relation, row, undefined, context);
  context.transaction.remove(relation.oid, id);
}

async function checkRow(relation: Relation, row: Row, context: StatementContext): Promise<void> {
  for (const constraint of relation.constraints) {
    if (constraint.kind !== "check") continue;
    const scope: Scope = { columns: columnsOf(relation), row, outer: undefined };
    if (asNumber(await evaluate(constraint.expr, scope, context.sql)) === 0) throw refusals.checkFails(constraint.name);
  }
  await checkParents(relation, row, context);
}

// -------------------------------------------------------------------------------------------------------- unique keys

interface Conflict {
  readonly id: number;
  readonly row: Row;
  readonly key: UniqueKey;
}

function conflicting(relation: Relation, row: Row, skip: number | undefined, context: StatementContext) {
  for (const key of uniques(relation)) {
    const wanted = keyOf(relation, key.columns, row);
    if (wanted === undefined) continue;
    for (const [id, other] of context.transaction.rows(relation.oid))
      if (id !== skip && keyOf(relation, key.columns, other) === wanted) return { id, row: other, key } as Conflict;
  }
  return undefined;
}

/** Takes the keys of a row that is to come, and finds what stands in its way once nobody else can change that. */
async function claim(
  relation: Relation,
  row: Row,
  skip: number | undefined,
  context: StatementContext,
): Promise<Conflict | undefined> {
  for (const key of identities(relation, undefined, row)) await context.lock(key, "X");
  for (;;) {
    const conflict = conflicting(relation, row, skip, context);
    if (conflict === undefined || conflict.id < 0) return conflict;
    // Somebody may be about to delete it.
    if (!(await context.lock(rowKey(relation, conflict.id), "S"))) return conflict;
  }
}

const duplicate = (relation: Relation, { key, row }: Conflict, context: StatementContext) =>
  refusals.duplicateEntry(
    shownKey(relation, key.columns, row),
    context.host.flavour.keyWithTable ? `${relation.name}.${key.name}` : key.name,
  );

// ------------------------------------------------------------------------------------------------------------- INSERT

/** The next number of a column that counts by itself. */
function nextNumber(relation: Relation, context: StatementContext): number {
  const { step, offset } = context.autoIncrement;
  const { value } = context.transaction.sequence(relation);
  const chosen = context.inserted === undefined ? context.insertFrom : undefined;
  const next = chosen ?? (value <= offset ? offset : offset + Math.ceil((value - offset) / step) * step);
  context.transaction.setSequence(relation, Math.max(value, next + 1), true);
  return next;
}

/** A number that was given to a row which changes another instead. */
function giveBack(relation: Relation, row: Row, context: StatementContext): void {
  const at = relation.columns.findIndex(({ autoIncrement }) => autoIncrement === true);
  if (at === -1 || context.transaction.sequence(relation).value !== Number(row[at]) + 1) return;
  context.transaction.setSequence(relation, Number(row[at]), true);
}

async function valuesOf(
  { source }: Extract<MysqlStatement, { kind: "insert" }>,
  context: StatementContext,
): Promise<(Typed | undefined)[][]> {
  const { body } = source;
  if (!("values" in body)) {
    const { columns, rows } = await context.sql.query(source, undefined, context.sql);
    return rows.map((row) => row.map((value, index) => ({ type: columns[index]?.type ?? "text", value })));
  }
  const rows: (Typed | undefined)[][] = [];
  for (const list of body.values) {
    const row: (Typed | undefined)[] = [];
    for (const expr of list) row.push(isDefault(expr) ? undefined : await evaluate(expr, undefined, context.sql));
    rows.push(row);
  }
  return rows;
}

export async function insert(
  statement: Extract<MysqlStatement, { kind: "insert" }>,
  context: StatementContext,
): Promise<Modified> {
  const relation = await context.relation(statement.table, "INSERT");
  if (statement.replace) await context.relation(statement.table, "DELETE");
  if (statement.update !== undefined) await context.relation(statement.table, "UPDATE");
  const names = statement.columns ?? relation.columns.map(({ name }) => name);
  const { place: placeName } = context.host.flavour;
  const places = names.map((name) => columnIndex(relation, name, placeName("insert")));
  for (const [index, name] of names.entries())
    if (names.findIndex((other) => sameName(other, name)) !== index) throw refusals.columnTwice(name);
  const given = await valuesOf(statement, context);
  let affected = 0;
  let duplicates = 0;
  let number = 0;
  for (const values of given) {
    number++;
    await context.sql.spend(20);
    // () and no columns: all defaults.
    if (values.length !== places.length && !(values.length === 0 && statement.columns === undefined))
      throw refusals.columnCount(number);
    const row = await tolerant(statement.ignore, context, () =>
      newRow(relation, places, values, number, statement.ignore, context),
    );
    if (row === undefined) continue;
    const outcome = await tolerant(statement.ignore, context, () => place(statement, relation, row, context));
    affected += outcome ?? 0;
    if (outcome === undefined || outcome === 0 || outcome === 2) duplicates++;
  }
  if (given.length <= 1 && "values" in statement.source.body) return { affected };
  return { affected, info: `Records: ${given.length}  Duplicates: ${duplicates}  Warnings: 0` };
}

/** INSERT IGNORE: what would refuse a row becomes a warning. */
async function tolerant<T>(ignore: boolean, context: StatementContext, run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (problem) {
    if (!ignore || !(problem instanceof MysqlError) || ![1062, 1452, 3819, 1048].includes(problem.code)) throw problem;
    context.warn("Warning", problem.code, problem.message);
    return undefined;
  }
}

async function newRow(
  relation: Relation,
  places: readonly number[],
  values: readonly (Typed | undefined)[],
  number: number,
  ignore: boolean,
  context: StatementContext,
): Promise<Row> {
  const row: Raw[] = [];
  let counted = -1;
  for (const [index, column] of relation.columns.entries()) {
    const at = places.indexOf(index);
    const given = at === -1 ? undefined : values[at];
    if (column.autoIncrement === true) {
      const wanted = given === undefined || given.value === null ? 0 : (asNumber(given) ?? 0);
      if (wanted === 0) {
        // Its number comes last: a row that is refused for its values takes none.
        row.push(0);
        counted = index;
        continue;
      }
    }
    const value = given ?? (await defaultOf(column, context.sql));
    if (value === undefined) {
      if (!ignore) throw refusals.noDefault(column.name);
      context.warn("Warning", 1364, `Field '${column.name}' doesn't have a default value`);
      row.push(implicitDefault(column));
      continue;
    }
    if (value.value === null && column.notNull) throw refusals.cannotBeNull(column.name);
    const kept = stored(value, column, number, { relation, flavour: context.host.flavour, warn: context.warn });
    if (
      column.autoIncrement === true &&
      typeof kept === "number" &&
      kept >= context.transaction.sequence(relation).value
    )
      context.transaction.setSequence(relation, kept + 1, true);
    row.push(kept);
  }
  if (counted !== -1) {
    const next = nextNumber(relation, context);
    context.inserted ??= next;
    row[counted] = next;
  }
  return row;
}

/** Rows that count as affected: 1 for a new row, 2 for one that was replaced or changed, 0 for one left as it was. */
async function place(
  statement: Extract<MysqlStatement, { kind: "insert" }>,
  relation: Relation,
  row: Row,
  context: StatementContext,
): Promise<number> {
  await checkRow(relation, row, context);
  let removed = 0;
  for (;;) {
    const conflict = await claim(relation, row, undefined, context);
    if (conflict === undefined) {
      context.transaction.put(relation.oid, row);
      return removed + 1;
    }
    if (statement.replace) {
      await removeRow(relation, conflict.id, conflict.row, context);
      removed++;
      continue;
    }
    if (statement.update === undefined) throw duplicate(relation, conflict, context);
    await context.lock(rowKey(relation, conflict.id), "X");
    if (context.host.flavour.mariadb) giveBack(relation, row, context);
    const given = columnsOf(relation).map((column) => ({ ...column, name: `${INSERTED}${column.name}` }));
    const columns = [...columnsOf(relation), ...given];
    const next = await assignedRow(
      relation,
      statement.update,
      columns,
      [...conflict.row, ...row],
      conflict.row,
      1,
      context,
    );
    return (await changeRow(relation, conflict.id, conflict.row, next, context)) ? 2 : 0;
  }
}

// ------------------------------------------------------------------------------------------------------------- UPDATE

/** Assignments see what those before them have assigned. */
async function assignedRow(
  relation: Relation,
  set: readonly (readonly [string, Expr])[],
  columns: readonly RowColumn[],
  visible: readonly Raw[],
  before: Row,
  number: number,
  context: StatementContext,
): Promise<Row> {
  const row = [...visible];
  for (const [name, expr] of set) {
    const index = columnIndex(relation, name, context.host.flavour.place("assignment"));
    const column = relation.columns[index];
    if (column === undefined) continue;
    const value = isDefault(expr)
      ? await defaultOf(column, context.sql)
      : await evaluate(expr, { columns, row, outer: undefined }, context.sql);
    if (value === undefined) throw refusals.noDefault(column.name);
    if (value.value === null && column.notNull) throw refusals.cannotBeNull(column.name);
    row[index] = stored(value, column, number, { relation, flavour: context.host.flavour, warn: context.warn });
  }
  const next = row.slice(0, before.length);
  const changed = next.some((value, index) => value !== before[index]);
  const named = new Set(set.map(([name]) => columnIndex(relation, name, "")));
  for (const [index, column] of relation.columns.entries())
    if (changed && column.touched === true && !named.has(index))
      next[index] = Math.floor(context.sql.now / 1000) * 1000;
  return next;
}

async function changeRow(
  relation: Relation,
  id: number,
  before: Row,
  after: Row,
  context: StatementContext,
): Promise<boolean> {
  if (after.every((value, index) => value === before[index])) return false;
  await checkRow(relation, after, context);
  const keyChanges = uniques(relation).some(
    ({ columns }) => keyOf(relation, columns, before) !== keyOf(relation, columns, after),
  );
  if (keyChanges) {
    const conflict = await claim(relation, after, id, context);
    if (conflict !== undefined) throw duplicate(relation, conflict, context);
  }
  await releaseChildren(relation, before, after, context);
  context.transaction.replace(relation.oid, id, after);
  return true;
}

/** Rows that a condition chooses, locked; chosen anew as long as somebody else held one of them. */
async function chosen(
  relation: Relation,
  alias: string,
  choice: { readonly where: Expr | undefined; readonly order: readonly Order[]; readonly limit: Expr | undefined },
  context: StatementContext,
): Promise<Found[]> {
  const columns = columnsOf(relation, alias);
  const limit = choice.limit === undefined ? undefined : asNumber(await evaluate(choice.limit, undefined, context.sql));
  for (;;) {
    let found: Found[] = [];
    for (const [id, row] of ordered(relation, context.transaction.rows(relation.oid)))
      if (await holds(choice.where, { columns, row, outer: undefined }, context.sql)) found.push([id, row]);
    found = await sorted(found, columns, choice.order, context);
    if (limit !== undefined && limit !== null) found = found.slice(0, limit);
    let waited = false;
    for (const [id] of found) if (id >= 0 && (await context.lock(rowKey(relation, id), "X"))) waited = true;
    if (!waited) return found;
  }
}

async function sorted(
  found: readonly Found[],
  columns: readonly RowColumn[],
  ordering: readonly Order[],
  context: StatementContext,
): Promise<Found[]> {
  if (ordering.length === 0) return [...found];
  const keyed: { readonly item: Found; readonly keys: readonly Typed[] }[] = [];
  for (const item of found) {
    const keys: Typed[] = [];
    for (const { expr } of ordering)
      keys.push(await evaluate(expr, { columns, row: item[1], outer: undefined }, context.sql));
    keyed.push({ item, keys });
  }
  return sortByKeys(keyed, ordering, context.sql.dialect).map(({ item }) => item);
}

export async function update(
  statement: Extract<MysqlStatement, { kind: "update" }>,
  context: StatementContext,
): Promise<Modified> {
  const relation = await context.relation(statement.table, "UPDATE");
  for (const [name] of statement.set) columnIndex(relation, name, context.host.flavour.place("assignment"));
  const columns = columnsOf(relation, statement.alias);
  const rows = await chosen(relation, statement.alias, statement, context);
  let changed = 0;
  for (const [index, [id, row]] of rows.entries()) {
    await context.sql.spend(20);
    const next = await assignedRow(relation, statement.set, columns, row, row, index + 1, context);
    if (await tolerant(statement.ignore, context, () => changeRow(relation, id, row, next, context))) changed++;
  }
  return { affected: changed, info: `Rows matched: ${rows.length}  Changed: ${changed}  Warnings: 0` };
}

export async function remove(
  statement: Extract<MysqlStatement, { kind: "delete" }>,
  context: StatementContext,
): Promise<Modified> {
  const relation = await context.relation(statement.table, "DELETE");
  const rows = await chosen(relation, statement.alias, statement, context);
  for (const [id, row] of rows) {
    await context.sql.spend(10);
    await removeRow(relation, id, row, context);
  }
  return { affected: rows.length };
}

export async function truncate(
  statement: Extract<MysqlStatement, { kind: "truncate" }>,
  context: StatementContext,
): Promise<Modified> {
  const relation = await context.relation(statement.table, "DROP");
  if (context.foreignKeyChecks)
    for (const child of context.transaction.relations(relation.database))
      for (const foreign of foreignKeys(child))
        if (foreign.table === relation.name && child.oid !== relation.oid)
          throw new MysqlError(
            1701,
            "42000",
            `Cannot truncate a table referenced in a foreign key constraint (\`${child.database}\`.\`${child.name}\`, ${context.host.flavour.modern ? `CONSTRAINT \`${foreign.name}\`` : shownForeign(foreign).replace("REFERENCES ", `REFERENCES \`${child.database}\`.`)})`,
          );
  context.transaction.clear(relation.oid);
  context.transaction.setSequence(relation, 1, false);
  return { affected: 0 };
}

/** SELECT ... FOR UPDATE and FOR SHARE: the rows of one table that the condition chooses are locked. */
export async function lockRows(
  relation: Relation,
  alias: string,
  where: Expr | undefined,
  mode: "S" | "X",
  context: StatementContext,
): Promise<void> {
  const columns = columnsOf(relation, alias);
  for (;;) {
    let waited = false;
    for (const [id, row] of current(relation, context)) {
      let wanted: boolean;
      try {
        wanted = await holds(where, { columns, row, outer: undefined }, context.sql);
      } catch (problem) {
        // The condition is about other tables too.
        if (!(problem instanceof SqlError)) throw problem;
        throw unsupported("FOR UPDATE over several tables");
      }
      if (wanted && id >= 0 && (await context.lock(rowKey(relation, id), mode))) waited = true;
    }
    if (!waited) return;
  }
}
