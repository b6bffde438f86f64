import { Binary, BSON, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } from "mongodb";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../encoding/index.ts";
import { Malformed, WireReader } from "../../kit/wire/bytes.ts";
import type { Doc } from "../data/bson.ts";
import { readDocument, writeDocument } from "./bson.ts";
import { decimalFrom, decimalText } from "./decimal128.ts";

const read = (bytes: Uint8Array) => readDocument(new WireReader(bytes, "little"));

describe("BSON", () => {
  it("is written and read as the drivers' own library does", () => {
    const ours: Doc = {
      text: "żółw\0 inside",
      int: -7,
      double: 1.5,
      long: { $numberLong: "-9007199254740993" },
      decimal: { $numberDecimal: "-12.50" },
      date: { $date: -1 },
      id: { $oid: "0123456789abcdef01234567" },
      uuid: { $uuid: "00112233-4455-6677-8899-aabbccddeeff" },
      bytes: { $binary: { base64: "AP8H", subType: "00" } },
      list: [1, [null, true], { a: {} }],
      regex: { $regularExpression: { pattern: "^a", options: "i" } },
      stamp: { $timestamp: { t: 5, i: 6 } },
      min: { $minKey: 1 },
      max: { $maxKey: 1 },
      __proto__x: false,
    };
    const theirs = {
      text: "żółw\0 inside",
      int: -7,
      double: new Double(1.5),
      long: Long.fromString("-9007199254740993"),
      decimal: Decimal128.fromString("-12.50"),
      date: new Date(-1),
      id: new ObjectId("0123456789abcdef01234567"),
      uuid: new UUID("00112233-4455-6677-8899-aabbccddeeff"),
      bytes: new Binary(Uint8Array.of(0, 255, 7)),
      list: [1, [null, true], { a: {} }],
      regex: /^a/i,
      stamp: new Timestamp({ t: 5, i: 6 }),
      min: new MinKey(),
      max: new MaxKey(),
      __proto__x: false,
    };
    expect(toHex(writeDocument(ours))).toBe(toHex(BSON.serialize(theirs)));
    expect(read(BSON.serialize(theirs))).toEqual(ours);
  });

  it.each([
    "0",
    "-0",
    "12.50",
    "1E+3",
    "1E-7",
    "0.000001",
    "1234567890123456789012345678901234",
    "NaN",
    "-Infinity",
    "1E+6111",
  ])("keeps the decimal %s", (text) => {
    const theirs = Decimal128.fromString(text);
    expect(toHex(decimalFrom(text))).toBe(toHex(theirs.bytes));
    expect(decimalText(theirs.bytes)).toBe(theirs.toString());
  });

  it("does not take what is none, or what would pass for something else", () => {
    for (const bytes of [
      [],
      [5, 0, 0, 0],
      [6, 0, 0, 0, 0],
      [255, 255, 255, 127, 0],
      [12, 0, 0, 0, 2, 97, 0, 255, 0, 0, 0, 0],
    ])
      expect(() => read(Uint8Array.from(bytes))).toThrow(Malformed);
    expect(() => read(BSON.serialize({ a: { $oid: "x" } }))).toThrow("not supported");
    expect(() => read(BSON.serialize({ a: new BSON.Code("1") }))).toThrow("BSON type 13");
    let deep: object = {};
    for (let depth = 0; depth < 250; depth++) deep = { a: deep };
    expect(() => read(BSON.serialize(deep))).toThrow("exceeded maximum nested object depth: 200");
  });

  it("keeps a field of an awkward name a field", () => {
    const doc = read(BSON.serialize(JSON.parse('{"__proto__": {"polluted": 1}}')));
    expect(Object.keys(doc)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(doc)).toBe(Object.prototype);
  });
});
