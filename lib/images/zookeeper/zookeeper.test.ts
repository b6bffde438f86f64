import { describe, expect, it } from "vitest";
import { toHex } from "../../encoding/index.ts";
import { dataBytes, dataText } from "./data.ts";
import { type Change, type Outcome, ZooTree } from "./tree.ts";
import { writer, writeStat, writeText } from "./wire/jute.ts";

function grown(): { readonly tree: ZooTree; readonly run: (change: Change) => Outcome; readonly told: string[] } {
  const tree = new ZooTree();
  const told: string[] = [];
  tree.event = (kind, path) => told.push(`${kind} ${path}`);
  const run = (change: Change) => JSON.parse(tree.apply(JSON.stringify(change), { term: 1, index: 1 })) as Outcome;
  return { tree, run, told };
}
const create = (path: string, owner = "0x0") =>
  ({ op: "create", path, data: "", sequential: false, owner, now: 1 }) as const;

describe("data", () => {
  it("is text where it can be, and comes back as the bytes it was", () => {
    for (const bytes of [[], [0], [0xff, 0x80], [...new TextEncoder().encode("żółw")], [0xef, 0xb7, 0x90, 65]])
      expect([...(dataBytes(dataText(Uint8Array.from(bytes))) ?? [])]).toEqual(bytes);
    expect(dataText(new TextEncoder().encode("żółw"))).toBe("żółw");
    expect(dataBytes(dataText(null))).toBeNull();
  });
});

describe("a transaction", () => {
  it("does all of its parts, and tells of them", () => {
    const { tree, run, told } = grown();
    run({ op: "transaction", changes: [create("/a"), create("/a/b"), { op: "delete", path: "/a/b", version: -1 }] });
    expect(tree.children("/a")).toEqual([]);
    expect(told).toEqual(["created /a", "children /", "created /a/b", "children /a", "deleted /a/b", "children /a"]);
  });

  it("leaves everything as it was where one fails", () => {
    const { tree, run, told } = grown();
    run(create("/a"));
    const before = tree.dump().replace(/"counter":\d+/, "");
    told.length = 0;
    const outcome = run({
      op: "transaction",
      changes: [
        create("/a/b"),
        { op: "set", path: "/a", data: "x", version: 0, now: 2 },
        { op: "check", path: "/a", version: 0 },
        create("/c"),
      ],
    });
    expect(outcome).toMatchObject({ parts: [{ path: "/a/b" }, { path: "/a" }, { error: "BadVersion" }] });
    expect(tree.dump().replace(/"counter":\d+/, "")).toBe(before);
    expect(told).toEqual([]);
  });
});

describe("sessions", () => {
  it("end with the server they live on, and take their nodes along; those that moved stay", () => {
    const { tree, run } = grown();
    for (const session of ["0x0100000000000001", "0x0100000000000002"]) {
      run({ op: "createSession", session, server: "1", timeout: 4000, password: "" });
      run(create(`/${session}`, session));
    }
    run({ op: "moveSession", session: "0x0100000000000002", server: "2" });
    run({ op: "expire", server: "0x01" });
    expect(tree.sessions.size).toBe(2);
    run({ op: "expire", server: "0x01", home: "1" });
    expect([...tree.sessions.keys()]).toEqual(["0x0100000000000002"]);
    expect(tree.children("/")).toEqual(["0x0100000000000002", "zookeeper"]);
    const copy = new ZooTree();
    copy.load(tree.dump());
    expect([...copy.sessions]).toEqual([...tree.sessions]);
  });
});

describe("jute", () => {
  it("writes texts behind their length, and stats field after field", () => {
    expect(toHex(writeText(writer(), "/a").done())).toBe("000000022f61");
    const stat = { czxid: "0x100000002", mzxid: "0x3", pzxid: "0x4", ctime: 5, mtime: 6, version: 7, cversion: 8 };
    expect(
      toHex(writeStat(writer(), { ...stat, owner: "0xff00000000000001", dataLength: 9, children: 10 }).done()),
    ).toBe(
      "0000000100000002" +
        "0000000000000003" +
        "0000000000000005" +
        "0000000000000006" +
        "00000007" +
        "00000008" +
        "00000000" +
        "ff00000000000001" +
        "00000009" +
        "0000000a" +
        "0000000000000004",
    );
  });
});
