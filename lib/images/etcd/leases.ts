/** When leases end: known to the leader alone, in memory, as in etcd (server/lease/lessor.go). */
import type { Cancel, Clock } from "../../clock/index.ts";
import type { Lease } from "./store.ts";

export class LeaseTimes {
  readonly #clock: Clock;
  readonly #expired: (id: string) => void;
  readonly #ends = new Map<string, number>();
  #cancel: Cancel | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, expired: (id: string) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** As a new leader: every lease gets its whole time again. */
  promote(leases: Iterable<Lease>): void {
    this.demote();
    for (const lease of leases) this.renew(lease);
  }

  demote(): void {
    this.#ends.clear();
    this.#cancel?.();
    this.#at = Number.POSITIVE_INFINITY;
  }

  renew({ id, ttl }: Lease): void {
    this.#ends.set(id, this.#clock.now() + ttl * 1000);
    this.#arm();
  }

  forget(id: string): void {
    this.#ends.delete(id);
    this.#arm();
  }

  /** Whole seconds; -1 where the lease is not known. */
  remaining(id: string): number {
    const end = this.#ends.get(id);
    return end === undefined ? -1 : Math.max(0, Math.round((end - this.#clock.now()) / 1000));
  }

  /** One timer for the lease that ends first. */
  #arm(): void {
    let first = Number.POSITIVE_INFINITY;
    for (const end of this.#ends.values()) first = Math.min(first, end);
    if (first === this.#at) return;
    this.#cancel?.();
    this.#at = first;
    if (first === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#clock.after(Math.max(0, first - this.#clock.now()), () => {
      this.#at = Number.POSITIVE_INFINITY;
      const now = this.#clock.now();
      const over = [...this.#ends].filter(([, end]) => end <= now).map(([id]) => id);
      for (const id of over) this.#ends.delete(id);
      for (const id of over) this.#expired(id);
      this.#arm();
    });
  }
}
