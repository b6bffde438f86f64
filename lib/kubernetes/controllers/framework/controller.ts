/** What a controller is, and what runs it. */
import type { Clock } from "../../../clock/index.ts";
import type { Resource } from "../../api/resources.ts";
import type { Client } from "../../apiserver/client.ts";
import type { EventRecorder } from "../../events/recorder.ts";
import { isStatusError } from "../../machinery/status.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import type { Change, ChangeListener, ChangeType, Store } from "../../store/store.ts";
import type { Lister } from "./lister.ts";
import { type DelayedKey, type Waker, WorkQueue } from "./queue.ts";
import type { Worker, Workers } from "./workers.ts";

/** One change as an informer's handler sees it. On start every object that exists is ADDED once. */
interface Seen<T extends KubernetesObject> {
  readonly type: ChangeType;
  readonly object: T;
  readonly previous: T | undefined;
}

export interface Watch {
  readonly resource: Resource;
  /** Turns a change into keys of the queue. Decides nothing: that is for `sync`. */
  readonly see: (seen: Seen<KubernetesObject>, queue: WorkQueue) => void;
}

/** A typed watch: `see` gets what `resource` holds. */
export function watch<T extends KubernetesObject>(
  resource: Resource<T>,
  see: (seen: Seen<T>, queue: WorkQueue) => void,
): Watch {
  return { resource: resource as Resource, see: see as unknown as Watch["see"] };
}

/**
 * A controller: what it watches, and one function that brings one key's world in line with what is wanted. `sync` is
 * synchronous, depends on nothing but the store and the clock, and may be called at any time (level-triggered).
 * It throws to be called again after a back-off.
 */
interface Controller {
  readonly watches: readonly Watch[];
  sync(key: string, queue: WorkQueue): void;
  /** For what `watches` cannot say, e.g. watching everything. Returns what ends it. */
  start?(queue: WorkQueue): () => void;
  /** What it remembers beside objects, for a snapshot. Most remember nothing. */
  state?(): unknown;
  restore?(state: unknown): void;
}

/** What a controller gets to work with. */
export interface ControllerContext {
  readonly clock: Clock;
  /** All writes go through it, as the controller's own user. */
  readonly client: Client;
  /** Reads come from here: the store itself, without copies and without authorization. */
  readonly lister: Lister;
  readonly recorder: EventRecorder;
  readonly onBug: (where: string, error: unknown) => void;
  /** What takes time on a real cluster (ms); see Latencies. */
  readonly latencies: {
    readonly volumeProvision: number;
    readonly volumeAttach: number;
    readonly loadBalancer: number;
  };
}

/** A controller as the cluster's list has it. */
export interface ControllerDefinition {
  /** Name of its queue and of its events' source component, as upstream. */
  readonly name: string;
  /** Source component of its events where that differs. */
  readonly component?: string;
  /** Full user name; default: the service account of this name in kube-system. */
  readonly user?: string;
  /** Name of the service account, where it differs from `name`. */
  readonly serviceAccount?: string;
  create(context: ControllerContext): Controller;
}

/** Runs one controller: feeds its queue from the store and hands keys to `sync`. */
export class RunningController implements Worker, Waker, ChangeListener {
  readonly name: string;
  readonly #controller: Controller;
  readonly #queue: WorkQueue;
  readonly #workers: Workers;
  readonly #onBug: (where: string, error: unknown) => void;
  readonly #store: Store;
  /** Ends what the controller began for itself. */
  #stop: (() => void) | undefined;
  /** Last refusal by key, shown by `waiting`. */
  #refusals: Map<string, string> | undefined;

  constructor(
    name: string,
    controller: Controller,
    parts: {
      readonly clock: Clock;
      readonly store: Store;
      readonly workers: Workers;
      readonly onBug: (where: string, error: unknown) => void;
    },
  ) {
    this.name = name;
    this.#controller = controller;
    this.#store = parts.store;
    this.#workers = parts.workers;
    this.#onBug = parts.onBug;
    this.#queue = new WorkQueue(name, parts.clock, this);
  }

  start(): void {
    this.#stop = this.#controller.start?.(this.#queue);
    const { watches } = this.#controller;
    for (const [index, watched] of watches.entries()) {
      const { key } = watched.resource;
      // One subscription for all watches of a resource: a change goes to each of them in turn.
      if (watches.findIndex(({ resource }) => resource.key === key) === index) this.#store.attach(key, this);
      for (const object of this.#store.list(key)) this.#see(watched, { type: "ADDED", object, previous: undefined });
    }
  }

  changed(change: Change): void {
    for (const watched of this.#controller.watches)
      if (watched.resource.key === change.resource) this.#see(watched, change);
  }

  #see({ resource, see }: Watch, seen: Seen<KubernetesObject>): void {
    try {
      see(seen, this.#queue);
    } catch (error) {
      this.#onBug(`${this.name}: ${seen.type} ${resource.key}`, error);
    }
  }

  wake(): void {
    this.#workers.wake(this);
  }

  hasWork(): boolean {
    return this.#queue.length > 0;
  }

  step(): void {
    const key = this.#queue.take();
    if (key === undefined) return;
    try {
      this.#controller.sync(key, this.#queue);
      this.#queue.forget(key);
      this.#refusals?.delete(key);
    } catch (error) {
      // A refusal by the API server is an ordinary outcome; anything else is a bug that must be seen, but not fatal.
      if (error instanceof Retry || isStatusError(error)) {
        this.#refusals ??= new Map();
        this.#refusals.set(key, error.message);
      } else this.#onBug(`${this.name}: sync ${key}`, error);
      this.#queue.addRateLimited(key, `${this.name} tries ${key} again`);
    }
  }

  /** Keys that wait for their time. */
  waiting(): Iterable<DelayedKey> {
    return this.#queue.delayed();
  }

  /** Why keys are being tried again, by key. */
  refusals(): ReadonlyMap<string, string> {
    return this.#refusals ?? new Map();
  }

  state(): unknown {
    const backoff = this.#queue.state();
    const own = this.#controller.state?.();
    return own === undefined && Object.keys(backoff).length === 0 ? undefined : { backoff, own };
  }

  restore(state: unknown): void {
    const { backoff, own } = state as { backoff?: Record<string, number>; own?: unknown };
    if (backoff !== undefined) this.#queue.restore(backoff);
    if (own !== undefined) this.#controller.restore?.(own);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#store.detach(this);
    this.#queue.close();
  }
}

/** Thrown by `sync` where the world is not as far yet: tried again after the key's back-off, and no bug. */
export class Retry extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Retry";
  }
}
