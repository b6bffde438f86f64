/** kafka-console-consumer.sh. */
import { isErrno } from "../../../machine/index.ts";
import { Feed } from "../../kit/feed.ts";
import { LinkLost, Refused, type RpcLink } from "../../kit/rpc.ts";
import { decodeError, KafkaError } from "../errors.ts";
import type { LogRecord } from "../log.ts";
import type { Assignment, FetchedPartition, FetchPartition, MetadataReply } from "../messages.ts";
import { stamp } from "../server-log.ts";
import { randomUuid } from "../storage.ts";
import type { KafkaClient } from "./client.ts";
import { clientSettings, UsageError } from "./options.ts";
import { bootstrapOf, type Tool, type ToolContext } from "./tool.ts";

const MAX_WAIT_MS = 30_000;
const COMMIT_MS = 5000;

type Item =
  | { readonly type: "record"; readonly topic: string; readonly index: number; readonly record: LogRecord }
  /** Something moved: a leader, or the own assignment. */
  | { readonly type: "again"; readonly assignment: Assignment | undefined }
  | { readonly type: "timeout" }
  | { readonly type: "stop"; readonly signal: string };

interface Plan {
  readonly topics: readonly string[];
  readonly group: string;
  /** Offsets are kept for the next one of the group. */
  readonly commits: boolean;
  readonly reset: "earliest" | "latest" | "none";
  /** One partition alone, from an offset on, without a group. */
  readonly only: { readonly index: number; readonly offset: number } | undefined;
}

function planOf({ options, process }: ToolContext, settings: ReadonlyMap<string, string>): Plan {
  const topic = options.get("topic");
  const include = options.get("include") ?? options.get("whitelist");
  if ((topic === undefined) === (include === undefined))
    throw new UsageError("Exactly one of --include/--topic is required.");
  const group = options.get("group") ?? settings.get("group.id");
  const partition = options.get("partition");
  if (partition !== undefined && group !== undefined)
    throw new UsageError("Options group and partition cannot be specified together.");
  const offset = options.get("offset");
  if (offset !== undefined && partition === undefined)
    throw new UsageError("The partition is required when offset is specified.");
  const first = options.has("from-beginning");
  const offsets: Readonly<Record<string, number>> = { earliest: -2, latest: -1 };
  const start = offset === undefined ? (first ? -2 : -1) : (offsets[offset] ?? Number(offset));
  if (Number.isNaN(start))
    throw new UsageError(
      `The provided offset value '${offset}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.`,
    );
  const reset = settings.get("auto.offset.reset") ?? (first ? "earliest" : "latest");
  return {
    topics: topic === undefined ? [] : [topic],
    group: group ?? `console-consumer-${Math.floor(process.clock.random() * 100_000)}`,
    commits: group !== undefined && settings.get("enable.auto.commit") !== "false",
    reset: reset === "earliest" || reset === "none" ? reset : "latest",
    only: partition === undefined ? undefined : { index: Number(partition), offset: start },
  };
}

const consumer: Tool = async (context) => {
  const { options, process, complain } = context;
  const more = new Map([...options.pairs("consumer-property"), ...options.pairs("command-property")]);
  const settings = clientSettings(process, options.get("consumer.config") ?? options.get("command-config"), more);
  const plan = planOf(context, settings);
  const client = context.connect(bootstrapOf(context), `Consumer clientId=console-consumer, groupId=${plan.group}`);
  const include = options.get("include") ?? options.get("whitelist");
  const late = "Timeout expired while fetching topic metadata";
  const first = await client.metadata(
    late,
    60_000,
    include === undefined ? plan.topics : undefined,
    include === undefined,
  );
  const names =
    include === undefined
      ? plan.topics
      : Object.keys(first.image.topics).filter((name) => new RegExp(`^(?:${include})$`).test(name));
  for (const name of names)
    if (first.image.topics[name] === undefined)
      await client.warn(
        `[Consumer clientId=console-consumer, groupId=${plan.group}] Error while fetching metadata with correlation id 2 : {${name}=UNKNOWN_TOPIC_OR_PARTITION}`,
        "org.apache.kafka.clients.NetworkClient",
      );
  const session = new Consumer(context, client, plan, names);
  try {
    return await session.run();
  } finally {
    if (!process.signal.aborted) await complain(`Processed a total of ${session.count} messages\n`);
  }
};

class Consumer {
  count = 0;
  readonly #context: ToolContext;
  readonly #client: KafkaClient;
  readonly #plan: Plan;
  readonly #topics: readonly string[];
  readonly #member: string;
  readonly #positions = new Map<string, FetchPartition>();
  /** Positions that changed since the last commit. */
  readonly #dirty = new Set<string>();
  readonly #feed = new Feed<Item>();
  #links: RpcLink[] = [];
  #round = 0;
  #committed = 0;

  constructor(context: ToolContext, client: KafkaClient, plan: Plan, topics: readonly string[]) {
    this.#context = context;
    this.#client = client;
    this.#plan = plan;
    this.#topics = topics;
    this.#member = `console-consumer-${randomUuid(context.process)}`;
  }

  async run(): Promise<number> {
    const { process, options, complain } = this.#context;
    const limit = Number(options.get("max-messages") ?? Number.POSITIVE_INFINITY);
    const timeoutMs = options.has("timeout-ms") ? Number(options.get("timeout-ms")) : undefined;
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.onSignal(signal, () => this.#feed.push({ type: "stop", signal }));
    let cancel: () => void = () => undefined;
    const arm = () => {
      cancel();
      if (timeoutMs !== undefined) cancel = process.clock.after(timeoutMs, () => this.#feed.push({ type: "timeout" }));
    };
    arm();
    void this.#restart(undefined);
    this.#committed = process.clock.now();
    try {
      if (limit === 0) return 0;
      for await (const item of this.#feed) {
        if (item.type === "stop") return item.signal === "SIGINT" ? 130 : 143;
        if (item.type === "again") {
          void this.#restart(item.assignment);
          continue;
        }
        if (item.type === "timeout") {
          await complain(
            `${stamp(process.clock.now())} ERROR Error processing message, terminating consumer process:  (org.apache.kafka.tools.consumer.ConsoleConsumer)\norg.apache.kafka.common.errors.TimeoutException\n`,
          );
          return 1;
        }
        await this.#print(item);
        if (this.count >= limit) return 0;
        arm();
        if (process.clock.now() - this.#committed >= COMMIT_MS) await this.#commit();
      }
      return 0;
    } finally {
      cancel();
      this.#round++;
      this.#drop();
      if (!process.signal.aborted) await this.#leave();
    }
  }

  async #print({ topic, index, record }: Extract<Item, { type: "record" }>): Promise<void> {
    const { options, out } = this.#context;
    const show = new Map([...options.pairs("property"), ...options.pairs("formatter-property")]);
    const parts: string[] = [];
    if (show.get("print.timestamp") === "true") parts.push(`CreateTime:${record.time}`);
    if (show.get("print.partition") === "true") parts.push(`Partition:${index}`);
    if (show.get("print.offset") === "true") parts.push(`Offset:${record.offset}`);
    if (show.get("print.key") === "true") parts.push(record.key ?? "null");
    if (show.get("print.value") !== "false") parts.push(record.value ?? "null");
    await out(`${parts.join(show.get("key.separator") ?? "\t")}\n`);
    this.count++;
    const key = `${topic}-${index}`;
    this.#positions.set(key, { topic, index, offset: record.offset + 1 });
    this.#dirty.add(key);
  }

  #drop(): void {
    for (const link of this.#links) link.close();
    this.#links = [];
  }

  async #commit(): Promise<void> {
    this.#committed = this.#context.process.clock.now();
    if (!this.#plan.commits || this.#dirty.size === 0) return;
    const offsets = [...this.#dirty].flatMap((key) => this.#positions.get(key) ?? []);
    this.#dirty.clear();
    await this.#client.coordinator(this.#plan.group, { op: "commitOffsets", group: this.#plan.group, offsets }, 5000);
  }

  async #leave(): Promise<void> {
    if (this.#plan.only !== undefined) return;
    try {
      await this.#commit();
      const { group } = this.#plan;
      await this.#client.coordinator(group, { op: "leaveGroup", group, member: this.#member }, 3000);
    } catch (error) {
      if (!(error instanceof Error) || isErrno(error)) throw error;
    }
  }

  /** Joins (again) and fetches what is assigned; ends quietly where a newer round has begun. */
  async #restart(assigned: Assignment | undefined): Promise<void> {
    const round = ++this.#round;
    this.#drop();
    const { process } = this.#context;
    try {
      const assignment = assigned ?? (await this.#join());
      if (round !== this.#round) return;
      const cluster = await this.#client.metadata("Timeout expired while fetching topic metadata");
      const wanted = await this.#startAt(assignment.partitions);
      if (round !== this.#round) return;
      const byLeader = new Map<number, FetchPartition[]>();
      for (const one of wanted) {
        const leader = cluster.image.topics[one.topic]?.partitions[one.index]?.leader ?? -1;
        byLeader.set(leader, [...(byLeader.get(leader) ?? []), one]);
      }
      for (const [leader, partitions] of byLeader)
        void this.#fetch(round, leader, partitions).catch((error) => this.#broke(round, error));
      if (this.#plan.only === undefined)
        void this.#await(round, assignment, cluster).catch((error) => this.#broke(round, error));
    } catch (error) {
      if (process.signal.aborted) return;
      this.#broke(round, error);
    }
  }

  /** After whatever went wrong with the others' side: look again a little later. */
  #broke(round: number, error: unknown): void {
    const { process } = this.#context;
    if (round !== this.#round || process.signal.aborted) return;
    if (!(error instanceof KafkaError || error instanceof LinkLost || error instanceof Refused || isErrno(error)))
      throw error;
    process.clock.after(1000, () => {
      if (round === this.#round) this.#feed.push({ type: "again", assignment: undefined });
    });
  }

  async #join(): Promise<Assignment> {
    const { group, only } = this.#plan;
    const [topic = ""] = this.#topics;
    if (only !== undefined) return { member: "", generation: 0, partitions: [{ topic, index: only.index }] };
    return this.#client.coordinator<Assignment>(group, {
      op: "joinGroup",
      group,
      member: this.#member,
      clientId: "console-consumer",
      topics: this.#topics,
    });
  }

  /** Where to go on: where this process is, where the group was, or where the policy says. */
  async #startAt(partitions: Assignment["partitions"]): Promise<FetchPartition[]> {
    const { group, only, reset } = this.#plan;
    const known =
      only === undefined
        ? await this.#client.coordinator<readonly FetchPartition[]>(group, { op: "groupOffsets", group })
        : [];
    const { image } = await this.#client.metadata("Timeout expired while fetching topic metadata");
    const found: FetchPartition[] = [];
    for (const { topic, index } of partitions) {
      const key = `${topic}-${index}`;
      const own = this.#positions.get(key)?.offset;
      const kept = this.#plan.commits
        ? known.find((one) => one.topic === topic && one.index === index)?.offset
        : undefined;
      let offset = own ?? kept ?? only?.offset ?? (reset === "earliest" ? -2 : -1);
      if (offset < 0) {
        const leader = image.topics[topic]?.partitions[index]?.leader ?? -1;
        offset = await this.#client.askBroker<number>(leader, { op: "offsets", topic, index, time: offset });
      }
      this.#positions.set(key, { topic, index, offset });
      // What is assigned is committed, read or not.
      this.#dirty.add(key);
      found.push({ topic, index, offset });
    }
    return found;
  }

  /** Waits for another assignment of the group. */
  async #await(round: number, { member, generation }: Assignment, _cluster: MetadataReply): Promise<void> {
    const { group } = this.#plan;
    const next = await this.#client.coordinator<Assignment>(group, { op: "awaitRebalance", group, member, generation });
    if (round === this.#round) this.#feed.push({ type: "again", assignment: next });
  }

  async #fetch(round: number, leader: number, partitions: readonly FetchPartition[]): Promise<void> {
    const link = await this.#client.link(leader);
    if (link === undefined) throw new KafkaError("LEADER_NOT_AVAILABLE");
    if (round !== this.#round) {
      link.close();
      return;
    }
    this.#links.push(link);
    const at = new Map(partitions.map((one) => [`${one.topic}-${one.index}`, one]));
    while (round === this.#round) {
      let answer: readonly FetchedPartition[];
      try {
        answer = await link.ask<readonly FetchedPartition[]>({
          op: "fetch",
          partitions: [...at.values()],
          maxWaitMs: MAX_WAIT_MS,
        });
      } catch (error) {
        throw error instanceof Refused ? decodeError(error.message) : error;
      }
      if (round !== this.#round) return;
      for (const { topic, index, records, error, logStart } of answer) {
        const key = `${topic}-${index}`;
        if (error === "OFFSET_OUT_OF_RANGE") {
          at.set(key, { topic, index, offset: logStart });
          this.#positions.set(key, { topic, index, offset: logStart });
        } else if (error !== undefined) throw new KafkaError("NOT_LEADER_OR_FOLLOWER");
        for (const record of records) {
          this.#feed.push({ type: "record", topic, index, record });
          at.set(key, { topic, index, offset: record.offset + 1 });
        }
      }
    }
  }
}

export const CONSUMER_TOOLS = {
  "kafka-console-consumer": {
    run: consumer,
    spec: {
      "bootstrap-server": "value",
      topic: "value",
      include: "value",
      whitelist: "value",
      partition: "value",
      offset: "value",
      group: "value",
      "from-beginning": "flag",
      "max-messages": "value",
      "timeout-ms": "value",
      "consumer-property": "value",
      "command-property": "value",
      "consumer.config": "value",
      "command-config": "value",
      property: "value",
      "formatter-property": "value",
      "skip-message-on-error": "flag",
    },
  },
} as const;
