/**
 * Work that comes to a stop here and there, so that others can run: each `yield` is such a place. What goes on after
 * one must not take for granted what it has read from the store before.
 */
import { type Clock, inTurnOfItsOwn } from "../../clock/index.ts";

export type Steps<T> = Generator<void, T>;

/** All of it in one go: nothing comes between. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
  }
}

/**
 * Step by step, each in a turn of its own of the host's event loop, one for the whole worker. Under a virtual clock all
 * at once: its runs do not depend on the host, and nothing else of the host's waits for them.
 */
export function inTurns<T>(steps: Steps<T>, clock: Clock): T | Promise<T> {
  if (clock.speed === Number.POSITIVE_INFINITY) return atOnce(steps);
  return new Promise((resolve, reject) => {
    const step = () => {
      try {
        clock.onWork?.();
        const next = steps.next();
        if (next.done === true) resolve(next.value);
        else inTurnOfItsOwn(step);
      } catch (error) {
        reject(error);
      }
    };
    inTurnOfItsOwn(step);
  });
}
