import { describe, expect, it } from "vitest";
import { clusterId, memberId } from "./ids.ts";
import { EtcdStore } from "./store.ts";
import type { Change, Outcome, PutOp, RangeOp } from "./types.ts";

const position = { term: 1, index: 1 };
const put = (key: string, value: string, lease = "0"): PutOp => ({
  op: "put",
  key,
  value,
  lease,
  prevKv: false,
  ignoreValue: false,
  ignoreLease: false,
});
const read = (key: string, end = "", extra: Partial<RangeOp> = {}): RangeOp => ({
  op: "range",
  key,
  end,
  limit: 0,
  revision: 0,
  sortOrder: "NONE",
  sortTarget: "KEY",
  keysOnly: false,
  countOnly: false,
  minMod: 0,
  maxMod: 0,
  minCreate: 0,
  maxCreate: 0,
  ...extra,
});
const run = (store: EtcdStore, change: Change) => JSON.parse(store.apply(JSON.stringify(change), position)) as Outcome;
const values = (store: EtcdStore, request: RangeOp) => {
  const result = store.range(request);
  return "error" in result ? result.error : result.kvs.map(({ key, value }) => `${key}=${value}`);
};

describe("ids", () => {
  it("are those that etcd computes for its defaults", () => {
    const id = memberId(["http://localhost:2380"], "etcd-cluster");
    expect(id).toBe("8e9e05c52164694d");
    expect(clusterId([id])).toBe("cdf818194e3a8c32");
  });
});

describe("EtcdStore", () => {
  it("counts a revision for each change that writes, and none for one that does not", () => {
    const store = new EtcdStore();
    expect(store.revision).toBe(1);
    run(store, put("a", "1"));
    run(store, put("a", "2"));
    expect(store.revision).toBe(3);
    run(store, { op: "delete", key: "nothing", end: "", prevKv: false });
    expect(store.revision).toBe(3);
    const result = store.range(read("a"));
    expect("kvs" in result && result.kvs[0]).toMatchObject({ create: 2, mod: 3, version: 2 });
  });

  it("reads the past until it is compacted", () => {
    const store = new EtcdStore();
    for (const value of ["1", "2", "3"]) run(store, put("a", value));
    run(store, { op: "delete", key: "a", end: "", prevKv: false });
    expect(values(store, read("a", "", { revision: 3 }))).toEqual(["a=2"]);
    expect(values(store, read("a"))).toEqual([]);
    expect(values(store, read("a", "", { revision: 9 }))).toBe("FutureRevision");
    run(store, { op: "compact", revision: 4 });
    expect(values(store, read("a", "", { revision: 3 }))).toBe("Compacted");
    expect(values(store, read("a", "", { revision: 4 }))).toEqual(["a=3"]);
    expect(run(store, { op: "compact", revision: 4 })).toEqual({ error: "Compacted" });
  });

  it("reads ranges in order, sorted and limited", () => {
    const store = new EtcdStore();
    for (const key of ["b", "c", "a", "d"]) run(store, put(key, key));
    expect(values(store, read("a", "d"))).toEqual(["a=a", "b=b", "c=c"]);
    expect(values(store, read("b", "\0", { limit: 2 }))).toEqual(["b=b", "c=c"]);
    expect(values(store, read("a", "\0", { sortOrder: "DESCEND", sortTarget: "CREATE" }))).toEqual([
      "d=d",
      "a=a",
      "c=c",
      "b=b",
    ]);
  });

  it("does a transaction whole: one revision, and reads see its own writes", () => {
    const store = new EtcdStore();
    run(store, put("a", "1"));
    const outcome = run(store, {
      op: "txn",
      compare: [{ target: "VALUE", result: "EQUAL", key: "a", end: "", operand: "1" }],
      success: [put("a", "2"), put("b", "3"), read("a", "\0")],
      failure: [],
    });
    expect(outcome).toMatchObject({ revision: 3, result: { succeeded: true } });
    expect(JSON.stringify(outcome)).toContain('"key":"b","value":"3","create":3');
    const refused = run(store, {
      op: "txn",
      compare: [],
      success: [put("x", "1"), put("y", "1", "abc")],
      failure: [],
    });
    expect(refused).toEqual({ error: "LeaseNotFound" });
    expect(values(store, read("x"))).toEqual([]);
  });

  it("removes the keys of a lease with it, also after a snapshot", () => {
    const store = new EtcdStore();
    run(store, { op: "grant", id: "1f", ttl: 10 });
    run(store, put("a", "1", "1f"));
    run(store, put("b", "2", "1f"));
    run(store, put("b", "3"));
    const copy = new EtcdStore();
    copy.load(store.dump());
    for (const one of [store, copy]) {
      expect(one.keysOf("1f")).toEqual(["a"]);
      run(one, { op: "revoke", id: "1f" });
      expect(values(one, read("a", "\0"))).toEqual(["b=3"]);
    }
    expect(copy.hash(0)).toBe(store.hash(0));
  });

  it("gives the room of deleted keys back only to a defragmentation after a compaction", () => {
    const store = new EtcdStore();
    const empty = store.size;
    run(store, put("big", "x".repeat(100_000)));
    run(store, { op: "delete", key: "big", end: "", prevKv: false });
    store.defragment();
    expect(store.size).toBeGreaterThan(100_000);
    run(store, { op: "compact", revision: store.revision });
    expect(store.size).toBeGreaterThan(100_000);
    store.defragment();
    expect(store.size).toBe(empty);
  });

  it("knows members by their peer URLs, and never takes a removed one back", () => {
    const store = new EtcdStore();
    const member = { id: "a1", name: "", peerUrls: ["http://a:2380"], clientUrls: [], learner: false };
    run(store, { op: "memberAdd", member });
    expect(run(store, { op: "memberAdd", member: { ...member, id: "b1" } })).toEqual({ error: "PeerUrlExists" });
    run(store, { op: "memberRemove", id: "a1" });
    expect(run(store, { op: "memberRemove", id: "a1" })).toEqual({ error: "MemberNotFound" });
    expect(run(store, { op: "memberAdd", member })).toEqual({ error: "MemberExists" });
  });
});
