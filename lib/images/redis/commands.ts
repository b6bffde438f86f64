/** Data commands: each reads or changes the keyspace and replies. Pure but for the database it is given. */
import type { Database, Value } from "./database.ts";
import { array, bulk, error, integer, OK, type Reply, status, texts } from "./resp.ts";

export interface Command {
  /** As COMMAND reports it: exact number of words with the name, or at least -n. */
  readonly arity: number;
  readonly write: boolean;
  run(db: Database, args: readonly string[], now: number): Reply;
}

const WRONG_TYPE = error("WRONGTYPE Operation against a key holding the wrong kind of value");
const NOT_INTEGER = error("ERR value is not an integer or out of range");
export const SYNTAX = error("ERR syntax error");
const NOT_FLOAT = error("ERR value is not a valid float");

class Refusal extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super();
    this.reply = reply;
  }
}

/** Runs a command; refusals become replies. */
export function runCommand(command: Command, db: Database, args: readonly string[], now: number): Reply {
  try {
    return command.run(db, args, now);
  } catch (refusal) {
    if (refusal instanceof Refusal) return refusal.reply;
    throw refusal;
  }
}

export function typed<T extends Value["type"]>(
  db: Database,
  key: string,
  type: T,
  now: number,
): Extract<Value, { type: T }> | undefined {
  const value = db.get(key, now);
  if (value === undefined) return undefined;
  if (value.type !== type) throw new Refusal(WRONG_TYPE);
  return value as Extract<Value, { type: T }>;
}

export function whole(text: string): number {
  if (!/^-?\d{1,16}$/.test(text)) throw new Refusal(NOT_INTEGER);
  return Number(text);
}

export function float(text: string): number {
  const value =
    text === "+inf" || text === "inf"
      ? Number.POSITIVE_INFINITY
      : text === "-inf"
        ? Number.NEGATIVE_INFINITY
        : Number(text);
  if (text === "" || Number.isNaN(value)) throw new Refusal(NOT_FLOAT);
  return value;
}

export const read = (arity: number, run: Command["run"]): Command => ({ arity, write: false, run });
export const write = (arity: number, run: Command["run"]): Command => ({ arity, write: true, run });

export function list(db: Database, key: string, now: number): Extract<Value, { type: "list" }> {
  const found = typed(db, key, "list", now);
  if (found !== undefined) return found;
  const made = { type: "list" as const, items: [] };
  db.set(key, made);
  return made;
}

/** A slice by Redis' inclusive, maybe negative, bounds. */
export function slice<T>(items: readonly T[], from: string, to: string): T[] {
  const start = whole(from);
  const stop = whole(to);
  const first = start < 0 ? Math.max(0, items.length + start) : start;
  const last = stop < 0 ? items.length + stop : stop;
  return items.slice(first, last + 1);
}

function push(end: "left" | "right", onlyExisting: boolean): Command {
  return write(-3, (db, [key = "", ...items], now) => {
    if (onlyExisting && typed(db, key, "list", now) === undefined) return integer(0);
    const value = list(db, key, now);
    for (const item of items) {
      if (end === "left") value.items.unshift(item);
      else value.items.push(item);
    }
    return integer(value.items.length);
  });
}

function pop(end: "left" | "right"): Command {
  return write(-2, (db, [key = "", count], now) => {
    const value = typed(db, key, "list", now);
    if (value === undefined) return count === undefined ? bulk(null) : array(null);
    const wanted = count === undefined ? 1 : whole(count);
    const taken: string[] = [];
    while (taken.length < wanted && value.items.length > 0) {
      const item = end === "left" ? value.items.shift() : value.items.pop();
      if (item !== undefined) taken.push(item);
    }
    if (value.items.length === 0) db.delete(key);
    return count === undefined ? bulk(taken[0] ?? null) : texts(taken);
  });
}

function add(db: Database, key: string, by: number, now: number): Reply {
  const before = typed(db, key, "string", now);
  const value = whole(before?.text ?? "0") + by;
  if (!Number.isSafeInteger(value)) return error("ERR increment or decrement would overflow");
  db.set(key, { type: "string", text: String(value) }, true);
  return integer(value);
}

function setCommand(db: Database, args: readonly string[], now: number): Reply {
  const [key = "", text = "", ...options] = args;
  let at: number | undefined;
  let keep = false;
  let only: "NX" | "XX" | undefined;
  let get = false;
  for (let index = 0; index < options.length; index++) {
    const option = (options[index] ?? "").toUpperCase();
    if (option === "NX" || option === "XX") only = option;
    else if (option === "KEEPTTL") keep = true;
    else if (option === "GET") get = true;
    else if (option === "EX" || option === "PX" || option === "EXAT" || option === "PXAT") {
      const value = whole(options[++index] ?? "");
      if (value <= 0) return error("ERR invalid expire time in 'set' command");
      at =
        option === "EX" ? now + value * 1000 : option === "PX" ? now + value : option === "EXAT" ? value * 1000 : value;
    } else return SYNTAX;
  }
  const before = db.get(key, now);
  if (get && before !== undefined && before.type !== "string") return WRONG_TYPE;
  const old = before?.type === "string" ? before.text : null;
  if ((only === "NX" && before !== undefined) || (only === "XX" && before === undefined))
    return get ? bulk(old) : bulk(null);
  db.set(key, { type: "string", text }, keep);
  if (at !== undefined) db.expire(key, at);
  return get ? bulk(old) : OK;
}

function expireCommand(unit: number, absolute: boolean): Command {
  return write(-3, (db, [key = "", amount = ""], now) => {
    if (db.get(key, now) === undefined) return integer(0);
    const at = whole(amount) * unit + (absolute ? 0 : now);
    if (at <= now) db.delete(key);
    else db.expire(key, at);
    return integer(1);
  });
}

function ttl(unit: number): Command {
  return read(2, (db, [key = ""], now) => {
    if (db.get(key, now) === undefined) return integer(-2);
    const at = db.expires(key);
    return integer(at === undefined ? -1 : Math.round((at - now) / unit));
  });
}

/** Glob patterns of KEYS and SCAN. */
export function globToRegExp(pattern: string): RegExp {
  let text = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] ?? "";
    if (character === "*") {
      // Runs of stars are one: a pattern must not cost more than its length.
      if (!text.endsWith("[^]*")) text += "[^]*";
    } else if (character === "?") text += "[^]";
    else if (character === "[") {
      const end = pattern.indexOf("]", index + 1);
      if (end === -1) text += "\\[";
      else {
        text += `[${pattern.slice(index + 1, end).replaceAll("\\", "\\\\")}]`;
        index = end;
      }
    } else text += character.replace(/[.+^${}()|\\\]]/, "\\$&");
  }
  return new RegExp(`^${text}$`);
}

export function hash(db: Database, key: string, now: number): Extract<Value, { type: "hash" }> {
  const found = typed(db, key, "hash", now);
  if (found !== undefined) return found;
  const made = { type: "hash" as const, fields: new Map<string, string>() };
  db.set(key, made);
  return made;
}

export function sorted(db: Database, key: string, now: number): [string, number][] {
  const value = typed(db, key, "zset", now);
  return [...(value?.scores ?? [])].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
}

function range(reverse: boolean): Command {
  return read(-4, (db, [key = "", from = "", to = "", option], now) => {
    const all = sorted(db, key, now);
    const chosen = slice(reverse ? all.reverse() : all, from, to);
    return texts(
      option?.toUpperCase() === "WITHSCORES"
        ? chosen.flatMap(([member, score]) => [member, String(score)])
        : chosen.map(([member]) => member),
    );
  });
}

export function sets(db: Database, keys: readonly string[], now: number): Set<string>[] {
  return keys.map((key) => typed(db, key, "set", now)?.members ?? new Set<string>());
}

export const BASIC_COMMANDS: Readonly<Record<string, Command>> = {
  get: read(2, (db, [key = ""], now) => bulk(typed(db, key, "string", now)?.text ?? null)),
  set: write(-3, setCommand),
  setnx: write(3, (db, [key = "", text = ""], now) => {
    if (db.get(key, now) !== undefined) return integer(0);
    db.set(key, { type: "string", text });
    return integer(1);
  }),
  setex: write(4, (db, [key = "", seconds = "", text = ""], now) => setCommand(db, [key, text, "EX", seconds], now)),
  getset: write(3, (db, [key = "", text = ""], now) => setCommand(db, [key, text, "GET"], now)),
  getdel: write(2, (db, [key = ""], now) => {
    const text = typed(db, key, "string", now)?.text ?? null;
    db.delete(key);
    return bulk(text);
  }),
  append: write(3, (db, [key = "", text = ""], now) => {
    const all = (typed(db, key, "string", now)?.text ?? "") + text;
    db.set(key, { type: "string", text: all }, true);
    return integer(all.length);
  }),
  strlen: read(2, (db, [key = ""], now) => integer(typed(db, key, "string", now)?.text.length ?? 0)),
  mget: read(-2, (db, keys, now) =>
    array(
      keys.map((key) => {
        const value = db.get(key, now);
        return bulk(value?.type === "string" ? value.text : null);
      }),
    ),
  ),
  mset: write(-3, (db, args) => {
    if (args.length % 2 === 1) return error("ERR wrong number of arguments for 'mset' command");
    for (let index = 0; index < args.length; index += 2)
      db.set(args[index] ?? "", { type: "string", text: args[index + 1] ?? "" });
    return OK;
  }),
  incr: write(2, (db, [key = ""], now) => add(db, key, 1, now)),
  decr: write(2, (db, [key = ""], now) => add(db, key, -1, now)),
  incrby: write(3, (db, [key = "", by = ""], now) => add(db, key, whole(by), now)),
  decrby: write(3, (db, [key = "", by = ""], now) => add(db, key, -whole(by), now)),
  del: write(-2, (db, keys, now) =>
    integer(keys.filter((key) => db.get(key, now) !== undefined && db.delete(key)).length),
  ),
  unlink: write(-2, (db, keys, now) =>
    integer(keys.filter((key) => db.get(key, now) !== undefined && db.delete(key)).length),
  ),
  exists: read(-2, (db, keys, now) => integer(keys.filter((key) => db.get(key, now) !== undefined).length)),
  type: read(2, (db, [key = ""], now) => status(db.get(key, now)?.type ?? "none")),
  keys: read(2, (db, [pattern = ""], now) => {
    const expression = globToRegExp(pattern);
    return texts(db.keys(now).filter((key) => expression.test(key)));
  }),
  scan: read(-2, (db, args, now) => {
    const at = args.findIndex((word) => word.toUpperCase() === "MATCH");
    const expression = at === -1 ? undefined : globToRegExp(args[at + 1] ?? "*");
    return array([bulk("0"), texts(db.keys(now).filter((key) => expression?.test(key) ?? true))]);
  }),
  rename: write(3, (db, [from = "", to = ""], now) => {
    const value = db.get(from, now);
    if (value === undefined) return error("ERR no such key");
    const expires = db.expires(from);
    db.delete(from);
    db.set(to, value);
    db.expire(to, expires);
    return OK;
  }),
  randomkey: read(1, (db, _args, now) => bulk(db.keys(now)[0] ?? null)),
  expire: expireCommand(1000, false),
  pexpire: expireCommand(1, false),
  expireat: expireCommand(1000, true),
  pexpireat: expireCommand(1, true),
  persist: write(2, (db, [key = ""], now) => {
    if (db.get(key, now) === undefined || db.expires(key) === undefined) return integer(0);
    db.expire(key, undefined);
    return integer(1);
  }),
  ttl: ttl(1000),
  pttl: ttl(1),
  lpush: push("left", false),
  rpush: push("right", false),
  lpushx: push("left", true),
  rpushx: push("right", true),
  lpop: pop("left"),
  rpop: pop("right"),
  llen: read(2, (db, [key = ""], now) => integer(typed(db, key, "list", now)?.items.length ?? 0)),
  lindex: read(3, (db, [key = "", at = ""], now) => bulk(typed(db, key, "list", now)?.items.at(whole(at)) ?? null)),
  lrange: read(4, (db, [key = "", from = "", to = ""], now) =>
    texts(slice(typed(db, key, "list", now)?.items ?? [], from, to)),
  ),
  ltrim: write(4, (db, [key = "", from = "", to = ""], now) => {
    const value = typed(db, key, "list", now);
    if (value !== undefined) value.items = slice(value.items, from, to);
    if (value?.items.length === 0) db.delete(key);
    return OK;
  }),
  lset: write(4, (db, [key = "", at = "", text = ""], now) => {
    const value = typed(db, key, "list", now);
    if (value === undefined) return error("ERR no such key");
    const index = whole(at) < 0 ? value.items.length + whole(at) : whole(at);
    if (index < 0 || index >= value.items.length) return error("ERR index out of range");
    value.items[index] = text;
    return OK;
  }),
  hset: write(-4, (db, [key = "", ...pairs], now) => {
    if (pairs.length % 2 === 1) return error("ERR wrong number of arguments for 'hset' command");
    const value = hash(db, key, now);
    let added = 0;
    for (let index = 0; index < pairs.length; index += 2) {
      if (!value.fields.has(pairs[index] ?? "")) added++;
      value.fields.set(pairs[index] ?? "", pairs[index + 1] ?? "");
    }
    return integer(added);
  }),
  hmset: write(-4, (db, [key = "", ...pairs], now) => {
    const value = hash(db, key, now);
    for (let index = 0; index + 1 < pairs.length; index += 2)
      value.fields.set(pairs[index] ?? "", pairs[index + 1] ?? "");
    return OK;
  }),
  hget: read(3, (db, [key = "", field = ""], now) => bulk(typed(db, key, "hash", now)?.fields.get(field) ?? null)),
  hmget: read(-3, (db, [key = "", ...fields], now) => {
    const value = typed(db, key, "hash", now);
    return texts(fields.map((field) => value?.fields.get(field) ?? null));
  }),
  hgetall: read(2, (db, [key = ""], now) => texts([...(typed(db, key, "hash", now)?.fields ?? [])].flat())),
  hdel: write(-3, (db, [key = "", ...fields], now) => {
    const value = typed(db, key, "hash", now);
    const count = fields.filter((field) => value?.fields.delete(field)).length;
    if (value?.fields.size === 0) db.delete(key);
    return integer(count);
  }),
  hexists: read(3, (db, [key = "", field = ""], now) =>
    integer(typed(db, key, "hash", now)?.fields.has(field) === true ? 1 : 0),
  ),
  hlen: read(2, (db, [key = ""], now) => integer(typed(db, key, "hash", now)?.fields.size ?? 0)),
  hkeys: read(2, (db, [key = ""], now) => texts(typed(db, key, "hash", now)?.fields.keys() ?? [])),
  hvals: read(2, (db, [key = ""], now) => texts(typed(db, key, "hash", now)?.fields.values() ?? [])),
  hincrby: write(4, (db, [key = "", field = "", by = ""], now) => {
    const value = hash(db, key, now);
    const sum = whole(value.fields.get(field) ?? "0") + whole(by);
    value.fields.set(field, String(sum));
    return integer(sum);
  }),
  sadd: write(-3, (db, [key = "", ...members], now) => {
    const value = typed(db, key, "set", now) ?? { type: "set" as const, members: new Set<string>() };
    const before = value.members.size;
    for (const member of members) value.members.add(member);
    db.set(key, value, true);
    return integer(value.members.size - before);
  }),
  srem: write(-3, (db, [key = "", ...members], now) => {
    const value = typed(db, key, "set", now);
    const count = members.filter((member) => value?.members.delete(member)).length;
    if (value?.members.size === 0) db.delete(key);
    return integer(count);
  }),
  smembers: read(2, (db, [key = ""], now) => texts(typed(db, key, "set", now)?.members ?? [])),
  sismember: read(3, (db, [key = "", member = ""], now) =>
    integer(typed(db, key, "set", now)?.members.has(member) === true ? 1 : 0),
  ),
  scard: read(2, (db, [key = ""], now) => integer(typed(db, key, "set", now)?.members.size ?? 0)),
  sinter: read(-2, (db, keys, now) => {
    const [first = new Set<string>(), ...rest] = sets(db, keys, now);
    return texts([...first].filter((member) => rest.every((other) => other.has(member))));
  }),
  sunion: read(-2, (db, keys, now) => texts(new Set(sets(db, keys, now).flatMap((set) => [...set])))),
  sdiff: read(-2, (db, keys, now) => {
    const [first = new Set<string>(), ...rest] = sets(db, keys, now);
    return texts([...first].filter((member) => !rest.some((other) => other.has(member))));
  }),
  zadd: write(-4, (db, [key = "", ...pairs], now) => {
    if (pairs.length % 2 === 1) return SYNTAX;
    const value = typed(db, key, "zset", now) ?? { type: "zset" as const, scores: new Map<string, number>() };
    const before = value.scores.size;
    for (let index = 0; index < pairs.length; index += 2)
      value.scores.set(pairs[index + 1] ?? "", float(pairs[index] ?? ""));
    db.set(key, value, true);
    return integer(value.scores.size - before);
  }),
  zscore: read(3, (db, [key = "", member = ""], now) => {
    const score = typed(db, key, "zset", now)?.scores.get(member);
    return bulk(score === undefined ? null : String(score));
  }),
  zcard: read(2, (db, [key = ""], now) => integer(typed(db, key, "zset", now)?.scores.size ?? 0)),
  zincrby: write(4, (db, [key = "", by = "", member = ""], now) => {
    const value = typed(db, key, "zset", now) ?? { type: "zset" as const, scores: new Map<string, number>() };
    const sum = (value.scores.get(member) ?? 0) + float(by);
    value.scores.set(member, sum);
    db.set(key, value, true);
    return bulk(String(sum));
  }),
  zrem: write(-3, (db, [key = "", ...members], now) => {
    const value = typed(db, key, "zset", now);
    return integer(members.filter((member) => value?.scores.delete(member)).length);
  }),
  zrange: range(false),
  zrevrange: range(true),
  zrank: read(3, (db, [key = "", member = ""], now) => {
    const at = sorted(db, key, now).findIndex(([name]) => name === member);
    return at === -1 ? bulk(null) : integer(at);
  }),
};
