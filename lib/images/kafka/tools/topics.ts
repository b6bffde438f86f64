/** kafka-topics.sh, kafka-get-offsets.sh. */
import type { Process } from "../../../machine/index.ts";
import { exceptionText, KafkaError } from "../errors.ts";
import type { ClusterImage, TopicRecord } from "../model.ts";
import { aliveBrokers } from "../model.ts";
import { stamp } from "../server-log.ts";
import { atLeast } from "../version.ts";
import { ZooKeeperSession } from "../zookeeper.ts";
import { UsageError } from "./options.ts";
import { bootstrapOf, type Tool } from "./tool.ts";

const SPEC = {
  "bootstrap-server": "value",
  "command-config": "value",
  zookeeper: "value",
  create: "flag",
  delete: "flag",
  describe: "flag",
  list: "flag",
  alter: "flag",
  topic: "value",
  "topic-id": "value",
  partitions: "value",
  "replication-factor": "value",
  "replica-assignment": "value",
  config: "value",
  "delete-config": "value",
  "if-exists": "flag",
  "if-not-exists": "flag",
  "exclude-internal": "flag",
  "under-replicated-partitions": "flag",
  "unavailable-partitions": "flag",
  "under-min-isr-partitions": "flag",
  "at-min-isr-partitions": "flag",
  "topics-with-overrides": "flag",
  force: "flag",
} as const;

/** Where the brokers of a cluster listen, as ZooKeeper knows: what tools before 3.0 asked it. */
async function brokersOf(process: Process, connect: string): Promise<string> {
  const slash = connect.indexOf("/");
  const [servers, root] = slash === -1 ? [connect, ""] : [connect.slice(0, slash), connect.slice(slash)];
  const session = await ZooKeeperSession.open(process, servers);
  if (session === undefined)
    throw new UsageError(
      `Exception in thread "main" kafka.zookeeper.ZooKeeperClientTimeoutException: Timed out waiting for connection while in state: CONNECTING`,
    );
  try {
    const reply = await session.ask({ op: "list", path: `${root}/brokers/ids` });
    const ids = "error" in reply ? [] : (reply.names ?? []);
    const found: string[] = [];
    for (const id of ids) {
      const { host, port } = JSON.parse((await session.get(`${root}/brokers/ids/${id}`)) ?? "{}") as {
        host?: string;
        port?: number;
      };
      if (host !== undefined) found.push(`${host}:${port}`);
    }
    if (found.length === 0) throw new UsageError("Error while executing topic command : no brokers are registered");
    return found.join(",");
  } finally {
    session.close();
  }
}

const joined = (ids: readonly number[]) => ids.join(",");

function matching(image: ClusterImage, pattern: string | undefined, internal: boolean): TopicRecord[] {
  const whole =
    pattern === undefined
      ? undefined
      : new RegExp(`^(?:${pattern.replace(/[^\w.*+|()\-[\]?^$\\,]/g, "").replaceAll(",", "|")})$`);
  return Object.values(image.topics)
    .filter(({ name }) => (whole === undefined || whole.test(name)) && (internal || !name.startsWith("__")))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const topics: Tool = async (context) => {
  const { options, out, complain, process, version } = context;
  if (options.has("zookeeper") && atLeast(version, 3, 0)) throw new UsageError("zookeeper is not a recognized option");
  const actions = ["create", "list", "alter", "describe", "delete"].filter((name) => options.has(name));
  const [action] = actions;
  if (action === undefined || actions.length > 1)
    throw new UsageError("Command must include exactly one action: --list, --describe, --create, --alter or --delete");
  const servers = options.has("zookeeper")
    ? await brokersOf(process, options.require("zookeeper"))
    : bootstrapOf(context);
  const client = context.connect(servers, "AdminClient clientId=adminclient-1");
  const name = options.get("topic");
  const logger = atLeast(version, 3, 7) ? "org.apache.kafka.tools.TopicCommand" : "kafka.admin.TopicCommand$";
  const refuse = async (error: KafkaError) => {
    await out(`Error while executing topic command : ${error.message}\n`);
    await complain(`${stamp(process.clock.now())} ERROR ${exceptionText(error)}\n (${logger})\n`);
    return 1;
  };
  const missing = () => new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", `Topic '${name}' does not exist as expected`);
  try {
    if (action === "create") {
      if (name === undefined) throw new UsageError('Missing required argument "[topic]"');
      const partitions = Number(options.get("partitions") ?? -1);
      const replicationFactor = Number(options.get("replication-factor") ?? -1);
      const assignment = options
        .get("replica-assignment")
        ?.split(",")
        .map((one) => one.split(":").map(Number));
      if (/[._]/.test(name))
        await out(
          "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.\n",
        );
      const configs = Object.fromEntries(options.pairs("config"));
      try {
        await client.admin("createTopics", {
          op: "createTopic",
          topic: { name, partitions, replicationFactor, assignment, configs },
        });
      } catch (error) {
        if (error instanceof KafkaError && error.code === "TOPIC_ALREADY_EXISTS" && options.has("if-not-exists"))
          return 0;
        throw error;
      }
      await out(atLeast(version, 2, 2) ? `Created topic ${name}.\n` : `Created topic "${name}".\n`);
      return 0;
    }
    const { image } = await client.metadata("Timed out waiting for a node assignment. Call: listTopics");
    const found = matching(image, name, !options.has("exclude-internal"));
    if (action === "list") {
      await out(found.map((topic) => `${topic.name}\n`).join(""));
      return 0;
    }
    if (name !== undefined && found.length === 0) {
      if (options.has("if-exists")) return 0;
      throw missing();
    }
    if (action === "delete") {
      if (name === undefined) throw new UsageError('Missing required argument "[topic]"');
      for (const topic of found) {
        await client.admin("deleteTopics", { op: "deleteTopic", name: topic.name });
        if (options.has("zookeeper"))
          await out(
            `Topic ${topic.name} is marked for deletion.\nNote: This will have no impact if delete.topic.enable is not set to true.\n`,
          );
      }
      return 0;
    }
    if (action === "alter") {
      const count = Number(options.get("partitions") ?? Number.NaN);
      if (name === undefined || Number.isNaN(count)) throw new UsageError('Missing required argument "[partitions]"');
      for (const topic of found)
        await client.admin("createPartitions", { op: "addPartitions", name: topic.name, count });
      return 0;
    }
    await out(found.map((topic) => describe(context, image, topic)).join(""));
    return 0;
  } catch (error) {
    if (error instanceof KafkaError) return refuse(error);
    throw error;
  }
};

function describe({ options, version }: Parameters<Tool>[0], image: ClusterImage, topic: TopicRecord): string {
  const alive = aliveBrokers(image);
  const least = Number(topic.configs["min.insync.replicas"] ?? image.brokerConfigs[""]?.["min.insync.replicas"] ?? 1);
  const filters: Readonly<Record<string, (partition: TopicRecord["partitions"][number]) => boolean>> = {
    "under-replicated-partitions": ({ isr, replicas, adding }) => isr.length < replicas.length - adding.length,
    "unavailable-partitions": ({ leader }) => leader === -1 || !alive.includes(leader),
    "under-min-isr-partitions": ({ isr, leader }) => (leader === -1 ? 0 : isr.length) < least,
    "at-min-isr-partitions": ({ isr }) => isr.length === least,
  };
  const chosen = Object.keys(filters).filter((filter) => options.has(filter));
  const elr = atLeast(version, 4, 0)
    ? "\tElr: \tLastKnownElr: "
    : atLeast(version, 3, 7)
      ? "\tElr: N/A\tLastKnownElr: N/A"
      : "";
  const lines = topic.partitions.flatMap((partition, index) => {
    if (chosen.length > 0 && !chosen.some((filter) => filters[filter]?.(partition) === true)) return [];
    const { leader, replicas, isr, adding, removing } = partition;
    const moving =
      adding.length + removing.length === 0
        ? ""
        : `\tAdding Replicas: ${joined(adding)}\tRemoving Replicas: ${joined(removing)}`;
    return [
      `\tTopic: ${topic.name}\tPartition: ${index}\tLeader: ${leader === -1 ? "none" : leader}\tReplicas: ${joined(replicas)}\tIsr: ${joined(isr)}${moving}${elr}\n`,
    ];
  });
  if (chosen.length > 0) return lines.join("");
  const configs = Object.entries(topic.configs).map(([key, value]) => `${key}=${value}`);
  if (options.has("topics-with-overrides") && configs.length === 0) return "";
  const factor = topic.partitions[0]?.replicas.length ?? 0;
  if (!atLeast(version, 2, 4)) {
    const head = `Topic:${topic.name}\tPartitionCount:${topic.partitions.length}\tReplicationFactor:${factor}\tConfigs:${configs.join(",")}\n`;
    return head + lines.join("");
  }
  const id = atLeast(version, 2, 8) ? `TopicId: ${topic.id}\t` : "";
  const head = `Topic: ${topic.name}\t${id}PartitionCount: ${topic.partitions.length}\tReplicationFactor: ${factor}\tConfigs: ${configs.join(",")}\n`;
  return options.has("topics-with-overrides") ? head : head + lines.join("");
}

const getOffsets: Tool = async (context) => {
  const { options, out, complain } = context;
  const client = context.connect(bootstrapOf(context), "AdminClient clientId=GetOffsetShell");
  const { image } = await client.metadata("Timed out waiting for a node assignment. Call: listTopics");
  const time =
    { latest: -1, earliest: -2, "-1": -1, "-2": -2 }[options.get("time") ?? "latest"] ?? Number(options.get("time"));
  if (Number.isNaN(time))
    throw new UsageError(
      `Malformed time argument ${options.get("time")}, please use -1 or latest / -2 or earliest, or a specified long format timestamp`,
    );
  for (const { name, partitions } of matching(image, options.get("topic"), !options.has("exclude-internal-topics"))) {
    for (const [index, { leader }] of partitions.entries()) {
      try {
        const offset = await client.askBroker<number>(leader, { op: "offsets", topic: name, index, time });
        if (offset !== -1) await out(`${name}:${index}:${offset}\n`);
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        await complain(`Skip getting offsets for topic-partition ${name}-${index} due to error: ${error.message}\n`);
      }
    }
  }
  return 0;
};

export const TOPIC_TOOLS = {
  "kafka-topics": { run: topics, spec: SPEC },
  "kafka-get-offsets": {
    run: getOffsets,
    spec: {
      "bootstrap-server": "value",
      "broker-list": "value",
      topic: "value",
      time: "value",
      "exclude-internal-topics": "flag",
      "command-config": "value",
    },
  },
} as const;
