/** The tools that look after a cluster: configs, reassignment, elections, the quorum, versions, sizes. */
import { isErrno } from "../../../machine/index.ts";
import { TOPIC_CONFIGS } from "../decisions.ts";
import { exceptionText, KafkaError } from "../errors.ts";
import type { QuorumReply } from "../messages.ts";
import type { ClusterImage } from "../model.ts";
import { atLeast } from "../version.ts";
import { UsageError } from "./options.ts";
import { bootstrapOf, type Tool, type ToolContext } from "./tool.ts";

const late = (call: string) => `Timed out waiting for a node assignment. Call: ${call}`;
const client = (context: ToolContext) => context.connect(bootstrapOf(context), "AdminClient clientId=adminclient-1");

/** What clients and brokers say to each other here, by the names of Kafka's own API. */
const APIS = [
  ["Produce", 0, 12],
  ["Fetch", 1, 17],
  ["ListOffsets", 2, 10],
  ["Metadata", 3, 13],
  ["OffsetCommit", 8, 9],
  ["OffsetFetch", 9, 9],
  ["FindCoordinator", 10, 6],
  ["JoinGroup", 11, 9],
  ["Heartbeat", 12, 4],
  ["LeaveGroup", 13, 5],
  ["DescribeGroups", 15, 6],
  ["ListGroups", 16, 5],
  ["ApiVersions", 18, 4],
  ["CreateTopics", 19, 7],
  ["DeleteTopics", 20, 6],
  ["DescribeConfigs", 32, 4],
  ["CreatePartitions", 37, 3],
  ["DeleteGroups", 42, 2],
  ["ElectLeaders", 43, 2],
  ["IncrementalAlterConfigs", 44, 1],
  ["AlterPartitionReassignments", 45, 0],
  ["ListPartitionReassignments", 46, 0],
  ["DescribeQuorum", 55, 2],
] as const;

const apiVersions: Tool = async (context) => {
  const { out, complain, version } = context;
  const admin = client(context);
  const { brokers } = await admin.metadata(late("listNodes"));
  const fenced = atLeast(version, 4, 0) ? " isFenced: false" : "";
  for (const { id, host, port, rack } of brokers) {
    const name = `${host}:${port} (id: ${id} rack: ${rack ?? "null"}${fenced})`;
    try {
      await admin.askBroker(id, { op: "apiVersions" });
      const lines = APIS.map(
        ([api, key, max]) => `\t${api}(${key}): ${max === 0 ? "0" : `0 to ${max}`} [usable: ${max}]`,
      );
      await out(`${name} -> (\n${lines.join(",\n")}\n)\n`);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      await complain(`${name} -> ERROR: org.apache.kafka.common.errors.DisconnectException\n`);
    }
  }
  return 0;
};

/** "a=1,b=[2,3]" */
function addConfigs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, key, list, plain] of text.matchAll(/([^=,\s]+)=(?:\[([^\]]*)\]|([^,]*))(?:,|$)/g))
    if (key !== undefined) found[key] = (list ?? plain ?? "").trim();
  return found;
}

const configs: Tool = async (context) => {
  const { options, out } = context;
  const admin = client(context);
  const pairs: [kind: string, name: string | undefined][] = [
    ...options.all("topic").map((name) => ["topics", name] as [string, string]),
    ...options.all("broker").map((name) => ["brokers", name] as [string, string]),
  ];
  if (options.has("broker-defaults")) pairs.push(["brokers", ""]);
  for (const kind of options.all("entity-type"))
    pairs.push([kind, options.has("entity-default") ? "" : options.get("entity-name")]);
  const [first] = pairs;
  if (first === undefined)
    throw new UsageError(
      "At least one of --entity-type, --topic, --broker or --broker-defaults must be specified with --describe or --alter",
    );
  const [kind, name] = first;
  if (kind !== "topics" && kind !== "brokers") throw new UsageError(`entities of type ${kind} are not supported here`);
  const { image } = await admin.metadata(late("describeConfigs"));
  if (options.has("alter")) {
    if (name === undefined) throw new UsageError("an entity name must be specified with --alter of topics or brokers");
    const values: Record<string, string | null> = { ...addConfigs(options.get("add-config") ?? "") };
    for (const key of (options.get("delete-config") ?? "").split(",").filter(Boolean)) values[key] = null;
    if (Object.keys(values).length === 0)
      throw new UsageError(
        "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
      );
    if (kind === "topics" && image.topics[name] === undefined)
      throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", `The topic '${name}' does not exist.`);
    await admin.admin("incrementalAlterConfigs", {
      op: "alterConfig",
      kind: kind === "topics" ? "topic" : "broker",
      name,
      values,
    });
    const what =
      kind === "topics"
        ? `config for topic ${name}`
        : name === ""
          ? "default config for brokers in the cluster"
          : `config for broker ${name}`;
    await out(`Completed updating ${what}.\n`);
    return 0;
  }
  if (!options.has("describe")) throw new UsageError("Command must include exactly one action: --describe, --alter");
  await out(describeConfigs(image, kind, name, options.has("all")));
  return 0;
};

function describeConfigs(
  image: ClusterImage,
  kind: "topics" | "brokers",
  name: string | undefined,
  all: boolean,
): string {
  const names =
    name !== undefined ? [name] : kind === "topics" ? Object.keys(image.topics).sort() : Object.keys(image.brokers);
  return names
    .map((one) => {
      const own = kind === "topics" ? image.topics[one]?.configs : image.brokerConfigs[one];
      if (kind === "topics" && own === undefined)
        throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", `The topic '${one}' does not exist.`);
      const title =
        kind === "topics" ? `topic ${one}` : one === "" ? "default brokers in the cluster" : `broker ${one}`;
      const source =
        kind === "topics"
          ? "DYNAMIC_TOPIC_CONFIG"
          : one === ""
            ? "DYNAMIC_DEFAULT_BROKER_CONFIG"
            : "DYNAMIC_BROKER_CONFIG";
      const standard = all && kind === "topics" ? TOPIC_CONFIGS : {};
      const keys = [...new Set([...Object.keys(own ?? {}), ...Object.keys(standard)])].sort();
      const lines = keys.map((key) => {
        const value = own?.[key];
        const fallback = TOPIC_CONFIGS[key];
        const synonyms = [
          ...(value === undefined ? [] : [`${source}:${key}=${value}`]),
          ...(kind === "topics" && fallback !== undefined ? [`DEFAULT_CONFIG:${key}=${fallback}`] : []),
        ];
        return `  ${key}=${value ?? fallback} sensitive=false synonyms={${synonyms.join(", ")}}\n`;
      });
      return `${all ? "All" : "Dynamic"} configs for ${title} are:\n${lines.join("")}`;
    })
    .join("");
}

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

const quorum: Tool = async (context) => {
  const { options, out, version } = context;
  const reply = await client(context).admin<QuorumReply>("describeMetadataQuorum", { op: "quorum" });
  if (options.has("replication")) {
    const row = (id: number, end: number, status: string) =>
      [
        id,
        ...(atLeast(version, 3, 9) ? ["AAAAAAAAAAAAAAAAAAAAAA"] : []),
        end,
        Math.max(0, reply.highWatermark - end),
        context.process.clock.now(),
        context.process.clock.now(),
        status,
      ].join("\t");
    const header = [
      "NodeId",
      ...(atLeast(version, 3, 9) ? ["DirectoryId"] : []),
      "LogEndOffset",
      "Lag",
      "LastFetchTimestamp",
      "LastCaughtUpTimestamp",
      "Status",
    ].join("\t");
    const lines = [
      ...reply.voters.map(({ id, end }) => row(id, end, id === reply.leader ? "Leader" : "Follower")),
      ...reply.observers.map(({ id, end }) => row(id, end, "Observer")),
    ];
    await out(`${header}\t\n${lines.map((line) => `${line}\t\n`).join("")}`);
    return 0;
  }
  if (!options.has("status"))
    throw new UsageError("One of --status or --replication must be specified with describe sub-command");
  const reached = reply.voters.filter(({ end }) => end >= 0);
  const lag = Math.max(0, ...reached.map(({ end }) => reply.highWatermark - end));
  const node = ({ id, endpoint }: { id: number; endpoint?: string }) =>
    atLeast(version, 3, 9)
      ? `{"id": ${id}, "directoryId": null${endpoint === undefined ? "" : `, "endpoints": ["${endpoint}"]`}}`
      : String(id);
  const apart = atLeast(version, 3, 9) ? ", " : ",";
  const lines: readonly (readonly [string, string | number])[] = [
    ["ClusterId:", reply.clusterId],
    ["LeaderId:", reply.leader],
    ["LeaderEpoch:", reply.epoch],
    ["HighWatermark:", reply.highWatermark],
    ["MaxFollowerLag:", lag],
    ["MaxFollowerLagTimeMs:", reply.voters.length === 1 ? 0 : lag === 0 ? 0 : -1],
    ["CurrentVoters:", `[${reply.voters.map(node).join(apart)}]`],
    ["CurrentObservers:", `[${reply.observers.map(({ id }) => node({ id })).join(apart)}]`],
  ];
  await out(lines.map(([name, value]) => `${name.padEnd(24)}${value}\n`).join(""));
  return 0;
};

const logDirs: Tool = async (context) => {
  const { out } = context;
  const admin = client(context);
  const { brokers } = await admin.metadata(late("describeLogDirs"));
  const found: unknown[] = [];
  for (const { id } of brokers) {
    const partitions = await admin.askBroker<{ topic: string; index: number; size: number }[]>(id, { op: "logDirs" });
    found.push({
      broker: id,
      logDirs: [
        {
          partitions: partitions.map(({ topic, index, size }) => ({
            partition: `${topic}-${index}`,
            size,
            offsetLag: 0,
            isFuture: false,
          })),
          error: null,
        },
      ],
    });
  }
  await out(
    `Querying brokers for log directories information\nReceived log directory information from brokers ${brokers.map(({ id }) => id).join(",")}\n${JSON.stringify({ brokers: found, version: 1 })}\n`,
  );
  return 0;
};

const cluster: Tool = async (context) => {
  const { options, out } = context;
  const admin = client(context);
  if (options.has("id")) {
    await admin.admin("unregisterBroker", { op: "unregister", id: Number(options.get("id")) });
    await out(`Broker ${options.get("id")} is no longer registered.\n`);
    return 0;
  }
  const { clusterId } = await admin.metadata(late("describeCluster"));
  await out(`Cluster ID: ${clusterId}\n`);
  return 0;
};

const SERVERS = { "bootstrap-server": "value", "command-config": "value", "bootstrap-controller": "value" } as const;

export const ADMIN_TOOLS = {
  "kafka-broker-api-versions": { run: apiVersions, spec: SERVERS },
  "kafka-configs": {
    run: configs,
    spec: {
      ...SERVERS,
      alter: "flag",
      describe: "flag",
      all: "flag",
      "entity-type": "value",
      "entity-name": "value",
      "entity-default": "flag",
      topic: "value",
      broker: "value",
      "broker-defaults": "flag",
      "add-config": "value",
      "delete-config": "value",
    },
  },
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
  "kafka-metadata-quorum": { run: quorum, spec: { ...SERVERS, status: "flag", replication: "flag" } },
  "kafka-log-dirs": {
    run: logDirs,
    spec: { ...SERVERS, describe: "flag", "broker-list": "value", "topic-list": "value" },
  },
  "kafka-cluster": { run: cluster, spec: { ...SERVERS, id: "value" } },
} as const;
