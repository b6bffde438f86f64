/** Users, their passwords and what they may do: kept beside the data, as the `mysql` database of a real server. */
import type { Process } from "../../machine/index.ts";
import { MysqlError } from "./sql/errors.ts";
import type { Release } from "./versions.ts";
import { hasPlugin } from "./wire/authentication.ts";

/** Privileges by database; "*" is all of them. */
type Grants = Record<string, string[]>;

export interface Account {
  readonly user: string;
  readonly host: string;
  password: string;
  /** How it proves its password; undefined: as the server's accounts do by default. */
  plugin?: string;
  readonly grants: Grants;
}

const FILE = "mysql/user.MYD";
/** Where earlier versions kept root's password. */
const OLD_PASSWORD = "root-password";

/** Privileges that mean something here; ALL is all of them. */
export const PRIVILEGES = [
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "CREATE",
  "DROP",
  "ALTER",
  "INDEX",
  "REFERENCES",
  "LOCK TABLES",
  "EXECUTE",
  "TRIGGER",
  "SUPER",
  "RELOAD",
  "PROCESS",
  "SHUTDOWN",
  "REPLICATION SLAVE",
  "REPLICATION CLIENT",
  "CREATE USER",
  "SHOW DATABASES",
  "CREATE VIEW",
  "SHOW VIEW",
  "CREATE TEMPORARY TABLES",
  "BACKUP_ADMIN",
  "EVENT",
] as const;

const hostMatches = (pattern: string, address: string) =>
  pattern === "%" ||
  pattern === address ||
  new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/%+/g, ".*")}$`).test(address);

export class Accounts {
  readonly #process: Process;
  readonly #directory: string;
  readonly #release: Release;
  accounts: Account[];

  constructor(process: Process, directory: string, release: Release) {
    this.#process = process;
    this.#directory = directory;
    this.#release = release;
    this.accounts = this.#read();
  }

  /** Around names in SHOW GRANTS. */
  get quote(): string {
    return this.#release.mariadb || this.#release.atLeast(8, 0) ? "`" : "'";
  }

  #read(): Account[] {
    const { files } = this.#process;
    const path = `${this.#directory}/${FILE}`;
    if (files.exists(path)) return JSON.parse(files.readText(path)) as Account[];
    const old = `${this.#directory}/${OLD_PASSWORD}`;
    return [root("%", files.exists(old) ? files.readText(old) : "")];
  }

  /** Throws 1524 for a way to prove a password that this release has not. */
  checkPlugin(plugin: string): void {
    if (!hasPlugin(this.#release, plugin)) throw new MysqlError(1524, "HY000", `Plugin '${plugin}' is not loaded`);
  }

  save(): void {
    const { files } = this.#process;
    files.makeDirectory(`${this.#directory}/mysql`, { recursive: true });
    files.writeFile(`${this.#directory}/${FILE}`, JSON.stringify(this.accounts), { mode: 0o640 });
  }

  /** The account of a connection; the one with the most exact host counts, as in MySQL. */
  find(user: string, address: string): Account | undefined {
    const exactness = ({ host }: Account) => (host === "%" ? 0 : host.includes("%") ? 1 : 2);
    return this.accounts
      .filter((account) => account.user === user && hostMatches(account.host, address))
      .sort((a, b) => exactness(b) - exactness(a))[0];
  }

  get(user: string, host: string): Account | undefined {
    return this.accounts.find((account) => account.user === user && account.host === host);
  }

  create(user: string, host: string, password: string, plugin?: string): Account {
    const account: Account = { user, host, password, ...(plugin === undefined ? {} : { plugin }), grants: {} };
    this.accounts.push(account);
    return account;
  }

  drop(account: Account): void {
    this.accounts = this.accounts.filter((other) => other !== account);
  }
}

export function root(host: string, password: string): Account {
  return { user: "root", host, password, grants: { "*": ["ALL"] } };
}

export function holds(account: Account, privilege: string, database: string | undefined): boolean {
  const among = (list: readonly string[] | undefined) =>
    list !== undefined && (list.includes("ALL") || list.includes(privilege));
  return among(account.grants["*"]) || (database !== undefined && among(account.grants[database]));
}

/** Anything at all in a database: enough to see and to use it. */
export function sees(account: Account, database: string): boolean {
  return (account.grants["*"]?.length ?? 0) > 0 || (account.grants[database]?.length ?? 0) > 0;
}

export const nameOf = ({ user, host }: Account) => `'${user}'@'${host}'`;

export function denied(account: Account, database: string): MysqlError {
  return new MysqlError(1044, "42000", `Access denied for user ${nameOf(account)} to database '${database}'`);
}

export function needs(privilege: string): MysqlError {
  return new MysqlError(
    1227,
    "42000",
    `Access denied; you need (at least one of) the ${privilege} privilege(s) for this operation`,
  );
}

/** The order SHOW GRANTS has; what is not here comes after. */
const SHOWN = [
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "CREATE",
  "DROP",
  "RELOAD",
  "SHUTDOWN",
  "PROCESS",
  "REFERENCES",
  "INDEX",
  "ALTER",
  "SHOW DATABASES",
  "SUPER",
  "CREATE TEMPORARY TABLES",
  "LOCK TABLES",
  "EXECUTE",
  "REPLICATION SLAVE",
  "REPLICATION CLIENT",
  "CREATE VIEW",
  "SHOW VIEW",
  "CREATE USER",
  "EVENT",
  "TRIGGER",
];

function shown(names: readonly string[]): string {
  if (names.includes("ALL")) return "ALL PRIVILEGES";
  const place = (name: string) => (SHOWN.includes(name) ? SHOWN.indexOf(name) : SHOWN.length);
  return [...names].sort((a, b) => place(a) - place(b)).join(", ");
}

/** SHOW GRANTS. `quote` is around the name: MySQL before 8.0 has '. */
export function grantLines({ grants, user, host }: Account, quote: string): string[] {
  const name = `${quote}${user}${quote}@${quote}${host}${quote}`;
  const lines = [`GRANT ${grants["*"]?.length ? shown(grants["*"]) : "USAGE"} ON *.* TO ${name}`];
  for (const [database, names] of Object.entries(grants))
    if (database !== "*" && names.length > 0) lines.push(`GRANT ${shown(names)} ON \`${database}\`.* TO ${name}`);
  return lines;
}
