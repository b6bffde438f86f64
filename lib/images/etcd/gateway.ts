/** The JSON of etcd's gRPC gateway (api/etcdserverpb/rpc.proto): requests read, replies written. Pure. */
import { decimal, fromBase64, hexadecimal, toBase64 } from "./ids.ts";
import type {
  Compare,
  DeleteOp,
  KeyValue,
  Member,
  Operation,
  OperationResult,
  PutOp,
  RangeOp,
  TxnOp,
  WatchEvent,
} from "./types.ts";

export type Json = Readonly<Record<string, unknown>>;

/** The request is not what it should be; the message says why. */
export class BadRequest extends Error {}

/** "rangeEnd" and "range_end" are the same field. */
export function field(body: Json, name: string): unknown {
  if (name in body) return body[name];
  return body[name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())];
}

export function bytes(body: Json, name: string): string {
  const value = field(body, name);
  if (value === undefined || value === null) return "";
  const decoded = typeof value === "string" ? fromBase64(value) : undefined;
  if (decoded === undefined) throw new BadRequest(`illegal base64 data at input byte 0`);
  return decoded;
}

export function integer(body: Json, name: string): number {
  const value = field(body, name) ?? 0;
  const number = Number(value);
  if (!Number.isInteger(number))
    throw new BadRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return number;
}

/** Ids are decimal in JSON and hexadecimal inside. */
export function id(body: Json, name: string): string {
  const value = field(body, name) ?? "0";
  if (!/^-?\d+$/.test(String(value)))
    throw new BadRequest(`strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`);
  return hexadecimal(String(value));
}

export const flag = (body: Json, name: string) => field(body, name) === true;

function choice<T extends string>(body: Json, name: string, values: readonly T[]): T {
  const value = field(body, name);
  const [first] = values;
  if (first === undefined) throw new BadRequest("no values");
  if (value === undefined) return first;
  const found = typeof value === "number" ? values[value] : values.find((one) => one === value);
  if (found === undefined) throw new BadRequest(`unknown value ${JSON.stringify(value)} for enum ${name}`);
  return found;
}

export function toRange(body: Json): RangeOp {
  return {
    op: "range",
    key: bytes(body, "key"),
    end: bytes(body, "range_end"),
    limit: integer(body, "limit"),
    revision: integer(body, "revision"),
    sortOrder: choice(body, "sort_order", ["NONE", "ASCEND", "DESCEND"]),
    sortTarget: choice(body, "sort_target", ["KEY", "VERSION", "CREATE", "MOD", "VALUE"]),
    keysOnly: flag(body, "keys_only"),
    countOnly: flag(body, "count_only"),
    minMod: integer(body, "min_mod_revision"),
    maxMod: integer(body, "max_mod_revision"),
    minCreate: integer(body, "min_create_revision"),
    maxCreate: integer(body, "max_create_revision"),
  };
}

export function toPut(body: Json): PutOp {
  return {
    op: "put",
    key: bytes(body, "key"),
    value: bytes(body, "value"),
    lease: id(body, "lease"),
    prevKv: flag(body, "prev_kv"),
    ignoreValue: flag(body, "ignore_value"),
    ignoreLease: flag(body, "ignore_lease"),
  };
}

export function toDelete(body: Json): DeleteOp {
  return { op: "delete", key: bytes(body, "key"), end: bytes(body, "range_end"), prevKv: flag(body, "prev_kv") };
}

const list = (value: unknown) => (Array.isArray(value) ? (value as Json[]) : []);

export function toTxn(body: Json): TxnOp {
  return {
    op: "txn",
    compare: list(field(body, "compare")).map(toCompare),
    success: list(field(body, "success")).map(toOperation),
    failure: list(field(body, "failure")).map(toOperation),
  };
}

function toOperation(body: Json): Operation {
  const kinds = [
    ["request_range", toRange],
    ["request_put", toPut],
    ["request_delete_range", toDelete],
    ["request_txn", toTxn],
  ] as const;
  for (const [name, read] of kinds) {
    const value = field(body, name);
    if (value !== undefined) return read(value as Json);
  }
  throw new BadRequest("etcdserver: key not found");
}

function toCompare(body: Json): Compare {
  const target = choice(body, "target", ["VERSION", "CREATE", "MOD", "VALUE", "LEASE"]);
  const operand = {
    VERSION: () => integer(body, "version"),
    CREATE: () => integer(body, "create_revision"),
    MOD: () => integer(body, "mod_revision"),
    VALUE: () => bytes(body, "value"),
    LEASE: () => id(body, "lease"),
  }[target]();
  return {
    target,
    result: choice(body, "result", ["EQUAL", "GREATER", "LESS", "NOT_EQUAL"]),
    key: bytes(body, "key"),
    end: bytes(body, "range_end"),
    operand,
  };
}

/** As protobuf's JSON: fields of zero value are left out, 64-bit numbers are strings. */
function present(fields: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== undefined &&
        value !== "" &&
        value !== "0" &&
        value !== false &&
        !(Array.isArray(value) && value.length === 0),
    ),
  );
}

function kvJson(kv: KeyValue): Json {
  return present({
    key: toBase64(kv.key),
    create_revision: String(kv.create),
    mod_revision: String(kv.mod),
    version: String(kv.version),
    value: toBase64(kv.value),
    lease: decimal(kv.lease),
  });
}

export function memberJson(member: Member): Json {
  return present({
    ID: decimal(member.id),
    name: member.name,
    peerURLs: member.peerUrls,
    clientURLs: member.clientUrls,
    isLearner: member.learner,
  });
}

export function eventJson({ type, kv }: WatchEvent, previous: KeyValue | undefined): Json {
  return present({
    type: type === "PUT" ? undefined : type,
    kv: kvJson(kv),
    prev_kv: previous === undefined ? undefined : kvJson(previous),
  });
}

export function resultJson(result: OperationResult): Json {
  switch (result.op) {
    case "range":
      return present({ kvs: result.kvs.map(kvJson), more: result.more, count: String(result.count) });
    case "put":
      return present({ prev_kv: result.prev === undefined ? undefined : kvJson(result.prev) });
    case "delete":
      return present({ deleted: String(result.deleted), prev_kvs: result.prev.map(kvJson) });
    case "txn":
      return present({
        succeeded: result.succeeded,
        responses: result.responses.map((one) => ({
          [`response_${one.op === "delete" ? "delete_range" : one.op}`]: { header: {}, ...resultJson(one) },
        })),
      });
  }
}

export { present };
