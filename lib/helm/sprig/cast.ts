/** From values of any type to numbers and text, as spf13/cast and sprig's strval do it: what cannot be is 0. */
import { formatValue, Integer, isNil, plain, type Value } from "../../template/index.ts";

export const textOf = (value: Value): string => (typeof value === "string" ? value : formatValue(value));

/** cast.ToInt64. */
export function toBigInt(value: Value): bigint {
  if (isNil(value)) return 0n;
  if (value instanceof Integer) return BigInt.asIntN(64, value.value);
  if (typeof value === "number") return Number.isFinite(value) ? BigInt.asIntN(64, BigInt(Math.trunc(value))) : 0n;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value !== "string") return 0n;
  // "1.0" and "1.00" count as 1.
  const digits = value.replace(/\.0*$/, "");
  const match = /^([-+]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|0[0-7_]*|[1-9][0-9_]*)$/.exec(digits);
  if (match === null) return 0n;
  const body = (match[2] as string).replaceAll("_", "");
  const size = BigInt(/^0[0-7]+$/.test(body) ? `0o${body.slice(1)}` : body);
  if (size > 0x7fffffffffffffffn) return 0n;
  return match[1] === "-" ? -size : size;
}

/** cast.ToFloat64. */
export function toFloat(value: Value): number {
  if (isNil(value)) return 0;
  if (value instanceof Integer) return value.number;
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string" || !/^[-+]?(\d[\d_]*\.?[\d_]*|\.\d+)([eE][-+]?\d+)?$/.test(value)) return 0;
  return Number(value.replaceAll("_", ""));
}

/** sprig's empty: nil, "", 0, false, and lists and maps without anything in them. */
export function isEmpty(value: Value): boolean {
  const below = plain(value);
  if (isNil(below)) return true;
  if (typeof below === "string" || Array.isArray(below)) return below.length === 0;
  if (typeof below === "number") return below === 0;
  if (typeof below === "boolean") return !below;
  if (below instanceof Integer) return below.value === 0n;
  if ("typeName" in below && "methods" in below) return false;
  return Object.keys(below).length === 0;
}

/** sprig's strslice: a list's items as text, nil left out; anything else is a list of itself. */
export function toTexts(value: Value): string[] {
  const below = plain(value);
  if (isNil(below)) return [];
  if (Array.isArray(below)) return below.filter((item) => !isNil(item)).map(textOf);
  return [textOf(below)];
}

/** Longer lists would fill the memory before anybody could look at them. */
export const MAX_LIST = 1_000_000;
export const MAX_TEXT = 8 * 1024 * 1024;

export function bounded(length: number): void {
  if (length > MAX_TEXT) throw new Error(`a text of ${length} letters is too long here`);
}
