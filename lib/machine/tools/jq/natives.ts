/** Built-in filters that run other filters: `first`, `limit`, `path`, `input` and their like. */
import { Halt, JqError } from "./errors.ts";
import type { Evaluator } from "./evaluate.ts";
import { HEAVY } from "./heavy.ts";
import { isArray, type Json, shortText, typeOf, writeJson } from "./json.ts";
import { getPath } from "./paths.ts";
import { PLAIN } from "./plain.ts";
import { preludeNames } from "./prelude.ts";
import { MORE } from "./reader.ts";
import { computed, INPUT, type Item, isTruthy, type Link, type Outputs, PAUSE, type Scope } from "./stream.ts";
import type { Node } from "./syntax.ts";

export type Native = (evaluator: Evaluator, args: readonly Node[], scope: Scope | undefined, item: Item) => Outputs;

function countOf(value: Json): number {
  if (typeof value !== "number") throw new JqError(`${typeOf(value)} (${shortText(value)}) is not a number`);
  return value;
}

function* range(evaluator: Evaluator, item: Item, from: number, to: number, by: number): Outputs {
  if (by === 0) {
    return;
  }
  // A step of 0 leads nowhere.
  for (let value = from; by > 0 ? value < to : value > to; value += by) {
    if (++evaluator.fuel >= 100) yield PAUSE;
    yield computed(value, item);
  }
}

function* rangeOf(
  evaluator: Evaluator,
  args: readonly Node[],
  scope: Scope | undefined,
  item: Item,
  given: Json[],
): Outputs {
  const next = args[given.length];
  if (next !== undefined) {
    for (const value of evaluator.values(next, scope, item)) {
      if (typeof value === "symbol") yield value;
      else yield* rangeOf(evaluator, args, scope, item, [...given, value]);
    }
    return;
  }
  const [from, to, by] = given.length === 1 ? [0, given[0], 1] : given.length === 2 ? [...given, 1] : given;
  if (typeof from !== "number" || typeof to !== "number" || typeof by !== "number")
    throw new JqError("Range bounds must be numeric");
  yield* range(evaluator, item, from, to, by);
}

const rangeNative: Native = (evaluator, args, scope, item) => rangeOf(evaluator, args, scope, item, []);

/** Repeats a filter on its own outputs, depth first, without the host's stack growing. */
function* descend(evaluator: Evaluator, body: Node, scope: Scope | undefined, item: Item): Outputs {
  if (item.path === undefined && evaluator.isSimple(body)) {
    // One output each: nothing is kept, however long it goes on.
    for (let { value } = item; ; value = evaluator.one(body, scope, value)) {
      if (evaluator.fuel >= 100) yield PAUSE;
      yield { value, path: undefined };
    }
  }
  yield item;
  const stack: Outputs[] = [evaluator.eval(body, scope, item)];
  for (;;) {
    const top = stack.at(-1);
    if (top === undefined) return;
    if (++evaluator.fuel >= 100) yield PAUSE;
    const next = top.next();
    if (next.done) stack.pop();
    else if (typeof next.value === "symbol") yield next.value;
    else {
      yield next.value;
      if (stack.length > 100_000) throw new JqError("recursion is too deep");
      stack.push(evaluator.eval(body, scope, next.value));
    }
  }
}

/**
 * `_sub($matches; by; named)`: the input with each match replaced. Several outputs of `by` give several texts, as jq
 * 1.7 has it: every combination.
 */
function* substitute(
  evaluator: Evaluator,
  [found, by]: readonly Node[],
  scope: Scope | undefined,
  item: Item,
): Outputs {
  for (const list of evaluator.values(found as Node, scope, item)) {
    if (typeof list === "symbol") {
      yield list;
      continue;
    }
    const text = Array.from(item.value as string);
    let results: { text: string; at: number }[] = [{ text: "", at: 0 }];
    for (const match of list as readonly ReadonlyMap<string, Json>[]) {
      const offset = match.get("offset") as number;
      const named = new Map<string, Json>();
      for (const capture of match.get("captures") as readonly ReadonlyMap<string, Json>[]) {
        const name = capture.get("name");
        if (typeof name === "string") named.set(name, capture.get("string") ?? null);
      }
      const next: typeof results = [];
      for (const value of evaluator.values(by as Node, scope, { value: named, path: undefined })) {
        if (typeof value === "symbol") {
          yield value;
          continue;
        }
        if (typeof value !== "string")
          throw new JqError(`${typeOf(named)} (${shortText(named)}) cannot be added to a string`);
        for (const result of results) {
          const between = text.slice(result.at, offset).join("");
          next.push({ text: result.text + between + value, at: offset + (match.get("length") as number) });
        }
        if (next.length > 10_000) throw new JqError("too many replacements");
      }
      results = next;
      evaluator.fuel += 2;
      if (evaluator.fuel >= 100) yield PAUSE;
    }
    for (const result of results) yield computed(result.text + text.slice(result.at).join(""), item);
  }
}

export const NATIVES: Readonly<Record<string, Native>> = {
  ...HEAVY,
  "empty/0": function* () {},
  "error/0": (_, __, ___, item) => {
    throw new JqError(item.value);
  },
  "select/1": function* (evaluator, [test], scope, item) {
    for (const value of evaluator.values(test as Node, scope, item)) {
      if (typeof value === "symbol") yield value;
      else if (isTruthy(value)) yield item;
    }
  },
  "path/1": function* (evaluator, [body], scope, item) {
    for (const path of evaluator.paths(body as Node, scope, item.value))
      yield typeof path === "symbol" ? path : computed(path, item);
  },
  "getpath/1": function* (evaluator, [body], scope, item) {
    for (const path of evaluator.values(body as Node, scope, item)) {
      if (typeof path === "symbol") {
        yield path;
        continue;
      }
      if (item.path === undefined || item.path === null) {
        yield { value: getPath(item.value, path), path: item.path };
        continue;
      }
      let value: Json = null;
      try {
        value = getPath(item.value, path);
      } catch (error) {
        if (!(error instanceof JqError) || !isArray(path)) throw error;
      }
      let link: Link = item.path;
      for (const key of path as readonly Json[]) link = { parent: link, key };
      yield { value, path: link };
    }
  },
  "recurse/0": (evaluator, _, __, item) => evaluator.recurse(item),
  "recurse/1": (evaluator, [body], scope, item) => descend(evaluator, body as Node, scope, item),
  "range/1": rangeNative,
  "range/2": rangeNative,
  "range/3": rangeNative,
  "first/1": function* (evaluator, [body], scope, item) {
    for (const output of evaluator.eval(body as Node, scope, item)) {
      yield output;
      if (typeof output !== "symbol") return;
    }
  },
  "last/1": function* (evaluator, [body], scope, item) {
    let last: Item | undefined;
    for (const output of evaluator.eval(body as Node, scope, item)) {
      if (typeof output === "symbol") yield output;
      else last = output;
    }
    if (last !== undefined) yield last;
  },
  "limit/2": function* (evaluator, [count, body], scope, item) {
    for (const most of evaluator.values(count as Node, scope, item)) {
      if (typeof most === "symbol") {
        yield most;
        continue;
      }
      let left = countOf(most);
      // A negative limit is none, and one of 0 stops after the first output all the same.
      if (left < 0) left = Number.POSITIVE_INFINITY;
      for (const output of evaluator.eval(body as Node, scope, item)) {
        yield output;
        if (typeof output !== "symbol" && --left <= 0) break;
      }
    }
  },
  "isempty/1": function* (evaluator, [body], scope, item) {
    let empty = true;
    for (const output of evaluator.eval(body as Node, scope, item)) {
      if (typeof output === "symbol") {
        yield output;
        continue;
      }
      empty = false;
      break;
    }
    yield computed(empty, item);
  },
  "until/2": function* (evaluator, [test, update], scope, item) {
    // What is still to be looked at; a filter with one output keeps it short however long it runs.
    const waiting: (Item | Outputs)[] = [item];
    for (;;) {
      const top = waiting.pop();
      if (top === undefined) return;
      if (++evaluator.fuel >= 100) yield PAUSE;
      if (Symbol.iterator in top) {
        const next = top.next();
        if (next.done) continue;
        waiting.push(top);
        if (typeof next.value === "symbol") yield next.value;
        else waiting.push(next.value);
        continue;
      }
      for (const done of evaluator.values(test as Node, scope, top)) {
        if (typeof done === "symbol") yield done;
        else if (isTruthy(done)) yield top;
        else {
          const node = update as Node;
          if (top.path === undefined && evaluator.isSimple(node))
            waiting.push({ value: evaluator.one(node, scope, top.value), path: undefined });
          else waiting.push(evaluator.eval(node, scope, top));
          if (waiting.length > 100_000) throw new JqError("recursion is too deep");
        }
      }
    }
  },
  "while/2": function* (evaluator, [test, update], scope, item) {
    if (item.path === undefined && evaluator.isSimple(test as Node) && evaluator.isSimple(update as Node)) {
      for (let { value } = item; isTruthy(evaluator.one(test as Node, scope, value)); ) {
        if (evaluator.fuel >= 100) yield PAUSE;
        yield { value, path: undefined };
        value = evaluator.one(update as Node, scope, value);
      }
      return;
    }
    const guarded: Node = {
      type: "pipe",
      left: update as Node,
      right: {
        type: "if",
        test: test as Node,
        yes: { type: "identity" },
        no: { type: "call", name: "empty", args: [], at: 0 },
      },
    };
    for (const value of evaluator.values(test as Node, scope, item)) {
      if (typeof value === "symbol") yield value;
      else if (isTruthy(value)) yield* descend(evaluator, guarded, scope, item);
    }
  },
  "repeat/1": (evaluator, [body], scope, item) => descend(evaluator, body as Node, scope, item),
  "input/0": function* (evaluator, _, __, item) {
    for (;;) {
      const next = evaluator.host.nextInput();
      if (next === MORE) {
        yield INPUT;
        continue;
      }
      if (next === undefined) throw new JqError("break");
      yield computed(next, item);
      return;
    }
  },
  "inputs/0": function* (evaluator, _, __, item) {
    for (;;) {
      const next = evaluator.host.nextInput();
      if (next === undefined) return;
      if (next === MORE) yield INPUT;
      else yield computed(next, item);
    }
  },
  "_sub/2": substitute,
  "debug/0": function* (evaluator, _, __, item) {
    evaluator.host.messages.push(`["DEBUG:",${writeJson(item.value)}]\n`);
    yield PAUSE;
    yield item;
  },
  "stderr/0": function* (evaluator, _, __, item) {
    evaluator.host.messages.push(writeJson(item.value));
    yield PAUSE;
    yield item;
  },
  "builtins/0": function* (_, __, ___, item) {
    yield computed(builtinNames(), item);
  },
  "halt/0": () => {
    throw new Halt(0, "");
  },
  "halt_error/1": function* (evaluator, [code], scope, item) {
    for (const status of evaluator.values(code as Node, scope, item)) {
      if (typeof status === "symbol") yield status;
      else {
        if (typeof status !== "number")
          throw new JqError(`${typeOf(item.value)} (${shortText(item.value)}) halt_error/1: number required`);
        throw new Halt(
          status & 255,
          typeof item.value === "string" ? item.value : item.value === null ? "" : `${writeJson(item.value)}\n`,
        );
      }
    }
  },
};

const HIDDEN = /^_/;

function builtinNames(): string[] {
  return [...new Set([...Object.keys(PLAIN), ...Object.keys(NATIVES), ...preludeNames()])].filter(
    (name) => !HIDDEN.test(name),
  );
}

/** Is there a filter of this name and number of arguments? */
export function isBuiltin(name: string): boolean {
  return Object.hasOwn(PLAIN, name) || Object.hasOwn(NATIVES, name) || preludeNames().includes(name);
}
