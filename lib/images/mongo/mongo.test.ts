import { describe, expect, it } from "vitest";
import { aggregate } from "./data/aggregate.ts";
import type { Doc } from "./data/bson.ts";
import { matcher } from "./data/match.ts";
import { applyUpdate, project, sorted } from "./data/update.ts";
import { checkChange, readReplicaConfig } from "./replica-config.ts";
import { Interpreter, Scope } from "./shell/evaluate.ts";
import { inspect, legacyResult } from "./shell/format.ts";
import { standardGlobals } from "./shell/methods.ts";
import { parseScript } from "./shell/parse.ts";
import { ScriptSyntaxError } from "./shell/tokens.ts";
import { fromValue, Scalar, ScriptThrow } from "./shell/values.ts";

async function run(source: string): Promise<string> {
  const scope = new Scope();
  const objectId = () => new Scalar({ $oid: "0".repeat(24) });
  for (const [name, value] of Object.entries(standardGlobals({ now: () => 0, random: () => 0.5, objectId })))
    scope.declare(name, value);
  try {
    return inspect(await new Interpreter(() => undefined).run(parseScript(source), scope));
  } catch (problem) {
    if (problem instanceof ScriptThrow || problem instanceof ScriptSyntaxError) return problem.message;
    throw problem;
  }
}

const context = { now: 0, inserting: false };
const update = (doc: Doc, change: Doc) => applyUpdate(doc, change, context);

describe("filters", () => {
  const docs: readonly Doc[] = [
    { _id: 1, n: 5, tags: ["a", "b"], sub: [{ k: 1 }, { k: 2 }] },
    { _id: 2, n: null },
    { _id: 3, n: "5", name: "Ann" },
  ];
  const ids = (filter: Doc) => docs.filter(matcher(filter)).map(({ _id }) => _id);

  it("compare within types, look into arrays, and take null for missing", () => {
    expect(ids({ n: { $gt: 3 } })).toEqual([1]);
    expect(ids({ n: "5" })).toEqual([3]);
    expect(ids({ tags: "b" })).toEqual([1]);
    expect(ids({ "sub.k": 2 })).toEqual([1]);
    expect(ids({ tags: null })).toEqual([2, 3]);
    expect(ids({ $or: [{ _id: 2 }, { name: { $regex: "^a", $options: "i" } }] })).toEqual([2, 3]);
    expect(ids({ sub: { $elemMatch: { k: { $gte: 2 } } } })).toEqual([1]);
    expect(ids({ n: { $not: { $gt: 3 } } })).toEqual([2, 3]);
  });

  it("refuse operators that are none", () => {
    expect(() => ids({ n: { $foo: 1 } })).toThrow("unknown operator: $foo");
    expect(() => ids({ $where: "true" })).toThrow("unknown top level operator: $where");
  });
});

describe("updates", () => {
  it("change what their operators say", () => {
    expect(update({ _id: 1, a: 1 }, { $set: { "b.c": 2 }, $inc: { a: 4 }, $unset: { x: "" } })).toEqual({
      _id: 1,
      a: 5,
      b: { c: 2 },
    });
    expect(update({ _id: 1, l: [1] }, { $push: { l: { $each: [3, 2], $sort: -1, $slice: 2 } } })).toEqual({
      _id: 1,
      l: [3, 2],
    });
    expect(update({ _id: 1, l: [1, 2] }, { $addToSet: { l: 2 }, $pull: { l: { $lt: 2 } } })).toEqual({
      _id: 1,
      l: [2],
    });
  });

  it("refuse what cannot be", () => {
    expect(() => update({ _id: 1 }, { $frob: { a: 1 } })).toThrow("Unknown modifier: $frob.");
    expect(() => update({ _id: 1, a: "x" }, { $inc: { a: 1 } })).toThrow(
      "Cannot apply $inc to a value of non-numeric type.",
    );
    expect(() => update({ _id: 1 }, { $set: { _id: 2 } })).toThrow("would modify the immutable field '_id'");
  });

  it("project and sort", () => {
    expect(project({ _id: 1, a: 1, b: { c: 2, d: 3 } }, { "b.c": 1, _id: 0 })).toEqual({ b: { c: 2 } });
    expect(() => project({ _id: 1 }, { a: 1, b: 0 })).toThrow("Cannot do exclusion on field b in inclusion projection");
    expect(sorted([{ a: 1 }, { a: null }, { a: "x" }], { a: -1 })).toEqual([{ a: "x" }, { a: 1 }, { a: null }]);
  });
});

describe("aggregation", () => {
  it("groups, joins and computes", () => {
    const orders: readonly Doc[] = [
      { _id: 1, item: "a", qty: 2, price: 3 },
      { _id: 2, item: "a", qty: 1, price: 10 },
    ];
    const other = { collection: () => [{ _id: "a", name: "Apple" }] };
    expect(
      aggregate(
        orders,
        [
          { $group: { _id: "$item", total: { $sum: { $multiply: ["$qty", "$price"] } } } },
          { $lookup: { from: "items", localField: "_id", foreignField: "_id", as: "item" } },
        ],
        other,
      ),
    ).toEqual([{ _id: "a", total: 16, item: [{ _id: "a", name: "Apple" }] }]);
    expect(() => aggregate(orders, [{ $frob: {} }], other)).toThrow("Unrecognized pipeline stage name: '$frob'");
  });
});

describe("scripts", () => {
  it("are a part of JavaScript", async () => {
    expect(await run("var s = 0; for (let i = 0; i < 4; i++) { if (i === 2) continue; s += i } s")).toBe("4");
    expect(await run("[3, 1, 2].sort((a, b) => a - b).map(x => `n${x}`).join('-')")).toBe("n1-n2-n3");
    expect(await run("function fact(n) { return n < 2 ? 1 : n * fact(n - 1) } fact(5)")).toBe("120");
    expect(await run("try { null.x } catch (e) { e.message }")).toBe("Cannot read properties of null (reading 'x')");
    expect(await run("let o = {a: 1, ...{b: [1, 2]}}; o.c = new Date(0); JSON.stringify(o)")).toBe(
      '{"a":1,"b":[1,2],"c":"1970-01-01T00:00:00.000Z"}',
    );
    expect(await run("EJSON.stringify({at: ISODate('2024-01-01'), id: ObjectId()})")).toBe(
      '{"at":{"$date":"2024-01-01T00:00:00Z"},"id":{"$oid":"000000000000000000000000"}}',
    );
  });

  it("say what they do not have", async () => {
    expect(await run("nope + 1")).toBe("ReferenceError: nope is not defined");
    expect(await run("class A {}")).toBe("'class' is not supported here");
    expect(await run("let x = {}; x.f()")).toBe("TypeError: x.f is not a function");
    expect(await run("function f() { return f() } f()")).toBe("RangeError: Maximum call stack size exceeded");
    expect(await run(`${"(".repeat(5000)}`)).toBe("too deeply nested");
    expect(await run("let o = {}; o.o = o; EJSON.stringify(o)")).toContain("BSONError: Cannot convert circular");
    expect(await run("let s = 'x'; while (true) s += s")).toBe("RangeError: Invalid string length");
    expect(await run("({}).constructor")).toBe("undefined");
    expect(await run("let o = {['__proto__']: {polluted: 1}}; ({}).polluted")).toBe("undefined");
  });

  it("know where more is needed", () => {
    const incomplete = (source: string) => {
      try {
        parseScript(source);
        return false;
      } catch (problem) {
        return problem instanceof ScriptSyntaxError && problem.incomplete;
      }
    };
    expect(incomplete("function f() {")).toBe(true);
    expect(incomplete("db.t.find({")).toBe(true);
    expect(incomplete("}")).toBe(false);
  });
});

describe("results", () => {
  it("look as mongosh prints them", () => {
    expect(inspect(fromValue({ acknowledged: true, insertedId: { $oid: "65f000000000000000000000" } }))).toBe(
      "{\n  acknowledged: true,\n  insertedId: ObjectId('65f000000000000000000000')\n}",
    );
    expect(inspect(fromValue([{ _id: 1, a: { b: { c: { d: 1 } } } }]))).toBe(
      "[\n  {\n    _id: 1,\n    a: { b: { c: { d: 1 } } }\n  }\n]",
    );
    expect(inspect(fromValue([1, 2, 3, 4, 5, 6, 7]))).toBe("[\n  1, 2, 3, 4,\n  5, 6, 7\n]");
    expect(inspect(fromValue({ text: "it's", at: { $date: 0 } }))).toBe(
      "{ text: \"it's\", at: ISODate('1970-01-01T00:00:00.000Z') }",
    );
  });

  it("and as the legacy shell did", () => {
    expect(legacyResult(fromValue({ ok: 1, a: [1, { b: 2 }] }))).toBe('{ "ok" : 1, "a" : [ 1, { "b" : 2 } ] }');
  });
});

describe("a replica set's configuration", () => {
  const config = (members: readonly Doc[]) => readReplicaConfig({ _id: "rs0", version: 1, members }, 7);

  it("has defaults, and refuses what cannot work", () => {
    expect(config([{ _id: 0, host: "a" }]).members[0]).toMatchObject({ host: "a:27017", priority: 1, votes: 1 });
    expect(() => config([{ _id: 0, host: "a", prio: 1 }])).toThrow(
      "BSON field 'MemberConfig.prio' is an unknown field.",
    );
    expect(() => config([{ _id: 0, host: "a", priority: 0 }])).toThrow(
      "at least one non-arbiter member with priority > 0",
    );
    expect(() =>
      config([
        { _id: 0, host: "a" },
        { _id: 1, host: "b", votes: 0 },
      ]),
    ).toThrow("priority must be 0 when non-voting");
  });

  it("changes by one voter at a time", () => {
    const one = config([{ _id: 0, host: "a" }]);
    const three = config([
      { _id: 0, host: "a" },
      { _id: 1, host: "b" },
      { _id: 2, host: "c" },
    ]);
    expect(() => checkChange(one, three)).toThrow("can only add or remove at most 1 voting member");
  });
});
