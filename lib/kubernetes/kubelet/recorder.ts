import type { Clock } from "../../clock/index.ts";
import { events } from "../api/resources.ts";
import type { Event } from "../api/types.ts";
import type { Client } from "../apiserver/client.ts";
import { isStatusError } from "../machinery/status.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import { apiTime } from "./time.ts";

interface EventSource {
  readonly component: string;
  readonly host?: string;
}

/** What an event is about. */
interface InvolvedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly fieldPath?: string;
}

/** How many events of one object come through at once, and how often one more (client-go's spam filter). */
const BURST = 25;
const REFILL_MS = 300_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Writes Events as client-go's recorder does (tools/record): an event that was seen before is counted up instead of
 * written again, and an object that sends too many loses the rest.
 */
export class EventRecorder {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #source: EventSource;
  readonly #seen = new Map<string, string>();
  readonly #buckets = new Map<string, Bucket>();
  #serial = 0;

  constructor(client: Client, clock: Clock, source: EventSource) {
    this.#client = client;
    this.#clock = clock;
    this.#source = source;
  }

  event(object: InvolvedObject, type: "Normal" | "Warning", reason: string, message: string): void {
    const bucketKey = object.uid ?? `${object.namespace}/${object.name}`;
    if (!this.#take(bucketKey)) return;
    const now = apiTime(this.#clock.now());
    // Kept for a long time: joined, because a template's result stays a chain of its parts.
    const key = [bucketKey, object.fieldPath ?? "", type, reason, message].join("|");
    const namespace = object.namespace ?? "default";
    const seen = this.#seen.get(key);
    if (seen !== undefined && this.#countUp(namespace, seen, now)) return;
    const name = `${object.name}.${this.#suffix()}`;
    this.#seen.set(key, name);
    // Old entries cannot come back: events live for an hour.
    if (this.#seen.size > 4096) this.#seen.delete(this.#seen.keys().next().value ?? "");
    const event: Event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: { ...object },
      type,
      reason,
      message,
      source: { ...this.#source },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      reportingComponent: this.#source.component,
      reportingInstance: this.#source.host ?? "",
    };
    try {
      this.#client.create(events, event);
    } catch (error) {
      // An event that cannot be written (its namespace is going away) is dropped, as upstream drops it.
      if (!isStatusError(error)) throw error;
    }
  }

  #countUp(namespace: string, name: string, now: string): boolean {
    if (this.#client.find(events, namespace, name) === undefined) return false;
    try {
      this.#client.modify(events, namespace, name, (event) => {
        event.count = (event.count ?? 1) + 1;
        event.lastTimestamp = now;
      });
      return true;
    } catch (error) {
      if (isStatusError(error)) return false;
      throw error;
    }
  }

  #take(key: string): boolean {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: BURST, at: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    bucket.at = now;
    if (this.#buckets.size > 4096) this.#buckets.delete(this.#buckets.keys().next().value ?? "");
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** The time in hexadecimal nanoseconds, made unique by a serial number. */
  #suffix(): string {
    const nanoseconds = BigInt(this.#clock.now()) * 1_000_000n + BigInt(this.#serial++ % 1_000_000);
    return nanoseconds.toString(16).padStart(16, "0");
  }
}

/** A reference to an object, or to one container of a Pod (`fieldPath`). */
export function referenceTo(
  object: KubernetesObject,
  apiVersion: string,
  kind: string,
  fieldPath?: string,
): InvolvedObject {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    apiVersion,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name: name ?? "",
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(fieldPath === undefined ? {} : { fieldPath }),
  };
}
