/** Small rules of plain values that several kinds of filters share. */
import { JqError } from "./errors.ts";
import { compareJson, type Json, shortText, typeOf } from "./json.ts";
import type { Item } from "./stream.ts";
import type { Node } from "./syntax.ts";

/** Complains of an access below a computed value where a path is looked for. */

export function checkPath(item: Item, attempt: () => string): void {
  if (item.path === null)
    throw new JqError(`Invalid path expression near attempt to ${attempt()} of ${shortText(item.value, 29)}`);
}

export function negate(value: Json): Json {
  if (typeof value !== "number") throw new JqError(`${typeOf(value)} (${shortText(value)}) cannot be negated`);
  return -value;
}

export function objectKey(key: Json): string {
  if (typeof key !== "string") throw new JqError("Object keys must be strings");
  return key;
}

export function compared(operator: Extract<Node, { type: "compare" }>["operator"], left: Json, right: Json): boolean {
  const order = compareJson(left, right);
  switch (operator) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}
