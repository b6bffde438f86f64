/**
 * Who may run. JavaScript cannot be interrupted, so programs pay for work with `spend()`; when the time slice of the
 * present macrotask is used up they wait for a later turn.
 *
 * Under a clock that follows real time there is ONE slice per macrotask for the whole worker, measured by the host's
 * monotonic clock: however many machines are busy, nobody else waits longer than a slice. In the queue, the machine
 * that used least lately goes first; one that used more than its share of the processor waits until it has earned it.
 *
 * Under a virtual clock nothing may depend on the host's speed: slices are counted in units, and long computations
 * cost cluster time, so that an endless loop cannot keep an experiment's time from passing.
 */
import { afterHostDelay, type Clock, hostNow, inLaterTurn } from "../../clock/index.ts";

/** What one program may do at a stretch, in ms of the host. */
const SLICE_MS = 2;
/** The host's clock is read once in so many units, or payments: what one payment stands for is a guess. */
const UNITS_PER_LOOK = 128;
const CALLS_PER_LOOK = 16;
/** Processor time a machine may use beyond its share before it has to wait, ms. */
const BURST_MS = 500;
/** Use of the processor is forgotten by half in this time, ms. */
const HALF_LIFE_MS = 1000;

/** A slice where units are counted. */
const VIRTUAL_SLICE_UNITS = 4_000;
/** So many slices in a row are free of cluster time; after them each costs `VIRTUAL_SLICE_COST_MS`. */
const VIRTUAL_FREE_SLICES = 200;
const VIRTUAL_SLICE_COST_MS = 20;

/** A machine's use of the processor. */
export class CpuAccount {
  /** Cores it may use over time. */
  readonly share: number;
  /** Processor ms it may still use at once. */
  balance = BURST_MS;
  earnedAt: number | undefined;
  /** Processor ms used lately. */
  recent = 0;
  /** Units spent since the machine was made; a unit stands for a microsecond. */
  units = 0;
  /** Units of programs that ended before they were asked to pay: their successors' debt. */
  owed = 0;
  /** Called before its programs go on. */
  readonly onWork: (() => void) | undefined;
  /** Slices used in a row under a virtual clock, and the instant they belong to. */
  slices = 0;
  sliceInstant = -1;

  constructor(share: number, onWork?: () => void) {
    this.share = share;
    this.onWork = onWork;
  }

  earn(now: number): void {
    if (this.earnedAt !== undefined) {
      const passed = now - this.earnedAt;
      this.balance = Math.min(BURST_MS, this.balance + passed * this.share);
      if (passed > 0) this.recent *= 2 ** (-passed / HALF_LIFE_MS);
    }
    this.earnedAt = now;
  }
}

export interface Fairness {
  /** Units until the next `pay`. */
  readonly look: number;
  /** Payments until the next `pay`, however small they are. */
  readonly lookAfterCalls: number;
  /** Undefined: go on. A promise: wait for it, then go on. */
  pay(account: CpuAccount, units: number): Promise<void> | undefined;
}

interface Waiting {
  readonly account: CpuAccount;
  readonly go: () => void;
}

class RealFairness implements Fairness {
  readonly look = UNITS_PER_LOOK;
  readonly lookAfterCalls = CALLS_PER_LOOK;
  #open = false;
  #openedAt = 0;
  #lookedAt = 0;
  #queue: Waiting[] = [];
  #turning = false;

  pay(account: CpuAccount, units: number): Promise<void> | undefined {
    account.units += units;
    const now = hostNow();
    if (!this.#open) {
      this.#open = true;
      this.#openedAt = now;
      this.#lookedAt = now;
      this.#turn();
      return undefined;
    }
    account.earn(now);
    account.balance -= now - this.#lookedAt;
    account.recent += now - this.#lookedAt;
    this.#lookedAt = now;
    if (now - this.#openedAt < SLICE_MS && account.balance > 0) return undefined;
    return new Promise((go) => {
      this.#queue.push({ account, go });
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    inLaterTurn(() => this.#next());
  }

  #next(): void {
    this.#turning = false;
    this.#open = false;
    const queue = this.#queue;
    if (queue.length === 0) return;
    const now = hostNow();
    let best = 0;
    for (const [index, { account }] of queue.entries()) {
      account.earn(now);
      if (better(account, (queue[best] as Waiting).account)) best = index;
    }
    const chosen = queue[best] as Waiting;
    if (chosen.account.balance <= 0) {
      // Everyone waiting has used its share: nobody runs before the first has earned a slice.
      this.#turning = true;
      afterHostDelay(Math.max(1, (SLICE_MS - chosen.account.balance) / Math.max(chosen.account.share, 0.001)), () =>
        this.#next(),
      );
      return;
    }
    queue.splice(best, 1);
    this.#open = true;
    this.#openedAt = now;
    this.#lookedAt = now;
    chosen.account.onWork?.();
    chosen.go();
    this.#turn();
  }
}

/** Who has processor time left goes before who has none; then who used less lately. */
function better(a: CpuAccount, b: CpuAccount): boolean {
  if (a.balance > 0 !== b.balance > 0) return a.balance > 0;
  return a.balance > 0 ? a.recent < b.recent : a.balance > b.balance;
}

class VirtualFairness implements Fairness {
  readonly look = VIRTUAL_SLICE_UNITS;
  /** Units alone count: how often a program pays is a matter of its implementation. */
  readonly lookAfterCalls = Number.POSITIVE_INFINITY;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  pay(account: CpuAccount, units: number): Promise<void> | undefined {
    account.units += units;
    const now = this.#clock.now();
    if (account.sliceInstant !== now) {
      const resting = now - account.sliceInstant > HALF_LIFE_MS;
      account.sliceInstant = now;
      if (resting || account.slices <= VIRTUAL_FREE_SLICES) account.slices = 0;
    }
    account.slices += Math.max(1, Math.round(units / VIRTUAL_SLICE_UNITS));
    if (account.slices <= VIRTUAL_FREE_SLICES) return this.#clock.turn();
    account.slices = VIRTUAL_FREE_SLICES + 1;
    return this.#clock.sleep(VIRTUAL_SLICE_COST_MS);
  }
}

const shared = new RealFairness();
const virtual = new WeakMap<Clock, Fairness>();

/** The one for all clocks that follow real time, or a virtual clock's own. */
export function fairnessOf(clock: Clock): Fairness {
  if (clock.speed !== Number.POSITIVE_INFINITY) return shared;
  let own = virtual.get(clock);
  if (own === undefined) {
    own = new VirtualFairness(clock);
    virtual.set(clock, own);
  }
  return own;
}
