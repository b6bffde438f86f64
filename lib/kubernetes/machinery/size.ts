/** How many bytes an object takes where upstream keeps it, and etcd's refusals of what is too big. */
import { StatusError } from "./status.ts";
import type { KubernetesObject } from "./types.ts";

/** etcd's --max-request-bytes. */
const ETCD_REQUEST_LIMIT = 1.5 * 1024 * 1024;
/** What etcd's client sends at most in one message (clientv3 defaultMaxCallSendMsgSize). */
const ETCD_MESSAGE_LIMIT = 2 * 1024 * 1024;
/** Below this nobody counts bytes: characters are enough. A character has three bytes at most. */
const SUSPICIOUS = ETCD_REQUEST_LIMIT / 3;

/** Fields that are maps, whose keys are stored; names of other fields are one byte in protobuf. */
const MAPS = new Set([
  "annotations",
  "binaryData",
  "data",
  "hard",
  "labels",
  "limits",
  "matchLabels",
  "nodeSelector",
  "parameters",
  "requests",
  "selector",
  "used",
]);

const encoder = new TextEncoder();
type Length = (text: string) => number;
const characters: Length = (text) => text.length;
/** One byte a letter: the test is many times quicker than the encoder. */
const ASCII = /^[\0-\x7f]*$/;
const bytes: Length = (text) => (ASCII.test(text) ? text.length : encoder.encode(text).length);

const fieldLengths = new WeakMap<object, number>();

/** What a field set takes as JSON, without making it; by name of its paths, which are mostly ASCII. */
function lengthOfKeys(value: object): number {
  const before = fieldLengths.get(value);
  if (before !== undefined) return before;
  let length = 2;
  for (const key in value) {
    const inner = (value as Record<string, object>)[key];
    length += key.length + 4 + (inner === undefined ? 0 : isEmpty(inner) ? 2 : lengthOfKeys(inner));
  }
  if (length > SUSPICIOUS / 16 && Object.isFrozen(value)) fieldLengths.set(value, length);
  return length;
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

function protobufSize(value: unknown, length: Length, map: boolean, base64: boolean): number {
  if (typeof value === "string") return (base64 ? Math.ceil((value.length * 3) / 4) : length(value)) + 3;
  if (value === null || typeof value !== "object") return 3;
  let size = 3;
  if (Array.isArray(value)) {
    for (const item of value) size += protobufSize(item, length, false, false);
    return size;
  }
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (map) size += key.length + 5;
    // The only free form that built-in kinds keep, and they keep it as JSON.
    if (key === "fieldsV1") size += lengthOfKeys(field as object);
    else size += protobufSize(field, length, MAPS.has(key), map && base64);
  }
  return size;
}

function size(object: KubernetesObject, custom: boolean, length: Length): number {
  if (custom) return length(JSON.stringify(object));
  const binary = object.kind === "Secret" ? "data" : object.kind === "ConfigMap" ? "binaryData" : undefined;
  let total = 0;
  for (const key in object) {
    const field = (object as unknown as Record<string, unknown>)[key];
    total += protobufSize(field, length, MAPS.has(key), key === binary);
  }
  return total;
}

/** Bytes an object takes in etcd, within a few per cent: protobuf for built-in kinds, JSON for custom ones. */
const storedSize = (object: KubernetesObject, custom: boolean): number => size(object, custom, bytes);

/** Writing an object of more (bytes, or fields times `FIELD`) is done in steps. */
const LARGE = 32 * 1024;
/** A field takes about as much work as so many letters. */
const FIELD = 32;
const known = new WeakMap<object, boolean>();

/** Whether work on an object, or on a request's body, is better done in steps. */
export function isLarge(object: object): boolean {
  const before = known.get(object);
  if (before !== undefined) return before;
  let left = LARGE;
  const look = (value: unknown): void => {
    left -= FIELD;
    if (typeof value === "string") left -= value.length;
    else if (value !== null && typeof value === "object")
      for (const key in value) {
        if (left < 0) return;
        look((value as Record<string, unknown>)[key]);
      }
  };
  look(object);
  // What is still being made may grow.
  if (Object.isFrozen(object)) known.set(object, left < 0);
  return left < 0;
}

export const isLargeBody = (body: Uint8Array | undefined): boolean => body !== undefined && body.length > LARGE / 2;

/** Throws what an API server answers where etcd does not take an object (500, without a reason). */
export function refuseTooLarge(object: KubernetesObject, custom: boolean): void {
  if (size(object, custom, characters) < SUSPICIOUS) return;
  const exact = storedSize(object, custom);
  if (exact > ETCD_MESSAGE_LIMIT)
    throw new StatusError(
      500,
      "",
      `rpc error: code = ResourceExhausted desc = trying to send message larger than max (${exact} vs. ${ETCD_MESSAGE_LIMIT})`,
    );
  if (exact > ETCD_REQUEST_LIMIT) throw new StatusError(500, "", "etcdserver: request is too large");
}
