/**
 * Validation of Events (pkg/apis/core/validation/events.go): v1 is held to little, for old clients; what comes in by
 * events.k8s.io/v1 must be complete, and may afterwards only count on. Both see the stored (v1) form.
 */
import { GoValue } from "../../machinery/go-value.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  immutable,
  invalidValue,
  isDns1123Subdomain,
  isQualifiedName,
  problems,
  required,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from "../../machinery/validation/index.ts";
import { internalText } from "../internal/show.ts";
import type { Event } from "../types.ts";

/** reportingInstance, action and reason, in bytes. */
const WORD_LIMIT = 128;
/** message (note), in bytes. */
const NOTE_LIMIT = 1024;
const UNSET = "needs to be unset";

const bytes = (text: string | undefined) => new TextEncoder().encode(text ?? "").length;

function atMost(field: string, text: string | undefined, limit: number): FieldError[] {
  return bytes(text) > limit ? [invalidValue(field, "", `can have at most ${limit} characters`)] : [];
}

function word(field: string, text: string | undefined): FieldError[] {
  return text ? atMost(field, text, WORD_LIMIT) : [required(field)];
}

/** legacyValidateEvent: holds for every Event. One with an eventTime is of the new kind. */
export function validateEvent(object: Event): FieldError[] {
  const errors: FieldError[] = [];
  const { namespace = "" } = object.metadata;
  const about = object.involvedObject?.namespace ?? "";
  const mismatch = invalidValue("involvedObject.namespace", about, "does not match event.namespace");
  if (!object.eventTime) {
    if (about === "" ? namespace !== "" && namespace !== "default" : namespace !== about) errors.push(mismatch);
  } else {
    if (about === "" && namespace !== "default" && namespace !== "kube-system") errors.push(mismatch);
    const controller = object.reportingComponent ?? "";
    if (controller === "") errors.push(required("reportingController"));
    errors.push(
      ...problems("reportingController", controller, isQualifiedName(controller)),
      ...word("reportingInstance", object.reportingInstance),
      ...word("action", object.action),
      ...word("reason", object.reason),
      ...atMost("message", object.message, NOTE_LIMIT),
    );
  }
  errors.push(...problems("namespace", namespace, isDns1123Subdomain(namespace)));
  return errors;
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) errors.push(invalidValue("series.count", "", "should be at least 2"));
  if (!series.lastObservedTime) errors.push(required("series.lastObservedTime"));
  return errors;
}

/** ValidateEventCreate for events.k8s.io/v1. */
export function validateStrictEvent(object: Event): FieldError[] {
  const errors = [
    ...validateEvent(object),
    ...validateObjectMeta(object.metadata, true, isDns1123Subdomain),
    ...validateSeries(object),
  ];
  if (!object.eventTime) errors.push(required("eventTime"));
  if (object.type !== "Normal" && object.type !== "Warning")
    errors.push(invalidValue("type", "", `has invalid value: ${object.type ?? ""}`));
  if (object.firstTimestamp) errors.push(invalidValue("firstTimestamp", "", UNSET));
  if (object.lastTimestamp) errors.push(invalidValue("lastTimestamp", "", UNSET));
  if (object.count) errors.push(invalidValue("count", "", UNSET));
  if (object.source?.component || object.source?.host) errors.push(invalidValue("source", "", UNSET));
  return errors;
}

/** A time as Go prints it; an unset one is the zero time. */
function goTime(time: string | null | undefined): GoValue {
  if (!time) return new GoValue("0001-01-01 00:00:00 +0000 UTC");
  const [, date, clock, fraction = ""] = /^(\S+?)T([\d:]+)(\.\d+)?/.exec(time) ?? [];
  return new GoValue(`${date} ${clock}${fraction.replace(/\.?0+$/, "")} +0000 UTC`);
}

/** What of an Event never changes, in upstream's order (reason is asked about twice there too). */
const IMMUTABLE: readonly (readonly [field: string, of: (event: Event) => unknown])[] = [
  ["involvedObject", ({ involvedObject }) => new GoValue(internalText(involvedObject ?? {}, "ObjectReference"))],
  ["reason", ({ reason }) => reason ?? ""],
  ["message", ({ message }) => message ?? ""],
  ["source", ({ source }) => new GoValue(internalText(source ?? {}, "EventSource"))],
  ["firstTimestamp", ({ firstTimestamp }) => goTime(firstTimestamp)],
  ["lastTimestamp", ({ lastTimestamp }) => goTime(lastTimestamp)],
  ["count", ({ count }) => count ?? 0],
  ["reason", ({ reason }) => reason ?? ""],
  ["type", ({ type }) => type ?? ""],
  ["eventTime", ({ eventTime }) => goTime(eventTime)],
  ["action", ({ action }) => action ?? ""],
  ["related", ({ related }) => new GoValue(related ? internalText(related, "ObjectReference") : "null")],
  ["reportingController", ({ reportingComponent }) => reportingComponent ?? ""],
  ["reportingInstance", ({ reportingInstance }) => reportingInstance ?? ""],
];

/** ValidateEventUpdate for events.k8s.io/v1. */
export function validateStrictEventUpdate(object: Event, old: Event): FieldError[] {
  const counted = JSON.stringify(object.series ?? null) !== JSON.stringify(old.series ?? null);
  return [
    ...validateEvent(object),
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...(counted ? validateSeries(object) : []),
    ...IMMUTABLE.flatMap(([field, of]) => immutable(field, of(object), of(old))),
  ];
}
