import { describe, expect, it } from "vitest";
import { virtualClock } from "../../clock/index.ts";
import { memoryFileSystem } from "../../machine/index.ts";
import { parseProperties } from "./config.ts";
import {
  addPartitions,
  alterIsr,
  createTopic,
  electPreferred,
  electUnclean,
  fenceBroker,
  reassign,
  wakePartitions,
} from "./decisions.ts";
import { propertyOf } from "./entrypoints.ts";
import { assignRanges, javaHash } from "./groups.ts";
import { PartitionLog } from "./log.ts";
import { applyAll, type BrokerRecord, type Change, type ClusterImage, EMPTY_IMAGE } from "./model.ts";
import { murmur2 } from "./tools/murmur.ts";

const broker = (id: number): BrokerRecord => ({
  id,
  epoch: 1,
  incarnation: `process-${id}`,
  endpoints: [],
  rack: undefined,
  fenced: false,
});
const brokers = (...ids: number[]) =>
  applyAll(
    EMPTY_IMAGE,
    ids.map((id) => ({ type: "broker", broker: broker(id) })),
  );
const newTopic = (extra: object = {}) => ({
  name: "orders",
  partitions: 2,
  replicationFactor: 3,
  assignment: undefined,
  configs: {},
  ...extra,
});
const withTopic = (image: ClusterImage, extra: object = {}) =>
  applyAll(image, createTopic(image, newTopic(extra), "id", 0));
const partition = (image: ClusterImage, index = 0) => image.topics["orders"]?.partitions[index];
const decided = (image: ClusterImage, decide: (image: ClusterImage) => Change[]) => applyAll(image, decide(image));
const unfence = (image: ClusterImage, id: number) => {
  const awake = applyAll(image, [{ type: "fence", id, fenced: false }]);
  return decided(awake, (one) => wakePartitions(one, id));
};

describe("a controller's decisions", () => {
  it("spread replicas in turn; the first one leads", () => {
    const image = withTopic(brokers(0, 1, 2));
    expect(partition(image, 0)).toMatchObject({ replicas: [0, 1, 2], isr: [0, 1, 2], leader: 0 });
    expect(partition(image, 1)).toMatchObject({ replicas: [1, 2, 0], leader: 1 });
  });

  it("refuse more replicas than brokers, known names, and names that are none", () => {
    const image = withTopic(brokers(0, 1, 2));
    expect(() => createTopic(brokers(0), newTopic(), "id", 0)).toThrow(
      "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered.",
    );
    expect(() => createTopic(image, newTopic(), "id", 0)).toThrow("Topic 'orders' already exists.");
    expect(() => createTopic(image, newTopic({ name: "a b" }), "id", 0)).toThrow("Topic name is invalid");
    expect(() => createTopic(image, newTopic({ name: "x", configs: { nonsense: "1" } }), "id", 0)).toThrow(
      "Unknown topic config name: nonsense",
    );
    expect(() => addPartitions(image, "orders", 1, 0)).toThrow("would not be an increase");
  });

  it("take a broker that is gone out of all in-sync sets, and let another of them lead", () => {
    const image = decided(withTopic(brokers(0, 1, 2)), (one) => fenceBroker(one, 0));
    expect(partition(image, 0)).toMatchObject({ isr: [1, 2], leader: 1, leaderEpoch: 1 });
    expect(partition(image, 1)).toMatchObject({ isr: [1, 2], leader: 1, leaderEpoch: 0 });
  });

  it("leave a partition without a leader rather than let one lead that was not in sync", () => {
    let image = withTopic(brokers(0, 1, 2));
    for (const id of [0, 1, 2]) image = decided(image, (one) => fenceBroker(one, id));
    expect(partition(image)).toMatchObject({ isr: [2], leader: -1 });
    image = unfence(image, 0);
    expect(partition(image)).toMatchObject({ isr: [2], leader: -1 });
    expect(() => electPreferred(image, "orders", 0)).toThrow("The preferred leader was not available.");
    const forced = decided(image, (one) => electUnclean(one, "orders", 0));
    expect(partition(forced)).toMatchObject({ isr: [0], leader: 0 });
    image = unfence(image, 2);
    expect(partition(image)).toMatchObject({ isr: [2], leader: 2 });
  });

  it("take a leader's word for its in-sync set, and nobody else's", () => {
    let image = decided(withTopic(brokers(0, 1, 2)), (one) => fenceBroker(one, 2));
    image = unfence(image, 2);
    const request = { topic: "orders", index: 0, leader: 0, leaderEpoch: 0, isr: [0, 1, 2] };
    expect(() => alterIsr(image, { ...request, leader: 1 })).toThrow("older than the epoch on the broker");
    expect(partition(decided(image, (one) => alterIsr(one, request)))?.isr).toEqual([0, 1, 2]);
  });

  it("end a reassignment when the new replicas are in sync, and only then drop the old", () => {
    let image = decided(withTopic(brokers(0, 1, 2, 3), { partitions: 1 }), (one) =>
      reassign(one, "orders", 0, [3, 1, 2]),
    );
    expect(partition(image)).toMatchObject({ replicas: [3, 1, 2, 0], adding: [3], removing: [0], leader: 0 });
    const request = { topic: "orders", index: 0, leader: 0, leaderEpoch: 0, isr: [0, 1, 2, 3] };
    image = decided(image, (one) => alterIsr(one, request));
    expect(partition(image)).toMatchObject({
      replicas: [3, 1, 2],
      adding: [],
      removing: [],
      isr: [1, 2, 3],
      leader: 3,
    });
    image = decided(image, (one) => reassign(one, "orders", 0, [0, 1, 2]));
    image = decided(image, (one) => reassign(one, "orders", 0, undefined));
    expect(partition(image)).toMatchObject({ replicas: [1, 2, 3], adding: [], removing: [] });
  });
});

describe("PartitionLog", () => {
  const files = () => memoryFileSystem({ clock: virtualClock(), source: "disk", fileSystemType: "ext4" });
  const record = (offset: number, epoch: number) => ({ offset, epoch, time: 0, key: null, value: `v${offset}` });

  it("is the same for a new process: segments, epochs, and what was not cut off", () => {
    const disk = files();
    const log = new PartitionLog(disk, "/d/orders-0", () => 100);
    log.open("id");
    for (let offset = 0; offset < 6; offset++) log.append([record(offset, offset < 4 ? 0 : 2)]);
    expect(disk.list("/d/orders-0").filter(({ name }) => name.endsWith(".log")).length).toBeGreaterThan(1);
    expect(disk.readText("/d/orders-0/leader-epoch-checkpoint")).toBe("0\n2\n0 0\n2 4\n");
    const again = new PartitionLog(disk, "/d/orders-0", () => 100);
    again.open("id");
    expect(again.records).toEqual(log.records);
    expect(again.read(2, 5, 10).map(({ offset }) => offset)).toEqual([2, 3, 4]);
  });

  it("knows where an epoch ended, and drops what is behind an offset on disk too", () => {
    const disk = files();
    const log = new PartitionLog(disk, "/d/orders-0", () => 100);
    log.open("id");
    for (let offset = 0; offset < 6; offset++) log.append([record(offset, offset < 4 ? 0 : 2)]);
    expect(log.endOfEpoch(0)).toEqual({ epoch: 0, end: 4 });
    expect(log.endOfEpoch(1)).toEqual({ epoch: 0, end: 4 });
    log.truncate(3);
    expect(log.endOffset).toBe(3);
    const again = new PartitionLog(disk, "/d/orders-0", () => 100);
    again.open("id");
    expect(again.endOffset).toBe(3);
    again.append([record(3, 5)]);
    expect(again.lastEpoch).toBe(5);
  });
});

describe("small rules", () => {
  it("hash keys and groups as Kafka's Java does", () => {
    const hash = (text: string) => murmur2(new TextEncoder().encode(text));
    expect(hash("21")).toBe(-973932308 & 0x7fffffff);
    expect(hash("foobar")).toBe(-790332482 & 0x7fffffff);
    expect(hash("a-little-bit-longer-string")).toBe(-1486304829 & 0x7fffffff);
    expect(hash("abc")).toBe(479470107);
    expect(javaHash("hello")).toBe(99162322);
  });

  it("assign partitions in even runs", () => {
    const members = ["b", "a"].map((id) => ({ id, topics: ["orders"] }));
    expect([...assignRanges(members, () => 3)].sort()).toEqual([
      [
        "a",
        [
          { topic: "orders", index: 0 },
          { topic: "orders", index: 1 },
        ],
      ],
      ["b", [{ topic: "orders", index: 2 }]],
    ]);
  });

  it("read properties and variables", () => {
    expect([...parseProperties("# no\na=1\nb : x=y\nc=long \\\n  line\n")]).toEqual([
      ["a", "1"],
      ["b", "x=y"],
      ["c", "long line"],
    ]);
    expect(propertyOf("LISTENER_SECURITY_PROTOCOL_MAP")).toBe("listener.security.protocol.map");
    expect(propertyOf("A__B___C")).toBe("a_b-c");
  });
});
