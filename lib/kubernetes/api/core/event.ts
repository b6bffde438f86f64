/** v1 Event: pkg/registry/core/event/strategy.go. */
import { age } from "../../../encoding/index.ts";
import { define } from "../define.ts";
import { validateEvent } from "../events/validate.ts";
import { column, nameColumn, wide } from "../printing/columns.ts";
import { events } from "../resources.ts";
import type { Event } from "../types.ts";
import { defaultEvent } from "./small-rules.ts";

const firstSeen = (event: Event, now: number) => age(event.firstTimestamp ?? event.eventTime, now);

function lastSeen(event: Event, now: number): string {
  if (event.series) return age(event.series.lastObservedTime, now);
  return event.lastTimestamp ? age(event.lastTimestamp, now) : firstSeen(event, now);
}

function involved(event: Event): string {
  const { kind = "", name } = event.involvedObject;
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function source(event: Event): string {
  const component = event.source?.component || event.reportingComponent || "";
  const instance = event.source?.host || event.reportingInstance || "";
  return instance === "" ? component : `${component}, ${instance}`;
}

export const event = define(events, {
  createOnUpdate: true,
  shortNames: ["ev"],
  columns: [
    column("Last Seen", "string", "Time since it last happened.", lastSeen),
    column("Type", "string", "Normal or Warning.", (object) => object.type ?? ""),
    column("Reason", "string", "What happened, in a word.", (object) => object.reason ?? ""),
    column("Object", "string", "What it happened to.", involved),
    wide("Subobject", "string", "Which part of the object.", (object) => object.involvedObject.fieldPath ?? ""),
    wide("Source", "string", "Who reports it.", source),
    column("Message", "string", "What happened.", (object) => (object.message ?? "").trim()),
    wide("First Seen", "string", "Time since it first happened.", firstSeen),
    wide("Count", "string", "How often it happened.", (object) => object.series?.count ?? (object.count || 1)),
    { ...nameColumn(), priority: 1 },
  ],
  selectableFields: {
    "involvedObject.kind": (object) => object.involvedObject.kind ?? "",
    "involvedObject.namespace": (object) => object.involvedObject.namespace ?? "",
    "involvedObject.name": (object) => object.involvedObject.name ?? "",
    "involvedObject.uid": (object) => object.involvedObject.uid ?? "",
    "involvedObject.apiVersion": (object) => object.involvedObject.apiVersion ?? "",
    "involvedObject.resourceVersion": (object) => object.involvedObject.resourceVersion ?? "",
    "involvedObject.fieldPath": (object) => object.involvedObject.fieldPath ?? "",
    reason: (object) => object.reason ?? "",
    reportingComponent: (object) => object.reportingComponent ?? "",
    source: (object) => object.source?.component || object.reportingComponent || "",
    type: (object) => object.type ?? "",
  },
  applyDefaults: defaultEvent,
  validate: validateEvent,
  validateUpdate: validateEvent,
});
