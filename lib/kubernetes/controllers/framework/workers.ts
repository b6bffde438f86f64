/** One loop that works off all queues of a cluster, in a fixed order and in slices. */
import { type Clock, hostNow, inTurnOfItsOwn } from "../../../clock/index.ts";

/** Something with work to do. `step` does one piece of it; `hasWork` says whether there is more. */
export interface Worker {
  readonly name: string;
  hasWork(): boolean;
  step(): void;
}

/** Pieces of work before others get a turn of the host's event loop. A count, not a time: a run must be repeatable. */
const SLICE = 16;
/** Under a clock that follows real time they are counted by the time they take, too: large objects are much work. */
const SLICE_MS = 4;

/**
 * Takes turns between workers, one piece each, every piece in a microtask of its own: changes that a piece makes reach
 * all listeners before the next one starts, as if each controller had a thread.
 */
export class Workers {
  readonly #clock: Clock;
  readonly #waiting: Worker[] = [];
  #running = false;
  #done = 0;
  /** Host's time at which the present turn began, ms. */
  #since = 0;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get busy(): boolean {
    return this.#waiting.length > 0;
  }

  /** Tells that `worker` has work (again). */
  wake(worker: Worker): void {
    if (this.#closed || this.#waiting.includes(worker)) return;
    this.#waiting.push(worker);
    if (this.#running) return;
    this.#running = true;
    this.#since = hostNow();
    queueMicrotask(this.#next);
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  readonly #next = (): void => {
    const worker = this.#waiting.shift();
    if (worker === undefined) {
      this.#running = false;
      return;
    }
    if (worker.hasWork()) worker.step();
    if (worker.hasWork() && !this.#closed && !this.#waiting.includes(worker)) this.#waiting.push(worker);
    const real = this.#clock.speed !== Number.POSITIVE_INFINITY;
    if (real && hostNow() - this.#since > SLICE_MS) inTurnOfItsOwn(this.#later);
    else if (++this.#done % SLICE === 0) void this.#clock.turn().then(this.#later);
    else queueMicrotask(this.#next);
  };

  readonly #later = (): void => {
    this.#since = hostNow();
    this.#clock.onWork?.();
    this.#next();
  };
}
