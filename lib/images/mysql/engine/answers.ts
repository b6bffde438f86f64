/** What SHOW and DESCRIBE answer, and how rows become texts. */
import type { Expr, TableName } from "../../kit/sql/ast.ts";
import type { Rowset, SqlContext } from "../../kit/sql/evaluate.ts";
import { runQuery } from "../../kit/sql/select.ts";
import type { Relation, Row } from "../../kit/sql/state.ts";
import { isText, type Raw, type TypeName, toText } from "../../kit/sql/values.ts";
import type { Filter, Show } from "../sql/ast.ts";
import { refusals, unsupported } from "../sql/errors.ts";
import { SYSTEM_DATABASES } from "./define.ts";
import { createTableText, describe, ENGINES, indexes, type ShowContext, tableStatus } from "./show.ts";
import type { SqlResult, Warning } from "./types.ts";

const RIGHT = new Set<TypeName>(["int2", "int4", "int8", "numeric", "float8"]);

/** What a session knows that SHOW asks about. */
export interface ShowHost {
  readonly context: ShowContext;
  readonly sql: SqlContext;
  readonly database: string | undefined;
  readonly warnings: readonly Warning[];
  readonly hasDatabase: (name: string) => boolean;
  readonly sees: (database: string) => boolean;
  /** The table of a name. Throws 1046, 1049, 1146, 1142. */
  readonly relation: (name: TableName, privilege: string) => Promise<Relation>;
  readonly variables: (global: boolean) => Readonly<Record<string, string>>;
  readonly status: () => Readonly<Record<string, string>>;
}

export async function answerShow(show: Show, host: ShowHost): Promise<SqlResult> {
  const { context } = host;
  const one = (names: readonly string[], rows: readonly Row[]): Rowset => ({
    columns: names.map((name) => ({ table: "", name, type: "text" })),
    rows,
  });
  const databaseOf = (given: string | undefined) => {
    const database = given ?? host.database;
    if (database === undefined) throw refusals.noDatabase();
    if (!host.hasDatabase(database)) throw refusals.unknownDatabase(database);
    return database;
  };
  switch (show.what) {
    case "databases": {
      const system = SYSTEM_DATABASES.filter((name) => name === "information_schema" || host.sees(name));
      const names = [...system, ...context.databases()].sort();
      const like = show.filter !== undefined && "like" in show.filter ? ` (${show.filter.like})` : "";
      return filtered(
        one(
          [`Database${like}`],
          names.map((name) => [name]),
        ),
        show.filter,
        host.sql,
      );
    }
    case "tables": {
      const database = databaseOf(show.database);
      const like = show.filter !== undefined && "like" in show.filter ? ` (${show.filter.like})` : "";
      const names = [`Tables_in_${database}${like}`, ...(show.full ? ["Table_type"] : [])];
      const rows = context.relations(database).map(({ name }) => (show.full ? [name, "BASE TABLE"] : [name]));
      return filtered(one(names, rows), show.filter, host.sql);
    }
    case "table status":
      return filtered(tableStatus(databaseOf(show.database), context), show.filter, host.sql);
    case "columns":
      return filtered(
        describe(await host.relation(show.table, "SELECT"), show.full, context.flavour),
        show.filter,
        host.sql,
      );
    case "index":
      return answerRows(indexes(await host.relation(show.table, "SELECT"), context));
    case "create table": {
      const relation = await host.relation(show.table, "SELECT");
      return answerRows(one(["Table", "Create Table"], [[relation.name, createTableText(relation, context)]]));
    }
    case "create database": {
      const name = databaseOf(show.name);
      return answerRows(
        one(
          ["Database", "Create Database"],
          [
            [
              name,
              `CREATE DATABASE \`${name}\` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE ${context.flavour.collation} */ /*!80016 DEFAULT ENCRYPTION='N' */`,
            ],
          ],
        ),
      );
    }
    case "engines":
      return filtered(ENGINES, show.filter, host.sql);
    case "warnings":
    case "errors": {
      const rows = host.warnings.filter(({ level }) => show.what === "warnings" || level === "Error");
      return answerRows({
        columns: [
          { table: "", name: "Level", type: "text" },
          { table: "", name: "Code", type: "int8" },
          { table: "", name: "Message", type: "text" },
        ],
        rows: rows.map(({ level, code, message }) => [level, code, message]),
      });
    }
    case "status":
    case "variables": {
      const all = show.what === "status" ? host.status() : host.variables(show.global);
      const rows = Object.entries(all).sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
      return filtered(one(["Variable_name", "Value"], rows), show.filter, host.sql);
    }
    default:
      throw unsupported(`SHOW ${show.what.toUpperCase()}`);
  }
}

async function filtered(rowset: Rowset, filter: Filter, sql: SqlContext): Promise<SqlResult> {
  if (filter === undefined) return answerRows(rowset);
  const name = rowset.columns[0]?.name ?? "";
  const where: Expr =
    "where" in filter
      ? filter.where
      : {
          kind: "like",
          operand: { kind: "column", table: undefined, name, at: 0 },
          pattern: { kind: "literal", value: filter.like, type: "text" },
          not: false,
          caseless: true,
        };
  const rows = await runQuery(
    {
      with: [],
      body: {
        distinct: false,
        outputs: [{ expr: undefined, alias: undefined }],
        from: { kind: "table", schema: undefined, name: "\0shown", alias: "\0shown", at: 0 },
        where,
        group: [],
        having: undefined,
      },
      order: [],
      limit: undefined,
      offset: undefined,
    },
    undefined,
    { ...sql, table: (table) => (table.name === "\0shown" ? rowset : sql.table(table)) },
  );
  return answerRows({ columns: rowset.columns, rows: rows.rows });
}

/** Rows as they travel: texts, with what stands at the right. */
export function answerRows({ columns, rows }: Rowset): SqlResult {
  return {
    columns: columns.map(({ name }) => name),
    fields: columns.map(({ table, type, declared, notNull }) => ({
      table: table.startsWith("\0") ? "" : table,
      type,
      ...(declared === undefined ? {} : { declared }),
      ...(notNull === true ? { notNull } : {}),
    })),
    right: columns.map(({ type }) => RIGHT.has(type)),
    rows: rows.map((row) => row.map((value, index) => shownValue(value, columns[index]?.type ?? "text"))),
  };
}

function shownValue(value: Raw, type: TypeName): string | null {
  if (value === null) return null;
  if (typeof value === "boolean") return String(Number(value));
  // As many digits as a double has, then a power of ten.
  if (type === "float8" && Math.abs(Number(value)) >= 1e15) return Number(value).toExponential().replace("e+", "e");
  return isText(type) ? String(value) : toText({ type, value });
}
