/** Each kind of filter that is no plain value, by its name in the tree. */
import { update } from "./assign.ts";
import { call, define } from "./calls.ts";
import { Break, JqError } from "./errors.ts";
import type { Evaluator } from "./evaluate.ts";
import { formatValue } from "./formats.ts";
import { type Json, shortText } from "./json.ts";
import { slice } from "./paths.ts";
import { destructure } from "./patterns.ts";
import {
  computed,
  type Item,
  isTruthy,
  type Outputs,
  once,
  PAUSE,
  PAY_AT,
  type Scope,
  type Signal,
  step,
} from "./stream.ts";
import type { Node } from "./syntax.ts";
import { checkPath, compared, negate, objectKey } from "./values.ts";

type Handler<K extends Node["type"]> = (
  ev: Evaluator,
  node: Extract<Node, { type: K }>,
  scope: Scope | undefined,
  item: Item,
) => Outputs;

function* both(
  ev: Evaluator,
  node: Extract<Node, { type: "arithmetic" | "compare" }>,
  scope: Scope | undefined,
  item: Item,
): Outputs {
  for (const right of ev.values(node.right, scope, item)) {
    if (typeof right === "symbol") {
      yield right;
      continue;
    }
    for (const left of ev.values(node.left, scope, item)) {
      if (typeof left === "symbol") yield left;
      else
        yield computed(
          node.type === "compare" ? compared(node.operator, left, right) : ev.arithmetic(node.operator, left, right),
          item,
        );
    }
  }
}

function* logical(
  ev: Evaluator,
  node: Extract<Node, { type: "and" | "or" }>,
  scope: Scope | undefined,
  item: Item,
): Outputs {
  const decides = node.type === "or";
  for (const left of ev.values(node.left, scope, item)) {
    if (typeof left === "symbol") yield left;
    else if (isTruthy(left) === decides) yield computed(decides, item);
    else
      for (const right of ev.values(node.right, scope, item))
        yield typeof right === "symbol" ? right : computed(isTruthy(right), item);
  }
}

export const HANDLERS: { readonly [K in Node["type"]]: Handler<K> } = {
  identity: (_, __, ___, item) => once(item),
  recurse: (ev, _, __, item) => ev.recurse(item),
  literal: (_, node, __, item) => once(computed(node.value, item)),
  variable: (ev, node, scope, item) => once(computed(ev.variable(node.name, scope), item)),
  format: (_, node, __, item) => once(computed(formatValue(node.name, item.value), item)),
  index: function* (ev, node, scope, item) {
    for (const key of ev.values(node.key, scope, item)) {
      if (typeof key === "symbol") {
        yield key;
        continue;
      }
      for (const of of ev.eval(node.of, scope, item)) yield typeof of === "symbol" ? of : ev.index(of, key);
    }
  },
  slice: slices,
  iterate: function* (ev, node, scope, item) {
    for (const of of ev.eval(node.of, scope, item)) {
      if (typeof of === "symbol") yield of;
      else yield* ev.iterate(of);
    }
  },
  string: (ev, node, scope, item) => string(ev, node, node.parts.length - 1, "", scope, item),
  array: function* (ev, node, scope, item) {
    yield computed(node.body === undefined ? [] : yield* ev.collect(node.body, scope, item), item);
  },
  object: (ev, node, scope, item) => object(ev, node.entries, 0, [], scope, item),
  negate: function* (ev, node, scope, item) {
    for (const value of ev.values(node.body, scope, item))
      yield typeof value === "symbol" ? value : computed(negate(value), item);
  },
  pipe: function* (ev, node, scope, item) {
    for (const left of ev.eval(node.left, scope, item)) {
      if (ev.fuel >= PAY_AT) yield PAUSE;
      if (typeof left === "symbol") yield left;
      else yield* ev.eval(node.right, scope, left);
    }
  },
  comma: function* (ev, node, scope, item) {
    yield* ev.eval(node.left, scope, item);
    yield* ev.eval(node.right, scope, item);
  },
  alternative: (ev, node, scope, item) => alternative(ev, node.left, node.right, scope, item),
  and: logical,
  or: logical,
  arithmetic: both,
  compare: both,
  update,
  if: function* (ev, node, scope, item) {
    for (const test of ev.values(node.test, scope, item)) {
      if (typeof test === "symbol") yield test;
      else if (isTruthy(test)) yield* ev.eval(node.yes, scope, item);
      else if (node.no === undefined) yield item;
      else yield* ev.eval(node.no, scope, item);
    }
  },
  try: (ev, node, scope, item) => attempt(ev, node.body, node.handler, scope, item),
  reduce,
  foreach,
  as: function* (ev, node, scope, item) {
    for (const source of ev.values(node.source, scope, item)) {
      if (typeof source === "symbol") yield source;
      else yield* destructure(ev, node.patterns, source, scope, item, (bound) => ev.eval(node.body, bound, item));
    }
  },
  define: (ev, node, scope, item) => ev.eval(node.body, define(node.definition, scope), item),
  call: (ev, node, scope, item) => call(ev, node.name, node.args, scope, item),
  label: function* (ev, node, scope, item) {
    const label = {};
    try {
      yield* ev.eval(node.body, { parent: scope, name: `*${node.name}`, label }, item);
    } catch (error) {
      if (!(error instanceof Break) || error.label !== label) throw error;
    }
  },
  break: (_, node, scope) => {
    for (let here = scope; here !== undefined; here = here.parent)
      if (here.name === `*${node.name}` && here.label !== undefined) throw new Break(here.label);
    throw new JqError(`$*label-${node.name} is not defined`);
  },
};

function* slices(ev: Evaluator, node: Extract<Node, { type: "slice" }>, scope: Scope | undefined, item: Item): Outputs {
  const { from, to } = node;
  const none: Node = { type: "literal", value: null };
  for (const end of ev.values(to ?? none, scope, item)) {
    if (typeof end === "symbol") {
      yield end;
      continue;
    }
    for (const start of ev.values(from ?? none, scope, item)) {
      if (typeof start === "symbol") {
        yield start;
        continue;
      }
      for (const of of ev.eval(node.of, scope, item)) {
        if (typeof of === "symbol") {
          yield of;
          continue;
        }
        const key = new Map<string, Json>([
          ["start", start],
          ["end", end],
        ]);
        checkPath(of, () => `access element ${shortText(key, 29)}`);
        yield step(of, key, slice(of.value, start, end));
      }
    }
  }
}

function* string(
  ev: Evaluator,
  node: Extract<Node, { type: "string" }>,
  at: number,
  after: string,
  scope: Scope | undefined,
  item: Item,
): Outputs {
  const part = node.parts[at];
  if (part === undefined) yield computed(after, item);
  else if (typeof part === "string") yield* string(ev, node, at - 1, part + after, scope, item);
  else
    for (const value of ev.values(part, scope, item)) {
      if (typeof value === "symbol") yield value;
      else yield* string(ev, node, at - 1, formatValue(node.format ?? "@text", value) + after, scope, item);
    }
}

function* object(
  ev: Evaluator,
  entries: Extract<Node, { type: "object" }>["entries"],
  at: number,
  made: readonly (readonly [string, Json])[],
  scope: Scope | undefined,
  item: Item,
): Outputs {
  const entry = entries[at];
  if (entry === undefined) {
    yield computed(new Map(made), item);
    return;
  }
  for (const key of ev.values(entry.key, scope, item)) {
    if (typeof key === "symbol") {
      yield key;
      continue;
    }
    for (const value of ev.values(entry.value, scope, item)) {
      if (typeof value === "symbol") yield value;
      else yield* object(ev, entries, at + 1, [...made, [objectKey(key), value]], scope, item);
    }
  }
}

/** Whatever the filter raises, it raises when its first output is asked for. */
function* deferred(ev: Evaluator, node: Node, scope: Scope | undefined, item: Item): Outputs {
  yield* ev.eval(node, scope, item);
}

function* alternative(ev: Evaluator, left: Node, right: Node, scope: Scope | undefined, item: Item): Outputs {
  let found = false;
  const outputs = deferred(ev, left, scope, item);
  for (;;) {
    let next: IteratorResult<Item | Signal, void>;
    try {
      next = outputs.next();
    } catch (error) {
      if (!(error instanceof JqError)) throw error;
      break;
    }
    if (next.done) break;
    if (typeof next.value === "symbol") yield next.value;
    else if (isTruthy(next.value.value)) {
      found = true;
      yield next.value;
    }
  }
  if (!found) yield* ev.eval(right, scope, item);
}

function* attempt(ev: Evaluator, body: Node, handler: Node | undefined, scope: Scope | undefined, item: Item): Outputs {
  const outputs = deferred(ev, body, scope, item);
  let caught: JqError;
  try {
    for (;;) {
      // Only what the body itself raises is caught, not what happens to its outputs later.
      let next: IteratorResult<Item | Signal, void>;
      try {
        next = outputs.next();
      } catch (error) {
        if (!(error instanceof JqError)) throw error;
        caught = error;
        break;
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    outputs.return();
  }
  // `error(break)` leaves loops quietly.
  // Nor does `error(null)` have anything to be caught.
  if (handler === undefined || caught.value === null) return;
  yield* ev.eval(handler, scope, computed(caught.value, item));
}

function* reduce(
  ev: Evaluator,
  node: Extract<Node, { type: "reduce" }>,
  scope: Scope | undefined,
  item: Item,
): Outputs {
  for (const first of ev.eval(node.first, scope, item)) {
    if (typeof first === "symbol") {
      yield first;
      continue;
    }
    let state: Item = first;
    for (const source of ev.values(node.source, scope, item)) {
      if (typeof source === "symbol") {
        yield source;
        continue;
      }
      const before = state;
      // Without an output of the update, jq 1.7 goes on with null.
      state = computed(null, item);
      for (const output of destructure(ev, node.patterns, source, scope, item, (bound) =>
        ev.eval(node.update, bound, before),
      )) {
        if (typeof output === "symbol") yield output;
        else state = output;
      }
    }
    yield state;
  }
}

function* foreach(
  ev: Evaluator,
  node: Extract<Node, { type: "foreach" }>,
  scope: Scope | undefined,
  item: Item,
): Outputs {
  for (const first of ev.eval(node.first, scope, item)) {
    if (typeof first === "symbol") {
      yield first;
      continue;
    }
    let state: Item = first;
    for (const source of ev.values(node.source, scope, item)) {
      if (typeof source === "symbol") {
        yield source;
        continue;
      }
      const before = state;
      const { extract } = node;
      yield* destructure(ev, node.patterns, source, scope, item, function* (bound): Outputs {
        for (const output of ev.eval(node.update, bound, before)) {
          if (typeof output === "symbol") yield output;
          else {
            state = output;
            if (extract === undefined) yield output;
            else yield* ev.eval(extract, bound, output);
          }
        }
      });
    }
  }
}
