/** Who holds what, who waits for whom. Locks are held until a transaction ends. */
import type { Clock } from "../../../clock/index.ts";
import { refusals } from "../sql/errors.ts";

/** Shared; exclusive; "intends to write", which goes with others of its kind but not with readers' locks. */
export type LockMode = "S" | "X" | "IX";

const COMPATIBLE: Readonly<Record<LockMode, readonly LockMode[]>> = { S: ["S"], IX: ["IX"], X: [] };

interface Waiter {
  readonly owner: object;
  readonly mode: LockMode;
  readonly go: (refusal?: Error) => void;
}

interface Lock {
  readonly holders: Map<object, LockMode>;
  readonly queue: Waiter[];
}

export class Locks {
  readonly #clock: Clock;
  readonly #locks = new Map<string, Lock>();
  readonly #held = new Map<object, Set<string>>();
  /** What each waiting owner waits for. */
  readonly #waiting = new Map<object, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True while somebody waits for a lock on it. */
  isWaiting(owner: object): boolean {
    return this.#waiting.has(owner);
  }

  /**
   * Undefined: taken at once. Else a promise that rejects with 1205 after `timeoutMs` (undefined: never), and with 1213
   * where waiting would never end.
   */
  take(owner: object, key: string, mode: LockMode, timeoutMs: number | undefined): Promise<void> | undefined {
    let lock = this.#locks.get(key);
    if (lock === undefined) {
      lock = { holders: new Map(), queue: [] };
      this.#locks.set(key, lock);
    }
    const held = lock.holders.get(owner);
    if (held === "X" || held === mode) return undefined;
    const alone = [...lock.holders].every(([other, theirs]) => other === owner || COMPATIBLE[mode].includes(theirs));
    // Who holds a part already goes before those who wait.
    if (alone && (held !== undefined || lock.queue.length === 0)) {
      this.#grant(owner, key, lock, held === undefined ? mode : "X");
      return undefined;
    }
    const { holders, queue } = lock;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        owner,
        mode: held === undefined ? mode : "X",
        go: (refusal) => {
          cancel?.();
          this.#waiting.delete(owner);
          const at = queue.indexOf(waiter);
          if (at !== -1) queue.splice(at, 1);
          if (refusal === undefined) resolve();
          else {
            this.#advance(key);
            reject(refusal);
          }
        },
      };
      const cancel =
        timeoutMs === undefined ? undefined : this.#clock.after(timeoutMs, () => waiter.go(refusals.lockTimeout()));
      if (held === undefined) queue.push(waiter);
      else queue.unshift(waiter);
      this.#waiting.set(owner, key);
      if (this.#leadsTo([...holders.keys(), ...queue.slice(0, queue.indexOf(waiter)).map((one) => one.owner)], owner))
        waiter.go(refusals.deadlock());
    });
  }

  #leadsTo(from: readonly object[], target: object, seen = new Set<object>()): boolean {
    for (const owner of from) {
      if (owner === target || seen.has(owner)) continue;
      seen.add(owner);
      const key = this.#waiting.get(owner);
      const lock = key === undefined ? undefined : this.#locks.get(key);
      if (lock === undefined) continue;
      const next = [...lock.holders.keys()];
      if (next.includes(target) || this.#leadsTo(next, target, seen)) return true;
    }
    return false;
  }

  #grant(owner: object, key: string, lock: Lock, mode: LockMode): void {
    lock.holders.set(owner, mode);
    const held = this.#held.get(owner);
    if (held === undefined) this.#held.set(owner, new Set([key]));
    else held.add(key);
  }

  #advance(key: string): void {
    const lock = this.#locks.get(key);
    if (lock === undefined) return;
    for (;;) {
      const [next] = lock.queue;
      if (next === undefined) break;
      const free = [...lock.holders].every(
        ([other, theirs]) => other === next.owner || COMPATIBLE[next.mode].includes(theirs),
      );
      if (!free) break;
      this.#grant(next.owner, key, lock, next.mode);
      next.go();
    }
    if (lock.holders.size === 0 && lock.queue.length === 0) this.#locks.delete(key);
  }

  /** All locks of an owner but those that `keep` names. Whoever waits for one of them goes on. */
  release(owner: object, keep: (key: string) => boolean = () => false): void {
    const held = this.#held.get(owner);
    if (held === undefined) return;
    for (const key of [...held]) {
      if (keep(key)) continue;
      held.delete(key);
      this.#locks.get(key)?.holders.delete(owner);
      this.#advance(key);
    }
    if (held.size === 0) this.#held.delete(owner);
  }
}
