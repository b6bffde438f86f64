import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../encoding/index.ts";
import { Malformed } from "../../kit/wire/bytes.ts";
import type { CqlType, CqlValue } from "../cql/types.ts";
import type { TableSchema } from "../schema.ts";
import { markersOf, withoutValues, withValues } from "./markers.ts";
import { literalOf, toBytes } from "./values.ts";

const type = (name: string, ...of: CqlType[]): CqlType => ({ name, of });

describe("values", () => {
  it.each([
    [type("int"), -7, "fffffff9", "-7"],
    [type("bigint"), "-9007199254740993", "ffdfffffffffffff", "-9007199254740993"],
    [type("varint"), "-128", "80", "-128"],
    [type("decimal"), "-12.50", "00000002fb1e", "-12.50"],
    [type("boolean"), true, "01", "true"],
    [type("text"), "it's", "69742773", "'it''s'"],
    [type("blob"), "0x00ff", "00ff", "0x00ff"],
    [type("date"), "1970-01-02", "80000001", "'1970-01-02'"],
    [type("inet"), "10.0.0.1", "0a000001", "'10.0.0.1'"],
    [type("list", type("int")), [1, 2], "00000002000000040000000100000004" + "00000002", "[1, 2]"],
    [type("map", type("text"), type("int")), [["a", 1]], "0000000100000001610000000400000001", "{'a': 1}"],
  ] as const)("of type %j travel as bytes and stand in statements as literals: %s", (of, value, hex, literal) => {
    expect(toHex(toBytes(value as CqlValue, of))).toBe(hex);
    expect(literalOf(fromHex(hex), of)).toBe(literal);
  });
  it("are refused where they are no values", () => {
    expect(() => literalOf(fromHex("0102"), type("int"))).toThrow("Expected 4 bytes");
    expect(() => literalOf(fromHex("7fffffff"), type("list", type("int")))).toThrow(Malformed);
    expect(() => literalOf(fromHex("00000001ffffffff"), type("list", type("int")))).toThrow("null is not supported");
  });
});

describe("places for values", () => {
  const columns = [
    { name: "k", type: type("int"), kind: "partition_key" },
    { name: "c", type: type("text"), kind: "clustering" },
    { name: "tags", type: type("map", type("text"), type("int")), kind: "regular" },
  ];
  const table = { keyspace: "ks", name: "t", columns } as unknown as TableSchema;
  const about = (cql: string) => markersOf(cql, () => table).map(({ column, type: of }) => `${column} ${of.name}`);
  it("are known by what stands around them", () => {
    expect(about("INSERT INTO t (k, c, tags) VALUES (?, 'a?', ?) USING TTL ?")).toEqual([
      "k int",
      "tags map",
      "[ttl] int",
    ]);
    expect(about("UPDATE ks.t USING TIMESTAMP ? SET tags = :tags WHERE k = :k AND c IN (?, ?) IF tags != ?")).toEqual([
      "[timestamp] bigint",
      "tags map",
      "k int",
      "c text",
      "c text",
      "tags map",
    ]);
    expect(about("SELECT * FROM t WHERE k IN ? AND tags CONTAINS KEY ? AND tags CONTAINS ? LIMIT ?")).toEqual([
      "in(k) list",
      "key(tags) text",
      "value(tags) int",
      "[limit] int",
    ]);
    expect(about("SELECT * FROM t WHERE token(k) > ?")).toEqual(["partition key token bigint"]);
    expect(about("INSERT INTO t (k, tags) VALUES (1, {'a': 1})")).toEqual([]);
    expect(() => about("INSERT INTO t (tags) VALUES ({'a': ?})")).toThrow("inside of collections");
    expect(() => about("SELECT * FROM t WHERE nox = ?")).toThrow("Undefined column name nox in table ks.t");
  });
  it("are filled, and only so", () => {
    const cql = "SELECT * FROM t WHERE k IN ? AND c = ? LIMIT ?";
    const markers = markersOf(cql, () => table);
    expect(withoutValues(cql, markers)).toBe("SELECT * FROM t WHERE k IN (NULL) AND c = NULL LIMIT 1");
    const list = fromHex("000000010000000400000009");
    expect(withValues(cql, markers, [list, fromHex("27"), fromHex("00000003")])).toBe(
      "SELECT * FROM t WHERE k IN (9) AND c = '''' LIMIT 3",
    );
    expect(() => withValues(cql, markers, [list, undefined, null])).toThrow("Invalid unset value for column c");
  });
});
