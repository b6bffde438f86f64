/**
 * Compiled pieces of a program. Most run straight through; one that may have to wait (getline, system, calls, loops)
 * is a generator that yields what to wait for. So a record costs no promises unless the program asks for some.
 */
import type { Value } from "./values.ts";

export type Waiting<T> = Generator<Promise<unknown>, T, unknown>;

export type Code<T = Value> =
  | { readonly waits: false; readonly run: () => T }
  | { readonly waits: true; readonly run: () => Waiting<T> };

export const straight = <T>(run: () => T): Code<T> => ({ waits: false, run });
export const waiting = <T>(run: () => Waiting<T>): Code<T> => ({ waits: true, run });

/** Runs a piece within a generator. */
export function* go<T>(code: Code<T>): Waiting<T> {
  return code.waits ? yield* code.run() : code.run();
}

/** Waits for a promise within a generator. */
export function* wait<T>(promise: Promise<T>): Waiting<T> {
  return (yield promise) as T;
}

export function combine1<A, T>(a: Code<A>, apply: (a: A) => T): Code<T> {
  if (a.waits)
    return waiting(function* () {
      return apply(yield* a.run());
    });
  const { run } = a;
  return straight(() => apply(run()));
}

export function combine2<A, B, T>(a: Code<A>, b: Code<B>, apply: (a: A, b: B) => T): Code<T> {
  if (a.waits || b.waits)
    return waiting(function* () {
      const left = yield* go(a);
      return apply(left, yield* go(b));
    });
  const { run: first } = a;
  const { run: second } = b;
  return straight(() => {
    const left = first();
    return apply(left, second());
  });
}

export function combineAll<A, T>(parts: readonly Code<A>[], apply: (values: A[]) => T): Code<T> {
  if (parts.some((part) => part.waits))
    return waiting(function* () {
      const values: A[] = [];
      for (const part of parts) values.push(yield* go(part));
      return apply(values);
    });
  const runs = parts.map((part) => part.run as () => A);
  return straight(() => apply(runs.map((run) => run())));
}

/** Runs to the end, waiting where it must. */
export async function drive<T>(code: Code<T>): Promise<T> {
  if (!code.waits) return code.run();
  const steps = code.run();
  let step = steps.next();
  while (!step.done) {
    let answer: unknown;
    try {
      answer = await step.value;
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(answer);
  }
  return step.value;
}
