/** Kafka's requests and answers as bytes: the versions before KIP-482, without tagged fields. */
import { Malformed, utf8, type WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import type { ErrorCode } from "../errors.ts";

export const API = {
  produce: 0,
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  offsetCommit: 8,
  offsetFetch: 9,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  leaveGroup: 13,
  syncGroup: 14,
  describeGroups: 15,
  listGroups: 16,
  apiVersions: 18,
  createTopics: 19,
  deleteTopics: 20,
  initProducerId: 22,
  createPartitions: 37,
} as const;
export type ApiName = keyof typeof API;

/** What is understood of each, first and last version. */
export const VERSIONS: Readonly<Record<ApiName, readonly [first: number, last: number]>> = {
  produce: [3, 7],
  fetch: [4, 11],
  listOffsets: [1, 5],
  metadata: [1, 8],
  offsetCommit: [2, 7],
  offsetFetch: [1, 5],
  findCoordinator: [0, 2],
  joinGroup: [0, 5],
  heartbeat: [0, 3],
  leaveGroup: [0, 3],
  syncGroup: [0, 3],
  describeGroups: [0, 4],
  listGroups: [0, 2],
  apiVersions: [0, 2],
  createTopics: [0, 4],
  deleteTopics: [0, 3],
  initProducerId: [0, 1],
  createPartitions: [0, 1],
};

/** Codes of errors that only this protocol knows, besides those of the whole house. */
type WireError =
  | ErrorCode
  | "NONE"
  | "UNKNOWN_SERVER_ERROR"
  | "CORRUPT_MESSAGE"
  | "ILLEGAL_GENERATION"
  | "INCONSISTENT_GROUP_PROTOCOL"
  | "REBALANCE_IN_PROGRESS"
  | "UNSUPPORTED_FOR_MESSAGE_FORMAT"
  | "UNSUPPORTED_COMPRESSION_TYPE"
  | "MEMBER_ID_REQUIRED"
  | "INVALID_GROUP_ID"
  | "INVALID_SESSION_TIMEOUT";

export const CODES: Readonly<Record<WireError, number>> = {
  UNKNOWN_SERVER_ERROR: -1,
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  MESSAGE_TOO_LARGE: 10,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  INVALID_TOPIC_EXCEPTION: 17,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  ILLEGAL_GENERATION: 22,
  INCONSISTENT_GROUP_PROTOCOL: 23,
  INVALID_GROUP_ID: 24,
  UNKNOWN_MEMBER_ID: 25,
  INVALID_SESSION_TIMEOUT: 26,
  REBALANCE_IN_PROGRESS: 27,
  UNSUPPORTED_VERSION: 35,
  TOPIC_ALREADY_EXISTS: 36,
  INVALID_PARTITIONS: 37,
  INVALID_REPLICATION_FACTOR: 38,
  INVALID_REPLICA_ASSIGNMENT: 39,
  INVALID_CONFIG: 40,
  NOT_CONTROLLER: 41,
  INVALID_REQUEST: 42,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 43,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  KAFKA_STORAGE_ERROR: 56,
  NON_EMPTY_GROUP: 68,
  GROUP_ID_NOT_FOUND: 69,
  FENCED_LEADER_EPOCH: 74,
  UNSUPPORTED_COMPRESSION_TYPE: 76,
  MEMBER_ID_REQUIRED: 79,
  PREFERRED_LEADER_NOT_AVAILABLE: 80,
  ELIGIBLE_LEADERS_NOT_AVAILABLE: 83,
  ELECTION_NOT_NEEDED: 84,
  NO_REASSIGNMENT_IN_PROGRESS: 85,
  INVALID_RECORD: 87,
  DUPLICATE_BROKER_REGISTRATION: 101,
  INCONSISTENT_CLUSTER_ID: 104,
};
export type { WireError };

export const writer = (): WireWriter => new WireWriter("big", 256);

export function writeText(out: WireWriter, value: string | null): WireWriter {
  if (value === null) return out.u16(0xffff);
  const bytes = utf8(value);
  return out.u16(bytes.length).bytes(bytes);
}
export function readText(reader: WireReader): string | null {
  const length = reader.i16();
  return length < 0 ? null : reader.text(length);
}
export const needText = (reader: WireReader): string => readText(reader) ?? "";

export function readBytes(reader: WireReader): Uint8Array | null {
  const length = reader.i32();
  return length < 0 ? null : reader.bytes(length);
}
export const writeBytes = (out: WireWriter, bytes: Uint8Array): WireWriter => out.i32(bytes.length).bytes(bytes);

/** A list; null where there is none. Throws `Malformed` for one that cannot be in what came. */
export function readList<T>(reader: WireReader, one: (reader: WireReader) => T): T[] | null {
  const count = reader.i32();
  if (count < 0) return null;
  if (count > reader.left) throw new Malformed("a list is longer than its message");
  return Array.from({ length: count }, () => one(reader));
}
export const needList = <T>(reader: WireReader, one: (reader: WireReader) => T): T[] => readList(reader, one) ?? [];

export function writeList<T>(out: WireWriter, list: readonly T[], one: (item: T) => void): WireWriter {
  out.i32(list.length);
  for (const item of list) one(item);
  return out;
}
