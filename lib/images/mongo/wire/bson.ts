/** BSON (bsonspec.org): documents as bytes, and back to the extended notation that the server works on. Pure. */
import { decodeBase64, encodeBase64, fromHex, toHex } from "../../../encoding/index.ts";
import { Malformed, strictUtf8, utf8, type WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import { badValue, type Doc, isArray, MongoError, type MutableDoc, specialKind, type Value } from "../data/bson.ts";
import { decimalFrom, decimalText } from "./decimal128.ts";

/** Documents within documents (BSONDepth). */
const MAX_DEPTH = 200;
const INT32 = 2 ** 31;

const TYPE = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  binary: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  boolean: 0x08,
  date: 0x09,
  null: 0x0a,
  regex: 0x0b,
  int32: 0x10,
  timestamp: 0x11,
  int64: 0x12,
  decimal128: 0x13,
  minKey: 0xff,
  maxKey: 0x7f,
} as const;

const tooDeep = () => new MongoError(15, "Overflow", `exceeded maximum nested object depth: ${MAX_DEPTH}`);

// -------------------------------------------------------------------------------------------------------------- writing

export function writeDocument(doc: Doc): Uint8Array {
  const writer = new WireWriter("little", 512);
  document(writer, Object.entries(doc), 0);
  return writer.done();
}

function document(writer: WireWriter, entries: readonly (readonly [string, Value | undefined])[], depth: number): void {
  if (depth > MAX_DEPTH) throw tooDeep();
  const at = writer.length;
  writer.i32(0);
  for (const [name, value] of entries) if (value !== undefined) element(writer, name, value, depth);
  writer.u8(0);
  writer.setI32(at, writer.length - at);
}

function element(writer: WireWriter, name: string, value: Value, depth: number): void {
  const head = (type: number) => writer.u8(type).cstring(name);
  if (value === null) head(TYPE.null);
  else if (typeof value === "boolean") head(TYPE.boolean).u8(Number(value));
  else if (typeof value === "string") text(head(TYPE.string), value);
  else if (typeof value === "number") {
    if (Number.isInteger(value) && value >= -INT32 && value < INT32 && !Object.is(value, -0))
      head(TYPE.int32).i32(value);
    else head(TYPE.double).f64(value);
  } else if (isArray(value)) {
    head(TYPE.array);
    document(
      writer,
      value.map((one, index) => [String(index), one]),
      depth + 1,
    );
  } else special(writer, name, value, depth);
}

function special(writer: WireWriter, name: string, value: Doc, depth: number): void {
  const kind = specialKind(value);
  const inner = kind === undefined ? null : (value[kind] ?? null);
  const head = (type: number) => writer.u8(type).cstring(name);
  switch (kind) {
    case undefined:
      head(TYPE.document);
      document(writer, Object.entries(value), depth + 1);
      return;
    case "$oid":
      head(TYPE.objectId).bytes(fromHex(String(inner).padStart(24, "0").slice(0, 24)));
      return;
    case "$date":
      head(TYPE.date).i64(BigInt(Math.trunc(typeof inner === "number" ? inner : Date.parse(String(inner))) || 0));
      return;
    case "$numberLong":
      head(TYPE.int64).i64(BigInt(/^-?\d+$/.test(String(inner)) ? String(inner) : 0));
      return;
    case "$numberDecimal":
      head(TYPE.decimal128).bytes(decimalFrom(String(inner)));
      return;
    case "$timestamp": {
      const { t = 0, i = 0 } = inner as unknown as { readonly t?: number; readonly i?: number };
      head(TYPE.timestamp).u32(i).u32(t);
      return;
    }
    case "$uuid":
      head(TYPE.binary)
        .i32(16)
        .u8(4)
        .bytes(fromHex(String(inner).replaceAll("-", "")));
      return;
    case "$binary": {
      const { base64 = "", subType = "00" } = inner as Readonly<Record<string, string>>;
      const bytes = decodeBase64(base64);
      head(TYPE.binary).i32(bytes.length).u8(Number.parseInt(subType, 16)).bytes(bytes);
      return;
    }
    case "$regularExpression": {
      const { pattern = "", options = "" } = inner as Readonly<Record<string, string>>;
      head(TYPE.regex)
        .cstring(pattern)
        .cstring([...options].sort().join(""));
      return;
    }
    case "$minKey":
      head(TYPE.minKey);
      return;
    case "$maxKey":
      head(TYPE.maxKey);
  }
}

function text(writer: WireWriter, value: string): void {
  const bytes = utf8(value);
  writer
    .i32(bytes.length + 1)
    .bytes(bytes)
    .u8(0);
}

// -------------------------------------------------------------------------------------------------------------- reading

/** The next document. Throws `Malformed` for what is none, and `MongoError` for what is not supported. */
export const readDocument = (reader: WireReader): Doc => readInner(reader, 0, false) as Doc;

function readInner(reader: WireReader, depth: number, list: boolean): Doc | Value[] {
  if (depth > MAX_DEPTH) throw tooDeep();
  const begin = reader.position;
  const length = reader.i32();
  if (length < 5 || length - 4 > reader.left) throw new Malformed("invalid BSON length");
  const doc: MutableDoc = {};
  const items: Value[] = [];
  for (let type = reader.u8(); type !== 0; type = reader.u8()) {
    const name = reader.cstring();
    const value = readValue(reader, type, name, depth);
    if (list) items.push(value);
    // This name would change what the document is instead of what it holds.
    else if (name === "__proto__")
      Object.defineProperty(doc, name, { value, enumerable: true, configurable: true, writable: true });
    else doc[name] = value;
  }
  if (reader.position - begin !== length) throw new Malformed("BSON length does not fit its elements");
  // A document that looks like a scalar in the extended notation would be taken for one.
  if (!list && specialKind(doc) !== undefined)
    throw badValue(`a document of the one field '${Object.keys(doc)[0]}' is not supported here`);
  return list ? items : doc;
}

function readText(reader: WireReader): string {
  const length = reader.i32();
  if (length < 1) throw new Malformed("invalid BSON string length");
  const found = strictUtf8(reader.bytes(length - 1));
  if (found === undefined || reader.u8() !== 0) throw new Malformed("invalid BSON string");
  return found;
}

function readValue(reader: WireReader, type: number, name: string, depth: number): Value {
  switch (type) {
    case TYPE.double:
      return reader.f64();
    case TYPE.string:
      return readText(reader);
    case TYPE.document:
      return readInner(reader, depth + 1, false) as Doc;
    case TYPE.array:
      return readInner(reader, depth + 1, true) as Value[];
    case TYPE.binary: {
      const length = reader.i32();
      const subType = reader.u8();
      const bytes = reader.bytes(length);
      if (subType === 4 && length === 16)
        return { $uuid: toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") };
      return { $binary: { base64: encodeBase64(bytes), subType: subType.toString(16).padStart(2, "0") } };
    }
    case TYPE.undefined:
    case TYPE.null:
      return null;
    case TYPE.objectId:
      return { $oid: toHex(reader.bytes(12)) };
    case TYPE.boolean:
      return reader.u8() !== 0;
    case TYPE.date:
      return { $date: Number(reader.i64()) };
    case TYPE.regex:
      return { $regularExpression: { pattern: reader.cstring(), options: reader.cstring() } };
    case TYPE.int32:
      return reader.i32();
    case TYPE.timestamp: {
      const i = reader.u32();
      return { $timestamp: { t: reader.u32(), i } };
    }
    case TYPE.int64:
      return { $numberLong: String(reader.i64()) };
    case TYPE.decimal128:
      return { $numberDecimal: decimalText(reader.bytes(16)) };
    case TYPE.minKey:
      return { $minKey: 1 };
    case TYPE.maxKey:
      return { $maxKey: 1 };
    default:
      throw badValue(`BSON type ${type} of field '${name}' is not supported here`);
  }
}
