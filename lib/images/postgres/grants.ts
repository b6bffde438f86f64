/** GRANT, REVOKE, owners and default privileges. */
import type { AccessStatement, GrantSpec, TableName } from "../kit/sql/ast.ts";
import type { Acl, DatabaseInfo, Relation } from "../kit/sql/state.ts";
import { SqlError } from "../kit/sql/values.ts";
import type { DefineContext } from "./define.ts";
import {
  allLetters,
  databaseSecured,
  denied,
  effectiveAcl,
  granted,
  lettersOf,
  revoked,
  type Secured,
  schemaSecured,
  tableSecured,
} from "./privileges.ts";
import { roleNamed, superuserOf } from "./roles.ts";

type Of<K extends AccessStatement["kind"]> = Extract<AccessStatement, { kind: K }>;

interface Target {
  readonly object: Secured;
  readonly relation?: Relation;
  readonly write: (acl: Acl) => void;
}

const hidden = ["tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"];

function targets({ what, names }: Of<"grant">, context: DefineContext): Target[] {
  const { transaction } = context;
  const ofRelation = (relation: Relation): Target => ({
    object: tableSecured(relation),
    relation,
    write: (acl) => transaction.putRelation({ ...relation, acl }),
  });
  if (names === undefined)
    return transaction
      .relations(context.database)
      .filter(({ kind }) => kind === what.toLowerCase())
      .map(ofRelation);
  return names.map((name): Target => {
    if (what === "DATABASE") {
      const info = transaction.database(name.name);
      if (info === undefined) throw new SqlError("3D000", `database "${name.name}" does not exist`);
      return {
        object: databaseSecured(name.name, info),
        write: (acl) => transaction.putDatabase(name.name, { ...info, acl }),
      };
    }
    if (what === "SCHEMA") {
      if (name.name !== "public") throw new SqlError("3F000", `schema "${name.name}" does not exist`);
      const info = databaseOf(context);
      return {
        object: schemaSecured(info, superuserOf(transaction), context.major),
        write: (schemaAcl) => transaction.putDatabase(context.database, { ...info, schemaAcl }),
      };
    }
    const relation = relationNamed(name, context);
    if (what === "SEQUENCE" && relation.kind !== "sequence")
      throw new SqlError("42809", `"${relation.name}" is not a sequence`);
    return ofRelation(relation);
  });
}

function databaseOf(context: DefineContext): DatabaseInfo {
  return context.transaction.database(context.database) ?? { oid: 0, owner: superuserOf(context.transaction) };
}

function relationNamed({ schema, name }: TableName, context: DefineContext): Relation {
  const found =
    schema === undefined || schema === "public" ? context.transaction.relation(context.database, name) : undefined;
  if (found === undefined)
    throw new SqlError("42P01", `relation "${schema === undefined ? "" : `${schema}.`}${name}" does not exist`);
  return found;
}

/** Who is meant, in the words of the statement. */
function granteesOf(names: readonly string[], context: DefineContext): string[] {
  return names.map((name) => (name === "" ? "" : roleNamed(name, context).name));
}

export function grant(statement: Of<"grant">, context: DefineContext): void {
  const { revoke, privileges } = statement;
  const all = targets(statement, context);
  const grantees = granteesOf(statement.grantees, context);
  if (statement.option && grantees.includes("") && !revoke)
    throw new SqlError("0LP01", "grant options can only be granted to roles");
  for (const { object, relation, write } of all) {
    const letters = lettersOf(object.what, privileges, context.major);
    const { name: grantor, letters: grantable } = context.authority.grantor(object);
    const allowed = [...letters].filter((letter) => grantable.includes(letter)).join("");
    if (grantable === "" && !context.authority.may(object, allLetters(object.what, context.major)))
      throw denied(object);
    if (allowed === "") {
      const subject = revoke ? "no privileges could be revoked for" : "no privileges were granted for";
      context.warn(`${subject} "${object.name}"`);
      if (revoke && relation?.kind === "table")
        for (const column of [...hidden, ...relation.columns.map(({ name }) => name)])
          context.warn(`${subject} column "${column}" of relation "${object.name}"`);
      continue;
    }
    if (allowed.length < letters.length && privileges !== undefined)
      context.warn(`not all privileges ${revoke ? "could be revoked" : "were granted"} for "${object.name}"`);
    const before = effectiveAcl(object, context.major);
    write(changed(before, statement, { grantees, grantor, letters: allowed, owner: object.owner }));
  }
}

function changed(
  before: Acl,
  { revoke, option, cascade }: GrantSpec,
  how: {
    readonly grantees: readonly string[];
    readonly grantor: string;
    readonly letters: string;
    readonly owner: string;
  },
): Acl {
  const { grantor, letters, owner } = how;
  let acl = before;
  for (const grantee of how.grantees)
    acl = revoke
      ? revoked(acl, { grantee, grantor, letters, optionOnly: option, cascade, owner })
      : granted(acl, grantee, grantor, letters, option && grantee !== owner);
  return acl;
}

// --------------------------------------------------------------------------------------------------- default privileges

export function alterDefaults(statement: Of<"default privileges">, context: DefineContext): void {
  const info = databaseOf(context);
  const roles = statement.roles.length === 0 ? [context.user] : granteesOf(statement.roles, context);
  const grantees = granteesOf(statement.grantees, context);
  let defaults = info.defaults ?? [];
  for (const role of roles) {
    if (!context.authority.memberOf(role))
      throw new SqlError("42501", "permission denied to change default privileges");
    const letters = lettersOf(statement.what, statement.privileges, context.major);
    const index = defaults.findIndex((one) => one.role === role && one.what === statement.what);
    const acl = changed(defaults[index]?.acl ?? [], statement, { grantees, grantor: role, letters, owner: role });
    const others = defaults.filter((_one, at) => at !== index);
    defaults = acl.length === 0 ? others : [...others, { role, what: statement.what, acl }];
  }
  context.transaction.putDatabase(context.database, { ...info, defaults });
}

/** What a new table or sequence has by default privileges; undefined: nothing of its own. */
export function initialAcl(what: "TABLE" | "SEQUENCE", name: string, context: DefineContext): { readonly acl?: Acl } {
  const found = context.transaction
    .database(context.database)
    ?.defaults?.find((one) => one.role === context.user && one.what === what);
  if (found === undefined) return {};
  const own = effectiveAcl({ what, name, owner: context.user, acl: undefined }, context.major);
  return { acl: [...own, ...found.acl] };
}

// --------------------------------------------------------------------------------------------------------------- owners

/** An object's grants when it changes hands: the former owner's become the new one's (aclnewowner). */
function handedOver(acl: Acl | undefined, from: string, to: string): { readonly acl?: Acl } {
  if (acl === undefined) return {};
  const name = (one: string) => (one === from ? to : one);
  let next: Acl = [];
  for (const one of acl) {
    next = granted(next, name(one.grantee), name(one.grantor), one.privileges, false);
    if (one.options !== "") next = granted(next, name(one.grantee), name(one.grantor), one.options, true);
  }
  return { acl: next };
}

function withOwner(relation: Relation, to: string): Relation {
  const { acl, ...rest } = relation;
  return { ...rest, owner: to, ...handedOver(acl, relation.owner, to) };
}

/** The new owner must be a role the user may become. */
export function newOwner(name: string, context: DefineContext): string {
  const { name: to } = roleNamed(name, context);
  if (!context.authority.memberOf(to))
    throw new SqlError(
      "42501",
      context.major >= 16 ? `must be able to SET ROLE "${to}"` : `must be member of role "${to}"`,
    );
  return to;
}

/** A table takes the sequences of its columns along. */
export function giveRelation(relation: Relation, to: string, context: DefineContext): Relation {
  const next = withOwner(relation, to);
  context.transaction.putRelation(next);
  for (const sequence of context.transaction.relations(relation.database))
    if (sequence.ownedBy?.startsWith(`${relation.name}.`) === true)
      context.transaction.putRelation(withOwner(sequence, to));
  return next;
}

export function alterOwner({ what, name, to }: Of<"owner">, context: DefineContext): void {
  if (what === "DATABASE") {
    const info = context.transaction.database(name.name);
    if (info === undefined) throw new SqlError("3D000", `database "${name.name}" does not exist`);
    context.authority.needOwner(databaseSecured(name.name, info));
    const owner = newOwner(to, context);
    const { acl, ...rest } = info;
    context.transaction.putDatabase(name.name, { ...rest, owner, ...handedOver(acl, info.owner, owner) });
    return;
  }
  const relation = relationNamed(name, context);
  if (relation.kind !== "sequence") throw new SqlError("42809", `"${relation.name}" is not a sequence`);
  context.authority.needOwner(tableSecured(relation));
  context.transaction.putRelation(withOwner(relation, newOwner(to, context)));
}

/** REASSIGN OWNED: what the roles own in this database, and databases, become somebody else's. */
export function reassign({ roles, to }: Of<"owned">, context: DefineContext): void {
  const { transaction } = context;
  const target = newOwner(to, context);
  for (const from of granteesOf(roles, context)) {
    mayHandle(from, context, "reassign objects");
    for (const relation of transaction.relations(context.database))
      if (relation.owner === from) transaction.putRelation(withOwner(relation, target));
    for (const [name, info] of transaction.databases())
      if (info.owner === from) {
        const { acl, ...rest } = info;
        transaction.putDatabase(name, { ...rest, owner: target, ...handedOver(acl, from, target) });
      }
  }
}

function mayHandle(role: string, context: DefineContext, what: string): void {
  if (context.authority.memberOf(role)) return;
  throw new SqlError(
    "42501",
    `permission denied to ${what}`,
    context.major >= 16
      ? {
          detail: `Only roles with privileges of role "${role}" may ${what.replace("objects", "objects owned by it")}.`,
        }
      : {},
  );
}

/** DROP OWNED: the tables of the roles in this database, and all that was granted to them in it. */
export function dropOwned({ roles }: Of<"owned">, context: DefineContext, drop: (relation: Relation) => void): void {
  const { transaction } = context;
  for (const role of granteesOf(roles, context)) {
    mayHandle(role, context, "drop objects");
    const keep = (acl: Acl | undefined) => acl?.filter(({ grantee }) => grantee !== role);
    for (const relation of transaction.relations(context.database)) {
      if (relation.owner === role) drop(relation);
      else if (relation.acl?.some(({ grantee }) => grantee === role))
        transaction.putRelation({ ...relation, acl: keep(relation.acl) ?? [] });
    }
    const info = databaseOf(context);
    const { acl, schemaAcl, defaults, ...rest } = info;
    const [kept, keptSchema] = [keep(acl), keep(schemaAcl)];
    const others = defaults
      ?.filter((one) => one.role !== role)
      .map((one) => ({ ...one, acl: keep(one.acl) ?? [] }))
      .filter((one) => one.acl.length > 0);
    transaction.putDatabase(context.database, {
      ...rest,
      ...(kept === undefined ? {} : { acl: kept }),
      ...(keptSchema === undefined ? {} : { schemaAcl: keptSchema }),
      ...(others === undefined ? {} : { defaults: others }),
    });
  }
}
