/**
 * JSON as text, with whole numbers of 64 bits as they are (Go's decoders into unstructured objects): what a double
 * cannot hold is a bigint, and what 64 bits cannot hold either is the nearest double.
 */
import type { Json } from "./object.ts";
import { nextJson } from "./resources/go-json.ts";

/** Digits of numbers that a double may not hold. */
const LONG = /[[:,\s]-?\d{16,}/;

/** As JSON.parse. Throws `SyntaxError`. */
export function parseJson(text: string): Json {
  const plain = JSON.parse(text) as Json;
  // Hardly any document has such a number, and what reads them is slower.
  return LONG.test(text) ? (nextJson(text, 0)?.value ?? plain) : plain;
}

const MARK = "\u0001#";
const MARKED = /"\\u0001#(-?\d+)"/g;

/** As JSON.stringify. */
export function stringifyJson(value: Json, indent = 0): string {
  try {
    return JSON.stringify(value, null, indent);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const marked = (_: string, one: unknown): unknown => (typeof one === "bigint" ? `${MARK}${one}` : one);
    return JSON.stringify(value, marked, indent).replace(MARKED, "$1");
  }
}
