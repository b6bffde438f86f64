/** events.k8s.io/v1 Event over the core one: pkg/apis/core/v1 and pkg/apis/events/v1 conversion.go. */
import type { KubernetesObject } from "../../machinery/types.ts";
import { converted } from "../conversion.ts";
import { event } from "../core/event.ts";
import type { ResourceDefinition } from "../definition.ts";
import type { Event } from "../types.ts";
import { validateStrictEvent, validateStrictEventUpdate } from "./validate.ts";

/** Names in events.k8s.io/v1 and in v1. */
const FIELDS = [
  ["note", "message"],
  ["regarding", "involvedObject"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
] as const;

function renamed(object: KubernetesObject, apiVersion: string, from: 0 | 1): KubernetesObject {
  const fields = object as unknown as Record<string, unknown>;
  for (const pair of FIELDS) {
    const [old, next] = from === 0 ? pair : ([pair[1], pair[0]] as const);
    if (!(old in fields)) continue;
    fields[next] = fields[old];
    delete fields[old];
  }
  fields["apiVersion"] = apiVersion;
  return object;
}

const strict: ResourceDefinition = {
  ...event,
  validate: (object) => validateStrictEvent(object as unknown as Event),
  validateUpdate: (object, old) => validateStrictEventUpdate(object as unknown as Event, old as unknown as Event),
};

export const eventsEvent = converted(
  strict,
  { group: "events.k8s.io", version: "v1", schemaName: "io.k8s.api.events.v1.Event" },
  {
    toStorage: (object) => renamed(object, "v1", 0),
    fromStorage: (object) => renamed(object, "events.k8s.io/v1", 1),
  },
);
