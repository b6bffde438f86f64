/** kafka-reassign-partitions.sh and kafka-leader-election.sh: who holds and who leads partitions. */
import { isErrno } from "../../../machine/index.ts";
import { exceptionText, KafkaError } from "../errors.ts";
import type { ClusterImage } from "../model.ts";
import { client, late, SERVERS } from "./admin.ts";
import { UsageError } from "./options.ts";
import type { Tool, ToolContext } from "./tool.ts";

interface Move {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
}

function readJson<T>({ process }: ToolContext, path: string): T {
  try {
    return JSON.parse(process.files.readText(path)) as T;
  } catch (error) {
    if (isErrno(error)) throw new UsageError(`${path} (${error.message})`);
    throw new UsageError(`Failed to parse ${path} as JSON`);
  }
}

const assignmentJson = (moves: readonly Move[]) =>
  JSON.stringify({
    version: 1,
    partitions: moves.map(({ topic, partition, replicas }) => ({
      topic,
      partition,
      replicas,
      log_dirs: replicas.map(() => "any"),
    })),
  });

const present = (image: ClusterImage, moves: readonly Move[]): Move[] =>
  moves.map(({ topic, partition }) => {
    const found = image.topics[topic]?.partitions[partition];
    return { topic, partition, replicas: (found?.replicas ?? []).filter((id) => found?.adding.includes(id) !== true) };
  });

const named = (moves: readonly Move[]) =>
  moves
    .map(({ topic, partition }) => `${topic}-${partition}`)
    .sort()
    .join(",");
const sameSet = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((one, at) => b[at] === one);

const reassignment: Tool = async (context) => {
  const { options, out } = context;
  const admin = client(context);
  const { image, brokers } = await admin.metadata(late("listPartitionReassignments"));
  if (options.has("list")) {
    const lines = Object.values(image.topics).flatMap(({ name, partitions }) =>
      partitions.flatMap(({ replicas, adding, removing }, index) => {
        if (adding.length + removing.length === 0) return [];
        const more = adding.length > 0 ? ` adding: ${adding.join(",")}.` : "";
        const less = removing.length > 0 ? ` removing: ${removing.join(",")}.` : "";
        return [`${name}-${index}: replicas: ${replicas.join(",")}.${more}${less}\n`];
      }),
    );
    await out(
      lines.length === 0
        ? "No partition reassignments found.\n"
        : `Current partition reassignments:\n${lines.join("")}`,
    );
    return 0;
  }
  if (options.has("generate")) {
    const { topics } = readJson<{ topics: readonly { topic: string }[] }>(
      context,
      options.require("topics-to-move-json-file"),
    );
    const targets = options.require("broker-list").split(",").map(Number);
    const current: Move[] = [];
    const proposed: Move[] = [];
    for (const { topic } of topics) {
      for (const [partition, { replicas }] of (image.topics[topic]?.partitions ?? []).entries()) {
        if (replicas.length > targets.length)
          throw new KafkaError(
            "INVALID_REPLICATION_FACTOR",
            `Replication factor: ${replicas.length} larger than available brokers: ${targets.length}.`,
          );
        current.push({ topic, partition, replicas });
        proposed.push({
          topic,
          partition,
          replicas: replicas.map((_, at) => targets[(partition + at) % targets.length] ?? 0),
        });
      }
    }
    await out(
      `Current partition replica assignment\n${assignmentJson(current)}\n\nProposed partition reassignment configuration\n${assignmentJson(proposed)}\n`,
    );
    return 0;
  }
  const { partitions: moves } = readJson<{ partitions: readonly Move[] }>(
    context,
    options.require("reassignment-json-file"),
  );
  if (options.has("execute")) {
    for (const { topic, partition, replicas } of moves) {
      if (image.topics[topic]?.partitions[partition] === undefined)
        throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", `Topic ${topic} partition ${partition} does not exist.`);
      const unknown = replicas.find((id) => !brokers.some((one) => one.id === id));
      if (unknown !== undefined) throw new KafkaError("INVALID_REPLICA_ASSIGNMENT", `Unknown broker id ${unknown}`);
    }
    await out(
      `Current partition replica assignment\n\n${assignmentJson(present(image, moves))}\n\nSave this to use as the --reassignment-json-file option during rollback\n`,
    );
    for (const { topic, partition, replicas } of moves)
      await admin.admin("alterPartitionReassignments", { op: "reassign", topic, index: partition, replicas });
    await out(`Successfully started partition reassignment${moves.length === 1 ? "" : "s"} for ${named(moves)}\n`);
    return 0;
  }
  if (options.has("cancel")) {
    const running = moves.filter(({ topic, partition }) => {
      const found = image.topics[topic]?.partitions[partition];
      return found !== undefined && found.adding.length + found.removing.length > 0;
    });
    for (const { topic, partition } of running)
      await admin.admin("alterPartitionReassignments", { op: "reassign", topic, index: partition, replicas: null });
    await out(
      running.length === 0
        ? "None of the specified partition reassignments are active.\n"
        : `Successfully cancelled partition reassignment${running.length === 1 ? "" : "s"} for: ${named(running)}\n`,
    );
    return 0;
  }
  if (!options.has("verify"))
    throw new UsageError("Command must include exactly one action: --cancel, --execute, --generate, --list, --verify");
  const lines = moves.map(({ topic, partition, replicas }) => {
    const found = image.topics[topic]?.partitions[partition];
    const name = `${topic}-${partition}`;
    if (found === undefined)
      return `ERROR: there is no active reassignment for partition ${name}, but replica set is  rather than ${replicas.join(",")}.\n`;
    if (found.adding.length + found.removing.length > 0)
      return `Reassignment of partition ${name} is still in progress.\n`;
    if (sameSet(found.replicas, replicas)) return `Reassignment of partition ${name} is completed.\n`;
    return `There is no active reassignment of partition ${name}, but replica set is ${found.replicas.join(",")} rather than ${replicas.join(",")}.\n`;
  });
  const topics = [...new Set(moves.map(({ topic }) => topic))];
  await out(`Status of partition reassignment:\n${lines.join("")}\n`);
  if (!lines.some((line) => line.includes("in progress")))
    await out(
      `Clearing broker-level throttles on brokers ${brokers.map(({ id }) => id).join(",")}\nClearing topic-level throttles on topic${topics.length === 1 ? "" : "s"} ${topics.join(",")}\n`,
    );
  return 0;
};

const election: Tool = async (context) => {
  const { options, out, complain } = context;
  const type = options.require("election-type").toUpperCase();
  if (type !== "PREFERRED" && type !== "UNCLEAN")
    throw new UsageError(`Cannot parse argument '${type}' of option election-type`);
  const admin = client(context);
  const { image } = await admin.metadata(late("electLeaders"));
  let chosen: { topic: string; partition: number }[];
  if (options.has("all-topic-partitions"))
    chosen = Object.values(image.topics).flatMap(({ name, partitions }) =>
      partitions.map((_, partition) => ({ topic: name, partition })),
    );
  else if (options.has("path-to-json-file"))
    chosen = readJson<{ partitions: { topic: string; partition: number }[] }>(
      context,
      options.get("path-to-json-file") ?? "",
    ).partitions;
  else chosen = [{ topic: options.require("topic"), partition: Number(options.require("partition")) }];
  const [done, needless, failed]: [string[], string[], string[]] = [[], [], []];
  for (const { topic, partition } of chosen) {
    const name = `${topic}-${partition}`;
    try {
      await admin.admin("electLeaders", { op: "elect", topic, index: partition, unclean: type === "UNCLEAN" });
      done.push(name);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      if (error.code === "ELECTION_NOT_NEEDED") needless.push(name);
      else failed.push(`Error completing leader election (${type}) for partition: ${name}: ${exceptionText(error)}\n`);
    }
  }
  if (done.length > 0)
    await out(`Successfully completed leader election (${type}) for partitions ${done.join(", ")}\n`);
  if (needless.length > 0) await out(`Valid replica already elected for partitions ${needless.join(", ")}\n`);
  await complain(failed.join(""));
  return failed.length === 0 ? 0 : 1;
};

export const REASSIGN_TOOLS = {
  "kafka-reassign-partitions": {
    run: reassignment,
    spec: {
      ...SERVERS,
      generate: "flag",
      execute: "flag",
      verify: "flag",
      cancel: "flag",
      list: "flag",
      "topics-to-move-json-file": "value",
      "reassignment-json-file": "value",
      "broker-list": "value",
      "disable-rack-aware": "flag",
      "preserve-throttles": "flag",
    },
  },
  "kafka-leader-election": {
    run: election,
    spec: {
      ...SERVERS,
      "election-type": "value",
      "all-topic-partitions": "flag",
      "path-to-json-file": "value",
      topic: "value",
      partition: "value",
    },
  },
} as const;
