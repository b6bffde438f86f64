/** Numbers of MySQL's protocol (include/mysql_com.h, include/field_types.h). */

export const CAPABILITY = {
  foundRows: 0x2,
  longFlag: 0x4,
  connectWithDatabase: 0x8,
  protocol41: 0x200,
  interactive: 0x400,
  ssl: 0x800,
  transactions: 0x2000,
  secureConnection: 0x8000,
  multiStatements: 0x10000,
  multiResults: 0x20000,
  preparedMultiResults: 0x40000,
  pluginAuth: 0x80000,
  connectAttributes: 0x100000,
  countedAuth: 0x200000,
  deprecateEof: 0x1000000,
} as const;

/** What this server can do: all of the above but TLS; and LONG_PASSWORD, which everybody says. */
export const SERVER_CAPABILITIES = Object.entries(CAPABILITY)
  .filter(([name]) => name !== "ssl" && name !== "interactive")
  .reduce((all, [, bit]) => all | bit, 1);

export const STATUS = { inTransaction: 1, autocommit: 2, moreResults: 8 } as const;

export const COMMAND = {
  quit: 0x01,
  initDatabase: 0x02,
  query: 0x03,
  fieldList: 0x04,
  refresh: 0x07,
  shutdown: 0x08,
  statistics: 0x09,
  processInfo: 0x0a,
  processKill: 0x0c,
  debug: 0x0d,
  ping: 0x0e,
  changeUser: 0x11,
  binlogDump: 0x12,
  registerReplica: 0x15,
  prepare: 0x16,
  execute: 0x17,
  longData: 0x18,
  closeStatement: 0x19,
  resetStatement: 0x1a,
  setOption: 0x1b,
  fetch: 0x1c,
  binlogDumpGtid: 0x1e,
  resetConnection: 0x1f,
  /** Ours: a replica of this house asks for the binary log in its own form. */
  ownDump: 0xf5,
} as const;

export const TYPE = {
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  null: 6,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  varchar: 15,
  bit: 16,
  json: 245,
  newDecimal: 246,
  blob: 252,
  varString: 253,
  string: 254,
} as const;

export const FIELD_FLAG = {
  notNull: 1,
  primary: 2,
  blob: 16,
  unsigned: 32,
  binary: 128,
  enumeration: 256,
  set: 2048,
} as const;

/** Collations by number, as far as they are named on the wire here. */
export const CHARSET = { binary: 63, utf8mb4GeneralCi: 45, utf8mb40900AiCi: 255 } as const;

export const NATIVE = "mysql_native_password";
export const CACHING = "caching_sha2_password";
