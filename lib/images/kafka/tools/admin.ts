/** The tools that look after a cluster: configs, the quorum, versions, sizes. */
import { TOPIC_CONFIGS } from "../decisions.ts";
import { KafkaError } from "../errors.ts";
import type { QuorumReply } from "../messages.ts";
import type { ClusterImage } from "../model.ts";
import { atLeast } from "../version.ts";
import { UsageError } from "./options.ts";
import { bootstrapOf, type Tool, type ToolContext } from "./tool.ts";

export const late = (call: string) => `Timed out waiting for a node assignment. Call: ${call}`;
export const client = (context: ToolContext) =>
  context.connect(bootstrapOf(context), "AdminClient clientId=adminclient-1");

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

export const SERVERS = {
  "bootstrap-server": "value",
  "command-config": "value",
  "bootstrap-controller": "value",
} as const;

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
  "kafka-metadata-quorum": { run: quorum, spec: { ...SERVERS, status: "flag", replication: "flag" } },
  "kafka-log-dirs": {
    run: logDirs,
    spec: { ...SERVERS, describe: "flag", "broker-list": "value", "topic-list": "value" },
  },
  "kafka-cluster": { run: cluster, spec: { ...SERVERS, id: "value" } },
} as const;
