/** What each request of Kafka's protocol asks, and how the broker answers it. */
import type { WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import { type ErrorCode, KafkaError } from "../errors.ts";
import { OFFSETS_TOPIC } from "../groups.ts";
import type { AdminRequest, FetchedPartition, FetchPartition, GroupReply, MetadataReply } from "../messages.ts";
import type { Replica } from "../replica.ts";
import {
  CODES,
  needList,
  needText,
  readBytes,
  readList,
  readText,
  type WireError,
  writeBytes,
  writeList,
  writer,
  writeText,
} from "./codec.ts";
import type { ConsumerGroups } from "./consumer-groups.ts";
import { readBatches, type SentBatch, type SentRecord, writeBatches } from "./records.ts";
import type { Answer, Request } from "./serve.ts";

/** The broker, as clients of this protocol use it. All of it throws `KafkaError`. */
export interface WireBroker {
  readonly groups: ConsumerGroups;
  metadata(topics: readonly string[] | undefined, autoCreate: boolean): Promise<MetadataReply>;
  led(topic: string, index: number): Replica;
  produce(replica: Replica, records: readonly SentRecord[], acks: number, timeoutMs: number): Promise<number>;
  /** Resolves when all replicas in sync have everything before an offset. */
  replicated(replica: Replica, end: number, timeoutMs: number): Promise<void>;
  fetch(partitions: readonly FetchPartition[], maxWaitMs: number): Promise<readonly FetchedPartition[]>;
  offsetAt(topic: string, index: number, time: number): { readonly offset: number; readonly time: number };
  coordinator(group: string): Promise<number>;
  commit(group: string, offsets: readonly FetchPartition[]): Promise<void>;
  offsets(group: string): readonly FetchPartition[];
  list(): readonly { readonly group: string; readonly state: string }[];
  describe(group: string): GroupReply;
  administer(request: AdminRequest): Promise<unknown>;
  nextProducerId(): number;
  /** For batches that producers count: where a batch that came before is; undefined for a new one. */
  repeated(replica: Replica, batch: SentBatch): number | undefined;
  remember(replica: Replica, batch: SentBatch, offset: number): void;
}

const codeOf = (problem: unknown): WireError => {
  if (problem instanceof KafkaError) return problem.code;
  throw problem;
};
const code = (error: WireError | ErrorCode): number => CODES[error];

export function apis(broker: WireBroker): Answer {
  return (request) => {
    switch (request.api) {
      case "produce":
        return produce(broker, request);
      case "fetch":
        return fetch(broker, request);
      case "listOffsets":
        return listOffsets(broker, request);
      case "metadata":
        return metadata(broker, request);
      case "findCoordinator":
        return findCoordinator(broker, request);
      case "offsetCommit":
        return offsetCommit(broker, request);
      case "offsetFetch":
        return offsetFetch(broker, request);
      case "joinGroup":
        return joinGroup(broker, request);
      case "syncGroup":
        return syncGroup(broker, request);
      case "heartbeat":
        return heartbeat(broker, request);
      case "leaveGroup":
        return leaveGroup(broker, request);
      case "describeGroups":
        return describeGroups(broker, request);
      case "listGroups":
        return listGroups(broker, request);
      case "createTopics":
        return createTopics(broker, request);
      case "deleteTopics":
        return deleteTopics(broker, request);
      case "createPartitions":
        return createPartitions(broker, request);
      case "initProducerId":
        return initProducerId(broker, request);
      case "apiVersions":
        return Promise.resolve(undefined);
    }
  };
}

/** By topic, each with its partitions. */
interface OfTopic<T> {
  readonly topic: string;
  readonly partitions: readonly T[];
}
const readTopics = <T>(reader: WireReader, one: (reader: WireReader) => T): OfTopic<T>[] =>
  needList(reader, (inner) => ({ topic: needText(inner), partitions: needList(inner, one) }));
function writeTopics<T>(out: WireWriter, topics: readonly OfTopic<T>[], one: (item: T) => void): WireWriter {
  return writeList(out, topics, ({ topic, partitions }) => {
    writeText(out, topic);
    writeList(out, partitions, one);
  });
}

// ----------------------------------------------------------------------------------------------------------- records

async function produce(broker: WireBroker, { reader, version }: Request): Promise<WireWriter | undefined> {
  const transaction = readText(reader);
  const [acks, timeout] = [reader.i16(), reader.i32()];
  const topics = readTopics(reader, (one) => ({ index: one.i32(), content: readBytes(one) }));
  const results: OfTopic<{ readonly index: number; readonly error: WireError; readonly offset: number }>[] = [];
  // Partitions do not wait for each other.
  for (const { topic, partitions } of topics)
    results.push({
      topic,
      partitions: await Promise.all(
        partitions.map(async ({ index, content }) => {
          try {
            if (transaction !== null) throw new KafkaError("INVALID_REQUEST");
            const batches = readBatches(content ?? new Uint8Array(0));
            if (typeof batches === "string") return { index, error: batches, offset: -1 };
            let first = -1;
            for (const batch of batches) {
              const offset = await append(broker, broker.led(topic, index), batch, acks, timeout);
              if (first === -1) first = offset;
            }
            return { index, error: "NONE" as const, offset: first };
          } catch (problem) {
            return { index, error: codeOf(problem), offset: -1 };
          }
        }),
      ),
    });
  if (acks === 0) return undefined;
  const out = writer();
  writeTopics(out, results, ({ index, error, offset }) => {
    out.i32(index).u16(code(error)).i64(offset).i64(-1);
    if (version >= 5) out.i64(0);
  });
  return out.i32(0);
}

async function append(
  broker: WireBroker,
  replica: Replica,
  batch: SentBatch,
  acks: number,
  timeout: number,
): Promise<number> {
  const before = broker.repeated(replica, batch);
  if (before !== undefined) {
    // It was taken, but perhaps nobody has it yet besides the leader.
    if (acks === -1) await broker.replicated(replica, before + batch.records.length, timeout);
    return before;
  }
  const begin = replica.log.endOffset;
  const done = broker.produce(replica, batch.records, acks, timeout);
  // Whether it is in the log is clear at once; what comes of it there, later.
  if (replica.log.endOffset > begin) broker.remember(replica, batch, begin);
  return done;
}

async function fetch(broker: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  reader.skip(4);
  const [wait, , most] = [reader.i32(), reader.i32(), reader.i32()];
  reader.skip(1);
  if (version >= 7) reader.skip(8);
  const asked = readTopics(reader, (one) => {
    const index = one.i32();
    if (version >= 9) one.skip(4);
    const offset = Number(one.i64());
    if (version >= 5) one.skip(8);
    return { index, offset, most: one.i32() };
  });
  const flat = asked.flatMap(({ topic, partitions }) => partitions.map((one) => ({ topic, ...one })));
  const found = flat.length === 0 ? [] : await broker.fetch(flat, Math.max(0, wait));
  const out = writer().i32(0);
  if (version >= 7) out.u16(0).i32(0);
  let left = most;
  let at = 0;
  return writeTopics(out, asked, (one) => {
    const partition = found[at++];
    const { records = [], highWatermark = -1, logStart = -1, error } = partition ?? {};
    out
      .i32(one.index)
      .u16(code((error as ErrorCode | undefined) ?? "NONE"))
      .i64(highWatermark)
      .i64(highWatermark);
    if (version >= 5) out.i64(logStart);
    out.i32(-1);
    if (version >= 11) out.i32(-1);
    // One record at least, however large it is; more as long as there is room.
    let size = 0;
    const limit = Math.min(one.most, left);
    const fitting = records.filter(({ key, value }, index) => {
      size += (key?.length ?? 0) + (value?.length ?? 0) + 20;
      return index === 0 || size <= limit;
    });
    const bytes = writeBatches(fitting);
    left -= bytes.length;
    writeBytes(out, bytes);
  });
}

async function listOffsets(broker: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  reader.skip(4);
  if (version >= 2) reader.skip(1);
  const topics = readTopics(reader, (one) => {
    const index = one.i32();
    if (version >= 4) one.skip(4);
    return { index, time: Number(one.i64()) };
  });
  const out = writer();
  if (version >= 2) out.i32(0);
  return writeList(out, topics, ({ topic, partitions }) => {
    writeText(out, topic);
    writeList(out, partitions, ({ index, time }) => {
      let error: WireError = "NONE";
      let found = { offset: -1, time: -1 };
      try {
        found = broker.offsetAt(topic, index, time);
      } catch (problem) {
        error = codeOf(problem);
      }
      out
        .i32(index)
        .u16(code(error))
        .i64(BigInt(Math.trunc(found.time)))
        .i64(found.offset);
      if (version >= 4) out.i32(-1);
    });
  });
}

// ------------------------------------------------------------------------------------------------------------ cluster

async function metadata(broker: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  const asked = readList(reader, needText);
  const autoCreate = version >= 4 ? reader.u8() !== 0 : true;
  const problems = new Map<string, WireError>();
  let reply: MetadataReply;
  try {
    reply = await broker.metadata(asked ?? undefined, autoCreate);
  } catch (problem) {
    // What could not be made is told of its topic.
    const error = codeOf(problem);
    for (const name of asked ?? []) problems.set(name, error);
    reply = await broker.metadata(undefined, false);
  }
  const { brokers, clusterId, controller, image } = reply;
  const out = writer();
  if (version >= 3) out.i32(0);
  writeList(out, brokers, ({ id, host, port, rack }) =>
    writeText(writeText(out.i32(id), host).i32(port), rack ?? null),
  );
  if (version >= 2) writeText(out, clusterId);
  out.i32(controller);
  writeList(out, asked ?? Object.keys(image.topics).sort(), (name) => {
    const topic = image.topics[name];
    const error = topic === undefined ? (problems.get(name) ?? "UNKNOWN_TOPIC_OR_PARTITION") : "NONE";
    writeText(out.u16(code(error)), name).u8(name === OFFSETS_TOPIC ? 1 : 0);
    const alive = new Set(brokers.map(({ id }) => id));
    const partitions = (topic?.partitions ?? []).map((partition, index) => ({ ...partition, index }));
    writeList(out, partitions, ({ index, leader, leaderEpoch, replicas, isr }) => {
      out
        .u16(code(leader === -1 ? "LEADER_NOT_AVAILABLE" : "NONE"))
        .i32(index)
        .i32(leader);
      if (version >= 7) out.i32(leaderEpoch);
      writeList(out, replicas, (id) => out.i32(id));
      writeList(out, isr, (id) => out.i32(id));
      if (version >= 5)
        writeList(
          out,
          replicas.filter((id) => !alive.has(id)),
          (id) => out.i32(id),
        );
    });
    if (version >= 8) out.i32(-2_147_483_648);
  });
  return version >= 8 ? out.i32(-2_147_483_648) : out;
}

async function findCoordinator(broker: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  const group = needText(reader);
  const isGroup = version < 1 || reader.u8() === 0;
  const out = writer();
  if (version >= 1) out.i32(0);
  const tell = (error: WireError, message: string | null, place: { id: number; host: string; port: number }) => {
    out.u16(code(error));
    if (version >= 1) writeText(out, message);
    return writeText(out.i32(place.id), place.host).i32(place.port);
  };
  const nowhere = { id: -1, host: "", port: -1 };
  if (!isGroup) return tell("INVALID_REQUEST", "transactions are not supported here", nowhere);
  try {
    const id = await broker.coordinator(group);
    const { brokers } = await broker.metadata([], false);
    const place = brokers.find((one) => one.id === id);
    if (place === undefined) return tell("COORDINATOR_NOT_AVAILABLE", null, nowhere);
    return tell("NONE", null, place);
  } catch (problem) {
    return tell(codeOf(problem), null, nowhere);
  }
}

async function createTopics(broker: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  const topics = needList(reader, (one) => {
    const [name, partitions, replicationFactor] = [needText(one), one.i32(), one.i16()];
    const assignment = needList(one, (inner) => ({ index: inner.i32(), replicas: needList(inner, (id) => id.i32()) }));
    const configs = needList(one, (inner) => [needText(inner), readText(inner)] as const);
    return { name, partitions, replicationFactor, assignment, configs };
  });
  reader.skip(4);
  const onlyValidate = version >= 1 && reader.u8() !== 0;
  const results: { name: string; error: WireError; message: string | null }[] = [];
  for (const { name, partitions, replicationFactor, assignment, configs } of topics)
    try {
      if (onlyValidate) throw new KafkaError("INVALID_REQUEST", "validation alone is not supported here");
      const placed = assignment.sort((a, b) => a.index - b.index).map(({ replicas }) => replicas);
      await broker.administer({
        op: "createTopic",
        topic: {
          name,
          partitions,
          replicationFactor,
          assignment: placed.length === 0 ? undefined : placed,
          configs: Object.fromEntries(configs.flatMap(([key, value]) => (value === null ? [] : [[key, value]]))),
        },
      });
      results.push({ name, error: "NONE", message: null });
    } catch (problem) {
      results.push({ name, error: codeOf(problem), message: problem instanceof Error ? problem.message : null });
    }
  return tellTopics(results, version >= 2, version >= 1);
}

async function deleteTopics(broker: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  const results: { name: string; error: WireError; message: string | null }[] = [];
  for (const name of needList(reader, needText))
    try {
      await broker.administer({ op: "deleteTopic", name });
      results.push({ name, error: "NONE", message: null });
    } catch (problem) {
      results.push({ name, error: codeOf(problem), message: null });
    }
  return tellTopics(results, version >= 1, false);
}

async function createPartitions(broker: WireBroker, { reader }: Request): Promise<WireWriter> {
  const topics = needList(reader, (one) => {
    const [name, count] = [needText(one), one.i32()];
    return { name, count, assignments: readList(one, (inner) => needList(inner, (id) => id.i32())) };
  });
  const results: { name: string; error: WireError; message: string | null }[] = [];
  for (const { name, count, assignments } of topics)
    try {
      if (assignments !== null) throw new KafkaError("INVALID_REQUEST", "replicas of new partitions are chosen here");
      await broker.administer({ op: "addPartitions", name, count });
      results.push({ name, error: "NONE", message: null });
    } catch (problem) {
      results.push({ name, error: codeOf(problem), message: problem instanceof Error ? problem.message : null });
    }
  return tellTopics(results, true, true);
}

function tellTopics(
  results: readonly { readonly name: string; readonly error: WireError; readonly message: string | null }[],
  throttled: boolean,
  worded: boolean,
): WireWriter {
  const out = writer();
  if (throttled) out.i32(0);
  return writeList(out, results, ({ name, error, message }) => {
    writeText(out, name).u16(code(error));
    if (worded) writeText(out, message);
  });
}

async function initProducerId(broker: WireBroker, { reader }: Request): Promise<WireWriter> {
  const transaction = readText(reader);
  const out = writer().i32(0);
  if (transaction !== null) return out.u16(code("INVALID_REQUEST")).i64(-1).u16(0xffff);
  return out.u16(0).i64(broker.nextProducerId()).u16(0);
}

// ------------------------------------------------------------------------------------------------------------- groups

async function joinGroup({ groups }: WireBroker, { reader, version, clientId, connection }: Request) {
  const [group, sessionTimeout] = [needText(reader), reader.i32()];
  const rebalanceTimeout = version >= 1 ? reader.i32() : sessionTimeout;
  const member = needText(reader);
  const instance = version >= 5 ? readText(reader) : null;
  const protocolType = needText(reader);
  const protocols = needList(reader, (one) => ({
    name: needText(one),
    metadata: readBytes(one)?.slice() ?? new Uint8Array(0),
  }));
  const reply =
    instance !== null
      ? { error: "INVALID_REQUEST" as const, generation: -1, protocol: "", leader: "", member, members: [] }
      : await groups.join({
          group,
          member,
          clientId,
          host: `/${connection.remoteAddress}`,
          sessionTimeout,
          rebalanceTimeout,
          protocolType,
          protocols,
          needsId: version >= 4,
        });
  const out = writer();
  if (version >= 2) out.i32(0);
  out.u16(code(reply.error)).i32(reply.generation);
  for (const text of [reply.protocol, reply.leader, reply.member]) writeText(out, text);
  return writeList(out, reply.members, ({ id, metadata: said }) => {
    writeText(out, id);
    if (version >= 5) writeText(out, null);
    writeBytes(out, said);
  });
}

async function syncGroup({ groups }: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  const [group, generation, member] = [needText(reader), reader.i32(), needText(reader)];
  if (version >= 3) readText(reader);
  const assignments = new Map(
    needList(reader, (one) => [needText(one), readBytes(one)?.slice() ?? new Uint8Array(0)] as const),
  );
  const { error, assignment } = await groups.sync(group, member, generation, assignments);
  const out = writer();
  if (version >= 1) out.i32(0);
  return writeBytes(out.u16(code(error)), assignment);
}

async function heartbeat({ groups }: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  const [group, generation, member] = [needText(reader), reader.i32(), needText(reader)];
  const out = writer();
  if (version >= 1) out.i32(0);
  return out.u16(code(groups.heartbeat(group, member, generation)));
}

async function leaveGroup({ groups }: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  const group = needText(reader);
  const out = writer();
  if (version >= 1) out.i32(0);
  if (version < 3) return out.u16(code(groups.leave(group, needText(reader))));
  const members = needList(reader, (one) => ({ id: needText(one), instance: readText(one) }));
  out.u16(0);
  return writeList(out, members, ({ id, instance }) => {
    writeText(writeText(out, id), instance).u16(code(groups.leave(group, id)));
  });
}

async function offsetCommit(broker: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  const [group, generation, member] = [needText(reader), reader.i32(), needText(reader)];
  if (version >= 7) readText(reader);
  if (version < 5) reader.skip(8);
  const topics = readTopics(reader, (one) => {
    const [index, offset] = [one.i32(), Number(one.i64())];
    if (version >= 6) one.skip(4);
    readText(one);
    return { index, offset };
  });
  let error = broker.groups.mayCommit(group, member, generation);
  if (error === "NONE")
    try {
      await broker.commit(
        group,
        topics.flatMap(({ topic, partitions }) => partitions.map((one) => ({ topic, ...one }))),
      );
    } catch (problem) {
      error = codeOf(problem);
    }
  const out = writer();
  if (version >= 3) out.i32(0);
  return writeTopics(out, topics, ({ index }) => out.i32(index).u16(code(error)));
}

async function offsetFetch(broker: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  const group = needText(reader);
  const asked = readList(reader, (one) => ({
    topic: needText(one),
    partitions: needList(one, (inner) => inner.i32()),
  }));
  let error: WireError = "NONE";
  let known: readonly FetchPartition[] = [];
  try {
    known = broker.offsets(group);
  } catch (problem) {
    error = codeOf(problem);
  }
  const all = [...new Set(known.map(({ topic }) => topic))].map((topic) => ({
    topic,
    partitions: known.filter((one) => one.topic === topic).map(({ index }) => index),
  }));
  const out = writer();
  if (version >= 3) out.i32(0);
  writeList(out, asked ?? all, ({ topic, partitions }) => {
    writeText(out, topic);
    writeList(out, partitions, (index) => {
      const offset = known.find((one) => one.topic === topic && one.index === index)?.offset ?? -1;
      out.i32(index).i64(offset);
      if (version >= 5) out.i32(-1);
      writeText(out, "").u16(code(error));
    });
  });
  return version >= 2 ? out.u16(code(error)) : out;
}

async function describeGroups(broker: WireBroker, { reader, version }: Request): Promise<WireWriter> {
  const out = writer();
  if (version >= 1) out.i32(0);
  return writeList(out, needList(reader, needText), (name) => {
    const own = broker.groups.describe(name);
    let error: WireError = "NONE";
    let state = "Dead";
    try {
      state = broker.describe(name).state;
    } catch (problem) {
      error = codeOf(problem);
    }
    const hasMembers = own !== undefined && own.members.length > 0;
    writeText(out.u16(code(error)), name);
    writeText(out, hasMembers ? own.state : state);
    writeText(out, hasMembers ? own.protocolType : state === "Dead" ? "" : "consumer");
    writeText(out, hasMembers ? own.protocol : "");
    writeList(out, own?.members ?? [], (member) => {
      writeText(out, member.id);
      if (version >= 4) writeText(out, null);
      writeText(writeText(out, member.clientId), member.host);
      writeBytes(writeBytes(out, member.metadata), member.assignment);
    });
    if (version >= 3) out.i32(-2_147_483_648);
  });
}

async function listGroups(broker: WireBroker, { version }: Request): Promise<WireWriter> {
  const out = writer();
  if (version >= 1) out.i32(0);
  return writeList(out.u16(0), broker.list(), ({ group }) => writeText(writeText(out, group), "consumer"));
}
