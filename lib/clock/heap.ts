/** A timer waiting to run at `at` (ms, cluster time). `order` breaks ties: first armed, first run. */
export interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

const before = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary min-heap of timers. Cancelled timers stay until they surface, so that cancelling costs nothing. */
export class TimerHeap {
  #timers: Timer[] = [];
  #cancelled = 0;

  push(timer: Timer): void {
    const timers = this.#timers;
    let index = timers.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = timers[parent] as Timer;
      if (!before(timer, above)) break;
      timers[index] = above;
      index = parent;
    }
    timers[index] = timer;
  }

  peek(): Timer | undefined {
    for (;;) {
      const first = this.#timers[0];
      if (first === undefined || !first.cancelled) return first;
      this.#removeFirst();
      this.#cancelled--;
    }
  }

  pop(): Timer | undefined {
    const first = this.peek();
    if (first !== undefined) this.#removeFirst();
    return first;
  }

  /** Tells the heap that one of its timers was cancelled, so that a heap of mostly dead timers is swept. */
  noteCancelled(): void {
    this.#cancelled++;
    if (this.#cancelled > 64 && this.#cancelled * 2 > this.#timers.length) {
      const live = this.#timers.filter((timer) => !timer.cancelled);
      this.#timers = [];
      this.#cancelled = 0;
      for (const timer of live) this.push(timer);
    }
  }

  clear(): void {
    this.#timers = [];
    this.#cancelled = 0;
  }

  #removeFirst(): void {
    const timers = this.#timers;
    const last = timers.pop();
    if (last === undefined || timers.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= timers.length) break;
      const right = left + 1;
      const child = right < timers.length && before(timers[right] as Timer, timers[left] as Timer) ? right : left;
      if (!before(timers[child] as Timer, last)) break;
      timers[index] = timers[child] as Timer;
      index = child;
    }
    timers[index] = last;
  }
}
