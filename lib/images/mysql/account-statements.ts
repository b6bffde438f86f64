/** CREATE USER, GRANT and their like. */
import { type Account, type Accounts, grantLines, holds, needs, PRIVILEGES } from "./accounts.ts";
import type { SqlResult } from "./engine/types.ts";
import { MysqlError, unsupported } from "./sql/errors.ts";
import { Words } from "./words.ts";

/** 'user'@'host', user@host or 'user'. The tokenizer takes @ and what follows for a variable where it is no string. */
function accountName(words: Words): { readonly user: string; readonly host: string } {
  const user = words.next().text;
  const token = words.peek();
  if (token?.kind === "symbol" && token.text.startsWith("@")) {
    const host = words
      .next()
      .text.slice(1)
      .replace(/^['`]|['`]$/g, "");
    return { user, host: host === "" ? words.next().text : host };
  }
  return { user, host: "%" };
}

interface Identification {
  readonly password: string;
  readonly plugin: string | undefined;
}

/** IDENTIFIED [WITH plugin] BY 'password'; undefined where it is not there. */
function identification(words: Words, accounts: Accounts): Identification | undefined {
  if (!words.accept("IDENTIFIED")) return undefined;
  const plugin = words.accept("WITH") || words.accept("VIA") ? words.next().text : undefined;
  if (plugin !== undefined) accounts.checkPlugin(plugin);
  return { plugin, password: words.accept("BY") ? words.next().text : "" };
}

/** What may follow the accounts of CREATE USER and ALTER USER, and is not kept here. */
function refuseOptions(words: Words): void {
  for (const option of [
    "ACCOUNT",
    "PASSWORD",
    "REQUIRE",
    "WITH",
    "COMMENT",
    "ATTRIBUTE",
    "DEFAULT",
    "FAILED_LOGIN_ATTEMPTS",
  ])
    if (words.accept(option)) throw unsupported(`${option} of a user`);
}

const OK: SqlResult = { affected: 0 };

/** Undefined where the statement is none of these. `own`: the account that asks. */
export function accountStatement(accounts: Accounts, own: Account, sql: string): SqlResult | undefined {
  const words = new Words(sql);
  if (words.accept("SHOW", "GRANTS")) {
    let account: Account | undefined = own;
    if (words.accept("FOR") && !words.accept("CURRENT_USER")) {
      const { user, host } = accountName(words);
      account = accounts.get(user, host);
      if (account === undefined)
        throw new MysqlError(1141, "42000", `There is no such grant defined for user '${user}' on host '${host}'`);
    }
    return {
      columns: [`Grants for ${account.user}@${account.host}`],
      rows: grantLines(account, accounts.quote).map((line) => [line]),
    };
  }
  if (words.accept("FLUSH", "PRIVILEGES")) return OK;
  const run = words.accept("CREATE", "USER")
    ? create
    : words.accept("DROP", "USER")
      ? drop
      : words.accept("ALTER", "USER")
        ? alter
        : words.accept("SET", "PASSWORD")
          ? setPassword
          : words.accept("GRANT")
            ? grant
            : words.accept("REVOKE")
              ? revoke
              : undefined;
  if (run === undefined) return undefined;
  if (run !== setPassword && !holds(own, "CREATE USER", undefined)) throw needs("CREATE USER");
  run(accounts, words, own);
  accounts.save();
  return OK;
}

function failed(operation: string, user: string, host: string): MysqlError {
  return new MysqlError(1396, "HY000", `Operation ${operation} failed for '${user}'@'${host}'`);
}

function create(accounts: Accounts, words: Words): void {
  const quiet = words.accept("IF", "NOT", "EXISTS");
  do {
    const { user, host } = accountName(words);
    const { password = "", plugin } = identification(words, accounts) ?? {};
    refuseOptions(words);
    if (accounts.get(user, host) === undefined) accounts.create(user, host, password, plugin);
    else if (!quiet) throw failed("CREATE USER", user, host);
  } while (words.accept(","));
  words.end();
}

function drop(accounts: Accounts, words: Words): void {
  const quiet = words.accept("IF", "EXISTS");
  do {
    const { user, host } = accountName(words);
    const account = accounts.get(user, host);
    if (account !== undefined) accounts.drop(account);
    else if (!quiet) throw failed("DROP USER", user, host);
  } while (words.accept(","));
  words.end();
}

function alter(accounts: Accounts, words: Words, own: Account): void {
  words.accept("IF", "EXISTS");
  const isOwn = words.accept("USER", "(", ")") || words.accept("CURRENT_USER", "(", ")");
  const { user, host } = isOwn ? own : accountName(words);
  const account = accounts.get(user, host);
  if (account === undefined) throw failed("ALTER USER", user, host);
  const given = identification(words, accounts);
  refuseOptions(words);
  if (given === undefined) throw words.unexpected();
  account.password = given.password;
  if (given.plugin !== undefined) account.plugin = given.plugin;
  words.end();
}

function setPassword(accounts: Accounts, words: Words, own: Account): void {
  let account: Account | undefined = own;
  if (words.accept("FOR")) {
    if (!holds(own, "CREATE USER", undefined)) throw needs("CREATE USER");
    const { user, host } = accountName(words);
    account = accounts.get(user, host);
  }
  words.need("=");
  const isCall = words.accept("PASSWORD", "(");
  const text = words.next().text;
  if (isCall) words.need(")");
  if (account === undefined) throw new MysqlError(1133, "42000", "Can't find any matching row in the user table");
  account.password = text;
  words.end();
}

function privileges(words: Words): string[] {
  if (words.accept("ALL")) {
    words.accept("PRIVILEGES");
    return ["ALL"];
  }
  if (words.accept("USAGE")) return [];
  const list: string[] = [];
  do {
    const name = PRIVILEGES.find((known) => words.accept(...known.split(" ")));
    if (name === undefined) throw words.unexpected();
    list.push(name);
  } while (words.accept(","));
  return list;
}

/** *.* or a database's `.*`; grants on single tables are refused. */
function scope(words: Words): string {
  words.need("ON");
  const database = words.next().text;
  words.need(".");
  if (!words.accept("*"))
    throw new MysqlError(1235, "42000", "This version of MySQL doesn't yet support 'privileges on single tables'");
  return database;
}

function grant(accounts: Accounts, words: Words): void {
  const list = privileges(words);
  const database = scope(words);
  words.need("TO");
  do {
    const { user, host } = accountName(words);
    const given = identification(words, accounts);
    const account =
      accounts.get(user, host) ??
      (given === undefined ? undefined : accounts.create(user, host, given.password, given.plugin));
    if (account === undefined) throw new MysqlError(1410, "42000", "You are not allowed to create a user with GRANT");
    if (given !== undefined) account.password = given.password;
    account.grants[database] = [...new Set([...(account.grants[database] ?? []), ...list])];
  } while (words.accept(","));
  words.accept("WITH", "GRANT", "OPTION");
  words.end();
}

function revoke(accounts: Accounts, words: Words): void {
  const list = privileges(words);
  const all = list.includes("ALL");
  const database = words.accept(",", "GRANT", "OPTION") ? undefined : scope(words);
  words.need("FROM");
  do {
    const { user, host } = accountName(words);
    const account = accounts.get(user, host);
    if (account === undefined)
      throw new MysqlError(1141, "42000", `There is no such grant defined for user '${user}' on host '${host}'`);
    for (const key of database === undefined ? Object.keys(account.grants) : [database])
      account.grants[key] = all ? [] : (account.grants[key] ?? []).filter((name) => !list.includes(name));
  } while (words.accept(","));
  words.end();
}
