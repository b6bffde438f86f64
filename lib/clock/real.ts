import { type Timer, TimerHeap } from "./heap.ts";
import { inLaterTurn, sleepWith } from "./host.ts";
import { type RandomState, SeededRandom } from "./random.ts";
import type { Cancel, Clock, ClockState } from "./types.ts";

interface RealClockOptions {
  /** Cluster time at the start, ms since the epoch. Default: the host's time. */
  readonly now?: number;
  /** Seed or saved state of the generator. Default: drawn from the host's time. */
  readonly seed?: number | RandomState;
  /** Default 1. */
  readonly speed?: number;
  /** Called before anything that waited goes on; cheap, it is called often. */
  readonly onWork?: () => void;
}

/** Longest delay the host's timers take. */
const MAX_HOST_DELAY_MS = 2 ** 31 - 1;

/** A clock that follows the host's time at an adjustable speed; one host timer serves all sleepers. */
export function realClock(options: RealClockOptions = {}): Clock {
  return new RealClock(options);
}

class RealClock implements Clock {
  readonly onWork: (() => void) | undefined;
  readonly #heap = new TimerHeap();
  readonly #random: SeededRandom;
  #order = 0;
  #speed: number;
  /** Cluster time and host time at the last change of speed. */
  #base: number;
  #hostBase: number;
  #hostTimer: ReturnType<typeof setTimeout> | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(options: RealClockOptions) {
    this.onWork = options.onWork;
    this.#hostBase = performance.now();
    this.#base = options.now ?? Date.now();
    this.#speed = options.speed ?? 1;
    this.#random = new SeededRandom(options.seed ?? Date.now());
  }

  now(): number {
    return Math.floor(this.#exactNow());
  }

  #exactNow(): number {
    return this.#speed === 0 ? this.#base : this.#base + (performance.now() - this.#hostBase) * this.#speed;
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(value: number) {
    if (!(value >= 0) || value === Number.POSITIVE_INFINITY)
      throw new RangeError(`clock speed must be a finite number >= 0, got ${value}`);
    this.#base = this.#exactNow();
    this.#hostBase = performance.now();
    this.#speed = value;
    this.#arm(true);
  }

  after(ms: number, run: () => void): Cancel {
    if (this.#closed) return () => undefined;
    const timer: Timer = { at: this.#exactNow() + Math.max(0, ms), order: this.#order++, run, cancelled: false };
    this.#heap.push(timer);
    if (timer.at < this.#armedFor) this.#arm(true);
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
    return new Promise((resolve) =>
      inLaterTurn(() => {
        this.onWork?.();
        resolve();
      }),
    );
  }

  random(): number {
    return this.#random.next();
  }

  state(): ClockState {
    return { now: this.now(), random: this.#random.state() };
  }

  close(): void {
    this.#closed = true;
    this.#heap.clear();
    if (this.#hostTimer !== undefined) clearTimeout(this.#hostTimer);
    this.#hostTimer = undefined;
  }

  #arm(force: boolean): void {
    const next = this.#heap.peek();
    if (!force && next !== undefined && next.at >= this.#armedFor) return;
    if (this.#hostTimer !== undefined) clearTimeout(this.#hostTimer);
    this.#hostTimer = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
    if (next === undefined || this.#speed === 0 || this.#closed) return;
    const delay = Math.min(Math.max(0, (next.at - this.#exactNow()) / this.#speed), MAX_HOST_DELAY_MS);
    this.#armedFor = next.at;
    // The heap keeps the process alive only where someone else does: an idle cluster must not hold a CLI open.
    this.#hostTimer = setTimeout(() => this.#fire(), delay);
  }

  #fire(): void {
    this.#hostTimer = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.#exactNow();
    for (;;) {
      const next = this.#heap.peek();
      if (next === undefined || next.at > now) break;
      this.#heap.pop();
      // A timer that was run cannot be cancelled any more; marking it keeps the heap's count of dead timers true.
      (next as { cancelled: boolean }).cancelled = true;
      this.onWork?.();
      next.run();
    }
    this.#arm(true);
  }
}
