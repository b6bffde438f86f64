/** member, endpoint, alarm, defrag, snapshot. */
import { formatDuration } from "../../../encoding/index.ts";
import { isErrno } from "../../../machine/index.ts";
import { decimal } from "../ids.ts";
import { VERSION_FILE } from "../version.ts";
import { CallError, type Reply } from "./client.ts";
import type { Command, Context } from "./context.ts";
import { UsageError } from "./flags.ts";
import { headerFields, hex, humanBytes, jsonText, list, memberRow, object, strings, table } from "./print.ts";

const MEMBER_HEADER = ["ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"];

/** `%16x`: padded by spaces. */
const wide = (value: unknown) => hex(value).padStart(16);

function memberId(words: readonly string[], usage: string): string {
  const [text] = words;
  if (text === undefined || words.length > 1) throw new UsageError(usage);
  if (!/^[0-9a-f]+$/i.test(text))
    throw new UsageError(
      `bad member ID arg (strconv.ParseUint: parsing "${text}": invalid syntax), expecting ID in Hex`,
    );
  return decimal(text);
}

const memberList: Command = async ({ client, format, out, flags }) => {
  const consistency = flags.get("consistency") ?? "l";
  const reply = await client.call("cluster/member/list", { linearizable: consistency === "l" });
  const rows = list(reply["members"]).map(memberRow);
  if (format === "json") await out(jsonText(reply));
  else if (format === "table") await out(table(MEMBER_HEADER, rows));
  else if (format === "fields")
    await out(
      headerFields(reply) +
        list(reply["members"])
          .map(
            (member) =>
              `"ID" : ${member["ID"]}\n"Name" : ${JSON.stringify(member["name"] ?? "")}\n${strings(member["peerURLs"])
                .map((url) => `"PeerURL" : ${JSON.stringify(url)}\n`)
                .join("")}${strings(member["clientURLs"])
                .map((url) => `"ClientURL" : ${JSON.stringify(url)}\n`)
                .join("")}"IsLearner" : ${member["isLearner"] === true}\n\n`,
          )
          .join(""),
    );
  else await out(rows.map((row) => `${row.join(", ")}\n`).join(""));
  return 0;
};

const memberAdd: Command = async ({ client, format, out, words, flags }) => {
  const [name] = words;
  if (name === undefined) throw new UsageError("member name not provided");
  if (words.length > 1) throw new UsageError("too many arguments");
  const peers = (flags.get("peer-urls") ?? "").split(",").filter(Boolean);
  if (peers.length === 0) throw new UsageError("member peer urls not provided");
  const reply = await client.call("cluster/member/add", { peerURLs: peers, isLearner: flags.has("learner") });
  const member = object(reply["member"]);
  if (format === "json") {
    await out(jsonText(reply));
    return 0;
  }
  const cluster = list(reply["members"]).flatMap((one) =>
    strings(one["peerURLs"]).map((url) => `${one["ID"] === member["ID"] ? name : (one["name"] ?? "")}=${url}`),
  );
  await out(`Member ${wide(member["ID"])} added to cluster ${wide(object(reply["header"])["cluster_id"])}\n`);
  await out(
    `\nETCD_NAME="${name}"\nETCD_INITIAL_CLUSTER="${cluster.join(",")}"\nETCD_INITIAL_ADVERTISE_PEER_URLS="${strings(member["peerURLs"]).join(",")}"\nETCD_INITIAL_CLUSTER_STATE="existing"\n`,
  );
  return 0;
};

const memberChange =
  (call: string, usage: string, done: string): Command =>
  async ({ client, format, out, words, flags }) => {
    const id = memberId(words, usage);
    const urls = (flags.get("peer-urls") ?? "").split(",").filter(Boolean);
    if (call === "update" && urls.length === 0) throw new UsageError("member peer urls not provided");
    const reply = await client.call(`cluster/member/${call}`, {
      ID: id,
      ...(call === "update" ? { peerURLs: urls } : {}),
    });
    const text = `Member ${wide(id)} ${done} cluster ${wide(object(reply["header"])["cluster_id"])}\n`;
    await out(format === "json" ? jsonText(reply) : text);
    return 0;
  };

/** The endpoints asked: those given, or with --cluster those of all members. */
async function endpoints({ client, flags }: Context): Promise<readonly string[]> {
  if (!flags.has("cluster")) return client.endpoints;
  const reply = await client.call("cluster/member/list", { linearizable: true });
  return list(reply["members"]).flatMap((member) => strings(member["clientURLs"]));
}

async function timed<T>({ process }: Context, work: () => Promise<T>): Promise<{ took: string; value: T | CallError }> {
  const start = process.clock.now();
  let value: T | CallError;
  try {
    value = await work();
  } catch (problem) {
    if (!(problem instanceof CallError)) throw problem;
    value = problem;
  }
  // What is below the simulation's resolution is not nothing.
  const spent = process.clock.now() - start + 1 + process.clock.random();
  return { took: formatDuration(Math.round(spent * 1e6) / 1e6), value };
}

const health: Command = async (context) => {
  const { client, format, out, complain } = context;
  const results = await Promise.all(
    (await endpoints(context)).map(async (endpoint) => {
      const { took, value } = await timed(context, () => client.at(endpoint).call("kv/range", { key: btoa("health") }));
      const error = value instanceof CallError ? value.message : "";
      return { endpoint, health: error === "", took, ...(error === "" ? {} : { error }) };
    }),
  );
  const healthy = results.every((one) => one.health);
  if (format === "json") await out(jsonText(results));
  else if (format === "table")
    await out(
      table(
        ["endpoint", "health", "took", "error"],
        results.map((one) => [one.endpoint, String(one.health), one.took, one.error ?? ""]),
      ),
    );
  else
    for (const one of results) {
      if (one.error === undefined)
        await out(`${one.endpoint} is healthy: successfully committed proposal: took = ${one.took}\n`);
      else await complain(`${one.endpoint} is unhealthy: failed to commit proposal: ${one.error}\n`);
    }
  if (!healthy) await complain("Error: unhealthy cluster\n");
  return healthy ? 0 : 1;
};

/** Asks each endpoint; says which did not answer. */
async function each(context: Context, path: string, body: Reply, failed: string) {
  const answers = await Promise.all(
    (await endpoints(context)).map(async (endpoint) => {
      const { value } = await timed(context, () => context.client.at(endpoint).call(path, body));
      return { endpoint, value };
    }),
  );
  const replies: { readonly endpoint: string; readonly reply: Reply }[] = [];
  for (const { endpoint, value } of answers) {
    if (value instanceof CallError) await context.complain(`${failed} ${endpoint} (${value.message})\n`);
    else replies.push({ endpoint, reply: value });
  }
  return { replies, code: replies.length === answers.length ? 0 : 1 };
}

function statusRow(endpoint: string, reply: Reply): readonly (readonly [header: string, cell: string])[] {
  const member = object(reply["header"])["member_id"];
  const version = String(reply["version"]);
  const [size, used] = [Number(reply["dbSize"] ?? 0), Number(reply["dbSizeInUse"] ?? 0)];
  const later = version.startsWith("3.6")
    ? ([
        ["storage version", `${version.split(".").slice(0, 2).join(".")}.0`],
        ["db size", humanBytes(size)],
        ["in use", humanBytes(used)],
        ["percentage not in use", `${size === 0 ? 0 : Math.round(((size - used) / size) * 100)}%`],
        ["quota", humanBytes(Number(reply["dbSizeQuota"] ?? 0))],
      ] as const)
    : ([["db size", humanBytes(size)]] as const);
  return [
    ["endpoint", endpoint],
    ["ID", hex(member)],
    ["version", version],
    ...later,
    ["is leader", String(reply["leader"] !== undefined && reply["leader"] === member)],
    ["is learner", String(reply["isLearner"] === true)],
    ["raft term", String(reply["raftTerm"] ?? 0)],
    ["raft index", String(reply["raftIndex"] ?? 0)],
    ["raft applied index", String(reply["raftAppliedIndex"] ?? 0)],
    ["errors", strings(reply["errors"]).join(", ")],
    ...(version.startsWith("3.6")
      ? ([
          ["downgrade target version", ""],
          ["downgrade enabled", "false"],
        ] as const)
      : []),
  ];
}

const status: Command = async (context) => {
  const { format, out } = context;
  const { replies, code } = await each(context, "maintenance/status", {}, "Failed to get the status of endpoint");
  if (format === "json") {
    await out(jsonText(replies.map(({ endpoint, reply }) => ({ Endpoint: endpoint, Status: reply }))));
    return code;
  }
  const rows = replies.map(({ endpoint, reply }) => statusRow(endpoint, reply));
  const header = rows[0]?.map(([name]) => name) ?? [];
  const cells = rows.map((row) => row.map(([, cell]) => cell));
  if (format === "table") await out(table(header.length === 0 ? ["endpoint"] : header, cells));
  else if (format === "fields")
    await out(
      rows.map((row) => `${row.map(([name, cell]) => `"${name}" : ${JSON.stringify(cell)}\n`).join("")}\n`).join(""),
    );
  else await out(cells.map((row) => `${row.join(", ")}\n`).join(""));
  return code;
};

const hashKv: Command = async (context) => {
  const { format, out, flags } = context;
  const body = { revision: flags.get("rev") ?? "0" };
  const { replies, code } = await each(context, "maintenance/hash", body, "Failed to get the hash of endpoint");
  if (format === "json") {
    await out(jsonText(replies.map(({ endpoint, reply }) => ({ Endpoint: endpoint, HashKV: reply }))));
    return code;
  }
  const rows = replies.map(({ endpoint, reply }) => [
    endpoint,
    String(reply["hash"] ?? 0),
    String(reply["hash_revision"] ?? 0),
  ]);
  if (format === "table") await out(table(["endpoint", "hash", "hash revision"], rows));
  else await out(rows.map((row) => `${row.slice(0, 2).join(", ")}\n`).join(""));
  return code;
};

const alarms =
  (action: "GET" | "DEACTIVATE"): Command =>
  async ({ client, format, out }) => {
    const reply = await client.call("maintenance/alarm", { action });
    const lines = list(reply["alarms"]).map((one) => `memberID:${one["memberID"]} alarm:${one["alarm"]} \n`);
    await out(format === "json" ? jsonText(reply) : lines.join(""));
    return 0;
  };

const defrag: Command = async (context) => {
  const { client, out, complain, process } = context;
  // Since 3.5 it says how long it took.
  const { files } = process;
  const tellsTime = !(files.exists(VERSION_FILE) && files.readText(VERSION_FILE).startsWith("3.4"));
  let code = 0;
  for (const endpoint of await endpoints(context)) {
    const { took, value } = await timed(context, () => client.at(endpoint).call("maintenance/defragment", {}));
    if (value instanceof CallError) {
      await complain(`Failed to defragment etcd member[${endpoint}]. took ${took}. (${value.message})\n`);
      code = 1;
    } else await out(`Finished defragmenting etcd member[${endpoint}]${tellsTime ? `, took ${took}` : ""}\n`);
  }
  return code;
};

const save: Command = async ({ client, words, out, process }) => {
  const [path] = words;
  if (path === undefined || words.length > 1) throw new UsageError("snapshot save expects one argument");
  if (client.endpoints.length !== 1)
    throw new UsageError(
      "snapshot must be requested to one selected node, not multiple [" + client.endpoints.join(" ") + "]",
    );
  const state = await client.call("maintenance/snapshot", {});
  try {
    process.files.writeFile(`${path}.part`, JSON.stringify(state), { mode: 0o600 });
    process.files.rename(`${path}.part`, path);
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    throw new UsageError(`could not open ${path}.part (${problem.message.toLowerCase()})`, 3);
  }
  await out(`Snapshot saved at ${path}\n`);
  return 0;
};

const CLUSTER = { cluster: "boolean" } as const;

export const CLUSTER_COMMANDS = {
  "member list": { run: memberList, flags: { consistency: "value" } },
  "member add": { run: memberAdd, flags: { "peer-urls": "value", learner: "boolean" } },
  "member remove": { run: memberChange("remove", "member ID is not provided", "removed from"), flags: {} },
  "member update": {
    run: memberChange("update", "member ID is not provided", "updated in"),
    flags: { "peer-urls": "value" },
  },
  "member promote": { run: memberChange("promote", "member ID is not provided", "promoted in"), flags: {} },
  "endpoint health": { run: health, flags: CLUSTER },
  "endpoint status": { run: status, flags: CLUSTER },
  "endpoint hashkv": { run: hashKv, flags: { ...CLUSTER, rev: "value" } },
  "alarm list": { run: alarms("GET"), flags: {} },
  "alarm disarm": { run: alarms("DEACTIVATE"), flags: {} },
  defrag: { run: defrag, flags: CLUSTER },
  "snapshot save": { run: save, flags: {} },
} as const;
