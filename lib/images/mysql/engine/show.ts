/** SHOW, DESCRIBE and the tables of information_schema: what the engine says of itself. */
import type { TableName } from "../../kit/sql/ast.ts";
import type { RowColumn, Rowset } from "../../kit/sql/evaluate.ts";
import type { ColumnInfo, Relation, Row } from "../../kit/sql/state.ts";
import type { Raw, TypeName } from "../../kit/sql/values.ts";
import type { Flavour } from "../sql/flavour.ts";
import { isTime } from "../sql/values.ts";
import { SYSTEM_DATABASES } from "./define.ts";
import { sameName, uniques } from "./rows.ts";

export interface ShowContext {
  readonly databases: () => readonly string[];
  readonly relations: (database: string) => readonly Relation[];
  readonly rows: (relation: Relation) => Iterable<Row>;
  readonly nextNumber: (relation: Relation) => number;
  readonly flavour: Flavour;
}

const columns = (...specs: readonly (readonly [string, TypeName?])[]): RowColumn[] =>
  specs.map(([name, type = "text"]) => ({ table: "", name, type }));

const texts = (names: readonly string[]): RowColumn[] => columns(...names.map((name) => [name] as const));

/** As DEFAULT shows it: without quotes. */
function shownDefault({ default: value }: ColumnInfo, quoted: boolean, mariadb = false): string | null {
  if (value === undefined) return null;
  if (/^(now\(\)|current_timestamp(\(\))?|localtime(stamp)?(\(\))?)$/i.test(value.text)) return "CURRENT_TIMESTAMP";
  if (value.expr.kind === "literal") {
    if (value.expr.value === null) return quoted ? "NULL" : null;
    if (mariadb && typeof value.expr.value === "number") return String(value.expr.value);
    return quoted ? `'${String(value.expr.value).replaceAll("'", "''")}'` : String(value.expr.value);
  }
  return value.text;
}

function keyMark(relation: Relation, column: string): string {
  const primary = relation.constraints.find(({ kind }) => kind === "primary");
  if (primary?.kind === "primary" && primary.columns.some((name) => sameName(name, column))) return "PRI";
  const first = relation.indexes.filter((index) => sameName(index.columns[0] ?? "", column));
  if (first.some((index) => index.unique && index.columns.length === 1)) return "UNI";
  return first.length > 0 ? "MUL" : "";
}

function extra({ autoIncrement, default: value, touched }: ColumnInfo): string {
  const parts = [
    autoIncrement === true ? "auto_increment" : "",
    value !== undefined && value.expr.kind !== "literal" ? "DEFAULT_GENERATED" : "",
    touched === true ? "on update CURRENT_TIMESTAMP" : "",
  ];
  return parts.filter(Boolean).join(" ");
}

export function describe(relation: Relation, full: boolean, flavour: Flavour): Rowset {
  const collation = (one: ColumnInfo) => (/char|text|enum/.test(one.declared ?? "") ? flavour.collation : null);
  return {
    columns: texts(
      full
        ? ["Field", "Type", "Collation", "Null", "Key", "Default", "Extra", "Privileges", "Comment"]
        : ["Field", "Type", "Null", "Key", "Default", "Extra"],
    ),
    rows: relation.columns.map((one) => {
      const end: Raw[] = [
        one.notNull ? "NO" : "YES",
        keyMark(relation, one.name),
        shownDefault(one, false),
        extra(one),
      ];
      const start: Raw[] = [one.name, one.declared ?? one.type];
      return full
        ? [...start, collation(one), ...end, "select,insert,update,references", one.comment ?? ""]
        : [...start, ...end];
    }),
  };
}

export function indexes(relation: Relation, context: ShowContext): Rowset {
  const all = [
    ...uniques(relation).map((key) => ({ ...key, unique: true })),
    ...relation.indexes.filter(({ unique }) => !unique),
  ];
  const count = [...context.rows(relation)].length;
  return {
    columns: columns(
      ["Table"],
      ["Non_unique", "int8"],
      ["Key_name"],
      ["Seq_in_index", "int8"],
      ["Column_name"],
      ["Collation"],
      ["Cardinality", "int8"],
      ["Sub_part", "int8"],
      ["Packed"],
      ["Null"],
      ["Index_type"],
      ["Comment"],
      ["Index_comment"],
      ["Visible"],
      ["Expression"],
    ),
    rows: all.flatMap(({ name, columns: names, unique }) =>
      names.map((column, index): Raw[] => {
        const info = relation.columns.find((one) => sameName(one.name, column));
        return [
          relation.name,
          unique ? 0 : 1,
          name,
          index + 1,
          column,
          "A",
          count,
          null,
          null,
          info?.notNull === true ? "" : "YES",
          "BTREE",
          "",
          "",
          "YES",
          null,
        ];
      }),
    ),
  };
}

const quotedList = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(",");

export function createTableText(relation: Relation, context: ShowContext): string {
  const { mariadb, modern, collation } = context.flavour;
  const lines = relation.columns.map((one) => {
    const value = shownDefault(one, true, mariadb);
    const none = value === null && !one.notNull && !/text|blob|json/.test(one.declared ?? "");
    return [
      `  \`${one.name}\` ${one.declared ?? one.type}`,
      one.notNull ? " NOT NULL" : isTime(one.type) && one.declared === "timestamp" ? " NULL" : "",
      value !== null ? ` DEFAULT ${value}` : none && one.autoIncrement !== true ? " DEFAULT NULL" : "",
      one.touched === true ? " ON UPDATE CURRENT_TIMESTAMP" : "",
      one.autoIncrement === true ? " AUTO_INCREMENT" : "",
      one.comment === undefined ? "" : ` COMMENT '${one.comment.replaceAll("'", "''")}'`,
    ].join("");
  });
  const primary = relation.constraints.find(({ kind }) => kind === "primary");
  if (primary?.kind === "primary") lines.push(`  PRIMARY KEY (${quotedList(primary.columns)})`);
  const sorted = [...relation.indexes].sort((a, b) => Number(b.unique) - Number(a.unique));
  for (const { name, columns: names, unique } of sorted)
    lines.push(`  ${unique ? "UNIQUE KEY" : "KEY"} \`${name}\` (${quotedList(names)})`);
  for (const one of relation.constraints) {
    if (one.kind === "foreign")
      lines.push(
        `  CONSTRAINT \`${one.name}\` FOREIGN KEY (${quotedList(one.columns)}) REFERENCES \`${one.table}\` (${quotedList(one.target)})${one.onDelete === "NO ACTION" ? "" : ` ON DELETE ${one.onDelete}`}`,
      );
    else if (one.kind === "check") lines.push(`  CONSTRAINT \`${one.name}\` CHECK (${one.text})`);
  }
  const next = context.nextNumber(relation);
  const counted = relation.columns.some(({ autoIncrement }) => autoIncrement === true) && next > 1;
  return `CREATE TABLE \`${relation.name}\` (\n${lines.join(",\n")}\n) ENGINE=InnoDB${counted ? ` AUTO_INCREMENT=${next}` : ""} DEFAULT CHARSET=utf8mb4${mariadb || modern ? ` COLLATE=${collation}` : ""}`;
}

export function tableStatus(database: string, context: ShowContext): Rowset {
  const names =
    "Name Engine Version Row_format Rows Avg_row_length Data_length Max_data_length Index_length Data_free Auto_increment Create_time Update_time Check_time Collation Checksum Create_options Comment".split(
      " ",
    );
  const numbers = new Set(
    "Version Rows Avg_row_length Data_length Max_data_length Index_length Data_free Auto_increment".split(" "),
  );
  return {
    columns: columns(...names.map((name) => [name, numbers.has(name) ? "int8" : "text"] as const)),
    rows: context.relations(database).map((relation): Raw[] => {
      const count = [...context.rows(relation)].length;
      const counts = relation.columns.some(({ autoIncrement }) => autoIncrement === true);
      const pages = 16_384 * Math.max(1, Math.ceil(count / 100));
      return [
        relation.name,
        "InnoDB",
        10,
        "Dynamic",
        count,
        count === 0 ? 0 : Math.floor(pages / count),
        pages,
        0,
        16_384 * relation.indexes.length,
        0,
        counts ? context.nextNumber(relation) : null,
        null,
        null,
        null,
        context.flavour.collation,
        null,
        "",
        "",
      ];
    }),
  };
}

export const ENGINES: Rowset = {
  columns: texts(["Engine", "Support", "Comment", "Transactions", "XA", "Savepoints"]),
  rows: [["InnoDB", "DEFAULT", "Supports transactions, row-level locking, and foreign keys", "YES", "NO", "YES"]],
};

/** A table of information_schema; undefined where it is not served. */
export function informationSchema({ name }: TableName, context: ShowContext): Rowset | undefined {
  const databases = [...context.databases()];
  const relations = databases.flatMap((database) => context.relations(database));
  switch (name.toUpperCase()) {
    case "SCHEMATA":
      return {
        columns: texts(["CATALOG_NAME", "SCHEMA_NAME", "DEFAULT_CHARACTER_SET_NAME", "DEFAULT_COLLATION_NAME"]),
        rows: [...SYSTEM_DATABASES, ...databases].map((database) => [
          "def",
          database,
          "utf8mb4",
          context.flavour.collation,
        ]),
      };
    case "TABLES":
      return {
        columns: columns(
          ["TABLE_CATALOG"],
          ["TABLE_SCHEMA"],
          ["TABLE_NAME"],
          ["TABLE_TYPE"],
          ["ENGINE"],
          ["TABLE_ROWS", "int8"],
          ["DATA_LENGTH", "int8"],
          ["AUTO_INCREMENT", "int8"],
          ["TABLE_COLLATION"],
          ["TABLE_COMMENT"],
        ),
        rows: relations.map((relation): Raw[] => {
          const count = [...context.rows(relation)].length;
          const counts = relation.columns.some(({ autoIncrement }) => autoIncrement === true);
          return [
            "def",
            relation.database,
            relation.name,
            "BASE TABLE",
            "InnoDB",
            count,
            16_384 * Math.max(1, Math.ceil(count / 100)),
            counts ? context.nextNumber(relation) : null,
            context.flavour.collation,
            "",
          ];
        }),
      };
    case "COLUMNS":
      return {
        columns: columns(
          ["TABLE_CATALOG"],
          ["TABLE_SCHEMA"],
          ["TABLE_NAME"],
          ["COLUMN_NAME"],
          ["ORDINAL_POSITION", "int8"],
          ["COLUMN_DEFAULT"],
          ["IS_NULLABLE"],
          ["DATA_TYPE"],
          ["COLUMN_TYPE"],
          ["COLUMN_KEY"],
          ["EXTRA"],
        ),
        rows: relations.flatMap((relation) =>
          relation.columns.map((one, index): Raw[] => [
            "def",
            relation.database,
            relation.name,
            one.name,
            index + 1,
            shownDefault(one, false),
            one.notNull ? "NO" : "YES",
            (one.declared ?? "").split(/[( ]/)[0] ?? "",
            one.declared ?? "",
            keyMark(relation, one.name),
            extra(one),
          ]),
        ),
      };
    case "STATISTICS":
      return {
        columns: columns(
          ["TABLE_SCHEMA"],
          ["TABLE_NAME"],
          ["NON_UNIQUE", "int8"],
          ["INDEX_NAME"],
          ["SEQ_IN_INDEX", "int8"],
          ["COLUMN_NAME"],
        ),
        rows: relations.flatMap((relation) =>
          indexes(relation, context).rows.map((row): Raw[] => [
            relation.database,
            relation.name,
            row[1] ?? null,
            row[2] ?? null,
            row[3] ?? null,
            row[4] ?? null,
          ]),
        ),
      };
    default:
      return undefined;
  }
}
