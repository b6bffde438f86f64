/** How far the members have come: what is known to be kept by enough of them, and who waits for it. */
import type { Clock } from "../../clock/index.ts";
import { MongoError } from "./data/bson.ts";
import { compareOpTimes, NULL_TIME, type OpTime } from "./store.ts";

interface Waiter {
  readonly time: OpTime;
  readonly count: number | "majority";
  readonly resolve: (how: "done" | "stepped down") => void;
}

export class Progress {
  /** What a majority has. */
  committed: OpTime = NULL_TIME;
  readonly #acknowledged = new Map<number, OpTime>();
  #waiters: Waiter[] = [];

  of(id: number): OpTime | undefined {
    return this.#acknowledged.get(id);
  }

  acknowledge(id: number, last: OpTime): void {
    this.#acknowledged.set(id, last);
  }

  forget(id: number): void {
    this.#acknowledged.delete(id);
  }

  clear(): void {
    this.#acknowledged.clear();
  }

  /** Resolves when enough members, this one among them, have everything up to a time; false after `timeoutMs` (0: never). */
  replicated(time: OpTime, count: number | "majority", timeoutMs: number, clock: Clock): Promise<boolean> {
    if (this.#satisfied(time, count)) return Promise.resolve(true);
    return new Promise<boolean>((resolve, reject) => {
      let cancel: (() => void) | undefined;
      const waiter: Waiter = {
        time,
        count,
        resolve: (how) => {
          cancel?.();
          if (how === "done") resolve(true);
          else reject(new MongoError(11602, "InterruptedDueToReplStateChange", "operation was interrupted"));
        },
      };
      this.#waiters.push(waiter);
      if (timeoutMs > 0)
        cancel = clock.after(timeoutMs, () => {
          this.#waiters = this.#waiters.filter((one) => one !== waiter);
          resolve(false);
        });
    });
  }

  #satisfied(time: OpTime, count: number | "majority"): boolean {
    if (count === "majority") return compareOpTimes(this.committed, time) >= 0;
    const having = [...this.#acknowledged.values()].filter((last) => compareOpTimes(last, time) >= 0);
    return 1 + having.length >= count;
  }

  /** Tells those whose wait is over. */
  settle(how: "done" | "stepped down"): void {
    const waiting = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiting) {
      if (how === "done" && !this.#satisfied(waiter.time, waiter.count)) this.#waiters.push(waiter);
      else waiter.resolve(how);
    }
  }
}
