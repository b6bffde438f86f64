import { type Timer, TimerHeap } from "./heap.ts";
import { inLaterTurn, sleepWith } from "./host.ts";
import { type RandomState, SeededRandom } from "./random.ts";
import type { Cancel, ClockState, VirtualClock } from "./types.ts";

interface VirtualClockOptions {
  /** Default: 2025-01-01T00:00:00Z, so that a run does not depend on when it is made. */
  readonly now?: number;
  readonly seed?: number | RandomState;
}

const DEFAULT_NOW = Date.UTC(2025, 0, 1);

/** A clock that stands still until it is driven. */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  return new DrivenClock(options);
}

class DrivenClock implements VirtualClock {
  readonly #heap = new TimerHeap();
  readonly #random: SeededRandom;
  #now: number;
  #order = 0;
  #turns: (() => void)[] = [];
  #closed = false;

  constructor(options: VirtualClockOptions) {
    this.#now = options.now ?? DEFAULT_NOW;
    this.#random = new SeededRandom(options.seed ?? 1);
  }

  get speed(): number {
    return Number.POSITIVE_INFINITY;
  }

  set speed(_value: number) {
    // A driven clock has no speed; whoever shows a speed control asks `speed` first.
  }

  now(): number {
    return Math.floor(this.#now);
  }

  after(ms: number, run: () => void): Cancel {
    if (this.#closed) return () => undefined;
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run, cancelled: false };
    this.#heap.push(timer);
    return () => {
      if (timer.cancelled) return;
      timer.cancelled = true;
      this.#heap.noteCancelled();
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith((delay, run) => this.after(delay, run), ms, signal);
  }

  turn(): Promise<void> {
    return new Promise((resolve) => this.#turns.push(resolve));
  }

  random(): number {
    return this.#random.next();
  }

  state(): ClockState {
    return { now: this.#now, random: this.#random.state() };
  }

  close(): void {
    this.#closed = true;
    this.#heap.clear();
  }

  async settle(): Promise<void> {
    for (;;) {
      // One host turn drains the promise queue however long its chains are.
      await new Promise<void>((resolve) => inLaterTurn(resolve));
      if (this.#turns.length > 0) {
        const waiting = this.#turns;
        this.#turns = [];
        for (const resolve of waiting) resolve();
        continue;
      }
      const next = this.#heap.peek();
      if (next === undefined || next.at > this.#now) return;
      this.#runDue(next);
    }
  }

  async runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const limit = this.#now + limitMs;
    for (;;) {
      await this.settle();
      if (done()) return true;
      const next = this.#heap.peek();
      if (next === undefined || next.at > limit || this.#closed) {
        this.#now = Math.max(this.#now, limit);
        return false;
      }
      this.#now = next.at;
      this.#runDue(next);
    }
  }

  async advance(ms: number): Promise<void> {
    await this.runUntil(() => false, ms);
    await this.settle();
  }

  #runDue(timer: Timer): void {
    this.#heap.pop();
    (timer as { cancelled: boolean }).cancelled = true;
    timer.run();
  }
}
