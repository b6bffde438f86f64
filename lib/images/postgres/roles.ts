/** CREATE, ALTER and DROP ROLE, memberships, and who one is for the moment (src/backend/commands/user.c). */
import type { AccessStatement, Statement } from "../kit/sql/ast.ts";
import type { Acl, Membership, Relation, Role, Transaction } from "../kit/sql/state.ts";
import { cast, SqlError } from "../kit/sql/values.ts";
import type { DefineContext } from "./define.ts";
import { isMember } from "./privileges.ts";
import { passwordDigest } from "./wire/authentication.ts";

/** The role that initdb made. */
export const superuserOf = (transaction: Pick<Transaction, "roles">): string =>
  transaction.roles().find(({ superuser }) => superuser)?.name ?? "postgres";

export function roleNamed(name: string, context: Pick<DefineContext, "transaction" | "user" | "sessionUser">): Role {
  const meant = name === "current_user" ? context.user : name === "session_user" ? context.sessionUser : name;
  const role = context.transaction.role(meant);
  if (role === undefined) throw new SqlError("42704", `role "${meant}" does not exist`);
  return role;
}

/** A refusal: before 16 in one line, since then with what it takes. */
function refusal(context: DefineContext, message: string, since16: string, detail: string): SqlError {
  return context.major >= 16 ? new SqlError("42501", since16, { detail }) : new SqlError("42501", message);
}

const mayMakeRoles = ({ transaction, user, authority }: DefineContext) =>
  authority.superuser || transaction.role(user)?.createRole === true;

/** CREATEROLE is enough before 16; since then also the ADMIN option on the role. */
const mayChange = (context: DefineContext, name: string) =>
  mayMakeRoles(context) && (context.major < 16 || context.authority.isAdminOf(name));

function memberships(role: Role, add: readonly string[], admin: boolean): readonly Membership[] {
  const before = role.memberOf ?? [];
  const names = add.filter((name) => !before.some((one) => one.role === name));
  return [
    ...before.map((one) => (add.includes(one.role) && admin ? { ...one, admin } : one)),
    ...names.map((one) => ({ role: one, admin })),
  ];
}

export function putRole(
  { kind, name, options }: Extract<Statement, { kind: "create role" | "alter role" }>,
  context: DefineContext,
): void {
  const { transaction, authority } = context;
  const isNew = kind === "create role";
  const former = isNew ? transaction.role(name) : roleNamed(name, context);
  if (isNew) mayCreate(options.get("superuser") === true, context);
  if (isNew && /^pg_/.test(name))
    throw new SqlError("42939", `role name "${name}" is reserved`, {
      detail: 'Role names starting with "pg_" are reserved.',
    });
  if (isNew && former !== undefined) throw new SqlError("42710", `role "${name}" already exists`);
  if (!isNew && former !== undefined) mayAlter(former, options, context);
  const flag = (option: string, before: boolean) => (options.has(option) ? options.get(option) === true : before);
  const password = options.get("password");
  const limit = options.get("connection limit") ?? former?.connectionLimit;
  const until = options.get("valid until");
  const own = former?.name ?? name;
  let role: Role = {
    name: own,
    superuser: flag("superuser", former?.superuser ?? false),
    login: flag("login", former?.login ?? false),
    replication: flag("replication", former?.replication ?? false),
    createDatabase: flag("createdb", former?.createDatabase ?? false),
    createRole: flag("createrole", former?.createRole ?? false),
    inherit: flag("inherit", former?.inherit ?? true),
    bypassRls: flag("bypassrls", former?.bypassRls ?? false),
    ...(typeof limit === "number" && limit !== -1 ? { connectionLimit: limit } : {}),
    ...(typeof until === "string"
      ? { validUntil: untilOf(until) }
      : former?.validUntil === undefined
        ? {}
        : { validUntil: former.validUntil }),
    ...(typeof password === "string" && password !== ""
      ? { password: passwordDigest(own, password) }
      : password !== undefined || former?.password === undefined
        ? {}
        : {
            password: former.password,
            ...(former.passwordName === undefined ? {} : { passwordName: former.passwordName }),
          }),
    ...(former?.memberOf === undefined ? {} : { memberOf: former.memberOf }),
  };
  if (password === "") context.notice("empty string is not a valid password, clearing password");
  const list = (option: string) => (options.get(option) ?? []) as readonly string[];
  const into = list("in role").map((one) => roleNamed(one, context).name);
  if (into.length > 0) role = { ...role, memberOf: memberships(role, into, false) };
  transaction.putRole(role);
  for (const option of ["role", "admin"])
    for (const member of list(option)) {
      const found = roleNamed(member, context);
      transaction.putRole({ ...found, memberOf: memberships(found, [own], option === "admin") });
    }
  // Since 16 whoever makes a role administers it.
  const maker = transaction.role(context.user);
  if (isNew && context.major >= 16 && !authority.superuser && maker !== undefined)
    transaction.putRole({ ...maker, memberOf: memberships(maker, [own], true) });
}

function untilOf(text: string): number {
  if (text.toLowerCase() === "infinity") return Number.MAX_SAFE_INTEGER;
  return Number(cast({ type: "unknown", value: text }, "timestamptz").value);
}

function mayCreate(superuser: boolean, context: DefineContext): void {
  if (superuser && !context.authority.superuser)
    throw refusal(
      context,
      "must be superuser to create superusers",
      "permission denied to create role",
      "Only roles with the SUPERUSER attribute may create roles with the SUPERUSER attribute.",
    );
  if (!mayMakeRoles(context))
    throw refusal(
      context,
      "permission denied to create role",
      "permission denied to create role",
      "Only roles with the CREATEROLE attribute may create roles.",
    );
}

function mayAlter(role: Role, options: ReadonlyMap<string, unknown>, context: DefineContext): void {
  if (context.authority.superuser) return;
  const denied = "permission denied to alter role";
  if (role.superuser || options.has("superuser"))
    throw refusal(
      context,
      "must be superuser to alter superuser roles or change superuser attribute",
      denied,
      role.superuser
        ? "Only roles with the SUPERUSER attribute may alter roles with the SUPERUSER attribute."
        : "Only roles with the SUPERUSER attribute may change the SUPERUSER attribute.",
    );
  if (mayChange(context, role.name)) return;
  const isPasswordAlone = [...options.keys()].every((name) => name === "password");
  if (isPasswordAlone && role.name === context.user) return;
  throw refusal(
    context,
    "permission denied",
    denied,
    isPasswordAlone
      ? "To change another role's password, the current user must have the CREATEROLE attribute and the ADMIN option on the role."
      : `Only roles with the CREATEROLE attribute and the ADMIN option on role "${role.name}" may alter this role.`,
  );
}

const PUBLIC_OID = 2200;

/** What hangs on a role and keeps it from going, in the order of the objects' numbers. */
function dependents(name: string, context: DefineContext): string[] {
  const { transaction } = context;
  const named = (acl: Acl | undefined) => acl?.some(({ grantee }) => grantee === name) === true;
  const found: { readonly oid: number; readonly text: string }[] = [];
  const elsewhere: string[] = [];
  for (const [database, info] of transaction.databases()) {
    if (info.owner === name) found.push({ oid: info.oid, text: `owner of database ${database}` });
    else if (named(info.acl)) found.push({ oid: info.oid, text: `privileges for database ${database}` });
    const own = transaction.relations(database).flatMap((relation: Relation) => {
      const { oid, kind, owner, acl, ownedBy } = relation;
      if (owner === name) return ownedBy === undefined ? [{ oid, text: `owner of ${kind} ${relation.name}` }] : [];
      return named(acl) ? [{ oid, text: `privileges for ${kind} ${relation.name}` }] : [];
    });
    if (named(info.schemaAcl)) own.push({ oid: PUBLIC_OID, text: "privileges for schema public" });
    for (const one of info.defaults ?? [])
      if (one.role === name || named(one.acl))
        own.push({
          oid: Number.MAX_SAFE_INTEGER,
          text: `${one.role === name ? "owner of" : "privileges for"} default privileges on new ${one.what === "TABLE" ? "relations" : "sequences"} belonging to role ${one.role} in schema public`,
        });
    if (database === context.database) found.push(...own);
    else if (own.length > 0)
      elsewhere.push(`${own.length} object${own.length === 1 ? "" : "s"} in database ${database}`);
  }
  return [...found.sort((a, b) => a.oid - b.oid).map(({ text }) => text), ...elsewhere];
}

export function dropRoles({ names, quiet }: Extract<Statement, { kind: "drop role" }>, context: DefineContext): void {
  const { transaction, authority } = context;
  if (!mayMakeRoles(context))
    throw refusal(
      context,
      "permission denied to drop role",
      "permission denied to drop role",
      "Only roles with the CREATEROLE attribute and the ADMIN option on the target roles may drop roles.",
    );
  for (const name of names) {
    const role = transaction.role(name);
    if (role === undefined) {
      if (!quiet) throw new SqlError("42704", `role "${name}" does not exist`);
      context.notice(`role "${name}" does not exist, skipping`);
      continue;
    }
    if (name === context.user) throw new SqlError("55006", "current user cannot be dropped");
    if (name === context.sessionUser) throw new SqlError("55006", "session user cannot be dropped");
    if (role.superuser && !authority.superuser)
      throw refusal(
        context,
        "must be superuser to drop superusers",
        "permission denied to drop role",
        "Only roles with the SUPERUSER attribute may drop roles with the SUPERUSER attribute.",
      );
    if (!mayChange(context, name))
      throw refusal(
        context,
        "permission denied to drop role",
        "permission denied to drop role",
        `Only roles with the CREATEROLE attribute and the ADMIN option on role "${name}" may drop this role.`,
      );
    const reasons = dependents(name, context);
    if (reasons.length > 0)
      throw new SqlError("2BP01", `role "${name}" cannot be dropped because some objects depend on it`, {
        detail: reasons.join("\n"),
      });
    for (const other of transaction.roles())
      if (other.memberOf?.some((one) => one.role === name) === true)
        transaction.putRole({ ...other, memberOf: other.memberOf.filter((one) => one.role !== name) });
    transaction.dropRole(name);
  }
}

export function renameRole(
  { name, to }: Extract<AccessStatement, { kind: "rename role" }>,
  context: DefineContext,
): void {
  const { transaction, authority } = context;
  const role = roleNamed(name, context);
  if (role.name === context.sessionUser) throw new SqlError("0A000", "session user cannot be renamed");
  if (role.name === context.user) throw new SqlError("0A000", "current user cannot be renamed");
  if (transaction.role(to) !== undefined) throw new SqlError("42710", `role "${to}" already exists`);
  if (!(role.superuser ? authority.superuser : mayChange(context, role.name)))
    throw refusal(
      context,
      "permission denied to rename role",
      "permission denied to rename role",
      `Only roles with the CREATEROLE attribute and the ADMIN option on role "${role.name}" may rename this role.`,
    );
  const from = role.name;
  const renamed = (one: string) => (one === from ? to : one);
  const inAcl = (acl: Acl) =>
    acl.map((one) => ({ ...one, grantee: renamed(one.grantee), grantor: renamed(one.grantor) }));
  transaction.dropRole(from);
  transaction.putRole({
    ...role,
    name: to,
    ...(role.password === undefined ? {} : { passwordName: role.passwordName ?? from }),
  });
  for (const other of transaction.roles())
    if (other.memberOf?.some((one) => one.role === from) === true)
      transaction.putRole({ ...other, memberOf: other.memberOf.map((one) => ({ ...one, role: renamed(one.role) })) });
  for (const relation of transaction.allRelations()) {
    const { acl, owner } = relation;
    if (owner !== from && acl?.some((one) => one.grantee === from || one.grantor === from) !== true) continue;
    transaction.putRelation({ ...relation, owner: renamed(owner), ...(acl === undefined ? {} : { acl: inAcl(acl) }) });
  }
  for (const [database, info] of transaction.databases()) {
    const { acl, schemaAcl, defaults } = info;
    transaction.putDatabase(database, {
      ...info,
      owner: renamed(info.owner),
      ...(acl === undefined ? {} : { acl: inAcl(acl) }),
      ...(schemaAcl === undefined ? {} : { schemaAcl: inAcl(schemaAcl) }),
      ...(defaults === undefined
        ? {}
        : { defaults: defaults.map((one) => ({ ...one, role: renamed(one.role), acl: inAcl(one.acl) })) }),
    });
  }
}

export function grantRoles(
  { revoke, roles, grantees, admin }: Extract<AccessStatement, { kind: "grant role" }>,
  context: DefineContext,
): void {
  const { transaction, authority, major } = context;
  for (const name of roles) {
    const role = roleNamed(name, context);
    const mayPassOn = authority.isAdminOf(role.name) || (major < 16 && mayMakeRoles(context) && !role.superuser);
    if (role.superuser && !authority.superuser)
      throw refusal(
        context,
        "must be superuser to alter superusers",
        `permission denied to ${revoke ? "revoke" : "grant"} role "${role.name}"`,
        `Only roles with the SUPERUSER attribute may ${revoke ? "revoke" : "grant"} roles with the SUPERUSER attribute.`,
      );
    if (!mayPassOn)
      throw refusal(
        context,
        `must have admin option on role "${role.name}"`,
        `permission denied to ${revoke ? "revoke" : "grant"} role "${role.name}"`,
        `Only roles with the ADMIN option on role "${role.name}" may ${revoke ? "revoke" : "grant"} this role.`,
      );
    for (const one of grantees) {
      if (one === "") throw new SqlError("42704", 'role "public" does not exist');
      const member = roleNamed(one, context);
      const by = superuserOf(transaction);
      const known = member.memberOf?.find((membership) => membership.role === role.name);
      if (revoke) {
        if (known === undefined) {
          context.warn(
            major >= 16
              ? `role "${member.name}" has not been granted membership in role "${role.name}" by role "${by}"`
              : `role "${member.name}" is not a member of role "${role.name}"`,
          );
          continue;
        }
        const others = (member.memberOf ?? []).filter((membership) => membership !== known);
        transaction.putRole({ ...member, memberOf: admin ? [...others, { ...known, admin: false }] : others });
        continue;
      }
      if (member.name === role.name)
        throw new SqlError("0LP01", `role "${role.name}" is a member of role "${member.name}"`);
      if (isMember(transaction, role.name, member.name))
        throw new SqlError("0LP01", `role "${role.name}" is a member of role "${member.name}"`);
      if (known !== undefined && (known.admin || !admin)) {
        context.notice(
          major >= 16
            ? `role "${member.name}" has already been granted membership in role "${role.name}" by role "${by}"`
            : `role "${member.name}" is already a member of role "${role.name}"`,
        );
        continue;
      }
      transaction.putRole({ ...member, memberOf: memberships(member, [role.name], admin) });
    }
  }
}
