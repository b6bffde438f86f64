import type { RandomState } from "./random.ts";

/** Stops what it was returned for. Calling it again does nothing. */
export type Cancel = () => void;

/** The only source of time and randomness. All durations are milliseconds of cluster time. */
export interface Clock {
  /** Milliseconds since the Unix epoch, cluster time. */
  now(): number;
  /** Resolves after `ms`; rejects with `signal.reason` when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `run` once after `ms`. */
  after(ms: number, run: () => void): Cancel;
  /**
   * Lets other work run, then resolves. Long computations await this between slices: a real clock gives the host's
   * event loop a turn, a virtual clock knows by it that work is still going on at the present instant.
   */
  turn(): Promise<void>;
  /** A number in [0, 1) from the seeded generator. */
  random(): number;
  /** 1 = real time, 10 = ten times faster, 0 = paused. A virtual clock reads Infinity and ignores changes. */
  speed: number;
  /** What a copy needs to go on from here. */
  state(): ClockState;
  /** Drops all timers; later ones never run. */
  close(): void;
  /** Where set: called before something that waited for this clock or for its turn goes on. Says who is at work. */
  readonly onWork?: (() => void) | undefined;
}

export interface ClockState {
  readonly now: number;
  readonly random: RandomState;
}

/** A clock that stands still until it is driven: for tests, experiments and forks. */
export interface VirtualClock extends Clock {
  /**
   * Lets everything that can run now run, then jumps to the next timer, and so on until `done()` holds.
   * Resolves true then; false when `limitMs` of cluster time passed first (the clock then stands at the limit).
   * `done` is asked whenever nothing more can run at an instant.
   */
  runUntil(done: () => boolean, limitMs: number): Promise<boolean>;
  /** Lives through exactly `ms`, running what falls due. */
  advance(ms: number): Promise<void>;
  /** Lets everything that can run at this instant run; time does not move. */
  settle(): Promise<void>;
}
