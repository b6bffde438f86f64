import { describe, expect, it } from "vitest";
import type { TimelineRecord } from "../../lib/sandbox/types.ts";
import { MomentStore } from "../timeline/store.ts";
import { ClusterRecord } from "./record.ts";

const pod = (name: string, phase = "Pending") => ({
  kind: "Pod",
  metadata: { name, namespace: "default" },
  status: { phase },
});
const change = (sequence: number, type: TimelineRecord["type"], name: string, phase?: string): TimelineRecord => ({
  sequence,
  time: sequence * 1000,
  type,
  resource: "pods",
  kind: "Pod",
  namespace: "default",
  name,
  actor: "test",
  object: pod(name, phase),
});
const names = (objects: ReadonlyMap<string, unknown>) => [...objects.keys()].map((key) => key.split("/")[2]);

describe("the record of a cluster", () => {
  it("follows what is added, changed and deleted", () => {
    const record = new ClusterRecord();
    record.load([pod("web-0")], 10);
    record.push(change(11, "ADDED", "web-1"));
    record.push(change(12, "MODIFIED", "web-0", "Running"));
    record.push(change(13, "DELETED", "web-1"));
    expect(names(record.get().objects)).toEqual(["web-0"]);
    expect(record.get().objects.get("Pod/default/web-0")).toMatchObject({ status: { phase: "Running" } });
  });

  it("shows any moment again", () => {
    const record = new ClusterRecord();
    record.load([pod("web-0")], 10);
    record.push(change(11, "ADDED", "web-1"));
    record.push(change(12, "DELETED", "web-0"));
    expect(names(record.at(0))).toEqual(["web-0"]);
    expect(names(record.at(11))).toEqual(["web-0", "web-1"]);
    expect(names(record.at(12))).toEqual(["web-1"]);
  });

  it("takes a change that was seen already only once", () => {
    const record = new ClusterRecord();
    record.load([], 0);
    record.push(change(1, "ADDED", "web-0"));
    record.push(change(1, "ADDED", "web-0"));
    expect(record.get().records).toHaveLength(1);
  });

  it("gathers a burst into one update", () => {
    const waiting: (() => void)[] = [];
    const record = new ClusterRecord((run) => waiting.push(run));
    record.load([], 0);
    let updates = 0;
    record.subscribe(() => updates++);
    for (let sequence = 1; sequence <= 50; sequence++) record.push(change(sequence, "ADDED", `web-${sequence}`));
    expect(waiting).toHaveLength(1);
    waiting[0]?.();
    expect(updates).toBe(1);
    expect(record.get().objects.size).toBe(50);
  });

  it("looks at the past while the cluster goes on, and comes back to now at the end", () => {
    const record = new ClusterRecord();
    record.load([], 0);
    for (let sequence = 1; sequence <= 3; sequence++) record.push(change(sequence, "ADDED", `web-${sequence}`));
    const moment = new MomentStore(record);
    moment.goTo(0);
    record.push(change(4, "ADDED", "web-4"));
    expect(names(moment.get().past?.objects ?? new Map())).toEqual(["web-1"]);
    moment.goTo(3);
    expect(moment.get().past).toBeUndefined();
  });
});
