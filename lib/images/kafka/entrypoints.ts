/** How each image makes server.properties out of its environment, formats its storage and starts the server. */
import type { Process } from "../../machine/index.ts";
import { parseProperties } from "./config.ts";
import { randomUuid, readMeta } from "./storage.ts";

/** Variables that say something to the scripts or the JVM, not to Kafka. */
const NOT_SETTINGS =
  /^KAFKA_(VERSION|HEAP_OPTS|OPTS|JVM_PERFORMANCE_OPTS|GC_LOG_OPTS|LOG4J_.*|TOOLS_LOG4J_.*|JMX_.*|DEBUG|HOME|SERVICE_(HOST|PORT).*|PORT(_.*)?|CFG_.*|KRAFT_CLUSTER_ID|CLUSTER_ID|.*_(SERVICE_HOST|SERVICE_PORT.*|PORT|PORT_\d+_TCP.*))$/;

/** KAFKA_LOG_DIRS is log.dirs; "__" is "_", "___" is "-". */
export const propertyOf = (name: string) =>
  name.toLowerCase().replaceAll("___", "-").replaceAll("__", "\0").replaceAll("_", ".").replaceAll("\0", "_");

function settings(process: Process, prefix: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of process.env) {
    if (!name.startsWith(prefix) || (prefix === "KAFKA_" && NOT_SETTINGS.test(name))) continue;
    found.set(propertyOf(name.slice(prefix.length)), value);
  }
  return found;
}

function write(process: Process, path: string, values: ReadonlyMap<string, string>): void {
  process.files.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  process.files.writeFile(path, [...values].map(([key, value]) => `${key}=${value}\n`).join(""));
}

/** Runs kafka-storage.sh where the directory is not formatted yet; resolves with its status. */
async function format(process: Process, storage: string, config: string, clusterId: string): Promise<number> {
  return (
    await process.spawn({ argv: [storage, "format", "--ignore-formatted", "-t", clusterId, "-c", config] }).exited
  ).code;
}

const DEFAULTS: readonly (readonly [string, string])[] = [
  ["process.roles", "broker,controller"],
  ["node.id", "1"],
  ["controller.quorum.voters", "1@localhost:9093"],
  ["listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"],
  ["advertised.listeners", "PLAINTEXT://localhost:9092"],
  ["inter.broker.listener.name", "PLAINTEXT"],
  ["controller.listener.names", "CONTROLLER"],
  ["listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"],
  ["log.dirs", "/tmp/kraft-combined-logs"],
  ["num.partitions", "1"],
  ["offsets.topic.replication.factor", "1"],
  ["transaction.state.log.replication.factor", "1"],
  ["transaction.state.log.min.isr", "1"],
];

/** An entry point that only runs what it is given. */
export const passOn = (process: Process) => process.execute({ argv: process.argv.slice(1) });

/** apache/kafka: settings of the environment, or, where there are none, one node that is everything. */
export async function apacheRun(process: Process): Promise<number> {
  await process.stdout.write("===> User\n===> Setting default values of environment variables if not already set.\n");
  const clusterId = process.env.get("CLUSTER_ID") || "5L6g3nShT-eMCtK--X86sw";
  await process.stdout.write(
    `CLUSTER_ID ${process.env.has("CLUSTER_ID") ? "set" : 'not set. Setting it to default value: "5L6g3nShT-eMCtK--X86sw"'}\n===> Configuring ...\n`,
  );
  const config = "/opt/kafka/config/server.properties";
  const own = settings(process, "KAFKA_");
  const mounted = "/mnt/shared/config/server.properties";
  const base = process.files.exists(mounted)
    ? parseProperties(process.files.readText(mounted))
    : own.size === 0
      ? new Map(DEFAULTS)
      : new Map();
  write(process, config, new Map([...base, ...own]));
  await process.stdout.write("===> Launching ... \n===> Using provided cluster id " + `${clusterId} ...\n`);
  const status = await format(process, "/opt/kafka/bin/kafka-storage.sh", config, clusterId);
  if (status !== 0) return status;
  return process.execute({ argv: ["/opt/kafka/bin/kafka-server-start.sh", config] });
}

/** confluentinc/cp-kafka: wants its advertised listeners and, with KRaft, its cluster's id to be given. */
export async function confluentRun(process: Process): Promise<number> {
  const { env, stdout } = process;
  await stdout.write("===> User\nuid=1000(appuser) gid=1000(appuser) groups=1000(appuser)\n===> Configuring ...\n");
  const roles = env.get("KAFKA_PROCESS_ROLES");
  const needed = roles === undefined ? ["KAFKA_ZOOKEEPER_CONNECT"] : ["CLUSTER_ID"];
  if (roles === undefined || roles.includes("broker")) needed.push("KAFKA_ADVERTISED_LISTENERS");
  for (const name of needed) {
    if (env.get(name)) continue;
    await stdout.write(`${name} is required.\nCommand [/usr/local/bin/dub ensure ${name}] FAILED !\n`);
    return 1;
  }
  if (env.get("KAFKA_PORT")) {
    // What a Service named "kafka" leaves in the environment of every Pod of its namespace.
    await stdout.write("port is deprecated. Please use KAFKA_ADVERTISED_LISTENERS instead.\n");
    return 1;
  }
  const values = settings(process, "KAFKA_");
  if (!values.has("log.dirs")) values.set("log.dirs", "/var/lib/kafka/data");
  if (!values.has("listeners"))
    values.set("listeners", (values.get("advertised.listeners") ?? "").replace(/:\/\/[^:,]+:/g, "://0.0.0.0:"));
  const config = "/etc/kafka/kafka.properties";
  write(process, config, values);
  await stdout.write("===> Running preflight checks ... \n===> Check if /var/lib/kafka/data is writable ...\n");
  if (roles !== undefined) {
    const clusterId = env.get("CLUSTER_ID") ?? "";
    await stdout.write(`===> Using provided cluster id ${clusterId} ...\n`);
    const status = await format(process, "/usr/bin/kafka-storage", config, clusterId);
    if (status !== 0) return status;
  }
  await stdout.write("===> Launching ... \n===> Launching kafka ... \n");
  return process.execute({ argv: ["/usr/bin/kafka-server-start", config] });
}

/** bitnami/kafka: KAFKA_CFG_* over its own defaults; a cluster id of its own where none is given. */
export async function bitnamiRun(process: Process): Promise<number> {
  const stamp = new Date(process.clock.now()).toISOString().slice(11, 19);
  const say = (text: string) => process.stderr.write(`kafka ${stamp}.00 INFO  ==> ${text}\n`);
  const config = "/opt/bitnami/kafka/config/server.properties";
  const own = settings(process, "KAFKA_CFG_");
  const zookeeper = own.has("zookeeper.connect");
  const base = new Map(
    zookeeper
      ? []
      : DEFAULTS.filter(([key]) => key !== "advertised.listeners" && key !== "transaction.state.log.min.isr"),
  );
  base.set("log.dirs", "/bitnami/kafka/data");
  const mounted = "/bitnami/kafka/config/server.properties";
  const values = process.files.exists(mounted)
    ? parseProperties(process.files.readText(mounted))
    : new Map([...base, ...own]);
  await say("** Starting Kafka setup **");
  write(process, config, values);
  const dir = values.get("log.dirs") ?? "/bitnami/kafka/data";
  if (values.has("process.roles") && readMeta(process, dir) === undefined) {
    await say("Formatting storage directories to add metadata...");
    const status = await format(
      process,
      "/opt/bitnami/kafka/bin/kafka-storage.sh",
      config,
      process.env.get("KAFKA_KRAFT_CLUSTER_ID") || randomUuid(process),
    );
    if (status !== 0) return status;
  }
  await say("** Kafka setup finished! **");
  await say("** Starting Kafka **");
  return process.execute({ argv: ["/opt/bitnami/kafka/bin/kafka-server-start.sh", config] });
}
