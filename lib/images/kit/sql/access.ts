/** Statements about who may do what, as PostgreSQL writes them. */
import type { AccessStatement, Grantable, GrantSpec, RoleOptions, Statement, TableName } from "./ast.ts";
import { unsupported } from "./parse.ts";
import type { Cursor } from "./tokens.ts";
import { SqlError } from "./values.ts";

/** A role by name; PUBLIC is everybody (empty). */
function grantee(cursor: Cursor): string {
  cursor.accept("GROUP");
  if (cursor.accept("CURRENT_USER") || cursor.accept("CURRENT_ROLE")) return "current_user";
  if (cursor.accept("SESSION_USER")) return "session_user";
  const isQuoted = cursor.peek().kind === "quoted";
  const name = cursor.name();
  return name === "public" && !isQuoted ? "" : name;
}

function tableName(cursor: Cursor): TableName {
  const { at } = cursor.peek();
  const first = cursor.name();
  return cursor.accept(".") ? { schema: first, name: cursor.name(), at } : { schema: undefined, name: first, at };
}

interface Named {
  readonly words: readonly { readonly name: string; readonly quoted: string }[] | undefined;
}

/** What stands between GRANT and ON (or TO): privileges, or roles. */
function privileges(cursor: Cursor): Named {
  if (cursor.accept("ALL")) {
    cursor.accept("PRIVILEGES");
    if (cursor.is("(")) throw unsupported("a grant on columns", cursor.peek().at);
    return { words: undefined };
  }
  const words = cursor.list(() => {
    // Privileges may be reserved words: SELECT, CREATE, REFERENCES.
    const token = cursor.peek();
    if (token.kind !== "word" && token.kind !== "quoted") throw cursor.unexpected();
    cursor.next();
    if (cursor.is("(")) throw unsupported("a grant on columns", cursor.peek().at);
    const name = token.kind === "quoted" ? token.text : token.text.toLowerCase();
    return { name, quoted: name };
  });
  return { words };
}

function target(cursor: Cursor): { readonly what: Grantable; readonly names: readonly TableName[] | undefined } {
  if (cursor.accept("ALL")) {
    const what = cursor.accept("TABLES") ? "TABLE" : cursor.accept("SEQUENCES") ? "SEQUENCE" : undefined;
    if (what === undefined) throw unsupported(`a grant on all ${cursor.peek().text.toLowerCase()}`, cursor.peek().at);
    cursor.need("IN", "SCHEMA");
    for (const { name } of cursor.list(() => tableName(cursor)))
      if (name !== "public") throw new SqlError("3F000", `schema "${name}" does not exist`);
    return { what, names: undefined };
  }
  const { at } = cursor.peek();
  for (const word of [
    "FUNCTION",
    "PROCEDURE",
    "ROUTINE",
    "LANGUAGE",
    "TYPE",
    "DOMAIN",
    "TABLESPACE",
    "FOREIGN",
    "LARGE",
  ])
    if (cursor.is(word)) throw unsupported(`a grant on a ${word.toLowerCase()}`, at);
  const what = (["SEQUENCE", "DATABASE", "SCHEMA", "TABLE"] as const).find((word) => cursor.accept(word)) ?? "TABLE";
  return { what, names: cursor.list(() => tableName(cursor)) };
}

/** FROM or TO whom, and what follows. */
function ending(cursor: Cursor, revoke: boolean, option: boolean, words: Named["words"]): GrantSpec {
  cursor.need(revoke ? "FROM" : "TO");
  const grantees = cursor.list(() => grantee(cursor));
  const withOption = !revoke && cursor.accept("WITH", "GRANT", "OPTION");
  if (cursor.is("GRANTED")) throw unsupported("GRANTED BY", cursor.peek().at);
  const cascade = revoke && cursor.accept("CASCADE");
  if (revoke && !cascade) cursor.accept("RESTRICT");
  return {
    revoke,
    privileges: words?.map(({ name }) => name.toUpperCase()),
    option: option || withOption,
    grantees,
    cascade,
  };
}

/** After GRANT or REVOKE. */
export function grantStatement(cursor: Cursor, revoke: boolean): AccessStatement {
  const option = revoke && cursor.accept("GRANT", "OPTION", "FOR");
  const admin = revoke && !option && cursor.accept("ADMIN", "OPTION", "FOR");
  const { words } = privileges(cursor);
  if (!admin && cursor.accept("ON")) {
    const on = target(cursor);
    return { kind: "grant", ...on, ...ending(cursor, revoke, option, words) };
  }
  if (words === undefined || option) throw cursor.unexpected();
  cursor.need(revoke ? "FROM" : "TO");
  const grantees = cursor.list(() => grantee(cursor));
  let withAdmin = admin;
  if (!revoke && cursor.accept("WITH")) {
    const { at } = cursor.peek();
    if (cursor.accept("ADMIN", "OPTION") || cursor.accept("ADMIN", "TRUE")) withAdmin = true;
    else throw unsupported("a membership with options other than ADMIN", at);
  }
  if (revoke && !cursor.accept("CASCADE")) cursor.accept("RESTRICT");
  return { kind: "grant role", revoke, roles: words.map(({ name }) => name), grantees, admin: withAdmin };
}

/** After ALTER DEFAULT PRIVILEGES. */
export function alterDefaultPrivileges(cursor: Cursor): AccessStatement {
  let roles: readonly string[] = [];
  if (cursor.accept("FOR")) {
    if (!cursor.accept("ROLE")) cursor.need("USER");
    roles = cursor.list(() => grantee(cursor));
  }
  if (cursor.accept("IN", "SCHEMA"))
    for (const { name } of cursor.list(() => tableName(cursor)))
      if (name !== "public") throw new SqlError("3F000", `schema "${name}" does not exist`);
  const revoke = cursor.accept("REVOKE");
  if (!revoke) cursor.need("GRANT");
  const option = revoke && cursor.accept("GRANT", "OPTION", "FOR");
  const { words } = privileges(cursor);
  cursor.need("ON");
  const { at, text } = cursor.peek();
  const what = cursor.accept("TABLES") ? "TABLE" : cursor.accept("SEQUENCES") ? "SEQUENCE" : undefined;
  if (what === undefined) throw unsupported(`default privileges on ${text.toLowerCase()}`, at);
  return { kind: "default privileges", roles, what, ...ending(cursor, revoke, option, words) };
}

/** After REASSIGN or DROP OWNED. */
export function ownedStatement(cursor: Cursor, drop: boolean): AccessStatement {
  if (!drop) cursor.need("OWNED");
  cursor.need("BY");
  const roles = cursor.list(() => grantee(cursor));
  if (drop) {
    if (!cursor.accept("CASCADE")) cursor.accept("RESTRICT");
    return { kind: "owned", drop, roles, to: "" };
  }
  cursor.need("TO");
  return { kind: "owned", drop, roles, to: grantee(cursor) };
}

/** SET ROLE, SET SESSION AUTHORIZATION and their RESET; undefined where it is another statement. */
export function setRole(cursor: Cursor): AccessStatement | undefined {
  if (cursor.accept("RESET", "ROLE")) return { kind: "set role", session: false, name: undefined };
  if (cursor.accept("RESET", "SESSION", "AUTHORIZATION")) return { kind: "set role", session: true, name: undefined };
  if (cursor.is("SET", "LOCAL", "ROLE")) throw unsupported("SET LOCAL ROLE", cursor.peek().at);
  const isSession = cursor.is("SET", "SESSION", "AUTHORIZATION");
  const isRole = cursor.is("SET", "ROLE") || cursor.is("SET", "SESSION", "ROLE");
  if (!isSession && !isRole) return undefined;
  cursor.next();
  if (cursor.accept("SESSION") && isSession) cursor.need("AUTHORIZATION");
  else cursor.need("ROLE");
  if (cursor.accept(isSession ? "DEFAULT" : "NONE")) return { kind: "set role", session: isSession, name: undefined };
  const token = cursor.peek();
  const name = token.kind === "string" ? cursor.next().text : cursor.name();
  return { kind: "set role", session: isSession, name };
}

/** After ALTER: roles, and owners of what is no table. Undefined where it is something else. */
export function alterAccess(cursor: Cursor): Statement | undefined {
  if (cursor.accept("USER") || cursor.accept("ROLE") || cursor.accept("GROUP")) {
    const name = grantee(cursor);
    if (cursor.accept("RENAME", "TO")) return { kind: "rename role", name, to: cursor.name() };
    if (cursor.is("SET") || cursor.is("RESET") || cursor.is("IN"))
      throw unsupported("a setting of a role", cursor.peek().at);
    return { kind: "alter role", name, options: roleOptions(cursor, false) };
  }
  const what = (["DATABASE", "SEQUENCE"] as const).find((word) => cursor.is(word));
  if (what === undefined) return undefined;
  cursor.next();
  const name = tableName(cursor);
  if (!cursor.accept("OWNER", "TO"))
    throw unsupported(`ALTER ${what} ... ${cursor.peek().text.toUpperCase()}`, cursor.peek().at);
  return { kind: "owner", what, name, to: grantee(cursor) };
}

/** What follows the name in CREATE ROLE and ALTER ROLE. */
export function roleOptions(cursor: Cursor, login: boolean): RoleOptions {
  const options = new Map<string, string | boolean | number | readonly string[]>(login ? [["login", true]] : []);
  cursor.accept("WITH");
  for (;;) {
    if (cursor.accept("ENCRYPTED")) continue;
    if (cursor.accept("PASSWORD")) {
      const token = cursor.peek();
      if (cursor.accept("NULL")) options.set("password", false);
      else if (token.kind === "string") options.set("password", cursor.next().text);
      else throw cursor.unexpected();
      continue;
    }
    if (cursor.accept("CONNECTION", "LIMIT")) {
      const sign = cursor.accept("-") ? -1 : 1;
      const limit = Number(cursor.next().text) * sign;
      if (!Number.isInteger(limit)) throw cursor.unexpected();
      if (limit < -1) throw new SqlError("22023", `invalid connection limit: ${limit}`);
      options.set("connection limit", limit);
      continue;
    }
    if (cursor.accept("VALID", "UNTIL")) {
      const token = cursor.next();
      if (token.kind !== "string") throw cursor.unexpected();
      options.set("valid until", token.text);
      continue;
    }
    if (cursor.accept("IN", "ROLE") || cursor.accept("IN", "GROUP")) {
      options.set(
        "in role",
        cursor.list(() => cursor.name()),
      );
      continue;
    }
    if (cursor.is("ADMIN") || cursor.is("ROLE") || cursor.is("USER")) {
      const list = cursor.next().text.toLowerCase() === "admin" ? "admin" : "role";
      options.set(
        list,
        cursor.list(() => cursor.name()),
      );
      continue;
    }
    const word = cursor.peek().text.toLowerCase();
    const known = /^(no)?(superuser|login|replication|createdb|createrole|inherit|bypassrls)$/.exec(word);
    if (known?.[2] === undefined || cursor.peek().kind !== "word") {
      if (cursor.peek().kind === "word")
        throw new SqlError("42601", `unrecognized role option "${word}"`, { at: cursor.peek().at });
      return options;
    }
    cursor.next();
    options.set(known[2], known[1] === undefined);
  }
}
