/** lease grant, revoke, timetolive, list, keep-alive; lock and elect, which are made of leases and keys. */
import { decimal, fromText, hexadecimal, toBase64 } from "../ids.ts";
import { CallError, type Reply } from "./client.ts";
import type { Command, Context } from "./context.ts";
import { UsageError } from "./flags.ts";
import { prefixEnd } from "./kv.ts";
import { hex16, jsonText, list, object, plain, strings } from "./print.ts";

function leaseId(text: string | undefined): string {
  if (text === undefined || !/^[0-9a-f]+$/i.test(text))
    throw new UsageError(
      `bad lease ID (strconv.ParseInt: parsing "${text ?? ""}": invalid syntax), expecting ID in Hex`,
    );
  return decimal(text);
}

/** etcdctl's JSON of leases has its header's fields at the top. */
const flat = (reply: Reply, extra: Reply) => jsonText({ ...object(reply["header"]), ...extra });

const grant: Command = async ({ words, client, format, out }) => {
  const [ttl] = words;
  if (ttl === undefined || words.length > 1) throw new UsageError("lease grant command needs TTL argument");
  if (!/^-?\d+$/.test(ttl)) throw new UsageError(`bad TTL (strconv.ParseInt: parsing "${ttl}": invalid syntax)`);
  const reply = await client.call("lease/grant", { TTL: ttl });
  if (format === "json") await out(flat(reply, { id: String(reply["ID"]), ttl: String(reply["TTL"]) }));
  else await out(`lease ${hex16(reply["ID"])} granted with TTL(${reply["TTL"]}s)\n`);
  return 0;
};

const revoke: Command = async ({ words, client, format, out }) => {
  if (words.length !== 1) throw new UsageError("lease revoke command needs 1 argument");
  const id = leaseId(words[0]);
  const reply = await client.call("lease/revoke", { ID: id }).catch((problem: unknown) => {
    throw problem instanceof CallError
      ? new CallError(problem.code, `failed to revoke lease (${problem.message})`)
      : problem;
  });
  await out(format === "json" ? jsonText(reply) : `lease ${hex16(id)} revoked\n`);
  return 0;
};

const timeToLive: Command = async ({ words, client, format, out, flags }) => {
  if (words.length !== 1) throw new UsageError("lease timetolive command needs lease ID as argument");
  const id = leaseId(words[0]);
  const reply = await client.call("lease/timetolive", { ID: id, keys: flags.has("keys") });
  const [left, granted] = [Number(reply["TTL"] ?? 0), Number(reply["grantedTTL"] ?? 0)];
  if (format === "json")
    await out(flat(reply, { id, ttl: String(left), "granted-ttl": String(granted), keys: reply["keys"] ?? null }));
  else if (granted === 0 && left === -1) await out(`lease ${hex16(id)} already expired\n`);
  else {
    const keys = flags.has("keys") ? `, attached keys([${strings(reply["keys"]).map(plain).join(" ")}])` : "";
    await out(`lease ${hex16(id)} granted with TTL(${granted}s), remaining(${left}s)${keys}\n`);
  }
  return 0;
};

const all: Command = async ({ client, format, out }) => {
  const reply = await client.call("lease/leases", {});
  const leases = list(reply["leases"]);
  if (format === "json") await out(flat(reply, { leases: leases.map((lease) => ({ id: String(lease["ID"]) })) }));
  else await out(`found ${leases.length} leases\n${leases.map((lease) => `${hex16(lease["ID"])}\n`).join("")}`);
  return 0;
};

async function renew(client: Context["client"], id: string): Promise<number> {
  const reply = await client.call("lease/keepalive", { ID: id });
  return Number(object(reply["result"])["TTL"] ?? 0);
}

const keepAlive: Command = async ({ words, client, out, complain, flags, process }) => {
  if (words.length !== 1) throw new UsageError("lease keep-alive command needs lease ID as argument");
  const id = leaseId(words[0]);
  for (;;) {
    const ttl = await renew(client, id);
    if (ttl === 0) {
      await out(`lease ${hex16(id)} expired or revoked.\n`);
      if (flags.has("once")) await complain("Error: etcdserver: requested lease not found\n");
      return flags.has("once") ? 1 : 0;
    }
    await out(`lease ${hex16(id)} keepalived with TTL(${ttl})\n`);
    if (flags.has("once")) return 0;
    await process.sleep((ttl * 1000) / 3);
  }
};

/** A session: a lease that is kept alive until `done`. */
async function withSession(
  { client, process, flags }: Context,
  use: (lease: string) => Promise<number>,
): Promise<number> {
  const ttl = Number(flags.get("ttl") ?? 60);
  const lease = String((await client.call("lease/grant", { TTL: String(ttl) }))["ID"]);
  let open = true;
  const keep = async () => {
    while (open) {
      await process.sleep((ttl * 1000) / 3);
      if (open) await renew(client, lease);
    }
  };
  keep().catch(() => undefined);
  try {
    return await use(lease);
  } finally {
    open = false;
    if (!process.signal.aborted) await client.call("lease/revoke", { ID: lease });
  }
}

/** Resolves with the own key when no older key under the prefix is left (clientv3/concurrency). */
async function acquire({ client }: Context, name: string, value: string, lease: string): Promise<{ key: string }> {
  const prefix = fromText(`${name}/`);
  const key = toBase64(`${prefix}${hexadecimal(lease)}`);
  const mine = await client.call("kv/txn", {
    compare: [{ target: "CREATE", result: "EQUAL", key, create_revision: "0" }],
    success: [{ request_put: { key, value: toBase64(fromText(value)), lease } }],
    failure: [],
  });
  const revision = Number(object(mine["header"])["revision"]);
  for (;;) {
    const older = await client.call("kv/range", {
      key: toBase64(prefix),
      range_end: toBase64(prefixEnd(prefix)),
      max_create_revision: String(revision - 1),
      sort_target: "CREATE",
      sort_order: "DESCEND",
      limit: "1",
    });
    const [before] = list(older["kvs"]);
    if (before === undefined) return { key: plain(key) };
    const next = Number(object(older["header"])["revision"]) + 1;
    const request = { key: before["key"], start_revision: String(next), filters: ["NOPUT"] };
    for await (const result of client.stream("watch", { create_request: request }))
      if (list(result["events"]).length > 0) break;
  }
}

/** Resolves when somebody wants this process to end. */
function interrupted(process: Context["process"]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.onSignal(signal, () => resolve());
  });
}

const lock: Command = async (context) => {
  const { words, process, out } = context;
  const [name, ...command] = words;
  if (name === undefined) throw new UsageError("lock takes one lock name argument and an optional command to execute");
  const stopped = interrupted(process);
  return withSession(context, async (lease) => {
    const held = await Promise.race([acquire(context, name, "", lease), stopped]);
    if (held === undefined) return 1;
    if (command.length > 0) {
      const env = new Map(process.env);
      env.set("ETCD_LOCK_KEY", held.key);
      return (await process.spawn({ argv: command, env }).exited).code;
    }
    await out(`${held.key}\n`);
    await stopped;
    return 0;
  });
};

const elect: Command = async (context) => {
  const { words, process, out, client, flags } = context;
  const [name, proposal] = words;
  if (name === undefined || words.length > 2)
    throw new UsageError("elect takes one election name argument and an optional proposal argument");
  if (flags.has("listen")) {
    if (proposal !== undefined) throw new UsageError("no proposal with -l");
    const prefix = fromText(`${name}/`);
    const range = { key: toBase64(prefix), range_end: toBase64(prefixEnd(prefix)) };
    let last = "";
    for (;;) {
      const reply = await client.call("kv/range", {
        ...range,
        sort_target: "CREATE",
        sort_order: "ASCEND",
        limit: "1",
      });
      const [kv] = list(reply["kvs"]);
      const leader = kv === undefined ? "" : `${plain(kv["key"])}\n${plain(kv["value"])}\n`;
      if (leader !== "" && leader !== last) await out(leader);
      last = leader;
      const next = Number(object(reply["header"])["revision"]) + 1;
      const watched = client.stream("watch", { create_request: { ...range, start_revision: String(next) } });
      for await (const result of watched) if (list(result["events"]).length > 0) break;
    }
  }
  if (proposal === undefined) throw new UsageError("missing proposal");
  const stopped = interrupted(process);
  return withSession(context, async (lease) => {
    const held = await Promise.race([acquire(context, name, proposal, lease), stopped]);
    if (held === undefined) return 1;
    await out(`${held.key}\n${proposal}\n`);
    await stopped;
    return 0;
  });
};

export const LEASE_COMMANDS = {
  "lease grant": { run: grant, flags: {} },
  "lease revoke": { run: revoke, flags: {} },
  "lease timetolive": { run: timeToLive, flags: { keys: "boolean" } },
  "lease list": { run: all, flags: {} },
  "lease keep-alive": { run: keepAlive, flags: { once: "boolean" } },
  lock: { run: lock, flags: { ttl: "value" } },
  elect: { run: elect, flags: { listen: "boolean" } },
} as const;
