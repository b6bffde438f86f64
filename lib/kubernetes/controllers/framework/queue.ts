/** Work queues of controllers, as client-go's util/workqueue: deduplicating, with per-key back-off. */
import type { Cancel, Clock } from "../../../clock/index.ts";

/** Back-off after errors, ms (DefaultTypedControllerRateLimiter; its overall bucket of 10 a second is left out: here nothing is spared by it). */
const BASE_DELAY_MS = 5;
const MAX_DELAY_MS = 1_000_000;

/** A key that waits for its time. */
export interface DelayedKey {
  readonly key: string;
  /** ms since the epoch, cluster time. */
  readonly until: number;
  /** What a person would be told; undefined for housekeeping that nobody waits for. */
  readonly reason: string | undefined;
}

/** Whom a queue tells that there is work where there was none. */
export interface Waker {
  wake(): void;
}

/**
 * Keys to look at. A key that is added while it is queued is queued once; one that is added while it is processed is
 * queued again afterwards. Processing itself is synchronous, so that the second case needs no bookkeeping.
 */
export class WorkQueue {
  readonly name: string;
  readonly #clock: Clock;
  readonly #waker: Waker;
  // Made when they are needed: most of the queues of an idle cluster are empty, and never need the others.
  #keys: Set<string> | undefined;
  #delayed: Map<string, DelayedKey & { readonly cancel: Cancel }> | undefined;
  #failures: Map<string, number> | undefined;

  constructor(name: string, clock: Clock, waker: Waker) {
    this.name = name;
    this.#clock = clock;
    this.#waker = waker;
  }

  get length(): number {
    return this.#keys?.size ?? 0;
  }

  add(key: string): void {
    this.#keys ??= new Set();
    this.#keys.add(key);
    if (this.#keys.size === 1) this.#waker.wake();
  }

  /** Adds `key` after `ms`. Of two times for one key the earlier counts, as in client-go's delaying queue. No `reason`: housekeeping. */
  addAfter(key: string, ms: number, reason?: string): void {
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const until = this.#clock.now() + ms;
    this.#delayed ??= new Map();
    const waiting = this.#delayed.get(key);
    if (waiting !== undefined) {
      if (waiting.until <= until) return;
      waiting.cancel();
    }
    const cancel = this.#clock.after(ms, () => {
      this.#delayed?.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { key, until, reason, cancel });
  }

  /** Adds `key` after its back-off: 5 ms, doubled with every call until `forget`. */
  addRateLimited(key: string, reason: string): void {
    this.#failures ??= new Map();
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(BASE_DELAY_MS * 2 ** failures, MAX_DELAY_MS), reason);
  }

  /** How often `key` failed in a row. */
  failures(key: string): number {
    return this.#failures?.get(key) ?? 0;
  }

  /** `key` was processed well: its back-off starts anew. */
  forget(key: string): void {
    this.#failures?.delete(key);
  }

  /** The key that waits longest. */
  take(): string | undefined {
    const keys = this.#keys;
    if (keys === undefined) return undefined;
    const [key] = keys;
    if (keys.size > 1 && key !== undefined) keys.delete(key);
    else this.#keys = undefined;
    return key;
  }

  delayed(): Iterable<DelayedKey> {
    return this.#delayed?.values() ?? [];
  }

  /** Back-off counts, for a snapshot. */
  state(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#failures ?? []);
  }

  restore(state: Readonly<Record<string, number>>): void {
    this.#failures = new Map([...(this.#failures ?? []), ...Object.entries(state)]);
  }

  close(): void {
    for (const { cancel } of this.#delayed?.values() ?? []) cancel();
    this.#delayed?.clear();
    this.#keys = undefined;
  }
}
