/**
 * Watches: changes as frames, from any retained version, as objects, metadata or tables
 * (apiserver endpoints/handlers/watch.go, storage/cacher).
 */
import type { Cancel, Clock } from "../../../clock/index.ts";
import { clone } from "../../machinery/clone.ts";
import { invalid } from "../../machinery/invalid.ts";
import { badRequest, type Status, StatusError } from "../../machinery/status.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import type { Change, Store } from "../../store/store.ts";
import type { Served } from "../definitions.ts";
import { listObjects, parseResourceVersion, tooLargeResourceVersion } from "./list.ts";
import type { Format } from "./negotiation.ts";
import { parseBoolean, parseInteger } from "./options.ts";
import type { Selection } from "./selection.ts";
import { parseIncludeObject, partialMetadata, tableOf } from "./table.ts";

/** Frames a slow client may lag behind by before its watch is ended. */
const MAX_LAG = 10_000;
/** ms between bookmarks; upstream sends about one a minute. */
const BOOKMARK_INTERVAL = 60_000;
/** Upstream ends watches after a random time between this and twice this, in seconds. */
const MIN_TIMEOUT_SECONDS = 1800;

type EventType = Change["type"] | "BOOKMARK" | "ERROR";

interface WatchRequest {
  readonly served: Served;
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
  readonly selection: Selection | undefined;
  readonly format: Format;
  readonly signal: AbortSignal | undefined;
}

/** The end of the API server, which ends its watches. A plain set: there may be hundreds of watches. */
export interface Closing {
  closed: boolean;
  /** Watches can start from here on: a server that started anew knows nothing of what was before. */
  oldest: number;
  readonly listeners: Set<() => void>;
}

/** Throws where the watch cannot start; ends with the client, the timeout or the server. */
export function watchFrames(
  store: Store,
  clock: Clock,
  request: WatchRequest,
  closing: Closing,
): AsyncIterable<string> {
  const { query, served, namespace, selection } = request;
  const bookmarks = parseBoolean(query.get("allowWatchBookmarks") ?? "");
  const sendInitial = query.get("sendInitialEvents");
  const seconds = parseInteger(query, "timeoutSeconds") ?? 0;
  const from = parseResourceVersion(query.get("resourceVersion"));
  checkInitialEvents(sendInitial, query);
  const frames = new FrameQueue();
  const encode = encoder(store, clock, request);
  const send = (type: EventType, object: KubernetesObject) => frames.push(encode(type, object));

  if (from > store.resourceVersion && (sendInitial === null || parseBoolean(sendInitial)))
    throw tooLargeResourceVersion(from, store.resourceVersion);
  const wantsInitial = sendInitial === null ? from === 0 : parseBoolean(sendInitial);
  const deliver = (change: Change) => {
    const { object, previous } = change;
    if (namespace !== undefined && object.metadata.namespace !== namespace) return;
    if (selection === undefined) return send(change.type, object);
    const before = previous !== undefined && selection(previous);
    const after = change.type !== "DELETED" && selection(object);
    if (after) return send(before ? "MODIFIED" : "ADDED", object);
    // What leaves the selection is shown as it was, with the version that took it out.
    if (before) {
      const last = change.type === "DELETED" ? object : withVersion(previous, change.resourceVersion);
      return send("DELETED", last);
    }
  };

  if (wantsInitial) {
    const plain = new URLSearchParams();
    for (const object of listObjects(store, served, namespace, plain, selection, clock.now()).objects)
      send("ADDED", object);
    if (sendInitial !== null && bookmarks) send("BOOKMARK", bookmark(served, store.resourceVersion, true));
  } else if (from > 0) {
    const oldest = Math.max(store.compactedResourceVersion(served.key), closing.oldest);
    const missed = from < oldest ? undefined : store.since(from, served.key);
    if (missed === undefined) {
      frames.push(encode("ERROR", tooOld(from, oldest).status as unknown as KubernetesObject));
      frames.end();
      return frames;
    }
    for (const change of missed) deliver(change);
  }

  const unsubscribe = store.subscribe(served.key, (change) => {
    deliver(change);
    if (frames.lag > MAX_LAG) stop();
  });
  const cancels: Cancel[] = [];
  const finish = () => {
    if (bookmarks) send("BOOKMARK", bookmark(served, store.resourceVersion, false));
    stop();
  };
  cancels.push(clock.after((seconds > 0 ? seconds : MIN_TIMEOUT_SECONDS * (1 + clock.random())) * 1000, finish));
  if (bookmarks) {
    const again = () => {
      send("BOOKMARK", bookmark(served, store.resourceVersion, false));
      cancels[1] = clock.after(BOOKMARK_INTERVAL, again);
    };
    cancels[1] = clock.after(BOOKMARK_INTERVAL, again);
  }
  const stop = () => {
    unsubscribe();
    for (const cancel of cancels) cancel();
    request.signal?.removeEventListener("abort", stop);
    closing.listeners.delete(stop);
    frames.end();
  };
  request.signal?.addEventListener("abort", stop);
  closing.listeners.add(stop);
  frames.onReturn = stop;
  if (request.signal?.aborted || closing.closed) stop();
  return frames;
}

function checkInitialEvents(sendInitial: string | null, query: URLSearchParams): void {
  const refuse = (detail: string) =>
    invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", [
      { type: "FieldValueForbidden", field: "resourceVersionMatch", detail },
    ]);
  const match = query.get("resourceVersionMatch") ?? "";
  if (sendInitial === null) {
    if (match !== "") throw refuse("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    return;
  }
  if (match !== "NotOlderThan") {
    if (match === "") throw refuse("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    throw badRequest("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
}

function tooOld(requested: number, oldest: number): StatusError {
  return new StatusError(410, "Expired", `too old resource version: ${requested} (${oldest})`);
}

function withVersion(object: KubernetesObject | undefined, version: number): KubernetesObject {
  if (object === undefined) throw new Error("a change without a previous object cannot leave a selection");
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}

function bookmark(served: Served, version: number, initialEventsEnd: boolean): KubernetesObject {
  return {
    kind: served.definition.kind,
    apiVersion: served.apiVersion,
    metadata: {
      resourceVersion: String(version),
      creationTimestamp: null,
      ...(initialEventsEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
    },
  };
}

type Encode = (type: EventType, object: KubernetesObject) => string;

function encoder(store: Store, clock: Clock, { served, format, query }: WatchRequest): Encode {
  const { conversion } = served;
  const shown = (object: KubernetesObject) =>
    conversion === undefined ? object : conversion.fromStorage(clone(object));
  const frame = (type: EventType, json: string) => `{"type":"${type}","object":${json}}\n`;
  const status = (object: KubernetesObject) => JSON.stringify(object as unknown as Status);
  switch (format.shape) {
    case "object":
      return (type, object) => {
        if (type === "ERROR") return frame(type, status(object));
        if (type === "BOOKMARK" || conversion !== undefined) return frame(type, JSON.stringify(shown(object)));
        return frame(type, store.json(object));
      };
    case "metadata":
      return (type, object) =>
        frame(type, type === "ERROR" ? status(object) : JSON.stringify(partialMetadata(object, format.metaVersion)));
    case "table": {
      const include = parseIncludeObject(query.get("includeObject"));
      let headers = true;
      return (type, object) => {
        if (type === "ERROR") return frame(type, status(object));
        const table = tableOf(
          served,
          type === "BOOKMARK" ? [] : [shown(object)],
          { resourceVersion: object.metadata.resourceVersion ?? "" },
          { now: clock.now(), include, metaVersion: format.metaVersion, headers },
        );
        headers = false;
        const rows =
          type === "BOOKMARK" ? [{ cells: [], object: partialMetadata(object, format.metaVersion) }] : table.rows;
        return frame(type, JSON.stringify({ ...table, rows }));
      };
    }
  }
}

/** Frames on their way to one client. */
class FrameQueue implements AsyncIterable<string> {
  #frames: string[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  onReturn: () => void = () => {};

  get lag(): number {
    return this.#frames.length;
  }

  push(frame: string): void {
    if (this.#ended) return;
    this.#frames.push(frame);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    try {
      for (;;) {
        if (this.#frames.length > 0) {
          // One chunk for everything that has come meanwhile.
          const chunk = this.#frames.join("");
          this.#frames = [];
          yield chunk;
        } else if (this.#ended) return;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        this.#wake = undefined;
      }
    } finally {
      this.onReturn();
    }
  }
}
