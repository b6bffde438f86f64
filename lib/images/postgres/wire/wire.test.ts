import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../encoding/index.ts";
import type { Relation } from "../../kit/sql/state.ts";
import { fromUtf8, Malformed, utf8, WireReader } from "../../kit/wire/bytes.ts";
import { rowDescription } from "./answers.ts";
import { inferTypes } from "./inference.ts";
import { readReport, writeReport } from "./messages.ts";
import { filled, literal, templateOf } from "./parameters.ts";
import { fromBinary, text, toBinary } from "./types.ts";

describe("values in binary", () => {
  it.each([
    ["bool", 16, "t", "01"],
    ["int2", 21, "-2", "fffe"],
    ["int4", 23, "-2", "fffffffe"],
    ["int8", 20, "72057594037927936", "0100000000000000"],
    ["float8", 701, "1.5", "3ff8000000000000"],
    ["date", 1082, "2000-01-11", "0000000a"],
    ["timestamp", 1114, "2000-01-01 00:00:01.000", "00000000000f4240"],
    ["timestamptz", 1184, "2000-01-01 00:00:00.000+00", "0000000000000000"],
    ["uuid", 2950, "00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899aabbccddeeff"],
    ["jsonb", 3802, "{}", "017b7d"],
    ["numeric", 1700, "12345.0670", "0003000100000004000109290 29e".replace(" ", "")],
    ["numeric", 1700, "-0.0005", "0001ffff400000040005"],
    ["numeric", 1700, "0.00", "0000000000000002"],
    ["text", 25, "ż", "c5bc"],
  ] as const)("%s: %s %s", (type, oid, value, hex) => {
    expect(toHex(toBinary(type, value))).toBe(hex);
    expect(fromBinary(oid, fromHex(hex))).toBe(value);
  });

  it("keep what is no text, or too short, out", () => {
    expect(() => text(Uint8Array.of(0xff))).toThrow('invalid byte sequence for encoding "UTF8"');
    expect(() => text(utf8("a\0b"))).toThrow('invalid byte sequence for encoding "UTF8"');
    expect(() => fromBinary(23, Uint8Array.of(1))).toThrow(Malformed);
  });
});

describe("parameters", () => {
  const template = templateOf("SELECT $2, '$1', \"$1\", $$ $1 $$, -- $1\n $1 FROM t");
  it("stand outside of texts, names and comments", () => {
    expect(template).toMatchObject({ places: [1, 0], count: 2 });
    expect(() => templateOf("SELECT $0")).toThrow("there is no parameter $0");
  });
  it("become literals; places behind them are told as they were in what was sent", () => {
    const { sql, origin } = filled(templateOf("SELECT $1, $2, x"), [literal("it's", 25), literal("1", 23)]);
    expect(sql).toBe("SELECT 'it''s', ('1'::int4), x");
    expect(origin(sql.indexOf("x"))).toBe("SELECT $1, $2, x".indexOf("x"));
    expect(origin(sql.indexOf("s'"))).toBe(7);
    expect(literal(null, 23)).toBe("NULL");
  });
});

describe("types that a client leaves open", () => {
  const relation = (name: string, ...columns: readonly (readonly [string, string])[]) =>
    ({ name, columns: columns.map(([one, type]) => ({ name: one, type })) }) as unknown as Relation;
  const relations = [
    relation("item", ["id", "int4"], ["name", "varchar"], ["made", "timestamptz"]),
    relation("other", ["id", "int8"], ["n", "int2"]),
  ];
  it.each([
    ["SELECT * FROM item WHERE id = $1 AND name LIKE $2 LIMIT $3", ["int4", undefined, "int8"]],
    ["INSERT INTO item (made, id) VALUES ($1, $2), (now(), $3 + 1)", ["timestamptz", "int4"]],
    ["INSERT INTO public.item VALUES (DEFAULT, $1)", ["varchar"]],
    ["UPDATE item SET name = $2 WHERE $1 = item.id", ["int4", "varchar"]],
    ["SELECT $1::bigint, $2 FROM item", ["int8"]],
    [
      "SELECT 1 FROM item JOIN other ON true WHERE id = $1 AND n IN ($2, $3) AND n BETWEEN $4 AND $5",
      [undefined, "int2", "int2", "int2", "int2"],
    ],
  ])("%s", (sql, types) => {
    const found = inferTypes(sql, relations);
    expect(types.map((_, index) => found[index])).toEqual(types);
  });
});

describe("messages", () => {
  it("describe columns with numbers of types", () => {
    const bytes = rowDescription([{ name: "a", right: false, type: "varchar", size: [10] }]).done();
    expect(toHex(bytes)).toBe("00016100" + "00000000" + "0000" + "00000413" + "ffff" + "0000000e" + "0000");
  });
  it("tell errors by fields", () => {
    const report = { severity: "ERROR", state: "42703", message: "no", hint: "try", position: 7 };
    const bytes = writeReport(report).done();
    expect(fromUtf8(bytes)).toBe("SERROR\0VERROR\0C42703\0Mno\0Htry\0P8\0\0");
    expect(readReport(new WireReader(bytes, "big"))).toEqual(report);
  });
});
