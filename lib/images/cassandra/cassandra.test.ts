import { describe, expect, it } from "vitest";
import { parseStatement } from "./cql/parser.ts";
import { CqlError, partitionKeyBytes, shown } from "./cql/types.ts";
import { takeStatements } from "./cqlsh.ts";
import { tokenOf } from "./murmur.ts";
import { Ring } from "./ring.ts";
import type { TableSchema } from "./schema.ts";
import { type Fragment, liveRows, mergeFragments } from "./table.ts";

const type = (name: string) => ({ name, of: [] });

const table: TableSchema = {
  keyspace: "demo",
  name: "t",
  id: "1",
  columns: [
    { name: "k", type: type("int"), kind: "partition_key" },
    { name: "v", type: type("text"), kind: "regular" },
  ],
  indexes: [],
  comment: "",
  gcGraceSeconds: 864_000,
  defaultTtl: 0,
  compaction: "",
  at: 0,
};

const member = (hostId: string, tokens: readonly string[], rack = "r1", dataCenter = "dc1") => ({
  hostId,
  tokens,
  rack,
  dataCenter,
});

describe("tokens", () => {
  it("are those of Cassandra's Murmur3Partitioner", () => {
    expect(tokenOf(partitionKeyBytes([1], [type("int")]))).toBe(-4069959284402364209n);
    expect(tokenOf(partitionKeyBytes([2], [type("int")]))).toBe(-3248873570005575792n);
    expect(tokenOf(partitionKeyBytes(["123"], [type("text")]))).toBe(-7468325962851647638n);
  });
});

describe("replicas", () => {
  const ring = new Ring([member("a", ["0"], "r1"), member("b", ["100"], "r1"), member("c", ["200"], "r2")]);

  it("begin with the owner of the token and go on along the ring", () => {
    const simple = { class: "SimpleStrategy", replication_factor: "2" };
    expect(ring.replicas(50n, simple)).toEqual(["b", "c"]);
    expect(ring.replicas(100n, simple)).toEqual(["b", "c"]);
    expect(ring.replicas(201n, simple)).toEqual(["a", "b"]);
  });

  it("prefer racks that have none yet under NetworkTopologyStrategy", () => {
    expect(ring.replicas(0n, { class: "NetworkTopologyStrategy", dc1: "2" })).toEqual(["a", "c"]);
    expect(ring.replicas(0n, { class: "NetworkTopologyStrategy", dc2: "2" })).toEqual([]);
  });

  it("own the whole ring once a replica", () => {
    const owned = [...ring.ownership({ class: "SimpleStrategy", replication_factor: "2" }).values()];
    expect(owned.reduce((sum, part) => sum + part, 0)).toBeCloseTo(2);
  });
});

describe("merging", () => {
  const row = (v: string | undefined, t: number, more: object = {}): Fragment => ({
    k: [1],
    rows: [{ k: [], l: t, c: { v: v === undefined ? { t } : { v, t } }, ...more }],
  });
  const merged = (fragments: readonly Fragment[], now = 1000) => {
    const whole = mergeFragments(table, fragments);
    return whole === undefined ? undefined : liveRows(table, whole, now)[0]?.values["v"];
  };

  it("gives the later value, in whatever order answers come", () => {
    expect(merged([row("old", 1), row("new", 2)])).toBe("new");
    expect(merged([row("new", 2), row("old", 1)])).toBe("new");
    expect(merged([row("a", 1), row("b", 1)])).toBe("b");
  });

  it("hides what was deleted later, and shows what was written after a deletion", () => {
    expect(merged([row("x", 1), { k: [1], d: 2 }])).toBeUndefined();
    expect(merged([{ k: [1], d: 2 }, row("x", 3)])).toBe("x");
  });

  it("forgets values when their time to live is over", () => {
    const expiring: Fragment = { k: [1], rows: [{ k: [], l: 1, lx: 5000, c: { v: { v: "x", t: 1, x: 5000 } } }] };
    expect(merged([expiring], 4999)).toBe("x");
    expect(merged([expiring], 5000)).toBeUndefined();
  });
});

describe("CQL", () => {
  const problem = (text: string) => {
    try {
      parseStatement(text);
      return "none";
    } catch (error) {
      return error instanceof CqlError ? `${error.kind}: ${error.message}` : String(error);
    }
  };

  it("reads statements", () => {
    expect(
      parseStatement("SELECT count(*) FROM a.b WHERE k IN (1, 2) AND c > 3 LIMIT 5 ALLOW FILTERING"),
    ).toMatchObject({
      kind: "select",
      table: { keyspace: "a", table: "b" },
      limit: 5,
      filtering: true,
    });
    expect(parseStatement("INSERT INTO t (k, m) VALUES (1, {'a': 1}) IF NOT EXISTS USING TTL 60;")).toMatchObject({
      kind: "insert",
      condition: "not exists",
      ttl: 60,
    });
  });

  it("says where it does not understand", () => {
    expect(problem("SELEC * FROM t")).toBe("Syntax: line 1:0 no viable alternative at input 'SELEC' ([SELEC]...)");
    expect(problem("SELECT * FRM t")).toContain("Syntax: line 1:9 mismatched input 'FRM' expecting K_FROM");
  });

  it("refuses what it does not do instead of doing something else", () => {
    expect(problem("CREATE ROLE x")).toBe("Invalid: CREATE ROLE is not supported here");
    expect(problem("UPDATE t SET s = s + {'a'} WHERE k = 1")).toContain("is not supported here");
    expect(problem("CREATE TABLE t (k int PRIMARY KEY, c counter)")).toBe(
      "Invalid: type counter is not supported here",
    );
  });

  it("shows values as cqlsh does", () => {
    expect(shown(1.5, type("double"))).toBe("1.5");
    expect(shown(1234567, type("float"))).toBe("1.2346e+06");
    expect(shown(0, type("timestamp"))).toBe("1970-01-01 00:00:00.000000+0000");
    expect(shown(["a", "b"], { name: "set", of: [type("text")] })).toBe("{'a', 'b'}");
  });

  it("splits what was typed at semicolons, batches and texts kept whole", () => {
    const { statements, rest } = takeStatements("SELECT ';' ; CONSISTENCY ONE\nBEGIN BATCH INSERT x; APPLY BATCH; SEL");
    expect(statements.map(({ text }) => text)).toEqual([
      "SELECT ';'",
      "CONSISTENCY ONE",
      "BEGIN BATCH INSERT x; APPLY BATCH",
    ]);
    expect(rest.trim()).toBe("SEL");
  });
});
