/** get, put, del, txn, compaction, watch. */

import { StreamReader } from "../../kit/reader.ts";
import { decimal, fromText, toBase64 } from "../ids.ts";
import type { Reply } from "./client.ts";
import type { Command, Context } from "./context.ts";
import { UsageError } from "./flags.ts";
import { headerFields, jsonText, type KvOptions, kvFields, kvText, list, object, plain } from "./print.ts";

/** The first name after all that begin with a prefix. */
export function prefixEnd(prefix: string): string {
  for (let at = prefix.length - 1; at >= 0; at--) {
    const code = prefix.charCodeAt(at);
    if (code < 0xff) return prefix.slice(0, at) + String.fromCharCode(code + 1);
  }
  return "\0";
}

/** Key and end of a range, as flags and words give them. */
function rangeOf(command: string, { flags }: Context, words: readonly string[]): { key: string; end: string } {
  const [first, second] = words;
  if (first === undefined || words.length > 2)
    throw new UsageError(`${command} command needs one argument as key and an optional argument as range_end`);
  const [prefix, fromKey] = [flags.has("prefix"), flags.has("from-key")];
  if (prefix && fromKey) throw new UsageError("`--prefix` and `--from-key` cannot be set at the same time, choose one");
  if (second !== undefined) {
    if (prefix || fromKey)
      throw new UsageError("too many arguments, only accept one argument when `--prefix` or `--from-key` is set");
    return { key: fromText(first), end: fromText(second) };
  }
  const key = fromText(first);
  if (prefix) return key === "" ? { key: "\0", end: "\0" } : { key, end: prefixEnd(key) };
  return { key: fromKey && key === "" ? "\0" : key, end: fromKey ? "\0" : "" };
}

const range = ({ key, end }: { key: string; end: string }): Reply => ({
  key: toBase64(key),
  ...(end === "" ? {} : { range_end: toBase64(end) }),
});

const options = ({ flags }: Context): KvOptions => ({
  isHex: flags.has("hex"),
  valueOnly: flags.has("print-value-only"),
  keysOnly: flags.has("keys-only"),
});

const consistency = ({ flags }: Context) => {
  const value = flags.get("consistency") ?? "l";
  if (value !== "l" && value !== "s") throw new UsageError(`unknown consistency flag "${value}"`, 4);
  return value === "s";
};

async function print(context: Context, reply: Reply, simple: () => string, fields: () => string): Promise<number> {
  const { format, out } = context;
  if (format === "json") await out(jsonText(reply));
  else if (format === "fields") await out(headerFields(reply) + fields());
  else if (format === "simple") await out(simple());
  else throw new UsageError(`${format} is not supported as output format`, 4);
  return 0;
}

const get: Command = async (context) => {
  const { flags, client, words } = context;
  const sortTarget = (flags.get("sort-by") ?? "").toUpperCase();
  const order = (flags.get("order") ?? "").toUpperCase();
  const targets: Readonly<Record<string, string>> = {
    "": "KEY",
    KEY: "KEY",
    CREATE: "CREATE",
    MODIFY: "MOD",
    VALUE: "VALUE",
    VERSION: "VERSION",
  };
  if (!["", "ASCEND", "DESCEND"].includes(order)) throw new UsageError(`bad sort order ${flags.get("order")}`, 4);
  if (targets[sortTarget] === undefined) throw new UsageError(`bad sort target ${flags.get("sort-by")}`, 4);
  if (flags.has("keys-only") && flags.has("count-only"))
    throw new UsageError("`--keys-only` and `--count-only` cannot be set at the same time, choose one");
  const body = {
    ...range(rangeOf("get", context, words)),
    serializable: consistency(context),
    limit: flags.get("limit") ?? "0",
    revision: flags.get("rev") ?? "0",
    keys_only: flags.has("keys-only"),
    count_only: flags.has("count-only"),
    sort_order: order === "" ? "NONE" : order,
    sort_target: targets[sortTarget],
  };
  const reply = await client.call("kv/range", body);
  const kvs = list(reply["kvs"]);
  if (flags.has("count-only") && context.format === "simple") return 0;
  return print(
    context,
    reply,
    () => kvs.map((kv) => kvText(kv, options(context))).join(""),
    () =>
      `${kvs.map((kv) => kvFields(kv)).join("")}"More" : ${reply["more"] === true}\n"Count" : ${reply["count"] ?? 0}\n`,
  );
};

const put: Command = async (context) => {
  const { flags, client, words, process } = context;
  const [key, ...rest] = words;
  if (key === undefined || rest.length > 1)
    throw new UsageError("put command needs 1 argument and input from stdin or 2 arguments");
  let value = rest[0];
  const ignoreValue = flags.has("ignore-value");
  if (value === undefined && !ignoreValue)
    value = new TextDecoder().decode(await new StreamReader(process.stdin).rest());
  const lease = flags.get("lease") ?? "0";
  if (!/^[0-9a-f]+$/i.test(lease))
    throw new UsageError(`bad lease ID (strconv.ParseInt: parsing "${lease}": invalid syntax), expecting ID in Hex`);
  const reply = await client.call("kv/put", {
    key: toBase64(fromText(key)),
    ...(ignoreValue ? {} : { value: toBase64(fromText(value ?? "")) }),
    lease: decimal(lease),
    prev_kv: flags.has("prev-kv"),
    ignore_value: ignoreValue,
    ignore_lease: flags.has("ignore-lease"),
  });
  const previous = object(reply["prev_kv"]);
  const had = reply["prev_kv"] !== undefined;
  return print(
    context,
    reply,
    () => `OK\n${had ? kvText(previous, options(context)) : ""}`,
    () => (had ? kvFields(previous, "Prev") : ""),
  );
};

const del: Command = async (context) => {
  const { flags, client, words } = context;
  const body = { ...range(rangeOf("del", context, words)), prev_kv: flags.has("prev-kv") };
  const reply = await client.call("kv/deleterange", body);
  return print(
    context,
    reply,
    () =>
      `${reply["deleted"] ?? 0}\n${list(reply["prev_kvs"])
        .map((kv) => kvText(kv, options(context)))
        .join("")}`,
    () =>
      `"Deleted" : ${reply["deleted"] ?? 0}\n${list(reply["prev_kvs"])
        .map((kv) => kvFields(kv))
        .join("")}`,
  );
};

const compaction: Command = async ({ client, words, out, flags }) => {
  const [revision] = words;
  if (revision === undefined || words.length > 1) throw new UsageError("compaction command needs 1 argument");
  if (!/^\d+$/.test(revision)) throw new UsageError(`strconv.ParseInt: parsing "${revision}": invalid syntax`, 1);
  await client.call("kv/compaction", { revision, physical: flags.has("physical") });
  await out(`compacted revision ${revision}\n`);
  return 0;
};

const COMPARES: Readonly<Record<string, readonly [target: string, field: string]>> = {
  ver: ["VERSION", "version"],
  version: ["VERSION", "version"],
  c: ["CREATE", "create_revision"],
  create: ["CREATE", "create_revision"],
  m: ["MOD", "mod_revision"],
  mod: ["MOD", "mod_revision"],
  val: ["VALUE", "value"],
  value: ["VALUE", "value"],
  lease: ["LEASE", "lease"],
};

function compareOf(line: string): Reply {
  const match = /^(\w+)\("((?:[^"\\]|\\.)*)"\)\s*([<>=]|!=)\s*"((?:[^"\\]|\\.)*)"$/.exec(line.trim());
  const [, kind = "", key = "", operator = "", operand = ""] = match ?? [];
  const known = COMPARES[kind];
  if (known === undefined) throw new UsageError(`malformed comparison: ${line}`, 3);
  const [target, field] = known;
  const result = { "=": "EQUAL", "!=": "NOT_EQUAL", "<": "LESS", ">": "GREATER" }[operator];
  const value = target === "VALUE" ? toBase64(fromText(operand)) : operand;
  return { target, result, key: toBase64(fromText(key)), [field]: value };
}

/** Words of a line of a transaction, with quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double?.replace(/\\(.)/g, "$1") ?? single ?? bare ?? "",
  );
}

function operationOf(line: string): Reply {
  const words = wordsOf(line);
  const [verb, key = "", third] = words.filter((word) => !word.startsWith("--"));
  const prefix = words.includes("--prefix");
  const unknown = words.find(
    (word) => word.startsWith("--") && !["--prefix", "--prev-kv", "--keys-only"].includes(word),
  );
  if (unknown !== undefined)
    throw new UsageError(`invalid txn request: ${unknown} is not supported in a transaction here`, 3);
  const ends = range({
    key: fromText(key),
    end: prefix ? prefixEnd(fromText(key)) : third === undefined ? "" : fromText(third),
  });
  const previous = { prev_kv: words.includes("--prev-kv") };
  if (verb === "put" && third !== undefined)
    return { request_put: { key: toBase64(fromText(key)), value: toBase64(fromText(third)), ...previous } };
  if (verb === "get") return { request_range: { ...ends, keys_only: words.includes("--keys-only") } };
  if (verb === "del") return { request_delete_range: { ...ends, ...previous } };
  throw new UsageError(`invalid txn request: ${line}`, 3);
}

const txn: Command = async (context) => {
  const { process, client, out, flags, words } = context;
  if (words.length > 0) throw new UsageError("txn command does not accept argument");
  const lines = new StreamReader(process.stdin);
  const interactive = flags.has("interactive");
  const section = async (title: string) => {
    const found: string[] = [];
    if (interactive) await out(`${title}:\n`);
    for (;;) {
      const line = await lines.line();
      if (line === undefined || line.trim() === "") return found;
      found.push(line.trim());
    }
  };
  const compare = (await section("compares")).map(compareOf);
  const success = (await section("success requests (get, put, del)")).map(operationOf);
  const failure = (await section("failure requests (get, put, del)")).map(operationOf);
  const reply = await client.call("kv/txn", { compare, success, failure });
  const simple = () => {
    const parts = list(reply["responses"]).map((one) => {
      if (one["response_put"] !== undefined) return "\nOK\n";
      const gone = one["response_delete_range"];
      if (gone !== undefined) return `\n${object(gone)["deleted"] ?? 0}\n`;
      return `\n${list(object(one["response_range"])["kvs"])
        .map((kv) => kvText(kv, options(context)))
        .join("")}`;
    });
    return `${reply["succeeded"] === true ? "SUCCESS" : "FAILURE"}\n${parts.join("")}`;
  };
  return print(context, reply, simple, () => `"Succeeded" : ${reply["succeeded"] === true}\n`);
};

const watch: Command = async (context) => {
  const { flags, client, words, process, format, out, complain } = context;
  if (flags.has("interactive")) throw new UsageError("watch --interactive is not supported here", 4);
  const cut = context.afterDash;
  const own = cut === undefined ? words : words.slice(0, words.length - cut.length);
  const asked = rangeOf("watch", context, own);
  let revision = Number(flags.get("rev") ?? 0);
  for (;;) {
    const request = { ...range(asked), start_revision: String(revision), prev_kv: flags.has("prev-kv") };
    for await (const result of client.stream("watch", { create_request: request })) {
      if (result["canceled"] === true) {
        await complain(
          "watch was canceled (etcdserver: mvcc: required revision has been compacted)\nError: watch is canceled by the server\n",
        );
        return 1;
      }
      const events = list(result["events"]);
      if (events.length === 0) continue;
      // After a break, go on behind what was seen.
      for (const event of events) revision = Math.max(revision, Number(object(event["kv"])["mod_revision"] ?? 0) + 1);
      if (format === "json") {
        await out(
          jsonText({ Header: result["header"], Events: events, CompactRevision: 0, Canceled: false, Created: false }),
        );
        continue;
      }
      for (const event of events) {
        const kv = object(event["kv"]);
        const type = event["type"] ?? "PUT";
        const previous = event["prev_kv"] === undefined ? "" : kvText(object(event["prev_kv"]), options(context));
        if (format === "fields") await out(`"Type" : "${type}"\n${kvFields(kv)}`);
        else await out(`${type}\n${previous}${kvText(kv, options(context))}`);
        if (cut === undefined) continue;
        const env = new Map(process.env);
        env.set("ETCD_WATCH_REVISION", String(object(result["header"])["revision"]));
        env.set("ETCD_WATCH_EVENT_TYPE", JSON.stringify(type));
        env.set("ETCD_WATCH_KEY", JSON.stringify(plain(kv["key"])));
        env.set("ETCD_WATCH_VALUE", JSON.stringify(plain(kv["value"])));
        await process.spawn({ argv: cut, env }).exited;
      }
    }
    await process.sleep(500);
  }
};

const RANGE = { prefix: "boolean", "from-key": "boolean" } as const;

export const KV_COMMANDS = {
  get: {
    run: get,
    flags: {
      ...RANGE,
      consistency: "value",
      order: "value",
      "sort-by": "value",
      limit: "value",
      rev: "value",
      "keys-only": "boolean",
      "count-only": "boolean",
      "print-value-only": "boolean",
    },
  },
  put: {
    run: put,
    flags: { lease: "value", "prev-kv": "boolean", "ignore-value": "boolean", "ignore-lease": "boolean" },
  },
  del: { run: del, flags: { ...RANGE, "prev-kv": "boolean" } },
  txn: { run: txn, flags: { interactive: "boolean" } },
  compaction: { run: compaction, flags: { physical: "boolean" } },
  watch: {
    run: watch,
    flags: { ...RANGE, rev: "value", "prev-kv": "boolean", interactive: "boolean", "progress-notify": "boolean" },
  },
} as const;
