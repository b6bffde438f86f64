/** kafka-consumer-groups.sh. */
import { KafkaError } from "../errors.ts";
import type { FetchPartition, GroupReply } from "../messages.ts";
import type { ClusterImage } from "../model.ts";
import type { KafkaClient } from "./client.ts";
import { UsageError } from "./options.ts";
import { bootstrapOf, type Tool, type ToolContext } from "./tool.ts";

/** Columns as wide as their widest cell, and 15 at least, apart by one blank. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(15, ...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) => `${row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join(" ")}\n`)
    .join("");
}

async function endOf(
  client: KafkaClient,
  image: ClusterImage,
  topic: string,
  index: number,
  time = -1,
): Promise<number | undefined> {
  const leader = image.topics[topic]?.partitions[index]?.leader ?? -1;
  try {
    return await client.askBroker<number>(leader, { op: "offsets", topic, index, time });
  } catch (error) {
    if (error instanceof KafkaError) return undefined;
    throw error;
  }
}

const byPartition = (a: { topic: string; index: number }, b: { topic: string; index: number }) =>
  a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.index - b.index;

async function listGroups(client: KafkaClient): Promise<{ group: string; state: string }[]> {
  const { brokers } = await client.metadata("Timed out waiting for a node assignment. Call: listConsumerGroups");
  const all: { group: string; state: string }[] = [];
  for (const { id } of brokers)
    all.push(...(await client.askBroker<{ group: string; state: string }[]>(id, { op: "listGroups" })));
  return all.sort((a, b) => (a.group < b.group ? -1 : 1));
}

async function describe(context: ToolContext, client: KafkaClient, group: string): Promise<number> {
  const { options, out, complain } = context;
  const reply = await client.coordinator<GroupReply>(group, { op: "describeGroup", group });
  if (reply.state === "Dead") {
    await complain(`\nError: Consumer group '${group}' does not exist.\n`);
    return 1;
  }
  const { image, brokers } = await client.metadata(
    "Timed out waiting for a node assignment. Call: describeConsumerGroups",
  );
  if (options.has("state")) {
    const at = brokers.find(({ id }) => id === reply.coordinator);
    await out(
      `\n${columns([
        ["GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"],
        [
          group,
          `${at?.host}:${at?.port} (${reply.coordinator})`,
          reply.members.length > 0 ? "range" : "",
          reply.state,
          String(reply.members.length),
        ],
      ])}`,
    );
    return 0;
  }
  if (reply.members.length === 0) await complain(`\nConsumer group '${group}' has no active members.\n`);
  if (options.has("members")) {
    if (reply.members.length === 0) return 0;
    const rows = reply.members.map(({ id, host, clientId, partitions }) => [
      group,
      id,
      host,
      clientId,
      String(partitions.length),
    ]);
    await out(`\n${columns([["GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS"], ...rows])}`);
    return 0;
  }
  const owners = new Map<string, GroupReply["members"][number]>(
    reply.members.flatMap((member) => member.partitions.map((one) => [`${one.topic}-${one.index}`, member] as const)),
  );
  const offsets = new Map<string, number>(reply.offsets.map((one) => [`${one.topic}-${one.index}`, one.offset]));
  const assigned = reply.members.flatMap(({ partitions }) => partitions);
  const all = [...assigned, ...reply.offsets.filter(({ topic, index }) => !owners.has(`${topic}-${index}`))].sort(
    byPartition,
  );
  const rows: string[][] = [];
  for (const { topic, index } of all) {
    const key = `${topic}-${index}`;
    const current = offsets.get(key);
    const end = await endOf(client, image, topic, index);
    const owner = owners.get(key);
    const lag = current === undefined || end === undefined ? "-" : String(end - current);
    rows.push([
      group,
      topic,
      String(index),
      String(current ?? "-"),
      String(end ?? "-"),
      lag,
      owner?.id ?? "-",
      owner?.host ?? "-",
      owner?.clientId ?? "-",
    ]);
  }
  await out(
    `\n${columns([["GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID", "HOST", "CLIENT-ID"], ...rows])}`,
  );
  return 0;
}

async function reset(context: ToolContext, client: KafkaClient, group: string): Promise<number> {
  const { options, out, complain } = context;
  const reply = await client.coordinator<GroupReply>(group, { op: "describeGroup", group });
  if (reply.members.length > 0) {
    await complain(
      `\nError: Assignments can only be reset if the group '${group}' is inactive, but the current state is ${reply.state}.\n`,
    );
    return 1;
  }
  const { image } = await client.metadata("Timed out waiting for a node assignment. Call: listOffsets");
  const wanted = options.get("topic");
  const names = options.has("all-topics")
    ? [...new Set(reply.offsets.map(({ topic }) => topic))]
    : wanted === undefined
      ? []
      : [wanted.split(":")[0] ?? ""];
  if (names.length === 0) throw new UsageError("One of the reset scopes should be defined: --all-topics, --topic.");
  const chosen = wanted?.includes(":") === true ? wanted.split(":")[1]?.split(",").map(Number) : undefined;
  const moved: FetchPartition[] = [];
  for (const topic of names) {
    for (const index of (image.topics[topic]?.partitions ?? []).keys()) {
      if (chosen !== undefined && !chosen.includes(index)) continue;
      const current = reply.offsets.find((one) => one.topic === topic && one.index === index)?.offset;
      const [first, last] = [await endOf(client, image, topic, index, -2), await endOf(client, image, topic, index)];
      if (first === undefined || last === undefined) throw new KafkaError("LEADER_NOT_AVAILABLE");
      let offset = options.has("to-earliest") ? first : options.has("to-latest") ? last : undefined;
      if (options.has("to-offset")) offset = Number(options.get("to-offset"));
      if (options.has("shift-by")) offset = (current ?? first) + Number(options.get("shift-by"));
      if (options.has("to-current")) offset = current ?? last;
      if (offset === undefined || Number.isNaN(offset))
        throw new UsageError(
          "One of the reset strategies should be defined: --to-offset, --to-earliest, --to-latest, --to-current, --shift-by.",
        );
      moved.push({ topic, index, offset: Math.min(Math.max(offset, first), last) });
    }
  }
  if (options.has("execute")) await client.coordinator(group, { op: "commitOffsets", group, offsets: moved });
  else
    await complain(
      "WARN: No action will be performed as the --execute option is missing. In a future major release, the default behavior of this command will be to prompt the user before executing the reset rather than doing a dry run. You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.\n",
    );
  await out(
    `\n${columns([["GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"], ...moved.sort(byPartition).map(({ topic, index, offset }) => [group, topic, String(index), String(offset)])])}`,
  );
  return 0;
}

const groups: Tool = async (context) => {
  const { options, out, complain } = context;
  const actions = ["list", "describe", "delete", "reset-offsets"].filter((name) => options.has(name));
  const [action] = actions;
  if (action === undefined || actions.length > 1)
    throw new UsageError(
      "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets.",
    );
  const client = context.connect(bootstrapOf(context), "AdminClient clientId=adminclient-1");
  const all = action === "list" || options.has("all-groups") ? await listGroups(client) : [];
  if (action === "list") {
    if (options.has("state"))
      await out(columns([["GROUP", "STATE"], ...all.map(({ group, state }) => [group, state])]));
    else await out(all.map(({ group }) => `${group}\n`).join(""));
    return 0;
  }
  const names = options.has("all-groups") ? all.map(({ group }) => group) : options.all("group");
  if (names.length === 0) throw new UsageError(`Option [${action}] takes one of these options: [all-groups], [group]`);
  let code = 0;
  for (const group of names) {
    if (action === "describe") code = Math.max(code, await describe(context, client, group));
    else if (action === "reset-offsets") code = Math.max(code, await reset(context, client, group));
    else {
      try {
        await client.coordinator(group, { op: "deleteGroup", group });
        await out(`Deletion of requested consumer groups ('${group}') was successful.\n`);
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        await complain(
          `\nError: Deletion of some consumer groups failed:\n* Group '${group}' could not be deleted due to: ${error.code}: ${error.message}\n`,
        );
        code = 1;
      }
    }
  }
  return code;
};

export const GROUP_TOOLS = {
  "kafka-consumer-groups": {
    run: groups,
    spec: {
      "bootstrap-server": "value",
      "command-config": "value",
      list: "flag",
      describe: "flag",
      delete: "flag",
      "reset-offsets": "flag",
      group: "value",
      "all-groups": "flag",
      members: "flag",
      offsets: "flag",
      state: "flag",
      verbose: "flag",
      topic: "value",
      "all-topics": "flag",
      "to-earliest": "flag",
      "to-latest": "flag",
      "to-current": "flag",
      "to-offset": "value",
      "shift-by": "value",
      execute: "flag",
      "dry-run": "flag",
      timeout: "value",
    },
  },
} as const;
