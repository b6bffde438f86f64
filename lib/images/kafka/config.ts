/** server.properties as KafkaConfig reads it (core/src/main/scala/kafka/server/KafkaConfig.scala). */
import type { Process } from "../../machine/index.ts";
import type { Endpoint } from "./model.ts";

export interface Voter {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

export interface KafkaConfig {
  readonly nodeId: number;
  readonly broker: boolean;
  readonly controller: boolean;
  /** Where to listen; "" and 0.0.0.0 are all addresses. */
  readonly listeners: readonly Endpoint[];
  readonly advertised: readonly Endpoint[];
  readonly interBroker: string;
  readonly controllerListeners: readonly string[];
  readonly voters: readonly Voter[];
  /** ZooKeeper mode: its servers and the chroot ("" for none). */
  readonly zookeeper: { readonly servers: string; readonly root: string } | undefined;
  readonly logDir: string;
  readonly metadataDir: string;
  readonly rack: string | undefined;
  readonly values: ReadonlyMap<string, string>;
  number(key: keyof typeof NUMBERS): number;
  flag(key: keyof typeof FLAGS): boolean;
}

export const NUMBERS = {
  "num.partitions": 1,
  "default.replication.factor": 1,
  "min.insync.replicas": 1,
  "offsets.topic.num.partitions": 50,
  "offsets.topic.replication.factor": 3,
  "broker.session.timeout.ms": 9000,
  "zookeeper.session.timeout.ms": 18_000,
  "replica.lag.time.max.ms": 30_000,
  "log.segment.bytes": 1_073_741_824,
  "message.max.bytes": 1_048_588,
  "group.initial.rebalance.delay.ms": 3000,
  "log.retention.check.interval.ms": 300_000,
  "log.cleaner.backoff.ms": 15_000,
} as const;

export const FLAGS = {
  "auto.create.topics.enable": true,
  "delete.topic.enable": true,
  "unclean.leader.election.enable": false,
  "controlled.shutdown.enable": true,
  "log.cleaner.enable": true,
} as const;

/** The server does not start with this; the message is Kafka's. */
export class KafkaConfigError extends Error {}

/** Java's properties: key=value or key: value, "#" and "!" comment, "\" goes on in the next line. */
export function parseProperties(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const raw of text.replace(/\\\r?\n\s*/g, "").split(/\r?\n/)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith("!")) continue;
    const match = /^([^=:\s]+)\s*[=:\s]\s*(.*)$/.exec(line);
    if (match?.[1] === undefined) values.set(line, "");
    else values.set(match[1], (match[2] ?? "").trim());
  }
  return values;
}

function parseListeners(text: string, key: string): Endpoint[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const match = /^([\w-]+):\/\/\[?([^\]]*?)\]?:(-?\d+)$/.exec(part);
      if (match === null) throw new KafkaConfigError(`Unable to parse ${part} to a broker endpoint`);
      const port = Number(match[3]);
      if (port < 0 || port > 65_535) throw new KafkaConfigError(`Invalid value ${text} for configuration ${key}`);
      return { listener: (match[1] ?? "").toUpperCase(), host: match[2] ?? "", port };
    });
}

const SECURE = /^(SASL_PLAINTEXT|SASL_SSL|SSL)$/;

/** The name a Java machine calls itself: the full one, where /etc/hosts has it. */
function canonicalHost(process: Process): string {
  const { hostname } = process.machine;
  const words = process.files.exists("/etc/hosts") ? process.files.readText("/etc/hosts").split(/\s+/) : [];
  return words.find((word) => word.startsWith(`${hostname}.`)) ?? hostname;
}

export function readConfig(process: Process, values: ReadonlyMap<string, string>, version: string): KafkaConfig {
  const get = (key: string) => {
    const value = values.get(key);
    return value === undefined || value === "" ? undefined : value;
  };
  const roles = (get("process.roles") ?? "")
    .split(",")
    .map((role) => role.trim())
    .filter(Boolean);
  const zookeeper = get("zookeeper.connect");
  const modern = Number(version.split(".")[0]) >= 4;
  if (roles.length === 0 && (modern || zookeeper === undefined)) {
    throw new KafkaConfigError(
      `Missing required configuration "${modern ? "process.roles" : "zookeeper.connect"}" which has no default value.`,
    );
  }
  if (modern && zookeeper !== undefined && roles.length > 0)
    throw new KafkaConfigError("zookeeper.connect: ZooKeeper is not supported by Kafka 4");
  const unknown = roles.find((role) => role !== "broker" && role !== "controller");
  if (unknown !== undefined)
    throw new KafkaConfigError(
      `Invalid value ${roles.join(",")} for configuration process.roles: Unknown process role '${unknown}' (only 'broker' and 'controller' are allowed roles)`,
    );
  const kraft = roles.length > 0;
  const [broker, controller] = [!kraft || roles.includes("broker"), roles.includes("controller")];
  const nodeId = Number(get("node.id") ?? get("broker.id") ?? -1);
  if (!Number.isInteger(nodeId))
    throw new KafkaConfigError(
      `Invalid value ${get("node.id") ?? get("broker.id")} for configuration node.id: Not a number of type INT`,
    );
  if (kraft && nodeId < 0)
    throw new KafkaConfigError('Missing required configuration "node.id" which has no default value.');
  const listeners = parseListeners(get("listeners") ?? `PLAINTEXT://:${get("port") ?? "9092"}`, "listeners");
  const ports = listeners.map(({ port }) => port).filter((port) => port !== 0);
  if (new Set(ports).size !== ports.length)
    throw new KafkaConfigError(`Each listener must have a different port, listeners: ${get("listeners")}`);
  const controllerListeners = (get("controller.listener.names") ?? "")
    .split(",")
    .map((name) => name.trim().toUpperCase())
    .filter(Boolean);
  const protocols = new Map(
    (get("listener.security.protocol.map") ?? "")
      .split(",")
      .filter(Boolean)
      .map((pair) => {
        const [name = "", protocol = ""] = pair.trim().split(":");
        return [name.toUpperCase(), protocol.toUpperCase()] as const;
      }),
  );
  for (const { listener } of listeners) {
    const standard = /^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$/.test(listener)
      ? listener
      : controllerListeners.includes(listener)
        ? "PLAINTEXT"
        : undefined;
    const protocol = protocols.get(listener) ?? standard;
    if (protocol === undefined) throw new KafkaConfigError(`No security protocol defined for listener ${listener}`);
    if (SECURE.test(protocol))
      throw new KafkaConfigError(`listener ${listener}: security protocol ${protocol} is not supported here`);
  }
  if (get("controller.quorum.bootstrap.servers") !== undefined && get("controller.quorum.voters") === undefined)
    throw new KafkaConfigError(
      "controller.quorum.bootstrap.servers: a quorum that changes its voters is not supported here; name them in controller.quorum.voters",
    );
  const voters = (get("controller.quorum.voters") ?? "")
    .split(",")
    .filter(Boolean)
    .map((text) => {
      const match = /^(\d+)@([^:]+):(\d+)$/.exec(text.trim());
      if (match === null)
        throw new KafkaConfigError(`Failed to parse voter ID as an integer from ${get("controller.quorum.voters")}`);
      return { id: Number(match[1]), host: match[2] ?? "", port: Number(match[3]) };
    });
  if (kraft && voters.length === 0)
    throw new KafkaConfigError(
      "If using process.roles, controller.quorum.voters must contain a parseable set of voters.",
    );
  if (kraft && controllerListeners.length === 0)
    throw new KafkaConfigError(`controller.listener.names must contain at least one value when running KRaft`);
  const voterText = `Set(${voters.map(({ id }) => id).join(", ")})`;
  if (controller && !voters.some(({ id }) => id === nodeId))
    throw new KafkaConfigError(
      `requirement failed: If process.roles contains the 'controller' role, the node id ${nodeId} must be included in the set of voters controller.quorum.voters=${voterText}`,
    );
  if (kraft && !controller && voters.some(({ id }) => id === nodeId))
    throw new KafkaConfigError(
      `requirement failed: If process.roles contains just the 'broker' role, the node id ${nodeId} must not be included in the set of voters controller.quorum.voters=${voterText}`,
    );
  if (controller && !listeners.some(({ listener }) => controllerListeners.includes(listener)))
    throw new KafkaConfigError(
      `requirement failed: There must be at least one controller listener configured in controller.listener.names=${controllerListeners.join(",")}`,
    );
  if (kraft && !controller && listeners.some(({ listener }) => controllerListeners.includes(listener)))
    throw new KafkaConfigError(
      "requirement failed: controller.listener.names must not contain a value appearing in the 'listeners' configuration when running KRaft with just the broker role",
    );
  const outward = listeners.filter(({ listener }) => !controllerListeners.includes(listener));
  const host = canonicalHost(process);
  const legacyHost = get("advertised.host.name");
  const advertised = broker
    ? (get("advertised.listeners") === undefined
        ? outward
        : parseListeners(get("advertised.listeners") ?? "", "advertised.listeners")
      ).map((endpoint) => ({ ...endpoint, host: endpoint.host === "" ? (legacyHost ?? host) : endpoint.host }))
    : [];
  if (advertised.some((endpoint) => endpoint.host === "0.0.0.0"))
    throw new KafkaConfigError(
      "requirement failed: advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.",
    );
  const interBroker = (
    get("inter.broker.listener.name") ??
    get("security.inter.broker.protocol") ??
    "PLAINTEXT"
  ).toUpperCase();
  if (broker && !advertised.some(({ listener }) => listener === interBroker))
    throw new KafkaConfigError(
      `requirement failed: inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options based on currently configured listeners are ${advertised.map(({ listener }) => listener).join(",")}`,
    );
  const logDir = (get("log.dirs") ?? get("log.dir") ?? "/tmp/kafka-logs").split(",").map((path) => path.trim());
  if (logDir.length > 1) throw new KafkaConfigError("log.dirs: several log directories are not supported here");
  const [first = "/tmp/kafka-logs"] = logDir;
  const slash = zookeeper?.indexOf("/") ?? -1;
  return {
    nodeId,
    broker,
    controller,
    listeners,
    advertised,
    interBroker,
    controllerListeners,
    voters,
    zookeeper:
      kraft || zookeeper === undefined
        ? undefined
        : {
            servers: slash === -1 ? zookeeper : zookeeper.slice(0, slash),
            root: slash === -1 ? "" : zookeeper.slice(slash).replace(/\/$/, ""),
          },
    logDir: first,
    metadataDir: get("metadata.log.dir") ?? first,
    rack: get("broker.rack"),
    values,
    number: (key) => Number(get(key) ?? NUMBERS[key]),
    flag: (key) => (get(key) === undefined ? FLAGS[key] : get(key) === "true"),
  };
}
