/** Columns and values as they travel: which type a column has on the wire, and how a value of it looks in binary. */
import type { TypeName } from "../../kit/sql/values.ts";
import { utf8, type WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import type { Field, SqlResult, SqlValue } from "../engine/types.ts";
import { CHARSET, FIELD_FLAG, TYPE } from "./constants.ts";
import { readCounted, readLength, writeCounted, writeLength } from "./packets.ts";

export interface WireField {
  readonly name: string;
  readonly table: string;
  readonly type: number;
  readonly charset: number;
  /** Characters or bytes that it may take at most. */
  readonly length: number;
  readonly flags: number;
  readonly decimals: number;
}

type Shape = readonly [type: number, length: number, decimals?: number];

const LONG_TEXT = 262_140;
const DECLARED: Readonly<Record<string, Shape>> = {
  tinyint: [TYPE.tiny, 4],
  smallint: [TYPE.short, 6],
  mediumint: [TYPE.int24, 9],
  int: [TYPE.long, 11],
  integer: [TYPE.long, 11],
  bigint: [TYPE.longlong, 20],
  float: [TYPE.float, 12, 31],
  double: [TYPE.double, 22, 31],
  decimal: [TYPE.newDecimal, 11],
  datetime: [TYPE.datetime, 19],
  timestamp: [TYPE.timestamp, 19],
  date: [TYPE.date, 10],
  char: [TYPE.string, 4],
  varchar: [TYPE.varString, 1020],
  tinytext: [TYPE.blob, 1020],
  text: [TYPE.blob, LONG_TEXT],
  mediumtext: [TYPE.blob, 67_108_860],
  longtext: [TYPE.blob, 4_294_967_292],
  tinyblob: [TYPE.blob, 255],
  blob: [TYPE.blob, 65_535],
  mediumblob: [TYPE.blob, 16_777_215],
  longblob: [TYPE.blob, 4_294_967_295],
  json: [TYPE.json, 4_294_967_292],
  enum: [TYPE.string, 1020],
  set: [TYPE.string, 1020],
};
const TYPES: Readonly<Partial<Record<TypeName, Shape>>> = {
  int2: [TYPE.short, 6],
  int4: [TYPE.long, 11],
  int8: [TYPE.longlong, 21],
  numeric: [TYPE.newDecimal, 67],
  float8: [TYPE.double, 23, 31],
  bool: [TYPE.longlong, 1],
  timestamp: [TYPE.datetime, 19],
  timestamptz: [TYPE.timestamp, 19],
  date: [TYPE.date, 10],
  json: [TYPE.json, 4_294_967_292],
  jsonb: [TYPE.json, 4_294_967_292],
};
const TEXTS = new Set<number>([TYPE.string, TYPE.varString, TYPE.blob]);

export function wireField(name: string, field: Field | undefined, numbers: boolean, collation: number): WireField {
  const declared = field?.declared?.toLowerCase() ?? "";
  const word = /^\w+/.exec(declared)?.[0] ?? "";
  const own = Object.hasOwn(DECLARED, word) ? DECLARED[word] : undefined;
  const [type, length, decimals = 0] =
    own ??
    (field === undefined ? undefined : TYPES[field.type]) ??
    (numbers ? [TYPE.longlong, 21] : [TYPE.varString, 1020]);
  const [size, places] = (/\(([\d, ]+)\)/.exec(declared)?.[1] ?? "").split(",").map(Number);
  const isText = TEXTS.has(type);
  const isBlob = word.endsWith("blob");
  const hasSize = size !== undefined && size > 0 && !/^(enum|set)$/.test(word);
  return {
    name,
    table: field?.table ?? "",
    type,
    // JSON is text of utf8mb4 that is told as binary.
    charset: isText && !isBlob ? collation : CHARSET.binary,
    length: hasSize ? (isText ? size * 4 : size) : length,
    flags:
      (field?.notNull === true ? FIELD_FLAG.notNull : 0) |
      (isText && !isBlob ? 0 : FIELD_FLAG.binary) |
      (type === TYPE.blob || type === TYPE.json ? FIELD_FLAG.blob : 0) |
      (declared.includes("unsigned") ? FIELD_FLAG.unsigned : 0) |
      (word === "enum" ? FIELD_FLAG.enumeration : word === "set" ? FIELD_FLAG.set : 0),
    decimals: places ?? decimals,
  };
}

/** The columns of an answer. */
export function wireFields(result: Extract<SqlResult, { columns: readonly string[] }>, collation: number): WireField[] {
  return result.columns.map((name, index) => {
    const numbers =
      result.fields === undefined &&
      result.rows.length > 0 &&
      result.rows.every((row) => typeof row[index] === "number" && Number.isInteger(row[index]));
    return wireField(name, result.fields?.[index], numbers, collation);
  });
}

export function writeField({ name, table, type, charset, length, flags, decimals }: WireField): Uint8Array {
  const writer = new WireWriter("little", 64);
  for (const text of ["def", "", table, table, name, name]) writeCounted(writer, utf8(text));
  return writer.u8(12).u16(charset).u32(length).u8(type).u16(flags).u8(decimals).u16(0).done();
}

export function readField(reader: WireReader): WireField {
  for (let skipped = 0; skipped < 2; skipped++) readCounted(reader);
  const decoder = new TextDecoder();
  const table = decoder.decode(readCounted(reader));
  readCounted(reader);
  const name = decoder.decode(readCounted(reader));
  readCounted(reader);
  readLength(reader);
  const [charset, length, type, flags, decimals] = [reader.u16(), reader.u32(), reader.u8(), reader.u16(), reader.u8()];
  return { name, table, type, charset, length, flags, decimals };
}

const NUMBERS = new Set<number>([
  TYPE.tiny,
  TYPE.short,
  TYPE.long,
  TYPE.float,
  TYPE.double,
  TYPE.longlong,
  TYPE.int24,
  TYPE.newDecimal,
  TYPE.year,
]);
/** Whether the command-line client puts it at the right. */
export const isNumber = ({ type }: WireField): boolean => NUMBERS.has(type);

// ----------------------------------------------------------------------------------------------------------------- rows

export function textRow(row: readonly SqlValue[]): Uint8Array {
  const writer = new WireWriter("little", 64);
  for (const value of row) {
    if (value === null) writer.u8(0xfb);
    else writeCounted(writer, utf8(String(value)));
  }
  return writer.done();
}

export function readTextRow(reader: WireReader, count: number): SqlValue[] {
  const decoder = new TextDecoder();
  return Array.from({ length: count }, () => {
    if (reader.peek() !== 0xfb) return decoder.decode(readCounted(reader));
    reader.skip(1);
    return null;
  });
}

/** As a prepared statement's rows travel: a bit for each null, then values by their types. */
export function binaryRow(row: readonly SqlValue[], fields: readonly WireField[]): Uint8Array {
  const nulls = new Uint8Array((row.length + 9) >> 3);
  const values = new WireWriter("little", 64);
  for (const [index, value] of row.entries()) {
    const field = fields[index];
    if (value === null || field === undefined) {
      const bit = index + 2;
      nulls[bit >> 3] = (nulls[bit >> 3] ?? 0) | (1 << (bit & 7));
    } else writeBinary(values, String(value), field.type);
  }
  return new WireWriter("little", 64).u8(0).bytes(nulls).bytes(values.done()).done();
}

function writeBinary(writer: WireWriter, text: string, type: number): void {
  switch (type) {
    case TYPE.tiny:
      writer.u8(Number(text) & 255);
      return;
    case TYPE.short:
      writer.u16(Number(text));
      return;
    case TYPE.int24:
    case TYPE.long:
      writer.i32(Number(text) | 0);
      return;
    case TYPE.longlong:
      writer.i64(/^-?\d+$/.test(text) ? BigInt(text) : BigInt(Math.trunc(Number(text)) || 0));
      return;
    case TYPE.float:
      writer.f32(Number(text));
      return;
    case TYPE.double:
      writer.f64(Number(text));
      return;
    case TYPE.date:
    case TYPE.datetime:
    case TYPE.timestamp:
      writeTime(writer, text);
      return;
    default:
      writeCounted(writer, utf8(text));
  }
}

/** Zeros at the end are left away, in steps. */
function writeTime(writer: WireWriter, text: string): void {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[- :.]/).map(Number);
  const micros = Number((/\.(\d+)$/.exec(text)?.[1] ?? "").padEnd(6, "0").slice(0, 6));
  const length = micros > 0 ? 11 : hour + minute + second > 0 ? 7 : year + month + day > 0 ? 4 : 0;
  writeLength(writer, length);
  if (length >= 4) writer.u16(year).u8(month).u8(day);
  if (length >= 7) writer.u8(hour).u8(minute).u8(second);
  if (length === 11) writer.u32(micros);
}
