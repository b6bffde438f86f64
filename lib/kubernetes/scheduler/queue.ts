/** Pods that wait to be scheduled (pkg/scheduler/backend/queue/scheduling_queue.go). */
import type { Cancel, Clock } from "../../clock/index.ts";
import type { Pod } from "../api/types.ts";
import { keyOf } from "../controllers/framework/lister.ts";
import { priorityOf } from "./node-info.ts";

const INITIAL_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 10_000;
/** A Pod is tried again after this, whatever happens or does not. */
const MAX_UNSCHEDULABLE_MS = 300_000;

interface Entry {
  readonly key: string;
  priority: number;
  /** When it was first added, ms; with `order` it decides among equals. */
  readonly added: number;
  readonly order: number;
  attempts: number;
  lastAttempt: number;
  /** Plugins that refused it at its last attempt. */
  rejectors: ReadonlySet<string>;
  state: "active" | "backoff" | "unschedulable" | "inFlight";
  cancel: Cancel | undefined;
  until: number;
}

export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #entries = new Map<string, Entry>();
  #order = 0;
  #active = 0;

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  get length(): number {
    return this.#active;
  }

  /** A Pod that is new, or that changed in a way that may make it schedulable. */
  add(pod: Pod): void {
    const key = keyOf(pod);
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      const created: Entry = {
        key,
        priority: priorityOf(pod),
        added: this.#clock.now(),
        order: this.#order++,
        attempts: 0,
        lastAttempt: 0,
        rejectors: new Set(),
        state: "unschedulable",
        cancel: undefined,
        until: 0,
      };
      this.#entries.set(key, created);
      this.#activate(created);
      return;
    }
    entry.priority = priorityOf(pod);
    if (entry.state === "unschedulable") this.#afterBackoff(entry);
  }

  remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.cancel?.();
    if (entry.state === "active") this.#active--;
    this.#entries.delete(key);
  }

  /** The Pod to try next: highest priority first, then the one that waits longest. */
  take(): string | undefined {
    let best: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.state !== "active") continue;
      if (
        best === undefined ||
        entry.priority > best.priority ||
        (entry.priority === best.priority && entry.order < best.order)
      )
        best = entry;
    }
    if (best === undefined) return undefined;
    best.state = "inFlight";
    best.attempts++;
    this.#active--;
    return best.key;
  }

  /** The attempt failed; what `rejectors` look at must change before it is worth another. */
  unschedulable(key: string, rejectors: ReadonlySet<string>): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.rejectors = rejectors;
    entry.lastAttempt = this.#clock.now();
    entry.state = "unschedulable";
    entry.until = entry.lastAttempt + MAX_UNSCHEDULABLE_MS;
    entry.cancel = this.#clock.after(MAX_UNSCHEDULABLE_MS, () => this.#afterBackoff(entry));
  }

  /** Something went wrong that has nothing to do with fitting: tried again after its back-off. */
  retry(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.lastAttempt = this.#clock.now();
    entry.state = "unschedulable";
    this.#afterBackoff(entry);
  }

  /** Something changed that plugins of these names look at. */
  moveFor(plugins: ReadonlySet<string>): void {
    for (const entry of this.#entries.values()) {
      if (entry.state !== "unschedulable") continue;
      for (const rejector of entry.rejectors)
        if (plugins.has(rejector)) {
          this.#afterBackoff(entry);
          break;
        }
    }
  }

  /** Pods in back-off, and until when. */
  *waiting(): Iterable<{ readonly key: string; readonly until: number }> {
    for (const { key, until, state } of this.#entries.values()) if (state === "backoff") yield { key, until };
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.cancel?.();
    this.#entries.clear();
    this.#active = 0;
  }

  #afterBackoff(entry: Entry): void {
    entry.cancel?.();
    const backoff = Math.min(INITIAL_BACKOFF_MS * 2 ** Math.max(0, entry.attempts - 1), MAX_BACKOFF_MS);
    const left = entry.attempts === 0 ? 0 : entry.lastAttempt + backoff - this.#clock.now();
    if (left <= 0) {
      this.#activate(entry);
      return;
    }
    entry.state = "backoff";
    entry.until = this.#clock.now() + left;
    entry.cancel = this.#clock.after(left, () => this.#activate(entry));
  }

  #activate(entry: Entry): void {
    if (this.#entries.get(entry.key) !== entry || entry.state === "active") return;
    entry.cancel = undefined;
    entry.state = "active";
    this.#active++;
    if (this.#active === 1) this.#wake();
  }
}
