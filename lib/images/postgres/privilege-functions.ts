/** has_table_privilege and its kind (src/backend/utils/adt/acl.c). Pure. */
import { SqlError } from "../kit/sql/values.ts";
import type { DefineContext } from "./define.ts";
import { Authority, databaseSecured, lettersOf, type Secured, schemaSecured, tableSecured } from "./privileges.ts";
import { superuserOf } from "./roles.ts";

/** `words`: with a user, or about the present one. */
export function hasPrivilege(name: string, words: readonly string[], context: DefineContext): boolean {
  const { transaction, database, major } = context;
  const [user = "", object = "", privilege = ""] = words.length === 3 ? words : [context.user, ...words];
  const known = (role: string) => {
    if (transaction.role(role) === undefined) throw new SqlError("42704", `role "${role}" does not exist`);
  };
  known(user);
  const authority = new Authority(transaction, { user, database, major });
  if (name === "pg_has_role") {
    known(object);
    return authority.memberOf(object);
  }
  const secured = securedNamed(name, object, context);
  const letters = privilege.split(",").map((one) => {
    try {
      return lettersOf(secured.what, [one.trim().toUpperCase()], major);
    } catch (problem) {
      if (problem instanceof SqlError) throw new SqlError("22023", `unrecognized privilege type: "${one.trim()}"`);
      throw problem;
    }
  });
  return authority.may(secured, letters.join(""));
}

function securedNamed(name: string, object: string, { transaction, database, major }: DefineContext): Secured {
  const plain = object.replace(/^public\./, "").replaceAll('"', "");
  if (name === "has_database_privilege") {
    const info = transaction.database(plain);
    if (info === undefined) throw new SqlError("3D000", `database "${plain}" does not exist`);
    return databaseSecured(plain, info);
  }
  if (name === "has_schema_privilege") {
    const info = transaction.database(database);
    if (plain !== "public" || info === undefined) throw new SqlError("3F000", `schema "${plain}" does not exist`);
    return schemaSecured(info, superuserOf(transaction), major);
  }
  const relation = transaction.relation(database, plain);
  if (relation === undefined) throw new SqlError("42P01", `relation "${object}" does not exist`);
  return tableSecured(relation);
}
