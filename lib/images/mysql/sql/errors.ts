/** Refusals with MySQL's numbers, states and words (share/messages_to_clients.txt of MySQL's sources). */
import { SqlError } from "../../kit/sql/values.ts";

export class MysqlError extends SqlError {
  /** As in "ERROR 1064 (42000)". */
  readonly code: number;
  constructor(code: number, state: string, message: string) {
    super(state, message);
    this.code = code;
  }
}

const DEADLOCK = "Deadlock found when trying to get lock; try restarting transaction";

/** Work that another member's work, committed first, stands against. Clients see a deadlock. */
export class LostWork extends MysqlError {
  constructor() {
    super(1213, "40001", DEADLOCK);
  }
}

export const syntaxError = (sql: string, at: number): MysqlError =>
  new MysqlError(
    1064,
    "42000",
    at >= sql.trimEnd().length
      ? `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '' at line ${lineOf(sql, sql.trimEnd().length)}`
      : `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${sql.slice(at, at + 80)}' at line ${lineOf(sql, at)}`,
  );

const lineOf = (sql: string, at: number) => sql.slice(0, at).split("\n").length;

/** For what MySQL has and this server has not: never taken silently. */
export const unsupported = (what: string): MysqlError =>
  new MysqlError(1235, "42000", `This version of MySQL doesn't yet support '${what}'`);

export const refusals = {
  noDatabase: () => new MysqlError(1046, "3D000", "No database selected"),
  unknownDatabase: (name: string) => new MysqlError(1049, "42000", `Unknown database '${name}'`),
  databaseExists: (name: string) => new MysqlError(1007, "HY000", `Can't create database '${name}'; database exists`),
  noSuchDatabase: (name: string) =>
    new MysqlError(1008, "HY000", `Can't drop database '${name}'; database doesn't exist`),
  tableExists: (name: string) => new MysqlError(1050, "42S01", `Table '${name}' already exists`),
  unknownTable: (names: string) => new MysqlError(1051, "42S02", `Unknown table '${names}'`),
  noTable: (database: string, name: string) =>
    new MysqlError(1146, "42S02", `Table '${database}.${name}' doesn't exist`),
  noColumn: (name: string, where: string) => new MysqlError(1054, "42S22", `Unknown column '${name}' in '${where}'`),
  duplicateColumn: (name: string) => new MysqlError(1060, "42S21", `Duplicate column name '${name}'`),
  duplicateKeyName: (name: string) => new MysqlError(1061, "42000", `Duplicate key name '${name}'`),
  duplicateEntry: (entry: string, key: string) =>
    new MysqlError(1062, "23000", `Duplicate entry '${entry}' for key '${key}'`),
  manyPrimaryKeys: () => new MysqlError(1068, "42000", "Multiple primary key defined"),
  noKeyColumn: (name: string) => new MysqlError(1072, "42000", `Key column '${name}' doesn't exist in table`),
  autoNeedsKey: () =>
    new MysqlError(
      1075,
      "42000",
      "Incorrect table definition; there can be only one auto column and it must be defined as a key",
    ),
  noKey: (name: string, kind: "COLUMN" | "INDEX" | "CONSTRAINT", mariadb: boolean) =>
    new MysqlError(
      1091,
      "42000",
      mariadb
        ? `Can't DROP ${kind} \`${name}\`; check that it exists`
        : `Can't DROP '${name}'; check that column/key exists`,
    ),
  noColumns: () => new MysqlError(1113, "42000", "A table must have at least 1 column"),
  invalidDefault: (name: string) => new MysqlError(1067, "42000", `Invalid default value for '${name}'`),
  columnCount: (row: number) => new MysqlError(1136, "21S01", `Column count doesn't match value count at row ${row}`),
  cannotBeNull: (name: string) => new MysqlError(1048, "23000", `Column '${name}' cannot be null`),
  noDefault: (name: string) => new MysqlError(1364, "HY000", `Field '${name}' doesn't have a default value`),
  columnTwice: (name: string) => new MysqlError(1110, "42000", `Column '${name}' specified twice`),
  keywordTable: (name: string) => new MysqlError(1066, "42000", `Not unique table/alias: '${name}'`),
  full: (name: string) => new MysqlError(1114, "HY000", `The table '${name}' is full`),
  lockTimeout: () => new MysqlError(1205, "HY000", "Lock wait timeout exceeded; try restarting transaction"),
  deadlock: () => new MysqlError(1213, "40001", DEADLOCK),
  changedTable: () => new MysqlError(1412, "HY000", "Table definition has changed, please retry transaction"),
  readOnly: (option: string) =>
    new MysqlError(
      1290,
      "HY000",
      `The MySQL server is running with the ${option} option so it cannot execute this statement`,
    ),
  readOnlyTransaction: (mariadb: boolean) =>
    new MysqlError(1792, "25006", `Cannot execute statement in a READ ONLY transaction${mariadb ? "" : "."}`),
  unknownVariable: (name: string) => new MysqlError(1193, "HY000", `Unknown system variable '${name}'`),
  readOnlyVariable: (name: string) => new MysqlError(1238, "HY000", `Variable '${name}' is a read only variable`),
  globalVariable: (name: string) =>
    new MysqlError(1229, "HY000", `Variable '${name}' is a GLOBAL variable and should be set with SET GLOBAL`),
  wrongValue: (name: string, value: string) =>
    new MysqlError(1231, "42000", `Variable '${name}' can't be set to the value of '${value}'`),
  noSavepoint: (name: string) => new MysqlError(1305, "42000", `SAVEPOINT ${name} does not exist`),
  noChild: (database: string, table: string, constraint: string) =>
    new MysqlError(
      1452,
      "23000",
      `Cannot add or update a child row: a foreign key constraint fails (\`${database}\`.\`${table}\`, ${constraint})`,
    ),
  hasChildren: (database: string, table: string, constraint: string) =>
    new MysqlError(
      1451,
      "23000",
      `Cannot delete or update a parent row: a foreign key constraint fails (\`${database}\`.\`${table}\`, ${constraint})`,
    ),
  checkFails: (name: string) => new MysqlError(3819, "HY000", `Check constraint '${name}' is violated.`),
  deniedDatabase: (account: string, database: string) =>
    new MysqlError(1044, "42000", `Access denied for user ${account} to database '${database}'`),
  deniedTable: (verb: string, account: string, table: string) =>
    new MysqlError(1142, "42000", `${verb} command denied to user ${account} for table '${table}'`),
  deniedPrivilege: (privilege: string) =>
    new MysqlError(
      1227,
      "42000",
      `Access denied; you need (at least one of) the ${privilege} privilege(s) for this operation`,
    ),
  accountFailed: (verb: string, accounts: string) =>
    new MysqlError(1396, "HY000", `Operation ${verb} failed for ${accounts}`),
  noGrant: (user: string, host: string) =>
    new MysqlError(1141, "42000", `There is no such grant defined for user '${user}' on host '${host}'`),
  noAccountForGrant: () => new MysqlError(1410, "42000", "You are not allowed to create a user with GRANT"),
  outOfRange: (type: string, shown: string) =>
    new MysqlError(1690, "22003", `${type} value is out of range in '${shown}'`),
} as const;
