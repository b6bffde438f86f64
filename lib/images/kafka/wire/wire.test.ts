import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../clock/index.ts";
import { Malformed, utf8, WireWriter } from "../../kit/wire/bytes.ts";
import { writeList, writer, writeText } from "./codec.ts";
import { ConsumerGroups, type JoinReply, type JoinRequest, partitionsOf } from "./consumer-groups.ts";
import { crc32c, readBatches, writeBatches } from "./records.ts";

describe("batches of records", () => {
  const records = [
    { offset: 7, epoch: 2, time: 1000, key: "k", value: "żółw", headers: [["h", null]] as const },
    { offset: 9, epoch: 2, time: 990, key: null, value: null },
    { offset: 10, epoch: 3, time: 2000, key: "", value: "x" },
  ];
  it("are summed by Castagnoli's polynomial", () => {
    expect(crc32c(utf8("123456789"))).toBe(0xe3069283);
  });
  it("go and come as what they were", () => {
    const found = readBatches(writeBatches(records));
    expect(found).toHaveLength(2);
    expect(Array.isArray(found) ? found.flatMap((batch: { records: unknown[] }) => batch.records) : found).toEqual([
      { time: 1000, key: "k", value: "żółw", headers: [["h", null]] },
      { time: 990, key: null, value: null },
      { time: 2000, key: "", value: "x" },
    ]);
  });
  it("are refused where they are damaged, compressed or of another format", () => {
    const bytes = writeBatches(records.slice(0, 1));
    const changed = (at: number, value: number) =>
      Uint8Array.from(bytes, (byte, index) => (index === at ? value : byte));
    expect(readBatches(changed(bytes.length - 1, 99))).toBe("CORRUPT_MESSAGE");
    expect(readBatches(changed(16, 1))).toBe("UNSUPPORTED_FOR_MESSAGE_FORMAT");
    const compressed = changed(22, 1);
    new DataView(compressed.buffer).setUint32(17, crc32c(compressed.subarray(21)));
    expect(readBatches(compressed)).toBe("UNSUPPORTED_COMPRESSION_TYPE");
    expect(() => readBatches(bytes.subarray(0, 40))).toThrow(Malformed);
  });
});

describe("a group whose members share the work out themselves", () => {
  const clock = virtualClock({ seed: 1 });
  const groups = new ConsumerGroups({ clock, isCoordinator: () => true, initialDelay: 3000, isTaken: () => false });
  const request = (member: string, protocols = ["range"]): JoinRequest => ({
    group: "g",
    member,
    clientId: "c",
    host: "/10.0.0.1",
    sessionTimeout: 10_000,
    rebalanceTimeout: 60_000,
    protocolType: "consumer",
    protocols: protocols.map((name) => ({ name, metadata: utf8(name) })),
    needsId: true,
  });
  const named = async (): Promise<string> => (await groups.join(request(""))).member;
  const pass = (ms: number) => clock.runUntil(() => false, ms);

  it("gives names, waits for others at first, and lets the leader assign", async () => {
    const [one, two] = [await named(), await named()];
    const joins = [groups.join(request(one)), groups.join(request(two))] as Promise<JoinReply>[];
    await pass(3100);
    const [first, second] = await Promise.all(joins);
    expect(first).toMatchObject({ error: "NONE", generation: 1, protocol: "range", leader: one });
    expect(first?.members.map(({ id }) => id)).toEqual([one, two]);
    expect(second).toMatchObject({ leader: one, members: [] });
    const waiting = groups.sync("g", two, 1, new Map());
    expect(await groups.sync("g", one, 1, new Map([[two, utf8("2")]]))).toMatchObject({ error: "NONE" });
    expect(await waiting).toEqual({ error: "NONE", assignment: utf8("2") });
    expect(groups.heartbeat("g", one, 1)).toBe("NONE");
    expect(groups.heartbeat("g", one, 0)).toBe("ILLEGAL_GENERATION");
    expect(groups.heartbeat("g", "nobody", 1)).toBe("UNKNOWN_MEMBER_ID");
    expect(groups.mayCommit("g", "", -1)).toBe("UNKNOWN_MEMBER_ID");
    expect(groups.join(request("nobody"))).toMatchObject({ error: "UNKNOWN_MEMBER_ID" });
    expect(groups.join(request("", ["sticky"]))).toMatchObject({ error: "INCONSISTENT_GROUP_PROTOCOL" });
    // A member that is silent is out, and the others hear of it.
    await pass(9000);
    groups.heartbeat("g", one, 1);
    await pass(2000);
    expect(groups.heartbeat("g", one, 1)).toBe("REBALANCE_IN_PROGRESS");
    expect(await groups.join(request(one))).toMatchObject({ generation: 2, leader: one });
    expect(groups.leave("g", one)).toBe("NONE");
    expect(groups.hasMembers("g")).toBe(false);
  });

  it("says what it reads, as far as that can be understood", () => {
    const out = writeList(new WireWriter("big").u16(0), ["t"], (topic) =>
      writeList(writeText(writer(), topic), [0, 2], () => undefined),
    );
    expect(partitionsOf(out.done())).toEqual([]);
    expect(partitionsOf(utf8("garbage"))).toEqual([]);
    const assignment = writeText(writer().u16(0).i32(1), "t").i32(2).i32(0).i32(2).i32(-1);
    expect(partitionsOf(assignment.done())).toEqual([
      { topic: "t", index: 0 },
      { topic: "t", index: 2 },
    ]);
  });
});
