/** Who may do what with which object (src/backend/utils/adt/acl.c, catalog/aclchk.c). Pure. */
import type { Grantable } from "../kit/sql/ast.ts";
import type { Acl, DatabaseInfo, Grant, Relation, Role, Transaction } from "../kit/sql/state.ts";
import { SqlError } from "../kit/sql/values.ts";

/** Letters of the privileges there are on each kind of object, in the order in which they are shown. */
const LETTERS: Readonly<Record<Grantable, Readonly<Record<string, string>>>> = {
  TABLE: { INSERT: "a", SELECT: "r", UPDATE: "w", DELETE: "d", TRUNCATE: "D", REFERENCES: "x", TRIGGER: "t" },
  SEQUENCE: { SELECT: "r", UPDATE: "w", USAGE: "U" },
  DATABASE: { CREATE: "C", TEMPORARY: "T", TEMP: "T", CONNECT: "c" },
  SCHEMA: { USAGE: "U", CREATE: "C" },
};

const KNOWN = new Set([
  ...Object.values(LETTERS).flatMap((letters) => Object.keys(letters)),
  "EXECUTE",
  "SET",
  "ALTER SYSTEM",
  "MAINTAIN",
]);

/** All letters of a kind; PostgreSQL 17 added MAINTAIN (m) to tables. */
export function allLetters(what: Grantable, major: number): string {
  const own = [...new Set(Object.values(LETTERS[what]))].join("");
  return what === "TABLE" && major >= 17 ? `${own}m` : own;
}

/** The letters that a statement's words mean. */
export function lettersOf(what: Grantable, words: readonly string[] | undefined, major: number): string {
  if (words === undefined) return allLetters(what, major);
  return words
    .map((word) => {
      if (!KNOWN.has(word)) throw new SqlError("42601", `unrecognized privilege type "${word.toLowerCase()}"`);
      const letter = what === "TABLE" && word === "MAINTAIN" && major >= 17 ? "m" : LETTERS[what][word];
      // "USAGE ON t" is fine where t is a sequence, which the grammar cannot know.
      if (letter === undefined) throw new SqlError("0LP01", `invalid privilege type ${word} for ${what.toLowerCase()}`);
      return letter;
    })
    .join("");
}

export const privilegeOf = (what: Grantable, letter: string): string =>
  letter === "m" ? "MAINTAIN" : (Object.entries(LETTERS[what]).find(([, one]) => one === letter)?.[0] ?? letter);

/** An object as far as its access goes. */
export interface Secured {
  readonly what: Grantable;
  readonly name: string;
  readonly owner: string;
  readonly acl: Acl | undefined;
}

/** What holds where nothing was ever granted (acldefault). */
function defaultAcl({ what, owner }: Pick<Secured, "what" | "owner">, major: number): Acl {
  const own: Grant = { grantee: owner, grantor: owner, privileges: allLetters(what, major), options: "" };
  if (what === "DATABASE") return [{ grantee: "", grantor: owner, privileges: "Tc", options: "" }, own];
  return [own];
}

export const effectiveAcl = (object: Secured, major: number): Acl => object.acl ?? defaultAcl(object, major);

/** `app=a*w/postgres`, in the order of letters that PostgreSQL has. */
export function aclText(acl: Acl): string[] {
  const order = "arwdDxtXUCTcsAm";
  return acl.map(({ grantee, grantor, privileges, options }) => {
    const letters = [...order].filter((letter) => privileges.includes(letter));
    const shown = letters.map((letter) => letter + (options.includes(letter) ? "*" : "")).join("");
    return `${grantee}=${shown}/${grantor}`;
  });
}

export const tableSecured = ({ kind, name, owner, acl }: Relation): Secured => ({
  what: kind === "sequence" ? "SEQUENCE" : "TABLE",
  name,
  owner,
  acl,
});

export const databaseSecured = (name: string, { owner, acl }: DatabaseInfo): Secured => ({
  what: "DATABASE",
  name,
  owner,
  acl,
});

/** The schema public: since 15 it belongs to the database's owner, and nobody else creates in it. */
export function schemaSecured({ schemaAcl }: DatabaseInfo, superuser: string, major: number): Secured {
  const owner = major >= 15 ? DATABASE_OWNER : superuser;
  const everybody = { grantee: "", grantor: owner, privileges: major >= 15 ? "U" : "UC", options: "" };
  const acl = schemaAcl ?? [{ grantee: owner, grantor: owner, privileges: "UC", options: "" }, everybody];
  return { what: "SCHEMA", name: "public", owner, acl };
}

/** Roles that may do something with every table, sequence and schema. */
const EVERYWHERE = [
  ["pg_read_all_data", "r"],
  ["pg_write_all_data", "awd"],
] as const;

const DATABASE_OWNER = "pg_database_owner";

const without = (letters: string, gone: string) => [...letters].filter((one) => !gone.includes(one)).join("");
const both = (a: string, b: string) => [...new Set(a + b)].join("");

/** Adds to what `grantee` has from `grantor`. */
export function granted(acl: Acl, grantee: string, grantor: string, letters: string, option: boolean): Acl {
  const index = acl.findIndex((one) => one.grantee === grantee && one.grantor === grantor);
  const before = acl[index] ?? { grantee, grantor, privileges: "", options: "" };
  const next: Grant = {
    ...before,
    privileges: both(before.privileges, letters),
    options: option ? both(before.options, letters) : before.options,
  };
  return index === -1 ? [...acl, next] : acl.map((one, at) => (at === index ? next : one));
}

/** Takes away; what was passed on goes with it (CASCADE), or stops it. */
export function revoked(
  acl: Acl,
  change: {
    readonly grantee: string;
    readonly grantor: string;
    readonly letters: string;
    readonly optionOnly: boolean;
    readonly cascade: boolean;
    readonly owner: string;
  },
): Acl {
  const { grantee, grantor, letters, optionOnly, cascade, owner } = change;
  let next: Acl = acl.flatMap((one) => {
    if (one.grantee !== grantee || one.grantor !== grantor) return [one];
    const privileges = optionOnly ? one.privileges : without(one.privileges, letters);
    return privileges === "" ? [] : [{ ...one, privileges, options: without(one.options, letters) }];
  });
  if (grantee === "" || grantee === owner) return next;
  const still = next
    .filter((one) => one.grantee === grantee)
    .map(({ options }) => options)
    .join("");
  const lost = without(letters, still);
  for (const one of next.filter(({ grantor: by }) => by === grantee)) {
    const dependent = [...one.privileges].filter((letter) => lost.includes(letter)).join("");
    if (dependent === "") continue;
    if (!cascade)
      throw new SqlError("2BP01", "dependent privileges exist", { hint: "Use CASCADE to revoke them too." });
    next = revoked(next, { ...change, grantee: one.grantee, grantor: grantee, letters: dependent, optionOnly: false });
  }
  return next;
}

/** What one user may do in a database as it is now. */
export class Authority {
  readonly user: string;
  readonly superuser: boolean;
  readonly #transaction: Pick<Transaction, "role" | "database">;
  readonly #database: string;
  readonly #major: number;
  #inherited: ReadonlySet<string> | undefined;

  constructor(
    transaction: Pick<Transaction, "role" | "database">,
    { user, database, major }: { readonly user: string; readonly database: string; readonly major: number },
  ) {
    this.user = user;
    this.#transaction = transaction;
    this.#database = database;
    this.#major = major;
    this.superuser = transaction.role(user)?.superuser === true;
  }

  #closure(every: boolean): Set<string> {
    const found = new Set([this.user]);
    for (const name of found) {
      const role = this.#transaction.role(name);
      if (role === undefined || (!every && role.inherit === false)) continue;
      for (const { role: parent } of role.memberOf ?? []) found.add(parent);
    }
    const owner = this.#transaction.database(this.#database)?.owner;
    if (owner !== undefined && found.has(owner)) found.add(DATABASE_OWNER);
    return found;
  }

  /** Roles whose privileges are the user's. */
  get #roles(): ReadonlySet<string> {
    this.#inherited ??= this.#closure(false);
    return this.#inherited;
  }

  owns(owner: string): boolean {
    return this.superuser || this.#roles.has(owner);
  }

  /** May become that role. */
  memberOf(role: string): boolean {
    return this.superuser || this.#closure(true).has(role);
  }

  isAdminOf(role: string): boolean {
    if (this.superuser) return true;
    const roles = this.#closure(true);
    return [...roles].some((name) =>
      (this.#transaction.role(name)?.memberOf ?? []).some((one) => one.role === role && one.admin),
    );
  }

  /** Has one of the privileges. */
  may(object: Secured, letters: string): boolean {
    if (this.superuser) return true;
    const everywhere = object.what === "DATABASE" ? [] : EVERYWHERE;
    const covers = (own: string) =>
      object.what === "SCHEMA" ? letters.includes("U") : [...letters].some((letter) => own.includes(letter));
    if (everywhere.some(([role, own]) => covers(own) && this.#roles.has(role))) return true;
    return effectiveAcl(object, this.#major).some(
      ({ grantee, privileges }) =>
        (grantee === "" || this.#roles.has(grantee)) && [...letters].some((letter) => privileges.includes(letter)),
    );
  }

  need(object: Secured, letters: string, at?: number): void {
    if (!this.may(object, letters)) throw denied(object, at);
  }

  needOwner(object: Secured | { readonly what: "INDEX"; readonly name: string; readonly owner: string }): void {
    if (!this.owns(object.owner))
      throw new SqlError("42501", `must be owner of ${object.what.toLowerCase()} ${object.name}`);
  }

  /** In whose name it grants (select_best_grantor), and which letters it may pass on. */
  grantor(object: Secured): { readonly name: string; readonly letters: string } {
    if (this.owns(object.owner)) return { name: object.owner, letters: allLetters(object.what, this.#major) };
    let best = { name: this.user, letters: "" };
    for (const name of this.#roles) {
      const letters = effectiveAcl(object, this.#major)
        .filter(({ grantee }) => grantee === name)
        .reduce((sum, { options }) => both(sum, options), "");
      if (letters.length > best.letters.length) best = { name, letters };
    }
    return best;
  }
}

export const denied = ({ what, name }: Pick<Secured, "what" | "name">, at?: number): SqlError =>
  new SqlError("42501", `permission denied for ${what.toLowerCase()} ${name}`, at === undefined ? {} : { at });

/** Whether a membership would come back to where it began. */
export function isMember(
  transaction: { readonly role: (name: string) => Role | undefined },
  name: string,
  of: string,
): boolean {
  const found = new Set([name]);
  for (const one of found) for (const { role } of transaction.role(one)?.memberOf ?? []) found.add(role);
  return found.has(of);
}
