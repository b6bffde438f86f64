/** From records of changes to lanes with marks and a list of what happened. Pure. */
import type { TimelineRecord } from "../../lib/sandbox/types.ts";
import { at } from "../cluster-map/model.ts";
import type { MessageKey, Values } from "../i18n/locale.ts";
import { keyOf } from "../live/record.ts";

type MarkMeaning = "ready" | "waiting" | "failed" | "gone" | "plain";

/** One thing that happened to one object. */
export interface Mark {
  readonly id: string;
  /** Place of its record in the list of records. */
  readonly index: number;
  readonly time: number;
  readonly object: string;
  readonly kind: string;
  readonly name: string;
  readonly meaning: MarkMeaning;
  readonly key: MessageKey;
  readonly values?: Values;
  readonly actor: string;
}

interface Lane {
  readonly object: string;
  readonly kind: string;
  readonly name: string;
  readonly marks: readonly Mark[];
}

/** Kinds that tell the story; the rest (leases, events, slices) would only make noise. */
const KINDS: readonly string[] = ["StatefulSet", "Deployment", "Pod", "PersistentVolumeClaim", "Service", "Node"];

type Json = Readonly<Record<string, unknown>>;
const isReady = (object: Json | undefined): boolean => {
  const conditions = at(object, "status", "conditions");
  return Array.isArray(conditions) && conditions.some((one) => one?.type === "Ready" && one?.status === "True");
};
const imageOf = (object: Json | undefined) =>
  at(object, "spec", "containers", 0, "image") ?? at(object, "spec", "template", "spec", "containers", 0, "image");

interface Said {
  readonly meaning: MarkMeaning;
  readonly key: MessageKey;
  readonly values?: Values;
}

/** What a change means, most telling first; nothing for changes without a meaning of their own. */
function said(record: TimelineRecord, previous: Json | undefined): readonly Said[] {
  if (record.type === "DELETED") return [{ meaning: "gone", key: "timeline.deleted" }];
  const now = record.object;
  const all: Said[] = [];
  if (record.type === "ADDED" && previous === undefined) all.push({ meaning: "plain", key: "timeline.created" });
  const changed = (...path: readonly string[]) =>
    at(now, ...path) !== undefined && at(now, ...path) !== at(previous, ...path);
  if (changed("metadata", "deletionTimestamp")) all.push({ meaning: "gone", key: "timeline.deleting" });
  if (record.kind === "Pod" && changed("spec", "nodeName"))
    all.push({
      meaning: "waiting",
      key: "timeline.scheduled",
      values: { node: String(at(now, "spec", "nodeName")) },
    });
  if (record.kind === "Pod" || record.kind === "Node") {
    if (isReady(now) && !isReady(previous)) all.push({ meaning: "ready", key: "timeline.ready" });
    if (!isReady(now) && isReady(previous)) all.push({ meaning: "failed", key: "timeline.unready" });
  }
  if (previous !== undefined) {
    if (imageOf(now) !== imageOf(previous))
      all.push({ meaning: "plain", key: "timeline.image", values: { image: String(imageOf(now)) } });
    if (changed("spec", "replicas"))
      all.push({ meaning: "plain", key: "timeline.scaled", values: { replicas: Number(at(now, "spec", "replicas")) } });
  }
  if (record.kind === "PersistentVolumeClaim" && changed("status", "phase") && at(now, "status", "phase") === "Bound")
    all.push({ meaning: "ready", key: "timeline.bound" });
  return all;
}

export function marksOf(records: readonly TimelineRecord[], before: ReadonlyMap<string, Json>): readonly Mark[] {
  const last = new Map<string, Json>(before);
  return records.flatMap((record, index) => {
    if (!KINDS.includes(record.kind) || record.namespace?.startsWith("kube-") === true) return [];
    const object = keyOf({ ...record.object, kind: record.kind });
    const previous = last.get(object);
    if (record.type === "DELETED") last.delete(object);
    else last.set(object, record.object);
    return said(record, previous).map((one, place) => ({
      id: `${record.sequence}.${place}`,
      index,
      time: record.time,
      object,
      kind: record.kind,
      name: record.name,
      actor: record.actor,
      ...one,
    }));
  });
}

/** One lane per object that something happened to: workloads first, then Pods by ordinal, then storage. */
export function lanesOf(marks: readonly Mark[]): readonly Lane[] {
  const lanes = new Map<string, { kind: string; name: string; marks: Mark[] }>();
  for (const mark of marks) {
    let lane = lanes.get(mark.object);
    if (lane === undefined) {
      lane = { kind: mark.kind, name: mark.name, marks: [] };
      lanes.set(mark.object, lane);
    }
    lane.marks.push(mark);
  }
  return [...lanes]
    .map(([object, lane]) => ({ object, ...lane }))
    .sort(
      (a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.name.localeCompare(b.name, "en", { numeric: true }),
    );
}
