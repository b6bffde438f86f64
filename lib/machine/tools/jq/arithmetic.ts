import { JqError } from "./errors.ts";
import { equalJson, isArray, isObject, type Json, type JsonObject, shortText, typeOf } from "./json.ts";
import type { ArithmeticOperator } from "./syntax.ts";

const MAX_STRING = 16 << 20;

function described(value: Json): string {
  return `${typeOf(value)} (${shortText(value)})`;
}

function refuse(a: Json, b: Json, words: string): never {
  throw new JqError(`${described(a)} and ${described(b)} cannot be ${words}`);
}

/** Units of work an operation on these costs. */
export function costOf(a: Json, b: Json): number {
  const size = (value: Json) =>
    typeof value === "string"
      ? value.length >> 8
      : isArray(value)
        ? value.length >> 4
        : isObject(value)
          ? value.size >> 2
          : 0;
  return size(a) + size(b);
}

export function arithmetic(operator: ArithmeticOperator, a: Json, b: Json): Json {
  if (typeof a === "number" && typeof b === "number") {
    switch (operator) {
      case "+":
        return a + b;
      case "-":
        return a - b;
      case "*":
        return a * b;
      case "/":
        if (b === 0) refuse(a, b, "divided because the divisor is zero");
        return a / b;
      case "%": {
        if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
        const divisor = Math.abs(Math.trunc(b));
        if (divisor === 0) refuse(a, b, "divided (remainder) because the divisor is zero");
        const rest = Math.trunc(a) % divisor;
        return rest === 0 ? 0 : rest;
      }
    }
  }
  switch (operator) {
    case "+":
      return add(a, b);
    case "-":
      if (isArray(a) && isArray(b)) return a.filter((item) => !b.some((other) => equalJson(item, other)));
      return refuse(a, b, "subtracted");
    case "*":
      return multiply(a, b);
    case "/":
      if (typeof a === "string" && typeof b === "string") return splitText(a, b);
      return refuse(a, b, "divided");
    case "%":
      return refuse(a, b, "divided (remainder)");
  }
}

export function splitText(text: string, separator: string): readonly string[] {
  if (text === "") return [];
  return separator === "" ? Array.from(text) : text.split(separator);
}

export function add(a: Json, b: Json): Json {
  if (a === null) return b;
  if (b === null) return a;
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a === "string" && typeof b === "string") {
    if (a.length + b.length > MAX_STRING) throw new JqError("String is too long");
    return a + b;
  }
  if (isArray(a) && isArray(b)) return a.length === 0 ? b : b.length === 0 ? a : [...a, ...b];
  if (isObject(a) && isObject(b)) return new Map([...a, ...b]);
  return refuse(a, b, "added");
}

function multiply(a: Json, b: Json): Json {
  if (isObject(a) && isObject(b)) return merge(a, b);
  const [text, times] = typeof a === "string" ? [a, b] : [b, a];
  if (typeof text === "string" && typeof times === "number") {
    if (!(times > 0)) return null;
    const count = times < 1 ? 1 : Math.trunc(times);
    if (text.length * count > MAX_STRING) throw new JqError("Repeat string result too long");
    return text.repeat(count);
  }
  return refuse(a, b, "multiplied");
}

function merge(a: JsonObject, b: JsonObject): JsonObject {
  const merged = new Map(a);
  for (const [key, value] of b) {
    const own = merged.get(key);
    merged.set(key, own !== undefined && isObject(own) && isObject(value) ? merge(own, value) : value);
  }
  return merged;
}
