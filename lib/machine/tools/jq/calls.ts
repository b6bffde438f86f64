/** Calls: of the program's own filters, of those in jq's prelude, and of native ones. */
import { JqError } from "./errors.ts";
import type { Evaluator } from "./evaluate.ts";
import type { Json } from "./json.ts";
import { NATIVES, type Native } from "./natives.ts";
import { plainNative } from "./plain.ts";
import { preludeDefinition } from "./prelude.ts";
import { type Closure, computed, type Item, type Outputs, PAUSE, PAY_AT, type Scope } from "./stream.ts";
import type { Definition, Node } from "./syntax.ts";

const MAX_CALLS = 1000;

export function call(
  ev: Evaluator,
  name: string,
  args: readonly Node[],
  scope: Scope | undefined,
  item: Item,
): Outputs {
  const full = `${name}/${args.length}`;
  const closure = find(ev, full, scope);
  if (closure !== undefined) return entered(ev, closure, args, scope, item);
  const native: Native | undefined = Object.hasOwn(NATIVES, full) ? NATIVES[full] : undefined;
  if (native !== undefined) return native(ev, args, scope, item);
  const plain = plainNative(full);
  if (plain === undefined) throw new JqError(`${full} is not defined`);
  return withValues(ev, plain, args, args.length - 1, [], scope, item);
}

function* entered(
  ev: Evaluator,
  closure: Closure,
  args: readonly Node[],
  scope: Scope | undefined,
  item: Item,
): Outputs {
  if (ev.fuel >= PAY_AT) yield PAUSE;
  if (++ev.depth > MAX_CALLS) {
    ev.depth = 0;
    throw new JqError("call depth limit exceeded");
  }
  try {
    if (args.length === 0) yield* ev.eval(closure.body, closure.scope(), item);
    else yield* apply(ev, closure, args, 0, scope, closure.scope(), item);
  } finally {
    ev.depth--;
  }
}

function find(ev: Evaluator, full: string, scope: Scope | undefined): Closure | undefined {
  for (let here = scope; here !== undefined; here = here.parent)
    if (here.closure !== undefined && here.name === full) return here.closure;
  const definition = preludeDefinition(full);
  if (definition === undefined) return undefined;
  let closure = ev.definitions.get(definition);
  if (closure === undefined) {
    closure = { body: definition.body, parameters: definition.parameters, scope: () => undefined };
    ev.definitions.set(definition, closure);
  }
  return closure;
}

function* apply(
  ev: Evaluator,
  closure: Closure,
  args: readonly Node[],
  at: number,
  from: Scope | undefined,
  scope: Scope | undefined,
  item: Item,
): Outputs {
  const parameter = closure.parameters[at];
  if (parameter === undefined) {
    yield* ev.eval(closure.body, scope, item);
    return;
  }
  const body = args[at] as Node;
  if (!parameter.startsWith("$")) {
    // A parameter's own name hides nothing of what its argument sees.
    const given: Closure = { body, parameters: [], scope: () => from };
    yield* apply(ev, closure, args, at + 1, from, { parent: scope, name: `${parameter}/0`, closure: given }, item);
    return;
  }
  for (const value of ev.values(body, from, item)) {
    if (typeof value === "symbol") {
      yield value;
      continue;
    }
    const constant: Closure = {
      body: { type: "variable", name: parameter.slice(1), at: 0 },
      parameters: [],
      scope: () => bound,
    };
    const bound: Scope = { parent: scope, name: parameter, value };
    const named: Scope = { parent: bound, name: `${parameter.slice(1)}/0`, closure: constant };
    yield* apply(ev, closure, args, at + 1, from, named, item);
  }
}

function* withValues(
  ev: Evaluator,
  native: NonNullable<ReturnType<typeof plainNative>>,
  args: readonly Node[],
  at: number,
  values: readonly Json[],
  scope: Scope | undefined,
  item: Item,
): Outputs {
  if (at < 0) {
    yield computed(native(item.value, values, ev), item);
    return;
  }
  for (const value of ev.values(args[at] as Node, scope, item)) {
    if (typeof value === "symbol") yield value;
    else yield* withValues(ev, native, args, at - 1, [value, ...values], scope, item);
  }
}

export function define(definition: Definition, parent: Scope | undefined): Scope {
  const scope: Scope = {
    parent,
    name: `${definition.name}/${definition.parameters.length}`,
    // It sees itself.
    closure: { body: definition.body, parameters: definition.parameters, scope: () => scope },
  };
  return scope;
}
