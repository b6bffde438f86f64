/** Writes events about objects, as client-go's recorders do. */
import type { Clock } from "../../clock/index.ts";
import { events } from "../api/resources.ts";
import type { Event } from "../api/types.ts";
import type { Client } from "../apiserver/client.ts";
import { isStatusError } from "../machinery/status.ts";
import { rfc3339, rfc3339Micro } from "../machinery/time.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import { Correlator, type CorrelatorState } from "./correlate.ts";

type EventType = "Normal" | "Warning";

interface EventDetails {
  /** Part of the object it is about, e.g. "spec.containers{nginx}". */
  readonly fieldPath?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface EventRecorder {
  /** Tells about `object` (which must have kind and apiVersion). Never throws. */
  event(object: KubernetesObject, type: EventType, reason: string, message: string, details?: EventDetails): void;
  state(): CorrelatorState;
  restore(state: CorrelatorState): void;
}

interface RecorderOptions {
  readonly clock: Clock;
  readonly client: Client;
  /** Name shown as the event's source, e.g. "statefulset-controller". */
  readonly component: string;
  /** Node the component runs on, where it is the kubelet. */
  readonly host?: string;
  readonly onBug: (where: string, error: unknown) => void;
}

/** A recorder of core/v1 events, which count repetitions (tools/record). */
export function createRecorder(options: RecorderOptions): EventRecorder {
  return new CoreRecorder(options);
}

/** A recorder of events.k8s.io events, which become a series when they repeat (tools/events): the scheduler's. */
export function createSeriesRecorder(options: RecorderOptions): SeriesRecorder {
  return new SeriesRecorder(options);
}

const MAX_MESSAGE = 1024;

function involvedObject(object: KubernetesObject, fieldPath: string | undefined) {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    kind: object.kind ?? "",
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    ...(object.apiVersion === undefined ? {} : { apiVersion: object.apiVersion }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(fieldPath === undefined ? {} : { fieldPath }),
  };
}

/** "web.18e9ca891037260b": the object's name and the time in ns; the part below a ms comes from the seeded generator. */
function eventName(object: KubernetesObject, clock: Clock): string {
  const nanoseconds = BigInt(clock.now()) * 1_000_000n + BigInt(Math.floor(clock.random() * 1_000_000));
  return `${object.metadata.name ?? ""}.${nanoseconds.toString(16)}`;
}

/** Events about what has no namespace live in "default". */
const namespaceOf = (object: KubernetesObject) => object.metadata.namespace || "default";

const objectKey = (object: KubernetesObject) =>
  [object.kind, object.metadata.namespace ?? "", object.metadata.name, object.metadata.uid].join("\n");

const NOTHING_TOLD: CorrelatorState = { observations: [], aggregates: [], buckets: [] };

class CoreRecorder implements EventRecorder {
  readonly #options: RecorderOptions;
  /** Most components of an idle cluster never say anything. */
  #correlator: Correlator | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  event(object: KubernetesObject, type: EventType, reason: string, text: string, details: EventDetails = {}): void {
    const { clock, client, component, host } = this.#options;
    const now = clock.now();
    const about = objectKey(object);
    // Kept for a long time: joined, because a template's result stays a chain of its parts.
    const group = [about, details.fieldPath ?? "", type, reason].join("\n");
    this.#correlator ??= new Correlator();
    const correlator = this.#correlator;
    const correlated = correlator.correlate(about, group, text, now);
    if (correlated === undefined) return;
    const { key, message } = correlated;
    const time = rfc3339(now);
    const namespace = namespaceOf(object);
    const seen = correlator.observed(key);
    attempt(this.#options, () => {
      if (seen !== undefined) {
        try {
          client.modify(events, namespace, seen.name, (event) => {
            event.count = seen.count + 1;
            event.lastTimestamp = time;
            event.message = message;
          });
          correlator.observe(key, { ...seen, count: seen.count + 1 });
          return;
        } catch (error) {
          // Its time to live is over: told anew, with the count it had.
          if (!isStatusError(error, "NotFound")) throw error;
        }
      }
      const name = eventName(object, clock);
      const count = (seen?.count ?? 0) + 1;
      const firstTimestamp = seen?.firstTimestamp ?? time;
      client.create(events, {
        metadata: {
          name,
          namespace,
          ...(details.annotations === undefined ? {} : { annotations: { ...details.annotations } }),
        },
        involvedObject: involvedObject(object, details.fieldPath),
        reason,
        message: message.slice(0, MAX_MESSAGE),
        source: { component, ...(host === undefined ? {} : { host }) },
        firstTimestamp,
        lastTimestamp: time,
        count,
        type,
        reportingComponent: component,
        reportingInstance: host ?? "",
      } satisfies Event);
      correlator.observe(key, { name, count, firstTimestamp });
    });
  }

  state(): CorrelatorState {
    return this.#correlator?.state() ?? NOTHING_TOLD;
  }

  restore(state: CorrelatorState): void {
    this.#correlator ??= new Correlator();
    this.#correlator.restore(state);
  }
}

/** A repetition within this time joins the series. */
const SERIES_WINDOW_MS = 360_000;

export class SeriesRecorder {
  readonly #options: RecorderOptions;
  /** By what makes events alike: the event's name, how often, when last. */
  readonly #series = new Map<string, { readonly name: string; readonly count: number; readonly last: number }>();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  event(object: KubernetesObject, type: EventType, reason: string, action: string, message: string): void {
    const { clock, client, component } = this.#options;
    const now = clock.now();
    const key = [objectKey(object), type, reason, action, message].join("\n");
    const namespace = namespaceOf(object);
    const seen = this.#series.get(key);
    attempt(this.#options, () => {
      if (seen !== undefined && now - seen.last < SERIES_WINDOW_MS) {
        try {
          client.modify(events, namespace, seen.name, (event) => {
            event.series = { count: seen.count + 1, lastObservedTime: rfc3339Micro(now) };
          });
          this.#series.set(key, { ...seen, count: seen.count + 1, last: now });
          return;
        } catch (error) {
          if (!isStatusError(error, "NotFound")) throw error;
        }
      }
      const name = eventName(object, clock);
      client.create(events, {
        metadata: { name, namespace },
        involvedObject: involvedObject(object, undefined),
        eventTime: rfc3339Micro(now),
        reason,
        action,
        message: message.slice(0, MAX_MESSAGE),
        type,
        source: {},
        reportingComponent: component,
        reportingInstance: `${component}-control-plane`,
      } satisfies Event);
      this.#series.delete(key);
      this.#series.set(key, { name, count: 1, last: now });
      if (this.#series.size > 1024)
        for (const [old, { last }] of this.#series) if (now - last >= SERIES_WINDOW_MS) this.#series.delete(old);
    });
  }

  state(): unknown {
    return [...this.#series];
  }

  restore(state: unknown): void {
    for (const [key, value] of state as [string, { name: string; count: number; last: number }][])
      this.#series.set(key, value);
  }
}

/** An event that is refused is dropped (upstream: "Server rejected event, will not retry"); what it is about goes on. */
function attempt(options: RecorderOptions, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isStatusError(error)) options.onBug(`${options.component}: event`, error);
  }
}
