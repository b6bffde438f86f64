/** CQL's types and values as they travel (native_protocol_v4.spec, section 6), and as literals of statements. */

import { toHex } from "../../../encoding/index.ts";
import { Malformed, utf8, WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import { type CqlType, type CqlValue, invalid, keyBytes } from "../cql/types.ts";

const TYPES: Readonly<Record<string, number>> = {
  ascii: 0x01,
  bigint: 0x02,
  blob: 0x03,
  boolean: 0x04,
  decimal: 0x06,
  double: 0x07,
  float: 0x08,
  int: 0x09,
  timestamp: 0x0b,
  uuid: 0x0c,
  text: 0x0d,
  varint: 0x0e,
  timeuuid: 0x0f,
  inet: 0x10,
  date: 0x11,
  smallint: 0x13,
  tinyint: 0x14,
  list: 0x20,
  map: 0x21,
  set: 0x22,
};

export function writeType(out: WireWriter, type: CqlType): void {
  out.u16(TYPES[type.name] ?? 0x0d);
  for (const inner of type.of) writeType(out, inner);
}

export function toBytes(value: CqlValue, type: CqlType): Uint8Array {
  const [first = type, second = type] = type.of;
  const out = new WireWriter("big", 32);
  const put = (one: CqlValue, of: CqlType) => {
    if (one === null) out.i32(-1);
    else {
      const bytes = toBytes(one, of);
      out.i32(bytes.length).bytes(bytes);
    }
  };
  switch (type.name) {
    case "list":
    case "set": {
      const items = value as readonly CqlValue[];
      out.i32(items.length);
      for (const item of items) put(item, first);
      return out.done();
    }
    case "map": {
      const pairs = value as readonly (readonly CqlValue[])[];
      out.i32(pairs.length);
      for (const [key = null, item = null] of pairs) {
        put(key, first);
        put(item, second);
      }
      return out.done();
    }
    case "decimal": {
      const [digits = "0", power = "0"] = String(value).toLowerCase().split("e");
      const [whole = "0", part = ""] = digits.split(".");
      const scale = part.length - Number(power);
      const unscaled = keyBytes(BigInt(`${whole}${part}`).toString(), { name: "varint", of: [] });
      return out.i32(scale).bytes(unscaled).done();
    }
    default:
      return keyBytes(value, type);
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

function signed(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return bytes.length > 0 && (bytes[0] ?? 0) > 127 ? value - (1n << BigInt(bytes.length * 8)) : value;
}

/** A client's value in the words of a statement. Throws `Malformed` or `CqlError`. */
export function literalOf(bytes: Uint8Array, type: CqlType): string {
  const [first = type, second = type] = type.of;
  const reader = new WireReader(bytes, "big");
  const need = (count: number) => {
    if (bytes.length !== count)
      throw invalid(`Expected ${count} bytes for a value of type ${type.name} (${bytes.length})`);
  };
  switch (type.name) {
    case "text":
    case "ascii":
      return quoted(new TextDecoder().decode(bytes));
    case "int":
      need(4);
      return String(reader.i32());
    case "smallint":
      need(2);
      return String(reader.i16());
    case "tinyint":
      need(1);
      return String(reader.i8());
    case "bigint":
    case "timestamp":
      need(8);
      return String(reader.i64());
    case "varint":
      return String(signed(bytes));
    case "decimal": {
      const scale = reader.i32();
      const digits = signed(reader.rest());
      if (scale <= 0) return `${digits}${"0".repeat(Math.min(-scale, 10_000))}`;
      const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
      return `${digits < 0n ? "-" : ""}${text.slice(0, -scale)}.${text.slice(-scale)}`;
    }
    case "float":
    case "double": {
      need(type.name === "float" ? 4 : 8);
      const number = type.name === "float" ? reader.f32() : reader.f64();
      if (!Number.isFinite(number)) throw invalid("NaN and infinity are not supported here");
      return String(number).replace("e+", "e");
    }
    case "boolean":
      need(1);
      return reader.u8() === 0 ? "false" : "true";
    case "uuid":
    case "timeuuid":
      need(16);
      return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    case "blob":
      return `0x${toHex(bytes)}`;
    case "inet":
      if (bytes.length !== 4) throw invalid("addresses of IPv6 are not supported here");
      return quoted([...bytes].join("."));
    case "date": {
      need(4);
      return quoted(new Date((reader.u32() - 2 ** 31) * 86_400_000).toISOString().slice(0, 10));
    }
    case "list":
    case "set": {
      const items = readItems(reader, 1).map(([item]) => literalOf(item ?? bytes, first));
      return type.name === "list" ? `[${items.join(", ")}]` : `{${items.join(", ")}}`;
    }
    case "map":
      return `{${readItems(reader, 2)
        .map(([key, item]) => `${literalOf(key ?? bytes, first)}: ${literalOf(item ?? bytes, second)}`)
        .join(", ")}}`;
    default:
      throw invalid(`values of type ${type.name} are not supported here`);
  }
}

/** The elements of a collection, one or two at a time. */
function readItems(reader: WireReader, each: number): Uint8Array[][] {
  const count = reader.i32();
  if (count < 0 || count > reader.left) throw new Malformed("a collection is longer than its bytes");
  return Array.from({ length: count }, () =>
    Array.from({ length: each }, () => {
      const length = reader.i32();
      if (length < 0) throw invalid("null is not supported inside collections");
      return reader.bytes(length);
    }),
  );
}

/** The items of a list, for `IN ?`. */
export const itemsOf = (bytes: Uint8Array, type: CqlType): string =>
  readItems(new WireReader(bytes, "big"), 1)
    .map(([item]) => literalOf(item ?? bytes, type.of[0] ?? type))
    .join(", ");

// Strings and bytes of the protocol.

export function writeString(out: WireWriter, text: string): WireWriter {
  const bytes = utf8(text);
  return out.u16(bytes.length).bytes(bytes);
}
export const readString = (reader: WireReader): string => reader.text(reader.u16());
export function readLongString(reader: WireReader): string {
  const length = reader.i32();
  if (length < 0) throw new Malformed("a text without length");
  return reader.text(length);
}
export function readStrings(reader: WireReader): Map<string, string> {
  return new Map(Array.from({ length: reader.u16() }, () => [readString(reader), readString(reader)] as const));
}
