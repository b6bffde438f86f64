/** A queue that one reader takes from: what a stream of replies is made of. */
export class Feed<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  readonly #closed: () => void;
  #ended = false;
  #wake: (() => void) | undefined;

  /** `closed` is called once: when the reader went away, or `end` was called. */
  constructor(closed: () => void = () => undefined) {
    this.#closed = closed;
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** What was pushed can still be read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closed();
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return {
      next: async () => {
        for (;;) {
          const [item] = this.#items.splice(0, 1);
          if (item !== undefined) return { done: false, value: item };
          if (this.#ended) return { done: true, value: undefined };
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      },
      return: async () => {
        this.#items.length = 0;
        this.end();
        return { done: true, value: undefined };
      },
    };
  }
}
