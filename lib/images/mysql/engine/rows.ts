/** Values on their way into columns, and the keys of rows. */
import type { Expr } from "../../kit/sql/ast.ts";
import { evaluate, type RowColumn, type SqlContext } from "../../kit/sql/evaluate.ts";
import type { ColumnInfo, Relation, Row } from "../../kit/sql/state.ts";
import { isText, type Raw, rescale, type Typed, toText } from "../../kit/sql/values.ts";
import { MysqlError, refusals } from "../sql/errors.ts";
import type { Flavour } from "../sql/flavour.ts";
import { asTime, isInteger, isTime, json, key, leadingNumber, order } from "../sql/values.ts";

export function columnsOf(relation: Relation, alias = relation.name): RowColumn[] {
  const primary = relation.constraints.find(({ kind }) => kind === "primary");
  const only = primary?.kind === "primary" && primary.columns.length === 1 ? primary.columns[0] : undefined;
  return relation.columns.map(({ name, type, size, declared = type, notNull }) => ({
    table: alias,
    name,
    type,
    size,
    declared,
    notNull,
    ...(only !== undefined && sameName(name, only) ? { key: true } : {}),
  }));
}

export const sameName = (a: string, b: string) => a === b || a.toLowerCase() === b.toLowerCase();

export function columnIndex(relation: Relation, name: string, where: string): number {
  const index = relation.columns.findIndex((column) => sameName(column.name, name));
  if (index === -1) throw refusals.noColumn(name, where);
  return index;
}

export const isDefault = (expr: Expr) => expr.kind === "column" && expr.name === "\0default";

/** Undefined: the column has none. */
export async function defaultOf(column: ColumnInfo, context: SqlContext): Promise<Typed | undefined> {
  if (column.default !== undefined) return evaluate(column.default.expr, undefined, context);
  return column.notNull ? undefined : { type: "unknown", value: null };
}

/** What a column without default gets where the statement may not fail (INSERT IGNORE). */
export function implicitDefault(column: ColumnInfo): Raw {
  if (column.values !== undefined) return column.values[0] ?? "";
  if (isText(column.type)) return "";
  if (isTime(column.type)) return 0;
  return column.type === "numeric" ? rescale("0", column.size[1] ?? 0) : column.type === "jsonb" ? "null" : 0;
}

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  tinyint: [-128n, 255n],
  smallint: [-32_768n, 65_535n],
  mediumint: [-8_388_608n, 16_777_215n],
  int: [-2_147_483_648n, 4_294_967_295n],
  bigint: [-(2n ** 63n), 2n ** 64n - 1n],
};
const TEXT_LIMITS: Readonly<Record<string, number>> = { tinytext: 255, tinyblob: 255, text: 65_535, blob: 65_535 };

/** Where a column stands, for refusals and notes about values. */
interface ColumnPlace {
  readonly relation: Pick<Relation, "database" | "name">;
  readonly flavour: Flavour;
  readonly warn: (level: "Note" | "Warning", code: number, message: string) => void;
}

/** A value as a column keeps it. Strict mode: what does not fit is refused. */
export function stored(value: Typed, column: ColumnInfo, row: number, place?: ColumnPlace): Raw {
  if (value.value === null) return null;
  const given = toText(value);
  const { flavour } = place ?? {};
  const named =
    place !== undefined && flavour?.mariadb === true
      ? `\`${place.relation.database}\`.\`${place.relation.name}\`.\`${column.name}\``
      : `'${column.name}'`;
  const incorrect = (kind: string) =>
    new MysqlError(
      1366,
      flavour?.mariadb === true ? "22007" : "HY000",
      `Incorrect ${kind} value: '${given}' for column ${named} at row ${row}`,
    );
  const range = () => new MysqlError(1264, "22003", `Out of range value for column '${column.name}' at row ${row}`);
  const truncated = () => new MysqlError(1265, "01000", `Data truncated for column '${column.name}' at row ${row}`);
  const [word = ""] = (column.declared ?? "").split(/[( ]/);
  if (isInteger(column.type)) {
    let text = given;
    if (isText(value.type)) {
      const number = leadingNumber(given);
      if (given.trim() === "" || (number.text === "0" && !/^\s*[+-]?0/.test(given))) throw incorrect("integer");
      if (!number.whole) throw truncated();
      text = number.text;
    } else if (isTime(value.type)) text = given.replace(/\D/g, "");
    const whole = BigInt(/e/i.test(text) ? String(Math.round(Number(text))) : rescale(text, 0));
    const [low, high] = RANGES[word] ?? RANGES["bigint"] ?? [0n, 0n];
    const [least, most] = column.unsigned === true ? [0n, high] : [low, -low - 1n];
    if (whole < least || whole > most) throw range();
    const number = Number(whole);
    return Number.isSafeInteger(number) ? number : whole.toString();
  }
  if (column.values !== undefined) {
    const found =
      typeof value.value === "number"
        ? column.values[value.value - 1]
        : column.values.find((one) => key({ type: "text", value: one }) === key({ type: "text", value: given }));
    if (found === undefined) throw truncated();
    return found;
  }
  switch (column.type) {
    case "numeric":
    case "float8": {
      if (isText(value.type)) {
        const number = leadingNumber(given);
        if (given.trim() === "" || (!number.whole && number.text === "0"))
          throw incorrect(column.type === "numeric" ? "decimal" : "double");
        if (!number.whole) throw truncated();
      }
      const text = isText(value.type) ? leadingNumber(given).text : given;
      if (column.type === "float8") {
        const number = Number(text);
        if (column.unsigned === true && number < 0) throw range();
        return word === "float" ? Number(Math.fround(number).toPrecision(6)) : number;
      }
      const [precision = 10, scale = 0] = column.size;
      const exact = rescale(/e/i.test(text) ? String(Number(text)) : text, scale);
      if (exact.replace(/^-?0*|\.\d*$/g, "").length > precision - scale) throw range();
      if (column.unsigned === true && exact.startsWith("-")) throw range();
      if ((/\.(\d*?)0*$/.exec(text)?.[1]?.length ?? 0) > scale)
        place?.warn("Note", 1265, `Data truncated for column '${column.name}' at row ${row}`);
      return exact;
    }
    case "timestamp":
    case "date": {
      const ms = asTime(value);
      const kind = column.type === "date" ? "date" : "datetime";
      if (ms === undefined)
        throw new MysqlError(1292, "22007", `Incorrect ${kind} value: '${given}' for column ${named} at row ${row}`);
      return column.type === "date" ? Math.floor(ms / 86_400_000) * 86_400_000 : Math.round(ms / 1000) * 1000;
    }
    case "jsonb":
      return json({ type: "text", value: given }).value;
    default: {
      const limit = column.size[0] ?? TEXT_LIMITS[word];
      if (limit !== undefined && [...given].length > limit) {
        if (given.slice(limit).trim() !== "")
          throw new MysqlError(1406, "22001", `Data too long for column '${column.name}' at row ${row}`);
        return given.slice(0, limit);
      }
      return word === "char" ? given.replace(/ +$/, "") : given;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------- keys

export interface UniqueKey {
  readonly name: string;
  readonly columns: readonly string[];
}

export function uniques(relation: Relation): readonly UniqueKey[] {
  const primary = relation.constraints.flatMap((one) =>
    one.kind === "primary" ? [{ name: "PRIMARY", columns: one.columns }] : [],
  );
  return [...primary, ...relation.indexes.filter(({ unique }) => unique)];
}

/** A text for a row's values in some columns; undefined where one is null, which is equal to nothing. */
export function keyOf(relation: Relation, columns: readonly string[], row: Row): string | undefined {
  let found = "";
  for (const name of columns) {
    const index = columnIndex(relation, name, "field list");
    const value = row[index] ?? null;
    if (value === null) return undefined;
    found += `${key({ type: relation.columns[index]?.type ?? "text", value })}\u0001`;
  }
  return found;
}

export const shownKey = (relation: Relation, columns: readonly string[], row: Row) =>
  columns
    .map((name) => {
      const index = columnIndex(relation, name, "field list");
      return toText({ type: relation.columns[index]?.type ?? "text", value: row[index] ?? null });
    })
    .join("-");

/** Rows as InnoDB keeps them: by primary key, or as they came where there is none. */
export function ordered(
  relation: Relation,
  rows: Iterable<readonly [number, Row]>,
): readonly (readonly [number, Row])[] {
  const all = [...rows];
  const primary = relation.constraints.find(({ kind }) => kind === "primary");
  const places =
    primary?.kind === "primary" ? primary.columns.map((name) => columnIndex(relation, name, "field list")) : [];
  const compareRows = ([a, x]: readonly [number, Row], [b, y]: readonly [number, Row]): number => {
    for (const place of places) {
      const type = relation.columns[place]?.type ?? "text";
      const result = order({ type, value: x[place] ?? null }, { type, value: y[place] ?? null });
      if (result !== 0) return result;
    }
    // Rows that have no number yet are the latest, the lowest of them the very last.
    return a < 0 && b < 0 ? b - a : a < 0 !== b < 0 ? (a < 0 ? 1 : -1) : a - b;
  };
  for (let index = 1; index < all.length; index++) {
    const [before, here] = [all[index - 1], all[index]];
    if (before !== undefined && here !== undefined && compareRows(before, here) > 0) return all.sort(compareRows);
  }
  return all;
}

/** How others may find that they touched the same row: by its primary key, or by its number where it has none. */
export function identities(relation: Relation, id: number | undefined, row: Row): string[] {
  const keys = uniques(relation).flatMap(({ name, columns }) => {
    const found = keyOf(relation, columns, row);
    return found === undefined ? [] : [`k:${relation.oid}:${name}:${found}`];
  });
  return id === undefined || id < 0 ? keys : [...keys, `r:${relation.oid}:${id}`];
}
