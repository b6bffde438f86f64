/** Built-in filters of plain values. */
import { splitText } from "./arithmetic.ts";
import { gmtime, mktime, strftime, strptime } from "./dates.ts";
import { JqError } from "./errors.ts";
import type { Evaluator } from "./evaluate.ts";
import { compareJson, isArray, isObject, type Json, shortText, typeOf } from "./json.ts";
import { contains, getPath, hasKey, setPath } from "./paths.ts";
import { JsonTextError, parseValues } from "./reader.ts";
import { isMatch, patternOf } from "./regex.ts";
import { isTruthy } from "./stream.ts";

type Plain = (input: Json, args: readonly Json[], evaluator: Evaluator) => Json;
export function refuse(value: Json, words: string): never {
  throw new JqError(`${typeOf(value)} (${shortText(value)}) ${words}`);
}

const arrayOf = (value: Json, words: string): readonly Json[] => (isArray(value) ? value : refuse(value, words));
const numberOf = (value: Json, words = "number required"): number =>
  typeof value === "number" ? value : refuse(value, words);
const textIn = (value: Json, words: string): string => (typeof value === "string" ? value : refuse(value, words));

// -------------------------------------------------------------------------------------------------------- numbers

const gamma = (x: number): number => {
  // Lanczos' approximation of ln(gamma).
  const weights = [
    76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2,
    -0.5395239384953e-5,
  ];
  const base = x + 5.5 - (x + 0.5) * Math.log(x + 5.5);
  const series = weights.reduce((sum, weight, index) => sum + weight / (x + 1 + index), 1.000000000190015);
  return -base + Math.log((2.5066282746310007 * series) / x);
};

const roundEven = (x: number) => {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(x);
};

const MATH1: Readonly<Record<string, (x: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round: (x) => Math.sign(x) * Math.round(Math.abs(x)),
  trunc: Math.trunc,
  rint: roundEven,
  nearbyint: roundEven,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  exp10: (x) => 10 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  fabs: Math.abs,
  significand: (x) => (x === 0 || !Number.isFinite(x) ? x : x / 2 ** Math.floor(Math.log2(Math.abs(x)))),
  logb: (x) => Math.floor(Math.log2(Math.abs(x))),
  gamma,
  lgamma: gamma,
  tgamma: (x) => Math.exp(gamma(x)),
};
const MATH2: Readonly<Record<string, (x: number, y: number) => number>> = {
  pow: (x, y) => x ** y,
  atan2: Math.atan2,
  fmod: (x, y) => x % y,
  fmin: Math.min,
  fmax: Math.max,
  ldexp: (x, y) => x * 2 ** y,
  scalb: (x, y) => x * 2 ** y,
  scalbln: (x, y) => x * 2 ** y,
  copysign: (x, y) => (Math.sign(y) < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
  drem: (x, y) => x - y * roundEven(x / y),
};

// --------------------------------------------------------------------------------------------------------- arrays

function extreme(input: Json, keys: Json, sign: 1 | -1): Json {
  if (!isArray(input))
    throw new JqError(
      `${typeOf(input)} (${shortText(input)}) and ${typeOf(keys)} (${shortText(keys)}) cannot be iterated over`,
    );
  const values = input;
  let best = 0;
  const key = (index: number) => (keys as readonly Json[])[index] as Json;
  for (let index = 1; index < values.length; index++) {
    const order = compareJson(key(index), key(best));
    // Of equals, min takes the first and max the last.
    if (sign > 0 ? order >= 0 : order < 0) best = index;
  }
  return values[best] ?? null;
}

/** How many code points a text has. */
function codePoints(text: string): number {
  if (!/[\ud800-\udbff]/.test(text)) return text.length;
  let count = text.length;
  for (let at = 0; at < text.length; at++) if ((text.codePointAt(at) as number) > 0xffff) count--;
  return count;
}

function lengthOf(value: Json): number {
  if (value === null) return 0;
  if (typeof value === "string") return codePoints(value);
  if (typeof value === "number") return Math.abs(value);
  if (isArray(value)) return value.length;
  if (isObject(value)) return value.size;
  return refuse(value, "has no length");
}

function transpose(value: Json): Json {
  if (!isArray(value) && !isObject(value))
    throw new JqError(`Cannot iterate over ${typeOf(value)} (${shortText(value)})`);
  if (isObject(value)) throw new JqError("Cannot index object with number");
  const rows = value.map((row) => {
    if (isArray(row)) return row;
    if (row === null) return [];
    throw new JqError(`Cannot index ${typeOf(row)} with number`);
  });
  const width = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null));
}

/** Longer texts are no numbers, and would hold everybody up. */
const MAX_NUMBER = 10_000;

function parseNumber(value: Json): Json {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return refuse(value, "cannot be parsed as a number");
  if (/^\s*-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value)) return Number(value);
  if (value.length > MAX_NUMBER) return refuse(value, "cannot be parsed as a number");
  try {
    const [parsed, ...more] = parseValues(value);
    if (parsed === undefined) throw new JsonTextError("Expected JSON value");
    if (more.length > 0) throw new JsonTextError("Unexpected extra JSON values");
    return typeof parsed === "number" ? parsed : refuse(value, "cannot be parsed as a number");
  } catch (error) {
    if (error instanceof JsonTextError) throw new JqError(`${error.message} (while parsing '${value}')`);
    throw error;
  }
}

function implode(value: Json): Json {
  const codes = isArray(value) ? value : failImplode();
  return codes
    .map((code) => {
      if (typeof code !== "number") return failImplode("Unicode codepoint must be numeric");
      return code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000)
        ? String.fromCodePoint(Math.trunc(code))
        : "\ufffd";
    })
    .join("");
}
function failImplode(words = "implode input must be an array"): never {
  throw new JqError(words);
}

function trimmed(value: Json, start: boolean, end: boolean): Json {
  const text = textIn(value, "cannot be trimmed");
  const left = start ? text.replace(/^[ \t\n\r\f\v]+/, "") : text;
  return end ? left.replace(/[ \t\n\r\f\v]+$/, "") : left;
}

const asciiCase = (value: Json, pattern: RegExp, change: (text: string) => string) =>
  (typeof value === "string" ? value : failImplode("explode input must be a string")).replace(pattern, change);

const size = (value: Json) =>
  isArray(value) ? value.length : isObject(value) ? value.size : typeof value === "string" ? value.length >> 4 : 1;

export const PLAIN: Readonly<Record<string, Plain>> = {
  ...Object.fromEntries(
    Object.entries(MATH1).map(([name, compute]): [string, Plain] => [`${name}/0`, (input) => compute(numberOf(input))]),
  ),
  ...Object.fromEntries(
    Object.entries(MATH2).map(([name, compute]): [string, Plain] => [
      `${name}/2`,
      (_, [x = null, y = null]) => compute(numberOf(x), numberOf(y)),
    ]),
  ),
  "fma/3": (_, [x = null, y = null, z = null]) => numberOf(x) * numberOf(y) + numberOf(z),
  "frexp/0": (input) => {
    const x = numberOf(input);
    if (x === 0 || !Number.isFinite(x)) return [x, 0];
    const exponent = Math.floor(Math.log2(Math.abs(x))) + 1;
    return [x / 2 ** exponent, exponent];
  },
  "modf/0": (input) => [numberOf(input) % 1, Math.trunc(numberOf(input))],
  "abs/0": (input) => (typeof input === "number" ? Math.abs(input) : refuse(input, "has no absolute value")),
  "infinite/0": () => Number.POSITIVE_INFINITY,
  "nan/0": () => Number.NaN,
  "isinfinite/0": (input) => typeof input === "number" && Math.abs(input) === Number.POSITIVE_INFINITY,
  "isnan/0": (input) => Number.isNaN(input),
  "isnormal/0": (input) =>
    typeof input === "number" && Number.isFinite(input) && Math.abs(input) >= 2.2250738585072014e-308,
  "not/0": (input) => !isTruthy(input),
  "true/0": () => true,
  "false/0": () => false,
  "null/0": () => null,
  "type/0": (input) => typeOf(input),
  "length/0": lengthOf,
  "utf8bytelength/0": (input) =>
    typeof input === "string"
      ? new TextEncoder().encode(input).length
      : refuse(input, "only strings have UTF-8 byte length"),
  "keys_unsorted/0": (input, _, evaluator) => {
    evaluator.fuel += size(input) >> 2;
    return isArray(input)
      ? input.map((_, index) => index)
      : isObject(input)
        ? [...input.keys()]
        : refuse(input, "has no keys");
  },
  "has/1": (input, [key = null]) => hasKey(input, key),
  "contains/1": (input, [part = null], evaluator) => {
    evaluator.fuel += size(input) + size(part);
    return contains(input, part);
  },
  "reverse/0": (input, _, evaluator) => {
    evaluator.fuel += size(input);
    // `[.[length - 1 - range(0; length)]]`, so that what has a length of 0 gives an empty array.
    const length = lengthOf(input);
    if (isArray(input)) return [...input].reverse();
    if (length === 0 || input === null) return [];
    throw new JqError(`Cannot index ${typeOf(input)} with number`);
  },
  "_min/1": (input, [keys = null]) => extreme(input, keys, -1),
  "_max/1": (input, [keys = null]) => extreme(input, keys, 1),
  "min/0": (input) => extreme(input, input, -1),
  "max/0": (input) => extreme(input, input, 1),
  "transpose/0": transpose,
  "bsearch/1": (input, [wanted = null]) => {
    const values = arrayOf(input, "cannot be searched from");
    let low = 0;
    let high = values.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const order = compareJson(values[middle] as Json, wanted);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1 - low;
  },
  "tonumber/0": parseNumber,
  "explode/0": (input) => {
    if (typeof input !== "string") throw new JqError("explode input must be a string");
    return Array.from(input, (character) => character.codePointAt(0) ?? 0);
  },
  "implode/0": implode,
  "ascii_downcase/0": (input) => asciiCase(input, /[A-Z]/g, (text) => text.toLowerCase()),
  "ascii_upcase/0": (input) => asciiCase(input, /[a-z]/g, (text) => text.toUpperCase()),
  "ltrimstr/1": (input, [part = null]) =>
    typeof input === "string" && typeof part === "string" && input.startsWith(part) ? input.slice(part.length) : input,
  "rtrimstr/1": (input, [part = null]) =>
    typeof input === "string" && typeof part === "string" && part !== "" && input.endsWith(part)
      ? input.slice(0, -part.length)
      : input,
  "startswith/1": (input, [part = null]) => {
    if (typeof input !== "string" || typeof part !== "string") throw new JqError("startswith() requires string inputs");
    return input.startsWith(part);
  },
  "endswith/1": (input, [part = null]) => {
    if (typeof input !== "string" || typeof part !== "string") throw new JqError("endswith() requires string inputs");
    return input.endsWith(part);
  },
  "trim/0": (input) => trimmed(input, true, true),
  "ltrim/0": (input) => trimmed(input, true, false),
  "rtrim/0": (input) => trimmed(input, false, true),
  "split/1": (input, [separator = null], evaluator) => {
    if (typeof input !== "string" || typeof separator !== "string")
      throw new JqError("split input and separator must be strings");
    evaluator.fuel += size(input);
    return splitText(input, separator);
  },
  "setpath/2": (input, [path = null, value = null], evaluator) => {
    evaluator.fuel += size(input) >> 4;
    return setPath(input, path, value);
  },
  "test/2": (input, [re = null, flags = null], evaluator) => {
    evaluator.fuel += 2 + (typeof input === "string" ? input.length >> 4 : 0);
    return isMatch(input, ...patternOf(re, flags));
  },
  "now/0": (_, __, evaluator) => evaluator.host.now() / 1000,
  "gmtime/0": (input) => gmtime(input),
  "localtime/0": (input) => gmtime(input, "localtime"),
  "strflocaltime/1": (input, [format = null]) => strftime(input, format, "strflocaltime/1"),
  "mktime/0": mktime,
  "strftime/1": (input, [format = null]) => strftime(input, format),
  "strptime/1": (input, [format = null]) => strptime(input, format),
  "input_filename/0": (_, __, evaluator) => evaluator.host.inputFile,
  "_input_line/0": (_, __, evaluator) => evaluator.host.inputLine,
  "getpath/1": (input, [path = null]) => getPath(input, path),
};

export function plainNative(name: string): Plain | undefined {
  return Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
}
