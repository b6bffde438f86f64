/** Types as clients know them: numbers of pg_type, and values in the binary form where one asks for it. */

import { fromHex, toHex } from "../../../encoding/index.ts";
import { SqlError, type TypeName } from "../../kit/sql/values.ts";
import { strictUtf8, utf8, WireReader, WireWriter } from "../../kit/wire/bytes.ts";

interface WireType {
  readonly oid: number;
  /** Bytes; -1: as many as it takes. */
  readonly length: number;
}

const TYPES: Readonly<Record<TypeName, WireType>> = {
  bool: { oid: 16, length: 1 },
  name: { oid: 19, length: 64 },
  int8: { oid: 20, length: 8 },
  int2: { oid: 21, length: 2 },
  int4: { oid: 23, length: 4 },
  text: { oid: 25, length: -1 },
  json: { oid: 114, length: -1 },
  float8: { oid: 701, length: 8 },
  unknown: { oid: 25, length: -1 },
  bpchar: { oid: 1042, length: -1 },
  varchar: { oid: 1043, length: -1 },
  date: { oid: 1082, length: 4 },
  timestamp: { oid: 1114, length: 8 },
  timestamptz: { oid: 1184, length: 8 },
  interval: { oid: 1186, length: 16 },
  numeric: { oid: 1700, length: -1 },
  uuid: { oid: 2950, length: 16 },
  jsonb: { oid: 3802, length: -1 },
};
const NAMES = new Map(
  Object.entries(TYPES)
    .filter(([name]) => name !== "unknown")
    .map(([name, { oid }]) => [oid, name as TypeName]),
);
/** float4 and "unknown" are read, not answered. */
const FLOAT4 = 700;
const UNKNOWN = 705;

export const wireType = (type: TypeName): WireType => TYPES[type];
export const isKnown = (oid: number): boolean => oid === 0 || oid === UNKNOWN || oid === FLOAT4 || NAMES.has(oid);
export const typeOf = (oid: number): TypeName | undefined => (oid === FLOAT4 ? "float8" : NAMES.get(oid));

const RIGHT = new Set(["int2", "int4", "int8", "float8", "numeric"]);
/** Whether psql puts it at the right. */
export const isRight = (oid: number): boolean => RIGHT.has(typeOf(oid) ?? "");

/** What a type has in brackets, in one number. */
export function typeModifier(type: TypeName, size: readonly number[] = []): number {
  const [first, second = 0] = size;
  if (first === undefined) return -1;
  if (type === "varchar" || type === "bpchar") return first + 4;
  return type === "numeric" ? ((first << 16) | second) + 4 : -1;
}

/** ms between 1970 and 2000, where PostgreSQL begins to count. */
const EPOCH = Date.UTC(2000, 0, 1);
const DAY = 86_400_000;

/** ms of what a time is written as, in UTC where it says nothing else. */
function milliseconds(text: string): number {
  const match = /^(\d+)-(\d+)-(\d+)(?:[ T](\d+):(\d+):(\d+)(?:\.(\d+))?)?\s*(?:([+-])(\d\d)(?::?(\d\d))?)?/.exec(text);
  if (match === null) throw new SqlError("22007", `invalid input syntax for a time: "${text}"`);
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((one) => Number(one ?? 0));
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * 60_000 * (match[8] === "-" ? -1 : 1);
  const part = Number(`0.${match[7] ?? "0"}`) * 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + part - offset;
}

/** A value in its binary form. Throws 0A000 for types that have none here. */
export function toBinary(type: TypeName, text: string): Uint8Array {
  const writer = new WireWriter("big", 16);
  switch (type) {
    case "bool":
      return writer.u8(/^(t|true|1)$/.test(text) ? 1 : 0).done();
    case "int2":
      return writer.u16(Number(text)).done();
    case "int4":
      return writer.i32(Number(text)).done();
    case "int8":
      return writer.i64(BigInt(text)).done();
    case "float8":
      return writer.f64(Number(text)).done();
    case "date":
      return writer.i32(Math.round((milliseconds(text) - EPOCH) / DAY)).done();
    case "timestamp":
    case "timestamptz":
      return writer.i64(BigInt(Math.round((milliseconds(text) - EPOCH) * 1000))).done();
    case "uuid":
      return fromHex(text.replaceAll("-", ""));
    case "jsonb":
      return writer.u8(1).text(text).done();
    case "numeric":
      return numericToBinary(text);
    case "interval":
      throw new SqlError("0A000", "intervals in binary form are not supported here");
    default:
      return utf8(text);
  }
}

/** A value of a client as text. Throws 22021, 22P03 or 0A000. */
export function fromBinary(oid: number, bytes: Uint8Array): string {
  const reader = new WireReader(bytes, "big");
  if (oid === FLOAT4) return String(reader.f32());
  switch (typeOf(oid)) {
    case "bool":
      return reader.u8() === 0 ? "f" : "t";
    case "int2":
      return String(reader.i16());
    case "int4":
      return String(reader.i32());
    case "int8":
      return String(reader.i64());
    case "float8":
      return String(reader.f64());
    case "date":
      return new Date(EPOCH + reader.i32() * DAY).toISOString().slice(0, 10);
    case "timestamp":
    case "timestamptz": {
      const text = new Date(EPOCH + Number(reader.i64() / 1000n)).toISOString().replace("T", " ").replace("Z", "");
      return typeOf(oid) === "timestamp" ? text : `${text}+00`;
    }
    case "uuid":
      return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    case "jsonb":
      return text(reader.skip(1).rest());
    case "numeric":
      return numericFromBinary(reader);
    case "interval":
      throw new SqlError("0A000", "intervals in binary form are not supported here");
    default:
      return text(bytes);
  }
}

export function text(bytes: Uint8Array): string {
  const found = strictUtf8(bytes);
  if (found === undefined || found.includes("\0"))
    throw new SqlError("22021", 'invalid byte sequence for encoding "UTF8"');
  return found;
}

// Numerics travel as digits to the base of 10,000.

function numericToBinary(value: string): Uint8Array {
  const negative = value.startsWith("-");
  const [whole = "", part = ""] = value.replace(/^[-+]/, "").split(".");
  const left = whole.padStart(Math.ceil(whole.length / 4) * 4, "0");
  const right = part.padEnd(Math.ceil(part.length / 4) * 4, "0");
  const digits = [...`${left}${right}`.matchAll(/\d{4}/g)].map(([four]) => Number(four));
  let weight = left.length / 4 - 1;
  while (digits[0] === 0) {
    digits.shift();
    weight--;
  }
  while (digits.at(-1) === 0) digits.pop();
  const writer = new WireWriter("big", 32).u16(digits.length).u16(digits.length === 0 ? 0 : weight);
  writer.u16(negative && digits.length > 0 ? 0x4000 : 0).u16(part.length);
  for (const digit of digits) writer.u16(digit);
  return writer.done();
}

function numericFromBinary(reader: WireReader): string {
  const [count, weight, sign, scale] = [reader.u16(), reader.i16(), reader.u16(), reader.u16()];
  if (sign !== 0 && sign !== 0x4000) throw new SqlError("0A000", "NaN and infinity are not supported here");
  const digits = Array.from({ length: count }, () => String(reader.u16()).padStart(4, "0"));
  const whole = Array.from({ length: Math.max(0, weight + 1) }, (_, index) => digits[index] ?? "0000").join("");
  const lead = "0000".repeat(Math.min(Math.max(0, -weight - 1), 8192));
  const part = (lead + digits.slice(Math.max(0, weight + 1)).join("")).padEnd(scale, "0").slice(0, scale);
  const shown = whole.replace(/^0+(?=.)/, "") || "0";
  return `${sign === 0 ? "" : "-"}${shown}${scale === 0 ? "" : `.${part}`}`;
}
