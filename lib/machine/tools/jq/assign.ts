/** Assignments: `=`, `|=`, `+=` and the others. */
import { type arithmetic, costOf } from "./arithmetic.ts";
import type { Evaluator } from "./evaluate.ts";
import type { Json } from "./json.ts";
import { deleteSteps, getPath, setPath } from "./paths.ts";
import { computed, type Item, isTruthy, type Outputs, pause, type Scope, type Signal } from "./stream.ts";
import type { Node } from "./syntax.ts";

export function* update(
  ev: Evaluator,
  node: Extract<Node, { type: "update" }>,
  scope: Scope | undefined,
  item: Item,
): Outputs {
  const { operator, left, right } = node;
  if (operator === "|=") {
    yield* modify(ev, left, item, scope, (value) => ev.values(right, scope, { value, path: undefined }));
    return;
  }
  for (const value of ev.values(right, scope, item)) {
    if (typeof value === "symbol") {
      yield value;
      continue;
    }
    if (operator === "=") {
      let state = item.value;
      for (const path of ev.paths(left, scope, item.value)) {
        if (typeof path === "symbol") yield path;
        else {
          ev.fuel += costOf(state, null);
          state = setPath(state, path, value);
        }
      }
      yield computed(state, item);
      continue;
    }
    const compute = operator.slice(0, -1);
    yield* modify(ev, left, item, scope, function* (before) {
      if (compute === "//") yield isTruthy(before) ? before : value;
      else yield ev.arithmetic(compute as Parameters<typeof arithmetic>[0], before, value);
    });
  }
}

function* modify(
  ev: Evaluator,
  left: Node,
  item: Item,
  scope: Scope | undefined,
  change: (value: Json) => Iterable<Json | Signal>,
): Outputs {
  let state = item.value;
  const removed: Json[] = [];
  for (const path of ev.paths(left, scope, item.value)) {
    if (typeof path === "symbol") {
      yield path;
      continue;
    }
    let kept = false;
    for (const value of change(getPath(state, path))) {
      if (typeof value === "symbol") {
        yield value;
        continue;
      }
      ev.fuel += costOf(state, null);
      state = setPath(state, path, value);
      kept = true;
      break;
    }
    // No output: what stands there goes.
    if (!kept) removed.push(path);
  }
  yield computed(removed.length === 0 ? state : yield* deleteSteps(state, removed, (units) => pause(ev, units)), item);
}
