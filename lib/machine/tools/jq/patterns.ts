/** `as` and its patterns. */
import { JqError } from "./errors.ts";
import type { Evaluator } from "./evaluate.ts";
import { isArray, type Json, typeOf } from "./json.ts";
import { getKey } from "./paths.ts";
import type { Item, Outputs, Scope, Signal } from "./stream.ts";
import type { Node, Pattern } from "./syntax.ts";

/** Runs `body` with the variables of the first pattern that it can live with (`?//`). */
export function* destructure(
  ev: Evaluator,
  patterns: readonly Pattern[],
  source: Json,
  scope: Scope | undefined,
  item: Item,
  body: (scope: Scope | undefined) => Outputs,
): Outputs {
  const [only] = patterns;
  if (patterns.length === 1 && only?.type === "variable") {
    yield* body({ parent: scope, name: `$${only.name}`, value: source });
    return;
  }
  // Variables of the other alternatives are null.
  let base = scope;
  if (patterns.length > 1)
    for (const name of new Set(patterns.flatMap(variablesOf))) base = { parent: base, name: `$${name}`, value: null };
  for (const [index, pattern] of patterns.entries()) {
    try {
      for (const bound of bind(ev, [pattern], source, base, item)) {
        if (typeof bound === "symbol") yield bound;
        else yield* body(bound.scope);
      }
      return;
    } catch (error) {
      if (!(error instanceof JqError) || index === patterns.length - 1) throw error;
    }
  }
}

function* bind(
  ev: Evaluator,
  patterns: readonly Pattern[],
  source: Json,
  scope: Scope | undefined,
  item: Item,
): Generator<{ readonly scope: Scope | undefined } | Signal, void, undefined> {
  const [pattern] = patterns;
  if (pattern === undefined) {
    yield { scope };
    return;
  }
  if (pattern.type === "variable") {
    yield { scope: { parent: scope, name: `$${pattern.name}`, value: source } };
    return;
  }
  if (pattern.type === "array") {
    if (source !== null && !isArray(source)) throw new JqError(`Cannot index ${typeOf(source)} with number`);
    yield* bindAll(
      ev,
      pattern.items.map((each, index) => ({ pattern: each, key: index })),
      0,
      source,
      scope,
      item,
    );
    return;
  }
  yield* bindAll(
    ev,
    pattern.entries.map(({ key, value, variable }) => ({ key, pattern: value, variable })),
    0,
    source,
    scope,
    item,
  );
}

function* bindAll(
  ev: Evaluator,
  parts: readonly {
    readonly pattern: Pattern | undefined;
    readonly key: number | Node;
    readonly variable?: string | undefined;
  }[],
  at: number,
  source: Json,
  scope: Scope | undefined,
  item: Item,
): Generator<{ readonly scope: Scope | undefined } | Signal, void, undefined> {
  const part = parts[at];
  if (part === undefined) {
    yield { scope };
    return;
  }
  const keys = typeof part.key === "number" ? [part.key] : ev.values(part.key, scope, item);
  for (const key of keys) {
    if (typeof key === "symbol") {
      yield key;
      continue;
    }
    if (typeof part.key !== "number" && typeof key !== "string")
      throw new JqError(`Cannot index ${typeOf(source)} with ${typeOf(key)}`);
    const value = getKey(source, key);
    const named = part.variable === undefined ? scope : { parent: scope, name: `$${part.variable}`, value };
    const bounds = part.pattern === undefined ? [{ scope: named }] : bind(ev, [part.pattern], value, named, item);
    for (const bound of bounds) {
      if (typeof bound === "symbol") yield bound;
      else yield* bindAll(ev, parts, at + 1, source, bound.scope, item);
    }
  }
}

function variablesOf(pattern: Pattern): string[] {
  if (pattern.type === "variable") return [pattern.name];
  if (pattern.type === "array") return pattern.items.flatMap(variablesOf);
  return pattern.entries.flatMap(({ variable, value }) => [
    ...(variable === undefined ? [] : [variable]),
    ...(value === undefined ? [] : variablesOf(value)),
  ]);
}
