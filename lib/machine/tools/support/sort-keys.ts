/** The keys of sort(1): what `-k` says, where a key lies in a line, and how two of them compare. Lines are bytes. */
import { createDigest } from "../../../encoding/index.ts";
import { bytesOfBinary } from "./binary.ts";
import { compareVersions } from "./versions.ts";

export interface Key {
  /** Fields and characters before the start; `Infinity`: the whole line. */
  fromField: number;
  fromChar: number;
  /** Fields before the end (`Infinity`: the end of the line) and characters of the next one. */
  toField: number;
  toChar: number;
  skipStart: boolean;
  skipEnd: boolean;
  /** Letters out of "dfghiMnRrV". */
  flags: string;
}

export const WHOLE: Omit<Key, "flags"> = {
  fromField: Number.POSITIVE_INFINITY,
  fromChar: 0,
  toField: Number.POSITIVE_INFINITY,
  toChar: 0,
  skipStart: false,
  skipEnd: false,
};

/** What is wrong with a key or an option; `message` is what is printed. */
export class SortError extends Error {}

/** "2,3n", "1.2,1.4". */
export function parseKey(text: string, quote: (text: string) => string): Key {
  let at = 0;
  const count = (what: string): number => {
    const digits = /^[ \t]*\+?(\d+)/.exec(text.slice(at));
    if (digits === null) throw new SortError(`${what}: invalid count at start of ${quote(text.slice(at))}`);
    at += digits[0].length;
    return Number(digits[1]);
  };
  const bad = (what: string) => new SortError(`${what}: invalid field specification ${quote(text)}`);
  const key: Key = { ...WHOLE, flags: "" };
  const letters = (end: boolean) => {
    for (; at < text.length && "bdfghiMnRrV".includes(text.charAt(at)); at++) {
      const letter = text.charAt(at);
      if (letter === "b") key[end ? "skipEnd" : "skipStart"] = true;
      else key.flags += letter;
    }
  };
  key.fromField = count("invalid number at field start");
  if (key.fromField-- === 0) throw bad("field number is zero");
  if (text[at] === ".") {
    at++;
    key.fromChar = count("invalid number after '.'");
    if (key.fromChar-- === 0) throw bad("character offset is zero");
  }
  if (key.fromField === 0 && key.fromChar === 0) key.fromField = Number.POSITIVE_INFINITY;
  letters(false);
  if (text[at] === ",") {
    at++;
    key.toField = count("invalid number after ','");
    if (key.toField-- === 0) throw bad("field number is zero");
    if (text[at] === ".") {
      at++;
      key.toChar = count("invalid number after '.'");
    }
    letters(true);
  }
  if (at < text.length) throw bad("stray character in field spec");
  return key;
}

/** The kinds of order that exclude each other; dies where a key has two of them. */
export function checkCompatible(keys: readonly Key[]): void {
  for (const { flags } of keys) {
    const has = (letter: string) => flags.includes(letter);
    const kinds = ["n", "g", "h", "M"].filter(has).length + (has("V") || has("R") || has("d") || has("i") ? 1 : 0);
    if (kinds < 2) continue;
    const shown = [..."dfghiMnRV"].filter((letter) => has(letter) && !(letter === "i" && has("d"))).join("");
    throw new SortError(`options '-${shown}' are incompatible`);
  }
}

export const isBlank = (character: string | undefined) => character === " " || character === "\t" || character === "\n";

export function keyStart(line: string, key: Key, tab: string | undefined): number {
  if (key.fromField === Number.POSITIVE_INFINITY && key.fromChar === 0 && !key.skipStart) return 0;
  let at = 0;
  const fields = key.fromField === Number.POSITIVE_INFINITY ? 0 : key.fromField;
  for (let field = 0; field < fields && at < line.length; field++) at = nextField(line, at, tab, true);
  if (key.skipStart) while (isBlank(line[at])) at++;
  return Math.min(line.length, at + key.fromChar);
}

function nextField(line: string, from: number, tab: string | undefined, past: boolean): number {
  let at = from;
  if (tab !== undefined) {
    at = line.indexOf(tab, at);
    return at === -1 ? line.length : past ? at + 1 : at;
  }
  while (at < line.length && isBlank(line[at])) at++;
  while (at < line.length && !isBlank(line[at])) at++;
  return at;
}

export function keyEnd(line: string, key: Key, tab: string | undefined): number {
  if (key.toField === Number.POSITIVE_INFINITY) return line.length;
  let at = 0;
  const fields = key.toField + (key.toChar === 0 ? 1 : 0);
  for (let left = fields - 1; left >= 0 && at < line.length; left--)
    at = nextField(line, at, tab, left > 0 || key.toChar > 0);
  if (key.toChar === 0) return at;
  if (key.skipEnd) while (isBlank(line[at])) at++;
  return Math.min(line.length, at + key.toChar);
}

const NUMBER = /^[ \t\n]*(-?)(\d*)(?:\.(\d*))?/;

/** Decimals of any length by value. */
function compareNumbers(a: string, b: string): number {
  const [, minusA = "", wholeA = "", partA = ""] = NUMBER.exec(a) ?? [];
  const [, minusB = "", wholeB = "", partB = ""] = NUMBER.exec(b) ?? [];
  const [intA, intB] = [wholeA.replace(/^0+/, ""), wholeB.replace(/^0+/, "")];
  const [fracA, fracB] = [partA.replace(/0+$/, ""), partB.replace(/0+$/, "")];
  const signOf = (minus: string, whole: string, part: string) =>
    whole === "" && part === "" ? 0 : minus === "-" ? -1 : 1;
  const [signA, signB] = [signOf(minusA, intA, fracA), signOf(minusB, intB, fracB)];
  if (signA !== signB || signA === 0) return signA - signB;
  const size =
    intA.length - intB.length || (intA < intB ? -1 : intA > intB ? 1 : fracA < fracB ? -1 : fracA > fracB ? 1 : 0);
  return signA * size;
}

export const UNITS = "KMGTPEZY";

function unitOrder(text: string): number {
  const [all = "", minus = "", whole = "", part = ""] = NUMBER.exec(text) ?? [];
  if (!/[1-9]/.test(whole + part)) return 0;
  const unit = text.charAt(all.length);
  const power = unit === "" ? 0 : UNITS.indexOf(unit === "k" ? "K" : unit) + 1;
  return minus === "-" ? -power : power;
}

const REAL =
  /^[ \t\n\v\f\r]*([+-]?(?:0[xX][\da-fA-F]+(?:\.[\da-fA-F]*)?|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf(?:inity)?|nan(?:\([\w]*\))?))/i;

/** The number at the start as strtold(3) takes it, and its length with the blanks before it. */
export function realNumber(text: string): { readonly value: number; readonly length: number } | undefined {
  const found = REAL.exec(text);
  if (found === null) return undefined;
  const word = (found[1] as string).toLowerCase();
  const negative = word.startsWith("-");
  const bare = word.replace(/^[+-]/, "");
  const value = bare.startsWith("inf")
    ? Number.POSITIVE_INFINITY
    : bare.startsWith("nan")
      ? Number.NaN
      : Number.parseFloat(bare.startsWith("0x") ? String(Number.parseInt(bare, 16)) : bare);
  return { value: negative ? -value : value, length: found[0].length };
}

function compareReals(a: string, b: string): number {
  const [left, right] = [realNumber(a), realNumber(b)];
  if (left === undefined || right === undefined) return (left === undefined ? 0 : 1) - (right === undefined ? 0 : 1);
  const [x, y] = [left.value, right.value];
  if (Number.isNaN(x) || Number.isNaN(y)) return (Number.isNaN(x) ? 0 : 1) - (Number.isNaN(y) ? 0 : 1);
  return x < y ? -1 : x > y ? 1 : 0;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** 1 to 12, 0: none. */
export function monthOf(text: string): number {
  return (
    MONTHS.indexOf(
      text
        .replace(/^[ \t\n]+/, "")
        .slice(0, 3)
        .toUpperCase(),
    ) + 1
  );
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const upper = (text: string) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/** `salt`: what the digests of a random order begin with. */
function comparisonOf(flags: string, salt: Uint8Array): (a: string, b: string) => number {
  const has = (letter: string) => flags.includes(letter);
  const changes: ((text: string) => string)[] = [];
  if (has("d")) changes.push((text) => text.replace(/[^A-Za-z0-9 \t\n]+/g, ""));
  else if (has("i")) changes.push((text) => text.replace(/[^ -~]+/g, ""));
  if (has("f")) changes.push(upper);
  const [first, second] = changes;
  const compare = has("n")
    ? compareNumbers
    : has("g")
      ? compareReals
      : has("h")
        ? (a: string, b: string) => unitOrder(a) - unitOrder(b) || compareNumbers(a, b)
        : has("M")
          ? (a: string, b: string) => monthOf(a) - monthOf(b)
          : has("R")
            ? randomly(salt)
            : has("V")
              ? compareVersions
              : byBytes;
  if (first === undefined) return compare;
  const change = second === undefined ? first : (text: string) => second(first(text));
  return (a, b) => compare(change(a), change(b));
}

/** By the digests of the keys: equal ones stay together. */
function randomly(salt: Uint8Array): (a: string, b: string) => number {
  const known = new Map<string, string>();
  const digestOf = (text: string): string => {
    let digest = known.get(text);
    if (digest === undefined) {
      const made = createDigest("md5");
      made.update(salt);
      made.update(bytesOfBinary(text === "" ? "" : `${text}\0`));
      digest = made.hex();
      known.set(text, digest);
    }
    return digest;
  };
  return (a, b) => byBytes(digestOf(a), digestOf(b)) || byBytes(a, b);
}

/** Two lines by all keys. */
export function keyComparison(
  keys: readonly Key[],
  tab: string | undefined,
  salt: Uint8Array,
): (a: string, b: string) => number {
  const parts = keys.map((key) => {
    const compare = comparisonOf(key.flags, salt);
    const sign = key.flags.includes("r") ? -1 : 1;
    const whole =
      key.fromField === Number.POSITIVE_INFINITY && key.toField === Number.POSITIVE_INFINITY && !key.skipStart;
    const part = (line: string) => line.slice(keyStart(line, key, tab), Math.max(0, keyEnd(line, key, tab)));
    return whole && key.fromChar === 0
      ? (a: string, b: string) => sign * compare(a, b)
      : (a: string, b: string) => sign * compare(part(a), part(b));
  });
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return (a, b) => {
    for (const part of parts) {
      const result = part(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };
}
