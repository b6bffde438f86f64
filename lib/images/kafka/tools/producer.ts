/** kafka-console-producer.sh: a line, a record. */
import { StreamReader } from "../../kit/reader.ts";
import { exceptionText, KafkaError } from "../errors.ts";
import { stamp } from "../server-log.ts";
import { atLeast } from "../version.ts";
import { type KafkaClient, TimedOut } from "./client.ts";
import { murmur2 } from "./murmur.ts";
import { clientSettings, UsageError } from "./options.ts";
import { bootstrapOf, type Tool, type ToolContext } from "./tool.ts";

const DELIVERY_TIMEOUT_MS = 120_000;
const SENDER = "org.apache.kafka.clients.producer.internals.Sender";
/** Errors that a producer tries again after. */
const AGAIN = new Set([
  "NOT_ENOUGH_REPLICAS",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "NOT_LEADER_OR_FOLLOWER",
  "LEADER_NOT_AVAILABLE",
  "REQUEST_TIMED_OUT",
  "UNKNOWN_TOPIC_OR_PARTITION",
]);

/** What the line reader can be told. */
const READ = new Set(["topic", "parse.key", "key.separator", "ignore.error", "null.marker"]);

interface Settings {
  readonly topic: string;
  readonly acks: number;
  readonly retries: number;
  readonly backoffMs: number;
  readonly requestTimeoutMs: number;
}

function acksOf(text: string): number {
  if (text === "all" || text === "-1") return -1;
  if (text === "0" || text === "1") return Number(text);
  throw new UsageError(`Invalid value ${text} for configuration acks: String must be one of: all, -1, 0, 1`);
}

const producer: Tool = async (context) => {
  const { options, process, version } = context;
  const more = new Map([...options.pairs("producer-property"), ...options.pairs("command-property")]);
  const settings = clientSettings(process, options.get("producer.config") ?? options.get("command-config"), more);
  const read = new Map([...options.pairs("property"), ...options.pairs("reader-property")]);
  const standard = atLeast(version, 3, 0) ? "-1" : "1";
  const how: Settings = {
    topic: options.require("topic"),
    acks: acksOf(options.get("request-required-acks") ?? settings.get("acks") ?? standard),
    retries: Number(options.get("message-send-max-retries") ?? settings.get("retries") ?? 3),
    backoffMs: Number(options.get("retry-backoff-ms") ?? settings.get("retry.backoff.ms") ?? 100),
    requestTimeoutMs: Number(options.get("request-timeout-ms") ?? settings.get("request.timeout.ms") ?? 1500),
  };
  const client = context.connect(bootstrapOf(context), "Producer clientId=console-producer");
  const lines = new StreamReader(process.stdin);
  const parse = read.get("parse.key") === "true";
  const separator = read.get("key.separator") ?? "\t";
  const marker = read.get("null.marker");
  for (const name of read.keys())
    if (!READ.has(name)) throw new UsageError(`the property ${name} of the line reader is not supported here`);
  const terminal = process.isTerminal(0);
  let sent = 0;
  for (;;) {
    if (terminal) await context.out(">");
    const line = await lines.line(8 * 1024 * 1024);
    if (line === undefined) return 0;
    const at = parse ? line.indexOf(separator) : -1;
    if (parse && at === -1) {
      await context.complain(
        `org.apache.kafka.common.KafkaException: No key separator found on line number ${sent + 1}: '${line}'\n`,
      );
      return 1;
    }
    const marked = (text: string) => (marker !== undefined && text === marker ? null : text);
    const key = at === -1 ? null : marked(line.slice(0, at));
    await send(context, client, how, key, marked(at === -1 ? line : line.slice(at + separator.length)), sent++);
  }
};

/** Sends one record; what finally fails is told and forgotten, as the real one does. */
async function send(
  context: ToolContext,
  client: KafkaClient,
  how: Settings,
  key: string | null,
  value: string | null,
  number: number,
): Promise<void> {
  const { process, complain } = context;
  const { clock } = process;
  const began = clock.now();
  const { topic } = how;
  let left = how.retries;
  const late = `Topic ${topic} not present in metadata after 60000 ms.`;
  for (let round = 0; ; round++) {
    let failure: KafkaError;
    let index = 0;
    try {
      const { image } = await client.metadata(late, 60_000, [topic], true);
      const partitions = image.topics[topic]?.partitions ?? [];
      // Without a key, records stick to one partition.
      index =
        key === null
          ? process.pid % Math.max(1, partitions.length)
          : murmur2(new TextEncoder().encode(key)) % Math.max(1, partitions.length);
      const leader = partitions[index]?.leader ?? -1;
      if (leader === -1) throw new KafkaError("LEADER_NOT_AVAILABLE");
      const records = [{ key, value }];
      const timeoutMs = Math.max(how.requestTimeoutMs, 1500);
      await client.askBroker(leader, { op: "produce", topic, index, acks: how.acks, timeoutMs, records });
      return;
    } catch (error) {
      if (error instanceof TimedOut && error.message === late)
        return failed(context, key, value, `org.apache.kafka.common.errors.TimeoutException: ${late}`);
      if (!(error instanceof KafkaError)) throw error;
      failure = error;
    }
    // A broker that does not answer costs time, not a try.
    const counted = failure.code !== "LEADER_NOT_AVAILABLE";
    if (!AGAIN.has(failure.code) || (counted && left === 0)) return failed(context, key, value, exceptionText(failure));
    if (clock.now() - began >= DELIVERY_TIMEOUT_MS)
      return failed(
        context,
        key,
        value,
        `org.apache.kafka.common.errors.TimeoutException: Expiring 1 record(s) for ${topic}-${index}:${clock.now() - began} ms has passed since batch creation`,
      );
    if (counted) {
      left--;
      await complain(
        `${stamp(clock.now())} WARN [Producer clientId=console-producer] Got error produce response with correlation id ${number + round + 4} on topic-partition ${topic}-${index}, retrying (${left} attempts left). Error: ${failure.code} (${SENDER})\n`,
      );
    }
    await clock.sleep(counted ? how.backoffMs : Math.max(how.backoffMs, 1000), process.signal);
  }
}

async function failed(
  { process, complain }: ToolContext,
  key: string | null,
  value: string | null,
  exception: string,
): Promise<void> {
  const size = (text: string | null) => (text === null ? "null" : `${new TextEncoder().encode(text).length} bytes`);
  await complain(
    `${stamp(process.clock.now())} ERROR Error when sending message to topic ${process.argv[process.argv.indexOf("--topic") + 1] ?? ""} with key: ${size(key)}, value: ${size(value)} with error: (org.apache.kafka.clients.producer.internals.ErrorLoggingCallback)\n${exception}\n`,
  );
}

export const PRODUCER_TOOLS = {
  "kafka-console-producer": {
    run: producer,
    spec: {
      "bootstrap-server": "value",
      "broker-list": "value",
      topic: "value",
      "request-required-acks": "value",
      "request-timeout-ms": "value",
      "message-send-max-retries": "value",
      "retry-backoff-ms": "value",
      "producer-property": "value",
      "command-property": "value",
      "producer.config": "value",
      "command-config": "value",
      property: "value",
      "reader-property": "value",
      sync: "flag",
      "batch-size": "value",
      timeout: "value",
      "compression-codec": "value",
    },
  },
} as const;
