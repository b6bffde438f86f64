/** What a name in FROM stands for: tables, sequences, and views of the system. */
import type { TableName } from "../kit/sql/ast.ts";
import type { Rowset } from "../kit/sql/evaluate.ts";
import type { Relation, Transaction } from "../kit/sql/state.ts";
import { SqlError } from "../kit/sql/values.ts";
import { columnsOf } from "./modify.ts";
import { type Authority, tableSecured } from "./privileges.ts";
import type { Server } from "./server.ts";
import type { Session } from "./session.ts";
import { systemView } from "./views.ts";

interface Place {
  readonly transaction: Transaction;
  readonly database: string;
  readonly authority: Authority;
}

/** A table of the schema public; undefined where there is none of the name. */
function publicRelation(name: TableName, { transaction, database }: Place): Relation | undefined {
  return name.schema === undefined || name.schema === "public" ? transaction.relation(database, name.name) : undefined;
}

/** A table that a statement changes. `need`: "owner", or letters of privileges. Throws `SqlError`. */
export function targetOf(name: TableName, need: string, place: Place): Relation {
  const found = publicRelation(name, place);
  if (found === undefined) throw noRelation(name);
  if (found.kind !== "table") throw new SqlError("42809", `"${name.name}" is not a table`);
  const secured = tableSecured(found);
  if (need === "owner") place.authority.needOwner(secured);
  else for (const letter of need) place.authority.need(secured, letter);
  return found;
}

/** The rows behind a name. Throws `SqlError`. */
export function sourceOf(
  name: TableName,
  place: Place & { readonly server: Server; readonly session: Session },
): Rowset {
  const { transaction, authority, server, session } = place;
  const relation = publicRelation(name, place);
  if (relation !== undefined) {
    authority.need(tableSecured(relation), "r");
    if (relation.kind === "sequence") {
      const { value, called } = transaction.sequence(relation);
      return {
        columns: [
          { table: "", name: "last_value", type: "int8" },
          { table: "", name: "is_called", type: "bool" },
        ],
        rows: [[value, called]],
      };
    }
    return { columns: columnsOf(relation), rows: [...transaction.rows(relation.oid)].map(([, row]) => row) };
  }
  const view =
    name.schema === "information_schema"
      ? `information_schema.${name.name}`
      : name.schema === undefined || name.schema === "pg_catalog"
        ? name.name
        : "";
  if (view === "pg_shadow" || view === "pg_authid")
    if (!authority.superuser)
      throw new SqlError("42501", `permission denied for ${view === "pg_shadow" ? "view" : "table"} ${view}`);
  const found = systemView(view, server, session, transaction);
  if (found === undefined) throw noRelation(name);
  return found;
}

function noRelation({
  schema,
  name,
  at,
}: {
  readonly schema: string | undefined;
  readonly name: string;
  readonly at: number;
}): SqlError {
  return new SqlError("42P01", `relation "${schema === undefined ? "" : `${schema}.`}${name}" does not exist`, { at });
}
