/** Roles, databases and privileges as psql's backslash commands show them, which its releases do differently. Pure. */
import type { Acl, Relation } from "../kit/sql/state.ts";
import type { Catalog } from "./messages.ts";
import { aclText } from "./privileges.ts";

export interface AccessTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Whether the number of rows stands below. */
  readonly footer: boolean;
}

const byName = <T extends { readonly name: string }>(list: readonly T[]) =>
  [...list].sort((a, b) => (a.name < b.name ? -1 : 1));

/** A name with the wildcards of psql. */
function matches(pattern: string | undefined, name: string): boolean {
  if (pattern === undefined) return true;
  const source = pattern
    .replace(/^public\./, "")
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source.slice(0, 200)}$`).test(name);
}

const lines = (acl: Acl | undefined) => (acl === undefined ? "" : aclText(acl).join("\n"));

export function rolesTable({ major, roles }: Catalog, pattern: string | undefined): AccessTable {
  const rows = byName(roles)
    .filter(({ name }) => (pattern !== undefined || !name.startsWith("pg_")) && matches(pattern, name))
    .map((role) => {
      const words = [
        role.superuser ? "Superuser" : "",
        role.inherit === false ? "No inheritance" : "",
        role.createRole ? "Create role" : "",
        role.createDatabase ? "Create DB" : "",
        role.login ? "" : "Cannot login",
        role.replication ? "Replication" : "",
        (role.bypassRls ?? role.superuser) ? "Bypass RLS" : "",
      ].filter((word) => word !== "");
      const more: string[] = [];
      const limit = role.connectionLimit;
      if (limit !== undefined)
        more.push(limit === 0 ? "No connections" : `${limit} connection${limit === 1 ? "" : "s"}`);
      if (role.validUntil !== undefined)
        more.push(
          `Password valid until ${role.validUntil === Number.MAX_SAFE_INTEGER ? "infinity" : `${new Date(role.validUntil).toISOString().slice(0, 19).replace("T", " ")}+00`}`,
        );
      const attributes = [words.join(", "), ...more].join("\n");
      const of = (role.memberOf ?? []).map((one) => one.role);
      return major >= 16 ? [role.name, attributes] : [role.name, attributes, `{${of.join(",")}}`];
    });
  const columns = ["Role name", "Attributes", ...(major >= 16 ? [] : ["Member of"])];
  return { title: "List of roles", columns, rows, footer: false };
}

export function databasesTable({ major, databases, superuser }: Catalog, pattern: string | undefined): AccessTable {
  const rows = byName(databases)
    .filter(({ name }) => matches(pattern, name))
    .map(({ name, owner, acl }) => {
      const template = name.startsWith("template") ? `=c/${superuser}\n${superuser}=CTc/${superuser}` : undefined;
      const access = acl === undefined ? (template ?? "") : lines(acl);
      const collate = ["en_US.utf8", "en_US.utf8"];
      if (major >= 16) return [name, owner, "UTF8", "libc", ...collate, "", "", access];
      if (major === 15) return [name, owner, "UTF8", ...collate, "", "libc", access];
      return [name, owner, "UTF8", ...collate, access];
    });
  const head = ["Name", "Owner", "Encoding"];
  const columns =
    major >= 16
      ? [...head, "Locale Provider", "Collate", "Ctype", major >= 17 ? "Locale" : "ICU Locale", "ICU Rules"]
      : [...head, "Collate", "Ctype", ...(major === 15 ? ["ICU Locale", "Locale Provider"] : [])];
  return { title: "List of databases", columns: [...columns, "Access privileges"], rows, footer: true };
}

export function schemasTable({ schema }: Catalog, plus: boolean): AccessTable {
  const row = ["public", schema.owner, ...(plus ? [lines(schema.acl), "standard public schema"] : [])];
  const columns = ["Name", "Owner", ...(plus ? ["Access privileges", "Description"] : [])];
  return { title: "List of schemas", columns, rows: [row], footer: true };
}

export function privilegesTable(relations: readonly Relation[], pattern: string | undefined): AccessTable {
  const rows = byName(relations)
    .filter(({ name }) => matches(pattern, name))
    .map(({ name, kind, acl }) => ["public", name, kind, lines(acl), "", ""]);
  const columns = ["Schema", "Name", "Type", "Access privileges", "Column privileges", "Policies"];
  return { title: "Access privileges", columns, rows, footer: true };
}

export function defaultsTable({ defaults }: Catalog): AccessTable {
  const rows = [...defaults]
    .sort((a, b) => (`${a.role}/${a.what}` < `${b.role}/${b.what}` ? -1 : 1))
    .map(({ role, what, acl }) => [role, "public", what.toLowerCase(), lines(acl)]);
  const columns = ["Owner", "Schema", "Type", "Access privileges"];
  return { title: "Default access privileges", columns, rows, footer: true };
}
