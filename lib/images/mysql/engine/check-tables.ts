/** CHECK, ANALYZE, OPTIMIZE and REPAIR TABLE. */
import type { TableName } from "../../kit/sql/ast.ts";
import type { MysqlStatement } from "../sql/ast.ts";
import { placeOf } from "./define.ts";
import type { SqlResult, StatementContext } from "./types.ts";

/** Nothing is ever wrong with a table here: what is checked is whether it is there. */
export async function checkTables(
  { verb, tables }: Extract<MysqlStatement, { kind: "check table" }>,
  context: StatementContext,
  exists: (table: TableName) => boolean,
): Promise<SqlResult> {
  const rows: (string | null)[][] = [];
  for (const table of tables) {
    const { database, name } = placeOf(table, context);
    const shown = `${database}.${name}`;
    if (!exists(table))
      rows.push([shown, verb, "Error", `Table '${shown}' doesn't exist`], [shown, verb, "status", "Operation failed"]);
    else {
      await context.relation(table, "SELECT");
      if (verb === "optimize")
        rows.push([shown, verb, "note", "Table does not support optimize, doing recreate + analyze instead"]);
      rows.push([shown, verb, "status", "OK"]);
    }
  }
  return { columns: ["Table", "Op", "Msg_type", "Msg_text"], right: [false, false, false, false], rows };
}
