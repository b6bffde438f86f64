/** Something that happens now and then, which others wait for. */
import type { Clock } from "../../clock/index.ts";

export class Pulse {
  readonly #waiting = new Set<() => void>();

  fire(): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of all) wake();
  }

  /** Resolves at the next pulse. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Resolves at the next pulse, or when the cluster's clock has reached `deadline`. */
  async until(clock: Clock, deadline: number): Promise<void> {
    const left = deadline - clock.now();
    if (left <= 0) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(left, () => {
        this.#waiting.delete(wake);
        resolve();
      });
      const wake = () => {
        cancel();
        resolve();
      };
      this.#waiting.add(wake);
    });
  }
}
