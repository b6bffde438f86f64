/** Further data commands, over the same keyspace. Pure but for the database they are given. */
import {
  BASIC_COMMANDS,
  type Command,
  float,
  hash,
  list,
  read,
  SYNTAX,
  sets,
  slice,
  sorted,
  typed,
  whole,
  write,
} from "./commands.ts";
import type { Database } from "./database.ts";
import { array, bulk, error, integer, OK, type Reply, texts } from "./resp.ts";

const NO_KEY = error("ERR no such key");

/** A float as Redis writes it. */
const shown = (value: number) => String(Number(value.toPrecision(17)));

/** The limits of ZRANGEBYSCORE: "5", "(5", "-inf". */
function bound(text: string): (score: number, least: boolean) => boolean {
  const open = text.startsWith("(");
  const value = Number.isNaN(Number(open ? text.slice(1) : text)) && !/inf$/i.test(text) ? undefined : text;
  if (value === undefined) return () => false;
  const limit = float(open ? text.slice(1) : text);
  return (score, least) => (least ? (open ? score > limit : score >= limit) : open ? score < limit : score <= limit);
}

function byScore(reverse: boolean): Command {
  return read(-4, (db, [key = "", one = "", other = "", ...options], now) => {
    const [least, most] = reverse ? [bound(other), bound(one)] : [bound(one), bound(other)];
    let found = sorted(db, key, now).filter(([, score]) => least(score, true) && most(score, false));
    if (reverse) found = found.reverse();
    let scores = false;
    for (let index = 0; index < options.length; index++) {
      const option = options[index]?.toUpperCase();
      if (option === "WITHSCORES") scores = true;
      else if (option === "LIMIT") {
        const [from, count] = [whole(options[index + 1] ?? ""), whole(options[index + 2] ?? "")];
        found = count < 0 ? found.slice(from) : found.slice(from, from + count);
        index += 2;
      } else return SYNTAX;
    }
    return texts(found.flatMap(([member, score]) => (scores ? [member, shown(score)] : [member])));
  });
}

function popScored(highest: boolean): Command {
  return write(-2, (db, [key = "", count = "1"], now) => {
    const all = sorted(db, key, now);
    const taken = (highest ? all.reverse() : all).slice(0, whole(count));
    const value = typed(db, key, "zset", now);
    for (const [member] of taken) value?.scores.delete(member);
    if (value?.scores.size === 0) db.delete(key);
    return texts(taken.flatMap(([member, score]) => [member, shown(score)]));
  });
}

/** SINTERSTORE and its kind. */
function stored(name: "sinter" | "sunion" | "sdiff"): Command {
  return write(-3, (db, [target = "", ...keys], now) => {
    const reply = BASIC_COMMANDS[name]?.run(db, keys, now);
    const members =
      reply?.type === "array"
        ? (reply.items ?? []).flatMap((one) => (one.type === "bulk" && one.text !== null ? [one.text] : []))
        : [];
    db.delete(target);
    if (members.length > 0) db.set(target, { type: "set", members: new Set(members) });
    return integer(members.length);
  });
}

function move(
  from: "left" | "right",
  to: "left" | "right",
): (db: Database, source: string, target: string, now: number) => Reply {
  return (db, source, target, now) => {
    const value = typed(db, source, "list", now);
    if (value === undefined) return bulk(null);
    typed(db, target, "list", now);
    const item = from === "left" ? value.items.shift() : value.items.pop();
    if (value.items.length === 0) db.delete(source);
    if (item === undefined) return bulk(null);
    const into = list(db, target, now);
    if (to === "left") into.items.unshift(item);
    else into.items.push(item);
    return bulk(item);
  };
}

const substring = read(4, (db, [key = "", from = "", to = ""], now) =>
  bulk(slice([...(typed(db, key, "string", now)?.text ?? "")], from, to).join("")),
);

/** What OBJECT ENCODING calls the way a value is kept. */
function encoding(db: Database, key: string, now: number): string | undefined {
  const value = db.get(key, now);
  switch (value?.type) {
    case undefined:
      return undefined;
    case "string":
      return /^-?\d{1,18}$/.test(value.text) ? "int" : value.text.length <= 44 ? "embstr" : "raw";
    case "list":
      return value.items.length > 128 ? "quicklist" : "listpack";
    case "hash":
      return value.fields.size > 128 ? "hashtable" : "listpack";
    case "set":
      if (value.members.size > 512) return "hashtable";
      return [...value.members].every((one) => /^-?\d+$/.test(one))
        ? "intset"
        : value.members.size > 128
          ? "hashtable"
          : "listpack";
    case "zset":
      return value.scores.size > 128 ? "skiplist" : "listpack";
  }
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  ...BASIC_COMMANDS,
  getrange: substring,
  substr: substring,
  setrange: write(4, (db, [key = "", at = "", text = ""], now) => {
    const start = whole(at);
    if (start < 0) return error("ERR offset is out of range");
    const before = typed(db, key, "string", now)?.text ?? "";
    if (text === "") return integer(before.length);
    const next = before.padEnd(start, "\0").slice(0, start) + text + before.slice(start + text.length);
    db.set(key, { type: "string", text: next }, true);
    return integer(next.length);
  }),
  msetnx: write(-3, (db, args, now) => {
    for (let index = 0; index < args.length; index += 2)
      if (db.get(args[index] ?? "", now) !== undefined) return integer(0);
    BASIC_COMMANDS["mset"]?.run(db, args, now);
    return integer(1);
  }),
  psetex: write(
    4,
    (db, [key = "", ms = "", text = ""], now) => BASIC_COMMANDS["set"]?.run(db, [key, text, "PX", ms], now) ?? OK,
  ),
  incrbyfloat: write(3, (db, [key = "", by = ""], now) => {
    const next = shown(float(typed(db, key, "string", now)?.text ?? "0") + float(by));
    db.set(key, { type: "string", text: next }, true);
    return bulk(next);
  }),
  renamenx: write(3, (db, [from = "", to = ""], now) => {
    if (db.get(from, now) === undefined) return NO_KEY;
    if (db.get(to, now) !== undefined) return integer(0);
    BASIC_COMMANDS["rename"]?.run(db, [from, to], now);
    return integer(1);
  }),
  copy: write(-3, (db, [from = "", to = "", option], now) => {
    const value = db.get(from, now);
    if (value === undefined) return integer(0);
    if (db.get(to, now) !== undefined && option?.toUpperCase() !== "REPLACE") return integer(0);
    db.set(to, structuredClone(value));
    db.expire(to, db.expires(from));
    return integer(1);
  }),
  touch: read(-2, (db, keys, now) => integer(keys.filter((key) => db.get(key, now) !== undefined).length)),
  lrem: write(4, (db, [key = "", count = "", item = ""], now) => {
    const value = typed(db, key, "list", now);
    if (value === undefined) return integer(0);
    const wanted = whole(count);
    let left = wanted === 0 ? value.items.length : Math.abs(wanted);
    const before = value.items.length;
    const items = wanted < 0 ? [...value.items].reverse() : value.items;
    const kept = items.filter((one) => one !== item || left-- <= 0);
    value.items = wanted < 0 ? kept.reverse() : kept;
    if (value.items.length === 0) db.delete(key);
    return integer(before - kept.length);
  }),
  linsert: write(5, (db, [key = "", where = "", pivot = "", item = ""], now) => {
    if (!/^(before|after)$/i.test(where)) return SYNTAX;
    const value = typed(db, key, "list", now);
    if (value === undefined) return integer(0);
    const at = value.items.indexOf(pivot);
    if (at === -1) return integer(-1);
    value.items.splice(/^before$/i.test(where) ? at : at + 1, 0, item);
    return integer(value.items.length);
  }),
  rpoplpush: write(3, (db, [from = "", to = ""], now) => move("right", "left")(db, from, to, now)),
  lmove: write(5, (db, [source = "", target = "", from = "", to = ""], now) => {
    const [one, other] = [from.toLowerCase(), to.toLowerCase()];
    if ((one !== "left" && one !== "right") || (other !== "left" && other !== "right")) return SYNTAX;
    return move(one, other)(db, source, target, now);
  }),
  spop: write(-2, (db, [key = "", count], now) => {
    const value = typed(db, key, "set", now);
    if (value === undefined) return count === undefined ? bulk(null) : array([]);
    const taken = [...value.members].slice(0, count === undefined ? 1 : whole(count));
    for (const member of taken) value.members.delete(member);
    if (value.members.size === 0) db.delete(key);
    return count === undefined ? bulk(taken[0] ?? null) : texts(taken);
  }),
  srandmember: read(-2, (db, [key = "", count], now) => {
    const members = [...(typed(db, key, "set", now)?.members ?? [])];
    return count === undefined ? bulk(members[0] ?? null) : texts(members.slice(0, Math.abs(whole(count))));
  }),
  smove: write(4, (db, [from = "", to = "", member = ""], now) => {
    const value = typed(db, from, "set", now);
    typed(db, to, "set", now);
    if (value?.members.delete(member) !== true) return integer(0);
    if (value.members.size === 0) db.delete(from);
    BASIC_COMMANDS["sadd"]?.run(db, [to, member], now);
    return integer(1);
  }),
  smismember: read(-3, (db, [key = "", ...members], now) => {
    const [found] = sets(db, [key], now);
    return array(members.map((member) => integer(found?.has(member) === true ? 1 : 0)));
  }),
  sinterstore: stored("sinter"),
  sunionstore: stored("sunion"),
  sdiffstore: stored("sdiff"),
  hsetnx: write(4, (db, [key = "", field = "", text = ""], now) => {
    const { fields } = hash(db, key, now);
    if (fields.has(field)) return integer(0);
    fields.set(field, text);
    return integer(1);
  }),
  hincrbyfloat: write(4, (db, [key = "", field = "", by = ""], now) => {
    const { fields } = hash(db, key, now);
    const next = shown(float(fields.get(field) ?? "0") + float(by));
    fields.set(field, next);
    return bulk(next);
  }),
  hstrlen: read(3, (db, [key = "", field = ""], now) =>
    integer(typed(db, key, "hash", now)?.fields.get(field)?.length ?? 0),
  ),
  zrangebyscore: byScore(false),
  zrevrangebyscore: byScore(true),
  zcount: read(4, (db, [key = "", one = "", other = ""], now) => {
    const [least, most] = [bound(one), bound(other)];
    return integer(sorted(db, key, now).filter(([, score]) => least(score, true) && most(score, false)).length);
  }),
  zrevrank: read(3, (db, [key = "", member = ""], now) => {
    const at = sorted(db, key, now)
      .reverse()
      .findIndex(([name]) => name === member);
    return at === -1 ? bulk(null) : integer(at);
  }),
  zpopmin: popScored(false),
  zpopmax: popScored(true),
  object: read(-2, (db, [verb = "", key = ""], now) => {
    const found = encoding(db, key, now);
    switch (verb.toLowerCase()) {
      case "encoding":
        return bulk(found ?? null);
      case "refcount":
        return found === undefined ? bulk(null) : integer(1);
      case "idletime":
        return found === undefined ? bulk(null) : integer(0);
      default:
        return error(`ERR unknown subcommand '${verb}'. Try OBJECT HELP.`);
    }
  }),
};
