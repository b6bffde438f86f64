/** Which sandboxes may not be loaded for a while, because workers died while they were at work. Rules only; time passed in. */

interface QuarantineRules {
  /** Losses within `windowMs` after which a sandbox is kept out. */
  readonly strikes: number;
  readonly windowMs: number;
  readonly forMs: number;
}

/**
 * One loss may be bad luck: what is known of a hanging worker is which sandbox was at work last. Two within ten minutes
 * are a pattern, and the neighbours' patience is over.
 */
const RULES: QuarantineRules = { strikes: 2, windowMs: 10 * 60_000, forMs: 15 * 60_000 };

export class Quarantine {
  readonly #rules: QuarantineRules;
  readonly #losses = new Map<string, readonly number[]>();
  /** Until when, ms since the epoch. */
  readonly #until = new Map<string, number>();

  constructor(rules: QuarantineRules = RULES) {
    this.#rules = rules;
  }

  /** A worker was lost while this one was at work. True where it is kept out from now on. */
  struck(id: string, now: number): boolean {
    const { strikes, windowMs, forMs } = this.#rules;
    const recent = [...(this.#losses.get(id) ?? []).filter((at) => now - at < windowMs), now];
    this.#losses.set(id, recent);
    if (recent.length < strikes) return false;
    this.#losses.delete(id);
    this.#until.set(id, now + forMs);
    return true;
  }

  /** Until when it is kept out (ms since the epoch); undefined where it is welcome. */
  until(id: string, now: number): number | undefined {
    const end = this.#until.get(id);
    if (end === undefined || now < end) return end;
    this.#until.delete(id);
    return undefined;
  }

  /** Its learner begins anew: what it did is forgotten with its state. */
  pardon(id: string): void {
    this.#until.delete(id);
    this.#losses.delete(id);
  }
}
