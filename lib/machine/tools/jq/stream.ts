/** What filters give each other: outputs with their paths, signals in between; and what names mean. */
import type { Json } from "./json.ts";
import type { MORE } from "./reader.ts";
import type { Node } from "./syntax.ts";

export const PAUSE: unique symbol = Symbol("pause");
export const INPUT: unique symbol = Symbol("input");
export type Signal = typeof PAUSE | typeof INPUT;

export interface Link {
  readonly parent: Link | undefined;
  readonly key: Json;
}
/** The path of the value itself. */
export const ROOT: Link = { parent: undefined, key: null };
type Path = Link | null | undefined;

export interface Item {
  readonly value: Json;
  readonly path: Path;
}
export type Outputs = Generator<Item | Signal, void, undefined>;

/** Work between two payments. */
export const PAY_AT = 100;

/** What names mean: "$x", "f/1", "*label". */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly name: string;
  readonly value?: Json;
  readonly closure?: Closure;
  readonly label?: object;
}

/** A filter with the names it sees. */
export interface Closure {
  readonly body: Node;
  readonly scope: () => Scope | undefined;
  readonly parameters: readonly string[];
}

export interface Host {
  /** The next input: undefined where there is none, MORE where its text is not here yet. */
  nextInput(): Json | undefined | typeof MORE;
  readonly environment: ReadonlyMap<string, string>;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly inputFile: string | null;
  readonly inputLine: number;
  /** Written to the standard error at the next pause. */
  readonly messages: string[];
}

export const isTruthy = (value: Json) => value !== null && value !== false;

/** A computed value: it has no path. */
export function computed(value: Json, from: Item): Item {
  return { value, path: from.path === undefined ? undefined : null };
}

export function step(item: Item, key: Json, value: Json): Item {
  return { value, path: item.path === undefined ? undefined : { parent: item.path as Link, key } };
}

export function pathOf(link: Link): Json[] {
  const keys: Json[] = [];
  for (let here = link; here !== ROOT && here.parent !== undefined; here = here.parent) keys.push(here.key);
  return keys.reverse();
}

/** Lets others run, having worked for so many units. */
export function* pause(ev: { fuel: number }, units: number): Generator<Signal, void, undefined> {
  ev.fuel += units;
  yield PAUSE;
}

/** One output, without a generator's cost. */
export function once(item: Item): Outputs {
  let given = false;
  const outputs = {
    next: () => {
      if (given) return { done: true as const, value: undefined };
      given = true;
      return { done: false as const, value: item };
    },
    return: () => {
      given = true;
      return { done: true as const, value: undefined };
    },
    throw: (error: unknown) => {
      throw error;
    },
    [Symbol.iterator]: () => outputs,
  } as unknown as Outputs;
  return outputs;
}
